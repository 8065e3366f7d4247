"""The error and the limit that all readers of text share."""

from __future__ import annotations

import re

MAX_DEPTH = 100
"""Limit on levels of nesting; RegisterTaskDefinition has fewer than ten."""

_TOKEN = re.compile(r"\w[\w.-]{0,20}|\S")


class UnreadableError(Exception):
    """A file that can't be read, and the offset where reading stopped."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


def found(text: str, at: int) -> str:
    """The word or character at an offset, as a message shows it."""
    match = _TOKEN.match(text, at)
    return f'"{match[0]}"' if match else "the end of the line" if text[at:].strip() else "the end of the file"
