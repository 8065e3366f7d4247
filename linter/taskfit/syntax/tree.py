"""The syntax tree that every text format is read into: values with the offsets they stand at."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from taskfit.definition import Partial
from taskfit.record import Struct

FEW = 16
"""Entries that are searched sooner than indexed."""


class Node(Struct):
    """A value at its place. `value` is a scalar or `Unknown`; a mapping has `entries`, a sequence `items`."""

    start: int
    end: int
    value: Any = None
    entries: list[tuple[Node, Node]] | None = None
    items: list[Node] | None = None
    is_partial: bool = False
    """A mapping with a placeholder among its keys: there may be more keys than can be seen."""
    duplicates: Sequence[Node] = ()
    """Keys that stand a second time in this mapping."""
    tag: str | None = None
    """A tag of YAML that is not one of its own, such as `!Ref`; kept where the reader asks for it."""
    _index: tuple[object, int, dict[Any, tuple[Node, Node]]] = (None, 0, {})
    """The last entry of each key, and the list and its length that it was made of."""

    @property
    def is_empty(self) -> bool:
        """A value that the text leaves out (`key:` and nothing more)."""
        return self.value is None and self.entries is None and self.items is None and self.start == self.end

    def plain(self) -> Any:
        """The value without positions; of a key given twice, the last counts."""
        if self.entries is not None:
            mapping = {key.value: node.plain() for key, node in self.entries}
            return Partial(mapping) if self.is_partial else mapping
        if self.items is not None:
            return [node.plain() for node in self.items]
        return self.value

    def find(self, steps: Sequence[str]) -> tuple[Node, Node | None]:
        """The node at a path and the node of its key; where the path ends early, the deepest that exists."""
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
        """The entry of a key, of one given twice the last."""
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
    """What a mapping has at a key; of a key given twice, the first."""
    for key, value in entries_of(node):
        if key.value == name:
            return value
    return None


def entries_of(node: Node | None) -> list[tuple[Node, Node]]:
    """The keys and values of a mapping; none of anything else."""
    return (node.entries if node is not None else None) or []


def items_of(node: Node | None) -> list[Node]:
    """The items of a sequence; none of anything else."""
    return (node.items if node is not None else None) or []


def text_of(node: Node | None) -> str | None:
    """A value that is a string."""
    return node.value if node is not None and isinstance(node.value, str) else None
