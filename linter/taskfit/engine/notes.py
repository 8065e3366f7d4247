"""Notes on files that are not read: once for each kind in a folder."""

from __future__ import annotations

import posixpath

from taskfit.engine.locating import NOT_READ
from taskfit.finding import Finding, Report, Severity
from taskfit.record import replace


def once_per_folder(report: Report) -> Report:
    """The report with the first of the notes that say the same of files in one folder; the others are skipped files."""
    first: dict[tuple[str, str], Finding] = {}
    kept: list[Finding] = []
    skipped: list[tuple[str, str]] = []
    for finding in report.findings:
        key = (posixpath.dirname(finding.path), finding.message)
        is_note = finding.severity is Severity.NOTE and finding.subject.startswith(NOT_READ)
        if is_note and first.setdefault(key, finding).path != finding.path:
            skipped.append((finding.path, f"{finding.message}, like {first[key].path}"))
        else:
            kept.append(finding)
    return replace(report, findings=tuple(kept), skipped=(*report.skipped, *skipped)) if skipped else report
