"""The amounts that each container should declare in a task of the recommended size."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from taskfit.definition import Unknown, known
from taskfit.dimensions import Size
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.definition import Container
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.facts import Facts

LEAST_MIB = 6
"""Docker, and therefore ECS, accepts no smaller limit."""


class ContainerSize(NamedTuple):
    """The amounts that a container should declare, CPU units and MiB; `None` for what it does not declare today."""

    name: str
    cpu: int | None
    memory: int | None
    """The hard limit."""
    memory_reservation: int | None


def container_sizes(facts: Facts, assessment: Assessment | None, size: Size) -> tuple[ContainerSize, ...]:
    """The containers in a task of another size; empty if an amount that they declare is unknown.

    `size` is that of all containers together. All but the service container keep their amounts, as long as that leaves
    enough for the capacity. Otherwise only the sidecars do, and all other containers share what is left
    in the proportions that they declare. The service container's hard limit is at least what its capacity needs.
    """
    containers = facts.task.containers
    declared = [amount for item in containers for amount in (item.cpu, item.memory, item.memory_reservation)]
    names = [known(item.name) for item in containers]
    if not facts.task.containers_are_complete or any(isinstance(each, Unknown) for each in declared) or None in names:
        return ()
    service, needs = (assessment.service, _needs(facts, assessment)) if assessment else (None, None)
    cpu = _sharing(facts, service, "cpu", size=size.cpu, have=facts.known_cpu, need=needs and needs.cpu)
    memory = _sharing(
        facts, service, "reserved_memory", size=size.memory, have=facts.known_memory, need=needs and needs.memory
    )

    def scaled(item: Container, name: str, factors: dict[int, Fraction], least: int) -> int | None:
        amount = known(getattr(item, name))
        return max(int(amount * factors[item.index]), least) if amount and item.index in factors else amount

    found = [
        ContainerSize(
            known(item.name) or "",
            scaled(item, "cpu", cpu, 1),
            scaled(item, "memory", memory, LEAST_MIB),
            scaled(item, "memory_reservation", memory, LEAST_MIB),
        )
        for item in containers
    ]
    if service is not None and needs is not None:
        at = containers.index(service)
        others = sum(each.memory_reservation or each.memory or 0 for each in (*found[:at], *found[at + 1 :]))
        limit = found[at].memory
        found[at] = found[at]._replace(memory=limit and max(limit, min(needs.memory, size.memory - others)))
    return tuple(found)


def _needs(facts: Facts, assessment: Assessment) -> Size | None:
    """What the capacity needs of the service container; cpu is at most what its tier leaves it and what it has."""
    expectation, service = assessment.expectation, assessment.service
    if expectation is not None and expectation.split is not None:
        expectation = expectation.split.one
    if expectation is None or service is None:
        return None
    demand, tier = expectation.demand, expectation.tier
    beside = _sum([item for item in facts.task.containers if item.index in facts.sidecars], "cpu")
    cpu = min(demand.cpu.low, known(service.cpu) or 1, *([tier.cpu - beside] if tier else []))
    return Size(max(cpu, 1), demand.memory.low)


def _sharing(  # noqa: PLR0913 - one dimension of a task and of a size
    facts: Facts, service: Container | None, name: str, *, size: int, have: int | None, need: int | None
) -> dict[int, Fraction]:
    """The containers that change with a size, by position, and the factors of their amounts."""
    containers = facts.task.containers
    sharing = [item for item in containers if item.index not in facts.sidecars]
    if service is not None and need is not None:
        left = size - _sum([item for item in containers if item is not service], name)
        sharing = [service] if left >= need else sharing
    left = size - _sum([item for item in containers if item not in sharing], name)
    factor = _factor(size, have, left, _sum(sharing, name))
    return {item.index: factor for item in sharing}


def _sum(containers: Sequence[Container], name: str) -> int:
    return sum(known(getattr(item, name)) or 0 for item in containers)


def _factor(size: int, have: int | None, left: int, taken: int) -> Fraction:
    """The factor: the task's own growth, at most what there is room for; all the room if the task has no size."""
    room = Fraction(left, taken) if taken else Fraction(1)
    return min(Fraction(size, have), room) if have else room
