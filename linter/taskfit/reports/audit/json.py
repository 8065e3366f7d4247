"""An audit for programs: the report of `json`, with the services and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskfit.reports.json import dump

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taskfit.auditing.inventory import Advice, Inventory, Optimizer, Service


def render(inventory: Inventory) -> str:
    """The inventory as a JSON document; `docs/audit.md` describes it."""
    found = inventory.report.as_dict()
    numbers = {finding: number for number, finding in enumerate(inventory.report.findings)}
    totals = inventory.totals
    whole = {
        "version": found["version"],
        "services": [service_row(service, numbers) for service in inventory.services],
        "totals": {
            "monthly_usd": totals.declared,
            "recommended_monthly_usd": totals.recommended,
            "difference_usd": totals.difference,
            "save_usd": totals.less,
            "load_usd": totals.more,
            "services": totals.priced,
            "services_without": totals.unpriced,
        },
        "prices": {
            "as_of": inventory.prices_as_of,
            "regions": inventory.price_regions,
            "regions_without": inventory.unpriced_regions,
            "discount": inventory.discount,
            "spot_discount": inventory.spot_discount,
        },
        "profile": inventory.profile,
        "data_until": inventory.data_until,
        "findings": found["findings"],
        "failures": inventory.report.failures,
        "summary": found["summary"],
    }
    return dump(whole)


def service_row(service: Service, numbers: Mapping[Any, int]) -> dict[str, Any]:
    """A service as plain JSON values; `numbers` are the positions of the findings in the list of all."""
    plain: dict[str, Any] = {
        name: getattr(service, name)
        for name in ("account", "region", "cluster", "name", "definition", "launch_type", "desired", "running")
    }
    plain |= {name: getattr(service, name) for name in ("role", "capacity", "unit")}
    for name in ("declared", "needed", "recommended"):
        value = getattr(service, name)
        plain[name] = value and value._asdict()
    plain["advice"] = service.advice and _advice(service.advice)
    for name in ("use", "scaling"):
        value = getattr(service, name)
        plain[name] = value and value._asdict()
    plain["monthly_usd"] = service.monthly_usd
    plain["recommended_monthly_usd"] = service.recommended_monthly_usd
    plain["saving_on_demand_usd"] = service.saving_on_demand_usd
    plain["compute_optimizer"] = service.optimizer and _optimizer(service.optimizer)
    plain["findings"] = [numbers[finding] for finding in service.findings if finding in numbers]
    return plain


def _advice(advice: Advice) -> dict[str, Any]:
    return {
        "reasons": list(advice.reasons),
        "decided_by": {"cpu": advice.cpu_decided_by, "memory": advice.memory_decided_by},
        "tasks": advice.tasks,
        "capacity": advice.capacity,
        "containers": [container._asdict() for container in advice.containers],
        "outlook": advice.outlook and advice.outlook._asdict(),
    }


def _optimizer(found: Optimizer) -> dict[str, Any]:
    return {
        **found._asdict(),
        "reasons": list(found.reasons),
        "recommended": found.recommended and found.recommended._asdict(),
    }
