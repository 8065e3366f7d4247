"""The one recommended size for a task, with reasons: declared load, observed use, Fargate's table and the sidecars.

All findings about size, the rows, totals and charts of an audit, and the hover text of editors use it.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from taskfit.definition import known
from taskfit.dimensions import DIMENSIONS, Size
from taskfit.record import NamedTuple
from taskfit.sizing.assessment import excess, shortage
from taskfit.sizing.decision import Bound, Decision, Recommendation
from taskfit.sizing.demand import Exact
from taskfit.sizing.expectation import Fit, Split, in_steps
from taskfit.sizing.needs import Needs, needs_of, room_of

if TYPE_CHECKING:
    from taskfit.dimensions import Dimension
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.facts import Facts
    from taskfit.sizing.observed import Load, Observed, ServiceUse
    from taskfit.sizing.profile import Profile

MOST_STEPS = 10
"""Steps from one size to the next; two or three are usual, because a smaller cpu may allow a smaller memory."""


def recommend(facts: Facts, assessment: Assessment | None, service: ServiceUse | None = None) -> Recommendation | None:
    """The recommendation for a definition, as one service uses it; `None` if neither load nor use is known.

    Without observed use it is the size from `sizing/expectation.py` if the task is too small or too big for its declared
    capacity, else the present size. With observed use no dimension is less than the declared load needs, or the observed
    maximum plus its buffer.
    """
    used = _used(facts, assessment, service)
    if assessment is not None and (split := _split_of(assessment)) is not None:
        return _split(facts, assessment, split, used)
    if used:
        settler = _settler(facts, assessment, needs_of(facts, assessment), used)
        return settler.settled(_whole(facts, assessment)).within(settler.beside)
    return None if assessment is None or assessment.expectation is None else _declared(facts, assessment)


def observations(facts: Facts, assessment: Assessment | None, service: ServiceUse) -> dict[Dimension, Observed]:
    """The present size judged by a service's use, for the dimensions that were measured for long enough."""
    from taskfit.sizing.observed import observe

    size = _whole(facts, assessment)
    found = {
        dimension: observe(_profile(facts, assessment), dimension, getattr(size, dimension), load)
        for dimension, load in _used(facts, assessment, service).items()
    }
    return {dimension: observed for dimension, observed in found.items() if not observed.is_bound}


def task_usd(
    facts: Facts, recommendation: Recommendation, *, spot: bool, listed: bool = False
) -> tuple[float, float] | None:
    """USD/month of one task on Fargate as declared, and of its replacement; `listed` ignores the team's discounts.

    `None` if either is unknown, or the task does not run on Fargate.
    """
    if not facts.may_run_on_fargate:
        return None
    size, now = recommendation.size, facts.declared_usd(spot=spot, listed=listed)
    then = None if size is None else facts.monthly_usd(size.cpu, size.memory, spot=spot, listed=listed)
    return None if now is None or then is None else (now, round(then * recommendation.tasks, 2))


def fit_of(facts: Facts, assessment: Assessment | None) -> Fit:
    """The way to find sizes: in Fargate's table, or in right-sizing steps where that table does not apply."""
    return facts.smallest if facts.on_fargate else partial(in_steps, _profile(facts, assessment))


def _profile(facts: Facts, assessment: Assessment | None) -> Profile:
    """The profile that applies to the definition."""
    return assessment.profile if assessment else facts.policy.profile


def present(facts: Facts, assessment: Assessment | None) -> dict[Dimension, int | None]:
    """The task's amounts; on EC2 without a task-level value, those of its service container."""
    measures = {dimension: getattr(assessment, dimension, None) for dimension in DIMENSIONS}
    amounts = (facts.known_cpu, facts.known_memory)
    if assessment and assessment.service and assessment.is_of_container:
        own = (known(assessment.service.cpu), known(assessment.service.reserved_memory))
        amounts = (amounts[0] or own[0], amounts[1] or own[1])
    return {
        dimension: measure.have if measure else amount
        for (dimension, measure), amount in zip(measures.items(), amounts, strict=True)
    }


def _whole(facts: Facts, assessment: Assessment | None) -> Size:
    """The base of shares of use: the task's size, or on EC2 without one, that of its containers; 0 if unknown."""
    have, beside = present(facts, assessment), assessment.beside if assessment else Size()
    return Size(*((have[dimension] or 0) + getattr(beside, dimension) for dimension in DIMENSIONS))


def _used(facts: Facts, assessment: Assessment | None, service: ServiceUse | None) -> dict[Dimension, Load]:
    """The use of one task in the dimensions whose size is known."""
    size = _whole(facts, assessment)
    if service is None or service.use is None or (facts.on_fargate and not all(size)):
        return {}
    from taskfit.sizing.observed import loads

    return loads(size, service.use, is_brief=not service.is_measured)


