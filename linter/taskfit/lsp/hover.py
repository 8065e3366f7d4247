"""Hovers over sizes: the Fargate sizes around it, their costs, and what the load needs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from taskfit.checks.context import Case
from taskfit.definition import Unknown
from taskfit.dimensions import Size
from taskfit.record import NamedTuple
from taskfit.reports import size
from taskfit.sizing import wording

if TYPE_CHECKING:
    from taskfit.definition import Container, TaskDefinition
    from taskfit.finding import Span
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.expectation import Expectation
    from taskfit.sizing.facts import Policy
    from taskfit.sources.document import Document, Reading

_TASK_SIZES = ("cpu", "memory")
_CONTAINER_SIZES = ("cpu", "memory", "memoryReservation")

_LONGEST = 300
"""The most characters of a text from a file that are shown."""

_MARKUP = re.compile(r"[\\`*_\[\]<>#!|~&:@]|(?<=www)\.", re.IGNORECASE)
"""Markdown syntax; many editors also turn text with a colon, an at sign or `www.` into links."""


class Hover(NamedTuple):
    """A text in Markdown and the span that it applies to."""

    markdown: str
    span: Span


class _Place(NamedTuple):
    reading: Reading
    container: Container | None
    span: Span


def hover(document: Document, policy: Policy, line: int, column: int) -> Hover | None:
    """The hover for the size at a line and column, both from 1; `None` where there is no size."""
    for readings in document.definitions:
        for reading in readings:
            place = _place(reading, line, column)
            if place is not None:
                return Hover("\n\n".join(_sections(place, Case(reading.task, policy))), place.span)
    return None


def _place(reading: Reading, line: int, column: int) -> _Place | None:
    found = []
    for pointer, container in _sizes(reading.task):
        spans = (reading.locate(pointer, False), reading.locate(pointer, True))
        here = [span for span in spans if span[:2] <= (line, column) <= span[2:]]
        found += [_Place(reading, container, span) for span in here[:1]]
    # If several sizes share a place, as in a list of containers from another file, none is shown.
    return found[0] if len(found) == 1 else None


def _sizes(task: TaskDefinition) -> Iterator[tuple[str, Container | None]]:
    """The pointers of the sizes in a definition, each with its container."""
    yield from ((f"/{key}", None) for key in _TASK_SIZES if key in task.data)
    for container in task.containers:
        yield from ((f"{container.pointer}/{key}", container) for key in _CONTAINER_SIZES if key in container.data)


def _sections(place: _Place, case: Case) -> Iterator[str]:
    if place.reading.choice:
        yield f"With {_plain(place.reading.choice)}:"
    if place.container is not None:
        yield _shares(case, place.container)
    elif case.may_run_on_fargate:
        yield from _fargate(case)
    assessment = case.assessment
    if assessment is not None and assessment.expectation is not None:
        measure = assessment.memory or assessment.cpu
        yield from _sizing(case, assessment, measure.expectation if measure else assessment.expectation)


def _fargate(case: Case) -> Iterator[str]:
    """The row of Fargate's table, and this size among its neighbours with their costs."""
    table, windows = case.policy.fargate, bool(case.on_windows)
    cpu, memory = case.known_cpu, case.known_memory
    memories = () if cpu is None else table.memories(cpu, windows=windows)
    if cpu is None or not memories:
        remark = "" if cpu is None else f"Fargate has no size of {cpu} CPU units. "
        yield f"{remark}Its sizes are {', '.join(map(str, table.cpus(windows=windows)))} CPU units."
    else:
        row = ", ".join(f"**{value}**" if value == memory else str(value) for value in memories)
        remark = "" if memory in (None, *memories) else f" It has no size with {memory} MiB."
        yield f"On Fargate {cpu} CPU units ({cpu / 1024:g} vCPU) go with {row} MiB.{remark}"
    if cpu is not None and memory is not None:
        here = Size(cpu, memory)
        rows = [_marked((*_cells(each), _cost(case, each)), is_here=each == here) for each in _around(case, here)]
        yield _table(("CPU units", "MiB", _month(case)), rows)


