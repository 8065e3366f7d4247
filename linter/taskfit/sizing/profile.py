"""A sizing profile: what a team knows about its roles, as data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Literal

from taskfit.dimensions import DIMENSIONS, Dimension
from taskfit.model import Model, ModelError
from taskfit.phrases import hint
from taskfit.record import cached_property, field
from taskfit.sizing.demand import Limits, Load, Scale, Term, exact
from taskfit.sizing.match import Match, Patterns, several
from taskfit.sizing.required import RequiredSidecar
from taskfit.sizing.source import Factor, Factors
from taskfit.sizing.variant import Chosen, Variant
from taskfit.sizing.worked_case import WorkedCase

Architecture = Literal["X86_64", "ARM64"]

Fault = tuple[tuple[str | int, ...], str]
"""An error in a field: the path to the field, and a message."""


class Tier(Model):
    """A published size of a role, up to a capacity."""

    name: str
    capacity: int
    """The most units of capacity (agents, connections) for one task."""
    cpu: int
    """CPU units."""
    memory: int
    """MiB."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Environment variables that a task of this tier should set, with the published values."""

    def __post_init__(self) -> None:
        if min(self.capacity, self.cpu, self.memory) < 1:
            raise ValueError("capacity, cpu and memory of a tier are at least 1")


