"""Notes on files that are not read: one for each kind in each top-level folder."""

from __future__ import annotations

from collections import Counter

from taskfit.engine.locating import NOT_READ
from taskfit.finding import Finding, Report, Severity
from taskfit.record import replace


def once_per_folder(report: Report) -> Report:
    """The report with only the first of equal notes on files below a top-level folder, and their number.

    The files of the other notes count as skipped.
    """
    first: dict[tuple[str, str], Finding] = {}
    kept: list[Finding] = []
    skipped: list[tuple[str, str]] = []
    others: Counter[tuple[str, str]] = Counter()
    for finding in report.findings:
        folder, separator, _ = finding.path.partition("/")
        key = (f"{folder}{separator}" if separator else "", finding.message)
        is_note = finding.severity is Severity.NOTE and finding.subject.startswith(NOT_READ)
        if is_note and first.setdefault(key, finding).path != finding.path:
            skipped.append((finding.path, f"{finding.message}, like {first[key].path}"))
            others[key] += 1
        else:
            kept.append(finding)
    if not skipped:
        return report
    counts = {first[key].sort_key: number for key, number in others.items()}
    counted = tuple(_counting(finding, counts.get(finding.sort_key, 0)) for finding in kept)
    return replace(report, findings=counted, skipped=(*report.skipped, *skipped))


def _counting(finding: Finding, others: int) -> Finding:
    """The finding with the number of other files that it applies to."""
    if not others:
        return finding
    words = f"{others} more files are" if others > 1 else "1 more file is"
    return replace(finding, help=f"{finding.help} {words} like it; `--verbose` names {'them' if others > 1 else 'it'}.")
