"""Converts positions in a text: taskfit counts characters from 1, an editor counts code units from 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lsprotocol import types

from taskfit.finding import Span
from taskfit.syntax.text import SourceText

if TYPE_CHECKING:
    from pygls.workspace import PositionCodec


class Positions:
    """Converts positions of one text to and from the code units that the editor negotiated."""

    def __init__(self, text: str, codec: PositionCodec) -> None:
        source = SourceText(text)
        # The editor counts a byte order mark, taskfit does not.
        self._mark = text[: len(text) - len(source.text)]
        self._lines = source.lines
        self._lines[0] = self._mark + self._lines[0]
        self._codec = codec

    def range(self, span: Span) -> types.Range:
        """A span as a range of the protocol."""
        return types.Range(self._to_editor(span.line, span.column), self._to_editor(span.end_line, span.end_column))

    def place(self, position: types.Position) -> tuple[int, int]:
        """Line and column, from 1, of a position of the editor, limited to the end of the line and of the text."""
        number = min(position.line, len(self._lines) - 1)
        line = self._lines[number]
        if position.line > number:
            return self._from_editor(number, len(line))
        units = characters = 0
        for character in line:
            units += self._codec.client_num_units(character)
            if units > position.character:
                break
            characters += 1
        return self._from_editor(number, characters)

    def _to_editor(self, line: int, column: int) -> types.Position:
        before = self._lines[line - 1][: column - 1 + self._shift(line - 1)]
        return types.Position(line - 1, self._codec.client_num_units(before))

    def _from_editor(self, number: int, characters: int) -> tuple[int, int]:
        return number + 1, max(characters - self._shift(number), 0) + 1

    def _shift(self, number: int) -> int:
        return len(self._mark) if number == 0 else 0
