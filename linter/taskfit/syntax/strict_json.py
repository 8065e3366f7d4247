"""JSON as the standard library reads it, without places: all that a file needs in which nothing is found."""

from __future__ import annotations

import json
import math
import re
from typing import Any

SKIP = re.compile(r"(?:[ \t\r\n\f\v\u00a0\ufeff]+|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
"""Blanks and comments."""


def looks_like_json(text: str) -> bool:
    """Whether the text, after comments, opens an object or a list."""
    match = SKIP.match(text)
    return text[match.end() if match else 0 :][:1] in ("{", "[")


def loads(text: str) -> Any:
    """The value of a strict JSON text without duplicate keys; `None` where `json_text.parse` must have a look."""
    duplicates = False

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        nonlocal duplicates
        mapping = dict(items)
        duplicates = duplicates or len(mapping) < len(items)
        return mapping

    try:
        value = json.loads(text, object_pairs_hook=pairs, parse_constant=_no_number, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return None if duplicates else value


def _no_number(name: str) -> None:
    """`NaN` and `Infinity`, which the standard library takes and JSON has not."""
    raise ValueError(name)


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):
        raise ValueError(digits)
    return number
