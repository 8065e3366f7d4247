"""Whether a language runtime's memory settings fit the memory of its container."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from taskfit.definition import Unknown, known
from taskfit.finding import Problem
from taskfit.sizing import command
from taskfit.sizing.capacity import capacity_of, declares, may_declare
from taskfit.sizing.source import Factors

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.definition import Container
    from taskfit.sizing.runtimes import Runtime

HEAP_LIMITS = ("DOTNET_GCHeapHardLimit", "COMPlus_GCHeapHardLimit")
"""Variables of .NET: bytes, in hexadecimal."""

HEAP_SHARES = ("DOTNET_GCHeapHardLimitPercent", "COMPlus_GCHeapHardLimitPercent")
"""Variables of .NET: percent, in hexadecimal."""

_HEAP_VARIABLES = frozenset((*HEAP_LIMITS, *HEAP_SHARES))

JAVA_VARIABLES = ("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "JAVA_OPTS")
"""Variables with options of a JVM."""

RAM_SHARE = ("-XX:MaxRAMPercentage",)


def heap_exceeds_memory(case: Case) -> Iterator[Problem]:
    """FIT501: a runtime may use as much memory as its container has, or more."""
    sized, factors = _with_share(case.policy.runtimes)
    for container in case.task.containers:
        for runtime in sized if may_declare(container, factors, case.task) else ():
            if runtime.share is None or not declares(container, runtime.factors, case.task):
                continue
            declared, limit = capacity_of(runtime.factors, container, case.task), _memory(case, container)
            amount = declared.number
            if limit is None or amount is None or amount < limit[0]:
                continue
            memory, owner, place = limit
            yield Problem(
                declared.pointer,
                f"{declared.factors[0].title} allows {amount} MiB, and {owner} has {memory}. The process needs more memory "
                "than that, so it is killed before it reaches the limit.",
                help=f"Set it to {int(memory * runtime.share)} MiB or less ({runtime.share:.0%}), or raise the memory.",
                label=f"{amount} of {memory} MiB",
                related=((place, f"{memory} MiB"),),
                data={"have": amount, "need": int(memory * runtime.share)},
            )


@lru_cache(16)
def _with_share(runtimes: tuple[Runtime, ...]) -> tuple[list[Runtime], Factors]:
    """The runtimes whose capacity is memory, and all of their factors."""
    sized = [runtime for runtime in runtimes if runtime.share is not None]
    return sized, Factors(factor for runtime in sized for factor in runtime.factors)


def hexadecimal_setting(case: Case) -> Iterator[Problem]:
    """FIT502: a hexadecimal heap limit of .NET that is plausible only as a decimal number."""
    for container in case.task.containers:
        if _HEAP_VARIABLES.isdisjoint(container.environment):
            continue
        for name in HEAP_SHARES:
            percent = _hexadecimal(container, name)
            if percent is not None and percent > 100:
                yield _not_decimal(container, name, f"{percent} percent")
        for name in HEAP_LIMITS:
            size = _hexadecimal(container, name)
            limit = _memory(case, container) if size is not None else None
            if limit is not None and size is not None and size >= limit[0] * 2**20:
                yield _not_decimal(container, name, f"{size // 2**20} MiB, and {limit[1]} has {limit[0]}")


def share_of_instance(case: Case) -> Iterator[Problem]:
    """FIT503: a heap that is a share of the instance's memory, because the container has no memory limit."""
    if case.launch_types != {"EC2"} or case.memory is not None:
        return
    for container in case.task.containers:
        found = _java_option(container) if container.memory is None else None
        if found is not None and isinstance(found[1], str):
            yield Problem(
                found[0],
                f"{RAM_SHARE[0]} is {found[1]}, but neither container {container.title} nor the task has a memory limit, so "
                "this is a share of the memory of the whole instance.",
                help=f"Set `memory` on container {container.title}.",
                related=((container.pointer, "has no `memory`"),),
            )


def _memory(case: Case, container: Container) -> tuple[int, str, str] | None:
    """The most memory that a container can have (MiB), the owner of that limit, and its place; `None` if unknown."""
    limits = (
        (known(container.memory), f"container {container.title}", f"{container.pointer}/memory"),
        (case.known_memory, "the task", "/memory"),
    )
    return min(((amount, owner, place) for amount, owner, place in limits if amount), default=None)


def _hexadecimal(container: Container, name: str) -> int | None:
    """The number that .NET reads; `None` if the value is unknown or not a number."""
    text = container.environment.get(name)
    return int(text, 16) if isinstance(text, str) and re.fullmatch(r"\s*(0[xX])?[0-9a-fA-F]{1,16}\s*", text) else None


def _not_decimal(container: Container, name: str, value: str) -> Problem:
    return Problem(
        container.variable_pointer(name),
        f".NET reads {name} as a hexadecimal number, which is {value}.",
        help='Write it in hexadecimal digits: 75 percent is "4B", 512 MiB are "20000000".',
    )


def _java_option(container: Container) -> tuple[str, str | Unknown] | None:
    """The place and value of the share of memory that the JVM's heap may use."""
    for name in JAVA_VARIABLES:
        text = container.environment.get(name)
        if text is not None:
            words = list(command.split(text, container.variable_pointer(name)))
            if found := command.option(words, RAM_SHARE):
                return found
    return command.option(command.command_words(container) or (), RAM_SHARE, "java")
