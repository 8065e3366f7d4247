"""A task definition and its containers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from taskfit.definition.contents import Contents
from taskfit.definition.dialect import JSON, Dialect, Misspelling
from taskfit.definition.service import Service, tasks_of
from taskfit.definition.values import GAP, Unknown, complete, escape, known, objects, read, read_as
from taskfit.record import Record, cached_property, field

_SIGN = r"[/{}<>]"
"""The separators in an image's name, except within a placeholder."""

_PLACEHOLDER = re.compile(rf"[${{}}<>%#\[\]{GAP}]")


def _steps(name: str) -> list[str]:
    """The steps of a path; a slash within a placeholder does not separate steps."""
    steps, end, is_within = [], len(name), False
    for sign in reversed(list(re.finditer(_SIGN, name))):
        if sign[0] != "/":
            is_within = sign[0] in "}>"
        elif not is_within:
            steps.append(name[sign.end() : end])
            end = sign.start()
    return [name[:end], *reversed(steps)]


def _untagged(image: str) -> str:
    """The name of a known image without tag and digest."""
    folders, slash, last = image.partition("@")[0].rpartition("/")
    return f"{folders}{slash}{last.partition(':')[0]}"


@lru_cache(1024)
def _image_path(image: str) -> tuple[str, ...]:
    """The parts of an image's name; cached, as a team's tasks use few images."""
    name = image.partition("@")[0].lower()
    *folders, last = _steps(name) if "}" in name or ">" in name else name.split("/")
    last = last.partition(":")[0]
    return (*folders, last) if last and not _PLACEHOLDER.search(last) else ()


class Container:
    """One entry of `containerDefinitions`."""

    def __init__(self, data: Mapping[str, Any], index: int) -> None:
        self.data = data
        self.index = index
        self.pointer = f"/containerDefinitions/{index}"
        self.name = read_as(data, "name", str)
        """The container's name."""
        self.image = read_as(data, "image", str)
        """The image reference; `Unknown` if any part of it is a placeholder."""
        self.cpu = read_as(data, "cpu", int)
        """CPU units."""
        self.memory = read_as(data, "memory", int)
        """The hard limit, MiB."""
        self.memory_reservation = read_as(data, "memoryReservation", int)
        """The soft limit, MiB."""
        essential = read_as(data, "essential", bool)
        self.essential = True if essential is None else essential
        """Whether the task stops with the container; AWS defaults to true."""

    @property
    def title(self) -> str:
        """The name in messages: the name, its placeholder, or the position."""
        name = self.name
        shown = name if not isinstance(name, Unknown) else name.text if name.why != "wrong-type" else ""
        return shown or f"#{self.index + 1}"

    @property
    def reserved_memory(self) -> int | Unknown | None:
        """MiB that count as a sidecar's share: `memory`, else `memoryReservation`."""
        return self.memory if self.memory is not None else self.memory_reservation

    @property
    def image_text(self) -> str:
        """The image reference as it is written; empty if there is none."""
        image = self.image
        return image.text if isinstance(image, Unknown) else image or ""

    @cached_property
    def image_path(self) -> tuple[str, ...]:
        """The parts of the image's name without tag and digest, lower case; empty if the last is unknown."""
        image = self.image
        if isinstance(image, Unknown):
            return _image_path(image.outline or (image.text if image.why == "placeholder" else ""))
        return _image_path(_untagged(image)) if image else ()

    @cached_property
    def image_repository(self) -> str | None:
        """The last two parts of the image's name without tag and digest; `None` if the last is unknown."""
        path = self.image_path
        return f"{path[-2] if len(path) > 1 else ''}/{path[-1]}" if path else None

    @cached_property
    def _variables(self) -> _Variables:
        found = _Variables()
        for key in ("environment", "secrets"):
            entries = read(self.data, key)
            if entries is not None:
                found.add(entries, is_secret=key == "secrets")
        if read(self.data, "environmentFiles"):
            found.are_complete = False
        return found

    @cached_property
    def environment(self) -> dict[str, str | Unknown]:
        """The variables by name, with secrets as unknown values; the last of a duplicate name."""
        return self._variables.values

    @cached_property
    def environment_is_complete(self) -> bool:
        """Whether a variable that is not in `environment` is certainly absent."""
        return self._variables.are_complete

    @property
    def variables_are_distinct(self) -> bool:
        """Whether no two of its variables and secrets have the same name."""
        return self._variables.are_distinct

    @property
    def has_command(self) -> bool:
        """Whether it declares a command, known or not; if not, that of the image runs."""
        return read(self.data, "command") is not None or read(self.data, "entryPoint") is not None

    def variable(self, name: str) -> str | Unknown | None:
        """The value of an environment variable."""
        value = self.environment.get(name)
        if value is None and not self.environment_is_complete:
            return Unknown(name, "partial")
        return value

    def variable_pointer(self, name: str) -> str:
        """The pointer to the variable's value, or to the container if it is not in `environment`."""
        index = self._variables.positions.get(name)
        return self.pointer if index is None else f"{self.pointer}/environment/{index}/value"


