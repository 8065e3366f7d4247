"""What a definition is under a profile: its role, the capacity it declares, what it has and what it should have."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from taskfit.definition import Container, TaskDefinition, Unknown, known
from taskfit.dimensions import Size
from taskfit.sizing.capacity import Capacity, declared_capacity
from taskfit.sizing.expectation import Expectation, expect, in_steps
from taskfit.sizing.role import ROLE_KEY, declares, find_role, service_container
from taskfit.sizing.sidecars import image_repository

if TYPE_CHECKING:
    from taskfit.sizing.facts import Facts
    from taskfit.sizing.profile import Role
    from taskfit.sizing.wording import Dimension


class Measure(NamedTuple):
    """One dimension of what a definition has, CPU units or MiB, and what it is held against."""

    have: int
    pointer: str
    expectation: Expectation
    is_task_level: bool
    reserved: Size
    """What sidecars reserve of it, at least."""
    is_exact: bool
    """Whether all of that is known, so that too much can be told."""


class Assessment(NamedTuple):
    """A definition that has a role."""

    role_name: str
    role: Role
    is_assumed: bool
    """Whether nothing but the capacity variable tells the role."""
    service: Container | None
    """The container that does the work."""
    capacity: Capacity | None
    expectation: Expectation | None
    """At task level; `None` without a capacity."""
    reserved: Size
    assumed: Size
    cpu: Measure | None
    memory: Measure | None
    missing_sidecars: tuple[str, ...]
    """Required kinds that are absent for certain."""

    @property
    def assumption(self) -> str:
        """What an assumed role rests on, as a sentence to put behind another."""
        if not self.is_assumed or self.capacity is None:
            return ""
        return (
            f" The role, {self.role_name}, is assumed from {self.capacity.variable}; a tag or docker label `{ROLE_KEY}` "
            "tells another, or none."
        )


def shortage(assessment: Assessment | None, dimension: Dimension) -> Measure | None:
    """What is below its floor."""
    measure: Measure | None = getattr(assessment, dimension, None)
    return measure if measure and measure.have < getattr(measure.expectation.floor, dimension) else None


def excess(facts: Facts, assessment: Assessment | None, dimension: Dimension) -> Measure | None:
    """What is above its ceiling for certain; memory only where the task's cpu goes with less."""
    measure: Measure | None = getattr(assessment, dimension, None)
    if measure is None or measure.expectation.ceiling is None or not measure.is_exact:
        return None
    if measure.have <= getattr(measure.expectation.ceiling, dimension):
        return None
    if dimension == "memory" and measure.is_task_level and facts.cpu is not None:
        cpu = facts.known_cpu
        if cpu is None or measure.have in facts.policy.fargate.memories(cpu)[:1]:
            return None
    return measure


def assess(facts: Facts) -> Assessment | None:
    """What a definition is under the policy's profile; `None` if it has no role."""
    found = find_role(facts)
    if found is None:
        return None
    name, is_assumed = found
    role = facts.policy.profile.roles[name]
    service = service_container(facts, role.variables)
    capacity = declared_capacity(role, service)
    missing, is_certain = missing_sidecars(facts, service)
    reserved, exact = _reserved(facts.task, service)
    assumed = _assumed(facts, reserved, missing)
    exact = exact and is_certain
    number = capacity.number if capacity else None
    expectation = cpu = memory = None
    if number is not None:
        sized = partial(expect, name, role, facts.policy.profile, number)
        expectation = sized(facts.smallest, reserved=reserved, assumed=assumed)
        cpu = _measure(facts, service, "cpu", expectation, sized, reserved=reserved, exact=exact)
        memory = _measure(facts, service, "memory", expectation, sized, reserved=reserved, exact=exact)
    return Assessment(name, role, is_assumed, service, capacity, expectation, reserved, assumed, cpu, memory, missing)


def missing_sidecars(facts: Facts, service: Container | None) -> tuple[tuple[str, ...], bool]:
    """The required kinds of sidecars that are absent, and whether that is certain."""
    required = facts.policy.required_sidecars
    kinds = facts.policy.profile.sidecars if required is None else required
    there = set(facts.sidecars.values())
    absent = tuple(kind for kind in kinds if kind not in there)
    applications = [item for item in facts.task.containers if item.index not in facts.sidecars]
    is_service = service is not None and (len(applications) == 1 or declares(facts, service))
    certain = facts.task.containers_are_complete and not any(
        image_repository(container) is None for container in applications if not (is_service and container is service)
    )
    return (absent if certain else ()), certain or not absent


def _reserved(task: TaskDefinition, service: Container | None) -> tuple[Size, bool]:
    """What the other containers reserve, as far as it is known, and whether that is all."""
    others = [item for item in task.containers if service is None or item.index != service.index]
    amounts = [(item.cpu, item.reserved_memory) for item in others]
    exact = task.containers_are_complete and not any(isinstance(value, Unknown) for pair in amounts for value in pair)
    return Size(sum(known(cpu) or 0 for cpu, _ in amounts), sum(known(memory) or 0 for _, memory in amounts)), exact


def _assumed(facts: Facts, reserved: Size, missing: Iterable[str]) -> Size:
    """The reserved amounts, with what required sidecars lack at the profile's defaults."""
    defaults = facts.policy.profile.sidecars
    cpu, memory = reserved.cpu, reserved.memory
    for kind in missing:
        if kind in defaults:
            cpu, memory = cpu + defaults[kind].cpu, memory + defaults[kind].memory
    for container in facts.task.containers:
        default = defaults.get(facts.sidecars.get(container.index, ""))
        if default is not None:
            cpu += 0 if container.cpu else default.cpu
            memory += 0 if container.reserved_memory else default.memory
    return Size(cpu, memory)


def _measure(  # noqa: PLR0913
    facts: Facts,
    service: Container | None,
    dimension: str,
    at_task_level: Expectation,
    sized: Callable[..., Expectation],
    *,
    reserved: Size,
    exact: bool,
) -> Measure | None:
    """What the task has of one dimension; on EC2 without a task-level value, what its service container has."""
    have = facts.cpu if dimension == "cpu" else facts.memory
    if have is not None:
        at_task = known(have)
        return None if at_task is None else Measure(at_task, f"/{dimension}", at_task_level, True, reserved, exact)
    if facts.on_fargate or service is None or isinstance(facts.task.requires_compatibilities, Unknown):
        return None
    own = service.cpu if dimension == "cpu" else service.reserved_memory
    amount = known(own)
    if not amount:
        return None
    key = "memoryReservation" if dimension == "memory" and service.memory is None else dimension
    alone = sized(partial(in_steps, facts.policy.profile), reserved=Size(), assumed=Size())
    return Measure(amount, f"{service.pointer}/{key}", alone, False, Size(), True)
