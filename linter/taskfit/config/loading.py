"""Where settings come from: the configuration files, and what they extend."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit.config import validation
from taskfit.config.settings import Configuration, Origin, Settings

if TYPE_CHECKING:
    from taskfit.syntax.text import SourceText
    from taskfit.syntax.tree import Node

NAMES = ("taskfit.yaml", ".taskfit.yaml", "pyproject.toml")


def load(path: Path) -> Configuration:
    """The configuration in a file, with what it extends.

    Raises `validation.InvalidFile`.
    """
    return _load(path, ())


def _load(path: Path, extending: tuple[Path, ...]) -> Configuration:
    own = _load_toml(path) if path.suffix == ".toml" else _load_yaml(path)
    if own.settings.extend is None:
        return own
    base, line = path.parent / own.settings.extend, own.origins["extend"].line
    chain = (*extending, Path(os.path.realpath(path)))
    if Path(os.path.realpath(base)) in chain:
        raise validation.InvalidFile(str(path), line, 1, f"extends {own.settings.extend}, which extends this file")
    if not base.is_file():
        raise validation.InvalidFile(str(path), line, 1, f"extends {own.settings.extend}, which is no file")
    return own.over(_load(base, chain))


def _load_yaml(path: Path) -> Configuration:
    source, trees = validation.parse(path)
    if not trees or trees[0].is_empty:
        return Configuration(Settings(), path.parent, path)
    if len(trees) > 1:
        line, column = source.position(trees[1].start)
        raise validation.InvalidFile(str(path), line, column, "a configuration is one YAML document, not several")
    settings = validation.validate(Settings, trees[0], source, path)
    entries = trees[0].entries or ()
    origins = {_snake(str(key.value)): _yaml_origin(path, source, key, value) for key, value in entries}
    return _resolved(Configuration(settings, path.parent, path, origins))


def _yaml_origin(path: Path, source: SourceText, key: Node, value: Node) -> Origin:
    entries = tuple(source.span(item.start, item.end) for item in value.items or ())
    return Origin(path, source.position(key.start)[0], entries)


def _load_toml(path: Path) -> Configuration:
    table = _table(path)
    if table is None:
        raise validation.InvalidFile(str(path), 1, 1, "has no table [tool.taskfit]")
    settings = validation.validate_table(Settings, table, path)
    source = validation.read(path)
    origins = {_snake(key): _toml_origin(path, source, key, value) for key, value in table.items()}
    return _resolved(Configuration(settings, path.parent, path, origins))


def _toml_origin(path: Path, source: SourceText, key: str, value: object) -> Origin:
    """The lines of a key and of its entries; a TOML parser tells no places, so that these are searched for."""
    start = validation.toml_offset(source, [key])
    rules = re.compile(r"\brule\s*=").finditer(source.text, start)
    found = [source.span(*match.span()) for match in rules] if key == "suppressions" and isinstance(value, list) else []
    return Origin(path, source.position(start)[0], tuple(found))


def _snake(name: str) -> str:
    return name.replace("-", "_")


def discover(start: Path) -> Configuration:
    """The configuration nearest to a path, upwards to the repository's root; the defaults if there is none.

    Raises `validation.InvalidFile`.
    """
    for path in candidates(start):
        if path.is_file() and (path.name != "pyproject.toml" or _table(path) is not None):
            return load(path)
    return Configuration()


def candidates(start: Path) -> Iterator[Path]:
    """Where the configuration for a path may lie, nearest first, upwards to the repository's root."""
    here = Path(os.path.realpath(start))
    for folder in (here, *here.parents) if here.is_dir() else here.parents:
        yield from (folder / name for name in NAMES)
        if (folder / ".git").exists():
            return


def _resolved(configuration: Configuration) -> Configuration:
    """The paths in the settings, which start from the file's folder, as the process can open them."""
    settings, folder = configuration.settings, configuration.folder
    profile = settings.profile
    if profile is not None and _is_path(profile):
        profile = str(folder / profile)
    rules = tuple(str(folder / rule) for rule in settings.rules)
    baseline = str(folder / settings.baseline) if settings.baseline else None
    files = tuple(str(folder / file) for file in settings.var_file)
    settings = replace(settings, profile=profile, rules=rules, baseline=baseline, var_file=files)
    return replace(configuration, settings=settings)


def _is_path(profile: str) -> bool:
    return "/" in profile or profile.endswith((".yaml", ".yml"))


def _table(path: Path) -> dict[str, Any] | None:
    """The `[tool.taskfit]` of a `pyproject.toml`.

    Raises `validation.InvalidFile`.
    """
    text = path.read_text(encoding="utf-8-sig", errors="replace")
    if "taskfit" not in text:
        return None
    import tomllib

    try:
        tool = tomllib.loads(text).get("tool", {})
    except tomllib.TOMLDecodeError as error:
        words, _, place = str(error).partition(" (at line ")
        line, column = (int(number) for number in re.findall(r"\d+", place) or (text.count("\n") + 1, 1))
        raise validation.InvalidFile(str(path), line, column, words) from None
    table = tool.get("taskfit") if isinstance(tool, dict) else None
    if table is None or isinstance(table, dict):
        return table
    source = validation.read(path)
    line, _ = source.position(validation.toml_offset(source, ["taskfit"]))
    raise validation.InvalidFile(str(path), line, 1, "tool.taskfit is no table; its head is [tool.taskfit]")
