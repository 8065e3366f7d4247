"""What the declared load, the sidecars and the containers ask of a task, whatever it uses."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from taskfit.definition import known
from taskfit.dimensions import DIMENSIONS, Size
from taskfit.sizing.decision import Bound
from taskfit.sizing.demand import exact

if TYPE_CHECKING:
    from taskfit.dimensions import Dimension
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.expectation import Expectation
    from taskfit.sizing.facts import Facts


class Needs(NamedTuple):
    """What the declared load asks of one dimension, CPU units or MiB; nothing where no capacity is declared."""

    floor: int | None = None
    """Less is too little."""
    short: int = 0
    """Less is too little, or has too little headroom."""
    least: int = 0
    """What is recommended at least: with what missing sidecars take, with headroom, and room for the containers."""
    least_bound: Bound = Bound.CONTAINERS
    """Which of them `least` is."""
    right: int | None = None
    """The profile's own recommendation."""
    ceiling: int | None = None
    """More is waste."""


def needs_of(facts: Facts, assessment: Assessment | None) -> dict[Dimension, Needs]:
    """What the declared load, the sidecars and the containers ask for, at task level."""
    expectation = assessment.expectation if assessment else None
    if assessment is None or expectation is None:
        room = _room(facts)
        return {dimension: Needs(least=getattr(room, dimension)) for dimension in DIMENSIONS}
    return needs_for(facts, assessment, expectation, assessment.reserved)


def needs_for(facts: Facts, assessment: Assessment, expectation: Expectation, reserved: Size) -> dict[Dimension, Needs]:
    """The same for an expectation and what sidecars reserve."""
    room, assumed = _room(facts), assessment.assumed
    demand, tier, ceiling = expectation.demand, expectation.tier, expectation.ceiling
    buffered = 1 - Fraction(exact(assessment.profile.oom_buffer))
    cpu = demand.cpu.low + assumed.cpu
    least: dict[Dimension, list[tuple[int, Bound]]] = {
        "cpu": [(min(tier.cpu, cpu) if tier else cpu, Bound.FLOOR), (room.cpu, Bound.CONTAINERS)],
        "memory": [
            (demand.memory.low + assumed.memory, Bound.FLOOR),
            (math.ceil((demand.memory.low + assumed.memory) / buffered), Bound.HEADROOM),
            (room.memory, Bound.CONTAINERS),
        ],
    }
    short = {
        "cpu": expectation.floor.cpu,
        "memory": max(expectation.floor.memory, math.ceil((demand.memory.low + reserved.memory) / buffered)),
    }
    found: dict[Dimension, Needs] = {}
    for dimension in DIMENSIONS:
        if not assessment.role.needs(dimension):
            found[dimension] = Needs(least=getattr(room, dimension))
            continue
        measure = getattr(assessment, dimension)
        is_exact = measure is None or measure.is_exact
        found[dimension] = Needs(
            getattr(expectation.floor, dimension),
            short[dimension],
            *max(least[dimension], key=lambda each: each[0]),
            right=getattr(expectation.recommended, dimension, None),
            # Where not all is known that takes part of it, nothing is too much.
            ceiling=getattr(ceiling, dimension) if ceiling and is_exact else None,
        )
    return found


def _room(facts: Facts) -> Size:
    """What the sidecars reserve, with the least that AWS takes for each other container that declares anything."""
    containers = facts.task.containers
    amounts = [
        (item.index in facts.sidecars, known(item.cpu) or 0, known(item.reserved_memory) or 0) for item in containers
    ]
    return Size(
        sum(cpu if is_sidecar else min(cpu, 1) for is_sidecar, cpu, _ in amounts),
        sum(memory if is_sidecar else min(memory, 6) for is_sidecar, _, memory in amounts),
    )