class Role(Model):
    """A kind of service: how it is recognised, what it needs, which sizes are published for it."""

    unit: str = ""
    """What the capacity counts, plural: agents, connections."""
    match: Match | None = None
    """The definitions that have the role."""
    words: tuple[str, ...] = ()
    """Words that name the role: of the family, else of the container's name, else of the image's repository."""
    implied_by: tuple[str, ...] = ()
    """Variables that alone suggest the role, where nothing else determines it."""
    variables: tuple[str, ...] = ()
    """Environment variables that declare the capacity; the first that is set counts. Short for one entry of `capacity`."""
    capacity: tuple[Factor, ...] = ()
    """What declares the capacity of one task: numbers, multiplied. Without `variables` and `capacity`, the size is fixed."""
    variants: Mapping[str, Variant] = field(default_factory=dict)
    """The kinds of work that decide what it needs, by the names that terms use in `by`."""
    interruptible: bool | None = None
    """Whether a task may be stopped at any time, as on Spot; not checked if absent."""
    cpu: tuple[Term, ...] = ()
    """The terms of the demand, CPU units; without any, cpu is not checked."""
    memory: tuple[Term, ...] = ()
    """The terms of the demand, MiB; without any, memory is not checked."""
    at_least: Limits = field(default_factory=Limits)
    """The minimum of the demand."""
    at_most: Limits = field(default_factory=Limits)
    """The maximum of the demand."""
    architectures: Mapping[Architecture, Scale] = field(default_factory=dict)
    """The factors of the demand on an architecture, such as `ARM64: {cpu: 0.8}`."""
    tiers: tuple[Tier, ...] = ()
    """Published sizes by capacity, ascending; without any, sizes follow from the demand alone."""

    def __post_init__(self) -> None:
        errors = [*self._faults_of_capacity(), *self._faults_of_terms()]
        if not any(map(self.needs, DIMENSIONS)):
            errors.append(((), "a role needs terms of `cpu`, of `memory`, or of both"))
        capacities = [tier.capacity for tier in self.tiers]
        if capacities != sorted(set(capacities)):
            errors.append((("tiers",), "the tiers of a role ascend by capacity"))
        if errors:
            raise ModelError(*errors)

    def _faults_of_capacity(self) -> Iterator[Fault]:
        if self.variables and self.capacity:
            yield ("variables",), "give either `variables` or `capacity`"
        if not self.factors and self.tiers:
            yield ("tiers",), "tiers need a capacity: `variables` or `capacity`"
        if self.factors and not self.unit:
            yield (), 'the key "unit" is missing: what the capacity counts, such as agents'
        names = [factor.key for factor in self.factors]
        for position, name in enumerate(names):
            if name in names[:position]:
                yield ("capacity", position), f'two factors are called "{name}"; give them a `name`'

    def _faults_of_terms(self) -> Iterator[Fault]:
        names = [factor.key for factor in self.factors]
        for dimension in DIMENSIONS:
            for position, term in enumerate(getattr(self, dimension)):
                for name in several(term.of):
                    if name not in names:
                        near = hint(name, names) if names else "this role has no capacity"
                        yield (dimension, position, "of"), f'no factor of the capacity is called "{name}"; {near}'
                if term.by and term.by not in self.variants:
                    near = hint(term.by, self.variants) if self.variants else "this role has none"
                    yield (dimension, position, "by"), f'no variant is called "{term.by}"; {near}'
                if term.units and not names:
                    yield (dimension, position), "a role of a fixed size has no capacity to multiply by"

    @cached_property
    def factors(self) -> Factors:
        """The factors that declare the capacity; empty for a fixed size."""
        return Factors([Factor(variable=self.variables)] if self.variables else self.capacity)

    def needs(self, dimension: Dimension) -> bool:
        """Whether it has terms for a dimension."""
        return bool(getattr(self, dimension) or getattr(self.at_least, dimension))

    def load(self, given: Mapping[str, int]) -> Load:
        """The factors of the capacity as given, or their defaults; a single factor may be given without its name.

        Raises `ValueError` for a factor that the role does not have, and for one that is not given.
        """
        names = [factor.key for factor in self.factors]
        if set(given) == {""} and len(names) < 2:
            return self.any_load(given[""])
        load = {factor.key: given.get(factor.key, factor.default or 0) for factor in self.factors}
        for name in given:
            if name and name not in names:
                raise ValueError(f"the capacity has no factor {name!r}; {hint(name, names)}")
        if not all(load.values()) or "" in given:
            example = ",".join(f"{name}=N" for name in names)
            raise ValueError(f"the capacity is {' x '.join(names)}; say {example}")
        return load

    def cases(self, variant: str, text: str) -> tuple[str, ...]:
        """The cases of a variant that a text names; none if one of its words is not a case."""
        return self.variants[variant].cases(text, self._all_cases(variant))

    def _all_cases(self, variant: str) -> list[str]:
        terms = [term for term in (*self.cpu, *self.memory) if term.by == variant]
        return sorted({case for term in terms for case in term.cases})

    def chosen(self, given: Mapping[str, str]) -> Chosen:
        """The cases of the variants that are given, such as `protocol: gRPC`.

        Raises `ValueError` for a variant or a case that the role does not have.
        """
        found: dict[str, tuple[str, ...]] = {}
        for name, text in given.items():
            if name not in self.variants:
                known = hint(name, self.variants) if self.variants else "it has none"
                raise ValueError(f"the role has no variant {name!r}; {known}")
            found[name] = self.cases(name, text)
            if not found[name]:
                raise ValueError(f"{name} is {text!r}, not one of {', '.join(self._all_cases(name))}")
        return found

    def any_load(self, capacity: int) -> Load:
        """A load of this capacity; if there are several factors, the first one is the whole capacity."""
        names = [factor.key for factor in self.factors]
        return dict.fromkeys(names, 1) | dict.fromkeys(names[:1], capacity)

    def tier(self, capacity: int) -> Tier | None:
        """The first tier with at least this capacity."""
        return next((tier for tier in self.tiers if tier.capacity >= capacity), None)


class Utilisation(Model):
    """Shares of a task's size, from 0 to 1."""

    target: float
    """The average to aim for."""
    scale_up: float
    """Above it a service adds tasks."""
    scale_down: float
    """Below it a service removes tasks."""

    def __post_init__(self) -> None:
        if not 0 < self.scale_down <= self.target <= self.scale_up <= 1:
            raise ValueError("0 < scale_down <= target <= scale_up <= 1 must hold")


