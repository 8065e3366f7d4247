"""Requests in a file to suppress findings: comments, docker labels, tags, and CloudFormation's `Metadata`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from taskfit.definition import objects
from taskfit.sources.document import Directive

if TYPE_CHECKING:
    from taskfit.sources.document import Document, Reading
    from taskfit.syntax.text import SourceText
    from taskfit.syntax.tree import Node

KEY = "taskfit:ignore"
"""The docker label or tag, for JSON, which has no comments."""

_MARKER = r"(?:#|//|/\*)\s*taskfit:\s*ignore"
_COMMENT = re.compile(rf"{_MARKER}(?:\[([^\[\]\r\n]*)\])?[ \t:]*(.*?)(?=$|\*/|{_MARKER})")
_ALMOST = re.compile(r"(?:#|//|/\*)\s*taskfit\b[\s:]*(?i:ignore?|ingore|disable|suppress|skip|noqa|off|allow)\b")
"""The start of a comment that was meant as one, in the manner of another linter or misspelt.

If a code follows, it has to be said that the comment has no effect.
"""
_CODE = re.compile(r"\b[A-Z]{2,}[0-9]+\b")
_QUOTED = re.compile(r"""(?<![\w\\])(?:"(?:[^"\\]|\\.)*"|'[^']*')""")
_COMMENT_LINE = re.compile(r"\s*(#|//|$)")
_HEREDOC = re.compile(r"<<-?([A-Za-z_]\w*)[ \t]*$")
_BLOCK_SCALAR = re.compile(r"(?:^|[\s:-])[|>][-+0-9]{0,2}[ \t]*(?:#.*)?$")
_SEPARATOR = re.compile(r"[\s,;]+")


def of(document: Document, source: SourceText) -> Iterator[Directive]:
    """The directives in a document's text, labels and tags."""
    yield from comments(source)
    for position, readings in enumerate(document.definitions):
        for pointer, text in _marks(readings[0]):
            yield Directive(_selectors(text), "", readings[0].locate(pointer, False), definition=position)


def metadata(source: SourceText, resource: Node, position: int) -> Iterator[Directive]:
    """`Metadata: {taskfit: {ignore: [FIT301, {rule: FIT203, reason: ...}]}}` of a task definition's resource."""
    found, _ = resource.find(("Metadata", "taskfit", "ignore"))
    own, key = resource.find(("Metadata", "taskfit"))
    if key is None or found is own:
        return
    for node in [found] if found.items is None else found.items:
        rule, _ = node.find(("rule",))
        reason, _ = node.find(("reason",))
        selectors = rule.value if isinstance(rule.value, str) else ""
        words = reason.value if reason is not node and isinstance(reason.value, str) else ""
        yield Directive(_selectors(selectors), words, source.span(node.start, node.end), definition=position)


def comments(source: SourceText, file: str = "") -> Iterator[Directive]:
    """`# taskfit: ignore[FIT301] reason`, for its own line and, if it is alone there, for the next line."""
    asking = [number for number, line in enumerate(source.lines, 1) if "taskfit" in line]
    within_strings = set(_within_strings(source.lines)) if asking else ()
    following = _following(source.lines) if asking else ()
    for number in asking:
        line = source.lines[number - 1] if number not in within_strings else ""
        plain = _QUOTED.sub(_blank, line)
        matches = list(_COMMENT.finditer(plain))
        almost = None if matches else _ALMOST.search(plain)
        if almost and (code := _CODE.search(plain, almost.end())):
            before = source.line_start(number)
            span = source.span(before + almost.start(), before + code.end())
            yield Directive((), "", span, (number,), file=file)
        stands_alone = bool(matches) and not line[: matches[0].start()].strip()
        lines = (number, following[number - 1]) if stands_alone else (number,)
        for match in matches:
            start = source.line_start(number) + match.start()
            selectors, reason = (line[slice(*match.span(group))].strip() for group in (1, 2))
            span = source.span(start, start + len(match[0].rstrip()))
            yield Directive(_selectors(selectors), reason, span, lines, file=file)


def _within_strings(lines: Sequence[str]) -> Iterator[int]:
    """The lines of Terraform's heredocs and YAML's block scalars, in which `#` begins no comment."""
    at, last = 0, {line.strip(): index for index, line in enumerate(lines)}
    while at < len(lines):
        line, start = lines[at], at + 1
        at = start
        heredoc = _HEREDOC.search(line)
        if heredoc and last.get(heredoc[1], 0) >= start:
            at = next(index for index in range(start, len(lines)) if lines[index].strip() == heredoc[1])
        elif _BLOCK_SCALAR.search(line) and not _COMMENT_LINE.match(line):
            while at < len(lines) and (not lines[at].strip() or _indent(lines[at]) > _indent(line)):
                at += 1
        yield from range(start + 1, at + 1)


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _blank(quoted: re.Match[str]) -> str:
    """A string of the same length without a comment."""
    return " " * len(quoted[0])


def _following(lines: Sequence[str]) -> list[int]:
    """For each line, the next one that is neither a comment nor empty; the line itself if there is none."""
    found, last = [], 0
    for number in range(len(lines), 0, -1):
        found.append(last or number)
        if not _COMMENT_LINE.match(lines[number - 1]):
            last = number
    return found[::-1]


def _marks(reading: Reading) -> Iterator[tuple[str, str]]:
    for index, tag in objects(reading.task.data, "tags"):
        if tag.get("key") == KEY and isinstance(tag.get("value"), str):
            yield f"/tags/{index}/value", tag["value"]
    for container in reading.task.containers:
        labels = container.data.get("dockerLabels")
        if isinstance(labels, dict) and isinstance(labels.get(KEY), str):
            yield f"{container.pointer}/dockerLabels/{KEY}", labels[KEY]


def _selectors(text: str) -> tuple[str, ...]:
    return tuple(part for part in _SEPARATOR.split(text) if part)
