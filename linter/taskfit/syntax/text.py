"""The text of a file, with conversion between offsets and lines and columns."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

from taskfit.finding import Span
from taskfit.record import cached_property

_LINE_END = r"\r\n|\n|\r"


class SourceText:
    """A file's text without its byte order mark."""

    def __init__(self, text: str) -> None:
        self.text = text.removeprefix("\ufeff")

    @cached_property
    def _line_starts(self) -> list[int]:
        if "\r" in self.text:
            return [0, *(match.end() for match in re.finditer(_LINE_END, self.text))]
        return [0, *accumulate(len(line) + 1 for line in self.text.split("\n")[:-1])]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of a character, both from 1."""
        line = bisect_right(self._line_starts, offset)
        return line, offset - self._line_starts[line - 1] + 1

    def offset(self, line: int, column: int) -> int:
        """The offset of a character at a line and column, both from 1."""
        return self.line_start(line) + column - 1

    def span(self, start: int, end: int) -> Span:
        """The span between two offsets."""
        return Span(*self.position(start), *self.position(end))

    @cached_property
    def lines(self) -> list[str]:
        """The lines without line ends."""
        return re.split(_LINE_END, self.text)

    def line_start(self, line: int) -> int:
        """The offset of a line, numbered from 1."""
        return self._line_starts[line - 1]

    def within(self, start: int, end: int, value: object, character: int) -> int:
        """The offset of a character of a scalar's value, in the text of the scalar from `start` to `end`.

        A scalar may be quoted, folded or indented, so both are read in parallel.
        """
        if not isinstance(value, str) or not character:
            return start
        offset, indent = start, end
        if self.text[start] in "|>":
            offset = self.text.index("\n", start)
            first = re.compile(r"[ \n]*\n( *)").match(self.text, offset)
            indent = len(first[1]) if first else 0
            offset += 1 + indent
        for wanted in value[:character]:
            while offset < end and self.text[offset] != wanted and not (wanted.isspace() and self.text[offset] == "\n"):
                offset += 1
            offset += 1
            if self.text[offset - 1 : offset] == "\n":
                line = offset
                while self.text[offset : offset + 1] == " " and offset < min(end, line + indent):
                    offset += 1
        return min(offset, end)
