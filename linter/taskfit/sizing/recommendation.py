"""The one size that is recommended for a task, and why: declared load, observed use, Fargate's table and the sidecars.

Every finding about size, the rows and totals of an audit, its charts and what an editor shows take it from here.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from taskfit.dimensions import DIMENSIONS, Size
from taskfit.sizing.assessment import excess, shortage
from taskfit.sizing.decision import Bound, Decision, Recommendation
from taskfit.sizing.demand import exact
from taskfit.sizing.expectation import Expectation, Fit, in_steps
from taskfit.sizing.needs import Needs, needs_for, needs_of
from taskfit.sizing.observed import Load, Observed, loads, observe

if TYPE_CHECKING:
    from taskfit.dimensions import Dimension
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.facts import Facts
    from taskfit.sizing.observed import ServiceUse
    from taskfit.sizing.profile import Profile

MOST_STEPS = 10
"""From one size to the next; two or three are usual, because a smaller cpu may let the memory go down as well."""


def recommend(facts: Facts, assessment: Assessment | None, service: ServiceUse | None = None) -> Recommendation | None:
    """The recommendation for a definition, as one service uses it; `None` where nothing is known that could tell.

    Without use it is the profile's: that of `sizing/expectation.py` if the task is too small or too big for its declared
    capacity, else the present size. With use no dimension goes below what the declared load takes, nor below the observed
    maximum with its buffer.
    """
    expectation = assessment.expectation if assessment else None
    used = _used(facts, service)
    if assessment is not None and expectation is not None and expectation.split is not None:
        return _split(facts, assessment, expectation, used)
    if used:
        size = Size(facts.known_cpu or 0, facts.known_memory or 0)
        return _settler(facts, assessment, needs_of(facts, assessment), used).settled(size)
    return None if assessment is None or expectation is None else _declared(facts, assessment, expectation)


def observations(facts: Facts, assessment: Assessment | None, service: ServiceUse) -> dict[Dimension, Observed]:
    """What the use of a service says of the present size, of the dimensions that were measured for long enough."""
    sizes = {"cpu": facts.known_cpu or 0, "memory": facts.known_memory or 0}
    found = {
        dimension: observe(_profile(facts, assessment), dimension, sizes[dimension], load)
        for dimension, load in _used(facts, service).items()
    }
    return {dimension: observed for dimension, observed in found.items() if observed is not None}


def task_usd(facts: Facts, recommendation: Recommendation, *, spot: bool = False) -> tuple[float, float] | None:
    """USD/month of one task on Fargate as declared, and of what is to take its place; `None` where either is unknown."""
    size, now = recommendation.size, facts.declared_usd(spot=spot)
    then = None if size is None else facts.monthly_usd(size.cpu, size.memory, spot=spot)
    return None if now is None or then is None else (now, round(then * recommendation.tasks, 2))


def fit_of(facts: Facts, assessment: Assessment | None) -> Fit:
    """How sizes are found: in Fargate's table, or in steps of right-sizing where that does not bind."""
    return facts.smallest if facts.on_fargate else partial(in_steps, _profile(facts, assessment))


def _profile(facts: Facts, assessment: Assessment | None) -> Profile:
    """The profile that speaks of the definition."""
    return assessment.profile if assessment else facts.policy.profile


def _present(facts: Facts, assessment: Assessment | None) -> dict[Dimension, int | None]:
    """What the task has; on EC2 without a task-level value, what its service container has."""
    at_task: dict[Dimension, int | None] = {"cpu": facts.known_cpu, "memory": facts.known_memory}
    return {
        dimension: measure.have if (measure := getattr(assessment, dimension, None)) else amount
        for dimension, amount in at_task.items()
    }


def _used(facts: Facts, service: ServiceUse | None) -> dict[Dimension, Load]:
    """What one task uses, if it was measured for long enough and its size is known."""
    if service is None or service.use is None or not service.is_measured:
        return {}
    return (
        loads(Size(facts.known_cpu, facts.known_memory), service.use) if facts.known_cpu and facts.known_memory else {}
    )


def _declared(facts: Facts, assessment: Assessment, expectation: Expectation) -> Recommendation | None:
    """By the declared capacity alone."""
    have = _present(facts, assessment)
    measures = {dimension: getattr(assessment, dimension) for dimension in DIMENSIONS}
    floors = {d: getattr(m.expectation.floor, d) if m else getattr(expectation.floor, d) for d, m in measures.items()}
    if any(shortage(assessment, d) or excess(facts, assessment, d) for d in DIMENSIONS):
        sizes = {d: (m.expectation if m else expectation).recommended for d, m in measures.items()}
        cpu, memory = sizes["cpu"], sizes["memory"]
        size = Size(cpu.cpu, memory.memory) if cpu and memory else None
        bound = Bound.PROFILE
    elif not any(have.values()):
        return None
    else:
        size, bound = Size(have["cpu"] or 0, have["memory"] or 0), Bound.PRESENT
        if (roomier := _roomier(facts, assessment)) is not None:
            size, bound = roomier, Bound.HEADROOM
    cpu_decision, memory_decision = (
        Decision(
            have[d],
            getattr(size, d, have[d] or 0),
            bound if getattr(size, d, None) != have[d] else Bound.PRESENT,
            floors[d],
            None,
        )
        for d in DIMENSIONS
    )
    return Recommendation(cpu_decision, memory_decision, size)


