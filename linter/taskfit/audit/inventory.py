"""What an audit knows of what is deployed: small frozen values that every report of an audit can print."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from taskfit.dimensions import Size
from taskfit.finding import Finding, Report

if TYPE_CHECKING:
    from taskfit.sizing.observed import Use


@dataclass(frozen=True, slots=True)
class Service:
    """A service, or a family that was looked at by itself, with the definition that it runs."""

    account: str
    region: str
    cluster: str
    """Empty for a family."""
    name: str
    """The service's name; for a family its name."""
    definition: str
    """`family:revision`."""
    launch_type: str
    """`FARGATE`, `FARGATE_SPOT`, `EC2` ...; several with `+` between them; empty if nothing tells."""
    desired: int
    running: int
    role: str | None = None
    """Its role under the sizing profile."""
    capacity: int | None = None
    """What one task declares to carry, in the role's unit."""
    unit: str = ""
    """`agents`, `connections` ..."""
    declared: Size | None = None
    needed: Size | None = None
    """The floor: less is too little."""
    recommended: Size | None = None
    use: Use | None = None
    monthly_usd: float | None = None
    """All desired tasks as declared, USD/month."""
    recommended_monthly_usd: float | None = None
    """All desired tasks as recommended, USD/month; as declared where nothing else is recommended."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything that an audit found out."""

    services: tuple[Service, ...]
    report: Report
    """All findings, and what failed."""
    prices_as_of: str
    """The day of the prices, YYYY-MM-DD."""
    price_regions: tuple[str, ...] = ()
    """The regions whose prices were used."""
    discount: float = 0.0
    """A share of 1 off the on-demand prices."""
    spot_discount: float = 0.0
    """What tasks on Spot alone have off them instead."""
    profile: str = ""
    """The sizing profile."""

    def with_report(self, report: Report) -> Inventory:
        """The same with a report that has fewer findings."""
        if report.findings == self.report.findings:
            return replace(self, report=report)
        kept = set(report.findings)
        services = tuple(
            replace(service, findings=tuple(finding for finding in service.findings if finding in kept))
            for service in self.services
        )
        return replace(self, services=services, report=report)

    @property
    def monthly_usd(self) -> float:
        """USD/month of all services whose cost is known, as declared."""
        return round(sum(service.monthly_usd or 0 for service in self.services), 2)

    @property
    def recommended_monthly_usd(self) -> float:
        """The same as recommended."""
        return round(sum(service.recommended_monthly_usd or 0 for service in self.services), 2)

    @property
    def unpriced_regions(self) -> tuple[str, ...]:
        """The regions of services that run on Fargate at a cost that nobody knows."""
        on_fargate = (
            service for service in self.services if service.launch_type.startswith("FARGATE") and service.cluster
        )
        return tuple(sorted({each.region for each in on_fargate if each.declared and each.monthly_usd is None}))
