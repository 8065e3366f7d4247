"""Recognises sidecars: by image repository, then by name, environment and ports, as `rules/sidecars.yaml` has them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from taskfit.definition import Container, TaskDefinition, Unknown, objects
from taskfit.model import Model, model


@model
class SidecarKind(Model):
    """One kind of sidecar and the signs of it."""

    title: str
    """How messages call it."""
    image: str = ""
    """What `--fix` adds where one is missing; only for a kind that works as its image comes."""
    is_telemetry: bool = False
    """Whether it only watches: the task can do its work without it."""
    repositories: tuple[str, ...] = ()
    """Patterns of the repository's last part, or of its last two where they hold a slash; `*` beside a whole word."""
    names: tuple[str, ...] = ()
    """Patterns of the container's name; `*` beside a whole word."""
    variables: tuple[tuple[str, ...], ...] = ()
    """Sets of environment variables that only this kind has together."""
    ports: tuple[tuple[int, ...], ...] = ()
    """Sets of container ports that only this kind maps together."""
    serves: tuple[int, ...] = ()
    """Ports that it listens on, mapped or not."""
    is_firelens: bool = False
    """Whether `firelensConfiguration` makes a container one of this kind."""


@model
class Endpoint(Model):
    """A variable that sets where an application sends its telemetry."""

    variable: str
    ports: tuple[int, ...]
    """The ports that it means where it names none."""
    kind: str
    """The kind of sidecar that serves it."""


@model
class Sidecars(Model):
    """The known kinds."""

    kinds: Mapping[str, SidecarKind]
    endpoints: tuple[Endpoint, ...] = ()
    applications: tuple[str, ...] = ()
    """Patterns of repositories that carry a sidecar's name and are none: sample applications, init containers."""

    def recognise_all(self, task: TaskDefinition) -> dict[int, str]:
        """The kind of each container that is a sidecar, by position."""
        found = {container.index: self.recognise(container) for container in task.containers}
        return {index: kind for index, kind in found.items() if kind is not None}

    def recognise(self, container: Container) -> str | None:
        """The kind of a container, if it is a sidecar."""
        if "firelensConfiguration" in container.data:
            return self._first(lambda kind: kind.is_firelens)
        repository, name = image_repository(container), container.name
        if _fits(repository, self.applications):
            return None
        return (
            self._first(lambda kind: _fits(repository, kind.repositories))
            or self._first(lambda kind: isinstance(name, str) and _name_fits(name, kind.names))
            or self._first(lambda kind: _has_all(container.environment, kind.variables))
            or self._first(lambda kind: _has_all(container_ports(container), kind.ports))
        )

    def _first(self, is_one: Any) -> str | None:
        return next((name for name, kind in self.kinds.items() if is_one(kind)), None)


def image_repository(container: Container) -> str | None:
    """The last two parts of the image's name without tag and digest; `None` if the last can't be known."""
    path = image_path(container)
    return "/".join(["", *path][-2:]) if path else None


def image_path(container: Container) -> list[str]:
    """The parts of the image's name without tag and digest, lower case; none if the last can't be known."""
    image = container.image
    text = image.text if isinstance(image, Unknown) else image
    if not text:
        return []
    if isinstance(image, Unknown) and image.why != "placeholder":
        return []
    path = re.split(r"/(?![^{<]*[}>])", text.partition("@")[0])
    last = path[-1].partition(":")[0].lower()
    if not last or re.search(r"[${}<>%#\[\]]", last):
        return []
    return [*(part.lower() for part in path[:-1]), last]


@lru_cache(4096)  # the same images stand in many definitions
def _fits(repository: str | None, patterns: tuple[str, ...]) -> bool:
    if not repository:
        return False
    last = repository.rpartition("/")[2]
    return any(_matches(repository if "/" in pattern else last, pattern) for pattern in patterns)


@lru_cache(4096)
def _name_fits(name: str, patterns: tuple[str, ...]) -> bool:
    plain = name.lower().replace("_", "-")
    return any(_matches(plain, pattern) for pattern in patterns)


def _matches(word: str, pattern: str) -> bool:
    if pattern.startswith("*"):
        before, end, after = word.rpartition(pattern[1:])
        return bool(end) and not after and not (before[-1:].isalnum() and end[0].isalnum())  # no `hotel-collector`
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


def _has_all(present: Iterable[object], sets: Iterable[Iterable[object]]) -> bool:
    have = frozenset(present)
    return any(have.issuperset(needed) for needed in sets)


def container_ports(container: Container) -> frozenset[int]:
    """The container ports that it maps."""
    ports = (mapping.get("containerPort") for _, mapping in objects(container.data, "portMappings"))
    return frozenset(port for port in ports if isinstance(port, int))
