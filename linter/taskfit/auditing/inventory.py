"""The inventory that an audit makes of what is deployed: immutable values that every report prints."""

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
    """The task count limits of Application Auto Scaling for a service, and the targets of its policies."""

    least: int
    most: int
    cpu_target: float | None = None
    """Percent; `None` if no policy tracks it or the policies are unknown."""
    memory_target: float | None = None
    requests_target: float | None = None
    """Requests a minute that a load balancer sends to each task."""


class Trend(NamedTuple):
    """Use over time: averages over equal parts of the window, as fractions; `None` for a gap."""

    cpu: tuple[float | None, ...]
    memory: tuple[float | None, ...]


class Optimizer(NamedTuple):
    """The recommendation of Compute Optimizer for a service, shown beside taskfit's."""

    finding: str
    """`Overprovisioned` ..."""
    reasons: tuple[str, ...]
    """Reason codes such as `MemoryOverprovisioned`."""
    risk: str
    """Of the present size: `VeryLow`, `Low`, `Medium`, `High`."""
    recommended: Size | None
    """Its first option, one task."""
    savings_usd: float | None
    """USD/month, of the first option, on demand."""
    savings_after_discounts_usd: float | None
    as_of: str
    """When it last refreshed its recommendation, ISO 8601."""


class Outlook(NamedTuple):
    """The utilisation of tasks of the recommended size under today's load, as fractions."""

    cpu_average: float | None
    cpu_maximum: float | None
    memory_average: float | None
    memory_maximum: float | None
    risk_now: Risk
    """How close today's tasks are to their limits."""
    risk_then: Risk


class Advice(NamedTuple):
    """Why a size is recommended, and what belongs to the recommendation."""

    reasons: tuple[str, ...]
    """Reason codes such as `MemoryOverprovisioned`; empty if nothing should change."""
    cpu_decided_by: str
    """The bound that determined the cpu: `floor`, `observed-maximum` ...; see `sizing/decision.py`."""
    memory_decided_by: str
    tasks: int
    """How many tasks replace one; more than one if the capacity is beyond the largest tier."""
    capacity: int | None
    """What each of them should declare, beyond the largest tier."""
    containers: tuple[ContainerSize, ...]
    """What the containers should declare within the recommended size; empty if not all of them are known."""
    outlook: Outlook | None
    """`None` without use."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service with the definition that it runs, or a family without a service."""

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
    """The recommended size of one task: the present one if there is no reason to change it; `None` if unknown."""
    advice: Advice | None = None
    """Why; `None` if unknown."""
    scaling: Scaling | None = None
    optimizer: Optimizer | None = None
    trend: Trend | None = None
    use: Use | None = None
    monthly_usd: float | None = None
    """All desired tasks as declared, USD/month."""
    recommended_monthly_usd: float | None = None
    """All desired tasks as recommended, USD/month; as declared if no other size is recommended; `None` if no size fits."""
    saving_on_demand_usd: float | None = None
    """USD/month that the recommended size saves at on-demand prices, before any discount; negative if it costs more."""
    findings: tuple[Finding, ...] = ()

    @property
    def is_measured(self) -> bool:
        """Whether its use was measured long enough to judge its size."""
        return self.use is not None and self.use.is_long_enough

    @property
    def is_on_spot(self) -> bool:
        """Whether all of its tasks run on Fargate Spot."""
        return self.launch_type == "FARGATE_SPOT"


Key = tuple[str, str, str, str, str, int]
"""The sort key of a row: account, region, cluster, name, revision, number."""


def key_of(row: Service, number: int) -> Key:
    """The identity of a row, and its order; unregistered definitions may share a name, and are told apart by a number."""
    place = (row.account, row.region, row.cluster, row.name)
    return (*place, "", 0) if row.cluster else (*place, row.definition, 0 if row.account else number)


@dataclass(frozen=True, slots=True)
class Inventory:
    """The result of an audit."""

    services: tuple[Service, ...]
    report: Report
    """All findings, and what failed."""
    prices_as_of: str
    """The date of the prices, YYYY-MM-DD."""
    price_regions: tuple[str, ...] = ()
    """The regions whose prices were used."""
    discount: float = 0.0
    """The discount on on-demand prices, as a fraction."""
    spot_discount: float | None = None
    """The Spot discount as a fraction; `None` if unknown: then the cost of tasks on Spot is unknown, too."""
    spot_as_of: str = ""
    """The date of that discount, YYYY-MM-DD; empty if not configured."""
    profile: str = ""
    """The sizing profile."""
    data_until: str = ""
    """The time of the last measurement of any service, ISO 8601 in UTC; empty without measurements."""

    def with_report(self, report: Report) -> Inventory:
        """The inventory with another report, whose findings are a subset."""
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
        """The cost of the services whose cost is known, as declared and as recommended."""
        return totals(self.services)

    @property
    def off_fargate(self) -> int:
        """The number of services that run on EC2 or external instances, whose cost is unknown."""
        return sum(bool(each.cluster) and each.launch_type in ("EC2", "EXTERNAL") for each in self.services)

    @property
    def lacks_spot_discount(self) -> bool:
        """Whether a service has no cost only because no Spot discount is configured."""
        on_spot = (each for each in self.services if each.is_on_spot and each.declared and each.monthly_usd is None)
        return self.spot_discount is None and any(on_spot)

    @property
    def unpriced_regions(self) -> tuple[str, ...]:
        """The regions of services on Fargate whose cost is unknown; some prices of a region may be known."""
        unpriced = (each for each in self.services if each.cluster and each.declared and each.monthly_usd is None)
        on_fargate = (each for each in unpriced if each.launch_type.startswith("FARGATE"))
        return tuple(
            sorted({each.region for each in on_fargate if not (each.is_on_spot and self.spot_discount is None)})
        )


class Totals(NamedTuple):
    """USD/month of the services whose cost is known as declared and as recommended: the sums of their rounded rows."""

    declared: float
    recommended: float
    less: float
    """The sum of all savings, positive: what can be saved now."""
    more: float
    """The sum of all additional costs, positive: what the declared or measured load would cost more."""
    cheaper: int
    dearer: int
    priced: int
    unpriced: int
    """The number of services without a known cost, which are in no total."""

    @property
    def difference(self) -> float:
        """Recommended minus declared cost: negative if the recommended sizes cost less."""
        return round(self.recommended - self.declared, 2)

    @property
    def share(self) -> float:
        """The difference as a fraction of the declared cost."""
        return self.difference / self.declared if self.declared else 0.0


def totals(services: Iterable[Service]) -> Totals:
    """The totals of some rows; definitions without a service cost nothing and are not counted."""
    return totals_of((row.monthly_usd, row.recommended_monthly_usd) for row in services if row.cluster)


def totals_of(costs: Iterable[tuple[float | None, float | None]]) -> Totals:
    """The totals of services, given the cost of each as declared and as recommended."""
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
