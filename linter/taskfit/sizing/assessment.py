"""What a definition is under a profile: its role, the capacity it declares, what it has and what it should have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from taskfit.definition import Container, TaskDefinition, Unknown, escape, known, objects
from taskfit.sizing.expectation import Expectation, Reserved, expect, in_steps
from taskfit.sizing.sidecars import image_path, image_repository

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.sizing.profile import Profile, Role
    from taskfit.sizing.wording import Dimension

ROLE_KEY = "taskfit:role"
"""The tag or docker label that names the role."""

NO_ROLE = "none"
"""What it says of a definition that has no role."""

LARGEST_CAPACITY = 10**9
"""A number above it is a mistake, and would fill a message with digits."""


class Capacity(NamedTuple):
    """The capacity that a definition declares."""

    variable: str
    pointer: str
    """Where it stands; the service container where it is absent."""
    text: str | Unknown | None
    """As written."""

    @property
    def number(self) -> int | None:
        """The whole number, if it is one that makes sense."""
        if not isinstance(self.text, str) or not re.fullmatch(r"\s*[0-9]{1,10}\s*", self.text, re.ASCII):
            return None
        number = int(self.text)
        return number if 1 <= number <= LARGEST_CAPACITY else None

    @property
    def is_huge(self) -> bool:
        """Whether it is a whole number above all that makes sense."""
        digits = self.text.strip() if isinstance(self.text, str) else ""
        return digits.isascii() and digits.isdigit() and len(digits.lstrip("0")) >= len(str(LARGEST_CAPACITY))


class StatedRole(NamedTuple):
    """A role that is named outright, and where."""

    name: str | Unknown
    pointer: str


class Measure(NamedTuple):
    """One dimension of what a definition has, CPU units or MiB, and what it is held against."""

    have: int
    pointer: str
    expectation: Expectation
    is_task_level: bool
    reserved: Reserved
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
    reserved: Reserved
    assumed: Reserved
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


def shortage(case: Case, dimension: Dimension) -> Measure | None:
    """What is below its floor."""
    measure: Measure | None = getattr(case.assessment, dimension, None)
    return measure if measure and measure.have < getattr(measure.expectation.floor, dimension) else None


def excess(case: Case, dimension: Dimension) -> Measure | None:
    """What is above its ceiling for certain; memory only where the task's cpu goes with less."""
    measure: Measure | None = getattr(case.assessment, dimension, None)
    if measure is None or measure.expectation.ceiling is None or not measure.is_exact:
        return None
    if measure.have <= getattr(measure.expectation.ceiling, dimension):
        return None
    if dimension == "memory" and measure.is_task_level and case.cpu is not None:
        cpu = case.known_cpu
        if cpu is None or measure.have in case.policy.fargate.memories(cpu)[:1]:
            return None
    return measure


def assess(case: Case) -> Assessment | None:
    """What a definition is under the policy's profile; `None` if it has no role."""
    found = _role(case)
    if found is None:
        return None
    name, is_assumed = found
    role = case.policy.profile.roles[name]
    service = _service_container(case, role.variables)
    capacity = _capacity(role, service)
    missing, is_certain = missing_sidecars(case, service)
    reserved, exact = _reserved(case.task, service)
    assumed = _assumed(case, reserved, missing)
    exact = exact and is_certain
    number = capacity.number if capacity else None
    expectation = cpu = memory = None
    if number is not None:
        sized = partial(expect, name, role, case.policy.profile, number)
        expectation = sized(case.smallest, reserved=reserved, assumed=assumed)
        cpu = _measure(case, service, "cpu", expectation, sized, reserved=reserved, exact=exact)
        memory = _measure(case, service, "memory", expectation, sized, reserved=reserved, exact=exact)
    return Assessment(name, role, is_assumed, service, capacity, expectation, reserved, assumed, cpu, memory, missing)


