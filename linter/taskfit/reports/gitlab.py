"""GitLab's Code Quality report ("Implement a custom tool" in its documentation)."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from taskfit.escaping import unlinked
from taskfit.finding import Severity
from taskfit.reports import fingerprint
from taskfit.reports.json import dump

if TYPE_CHECKING:
    from taskfit.finding import Report
    from taskfit.reports import View

SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "major", Severity.NOTE: "info"}


def render(report: Report, view: View) -> str:
    """One entry for each finding and each failure of the run.

    GitLab merges entries of equal fingerprints, and takes one it knows for no new finding.
    """
    keys = fingerprint.keys(report.findings, view.in_repository)
    return dump(
        [
            *(_failure(failure) for failure in report.failures),
            *(
                {
                    # GitLab shows no `check_name`.
                    "description": unlinked(f"{finding.code}: {finding.message} {finding.help}".rstrip()),
                    "check_name": finding.code,
                    "fingerprint": key,
                    "severity": SEVERITIES[finding.severity],
                    "location": {"path": view.in_repository(finding.path), "lines": {"begin": finding.span.line}},
                }
                for finding, key in zip(report.findings, keys, strict=True)
            ),
        ]
    )


def _failure(failure: str) -> dict[str, Any]:
    """An entry for what was not checked, as severe as any finding; the format requires a place, so it gets one."""
    return {
        "description": unlinked(f"The run is not complete: {failure}"),
        "check_name": "run-failure",
        "fingerprint": sha256(failure.encode("utf-8", "surrogatepass")).hexdigest()[:32],
        "severity": "blocker",
        "location": {"path": ".", "lines": {"begin": 1}},
    }
