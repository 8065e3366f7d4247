"""The parts of nested data, regardless of their place, collected in one pass for all checks."""

from __future__ import annotations

from typing import Any

from taskfit.definition.values import Unknown
from taskfit.record import cached_property

MOST_BYTES = 6
"""Of a character in JSON: one that is escaped."""


class Contents:
    """The parts of some data, in no particular order."""

    def __init__(self, data: object, most_bytes: int | None = None) -> None:
        self._most_bytes = most_bytes
        self.keys: list[str] = []
        """The keys of all mappings, with repetitions."""
        self.texts: list[str] = []
        """The strings, except keys."""
        self.others: list[object] = []
        """Numbers, booleans, nulls and unknown values."""
        self._containers: list[Any] = [[data]]
        """The mappings and lists."""
        keys, texts, others, containers = self.keys, self.texts, self.others, self._containers
        for container in containers:  # extended while it is iterated
            items = container
            if isinstance(container, dict):
                keys += container
                items = container.values()
            for item in items:
                kind = type(item)  # almost always exactly one of these types, not a subclass
                if kind is str:
                    texts.append(item)
                elif kind is dict or kind is list or isinstance(item, dict):
                    containers.append(item)
                else:
                    others.append(item)

    @cached_property
    def names(self) -> frozenset[str]:
        """The distinct keys."""
        return frozenset(self.keys)

    @cached_property
    def has_unknowns(self) -> bool:
        """Whether any value is unknown."""
        return Unknown in map(type, self.others)

    @property
    def most_bytes(self) -> int:
        """An upper bound of its size as compact JSON in UTF-8."""
        if self._most_bytes is not None:
            return self._most_bytes
        others = [each.text if isinstance(each, Unknown) else str(each) for each in self.others]
        characters = sum(len("".join(each)) for each in (self.keys, self.texts, others))
        parts = len(self.keys) + len(self.texts) + len(self.others)
        return MOST_BYTES * characters + 4 * parts + 3 * len(self._containers)

    def is_within(self, levels: int) -> bool:
        """Whether mappings and lists are nested at most this many levels deep."""
        return len(self._containers) - 1 <= levels or _depth(self._containers[0]) - 1 <= levels


def _depth(data: Any) -> int:
    """The number of nested levels of mappings and lists."""
    depth, level = 0, [data]
    while level := [each for each in level if isinstance(each, dict | list)]:
        level = [item for each in level for item in (each.values() if isinstance(each, dict) else each)]
        depth += 1
    return depth