def _around(case: Case, here: Size) -> list[Size]:
    """This size with the next larger and smaller ones, by memory and by cpu; if Fargate lacks this one, the nearest ones."""
    table, windows = case.policy.fargate, bool(case.on_windows)
    cpus, memories = table.cpus(windows=windows), table.memories(here.cpu, windows=windows)
    if here.memory not in memories:
        return list(table.nearest(here.cpu, here.memory, windows=windows))
    at = memories.index(here.memory)
    sizes = [Size(here.cpu, memory) for memory in memories[max(at - 1, 0) : at + 2]]
    at = cpus.index(here.cpu)
    for cpu in cpus[max(at - 1, 0) : at]:
        sizes += [Size(cpu, mib) for mib in table.memories(cpu, windows=windows) if mib <= here.memory][-1:]
    for cpu in cpus[at + 1 : at + 2]:
        sizes += [Size(cpu, mib) for mib in table.memories(cpu, windows=windows) if mib >= here.memory][:1]
    return sorted(sizes)


def _cells(each: Size) -> tuple[str, str]:
    return str(each.cpu), str(each.memory)


def _cost(case: Case, bought: Size | None) -> str:
    """The cost in USD/month, if the task may run on Fargate."""
    usd = case.monthly_usd(bought.cpu, bought.memory) if bought is not None and case.may_run_on_fargate else None
    return "" if usd is None else f"${usd:.2f}"


def _month(case: Case) -> str:
    """The heading above costs, which are for one task that always runs."""
    pricing = case.pricing
    if pricing is None or not case.may_run_on_fargate:
        return ""
    discount = f" less {pricing.discount:.0%}" if pricing.discount else ""
    return f"a month in {pricing.region} (prices of {pricing.prices.as_of}{discount})"


def _shares(case: Case, here: Container) -> str:
    """The share of the task that each container has."""
    containers = case.task.containers
    amounts = [(each.cpu, each.memory, each.memory_reservation) for each in containers]
    rows = [
        _marked((_plain(each.title), *map(_amount, row)), is_here=each.index == here.index)
        for each, row in zip(containers, amounts, strict=True)
    ]
    if case.task.containers_are_complete:
        rows.append(("together", *(_total(column) for column in zip(*amounts, strict=True))))
    rows.append(("the task", _amount(case.cpu), _amount(case.memory), ""))
    return _table(("", "CPU units", "memory, MiB", "memoryReservation, MiB"), rows)


def _sizing(case: Case, assessment: Assessment, expectation: Expectation) -> Iterator[str]:
    """The result of `taskfit size` for what this task and its sidecars declare."""
    profile, role = assessment.profile, assessment.role
    yield f"**{_plain(wording.headline(expectation, profile))}**"
    found = next((each for _, each in case.recommendations if each.is_change and each.tasks == 1), None)
    shown = expectation._replace(recommended=found.size) if found else expectation
    rows = [(_label(row), row.cpu, row.memory, _cost(case, row.size)) for row in size.rows(shown)]
    yield _table(("", "CPU units", "MiB", _month(case)), rows)
    arithmetic = [
        f"demand, CPU units: {_plain(wording.terms(role.cpu))}",
        f"demand, MiB: {_plain(wording.terms(role.memory))}",
    ]
    arithmetic += _sidecars(assessment)
    yield "\n".join(f"- {line}" for line in arithmetic)


def _label(row: size.Row) -> str:
    return f"{row.name}: {_plain(row.meaning)}" if row.meaning else row.name


def _sidecars(assessment: Assessment) -> Iterator[str]:
    reserved, assumed = assessment.reserved, assessment.assumed
    if any(assumed):
        counted = f", counted as {assumed.cpu} and {assumed.memory} in recommendations" if assumed != reserved else ""
        yield f"sidecars: {reserved.cpu} CPU units, {reserved.memory} MiB reserved{counted}"


def _total(amounts: Iterable[int | Unknown | None]) -> str:
    numbers = [amount for amount in amounts if amount is not None]
    if any(isinstance(number, Unknown) for number in numbers):
        return "?"
    return str(sum(number for number in numbers if not isinstance(number, Unknown)))


def _amount(amount: int | Unknown | None) -> str:
    return "?" if isinstance(amount, Unknown) else "" if amount is None else str(amount)


def _marked(cells: tuple[str, ...], *, is_here: bool) -> tuple[str, ...]:
    return tuple(f"**{cell}**" if cell else "" for cell in cells) if is_here else cells


def _table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [heads, ("---", *("--:" for _ in heads[1:])), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """An untrusted text from a file, escaped for Markdown."""
    printable = "".join(character if character.isprintable() else " " for character in text[:_LONGEST])
    return _MARKUP.sub(r"\\\g<0>", printable)
