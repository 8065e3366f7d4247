"""The report for programs, as `schemas/report.schema.json` describes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from taskfit.escaping import RUNNER_COMMAND
from taskfit.finding import Finding, Fix, Report, Severity

if TYPE_CHECKING:
    from taskfit.reports import View

VERSION = 1
"""Raised whenever a key goes or changes its meaning; new keys may come without it."""


def render(report: Report, _view: View) -> str:
    """The report as a JSON document."""
    return dump(document(report))


def document(report: Report) -> dict[str, Any]:
    """The report as plain JSON values."""
    return {
        "version": VERSION,
        "findings": [finding(each) for each in report.findings],
        "summary": {
            "files": report.files,
            "definitions": report.definitions,
            **{severity.value: report.count(severity) for severity in Severity},
            "suppressed": len(report.suppressed),
            **({"hidden": hidden} if (hidden := report.hidden()) else {}),
        },
    }


def dump(document: Any) -> str:
    """A JSON document in ASCII, so that it survives every encoding of standard output.

    Nothing in it is a command for the log of a CI service (`##[error]`), or ends the script of a page that it stands in
    (`</script>`).
    """
    text = RUNNER_COMMAND.sub(r"#\\u0023", json.dumps(document, indent=2))
    return text.replace("</", "<\\/").replace("<!", "\\u003c!") + "\n"


def finding(item: Finding) -> dict[str, Any]:
    """A finding as plain JSON values."""
    span = item.span
    return {
        "code": item.code,
        "name": item.name,
        "severity": item.severity.value,
        "message": item.message,
        "path": item.path,
        "line": span.line,
        "column": span.column,
        "end_line": span.end_line,
        "end_column": span.end_column,
        "definition": item.definition,
        "container": item.container,
        "pointer": item.pointer,
        "data": item.data,
        "fix": item.fix and _fix(item.fix),
    }


def _fix(fix: Fix) -> dict[str, Any]:
    edits = (
        {"start": [span.line, span.column], "end": [span.end_line, span.end_column], "content": content}
        for span, content in fix.edits
    )
    return {"applicability": fix.applicability, "edits": list(edits)}
