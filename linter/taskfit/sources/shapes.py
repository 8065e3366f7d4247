"""Where task definitions are in JSON or YAML data: plain, wrapped in API responses, in lists, or only containers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from taskfit.definition import NO_CONTAINERS, Partial, Unknown

_WRAPPERS = ("taskDefinition", "taskDefinitions", "data")
_MAX_WRAPPING = 5


def definitions(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The definitions in a file's data with their JSON pointers: plain, wrapped in API responses, or in lists."""
    yield from _definitions(value, "", 0)


def _definitions(value: Any, pointer: str, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if depth > _MAX_WRAPPING:
        return
    if isinstance(value, list):
        if _is_container_list(value):
            # Containers alone, as for Terraform's `templatefile`: the task around them is unknown.
            yield pointer, _ContainersOnly(value)
            return
        for index, item in enumerate(value):
            yield from _definitions(item, f"{pointer}/{index}", depth + 1)
    elif isinstance(value, dict):
        if _is_definition(value):
            yield pointer, _or_fragment(value)
            return
        for key in _WRAPPERS:
            if key in value:
                yield from _definitions(_with_tags(value, key), f"{pointer}/{key}", depth + 1)


def _with_tags(answer: Mapping[str, Any], key: str) -> Any:
    """The content of an API response; `describe-task-definition` returns the tags beside the definition."""
    wrapped, tags = answer[key], answer.get("tags")
    if key == "taskDefinition" and isinstance(wrapped, dict) and tags and "tags" not in wrapped:
        return _WithTags(wrapped, tags=tags)
    return wrapped


def has_tags_beside(data: Mapping[str, Any]) -> bool:
    """Whether the tags of a definition are beside it in the response."""
    return isinstance(data, _WithTags)


class _WithTags(dict[str, Any]):
    """A definition with the tags that are beside it in the response."""


def is_bare(data: Mapping[str, Any]) -> bool:
    """Whether a definition is a bare list of containers."""
    return isinstance(data, _ContainersOnly)


class _ContainersOnly(Partial):
    """A bare list of containers as a definition whose other fields are unknown."""

    def __init__(self, containers: list[Any]) -> None:
        super().__init__(containerDefinitions=containers)


def _is_definition(value: Mapping[str, Any]) -> bool:
    containers = value.get("containerDefinitions")
    if isinstance(containers, list | Unknown):
        return True
    return "family" in value and ("containerDefinitions" in value or "requiresCompatibilities" in value)


_TASK_FIELDS = frozenset(
    ("family", "cpu", "memory", "networkMode", "requiresCompatibilities", "executionRoleArn", "taskRoleArn", "volumes")
)


def _or_fragment(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """A definition; the part that is not in the file is unknown if a deployment may merge it from another one."""
    if _TASK_FIELDS.isdisjoint(value):
        return Partial(value)
    if any("container" in key.lower() for key in value):
        return value  # with containers, or with a misspelt key
    return {**value, "containerDefinitions": NO_CONTAINERS}


_CONTAINER_KEYS = frozenset(
    (
        "essential",
        "portMappings",
        "logConfiguration",
        "memoryReservation",
        "mountPoints",
        "environment",
        "secrets",
        "dependsOn",
    )
)


def _is_container_list(value: list[Any]) -> bool:
    return bool(value) and all(
        isinstance(item, dict)
        and "name" in item
        and "image" in item
        and not _CONTAINER_KEYS.isdisjoint(item)
        and not isinstance(item.get("environment"), dict)
        for item in value
    )
