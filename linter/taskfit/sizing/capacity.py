"""The capacity that a definition declares: MAX_AGENTS, workers x threads, the heap in JAVA_OPTS."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from taskfit.definition import Container, Unknown
from taskfit.record import NamedTuple
from taskfit.sizing import command
from taskfit.sizing.match import several
from taskfit.sizing.quantity import amount_of_memory

if TYPE_CHECKING:
    from taskfit.definition import TaskDefinition
    from taskfit.sizing.demand import Load
    from taskfit.sizing.profile import Role
    from taskfit.sizing.source import Factor, Factors, Source

LARGEST_CAPACITY = 10**9
"""A larger number is a mistake, and would fill a message with digits."""

OWN_COMMAND = Unknown("left to the image's own command", "partial")
"""The image's default command may contain options."""

NO_POLICY = Unknown("in no scaling policy of this file", "partial")
"""A service, or its scaling, may be defined elsewhere."""

REQUESTS_PER_TARGET = "ALBRequestCountPerTarget"
"""The metric of a scaling policy that counts the requests per task in a minute."""


class Declared(NamedTuple):
    """One factor of the capacity, as a definition declares it."""

    key: str
    """The name by which terms of the demand refer to it."""
    title: str
    """The name in messages: the variable or option that is set, else the possible ones."""
    pointer: str
    """The place of its declaration; the service container if it is absent."""
    text: str | Unknown | None
    """As written; `None` if it is certainly absent."""
    number: int | None
    """Units of capacity, or MiB; `None` if it is absent, unknown or not a plausible number."""
    is_memory: bool = False
    """Whether it must be an amount of memory."""
    is_default: bool = False
    """Whether the number is the profile's default, because the definition declares none."""

    @property
    def takes(self) -> str:
        """The kind of value it accepts."""
        return "an amount of memory" if self.is_memory else "a whole number of at least 1"

    @property
    def is_huge(self) -> bool:
        """Whether it is a whole number too large to be plausible."""
        digits = self.text.strip() if isinstance(self.text, str) else ""
        return digits.isascii() and digits.isdigit() and len(digits.lstrip("0")) >= len(str(LARGEST_CAPACITY))

    def __str__(self) -> str:
        if self.is_default:
            return f"{self.title} is {self.number} by default"
        return f"{self.title} is {self.text.text if isinstance(self.text, Unknown) else self.text}"


class Capacity(NamedTuple):
    """The capacity that a definition declares: the product of its factors."""

    factors: tuple[Declared, ...]
    """At least one."""

    @property
    def load(self) -> Load | None:
        """The factors by name, if all are known."""
        found: dict[str, int] = {}
        for factor in self.factors:
            if factor.number is None:
                return None
            found[factor.key] = factor.number
        return found if math.prod(found.values()) <= LARGEST_CAPACITY else None

    @property
    def number(self) -> int | None:
        """The product, if all factors are known."""
        return None if self.load is None else math.prod(self.load.values())

    @property
    def title(self) -> str:
        """The name in messages: `WEB_CONCURRENCY x GUNICORN_THREADS`."""
        return " x ".join(factor.title for factor in self.factors)

    @property
    def pointer(self) -> str:
        """The place of the first declared factor."""
        return next((factor for factor in self.factors if factor.text is not None), self.factors[0]).pointer

    @property
    def absent(self) -> tuple[Declared, ...]:
        """The factors that are certainly absent and have no default."""
        return tuple(factor for factor in self.factors if factor.text is None and not factor.is_default)

    @property
    def unknown(self) -> tuple[tuple[Declared, Unknown], ...]:
        """The factors with unknown values, and those values."""
        return tuple((factor, factor.text) for factor in self.factors if isinstance(factor.text, Unknown))

    @property
    def invalid(self) -> tuple[Declared, ...]:
        """The factors that are declared but are not valid numbers."""
        return tuple(each for each in self.factors if isinstance(each.text, str) and each.number is None)


def declared_capacity(role: Role, service: Container | None, task: TaskDefinition) -> Capacity | None:
    """The capacity that the service container declares; `None` without such a container, or for a role of a fixed size."""
    return None if service is None or not role.factors else capacity_of(role.factors, service, task)


def capacity_of(factors: Iterable[Factor], service: Container, task: TaskDefinition) -> Capacity:
    """The capacity that a container declares in the given factors (at least one)."""
    return Capacity(tuple(_declared(factor, service, task) for factor in factors))