class _Variables:
    """The variables of a container; the last of a duplicate name counts."""

    def __init__(self) -> None:
        self.values: dict[str, str | Unknown] = {}
        self.positions: dict[str, int] = {}
        """The positions in `environment` by name."""
        self.are_complete = True
        self.are_distinct = True

    def add(self, entries: object, *, is_secret: bool) -> None:
        """Add the entries of `environment` or `secrets`."""
        if not isinstance(entries, list):
            self.are_complete = False
            return
        values, positions = self.values, self.positions
        for index, entry in enumerate(entries):
            name = entry.get("name") if isinstance(entry, dict) else None
            if isinstance(name, str):
                self.are_distinct = self.are_distinct and name not in values
                if is_secret:
                    values[name] = Unknown(str(entry.get("valueFrom", "")), "reference")
                else:
                    value = entry.get("value")
                    values[name] = value if type(value) is str else _text(value)
                    positions[name] = index
            elif isinstance(entry, dict) or not isinstance(entry, str | int):
                self.are_complete = False


def _text(value: object) -> str | Unknown:
    """The value of a variable as the container sees it."""
    if isinstance(value, str | Unknown):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return Unknown("" if value is None else str(value), "wrong-type")


class TaskDefinition(Record):
    """A task definition in the shape and spelling of RegisterTaskDefinition."""

    data: Mapping[str, Any]
    """Without nulls and without keys that AWS ignores (`_comment`, `$schema`); placeholders are `Unknown`."""
    dialect: Dialect = JSON
    fallback_name: str | None = None
    """Its name in the file if the family is absent or unknown: a logical id, a resource address."""
    services: tuple[Service, ...] = ()
    """The services that run it, as far as its files define them."""
    misspelled: Mapping[str, Misspelling] = field(default_factory=dict)
    """Keys in a case that the format does not accept, by pointer; they are read all the same."""

    @property
    def family(self) -> str | Unknown | None:
        """The family."""
        return read_as(self.data, "family", str)

    @property
    def arn(self) -> str | None:
        """The ARN of a registered revision: `arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION`."""
        arn = known(read_as(self.data, "taskDefinitionArn", str))
        return arn if arn and arn.count(":") >= 6 else None

    @property
    def region(self) -> str | None:
        """The AWS region of a registered revision."""
        return self.arn.split(":")[3] if self.arn else None

    @property
    def name(self) -> str | None:
        """The family, or its name in the file."""
        return known(self.family) or self.fallback_name

    @property
    def cpu(self) -> Any | Unknown | None:
        """Task-level cpu as written; `sizing.quantity` reads it."""
        return read(self.data, "cpu")

    @property
    def memory(self) -> Any | Unknown | None:
        """Task-level memory as written; `sizing.quantity` reads it."""
        return read(self.data, "memory")

    @property
    def network_mode(self) -> str | Unknown | None:
        """The network mode."""
        return read_as(self.data, "networkMode", str)

    @cached_property
    def containers(self) -> tuple[Container, ...]:
        """The known containers."""
        return tuple(Container(item, index) for index, item in objects(self.data, "containerDefinitions"))

    @cached_property
    def containers_are_complete(self) -> bool:
        """Whether there is certainly no container other than `containers`."""
        return complete(self.data, "containerDefinitions")

    @cached_property
    def service_launch_types(self) -> frozenset[str]:
        """Launch types of its services; also `FARGATE_SPOT`, if a strategy places tasks there."""
        return frozenset(name for service in self.services for name in service.launch_types)

    @property
    def desired_count(self) -> int | Unknown | None:
        """The desired count of its services together; `None` if none declares one."""
        return tasks_of(self.services)

    @property
    def requires_compatibilities(self) -> frozenset[str] | Unknown | None:
        """The declared launch types, upper case."""
        value = read(self.data, "requiresCompatibilities")
        if value is None or isinstance(value, Unknown):
            return value
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return Unknown(str(value), "wrong-type")
        return frozenset(value) or None

    @cached_property
    def contents(self) -> Contents:
        """The parts of its data."""
        return Contents(self.data)

    def consisting_of(self, contents: Contents) -> TaskDefinition:
        """The same definition, with the parts of its data already collected."""
        object.__setattr__(self, "contents", contents)
        return self

    @property
    def field_names(self) -> frozenset[str]:
        """The names of all fields and the keys of all mappings, at any depth."""
        return self.contents.names

    @property
    def has_unknowns(self) -> bool:
        """Whether any value is unknown."""
        return self.contents.has_unknowns

    def unknowns(self) -> Iterator[tuple[str, Unknown]]:
        """Every unknown value with its pointer, in the order of the file."""
        found: list[tuple[str, Unknown]] = []
        if self.has_unknowns:
            _add_unknowns(self.data.items(), (), found)
        return iter(found)


def _add_unknowns(
    items: Iterable[tuple[str | int, object]], steps: tuple[str | int, ...], found: list[tuple[str, Unknown]]
) -> None:
    """Add the unknown values below some steps; only these get a pointer, for most data has few."""
    for step, item in items:
        if isinstance(item, str):
            continue
        if isinstance(item, dict):
            _add_unknowns(item.items(), (*steps, step), found)
        elif isinstance(item, list):
            _add_unknowns(enumerate(item), (*steps, step), found)
        elif isinstance(item, Unknown):
            found.append(("".join(f"/{escape(str(each))}" for each in (*steps, step)), item))
