"""Loads settings from configuration files and the configurations they extend."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit import packages
from taskfit.config import validation
from taskfit.config.settings import NAMES, Configuration, Origin, Settings, spelled
from taskfit.paths import is_gits, repository_root
from taskfit.reading import read_regular
from taskfit.record import field_names, replace
from taskfit.version import __version__

if TYPE_CHECKING:
    from taskfit.config.settings import Override
    from taskfit.syntax.text import SourceText
    from taskfit.syntax.tree import Node

MAX_EXTENDED = 64
"""The longest chain of configurations that extend each other."""

PACKAGED = "configuration.yaml"
"""The configuration file in a policy package. The name differs from `taskfit.yaml` so that it isn't found by its place."""

OUTSIDE = "is outside of the repository; only --config, the command line and installed packages may name such a file"


def load(path: Path, root: Path | None = None) -> Configuration:
    """The configuration in a file, with what it extends.

    All files that it names lie below `root`, if there is one. Raises `validation.InvalidFile`.
    """
    return _Loader(root).load(path)


class _Loader:
    """Loads a configuration and what it extends, each file once."""

    def __init__(self, root: Path | None) -> None:
        self._root = root
        self._loaded: dict[Path, Configuration] = {}

    def load(self, path: Path, extending: tuple[Path, ...] = ()) -> Configuration:
        """Load a configuration file; `extending` is the chain of configurations that led to it."""
        real = Path(os.path.realpath(path))
        if real not in self._loaded:
            own = _load_toml(path) if path.suffix == ".toml" else _load_yaml(path)
            self._loaded[real] = self._extended(self._resolved(own), (*extending, real))
        return self._loaded[real]

    def _extended(self, own: Configuration, chain: tuple[Path, ...]) -> Configuration:
        base: Configuration | None = None
        for name in own.settings.extends:
            loaded = self._package(own, name, chain) if _is_package(name) else self._file(own, name, chain)
            base = loaded if base is None else loaded.over(base)
        return own if base is None else own.over(base)

    def _file(self, own: Configuration, name: str, chain: tuple[Path, ...]) -> Configuration:
        path = own.folder / name
        self._require_inside(own, "extend", path)
        if Path(os.path.realpath(path)) in chain:
            raise _error(own, "extend", f"extends {name}, which extends this file")
        if len(chain) > MAX_EXTENDED:
            raise _error(own, "extend", f"extends {name}: more than {MAX_EXTENDED} configurations in a line")
        if not os.path.isfile(path):
            raise _error(own, "extend", f"extends {name}, which is not a file")
        return self.load(path, chain)

    def _package(self, own: Configuration, name: str, chain: tuple[Path, ...]) -> Configuration:
        """Load the configuration of an installed package, which may name any file."""
        try:
            path = packages.folder(name.removeprefix(packages.PREFIX)) / PACKAGED
        except packages.NoPackageError as error:
            raise _error(own, "extend", f"extends {name}: {error}") from None
        if Path(os.path.realpath(path)) in chain:
            raise _error(own, "extend", f"extends {name}, which extends this file")
        if not os.path.isfile(path):
            raise _error(own, "extend", f"extends {name}, which has no {PACKAGED}")
        return _Loader(None).load(path, chain)

    def _resolved(self, own: Configuration) -> Configuration:
        """The settings with paths relative to the file's folder resolved, so that the process can open them."""
        settings = own.settings
        given = self._paths(own, settings)
        if settings.baseline:
            given["baseline"] = self._path(own, "baseline", settings.baseline)
        if settings.overrides:
            given["overrides"] = tuple(replace(each, **self._paths(own, each)) for each in settings.overrides)
        return replace(own, settings=replace(settings, **given))

    def _paths(self, own: Configuration, settings: Settings | Override) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if settings.profile is not None:
            is_one = isinstance(settings.profile, str)
            names = (settings.profile,) if isinstance(settings.profile, str) else settings.profile
            places = tuple(self._path(own, "profile", each) if _is_path(each) else each for each in names)
            found["profile"] = places[0] if is_one else places
        for name in ("rules", "extend_rules", "var_file"):
            if files := getattr(settings, name, None):
                found[name] = tuple(file if _is_package(file) else self._path(own, name, file) for file in files)
        return found

    def _path(self, own: Configuration, setting: str, name: str) -> str:
        path = own.folder / name
        self._require_inside(own, setting, path)
        return str(path)

    def _require_inside(self, own: Configuration, setting: str, path: Path) -> None:
        """Refuse a value that is not a path, a path outside of the repository, and git's own files."""
        if "\0" in str(path):
            origin = own.origins.get(setting) or own.origins["overrides"]
            raise validation.InvalidFile(
                str(own.path), origin.line, 1, f"{spelled(setting)}: a path has no null character"
            )
        if self._root is None:
            return
        real = Path(os.path.realpath(path))
        if not real.is_relative_to(self._root) or is_gits(real.relative_to(self._root)):
            raise self._misplaced(own, setting, f"{path.name} {OUTSIDE}")

    @staticmethod
    def _misplaced(own: Configuration, setting: str, message: str) -> validation.InvalidFile:
        origin = own.origins.get(setting) or own.origins.get("overrides")
        return validation.InvalidFile(str(own.path), origin.line if origin else 1, 1, f"{spelled(setting)}: {message}")


def _error(own: Configuration, setting: str, message: str) -> validation.InvalidFile:
    return validation.InvalidFile(str(own.path), own.origins[setting].line, 1, message)


