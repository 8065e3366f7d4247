"""Terraform's functions on lists, objects and strings that may have unknown parts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from taskfit.definition import Unknown
from taskfit.record import replace
from taskfit.sources.terraform.types import unified
from taskfit.sources.terraform.values import Builder, Trace, Value, as_text, as_value, decode, decode_yaml, made
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import UnreadableError


def is_number(content: Any) -> bool:
    """Whether a value is a number; booleans are not."""
    return isinstance(content, int | float) and not isinstance(content, bool)


def numeric(content: Any) -> Any:
    """A number, or a string converted to one; `None` for anything else."""
    if is_number(content):
        return content
    if isinstance(content, str) and len(content) < 30:
        try:
            number = float(content)
        except ValueError:
            return None
        if math.isfinite(number):
            return int(number) if number.is_integer() else number
    return None


def is_scalar(value: Value) -> bool:
    """Whether a value is neither a list nor an object."""
    return value.entries is None and value.items is None


def _merge(arguments: Sequence[Value]) -> Value | None:
    entries: dict[str, tuple[Node, Node]] = {}
    is_partial = False
    for argument in reversed(arguments):
        if argument.entries is None and argument.value is None and argument.items is None:
            continue
        for key, value in reversed(argument.entries or ()):
            # An unknown object may replace any of the entries before it.
            kept = Value(value.start, value.end, Unknown(str(key.value), "reference")) if is_partial else value
            entries.setdefault(str(key.value), (key, kept))
        is_partial |= argument.entries is None or argument.is_partial
    first = arguments[0] if arguments else Value(0, 0)
    order = dict.fromkeys(str(key.value) for argument in arguments for key, _ in argument.entries or ())
    return Value(first.start, first.end, entries=[entries[name] for name in order], is_partial=is_partial)


def _concat(arguments: Sequence[Value]) -> Value | None:
    items: list[Node] = []
    for argument in arguments:
        if argument.items is None and not argument.is_unknown:
            return None  # Before Terraform 0.7 it joined strings; now it accepts lists only.
        items += argument.items if argument.items is not None else [argument]
    first = arguments[0] if arguments else Value(0, 0)
    return Value(first.start, first.end, items=items)


def _flatten(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 1 or arguments[0].items is None:
        return None
    items: list[Node] = []
    pending = list(reversed(arguments[0].items))
    while pending:
        item = pending.pop()
        if item.items is None:
            items.append(item)
        else:
            pending += reversed(item.items)
    return replace(arguments[0], items=items)


def _compact(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 1 or arguments[0].items is None:
        return None
    return replace(arguments[0], items=[item for item in arguments[0].items if item.value not in ("", None)])


def _lookup(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) < 2 or arguments[0].entries is None or not isinstance(arguments[1].value, str):
        return None
    found, key = arguments[0].find([arguments[1].value])
    if key is not None:
        return as_value(found)
    return None if arguments[0].is_partial or len(arguments) < 3 else arguments[2]


def _try(arguments: Sequence[Value]) -> Value | None:
    return next((argument for argument in arguments if not argument.is_missing), None)


def _coalesce(arguments: Sequence[Value]) -> Value | None:
    for argument in arguments:
        if argument.is_unknown:
            return None
        if not is_scalar(argument) or argument.value not in (None, ""):
            return argument
    return None


def _element(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 2 or not arguments[0].items:
        return None
    index = numeric(arguments[1].value)
    if not isinstance(index, int) or any(isinstance(item.value, Unknown) for item in arguments[0].items):
        return None
    return as_value(arguments[0].items[index % len(arguments[0].items)])


def _one(arguments: Sequence[Value]) -> Value | None:
    items = arguments[0].items if len(arguments) == 1 else None
    return as_value(items[0]) if items and len(items) == 1 and not isinstance(items[0].value, Unknown) else None


def _same(arguments: Sequence[Value]) -> Value | None:
    return arguments[0] if arguments else None


def _map(arguments: Sequence[Value]) -> Value | None:
    """A map with all elements converted to one type: to strings, if one is a string."""
    entries = arguments[0].entries if len(arguments) == 1 else None
    if entries is None or not any(isinstance(item.value, str) for _, item in entries):
        return _same(arguments)
    items = unified([item for _, item in entries])
    return replace(arguments[0], entries=[(key, item) for (key, _), item in zip(entries, items, strict=True)])


def _values(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 1 or arguments[0].entries is None or arguments[0].is_partial:
        return None
    ordered = sorted(arguments[0].entries, key=lambda entry: str(entry[0].value))
    return Value(arguments[0].start, arguments[0].end, items=[value for _, value in ordered])


def _keys(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 1 or arguments[0].entries is None or arguments[0].is_partial:
        return None
    names = sorted(str(key.value) for key, _ in arguments[0].entries)
    return made(names, arguments[0].start, arguments[0].end)


def _to_string(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) == 1 and (arguments[0].text is not None or arguments[0].encoded is not None):
        return arguments[0]  # a string already, perhaps with unknown parts
    words = as_text(arguments[0].value) if len(arguments) == 1 else None
    return None if words is None else replace(arguments[0], value=words)


def _to_number(arguments: Sequence[Value]) -> Value | None:
    number = numeric(arguments[0].value) if len(arguments) == 1 else None
    return None if number is None else replace(arguments[0], value=number, text=None)


def _to_bool(arguments: Sequence[Value]) -> Value | None:
    content = arguments[0].value if len(arguments) == 1 else None
    content = {"true": True, "false": False}.get(content) if isinstance(content, str) else content
    return replace(arguments[0], value=content, text=None) if isinstance(content, bool) else None


def _json_decode(arguments: Sequence[Value]) -> Value | None:
    try:
        decoded = decode(arguments[0]) if len(arguments) == 1 else None
    except UnreadableError:
        return None
    return None if decoded is None else as_value(decoded)


def _join(arguments: Sequence[Value]) -> Value | None:
    """Several strings joined to one; some may be unknown or JSON."""
    separator, lists = arguments[0].value if arguments else None, arguments[1:]
    if not isinstance(separator, str) or not lists or any(part.items is None for part in lists):
        return None
    builder, place = Builder(), lists[0]
    for index, item in enumerate(item for part in lists for item in part.items or ()):
        if index:
            builder.add(separator, place.start, place.end, Trace(""))
        if item.value is None and not (isinstance(item, Value) and item.encoded is not None):
            return None
        builder.insert(as_value(item))
    return builder.value(place.start, place.end)


def _yaml_decode(arguments: Sequence[Value]) -> Value | None:
    text = arguments[0].value if len(arguments) == 1 else None
    if not isinstance(text, str):
        decoded = decode_yaml(arguments[0]) if isinstance(text, Unknown) else None
        return None if decoded is None else as_value(decoded)
    from taskfit.syntax import yaml_text

    try:
        (tree,) = yaml_text.parse_all(text)
    except (UnreadableError, ValueError):
        return None
    return made(tree.plain(), arguments[0].start, arguments[0].end, arguments[0].origin)


def _coalesce_list(arguments: Sequence[Value]) -> Value | None:
    for argument in arguments:
        if argument.items is None or any(isinstance(item.value, Unknown) for item in argument.items):
            return None
        if argument.items:
            return argument
    return None


def _can(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 1:
        return None
    argument = arguments[0]
    is_sure = argument.is_missing or not any(isinstance(node.value, Unknown) for node in argument.walk())
    return replace(made(not argument.is_missing, argument.start, argument.end)) if is_sure else None


def _set(arguments: Sequence[Value]) -> Value | None:
    """A set in Terraform's order of iteration."""
    items = arguments[0].items if len(arguments) == 1 else None
    if items is None or not all(isinstance(item.value, str) for item in items):
        return arguments[0] if arguments else None
    ordered = sorted({str(item.value): item for item in items}.items())
    return replace(arguments[0], items=[item for _, item in ordered])


