"""A sidecar that a profile requires, as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from taskfit.dimensions import Size
from taskfit.model import Model
from taskfit.record import field
from taskfit.sizing.match import Match, Patterns
from taskfit.sizing.patterns import Verdict, any_of, image_fits, text_fits
from taskfit.sizing.sidecars import container_ports

if TYPE_CHECKING:
    from taskfit.definition import Container


class RequiredSidecar(Model):
    """A required sidecar: which definitions need it, how it is recognised, its size if it reserves nothing."""

    cpu: int = 0
    """CPU units to reserve."""
    memory: int = 0
    """MiB to reserve."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Environment variables of the container that `--fix` adds."""
    essential: bool | None = None
    """Whether it must be essential; not checked if absent."""
    roles: tuple[str, ...] = ()
    """The roles that need it; all if absent."""
    match: Match | None = None
    """The definitions that need it, whether they have a role or not."""
    title: str = ""
    """The name of a user-defined kind in messages."""
    image: Patterns = ()
    """For a user-defined kind: patterns of its image's repository, as in `match`."""
    container: Patterns = ()
    """For a user-defined kind: patterns of its container's name."""
    ports: tuple[int, ...] = ()
    """For a user-defined kind: container ports that only it maps together."""

    def __post_init__(self) -> None:
        if min(self.cpu, self.memory) < 0:
            raise ValueError("cpu and memory of a sidecar are at least 0")

    def is_kind_of(self, container: Container) -> Verdict:
        """Whether a container is of this kind, by its image, its name or its ports."""
        by_image = bool(self.image) and image_fits(container, self.image)
        by_name = bool(self.container) and text_fits(container.name, self.container, container.pointer)
        by_ports = bool(self.ports) and container_ports(container).issuperset(self.ports)
        return any_of((by_image, by_name, by_ports))

    @property
    def size(self) -> Size:
        """Its default size."""
        return Size(self.cpu, self.memory)

    @property
    def is_own_kind(self) -> bool:
        """Whether it is a user-defined kind, with its own way to recognise a container."""
        return bool(self.image or self.container or self.ports)
