"""JSON as the standard library reads it, without places: all that a file needs in which nothing is found."""

from __future__ import annotations

import json
import math
import re
from typing import Any

from taskfit.definition import Contents
from taskfit.record import NamedTuple

SKIP = r"(?s)(?:[ \t\r\n\f\v\u00a0\ufeff]+|//[^\r\n]*|/\*.*?\*/)*"
"""Blanks and comments."""


def looks_like_json(text: str) -> bool:
    """Whether the text, after comments, opens an object or a list."""
    if text.startswith(("{", "[")):
        return True
    match = re.match(SKIP, text)
    return text[match.end() if match else 0 :][:1] in ("{", "[")


class Strict(NamedTuple):
    """What a strict JSON text says."""

    value: Any
    contents: Contents


def loads(text: str) -> Strict | None:
    """The value of a strict JSON text without duplicate keys; `None` where `json_text.parse` must have a look."""
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    contents = Contents(value)
    # Of a key that is given twice, one is lost.
    return Strict(value, contents) if _number_of_strings(text) == len(contents.keys) + len(contents.texts) else None


def _number_of_strings(text: str) -> int:
    """How many strings a text of strict JSON has, each in two quotes."""
    return (re.sub(r"\\.", "", text) if "\\" in text else text).count('"') // 2


def _no_number(name: str) -> None:
    """`NaN` and `Infinity`, which the standard library takes and JSON has not."""
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number


_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
