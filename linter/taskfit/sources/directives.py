"""Requests to suppress findings that stand in a file: comments, docker labels and tags."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.definition import objects
from taskfit.sources.document import Directive

if TYPE_CHECKING:
    from taskfit.sources.document import Document, Reading
    from taskfit.sources.text import SourceText

KEY = "taskfit:ignore"
"""The docker label or tag, for JSON, which has no comments."""

_MARK = re.compile(r"taskfit:\s*ignore")
_COMMENT = re.compile(r"(?:^|(?<=\s))(?:#|//)\s*taskfit:\s*ignore(?:\[([^\]\r\n]*)\])?[ \t:]*([^\r\n]*)", re.MULTILINE)
_SEPARATOR = re.compile(r"[\s,;]+")


def comments(source: SourceText) -> Iterator[Directive]:
    """`# taskfit: ignore[FIT301] reason`, for its own line and, where it stands alone, for the next one."""
    if not _MARK.search(source.text):
        return
    for match in _COMMENT.finditer(source.text):
        span = source.span(match.start(), match.end())
        before = source.text[source.line_start(span.line) : match.start()]
        lines = (span.line,) if before.strip() else (span.line, _next_line(source, span.line))
        yield Directive(_selectors(match[1] or ""), match[2].strip(), span, lines)


def marks(document: Document) -> Iterator[Directive]:
    """Docker labels and tags `taskfit:ignore` = `FIT301 FIT203`, for the definition that bears them."""
    for position, readings in enumerate(document.definitions):
        for pointer, text in _marks(readings[0]):
            yield Directive(_selectors(text), "", readings[0].locate(pointer, False), definition=position)


def _marks(reading: Reading) -> Iterator[tuple[str, str]]:
    for index, tag in objects(reading.task.data, "tags"):
        if tag.get("key") == KEY and isinstance(tag.get("value"), str):
            yield f"/tags/{index}/value", tag["value"]
    for container in reading.task.containers:
        labels = container.data.get("dockerLabels")
        if isinstance(labels, dict) and isinstance(labels.get(KEY), str):
            yield f"{container.pointer}/dockerLabels/{KEY}", labels[KEY]


def _next_line(source: SourceText, line: int) -> int:
    """The next line that is no comment and not empty."""
    lines = source.lines
    following = range(line + 1, len(lines) + 1)
    return next((number for number in following if not re.match(r"\s*(#|//|$)", lines[number - 1])), line)


def _selectors(text: str) -> tuple[str, ...]:
    return tuple(part for part in _SEPARATOR.split(text) if part)
