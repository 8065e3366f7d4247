"""Checks that AWS has the fields that an expression names."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from taskfit import task_schema
from taskfit.phrases import nearest
from taskfit.policy.cel.reads import Path
from taskfit.record import NamedTuple

STRUCTURES = {
    "task": "",
    "container": "ContainerDefinition",
    "containers": "ContainerDefinition",
    "sidecars": "ContainerDefinition",
    "port": "PortMapping",
    "variable": "KeyValuePair",
    "secret": "Secret",
    "volume": "Volume",
}
"""The structure in AWS's model of each variable, or of its entries."""

OTHER_KEYS: dict[str, Mapping[str, Any]] = {
    "expected": {
        "floor": {"cpu": {}, "memory": {}},
        "recommended": {"cpu": {}, "memory": {}},
        "ceiling": {"cpu": {}, "memory": {}},
        "capacity": {},
    },
    "file": {"path": {}, "format": {}},
}
"""The keys of variables that are not structures of AWS."""

EXTRA_KEYS = {"sidecars": frozenset({"kind"}), "task": frozenset({"services"})}


@cache
def empty_collections(structure: str) -> Mapping[str, Any]:
    """The empty value of each list or free-form mapping in a structure, as which absent ones count."""
    node = task_schema.document()["$defs"].get(structure, task_schema.document())
    empty = {name: _empty(field) for name, field in node["properties"].items()}
    return {name: value for name, value in empty.items() if value is not None}


def _empty(field: Any) -> Any:
    if not isinstance(field, Mapping):
        return None
    is_map = field.get("type") == "object" and "properties" not in field
    return [] if field.get("type") == "array" else {} if is_map else None


class Fault(NamedTuple):
    """A fault in a key of an access path."""

    key: str
    message: str


def fault(path: Path, *, is_test: bool = False) -> Fault | None:
    """The fault in the keys of an access path; `None` if they may exist."""
    variable, *keys = path
    if variable in OTHER_KEYS:
        return _walk(keys, OTHER_KEYS[variable])
    if variable not in STRUCTURES:
        return None
    definitions = task_schema.document()["$defs"]
    node = definitions.get(STRUCTURES[variable], task_schema.document())
    for position, key in enumerate(keys):
        if key == "*":
            continue
        fields = node.get("properties") if isinstance(node, Mapping) else None
        if fields is None or key in EXTRA_KEYS.get(variable, ()):
            return None
        if key not in fields:
            near = nearest(key[:60], fields, cutoff=0.8)
            return Fault(key, f'AWS has no field "{key}" here; did you mean "{near}"?') if near else None
        if is_test and _empty(fields[key]) is not None and position == len(keys) - 1 and _is_filled(variable, keys):
            message = f"{key} always exists, and is empty if the definition has none: size({'.'.join(path)}) > 0"
            return Fault(key, message)
        node = _resolved(fields[key], definitions)
    return None


def _walk(keys: list[str], node: Mapping[str, Any]) -> Fault | None:
    for key in keys:
        if key == "*" or not node:
            return None
        if key not in node:
            near = nearest(key[:60], node)
            hint = f'did you mean "{near}"?' if near else f"there are {', '.join(node)}"
            return Fault(key, f'there is no "{key}" here; {hint}')
        node = node[key]
    return None


def _resolved(field: Any, definitions: Mapping[str, Any]) -> Any:
    """The structure of a field, or of the entries of a list."""
    for _ in range(3):
        if isinstance(field, Mapping) and "$ref" in field:
            field = definitions[field["$ref"].rpartition("/")[2]]
        elif isinstance(field, Mapping) and "items" in field:
            field = field["items"]
    return field


def _is_filled(variable: str, keys: list[str]) -> bool:
    """Whether a field belongs to the task or a container, whose absent lists and mappings count as empty."""
    owner = (variable, *keys[:-1])
    return owner in (("task",), ("container",), ("containers", "*"), ("task", "containerDefinitions", "*"))
