"""What no reader of a text takes."""

from __future__ import annotations

MAX_DEPTH = 100
"""Levels of nesting that readers take; RegisterTaskDefinition has less than ten."""


class UnreadableError(Exception):
    """A file that can't be read, and the offset where reading stopped."""

    def __init__(self, message: str, offset: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
