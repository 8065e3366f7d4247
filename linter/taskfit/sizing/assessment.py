"""A definition under a profile: its role, its declared capacity, what it has and what it should have."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache, partial
from typing import TYPE_CHECKING

from taskfit.definition import Container, TaskDefinition, Unknown, known
from taskfit.dimensions import DIMENSIONS, Size
from taskfit.record import NamedTuple
from taskfit.sizing.capacity import Capacity, declared_capacity
from taskfit.sizing.demand import Scale
from taskfit.sizing.expectation import Expectation, expect, in_steps
from taskfit.sizing.narrowing import chosen, narrowed
from taskfit.sizing.requirements import Requirement, missing, of_profiles
from taskfit.sizing.role import ROLE_KEY, FoundRole, service_container

if TYPE_CHECKING:
    from taskfit.dimensions import Dimension
    from taskfit.sizing.expectation import Fit
    from taskfit.sizing.facts import Facts
    from taskfit.sizing.fargate import FargateTable
    from taskfit.sizing.profile import Architecture, Profile, Role

_AS_IT_IS = Scale()
"""The scale of an architecture that a role does not mention."""


class Measure(NamedTuple):
    """One dimension of what a definition has, CPU units or MiB, and what it is compared with."""

    have: int
    pointer: str
    expectation: Expectation
    is_task_level: bool
    reserved: Size
    """What the sidecars certainly reserve."""
    is_exact: bool
    """Whether all reservations are known, as over-provisioning requires."""


class Assessment(NamedTuple):
    """A definition that has a role."""

    found: FoundRole
    service: Container | None
    """The service container, which does the work."""
    capacity: Capacity | None
    """`None` without a service container, and for a role of a fixed size."""
    expectation: Expectation | None
    """At task level; `None` without a capacity, unless the size is fixed."""
    reserved: Size
    assumed: Size
    cpu: Measure | None
    memory: Measure | None
    sidecars: Mapping[str, Requirement]
    """The profiles' requirements for its sidecars, by kind."""
    missing_sidecars: tuple[Requirement, ...]
    """The required sidecars that are certainly absent."""
    beside: Size = Size()
    """What the other containers reserve, if the service container declares the size, as on EC2."""

    @property
    def profile(self) -> Profile:
        """The profile that applies to it."""
        return self.found.profile

    @property
    def role_name(self) -> str:
        """The role's name."""
        return self.found.name

    @property
    def role(self) -> Role:
        """The role."""
        return self.found.role

    def expected(self, dimension: Dimension) -> Expectation | None:
        """The expectation for a dimension at the level that declares its size: the task or the container."""
        measure: Measure | None = getattr(self, dimension)
        return measure.expectation if measure else self.expectation

    @property
    def floor(self) -> Size | None:
        """The least that the declared capacity needs, at these levels; `None` if none is declared.

        Beyond the last tier, at most the floor of the tasks that replace it: tiers may be published with less cpu than
        their capacity needs.
        """
        cpu, memory = (self.expected(dimension) for dimension in DIMENSIONS)
        return Size(cpu.least.cpu, memory.least.memory) if cpu and memory else None

    @property
    def is_of_container(self) -> bool:
        """Whether the service container declares the size instead of the task, as is possible on EC2."""
        return _is_of_container(self.cpu, self.memory)

    @property
    def is_assumed(self) -> bool:
        """Whether only a variable determines the role."""
        return self.found.is_assumed

    @property
    def assumption(self) -> str:
        """The reason for an assumed role, as a sentence to append to another."""
        if not self.is_assumed:
            return ""
        return (
            f" The role, {self.role_name}, is assumed from {self.found.variable}; a tag or docker label `{ROLE_KEY}` "
            "sets another, or none."
        )


def _is_of_container(*measures: Measure | None) -> bool:
    return any(measure is not None and not measure.is_task_level for measure in measures)


def shortage(assessment: Assessment | None, dimension: Dimension) -> Measure | None:
    """The measure, if it is below its floor."""
    measure: Measure | None = getattr(assessment, dimension, None)
    return measure if measure and measure.have < getattr(measure.expectation.floor, dimension) else None


def excess(facts: Facts, assessment: Assessment | None, dimension: Dimension) -> Measure | None:
    """The measure, if it is certainly above its ceiling; for memory, only if the task's cpu allows less."""
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


def assess(facts: Facts, found: FoundRole) -> Assessment:
    """Assess a definition that has a role under the policy's profiles."""
    role = found.role
    service = service_container(facts, role.factors, role)
    capacity = declared_capacity(role, service, facts.task)
    sidecars = of_profiles(facts, found)
    absent, is_certain = missing(facts, sidecars, service)
    reserved, exact = _reserved(facts.task, service)
    assumed = _assumed(facts, sidecars, reserved, absent)
    load = (capacity.load if capacity else None) if role.factors else {}
    if load is None:
        return Assessment(found, service, capacity, None, reserved, assumed, None, None, sidecars, absent)
    role = narrowed(role, chosen(role, facts.task, service))
    sized = partial(_expected, found.name, role, found.profile, tuple(load.items()), _scales(facts, role))
    expectation = sized(_fit_with_present(facts, role), reserved, assumed)
    sizes = _Sizes(facts, found.profile, service, expectation, sized, reserved, exact and is_certain)
    cpu, memory = (sizes.measure(dimension) if role.needs(dimension) else None for dimension in DIMENSIONS)
    beside = _beside(facts, reserved) if _is_of_container(cpu, memory) else Size()
    return Assessment(found, service, capacity, expectation, reserved, assumed, cpu, memory, sidecars, absent, beside)


