"""Whether the containers' cpu and memory fit in the task's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from taskfit.checks.proposals import enlarge, enough, full_memory, proposal
from taskfit.definition import Container, Unknown, known, objects, read, read_as
from taskfit.dimensions import UNITS
from taskfit.finding import Change, Problem, Proposal, Severity
from taskfit.phrases import listed

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.dimensions import Dimension
    from taskfit.sizing.expectation import Expectation


UNUSABLE = 1 / 4
"""The share of the task's memory from which unusable memory is reported. Our own threshold."""


def containers_exceed_task_cpu(case: Case) -> Iterator[Problem]:
    """FIT401: the containers' cpu adds up to more than the task's."""
    task = case.known_cpu
    if task is None:
        return
    parts = [(container, amount) for container in case.task.containers if isinstance(amount := container.cpu, int)]
    total = sum(amount for _, amount in parts)
    if total > task:
        yield Problem(
            "/cpu",
            f"The containers ask for {total} CPU units together ({_amounts(parts)}), but the task has {task}. AWS answers: "
            "The sum of all container 'cpu' values cannot be greater than the value of the task 'cpu'.",
            help=_help(case, "cpu", total, "cpu"),
            label=f"{task} < {total} CPU units",
            related=_places(parts, "cpu"),
            data={"have": task, "need": total},
            proposal=_enlarged(case, cpu=total),
        )


def containers_exceed_task_memory(case: Case) -> Iterator[Problem]:
    """FIT402: reservations, or one container's limit, above the task's memory; as a note, limits whose sum is above it."""
    task = case.known_memory
    if task is None or not _may_exceed(case, task):
        return
    too_big = list(_limits_above(case, task))
    yield from too_big
    soft = [(item, known(item.memory_reservation) or 0) for item in case.task.containers]
    hard = [(item, full_memory(item)) for item in case.task.containers]
    reserved, limits = sum(amount for _, amount in soft), sum(amount for _, amount in hard)
    if reserved > task:
        yield Problem(
            "/memory",
            f"The containers reserve {reserved} MiB together ({_amounts(soft)}), but the task has {task}. AWS answers: The "
            "sum of all container 'memoryReservation' values cannot be greater than the value of the task 'memory'.",
            help=_help(case, "memory", reserved, "reservations"),
            label=f"{task} < {reserved} MiB",
            related=_places(soft, "memoryReservation"),
            data={"have": task, "need": reserved},
            proposal=_enlarged(case, memory=reserved),
        )
    elif limits > task and not too_big:
        yield Problem(
            "/memory",
            f"The limits of the containers add up to {limits} MiB ({_amounts(hard)}), but the task has {task}: if "
            "they reach them, one is killed.",
            help=_help(case, "memory", limits, "limits"),
            label=f"{task} < {limits} MiB",
            severity=Severity.NOTE,
            data={"have": task, "need": limits},
        )


def _amounts(parts: Sequence[tuple[Container, int]]) -> str:
    """The containers with their amounts, as text; without those of 0."""
    return ", ".join(f"{container.title} {amount}" for container, amount in parts if amount)


def _places(parts: Sequence[tuple[Container, int]], key: str) -> tuple[tuple[str, str], ...]:
    """The places of these amounts, labelled with the names of the containers."""
    return tuple((f"{container.pointer}/{key}", container.title) for container, amount in parts if amount)


def _may_exceed(case: Case, task: int) -> bool:
    """Whether the containers' amounts, limits and reservations together, may be more than the task has."""
    amounts = [amount for item in case.task.containers for amount in (item.memory, item.memory_reservation)]
    return sum([amount for amount in amounts if isinstance(amount, int) and amount > 0]) > task


def reservation_above_limit(case: Case) -> Iterator[Problem]:
    """FIT403: a container reserves more memory than its limit."""
    for container in case.task.containers:
        limit, reservation = known(container.memory), known(container.memory_reservation)
        if limit is not None and reservation is not None and reservation > limit:
            yield Problem(
                f"{container.pointer}/memoryReservation",
                f"Container {container.title} reserves {reservation} MiB, more than its limit of {limit}. AWS answers: "
                "'memory' must be greater than or equal to 'memoryReservation'.",
                help=f"Raise memory to {reservation} or lower memoryReservation to {limit}.",
                label=f"{reservation} > {limit} MiB",
                related=((f"{container.pointer}/memory", "the limit"),),
                data={"have": reservation, "need": limit},
                proposal=_raised_limit(case, container, reservation),
            )


def _enlarged(case: Case, cpu: int = 0, memory: int = 0) -> Proposal | None:
    """Propose a larger task, unless its load can't use that much: then its containers declare too much."""
    size = enough(case, cpu, memory)
    if (cpu and _too_much(case, "cpu", size.cpu)) or (memory and _too_much(case, "memory", size.memory)):
        return None
    return proposal("unsafe", *enlarge(case, cpu, memory))


def _too_much(case: Case, dimension: Dimension, need: int) -> Expectation | None:
    """The expectation for the task's load, if its containers declare more than its ceiling."""
    expectation = case.assessment.expectation if case.assessment else None
    ceiling = expectation.ceiling if expectation else None
    return expectation if ceiling is not None and need > getattr(ceiling, dimension) else None


