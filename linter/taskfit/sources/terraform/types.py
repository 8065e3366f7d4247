"""The types of Terraform's variables: conversion of values, including defaults of optional attributes."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from taskfit.definition import Unknown
from taskfit.record import replace
from taskfit.sources.terraform.syntax import Call, Expression, Json, Object, Reference
from taskfit.sources.terraform.values import Value, as_text, as_value, number
from taskfit.syntax.tree import Node

Evaluate = Callable[[Expression], Value]

MAX_DEPTH = 20


def convert(value: Value, kind: Expression | None, evaluate: Evaluate) -> Value:
    """A value converted to a variable's type; `evaluate` returns the defaults of optional attributes."""
    if kind is None:
        return value
    if isinstance(kind, Json):
        return _named(value, str(kind.node.value))
    if kind.text.startswith('"'):  # the spelling before Terraform 0.12
        return _named(value, kind.text.strip('"'))
    return _Types(evaluate).of(value, kind, 0)


def _named(value: Value, kind: str) -> Value:
    """A value converted to a type given by name only: `list` means `list(any)`, and `map` means `map(any)`."""
    if kind in ("list", "set") and value.items is not None:
        return replace(value, items=unified(value.items))
    if kind == "map" and value.entries is not None:
        items = unified([item for _, item in value.entries])
        return replace(value, entries=[(key, item) for (key, _), item in zip(value.entries, items, strict=True)])
    return scalar(value, kind)


def scalar(value: Value, kind: str) -> Value:
    """A value converted to a `string`, a `number` or a `bool`."""
    content = value.value
    if kind == "string" and isinstance(content, int | float):
        return replace(value, value=as_text(content))
    if kind == "number" and isinstance(content, str):
        return replace(value, value=number(content.strip()), text=None)
    if kind == "bool" and isinstance(content, str) and content in ("true", "false"):
        return replace(value, value=content == "true", text=None)
    return value


def unified(items: Sequence[Node]) -> list[Node]:
    """Elements converted to one type: if some are strings, numbers and booleans become strings, also in objects."""
    if all(item.entries is not None for item in items):
        texts = {name for name in _names(items) if _has_text([_inner(item, name) for item in items], name)}
        return [_with_texts(item, texts) for item in items] if texts else list(items)
    return [_as_string(item) for item in items] if _has_text(items) else list(items)


def _names(items: Sequence[Node]) -> set[str]:
    return {str(key.value) for item in items for key, _ in item.entries or ()}


def _inner(item: Node, name: str) -> Node | None:
    return next((value for key, value in item.entries or () if key.value == name), None)


def _has_text(values: Sequence[Node | None], name: str = "value") -> bool:
    """Whether one of some scalars is a string; an unknown value counts as one if AWS requires a string."""
    return any(
        isinstance(value.value, str)
        or (isinstance(value.value, Unknown) and (name == "value" or not as_value(value).is_opaque))
        for value in values
        if value is not None
    )


def _with_texts(item: Node, names: set[str]) -> Node:
    entries = [(key, _as_string(value) if key.value in names else value) for key, value in item.entries or ()]
    return replace(as_value(item), entries=entries)


def _as_string(node: Node) -> Node:
    return scalar(as_value(node), "string")


class _Types:
    def __init__(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate

    def of(self, value: Value, kind: Expression, depth: int) -> Value:
        """A value converted to a type, if that is one of Terraform's."""
        if isinstance(kind, Reference) and not kind.steps:
            return _named(value, kind.names[0])
        if not isinstance(kind, Call) or not kind.arguments or depth > MAX_DEPTH:
            return value
        name, inner = kind.name, kind.arguments[0]
        if name == "optional":
            return self.of(value, inner, depth + 1)
        if name == "object" and value.entries is not None:
            return self._object(value, inner, depth + 1)
        if name == "map" and value.entries is not None:
            items = unified([self._element(item, inner, depth) for _, item in value.entries])
            entries = [(key, item) for (key, _), item in zip(value.entries, items, strict=True)]
            return replace(value, entries=list[tuple[Node, Node]](entries))
        if name in ("list", "set") and value.items is not None:
            return replace(value, items=unified([self._element(item, inner, depth) for item in value.items]))
        return value

    def _element(self, node: Node, kind: Expression, depth: int) -> Node:
        return self.of(as_value(node), kind, depth + 1)

    def _object(self, value: Value, kind: Expression, depth: int) -> Value:
        """An object with the optional attributes of its type; attributes that are not in the type are dropped."""
        if not isinstance(kind, Object):
            return value
        given = {str(key.value): (key, item) for key, item in value.entries or ()}
        entries: list[tuple[Node, Node]] = []
        for named, inner in kind.entries:
            name = str(named.value) if isinstance(named, Node) else named.written.strip('"')
            key, item = given.get(name, (None, None))
            if item is not None and not (_is_null(item) and _default(inner) is not None):
                entries.append((key or item, self._element(item, inner, depth)))
            elif not value.is_partial:
                default = _default(inner)
                found = self._evaluate(default) if default is not None else Value(value.start, value.end)
                kept = self.of(found, inner, depth + 1) if default is not None else found
                # It replaces an attribute that the object omits, so its place is that of the object.
                entries.append((Node(value.start, value.end, name), _at(kept, value)))
        return replace(value, entries=entries)


def _default(kind: Expression) -> Expression | None:
    """The default of an optional attribute."""
    is_optional = isinstance(kind, Call) and kind.name == "optional" and len(kind.arguments) > 1
    return kind.arguments[1] if isinstance(kind, Call) and is_optional else None


def _is_null(node: Node) -> bool:
    return node.value is None and node.entries is None and node.items is None


def _at(value: Value, place: Value) -> Value:
    """A default at the place of the object that omits it, with all of it settled."""
    settled = Value(place.start, place.end, value.value, is_partial=value.is_partial, origin=place.origin)
    settled.is_settled = not isinstance(value.value, Unknown)
    if value.entries is not None:
        settled.entries = [
            (Node(place.start, place.end, key.value), _at(as_value(item), place)) for key, item in value.entries
        ]
    elif value.items is not None:
        settled.items = [_at(as_value(item), place) for item in value.items]
    return settled
