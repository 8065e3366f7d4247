"""What the formats for people share: colours and the summary line."""

from __future__ import annotations

import os
import sys

from taskfit.finding import EMPTY, EXCLUDING, HIDING, LOWERING, Finding, Report, Severity
from taskfit.phrases import counted

RED, YELLOW, CYAN, BLUE, BOLD = "31", "33", "36", "34", "1"

SEVERITY_COLORS = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.NOTE: CYAN}


class Painter:
    """Colours text with ANSI codes, or leaves it unchanged."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def __call__(self, text: str, *codes: str) -> str:
        """The text in colour, if it isn't empty and colour is wanted."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self._color and text else text

    def severity(self, severity: Severity, text: str) -> str:
        """The text in the colour of a severity."""
        return self(text, BOLD, SEVERITY_COLORS[severity])


def wants_color(choice: str) -> bool:
    """Whether to colour standard output."""
    if choice != "auto":
        return choice == "always"
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or sys.stdout.isatty()


def summary(report: Report, paint: Painter) -> str:
    """The numbers of findings and files, and of what was switched off, in one line."""
    return " ".join(filter(None, (_verdict(report, paint), hidden(report))))


def hidden(report: Report) -> str:
    """The numbers of findings that the configuration hides or changes, by its keys; empty if there are none."""
    counts = report.hidden()
    keys = [key for key in HIDING if key in counts]
    parts = []
    if keys:
        by_key = ", ".join(f"{counts[key]} by {key}" for key in keys)
        parts.append(f"{counted(sum(counts[key] for key in keys), 'finding')} ({by_key})")
    if EXCLUDING in counts:
        parts.append(f"{counted(counts[EXCLUDING], 'file')} (by exclude)")
    if LOWERING in counts:
        parts.append(f"the severity of {counted(counts[LOWERING], 'finding')}")
    return f"Switched off: {', '.join(parts)}; --no-ignores reports everything." if parts else ""


def _verdict(report: Report, paint: Painter) -> str:
    if report.findings:
        verdict = ", ".join(_counts(report, paint))
    elif report.failures:
        verdict = paint("Nothing found, but the run is not complete", BOLD, RED)
    elif not report.definitions:
        return f"No task definition found in {counted(report.files, 'file')}{_empty(report)}."
    else:
        verdict = paint("All checks passed", BOLD)
    checked = (
        f"{counted(report.definitions, 'task definition')} in {counted(report.files - report.skipped_files, 'file')}"
    )
    if report.suppressed:
        verdict += f" ({len(report.suppressed)} suppressed)"
    skipped = f", skipped {counted(report.skipped_files, 'file')} without a task definition{_empty(report)}"
    return f"{verdict}. Checked {checked}{skipped if report.skipped_files else ''}."


def _empty(report: Report) -> str:
    """How many of the files without a task definition are empty."""
    number = sum(why == EMPTY for _, why in report.skipped)
    if number == report.files == 1:
        return ": it is empty"
    return f", {number} of them empty" if number else ""


def mark_of(finding: Finding) -> str:
    """Marks what `--fix` fixes."""
    return " [*]" if finding.fix and finding.fix.applicability == "safe" else ""


def fixable(report: Report) -> list[str]:
    """The numbers of findings that each option can fix, in one line; empty if there are none."""
    fixes = [finding.fix.applicability for finding in report.findings if finding.fix]
    safe, unsafe = fixes.count("safe"), fixes.count("unsafe")
    if safe:
        return [f"[*] {safe} fixable with `--fix`" + (f", {unsafe} more with `--unsafe-fixes`." if unsafe else ".")]
    return [f"{unsafe} fixable with `--fix --unsafe-fixes`."] if unsafe else []


def _counts(report: Report, paint: Painter) -> list[str]:
    numbers = ((severity, report.count(severity)) for severity in Severity)
    return [paint.severity(severity, counted(number, severity.value)) for severity, number in numbers if number]
