"""The error and the limit that all readers of text share."""

from __future__ import annotations

MAX_DEPTH = 100
"""Limit on levels of nesting; RegisterTaskDefinition has fewer than ten."""


class UnreadableError(Exception):
    """A file that can't be read, and the offset where reading stopped."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