def _declared(facts: Facts, assessment: Assessment) -> Recommendation | None:
    """The recommendation by the declared capacity alone."""
    have = present(facts, assessment)
    now = Size(have["cpu"] or 0, have["memory"] or 0)
    if any(shortage(assessment, d) or excess(facts, assessment, d) for d in DIMENSIONS):
        cpu, memory = (each and each.recommended for each in map(assessment.expected, DIMENSIONS))
        size = Size(cpu.cpu, memory.memory) if cpu and memory else None
        if size and assessment.is_of_container:
            # A dimension without terms in the role stays as it is; on Fargate it may have to change with the other one.
            size = Size(*(getattr(size if assessment.role.needs(d) else now, d) for d in DIMENSIONS))
        bound = Bound.PROFILE
    elif not any(have.values()):
        return None
    else:
        size, bound = now, Bound.PRESENT
        if (roomier := _roomier(facts, assessment, now)) is not None:
            size, bound = roomier, Bound.HEADROOM
    room = room_of(facts)
    if (
        size
        and not assessment.is_of_container
        and any(have[d] and getattr(size, d) < getattr(room, d) for d in DIMENSIONS)
    ):
        # AWS would reject it, even if it is a published tier or the present size.
        size, bound = fit_of(facts, assessment)(*map(max, size, room)), Bound.CONTAINERS
    if size and all(size) and facts.on_fargate and size != (fitting := facts.smallest(*size)):
        # The present size is enough for the load, but is not a Fargate size.
        size, bound = fitting, Bound.FARGATE
    cpu_decision, memory_decision = (
        Decision(
            have[d],
            getattr(size, d, have[d] or 0),
            bound if getattr(size, d, None) != have[d] else Bound.PRESENT,
            getattr(assessment.floor, d),
            None,
        )
        for d in DIMENSIONS
    )
    return Recommendation(cpu_decision, memory_decision, size, beside=assessment.beside)


def headroom(assessment: Assessment) -> Fraction | None:
    """The MiB at which the buffer stays free at full load, if the task has enough for the load but less than that."""
    measure = assessment.memory
    if measure is None:
        return None
    need = measure.expectation.demand.memory.low + measure.reserved.memory
    usable = assessment.profile.usable_memory
    is_tight = need <= measure.have and measure.have * usable.numerator < need * usable.denominator
    return need / usable if is_tight else None


def _roomier(facts: Facts, assessment: Assessment, now: Size) -> Size | None:
    """The size with headroom, unless it, or the cpu that it requires, would be over-provisioned."""
    measure, least = assessment.memory, headroom(assessment)
    if measure is None or least is None:
        return None
    cpu = now.cpu
    fit = facts.smallest if measure.is_task_level else partial(in_steps, assessment.profile)
    size, ceiling = fit(cpu, least), measure.expectation.ceiling
    if size is None or (ceiling is not None and (size.memory > ceiling.memory or size.cpu > max(ceiling.cpu, cpu))):
        return None
    return size if measure.is_task_level else Size(cpu, size.memory)


def _split_of(assessment: Assessment) -> Split | None:
    """The tasks that replace one beyond the last tier, at the level where sizes are declared."""
    return next((each.split for each in map(assessment.expected, DIMENSIONS) if each is not None), None)


def _split(facts: Facts, assessment: Assessment, split: Split, used: dict[Dimension, Load]) -> Recommendation:
    """Beyond the last tier: several tasks, each with a size for its share of the capacity and of the use."""
    have, floor, tasks, size = present(facts, assessment), assessment.floor, split.tasks, split.size
    settled: Recommendation | None = None
    if size is not None and split.one is not None and used:
        share = {
            d: load._replace(average=load.average / tasks, maximum=load.maximum / tasks) for d, load in used.items()
        }
        settler = _settler(facts, assessment, needs_of(facts, assessment, of_split=True), share)
        start = settler.holding(Size(*map(sum, zip(size, settler.beside, strict=True))))
        settled = settler.settled(start).within(settler.beside) if start else None
        size = settled.size if settled else None

    def decision(dimension: Dimension) -> Decision:
        amount = getattr(size, dimension, have[dimension] or 0)
        one: Decision | None = getattr(settled, dimension, None)
        bound = one.bound if one and one.bound is not Bound.PRESENT else Bound.PROFILE
        return Decision(have[dimension], amount, bound, getattr(floor, dimension), one and one.observed)

    found = Recommendation(decision("cpu"), decision("memory"), size, beside=assessment.beside)
    # If no size is big enough for a share of that capacity, neither number is right.
    return found._replace(tasks=tasks, capacity=split.capacity) if size else found


