"""The files of a run, each with its configuration made ready; `checking`, `fixes`, `fleets` and `audits` start from it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit.config.nearest import Configurations, Exclusions
from taskfit.config.settings import NAMES, Configuration
from taskfit.paths import repository_root
from taskfit.preparation import prepare
from taskfit.record import NamedTuple
from taskfit.sources.checked import Checked
from taskfit.sources.files import File, discover

if TYPE_CHECKING:
    from taskfit.config.settings import Settings
    from taskfit.engine.engine import Run


def start(
    config_file: str | os.PathLike[str] | None = None,
    *,
    isolated: bool = False,
    options: Mapping[str, Any] | None = None,
) -> Session:
    """A session under one configuration file, under none if `isolated`, else under the nearest one of each file.

    Raises `validation.InvalidFile` for a configuration file that can't be used, and `ValueError` for one if `isolated`.
    """
    if isolated and config_file is not None:
        raise ValueError("a configuration file is named, and at the same time `isolated` says to use none")
    named = Configuration() if isolated else None
    if config_file is not None:
        from taskfit.config import loading

        named = loading.load(Path(config_file))
    return Session(Configurations(named, options))


class Setup(NamedTuple):
    """The configuration of some files, and the run prepared from it."""

    configuration: Configuration
    run: Run


class Ready(NamedTuple):
    """Usable files, each with its setup for checking them together, and the faults of the configurations of others."""

    files: Sequence[tuple[File, Setup]]
    failures: tuple[str, ...]

    @property
    def runs(self) -> list[tuple[File, Run]]:
        """The usable files, each with its run."""
        return [(file, setup.run) for file, setup in self.files]


class Discovered(NamedTuple):
    """The files under some paths, the faults of paths, and the number of excluded files."""

    files: list[File]
    failures: list[str]
    excluded: int
    remarks: tuple[str, ...] = ()
    """Remarks on the search."""


class Session:
    """The configurations of files, each prepared once.

    Every method raises `validation.InvalidFile` for a configuration that can't be used, or that names a file which can't,
    and `ValueError` for an invalid option.
    """

    def __init__(self, configurations: Configurations) -> None:
        self.configurations = configurations
        self._setups: dict[int, Setup] = {}

    @classmethod
    def under(cls, configuration: Configuration) -> Session:
        """A session with one configuration for all files."""
        return cls(Configurations(configuration))

    @property
    def configuration(self) -> Configuration:
        """The configuration of the run itself (output and exit status): that of the working directory."""
        return self.configurations.of_folder(Path())

    @property
    def settings(self) -> Settings:
        """The settings of the run itself."""
        return self.configuration.settings

    def configuration_of(self, path: Path | None) -> Configuration:
        """The configuration of a file or folder, with the overrides that match it."""
        return self.configurations.for_file(path)

    @property
    def used(self) -> tuple[Configuration, ...]:
        """The configurations used so far."""
        return tuple(setup.configuration for setup in self._setups.values())

    @property
    def rule_files(self) -> tuple[str, ...]:
        """The files of user-defined rules used so far."""
        files = (file for configuration in self.used for file in configuration.settings.rule_files)
        return tuple(dict.fromkeys(files))

    def policy_among(self, paths: Iterable[Path]) -> list[Path]:
        """The files that affect findings, links resolved: configurations, and the files named by those used so far."""
        named: list[str | Path] = []
        for each in self.used:
            settings = each.settings
            profiles = (settings.profile,) if isinstance(settings.profile, str) else settings.profile or ()
            named += (each.path or "", *each.extended, settings.baseline or "")
            named += (*profiles, *settings.rule_files, *settings.var_file)
        used = {Path(os.path.realpath(name)) for name in named if name}
        names = () if self.configurations.is_named else (name for name in NAMES if not name.endswith(".toml"))
        found_by = frozenset(names)
        return [path for path in paths if path.name in found_by or path in used]

    def setup(self, path: Path | None = None) -> Setup:
        """The prepared configuration of a file, by default that of the working directory."""
        configuration = self.configuration_of(path)
        if id(configuration) not in self._setups:
            with configuration.locating():
                self._setups[id(configuration)] = Setup(configuration, prepare(configuration))
        return self._setups[id(configuration)]

    def excludes(self, path: Path) -> bool:
        """Whether the configuration excludes a file."""
        return path in Exclusions(self.configurations)

    def discover(self, paths: Iterable[str], stdin: File | None = None, *, programs: bool = False) -> Discovered:
        """The files under paths that are not excluded; with `programs`, also the programs that get a note."""
        failures: list[str] = []
        remarks: list[str] = []
        excluded = Exclusions(self.configurations)
        files = discover(
            paths,
            excluded,
            failures.append,
            remark=remarks.append,
            force_exclude=self.settings.force_exclude,
            stdin=stdin,
            programs=programs,
        )
        return Discovered(files, failures, excluded.files, tuple(dict.fromkeys(remarks)))

    def unused_values(self, names: Collection[str], paths: Iterable[str], stdin: File | None = None) -> Iterator[str]:
        """Remarks on names of values that no file uses, whether checked or beside and below a checked one."""
        from taskfit.sources.unused_values import unused

        if not names:
            return
        files = self.discover(paths, stdin).files
        folders = sorted({os.path.dirname(file.path) or "." for file in files if file.path})
        others = (file for folder in folders for file in self.discover([folder]).files)
        for name, near in unused(names, (file.text() for some in (files, others) for file in some)):
            yield f"--var {name}: no file uses this name{f'; did you mean {near!r}?' if near else ''}"

    def ready(self, files: Sequence[File]) -> Ready:
        """Files with their setups; a configuration that can't be used does not affect the files of others.

        Raises `validation.InvalidFile` only if no file can be used.
        """
        from taskfit.config.invalid import InvalidFile

        checked = Checked(file.path for file in files)
        setups: dict[int, Setup] = {}
        usable: list[tuple[File, Setup]] = []
        broken: list[InvalidFile] = []
        for file in files:
            try:
                setup = self.setup(place_of(file))
            except InvalidFile as error:
                broken.append(error)
                continue
            if id(setup) not in setups:
                setups[id(setup)] = setup._replace(run=setup.run._replace(checked=checked))
            usable.append((file, setups[id(setup)]))
        faults = dict.fromkeys(fault for error in broken for fault in error.faults)
        if faults and not usable:
            raise InvalidFile.of(faults)
        return Ready(usable, tuple(map(str, faults)))

    def readers(self, changed: Iterable[Path], files: Iterable[File] | None = None) -> list[File]:
        """The files that read changed ones, or whose configuration reads values from them.

        Searches the repositories of the changed files unless `files` are given.
        """
        from taskfit.sources.dependents import Dependents

        real = {Path(os.path.realpath(path)) for path in changed}
        if files is None:
            roots = {repository_root(path) or Path() for path in real}
            files = self.discover([os.path.relpath(root) for root in sorted(roots)]).files
        paths = {Path(os.path.realpath(file.path)): file for file in files if file.path}
        found = Dependents(paths).of(real) | {path for path, file in paths.items() if real & self._values_of(file)}
        return [file for path, file in paths.items() if path in found]

    def _values_of(self, file: File) -> set[Path]:
        """The variables files that the configuration of a file names."""
        from taskfit.config.invalid import InvalidFile

        try:
            settings = self.configuration_of(place_of(file)).settings
        except InvalidFile:  # reported when the file itself is checked
            return set()
        return {Path(os.path.realpath(path)) for path in settings.var_file}


def place_of(file: File) -> Path:
    """The path of a file; for standard input, the path that it is given."""
    return file.path or Path(file.name)
