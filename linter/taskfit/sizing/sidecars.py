"""Recognises sidecars: by image repository, then by name, environment and ports, as `rules/sidecars.yaml` has them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import lru_cache

from taskfit.definition import Container, TaskDefinition, objects
from taskfit.model import Model


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


class Endpoint(Model):
    """A variable that sets where an application sends its telemetry."""

    variable: str
    ports: tuple[int, ...]
    """The ports that it means where it names none."""
    kind: str
    """The kind of sidecar that serves it."""


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
            return next((name for name, kind in self.kinds.items() if kind.is_firelens), None)
        repository, name = container.image_repository or "", container.name
        if _fits(repository, self.applications):
            return None
        plain = name.lower().replace("_", "-") if isinstance(name, str) else ""
        variables, ports = container.environment.keys(), container_ports(container)
        signs: tuple[Callable[[SidecarKind], bool], ...] = (
            lambda kind: _fits(repository, kind.repositories),
            lambda kind: _name_fits(plain, kind.names),
            lambda kind: _has_all(variables, kind.variables),
            lambda kind: _has_all(ports, kind.ports),
        )
        return next((name for sign in signs for name, kind in self.kinds.items() if sign(kind)), None)


@lru_cache(4096)  # the same images stand in many definitions
def _fits(repository: str, patterns: tuple[str, ...]) -> bool:
    last = repository.rpartition("/")[2]
    return bool(last) and any(_matches(repository if "/" in pattern else last, pattern) for pattern in patterns)


@lru_cache(4096)
def _name_fits(name: str, patterns: tuple[str, ...]) -> bool:
    return any(_matches(name, pattern) for pattern in patterns)


def _matches(word: str, pattern: str) -> bool:
    if pattern.startswith("*"):
        before, end, after = word.rpartition(pattern[1:])
        return bool(end) and not after and not (before[-1:].isalnum() and end[0].isalnum())  # no `hotel-collector`
    return word.startswith(pattern[:-1]) if pattern.endswith("*") else word == pattern


def _has_all(present: Collection[object], sets: Iterable[Iterable[object]]) -> bool:
    return any(all(each in present for each in needed) for needed in sets)


def container_ports(container: Container) -> frozenset[int]:
    """The container ports that it maps."""
    ports = (mapping.get("containerPort") for _, mapping in objects(container.data, "portMappings"))
    return frozenset(port for port in ports if isinstance(port, int))
