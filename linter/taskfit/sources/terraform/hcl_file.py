"""A file of HCL: its text, its name in messages, and the conversion of byte offsets to characters."""

from __future__ import annotations

import os
import re
from itertools import islice

from taskfit.record import Record, cached_property
from taskfit.syntax.text import SourceText

LONGEST_TEXT = 200
"""The maximum number of characters that a message quotes."""

_WORD = re.compile(rf"\S{{1,{LONGEST_TEXT}}}")


class HclFile(Record):
    """A file's text and its name in messages; `shift` is the offset between the parsed syntax and the original text."""

    name: str
    source: SourceText
    shift: int = 0
    path: str = ""
    """The file's path with links resolved; empty for a text that is not a separate file."""

    __eq__ = object.__eq__
    __hash__ = object.__hash__

    @cached_property
    def _characters(self) -> list[int] | None:
        """The character index of each byte; `None` if both are the same."""
        text = self.source.text
        if text.isascii():
            return None
        table = [index for index, character in enumerate(text) for _ in character.encode("utf-8", "replace")]
        return [*table, len(text)]

    @cached_property
    def _length(self) -> int:
        """The length in bytes."""
        return len(self.source.text) if self._characters is None else len(self._characters) - 1

    @cached_property
    def has_own_offsets(self) -> bool:
        """Whether byte offsets of the syntax are the character offsets of the text."""
        return not self.shift and self._characters is None

    def offset(self, byte: int) -> int:
        """The character offset of a byte of the syntax."""
        byte -= self.shift
        if not 0 <= byte <= self._length:
            byte = 0 if byte < 0 else self._length
        return byte if self._characters is None else self._characters[byte]

    def quoted(self, start: int, end: int) -> str:
        """A part of the text on one line, shortened to `LONGEST_TEXT`."""
        text = self.source.text
        if end - start <= LONGEST_TEXT:
            return " ".join(text[start:end].split())
        # Only the beginning is processed.
        words = islice(_WORD.finditer(text, start, end), LONGEST_TEXT // 2)
        return f"{' '.join(word[0] for word in words)[: LONGEST_TEXT - 1]}…"


def relative(file: HclFile, reader: HclFile) -> str:
    """A file's path relative to the folder of another file; empty if it is the same file."""
    if file is reader:
        return ""
    if not file.path or not reader.path:
        return file.name
    return os.path.relpath(file.path, os.path.dirname(reader.path)).replace(os.sep, "/")
