"""What holds for every file, whatever is in it: for the property tests here and for fuzz/fuzz.py."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from functools import cache, partial
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from taskfit import reports
from taskfit.config.settings import Configuration
from taskfit.engine import engine, fixing
from taskfit.finding import Finding, Report
from taskfit.preparation import prepare
from taskfit.sources import reader
from taskfit.sources.files import File
from taskfit.syntax.text import SourceText

SUFFIXES = (".json", ".yaml", ".tf", ".template", ".tfstate", ".tpl")

PARSED: dict[str, Callable[[str], Any]] = {
    "json": json.loads,
    "sarif": json.loads,
    "gitlab": json.loads,
    "junit": ET.fromstring,
}
"""Formats for programs, and what reads them."""


@cache
def run() -> engine.Run:
    """All rules that a check of files has, those that are opt-in, too."""
    prepared = prepare(Configuration())
    return prepared._replace(rules=tuple(rule for rule in prepared.all_rules if not rule.audit))


def check(content: bytes, suffix: str) -> Report:
    """The report on a file, after making sure that it holds what every report does.

    Raises `AssertionError`.
    """
    path = Path(f"/nowhere/fuzzed{suffix}")
    report = engine.check([File(f"fuzzed{suffix}", path, content)], run(), jobs=1)
    assert report.failures == ()
    text = SourceText(content.decode("utf-8", "replace"))
    for finding in (*report.findings, *(each.finding for each in report.suppressed)):
        _assert_within(finding, text)
    _assert_printable(report, text.text)
    return report


def fix(content: bytes, suffix: str) -> bytes:
    """The file with all of its fixes, which nothing is left to add to.

    Raises `AssertionError`.
    """
    path = Path(f"/nowhere/fuzzed{suffix}")
    read = partial(reader.read, variables={}, path=path)

    def findings(changed: bytes) -> tuple[Finding, ...]:
        return engine.check([File(f"fuzzed{suffix}", path, changed)], run(), jobs=1).findings

    fixed = fixing.fix_content(content, findings, read, unsafe=True)
    assert fixed.is_settled
    again = fixing.fix_content(fixed.content, findings, read, unsafe=True)
    assert again.content == fixed.content
    return fixed.content


def _assert_within(finding: Finding, text: SourceText) -> None:
    span = finding.span
    assert 1 <= span.line <= span.end_line <= len(text.lines), finding
    assert span[:2] <= span[2:], finding
    assert span.end_column - 1 <= len(text.lines[span.end_line - 1]) + 1, finding
    assert finding.message
    assert "\n" not in finding.message or finding.code == "FIT001", finding


def _assert_printable(report: Report, text: str) -> None:
    view = reports.View(lambda _path: text)
    for name in reports.FORMATS:
        rendered = reports.render(name, report, view)
        rendered.encode("utf-8", "backslashreplace")
        if name in PARSED:
            PARSED[name](rendered)
        else:
            assert "\x1b" not in rendered


def seeds() -> list[tuple[str, bytes]]:
    """Files to start from: the examples, and those of the rules."""
    root = Path(__file__).parents[1]
    files = sorted(path for path in (root / "examples").rglob("*") if path.suffix in SUFFIXES and path.is_file())
    found = [(path.suffix, path.read_bytes()) for path in files if os.path.getsize(path) < 20_000]
    from taskfit.policy import bundled

    pages = (page for rule in bundled.rules() for page in bundled.pages(rule.code))
    texts = (example.file for page in pages for example in (*page.bad, *page.good))
    return found + [(suffix_of(text), text.encode()) for text in texts]


def suffix_of(text: str) -> str:
    """The ending that a text would have."""
    return ".tf" if text.lstrip().startswith(("resource", "variable", "locals")) else ".yaml"
