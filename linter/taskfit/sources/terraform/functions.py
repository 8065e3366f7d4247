"""Terraform's operators and functions on values, as far as they are known."""

from __future__ import annotations

import json
import math
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from taskfit.definition import Unknown, equal
from taskfit.record import replace
from taskfit.sources.terraform.structures import STRUCTURAL, is_number, is_scalar, numeric
from taskfit.sources.terraform.values import (
    MAX_TEXT,
    Builder,
    Trace,
    Value,
    as_text,
    is_too_long,
    made,
    origin_of,
    plain,
)

MAX_ITEMS = 10_000
"""The maximum number of items of a list that a function makes from a text."""

_TOO_WIDE = re.compile(r"%-?[0-9.]{4,}")
"""A width of more characters than `format` would reasonably fill."""
_VERB = re.compile(r"%(?:%|[-0-9.]{0,8}[sdvqf]|t)")
"""The verbs of `format` that are supported here."""


def unary(operator: str, content: Any) -> Any:
    """`!` or `-` on a value; `None` if the result is unknown."""
    if operator == "!" and isinstance(content, bool):
        return not content
    if operator == "-" and is_number(content):
        return -content
    return None


def binary(operator: str, left: Any, right: Any) -> Any:
    """An operator between two plain values; `None` if the result is unknown."""
    if operator in ("&&", "||"):
        decisive = operator == "||"
        if left is decisive or right is decisive:
            return decisive
        return (not decisive) if left is (not decisive) and right is (not decisive) else None
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if operator in ("==", "!="):
        return equal(left, right) is (operator == "==")
    left, right = numeric(left), numeric(right)
    if left is None or right is None or (operator in ("/", "%") and right == 0):
        return None
    result = _ARITHMETIC[operator](left, right) if operator in _ARITHMETIC else None
    return int(result) if isinstance(result, float) and result.is_integer() and abs(result) < 1e15 else result


def _basename(path: str) -> str | None:
    """The base name of a path; unknown for the configuration's folder (`path.cwd`), which differs between machines."""
    name = path.rstrip("/").rpartition("/")[2]
    return None if name in (".", "..") else name


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


def call(name: str, arguments: Sequence[Value], start: int, end: int) -> Value | None:
    """The result of a function; `None` if it is unknown."""
    if structural := STRUCTURAL.get(name):
        result = structural(arguments)
        return None if result is None else replace(result, start=start, end=end) if is_scalar(result) else result
    function = _PLAIN.get(name)
    if function is None:
        return None
    contents = [plain(argument) for argument in arguments]
    if any(isinstance(content, Unknown) for content in contents):
        return _format_in_part(*arguments, start=start, end=end) if name == "format" else None
    try:
        content = function(*contents)
    except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError):
        return None
    return None if content is None or is_too_long(content) else made(content, start, end, origin_of(arguments))


def _format(pattern: str, *values: Any) -> str | None:
    left = list(values)

    def fill(match: re.Match[str]) -> str:
        if match[0] == "%%":
            return "%"
        value = left.pop(0)
        verb = match[0][-1]
        if verb == "d":
            return f"{match[0][:-1]}d" % int(value)
        if verb == "t" and isinstance(value, bool):
            return str(as_text(value))
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
    if "%" in _VERB.sub("", pattern):
        return None
    return _VERB.sub(fill, pattern)


def _format_in_part(pattern: Value, *values: Value, start: int, end: int) -> Value | None:
    """A string that `format` makes of values that are not all known, by `%s` alone."""
    texts = pattern.value.split("%s") if isinstance(pattern.value, str) else []
    if len(texts) != len(values) + 1 or any("%" in text for text in texts):
        return None
    if any(not is_scalar(value) or (value.value is None and value.encoded is None) for value in values):
        return None
    builder = Builder()
    for text, value in zip(texts, (*values, None), strict=True):
        builder.add(text, start, end, Trace(""))
        if value is not None:
            builder.insert(value)
    return builder.value(start, end)


def _format_list(pattern: str, items: Any) -> list[str | None] | None:
    texts, left = [], MAX_TEXT
    for item in items:
        text = _format(pattern, item)
        left -= len(text or "")
        if left < 0:
            return None
        texts.append(text)
    return texts


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
    return any(equal(each, item) for each in items)


def _same(item: Any) -> Any:
    """A key that is the same for equal values."""
    return ("json", json.dumps(item, sort_keys=True)) if isinstance(item, dict | list) else item


def _without(items: list[Any], others: list[Any]) -> list[Any]:
    left_out = {_same(item) for item in others}
    return [item for item in items if _same(item) not in left_out]


def _in_both(items: list[Any], others: list[Any]) -> list[Any]:
    kept = {_same(item) for item in others}
    return [item for item in items if _same(item) in kept]


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
    "distinct": lambda items: list({_same(item): item for item in items}.values()),
    "sort": sorted,
    "min": lambda *numbers: min(numeric(number) for number in numbers),
    "max": lambda *numbers: max(numeric(number) for number in numbers),
    "abs": lambda number: abs(numeric(number)),
    "ceil": lambda number: math.ceil(numeric(number)),
    "floor": lambda number: math.floor(numeric(number)),
    "sum": lambda numbers: sum(numeric(number) for number in numbers),
    "parseint": int,
    "zipmap": lambda keys, values: dict(zip(keys, values, strict=True)),
    "basename": _basename,
    "dirname": lambda path: path.rstrip("/").rpartition("/")[0] or ".",
    "abspath": lambda path: path,
    "chomp": lambda text: text.rstrip("\r\n"),
    "strrev": lambda text: text[::-1],
    "index": lambda items, item: items.index(item),
    "alltrue": lambda items: all(item is True for item in items),
    "anytrue": lambda items: any(item is True for item in items),
    "formatlist": _format_list,
    "setunion": lambda *sets: sorted({item for each in sets for item in each}),
    "setsubtract": _without,
    "setintersection": _in_both,
    "base64encode": lambda text: b64encode(text.encode()).decode(),
    "base64decode": lambda text: b64decode(text, validate=True).decode(),
}
