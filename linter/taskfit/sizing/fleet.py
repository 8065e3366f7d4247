"""What a fleet of tasks carries, what a load takes, and what is missing; pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from taskfit.dimensions import Size
from taskfit.sizing.expectation import Packing, expect, pack

if TYPE_CHECKING:
    from taskfit.sizing.expectation import Fit
    from taskfit.sizing.profile import Profile, Tier

TellsCount = Literal["service", "option", "default"]
"""What tells how many tasks run: the services in the same file, `--count`, or nothing, which means one."""
Answer = Literal["carried", "missing", "unknown"]

Price = Callable[[Size], float]
"""USD/month for one task of a size."""


class Member(NamedTuple):
    """The tasks of one definition."""

    name: str
    path: str
    role: str
    unit: str
    """What the capacity counts, plural: agents, connections."""
    capacity: int | None
    """What one task takes; `None` if not known."""
    tasks: int | None
    """How many of them run; `None` if not known."""
    told_by: TellsCount
    size: Size | None
    """CPU units and MiB of one task, if known."""
    monthly_usd: float | None
    """One task, USD/month; `None` if not known, or not on Fargate."""
    profile: str = ""
    """The profile that its role is of."""
    remarks: tuple[str, ...] = ()

    @property
    def carries(self) -> int | None:
        """What all its tasks take together."""
        return None if self.capacity is None or self.tasks is None else self.capacity * self.tasks

    @property
    def total_usd(self) -> float | None:
        """All its tasks, USD/month."""
        return None if self.monthly_usd is None or self.tasks is None else round(self.monthly_usd * self.tasks, 2)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {
            "definition": self.name,
            "path": self.path,
            "role": self.role,
            "unit": self.unit,
            "capacity": self.capacity,
            "count": self.tasks,
            "count_source": self.told_by,
            "cpu": self.size and self.size.cpu,
            "memory": self.size and self.size.memory,
            "monthly_usd": self.total_usd,
            "remarks": list(self.remarks),
        }


class Batch(NamedTuple):
    """A load packed into containers of one tier, as they would run on Fargate."""

    packing: Packing
    size: Size | None
    """The Fargate size of one, which has room for the required sidecars; `None` if there is none."""
    monthly_usd: float | None
    """All containers, USD/month."""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        size = self.size and self.size.as_dict()
        return {**self.packing.as_dict(), "size": size, "monthly_usd": self.monthly_usd}


class RoleOutcome(NamedTuple):
    """What the tasks of one role carry of a load."""

    role: str
    unit: str
    need: int
    have: int
    """What is known to be there."""
    is_exact: bool
    """Whether that is all: no capacity and no count is unknown."""
    tasks: int
    """Those whose number is known."""
    monthly_usd: float | None
    """All tasks, USD/month; `None` if not all of it is known."""
    batches: tuple[Batch, ...]
    """The whole load, in each tier of the role."""
    addition: Batch | None
    """The cheapest way to add what is missing, in one tier; `None` where not all is known."""

    @property
    def missing(self) -> int:
        """Units of capacity; at most so many where not all is known."""
        return max(self.need - self.have, 0)

    @property
    def spare(self) -> int:
        """Units of capacity."""
        return max(self.have - self.need, 0)

    @property
    def answer(self) -> Answer:
        """Whether the load is carried."""
        return "carried" if self.have >= self.need else "missing" if self.is_exact else "unknown"

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {
            "role": self.role,
            "unit": self.unit,
            "answer": self.answer,
            "need": self.need,
            "have": self.have,
            "missing": self.missing,
            "spare": self.spare,
            "tasks": self.tasks,
            "monthly_usd": self.monthly_usd,
            "packings": [batch.as_dict() for batch in self.batches],
            "addition": self.addition and self.addition.as_dict(),
        }


class Outcome(NamedTuple):
    """How a fleet stands under one load."""

    scenario: str
    load: Mapping[str, int]
    """Capacity by unit."""
    roles: tuple[RoleOutcome, ...]

    @property
    def answer(self) -> Answer:
        """Whether every role carries its share."""
        answers = {role_outcome.answer for role_outcome in self.roles}
        return "missing" if "missing" in answers else "unknown" if "unknown" in answers else "carried"

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        roles = [role_outcome.as_dict() for role_outcome in self.roles]
        return {"scenario": self.scenario, "load": dict(self.load), "answer": self.answer, "roles": roles}


class Market(NamedTuple):
    """The sizes that more tasks would have, and their prices."""

    fit: Fit
    price: Price
    sidecars: Callable[[Profile, str], Size]
    """What required sidecars take of each task of a role."""


def outcome(
    profiles: Sequence[Profile], members: Sequence[Member], scenario: str, load: Mapping[str, int], market: Market
) -> Outcome:
    """How the members stand under a load: each role whose unit the load counts has to carry all of it."""
    role_outcomes = (
        _role_outcome(profile, members, name, load[role.unit], market)
        for profile in profiles
        for name, role in profile.roles.items()
        if role.unit in load
    )
    return Outcome(scenario, load, tuple(role_outcomes))


def _role_outcome(profile: Profile, members: Sequence[Member], name: str, need: int, market: Market) -> RoleOutcome:
    role = profile.roles[name]
    own = [member for member in members if (member.profile, member.role) == (profile.name, name)]
    have = sum(member.carries or 0 for member in own)
    costs = [member.total_usd for member in own]
    is_exact = all(member.carries is not None for member in own)
    missing = max(need - have, 0) if is_exact else 0
    added = [_batch(profile, name, missing, tier, market) for tier in role.tiers] if missing else []
    return RoleOutcome(
        role=name,
        unit=role.unit,
        need=need,
        have=have,
        is_exact=is_exact,
        tasks=sum(member.tasks or 0 for member in own),
        monthly_usd=total(costs),
        batches=tuple(_batch(profile, name, need, tier, market) for tier in role.tiers) if need else (),
        addition=min(added, key=_cheapest_first, default=None),
    )


def _batch(profile: Profile, name: str, capacity: int, tier: Tier, market: Market) -> Batch:
    packing = pack(capacity, tier)
    each = expect(
        name,
        profile.roles[name],
        profile,
        profile.roles[name].any_load(tier.capacity),
        market.fit,
        reserved=market.sidecars(profile, name),
        assumed=market.sidecars(profile, name),
    )
    size = each.recommended
    return Batch(packing, size, None if size is None else round(packing.containers * market.price(size), 2))


def _cheapest_first(batch: Batch) -> tuple[float, int]:
    cost = math.inf if batch.monthly_usd is None else batch.monthly_usd
    return cost, batch.packing.containers


def total(amounts: Iterable[float | None]) -> float | None:
    """The sum in cents' precision; `None` if one of the amounts is not known."""
    found = list(amounts)
    certain = [amount for amount in found if amount is not None]
    return round(sum(certain), 2) if len(certain) == len(found) else None
