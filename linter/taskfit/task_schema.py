"""The fields of a task definition in AWS's model: `schemas/task-definition.schema.json`, read once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from taskfit.paths import data_folder


@cache
def document() -> Mapping[str, Any]:
    """The JSON Schema; callers must not modify it."""
    text = (data_folder("schemas") / "task-definition.schema.json").read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def fields_of_type(kind: str) -> frozenset[str]:
    """The names of the fields that accept values of a type, or lists of such values.

    A name that has the type in only one structure is included: `cpu` is an integer of a container, a string of the task.
    """
    return frozenset(name for name, field in _fields(document()) if kind in _types(field.get("items", field)))


@cache
def names_by_folded() -> Mapping[str, str]:
    """The names of all fields by their lower-case form."""
    return {name.lower(): name for name, _ in _fields(document())}


def type_of(structure: str, path: str) -> str:
    """The type of a field of a structure (`ContainerDefinition`, `Volume`; "" is the task) at a path of keys.

    Raises `KeyError` for a field that AWS does not have.
    """
    definitions = document()["$defs"]
    node = definitions[structure] if structure else document()
    for key in path.split("/"):
        node = node["properties"][key]
        node = definitions[node["$ref"].rpartition("/")[2]] if "$ref" in node else node
    return str(node["type"])


def _fields(schema: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(schema, dict):
        for name, field in schema.get("properties", {}).items():
            if isinstance(field, dict):
                yield name, field
        for inner in schema.values():
            yield from _fields(inner)


def _types(field: Mapping[str, Any]) -> tuple[str, ...]:
    kind = field.get("type", ())
    return (kind,) if isinstance(kind, str) else tuple(kind)
