"""Changes that fix several kinds of problems: a task's size, and room in it for its containers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from taskfit.definition import Container, known, read
from taskfit.dimensions import Size
from taskfit.finding import Applicability, Change, Proposal
from taskfit.sizing import quantity

if TYPE_CHECKING:
    from taskfit.checks.context import Case


def proposal(applicability: Applicability, *changes: Change) -> Proposal | None:
    """The changes as a proposal; `None` if there are none."""
    return Proposal(applicability, changes) if changes else None


def put(owner: Any, pointer: str, key: str, value: Any) -> Change:
    """Add or replace a key of the object at a pointer."""
    return Change("replace" if key in owner else "add", f"{pointer}/{key}", value)


def resize(case: Case, size: Size | None) -> tuple[Change, ...]:
    """Set task-level cpu and memory to a size; no changes if either is unknown or absent."""
    if size is None or case.known_cpu is None or case.known_memory is None:
        return ()
    sizes = (("cpu", case.known_cpu, size.cpu), ("memory", case.known_memory, size.memory))
    return tuple(
        Change("replace", f"/{key}", _as_written(case, key, want)) for key, have, want in sizes if have != want
    )


def enlarge(case: Case, cpu: int = 0, memory: int = 0) -> tuple[Change, ...]:
    """Raise the task to a valid size with at least these CPU units and MiB; no changes if none is known.

    The size also holds the containers: the fix of one finding must not leave another.
    """
    cpu, memory = enough(case, cpu, memory)
    have_cpu, have_memory = case.known_cpu, case.known_memory
    if not case.on_fargate:
        sizes = (("cpu", have_cpu, cpu), ("memory", have_memory, memory))
        return tuple(
            Change("replace", f"/{key}", _as_written(case, key, need))
            for key, have, need in sizes
            if have is not None and have < need
        )
    if have_cpu is None or have_memory is None:
        return ()
    need_cpu, need_memory = max(have_cpu, cpu), max(have_memory, memory)
    return resize(case, case.smallest(need_cpu, need_memory))


def enough(case: Case, cpu: int = 0, memory: int = 0) -> Size:
    """The least size with at least these CPU units and MiB that holds the containers.

    AWS accepts limits that add up to more than the task's memory; memory that must be raised is enough for all of them.
    """
    least = at_least(case)
    cpu, memory = max(cpu, least.cpu), max(memory, least.memory)
    have = case.known_memory
    if have is not None and memory > have:
        memory = max(memory, sum(full_memory(item) for item in case.task.containers))
    return Size(cpu, memory)


def holds_containers(case: Case, size: Size) -> bool:
    """Whether a size is known to hold all containers."""
    asked = asked_for(case)
    return asked is not None and asked.cpu <= size.cpu and asked.memory <= size.memory


def asked_for(case: Case) -> Size | None:
    """The least size that AWS accepts for the containers; `None` if any of their amounts is unknown."""
    containers = case.task.containers
    amounts = [amount for item in containers for amount in (item.cpu, item.memory, item.memory_reservation)]
    if not case.task.containers_are_complete or any(amount is not None and known(amount) is None for amount in amounts):
        return None
    return at_least(case)


def at_least(case: Case) -> Size:
    """The least size that AWS accepts for the known amounts of the containers (CPU units, MiB)."""
    containers = case.task.containers
    cpu = sum(known(item.cpu) or 0 for item in containers)
    reserved = sum(known(item.memory_reservation) or 0 for item in containers)
    return Size(cpu, max([reserved, *(known(item.memory) or 0 for item in containers)]))


def full_memory(container: Container) -> int:
    """The memory that a task needs for a container so that all can have theirs, MiB: its reservation, else its limit."""
    return known(container.memory_reservation) or known(container.memory) or 0


def room(case: Case, cpu: int, memory: int) -> tuple[Change, ...] | None:
    """Raise the task to a size with room for this much besides its containers; `None` if there is no such size."""
    taken_cpu = sum(known(item.cpu) or 0 for item in case.task.containers)
    taken = sum(known(item.reserved_memory) or 0 for item in case.task.containers)
    changes = enlarge(case, taken_cpu + cpu, taken + memory)
    sizes = ((case.known_cpu, taken_cpu, cpu), (case.known_memory, taken, memory))
    is_short = any(have is not None and used <= have < used + more for have, used, more in sizes)
    return None if is_short and not changes else changes


def first_free(name: str, taken: Iterable[object]) -> str:
    """The name, with a number appended if it is taken."""
    names = set(taken)
    return next(each for each in (name, *(f"{name}-{number}" for number in range(2, 99))) if each not in names)


def _as_written(case: Case, key: str, amount: int) -> str | int:
    """An amount in the unit and the type that the definition uses."""
    written = read(case.task.data, key)
    if isinstance(written, int):
        return amount
    return str(amount) if case.task.dialect.lasting_difference else quantity.in_unit_of(written, amount)
