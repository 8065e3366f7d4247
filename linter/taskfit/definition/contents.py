"""What data consists of, wherever it is in it: found in one pass for all who ask."""

from __future__ import annotations

from typing import Any

from taskfit.definition.values import Unknown
from taskfit.record import cached_property


class Contents:
    """The parts of some data, in no order that means anything."""

    def __init__(self, data: object) -> None:
        self.keys: list[str] = []
        """Of all mappings, as often as they are there."""
        self.texts: list[str] = []
        """The strings, without the keys."""
        self.others: list[object] = []
        """Numbers, truth values, nulls and unknown values."""
        self._containers: list[Any] = [[data]]
        """The mappings and lists."""
        keys, texts, others, containers = self.keys, self.texts, self.others, self._containers
        for container in containers:  # to which those in it are added
            items = container
            if isinstance(container, dict):
                keys += container
                items = container.values()
            for item in items:
                kind = type(item)  # almost always one of these, and not of a subclass
                if kind is str:
                    texts.append(item)
                elif kind is dict or kind is list or isinstance(item, dict):
                    containers.append(item)
                else:
                    others.append(item)

    @cached_property
    def names(self) -> frozenset[str]:
        """The different keys."""
        return frozenset(self.keys)

    @cached_property
    def has_unknowns(self) -> bool:
        """Whether any value is unknown."""
        return Unknown in map(type, self.others)

    @property
    def most_bytes(self) -> int:
        """No more than this it takes as JSON without blanks in UTF-8: six bytes for each character that is escaped."""
        others = [each.text if isinstance(each, Unknown) else str(each) for each in self.others]
        characters = sum(len("".join(each)) for each in (self.keys, self.texts, others))
        parts = len(self.keys) + len(self.texts) + len(self.others)
        return 6 * characters + 4 * parts + 3 * len(self._containers)

    def is_within(self, levels: int) -> bool:
        """Whether there are mappings and lists within each other on so many levels at most."""
        return len(self._containers) - 1 <= levels or _depth(self._containers[0]) - 1 <= levels


def _depth(data: Any) -> int:
    """The levels of mappings and lists."""
    depth, level = 0, [data]
    while level := [each for each in level if isinstance(each, dict | list)]:
        level = [item for each in level for item in (each.values() if isinstance(each, dict) else each)]
        depth += 1
    return depth
