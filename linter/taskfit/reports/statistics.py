"""The number of findings of each rule."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from taskfit.escaping import inert
from taskfit.reports.terminal import Painter

if TYPE_CHECKING:
    from taskfit.finding import Report
    from taskfit.reports import View


def render(report: Report, view: View) -> str:
    """One line for each rule and severity: number of findings, code, severity, name; the most frequent first."""
    paint = Painter(view.color)
    counts = Counter((finding.code, finding.name, finding.severity) for finding in report.findings)
    rows = sorted(counts.items(), key=lambda row: (-row[1], row[0]))
    digits = max((len(str(count)) for count in counts.values()), default=0)
    return "".join(
        f"{count:>{digits}}  {inert(code)}  {paint.severity(severity, f'{severity.value:<7}')}  {inert(name)}\n"
        for (code, name, severity), count in rows
    )
