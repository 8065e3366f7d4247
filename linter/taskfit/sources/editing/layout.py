"""The layout of a text around its values: lines, indentation, brackets, commas."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from taskfit.record import NamedTuple
from taskfit.sources.editing.notation import Habits, Json
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node

_BLANK = re.compile(r"[ \t]*")
_OPENINGS = ("{", "[")
_BLOCK_SCALAR = re.compile(r"[:-][ \t]+[|>][-+0-9]*[ \t]*(?:#.*)?$", re.MULTILINE)


class NoEdit(Exception):  # noqa: N818 - it is an answer, not an error
    """The edit can't be made with certainty."""


class Patch(NamedTuple):
    """Text that replaces a range of the file; an empty range inserts it."""

    start: int
    end: int
    content: str


@dataclass
class Layout:
    """The layout of the text of one definition."""

    source: SourceText
    tree: Node
    """The definition, or the tree that contains it."""
    notation: Callable[[Node], Json]
    """The notation of the text at a node."""
    region: tuple[int, int]
    """The part of the text that belongs to the definition."""
    has_lines: bool = False
    """Whether the definition's own keys are in a block of lines, as in HCL."""

    _children: dict[int, list[Node]] = field(default_factory=dict, init=False)

    @property
    def text(self) -> str:
        """The text of the file."""
        return self.source.text

    @cached_property
    def eol(self) -> str:
        """The line ending of the file."""
        match = re.search(r"\r\n|\n|\r", self.text)
        return match[0] if match else "\n"

    def children(self, node: Node) -> list[Node]:
        """The entries of an object or a list in the order of the text, each from its key to the end of its value.

        Raises `NoEdit` if anything other than commas and comments is between them.
        """
        if id(node) not in self._children:
            self._children[id(node)] = self._sorted(node)
        return self._children[id(node)]

    def position(self, node: Node, start: int) -> int | None:
        """The index of the child that begins at a character."""
        children = self.children(node)
        at = bisect_left(children, start, key=lambda child: child.start)
        return at if at < len(children) and children[at].start == start else None

    def _sorted(self, node: Node) -> list[Node]:
        pairs = node.entries if node.entries is not None else [(item, item) for item in node.items or ()]
        start, end = self.region if node is self.tree and self.has_lines else (node.start, node.end)
        found = [
            Node(key.start, max(key.end, value.end), value.value, value.entries, value.items)
            for key, value in pairs
            if start <= key.start and value.end <= end
        ]
        found.sort(key=lambda child: child.start)
        if node is self.tree and self.has_lines:
            return found
        notation, brackets = self.notation(node), self.is_bracketed(node)
        edges = [node.start + brackets, *(child.end for child in found)]
        starts = [*(child.start for child in found), node.end - brackets]
        for before, behind in zip(edges, starts, strict=True):
            if not notation.gap.fullmatch(self.text[before:behind] if before <= behind else "?"):
                raise NoEdit
        return found

    def is_bracketed(self, node: Node) -> bool:
        """Whether an object or a list is enclosed in brackets."""
        return self.text[node.start : node.start + 1] in _OPENINGS and not (self.has_lines and node is self.tree)

    def is_plain(self, node: Node, key: Node | None) -> bool:
        """Whether a node has no comment and no anchor, neither inside nor between it and its key."""
        parts = [part for other in node.walk() for part in (other, *(key for key, _ in other.entries or ()))]
        scalars = sorted((part.start, part.end) for part in parts if part.entries is None and part.items is None)
        at, between = key.end if key is not None else node.start, ""
        for start, end in scalars:
            between += self.text[at:start]
            at = max(at, end)
            if self.text[start : start + 1] in ("&", "*", "!"):
                return False
        return re.fullmatch(r"[\s{}\[\],:=-]*", between + self.text[at : node.end]) is not None

    def begins_line(self, offset: int) -> bool:
        """Whether only blanks precede a character on its line."""
        return self._before_blanks(offset) == self.line_start(offset)

    def _before_blanks(self, offset: int) -> int:
        """The start of the blanks before a character."""
        while offset and self.text[offset - 1] in " \t":
            offset -= 1
        return offset

    def line_start(self, offset: int) -> int:
        """The start of a character's line."""
        return self.source.line_start(self.source.position(offset)[0])

    def indent(self, offset: int) -> str:
        """The indentation of a character's line."""
        match = _BLANK.match(self.text, self.line_start(offset))
        return match[0] if match else ""

    def rest(self, offset: int, notation: Json) -> re.Match[str] | None:
        """The rest of a line after an entry, if it is no more than a comma and a comment."""
        return notation.rest.match(self.text, offset)

    def spans_lines(self, node: Node) -> bool:
        """Whether a node spans several lines or is not a scalar."""
        return "\n" in self.text[node.start : node.end] or node.entries is not None or node.items is not None

    def ends_open(self, node: Node) -> bool:
        """Whether a node ends with a block scalar, whose last line does not show where it ends."""
        return _BLOCK_SCALAR.search(self.text, max(self._before_blanks(node.start) - 1, 0), node.end) is not None

    def quotes_keys(self, node: Node) -> bool:
        """Whether the keys of an object, or of the objects in a list, are in double quotes."""
        entries = node.entries or [entry for item in node.items or () for entry in item.entries or ()]
        return any(self.text[key.start : key.start + 1] == '"' for key, _ in entries)

    def habits(self, node: Node, children: Sequence[Node]) -> Habits:
        """The style of colons, commas and quotes in an object or a list, or in the objects in it."""
        habits = replace(self.notation(node).habits, eol=self.eol, quotes_keys=self.quotes_keys(node))
        entries = node.entries or next((item.entries for item in node.items or () if item.entries), None)
        if entries and self.is_bracketed(node):
            colon = self.text[entries[-1][0].end : entries[-1][1].start]
            if re.fullmatch(r"[ \t]*[:=][ \t]*", colon):
                habits = replace(habits, colon=re.sub(r"[ \t]+", " ", colon))
        pair = entries if entries and len(entries) > 1 else None
        between = self.text[pair[0][1].end : pair[1][0].start] if pair else ""
        if not pair and len(children) > 1:
            between = self.text[children[0].end : children[1].start]
        return replace(habits, comma=",") if between == "," else habits

    def list_indent(self) -> int:
        """The number of columns from a key to the dashes of its list in the definition."""
        for node in self.tree.walk():
            for key, value in node.entries or ():
                if value.items and self.text[value.start : value.start + 1] == "-":
                    return max(0, self.source.position(value.start)[1] - self.source.position(key.start)[1])
        return 2


def unit(deeper: str, indent: str) -> str:
    """The indentation of one level, computed from the indentation of a line and of its parent's line."""
    if deeper.startswith(indent) and deeper != indent:
        return deeper.removeprefix(indent)
    return "\t" if "\t" in deeper else "  "