def _settler(
    facts: Facts, assessment: Assessment | None, needs: dict[Dimension, Needs], used: dict[Dimension, Load]
) -> Settler:
    beside, is_own = (assessment.beside, assessment.is_of_container) if assessment else (Size(), False)

    def has_least_memory(size: Size) -> bool:
        return not is_own and size.memory in facts.policy.fargate.memories(size.cpu)[:1]

    fit = fit_of(facts, assessment)
    return Settler(_profile(facts, assessment), fit, needs, used, has_least_memory, beside, is_paired=facts.on_fargate)


class Settler(NamedTuple):
    """Moves from a size to the one that fits both declared load and use."""

    profile: Profile
    fit: Fit
    needs: dict[Dimension, Needs]
    used: dict[Dimension, Load]
    has_least_memory: Callable[[Size], bool]
    """Whether a size has the least memory that its cpu allows on Fargate: an excess then comes from the cpu."""
    beside: Size = Size()
    """What the other containers keep of any size, where the service container declares the rest."""
    is_paired: bool = True
    """Whether each cpu allows certain amounts of memory only, as on Fargate."""

    def settled(self, start: Size) -> Recommendation:
        """The recommendation for a task of the given size."""
        size: Size | None = start
        bounds: dict[Dimension, Bound] = dict.fromkeys(DIMENSIONS, Bound.PRESENT)
        for _ in range(MOST_STEPS):
            assert size is not None  # noqa: S101 - the loop ends otherwise
            wanted = {dimension: self._wanted(dimension, size) for dimension in DIMENSIONS}
            bounds |= {d: bound for d, (amount, bound) in wanted.items() if amount != getattr(size, d)}
            better = self._next(size, wanted["cpu"][0], wanted["memory"][0])
            if better is None or better == size:
                size = better
                break
            size = better
        cpu, memory = (self._decision(dimension, start, size, bounds[dimension]) for dimension in DIMENSIONS)
        return Recommendation(cpu, memory, size)

    def holding(self, size: Size) -> Size | None:
        """The smallest size that is at least the given one and at least the observed maximum."""
        peaks = {d: max(load.average, load.maximum) for d, load in self.used.items()}
        buffered = peaks.get("memory", Fraction(0)) / self.profile.usable_memory
        return self._smallest(
            max(Fraction(size.cpu), peaks.get("cpu", Fraction(0))), max(Fraction(size.memory), buffered)
        )

    def _next(self, size: Size, cpu: int, memory: int) -> Size | None:
        """The size for amounts; where cpu and memory are independent, an unchanged amount need not be a whole step."""
        found = self._smallest(cpu, memory)
        if found is None or self.is_paired:
            return found
        return Size(_towards(size.cpu, cpu, found.cpu), _towards(size.memory, memory, found.memory))

    def _smallest(self, cpu: Exact, memory: Exact) -> Size | None:
        size = self.fit(max(cpu - self.beside.cpu, 0), max(memory - self.beside.memory, 0))
        return size and Size(size.cpu + self.beside.cpu, size.memory + self.beside.memory)

    def _wanted(self, dimension: Dimension, size: Size) -> tuple[int, Bound]:
        """The right amount of one dimension, and what requires it."""
        have, needs = getattr(size, dimension), self.needs[dimension]
        observed = self._observed(dimension, have)
        is_over = needs.ceiling is not None and have > needs.ceiling
        if is_over and dimension == "memory":
            is_over = not self.has_least_memory(size)
        least, right = (needs.least, needs.least_bound), (needs.right or 0, Bound.PROFILE)
        used = (observed.need, Bound.MAXIMUM if observed.is_peak else Bound.AVERAGE) if observed else (0, Bound.PRESENT)
        if observed is None or observed.is_bound:
            if have < needs.short:
                return max(least, right, used)
            amount, bound = max(right, used)
            return (min(have, amount), bound) if is_over else (have, Bound.PRESENT)
        if observed.state == "hot":
            return max(least, used)
        if have < needs.short:
            return least
        if is_over or observed.state == "idle":
            amount, bound = max(least, used)
            return min(amount, have), bound
        return have, Bound.PRESENT

    def _observed(self, dimension: Dimension, have: int) -> Observed | None:
        load = self.used.get(dimension)
        if not load or not have:
            return None
        from taskfit.sizing.observed import observe

        return observe(self.profile, dimension, have, load)

    def _decision(self, dimension: Dimension, start: Size, end: Size | None, bound: Bound) -> Decision:
        have, needs = getattr(start, dimension), self.needs[dimension]
        size = getattr(end, dimension, have)
        observed = self._observed(dimension, have)
        if size != have and bound is Bound.PRESENT:
            bound = Bound.FARGATE
        elif size == have and observed is not None and observed.need < needs.least <= have and observed.state == "idle":
            bound = needs.least_bound
        need = None if observed is None or observed.is_bound else observed.need
        return Decision(have, size, bound, needs.floor, need)


def _towards(have: int, wanted: int, whole: int) -> int:
    """The amount in whole steps, which must not grow what should shrink or stay."""
    return whole if wanted > have else have if wanted == have else min(whole, have)