def unclear(case: Case) -> Iterator[tuple[str, str, str]]:
    """What keeps a definition from being sized, for one note each: pointer, message, help."""
    profile = case.policy.profile
    assessment = case.assessment
    if assessment is None:
        told = _stated_role(case)
        if told is not None and told.name != NO_ROLE and told.name not in profile.roles:
            yield told.pointer, *_strange_role(told, profile)
            return
        implied = [(name, found) for name, found in _implied(case) if found is not None]
        hint = f"Name it in a tag `{ROLE_KEY}`, a docker label, or with --role."
        if len(implied) > 1 and _takes_part(case):
            names = " or ".join(name for name, _ in implied)
            variables = " and ".join(variable for _, (variable, _) in implied)
            message = f"{variables} are both set, so the role ({names}) can't be told; its size was not checked."
            yield implied[0][1][1], message, hint
        elif implied and _takes_part(case) and (hidden := _hidden_name(case)):
            message = f"{implied[0][1][0]} is set, but `{hidden}` hides the role; the size was not checked"
            yield implied[0][1][1], f"{message} ({profile.name} profile).", hint
        return
    capacity = assessment.capacity
    if capacity is not None and isinstance(capacity.text, Unknown):
        unit = assessment.role.unit
        place = f"`{capacity.text.text}`" if capacity.text.why != "partial" else "not in this file"
        message = f"{capacity.variable}, the capacity in {unit}, is {place}; the size was not checked"
        yield (
            capacity.pointer,
            f"{message} ({profile.name} profile).",
            "Supply the value with --var, or check the file once it is rendered.",
        )


def _strange_role(told: StatedRole, profile: Profile) -> tuple[str, str]:
    """Message and help for a role that is given, but that the profile has not."""
    if isinstance(told.name, Unknown):
        message = f"The role is `{told.name.text}`, which can't be known here; the size was not checked"
        return (
            f"{message} ({profile.name} profile).",
            "Supply the value with --var, or check the file once it is rendered.",
        )
    message = f'The {profile.name} profile has no role "{told.name}"; the size was not checked.'
    return message, f"Its roles are {', '.join(profile.roles)}."


def missing_sidecars(case: Case, service: Container | None) -> tuple[tuple[str, ...], bool]:
    """The required kinds of sidecars that are absent, and whether that is certain."""
    required = case.policy.required_sidecars
    kinds = case.policy.profile.sidecars if required is None else required
    there = set(case.sidecars.values())
    absent = tuple(kind for kind in kinds if kind not in there)
    applications = [item for item in case.task.containers if item.index not in case.sidecars]
    is_service = service is not None and (len(applications) == 1 or _declares(case, service))
    certain = case.task.containers_are_complete and not any(
        image_repository(container) is None for container in applications if not (is_service and container is service)
    )
    return (absent if certain else ()), certain or not absent


def _role(case: Case) -> tuple[str, bool] | None:
    """The role's name and whether it is assumed; first match wins."""
    roles = case.policy.profile.roles
    told = _stated_role(case)
    if told is not None:
        return (told.name, False) if isinstance(told.name, str) and told.name in roles else None
    if not _takes_part(case):
        return None
    for words in _naming_words(case):
        named = [name for name, role in roles.items() if words.intersection(role.words)]
        if len(named) == 1:
            return named[0], False
    implied = [name for name, found in _implied(case) if found is not None]
    return (implied[0], True) if len(implied) == 1 and _hidden_name(case) is None else None


def _stated_role(case: Case) -> StatedRole | None:
    """The role that the user, a tag or a docker label names outright."""
    if case.policy.role is not None:
        return StatedRole(case.policy.role, "")
    for index, tag in objects(case.task.data, "tags"):
        if tag.get("key") == ROLE_KEY and isinstance(tag.get("value"), str | Unknown):
            return StatedRole(tag["value"], f"/tags/{index}/value")
    for container in case.task.containers:
        labels = container.data.get("dockerLabels")
        if isinstance(labels, dict) and isinstance(labels.get(ROLE_KEY), str | Unknown):
            return StatedRole(labels[ROLE_KEY], f"{container.pointer}/dockerLabels/{escape(ROLE_KEY)}")
    return None


def _takes_part(case: Case) -> bool:
    """Whether the profile speaks of this definition: somebody chose it, or the definition bears its signs."""
    profile = case.policy.profile
    if case.policy.profile_is_chosen:
        return True
    applications = (item for item in case.task.containers if item.index not in case.sidecars)
    if any(_declares(case, container) for container in applications):
        return True
    return any(mark in text.lower() for text in _texts(case.task) for mark in profile.marks)


def _declares(case: Case, container: Container) -> bool:
    """Whether a container sets the capacity variable of some role."""
    return any(name in container.environment for role in case.policy.profile.roles.values() for name in role.variables)


def _texts(task: TaskDefinition) -> Iterator[str]:
    """The family, images and tags, whose words may name a team; placeholders as they are written."""
    for value in (task.family, *(container.image for container in task.containers)):
        if value is not None:
            yield value.text if isinstance(value, Unknown) else value
    for _, tag in objects(task.data, "tags"):
        yield from (text for text in (tag.get("key"), tag.get("value")) if isinstance(text, str))


