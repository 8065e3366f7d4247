"""One line a finding, in the form that editors and grep know."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.reports.terminal import BOLD, Painter, inert, summary

if TYPE_CHECKING:
    from taskfit.finding import Finding, Report


def render(report: Report, *, color: bool, quiet: bool) -> str:
    """`path:line:column: error[FIT101] message (help)` for each finding, then the summary."""
    paint = Painter(color)
    lines = [_line(finding, paint) for finding in report.findings]
    if not quiet:
        lines.append(summary(report, paint))
    return "".join(f"{line}\n" for line in lines)


def _line(finding: Finding, paint: Painter) -> str:
    place = paint(f"{inert(finding.path)}:{finding.span.line}:{finding.span.column}", BOLD)
    rule = paint.severity(finding.severity, f"{finding.severity.value}[{inert(finding.code)}]")
    advice = f" ({inert(finding.help)})" if finding.help else ""
    return f"{place}: {rule} {inert(finding.message)}{advice}"
