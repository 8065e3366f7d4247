"""What a task of a role needs for its capacity; exact arithmetic, rounded up at the end."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from taskfit.dimensions import Size, require_whole
from taskfit.record import NamedTuple
from taskfit.sizing.demand import Exact, exact

if TYPE_CHECKING:
    from taskfit.dimensions import Dimension
    from taskfit.sizing.demand import Load, Scale
    from taskfit.sizing.profile import Profile, Role, Tier


Fit = Callable[[Exact, Exact], Size | None]
"""The smallest size with at least this cpu (CPU units) and memory (MiB)."""


class Range(NamedTuple):
    """A need from low to high, in whole units."""

    low: int
    high: int


class Demand(NamedTuple):
    """What the capacity itself needs, without sidecars: CPU units and MiB."""

    cpu: Range
    memory: Range


class Split(NamedTuple):
    """The tasks that together have a capacity too large for one: their number, and the capacity and size of each."""

    tasks: int
    capacity: int
    size: Size | None
    one: Expectation | None = None
    """The expectation for one of them, with no required sidecar missing."""


class Expectation(NamedTuple):
    """What the sizing core expects of a task; sizes in CPU units and MiB."""

    role: str
    capacity: int
    tier: Tier | None
    demand: Demand
    floor: Size
    """The least that is enough."""
    recommended: Size | None
    """The smallest right size; `None` beyond the last tier."""
    ceiling: Size | None
    """The most that is not waste; `None` beyond the last tier."""
    split: Split | None
    """Set beyond the last tier."""

    @property
    def least(self) -> Size:
        """The floor; beyond the last tier, at most that of the tasks that replace one."""
        split = self.split
        if split is None or split.one is None:
            return self.floor
        cpu, memory = split.one.floor
        return Size(min(self.floor.cpu, split.tasks * cpu), min(self.floor.memory, split.tasks * memory))

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        tier, split = self.tier, self.split
        return {
            "role": self.role,
            "capacity": self.capacity,
            "tier": tier and {"name": tier.name, "cpu": tier.cpu, "memory": tier.memory},
            "demand": {
                "cpu": [self.demand.cpu.low, self.demand.cpu.high],
                "memory": [self.demand.memory.low, self.demand.memory.high],
            },
            "floor": self.floor.as_dict(),
            "recommended": self.recommended and self.recommended.as_dict(),
            "ceiling": self.ceiling and self.ceiling.as_dict(),
            "split": split
            and {"tasks": split.tasks, "capacity": split.capacity, **(split.size.as_dict() if split.size else {})},
        }


def expect(  # noqa: PLR0913
    name: str,
    role: Role,
    profile: Profile,
    load: Load,
    fit: Fit,
    *,
    reserved: Size,
    assumed: Size,
    scales: Sequence[Scale] = (),
) -> Expectation:
    """What a task of a role needs for a load, the factors of its capacity, in sizes that `fit` gives.

    `reserved` is what its sidecars declare, `assumed` the same with required sidecars that are missing, or declare
    nothing, at the profile's defaults; `scales` are those of the architectures that it may run on. For a dimension that
    the role has no terms for, floor and demand are 0. Raises `ValueError` for a capacity that is not a whole number of at
    least 1.
    """
    for number in load.values():
        require_whole(number, "a capacity", least=1)
    capacity = math.prod(load.values())
    cpu, memory = _need(role, "cpu", load, scales), _need(role, "memory", load, scales)
    demand = Demand(Range(math.ceil(cpu[0]), math.ceil(cpu[1])), Range(math.ceil(memory[0]), math.ceil(memory[1])))
    tier = role.tier(capacity)
    floor = Size(
        math.ceil(cpu[0] + reserved.cpu) if role.needs("cpu") else 0,
        math.ceil(memory[0] + reserved.memory) if role.needs("memory") else 0,
    )
    if tier is not None:
        floor = Size(min(tier.cpu, floor.cpu), floor.memory)
        recommended = fit(tier.cpu, max(tier.memory, memory[0] + assumed.memory))
    elif role.tiers:
        split = _split(name, role, profile, load, fit, assumed=assumed, scales=scales)
        return Expectation(name, capacity, None, demand, floor, None, None, split)
    else:
        recommended = fit(
            _least_with_share(cpu[1] + assumed.cpu, profile.cpu.target),
            _least_with_share(memory[1] + assumed.memory, profile.memory.target),
        )
    ceiling = Size(
        _least_with_share(cpu[1] + assumed.cpu, profile.cpu.scale_down),
        _least_with_share(memory[1] + assumed.memory, profile.memory.scale_down),
    )
    if recommended is not None:
        ceiling = Size(max(recommended.cpu, ceiling.cpu), max(recommended.memory, ceiling.memory))
    return Expectation(name, capacity, tier, demand, floor, recommended, ceiling, None)


def _least_with_share(amount: Exact, share: float) -> int:
    """The least whole number of which `share` is at least `amount`: 1463 for 1024 and 0.7."""
    part = exact(share)
    return -(-amount * part.denominator // part.numerator)


def _split(  # noqa: PLR0913
    name: str, role: Role, profile: Profile, load: Load, fit: Fit, *, assumed: Size, scales: Sequence[Scale]
) -> Split:
    """The load over several tasks: if it has several factors, the first is divided among them."""
    tasks = math.ceil(Fraction(math.prod(load.values()), role.tiers[-1].capacity))
    first, *others = load
    each = {first: math.ceil(Fraction(load[first], tasks)), **{other: load[other] for other in others}}
    one = expect(name, role, profile, each, fit, reserved=assumed, assumed=assumed, scales=scales)
    return Split(tasks, math.prod(each.values()), one.recommended, one)


def _need(role: Role, dimension: Dimension, load: Load, scales: Sequence[Scale]) -> tuple[Exact, Exact]:
    """The sum of the terms, from low to high, on the possible architectures and within the role's limits."""
    needs = [term.need(load) for term in getattr(role, dimension)]
    low, high = sum([low for low, _ in needs]), sum([high for _, high in needs])
    if scales:
        factors = [exact(getattr(scale, dimension)) for scale in scales]
        low, high = min(factors) * low, max(factors) * high
    least, most = getattr(role.at_least, dimension) or 0, getattr(role.at_most, dimension)
    ends = (max(low, least), max(high, least))
    return ends if most is None else (min(ends[0], most), min(ends[1], most))


