"""JSON read by the standard library, without places: enough for a file without findings."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from taskfit.definition import Contents
from taskfit.definition.contents import MOST_BYTES
from taskfit.record import NamedTuple

SKIP = r"(?s)(?:[ \t\r\n\f\v\u00a0\ufeff]+|//[^\r\n]*|/\*.*?\*/)*"
"""Whitespace and comments."""
_TRAILING_COMMA = re.compile(r",[ \t\r\n]*[\]}]")


def looks_like_json(text: str) -> bool:
    """Whether the text begins, after comments, with an object or a list."""
    if text.startswith(("{", "[")):
        return True
    match = re.match(SKIP, text)
    return text[match.end() if match else 0 :][:1] in ("{", "[")


class Strict(NamedTuple):
    """The content of a strict JSON text."""

    value: Any
    contents: Contents


def loads(text: str) -> Strict | None:
    """The value of a strict JSON text without duplicate keys; `None` if only `json_text.parse` can tell."""
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    contents = Contents(value, MOST_BYTES * len(text))
    # A duplicate key is lost in parsing, so that fewer strings remain.
    return Strict(value, contents) if _number_of_strings(text) == len(contents.keys) + len(contents.texts) else None


class Slip(NamedTuple):
    """What makes a text no JSON, although it looks like it."""

    offset: int
    what: str
    advice: str


def slip(text: str) -> Slip | None:
    """A comma before a closing bracket, or a line end or tab in a string, if that is the first thing that is not JSON.

    A comment before it shows that a program reads the file as more than JSON.
    """
    try:
        _DECODER.decode(text)
    except json.JSONDecodeError as error:
        at = error.pos
    except (ValueError, RecursionError):
        return None
    else:
        return None
    if text[at : at + 1] in ("\n", "\r", "\t"):
        name, escape = ("tab", r"\t") if text[at] == "\t" else ("line end", r"\n")
        return Slip(at, f"a {name} in a string", f"Write it as `{escape}`.")
    # Some versions of Python point at the bracket, some at the comma.
    comma = _TRAILING_COMMA.match(text, text.rfind(",", 0, at + 1))
    if comma and comma.end() > at:
        return Slip(comma.start(), f"a comma before `{comma[0][-1]}`", "Remove the comma.")
    return None


def _number_of_strings(text: str) -> int:
    """The number of strings in a strict JSON text, each with two quotes."""
    return (re.sub(r"\\.", "", text) if "\\" in text else text).count('"') // 2


def _no_number(name: str) -> None:
    """Reject `NaN` and `Infinity`, which the standard library accepts and JSON does not have."""
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
