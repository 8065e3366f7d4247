"""Findings as one page for a browser, grouped by file, each with its lines and its fix."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from taskfit.phrases import counted
from taskfit.record import NamedTuple
from taskfit.reports.page import PASSAGE, SEVERITIES, asset, cut, environment, policy
from taskfit.reports.terminal import hidden
from taskfit.reports.text import lines, marked_row

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from taskfit.finding import Edit, Finding, Report
    from taskfit.reports import View
    from taskfit.reports.text import Row


class Line(NamedTuple):
    """A line of a file."""

    number: int
    row: Row


class Change(NamedTuple):
    """The effect of one edit of a fix on a line."""

    number: int
    before: str
    old: str
    new: str
    after: str


class Item(NamedTuple):
    """A finding with its lines and fix."""

    finding: Finding
    lines: tuple[Line, ...]
    changes: tuple[Change, ...]
    """The changes of its fix; empty without one."""


def render(report: Report, view: View) -> str:
    """The page. The same report gives the same bytes.

    Needs jinja2, of the extra `html`; raises `ValueError` without it.
    """
    page = environment().get_template("findings.html.j2")
    style = asset("taskfit.reports", "page.css") + asset("taskfit.reports", "findings.css")
    return page.render(
        report=report,
        files=[(path, list(_items(list(found), lines(view.sources(path))))) for path, found in _by_path(report)],
        counts={severity: report.count(severity) for severity in SEVERITIES},
        hidden=hidden(report),
        checked=f"{counted(report.definitions, 'task definition')} in "
        f"{counted(report.files - report.skipped_files, 'file')}",
        **policy(style, asset("taskfit.reports", "findings.js")),
    )


def _by_path(report: Report) -> Iterator[tuple[str, Iterator[Finding]]]:
    return groupby(report.findings, key=lambda finding: finding.path)


def _items(findings: Sequence[Finding], content: Sequence[str]) -> Iterator[Item]:
    for finding in findings:
        is_shown = not finding.is_secret and finding.span.line <= len(content)
        number = finding.span.line
        shown = (Line(number, marked_row(content[number - 1], finding.span)),) if is_shown else ()
        edits = finding.fix.edits if finding.fix and is_shown else ()
        yield Item(
            finding, shown, tuple(_change(edit, content) for edit in edits if edit.span.end_line <= len(content))
        )


def _change(edit: Edit, content: Sequence[str]) -> Change:
    """The edit in its line; removed text of several lines is joined."""
    span = edit.span
    first, last = content[span.line - 1], content[span.end_line - 1]
    if span.line == span.end_line:
        old = first[span.column - 1 : span.end_column - 1]
    else:
        middle = content[span.line : span.end_line - 1]
        old = "\n".join((first[span.column - 1 :], *middle, last[: span.end_column - 1]))
    before, after = first[: span.column - 1], last[span.end_column - 1 :]
    return Change(span.line, *(cut(PASSAGE, text) for text in (before[-80:], old, edit.content, after[:80])))
