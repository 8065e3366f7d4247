"""The recommendation for a task, as values: the size, what decided it, and what follows from it."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Literal

from taskfit.dimensions import DIMENSIONS, UNITS, Size
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.dimensions import Dimension
    from taskfit.sizing.profile import Profile

_NAMES = {"cpu": "CPU", "memory": "Memory"}

Risk = Literal["very-low", "low", "medium", "high", "unknown"]


class Bound(StrEnum):
    """What decides one dimension of a recommended size."""

    PRESENT = "present"
    """The present amount, which needs no change."""
    PROFILE = "profile"
    """The size that the sizing profile gives the declared capacity."""
    FLOOR = "floor"
    """The least that the declared capacity and the sidecars need."""
    HEADROOM = "headroom"
    """The floor plus the out-of-memory buffer."""
    CONTAINERS = "containers"
    """What the other containers of the task reserve."""
    AVERAGE = "observed-average"
    """The average use times the peak factor."""
    MAXIMUM = "observed-maximum"
    """The maximum use: of memory with the out-of-memory buffer, of cpu if bursts are high."""
    FARGATE = "fargate-size"
    """The smallest amount that Fargate allows with the other dimension."""


class Decision(NamedTuple):
    """The decision on one dimension, in CPU units or MiB of one task."""

    have: int | None
    """The present amount; `None` if the definition does not declare it."""
    size: int
    bound: Bound
    floor: int | None
    """The least that the declared load needs; `None` if none is declared."""
    observed: int | None
    """The amount for the use alone; `None` if the use is not measured."""

    @property
    def is_conflict(self) -> bool:
        """Whether the amount for the use alone is less than the declared load needs."""
        return self.floor is not None and self.observed is not None and self.observed < self.floor

    def less(self, amount: int) -> Decision:
        """The same decision after other containers take an amount."""
        have, size, bound, floor, observed = self
        return Decision(
            None if have is None else have - amount,
            size - amount,
            bound,
            None if floor is None else floor - amount,
            None if observed is None else max(observed - amount, 0),
        )


class Recommendation(NamedTuple):
    """The recommended size, which is the present one if that needs no change."""

    cpu: Decision
    memory: Decision
    size: Size | None
    """The size of one task; `None` if no size is big enough."""
    tasks: int = 1
    """The number of tasks that replace one: more than one beyond the last tier."""
    capacity: int | None = None
    """The capacity that each of them should declare, beyond the last tier."""
    beside: Size = Size(0, 0)
    """What the other containers of the task keep, if this is the size of its service container."""

    @property
    def is_change(self) -> bool:
        """Whether the task should change."""
        return self.size is None or self.tasks > 1 or any(self.change(dimension) for dimension in DIMENSIONS)

    def change(self, dimension: Dimension) -> int:
        """How much more the tasks that replace one have; negative if less, 0 if unknown."""
        have = getattr(self, dimension).have
        return 0 if self.size is None or have is None else self.tasks * getattr(self.size, dimension) - have

    @property
    def reasons(self) -> tuple[str, ...]:
        """The reasons, in Compute Optimizer's words if it has them."""
        if self.size is None:
            return ("NoSizeLargeEnough",)
        found = ["BeyondLargestTier"] if self.tasks > 1 else []
        for dimension in DIMENSIONS:
            name = _NAMES[dimension]
            change, decision = self.change(dimension), getattr(self, dimension)
            if change:
                found.append(f"{name}{'Underprovisioned' if change > 0 else 'Overprovisioned'}")
            if decision.is_conflict and decision.bound in (Bound.FLOOR, Bound.HEADROOM, Bound.CONTAINERS):
                found.append(f"{name}KeptForDeclaredLoad")
        return tuple(found)

    def projected(self, dimension: Dimension, share: float | None) -> float | None:
        """Convert a share (0 to 1) of the present amount into a share of the recommended one."""
        have: int | None = getattr(self, dimension).have
        if share is None or have is None or self.size is None:
            return None
        beside: int = getattr(self.beside, dimension)
        amount: int = self.tasks * (getattr(self.size, dimension) + beside)
        return float(round(Fraction(str(share)) * (have + beside) / amount, 4)) if amount else None

    def within(self, beside: Size) -> Recommendation:
        """Convert a whole task's recommendation into one for its service container: what the other containers leave."""
        if not any(beside):
            return self
        cpu, memory = (getattr(self, dimension).less(getattr(beside, dimension)) for dimension in DIMENSIONS)
        return self._replace(cpu=cpu, memory=memory, size=self.size and Size(cpu.size, memory.size), beside=beside)

    def advice(self, dimensions: Iterable[Dimension] = DIMENSIONS) -> str:
        """The values to set for some dimensions, as a sentence without its end."""
        if self.size is None:
            return "No Fargate size is big enough; split the load over more tasks"
        if self.tasks > 1:
            return (
                f"Run {self.tasks} tasks of {self.capacity} each, with {self.size.cpu} CPU units and "
                f"{self.size.memory} MiB, in place of one"
            )
        parts: dict[Dimension, str] = {"cpu": f"cpu to {self.size.cpu}", "memory": f"memory to {self.size.memory} MiB"}
        return f"Set {' and '.join(parts[dimension] for dimension in dimensions)}"

    def conflict(self) -> str:
        """Sentences on the dimensions where the declared load needs more than the observed use."""
        return "".join(
            f" The use alone asks for {decision.observed} {UNITS[dimension]}, but the declared capacity needs "
            f"{decision.floor}."
            for dimension in DIMENSIONS
            if (decision := getattr(self, dimension)).is_conflict
            and decision.bound in (Bound.FLOOR, Bound.HEADROOM, Bound.CONTAINERS, Bound.FARGATE)
        )

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        size = self.size
        return {
            "cpu": size and size.cpu,
            "memory": size and size.memory,
            "tasks": self.tasks,
            "capacity": self.capacity,
            "reasons": list(self.reasons),
            "decided_by": {dimension: str(getattr(self, dimension).bound) for dimension in DIMENSIONS},
            "floor": {dimension: getattr(self, dimension).floor for dimension in DIMENSIONS},
            "observed_need": {dimension: getattr(self, dimension).observed for dimension in DIMENSIONS},
        }


def risk(profile: Profile, shares: Iterable[tuple[Dimension, float | None, float | None]]) -> Risk:
    """How near tasks are to their limits, by dimension, average and maximum as shares of 1; in Compute Optimizer's levels.

    Memory counts by its maximum, because running out kills the task; cpu by its average, because bursts only slow it.
    """
    levels: list[Risk] = ["very-low", "low", "medium", "high"]
    found = []
    for dimension, average, maximum in shares:
        limits = profile.cpu if dimension == "cpu" else profile.memory
        share = average if dimension == "cpu" or maximum is None else maximum
        if share is not None:
            found.append((share > limits.target) + (share > limits.scale_up) + (share >= 1))
    return levels[max(found)] if found else "unknown"
