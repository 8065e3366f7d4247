"""Values after evaluation: their origins, their places, and readings with the same content."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from taskfit.definition import TaskDefinition, equal, escape
from taskfit.finding import Span
from taskfit.record import NamedTuple
from taskfit.sources.document import Origin, Reading, span_at
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node

_NUMBERS = (int, float)
"""A constant, because the expression `int | float` creates a new object each time."""


class Provenance(NamedTuple):
    """The origin of a value with offsets, from which the lines of an `Origin` are computed later."""

    text: str
    place: tuple[int, int] | None = None
    """The offsets in the file that is read."""
    name: str = ""


class Resolved(Node):
    """A value after evaluation, at the place where it is used."""

    origin: Provenance | None = None


def origin_of(node: Node) -> Provenance | None:
    """The origin of a value that is not written where it is used."""
    return node.origin if isinstance(node, Resolved) else None


def as_text(value: Any) -> str | None:
    """A scalar as templates print it; `None` for other and unknown values."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, _NUMBERS) else None


def origins(source: SourceText, tree: Node) -> Iterator[tuple[str, Origin]]:
    """The origins, by pointer, of values that are not written where they are used."""
    pending = [(tree, "")]
    while pending:
        node, pointer = pending.pop()
        if (origin := origin_of(node)) is not None and origin.text:
            yield pointer, Origin(origin.text, source.span(*origin.place) if origin.place else None, origin.name)
        if node.entries is not None:
            pending += [(value, f"{pointer}/{escape(str(key.value))}") for key, value in node.entries]
        elif node.items is not None:
            pending += [(item, f"{pointer}/{index}") for index, item in enumerate(node.items)]


def locate(source: SourceText, head: tuple[int, int], tree: Node, pointer: str, on_key: bool) -> Span:
    """The place of the value at a pointer; the head for the definition itself."""
    return span_at(source, tree, pointer, on_key) if pointer else source.span(*head)


def same(one: TaskDefinition, other: TaskDefinition) -> bool:
    """Whether two readings of a definition have the same content."""
    is_alike = one.data == other.data  # in C, which settles almost every pair
    return is_alike and equal(one.data, other.data) and one.service_launch_types == other.service_launch_types


def distinct(readings: Iterable[Reading]) -> tuple[Reading, ...]:
    """One reading for each content; of optional and other readings, one that is not optional."""
    kept: list[Reading] = []
    for reading in readings:
        at = next(
            (i for i, other in enumerate(kept) if other.group == reading.group and same(other.task, reading.task)), None
        )
        if at is None:
            kept.append(reading)
        elif kept[at].is_optional and not reading.is_optional:
            kept[at] = reading
    return tuple(kept)
