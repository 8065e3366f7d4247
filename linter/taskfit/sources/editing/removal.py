"""Removes entries of objects and lists from a text, with their lines or commas."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from taskfit.sources.editing.layout import Layout, NoEdit, Patch
from taskfit.syntax.tree import Node


def removed(layout: Layout, parent: Node, key: Node | None, node: Node) -> Iterator[Patch]:
    """The patches that remove an entry of an object or a list."""
    children = layout.children(parent)
    first = key or node
    at = layout.position(parent, first.start)
    if at is None or layout.ends_open(node) or not layout.is_plain(node, key):
        raise NoEdit
    child = children[at]
    rest = layout.rest(child.end, layout.notation(parent))
    if layout.begins_line(child.start) and rest is not None and rest[0].strip() in ("", ","):
        yield from _without_lines(layout, parent, children, at, rest)
    elif layout.is_bracketed(parent) and layout.text[child.start : child.end].count("\n") == 0:
        yield _without_entry(layout, children, at)
    else:
        raise NoEdit


def _without_lines(
    layout: Layout, parent: Node, children: Sequence[Node], at: int, rest: re.Match[str]
) -> Iterator[Patch]:
    """Remove an entry with its lines and a comma that would be left over."""
    is_bracketed = layout.is_bracketed(parent)
    if not is_bracketed and len(children) == 1:
        raise NoEdit
    start = layout.line_start(children[at].start)
    line_end = re.compile(r"\r\n|\n|\r").match(layout.text, rest.end())
    if line_end is None:  # the last line has no line ending: remove the one of the line before instead
        before = re.compile(r"(?:\r\n|\n|\r)\Z").search(layout.text[:start])
        start, end = before.start() if before else start, rest.end()
    else:
        end = line_end.end()
    if is_bracketed and at == len(children) - 1 and at > 0 and not rest[1]:
        previous = children[at - 1].end
        comma = re.compile(r"[ \t]*,").match(layout.text, previous)
        if comma is not None:
            yield Patch(previous, comma.end(), "")
        elif layout.notation(parent).needs_commas:
            raise NoEdit
    yield Patch(start, end, "")


def _without_entry(layout: Layout, children: Sequence[Node], at: int) -> Patch:
    """Remove an entry with the comma before it, or the comma after it if it is the first."""
    if at > 0:
        return _bare(layout, Patch(children[at - 1].end, children[at].end, ""), children[at])
    if len(children) > 1:
        return _bare(layout, Patch(children[0].start, children[1].start, ""), children[0])
    comma = re.compile(r"\s*,").match(layout.text, children[0].end)
    return Patch(children[0].start, comma.end() if comma else children[0].end, "")


def _bare(layout: Layout, patch: Patch, child: Node) -> Patch:
    """A patch that removes nothing but the child, blanks and a comma."""
    around = layout.text[patch.start : child.start] + layout.text[child.end : patch.end]
    if around.strip() not in ("", ","):
        raise NoEdit
    return patch