@lru_cache(1024)
def _expected(  # noqa: PLR0913, PLR0917
    name: str,
    role: Role,
    profile: Profile,
    load: tuple[tuple[str, int], ...],
    scales: tuple[Scale, ...],
    fit: Fit,
    reserved: Size,
    assumed: Size,
) -> Expectation:
    """`expect`, cached: a team's tasks have few sizes."""
    return expect(name, role, profile, dict(load), fit, reserved=reserved, assumed=assumed, scales=scales)


def _scales(facts: Facts, role: Role) -> tuple[Scale, ...]:
    """The scales of the demand on each architecture that the task may run on."""
    if not role.architectures:
        return ()
    names: tuple[Architecture, ...] = ("X86_64", "ARM64")
    if facts.on_arm is not None:
        names = names[facts.on_arm :][:1]
    return tuple(role.architectures.get(name, _AS_IT_IS) for name in names)


def _beside(facts: Facts, reserved: Size) -> Size:
    return Size(reserved.cpu if facts.cpu is None else 0, reserved.memory if facts.memory is None else 0)


def _fit_with_present(facts: Facts, role: Role) -> Fit:
    """Fargate's sizes, with at least the present amount of a dimension for which the role has no terms."""
    cpu = 0 if role.needs("cpu") else facts.known_cpu or 0
    memory = 0 if role.needs("memory") else facts.known_memory or 0
    return _on_fargate(facts.policy.fargate, bool(facts.on_windows), cpu, memory)


@lru_cache(256)
def _on_fargate(table: FargateTable, windows: bool, cpu: int, memory: int) -> Fit:
    """The smallest Fargate size that also has at least this cpu and memory."""
    return lambda least_cpu, least_memory: table.smallest(
        max(least_cpu, cpu), max(least_memory, memory), windows=windows
    )


@lru_cache(256)
def _in_steps(profile: Profile) -> Fit:
    """The smallest size in the steps of a profile."""
    return partial(in_steps, profile)


def _reserved(task: TaskDefinition, service: Container | None) -> tuple[Size, bool]:
    """What the other containers are known to reserve, and whether all of it is known."""
    cpu = memory = 0
    exact = task.containers_are_complete
    for item in task.containers:
        if service is None or item.index != service.index:
            exact = exact and not isinstance(item.cpu, Unknown) and not isinstance(item.reserved_memory, Unknown)
            cpu, memory = cpu + (known(item.cpu) or 0), memory + (known(item.reserved_memory) or 0)
    return Size(cpu, memory), exact


def _assumed(facts: Facts, sidecars: Mapping[str, Requirement], reserved: Size, absent: Iterable[Requirement]) -> Size:
    """The reserved amounts, plus the profile's defaults for required sidecars that are absent or reserve nothing."""
    defaults = {kind: each.sidecar for kind, each in sidecars.items() if each.sidecar is not None}
    cpu, memory = reserved.cpu, reserved.memory
    for requirement in absent:
        if requirement.kind in defaults:
            default = defaults[requirement.kind]
            cpu, memory = cpu + default.cpu, memory + default.memory
    for container in facts.task.containers:
        kind = facts.sidecars.get(container.index, "")
        if kind in defaults:
            cpu += 0 if container.cpu else defaults[kind].cpu
            memory += 0 if container.reserved_memory else defaults[kind].memory
    return Size(cpu, memory)


class _Sizes(NamedTuple):
    """What a definition has and what it is expected to have."""

    facts: Facts
    profile: Profile
    service: Container | None
    at_task_level: Expectation
    sized: Callable[..., Expectation]
    reserved: Size
    is_exact: bool

    def measure(self, dimension: Dimension) -> Measure | None:
        """The task's amount of one dimension; on EC2 without a task-level value, that of its service container."""
        facts, service = self.facts, self.service
        have = facts.cpu if dimension == "cpu" else facts.memory
        if have is not None:
            at_task = known(have)
            if at_task is None:
                return None
            return Measure(at_task, f"/{dimension}", self.at_task_level, True, self.reserved, self.is_exact)
        if facts.on_fargate or service is None or isinstance(facts.task.requires_compatibilities, Unknown):
            return None
        own = service.cpu if dimension == "cpu" else service.reserved_memory
        amount = known(own)
        if not amount:
            return None
        key = "memoryReservation" if dimension == "memory" and service.memory is None else dimension
        alone = self.sized(_in_steps(self.profile), Size(), Size())
        return Measure(amount, f"{service.pointer}/{key}", alone, False, Size(), True)
