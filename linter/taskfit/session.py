"""A configuration made ready to run: check, fix and baseline for the command line, the editor and the library."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit import filters
from taskfit.config.nearest import Configurations, Exclusions
from taskfit.config.settings import NAMES, Configuration, PricingSettings
from taskfit.engine import engine
from taskfit.engine.notes import once_per_folder
from taskfit.finding import EXCLUDING, Finding, Report
from taskfit.paths import repository_root
from taskfit.preparation import prepare
from taskfit.record import NamedTuple, replace
from taskfit.sources import reader
from taskfit.sources.checked import Checked
from taskfit.sources.files import VARIABLES, File, discover

if TYPE_CHECKING:
    from taskfit.auditing.inventory import Inventory
    from taskfit.checks.context import Case
    from taskfit.config.settings import Settings
    from taskfit.engine.fixing import FixedFile
    from taskfit.engine.fleet import Fleet


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
    run: engine.Run


class Ready(NamedTuple):
    """Usable files, each with its setup, and the faults of the configurations of other files."""

    files: Sequence[tuple[File, Setup]]
    failures: tuple[str, ...]


class Session:
    """The configurations of files, each prepared once.

    Every method raises `validation.InvalidFile` for a configuration that can't be used, or that names a file which can't,
    and `ValueError` for an invalid option. Paths that can't be used are in a report's `failures`.
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
        return self._prepared(self.configuration_of(path))

    def _prepared(self, configuration: Configuration) -> Setup:
        if id(configuration) not in self._setups:
            with configuration.locating():
                self._setups[id(configuration)] = Setup(configuration, prepare(configuration))
        return self._setups[id(configuration)]

    def excludes(self, path: Path) -> bool:
        """Whether the configuration excludes a file."""
        return path in Exclusions(self.configurations)

    def check(self, paths: Iterable[str], stdin: File | None = None, *, affected: bool = False) -> Report:
        """Check files and folders, with `stdin` as the path `-`; if `affected`, check also the files that read them."""
        return once_per_folder(filters.without_baseline(self._check(list(paths), stdin, affected=affected)))

    def check_files(self, files: Iterable[File]) -> Report:
        """The findings on files."""
        return filters.without_baseline(self._check_files(list(files), ()))

    def check_file(self, file: File) -> Report:
        """The findings on one file that are reported."""
        return self.check_files([file]).at_least(self.settings.min_severity)

    def fixes(
        self,
        paths: Iterable[str],
        stdin: File | None = None,
        *,
        unsafe: bool = False,
        failed: Callable[[str], object] = lambda _: None,
    ) -> Iterator[FixedFile]:
        """The files that fixes change, as they would become; nothing is written. Failed checks are added to `failed`.

        Findings that are suppressed, in the baseline or below the lowest reported severity are not fixed.
        """
        from taskfit.engine import fixing

        found = self.discover(paths, stdin)
        files = found.files
        shown = self.check_files(files).at_least(self.settings.min_severity)
        for failure in (*found.failures, *shown.failures):
            failed(failure)
        wanted = {finding.path for finding in shown.findings if fixing.is_wanted(finding, unsafe=unsafe)}
        for file in files:
            if file.name in wanted and (fixed := self.fix_file(file, unsafe=unsafe)) is not None:
                yield fixed

    def fix_file(self, file: File, *, unsafe: bool = False) -> FixedFile | None:
        """A file with its fixes applied, `None` if they change nothing; nothing is written."""
        from taskfit.engine import fixing

        def findings(content: bytes) -> tuple[Finding, ...]:
            return self.check_file(file._replace(data=content)).findings

        before = file.content()
        read = partial(reader.read, variables=self.setup(_place(file)).run.variables, path=file.path)
        fixed = fixing.fix_content(before, findings, read, unsafe=unsafe)
        return fixing.FixedFile(file.name, file.path, before, *fixed) if fixed.content != before else None

    def write_baseline(self, paths: Iterable[str], stdin: File | None = None) -> Report:
        """Write the findings to the baselines of their configurations; the report has remarks instead of these findings.

        Also raises `ValueError` if a file can't be written.
        """
        return filters.write_baselines(self._check(list(paths), stdin))

    def definitions(self, paths: Iterable[str], stdin: File | None = None) -> tuple[tuple[Case, ...], list[str]]:
        """The definitions in files and folders with default values of variables, and the failures to read them."""
        from taskfit.checks.context import Case

        found = self.discover(paths, stdin)
        usable, broken = self.ready(found.files)
        failures = [*found.failures, *broken]
        cases: list[Case] = []
        for file, (_, run) in usable:
            document = engine.read(file, run)
            if isinstance(document, Report):
                failures.extend(document.failures)
            else:
                cases += [Case(reading.task, run.policy, file.name) for reading, *_ in document.definitions]
        return tuple(cases), failures

    def fleet(  # noqa: PLR0913
        self,
        paths: Iterable[str],
        stdin: File | None = None,
        *,
        scenarios: Sequence[str] = (),
        load: Mapping[str, int] | None = None,
        counts: Mapping[str, int] | None = None,
        headroom: bool = False,
        spare_tasks: int = 0,
    ) -> Fleet:
        """The capacity of the definitions in files and folders.

        Also raises `ValueError` if their configurations have different profiles.
        """
        from taskfit.engine import fleet
        from taskfit.sizing.fleet import Terms

        files, failures, *_ = self.discover(paths, stdin)
        usable, broken = self.ready(files)
        checked = Checked(file.path for file, _ in usable)
        pairs = [(file, setup.run._replace(checked=checked)) for file, setup in usable]
        runs = [run for _, run in pairs] or [self.setup().run]
        profiles = sorted({"+".join(each.name for each in run.policy.profiles) for run in runs})
        if len(profiles) > 1:
            raise ValueError(
                f"the files have different profiles, {' and '.join(profiles)}; --profile names one for all"
            )
        loads = fleet.loads(runs[0].policy.profiles, scenarios, load or {})
        terms = Terms(headroom, spare_tasks)
        return fleet.collect(pairs, runs[0].policy, loads, counts or {}, failures=(*failures, *broken), terms=terms)

    def audit(self, answers: Sequence[File], against: Iterable[str] = ()) -> Inventory:
        """The inventory of AWS's answers; `against` are paths of the repository that has the definitions."""
        from taskfit.auditing import audit

        run, parts = self._audited(answers, against)
        inventory = audit.merged(parts)
        names = [file.name for file in answers]
        return inventory.with_report(
            filters.without_entries(inventory.report, self.configuration, run.rulebook, (), names)
        )

    def audit_parts(self, answers: Sequence[File], against: Iterable[str] = ()) -> Iterator[Inventory]:
        """The same in parts, so that memory need not hold all of it.

        With suppressions in the configuration there is one part: unused ones are known only for the whole.
        """
        if self.settings.suppressions and not self.settings.no_ignores:
            yield self.audit(answers, against)
        else:
            yield from self._audited(answers, against)[1]

    def _audited(self, files: Sequence[File], against: Iterable[str]) -> tuple[engine.Run, Iterator[Inventory]]:
        from taskfit.auditing import audit

        with self.configuration.locating():
            run = prepare(self.configuration, audit=True)
        repository, failures, *_ = self.discover(against)
        run = run._replace(checked=Checked(file.path for file in repository))

        def parts() -> Iterator[Inventory]:
            pending = (*run.failures, *failures)
            for part in audit.audited(files, run, repository, self.settings.jobs):
                yield part.with_report(replace(part.report, failures=(*pending, *part.report.failures)))
                pending = ()

        return run, parts()

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

    def _check(self, paths: Sequence[str], stdin: File | None, *, affected: bool = False) -> Iterator[filters.Part]:
        files, failures, excluded, remarks = self.discover(paths, stdin, programs=True)
        files = self._with_readers(files, [Path(path) for path in paths if os.path.isfile(path)], affected=affected)
        if failures or excluded or remarks:
            found = Report(failures=tuple(failures), switched_off={EXCLUDING: excluded}, remarks=remarks)
            yield filters.Part(found, is_of_all=True)
        yield from self._check_files(files, paths)

    def _with_readers(self, files: list[File], named: Sequence[Path], *, affected: bool) -> list[File]:
        """The files, and those that read the named ones: without `affected`, only users of a variables file.

        A variables file has no findings itself.
        """
        changed = [path for path in named if affected or path.name.endswith(VARIABLES)]
        if not changed:
            return files
        there = {os.path.realpath(file.path) for file in files if file.path}
        return [*files, *(file for file in self.readers(changed) if os.path.realpath(str(file.path)) not in there)]

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
            settings = self.configuration_of(_place(file)).settings
        except InvalidFile:  # reported when the file itself is checked
            return set()
        return {Path(os.path.realpath(path)) for path in settings.var_file}

    def ready(self, files: Iterable[File]) -> Ready:
        """Files with their setups; a configuration that can't be used does not affect the files of others.

        Raises `validation.InvalidFile` only if no file can be used.
        """
        from taskfit.config.invalid import InvalidFile

        usable: list[tuple[File, Setup]] = []
        broken: list[InvalidFile] = []
        for file in files:
            try:
                usable.append((file, self.setup(_place(file))))
            except InvalidFile as error:
                broken.append(error)
        faults = dict.fromkeys(fault for error in broken for fault in error.faults)
        if faults and not usable:
            raise InvalidFile.of(faults)
        return Ready(usable, tuple(map(str, faults)))

    def _check_files(self, files: Iterable[File], paths: Sequence[str]) -> Iterator[filters.Part]:
        """The findings on files, one part for each configuration file; `paths` are the requested paths.

        Raises `validation.InvalidFile` only if no file can be checked; otherwise an unusable configuration is a failure.
        """
        grouped: dict[Path | None, dict[int, list[File]]] = defaultdict(lambda: defaultdict(list))
        files = list(files)
        checked = Checked(file.path for file in files)
        usable, failures = self.ready(files)
        for file, setup in usable:
            grouped[setup.configuration.path][id(setup.configuration)].append(file)
        if not grouped:
            self._prepared(self.configuration)  # its faults are reported even if there is nothing to check
        if failures:
            yield filters.Part(Report(failures=failures))
        for groups in grouped.values():
            setups = [(self._setups[key], files) for key, files in groups.items()]
            runs = [(setup.run._replace(checked=checked), files) for setup, files in setups]
            report = Report.merged(engine.check(files, run, self.settings.jobs) for run, files in runs)
            rulebooks = [setup.run.rulebook for setup, _ in setups]
            codes = [rulebook.running_codes for rulebook in rulebooks]
            seen = {file.name: each for each, (_, files) in zip(codes, setups, strict=True) for file in files}
            configuration = setups[0][0].configuration
            rulebook = filters.common(rulebooks)
            report = filters.without_entries(report, configuration, rulebook, paths, list(seen))
            report = replace(
                report,
                remarks=(*report.remarks, *dict.fromkeys(filter(None, (_unpriced(setup) for setup, _ in setups)))),
            )
            settings = configuration.settings
            yield filters.Part(
                report, None if settings.no_ignores else settings.baseline, seen, configuration=configuration
            )


def _unpriced(setup: Setup) -> str:
    """The remark that the configured region has no prices, if so."""
    is_chosen = setup.configuration.settings.pricing.region != PricingSettings.region
    return (setup.run.policy.pricing.remark if is_chosen else "") or ""


def _place(file: File) -> Path:
    """The path of a file; for standard input, the path that it is given."""
    return file.path or Path(file.name)


class Discovered(NamedTuple):
    """The files under some paths, the faults of paths, and the number of excluded files."""

    files: list[File]
    failures: list[str]
    excluded: int
    remarks: tuple[str, ...] = ()
    """Remarks on the search."""
