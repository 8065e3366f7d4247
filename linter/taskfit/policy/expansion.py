"""A JSON Schema with each `$ref` replaced by what it leads to, and sizes in CPU units and MiB.

Nothing is ever fetched: a `$ref` leads to another place in the same schema. So the result has no cycle, and its size is
bounded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from taskfit.definition import known, split_pointer
from taskfit.policy.validator import Schema
from taskfit.sizing import quantity

MOST_PARTS = 5_000
"""Schemas within a schema, once every `$ref` is replaced."""

DEEPEST = 30
"""Schemas within each other; a task definition itself is less than ten levels deep."""

BY_NAME = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords that hold schemas by name."""

LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""Keywords that hold a list of schemas."""

SINGLE = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"},
)
"""Keywords that hold one schema."""

BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "const", "enum"})
"""Keywords that compare with a size: in units (`1 vCPU`, `2 GB`) where the field is one."""

SIZES = {
    "cpu": quantity.cpu_units,
    "memory": quantity.memory_mib,
    "memoryReservation": quantity.memory_mib,
}
"""Fields that are sizes, in CPU units or MiB, and what reads such a size."""


class UnusableSchemaError(ValueError):
    """A schema that can't be used."""


def resolved(reference: str, root: Mapping[str, Any]) -> Any:
    """What a reference within a schema leads to; `None` where nothing is there."""
    value: Any = root
    for step in split_pointer(reference.removeprefix("#")):
        if isinstance(value, list) and step.isascii() and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        elif isinstance(value, Mapping) and step in value:
            value = value[step]
        else:
            return None
    return value


def expanded(document: Mapping[str, Any]) -> Any:
    """The schema with each `$ref` replaced by what it leads to, and sizes in CPU units and MiB.

    Raises `UnusableSchemaError` for a cycle, and where that makes too much of it.
    """
    return _Expansion(document).of(document, (), "")


@cache
def compiled(document: str, *, is_built_in: bool = False) -> Schema:
    """The schema in a JSON text, ready to be used.

    Raises `UnusableSchemaError`.
    """
    return Schema(expanded(json.loads(document)), is_built_in=is_built_in)


class _Expansion:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._parts = 0

    def of(self, schema: Any, following: tuple[str, ...], field: str) -> Any:
        """A schema expanded; `following` are the references that lead to it, `field` is the field it speaks of."""
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise UnusableSchemaError(f"the schema has more than {MOST_PARTS} parts once every `$ref` is followed")
        if len(following) > DEEPEST:
            raise UnusableSchemaError(f"`$ref` is followed more than {DEEPEST} times")
        if not isinstance(schema, Mapping):
            return schema
        expanded = {
            keyword: self._argument(keyword, argument, following, field)
            for keyword, argument in schema.items()
            if keyword not in ("$ref", "$schema", "$defs", "definitions")
        }
        reference = schema.get("$ref")
        if reference is None:
            return expanded
        if reference in following:
            raise UnusableSchemaError(f"`$ref` leads in a cycle, through {reference[:100]}")
        target = self.of(resolved(reference, self._root), (*following, reference), field)
        return {"allOf": [target, expanded]} if expanded else target

    def _argument(self, keyword: str, argument: Any, following: tuple[str, ...], field: str) -> Any:
        if keyword in BY_NAME and isinstance(argument, Mapping):
            names = keyword == "properties"
            return {
                name: self.of(inner, following, name if names else field if keyword == "dependentSchemas" else "")
                for name, inner in argument.items()
            }
        if keyword in LISTED and isinstance(argument, list):
            return [self.of(inner, following, field) for inner in argument]
        if keyword in SINGLE:
            return self.of(argument, following, field if keyword in ("if", "then", "else", "not") else "")
        if keyword in BOUNDS and field in SIZES:
            return [_size(field, item) for item in argument] if isinstance(argument, list) else _size(field, argument)
        return argument


def _size(field: str, written: Any) -> Any:
    """A size in CPU units or MiB, where it is one in words."""
    amount = known(SIZES[field](written)) if isinstance(written, str) else None
    return written if amount is None else amount
