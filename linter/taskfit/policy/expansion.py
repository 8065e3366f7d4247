"""A JSON Schema with each `$ref` replaced by its target, and sizes in CPU units and MiB.

Nothing is ever fetched: a `$ref` must refer to the same schema. The result has no cycle, and its size is bounded.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from taskfit.definition import known, split_pointer
from taskfit.policy.validator import Schema
from taskfit.sizing import quantity

MAX_SUBSCHEMAS = 5_000
"""The most subschemas of a schema after replacing every `$ref`."""

MAX_DEPTH = 30
"""The most levels of nested schemas; a task definition itself has less than ten levels."""

BY_NAME = frozenset({"properties", "patternProperties", "$defs", "definitions", "dependentSchemas"})
"""Keywords whose value is a mapping of schemas."""

LISTED = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
"""Keywords whose value is a list of schemas."""

SINGLE = frozenset(
    {"additionalProperties", "contains", "else", "if", "items", "not", "propertyNames", "then"},
)
"""Keywords whose value is a schema."""

BOUNDS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "const", "enum"})
"""Keywords whose value may be a size with a unit (`1 vCPU`, `2 GB`) if the field is a size."""

SIZES = {
    "cpu": quantity.cpu_units,
    "memory": quantity.memory_mib,
    "memoryReservation": quantity.memory_mib,
}
"""Fields that are sizes, in CPU units or MiB, and the parser of each."""


class UnusableSchemaError(ValueError):
    """A schema that can't be used."""


def resolved(reference: str, root: Mapping[str, Any]) -> Any:
    """The target of a reference within a schema, `None` if there is none."""
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
    """The schema with each `$ref` replaced by its target, and sizes in CPU units and MiB.

    Raises `UnusableSchemaError` for a cycle, and if the result is too large.
    """
    return _Expansion(document).of(document, (), "")


@cache
def compiled(document: str, *, is_built_in: bool = False) -> Schema:
    """The compiled schema of a JSON text.

    Raises `UnusableSchemaError`.
    """
    return Schema(expanded(json.loads(document)), is_built_in=is_built_in)


class _Expansion:
    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._parts = 0

    def of(self, schema: Any, following: tuple[str, ...], field: str) -> Any:
        """The expanded schema; `following` are the references that led to it, `field` is the field that it describes."""
        self._parts += 1
        if self._parts > MAX_SUBSCHEMAS:
            raise UnusableSchemaError(f"the schema has more than {MAX_SUBSCHEMAS} parts after replacing every `$ref`")
        if len(following) > MAX_DEPTH:
            raise UnusableSchemaError(f"`$ref` is followed more than {MAX_DEPTH} times")
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
            raise UnusableSchemaError(f"`$ref` forms a cycle through {reference[:100]}")
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
    """A size with a unit in CPU units or MiB; other values unchanged."""
    amount = known(SIZES[field](written)) if isinstance(written, str) else None
    return written if amount is None else amount
