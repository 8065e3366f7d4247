"""Finds the functions in a template, and so the values that are the same in every evaluation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from taskfit.record import NamedTuple
from taskfit.sources.values import Resolved
from taskfit.syntax.tree import Node

DYNAMIC = "{{resolve:"
"""The prefix of a dynamic reference, which AWS resolves."""

_NAMES = {"!Ref": "Ref", "!Condition": "Condition"}
Call = tuple[str, Node]
"""An intrinsic function and its argument."""


class Varying(NamedTuple):
    """The parts of an object or a list that may differ between evaluations of a template."""

    places: Sequence[int] = ()
    """Positions of the values that are functions or contain some."""
    has_more: bool = False
    """Whether a macro or a loop among the keys adds further keys."""


CONSTANT = Varying()
"""The value of a node without functions, which is the same in every evaluation."""


class Functions:
    """The functions of a template, each searched for once."""

    def __init__(self) -> None:
        self._kinds: dict[Node, Call | Varying] = {}

    def kind(self, node: Node) -> Call | Varying:
        """The function at a node, or the parts of it that vary."""
        kind = self._kinds.get(node)
        if kind is None:
            call = function(node)
            kind = self._kinds[node] = self._varying(node) if call is None or call[0] == "Condition" else call
        return kind

    def of(self, node: Node) -> Call | None:
        """The function at a node."""
        kind = self.kind(node)
        return None if isinstance(kind, Varying) else kind

    def within(self, nodes: Iterable[Node]) -> Iterator[Call]:
        """The functions in some nodes."""
        pending = [*nodes][::-1]
        while pending:
            node = pending.pop()
            kind, below = self.kind(node), _below(node)
            if isinstance(kind, Varying):
                pending += [below[place] for place in kind.places]
            else:
                yield kind
                pending += [inner for inner in below if inner.tag or inner.entries or inner.items]

    def _varying(self, node: Node) -> Varying:
        places = [
            place
            for place, inner in enumerate(_below(node))
            # Most are strings, and a call for each would double the time.
            if (
                self.kind(inner) is not CONSTANT
                if inner.tag or inner.entries or inner.items
                else isinstance(inner.value, str) and DYNAMIC in inner.value
            )
        ]
        if node.entries and "Fn::" in "".join([key.value for key, _ in node.entries]):
            added = {place for place, (key, _) in enumerate(node.entries) if is_function(key)}
            return Varying([place for place in places if place not in added], has_more=bool(added))
        # In a part of another file (`Resolved`), scalars have their origin, but objects and lists do not.
        is_scalar = node.entries is None and node.items is None
        is_own = DYNAMIC not in str(node.value) if is_scalar else not isinstance(node, Resolved)
        return CONSTANT if is_own and not places and node.tag is None else Varying(places)


def function(node: Node) -> Call | None:
    """The intrinsic function at a node and its argument, in short or long form."""
    if node.tag is not None and node.tag.startswith("!"):
        argument = Node(node.start, node.end, node.value, node.entries, node.items, node.is_partial)
        return _NAMES.get(node.tag) or f"Fn::{node.tag[1:]}", argument
    if node.entries is None or len(node.entries) != 1:
        return None
    key, value = node.entries[0]
    is_function = isinstance(key.value, str) and (key.value in _NAMES.values() or key.value.startswith("Fn::"))
    return (key.value, value) if is_function else None


def is_function(key: Node) -> bool:
    """Whether a key is the name of a function."""
    return str(key.value).startswith("Fn::")


def _below(node: Node) -> Sequence[Node]:
    """The values in an object or a list."""
    return [value for _, value in node.entries] if node.entries is not None else node.items or ()
