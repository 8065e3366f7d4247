"""What a fleet of tasks carries, what a load takes, and what is missing; pure arithmetic."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice, repeat
from typing import TYPE_CHECKING, Any, Literal, Protocol

from taskfit.dimensions import Size
from taskfit.record import NamedTuple
from taskfit.sizing.demand import exact
from taskfit.sizing.expectation import Packing, expect, pack

if TYPE_CHECKING:
    from taskfit.sizing.expectation import Fit
    from taskfit.sizing.profile import Profile, Tier

CountSource = Literal["service", "scaling", "option", "default"]
"""The source of the number of tasks: the services in the same file, the bounds of their scaling, `--count`, or nothing, which
means one."""
Answer = Literal["carried", "missing", "unknown"]


class Price(Protocol):
    """What a size costs."""

    def __call__(self, size: Size, *, arm: bool = False, spot: bool = False) -> float | None:
        """USD/month for one task of a size on Fargate, on ARM64 and on Spot if so; `None` if that is not known."""


class Terms(NamedTuple):
    """What a load has to be carried with."""

    headroom: bool = False
    """Whether tasks may be used only up to the profile's target for CPU."""
    spare: int = 0
    """Tasks of each role that may fail."""


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
    """How many of them run, of a service that scales at the most; `None` if not known."""
    count_source: CountSource
    size: Size | None
    """CPU units and MiB of one task, if known."""
    monthly_usd: float | None
    """One task, USD/month; `None` if not known, or not on Fargate."""
    profile: str = ""
    """The profile that its role is of."""
    remarks: tuple[str, ...] = ()
    least: int | None = None
    """How many run at the least, of a service that scales; else `None`."""
    on_arm: bool = False
    on_spot: bool = False
    """Whether all of them run there."""

    @property
    def fewest(self) -> int | None:
        """How many of them run at the least."""
        return self.tasks if self.least is None else self.least

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
            "count_source": self.count_source,
            "least_count": self.fewest,
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


