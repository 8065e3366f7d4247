"""Instances of a block with `count` or `for_each`: their keys, and the values of `each` and `count` in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from taskfit.definition import Unknown
from taskfit.record import NamedTuple
from taskfit.sources.terraform.module import NOTHING, Evaluate, Scope
from taskfit.sources.terraform.syntax import Attribute, Block
from taskfit.sources.terraform.values import Value, as_value, made
from taskfit.syntax.tree import Node

MAX_INSTANCES = 100
"""The maximum number of instances of one block that are evaluated."""


class Key(NamedTuple):
    """One instance of a block: its index or key, or `None` if it has none or it is unknown."""

    value: str | int | None = None
    is_shown: bool = True

    @property
    def label(self) -> str:
        """The key as written in an address."""
        if self.value is None or not self.is_shown:
            return ""
        return f'["{self.value}"]' if isinstance(self.value, str) else f"[{self.value}]"


ALONE = Key()


def keys(block: Block, evaluate: Evaluate) -> tuple[list[Key], bool]:
    """The instances of a block, and whether some were left out; one with an unknown key if they are unknown."""
    if each := block.attributes.get("for_each"):
        over = evaluate(each.value)
        found = list(dict.fromkeys(Key(name) for name, _ in pairs(over)))
        is_empty = not found and not over.is_partial and (over.entries == [] or over.items == [])
        return (found[:MAX_INSTANCES] if found or is_empty else [ALONE]), len(found) > MAX_INSTANCES
    if count := block.attributes.get("count"):
        number = evaluate(count.value).value
        if isinstance(number, str) and number.isdigit() and len(number) < 9:
            number = int(number)
        if isinstance(number, int) and not isinstance(number, bool) and number >= 0:
            shown = [Key(index, is_shown=number > 1) for index in range(min(number, MAX_INSTANCES))]
            return shown, number > MAX_INSTANCES
    return [ALONE], False


def scope(block: Block, key: Key, evaluate: Evaluate) -> Scope:
    """The values of `each` or `count` in an instance."""
    if each := block.attributes.get("for_each"):
        found = None if key.value is None else dict(pairs(evaluate(each.value))).get(str(key.value))
        if found is None:
            unknown = mapping(each)
            unknown.is_partial = True
            return {"each": unknown}
        return {"each": mapping(each, key=at(each, key.value), value=found)}
    if count := block.attributes.get("count"):
        index = Unknown("count.index", "reference") if key.value is None else key.value
        return {"count": mapping(count, index=at(count, index))}
    return NOTHING


def pairs(over: Value, *, is_list: bool = False) -> Iterator[tuple[str, Value]]:
    """Keys and values that `for_each` iterates over, as far as they are known."""
    if over.entries is not None:
        for key, value in over.entries:
            yield str(key.value), as_value(value)
    elif over.items is not None:
        for index, item in enumerate(over.items):
            if isinstance(item.value, str):
                yield item.value, as_value(item)
            elif is_list and not isinstance(item.value, Unknown):
                yield str(index), as_value(item)


def mapping(place: Attribute, **values: Value) -> Value:
    """An object at the place of an attribute."""
    entries: list[tuple[Node, Node]] = [(Node(place.start, place.end, key), value) for key, value in values.items()]
    return Value(place.start, place.end, entries=entries)


def at(place: Attribute, content: object) -> Value:
    """A value at the place of an attribute."""
    return made(content, place.start, place.end)


def of_all(values: Mapping[Key, Value], start: int, end: int) -> Value:
    """The value of a block with several instances: an object by their keys, or a list."""
    if all(isinstance(key.value, int) for key in values):
        return Value(start, end, items=list[Node](values.values()))
    entries: list[tuple[Node, Node]] = [(Node(start, end, str(key.value)), value) for key, value in values.items()]
    return Value(start, end, entries=entries)