def headroom(assessment: Assessment) -> Fraction | None:
    """The MiB that a task should have so that the buffer stays free at full load, if it has less, but enough."""
    measure = assessment.memory
    if measure is None:
        return None
    need = measure.expectation.demand.memory.low + measure.reserved.memory
    least = need / (1 - Fraction(exact(assessment.profile.oom_buffer)))
    return least if need <= measure.have < least else None


def _roomier(facts: Facts, assessment: Assessment) -> Size | None:
    """The size with headroom, unless that, or the cpu that goes with it, would be too much again."""
    measure, least = assessment.memory, headroom(assessment)
    if measure is None or least is None:
        return None
    cpu = (assessment.cpu.have if assessment.cpu else 0) if not measure.is_task_level else facts.known_cpu or 0
    fit = facts.smallest if measure.is_task_level else partial(in_steps, assessment.profile)
    size, ceiling = fit(cpu, least), measure.expectation.ceiling
    if size is None or (ceiling is not None and (size.memory > ceiling.memory or size.cpu > max(ceiling.cpu, cpu))):
        return None
    return size if measure.is_task_level else Size(cpu, size.memory)


def _split(
    facts: Facts, assessment: Assessment, expectation: Expectation, used: dict[Dimension, Load]
) -> Recommendation:
    """Beyond the last tier: several tasks, each of a size for its share of the capacity, and of what is used."""
    have, split = _present(facts, assessment), expectation.split
    assert split is not None  # noqa: S101 - the caller has looked
    tasks, size, assumed = split.tasks, split.size, assessment.assumed
    settled: Recommendation | None = None
    if size is not None and split.one is not None and used:
        share = {d: Load(load.average / tasks, load.maximum / tasks, load.is_maximum_alone) for d, load in used.items()}
        cpu, memory = (share[d].maximum if d in share else Fraction(0) for d in DIMENSIONS)
        buffered = memory / (1 - exact(assessment.profile.oom_buffer))
        size = fit_of(facts, assessment)(max(Fraction(size.cpu), cpu), max(Fraction(size.memory), buffered))
        if size is not None:
            settled = _settler(facts, assessment, needs_for(facts, assessment, split.one, assumed), share).settled(size)
            size = settled.size

    def decision(dimension: Dimension) -> Decision:
        amount = getattr(size, dimension, have[dimension] or 0)
        floor: int = getattr(expectation.floor, dimension)
        one: Decision | None = getattr(settled, dimension, None)
        bound = one.bound if one and one.bound is not Bound.PRESENT else Bound.PROFILE
        return Decision(have[dimension], amount, bound, floor, one and one.observed)

    return Recommendation(decision("cpu"), decision("memory"), size, tasks, split.capacity)


def _settler(
    facts: Facts, assessment: Assessment | None, needs: dict[Dimension, Needs], used: dict[Dimension, Load]
) -> Settler:
    def is_spared(size: Size) -> bool:
        return size.memory in facts.policy.fargate.memories(size.cpu)[:1]

    return Settler(_profile(facts, assessment), fit_of(facts, assessment), needs, used, is_spared)


class Settler(NamedTuple):
    """Goes from a size to the one that declared load and use agree on."""

    profile: Profile
    fit: Fit
    needs: dict[Dimension, Needs]
    used: dict[Dimension, Load]
    is_spared: Callable[[Size], bool]
    """Whether a size has the least memory that goes with its cpu on Fargate: too much of it is the cpu's fault."""

    def settled(self, start: Size) -> Recommendation:
        """The recommendation for a task of a size."""
        size: Size | None = start
        bounds: dict[Dimension, Bound] = dict.fromkeys(DIMENSIONS, Bound.PRESENT)
        for _ in range(MOST_STEPS):
            assert size is not None  # noqa: S101 - the loop ends otherwise
            wanted = {dimension: self._wanted(dimension, size) for dimension in DIMENSIONS}
            bounds |= {d: bound for d, (amount, bound) in wanted.items() if amount != getattr(size, d)}
            better = self.fit(wanted["cpu"][0], wanted["memory"][0])
            if better is None or better == size:
                size = better
                break
            size = better
        cpu, memory = (self._decision(dimension, start, size, bounds[dimension]) for dimension in DIMENSIONS)
        return Recommendation(cpu, memory, size)

    def _wanted(self, dimension: Dimension, size: Size) -> tuple[int, Bound]:
        """What one dimension should be, and what asks for it."""
        have, needs = getattr(size, dimension), self.needs[dimension]
        observed = self._observed(dimension, have)
        is_over = needs.ceiling is not None and have > needs.ceiling
        if is_over and dimension == "memory":
            is_over = not self.is_spared(size)
        least, right = (needs.least, needs.least_bound), (needs.right or 0, Bound.PROFILE)
        if observed is None:
            if have < needs.short:
                return max(least, right)
            return (min(have, right[0]), right[1]) if is_over else (have, Bound.PRESENT)
        used = (observed.need, Bound.MAXIMUM if observed.is_peak else Bound.AVERAGE)
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
        return None if load is None else observe(self.profile, dimension, have, load)

    def _decision(self, dimension: Dimension, start: Size, end: Size | None, bound: Bound) -> Decision:
        have, needs = getattr(start, dimension), self.needs[dimension]
        size = getattr(end, dimension, have)
        observed = self._observed(dimension, have)
        if size != have and bound is Bound.PRESENT:
            bound = Bound.FARGATE
        elif size == have and observed is not None and observed.need < needs.least <= have and observed.state == "idle":
            bound = needs.least_bound
        return Decision(have, size, bound, needs.floor, observed and observed.need)
