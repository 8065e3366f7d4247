"""What a change does to each task: as text, as JSON, and as a comment on a pull request."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from taskfit.escaping import inert_line
from taskfit.phrases import counted
from taskfit.reports import json as plain
from taskfit.reports.markdown import LIMIT, code, dollars, prose

if TYPE_CHECKING:
    from taskfit.changes import Changes, Task, TaskChange
    from taskfit.finding import Finding

FORMATS = ("text", "json", "markdown")

VERSION = 1
"""Incremented if a key is removed or changes its meaning, but not for new keys."""

MOST_NAMED = 10
"""The most policy files that a comment names."""

MARK = "<!-- taskfit-diff -->"
"""The first line of the comment, which identifies it for updates."""


def render(name: str, changes: Changes) -> str:
    """The changes in one of `FORMATS`."""
    return {"text": text, "json": json, "markdown": markdown}[name](changes)


def headline(changes: Changes) -> str:
    """What matters most, in one line."""
    usd = changes.monthly_usd
    parts = [
        f"{dollars(usd)} a month" if usd else "no change in cost" if changes.tasks else "no task changed",
        f"{counted(changes.unknown, 'task')} of unknown cost" if changes.unknown else "",
        _tasks(sum(task.is_under for task in changes.tasks), "under-provisioned"),
        _tasks(sum(task.is_over for task in changes.tasks), "over-provisioned"),
        f"{counted(len(changes.new.findings), 'new finding')}" if changes.new.findings else "",
        f"{len(changes.gone)} gone" if changes.gone else "",
        f"{counted(len(changes.policy), 'policy file')} changed" if changes.policy else "",
    ]
    return ", ".join(part for part in parts if part)


def _tasks(number: int, what: str) -> str:
    return f"{counted(number, 'task')} {what}" if number else ""


def json(changes: Changes) -> str:
    """The changes as a JSON document."""
    return plain.dump(
        {
            "version": VERSION,
            "headline": headline(changes),
            "base": changes.base,
            "monthly_usd": changes.monthly_usd,
            "prices": {"region": changes.region, "as_of": changes.prices_as_of},
            "tasks": [_task(each) for each in changes.tasks],
            "new": [each.as_dict() for each in changes.new.findings],
            "gone": [each.as_dict() for each in changes.gone],
            "policy": list(changes.policy),
        }
    )


def _task(change: TaskChange) -> dict[str, Any]:
    return {
        "definition": change.name,
        "path": change.path,
        "previous_definition": change.previous_name,
        "before": change.before and change.before.as_dict(),
        "after": change.after and change.after.as_dict(),
        "monthly_usd": change.monthly_usd,
        "under_provisioned": change.is_under,
        "over_provisioned": change.is_over,
        "new": [each.code for each in change.new],
        "gone": [each.code for each in change.gone],
    }


def text(changes: Changes) -> str:
    """The changes for people."""
    return "".join(f"{inert_line(line)}\n" for line in _lines(changes))


def _lines(changes: Changes) -> Iterator[str]:
    yield headline(changes)
    for change in changes.tasks:
        yield ""
        yield f"{change.name} ({change.path}){_fate(change)}"
        yield from (f"  {name:10} {value}" for name, value in _rows(change, "->"))
        yield from (f"  + {each.code} {each.severity.value}: {each.message}" for each in change.new)
        yield from (f"  - {each.code} {each.severity.value}: {each.message}" for each in change.gone)
    for sign, findings in (("+", _elsewhere(changes.new.findings)), ("-", _elsewhere(changes.gone))):
        yield from (f"{sign} {each.path}:{each.span.line}: {each.code} {each.message}" for each in findings)
    if changes.policy:
        yield ""
        yield f"What decides on findings changed, too: {', '.join(changes.policy)}"
    if changes.tasks:
        yield ""
        yield f"On Fargate in {changes.region}, prices of {changes.prices_as_of}. Compared with {changes.base[:9]}."


def _fate(change: TaskChange) -> str:
    if change.previous_name:
        return f" was {change.previous_name}"
    return " is new" if change.before is None else " is gone" if change.after is None else ""


def _elsewhere(findings: Iterable[Finding]) -> list[Finding]:
    """Findings on a file as a whole."""
    return [finding for finding in findings if not finding.definition]


def _rows(change: TaskChange, arrow: str) -> Iterator[tuple[str, str]]:
    """The values that differ, by name."""
    for name, show in (
        ("size", _size),
        ("capacity", _capacity),
        ("sidecars", _sidecars),
        ("tasks", _number),
        ("a month", _cost),
    ):
        before, after = (show(task) if task else "" for task in (change.before, change.after))
        if before != after:
            delta = change.monthly_usd if name == "a month" and change.before and change.after else None
            values = f"{before} {arrow} {after}" if before and after else before or after
            yield name, values + (f" ({dollars(delta)})" if delta else "")


def _size(task: Task) -> str:
    return f"{_known(task.cpu)} CPU units, {_known(task.memory)} MiB"


def _capacity(task: Task) -> str:
    return f"{task.capacity} {task.unit} ({task.role})" if task.capacity is not None else "none declared"


def _sidecars(task: Task) -> str:
    return ", ".join(task.sidecars) or "none"


def _number(task: Task) -> str:
    return _known(task.tasks)


def _cost(task: Task) -> str:
    return "unknown" if task.monthly_usd is None else f"${task.monthly_usd:.2f}"


def _known(number: int | None) -> str:
    return "?" if number is None else str(number)


def markdown(changes: Changes) -> str:
    """A comment on a pull request: the headline, a table of the tasks, and the findings to be unfolded."""
    parts = [f"{MARK}\n### taskfit: {prose(headline(changes))}"]
    rows, room = [], LIMIT // 2
    for change in changes.tasks:
        row = _row(change)
        room -= len(row.encode("utf-8"))
        if room >= 0:
            rows.append(row)
    if rows:
        head = ("task", "size", "capacity", "sidecars", "tasks", "a month", "findings")
        parts.append("\n".join([f"| {' | '.join(head)} |", f"|{'---|' * len(head)}", *rows]))
    if len(rows) < len(changes.tasks):
        parts.append(
            f"{counted(len(changes.tasks) - len(rows), 'more task')} left out, for GitHub takes no longer text."
        )
    if changes.policy:
        names = ", ".join(map(code, changes.policy[:MOST_NAMED]))
        more = f" and {len(changes.policy) - MOST_NAMED} more" if len(changes.policy) > MOST_NAMED else ""
        parts.append(f"What decides on findings changed, too: {names}{more}.")
    parts += _details("New findings", changes.new.findings, LIMIT // 3)
    parts += _details("Gone", changes.gone, LIMIT // 6)
    parts += [f"**The run is not complete:** {prose(failure)}" for failure in changes.new.failures[:20]]
    place = f"prices of {changes.prices_as_of} in {changes.region}"
    parts.append(f"<sub>Compared with {code(changes.base[:9])}; Fargate on demand, {prose(place)}.</sub>")
    return "\n\n".join(parts) + "\n"


def _row(change: TaskChange) -> str:
    differs = dict(_rows(change, "→"))
    findings = [f"{len(change.new)} new" if change.new else "", f"{len(change.gone)} gone" if change.gone else ""]
    title = f"{code(change.name[:255])} {prose(_fate(change))}".strip()
    cells = (title, *(prose(differs.get(name, "")) for name in ("size", "capacity", "sidecars", "tasks", "a month")))
    return f"| {' | '.join((*cells, ', '.join(filter(None, findings))))} |"


def _details(title: str, findings: Sequence[Finding], room: int) -> Iterator[str]:
    items: list[str] = []
    for finding in findings:
        item = f"- {code(f'{finding.path}:{finding.span.line}')} **{finding.code}** {finding.severity.value}: "
        item += prose(f"{finding.message} {finding.help}")
        room -= len(item.encode("utf-8"))
        if room < 0:
            items.append(f"- {counted(len(findings) - len(items), 'more finding')}")
            break
        items.append(item)
    if items:
        lines = "\n".join(items)
        yield f"<details><summary>{title} ({len(findings)})</summary>\n\n{lines}\n\n</details>"
