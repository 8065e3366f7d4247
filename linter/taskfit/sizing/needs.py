"""What the declared load, the sidecars and the containers require of a task, regardless of its observed use."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from taskfit.definition import known
from taskfit.dimensions import DIMENSIONS, Size
from taskfit.record import NamedTuple
from taskfit.sizing.decision import Bound
from taskfit.sizing.demand import exact

if TYPE_CHECKING:
    from taskfit.dimensions import Dimension
    from taskfit.sizing.assessment import Assessment, Measure
    from taskfit.sizing.expectation import Expectation
    from taskfit.sizing.facts import Facts


LEAST = Size(1, 6)
"""The least that AWS accepts for a container that declares any, CPU units and MiB."""


class Needs(NamedTuple):
    """What the declared load requires of one dimension, CPU units or MiB; empty if no capacity is declared."""

    floor: int | None = None
    """The least that is enough."""
    short: int = 0
    """Less is too little for the load, for headroom, or for the containers, which AWS rejects."""
    least: int = 0
    """The least recommended amount: with missing sidecars, headroom, and room for the containers."""
    least_bound: Bound = Bound.CONTAINERS
    """The reason for `least`."""
    right: int | None = None
    """The profile's recommendation."""
    ceiling: int | None = None
    """The most that is not waste."""


def needs_of(facts: Facts, assessment: Assessment | None, *, of_split: bool = False) -> dict[Dimension, Needs]:
    """What the declared load, the sidecars and the containers require of a task, or of one of the tasks of its split."""
    room = room_of(facts)
    if assessment is not None:
        room = Size(*map(max, room, _room_beside(assessment)))
    found = {d: Needs(short=getattr(room, d), least=getattr(room, d)) for d in DIMENSIONS}
    if assessment is None or assessment.expectation is None:
        return found
    for dimension in DIMENSIONS:
        whole = assessment.expected(dimension)
        expectation = whole.split.one if whole and whole.split and of_split else whole
        if expectation is not None and assessment.role.needs(dimension):
            found[dimension] = _needs(assessment, dimension, expectation, getattr(room, dimension), of_split=of_split)
    return found


def _needs(
    assessment: Assessment, dimension: Dimension, expectation: Expectation, room: int, *, of_split: bool
) -> Needs:
    measure: Measure | None = getattr(assessment, dimension)
    # If the service container declares the size, the other containers keep theirs in addition.
    is_own = measure is not None and not measure.is_task_level
    beside = getattr(assessment.beside, dimension)
    assumed = 0 if is_own else getattr(assessment.assumed, dimension)
    reserved = assumed if is_own or of_split else getattr(assessment.reserved, dimension)
    demand, floor = getattr(expectation.demand, dimension), getattr(expectation.floor, dimension)
    low, tier = demand.low + assumed, expectation.tier
    usable = assessment.profile.usable_memory
    short = floor
    least: list[tuple[int, Bound]] = [(low + beside, Bound.FLOOR), (room, Bound.CONTAINERS)]
    if dimension == "memory":
        short = max(floor, math.ceil((demand.low + reserved) / usable))
        least.append((math.ceil(low / usable) + beside, Bound.HEADROOM))
    elif tier is not None:
        least[0] = (min(tier.cpu, low) + beside, Bound.FLOOR)
    right, ceiling = _right(assessment, dimension, expectation, low, demand.high + assumed)
    # If anything that uses part of it is unknown, no amount is too much.
    is_exact = measure is None or measure.is_exact
    return Needs(
        floor + beside,
        max(short + beside, room),
        *max(least, key=lambda each: each[0]),
        right=None if right is None else right + beside,
        ceiling=None if ceiling is None or not is_exact else ceiling + beside,
    )


def _right(
    assessment: Assessment, dimension: Dimension, expectation: Expectation, low: int, high: int
) -> tuple[int | None, int | None]:
    """The profile's recommendation and ceiling, independent of the other dimension if the role has no terms for it."""
    recommended, ceiling = expectation.recommended, expectation.ceiling
    if recommended is None or ceiling is None:
        return None, None
    if all(map(assessment.role.needs, DIMENSIONS)):
        return getattr(recommended, dimension), getattr(ceiling, dimension)
    limits, tier = getattr(assessment.profile, dimension), expectation.tier
    right = max(getattr(tier, dimension), low) if tier else math.ceil(high / Fraction(exact(limits.target)))
    return right, max(right, math.ceil(high / Fraction(exact(limits.scale_down))))


def room_of(facts: Facts) -> Size:
    """What the sidecars reserve, plus the least that AWS accepts for each other container that declares anything."""
    containers = facts.task.containers
    amounts = [
        (item.index in facts.sidecars, known(item.cpu) or 0, known(item.reserved_memory) or 0) for item in containers
    ]
    return Size(
        sum(cpu if is_sidecar else min(cpu, LEAST.cpu) for is_sidecar, cpu, _ in amounts),
        sum(memory if is_sidecar else min(memory, LEAST.memory) for is_sidecar, _, memory in amounts),
    )


def _room_beside(assessment: Assessment) -> Size:
    """If the service container declares sizes: what the others keep, plus the least that AWS accepts for it."""
    cpu, memory = assessment.beside
    return Size(cpu and cpu + LEAST.cpu, memory and memory + LEAST.memory)
