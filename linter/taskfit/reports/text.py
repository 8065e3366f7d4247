"""Findings for people, each with its lines of the file, underlined values, and what to do."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from taskfit.escaping import inert
from taskfit.record import NamedTuple
from taskfit.reports.terminal import BLUE, BOLD, CYAN, Painter, fixable, mark_of, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskfit.finding import Finding, Report, Severity, Span
    from taskfit.reports import View

WIDTH = 120
"""Longer lines of a file (minified JSON) are cut around the underlined value."""

BESIDE = 36
"""The characters that are kept on either side of it."""

TAB = "    "

GAP = "..."
"""Marks omitted lines."""

_LINE_END = re.compile(r"\r\n|\n|\r")


class _Mark(NamedTuple):
    """A span to underline in a file."""

    span: Span
    label: str
    is_primary: bool


class Row(NamedTuple):
    """A line of a file with one mark on it, as shown."""

    before: str
    marked: str
    after: str

    @property
    def text(self) -> str:
        """The line, as far as it is shown."""
        return (self.before + self.marked + self.after).rstrip()


def render(report: Report, view: View) -> str:
    """A block for each finding, then the summary."""
    paint = Painter(view.color)

    @cache
    def lines_of(path: str) -> list[str]:
        return lines(view.sources(path))

    blocks = ["\n".join(_block(finding, lines_of(finding.path), paint)) + "\n" for finding in report.findings]
    if not view.quiet:
        blocks.append(_end(report, paint))
    return "\n".join(blocks)


def lines(text: str | None) -> list[str]:
    """The lines of a file as spans count them."""
    return _LINE_END.split((text or "").removeprefix("\ufeff"))


def _end(report: Report, paint: Painter) -> str:
    hints = ["`taskfit rule CODE` explains a rule."] if report.findings else []
    return "".join(f"{line}\n" for line in (summary(report, paint), *fixable(report), *hints))


def _block(finding: Finding, lines: list[str], paint: Painter) -> Iterator[str]:
    marks = () if finding.is_secret else _marks(finding, len(lines))
    excerpt = list(_excerpt(marks, lines, finding.severity, paint))
    margin = " " * max((len(number) for number, _ in excerpt if number != GAP), default=1)
    head = paint.severity(finding.severity, f"{finding.severity.value}[{inert(finding.code)}]{mark_of(finding)}")
    yield head + paint(f": {inert(finding.message)}", BOLD)
    yield f"{margin}{paint('-->', BOLD, BLUE)} {_place(finding)}"
    bar = paint("|", BOLD, BLUE)
    if excerpt:
        yield f"{margin} {bar}"
    for number, content in excerpt:
        row = f"{paint(f'{number:>{len(margin)}}', BOLD, BLUE)} {bar} {content}".rstrip()
        yield paint(GAP, BOLD, BLUE) if number == GAP else row
    # Two places in one line may have the same label.
    elsewhere = dict.fromkeys(
        f"{paint('note', BOLD)}: {inert(other.path)}:{other.span.line}: {inert(other.label)}"
        for other in finding.related
        if other.path
    )
    help_ = [f"{paint('help', BOLD, CYAN)}: {inert(finding.help)}"] if finding.help else []
    if elsewhere or help_:
        yield f"{margin} {bar}"
    for line in (*elsewhere, *help_):
        yield f"{margin} {paint('=', BOLD, BLUE)} {line}"


def _place(finding: Finding) -> str:
    names = [_cut_end(inert(finding.definition), WIDTH)] if finding.definition else []
    if finding.container:
        names.append(f"container {_cut_end(inert(finding.container), WIDTH)}")
    where = f" ({', '.join(names)})" if names else ""
    return f"{inert(finding.path)}:{finding.span.line}:{finding.span.column}{where}"


def _marks(finding: Finding, line_count: int) -> list[_Mark]:
    """The spans to underline, from the top of the file down."""
    related = (_Mark(other.span, other.label, is_primary=False) for other in finding.related if not other.path)
    marks = (_Mark(finding.span, finding.label, is_primary=True), *related)
    visible = (mark for mark in marks if mark.span.line <= line_count)
    return sorted(visible, key=lambda mark: (mark.span.line, mark.span.column))


def _excerpt(marks: Iterable[_Mark], lines: list[str], severity: Severity, paint: Painter) -> Iterator[tuple[str, str]]:
    """Pairs of a line number (blank beside an underline or gap) and text."""
    last, shown = 0, ""
    for mark in marks:
        number = mark.span.line
        row = marked_row(lines[number - 1], mark.span)
        if last and number - last == 2:
            yield str(number - 1), _cut_end(_visible(lines[number - 2][: 2 * WIDTH]).rstrip(), WIDTH)
        elif last and number - last > 2:
            yield GAP, ""
        if number != last or row.text != shown:
            yield str(number), row.text
        underline = ("^" if mark.is_primary else "-") * max(len(row.marked), 1)
        note = f"{underline} {inert(mark.label)}".rstrip()
        painted = paint.severity(severity, note) if mark.is_primary else paint(note, BOLD, BLUE)
        yield "", " " * len(row.before) + painted
        last, shown = number, row.text


def marked_row(line: str, span: Span) -> Row:
    """A line of a file with what a span marks of it, cut around that if it is long."""
    start = span.column - 1
    end = max(start, span.end_column - 1) if span.end_line == span.line else len(line)
    # Of a long line (minified JSON) nothing further away is shown, and many findings may be in it.
    first, marked_end, last = max(0, start - WIDTH), min(end, start + WIDTH), end + WIDTH
    before, marked, after = _visible(line[first:start]), _visible(line[start:marked_end]), _visible(line[end:last])
    if len(before) + len(marked) + len(after) <= WIDTH:
        return Row(before, marked, after)
    if len(before) > BESIDE:
        before = "..." + before[3 - BESIDE :]
    return Row(before, _cut_end(marked, WIDTH - 2 * BESIDE), _cut_end(after, BESIDE))


def _visible(text: str) -> str:
    return inert(text.replace("\t", TAB))


def _cut_end(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 3] + "..."
