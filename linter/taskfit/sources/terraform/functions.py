"""Terraform's operators and functions on values, as far as they are known."""

from __future__ import annotations

import json
import math
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from taskfit.definition import Unknown
from taskfit.sources.terraform.types import unified
from taskfit.sources.terraform.values import (
    MAX_TEXT,
    Builder,
    Trace,
    Value,
    as_text,
    as_value,
    decode,
    made,
    origin_of,
    plain,
)
from taskfit.syntax.tree import Node, UnreadableError

MAX_ITEMS = 10_000
"""Of a list that a function makes of a text."""

_TOO_WIDE = re.compile(r"%-?[0-9.]{4,}")
"""Asks for more characters than `format` has reason to fill."""


def unary(operator: str, content: Any) -> Any:
    """`!` or `-` on a value; nothing if it can't be known."""
    if operator == "!" and isinstance(content, bool):
        return not content
    if operator == "-" and _is_number(content):
        return -content
    return None


def binary(operator: str, left: Any, right: Any) -> Any:
    """An operator between two plain values; nothing if the result can't be known."""
    if operator in ("&&", "||"):
        decisive = operator == "||"
        if left is decisive or right is decisive:
            return decisive
        return (not decisive) if left is (not decisive) and right is (not decisive) else None
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if operator in ("==", "!="):
        same = left == right and isinstance(left, bool) == isinstance(right, bool)
        return same is (operator == "==")
    left, right = _number(left), _number(right)
    if left is None or right is None or (operator in ("/", "%") and right == 0):
        return None
    result = _ARITHMETIC[operator](left, right) if operator in _ARITHMETIC else None
    return int(result) if isinstance(result, float) and result.is_integer() and abs(result) < 1e15 else result


_ARITHMETIC: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b if abs(a) < 1e15 and abs(b) < 1e15 else None,
    "/": lambda a, b: a / b if abs(a) < 1e15 else None,
    "%": math.fmod,
    "<": lambda a, b: a < b,
    ">": lambda a, b: a > b,
    "<=": lambda a, b: a <= b,
    ">=": lambda a, b: a >= b,
}


def _is_number(content: Any) -> bool:
    return isinstance(content, int | float) and not isinstance(content, bool)


def _number(content: Any) -> Any:
    if _is_number(content):
        return content
    if isinstance(content, str) and len(content) < 30:
        try:
            number = float(content)
        except ValueError:
            return None
        if math.isfinite(number):
            return int(number) if number.is_integer() else number
    return None


def call(name: str, arguments: Sequence[Value], start: int, end: int) -> Value | None:
    """The result of a function; nothing if it can't be known."""
    if structural := _STRUCTURAL.get(name):
        result = structural(arguments)
        return None if result is None else replace(result, start=start, end=end) if _is_scalar(result) else result
    function = _PLAIN.get(name)
    if function is None:
        return None
    contents = [plain(argument) for argument in arguments]
    if any(isinstance(content, Unknown) for content in contents):
        return None
    try:
        content = function(*contents)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError):
        return None
    return None if content is None else made(content, start, end, origin_of(arguments))


def _is_scalar(value: Value) -> bool:
    return value.entries is None and value.items is None


def _merge(arguments: Sequence[Value]) -> Value | None:
    entries: dict[str, tuple[Node, Node]] = {}
    is_partial = False
    for argument in arguments:
        if argument.entries is None:
            if argument.value is None and argument.items is None:
                continue
            # Whatever an unknown object holds replaces what came before it.
            is_partial = True
            entries = {
                name: (key, Value(value.start, value.end, Unknown(str(key.value), "reference")))
                for name, (key, value) in entries.items()
            }
            continue
        if argument.is_partial:
            is_partial = True
            entries = {
                name: (key, Value(value.start, value.end, Unknown(str(key.value), "reference")))
                for name, (key, value) in entries.items()
            }
        entries.update({str(key.value): (key, value) for key, value in argument.entries})
    first = arguments[0] if arguments else Value(0, 0)
    return Value(first.start, first.end, entries=list(entries.values()), is_partial=is_partial)


def _concat(arguments: Sequence[Value]) -> Value | None:
    items: list[Node] = []
    for argument in arguments:
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
    found = [value for key, value in arguments[0].entries if key.value == arguments[1].value]
    if found:
        return as_value(found[-1])
    return None if arguments[0].is_partial or len(arguments) < 3 else arguments[2]


def _try(arguments: Sequence[Value]) -> Value | None:
    return next((argument for argument in arguments if not argument.is_missing), None)


def _coalesce(arguments: Sequence[Value]) -> Value | None:
    for argument in arguments:
        if argument.is_unknown:
            return None
        if not _is_scalar(argument) or argument.value not in (None, ""):
            return argument
    return None


def _element(arguments: Sequence[Value]) -> Value | None:
    if len(arguments) != 2 or not arguments[0].items:
        return None
    index = _number(arguments[1].value)
    if not isinstance(index, int) or any(isinstance(item.value, Unknown) for item in arguments[0].items):
        return None
    return as_value(arguments[0].items[index % len(arguments[0].items)])


