"""Expands a template as CloudFormation does before it evaluates anything: loops, and the content of other files.

A loop (`Fn::ForEach`) with known values becomes its iterations; `AWS::Include` of a file in the repository becomes the
content of that file, at the place that includes it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence

from taskfit.definition import Unknown
from taskfit.record import Struct, replace
from taskfit.sources.beside import text_at
from taskfit.sources.cloudformation.varying import function
from taskfit.sources.values import Provenance, Resolved
from taskfit.syntax import json_text, strict_json, yaml_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node, entries_of, get, items_of, text_of
from taskfit.syntax.unreadable import UnreadableError

MAX_TURNS = 100
"""Limit on the iterations of one loop."""
MAX_NODES = 100_000
"""Limit on the nodes of a template with its loops and includes."""
MOST_TURNS = 1_000
"""Limit on the iterations of all loops of a template; AWS accepts 500 resources."""
CHARACTERS_PER_NODE = 16
"""Number of substituted characters in a loop's iterations that count as one node."""
MAX_LEVELS = 8
"""Limit on levels of files that include files."""

_LOOP = "Fn::ForEach::"
_TRANSFORMS = ("Fn::Transform", "Transform")
_MARKS = ("Fn::ForEach", "Transform", "\\")
"""The text of a template with a loop or an include contains one of these; an escape may hide the others."""
_NOT_ALPHANUMERIC = re.compile(r"[^0-9A-Za-z]")
Entry = tuple[Node, Node]


class Expansion(Struct):
    """The expansion of one template."""

    root: Node
    folder: str
    """The folder of the file; empty if there is none."""
    top: str
    """The folder outside of which nothing is read."""
    variables: Mapping[str, str]
    passed: frozenset[str] = frozenset()
    """The parameters that stacks pass."""
    room: int = MAX_NODES
    turns: int = MOST_TURNS

    def tree(self) -> Node:
        """The template with its loops and includes expanded as far as known; itself if it has none."""
        if not _needs_expansion(self.root):
            return self.root
        entries: list[Entry] = []
        for key, value in entries_of(self.root):
            # Conditions identify what they compare by its text, which is the same in all iterations of a loop.
            found = iter([(key, value)]) if key.value == "Conditions" else self._entry(key, value, self.folder, 0)
            entries += found
        return replace(self.root, entries=entries)

    def _tree(self, node: Node, folder: str, level: int) -> Node:
        self.room -= 1
        if node.entries is not None:
            entries = [entry for key, value in node.entries for entry in self._entry(key, value, folder, level)]
            return replace(node, entries=entries)
        if node.items is not None:
            return replace(node, items=[self._tree(item, folder, level) for item in node.items])
        return node

    def _entry(self, key: Node, value: Node, folder: str, level: int) -> Iterator[Entry]:
        name = key.value if isinstance(key.value, str) else ""
        found: list[Entry] | None = None
        if name.startswith(_LOOP):
            found = self._loop(value)
        elif name in _TRANSFORMS and (included := self._include(value, folder, level)) is not None:
            found, folder = included
            level += 1
        if found is None or self.room <= 0:
            yield key, self._tree(value, folder, level)
            return
        for inner_key, inner in found:
            yield from self._entry(inner_key, inner, folder, level)

    def _loop(self, value: Node) -> list[Entry] | None:
        """The iterations of `[Identifier, [values], {"Key${Identifier}": body}]`."""
        items = items_of(value)
        identifier = text_of(items[0]) if len(items) == 3 else None
        values = self._values(items[1]) if len(items) == 3 else None
        if identifier is None or values is None or len(values) > MAX_TURNS:
            return None
        self.turns -= len(values)
        self.room -= _size_of_turns(items[2], identifier, values)
        if self.room <= 0 or self.turns < 0:
            return None
        return [_bound(entry, identifier, turn) for turn in values for entry in entries_of(items[2])]

    def _values(self, collection: Node) -> list[str] | None:
        call = function(collection)
        if call is not None and call[0] == "Ref":
            name = text_of(call[1]) or ""
            is_passed = name in self.passed
            default = None if is_passed else get(get(get(self.root, "Parameters"), name), "Default")
            given = self.variables.get(name) or (text_of(default) if default is not None else None)
            return None if given is None else [item.strip() for item in given.split(",")]
        texts = [text_of(item) for item in items_of(collection)]
        return None if not texts or None in texts else [text for text in texts if text is not None]

    def _include(self, value: Node, folder: str, level: int) -> tuple[list[Entry], str] | None:
        """The entries of the file that `{"Name": "AWS::Include", "Parameters": {"Location": ...}}` names, and its folder."""
        place = get(get(value, "Parameters"), "Location")
        location = text_of(place)
        if text_of(get(value, "Name")) != "AWS::Include" or place is None or not location or not folder:
            return None
        path = os.path.normpath(os.path.join(folder, location))
        text = text_at(path, self.top) if "://" not in location and level < MAX_LEVELS else None
        content = _parsed(text) if text is not None else None
        if text is None or content is None or content.entries is None:
            return None
        self.room -= sum(1 for _ in content.walk())
        name = os.path.relpath(path, self.folder).replace(os.sep, "/")
        return entries_of(_moved(content, SourceText(text), name, place)), os.path.dirname(path)


