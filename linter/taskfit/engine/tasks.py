"""The definitions in files with the default choices, and the number of running tasks of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from taskfit.checks.context import Case
from taskfit.definition import known
from taskfit.engine import engine
from taskfit.finding import Report, Severity
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.sources.document import Reading
    from taskfit.sources.files import File


class Definition(NamedTuple):
    """A definition of a file with the default choices."""

    name: str
    path: str
    reading: Reading
    case: Case


def definitions(files: Iterable[tuple[File, engine.Run]], failures: list[str]) -> Iterator[Definition]:
    """The definitions in files, each under its own run; what can't be read is added to `failures`."""
    for file, run in files:
        document = engine.read(file, run)
        if isinstance(document, Report):
            failures.extend(document.failures)
            continue
        failures.extend(
            f"{file.name}:{fault.span.line}:{fault.span.column}: {fault.message}"
            for fault in document.faults
            if fault.severity in (None, Severity.ERROR)
        )
        for reading, *_ in document.definitions:
            case = Case(reading.task, run.policy, file.name)
            yield Definition(reading.task.name or file.name, file.name, reading, case)


def count_of(case: Case) -> int | None:
    """The desired count of a definition's services; 1 if none declares it, `None` if it is unknown."""
    wanted = case.task.desired_count
    return 1 if wanted is None else known(wanted)


def has_impossible_size(case: Case) -> bool:
    """Whether it certainly has a size in which Fargate runs no task, which FIT101 reports."""
    cpu, memory = case.known_cpu, case.known_memory
    if not case.on_fargate or cpu is None or memory is None:
        return False
    return not case.policy.fargate.fits(cpu, memory, windows=bool(case.on_windows))


def declared_usd(case: Case) -> float | None:
    """The cost of one task as declared, USD/month; `None` if not on Fargate, or if its size is unknown or impossible."""
    return case.declared_usd(spot=case.is_on_spot) if case.on_fargate and not has_impossible_size(case) else None
