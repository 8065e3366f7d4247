"""How common runtimes declare the capacity of a task, as `rules/runtimes.yaml` has it."""

from __future__ import annotations

from taskfit.model import Model
from taskfit.record import cached_property
from taskfit.sizing.source import Factor, Factors


class Runtime(Model):
    """One runtime and where the capacity of a task stands."""

    name: str
    """What a role is called that runs it."""
    source: str
    """The documentation that it was compared with."""
    unit: str
    """What the capacity counts, plural."""
    capacity: tuple[Factor, ...]
    """The factors of the capacity."""
    share: float | None = None
    """Where the capacity is memory itself: the share of a task's memory that it usually is."""

    @cached_property
    def factors(self) -> Factors:
        """The factors as a whole."""
        return Factors(self.capacity)


class Runtimes(Model):
    """The known runtimes."""

    as_of: str
    """The day of the comparison, YYYY-MM-DD."""
    runtimes: tuple[Runtime, ...]
    """In the order in which they are tried."""
