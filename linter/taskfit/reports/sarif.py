"""SARIF 2.1.0, an OASIS standard, as GitHub's code scanning and other services read it.

What GitHub takes of it: "SARIF support for code scanning" in its documentation.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from taskfit.escaping import inert, inert_lines, unlinked
from taskfit.finding import Severity
from taskfit.phrases import counted
from taskfit.reports import fingerprint, rule_page, terminal
from taskfit.reports.json import dump
from taskfit.version import __version__

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from taskfit.finding import Finding, Fix, Report, Span, Suppressed
    from taskfit.policy.rule_file import RuleFile
    from taskfit.reports import View

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

MOST_RESULTS = 25_000
"""GitHub rejects a run with more."""

PROBLEM_SEVERITIES = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.NOTE: "recommendation"}


def render(report: Report, view: View) -> str:
    """One run with a result for each finding, the suppressed ones marked; rules only if they found something."""
    marked = [*((finding, None) for finding in report.findings), *((each.finding, each) for each in report.suppressed)]
    keys = fingerprint.keys((finding for finding, _ in marked), view.in_repository)
    rows = [(finding, suppressed, key) for (finding, suppressed), key in zip(marked, keys, strict=True)]
    cut = len(rows) - MOST_RESULTS
    if cut > 0:
        rows = sorted(rows, key=lambda row: (row[1] is not None, -row[0].severity.rank))[:MOST_RESULTS]
    names = {finding.code: finding.name for finding, *_ in rows}
    codes = sorted(names)
    pages = view.pages(codes)
    writer = _Writer(view, codes)
    run = {
        "tool": {
            "driver": {
                "name": "taskfit",
                "version": __version__,
                "rules": [_rule(code, names[code], pages.get(code)) for code in codes],
            }
        },
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": not report.failures,
                "toolExecutionNotifications": list(_notifications(report, cut)),
            }
        ],
        "results": [writer.result(*row) for row in rows],
        **({"properties": {"hidden": hidden}} if (hidden := report.hidden()) else {}),
    }
    return dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]})


def _notifications(report: Report, cut: int) -> Iterator[dict[str, Any]]:
    for failure in report.failures:
        yield {"level": "error", "message": {"text": inert(failure)}}
    if cut > 0:
        text = f"{counted(cut, 'finding')} left out: GitHub takes {MOST_RESULTS} in one run."
        yield {"level": "warning", "message": {"text": text}}
    if words := terminal.hidden(report):
        yield {"level": "note", "message": {"text": words}}
    for remark in report.remarks:
        yield {"level": "note", "message": {"text": inert(remark)}}


def _rule(code: str, name: str, page: RuleFile | None) -> dict[str, Any]:
    descriptor: dict[str, Any] = {"id": code, "name": name}
    if page is None:
        return descriptor
    descriptor["shortDescription"] = {"text": inert(f"{page.summary}.")}
    descriptor["fullDescription"] = {"text": inert_lines(page.what[:1024])}
    words = f"{page.what}\n\n{page.why}\n\n{page.fix}"
    descriptor["help"] = {"text": inert_lines(words), "markdown": inert_lines(rule_page.markdown(page))}
    address = next((source.url for source in page.sources if source.url), None)
    if address:
        descriptor["helpUri"] = address
    descriptor["defaultConfiguration"] = {"level": page.severity.value}
    properties = {
        "tags": ["amazon-ecs", code[:-2]],
        # Only what is certain is reported.
        "precision": "high",
        "problem.severity": PROBLEM_SEVERITIES[page.severity],
    }
    return {**descriptor, "properties": properties}


class _Writer:
    """Writes the results of a run."""

    def __init__(self, view: View, codes: Sequence[str]) -> None:
        self._view = view
        self._rules = {code: index for index, code in enumerate(codes)}
        self._line_hashes = cache(lambda path: fingerprint.line_hashes(view.sources(path) or ""))

    def result(self, finding: Finding, suppressed: Suppressed | None, key: str) -> dict[str, Any]:
        fingerprints = {"taskfit/v1": key}
        hashes = self._line_hashes(finding.path)
        if finding.span.line <= len(hashes):
            fingerprints["primaryLocationLineHash"] = hashes[finding.span.line - 1]
        result: dict[str, Any] = {
            "ruleId": finding.code,
            "ruleIndex": self._rules[finding.code],
            "level": finding.severity.value,
            "message": {"text": unlinked(f"{finding.message} {finding.help}".rstrip())},
            "locations": [self._primary_location(finding)],
            "partialFingerprints": fingerprints,
        }
        if finding.related:
            result["relatedLocations"] = [
                {
                    "id": number,
                    "message": {"text": unlinked(other.label)},
                    **self._location(other.path or finding.path, _region(other.span)),
                }
                for number, other in enumerate(finding.related, 1)
            ]
        if finding.fix:
            result["fixes"] = [self._fix(finding, finding.fix)]
        if suppressed:
            suppression: dict[str, str] = {"kind": suppressed.kind}
            if suppressed.reason:
                suppression["justification"] = unlinked(suppressed.reason)
            result["suppressions"] = [suppression]
        return result

    def _primary_location(self, finding: Finding) -> dict[str, Any]:
        region = _region(finding.span)
        if finding.span.end_line > finding.span.line:
            # To the line's end. GitHub shows an alert in a pull request only where all its lines are in the diff.
            del region["endLine"], region["endColumn"]
        location = self._location(finding.path, region)
        if finding.definition:
            name = unlinked(finding.definition + finding.anchor)
            location["logicalLocations"] = [{"fullyQualifiedName": name, "kind": "resource"}]
        return location

    def _location(self, path: str, region: dict[str, int]) -> dict[str, Any]:
        return {"physicalLocation": {"artifactLocation": self._artifact(path), "region": region}}

    def _artifact(self, path: str) -> dict[str, str]:
        path = self._view.in_repository(path)
        address = quote(_bytes(path), safe="/")
        return {"uri": f"file://{address}" if path.startswith("/") else address}

    def _fix(self, finding: Finding, fix: Fix) -> dict[str, Any]:
        replacements = [
            {"deletedRegion": _region(span), "insertedContent": {"text": content}} for span, content in fix.edits
        ]
        return {
            "description": {"text": unlinked(finding.help or finding.message)},
            "artifactChanges": [{"artifactLocation": self._artifact(finding.path), "replacements": replacements}],
            "properties": {"applicability": fix.applicability},
        }


def _bytes(path: str) -> bytes:
    """A path as the file system has it, whose names need not be text."""
    try:
        return os.fsencode(path)
    except UnicodeEncodeError:  # a name that no file has, such as one for standard input
        return path.encode("utf-8", errors="surrogatepass")


def _region(span: Span) -> dict[str, int]:
    return {
        "startLine": span.line,
        "startColumn": span.column,
        "endLine": span.end_line,
        "endColumn": span.end_column,
    }
