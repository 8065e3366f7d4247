"""The functions that expressions can call in addition to CEL's: sizes, sums, images, variables and options.

A function raises `UnknownValueError` if its result is unknown; the expression then has no value, unless its value does
not depend on the result (`true || env("X") == "y"`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from taskfit.definition import Container, Unknown
from taskfit.policy.cel.data import MARK
from taskfit.record import NamedTuple
from taskfit.sizing import command, quantity

if TYPE_CHECKING:
    from taskfit.policy.subject import Subject

MAX_VCPU, MAX_GB = 1_000, 100_000
"""More than any task or instance can have."""

_IMAGE = re.compile(
    r"(?:(?=[^/@]*/)(?P<registry>[^/@]*[.:][^/@]*|localhost)/)?(?P<repository>[^:@]*)(?::(?P<tag>[^@]*))?(?:@(?P<digest>.*))?"
)


class UnknownValueError(Exception):
    """The result of a function can't be known."""

    def __init__(self, pointer: str | None = None) -> None:
        super().__init__(pointer or "")
        self.pointer = pointer
        """The pointer of the unknown value; `None` for an invalid value, which other rules report."""


class Context:
    """The implicit inputs of functions, set before an expression is evaluated."""

    def __init__(self) -> None:
        self.subject: Subject | None = None
        self.container: Container | None = None
        self.error: Exception | None = None
        """The last error that a function raised; the library only reports that there was one."""
        self.places: list[str] = []
        """The pointers of the variables and options that functions found."""


class Overload(NamedTuple):
    """One way to call a function: the types of its arguments and its result, as CEL names them."""

    name: str
    parameters: tuple[str, ...]
    result: str
    function: Callable[..., Any]


def overloads(context: Context) -> Sequence[Overload]:
    """All functions, bound to a context."""
    own = _Functions(context)
    return (
        Overload("vcpu", ("int",), "int", _vcpu),
        Overload("vcpu", ("double",), "int", _vcpu),
        Overload("gb", ("int",), "int", _gb),
        Overload("gb", ("double",), "int", _gb),
        Overload("cpu", ("string",), "int", own.cpu),
        Overload("memory", ("string",), "int", own.memory),
        Overload("sum", ("list",), "dyn", _sum),
        Overload("lower", ("string",), "string", str.lower),
        Overload("image.registry", ("string",), "string", own.part_of_image("registry")),
        Overload("image.repository", ("string",), "string", own.part_of_image("repository")),
        Overload("image.tag", ("string",), "string", own.part_of_image("tag")),
        Overload("image.digest", ("string",), "string", own.part_of_image("digest")),
        Overload("env", ("string",), "dyn", lambda name: own.env(None, name)),
        Overload("env", ("map", "string"), "dyn", own.env),
        Overload("option", ("string",), "dyn", lambda name: own.option(None, name)),
        Overload("option", ("map", "string"), "dyn", own.option),
        Overload("fargate.fits", ("int", "int"), "bool", own.fits),
    )


def _vcpu(number: float) -> int:
    """CPU units of a number of vCPU."""
    return round(_within(number, MAX_VCPU) * quantity.UNITS_PER_VCPU)


def _gb(number: float) -> int:
    """MiB of a number of GB, as ECS defines them."""
    return round(_within(number, MAX_GB) * quantity.MIB_PER_GB)


def _within(number: float, most: int) -> float:
    if not 0 <= number <= most:
        raise ValueError(f"{number:g} is not from 0 to {most}")
    return number


def _sum(numbers: Sequence[Any]) -> float:
    if not all(isinstance(number, int | float) and not isinstance(number, bool) for number in numbers):
        raise UnknownValueError
    total = sum(numbers)
    return total if isinstance(total, int) else math.fsum(numbers)


class _Functions:
    def __init__(self, context: Context) -> None:
        self._context = context

    def cpu(self, text: str) -> int:
        """CPU units of a size with a unit, such as `0.5 vCPU`."""
        return self._size(quantity.cpu_units(text))

    def memory(self, text: str) -> int:
        """MiB of a size with a unit, such as `2 GB`."""
        return self._size(quantity.memory_mib(text))

    def _size(self, amount: int | Unknown | None) -> int:
        if not isinstance(amount, int):
            raise UnknownValueError
        return amount

    def part_of_image(self, part: str) -> Callable[[str], str]:
        """A function that returns a part of an image's name, empty if it is absent."""

        def read(image: str) -> str:
            match = _IMAGE.fullmatch(image)
            return (match[part] or "") if match else ""

        return read

    def env(self, owner: dict[str, Any] | None, name: str) -> str | None:
        """The value of a container's environment variable; null if it has none."""
        container = self._container(owner)
        value = container.variable(name)
        if isinstance(value, Unknown):
            raise UnknownValueError(container.variable_pointer(name))
        if value is not None:
            self._context.places.append(container.variable_pointer(name))
        return value

    def option(self, owner: dict[str, Any] | None, name: str) -> str | None:
        """The value of an option of a container's command or entry point; null if it has none."""
        container = self._container(owner)
        words = command.command_words(container)
        if words is None:
            raise UnknownValueError(container.pointer)
        found = command.option(words, (name,))
        if found is not None and isinstance(found[1], Unknown):
            raise UnknownValueError(found[0])
        if found is None or not isinstance(found[1], str):
            return None
        self._context.places.append(found[0])
        return found[1]

    def fits(self, cpu: int, memory: int) -> bool:
        """Whether Fargate runs a task of this size (CPU units, MiB) on the definition's platform."""
        subject = self._subject
        if subject.facts.on_windows is None:
            raise UnknownValueError("/runtimePlatform")
        return subject.facts.policy.fargate.fits(cpu, memory, windows=subject.facts.on_windows)

    @property
    def _subject(self) -> Subject:
        if self._context.subject is None:
            raise ValueError("there is no definition")
        return self._context.subject

    def _container(self, owner: dict[str, Any] | None) -> Container:
        """The container that an argument represents, found by its name; without an argument, that of the target."""
        if owner is None:
            if self._context.container is None:
                raise UnknownValueError
            return self._context.container
        name = owner.get("name")
        found = next((each for each in self._subject.task.containers if each.name == name), None)
        if found is None or not isinstance(name, str) or name.startswith(MARK):
            raise UnknownValueError("/containerDefinitions")
        return found


NAMES = tuple(dict.fromkeys(overload.name for overload in overloads(Context())))
"""The names of all functions."""
