"""A definition with its values normalised: what a team's rules compare, however the file spells it.

`"512"`, 512 and `"0.5 vCPU"` are all 512 CPU units; CloudFormation's `"8080"` is a port and its `8080` a variable's value.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from taskfit import task_schema
from taskfit.definition import Partial, TaskDefinition, Unknown, objects
from taskfit.policy.validator import Path, Plain
from taskfit.sizing import quantity

LONGEST_NUMBER = 18
"""Digits of a number in quotes; what is longer is left as it is."""

QUANTITIES = {"cpu": quantity.cpu_units, "memory": quantity.memory_mib}
"""The task's own sizes, to CPU units and MiB."""

VARIABLES = {
    "task": "task",
    "container": "container",
    "essential container": "container",
    "service": "service",
    "port": "port",
    "environment variable": "variable",
    "secret": "secret",
    "volume": "volume",
    "image": "image",
}
"""The kinds of parts that a rule can be about, and what its expressions and messages call one."""

Target = tuple[Path, Any]
"""Where a part of a definition is, and its plain value."""


class NormalDefinition:
    """The plain, normalised values of a definition and of its services, made once for all rules."""

    def __init__(self, task: TaskDefinition) -> None:
        self._task = task

    @cached_property
    def whole(self) -> Plain:
        """The definition with `services`, those that run it, beside its own keys."""
        schema = task_schema.document()
        data = _normalised(self._task.data, schema, schema["$defs"])
        services = [service.data for service in self._task.services]
        for key, read in QUANTITIES.items():
            if data.get(key) is not None:
                data[key] = read(data[key])
        if services:
            data["services"] = services
        return Plain(data)

    @property
    def task(self) -> Any:
        """The plain value of the definition itself."""
        return self.whole.data

    def targets(self, kind: str) -> Iterator[Target]:
        """The parts of the definition of a kind that are known to be there."""
        for path, value in _TARGETS[kind](self.whole.data):
            if not any(path[:length] in self.whole.unknown for length in range(len(path) + 1)):
                yield path, value

    @cached_property
    def tags(self) -> Mapping[str, str]:
        """The known values of tags by key."""
        entries = [item for _, item in objects(self._task.data, "tags")]
        pairs = [(item.get("key"), item.get("value")) for item in entries]
        return {key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str)}

    def name_at(self, path: Path) -> str | None:
        """The name of the innermost named thing that a path leads through: a container, a variable, the family."""
        for length in range(len(path), -1, -1):
            value = self.value(path[:length])
            for key in ("name", "serviceName", "family") if isinstance(value, dict) else ():
                if isinstance(value.get(key), str):
                    return str(value[key])
        return self._task.name

    def value(self, path: Path) -> Any:
        """The plain value at a path; `None` where there is none."""
        value = self.whole.data
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value


def _normalised(value: Any, schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(value, Unknown) or not isinstance(schema, dict):
        return value
    if "$ref" in schema:
        schema = definitions[schema["$ref"].rpartition("/")[2]]
    if isinstance(value, dict):
        fields, other = schema.get("properties", {}), schema.get("additionalProperties", True)
        items = {key: _normalised(item, fields.get(key, other), definitions) for key, item in value.items()}
        return Partial(items) if isinstance(value, Partial) else items
    if isinstance(value, list):
        entries = schema.get("items", True)
        return [_normalised(item, entries, definitions) for item in value]
    return _scalar(value, schema.get("type"))


def _scalar(value: Any, kind: object) -> Any:
    if kind == "integer" and isinstance(value, str):
        digits = value.removeprefix("-")
        return int(value) if digits.isascii() and digits.isdigit() and len(digits) <= LONGEST_NUMBER else value
    if kind == "boolean" and isinstance(value, str):
        return {"true": True, "false": False}.get(value.lower(), value)
    if kind == "string" and isinstance(value, bool):
        return str(value).lower()
    return str(value) if kind == "string" and isinstance(value, int | float) else value


def _entries(data: Any, base: Path, key: str) -> Iterator[Target]:
    items = data.get(key) if isinstance(data, dict) else None
    for index, item in enumerate(items if isinstance(items, list) else ()):
        if isinstance(item, dict):
            yield (*base, key, index), item


def _containers(data: Any) -> Iterator[Target]:
    return _entries(data, (), "containerDefinitions")


def _in_containers(key: str) -> Any:
    return lambda data: (entry for base, item in _containers(data) for entry in _entries(item, base, key))


def _images(data: Any) -> Iterator[Target]:
    for base, container in _containers(data):
        if isinstance(container.get("image"), str):
            yield (*base, "image"), container["image"]


_TARGETS = {
    "task": lambda data: iter([((), data)]),
    "container": _containers,
    "essential container": lambda data: (each for each in _containers(data) if each[1].get("essential", True) is True),
    "service": lambda data: _entries(data, (), "services"),
    "port": _in_containers("portMappings"),
    "environment variable": _in_containers("environment"),
    "secret": _in_containers("secrets"),
    "volume": lambda data: _entries(data, (), "volumes"),
    "image": _images,
}
