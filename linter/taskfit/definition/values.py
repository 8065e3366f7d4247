"""Values that are known, unknown or absent, and their accessors.

A value is *absent* if the file does not contain it (or has `null`): the accessors return `None`. It is *unknown* if the
file has something that can't be evaluated (a placeholder, an unresolved reference) or something of the wrong type:
the accessors return `Unknown`. A rule never compares an unknown value and never reports it as missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypeVar

from taskfit.record import Record

T = TypeVar("T")

LONGEST_NUMBER = 18
"""Limit on the digits of a quoted number; Python refuses to parse thousands, and no sensible number has this many."""


GAP = "\0"
"""The character for an unknown part of a string."""


class Unknown(Record):
    """A value that can't be known from the file; in a list, it stands for any number of unknown items."""

    text: str
    """Its text in the file, such as `${CPU}`."""
    why: Literal["placeholder", "reference", "wrong-type", "partial"] = "placeholder"
    outline: str = ""
    """A string of which some parts are known, with a `GAP` for each other part; empty if no part is known."""


NO_CONTAINERS = Unknown("containers", "partial")
"""The containers of a definition whose file has none: whatever registers it may add them from another file."""


class Partial(dict[str, Any]):
    """A mapping of which only some keys are known: a missing key is unknown, not absent."""


_SEEN = (dict, str, int)
"""Types of known items."""


def read(data: Mapping[str, Any], key: str) -> Any | Unknown | None:
    """The value of a key: `None` if absent, `Unknown` if unknown."""
    value = data.get(key)
    if value is None and isinstance(data, Partial):
        return Unknown(key, "partial")
    return value


def read_as(data: Mapping[str, Any], key: str, kind: type[T]) -> T | Unknown | None:
    """The value of a key if it has the type; a value of another type is `Unknown` (FIT002 reports it)."""
    value = data.get(key)
    if type(value) is kind:  # as almost always
        return value
    if value is None:
        return Unknown(key, "partial") if isinstance(data, Partial) else None
    if isinstance(value, Unknown):
        return value
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    if kind is int and isinstance(value, str) and value.isascii() and value.isdigit():
        if len(value) > LONGEST_NUMBER:
            return Unknown(value, "wrong-type")
        return int(value)  # type: ignore[return-value]
    return Unknown(str(value), "wrong-type")


def known(value: T | Unknown | None) -> T | None:
    """The value if it is known, else `None`."""
    return None if isinstance(value, Unknown) else value


def objects(data: Mapping[str, Any], key: str) -> list[tuple[int, Mapping[str, Any]]]:
    """The mappings in a list, with their positions; other items are skipped."""
    items = data.get(key)
    if not isinstance(items, list):
        return []
    return [(index, item) for index, item in enumerate(items) if isinstance(item, dict)]


def complete(data: Mapping[str, Any], key: str) -> bool:
    """Whether all items of a list are known (also true if the list is absent)."""
    items = read(data, key)
    return items is None or (isinstance(items, list) and all(isinstance(item, _SEEN) for item in items))


def equal(one: Any, other: Any) -> bool:
    """Whether two values are equal as in JSON: for Python, `true` equals 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return bool(one == other) and isinstance(one, bool) is isinstance(other, bool)


def escape(key: str) -> str:
    """A key as a step of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")


def split_pointer(pointer: str) -> tuple[str, ...]:
    """The keys and positions in a JSON pointer."""
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])
