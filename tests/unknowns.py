"""Puts an unknown value, or another one, in any place of some data."""

from __future__ import annotations

from typing import Any


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The paths of all scalars and lists."""
    if isinstance(value, dict):
        return [leaf for key, item in value.items() for leaf in leaves(item, (*path, key))]
    if isinstance(value, list):
        return [path, *(leaf for index, item in enumerate(value) for leaf in leaves(item, (*path, index)))]
    return [path]


def replaced(data: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy with another value at a path."""
    if not path:
        return value
    step, *rest = path
    changed = dict(data) if isinstance(data, dict) else list(data)
    changed[step] = replaced(data[step], tuple(rest), value)
    return changed


def at(data: Any, path: tuple[Any, ...]) -> Any:
    """The value at a path."""
    for step in path:
        data = data[step]
    return data
