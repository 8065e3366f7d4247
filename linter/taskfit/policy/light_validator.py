"""A light validator for data under the bundled schemas, without a library.

The validator in Rust takes some 20 ms to import and to compile its first schema, up to half of a run on one file. This one
has no start-up cost, but takes a few times as long for each definition. It supports the keywords of the bundled schemas,
and leaves cases where it might disagree undecided.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from operator import ge, le
from typing import Any

Check = Callable[[Any, Any, Any, Mapping[str, Any]], bool]
"""Whether a value satisfies a keyword: its argument, the value, the schema with the keyword, and the root schema."""

ANNOTATIONS = frozenset({"$comment", "$defs", "$schema", "description", "else", "then", "title", "x-aws-answers"})
"""Keywords that require nothing by themselves; `then` and `else` are evaluated with `if`."""

MAX_SEARCHED_LENGTH = 1_000
"""The most characters of a text to search for a pattern, since the time of `re` may be quadratic."""


class UndecidedError(Exception):
    """A value or a keyword that only the other validators can decide."""


def is_valid(schema: Any, value: Any, root: Mapping[str, Any]) -> bool:
    """Whether a value is valid under a schema that is a part of `root`.

    Raises `UndecidedError`, and `ValueError` for data that is not plain JSON.
    """
    if isinstance(schema, bool):
        return schema
    for keyword, argument in schema.items():
        if keyword not in ANNOTATIONS:
            if keyword not in _CHECKS:
                raise UndecidedError(keyword)
            if not _CHECKS[keyword](argument, value, schema, root):
                return False
    return True


def _type(argument: Any, value: Any, _schema: Any, _root: Any) -> bool:
    names = _names_of_type(value)
    return argument in names if isinstance(argument, str) else not names.isdisjoint(argument)


def _names_of_type(value: Any) -> frozenset[str]:
    names = _TYPES.get(type(value))
    if names is not None:
        return names
    if isinstance(value, float):
        raise UndecidedError
    raise ValueError(f"{type(value).__name__} is not a type of plain JSON")


def _enum(argument: Any, value: Any, _schema: Any, _root: Any) -> bool:
    if not all(isinstance(choice, str) for choice in argument):
        raise UndecidedError
    return "string" in _names_of_type(value) and value in argument


def _const(argument: Any, value: Any, schema: Any, root: Any) -> bool:
    return _enum([argument], value, schema, root)


def _pattern(argument: Any, value: Any, _schema: Any, _root: Any) -> bool:
    if "string" not in _names_of_type(value):
        return True
    # With these characters, classes and the end of the text mean the same in both engines.
    if len(value) > MAX_SEARCHED_LENGTH or not (value.isascii() and value.isprintable()):
        raise UndecidedError
    return _compiled(argument).search(value) is not None


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _properties(argument: Any, value: Any, _schema: Any, root: Any) -> bool:
    return "object" not in _names_of_type(value) or all(
        is_valid(argument[name], inner, root) for name, inner in value.items() if name in argument
    )


def _additional_properties(argument: Any, value: Any, schema: Any, root: Any) -> bool:
    if "patternProperties" in schema:
        raise UndecidedError
    known = schema.get("properties", {})
    return "object" not in _names_of_type(value) or all(
        is_valid(argument, inner, root) for name, inner in value.items() if name not in known
    )


def _required(argument: Any, value: Any, _schema: Any, _root: Any) -> bool:
    return "object" not in _names_of_type(value) or all(name in value for name in argument)


def _items(argument: Any, value: Any, _schema: Any, root: Any) -> bool:
    return "array" not in _names_of_type(value) or all(is_valid(argument, item, root) for item in value)


def _contains(argument: Any, value: Any, schema: Any, root: Any) -> bool:
    if not schema.keys().isdisjoint(("minContains", "maxContains")):
        raise UndecidedError
    return "array" not in _names_of_type(value) or any(is_valid(argument, item, root) for item in value)


def _all_of(argument: Any, value: Any, _schema: Any, root: Any) -> bool:
    return all(is_valid(each, value, root) for each in argument)


def _any_of(argument: Any, value: Any, _schema: Any, root: Any) -> bool:
    return any(is_valid(each, value, root) for each in argument)


def _if(argument: Any, value: Any, schema: Any, root: Any) -> bool:
    branch = "then" if is_valid(argument, value, root) else "else"
    return branch not in schema or is_valid(schema[branch], value, root)


def _not(argument: Any, value: Any, _schema: Any, root: Any) -> bool:
    return not is_valid(argument, value, root)


def _ref(argument: Any, value: Any, _schema: Any, root: Any) -> bool:
    definition = root.get("$defs", {}).get(argument.removeprefix("#/$defs/"))
    if definition is None:
        raise UndecidedError
    return is_valid(definition, value, root)


def _bound(kind: str, measure: Callable[[Any], int], holds: Callable[[int, int], bool]) -> Check:
    """A check of a number, or of the number of characters, items or keys."""
    return lambda argument, value, _schema, _root: kind not in _names_of_type(value) or holds(measure(value), argument)


_TYPES = {
    bool: frozenset({"boolean"}),
    dict: frozenset({"object"}),
    int: frozenset({"integer", "number"}),
    list: frozenset({"array"}),
    str: frozenset({"string"}),
    type(None): frozenset({"null"}),
}

_CHECKS: Mapping[str, Check] = {
    "$ref": _ref,
    "additionalProperties": _additional_properties,
    "allOf": _all_of,
    "anyOf": _any_of,
    "const": _const,
    "contains": _contains,
    "enum": _enum,
    "if": _if,
    "items": _items,
    "maxItems": _bound("array", len, le),
    "maxLength": _bound("string", len, le),
    "maxProperties": _bound("object", len, le),
    "maximum": _bound("integer", int, le),
    "minItems": _bound("array", len, ge),
    "minLength": _bound("string", len, ge),
    "minProperties": _bound("object", len, ge),
    "minimum": _bound("integer", int, ge),
    "not": _not,
    "pattern": _pattern,
    "properties": _properties,
    "required": _required,
    "type": _type,
}
