"""The target of a rule as expressions see it: the values of variables, and their paths."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskfit.definition import Container, Partial, TaskDefinition, Unknown, objects, read
from taskfit.policy.cel.data import Data
from taskfit.policy.cel.expression import Environment, Expression, NoValueError, environment
from taskfit.policy.validator import Path, pointer
from taskfit.record import cached_property

if TYPE_CHECKING:
    from taskfit.policy.subject import Subject

TAGS = "@tags"
"""The key for tags as a mapping, next to the fields of the definition; AWS has no field of this name."""

SIZING = frozenset({"role", "expected", "sidecars"})
"""Variables that are computed only if an expression uses them."""


class Target:
    """One target of a rule, as expressions see it."""

    def __init__(self, known: Environment, subject: Subject, base: Path, variable: str) -> None:
        self._known, self._subject = known, subject
        self.base = base
        in_a_container = base[:1] == ("containerDefinitions",)
        self.bases: dict[str, Path] = {
            "task": (), "tags": (TAGS,), "containers": ("containerDefinitions",), "services": ("services",),
            "service": ("services", 0), "sidecars": ("containerDefinitions",), variable: base,
        }  # fmt: skip
        if in_a_container:
            self.bases["container"] = base[:2]

    @cached_property
    def _plain(self) -> Any:
        """The values that are not computed, shared by all rules."""
        return self._known.activation(self._values())

    @cached_property
    def _sized(self) -> Any:
        return self._known.activation({**self._values(), **self._computed()})

    @cached_property
    def container(self) -> Container | None:
        """The container that it is or belongs to."""
        if self.base[:1] != ("containerDefinitions",):
            return None
        return next((each for each in self._subject.task.containers if each.index == self.base[1]), None)

    def value(self, expression: Expression) -> Any:
        """The value of an expression; raises the errors of `Environment.evaluate`."""
        data = data_of(self._subject)
        for place in data.unknown_reads(expression.reads, self.bases):
            raise NoValueError(pointer(self._written(place)))
        worked_out = not SIZING.isdisjoint(expression.variables)
        if "sidecars" in expression.variables:
            _check_sidecars(self._subject)
        activation = self._sized if worked_out else self._plain
        return self._known.evaluate(expression, activation, self._subject, self.container)

    def _written(self, place: Path) -> Path:
        """The path in the definition of a value that an expression reads: a tag is an entry of a list."""
        if place[:1] != (TAGS,):
            return place
        entries = objects(self._subject.task.data, "tags")
        found = [index for index, item in entries if place[1:] and item.get("key") == place[1]]
        return ("tags", found[-1], "value") if found else ("tags",)

    def _values(self) -> dict[str, Any]:
        data = data_of(self._subject)
        values = {name: data.at(base) for name, base in self.bases.items()}
        found = {name: value for name, value in values.items() if isinstance(value, dict | str)}
        found["task"] = {key: value for key, value in data.values.items() if key != TAGS}
        lists = {name: values[name] if isinstance(values[name], list) else [] for name in ("containers", "services")}
        services = [each for each in lists["services"] if isinstance(each, dict)]
        found.pop("service", None)
        if len(services) == 1:
            found["service"] = services[0]
        file = {"path": self._subject.path, "format": self._subject.task.dialect.name}
        containers = [each for each in lists["containers"] if isinstance(each, dict)]
        return {**found, "containers": containers, "services": services, "file": file}

    def _computed(self) -> dict[str, Any]:
        facts = self._subject.facts
        containers = data_of(self._subject).at(("containerDefinitions",)) or []
        kinds = facts.sidecars.items()
        found: dict[str, Any] = {"sidecars": [{**containers[index], "kind": kind} for index, kind in kinds]}
        assessment = self._subject.assessment
        if assessment is not None:
            found["role"] = assessment.role_name
            if assessment.expectation is not None:
                expected = assessment.expectation
                sizes = {"floor": expected.floor, "recommended": expected.recommended, "ceiling": expected.ceiling}
                known = {name: size.as_dict() for name, size in sizes.items() if size is not None}
                found["expected"] = {"capacity": expected.capacity, **known}
        return found


def data_of(subject: Subject) -> Data:
    """The data of a definition, created once."""

    def make() -> Data:
        values = subject.normal.values
        return Data(type(values)({**values, TAGS: _tags(subject.task)}))

    return subject.once("cel", make)


def _tags(task: TaskDefinition) -> Any:
    """The tags by key; partial if some are unknown."""
    tags = read(task.data, "tags")
    if isinstance(tags, Unknown):
        return tags
    entries = [item for _, item in objects(task.data, "tags")]
    found = {item["key"]: item.get("value", "") for item in entries if isinstance(item.get("key"), str)}
    is_complete = isinstance(tags, list) and len(found) == len(tags)
    return found if is_complete or tags is None else Partial(found)


def _check_sidecars(subject: Subject) -> None:
    """Raise `NoValueError` if it is unknown whether a container is a sidecar."""
    if not subject.task.containers_are_complete:
        raise NoValueError("/containerDefinitions")
    for container in subject.task.containers:
        if container.image is not None and container.image_repository is None:
            raise NoValueError(f"{container.pointer}/image")


def target_of(subject: Subject, base: Path, variable: str) -> Target:
    """A target as expressions see it, created once for all rules."""
    return subject.once((base, variable), lambda: Target(environment(variable), subject, base, variable))
