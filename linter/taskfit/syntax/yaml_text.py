"""YAML, each value with its place, from the events of ruamel.yaml's parser (libyaml, if its wheel is installed).

The tree is built from events instead of the library's own constructor: tags and placeholders stay visible, scalars
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
"""Limit on values with aliases expanded; an alias bomb has billions, the largest real file seen 20,000."""

LONGEST_NUMBER = 300
"""Limit on the characters of a whole number; a longer one is a string, as Python does not print 5,000 digits."""

_DEEP = re.compile(r"- +(?:- +){98}")
"""Brackets at the start of a line that nest too deep; the literal first character lets `re` skip to the next one."""
_CORE = "tag:yaml.org,2002:"
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_TEXTS = frozenset((str,))
_NUMERIC = frozenset("+-.0123456789")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_CONSTANTS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_BEGINNINGS = _NUMERIC.union(text[:1] for text in _CONSTANTS)
"""The first characters of plain scalars that may be something other than a string."""


def parse_all(text: str, *, keep_tags: bool = False) -> list[Node]:
    """The trees of a YAML stream, one per document; without `keep_tags`, a scalar with a tag is an unknown value.

    Raises `UnreadableError` with the offset of the first thing that is wrong.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError
    from ruamel.yaml.reader import ReaderError

    _check_flow_depth(text)
    try:
        try:
            return _Composer(text, keep_tags=keep_tags).documents(_events(text))
        except MarkedYAMLError as error:
            if error.problem != "found unexpected ':'":
                raise
            # ruamel's wheel has libyaml 0.1.7, which rejects `[!Ref AWS::NoValue]`; newer versions accept it.
            return _Composer(text, keep_tags=keep_tags).documents(_events(text, pure=True))
    except MarkedYAMLError as error:
        from taskfit.syntax import yaml_errors

        raise yaml_errors.unreadable(text, error) from None
    except ReaderError:
        from taskfit.syntax import yaml_errors

        raise yaml_errors.forbidden_character(text) from None
    except (YAMLError, ValueError) as error:
        raise UnreadableError(str(error).partition("\n")[0]) from None


def _events(text: str, *, pure: bool = False) -> Iterator[Any]:
    """The parser's events, from libyaml if installed; without ruamel's loader, which would double the time."""
    from ruamel.yaml import YAML, main

    native: Any = None if pure else main.CParser  # type: ignore[attr-defined]
    return iter(native(text).get_event, None) if native else YAML(typ="safe", pure=True).parse(text)


def _check_flow_depth(text: str) -> None:
    """Reject text that nests deeper than any real file, before the parser spends time on it."""
    if text.count("[") + text.count("{") <= MAX_DEPTH * 10 and not _DEEP.search(text):
        return
    depth = 0
    for match in re.finditer(r"[\[{\]}]|^(?: *- ){99,}", text, re.MULTILINE):
        depth += 1 if match[0] in "[{" else -1 if match[0] in "]}" else MAX_DEPTH * 10
        if depth > MAX_DEPTH * 10:
            raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels", match.start())


