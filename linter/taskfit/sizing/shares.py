"""What each container of a task should declare in a recommended size."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, NamedTuple

from taskfit.definition import Unknown, known
from taskfit.dimensions import Size

if TYPE_CHECKING:
    from taskfit.definition import Container
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.facts import Facts

LEAST_MIB = 6
"""Docker takes no smaller limit, so that ECS takes none either."""


class ContainerSize(NamedTuple):
    """What a container should declare, CPU units and MiB; `None` for what it does not declare today."""

    name: str
    cpu: int | None
    memory: int | None
    """The hard limit."""
    memory_reservation: int | None


def container_sizes(facts: Facts, assessment: Assessment | None, size: Size) -> tuple[ContainerSize, ...]:
    """The containers in a task of another size; nothing where not all that they declare is known.

    `size` is that of all containers together. What the capacity is not about keeps what it has: all but the service
    container, or the sidecars where there is none. The others share what that leaves in the proportions that they declare,
    and the service container's hard limit holds at least what its capacity takes.
    """
    containers = facts.task.containers
    declared = [amount for item in containers for amount in (item.cpu, item.memory, item.memory_reservation)]
    names = [known(item.name) for item in containers]
    if not facts.task.containers_are_complete or any(isinstance(each, Unknown) for each in declared) or None in names:
        return ()
    expectation = assessment.expectation if assessment else None
    service = assessment.service if assessment else None
    demand = expectation.demand.memory.low if expectation and not expectation.split else 0
    sharing = [
        item for item in containers if (item.index not in facts.sidecars if service is None else item is service)
    ]
    keeping = [item for item in containers if item not in sharing]
    left = Size(size.cpu - _sum(keeping, "cpu"), size.memory - _sum(keeping, "reserved_memory"))
    cpu = _factor(size.cpu, facts.known_cpu, left.cpu, _sum(sharing, "cpu"))
    memory = _factor(size.memory, facts.known_memory, left.memory, _sum(sharing, "reserved_memory"))

    def scaled(item: Container, name: str, factor: Fraction, least: int) -> int | None:
        amount = known(getattr(item, name))
        return amount if not amount or item in keeping else max(int(amount * factor), least)

    def limit(item: Container) -> int | None:
        amount = scaled(item, "memory", memory, LEAST_MIB)
        return max(amount, min(demand, left.memory)) if amount and item is service else amount

    return tuple(
        ContainerSize(
            known(item.name) or "",
            scaled(item, "cpu", cpu, 1),
            limit(item),
            scaled(item, "memory_reservation", memory, LEAST_MIB),
        )
        for item in containers
    )


def _sum(containers: Sequence[Container], name: str) -> int:
    return sum(known(getattr(item, name)) or 0 for item in containers)


def _factor(size: int, have: int | None, left: int, taken: int) -> Fraction:
    """What to multiply by: the task's own growth, but no more than there is room for; all the room if it has no size."""
    room = Fraction(left, taken) if taken else Fraction(1)
    return min(Fraction(size, have), room) if have else room