class RightSizing(Model):
    """How a size follows from observed averages, and the steps of sizes where Fargate's table does not apply."""

    peak_factor: float = 1.5
    """The factor by which averages are multiplied."""
    cpu_step: int = 256
    """CPU units; results and sizes on EC2 are whole steps."""
    memory_step: int = 512
    """MiB; results and sizes on EC2 are whole steps."""

    def __post_init__(self) -> None:
        if self.peak_factor < 1 or min(self.cpu_step, self.memory_step) < 1:
            raise ValueError("peak_factor and both steps are at least 1")


NO_PROFILE = "none"
"""The name of the profile of a run without one."""


class Profile(Model):
    """A team's sizing knowledge."""

    name: str
    source: str = ""
    """The document that the numbers come from."""
    extends: Patterns = ()
    """Profiles that this one adds to and changes: built-in names, files beside this one, `package:NAME`. Null drops a key."""
    marks: tuple[str, ...] = ()
    """Words in a family, image or tag that mark a definition as this team's, whether the profile is chosen or not."""
    roles: Mapping[str, Role] = field(default_factory=dict)
    """The kinds of service, by name."""
    sidecars: Mapping[str, RequiredSidecar] = field(default_factory=dict)
    """Sidecars that definitions with a role need, by kind."""
    cpu: Utilisation = field(default_factory=lambda: Utilisation(target=0.7, scale_up=0.8, scale_down=0.5))
    """How much of a task's cpu to use."""
    memory: Utilisation = field(default_factory=lambda: Utilisation(target=0.8, scale_up=0.9, scale_down=0.6))
    """How much of a task's memory to use."""
    oom_buffer: float = 0.1
    """Share of a task's memory that stays free."""
    burst: float = 0.3
    """Share of cpu for bursts above the average."""
    right_sizing: RightSizing = field(default_factory=RightSizing)
    scenarios: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Load scenarios: capacity by unit (`agents`, `connections`)."""
    scenario_hours: Mapping[str, float] = field(default_factory=dict)
    """How many hours a scenario lasts, by its name; its cost is then also given for that time."""
    cases: tuple[WorkedCase, ...] = ()
    """Worked cases, which `taskfit profile test` runs."""

    @property
    def title(self) -> str:
        """The name in messages."""
        return "no profile: the usual targets" if self.name == NO_PROFILE else f"{self.name} profile"

    @cached_property
    def usable_memory(self) -> Fraction:
        """Share of a task's memory that may be used: all but the buffer."""
        return 1 - Fraction(exact(self.oom_buffer))

    @cached_property
    def factors(self) -> Factors:
        """The factors that declare the capacity of any role."""
        return Factors(factor for role in self.roles.values() for factor in role.factors)

    @cached_property
    def conditions(self) -> Mapping[str, Match]:
        """The conditions on definitions of a role, for the roles that have any."""
        return {name: role.match for name, role in self.roles.items() if role.match is not None}

    @cached_property
    def words(self) -> frozenset[str]:
        """The words that name any role."""
        return frozenset(word for role in self.roles.values() for word in role.words)

    def sidecars_of(self, role: str) -> dict[str, RequiredSidecar]:
        """The sidecars that every definition of a role needs, by kind."""
        return {
            kind: each
            for kind, each in self.sidecars.items()
            if each.match is None and (not each.roles or role in each.roles)
        }

    def __post_init__(self) -> None:
        if not (0 <= self.oom_buffer < 1 and 0 <= self.burst < 1):
            raise ValueError("oom_buffer and burst are shares from 0 to below 1")
        for name, load in self.scenarios.items():
            if any(number < 0 for number in load.values()):
                raise ModelError((("scenarios", name), "a load is at least 0"))
        for name, hours in self.scenario_hours.items():
            if not 0 < hours <= 730:
                raise ModelError((("scenario_hours", name), "a scenario lasts from above 0 to 730 hours, a month"))
