"""The nodes of a manifest, and of what is made of it."""

from __future__ import annotations

import re
from typing import Any

from taskfit.definition import Unknown
from taskfit.syntax.tree import Node, entries_of

Entry = tuple[Node, Node]

_SECONDS = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")


def value_at(node: Node | None, name: str) -> Node | None:
    """What a mapping has at a key, if that is not null."""
    found = next((value for key, value in entries_of(node) if key.value == name), None)
    return None if found is not None and found.value is None and not (found.entries or found.items) else found


def key_of(node: Node, name: str) -> Node:
    """Where a key stands; the whole if it is absent."""
    return next((key for key, _ in entries_of(node) if key.value == name), Node(node.start, node.start, name))


def named(key: Node, name: str) -> Node:
    """A key of the API at the place of a key of the manifest."""
    return Node(key.start, key.end, name)


def entry(key: Node, name: str, place: Node, content: Any) -> Entry:
    """A scalar at a place, under a key of the API."""
    return named(key, name), Node(place.start, place.end, content)


def unknown(node: Node, text: str) -> Node:
    """An unknown value at a place."""
    return Node(node.start, node.end, Unknown(text, "reference"))


def seconds(node: Node) -> Node:
    """`1m30s` as 90."""
    match = _SECONDS.fullmatch(node.value) if isinstance(node.value, str) and node.value else None
    if match is None:
        return node if not isinstance(node.value, str) else unknown(node, node.value)
    hours, minutes, rest = (int(part or 0) for part in match.groups())
    return Node(node.start, node.end, hours * 3600 + minutes * 60 + rest)
