"""What the formats for people share: inert text, colours, the summary line and the statistics."""

from __future__ import annotations

from collections import Counter

from taskfit.finding import Report, Severity

RED, YELLOW, CYAN, BLUE, BOLD = "31", "33", "36", "34", "1"

SEVERITY_COLORS = {Severity.ERROR: RED, Severity.WARNING: YELLOW, Severity.NOTE: CYAN}


class Painter:
    """Colours text with ANSI codes, or leaves it alone."""

    def __init__(self, color: bool) -> None:  # noqa: FBT001
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
    a CI service might take for a command.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def summary(report: Report, paint: Painter) -> str:
    """What was found in how much, in one line."""
    scope = f"{counted(report.definitions, 'task definition')} in {counted(report.files, 'file')}"
    if report.passed_over:
        scope += f" ({report.passed_over} without one passed over)"
    if report.findings:
        return f"{', '.join(_counts(report, paint))} in {scope}."
    if report.failures:
        return paint("Nothing found, but the run is not complete", BOLD, RED) + f": {scope}."
    if not report.definitions:
        return f"Nothing to check: {scope}."
    return paint("All checks passed", BOLD) + f": {scope}."


def statistics(report: Report, *, color: bool = False) -> str:
    """The number of findings by rule, the most frequent first."""
    paint = Painter(color)
    counts = Counter((finding.code, finding.name, finding.severity) for finding in report.findings)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    digits = len(str(rows[0][1])) if rows else 0
    return "".join(
        f"{count:>{digits}}  {inert(code)}  {paint.severity(severity, f'{severity.value:<7}')}  {inert(name)}\n"
        for (code, name, severity), count in rows
    )


def counted(number: int, noun: str) -> str:
    """A number with its noun, such as `1 file`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _counts(report: Report, paint: Painter) -> list[str]:
    numbers = ((severity, report.count(severity)) for severity in Severity)
    return [paint.severity(severity, counted(number, severity.value)) for severity, number in numbers if number]
