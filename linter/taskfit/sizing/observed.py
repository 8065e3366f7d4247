"""The observed use of a service's tasks, and what it means for a size: idle, fine or hot."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from taskfit.record import NamedTuple
from taskfit.sizing.demand import exact
from taskfit.sizing.expectation import in_steps, right_size

if TYPE_CHECKING:
    from taskfit.dimensions import Dimension, Size
    from taskfit.sizing.profile import Profile, Utilisation

State = Literal["idle", "fine", "hot"]

LEAST_DAYS = 1.0
"""Compute Optimizer also requires 24 hours of metrics before it gives a recommendation for a service."""


class Use(NamedTuple):
    """The measured use of a service's tasks, as shares (0 to 1) of what they have."""

    cpu_average: float | None
    cpu_maximum: float | None
    memory_average: float | None
    memory_maximum: float | None
    days: float
    """The duration of the measurement."""
    source: str
    """Such as `CloudWatch`."""
    cpu_p50: float | None = None
    """The median of the averages of all periods."""
    cpu_p95: float | None = None
    memory_p50: float | None = None
    memory_p95: float | None = None
    since: str = ""
    """The first measurement, ISO 8601 in UTC; empty if unknown."""
    until: str = ""
    """The last measurement, which shows how old the data is."""

    @property
    def is_long_enough(self) -> bool:
        """Whether it was measured for long enough to judge a size."""
        return self.days >= LEAST_DAYS


class ServiceUse(NamedTuple):
    """A service that runs a definition, and its measured use."""

    service: str
    """`CLUSTER/NAME`."""
    desired: int
    """The desired count of its tasks."""
    use: Use | None
    """`None` if nothing was measured."""
    on_spot: bool
    """Whether all of them run on Fargate Spot."""
    on_fargate: bool
    """Whether they may run on Fargate."""

    @property
    def is_measured(self) -> bool:
        """Whether it was measured for long enough to judge its size."""
        return self.use is not None and self.use.is_long_enough


class Load(NamedTuple):
    """The use of one dimension by one task, exact, in CPU units or MiB, independent of its size."""

    average: Fraction
    maximum: Fraction
    """0 if unknown."""
    is_maximum_alone: bool = False
    """Whether the average is unknown, so that the maximum is used instead."""
    is_brief: bool = False
    """Whether it was measured for too short a time, so that it is only a lower bound."""


class Observed(NamedTuple):
    """One dimension of a size judged by a load, CPU units or MiB."""

    have: int
    average: float
    """A share from 0 to 1; on EC2, cpu may be above 1."""
    maximum: float | None
    """A share from 0 to 1."""
    state: State
    """`idle`: the average is below the scale-down threshold. `hot`: the average is above the scale-up threshold, or for
    memory the maximum is above what the out-of-memory buffer leaves."""
    line: float | None
    """The threshold that was crossed, a share from 0 to 1; the maximum crossed it if the average did not."""
    need: int
    """The amount for this use, in whole right-sizing steps: with the peak factor, and with use at most at the target."""
    is_peak: bool
    """Whether the maximum decides the need, not the average."""
    is_bound: bool = False
    """Whether the need is only a lower bound: a smaller size would not hold the observed maximum."""


def loads(size: Size, use: Use, *, is_brief: bool = False) -> dict[Dimension, Load]:
    """The use of tasks of a size in CPU units and MiB, for the dimensions that are declared and measured."""
    found: dict[Dimension, Load] = {}
    for dimension in ("cpu", "memory"):
        average, maximum = getattr(use, f"{dimension}_average"), getattr(use, f"{dimension}_maximum")
        have = getattr(size, dimension)
        if have and (average is not None or maximum is not None):
            usual = _share(maximum if average is None else average)
            # On EC2 cpu may burst above its share; such a burst is no reason for a larger share.
            most = min(_share(maximum or 0), Fraction(1)) if dimension == "cpu" else _share(maximum or 0)
            found[dimension] = Load(usual * have, most * have, average is None, is_brief)
    return found


def observe(profile: Profile, dimension: Dimension, have: int, load: Load) -> Observed:
    """Judge an amount by a load; a maximum alone that makes cpu hot is only a bound, because it may be a burst."""
    found = _cpu(profile, have, load) if dimension == "cpu" else _memory(profile, have, load)
    is_burst = dimension == "cpu" and load.is_maximum_alone and found.state == "hot"
    return _bound(profile, dimension, load, found) if is_burst or load.is_brief else found


def _bound(profile: Profile, dimension: Dimension, load: Load, found: Observed) -> Observed:
    """The same as a bound: every size must hold the observed maximum, and nothing else follows."""
    most, buffer = max(load.maximum, load.average), exact(profile.oom_buffer)
    peak = in_steps(profile, most, most / (1 - buffer))
    return found._replace(state="fine", line=None, need=getattr(peak, dimension), is_peak=True, is_bound=True)


def _cpu(profile: Profile, have: int, load: Load) -> Observed:
    """CPU is compressible: bursts count only if the size for the average leaves too little room for them."""
    average, maximum = load.average / have, load.maximum / have
    state, line = _state(average, profile.cpu)
    usual = max(
        right_size(load.average, 0, profile).cpu, in_steps(profile, load.average / exact(profile.cpu.target), 0).cpu
    )
    # The target and the burst share add up to the whole size; a burst beyond that share would exceed the size.
    is_burst = load.maximum - load.average > exact(profile.burst) * usual
    peak = in_steps(profile, load.maximum, 0).cpu if is_burst else 0
    need = max(profile.right_sizing.cpu_step, usual, peak)
    return Observed(have, float(average), _known(maximum), state, line, need, peak > usual)


def _memory(profile: Profile, have: int, load: Load) -> Observed:
    """Memory is not compressible: the maximum and the out-of-memory buffer always count."""
    average, maximum = load.average / have, load.maximum / have
    most = profile.usable_memory
    highest = max(load.average, load.maximum)
    state, line = _state(average, profile.memory)
    if highest / have > most and state != "hot":
        state, line = "hot", float(most)
    usual = max(
        right_size(0, load.average, profile).memory,
        in_steps(profile, 0, load.average / exact(profile.memory.target)).memory,
    )
    peak = in_steps(profile, 0, highest / most).memory
    need = max(profile.right_sizing.memory_step, usual, peak)
    return Observed(have, float(average), _known(maximum), state, line, need, peak > usual)


def _share(value: float) -> Fraction:
    """The number by its decimal notation; the cache of `exact` would grow with every measurement."""
    return Fraction(str(value))


def _known(maximum: Fraction) -> float | None:
    return float(maximum) if maximum else None


def _state(average: Fraction, utilisation: Utilisation) -> tuple[State, float | None]:
    if average < exact(utilisation.scale_down):
        return "idle", utilisation.scale_down
    if average > exact(utilisation.scale_up):
        return "hot", utilisation.scale_up
    return "fine", None
