"""How common runtimes declare the capacity of a task, from `rules/runtimes.yaml`."""

from __future__ import annotations

from taskfit.model import Model
from taskfit.record import cached_property
from taskfit.sizing.source import Factor, Factors


class Runtime(Model):
    """One runtime and where its capacity is declared."""

    name: str
    """The name of a role that runs it."""
    source: str
    """The documentation that it was checked against."""
    unit: str
    """What the capacity counts, plural."""
    capacity: tuple[Factor, ...]
    """The factors of the capacity."""
    share: float | None = None
    """If the capacity is memory itself: its usual share of a task's memory."""

    @cached_property
    def factors(self) -> Factors:
        """The factors of the capacity, as one object."""
        return Factors(self.capacity)


class Runtimes(Model):
    """The known runtimes."""

    as_of: str
    """The day of the comparison, YYYY-MM-DD."""
    runtimes: tuple[Runtime, ...]
    """In the order in which they are tried."""
