"""What a JSON Schema of a team's own must not do: a pull request may bring one, and a job must come to its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

MOST_PARTS = 20_000
"""Subschemas with every `$ref` followed; the largest built-in rule has a hundred."""


class OutsideReferenceError(ValueError):
    """A `$ref` that leads out of the rule."""


def no_retrieval(address: str) -> Any:
    """Refuse to retrieve a schema: what is checked may neither reach the network nor have files read.

    Raises `OutsideReferenceError`, always.
    """
    raise OutsideReferenceError(f'"$ref" leads to {address}; a rule refers to parts of itself only ("#/$defs/...")')


def excess(document: Mapping[str, Any]) -> str:
    """Why a schema could take longer than anybody waits, in one line; nothing if it can't."""
    if _parts(document) > MOST_PARTS:
        return f"it has more than {MOST_PARTS} parts once its references are followed"
    keywords = {key for part in _objects(document) for key in part}
    if {"unevaluatedProperties", "patternProperties"} <= keywords:
        return "`unevaluatedProperties` beside `patternProperties` is not supported; use `additionalProperties`"
    return ""


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, Mapping):
            yield item
            waiting += item.values()
        elif isinstance(item, list):
            waiting += item


def _parts(document: Mapping[str, Any]) -> int:
    """The subschemas that a validator visits at worst; what refers back to itself counts once, for data ends."""
    counted: dict[int, int] = {}

    def count(value: Any) -> int:
        if not isinstance(value, Mapping | list):
            return 0
        if id(value) not in counted:
            counted[id(value)] = 1
            children = list(value.values()) if isinstance(value, Mapping) else value
            if isinstance(value, Mapping) and isinstance(reference := value.get("$ref"), str):
                children.append(_target(document, reference))
            counted[id(value)] = 1 + sum(map(count, children))
        return counted[id(value)]

    return count(document)


def _target(document: Mapping[str, Any], reference: str) -> Any:
    """What a reference within the document leads to; nothing for any other, which is refused elsewhere."""
    target: Any = document
    for step in reference.removeprefix("#").split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(target, list):
            target = target[int(key)] if key.isdecimal() and int(key[:9]) < len(target) else None
        else:
            target = target.get(key) if isinstance(target, Mapping) else None
    return target
