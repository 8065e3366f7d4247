"""What holds for every file, whatever is in it: for the property tests here and for fuzz/fuzz.py."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import Any

from parsing import PARSERS

from taskfit import reports
from taskfit.config.settings import Configuration
from taskfit.definition import escape
from taskfit.engine import baseline, engine, fixing
from taskfit.engine.suppression import UNUSED
from taskfit.finding import Finding, Report, Span
from taskfit.preparation import prepare
from taskfit.sources import reader
from taskfit.sources.files import File
from taskfit.syntax import json_text, yaml_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.unreadable import UnreadableError


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
    return report


def printable(report: Report, text: str) -> None:
    """Make sure that every format is well-formed, and has all findings of a report.

    Raises `AssertionError` or what the format's parser does.
    """
    view = reports.View(lambda _path: text)
    for name in reports.FORMATS:
        parse, spelt = PARSERS[name]
        rendered = reports.render(name, report, view)
        rendered.encode("utf-8", "backslashreplace")
        assert "\x1b" not in rendered
        assert parse(rendered) == {(each.code, spelt(each.path), each.span.line) for each in report.findings}, name


def locate(content: bytes, suffix: str) -> int:
    """The number of values in a file whose place was found to spell them.

    Raises `AssertionError` for one that doesn't.
    """
    document = reader.read(content, {}, Path(f"/nowhere/fuzzed{suffix}"))
    source = SourceText(content.decode("utf-8", "replace"))
    number = 0
    for readings in document.definitions:
        for reading in readings:
            if reading.task.dialect.name in ("copilot", "pulumi"):
                continue  # it has words of its own for what becomes the definition, or JSON in a string
            for pointer, value in _values(reading.task.data):
                is_own = not any(_is_below(pointer, origin) for origin in reading.origins)
                if is_own and (text := _text(source, reading.locate(pointer, False))) is not None:
                    assert _spells(text, value), (pointer, value, text)
                    number += 1
    return number


def _values(data: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """The scalars of a definition that stand in its file."""
    if isinstance(data, dict):
        for key, value in data.items():
            yield from _values(value, f"{pointer}/{escape(str(key))}")
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from _values(value, f"{pointer}/{index}")
    elif isinstance(data, str | int | float):
        yield pointer, data


def _is_below(pointer: str, origin: str) -> bool:
    return pointer == origin or pointer.startswith(f"{origin}/")


def _text(source: SourceText, span: Span) -> str | None:
    """What stands at a place; `None` of a value of several lines, of which a place is the first."""
    end = source.offset(*span[2:])
    return source.text[source.offset(*span[:2]) : end] if source.text[end : end + 1] not in ("\n", "\r") else None


def _spells(text: str, value: Any) -> bool:
    """Whether a text is how JSON or YAML, as which broken JSON is read, writes a value."""
    return text.startswith("*") or text == str(value) or any(str(read) == str(value) for read in _meanings(text))


def _meanings(text: str) -> Iterator[Any]:
    for parse in (json_text.parse, lambda text: yaml_text.parse_all(text)[0]):
        with suppress(UnreadableError, IndexError):
            yield parse(text).value


MARK = re.compile(rb"""((?:#|//|/\*)\s*|")taskfit(:\s*ignore)""")


def suppressing(content: bytes, suffix: str) -> int:
    """The number of findings that a file suppresses itself: none is lost, and none is another one.

    Raises `AssertionError`.
    """
    asking, silent = (check(each, suffix) for each in (content, MARK.sub(rb"\1taskfix\2", content)))
    suppressed = [each.finding for each in asking.suppressed]
    complaints = [each for each in asking.findings if each.code != UNUSED]
    found = Counter(map(_identity, (*complaints, *suppressed)))
    assert found == Counter(map(_identity, (each for each in silent.findings if each.code != UNUSED)))
    return len(suppressed)


def _identity(finding: Finding) -> tuple[str, Span]:
    """What does not depend on the marks, which may be parts of names, too."""
    return finding.code, finding.span


def cover(content: bytes) -> int:
    """The number of entries of a baseline, if it is one: it covers only what was found, and what is written covers all.

    Raises `AssertionError`.
    """
    from taskfit.config.validation import InvalidFile

    report = _broken()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "taskfit-baseline.json")
        path.write_bytes(content)
        seen = baseline.Scope({finding.path: frozenset({finding.code}) for finding in report.findings}, Path(folder))
        try:
            entries = baseline.load(path)
        except InvalidFile as error:
            entries = []
            faults = error.faults
            path.unlink()
        else:
            faults = ()
        assert all(fault.line >= 1 and fault.column >= 1 for fault in faults)
        applied = baseline.apply(report, entries, seen)
        assert Counter((*applied.findings, *(each.finding for each in applied.suppressed))) == Counter(report.findings)
        assert len(applied.suppressed) <= len(entries)
        baseline.write(path, report, seen)
        assert baseline.apply(report, baseline.load(path), seen).findings == ()
        return len(entries)


@cache
def _broken() -> Report:
    """The findings in a file that has several."""
    path = Path(__file__).parents[1] / "examples" / "broken" / "gateway.yaml"
    return engine.check([File("gateway.yaml", data=path.read_bytes())], run(), jobs=1)


def resolve(expression: bytes) -> None:
    """Evaluate an expression in the places of a Terraform resource and a CloudFormation one, twice alike.

    Raises `AssertionError`.
    """
    for template, suffix in ((TERRAFORM, ".tf"), (CLOUDFORMATION, ".template")):
        content = template.replace(b"EXPRESSION", expression)
        assert check(content, suffix) == check(content, suffix)


TERRAFORM = b"""
variable "a" { default = 4 }
variable "b" { default = { x = ["1", 2], y = null } }
locals { c = EXPRESSION }
resource "aws_ecs_task_definition" "d" {
  count = 2
  family = "web"
  cpu = local.c
  memory = EXPRESSION
  dynamic "volume" {
    for_each = local.c
    content { name = volume.value }
  }
  container_definitions = jsonencode([{ name = "e", image = EXPRESSION, environment = [{ name = "F", value = local.c }] }])
}
"""
CLOUDFORMATION = b"""
Parameters: {A: {Type: String, Default: "4", AllowedValues: ["4", "5"]}, B: {Type: CommaDelimitedList, Default: "x,y"}}
Mappings: {M: {x: {cpu: "256", memory: "512"}, y: {cpu: "512", memory: "1024"}}}
Conditions: {C: !Equals [!Ref A, "4"], D: EXPRESSION}
Resources:
  T:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: EXPRESSION
      Memory: EXPRESSION
      ContainerDefinitions: [{Name: e, Image: EXPRESSION, Environment: [{Name: F, Value: EXPRESSION}]}]
"""


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
