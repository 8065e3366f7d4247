"""What a fleet of tasks can carry, what a load needs, and what is missing; pure arithmetic."""

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
"""The source of the number of tasks: the services in the same file, their scaling bounds, `--count`, or the default, which
is one."""
Answer = Literal["carried", "missing", "unknown"]


class Price(Protocol):
    """The price of a size."""

    def __call__(self, size: Size, *, arm: bool = False, spot: bool = False) -> float | None:
        """USD/month for one task of a size on Fargate, optionally on ARM64 and on Spot; `None` if unknown."""


class Terms(NamedTuple):
    """The conditions under which a load must be carried."""

    headroom: bool = False
    """Whether tasks may be used only up to the profile's target for CPU."""
    spare: int = 0
    """The number of tasks of each role that may fail."""


class Member(NamedTuple):
    """The tasks of one definition."""

    name: str
    path: str
    role: str | None
    """`None` if unknown, as `unit` is then."""
    unit: str | None
    """What the capacity counts, plural: agents, connections."""
    capacity: int | None
    """The capacity of one task; `None` if unknown."""
    tasks: int | None
    """How many of them run, at most if the service scales; `None` if unknown."""
    count_source: CountSource
    size: Size | None
    """CPU units and MiB of one task, if known."""
    monthly_usd: float | None
    """The cost of one task, USD/month; `None` if unknown, or not on Fargate."""
    profile: str = ""
    """The profile that defines its role."""
    remarks: tuple[str, ...] = ()
    least: int | None = None
    """The minimum of a service that scales; `None` otherwise."""
    on_arm: bool = False
    on_spot: bool = False
    """Whether all of them run on Fargate Spot."""
    may_be: frozenset[tuple[str, str]] = frozenset()
    """The profile and name of each role that it may have, if its role is unknown."""

    @property
    def fewest(self) -> int | None:
        """The least number of them that run."""
        return self.tasks if self.least is None else self.least

    @property
    def carries(self) -> int | None:
        """The capacity of all its tasks."""
        return None if self.capacity is None or self.tasks is None else self.capacity * self.tasks

    @property
    def total_usd(self) -> float | None:
        """The cost of all its tasks, USD/month."""
        return None if self.monthly_usd is None or self.tasks is None else round(self.monthly_usd * self.tasks, 2)

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
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
    """The Fargate size of one container, with room for the required sidecars; `None` if there is none."""
    monthly_usd: float | None
    """The cost of all containers, USD/month."""

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        size = self.size and self.size.as_dict()
        return {**self.packing.as_dict(), "size": size, "monthly_usd": self.monthly_usd}


class Raise(NamedTuple):
    """More tasks of an existing definition."""

    definition: str
    tasks: int
    """The present number."""
    wanted: int
    """The number that carries what is missing, with all others unchanged."""
    monthly_usd: float | None
    """The additional cost, USD/month."""

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return {
            "definition": self.definition,
            "from": self.tasks,
            "to": self.wanted,
            "monthly_usd": self.monthly_usd,
        }


class RoleOutcome(NamedTuple):
    """How much of a load the tasks of one role carry."""

    role: str
    unit: str
    need: int
    """The load, including the requested headroom."""
    have: int
    """The known capacity, with scaling services at their maximum, less the tasks that may fail."""
    is_exact: bool
    """Whether no capacity and no count is unknown."""
    tasks: int
    """The number of tasks, as far as it is known."""
    monthly_usd: float | None
    """The cost of all tasks, USD/month; `None` if any of it is unknown."""
    batches: tuple[Batch, ...]
    """The whole load, in each tier of the role."""
    addition: Batch | None
    """The cheapest way to add what is missing, in one tier; `None` if anything is unknown."""
    have_least: int
    """The known capacity, with scaling services at their minimum, less the tasks that may fail."""
    least_tasks: int
    raised: Raise | None
    """The cheapest way to carry what is missing by more tasks of one definition; `None` if anything is unknown."""

    @property
    def missing(self) -> int:
        """The missing units of capacity; an upper bound if anything is unknown."""
        return max(self.need - self.have, 0)

    @property
    def spare(self) -> int:
        """The spare units of capacity."""
        return max(self.have - self.need, 0)

    @property
    def after_usd(self) -> float | None:
        """The cost of all tasks after the cheaper way to add what is missing, USD/month; `None` if any of it is unknown."""
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
        """The fields as plain JSON values."""
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
    """The outcome for a fleet under one load."""

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
        """The fields as plain JSON values."""
        roles = [role_outcome.as_dict() for role_outcome in self.roles]
        return {"scenario": self.scenario, "load": dict(self.load), "answer": self.answer, "roles": roles}


class Market(NamedTuple):
    """The sizes and prices of additional tasks."""

    fit: Fit
    price: Price
    sidecars: Callable[[Profile, str], Size]
    """What the required sidecars need in each task of a role."""
    terms: Terms = Terms()
    on_arm: bool = False
    on_spot: bool = False

    def like(self, members: Sequence[Member]) -> Market:
        """The market for more tasks like the given ones: on ARM64, or on Spot, if all of these are."""
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
    """The outcome for the members under a load: each role with a unit that the load counts must carry all of it."""
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
    may_have_more = any((profile.name, name) in member.may_be for member in members)
    is_exact = not may_have_more and all(member.carries is not None for member in own)
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
        monthly_usd=None if may_have_more else total(member.total_usd for member in own),
        batches=tuple(_batch(profile, name, need, tier, like) for tier in role.tiers) if need else (),
        addition=min(added, key=_cheapest_first, default=None),
        have_least=sum((member.capacity or 0) * (member.fewest or 0) for member in own) - sum(lost_of_least),
        least_tasks=sum(member.fewest or 0 for member in own),
        raised=min(_raises(own, missing, lost), key=_cheapest_raise_first, default=None) if missing else None,
    )


def _lost(tasks: Iterable[tuple[int | None, int | None]], spare: int) -> list[int]:
    """The capacities of the `spare` largest tasks, given the capacity and number of each kind; 0 if there are fewer tasks."""
    found = sorted(((capacity, number) for capacity, number in tasks if capacity and number), reverse=True)
    largest = chain.from_iterable(repeat(capacity, min(number, spare)) for capacity, number in found)
    return [*islice(largest, spare), *repeat(0, spare)][:spare]


def _with_losses(missing: int, capacity: int, lost: Sequence[int]) -> int:
    """The capacity to add in tasks of one capacity, if some of the added tasks may also fail."""
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
    """The sum, rounded to cents; `None` if one of the amounts is unknown."""
    found = list(amounts)
    certain = [amount for amount in found if amount is not None]
    return round(sum(certain), 2) if len(certain) == len(found) else None
