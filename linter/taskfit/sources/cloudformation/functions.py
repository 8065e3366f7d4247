"""CloudFormation's value functions: their results for evaluated arguments, `None` if unknown."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from taskfit.definition import Unknown
from taskfit.record import replace
from taskfit.sources.values import Provenance, Resolved, as_text, origin_of
from taskfit.syntax.tree import Node

MAX_TEXT = 65_536
"""Limit on the characters of a composed string; AWS accepts no definition above 64 KiB."""


def placed(node: Node, value: Any, origin: Provenance | None = None) -> Resolved:
    """A value at the place that uses it."""
    if isinstance(value, list):
        return Resolved(node.start, node.end, items=[placed(node, item, origin) for item in value])
    if isinstance(value, dict):
        keys = [(Node(node.start, node.end, key), placed(node, item, origin)) for key, item in value.items()]
        return Resolved(node.start, node.end, entries=list(keys))
    return Resolved(node.start, node.end, value, origin=origin)


def composed(node: Node, parts: Sequence[str], origins: Sequence[Provenance]) -> Node | None:
    """A string put together from parts, at the place that uses it."""
    if sum(map(len, parts)) > MAX_TEXT:
        return None
    origin = Provenance(f"put together with {origins[0].text}", origins[0].place) if origins else None
    return Resolved(node.start, node.end, "".join(parts), origin=origin)


def _join(node: Node, delimiter: Node | None, listed: Node | None) -> Node | None:
    between, items = _text(delimiter), _items(listed)
    texts = [as_text(item.value) for item in items or ()]
    known = [text for text in texts if text is not None]
    if between is None or items is None or len(known) < len(texts):
        return None
    if len(between) * len(known) + sum(map(len, known)) > MAX_TEXT:
        return None
    return composed(node, [between.join(known)], [origin for item in items if (origin := origin_of(item))])


def _select(node: Node, position: Node | None, listed: Node | None) -> Node | None:
    index, items = _text(position), _items(listed)
    if index is None or items is None or not (index.isascii() and index.isdigit()):
        return None
    if len(index) > 6 or int(index) >= len(items):
        return None
    return replace(items[int(index)], start=node.start, end=node.end)


def _split(node: Node, delimiter: Node | None, string: Node | None) -> Node | None:
    between, text = _text(delimiter), _text(string)
    if not between or text is None or len(text) > MAX_TEXT:
        return None
    return placed(node, text.split(between))


def _base64(node: Node, string: Node | None) -> Node | None:
    text = _text(string)
    if text is None or len(text) > MAX_TEXT:
        return None
    return placed(node, base64.b64encode(text.encode("utf-8", "replace")).decode("ascii"))


def _length(node: Node, listed: Node | None) -> Node | None:
    items = _items(listed)
    if items is None or any(isinstance(item.value, Unknown) for item in items):
        return None
    return placed(node, len(items))


def _text(value: Node | None) -> str | None:
    return None if value is None else as_text(value.value)


def _items(value: Node | None) -> list[Node] | None:
    """The values of a list, which may itself be the result of a function."""
    return None if value is None else value.items


def _to_json(node: Node, value: Node | None) -> Node | None:
    """`Fn::ToJsonString`."""
    if value is None or any(isinstance(inner.value, Unknown) or inner.is_partial for inner in value.walk()):
        return None
    text = json.dumps(value.plain(), separators=(",", ":"), ensure_ascii=False)
    return Resolved(node.start, node.end, text) if len(text) <= MAX_TEXT else None


OF_ONE: Mapping[str, Callable[[Node, Node | None], Node | None]] = {
    "Fn::Base64": _base64,
    "Fn::Length": _length,
    "Fn::ToJsonString": _to_json,
}
"""Functions of one argument, given the place that uses them."""

OF_TWO: Mapping[str, Callable[[Node, Node | None, Node | None], Node | None]] = {
    "Fn::Join": _join,
    "Fn::Select": _select,
    "Fn::Split": _split,
}
"""Functions of a list of two arguments, given the place that uses them."""