class Raise(NamedTuple):
    """More tasks of a definition that is there."""

    definition: str
    tasks: int
    """How many there are."""
    wanted: int
    """How many carry what is missing, with all others as they are."""
    monthly_usd: float | None
    """What they cost more, USD/month."""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON values."""
        return {
            "definition": self.definition,
            "from": self.tasks,
            "to": self.wanted,
            "monthly_usd": self.monthly_usd,
        }


class RoleOutcome(NamedTuple):
    """What the tasks of one role carry of a load."""

    role: str
    unit: str
    need: int
    """What the load has, with the headroom that was asked for."""
    have: int
    """What is known to be there, where services scale at the most, less the tasks that may fail."""
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
    have_least: int
    """The same where services run as few tasks as scaling leaves."""
    least_tasks: int
    raised: Raise | None
    """The cheapest way to carry what is missing by more tasks of one definition; `None` where not all is known."""

    @property
    def missing(self) -> int:
        """Units of capacity; at most so many where not all is known."""
        return max(self.need - self.have, 0)

    @property
    def spare(self) -> int:
        """Units of capacity."""
        return max(self.have - self.need, 0)

    @property
    def after_usd(self) -> float | None:
        """All tasks with the cheaper way to add what is missing, USD/month; `None` if not all of it is known."""
        ways = [way.monthly_usd for way in (self.addition, self.raised) if way is not None]
        costs = [cost for cost in ways if cost is not None]
        if self.monthly_usd is None or not (self.is_exact and (costs or not self.missing)):
            return None
        return round(self.monthly_usd + min(costs, default=0.0), 2)

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
            "raise": self.raised and self.raised.as_dict(),
            "monthly_usd_after": self.after_usd,
            "have_least": self.have_least,
            "least_tasks": self.least_tasks,
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
    terms: Terms = Terms()
    on_arm: bool = False
    on_spot: bool = False

    def like(self, members: Sequence[Member]) -> Market:
        """The market for more tasks beside some: on ARM64, and on Spot, where all of these are."""
        return self._replace(
            on_arm=bool(members) and all(member.on_arm for member in members),
            on_spot=bool(members) and all(member.on_spot for member in members),
        )


def outcome(
    profiles: Sequence[Profile],
    members: Sequence[Member],
    scenario: str,
    load: Mapping[str, int],
    market: Market,
) -> Outcome:
    """How the members stand under a load: each role whose unit the load counts has to carry all of it."""
    role_outcomes = (
        _role_outcome(profile, members, name, load[role.unit], market)
        for profile in profiles
        for name, role in profile.roles.items()
        if role.unit in load
    )
    return Outcome(scenario, load, tuple(role_outcomes))


def _role_outcome(profile: Profile, members: Sequence[Member], name: str, load: int, market: Market) -> RoleOutcome:
    role, terms = profile.roles[name], market.terms
    own = [member for member in members if (member.profile, member.role) == (profile.name, name)]
    need = math.ceil(load / exact(profile.cpu.target)) if terms.headroom else load
    lost = _lost([(member.capacity, member.tasks) for member in own], terms.spare)
    lost_of_least = _lost([(member.capacity, member.fewest) for member in own], terms.spare)
    have = sum(member.carries or 0 for member in own) - sum(lost)
    is_exact = all(member.carries is not None for member in own)
    missing = max(need - have, 0) if is_exact else 0
    like = market.like(own)
    tiers = role.tiers if missing else ()
    added = [_batch(profile, name, _with_losses(missing, tier.capacity, lost), tier, like) for tier in tiers]
    return RoleOutcome(
        role=name,
        unit=role.unit,
        need=need,
        have=have,
        is_exact=is_exact,
        tasks=sum(member.tasks or 0 for member in own),
        monthly_usd=total(member.total_usd for member in own),
        batches=tuple(_batch(profile, name, need, tier, like) for tier in role.tiers) if need else (),
        addition=min(added, key=_cheapest_first, default=None),
        have_least=sum((member.capacity or 0) * (member.fewest or 0) for member in own) - sum(lost_of_least),
        least_tasks=sum(member.fewest or 0 for member in own),
        raised=min(_raises(own, missing, lost), key=_cheapest_raise_first, default=None) if missing else None,
    )


def _lost(tasks: Iterable[tuple[int | None, int | None]], spare: int) -> list[int]:
    """What the `spare` largest tasks carry, given the capacity and the number of each kind; 0 for those not there."""
    found = sorted(((capacity, number) for capacity, number in tasks if capacity and number), reverse=True)
    largest = chain.from_iterable(repeat(capacity, min(number, spare)) for capacity, number in found)
    return [*islice(largest, spare), *repeat(0, spare)][:spare]


def _with_losses(missing: int, capacity: int, lost: Sequence[int]) -> int:
    """What tasks of a capacity have to carry to make up for what is missing, when some of them may fail in turn."""
    return missing + sum(max(capacity - each, 0) for each in lost)


def _raises(members: Iterable[Member], missing: int, lost: Sequence[int]) -> Iterator[Raise]:
    """The ways to carry what is missing by more tasks of one definition."""
    for member in members:
        if not member.capacity or member.tasks is None:
            continue
        more = -(-_with_losses(missing, member.capacity, lost) // member.capacity)
        cost = None if member.monthly_usd is None else round(member.monthly_usd * more, 2)
        yield Raise(member.name, member.tasks, member.tasks + more, cost)


def _cheapest_raise_first(way: Raise) -> tuple[float, int]:
    return (math.inf if way.monthly_usd is None else way.monthly_usd), way.wanted - way.tasks


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
    price = None if size is None else market.price(size, arm=market.on_arm, spot=market.on_spot)
    return Batch(packing, size, None if price is None else round(packing.containers * price, 2))


def _cheapest_first(batch: Batch) -> tuple[float, int]:
    cost = math.inf if batch.monthly_usd is None else batch.monthly_usd
    return cost, batch.packing.containers


def total(amounts: Iterable[float | None]) -> float | None:
    """The sum in cents' precision; `None` if one of the amounts is not known."""
    found = list(amounts)
    certain = [amount for amount in found if amount is not None]
    return round(sum(certain), 2) if len(certain) == len(found) else None
