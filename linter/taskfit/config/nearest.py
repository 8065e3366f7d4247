"""The configuration of each file: the nearest one above it, or the one named on the command line."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from taskfit.config.settings import NAMES, Configuration, checking
from taskfit.record import replace
from taskfit.sources.files import Excluded, number_of_files


def _found_in(folder: Path) -> Configuration | None:
    """The configuration in a folder. The loader is imported only if there may be one."""
    if not any(os.path.lexists(folder / name) for name in NAMES):
        return None
    from taskfit.config import loading

    return loading.found_in(folder)


def _is_regular(path: Path) -> bool:
    """Whether a path is a file, and not a link to one."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except (OSError, ValueError):
        return False


class Configurations:
    """The configurations of a run, each loaded once and overridden by the options of the command line."""

    def __init__(self, named: Configuration | None = None, options: Mapping[str, Any] | None = None) -> None:
        """`named` applies to all files, instead of the configurations found above them."""
        self._options = options or {}
        self._named = self._complete(named) if named else None
        self._as_given: dict[str, Configuration] = {}
        self._nearest: dict[Path, Configuration] = {}
        self._for_files: dict[tuple[Path | None, tuple[int, ...]], Configuration] = {}

    @property
    def is_named(self) -> bool:
        """Whether one configuration applies to all files."""
        return self._named is not None

    def _complete(self, configuration: Configuration) -> Configuration:
        completed = configuration.with_options(self._options)
        return completed.without_ignores() if completed.settings.no_ignores else completed

    def of_folder(self, folder: Path) -> Configuration:
        """The nearest configuration above a folder, up to the repository's root; the defaults if there is none.

        Raises `validation.InvalidFile`.
        """
        return self._of_folder(os.fspath(folder))

    def beside(self, path: Path) -> Configuration:
        """The configuration nearest to the folder that a file or folder is in."""
        return self._of_folder(os.path.dirname(path) or os.curdir)

    def _of_folder(self, folder: str) -> Configuration:
        if self._named:
            return self._named
        if folder not in self._as_given:
            self._as_given[folder] = self._of_real_folder(Path(os.path.realpath(folder)))
        return self._as_given[folder]

    def _of_real_folder(self, here: Path) -> Configuration:
        passed = []
        while here not in self._nearest:
            passed.append(here)
            found = _found_in(here)
            if found or here == here.parent or os.path.exists(here / ".git"):
                self._nearest[here] = self._complete(found or Configuration())
                break
            here = here.parent
        configuration = self._nearest[here]
        self._nearest.update(dict.fromkeys(passed, configuration))
        return configuration

    def of(self, path: Path | None) -> Configuration:
        """The nearest configuration above a file or folder; above the working directory if the path is `None`.

        Raises `validation.InvalidFile`.
        """
        if self._named:
            return self._named
        if path is not None and _is_regular(path):
            return self.beside(path)
        if path is not None and os.path.isfile(path):
            return self.beside(Path(os.path.realpath(path)))
        if path is None or (os.path.exists(path) and not os.path.isdir(path)):
            return self.of_folder(Path())  # a pipe
        return self.of_folder(path if os.path.isdir(path) else Path(os.path.realpath(path)).parent)

    def for_file(self, path: Path | None) -> Configuration:
        """The configuration of a file with the overrides that match it; raises as `of` does."""
        configuration = self.of(path)
        if path is None or not configuration.settings.overrides:
            return configuration
        with configuration.locating():
            fitting = configuration.overrides_of(path)
        key = configuration.path, fitting
        if key not in self._for_files:
            # The command line wins over overrides.
            self._for_files[key] = self._complete(configuration.with_overrides(fitting))
        return self._for_files[key]


class Mirror(Configurations):
    """The configurations for files of another revision: those of the corresponding files of today.

    So both revisions are checked in the same way, and a rule that is new finds nothing new in what is old. Values are the
    revision's own.
    """

    def __init__(self, original: Configurations, folder: Path, root: Path, became: Mapping[Path, Path]) -> None:
        """`folder` contains the revision's files, `root` today's; `became` maps renamed files."""
        super().__init__()
        self._original, self._folder, self._root, self._became = original, folder, root, became
        self._mirrored: dict[int, Configuration] = {}

    def _of_folder(self, folder: str) -> Configuration:
        """The configuration of the corresponding folder of today."""
        return self._original.of_folder(self._today(Path(folder)))

    def for_file(self, path: Path | None) -> Configuration:
        """The configuration of the corresponding file of today, with the revision's own values of variables."""
        configuration = self._original.for_file(path and self._today(path))
        if id(configuration) not in self._mirrored:
            files = tuple(map(self._then, configuration.settings.var_file))
            there = tuple(file for file in files if os.path.exists(file))
            settings = replace(configuration.settings, var_file=there)
            self._mirrored[id(configuration)] = replace(configuration, settings=settings)
        return self._mirrored[id(configuration)]

    def _today(self, path: Path) -> Path:
        if path in self._became:
            return self._became[path]
        return self._root / path.relative_to(self._folder) if path.is_relative_to(self._folder) else path

    def _then(self, file: str) -> str:
        real = Path(os.path.realpath(file))
        return str(self._folder / real.relative_to(self._root)) if real.is_relative_to(self._root) else file


class Exclusions:
    """The paths that configurations exclude, with a count of the excluded files.

    A file is excluded by its own configuration, or by one above that excludes a folder on the way to it.
    """

    def __init__(self, configurations: Configurations) -> None:
        self._configurations = configurations
        self._excluded: dict[Path | None, Excluded] = {}
        self._folders: dict[Path, bool] = {}
        self.files = 0
        """The number of excluded files of the kinds that a walk opens; they are not opened to be counted."""

    def __contains__(self, path: object) -> bool:
        if not isinstance(path, Path) or not self._has(path):
            return False
        self.files += number_of_files(path)
        return True

    def _has(self, path: Path) -> bool:
        try:
            configuration = self._configurations.beside(path)
        except ValueError:  # reported for the files of this configuration; others are still searched
            return False
        return path in self._of(configuration) or self._is_below(configuration)

    def _is_below(self, configuration: Configuration) -> bool:
        """Whether the folder of a configuration is excluded by a configuration above it."""
        if configuration.path is None or self._configurations.is_named:
            return False
        folder = configuration.folder
        if os.path.exists(folder / ".git"):
            return False
        if folder not in self._folders:
            self._folders[folder] = folder != folder.parent and self._has(folder)
        return self._folders[folder]

    def _of(self, configuration: Configuration) -> Excluded:
        if configuration.path not in self._excluded:
            with configuration.locating(), checking("exclude"):
                self._excluded[configuration.path] = Excluded(configuration.settings.excluded, configuration.folder)
        return self._excluded[configuration.path]
