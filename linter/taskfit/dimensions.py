"""CPU and memory together: of a task, of a container, or of what sidecars reserve."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from taskfit.record import NamedTuple

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


MOST = 10**15
"""Of anything that is counted; beyond it, a float is no longer every whole number."""


def require_whole(number: object, what: str, *, least: int, most: int | None = None) -> None:
    """Raise `ValueError` for what is not a whole number within bounds."""
    if isinstance(number, bool) or not isinstance(number, int):
        raise ValueError(f"{what} is a whole number, not {number!r:.50}")  # noqa: TRY004 - one error for what makes no sense
    if number < least:
        raise ValueError(f"{what} is at least {least}, not {number}")
    if most is not None and number > most:
        raise ValueError(f"{what} is at most {most}")
