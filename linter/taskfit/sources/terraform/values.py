"""Values of HCL after evaluation, with their places in the file that uses them and their origins."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable
from typing import Any

from taskfit.definition import GAP, Unknown
from taskfit.record import NamedTuple
from taskfit.sources import values
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.syntax import json_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import UnreadableError

ELSEWHERE = HclFile("", SourceText(""))
"""The file of values that are in no file."""

_HOLE = re.compile("\\$\\{\ue000(\\d+)\\}")
_TEMPLATE = re.compile(r"[$%]\{")
MAX_TEXT = 262_144
"""The maximum number of characters of a composed string; AWS accepts no definition above 64 KiB."""

MAX_BITS = 1024
"""The maximum size of an integer that a function returns, in bits; a float holds no larger one."""

MAX_WORDS = 4096
"""The maximum number of characters of an unknown value's text."""


class Place(NamedTuple):
    """A range of a file."""

    file: HclFile
    start: int
    end: int


class Trace(NamedTuple):
    """The origin of a value that is not written where it is used."""

    words: str
    """Its description, such as `the default of variable cpu`."""
    home: Place | None = None
    """The place where it is written, if that is in a file."""
    name: str = ""
    """The name by which expressions refer to it, if there is only one: `var.cpu`."""
    way: tuple[Place, ...] = ()
    """The places in other files through which it is used, the nearest to the use first."""

    def moved(self, place: Place | None) -> Trace:
        """The same value at a place of use in another file."""
        return self if place is None else self._replace(way=(place, *self.way))

    @property
    def places(self) -> tuple[Place, ...]:
        """All places, from the use to where it is written."""
        return self.way if self.home is None or self.home in self.way else (*self.way, self.home)

    @property
    def is_known(self) -> bool:
        """Whether anything is known about the origin."""
        return bool(self.words or self.home)


class Piece(NamedTuple):
    """A part of a composed string, up to the next part, and the range of the file that it comes from."""

    at: int
    start: int
    end: int
    is_verbatim: bool
    origin: Trace | None = None


