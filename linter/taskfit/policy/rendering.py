"""Renders values as Python source code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, fields
from enum import Enum
from typing import Any

from taskfit.record import Record


def module(values: Mapping[str, object]) -> str:
    """The source of a module with a function for each value, which creates it and imports only what it needs."""
    return "".join(_function(name, value) for name, value in values.items())


def _function(name: str, value: object) -> str:
    classes: dict[str, set[str]] = {}
    expression = _expression(value, classes)
    imports = "".join(f"    from {module} import {', '.join(sorted(names))}\n" for module, names in classes.items())
    return f"def {name}():\n{imports}    return {expression}\n\n\n"


def _expression(value: object, classes: dict[str, set[str]]) -> str:
    """The expression that creates a value; the classes that it uses are added to `classes`, by module."""
    if isinstance(value, Enum | Record):
        classes.setdefault(type(value).__module__, set()).add(type(value).__name__)
    if isinstance(value, Record):
        given = ((each, getattr(value, each.name)) for each in fields(value))
        arguments = (f"{each.name}={_expression(item, classes)}" for each, item in given if item != _default(each))
        return f"{type(value).__name__}({', '.join(arguments)})"
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{key!r}: {_expression(item, classes)}' for key, item in value.items())}}}"
    if isinstance(value, tuple):
        return f"({''.join(f'{_expression(item, classes)}, ' for item in value)})"
    return repr(value)


def _default(each: Field[Any]) -> object:
    return each.default_factory() if callable(each.default_factory) else each.default
