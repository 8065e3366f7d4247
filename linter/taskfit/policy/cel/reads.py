"""Finds the values that an expression reads from its syntax tree; it is not evaluated if one of them is unknown.

An access path starts with a variable (`task`, `container`), followed by keys; `*` is any key. Paths that cover more than is
read are harmless: the expression is skipped more often. Paths that cover less would lead to false findings.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal as Choice

from taskfit.policy.cel.syntax import Call, Comprehension, Constant, Identifier, Literal, Node, Select, Tree
from taskfit.record import NamedTuple

Mode = Choice["value", "keys", "element", "test"]
"""What is read at a path: the whole value; its keys or length; whether an element is in it; whether it exists."""

MAX_COPIES = 8
"""The most copies of the data in a value that an expression builds: `x + x` in nested `map` calls grows exponentially."""

CONTAINER_FUNCTIONS = frozenset({"env", "option"})
"""Functions that read values of a container themselves, and raise an error if they are unknown."""

LOGIC = frozenset({"_&&_", "_||_", "!_", "@not_strictly_false", "__not_strictly_false__"})

Path = tuple[str, ...]


class Read(NamedTuple):
    """A value that an expression reads."""

    path: Path
    mode: Mode
    node: int
    """The node that names it, for its position in the expression."""


class Reads(NamedTuple):
    """The values that an expression reads, in order."""

    reads: tuple[Read, ...]
    oversized: int | None
    """The node whose value may grow too large."""
    implied: int | None
    """The node that calls a function on the container of the target, without naming it."""


def reads_of(tree: Tree) -> Reads:
    """The values that the expression of a syntax tree reads."""
    reader = _Reader()
    reader.use(reader.value(tree.root, {}), "value")
    return Reads(tuple(dict.fromkeys(reader.reads)), reader.oversized, reader.implied)


class Source(NamedTuple):
    """A path that the data in a value may come from."""

    path: Path
    node: int
    """The node that names it."""
    depth: int = 0
    """The number of lists and mappings built by the expression around it."""

    def inside(self, key: str, node: int) -> Source:
        """The source below a key, either of the data or of a list or mapping that the expression built around it."""
        if self.depth:
            return self._replace(depth=self.depth - 1)
        return Source((*self.path, key), node)


class _Value(NamedTuple):
    """The possible sources of the data in a value, and the most copies of it."""

    sources: tuple[Source, ...] = ()
    growth: int = 0

    def inside(self, key: str, node: int) -> _Value:
        return self._replace(sources=tuple(each.inside(key, node) for each in self.sources))


class _Reader:
    def __init__(self) -> None:
        self.reads: list[Read] = []
        self.oversized: int | None = None
        self.implied: int | None = None

    def use(self, value: _Value, mode: Mode) -> None:
        # The entries of a list that the expression builds depend on its conditions, whose reads are recorded separately.
        self.reads += [Read(each.path, mode, each.node) for each in value.sources if mode != "keys" or not each.depth]

    def value(self, node: Node, scope: Mapping[str, _Value]) -> _Value:
        match node:
            case Constant(value=value):
                found = _Value(growth=int(isinstance(value, str) and bool(value)))
            case Identifier(name=name):
                found = scope.get(name) or _Value((Source((name,), node.id),), 1)
            case Select():
                found = self._select(node, scope)
            case Call():
                found = self._call(node, scope)
            case Literal():
                found = self._literal(node, scope)
            case Comprehension():
                found = self._comprehension(node, scope)
        if found.growth > MAX_COPIES and self.oversized is None:
            self.oversized = node.id
        return found

    def _select(self, node: Select, scope: Mapping[str, _Value]) -> _Value:
        found = self.value(node.operand, scope).inside(node.field, node.id)
        if node.is_test:
            self.use(found, "test")
            return _Value()
        return found

    def _call(self, node: Call, scope: Mapping[str, _Value]) -> _Value:
        values = [self.value(argument, scope) for argument in node.arguments]
        growth = sum(value.growth for value in values)
        match node.function, values:
            case "_[_]", [operand, index]:
                return self._entry(node, operand, index)
            case "_?_:_", [condition, first, second]:
                self.use(condition, "value")
                return _Value((*first.sources, *second.sources), max(first.growth, second.growth))
            case "_+_", [first, second]:
                joined = (*first.sources, *second.sources)
                self.use(_Value(tuple(each for each in joined if not each.depth)), "value")
                return _Value(joined, growth)
            case "@in", [item, group]:
                self.use(item, "value")
                self.use(group, "element")
                return _Value()
            case "size", [group]:
                self.use(group, "keys")
                return _Value()
            case "dyn", [inner]:
                return inner
            case name, [owner, *others] if name in CONTAINER_FUNCTIONS and others:
                self.use(owner.inside("name", node.id), "value")
                values = others
            case name, _ if name in CONTAINER_FUNCTIONS:
                self.implied = node.id
        for value in values:
            self.use(value, "value")
        return _Value(growth=0 if node.function in LOGIC else growth)

    def _entry(self, node: Call, operand: _Value, index: _Value) -> _Value:
        self.use(index, "value")
        key = node.arguments[1]
        if isinstance(key, Constant) and isinstance(key.value, str):
            return operand.inside(key.value, node.id)
        self.use(operand, "keys")
        return operand.inside("*", node.id)

    def _literal(self, node: Literal, scope: Mapping[str, _Value]) -> _Value:
        values = [self.value(element, scope) for element in node.elements]
        sources = tuple(each._replace(depth=each.depth + 1) for value in values for each in value.sources)
        return _Value(sources, max(1, sum(value.growth for value in values)) if values else 0)

    def _comprehension(self, node: Comprehension, scope: Mapping[str, _Value]) -> _Value:
        group = self.value(node.range, scope)
        self.use(group, "keys")
        start = self.value(node.start, scope)
        inner = {**scope, **dict.fromkeys(node.variables, group.inside("*", node.id)), node.accumulator: start}
        self.use(self.value(node.condition, inner), "value")
        step = self.value(node.step, inner)
        return self.value(node.result, {**scope, node.accumulator: step})


def concrete(path: Path) -> tuple[str, ...]:
    """The keys of a path up to the first `*`, without the variable."""
    return path[1 : path.index("*")] if "*" in path else path[1:]