class Text(NamedTuple):
    """A string made of pieces; unknown values and encoded JSON are holes in it."""

    string: str
    pieces: tuple[Piece, ...]
    holes: tuple[Value, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it has no interpolation or directive that a template made of it would evaluate."""
        return not _TEMPLATE.search(_HOLE.sub("", self.string))

    def piece(self, offset: int) -> Piece:
        """The piece that contains a character of the string."""
        return self.pieces[max(0, self._after(offset) - 1)]

    def _after(self, offset: int) -> int:
        """The index of the first piece that begins after a character."""
        return bisect_left(self.pieces, (offset + 1,))

    def place(self, start: int, end: int) -> tuple[int, int, Trace | None]:
        """The place of a range of the string in the file, and its origin."""
        first, last = self.piece(start), self.piece(max(start, end - 1))
        begin = first.start + (start - first.at if first.is_verbatim else 0)
        stop = last.start + end - last.at if last.is_verbatim else last.end
        inner = self.pieces[self._after(start - 1) : self._after(end - 1)]
        return begin, max(begin, stop), first.origin or next((piece.origin for piece in inner if piece.origin), None)


class Value(Node):
    """A value at the place where it is used."""

    origin: Trace | None = None
    text: Text | None = None
    """The pieces of a string."""
    encoded: Node | None = None
    """The value that a string encodes as JSON."""
    is_missing: bool = False
    """Whether Terraform would fail here because an attribute or a key does not exist."""
    is_settled: bool = False
    """Whether no deployment can replace it: an argument of a call, or a default that a call does not set."""

    def size(self, limit: int) -> int:
        """The number of values in it, including those in its strings; counting stops above a limit."""
        count, pending = 0, list[Node]([self])
        while pending and count <= limit:
            node = pending.pop()
            count += 1
            pending += node.items or ()
            pending += (inner for _, inner in node.entries or ())
            if isinstance(node, Value):
                pending += (node.encoded,) if node.encoded is not None else ()
                pending += node.text.holes if node.text is not None else ()
        return count

    def at(self, start: int, end: int, origin: Trace | None) -> Value:
        """The same value at another place."""
        moved = Value(start, end, self.value, self.entries, self.items, self.is_partial, self.duplicates)
        moved.origin, moved.text, moved.encoded = origin, self.text, self.encoded
        moved.is_missing, moved.is_settled = self.is_missing, self.is_settled
        return moved

    @property
    def is_unknown(self) -> bool:
        """Whether its value is unknown; parts of a text may still be known."""
        return isinstance(self.value, Unknown)

    @property
    def is_opaque(self) -> bool:
        """Whether it is completely unknown, without even a known part of a text."""
        return self.is_unknown and self.text is None and self.encoded is None


class Builder:
    """Builds a composed string."""

    def __init__(self) -> None:
        self.chunks: list[str] = []
        self.pieces: list[Piece] = []
        self.holes: list[Value] = []
        self.length = 0

    def add(self, text: str, start: int, end: int, origin: Trace | None = None) -> None:
        """Add a part that comes from a range of the file."""
        if text:
            is_verbatim = origin is None and len(text) == end - start
            self.pieces.append(Piece(self.length, start, end, is_verbatim, origin))
            self.chunks.append(text)
            self.length += len(text)

    def strip(self) -> None:
        """Remove the white space at the end, as `~` requires."""
        while self.chunks and not _HOLE.search(self.chunks[-1]):
            stripped = self.chunks[-1].rstrip()
            self.length -= len(self.chunks[-1]) - len(stripped)
            self.chunks[-1] = stripped
            if stripped:
                return
            self.chunks.pop()
            self.pieces.pop()

    def insert(self, value: Value) -> None:
        """Add an interpolated value: as text, or as a hole if it is unknown or JSON."""
        words, origin = as_text(value.value), value.origin or _PLAIN
        if value.encoded is None and value.text is not None and value.text.holes and not _is_json(value):
            self._splice(value.text, value.start, value.end, origin)
        elif words is None or value.encoded is not None or _is_json(value):
            self.add(f"${{\ue000{len(self.holes)}}}", value.start, value.end, origin)
            self.holes.append(value)
        else:
            self.add(words, value.start, value.end, origin)

    def _splice(self, text: Text, start: int, end: int, origin: Trace) -> None:
        """Add a string that has holes itself, such as several containers joined by `join`."""
        first = len(self.holes)
        self.add(_HOLE.sub(lambda match: f"${{\ue000{int(match[1]) + first}}}", text.string), start, end, origin)
        self.holes += text.holes

    def value(self, start: int, end: int) -> Value:
        """The string."""
        if self.length > MAX_TEXT:
            return Value(start, end, Unknown("a string too long", "reference"))
        pieces = tuple(
            piece if piece.origin is None or piece.origin.is_known else piece._replace(origin=None)
            for piece in self.pieces
        )
        text = Text("".join(self.chunks), pieces, tuple(self.holes))
        origins = [piece.origin for piece in pieces if piece.origin is not None]
        content = _composed(text.string, text)
        return Value(start, end, content, origin=origins[0] if origins else None, text=text)


def verbatim(text: str, start: int, end: int) -> Value:
    """A quoted string whose value is exactly the text between the quotes."""
    if len(text) > MAX_TEXT:
        return Value(start, end, Unknown("a string too long", "reference"))
    pieces = (Piece(0, start + 1, end - 1, is_verbatim=True),) if text else ()
    return Value(start, end, text, text=Text(text, pieces, ()))


_PLAIN = Trace("")
"""The trace of a piece that is not verbatim and has no known origin."""


def _is_json(value: Value) -> bool:
    """Whether a whole string is a list or an object of JSON."""
    string = value.text.string if value.text is not None else value.value
    if not isinstance(string, str) or string.lstrip()[:1] not in ("[", "{"):
        return False
    try:
        json_text.parse(string)
    except UnreadableError:
        return False
    return True


def _filled(string: str, text: Text) -> tuple[str, bool]:
    """The string with its holes filled, and whether all of them could be filled."""
    is_known = True

    def fill(match: re.Match[str]) -> str:
        nonlocal is_known
        number = int(match[1])
        hole = text.holes[number].value if number < len(text.holes) else None
        if isinstance(hole, Unknown) or hole is None:
            is_known = False
            inner = hole.text if hole is not None else ""
            return inner if inner.startswith("${") else f"${{{inner}}}"
        return str(as_text(hole))

    return _HOLE.sub(fill, string), is_known


def _composed(string: str, text: Text) -> str | Unknown:
    """The string with its holes filled; unknown, with the parts that are known, if a hole is."""
    filled, is_known = _filled(string, text)
    if is_known:
        return filled

    def fill(match: re.Match[str]) -> str:
        number = int(match[1])
        hole = text.holes[number].value if number < len(text.holes) else None
        if isinstance(hole, Unknown):
            return hole.outline or GAP
        return as_text(hole) or GAP

    outline = _HOLE.sub(fill, string)
    return Unknown(filled[:MAX_WORDS], "reference", outline if len(outline) <= MAX_WORDS else "")


def as_text(value: Any) -> str | None:
    """A scalar as a template prints it, integers without a decimal point; `None` for other values."""
    return values.as_text(int(value) if isinstance(value, float) and value.is_integer() else value)


def number(text: str) -> int | float | Unknown:
    """The number that a text represents."""
    if len(text) > 100:
        return Unknown(text[:100], "reference")
    try:
        value = float(text)
    except ValueError:
        return Unknown(text, "reference")
    return int(text) if text.isdigit() else int(value) if value.is_integer() and abs(value) < 1e15 else value


def as_value(node: Node) -> Value:
    """Any node as a value."""
    if isinstance(node, Value):
        return node
    return Value(node.start, node.end, node.value, node.entries, node.items, node.is_partial)


def is_too_long(content: Any) -> bool:
    """Whether plain data exceeds the length of a composed string, or has a number that is too large to print."""
    left, pending = MAX_TEXT, [content]
    while pending and left >= 0:
        item = pending.pop()
        left -= len(item) if isinstance(item, str | list | dict) else 1
        if isinstance(item, dict):
            pending += (*item, *item.values())
        elif isinstance(item, list):
            pending += item
        elif isinstance(item, int) and item.bit_length() > MAX_BITS:
            return True
    return left < 0


def decode(value: Value) -> Node | None:
    """The data that a string encodes as JSON; `None` if the string is unknown.

    Raises `UnreadableError` with an offset in the file if the string is not valid JSON.
    """
    if value.encoded is not None:
        return value.encoded
    text = value.text or (Text(value.value, (), ()) if isinstance(value.value, str) else None)
    if text is None:
        return None
    if not text.pieces:
        text = text._replace(pieces=(Piece(0, value.start, value.end, is_verbatim=False, origin=value.origin),))
    try:
        return _placed(json_text.parse(text.string), text)
    except UnreadableError as error:
        if text.holes:
            return None
        raise UnreadableError(error.message, text.place(error.offset, error.offset)[0]) from None


def decode_yaml(value: Value) -> Node | None:
    """The data that a string with unknown parts encodes as YAML; `None` if a part may be more than a single value."""
    from taskfit.syntax import yaml_text

    if value.text is None:
        return None
    try:
        (tree,) = yaml_text.parse_all(value.text.string)
    except (UnreadableError, ValueError):
        return None
    for node in tree.walk():
        if isinstance(node.value, str) and _HOLE.fullmatch(node.value):
            node.value = Unknown(node.value, "placeholder")
    return _placed(tree, value.text)


def _placed(node: Node, text: Text) -> Node:
    """A node of a string's JSON as a node of the file."""
    start, end, origin = text.place(node.start, node.end)
    if node.entries is not None:
        entries: list[tuple[Node, Node]] = []
        made = Value(start, end, entries=entries, is_partial=node.is_partial)
        for key, inner in node.entries:
            name, is_known = _filled(str(key.value), text)
            if is_known:
                begin, stop, _ = text.place(key.start, key.end)
                entries.append((Node(begin, stop, name), _placed(inner, text)))
            else:
                made.is_partial = True
        made.duplicates = [Node(*text.place(key.start, key.end)[:2], key.value) for key in node.duplicates]
        return made
    if node.items is not None:
        return Value(start, end, items=[_placed(item, text) for item in node.items])
    if isinstance(node.value, Unknown):
        return _hole(node.value.text, start, end, text)
    if isinstance(node.value, str) and _HOLE.search(node.value):
        return Value(start, end, _composed(node.value, text), origin=origin)
    return Value(start, end, node.value, origin=origin)


def _hole(token: str, start: int, end: int, text: Text) -> Node:
    match = _HOLE.fullmatch(token)
    if not match or int(match[1]) >= len(text.holes):
        return Value(start, end, Unknown(_filled(token, text)[0], "placeholder"))
    hole = text.holes[int(match[1])]
    try:
        decoded = decode(hole)
    except UnreadableError:
        decoded = None
    if decoded is not None:
        return decoded
    words = hole.value.text if isinstance(hole.value, Unknown) else str(hole.value)
    if words.isidentifier():  # a template variable alone looks like a value
        words = f"${{{words}}}"
    return Value(start, end, Unknown(words, "reference"), origin=hole.origin)


def used(  # noqa: PLR0913, PLR0917
    value: Value, file: HclFile, start: int, end: int, using: HclFile, words: str, name: str = ""
) -> Value:
    """A value from elsewhere at the place that uses it; elements of a collection in the same file keep their places."""
    if using is not file:
        moved = _moved(value, file, start, end, words)
        if value.origin is None and moved.origin is not None and value.items is None and value.entries is None:
            moved.origin = moved.origin._replace(name=name)
        return moved
    if value.items is not None or value.entries is not None:
        return value
    # A value that is referred to indirectly has no single name.
    origin = value.origin and value.origin._replace(name="")
    origin = origin or Trace(words, Place(file, value.start, value.end), name)
    return value.at(start, end, origin)


def _moved(value: Node, file: HclFile, start: int, end: int, words: str) -> Value:
    place = Place(file, value.start, value.end) if file.name else None
    origin = value.origin if isinstance(value, Value) else None
    origin = Trace(words, place, way=(place,) if place else ()) if origin is None else origin.moved(place)
    moved = Value(start, end, value.value, is_partial=value.is_partial, origin=origin)
    if value.entries is not None:
        moved.origin = origin._replace(words="", home=None)
        moved.entries = [
            (_moved(key, file, start, end, words), _moved(inner, file, start, end, words))
            for key, inner in value.entries
        ]
    elif value.items is not None:
        moved.origin = origin._replace(words="", home=None)
        moved.items = [_moved(item, file, start, end, words) for item in value.items]
    if isinstance(value, Value):
        moved.is_missing, moved.is_settled = value.is_missing, value.is_settled
        moved.encoded = _moved_json(value, file, start, end, words)
        if value.text is not None:
            piece = Piece(0, start, end, is_verbatim=False, origin=moved.origin)
            holes = tuple(_moved(hole, file, start, end, words) for hole in value.text.holes)
            moved.text = Text(value.text.string, (piece,), holes)
    return moved


def _moved_json(value: Value, file: HclFile, start: int, end: int, words: str) -> Node | None:
    is_json = value.text is not None and value.text.string.lstrip()[:1] in ("[", "{")
    if value.encoded is None and not is_json:
        return None
    try:
        decoded = decode(value)
    except UnreadableError:
        return None
    return _moved(decoded, file, start, end, words) if decoded is not None else None


def encode(value: Node, start: int, end: int) -> Value:
    """The string that `jsonencode` returns."""
    content = plain(value)
    if is_too_long(content):
        content = Unknown("a string too long", "reference")
    if isinstance(content, Unknown):
        return Value(start, end, content, encoded=value)
    return Value(start, end, json.dumps(content, separators=(",", ":"), ensure_ascii=False), encoded=value)


def plain(value: Node) -> Any:
    """The plain value for computation, or `Unknown` if any part of it is unknown."""
    for node in value.walk():
        if isinstance(node.value, Unknown):
            return node.value
        if node.is_partial:
            return Unknown("a part of it", "reference")
    return value.plain()


def made(content: Any, start: int, end: int, origin: Trace | None = None) -> Value:
    """A computed value as a tree, with one place for all of it."""
    if isinstance(content, dict):
        entries = [(Node(start, end, key), made(item, start, end, origin)) for key, item in content.items()]
        return Value(start, end, entries=list[tuple[Node, Node]](entries))
    if isinstance(content, list | tuple):
        return Value(start, end, items=[made(item, start, end, origin) for item in content])
    return Value(start, end, content, origin=origin)


def origin_of(values: Iterable[Node]) -> Trace | None:
    """The origin of the first of some values that is not written where it is used."""
    nodes = (node for value in values for node in value.walk())
    found = [node.origin for node in nodes if isinstance(node, Value) and node.origin is not None]
    return next((origin for origin in found if origin.is_known), found[0] if found else None)
