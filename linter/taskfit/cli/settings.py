"""All settings of a run with their origins, for `check --show-settings`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING

from taskfit.config.settings import spelled
from taskfit.escaping import RUNNER_COMMAND, inert

if TYPE_CHECKING:
    from taskfit.config.settings import Configuration


def text(configuration: Configuration) -> str:
    """One line for each setting, as YAML for a configuration file, with its origin as a comment."""
    settings = configuration.settings
    names = [each.name for each in fields(settings)]
    rows = [f"{spelled(name)}: {_json(getattr(settings, name))}" for name in names]
    lines = (f"{row:48}  # {_origin(configuration, name)}" for row, name in zip(rows, names, strict=True))
    return "".join(f"{inert(line)}\n" for line in lines)


def _origin(configuration: Configuration, name: str) -> str:
    from taskfit.paths import display

    origin = configuration.origins.get(name)
    if origin is None:
        return "default"
    return f"{display(origin.path)}:{origin.line}" if origin.path else "command line"


def _json(value: object) -> str:
    """A value as JSON, escaped so that a CI service finds no command in it (`##[error]`)."""
    return RUNNER_COMMAND.sub(r"#\\u0023", json.dumps(_plain(value)))


def _plain(value: object) -> object:
    if is_dataclass(value):
        given = ((each.name, getattr(value, each.name)) for each in fields(value))
        return {spelled(name): _plain(item) for name, item in given if item is not None}
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
