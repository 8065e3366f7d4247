"""Validates a task definition against AWS's model of its fields: types, enumerations, required keys, limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from taskfit import task_schema
from taskfit.definition import JSON, Dialect, TaskDefinition
from taskfit.policy.validator import Plain, Schema, Violation
from taskfit.record import replace

STRICT = replace(JSON, needs_family=False)
"""A dialect in which every scalar must have the type of AWS's model."""


@cache
def task_definition_schema(dialect: Dialect = JSON) -> Schema:
    """The schema of a task definition, as strict about scalar types as the tool that registers the dialect."""
    document = task_schema.document()
    if dialect.converts == "everything":
        document = _with_lenient_scalars(document)
    elif dialect.converts == "arguments":
        document = _with_lenient_arguments(document)
    if not dialect.needs_family:
        document = {**document, "required": [name for name in document["required"] if name != "family"]}
    return Schema(document, is_built_in=True)


def has_right_types(task: TaskDefinition, whole: Callable[[], Plain]) -> bool:
    """Whether the present fields of a definition are valid and need no conversion."""
    return task_definition_schema(STRICT).accepts_raw(whole().data if task.has_unknowns else task.data)


def with_services() -> Mapping[str, Any]:
    """The strict schema, for definitions with the extra key `services`."""
    document = task_definition_schema(STRICT).document
    return {**document, "properties": {**document["properties"], "services": True}}


def violations(task: TaskDefinition, whole: Plain) -> Iterator[Violation]:
    """The violations of AWS's model in a definition."""
    return task_definition_schema(task.dialect).violations(whole.data, whole)


def has_required(task: TaskDefinition) -> bool:
    """Whether a definition has the field that only some formats require."""
    return not task.dialect.needs_family or "family" in task.data


def _with_lenient_arguments(document: Mapping[str, Any]) -> dict[str, Any]:
    """Terraform converts its arguments to the required type; values within JSON must already have it."""
    strict = {"containerDefinitions": document["properties"]["containerDefinitions"]}
    return {**document, "properties": {**_with_lenient_scalars(document["properties"]), **strict}}


def _with_lenient_scalars(schema: Any) -> Any:
    """CloudFormation and Terraform convert "8080" to 8080 and 8080 to "8080", as the field requires."""
    if isinstance(schema, list):
        return [_with_lenient_scalars(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    relaxed = {key: _with_lenient_scalars(value) for key, value in schema.items()}
    match schema.get("type"):
        case "integer":
            relaxed |= {"type": ["integer", "string"], "pattern": "^-?[0-9]+$"}
        case "boolean":
            relaxed |= {"type": ["boolean", "string"], "pattern": "^([Tt]rue|[Ff]alse)$"}
        case "string":
            relaxed |= {"type": ["string", "number", "boolean"]}
    return relaxed
