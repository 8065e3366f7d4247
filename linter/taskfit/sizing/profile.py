"""A sizing profile: what a team knows of its roles, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from fractions import Fraction
from functools import cache

from taskfit.dimensions import Size
from taskfit.model import Model, model

Exact = Fraction | int


@cache
def exact(value: float) -> Exact:
    """The number as it is written in the profile: 0.1 is a tenth."""
    number = Fraction(str(value))
    return number.numerator if number.denominator == 1 else number


@model
class Term(Model):
    """One summand of a demand: a fixed amount, or one for every `per` units of capacity."""

    label: str
    """What needs it."""
    amount: float
    """CPU units or MiB; where the need is a range, its lower end."""
    up_to: float | None = None
    """The upper end of the range."""
    per: int = 0
    """The units of capacity (agents, connections) that `amount` serves; 0 for a fixed amount."""
    cases: Mapping[str, float] = field(default_factory=dict)
    """Named amounts within or beside the range, for information: `{idle: 102.4, peak: 1024}`."""

    def __post_init__(self) -> None:
        if self.amount < 0 or self.per < 0 or (self.up_to is not None and self.up_to < self.amount):
            raise ValueError("a term has an amount of at least 0, `up_to` at least as much, and `per` of at least 0")

    def need(self, capacity: int) -> tuple[Exact, Exact]:
        """The lower and upper end for a capacity, exact."""
        low = _share(exact(self.amount), capacity, self.per)
        return low, low if self.up_to is None else _share(exact(self.up_to), capacity, self.per)


def _share(amount: Exact, capacity: int, per: int) -> Exact:
    return Fraction(amount * capacity, per) if per > 1 else amount * capacity if per else amount


@model
class Tier(Model):
    """A published size of a role, up to a capacity."""

    name: str
    capacity: int
    """The most units of capacity (agents, connections) of one task."""
    cpu: int
    """CPU units."""
    memory: int
    """MiB."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that a task of this tier should set, with the published values."""

    def __post_init__(self) -> None:
        if min(self.capacity, self.cpu, self.memory) < 1:
            raise ValueError("capacity, cpu and memory of a tier are at least 1")


@model
class Role(Model):
    """A kind of service: how it is recognised, what it needs, which sizes are published for it."""

    unit: str
    """What the capacity counts, plural: agents, connections."""
    variables: tuple[str, ...]
    """Environment variables that declare the capacity; the first that is set counts."""
    words: tuple[str, ...] = ()
    """Words of a family, container name or image repository that tell the role."""
    implied_by: tuple[str, ...] = ()
    """Variables that alone suggest the role, where nothing else tells it."""
    interruptible: bool | None = None
    """Whether a task may be stopped at any time, as Spot does; nothing is said of it if absent."""
    cpu: tuple[Term, ...]
    """The summands of the demand, CPU units."""
    memory: tuple[Term, ...]
    """The summands of the demand, MiB."""
    tiers: tuple[Tier, ...] = ()
    """Published sizes by capacity, ascending; without any, sizes follow from the demand alone."""

    def __post_init__(self) -> None:
        if not self.variables or not self.cpu or not self.memory:
            raise ValueError("a role needs at least one of each: `variables`, `cpu`, `memory`")
        capacities = [tier.capacity for tier in self.tiers]
        if capacities != sorted(set(capacities)):
            raise ValueError("the tiers of a role ascend by capacity")

    def tier(self, capacity: int) -> Tier | None:
        """The first tier with at least this capacity."""
        return next((tier for tier in self.tiers if tier.capacity >= capacity), None)


@model
class SidecarDefault(Model):
    """What a required sidecar counts for where it is missing or reserves nothing."""

    cpu: int
    """CPU units."""
    memory: int
    """MiB."""
    environment: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if min(self.cpu, self.memory) < 0:
            raise ValueError("cpu and memory of a sidecar are at least 0")

    @property
    def size(self) -> Size:
        """CPU units and MiB."""
        return Size(self.cpu, self.memory)


@model
class Utilisation(Model):
    """Shares of a task's size, from 0 to 1."""

    target: float
    """The average to aim at."""
    scale_up: float
    """Above it a service adds tasks."""
    scale_down: float
    """Below it a service removes tasks."""

    def __post_init__(self) -> None:
        if not 0 < self.scale_down <= self.target <= self.scale_up <= 1:
            raise ValueError("0 < scale_down <= target <= scale_up <= 1 must hold")


@model
class RightSizing(Model):
    """How a size follows from observed averages."""

    peak_factor: float
    """What averages are multiplied by."""
    cpu_step: int
    """CPU units; results are whole steps."""
    memory_step: int
    """MiB; results are whole steps."""

    def __post_init__(self) -> None:
        if self.peak_factor < 1 or min(self.cpu_step, self.memory_step) < 1:
            raise ValueError("peak_factor and both steps are at least 1")


@model
class Profile(Model):
    """A team's sizing knowledge."""

    name: str
    source: str = ""
    """The document that the numbers come from."""
    marks: tuple[str, ...] = ()
    """Words in a family, image or tag by which a definition belongs to this team, chosen profile or not."""
    roles: Mapping[str, Role]
    sidecars: Mapping[str, SidecarDefault] = field(default_factory=dict)
    """Sidecars that every definition with a role needs, by kind."""
    cpu: Utilisation
    memory: Utilisation
    oom_buffer: float = 0.1
    """Share of a task's memory that stays free."""
    burst: float = 0.3
    """Share of cpu for bursts above the average."""
    right_sizing: RightSizing
    scenarios: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Load scenarios: capacity by unit (`agents`, `connections`)."""

    def __post_init__(self) -> None:
        if not self.roles:
            raise ValueError("a profile has at least one role")
        if not (0 <= self.oom_buffer < 1 and 0 <= self.burst < 1):
            raise ValueError("oom_buffer and burst are shares from 0 to below 1")
        units = {role.unit for role in self.roles.values()}
        for name, load in self.scenarios.items():
            if unknown := sorted(load.keys() - units):
                raise ValueError(
                    f"scenario {name}: no role counts {unknown[0]}; the roles count {', '.join(sorted(units))}"
                )
            if min(load.values(), default=0) < 0:
                raise ValueError(f"scenario {name}: a load is at least 0")
