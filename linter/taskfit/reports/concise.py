"""One line for each finding, in the format that editors and grep expect."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.escaping import inert, inert_line
from taskfit.reports.terminal import BOLD, Painter, fixable, mark_of, summary

if TYPE_CHECKING:
    from taskfit.finding import Finding, Report
    from taskfit.reports import View


def render(report: Report, view: View) -> str:
    """`path:line:column: error[FIT101] message (help)` for each finding, then the summary."""
    paint = Painter(view.color)
    lines = [_line(finding, paint) for finding in report.findings]
    if not view.quiet:
        lines += [summary(report, paint), *fixable(report)]
    return "".join(f"{line}\n" for line in lines)


def _line(finding: Finding, paint: Painter) -> str:
    place = paint(f"{inert_line(finding.path)}:{finding.span.line}:{finding.span.column}", BOLD)
    rule = paint.severity(finding.severity, f"{finding.severity.value}[{inert(finding.code)}]")
    advice = f" ({inert(finding.help)})" if finding.help else ""
    return f"{place}: {rule}{mark_of(finding)} {inert(finding.message)}{advice}"
