"""What a load needs, as data: the terms of a sum, its limits, and its scale by architecture; exact arithmetic."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import cache

from taskfit.model import Model, ModelError
from taskfit.record import field
from taskfit.sizing.match import Patterns, several

Exact = Fraction | int

Load = Mapping[str, int]
"""The load of one task: the factors of its capacity by name."""


@cache
def exact(value: float) -> Exact:
    """The exact number as written in the profile: 0.1 is a tenth."""
    number = Fraction(str(value))
    return number.numerator if number.denominator == 1 else number


class Term(Model):
    """One term of a demand: a fixed amount, an amount for every `per` units of capacity, or the capacity over a share."""

    label: str
    """What needs it."""
    amount: float | None = None
    """CPU units or MiB; if the need is a range, its lower end."""
    up_to: float | None = None
    """The upper end of the range."""
    per: int = 0
    """The units of capacity (agents, connections) that `amount` serves; 0 for a fixed amount, 1 with `of` or `share`."""
    of: Patterns = ()
    """The factors of the capacity to multiply by, by name; all of them if absent."""
    share: float | None = None
    """The capacity is this share of the need: 0.75 for a heap that may use three quarters of the memory."""
    cases: Mapping[str, float] = field(default_factory=dict)
    """Named amounts inside or outside the range: `{idle: 102.4, peak: 1024}`; only for information unless `by` is given."""
    by: str = ""
    """The variant of the role that selects a case; if that is unknown, the range counts."""

    def __post_init__(self) -> None:
        if self.amount is None and self.share is None:
            raise ModelError(((), 'the key "amount" is missing'))
        if min(self.low, self.per) < 0 or (self.up_to is not None and self.up_to < self.low):
            raise ValueError("a term has an amount of at least 0, `up_to` at least as much, and `per` of at least 0")
        if self.by and not self.cases:
            raise ModelError((("by",), "`by` chooses among `cases`, and there are none"))
        if self.share is not None and not 0 < self.share <= 1:
            raise ModelError((("share",), "a share is above 0 and at most 1"))

    @property
    def low(self) -> float:
        """The amount; 1 for each unit of capacity if only a share is given."""
        return 1 if self.amount is None else self.amount

    @property
    def units(self) -> int:
        """The units of capacity that the amount serves; 0 for a fixed amount."""
        return self.per or int(bool(self.of) or self.share is not None)

    def need(self, load: Load) -> tuple[Exact, Exact]:
        """The lower and upper end for a load, exact."""
        names = several(self.of)
        count = math.prod(load[name] for name in names) if names else math.prod(load.values())
        low = self._part(self.low, count)
        return low, low if self.up_to is None else self._part(self.up_to, count)

    def _part(self, amount: float, count: int) -> Exact:
        found, units = exact(amount), self.units
        if units:
            found = Fraction(found * count, units) if units > 1 else found * count
        return found if self.share is None else found / Fraction(exact(self.share))


class Limits(Model):
    """A bound on what one task needs."""

    cpu: int | None = None
    """CPU units."""
    memory: int | None = None
    """MiB."""


class Scale(Model):
    """The factors by which a demand is multiplied."""

    cpu: float = 1
    memory: float = 1

    def __post_init__(self) -> None:
        if not (0 < self.cpu <= 100 and 0 < self.memory <= 100):
            raise ValueError("a scale is above 0 and at most 100")