def _help(case: Case, dimension: Dimension, need: int, declared: str) -> str:
    """The help for containers that need more than the task has: a larger task, or less for what they declare."""
    unit = UNITS[dimension]
    least = enough(case, **{dimension: need})
    enough_for_all = getattr(least, dimension)
    if expectation := _too_much(case, dimension, enough_for_all):
        size = expectation.recommended
        most = getattr(size, dimension) if size else getattr(expectation.ceiling, dimension)
        return f"Lower the containers' {declared} to at most {most} {unit} together: the declared load needs no more."
    size = case.smallest(max(least.cpu, case.known_cpu or 0), max(least.memory, case.known_memory or 0))
    if not case.on_fargate or size is None or None in (case.known_cpu, case.known_memory):
        why = " for all its containers" if enough_for_all > need else ""
        return f"Give the task at least {enough_for_all} {unit}{why}, or lower the containers' {declared}."
    return (
        f"Give the task {size.cpu} CPU units and {size.memory} MiB, the smallest size on Fargate that holds its containers, "
        f"or lower the containers' {declared}."
    )


def _raised_limit(case: Case, container: Container, reservation: int) -> Proposal | None:
    """Raise the limit to the reservation, if the task has as much."""
    fits = case.memory is None or (case.known_memory is not None and reservation <= case.known_memory)
    return proposal("unsafe", Change("replace", f"{container.pointer}/memory", reservation)) if fits else None


def memory_undeclared(case: Case) -> Iterator[Problem]:
    """FIT404: neither the task nor some of its containers declare memory."""
    if case.memory is not None or case.on_fargate or isinstance(case.task.requires_compatibilities, Unknown):
        return
    without = [item for item in case.task.containers if item.memory is None and item.memory_reservation is None]
    if without:
        names = listed((container.title for container in without), "and")
        which = f"container {names} declares" if len(without) == 1 else f"the containers {names} declare"
        yield Problem(
            without[0].pointer,
            f"Neither the task nor {which} memory. AWS answers: At least one of 'memory' or 'memoryReservation' must be "
            "specified.",
            help="Set `memory` (the limit) or `memoryReservation` on the container, or `memory` on the task.",
            related=tuple((container.pointer, container.title) for container in without[1:]),
        )


def _limits_above(case: Case, task: int) -> Iterator[Problem]:
    for container in case.task.containers:
        limit = known(container.memory)
        if limit is not None and limit > task:
            yield Problem(
                f"{container.pointer}/memory",
                f"Container {container.title} has a limit of {limit} MiB, but the task has {task}. AWS answers: The "
                f"'memory' setting for container '{container.title}' is greater than for the task.",
                help=_help(case, "memory", limit, "limits"),
                label=f"{limit} > {task} MiB",
                related=(("/memory", "the task's memory"),),
                data={"have": task, "need": limit},
                proposal=_enlarged(case, memory=limit),
            )


def unusable_memory(case: Case) -> Iterator[Problem]:
    """FIT422: hard limits of all containers that leave much of the task's memory unusable; not if load or use are known."""
    task, containers = case.known_memory, case.task.containers
    limits = [limit for container in containers if isinstance(limit := container.memory, int)]
    if task is None or not limits or len(limits) < len(containers) or not case.task.containers_are_complete:
        return
    if case.deployed is not None or (case.assessment is not None and case.assessment.memory is not None):
        return
    usable = sum(limits)
    unused = task - usable
    if unused < task * UNUSABLE or min(limits) < case.policy.aws.limits.container_memory.minimum:
        return
    cpu = case.known_cpu
    memories = case.policy.fargate.memories(cpu, windows=bool(case.on_windows)) if cpu else ()
    smaller = [mib for mib in memories if usable <= mib < task]
    advice = f"the task's memory to {smaller[0]}" if smaller else "the limits: that costs nothing"
    less = "no less memory" if task in memories[:1] else "no memory in between"
    rest = "" if smaller or task not in memories else f", and {cpu} CPU units allow {less}"
    yield Problem(
        "/memory",
        f"No container can use {unused} of the task's {task} MiB: the hard limits add up to {usable}{rest}.",
        help=f"{'Lower' if smaller else 'Raise'} {advice}.",
        label=f"{usable} of {task} MiB usable",
        related=tuple((f"{item.pointer}/memory", item.title) for item in containers),
        data={"have": task, "need": usable},
    )


def tmpfs_exceeds_memory(case: Case) -> Iterator[Problem]:
    """FIT426: a tmpfs that is too large for its container's memory; on Fargate, which has no swap."""
    for container in case.task.containers:
        limits = [
            (amount, place)
            for amount, place in ((known(container.memory), container.pointer), (case.known_memory, ""))
            if amount is not None
        ]
        parameters = read(container.data, "linuxParameters")
        for index, tmpfs in objects(parameters, "tmpfs") if isinstance(parameters, dict) and limits else ():
            size, (memory, owner) = known(read_as(tmpfs, "size", int)), min(limits)
            if size is not None and size > memory:
                whose = f"container {container.title}" if owner else "the task"
                yield Problem(
                    f"{container.pointer}/linuxParameters/tmpfs/{index}/size",
                    f"This tmpfs may grow to {size} MiB, but {whose} has {memory} MiB of memory, and what is written to a "
                    "tmpfs counts as memory.",
                    help=f"Set its size below {memory}, or use a folder on the task's ephemeral storage.",
                    related=((f"{owner}/memory", f"{memory} MiB"),),
                    data={"have": size, "need": memory},
                )
