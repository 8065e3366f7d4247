"""Lenient JSON: with comments, trailing commas and unquoted placeholders, each value with its place.

The standard library's parser reads strict JSON; this one runs if that parser fails, or if a finding needs a place.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence

from taskfit.definition import Unknown
from taskfit.syntax.placeholders import bare, closed
from taskfit.syntax.strict_json import SKIP
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import MAX_DEPTH, UnreadableError

MAX_NODES = 1_000_000
"""Limit on the values of a text that is not strict JSON, or a Terraform plan; the largest real file seen has 20,000."""

_BLANKS = re.compile(r"[ \t\r\n]*")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"', re.DOTALL)
_LOOSE_STRING = re.compile(r'"(?:[^"\\\r\n]|\\.)*"')
_TEMPLATE = re.compile(r"\{\{(?:(?!\{\{)[^\r\n])*?\}\}")
_TEMPLATED_STRING = re.compile(rf'"(?>(?:{_TEMPLATE.pattern}|[^"\\\r\n]|\\.)*)"')
"""A string with further quotes within `{{ }}`; atomic, as backtracking would take exponential time."""
_LINE_END = re.compile(r"[\r\n]|\Z")
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")
_LITERAL = re.compile(r"(?:true|false|null)(?!\w)")
_SKIP = re.compile(SKIP)
_TOKEN = re.compile(r"[^\s,:\]}{\[]{1,20}|.", re.DOTALL)
_SHORT_STRING = re.compile(r'"([^"\\\r\n]{1,30})("?)')
_LENIENT = json.JSONDecoder(strict=False)
"""Accepts line ends and tabs in strings."""
_LITERALS = {"true": True, "false": False, "null": None}


def parse(text: str) -> Node:
    """The tree of a JSON text.

    Raises `UnreadableError` with the offset of the first thing that is wrong.
    """
    parser = _Parser(text)
    node = parser.value(0)
    parser.skip()
    if parser.at < len(text):
        raise UnreadableError(f"expected the end of the file, found {parser.token()}", parser.at)
    return node


class Outline:
    """The places of the values in a text that `loads` has read; parses a level only for a finding below it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = json.JSONDecoder()
        self._root = self._value(self._next(0))
        self._opened: set[int] = set()

    def find(self, steps: Sequence[str]) -> tuple[Node, Node | None]:
        """The node at a path and the node of its key; the deepest existing ones if the path leads nowhere."""
        node: Node = self._root
        key: Node | None = None
        for step in steps:
            self._open(node)
            found, its_key = node.find([step])
            if found is node:
                break
            node, key = found, its_key
        self._open(node)  # A finding points into its node, wherever earlier findings were.
        return node, key

    def _next(self, at: int) -> int:
        match = _BLANKS.match(self._text, at)
        return match.end() if match else at

    def _value(self, at: int) -> Node:
        """The value that begins here, without its contents."""
        value, end = self._decoder.raw_decode(self._text, at)
        if isinstance(value, dict):
            return Node(at, end, entries=[])
        return Node(at, end, items=[]) if isinstance(value, list) else Node(at, end, value)

    def _open(self, node: Node) -> None:
        """Add the contents of an object or a list to its node."""
        if node.start in self._opened or (node.entries is None and node.items is None):
            return
        self._opened.add(node.start)
        at = self._next(node.start + 1)
        while self._text[at] not in "}]":
            child = self._value(at)
            if node.entries is not None:
                key, child = child, self._value(self._next(self._next(child.end) + 1))
                node.entries.append((key, child))
            elif node.items is not None:
                node.items.append(child)
            at = self._next(child.end)
            if self._text[at] == ",":
                at = self._next(at + 1)


