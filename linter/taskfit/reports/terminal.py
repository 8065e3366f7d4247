"""What the formats for people share: inert text, colours and the summary line."""

from __future__ import annotations

import re

from taskfit.finding import Finding, Report, Severity

RED, YELLOW, CYAN, BLUE, BOLD = "31", "33", "36", "34", "1"

SEVERITY_COLORS = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.NOTE: CYAN}


RUNNER_COMMAND = re.compile(r"##(?=\w*\[)")
"""`##[error]` and `##vso[task...]` are commands to the runners of GitHub and Azure, wherever they stand in a line."""

_COMMAND = re.compile(r"^(\s*):(?=:)")


class Painter:
    """Colours text with ANSI codes, or leaves it alone."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def __call__(self, text: str, *codes: str) -> str:
        """The text in colour, if there is any text and colour is wanted."""
        return f"\x1b[{';'.join(codes)}m{text}\x1b[0m" if self._color and text else text

    def severity(self, severity: Severity, text: str) -> str:
        """The text in the colour of a severity."""
        return self(text, BOLD, SEVERITY_COLORS[severity])


def inert(text: str) -> str:
    """Text from a file on one line, with control, invisible and direction-changing characters escaped.

    Whatever a pull request puts into a name, it can neither move a terminal's cursor nor start a line of its own, which
    a CI service might take for a command. Nor is there such a command within the line.
    """
    if "##" in text:
        text = RUNNER_COMMAND.sub(r"#\\x23", text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def inert_lines(text: str) -> str:
    """A text of several lines, each inert and no command."""
    return "\n".join(no_command(inert(line)) for line in text.split("\n"))


def no_command(line: str) -> str:
    """A line that no CI service takes for a command (`::error`); they pass over blanks before it."""
    return _COMMAND.sub(r"\1\\x3a", line)


def shortened(text: str, length: int) -> str:
    """Inert text without its middle: its end often tells a name from its neighbours."""
    shown = inert(text[: 2 * length] + text[2 * length :][-length:])
    half = length // 2
    return shown if len(shown) <= length else f"{shown[:half]}…{shown[-half + 1 :]}"


def unlinked(text: str) -> str:
    """Inert text without links: some services make one of `[text](address)` even in plain text (SARIF 2.1.0, 3.11.6)."""
    return inert(text).replace("](", "\\x5d(")


def summary(report: Report, paint: Painter) -> str:
    """What was found in how much, in one line."""
    if report.findings:
        verdict = ", ".join(_counts(report, paint))
    elif report.failures:
        verdict = paint("Nothing found, but the run is not complete", BOLD, RED)
    elif not report.definitions:
        return f"No task definition found in {counted(report.files, 'file')}."
    else:
        verdict = paint("All checks passed", BOLD)
    checked = (
        f"{counted(report.definitions, 'task definition')} in {counted(report.files - report.passed_over, 'file')}"
    )
    if report.suppressed:
        verdict += f" ({len(report.suppressed)} suppressed)"
    rest = f", passed over {counted(report.passed_over, 'file')} without one" if report.passed_over else ""
    return f"{verdict}. Checked {checked}{rest}."


def mark_of(finding: Finding) -> str:
    """Marks what `--fix` mends."""
    return " [*]" if finding.fix and finding.fix.applicability == "safe" else ""


def fixable(report: Report) -> list[str]:
    """How many findings can be mended by which option, in one line; none if there is none."""
    fixes = [finding.fix.applicability for finding in report.findings if finding.fix]
    safe, unsafe = fixes.count("safe"), fixes.count("unsafe")
    if safe:
        return [f"[*] {safe} fixable with `--fix`" + (f", {unsafe} more with `--unsafe-fixes`." if unsafe else ".")]
    return [f"{unsafe} fixable with `--fix --unsafe-fixes`."] if unsafe else []


def counted(number: int, noun: str) -> str:
    """A number with its noun, such as `1 file`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _counts(report: Report, paint: Painter) -> list[str]:
    numbers = ((severity, report.count(severity)) for severity in Severity)
    return [paint.severity(severity, counted(number, severity.value)) for severity, number in numbers if number]
