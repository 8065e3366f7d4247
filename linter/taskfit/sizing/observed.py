"""What a task's observed use says of its size: idle, fine or hot, and the size to go to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Literal, NamedTuple

from taskfit.dimensions import Size
from taskfit.sizing.demand import exact
from taskfit.sizing.expectation import Fit, in_steps, right_size

if TYPE_CHECKING:
    from taskfit.sizing.facts import Facts
    from taskfit.sizing.profile import Profile, Utilisation

State = Literal["idle", "fine", "hot"]

LEAST_DAYS = 1.0
"""Compute Optimizer, too, asks for 24 hours of metrics before it says anything of a service."""


class Use(NamedTuple):
    """What the tasks of a service really used, as shares of 1 of what they have."""

    cpu_average: float | None
    cpu_maximum: float | None
    memory_average: float | None
    memory_maximum: float | None
    days: float
    """The window that was looked at."""
    source: str
    """Such as `CloudWatch`."""


class ServiceUse(NamedTuple):
    """What a service that runs a definition really used."""

    service: str
    """`CLUSTER/NAME`."""
    desired: int
    """Its tasks."""
    use: Use
    on_spot: bool = False
    """Whether all of them run on Fargate Spot."""


class Observed(NamedTuple):
    """One dimension of a size, CPU units or MiB, and what is used of it."""

    have: int
    average: float
    """Share of 1; on EC2 cpu may be above it."""
    maximum: float | None
    """Share of 1."""
    state: State
    """`idle`: the average is below the scale-down threshold, and a smaller size would do. `hot`: the average is above the
    scale-up threshold, or of memory the maximum is above what the out-of-memory buffer leaves."""
    line: float | None
    """The threshold that was crossed, a share of 1; the maximum crossed it if the average did not."""
    need: int
    """What the use asks for, in whole steps of right-sizing: with the peak factor, and at most the target in use."""


class Verdict(NamedTuple):
    """What the use of a task says of its size."""

    cpu: Observed | None
    """`None` without an average."""
    memory: Observed | None
    """`None` without an average."""
    size: Size | None
    """The size to go to, the present one if neither dimension is idle or hot; `None` if no size is big enough."""


class ServiceVerdict(NamedTuple):
    """What the use of one service says of a size."""

    service: ServiceUse
    size: Size
    verdict: Verdict


def judge(facts: Facts, uses: Iterable[ServiceUse]) -> Iterator[ServiceVerdict]:
    """What the use of each service says of the task's size, where enough of both is known."""
    cpu, memory = facts.known_cpu, facts.known_memory
    if not cpu or not memory:
        return
    fit = _fit(facts)
    for service in uses:
        if service.use.days >= LEAST_DAYS:
            size = Size(cpu, memory)
            yield ServiceVerdict(service, size, _of_service(facts.policy.profile, size, service.use, fit))


def with_room(facts: Facts, judged: ServiceVerdict, size: Size) -> Size | None:
    """The smallest size that holds another one and what the service uses; `None` if none is big enough."""
    used = [
        0 if each is None else each.need if each.state == "hot" else min(each.need, each.have)
        for each in (judged.verdict.cpu, judged.verdict.memory)
    ]
    return _fit(facts)(max(size.cpu, used[0]), max(size.memory, used[1]))


def _fit(facts: Facts) -> Fit:
    return facts.smallest if facts.on_fargate else partial(in_steps, facts.policy.profile)


def _of_service(profile: Profile, size: Size, use: Use, fit: Fit) -> Verdict:
    """The verdict; from maxima alone only on who is idle and whose memory is short, not on whose cpu is hot."""
    cpu = use.cpu_maximum if use.cpu_average is None else use.cpu_average
    memory = use.memory_maximum if use.memory_average is None else use.memory_average
    found = verdict(profile, size, use._replace(cpu_average=cpu, memory_average=memory), fit)
    if use.cpu_average is None and found.cpu is not None and found.cpu.state == "hot":
        return verdict(profile, size, use._replace(cpu_average=None, memory_average=memory), fit)
    return found


def verdict(profile: Profile, size: Size, use: Use, fit: Fit) -> Verdict:
    """What the use of a task of `size` says, in sizes that `fit` gives: Fargate's, or `in_steps` on EC2.

    A dimension that is fine, or of which nothing is known, keeps at least what it has.
    """
    cpu, memory = _cpu(profile, size.cpu, use), _memory(profile, size.memory, use)
    if _is_fine(cpu) and _is_fine(memory):
        return Verdict(cpu, memory, size)
    better = fit(_wanted(cpu, size.cpu), _wanted(memory, size.memory))
    cpu = _confirmed(cpu, better.cpu if better else None)
    memory = _confirmed(memory, better.memory if better else None)
    return Verdict(cpu, memory, size if _is_fine(cpu) and _is_fine(memory) else better)


def _cpu(profile: Profile, have: int, use: Use) -> Observed | None:
    """CPU is compressible: bursts count only where they go beyond the share that the profile leaves for them."""
    if use.cpu_average is None:
        return None
    average, maximum = _share(use.cpu_average), _share(use.cpu_maximum or 0)
    need = average / exact(profile.cpu.target)
    if maximum - average > exact(profile.burst):
        need = max(need, min(maximum, Fraction(1)))
    state, line = _state(average, profile.cpu)
    sizes = right_size(average * have, 0, profile), in_steps(profile, need * have, 0)
    steps = max(profile.right_sizing.cpu_step, *(size.cpu for size in sizes))
    return Observed(have, use.cpu_average, use.cpu_maximum, state, line, steps)


def _memory(profile: Profile, have: int, use: Use) -> Observed | None:
    """Memory is not: the maximum and the out-of-memory buffer above it always count."""
    if use.memory_average is None:
        return None
    average, maximum = _share(use.memory_average), _share(use.memory_maximum or 0)
    most = 1 - exact(profile.oom_buffer)
    state, line = _state(average, profile.memory)
    if maximum > most and state != "hot":
        state, line = "hot", float(most)
    need = max(average / exact(profile.memory.target), maximum / most)
    sizes = right_size(0, average * have, profile), in_steps(profile, 0, need * have)
    steps = max(profile.right_sizing.memory_step, *(size.memory for size in sizes))
    return Observed(have, use.memory_average, use.memory_maximum, state, line, steps)


def _share(value: float) -> Fraction:
    """The number as it is printed; `exact` would keep every measurement that it was ever given."""
    return Fraction(str(value))


def _state(average: Fraction, utilisation: Utilisation) -> tuple[State, float | None]:
    if average < exact(utilisation.scale_down):
        return "idle", utilisation.scale_down
    if average > exact(utilisation.scale_up):
        return "hot", utilisation.scale_up
    return "fine", None


def _is_fine(observed: Observed | None) -> bool:
    return observed is None or observed.state == "fine"


def _wanted(observed: Observed | None, have: int) -> int:
    return have if observed is None or observed.state == "fine" else observed.need


def _confirmed(observed: Observed | None, better: int | None) -> Observed | None:
    """The same, but idle only where the better size is smaller."""
    if observed is None or observed.state != "idle" or (better is not None and better < observed.have):
        return observed
    return observed._replace(state="fine", line=None)