def declares(container: Container, factors: Factors, task: TaskDefinition) -> bool:
    """Whether a container certainly declares one of the factors, even if its value is unknown."""
    return _may_contain(container, factors) and any(not _is_hidden(text) for text in _given(container, factors, task))


def may_declare(container: Container, factors: Factors, task: TaskDefinition) -> bool:
    """Whether a container declares one of the factors, or may do so in a part that is unknown."""
    return _may_contain(container, factors) and any(True for _ in _given(container, factors, task))


def _may_contain(container: Container, factors: Factors) -> bool:
    """Whether a container has anything that could declare one of the factors: most do not."""
    return (
        not factors.variables.isdisjoint(container.environment)
        or not container.environment_is_complete
        or (factors.are_in_commands and container.has_command)
    )


def _given(container: Container, factors: Factors, task: TaskDefinition) -> Iterator[str | Unknown]:
    for factor in factors:
        for source in factor.sources:
            found = None if source.service else _look(source, container, task)
            if found is not None and found[2] is not OWN_COMMAND:
                yield found[2]


def _is_hidden(text: str | Unknown) -> bool:
    return isinstance(text, Unknown) and text.why == "partial"


def _declared(factor: Factor, service: Container, task: TaskDefinition) -> Declared:
    """The first of a factor's sources that is declared. One that may be hidden ends the search: it would take precedence."""
    first = factor.sources[0]
    missing: Unknown | None = None
    for source in factor.sources:
        found = _look(source, service, task)
        if found is None:
            continue
        title, pointer, text = found
        if text is OWN_COMMAND or text is NO_POLICY:
            missing = missing or text
            continue
        number = _number(text, source) if isinstance(text, str) else None
        return Declared(factor.key, title, pointer, text, number, is_memory=source.unit is not None)
    if missing is None and factor.default is not None:
        return Declared(factor.key, first.title, service.pointer, None, factor.default, is_default=True)
    return Declared(factor.key, _titles(factor), service.pointer, missing, None, is_memory=first.unit is not None)


def _titles(factor: Factor) -> str:
    return " or ".join(source.title for source in factor.sources)


def _look(source: Source, container: Container, task: TaskDefinition) -> tuple[str, str, str | Unknown] | None:
    """The title, place and text of a source; `None` if it is certainly absent."""
    if source.service:
        return _of_service(source, task)
    if source.variable:
        return _of_variable(source, container)
    words = command.command_words(container)
    if words is None:
        return source.title, container.pointer, OWN_COMMAND
    found = command.option(words, several(source.option), source.program)
    return (source.title, *found) if found else None


def _of_variable(source: Source, container: Container) -> tuple[str, str, str | Unknown] | None:
    for name in source.variables:
        text = container.environment.get(name)
        if text is None and container.environment_is_complete:
            continue
        if text is None:  # it may be hidden, and would take precedence over the next ones
            return source.title, container.pointer, Unknown(name, "partial")
        pointer = container.variable_pointer(name)
        if not source.option:
            return name, pointer, text
        found = command.option(list(command.split(text, pointer)), several(source.option))
        if found is not None:
            return f"{' or '.join(several(source.option))} in {name}", *found
    return None


def _number(text: str, source: Source) -> int | None:
    """The number in a text, if it is plausible."""
    _, found, rest = text.partition(source.after) if source.after else ("", "", "")
    value = (rest if found else text).strip()
    if source.unit is not None:
        amount = amount_of_memory(value, source.unit)
        return None if amount is None or not 0 < amount <= LARGEST_CAPACITY else math.ceil(amount)
    if not (value.isascii() and value.isdigit() and len(value) <= 10):
        return None
    return int(value) if 1 <= int(value) <= LARGEST_CAPACITY else None


def _of_service(source: Source, task: TaskDefinition) -> tuple[str, str, str | Unknown] | None:
    """The highest target of requests per task in the scaling policies of the services in the same file."""
    policies = [policy for service in task.services for policy in service.scaling_policies]
    if not policies:
        return source.title, "", NO_POLICY
    found: list[tuple[float, str]] = []
    for policy in policies:
        metric, target = policy.metric, policy.target
        if isinstance(metric, Unknown):
            return source.title, policy.pointer, metric
        if metric == REQUESTS_PER_TARGET and isinstance(target, Unknown):
            return source.title, policy.pointer, target
        if metric == REQUESTS_PER_TARGET and target is not None and not isinstance(target, Unknown):
            found.append((target, policy.pointer))
    if not found:
        return None
    target, pointer = max(found)
    return source.title, pointer, f"{target:.10g}" if target <= LARGEST_CAPACITY else str(target)
