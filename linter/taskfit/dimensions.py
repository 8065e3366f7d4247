"""CPU and memory together: of a task, of a container, or of what sidecars reserve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal, NamedTuple

Dimension = Literal["cpu", "memory"]

DIMENSIONS: tuple[Dimension, ...] = ("cpu", "memory")

UNITS = {"cpu": "CPU units", "memory": "MiB"}
"""What the two dimensions of a size count."""


class Size(NamedTuple):
    """CPU units and MiB."""

    cpu: int = 0
    memory: int = 0

    @classmethod
    def total(cls, sizes: Iterable[Size]) -> Size:
        """What sizes amount to together."""
        found = tuple(sizes)
        return cls(sum(size.cpu for size in found), sum(size.memory for size in found))

    def as_dict(self) -> dict[str, int]:
        """The same as plain JSON values."""
        return {"cpu": self.cpu, "memory": self.memory}
