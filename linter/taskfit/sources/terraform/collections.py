"""Lists and objects after evaluation: their elements, iteration in a `for`, and unknown parts."""

from __future__ import annotations

from taskfit.definition import Unknown
from taskfit.record import replace
from taskfit.sources.terraform.values import Value, as_value, made
from taskfit.syntax.tree import Node


def element(value: Value | None, key: str | int | None) -> Value | None:
    """An attribute or an item."""
    found: Node | None = None
    if value is None or key is None:
        return None
    if value.entries is not None:
        inner, name = value.find([str(key)])
        found = None if name is None else inner
    elif value.items is not None and isinstance(key, int):
        before = value.items[: key + 1]
        is_sure = not any(isinstance(item.value, Unknown) and as_value(item).is_opaque for item in before)
        found = value.items[key] if is_sure and 0 <= key < len(value.items) else None
    return None if found is None else as_value(found)


def can_miss(value: Value, key: str | int | None) -> bool:
    """Whether an element that is not found is certain to be missing."""
    # A deployment may replace a default of null by an object with attributes.
    is_final = value.is_settled or value.origin is None
    is_null = is_final and value.value is None and value.entries is None and value.items is None
    is_whole = key is not None and value.entries is not None and not value.is_partial
    return value.is_missing or is_null or is_whole


def turns(over: Value) -> list[tuple[Value, Value]] | None:
    """The keys and elements that a `for` iterates over; `None` if they are unknown."""
    if over.entries is not None and not over.is_partial:
        pairs = ((made(key.value, key.start, key.end), as_value(item)) for key, item in over.entries)
        return sorted(pairs, key=lambda pair: str(pair[0].value))
    if over.items is not None:
        return [(made(index, item.start, item.end), as_value(item)) for index, item in enumerate(over.items)]
    return None


def opened(result: Value, unknown: Value) -> Value:
    """A list or an object that may have more than the known elements."""
    if result.items is not None:
        return replace(result, items=[*result.items, unknown])
    return replace(result, is_partial=True)
