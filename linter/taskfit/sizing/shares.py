"""What each container of a task should declare in a recommended size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from taskfit.definition import Unknown, known

if TYPE_CHECKING:
    from taskfit.definition import Container
    from taskfit.dimensions import Size
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

    Sidecars keep what they have. The others share what that leaves in the proportions that they declare, and the service
    container's hard limit holds at least what its capacity takes.
    """
    containers = facts.task.containers
    declared = [amount for item in containers for amount in (item.cpu, item.memory, item.memory_reservation)]
    names = [known(item.name) for item in containers]
    if not facts.task.containers_are_complete or any(isinstance(each, Unknown) for each in declared) or None in names:
        return ()
    expectation = assessment.expectation if assessment else None
    service = assessment.service if assessment else None
    demand = expectation.demand.memory.low if expectation and not expectation.split else 0
    applications = [item for item in containers if item.index not in facts.sidecars]
    sidecars = [item for item in containers if item.index in facts.sidecars]
    left = size.cpu - _sum(sidecars, "cpu"), size.memory - _sum(sidecars, "reserved_memory")
    cpu = _factor(size.cpu, facts.known_cpu, left[0], _sum(applications, "cpu"))
    memory = _factor(size.memory, facts.known_memory, left[1], _sum(applications, "reserved_memory"))

    def scaled(item: Container, name: str, factor: float, least: int) -> int | None:
        amount = known(getattr(item, name))
        return amount if not amount or item.index in facts.sidecars else max(int(amount * factor), least)

    def limit(item: Container) -> int | None:
        amount = scaled(item, "memory", memory, LEAST_MIB)
        is_service = service is not None and item.index == service.index and len(applications) == 1
        return max(amount, min(demand, left[1])) if amount and is_service else amount

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


def _factor(size: int, have: int | None, left: int, taken: int) -> float:
    """What to multiply by: the task's own growth, but no more than there is room for."""
    growth = size / have if have else 1.0
    return min(growth, left / taken) if taken else growth
