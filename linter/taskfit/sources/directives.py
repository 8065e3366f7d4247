"""Requests to suppress findings that stand in a file: comments, docker labels, tags, and CloudFormation's `Metadata`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.definition import objects
from taskfit.sources.document import Directive

if TYPE_CHECKING:
    from taskfit.sources.document import Document, Reading
    from taskfit.sources.text import SourceText
    from taskfit.sources.tree import Node

MARK = b"taskfit"
"""What a file without it can't hold any."""

KEY = "taskfit:ignore"
"""The docker label or tag, for JSON, which has no comments."""

_COMMENT = re.compile(r"(?:#|//)\s*taskfit:\s*ignore(?:\[([^\]\r\n]*)\])?[ \t:]*([^\r\n]*)")
_QUOTED = re.compile(r"""(?<![\w])(?:"(?:[^"\\]|\\.)*"|'[^']*')""")
_COMMENT_LINE = re.compile(r"\s*(#|//|$)")
_SEPARATOR = re.compile(r"[\s,;]+")


def of(document: Document, source: SourceText) -> Iterator[Directive]:
    """What a document's text, labels and tags ask for."""
    yield from _comments(source)
    for position, readings in enumerate(document.definitions):
        for pointer, text in _marks(readings[0]):
            yield Directive(_selectors(text), "", readings[0].locate(pointer, False), definition=position)


def metadata(source: SourceText, resource: Node, position: int) -> Iterator[Directive]:
    """`Metadata: {taskfit: {ignore: [FIT301, {rule: FIT203, reason: ...}]}}` of a resource that holds a definition."""
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


def _comments(source: SourceText) -> Iterator[Directive]:
    """`# taskfit: ignore[FIT301] reason`, for its own line and, where it stands alone, for the next one."""
    for number, line in enumerate(source.lines, 1):
        match = _COMMENT.search(_QUOTED.sub(_blank, line)) if "taskfit" in line else None
        if match is None:
            continue
        start = source.line_start(number) + match.start()
        lines = (number, _next_line(source, number)) if not line[: match.start()].strip() else (number,)
        selectors, reason = line[match.start(1) : match.end(1)], match[2].strip()
        yield Directive(_selectors(selectors), reason, source.span(start, start + len(match[0].rstrip())), lines)


def _blank(quoted: re.Match[str]) -> str:
    """A string of the same length that holds no comment."""
    return " " * len(quoted[0])


def _next_line(source: SourceText, line: int) -> int:
    """The next line that is no comment and not empty."""
    following = range(line + 1, len(source.lines) + 1)
    return next((number for number in following if not _COMMENT_LINE.match(source.lines[number - 1])), line)


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
