"""Adds entries to objects and lists in a text, in the style of those that are there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from taskfit.sources.editing.layout import Layout, NoEdit, Patch, unit
from taskfit.sources.editing.notation import Habits, Json, Yaml
from taskfit.syntax.tree import Node

Entry = tuple[str, Any]
"""A key as the text spells it, empty in a list, and a value."""


def added(layout: Layout, node: Node, entries: Sequence[Entry]) -> Patch:
    """The patch that adds entries to an object or a list."""
    children = layout.children(node)
    if not children:
        return _into_empty(layout, node, entries)
    scalars = [index for index, child in enumerate(children) if node.items is None and not layout.spans_lines(child)]
    child = children[scalars[-1] if scalars else -1]
    if layout.is_bracketed(node):
        return _beside_bracketed(layout, node, children, child, entries)
    if layout.has_lines and node is layout.tree:
        return _beside_attribute(layout, node, child, entries)
    return _beside_block(layout, node, children, child, entries)


def _into_empty(layout: Layout, node: Node, entries: Sequence[Entry]) -> Patch:
    if not layout.is_bracketed(node) or layout.text[node.start + 1 : node.end - 1].strip():
        raise NoEdit
    notation = layout.notation(node)
    values = [value for _, value in entries]
    return Patch(
        node.start, node.end, notation.inline(dict(entries) if node.items is None else values, notation.habits)
    )


def _beside_bracketed(
    layout: Layout, node: Node, children: Sequence[Node], child: Node, entries: Sequence[Entry]
) -> Patch:
    """Add entries after one between brackets: on new lines if it has its own line, else on the same line."""
    notation, habits = layout.notation(node), layout.habits(node, children)
    spans_lines = "\n" in layout.text[child.start : child.end]
    rest = layout.rest(child.end, notation)
    is_list = node.items is not None
    if layout.begins_line(child.start) and rest is not None:
        indent = layout.indent(child.start)
        deeper = replace(habits, unit=unit(indent, layout.indent(node.end - 1)))
        parts = [_entry(name, notation.lines(value, indent, deeper), notation, habits) for name, value in entries]
        has_commas = bool(rest[1]) or notation.needs_commas or is_list
        joined = f"{',' if has_commas else ''}{layout.eol}{indent}".join(parts)
        kept = layout.text[child.end : rest.end()]
        comma = "," if has_commas and not rest[1] else ""
        last = "," if rest[1] else ""
        return _without_unchanged_start(child.end, rest.end(), kept, f"{comma}{kept}{layout.eol}{indent}{joined}{last}")
    if spans_lines:
        indent = layout.indent(child.end - 1)
        grandchild = (child.entries or [(child, child)])[0][0] if child.entries else child
        deeper = replace(habits, unit=unit(layout.indent(grandchild.start), indent))
        parts = [_entry(name, notation.lines(value, indent, deeper), notation, habits) for name, value in entries]
    else:
        parts = [_entry(name, notation.inline(value, habits), notation, habits) for name, value in entries]
    return Patch(child.end, child.end, "".join(f"{habits.comma}{part}" for part in parts))


def _entry(name: str, value: str, notation: Json, habits: Habits) -> str:
    return notation.entry(name, value, habits) if name else value


def _beside_block(layout: Layout, node: Node, children: Sequence[Node], child: Node, entries: Sequence[Entry]) -> Patch:
    """Add entries on the lines after one in YAML's block style."""
    notation = layout.notation(node)
    rest = layout.rest(child.end, notation)
    if not isinstance(notation, Yaml) or rest is None or rest[1] or layout.ends_open(child):
        raise NoEdit
    column = layout.source.position(node.start)[1] - 1
    habits = replace(layout.habits(node, children), list_indent=layout.list_indent())
    lines: list[str] = []
    if node.items is not None:
        gap = layout.text[node.start + 1 : node.items[0].start]
        if layout.text[node.start] != "-" or gap.strip(" "):
            raise NoEdit
        for _, value in entries:
            first, *more = notation.block(value, habits)
            lines += [f"-{gap}{first}", *(" " * (1 + len(gap)) + line for line in more)]
    else:
        if any(layout.source.position(other.start)[1] - 1 != column for other in children):
            raise NoEdit
        lines += notation.block(dict(entries), habits)
    content = "".join(f"{layout.eol}{' ' * column}{line}" for line in lines)
    return Patch(rest.end(), rest.end(), content)


def _beside_attribute(layout: Layout, node: Node, child: Node, entries: Sequence[Entry]) -> Patch:
    """Add attributes on the lines after one of a Terraform block."""
    notation = layout.notation(child)
    rest = layout.rest(child.end, notation)
    if rest is None or rest[1] or not layout.begins_line(child.start) or layout.spans_lines(child):
        raise NoEdit
    indent = layout.indent(child.start)
    equals = layout.text.index("=", child.start) - child.start
    content = ""
    for name, value in entries:
        if re.search(rf"^[ \t]*{name}\b", layout.text[slice(*layout.region)], re.MULTILINE):
            raise NoEdit
        content += f"{layout.eol}{indent}{name.ljust(equals - 1)} = {notation.lines(value, indent, notation.habits)}"
    return Patch(rest.end(), rest.end(), content)


def _without_unchanged_start(start: int, end: int, kept: str, content: str) -> Patch:
    """A patch that does not rewrite the unchanged text at its start."""
    return Patch(end, end, content.removeprefix(kept)) if content.startswith(kept) else Patch(start, end, content)
