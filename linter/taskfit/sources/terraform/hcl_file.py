"""A file of HCL: its text, how messages call it, and the way from a byte of its syntax to a character."""

from __future__ import annotations

import os
import re
from itertools import islice

from taskfit.record import Record, cached_property
from taskfit.syntax.text import SourceText

LONGEST_TEXT = 200
"""Characters of a part that a message may quote."""

_WORD = re.compile(rf"\S{{1,{LONGEST_TEXT}}}")


class HclFile(Record):
    """A file's text and how messages call it; `shift` is how far syntax stands before the text it was made from."""

    name: str
    source: SourceText
    shift: int = 0
    path: str = ""
    """Where it lies, free of links; empty for what is no file of its own."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @cached_property
    def _characters(self) -> list[int] | None:
        """The character that each byte belongs to; nothing if that is the byte itself."""
        text = self.source.text
        if text.isascii():
            return None
        table = [index for index, character in enumerate(text) for _ in character.encode("utf-8", "replace")]
        return [*table, len(text)]

    @cached_property
    def _length(self) -> int:
        """The number of bytes."""
        return len(self.source.text) if self._characters is None else len(self._characters) - 1

    @cached_property
    def has_own_offsets(self) -> bool:
        """Whether a byte of the syntax is the same character of the text."""
        return not self.shift and self._characters is None

    def offset(self, byte: int) -> int:
        """The character at a byte of the syntax."""
        byte -= self.shift
        if not 0 <= byte <= self._length:
            byte = 0 if byte < 0 else self._length
        return byte if self._characters is None else self._characters[byte]

    def quoted(self, start: int, end: int) -> str:
        """A part as it is written, on one line and not at any length."""
        text = self.source.text
        if end - start <= LONGEST_TEXT:
            return " ".join(text[start:end].split())
        # The beginning, without looking at more of it than that.
        words = islice(_WORD.finditer(text, start, end), LONGEST_TEXT // 2)
        return " ".join(word[0] for word in words)[:LONGEST_TEXT]


def relative(file: HclFile, reader: HclFile) -> str:
    """A file seen from the folder of another; empty if it is that one."""
    if file is reader:
        return ""
    if not file.path or not reader.path:
        return file.name
    return os.path.relpath(file.path, os.path.dirname(reader.path)).replace(os.sep, "/")
