"""Reads each output format back: it is what its standard asks for, and these are the findings in it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import cmarkgfm
from cmarkgfm.cmark import Options
from jsonschema_rs import validator_for

from taskfit.escaping import inert, shortened
from taskfit.reports.page import NAME

ROOT = Path(__file__).parents[1]


def _schema(path: str) -> Any:
    return validator_for(json.loads((ROOT / path).read_text("utf-8")))


# The OASIS standard's own schema: docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json
SARIF = _schema("tests/data/sarif-schema-2.1.0.json")
REPORT = _schema("schemas/report.schema.json")
GITLAB = validator_for(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["description", "check_name", "fingerprint", "severity", "location"],
            "properties": {
                "description": {"type": "string", "minLength": 1},
                "check_name": {"type": "string"},
                "fingerprint": {"type": "string", "minLength": 1},
                "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
                "location": {
                    "required": ["path", "lines"],
                    "properties": {
                        "path": {"type": "string", "pattern": "^(?!\\./)"},
                        "lines": {"required": ["begin"], "properties": {"begin": {"type": "integer", "minimum": 1}}},
                    },
                },
            },
        },
    }
)
"""What GitLab says of its reports: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format"""

Found = set[tuple[str, str, int]]


def from_text(text: str) -> Found:
    blocks = re.findall(r"^\w+\[(\w+)\].*\n +--> (.+?):(\d+):\d+(?: \(.*)?$", text, re.MULTILINE)
    return {(code, path, int(line)) for code, path, line in blocks}


def from_concise(text: str) -> Found:
    lines = re.findall(r"^(.+?):(\d+):\d+: \w+\[(\w+)\]", text, re.MULTILINE)
    return {(code, path, int(line)) for path, line, code in lines}


def from_json(text: str) -> Found:
    report = json.loads(text)
    REPORT.validate(report)
    return {(each["code"], each["path"], each["line"]) for each in report["findings"]}


def from_sarif(text: str) -> Found:
    log = json.loads(text)
    SARIF.validate(log)
    results = [each for each in log["runs"][0]["results"] if not each.get("suppressions")]
    places = [(each["ruleId"], each["locations"][0]["physicalLocation"]) for each in results]
    return {
        (code, unquote(place["artifactLocation"]["uri"], errors="surrogatepass"), place["region"]["startLine"])
        for code, place in places
    }


def from_github(text: str) -> Found:
    commands = re.findall(r"^::\w+ file=(.+?),line=(\d+),.*?title=(\w+) .*?::", text, re.MULTILINE)
    # As the runner does it: `%25` last.
    marks = (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%"))

    def unescaped(text: str) -> str:
        for mark, character in marks:
            text = text.replace(mark, character)
        return text

    return {(code, unescaped(path), int(line)) for path, line, code in commands}


def from_gitlab(text: str) -> Found:
    entries = json.loads(text)
    GITLAB.validate(entries)
    assert len({entry["fingerprint"] for entry in entries}) == len(entries)
    return {(each["check_name"], each["location"]["path"], each["location"]["lines"]["begin"]) for each in entries}


def from_junit(text: str) -> Found:
    suites = ET.fromstring(text)
    assert suites.tag == "testsuites"
    for suite in (suites, *suites.iter("testsuite")):
        cases = list(suite.iter("testcase"))
        assert int(suite.attrib["tests"]) == len(cases)
        assert int(suite.attrib["failures"]) == len(list(suite.iter("failure")))
    failed = [case.attrib for case in suites.iter("testcase") if case.find("failure") is not None]
    return {(case["name"], case["classname"], int(case["line"])) for case in failed}


def from_markdown(text: str) -> Found:
    places = [(row[3].split()[0], *row[1].rsplit(":", 1)) for row in table(text)[1:]]
    return {(code, path, int(line)) for code, path, line in places}


class Page(HTMLParser):
    """The cells of a page's table, its tags, and the text that stands outside of code."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.tags: set[str] = set()
        self.prose = ""
        self._in_code = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self._in_code = self._in_code or tag == "code"
        self.prose += " "
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        self._in_code = self._in_code and tag != "code"

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data
        if not self._in_code:
            self.prose += data


def page(markdown: str) -> Page:
    """What GitHub makes of it, raw HTML included, before it looks for mentions."""
    parsed = Page()
    parsed.feed(cmarkgfm.github_flavored_markdown_to_html(markdown, Options.CMARK_OPT_UNSAFE))
    return parsed


class Nesting(HTMLParser):
    """Makes sure that each element of a page is closed where it was opened."""

    VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in self.VOID:
            self.opened.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag


def require_nesting(page: str) -> None:
    """Raises `AssertionError` for a page with an element that is not closed."""
    nesting = Nesting()
    nesting.feed(page)
    nesting.close()
    assert nesting.opened == []


PLACE = re.compile(
    r"<b>([A-Z]{3}[0-9]{3})</b>(?:(?!<li ).)*?"
    r'<p class="quiet place">(?:(?!</p>).)*\bline ([0-9]+)(?: <code>|</p>)',
    re.DOTALL,
)
"""A finding of a page, and its line."""


def from_html(text: str) -> Found:
    require_nesting(text)
    found = set()
    for section in text.split('<section class="file"')[1:]:
        path = unescape(section.partition("<bdi>")[2].partition("</bdi>")[0])
        items = PLACE.findall(section)
        found |= {(code, path, int(line)) for code, line in items}
    return found


def table(markdown: str) -> list[list[str]]:
    end = markdown.find("\n\n", markdown.find("| where |"))
    return [[cell.strip() for cell in row] for row in page(markdown[:end]).rows]


def in_code(path: str) -> str:
    return inert(path).replace("|", "\\x7c").replace("`", "\\x60")


PARSERS: dict[str, tuple[Callable[[str], Found], Callable[[str], str]]] = {
    "text": (from_text, inert),
    "concise": (from_concise, inert),
    "json": (from_json, str),
    "sarif": (from_sarif, str),
    "github": (from_github, inert),
    "gitlab": (from_gitlab, str),
    "junit": (from_junit, inert),
    "markdown": (from_markdown, in_code),
    "html": (from_html, lambda path: shortened(path, NAME)),
}
