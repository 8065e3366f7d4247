"""Values deep in a definition, by the paths of keys in the tables of `rules/`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from taskfit import task_schema
from taskfit.definition import Unknown, known, read, read_as

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")

TASK, CONTAINER, VOLUME = "", "ContainerDefinition", "Volume"
"""The structures of the API whose fields the tables name."""

_TYPES: dict[str, type[Any]] = {"string": str, "integer": int, "boolean": bool, "array": list, "object": dict}


def value_at(data: Mapping[str, Any], path: str, kind: type[T]) -> T | None:
    """The value at a path of keys, if it is known and has the type."""
    *parents, last = path.split("/")
    for key in parents:
        inner = read(data, key)
        if not isinstance(inner, dict):
            return None
        data = inner
    return known(read_as(data, last, kind))


def is_set(data: Mapping[str, Any], structure: str, field: str) -> bool:
    """Whether a field certainly has a value: a list has a known item, a switch is on.

    A value of another type than the field's is reported by FIT002.
    """
    value = value_at(data, field, _TYPES[task_schema.type_of(structure, field)])
    if isinstance(value, list):
        return any(not isinstance(item, Unknown) for item in value)
    return bool(value)