def _naming_words(case: Case) -> Iterator[frozenset[str]]:
    """The words that may name a role: of the family, the service container's name, its image's repository."""
    yield _words(known(case.task.family))
    variables = {variable for role in case.policy.profile.roles.values() for variable in role.variables}
    service = _service_container(case, variables)
    if service is not None:
        yield _words(known(service.name))
        *folders, repository = image_path(service) or [""]
        yield _words(repository)
        yield _words(" ".join(part for part in folders if "." not in part and ":" not in part))  # not the registry


def _hidden_name(case: Case) -> str | None:
    """What stands where a word could name the role, if that can't be known."""
    service = _service_container(case, {name for role in case.policy.profile.roles.values() for name in role.variables})
    texts = [case.task.family]
    if service is not None:
        texts += [service.name, None if image_repository(service) else service.image]
    return next((text.text for text in texts if isinstance(text, Unknown)), None)


def _words(text: str | None) -> frozenset[str]:
    return frozenset(re.split(r"[^a-z0-9]+", (text or "").lower()))


def _implied(case: Case) -> Iterator[tuple[str, tuple[str, str] | None]]:
    """For each role that a variable alone implies: the variable and where it stands, if it is there."""
    for name, role in case.policy.profile.roles.items():
        found = (
            (variable, container.variable_pointer(variable))
            for container in case.task.containers
            if container.index not in case.sidecars
            for variable in role.implied_by
            if variable in container.environment
        )
        yield name, next(found, None)


def _service_container(case: Case, variables: Iterable[str]) -> Container | None:
    """The container that declares the capacity, else the first essential one that is no sidecar.

    Where another may declare it in what can't be seen, that one; nothing where it may be a container out of sight.
    """
    wanted = tuple(variables)
    applications = [item for item in case.task.containers if item.index not in case.sidecars]
    declaring = (item for item in applications if any(variable in item.environment for variable in wanted))
    essential = [item for item in applications if item.essential is True]
    hiding = (item for item in (*essential, *applications) if not item.environment_is_complete)
    found = next(declaring, None) or next(hiding, None)
    return found or (next(iter(essential), None) if case.task.containers_are_complete else None)


def _capacity(role: Role, service: Container | None) -> Capacity | None:
    if service is None:
        return None
    for variable in role.variables:
        if variable in service.environment:
            return Capacity(variable, service.variable_pointer(variable), service.environment[variable])
    variable = role.variables[0]
    return Capacity(variable, service.pointer, service.variable(variable))


def _reserved(task: TaskDefinition, service: Container | None) -> tuple[Reserved, bool]:
    """What the other containers reserve, as far as it is known, and whether that is all."""
    others = [item for item in task.containers if service is None or item.index != service.index]
    amounts = [(item.cpu, item.reserved_memory) for item in others]
    exact = task.containers_are_complete and not any(isinstance(value, Unknown) for pair in amounts for value in pair)
    return Reserved(sum(known(cpu) or 0 for cpu, _ in amounts), sum(known(memory) or 0 for _, memory in amounts)), exact


def _assumed(case: Case, reserved: Reserved, missing: Iterable[str]) -> Reserved:
    """The reserved amounts, with what required sidecars lack at the profile's defaults."""
    defaults = case.policy.profile.sidecars
    cpu, memory = reserved.cpu, reserved.memory
    for kind in missing:
        if kind in defaults:
            cpu, memory = cpu + defaults[kind].cpu, memory + defaults[kind].memory
    for container in case.task.containers:
        default = defaults.get(case.sidecars.get(container.index, ""))
        if default is not None:
            cpu += 0 if container.cpu else default.cpu
            memory += 0 if container.reserved_memory else default.memory
    return Reserved(cpu, memory)


def _measure(  # noqa: PLR0913
    case: Case,
    service: Container | None,
    dimension: str,
    at_task_level: Expectation,
    sized: Callable[..., Expectation],
    *,
    reserved: Reserved,
    exact: bool,
) -> Measure | None:
    """What the task has of one dimension; on EC2 without a task-level value, what its service container has."""
    have = case.cpu if dimension == "cpu" else case.memory
    if have is not None:
        at_task = known(have)
        return None if at_task is None else Measure(at_task, f"/{dimension}", at_task_level, True, reserved, exact)
    if case.on_fargate or service is None or isinstance(case.task.requires_compatibilities, Unknown):
        return None
    own = service.cpu if dimension == "cpu" else service.reserved_memory
    amount = known(own)
    if not amount:
        return None
    key = "memoryReservation" if dimension == "memory" and service.memory is None else dimension
    alone = sized(partial(in_steps, case.policy.profile), reserved=Reserved(), assumed=Reserved())
    return Measure(amount, f"{service.pointer}/{key}", alone, False, Reserved(), True)
