"""YAML, each value at its place, from the events of ruamel.yaml's parser (libyaml, where its wheel is there).

The tree is made from events rather than by the library's own constructor: tags and placeholders stay visible, scalars
follow the core schema of YAML 1.2 (`yes` and `12:30` are strings, as in JSON), and depth and size are bounded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

from taskfit.definition import Unknown
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import MAX_DEPTH, UnreadableError

MAX_NODES = 200_000
"""Values after aliases are expanded; an alias bomb has billions, the largest real file seen 20,000."""

LONGEST_NUMBER = 300
"""Characters of a whole number; a longer one is a string, for Python prints no number of 5,000 digits."""

_DEEP = re.compile(r"^(?: *- ){99}", re.MULTILINE)
"""The beginning of a line that opens so many lists."""
_CORE = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_NUMERIC = frozenset("+-.0123456789")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)


def parse_all(text: str, *, keep_tags: bool = False) -> list[Node]:
    """The trees of a YAML stream, one a document; without `keep_tags`, a scalar with a tag is an unknown value.

    Raises `UnreadableError` with the offset of the first thing that is wrong.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    _check_flow_depth(text)
    try:
        try:
            return _Composer(text, keep_tags=keep_tags).documents(_events(text))
        except MarkedYAMLError as error:
            if error.problem != "found unexpected ':'":
                raise
            # The libyaml of ruamel's wheel is 0.1.7, which refuses `[!Ref AWS::NoValue]`; newer ones read it.
            return _Composer(text, keep_tags=keep_tags).documents(_events(text, pure=True))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        offset = _offset(text, mark)
        words = " ".join(filter(None, (error.problem, error.context))) or "this is not YAML"
        if text.startswith("\t", offset):
            words = "a tab can't indent YAML; use spaces"
        raise UnreadableError(words, offset) from None
    except (YAMLError, ValueError) as error:
        raise UnreadableError(str(error).partition("\n")[0]) from None


def _events(text: str, *, pure: bool = False) -> Iterator[Any]:
    """The parser's events, from libyaml where it is there; the loader that ruamel puts around it takes as long."""
    from ruamel.yaml import YAML, main

    native: Any = None if pure else main.CParser  # type: ignore[attr-defined]
    return iter(native(text).get_event, None) if native else YAML(typ="safe", pure=True).parse(text)


def _offset(text: str, mark: Any) -> int:
    return min(int(mark.index), len(text)) if mark is not None else 0


def _check_flow_depth(text: str) -> None:
    """Refuse what would nest the parser deeper than any file does, before it spends its time on it."""
    if text.count("[") + text.count("{") <= MAX_DEPTH * 10 and not _DEEP.search(text):
        return
    depth = 0
    for match in re.finditer(r"[\[{\]}]|^(?: *- ){99,}", text, re.MULTILINE):
        depth += 1 if match[0] in "[{" else -1 if match[0] in "]}" else MAX_DEPTH * 10
        if depth > MAX_DEPTH * 10:
            raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels", match.start())


class _Composer:
    def __init__(self, text: str, *, keep_tags: bool) -> None:
        self.text = text
        self.keep_tags = keep_tags
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.size = 0

    def documents(self, events: Iterator[Any]) -> list[Node]:
        trees = []
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                self.anchors.clear()
            elif kind not in ("StreamStartEvent", "StreamEndEvent", "DocumentEndEvent"):
                trees.append(self.node(event, events, 0))
        return trees

    def node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if depth > MAX_DEPTH:
            raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels", start)
        kind = type(event).__name__
        before = self.size
        self._grow(1, start)
        if kind == "AliasEvent":
            return self._alias(event, start, end)
        tag = event.tag
        if tag is None and kind == "ScalarEvent" and not event.anchor:  # as most are
            return Node(start, end, event.value if event.style else _resolve(event.value))
        is_own = tag is not None and not tag.startswith(_CORE)
        if kind == "ScalarEvent":
            node = Node(start, end, self._scalar(event, tag, is_own=is_own))
        elif kind == "SequenceStartEvent":
            node = self._sequence(start, events, depth)
        else:
            node = self._mapping(start, events, depth)
        if is_own and self.keep_tags:
            node.tag = tag
        if event.anchor:
            self.anchors[event.anchor] = (node, self.size - before)
        return node

    def _alias(self, event: Any, start: int, end: int) -> Node:
        if event.anchor not in self.anchors:
            raise UnreadableError(f"the alias *{event.anchor} has no anchor", start)
        target, size = self.anchors[event.anchor]
        self._grow(size, start)
        return Node(start, end, target.value, target.entries, target.items, target.is_partial, tag=target.tag)

    def _grow(self, size: int, offset: int) -> None:
        self.size += size
        if self.size > MAX_NODES:
            raise UnreadableError(f"expands to more than {MAX_NODES} values", offset)

    def _scalar(self, event: Any, tag: str | None, *, is_own: bool) -> Any:
        if is_own and not self.keep_tags:
            return Unknown(self.text[event.start_mark.index : event.end_mark.index].strip(), "reference")
        if is_own or event.style or tag == "tag:yaml.org,2002:str":
            return event.value
        return _resolve(event.value)

    def _sequence(self, start: int, events: Iterator[Any], depth: int) -> Node:
        items: list[Node] = []
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                return Node(start, self._end(event, items), items=items)
            items.append(self.node(event, events, depth + 1))
        raise UnreadableError("this sequence never ends", start)

    def _mapping(self, start: int, events: Iterator[Any], depth: int) -> Node:
        entries: list[tuple[Node, Node]] = []
        duplicates: list[Node] = []
        node = Node(start, start, entries=entries, duplicates=duplicates)
        merged: list[tuple[Node, Node]] = []
        seen: set[Any] = set()
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                node.end = self._end(event, [value for _, value in entries[-1:]])
                if merged:
                    entries[:0] = [(key, value) for key, value in merged if key.value not in seen]
                return node
            key = self.node(event, events, depth + 1)
            value = self.node(next(events), events, depth + 1)
            if key.entries is not None or key.items is not None:
                # `{{ name }}` without quotes reads as a mapping in a mapping: a placeholder among the keys.
                node.is_partial = True
            elif key.value == "<<":
                merged += _merged(value)
            else:
                if not isinstance(key.value, str):
                    key.value = self.text[key.start : key.end].strip()
                if key.value in seen:
                    duplicates.append(key)
                seen.add(key.value)
                entries.append((key, value))
        raise UnreadableError("this mapping never ends", start)

    @staticmethod
    def _end(event: Any, children: list[Node]) -> int:
        # A block collection's end mark lies on the next line; its text ends with its last child.
        end: int = event.end_mark.index
        return end if event.end_mark.index > event.start_mark.index or not children else children[-1].end


def _merged(value: Node) -> list[tuple[Node, Node]]:
    if value.items is not None:
        return [entry for item in reversed(value.items) for entry in item.entries or ()]
    return list(value.entries or ())


def _resolve(text: str) -> Any:
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if text[0] not in _NUMERIC:
        return text
    if _INTEGER.fullmatch(text):
        if len(text) >= LONGEST_NUMBER:
            return text
        return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
    if _FLOAT.fullmatch(text) and math.isfinite(number := float(text)):
        return number
    return text
