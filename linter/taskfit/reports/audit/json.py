"""An audit for programs: the report of `json`, with the services and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskfit.reports.json import document, dump

if TYPE_CHECKING:
    from taskfit.audit.inventory import Inventory, Service


def render(inventory: Inventory) -> str:
    """The inventory as a JSON document; `docs/audit.md` describes it."""
    found = document(inventory.report)
    numbers = {finding: number for number, finding in enumerate(inventory.report.findings)}
    whole = {
        "version": found["version"],
        "services": [_service(service, numbers) for service in inventory.services],
        "totals": {
            "monthly_usd": inventory.monthly_usd,
            "recommended_monthly_usd": inventory.recommended_monthly_usd,
            "difference_usd": round(inventory.recommended_monthly_usd - inventory.monthly_usd, 2),
        },
        "prices": {
            "as_of": inventory.prices_as_of,
            "regions": inventory.price_regions,
            "regions_without": inventory.unpriced_regions,
            "discount": inventory.discount,
            "spot_discount": inventory.spot_discount,
        },
        "profile": inventory.profile,
        "findings": found["findings"],
        "failures": inventory.report.failures,
        "summary": found["summary"],
    }
    return dump(whole)


def _service(service: Service, numbers: dict[Any, int]) -> dict[str, Any]:
    plain = {
        name: getattr(service, name)
        for name in ("account", "region", "cluster", "name", "definition", "launch_type", "desired", "running")
    }
    plain |= {name: getattr(service, name) for name in ("role", "capacity", "unit")}
    for name in ("declared", "needed", "recommended", "use"):
        value = getattr(service, name)
        plain[name] = value and value._asdict()
    plain["monthly_usd"] = service.monthly_usd
    plain["recommended_monthly_usd"] = service.recommended_monthly_usd
    plain["findings"] = [numbers[finding] for finding in service.findings if finding in numbers]
    return plain
