"""Text with expressions in braces: `{value}` in the message of a rule; a brace itself is doubled."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from taskfit.record import NamedTuple

_PARTS = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")

MAX_ENTRIES = 8
"""The most entries of a list that a message names."""


class Slot(NamedTuple):
    """An expression and its offset in the text."""

    expression: str
    offset: int


class TemplateError(ValueError):
    """A text whose braces don't match, with the offset."""

    def __init__(self, offset: int) -> None:
        super().__init__("a brace opens or closes an expression, as in {value}; double it to print one")
        self.offset = offset


def parse(text: str) -> tuple[str | Slot, ...]:
    """The literal parts and expressions of the text.

    Raises `TemplateError`.
    """
    parts: list[str | Slot] = []
    end = 0
    for match in _PARTS.finditer(text):
        parts.append(text[end : match.start()])
        end = match.end()
        if match[1] is not None:
            parts.append(Slot(match[1].strip(), match.start(1)))
        elif len(match[0]) == 2:
            parts.append(match[0][0])
        else:
            raise TemplateError(match.start())
    return (*parts, text[end:])


def slots(text: str) -> Iterator[Slot]:
    """The expressions of a text.

    Raises `TemplateError`.
    """
    return (part for part in parse(text) if isinstance(part, Slot))


def filled(parts: tuple[str | Slot, ...], value: Callable[[str], Any]) -> str:
    """The text with each expression replaced by its formatted value."""
    return "".join(part if isinstance(part, str) else in_words(value(part.expression)) for part in parts)


def in_words(value: Any) -> str:
    """A value formatted for a sentence."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        more = f" and {len(value) - MAX_ENTRIES} more" if len(value) > MAX_ENTRIES else ""
        return ", ".join(map(in_words, value[:MAX_ENTRIES])) + more
    return str(value)
