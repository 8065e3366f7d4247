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
        self.depth = 0
        """The levels of mappings and lists."""
        self._containers = 0
        level: list[Any] = [[data]]
        while level:
            self._containers += len(level)
            level = self._below(level)
            self.depth += bool(level)

    def _below(self, level: list[Any]) -> list[Any]:
        """The mappings and lists in those of one level; everything else in them is added."""
        keys, texts, others, below = self.keys, self.texts, self.others, []
        for container in level:
            items = container
            if isinstance(container, dict):
                keys += container
                items = container.values()
            for item in items:
                if isinstance(item, str):
                    texts.append(item)
                elif isinstance(item, dict | list):
                    below.append(item)
                else:
                    others.append(item)
        return below

    @cached_property
    def names(self) -> frozenset[str]:
        """The different keys."""
        return frozenset(self.keys)

    @cached_property
    def has_unknowns(self) -> bool:
        """Whether any value is unknown."""
        return any(isinstance(each, Unknown) for each in self.others)

    @property
    def most_bytes(self) -> int:
        """No more than this it takes as JSON without blanks in UTF-8: six bytes for each character that is escaped."""
        others = [each.text if isinstance(each, Unknown) else str(each) for each in self.others]
        parts = (*self.keys, *self.texts, *others)
        return 6 * sum(map(len, parts)) + 4 * len(parts) + 3 * self._containers