def _list(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 1 or arguments[0].items is None:
        return arguments[0] if arguments else None
    return replace(arguments[0], items=unified(arguments[0].items))


def _slice(arguments: Sequence[Value]) -> Value | None:
    items = arguments[0].items if len(arguments) == 3 else None
    bounds = [argument.value for argument in arguments[1:]]
    if items is None or not all(isinstance(bound, int) for bound in bounds):
        return None
    if any(isinstance(item.value, Unknown) for item in items):
        return None
    return replace(arguments[0], items=items[bounds[0] : bounds[1]])


STRUCTURAL: Mapping[str, Callable[[Sequence[Value]], Value | None]] = {
    "merge": _merge,
    "concat": _concat,
    "flatten": _flatten,
    "compact": _compact,
    "lookup": _lookup,
    "try": _try,
    "coalesce": _coalesce,
    "element": _element,
    "one": _one,
    "values": _values,
    "keys": _keys,
    "tostring": _to_string,
    "tonumber": _to_number,
    "tobool": _to_bool,
    "tolist": _list,
    "toset": _set,
    "tomap": _map,
    "sensitive": _same,
    "nonsensitive": _same,
    "jsondecode": _json_decode,
    "yamldecode": _yaml_decode,
    "join": _join,
    "coalescelist": _coalesce_list,
    "can": _can,
    "slice": _slice,
}
