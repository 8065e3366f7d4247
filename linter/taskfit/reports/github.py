"""Annotations of GitHub Actions: workflow commands, which the runner reads from a step's output."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.escaping import inert
from taskfit.finding import Severity
from taskfit.phrases import counted
from taskfit.reports.terminal import Painter, summary

if TYPE_CHECKING:
    from collections.abc import Mapping

    from taskfit.finding import Finding, Report
    from taskfit.reports import View

COMMANDS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "notice"}

LIMIT = 10
"""The most annotations of one level that GitHub shows for one step; it silently drops the rest."""


def render(report: Report, view: View) -> str:
    """One command for each finding, the most severe first, and one with the number that GitHub will not show."""
    by_severity: dict[Severity, list[str]] = {severity: [] for severity in COMMANDS}
    by_severity[Severity.ERROR] += [
        _command("error", {"title": "taskfit"}, inert(failure)) for failure in report.failures
    ]
    for finding in report.findings:
        by_severity[finding.severity].append(_annotation(finding, view))
    dropped = _dropped(by_severity)
    if dropped:
        # Before the other notices, so that it isn't dropped itself.
        by_severity[Severity.NOTE].insert(0, _command("notice", {"title": "taskfit"}, dropped))
    lines = [line for severity in COMMANDS for line in by_severity[severity]]
    if not view.quiet:
        lines.append(summary(report, Painter(color=False)))
    return "".join(f"{line}\n" for line in lines)


def _annotation(finding: Finding, view: View) -> str:
    span = finding.span
    place: dict[str, str | int] = {
        "file": view.in_repository(finding.path),
        "line": span.line,
        "endLine": span.end_line,
    }
    if span.line == span.end_line:
        # GitHub accepts columns for a single line only.
        place |= {"col": span.column, "endColumn": span.end_column}
    # The log shows the message only, so it must contain the place.
    message = f"{inert(finding.path)}:{span.line}:{span.column}: {inert(finding.message)}"
    advice = f"\n{inert(finding.help)}" if finding.help else ""
    return _command(
        COMMANDS[finding.severity], {**place, "title": f"{finding.code} {finding.name}"}, f"{message}{advice}"
    )


def _dropped(by_severity: Mapping[Severity, list[str]]) -> str:
    """A sentence with the number of annotations that GitHub will not show; empty if it shows all."""
    if all(len(lines) <= LIMIT for lines in by_severity.values()):
        return ""
    # This notice replaces another one.
    limits = {severity: LIMIT - (severity is Severity.NOTE) for severity in COMMANDS}
    dropped = {severity: max(len(by_severity[severity]) - limit, 0) for severity, limit in limits.items()}
    counts = ", ".join(counted(number, severity.value) for severity, number in dropped.items() if number)
    total = sum(map(len, by_severity.values()))
    return (
        f"GitHub shows {LIMIT} annotations of a level in one step: {sum(dropped.values())} of {total} ({counts}) are "
        "in the log only."
    )


def _command(name: str, properties: Mapping[str, str | int], message: str) -> str:
    """A workflow command, escaped as `@actions/core` does it; `message` may have several lines."""
    given = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {given}::{_data(message)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(inert(text)).replace(":", "%3A").replace(",", "%2C")