def _load_yaml(path: Path) -> Configuration:
    source, trees = validation.parse(path)
    if not trees or trees[0].is_empty:
        return Configuration(Settings(), path.parent, path)
    if len(trees) > 1:
        line, column = source.position(trees[1].start)
        raise validation.InvalidFile(str(path), line, column, f"expected one YAML document, found {len(trees)}")
    entries = trees[0].entries or ()
    for key, value in entries:
        if key.value == VERSION_KEY:
            _check_version(path, source.position(value.start)[0], value.value)
    settings = validation.validate(Settings, trees[0], source, path)
    origins = {_snake(str(key.value)): _yaml_origin(path, source, key, value) for key, value in entries}
    return Configuration(settings, path.parent, path, origins)


VERSION_KEY = "required-version"


def _check_version(path: Path, line: int, required: object) -> None:
    """Refuse a configuration for another version before its keys are validated, which may be newer."""
    if not isinstance(required, str):
        return
    from packaging.specifiers import SpecifierSet

    try:
        fits = SpecifierSet(required).contains(__version__, prereleases=True)
    except ValueError:  # `InvalidSpecifier`, or Python's limit on the digits of a number
        raise validation.InvalidFile(
            str(path), line, 1, f'{VERSION_KEY}: "{required:.100}" is not a version specifier such as ">=0.1,<1"'
        ) from None
    if not fits:
        raise validation.InvalidFile(
            str(path), line, 1, f"{VERSION_KEY}: this is taskfit {__version__}, and {required} is required"
        )


def _yaml_origin(path: Path, source: SourceText, key: Node, value: Node) -> Origin:
    listed = value.items or [name for name, _ in value.entries or ()]
    entries = tuple(source.span(item.start, item.end) for item in listed)
    return Origin(path, source.position(key.start)[0], entries)


def _load_toml(path: Path) -> Configuration:
    table = _table(path)
    if table is None:
        raise validation.InvalidFile(str(path), 1, 1, "has no table [tool.taskfit]")
    source = validation.read(path)
    known = set(field_names(Settings))  # a table may have any other keys
    origins = {
        _snake(key): _toml_origin(path, source, key, value) for key, value in table.items() if _snake(key) in known
    }
    if VERSION_KEY in table:
        _check_version(path, origins[_snake(VERSION_KEY)].line, table[VERSION_KEY])
    settings = validation.validate_table(Settings, table, path)
    return Configuration(settings, path.parent, path, origins)


def _toml_origin(path: Path, source: SourceText, key: str, value: object) -> Origin:
    """The lines of a key and its entries, found by search, because a TOML parser gives no positions."""
    start = validation.toml_offset(source, [key])
    rules = re.compile(r"\brule\s*=").finditer(source.text, start)
    found = [source.span(*match.span()) for match in rules] if key == "suppressions" and isinstance(value, list) else []
    return Origin(path, source.position(start)[0], tuple(found))


def _snake(name: str) -> str:
    return name.replace("-", "_")


def found_in(folder: Path) -> Configuration | None:
    """The configuration in a folder; the files that it names must be in the same repository.

    Raises `validation.InvalidFile`.
    """
    for path in (folder / name for name in NAMES):
        if path.name == "pyproject.toml":
            is_there = os.path.isfile(path) and _table(path) is not None
        else:
            is_there = os.path.lexists(path) and not os.path.isdir(
                path
            )  # a broken link is an error, not a missing configuration
        if is_there:
            root = _root(folder)
            if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(root):
                raise validation.InvalidFile(str(path), 1, 1, f"is a link to a file that {OUTSIDE}")
            return load(path, root)
    return None


def _root(folder: Path) -> Path:
    """The folder in which a configuration may name files: the repository's root, else the working directory."""
    here = Path(os.path.realpath("."))
    return repository_root(folder) or (here if folder.is_relative_to(here) else folder)


def candidates(start: Path) -> Iterator[Path]:
    """The folders that may contain the configuration of a path, nearest first, up to the repository's root."""
    here = Path(os.path.realpath(start))
    for folder in (here, *here.parents) if os.path.isdir(here) else here.parents:
        yield from (folder / name for name in NAMES)
        if os.path.exists(folder / ".git"):
            return


def _is_path(profile: str) -> bool:
    return not _is_package(profile) and ("/" in profile or profile.endswith((".yaml", ".yml")))


def _is_package(name: str) -> bool:
    """Whether a name is that of an installed policy package."""
    return name.startswith(packages.PREFIX)


def _table(path: Path) -> dict[str, Any] | None:
    """The `[tool.taskfit]` of a `pyproject.toml`.

    Raises `validation.InvalidFile`.
    """
    try:
        text = read_regular(path).decode("utf-8-sig", "replace")
    except OSError as error:
        raise validation.InvalidFile(str(path), 1, 1, f"can't be read: {error.strerror or error}") from None
    if "taskfit" not in text:
        return None
    import tomllib

    try:
        tool = tomllib.loads(text).get("tool", {})
    except RecursionError:
        raise validation.InvalidFile(str(path), 1, 1, "nested too deep") from None
    except tomllib.TOMLDecodeError as error:
        words, _, place = str(error).partition(" (at line ")
        line, column = (int(number) for number in re.findall(r"\d+", place) or (text.count("\n") + 1, 1))
        raise validation.InvalidFile(str(path), line, column, words) from None
    table = tool.get("taskfit") if isinstance(tool, dict) else None
    if table is None or isinstance(table, dict):
        return table
    source = validation.read(path)
    line, _ = source.position(validation.toml_offset(source, ["taskfit"]))
    raise validation.InvalidFile(str(path), line, 1, "tool.taskfit is not a table; its head is [tool.taskfit]")
