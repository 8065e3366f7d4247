"""Recognises sidecars: by image repository, then by name, environment and ports, from `rules/sidecars.yaml`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from taskfit.definition import Container, TaskDefinition, objects
from taskfit.model import Model
from taskfit.record import cached_property

APPLICATION = "application"
"""The kind of containers that have a sidecar's name but are not sidecars."""


class SidecarKind(Model):
    """One kind of sidecar and how it is recognised."""

    title: str
    """The name in messages."""
    image: str = ""
    """The image that `--fix` adds if it is missing; only for a kind that works without configuration."""
    is_telemetry: bool = False
    """Whether it only collects telemetry: the task can do its work without it."""
    repositories: tuple[str, ...] = ()
    """Patterns of the repository's last part, or of its last two if they contain a slash; `*` next to a whole word."""
    names: tuple[str, ...] = ()
    """Patterns of the container's name; `*` next to a whole word."""
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
    """The default ports, if the value names none."""
    kind: str
    """The kind of sidecar that serves it."""


class Sidecars(Model):
    """The known kinds."""

    kinds: Mapping[str, SidecarKind]
    endpoints: tuple[Endpoint, ...] = ()
    applications: tuple[str, ...] = ()
    """Patterns of repositories that have a sidecar's name but are not sidecars: sample applications, init containers."""

    def recognise_all(self, task: TaskDefinition) -> dict[int, str]:
        """The kind of each container that is a sidecar, by position."""
        found = {container.index: self.recognise(container) for container in task.containers}
        return {index: kind for index, kind in found.items() if kind is not None}

    def recognise(self, container: Container) -> str | None:
        """The kind of a container, if it is a sidecar."""
        if "firelensConfiguration" in container.data:
            return next((name for name, kind in self.kinds.items() if kind.is_firelens), None)
        name = container.name if isinstance(container.name, str) else ""
        kind = _kind_of_repository(self, container.image_repository or "") or _kind_of_name(self, name)
        return None if kind == APPLICATION else kind or self._kind_by_settings(container)

    def kind_of_repository(self, repository: str) -> str | None:
        """The kind of a container by its image's repository, or `APPLICATION`."""
        names = (repository, repository.rpartition("/")[2])
        return self._applications.kind_of(names) or self._repositories.kind_of(names)

    def kind_of_name(self, name: str) -> str | None:
        """The kind of a container by its name."""
        return self._names.kind_of((name.lower().replace("_", "-"),))

    def _kind_by_settings(self, container: Container) -> str | None:
        """The kind of a container by its variables or ports: the one that alone has them together."""
        present: set[object] = {*container.environment, *container_ports(container)}
        if self._all_settings.isdisjoint(present):
            return None
        return next((kind for settings, kind in self._settings if settings <= present), None)

    @cached_property
    def _applications(self) -> _Patterns:
        return _Patterns({APPLICATION: self.applications})

    @cached_property
    def _repositories(self) -> _Patterns:
        return _Patterns({name: kind.repositories for name, kind in self.kinds.items()})

    @cached_property
    def _names(self) -> _Patterns:
        return _Patterns({name: kind.names for name, kind in self.kinds.items()})

    @cached_property
    def _settings(self) -> list[tuple[frozenset[object], str]]:
        """The sets of variables that only one kind has together, then those of ports."""
        kinds = self.kinds.items()
        of_variables = [(frozenset[object](each), name) for name, kind in kinds for each in kind.variables]
        return of_variables + [(frozenset[object](each), name) for name, kind in kinds for each in kind.ports]

    @cached_property
    def _all_settings(self) -> frozenset[object]:
        return frozenset().union(*(settings for settings, _ in self._settings))


@lru_cache(1024)
def _kind_of_repository(sidecars: Sidecars, repository: str) -> str | None:
    """`kind_of_repository`, cached: a team's tasks use few images."""
    return sidecars.kind_of_repository(repository)


@lru_cache(1024)
def _kind_of_name(sidecars: Sidecars, name: str) -> str | None:
    """`kind_of_name`, cached: a team's containers have few names."""
    return sidecars.kind_of_name(name)


class _Patterns:
    """The patterns of all kinds: most are plain words, found by one lookup; the others begin or end in `*`."""

    def __init__(self, by_kind: Mapping[str, Iterable[str]]) -> None:
        self._words: dict[str, tuple[int, str]] = {}
        self._others: list[tuple[str, tuple[int, str]]] = []
        for position, (kind, patterns) in enumerate(by_kind.items()):
            for pattern in patterns:
                if "*" in pattern:
                    self._others.append((pattern, (position, kind)))
                else:
                    self._words.setdefault(pattern, (position, kind))
        self._ends = tuple(pattern[1:] for pattern, _ in self._others if pattern.startswith("*"))
        self._starts = tuple(pattern[:-1] for pattern, _ in self._others if pattern.endswith("*"))

    def kind_of(self, names: tuple[str, ...]) -> str | None:
        """The first kind with a matching pattern; `names` are a name, or a repository with and without its folder."""
        whole, last = names[0], names[-1]
        found = [self._words[name] for name in names if name in self._words]
        if whole.endswith(self._ends) or whole.startswith(self._starts) or last.startswith(self._starts):
            found += [kind for pattern, kind in self._others if _fits(whole if "/" in pattern else last, pattern)]
        return min(found)[1] if found else None


def _fits(word: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return word.startswith(pattern[:-1])
    tail = pattern[1:]
    before = word.removesuffix(tail)[-1:]
    return word.endswith(tail) and not (before.isalnum() and tail[0].isalnum())  # no `hotel-collector`


def container_ports(container: Container) -> frozenset[int]:
    """The container ports that it maps."""
    mappings = objects(container.data, "portMappings")
    return frozenset(port for _, mapping in mappings if isinstance(port := mapping.get("containerPort"), int))