class Packing(NamedTuple):
    """Units of capacity packed into containers of one tier."""

    tier: str
    containers: int
    cpu: int
    """CPU units of all containers."""
    memory: int
    """MiB of all containers."""
    efficiency: float
    """Percent of the containers' capacity that is used."""

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain JSON values."""
        return {
            "tier": self.tier,
            "containers": self.containers,
            "cpu": self.cpu,
            "memory": self.memory,
            "efficiency": self.efficiency,
        }


def pack(capacity: int, tier: Tier) -> Packing:
    """Pack a capacity into containers of a tier (`calculate_worker_containers` of the sizing document).

    Raises `ValueError` as `expect` does.
    """
    require_whole(capacity, "a capacity", least=1)
    containers = math.ceil(Fraction(capacity, tier.capacity))
    efficiency = round(100 * capacity / (containers * tier.capacity), 2)
    return Packing(tier.name, containers, containers * tier.cpu, containers * tier.memory, efficiency)


def right_size(average_cpu: float | Exact, average_memory: float | Exact, profile: Profile) -> Size:
    """The size for observed averages in CPU units and MiB (`optimize_container_size` of the sizing document)."""
    peak = exact(profile.right_sizing.peak_factor)
    # By their decimal notation; the cache of `exact` would grow with every measurement.
    return in_steps(profile, Fraction(str(average_cpu)) * peak, Fraction(str(average_memory)) * peak)


def in_steps(profile: Profile, cpu: Exact, memory: Exact) -> Size:
    """The smallest size in whole right-sizing steps, for EC2, where Fargate's table does not apply."""
    steps = profile.right_sizing
    # Exact for whole numbers of any size, unlike float division.
    return Size(-(-cpu // steps.cpu_step) * steps.cpu_step, -(-memory // steps.memory_step) * steps.memory_step)
