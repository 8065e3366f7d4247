"""JSON as teams keep it: with comments, trailing commas and placeholders without quotes, each value at its place.

Strict JSON without such things takes the standard library's parser; this reader runs where that one fails, and where a
finding needs a place.
"""

from __future__ import annotations

import json
import re
from typing import Any

from taskfit.definition import Unknown
from taskfit.sources.placeholders import bare
from taskfit.sources.tree import Node, UnreadableError

MAX_DEPTH = 100
"""Levels of nesting; RegisterTaskDefinition has less than ten."""

_SKIP = re.compile(r"(?:[ \t\r\n\f\v\u00a0\ufeff]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"', re.DOTALL)
_LOOSE_STRING = re.compile(r'"(?:[^"\\\r\n]|\\.)*"')
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.])")
_LITERAL = re.compile(r"(?:true|false|null)(?!\w)")
_TOKEN = re.compile(r"[^\s,:\]}{\[]{1,20}|.", re.DOTALL)
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


def looks_like_json(text: str) -> bool:
    """Whether the text, after comments, opens an object or a list."""
    match = _SKIP.match(text)
    return text[match.end() if match else 0 :][:1] in ("{", "[")


def loads(text: str) -> Any:
    """The value of a strict JSON text without duplicate keys; `None` where `parse` must have a look."""
    duplicates = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal duplicates
        mapping = dict(items)
        duplicates = duplicates or len(mapping) < len(items)
        return mapping

    try:
        value = json.loads(text, object_pairs_hook=pairs)
    except (ValueError, RecursionError):
        return None
    return None if duplicates else value


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.placeholder_end = -1

    def skip(self) -> None:
        match = _SKIP.match(self.text, self.at)
        if match:
            self.at = match.end()

    def token(self) -> str:
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
        start = self.at
        if placeholder := bare().match(self.text, start):
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
            return Node(start, self.at, json.loads(number[0]) if len(number[0]) < 300 else float("inf"))
        if literal := _LITERAL.match(self.text, start):
            self.at = literal.end()
            return Node(start, self.at, _LITERALS[literal[0]])
        raise UnreadableError(f"expected a value, found {self.token()}", start)

    def string(self) -> Node:
        start = self.at
        match = _STRING.match(self.text, start) or _LOOSE_STRING.match(self.text, start)
        if not match:
            raise UnreadableError("this string has no closing quote", start)
        self.at = match.end()
        try:
            return Node(start, self.at, json.loads(match[0], strict=False))
        except ValueError as error:
            reason = str(getattr(error, "msg", error))
            raise UnreadableError(f"this string can't be read: {reason[0].lower()}{reason[1:]}", start) from None

    def unknown(self, match: re.Match[str]) -> Node:
        self.at = self.placeholder_end = match.end()
        return Node(match.start(), self.at, Unknown(match[0]))

    def mapping(self, start: int, depth: int) -> Node:
        entries: list[tuple[Node, Node]] = []
        node = Node(start, start, entries=entries)
        seen: set[object] = set()
        while not self.accept("}"):
            self.separator(entries or node.is_partial, "}", start, "object")
            if self.accept("}"):
                break
            self.entry(node, entries, seen, depth)
        node.end = self.at
        return node

    def entry(self, node: Node, entries: list[tuple[Node, Node]], seen: set[object], depth: int) -> None:
        if placeholder := bare().match(self.text, self.at):
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
            node.duplicates.append(key)
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
        # A placeholder alone on its line may bring its own commas.
        if has_items and not comma and not self._is_beside_placeholder():
            raise UnreadableError(f'expected "," or "{close}", found {self.token()}', self.at)
        self.skip()

    def _is_beside_placeholder(self) -> bool:
        before = self.placeholder_end >= 0 and not self.text[self.placeholder_end : self.at].strip()
        return before or bare().match(self.text, self.at) is not None
