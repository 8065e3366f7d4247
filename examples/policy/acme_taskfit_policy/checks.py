"""Rules in Python: each a function from a case, which has the definition, to the problems in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from taskfit.definition import objects
from taskfit.finding import Problem

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.definition import Container

LONGEST = 3
"""Containers that may wait for each other in a row."""


def waiting_chain(case: Case) -> Iterator[Problem]:
    """ACME006: containers that wait for each other, one after another."""
    waits = {str(container.name): _awaited(container) for container in case.task.containers}
    for container in case.task.containers:
        chain = _longest(str(container.name), waits, ())
        if len(chain) > LONGEST:
            yield Problem(
                f"{container.pointer}/dependsOn",
                f"{len(chain)} containers start one after another: {', '.join(reversed(chain))}.",
                help=f"Let at most {LONGEST} wait for each other; try again instead of waiting.",
            )


def _awaited(container: Container) -> list[str]:
    """The names that a container waits for; an unknown one is left out."""
    names = (item.get("containerName") for _, item in objects(container.data, "dependsOn"))
    return [name for name in names if isinstance(name, str)]


def _longest(name: str, waits: Mapping[str, list[str]], before: tuple[str, ...]) -> tuple[str, ...]:
    """The longest chain from a container on; a cycle, which FIT405 reports, ends it."""
    chain = (*before, name)
    further = [
        _longest(each, waits, chain) for each in waits.get(name, ()) if each not in chain and len(chain) <= LONGEST
    ]
    return max(further, key=len, default=chain)
