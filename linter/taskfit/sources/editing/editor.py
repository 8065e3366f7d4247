"""Changes of a definition as edits of the text that it was read from; the rest of the text stays unchanged.

An edit changes only literals that are written in the definition itself: a value that is composed,
referenced, shared by an anchor or filled in by a template is left to its author.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Any

from taskfit.definition import Unknown, split_pointer
from taskfit.finding import Change, Edit
from taskfit.record import NamedTuple
from taskfit.sources.editing.addition import Entry, added
from taskfit.sources.editing.layout import Layout, NoEdit, Patch
from taskfit.sources.editing.notation import Json, NoLiteralError
from taskfit.sources.editing.removal import removed
from taskfit.syntax import placeholders
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node

_NUMBER = re.compile(r"-?[0-9]+")


class _Place(NamedTuple):
    """A node with its key, its parent and the steps that lead to it."""

    node: Node
    key: Node | None
    parent: Node | None
    steps: tuple[str, ...]


@dataclass
class Editor:
    """Applies changes to the text of one definition, in the style of the text."""

    source: SourceText
    tree: Node
    """The definition, or the tree that contains it: each scalar has the value that rules see."""
    notation: Callable[[Node], Json]
    """The notation of the text at a node."""
    root: str = ""
    """Pointer of the definition in the tree."""
    region: tuple[int, int] | None = None
    """The part of the text that belongs to the definition; the range of the tree if `None`."""
    is_lenient: Callable[[tuple[str, ...]], bool] = lambda _: False
    """Whether the value at these steps may be either a number or its text."""
    spell: Callable[[tuple[str, ...], str], str] = lambda _, name: name
    """The format's spelling of a key of the API, given the steps to its object."""
    origin: Callable[[str], tuple[int, int] | None] = lambda _: None
    """The place that the value at a pointer comes from, if nothing else uses it."""
    has_lines: bool = False
    """Whether the definition's own keys are in a block of lines, as in HCL."""

    _duplicates: dict[int, frozenset[object]] = field(default_factory=dict, init=False)

    @cached_property
    def layout(self) -> Layout:
        """The layout of the text."""
        return Layout(self.source, self.tree, self.notation, self._region, self.has_lines)

    def edits(self, changes: Iterable[Change]) -> tuple[Edit, ...] | None:
        """The edits for the changes; `None` if one of them can't be made with certainty."""
        try:
            patches = sorted(set(self._patches(tuple(changes))))
        except NoEdit:
            return None
        if not patches or any(one.end > other.start for one, other in pairwise(patches)):
            return None
        return tuple(Edit(self.source.span(start, end), content) for start, end, content in patches)

    def _patches(self, changes: Sequence[Change]) -> Iterator[Patch]:
        added: dict[tuple[str, ...], list[tuple[str, Any]]] = {}
        for change in changes:
            steps = split_pointer(self.root + change.pointer)
            match change.kind:
                case "replace":
                    yield self._replaced(self._place(steps), change)
                case "rename":
                    yield self._renamed(self._place(steps), change.value)
                case "remove":
                    yield from self._removed(self._place(steps))
                case "add":
                    added.setdefault(steps[:-1], []).append((steps[-1], change.value))
        for parent, entries in added.items():
            yield from self._added(self._place(parent), entries)

    # Places

    def _place(self, steps: tuple[str, ...]) -> _Place:
        """The node at a path, if every node on the path belongs to the definition."""
        place = _Place(self.tree, None, None, ())
        depth = self.root.count("/")
        for level, step in enumerate(steps):
            if self._is_reference(place.node) or (level > depth and not self._is_inside(place.node)):
                raise NoEdit
            if step in self._duplicated(place.node):
                raise NoEdit
            node, key = place.node.find([step])
            if node is place.node:
                raise NoEdit
            place = _Place(node, key, place.node, (*place.steps, step))
        return place

    def _duplicated(self, node: Node) -> Collection[object]:
        """The keys that an object has more than once."""
        if not node.duplicates:
            return ()
        if id(node) not in self._duplicates:
            self._duplicates[id(node)] = frozenset(key.value for key in node.duplicates)
        return self._duplicates[id(node)]

    def _check_own(self, node: Node) -> None:
        if self._is_reference(node) or not self._is_inside(node):
            raise NoEdit

    def _is_reference(self, node: Node) -> bool:
        """Whether YAML has an anchor, an alias or a tag here."""
        return self.text[node.start : node.start + 1] in ("&", "*", "!")

    def _is_inside(self, node: Node) -> bool:
        """Whether a node is in the definition's own part of the text."""
        start, end = self._region
        return node is self._definition or start <= node.start <= node.end <= end

    @property
    def _region(self) -> tuple[int, int]:
        return self.region or (self._definition.start, self._definition.end)

    @property
    def text(self) -> str:
        """The text of the file."""
        return self.source.text

    def _is_shared(self, node: Node) -> bool:
        """Whether the text of a node is used for more than one value of the definition, like the text of an anchor."""
        return self._spans[node.start, node.end] > 1

    @cached_property
    def _spans(self) -> Counter[tuple[int, int]]:
        return Counter((node.start, node.end) for node in self._definition.walk())

    @cached_property
    def _definition(self) -> Node:
        return self.tree.find(split_pointer(self.root))[0]

    # Replacing and renaming

    def _replaced(self, place: _Place, change: Change) -> Patch:
        node, steps = place.node, place.steps
        if isinstance(change.value, dict | list) or isinstance(node.value, Unknown) or place.parent is None:
            raise NoEdit
        if isinstance(node.value, str) and (placeholders.found(node.value) or self._names_a_size(change, node.value)):
            raise NoEdit
        notation = self.notation(node)
        start, end = node.start, node.end
        if not self._is_literal(node, start, end, notation, steps):
            where = self.origin(change.pointer)
            if where is None or not self._is_literal(node, *where, notation, steps):
                raise NoEdit
            start, end = where
        else:
            self._check_own(node)
            if self._is_shared(node):
                raise NoEdit
        return Patch(start, end, self._scalar(change.value, self.text[start:end], notation, steps))

    @staticmethod
    def _names_a_size(change: Change, written: str) -> bool:
        """Whether a size of the task is a bare word that something fills in."""
        return change.pointer in ("/cpu", "/memory") and placeholders.names_a_size(written)

    def _is_literal(self, node: Node, start: int, end: int, notation: Json, steps: tuple[str, ...]) -> bool:
        """Whether a range of the text is the plain literal of a node's value."""
        try:
            written = notation.read(self.text[start:end])
        except NoLiteralError:
            return False
        if self.is_lenient(steps):
            return _words(written) == _words(node.value)
        return type(written) is type(node.value) and bool(written == node.value)

    def _scalar(self, value: Any, old: str, notation: Json, steps: tuple[str, ...]) -> str:
        words = _words(value)
        if self.is_lenient(steps) and words is not None and _NUMBER.fullmatch(words):
            value = int(words) if _NUMBER.fullmatch(old) else words
        return notation.scalar(value, old)

    def _renamed(self, place: _Place, name: str) -> Patch:
        if place.key is None or place.parent is None:
            raise NoEdit
        key = place.key
        self._check_own(key)
        spelled = self.spell(place.steps[:-1], name)
        _, sibling = place.parent.find([name])
        is_taken = sibling is not None and sibling.start != key.start
        old = self.text[key.start : key.end]
        if is_taken or not re.fullmatch(r"[\w-]+|\"[\w-]+\"|'[\w-]+'", old):
            raise NoEdit
        quote = old[0] if old[0] in "\"'" else ""
        return Patch(key.start, key.end, f"{quote}{spelled}{quote}")

    # Removing and adding

    def _removed(self, place: _Place) -> Iterator[Patch]:
        if place.parent is None:
            raise NoEdit
        self._check_own(place.node)
        yield from removed(self.layout, place.parent, place.key, place.node)

    def _added(self, place: _Place, entries: Sequence[tuple[str, Any]]) -> Iterator[Patch]:
        node = place.node
        self._check_own(node)
        if node.is_partial or node.duplicates or self._is_shared(node):
            raise NoEdit
        is_list = node.items is not None
        if node.entries is None and not is_list:
            raise NoEdit
        named: list[Entry] = []
        for name, value in entries:
            if not is_list and (taken := node.find([name])[0]) is not node:
                yield self._filled(taken, value, place)
            else:
                spelled = "" if is_list else self.spell(place.steps, name)
                named.append((spelled, self._spelled(value, (*place.steps, name))))
        if named:
            yield added(self.layout, node, named)

    def _filled(self, node: Node, value: Any, place: _Place) -> Patch:
        """Replace `null` by a value."""
        notation = self.notation(node)
        if node.value is not None or self.text[node.start : node.end] != "null" or isinstance(value, dict | list):
            raise NoEdit
        return Patch(node.start, node.end, notation.scalar(value, '"' if self.layout.quotes_keys(place.node) else ""))

    def _spelled(self, value: Any, steps: tuple[str, ...]) -> Any:
        if isinstance(value, Mapping):
            return {self.spell(steps, key): self._spelled(item, (*steps, key)) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self._spelled(item, (*steps, str(index))) for index, item in enumerate(value)]
        return value


def _words(value: Any) -> str | None:
    """A scalar as text, for comparing a number with its text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int) else None