def _size_of_turns(body: Node, identifier: str, values: Sequence[str]) -> int:
    """The number of nodes of all iterations of a loop, including a number for the length of their texts."""
    nodes = list(body.walk())
    texts = [node.value for node in nodes if isinstance(node.value, str)]
    texts += [key.value for node in nodes for key, _ in node.entries or () if isinstance(key.value, str)]
    bound = [text for text in texts if identifier in text]
    uses = sum(text.count(identifier) for text in bound)
    written = len(values) * sum(map(len, bound)) + uses * sum(map(len, values))
    return len(nodes) * len(values) + written // CHARACTERS_PER_NODE


def _parsed(text: str) -> Node | None:
    try:
        if strict_json.looks_like_json(text):
            return json_text.parse(text)
        return next(iter(yaml_text.parse_all(text, keep_tags=True)), None)
    except UnreadableError:
        return None


def may_expand(text: str) -> bool:
    """Whether a template's text may contain a loop or an include."""
    return any(mark in text for mark in _MARKS)


def _needs_expansion(root: Node) -> bool:
    return any(
        isinstance(key.value, str) and (key.value.startswith(_LOOP) or key.value in _TRANSFORMS)
        for node in root.walk()
        for key, _ in node.entries or ()
    )


def _bound(entry: Entry, identifier: str, value: str) -> Entry:
    """One iteration of a loop: its entry with a value in place of the identifier."""
    pattern = re.compile(r"\$\{" + re.escape(identifier) + r"\}|&\{" + re.escape(identifier) + r"\}")

    def text(match: re.Match[str]) -> str:
        return value if match[0].startswith("$") else _NOT_ALPHANUMERIC.sub("", value)

    def bound(node: Node) -> Node:
        call = function(node)
        if call is not None and call[0] == "Ref" and call[1].value == identifier:
            return Node(node.start, node.end, value)
        if node.entries is not None:
            return replace(node, entries=[(bound(key), bound(inner)) for key, inner in node.entries])
        if node.items is not None:
            return replace(node, items=[bound(item) for item in node.items])
        return replace(node, value=pattern.sub(text, node.value)) if isinstance(node.value, str) else node

    return bound(entry[0]), bound(entry[1])


def _moved(node: Node, source: SourceText, name: str, place: Node) -> Node:
    """A tree of another file, moved to the place that includes it."""
    origin = Provenance(f"{name} line {source.position(node.start)[0]}")
    moved = Resolved(place.start, place.end, node.value, is_partial=node.is_partial, tag=node.tag, origin=origin)
    call = function(node)
    if call is not None and call[0] == "Fn::FindInMap" and any(_is_composed(item) for item in items_of(call[1])):
        # Its choices would be identified by their text, which is in the other file.
        return replace(moved, value=Unknown("Fn::FindInMap", "reference"), tag=None)
    if node.entries is not None:
        moved.entries = [
            (Node(place.start, place.end, key.value), _moved(value, source, name, place)) for key, value in node.entries
        ]
    elif node.items is not None:
        moved.items = [_moved(item, source, name, place) for item in node.items]
    return moved


def _is_composed(node: Node) -> bool:
    call = function(node)
    return call is not None and call[0] != "Ref"
