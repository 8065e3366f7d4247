"""The sizes that Fargate supports: the values of memory for each cpu."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from fractions import Fraction

from taskfit.dimensions import Size
from taskfit.model import Model
from taskfit.record import cached_property


class MemoryRange(Model):
    """The memory that one cpu allows, MiB: a range in steps, or the values themselves."""

    first: int = 0
    """The smallest value, MiB."""
    last: int = 0
    """The largest value, MiB."""
    step: int = 0
    """The difference from one value to the next, MiB."""
    values: tuple[int, ...] = ()
    """The values, if they have no common step, MiB, ascending."""
    windows: bool = False
    """Whether Windows tasks support this cpu."""

    def __post_init__(self) -> None:
        if bool(self.values) == bool(self.step):
            raise ValueError("give either `first`, `last` and `step`, or `values`")
        if self.step and not 0 < self.first <= self.last:
            raise ValueError("`first` must be at least 1 and at most `last`")

    def memories(self) -> tuple[int, ...]:
        """Every value, MiB, ascending."""
        return self.values or tuple(range(self.first, self.last + 1, self.step))


class FargateTable(Model):
    """The sizes by cpu, with the day the table was last checked against AWS's documentation."""

    as_of: str
    """The day of the comparison, YYYY-MM-DD."""
    source: str
    """Where AWS publishes the table."""
    sizes: Mapping[str, MemoryRange]
    """By CPU units, ascending."""

    def cpus(self, *, windows: bool = False) -> tuple[int, ...]:
        """The values of cpu, CPU units, ascending; on Windows the table is smaller."""
        return tuple(self._rows[windows])

    def memories(self, cpu: int, *, windows: bool = False) -> tuple[int, ...]:
        """The values of memory that a cpu allows, MiB, ascending; empty for a cpu that Fargate does not support."""
        return self._rows[windows].get(cpu, ())

    def fits(self, cpu: int, memory: int, *, windows: bool = False) -> bool:
        """Whether a task of this size can run."""
        return memory in self.memories(cpu, windows=windows)

    def smallest(self, cpu: Fraction | int, memory: Fraction | int, *, windows: bool = False) -> Size | None:
        """The smallest size with at least this cpu and memory; `None` if there is none."""
        cpu, memory = math.ceil(cpu), math.ceil(memory)
        for units, memories in self._rows[windows].items():
            if units >= cpu and memories[-1] >= memory:
                return Size(units, memories[bisect_left(memories, memory)])
        return None

    def nearest(self, cpu: int, memory: int, *, windows: bool = False) -> tuple[Size, ...]:
        """The valid sizes near an invalid one: the next below and above with the same cpu, and the smallest that holds it."""
        memories = self.memories(cpu, windows=windows)
        below = [Size(cpu, value) for value in memories if value <= memory][-1:]
        above = [Size(cpu, value) for value in memories if value >= memory][:1]
        holding = self.smallest(cpu, memory, windows=windows)
        found = [*below, *above, *([holding] if holding else [])]
        return tuple(sorted(set(found))) or self._largest(windows=windows)

    @cached_property
    def _rows(self) -> dict[bool, dict[int, tuple[int, ...]]]:
        """The values of memory by cpu, on Linux and on Windows."""
        return {
            windows: {int(cpu): row.memories() for cpu, row in self.sizes.items() if row.windows or not windows}
            for windows in (False, True)
        }

    def _largest(self, *, windows: bool) -> tuple[Size, ...]:
        """The largest size, if there is any."""
        return tuple(Size(cpu, memories[-1]) for cpu, memories in self._rows[windows].items())[-1:]
