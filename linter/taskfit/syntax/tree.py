"""The syntax tree of all text formats: values with their offsets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from taskfit.definition import Partial
from taskfit.record import Struct

FEW = 16
"""Number of entries up to which a search is faster than an index."""


class Node(Struct):
    """A value with its place. `value` is a scalar or `Unknown`; a mapping has `entries`, a sequence `items`."""

    start: int
    end: int
    value: Any = None
    entries: list[tuple[Node, Node]] | None = None
    items: list[Node] | None = None
    is_partial: bool = False
    """Whether a placeholder is among the mapping's keys, so that it may have unknown keys."""
    duplicates: Sequence[Node] = ()
    """Repeated occurrences of keys in this mapping."""
    tag: str | None = None
    """A user-defined YAML tag, such as `!Ref`; kept only if the reader requests it."""
    _index: tuple[object, int, dict[Any, tuple[Node, Node]]] = (None, 0, {})
    """The last entry of each key, with the list and length that this index was built from."""

    @property
    def is_empty(self) -> bool:
        """Whether the text omits the value (`key:` alone)."""
        return self.value is None and self.entries is None and self.items is None and self.start == self.end

    def plain(self) -> Any:
        """The value without positions; the last of a duplicate key."""
        if self.entries is not None:
            mapping = {key.value: node.plain() for key, node in self.entries}
            return Partial(mapping) if self.is_partial else mapping
        if self.items is not None:
            return [node.plain() for node in self.items]
        return self.value

    def find(self, steps: Sequence[str]) -> tuple[Node, Node | None]:
        """The node at a path and the node of its key; the deepest existing ones if the path leads nowhere."""
        node: Node = self
        key: Node | None = None
        for step in steps:
            if node.entries is not None:
                found = node._last(step)
                if found is None:
                    break
                key, node = found
            elif node.items is not None and step.isdigit() and int(step) < len(node.items):
                key, node = None, node.items[int(step)]
            else:
                break
        return node, key

    def _last(self, step: str) -> tuple[Node, Node] | None:
        """The entry of a key; the last of a duplicate key."""
        entries = self.entries or []
        if len(entries) <= FEW:
            for entry in reversed(entries):
                if entry[0].value == step:
                    return entry
            return None
        if self._index[0] is not entries or self._index[1] != len(entries):
            self._index = (entries, len(entries), {key.value: (key, value) for key, value in entries})
        return self._index[2].get(step)

    def walk(self) -> Iterator[Node]:
        """This node and all below it."""
        pending = [self]
        while pending:
            node = pending.pop()
            yield node
            if node.items:
                pending += node.items
            if node.entries:
                pending += [child for _, child in node.entries]


def get(node: Node | None, name: str) -> Node | None:
    """The value at a key of a mapping; the first of a duplicate key."""
    for key, value in entries_of(node):
        if key.value == name:
            return value
    return None


def entries_of(node: Node | None) -> list[tuple[Node, Node]]:
    """The keys and values of a mapping; empty for anything else."""
    return (node.entries if node is not None else None) or []


def items_of(node: Node | None) -> list[Node]:
    """The items of a sequence; empty for anything else."""
    return (node.items if node is not None else None) or []


def text_of(node: Node | None) -> str | None:
    """The value if it is a string."""
    return node.value if node is not None and isinstance(node.value, str) else None
