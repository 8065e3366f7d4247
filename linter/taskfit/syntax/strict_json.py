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
        value = DECODER.decode(text)
    except (ValueError, RecursionError):
        return None
    contents = Contents(value, MOST_BYTES * len(text))
    # A duplicate key is lost in parsing, so that fewer strings remain.
    return Strict(value, contents) if _number_of_strings(text) == len(contents.keys) + len(contents.texts) else None


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


DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
"""The standard library's, without what it accepts beyond JSON."""
