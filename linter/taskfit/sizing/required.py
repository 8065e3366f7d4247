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
    """A sidecar that definitions need: which ones, how it is recognised, what it counts for where it reserves nothing."""

    cpu: int = 0
    """CPU units to reserve."""
    memory: int = 0
    """MiB to reserve."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables of one that `--fix` adds."""
    essential: bool | None = None
    """Whether its end has to end the task; nothing is said of it if absent."""
    roles: tuple[str, ...] = ()
    """The roles that need it; all if absent."""
    match: Match | None = None
    """The definitions that need it, whether they have a role or not."""
    title: str = ""
    """What messages call a kind of your own."""
    image: Patterns = ()
    """A kind of your own: patterns of its image's repository, as in `match`."""
    container: Patterns = ()
    """A kind of your own: patterns of its container's name."""
    ports: tuple[int, ...] = ()
    """A kind of your own: container ports that only it maps together."""

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
        """What it counts for."""
        return Size(self.cpu, self.memory)

    @property
    def is_own_kind(self) -> bool:
        """Whether it says how a container of it is recognised."""
        return bool(self.image or self.container or self.ports)