def _one(arguments: Sequence[Value]) -> Value | None:
    items = arguments[0].items if len(arguments) == 1 else None
    return as_value(items[0]) if items and len(items) == 1 and not isinstance(items[0].value, Unknown) else None


def _same(arguments: Sequence[Value]) -> Value | None:
    return arguments[0] if arguments else None


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
    words = as_text(arguments[0].value) if len(arguments) == 1 else None
    return None if words is None else replace(arguments[0], value=words)


def _to_number(arguments: Sequence[Value]) -> Value | None:
    number = _number(arguments[0].value) if len(arguments) == 1 else None
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
    """A string of several, of which some may be unknown or JSON."""
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
        return None
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
    (argument,) = arguments
    is_sure = argument.is_missing or not any(isinstance(node.value, Unknown) for node in argument.walk())
    return replace(made(not argument.is_missing, argument.start, argument.end)) if is_sure else None


def _set(arguments: Sequence[Value]) -> Value | None:
    """A set in the order that Terraform goes through it."""
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


_STRUCTURAL: Mapping[str, Callable[[Sequence[Value]], Value | None]] = {
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
    "tomap": _same,
    "sensitive": _same,
    "nonsensitive": _same,
    "jsondecode": _json_decode,
    "yamldecode": _yaml_decode,
    "join": _join,
    "coalescelist": _coalesce_list,
    "can": _can,
    "slice": _slice,
}


def _format(pattern: str, *values: Any) -> str | None:
    left = list(values)

    def fill(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value = left.pop(0)
        verb = match[0][-1]
        if verb == "d":
            return f"{match[0][:-1]}d" % int(value)
        if verb == "q":
            return json.dumps(as_text(value))
        if verb in "sv":
            words = as_text(value)
            if words is None:
                raise TypeError(verb)
            return f"{match[0][:-1]}s" % words
        return match[0] % float(value)

    if _TOO_WIDE.search(pattern) or len(pattern) + sum(len(str(value)) for value in values) > MAX_TEXT:
        return None
    return re.sub(r"%(?:%|[-0-9.]{0,8}[sdvqf])", fill, pattern)


def _length(content: Any) -> int:
    return len(content)


def _replace(text: str, old: str, new: str) -> str | None:
    if len(old) > 1 and old[0] == old[-1] == "/":
        return None
    size = len(text) + text.count(old) * (len(new) - len(old))
    return text.replace(old, new) if size <= MAX_TEXT else None


def _split(separator: str, text: str) -> list[str] | None:
    return text.split(separator) if text.count(separator) < MAX_ITEMS else None


def _substr(text: str, offset: int, length: int) -> str:
    begin = offset if offset >= 0 else len(text) + offset
    return text[begin:] if length < 0 else text[begin : begin + length]


def _contains(items: Any, item: Any) -> bool:
    if not isinstance(items, list):
        raise TypeError(items)
    return item in items


def _range(*bounds: int) -> list[int] | None:
    numbers = range(*bounds)
    return list(numbers) if len(numbers) <= 1000 else None


_PLAIN: Mapping[str, Callable[..., Any]] = {
    "format": _format,
    "length": _length,
    "replace": _replace,
    "substr": _substr,
    "contains": _contains,
    "range": _range,
    "upper": lambda text: text.upper(),
    "lower": lambda text: text.lower(),
    "title": str.title,
    "trimspace": lambda text: text.strip(),
    "trim": lambda text, cut: text.strip(cut),
    "trimprefix": lambda text, cut: text.removeprefix(cut),
    "trimsuffix": lambda text, cut: text.removesuffix(cut),
    "split": _split,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "reverse": lambda items: items[::-1],
    "distinct": lambda items: [item for index, item in enumerate(items) if item not in items[:index]],
    "sort": sorted,
    "min": lambda *numbers: min(_number(number) for number in numbers),
    "max": lambda *numbers: max(_number(number) for number in numbers),
    "abs": lambda number: abs(_number(number)),
    "ceil": lambda number: math.ceil(_number(number)),
    "floor": lambda number: math.floor(_number(number)),
    "sum": lambda numbers: sum(_number(number) for number in numbers),
    "parseint": int,
    "zipmap": lambda keys, values: dict(zip(keys, values, strict=True)),
    "basename": lambda path: path.rstrip("/").rpartition("/")[2],
    "dirname": lambda path: path.rstrip("/").rpartition("/")[0] or ".",
    "abspath": lambda path: path,
    "chomp": lambda text: text.rstrip("\r\n"),
    "strrev": lambda text: text[::-1],
    "index": lambda items, item: items.index(item),
    "alltrue": lambda items: all(item is True for item in items),
    "anytrue": lambda items: any(item is True for item in items),
    "formatlist": lambda pattern, items: [_format(pattern, item) for item in items],
    "setunion": lambda *sets: sorted({item for each in sets for item in each}),
    "setsubtract": lambda left, right: [item for item in left if item not in right],
    "setintersection": lambda left, right: [item for item in left if item in right],
    "base64encode": lambda text: b64encode(text.encode()).decode(),
    "base64decode": lambda text: b64decode(text, validate=True).decode(),
}
