"""An audit for programs: the report of `json`, with the services and what they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskfit.reports.audit.parts import Document
from taskfit.reports.json import item, stream

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from taskfit.auditing.inventory import Advice, Inventory, Optimizer, Service
    from taskfit.finding import Finding


def render(inventory: Inventory) -> str:
    """The inventory as a JSON document; `docs/audit.md` describes it."""
    document = JsonDocument()
    document.add(inventory)
    return "".join(document.chunks())


class JsonDocument(Document):
    """The same of an audit that comes in parts."""

    def row(self, service: Service, numbers: dict[Finding, int]) -> str:
        """A service as an item of the list."""
        return item(service_row(service, numbers))

    def finding(self, finding: Finding) -> str:
        """A finding as an item of the list."""
        return item(finding.as_dict())

    def chunks(self) -> Iterator[str]:
        """The document in pieces."""
        return stream(self._members())

    def _members(self) -> Iterator[tuple[str, Any]]:
        whole, totals = self.whole(), self.totals()
        plain = whole.report.as_dict()
        yield "version", plain["version"]
        yield "services", self.rows()
        yield (
            "totals",
            {
                "monthly_usd": totals.declared,
                "recommended_monthly_usd": totals.recommended,
                "difference_usd": totals.difference,
                "save_usd": totals.less,
                "load_usd": totals.more,
                "services": totals.priced,
                "services_without": totals.unpriced,
            },
        )
        yield (
            "prices",
            {
                "as_of": whole.prices_as_of,
                "regions": whole.price_regions,
                "regions_without": self.unpriced_regions,
                "discount": whole.discount,
                "spot_discount": whole.spot_discount,
                "spot_as_of": whole.spot_as_of or None,
            },
        )
        yield "profile", whole.profile
        yield "data_until", whole.data_until
        yield "findings", self.findings()
        yield "failures", whole.report.failures
        yield "summary", {**plain["summary"], **self.counts()}


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