def _quoted(template: re.Match[str]) -> str:
    return re.sub(r'(?<!\\)"', r"\"", template[0])


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.closed = closed(text)
        self.at = 0
        self.nodes = 0
        self.placeholder_end = -1
        self.plain_until = 0
        """No string before this offset contains a quoted template: a string with one would not end in this line."""

    def skip(self) -> None:
        match = _SKIP.match(self.text, self.at)
        if match:
            self.at = match.end()

    def token(self) -> str:
        """The text here, as shown in a message."""
        match = _SHORT_STRING.match(self.text, self.at)
        if match:
            return f"{match[0]}{'' if match[2] else '...'}"
        match = _TOKEN.match(self.text, self.at)
        return json.dumps(match[0], ensure_ascii=False) if match else "the end of the file"

    def accept(self, character: str) -> bool:
        self.skip()
        if self.text.startswith(character, self.at):
            self.at += 1
            return True
        return False

    def value(self, depth: int) -> Node:
        self.skip()
        if depth > MAX_DEPTH:
            raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels", self.at)
        self.nodes += 1
        if self.nodes > MAX_NODES:
            raise UnreadableError(f"has more than {MAX_NODES} values", self.at)
        start = self.at
        if placeholder := bare().match(self.closed, start):
            return self.unknown(placeholder)
        if self.accept("{"):
            return self.mapping(start, depth)
        if self.accept("["):
            return self.sequence(start, depth)
        return self.scalar()

    def scalar(self) -> Node:
        start = self.at
        if self.text.startswith('"', start):
            return self.string()
        if number := _NUMBER.match(self.text, start):
            self.at = number.end()
            value = json.loads(number[0]) if len(number[0]) < 300 else math.inf
            if value in (math.inf, -math.inf):
                raise UnreadableError("this number is too large", start)
            return Node(start, self.at, value)
        if literal := _LITERAL.match(self.text, start):
            self.at = literal.end()
            return Node(start, self.at, _LITERALS[literal[0]])
        raise UnreadableError(f"expected a value, found {self.token()}", start)

    def string(self) -> Node:
        start = self.at
        match = _STRING.match(self.text, start) or _LOOSE_STRING.match(self.text, start)
        if match and start >= self.plain_until and match[0].count("{{") > match[0].count("}}"):
            match = self.templated(start) or match
        if not match:
            raise UnreadableError("this string has no closing quote", start)
        self.at = match.end()
        try:
            return Node(start, self.at, _LENIENT.decode(_TEMPLATE.sub(_quoted, match[0])))
        except ValueError as error:
            reason = str(getattr(error, "msg", error))
            raise UnreadableError(f"this string can't be read: {reason[0].lower()}{reason[1:]}", start) from None

    def templated(self, start: int) -> re.Match[str] | None:
        match = _TEMPLATED_STRING.match(self.text, start)
        line_end = None if match else _LINE_END.search(self.text, start)
        if line_end:
            self.plain_until = line_end.start()
        return match

    def unknown(self, match: re.Match[str]) -> Node:
        self.at = self.placeholder_end = match.end()
        return Node(match.start(), self.at, Unknown(self.text[match.start() : self.at]))

    def mapping(self, start: int, depth: int) -> Node:
        entries: list[tuple[Node, Node]] = []
        duplicates: list[Node] = []
        node = Node(start, start, entries=entries, duplicates=duplicates)
        seen: set[object] = set()
        while not self.accept("}"):
            self.separator(entries or node.is_partial, "}", start, "object")
            if self.accept("}"):
                break
            self.entry(node, entries, duplicates, seen, depth)
        node.end = self.at
        return node

    def entry(
        self, node: Node, entries: list[tuple[Node, Node]], duplicates: list[Node], seen: set[object], depth: int
    ) -> None:
        if placeholder := bare().match(self.closed, self.at):
            key = self.unknown(placeholder)
            self.skip()
            node.is_partial = True
            if not self.text.startswith(":", self.at):
                return
        elif self.text.startswith('"', self.at):
            key = self.string()
        else:
            raise UnreadableError(f"expected a key in double quotes, found {self.token()}", self.at)
        if not self.accept(":"):
            raise UnreadableError(f'expected ":" after the key, found {self.token()}', self.at)
        if isinstance(key.value, Unknown):
            self.value(depth + 1)
            return
        if key.value in seen:
            duplicates.append(key)
        seen.add(key.value)
        entries.append((key, self.value(depth + 1)))

    def sequence(self, start: int, depth: int) -> Node:
        items: list[Node] = []
        while not self.accept("]"):
            self.separator(items, "]", start, "list")
            if self.accept("]"):
                break
            items.append(self.value(depth + 1))
        return Node(start, self.at, items=items)

    def separator(self, has_items: object, close: str, start: int, kind: str) -> None:
        if self.at >= len(self.text):
            raise UnreadableError(f'the {kind} that opens here is never closed with "{close}"', start)
        comma = self.accept(",")
        # A placeholder alone on its line may include its own commas.
        if has_items and not comma and not self._is_beside_placeholder():
            raise UnreadableError(f'expected "," or "{close}", found {self.token()}', self.at)
        self.skip()

    def _is_beside_placeholder(self) -> bool:
        before = self.placeholder_end >= 0 and not self.text[self.placeholder_end : self.at].strip()
        return before or bare().match(self.closed, self.at) is not None
