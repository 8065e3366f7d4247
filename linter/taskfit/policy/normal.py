"""A definition with normalised values, which user-defined rules compare whatever their form in the file.

`"512"`, 512 and `"0.5 vCPU"` are all 512 CPU units; in CloudFormation, a port may be `"8080"`, a variable's value 8080.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from taskfit import task_schema
from taskfit.definition import Partial, TaskDefinition, objects
from taskfit.policy.validator import Path, Plain, plain
from taskfit.record import cached_property
from taskfit.sizing import quantity

MAX_DIGITS = 18
"""The most digits of a number in quotes; longer ones are not converted."""

QUANTITIES = {"cpu": quantity.cpu_units, "memory": quantity.memory_mib}
"""Parsers of the task's own sizes, to CPU units and MiB."""

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
"""The targets of rules, and the name of each in expressions and messages."""

PLACES: dict[str, tuple[str, ...]] = {
    "task": (),
    "container": ("containerDefinitions", "*"),
    "essential container": ("containerDefinitions", "*"),
    "service": ("services", "*"),
    "port": ("containerDefinitions", "*", "portMappings", "*"),
    "environment variable": ("containerDefinitions", "*", "environment", "*"),
    "secret": ("containerDefinitions", "*", "secrets", "*"),
    "volume": ("volumes", "*"),
    "image": ("containerDefinitions", "*", "image"),
}
"""The path to the parts of each kind, which may include other parts; `*` is every item."""

Target = tuple[Path, Any]
"""The path of a part of a definition, and its plain value."""


class NormalDefinition:
    """The plain, normalised values of a definition and of its services, created once for all rules."""

    def __init__(self, task: TaskDefinition, written: Callable[[], Plain] | None = None) -> None:
        self._task = task
        self._written = None if isinstance(task.data, Partial) else written
        """The unchanged definition, if every value has the type of AWS's model: only sizes are normalised."""

    @cached_property
    def values(self) -> Any:
        """The definition, with the services that run it as the key `services`; unknown values are still `Unknown`."""
        data = _structure("")(self._task.data) if self._written is None else dict(self._task.data)
        for key, read in QUANTITIES.items():
            if data.get(key) is not None:
                data[key] = read(data[key])
        if self._task.services:
            data["services"] = [service.data for service in self._task.services]
        return data

    @cached_property
    def whole(self) -> Plain:
        """The same as plain JSON, with the paths of unknown values."""
        if self._written is None:
            return Plain(self.values)
        own = {key: value for key, value in self.values.items() if key in QUANTITIES or key not in self._task.data}
        return Plain(self.values, {**self._written().data, **plain(own)})

    @property
    def task(self) -> Any:
        """The plain value of the definition itself."""
        return self.whole.data

    def targets(self, kind: str) -> Iterator[Target]:
        """The parts of a kind that are known to exist in the definition, with their values."""
        return iter(_TARGETS[kind](self.values))

    @cached_property
    def tags(self) -> Mapping[str, str]:
        """The known values of tags by key."""
        entries = [item for _, item in objects(self._task.data, "tags")]
        pairs = [(item.get("key"), item.get("value")) for item in entries]
        return {key: value for key, value in pairs if isinstance(key, str) and isinstance(value, str)}

    def name_at(self, path: Path) -> str | None:
        """The name of the innermost named object on a path: a container, a variable, the family."""
        for length in range(len(path), -1, -1):
            value = self.value(path[:length])
            for key in ("name", "serviceName", "family") if isinstance(value, dict) else ():
                if isinstance(value.get(key), str):
                    return str(value[key])
        return self._task.name

    def value(self, path: Path) -> Any:
        """The plain value at a path, `None` if there is none."""
        value = self.whole.data
        for step in path:
            if isinstance(value, dict):
                value = value.get(step)
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value


@cache
def _structure(name: str) -> Callable[[Any], Any]:
    """The converter that normalises a structure of AWS's model ("" is the task)."""
    document = task_schema.document()
    node = document["$defs"][name] if name else document
    fields = {key: _converter(field) for key, field in node.get("properties", {}).items()}
    other = _converter(node.get("additionalProperties", True))

    def normalise(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        items = {
            key: item if (convert := fields.get(key, other)) is None else convert(item) for key, item in value.items()
        }
        return Partial(items) if isinstance(value, Partial) else items

    return normalise


def _converter(field: Any) -> Callable[[Any], Any] | None:
    """The converter that normalises the value of a field; `None` if values need no conversion."""
    if not isinstance(field, Mapping):
        return None
    if "$ref" in field:
        name = field["$ref"].rpartition("/")[2]
        return _structure(name)
    if field.get("type") == "array":
        inner = _converter(field.get("items"))
        return inner and (lambda value: [inner(item) for item in value] if isinstance(value, list) else value)
    if field.get("type") == "object":
        entry = _converter(field.get("additionalProperties"))
        return entry and (lambda value: _mapped(value, entry))
    kind = field.get("type")
    return _SCALARS.get(kind) if isinstance(kind, str) else None


def _mapped(value: Any, entry: Callable[[Any], Any]) -> Any:
    if not isinstance(value, dict):
        return value
    items = {key: entry(item) for key, item in value.items()}
    return Partial(items) if isinstance(value, Partial) else items


def _integer(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    digits = value.removeprefix("-")
    return int(value) if digits.isascii() and digits.isdigit() and len(digits) <= MAX_DIGITS else value


def _boolean(value: Any) -> Any:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


def _string(value: Any) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, int | float) else value


_SCALARS: dict[str, Callable[[Any], Any]] = {"integer": _integer, "boolean": _boolean, "string": _string}


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