class _Composer:
    """Builds trees from events, with a stack of open collections: a call for each value would double the time."""

    def __init__(self, text: str, *, keep_tags: bool) -> None:
        self._text = text
        self._keep_tags = keep_tags
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._size = 0
        self._open: list[tuple[Any, int, list[Node]]] = []
        """For each open collection its first event, the size before it, and the values of the collection around it."""

    def documents(self, events: Iterator[Any]) -> list[Node]:
        """The tree of each document."""
        from ruamel.yaml import events as kinds

        scalar, mapping, sequence = kinds.ScalarEvent, kinds.MappingStartEvent, kinds.SequenceStartEvent
        end_of_mapping, end_of_sequence = kinds.MappingEndEvent, kinds.SequenceEndEvent
        trees: list[Node] = []
        values = trees
        for event in events:
            kind = type(event)
            if kind is scalar:
                self._size += 1
                if self._size > MAX_NODES or len(self._open) > MAX_DEPTH:
                    self._grow(0, event)
                if event.ctag is None and event.anchor is None:  # as most are
                    value = event.value
                    if value[:1] in _BEGINNINGS and not event.style:
                        value = _resolve(value)
                    values.append(Node(event.start_mark.index, event.end_mark.index, value))
                else:
                    values.append(self._tagged(event, self._scalar(event), self._size - 1))
            elif kind is mapping or kind is sequence:
                self._grow(1, event)
                self._open.append((event, self._size - 1, values))
                values = []
            elif kind is end_of_mapping or kind is end_of_sequence:
                first, size, outer = self._open.pop()
                start, end = first.start_mark.index, _end(event, values)
                node = self._mapping(start, end, values) if kind is end_of_mapping else Node(start, end, items=values)
                outer.append(node if first.ctag is None and first.anchor is None else self._tagged(first, node, size))
                values = outer
            elif kind is kinds.AliasEvent:
                self._grow(1, event)
                values.append(self._alias(event))
            elif kind is kinds.DocumentStartEvent:
                self._anchors.clear()
        return trees

    def _grow(self, size: int, event: Any) -> None:
        self._size += size
        if self._size > MAX_NODES:
            raise UnreadableError(f"expands to more than {MAX_NODES} values", event.start_mark.index)
        if len(self._open) > MAX_DEPTH:
            raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels", event.start_mark.index)

    def _tagged(self, event: Any, node: Node, size: int) -> Node:
        """The node with the tag and the anchor of its first event."""
        if self._keep_tags and _is_own(event.tag):
            node.tag = event.tag
        if event.anchor:
            self._anchors[event.anchor] = (node, self._size - size)
        return node

    def _alias(self, event: Any) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if event.anchor not in self._anchors:
            raise UnreadableError(f"the alias *{event.anchor} has no anchor", start)
        target, size = self._anchors[event.anchor]
        self._grow(size, event)
        return Node(start, end, target.value, target.entries, target.items, target.is_partial, tag=target.tag)

    def _scalar(self, event: Any) -> Node:
        start, end, tag = event.start_mark.index, event.end_mark.index, event.tag
        if _is_own(tag) and not self._keep_tags:
            return Node(start, end, Unknown(self._text[start:end].strip(), "reference"))
        is_text = _is_own(tag) or event.style or tag == f"{_CORE}str"
        return Node(start, end, event.value if is_text else _resolve(event.value))

    def _mapping(self, start: int, end: int, values: list[Node]) -> Node:
        """The mapping of alternating keys and values."""
        keys = values[::2]
        names = {key.value for key in keys}
        if len(names) == len(keys) and "<<" not in names and _TEXTS.issuperset(map(type, names)):  # as most are
            return Node(start, end, entries=list(zip(keys, values[1::2], strict=True)))
        entries: list[tuple[Node, Node]] = []
        duplicates: list[Node] = []
        merged: list[tuple[Node, Node]] = []
        is_partial = False
        seen: set[Any] = set()
        for key, value in zip(values[::2], values[1::2], strict=True):
            name = key.value
            if key.entries is not None or key.items is not None:
                # `{{ name }}` without quotes reads as a mapping in a mapping: a placeholder among the keys.
                is_partial = True
            elif name == "<<":
                merged += _merged(value)
            else:
                if not isinstance(name, str):
                    name = key.value = self._text[key.start : key.end].strip()
                if name in seen:
                    duplicates.append(key)
                seen.add(name)
                entries.append((key, value))
        if merged:
            entries[:0] = [(key, value) for key, value in merged if key.value not in seen]
        return Node(start, end, entries=entries, is_partial=is_partial, duplicates=duplicates)


def _is_own(tag: str | None) -> bool:
    """Whether a tag is user-defined, not one of YAML's own."""
    return tag is not None and not tag.startswith(_CORE)


def _end(event: Any, values: list[Node]) -> int:
    """The end of a collection. A block's end mark is on a later line, but its text ends with its last value."""
    end: int = event.end_mark.index
    return end if end > event.start_mark.index or not values else values[-1].end


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
