"""What an audit knows of what is deployed: small frozen values that every report of an audit can print."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from taskfit.dimensions import Size
from taskfit.finding import Finding, Report
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskfit.sizing.decision import Risk
    from taskfit.sizing.observed import Use
    from taskfit.sizing.shares import ContainerSize


class Scaling(NamedTuple):
    """The bounds that Application Auto Scaling keeps a service's number of tasks in, and what its policies aim at."""

    least: int
    most: int
    cpu_target: float | None = None
    """Percent; `None` where no policy tracks it, or policies are unknown."""
    memory_target: float | None = None
    requests_target: float | None = None
    """Requests a minute that a load balancer sends to each task."""


class Trend(NamedTuple):
    """How the use went over the window: averages of equal parts of it, as shares of 1; `None` where there is a gap."""

    cpu: tuple[float | None, ...]
    memory: tuple[float | None, ...]


class Optimizer(NamedTuple):
    """What Compute Optimizer says of a service, beside what taskfit does."""

    finding: str
    """`Overprovisioned` ..."""
    reasons: tuple[str, ...]
    """Such as `MemoryOverprovisioned`."""
    risk: str
    """Of the present size: `VeryLow`, `Low`, `Medium`, `High`."""
    recommended: Size | None
    """Its first option, one task."""
    savings_usd: float | None
    """USD/month, of the first option, on demand."""
    savings_after_discounts_usd: float | None
    as_of: str
    """When it looked last, ISO 8601."""


class Outlook(NamedTuple):
    """What tasks of the recommended size would use, as shares of 1, with today's load."""

    cpu_average: float | None
    cpu_maximum: float | None
    memory_average: float | None
    memory_maximum: float | None
    risk_now: Risk
    """How near today's tasks are to their limits."""
    risk_then: Risk


class Advice(NamedTuple):
    """Why a size is recommended, and what else goes with it."""

    reasons: tuple[str, ...]
    """Such as `MemoryOverprovisioned`; none where nothing is to change."""
    cpu_decided_by: str
    """The bound that decided: `floor`, `observed-maximum` ...; see `sizing/decision.py`."""
    memory_decided_by: str
    tasks: int
    """In the place of one; more than one where the capacity is beyond the largest tier."""
    capacity: int | None
    """What each of them should declare, beyond the largest tier."""
    containers: tuple[ContainerSize, ...]
    """What the containers should declare in the recommended size; none where not all of them is known."""
    outlook: Outlook | None
    """`None` without use."""


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
    """`FARGATE`, `FARGATE_SPOT`, `EC2` ...; several with `+` between them; empty if unknown."""
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
    """One task of the size to go to: the present one if there is no reason to change it; `None` if unknown."""
    advice: Advice | None = None
    """Why; `None` if unknown."""
    scaling: Scaling | None = None
    optimizer: Optimizer | None = None
    trend: Trend | None = None
    use: Use | None = None
    monthly_usd: float | None = None
    """All desired tasks as declared, USD/month."""
    recommended_monthly_usd: float | None = None
    """All desired tasks as recommended, USD/month; as declared if there is no other size; `None` where what is
    declared or used goes into no size."""
    saving_on_demand_usd: float | None = None
    """USD/month that the recommended size saves at on-demand prices, before any discount; negative if it costs more."""
    findings: tuple[Finding, ...] = ()

    @property
    def is_measured(self) -> bool:
        """Whether its use was measured for long enough to judge its size."""
        return self.use is not None and self.use.is_long_enough

    @property
    def is_on_spot(self) -> bool:
        """Whether all of its tasks run on Fargate Spot."""
        return self.launch_type == "FARGATE_SPOT"


Key = tuple[str, str, str, str, str, int]
"""The place of a row among all: account, region, cluster, name, revision, number."""


def key_of(row: Service, number: int) -> Key:
    """What makes rows one and the same, and their order; a definition that was never registered may have namesakes."""
    place = (row.account, row.region, row.cluster, row.name)
    return (*place, "", 0) if row.cluster else (*place, row.definition, 0 if row.account else number)


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
    spot_discount: float | None = None
    """What tasks on Spot alone have off them instead; `None` if it is not known, and so what they cost."""
    spot_as_of: str = ""
    """The day of that discount, YYYY-MM-DD; empty if nobody says."""
    profile: str = ""
    """The sizing profile."""
    data_until: str = ""
    """The last measurement of any service, ISO 8601 in UTC; empty without any."""

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
    def totals(self) -> Totals:
        """What the services cost whose cost is known, as declared and as recommended."""
        return totals(self.services)

    @property
    def off_fargate(self) -> int:
        """How many services certainly run on EC2 or on a team's own machines, where their cost is not known."""
        return sum(bool(each.cluster) and each.launch_type in ("EC2", "EXTERNAL") for each in self.services)

    @property
    def lacks_spot_discount(self) -> bool:
        """Whether a service has no cost only because nobody says what Spot takes off."""
        on_spot = (each for each in self.services if each.is_on_spot and each.declared and each.monthly_usd is None)
        return self.spot_discount is None and any(on_spot)

    @property
    def unpriced_regions(self) -> tuple[str, ...]:
        """The regions of services that run on Fargate at an unknown cost; some of their prices may be known."""
        unpriced = (each for each in self.services if each.cluster and each.declared and each.monthly_usd is None)
        on_fargate = (each for each in unpriced if each.launch_type.startswith("FARGATE"))
        return tuple(
            sorted({each.region for each in on_fargate if not (each.is_on_spot and self.spot_discount is None)})
        )


class Totals(NamedTuple):
    """USD/month of the services whose cost is known both ways, each rounded to the cent: the sums of their rows."""

    declared: float
    recommended: float
    less: float
    """What the services save that would cost less, positive: what can be saved now."""
    more: float
    """What the others would cost more, positive: what the load that they declare or have takes."""
    cheaper: int
    dearer: int
    priced: int
    unpriced: int
    """Services that are in no total."""

    @property
    def difference(self) -> float:
        """Negative where the recommended sizes cost less."""
        return round(self.recommended - self.declared, 2)

    @property
    def share(self) -> float:
        """The difference as a share of 1 of the cost as declared."""
        return self.difference / self.declared if self.declared else 0.0


def totals(services: Iterable[Service]) -> Totals:
    """The totals of some rows; a definition that no service runs costs nothing and is not counted."""
    return totals_of((row.monthly_usd, row.recommended_monthly_usd) for row in services if row.cluster)


def totals_of(costs: Iterable[tuple[float | None, float | None]]) -> Totals:
    """The totals of services by what each costs as declared and as recommended."""
    declared, recommended, unpriced = array("d"), array("d"), 0
    for before, after in costs:
        if before is None or after is None:
            unpriced += 1
        else:
            declared.append(round(before, 2))
            recommended.append(round(after, 2))
    changes = [round(after - before, 2) for before, after in zip(declared, recommended, strict=True)]
    return Totals(
        declared=round(sum(declared), 2),
        recommended=round(sum(recommended), 2),
        less=round(sum(-change for change in changes if change < 0), 2),
        more=round(sum(change for change in changes if change > 0), 2),
        cheaper=sum(change < 0 for change in changes),
        dearer=sum(change > 0 for change in changes),
        priced=len(declared),
        unpriced=unpriced,
    )
