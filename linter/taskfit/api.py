"""taskfit as a library: the same checks and sizes as on the command line, and nothing printed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypedDict, Unpack

from taskfit.config import loading
from taskfit.config.settings import Configuration, Origin
from taskfit.dimensions import Size
from taskfit.engine import engine
from taskfit.finding import Finding, Report, Span
from taskfit.paths import display
from taskfit.policy import bundled
from taskfit.policy.profiles import load_profile
from taskfit.session import prepare, role_of
from taskfit.sources import reader
from taskfit.sources.files import Excluded, File, discover
from taskfit.suggestion import hint

if TYPE_CHECKING:
    from taskfit.audit.inventory import Inventory
    from taskfit.config.settings import LaunchType
    from taskfit.engine.baseline import Scope
    from taskfit.engine.fixing import FixedFile
    from taskfit.engine.fleet import Fleet
    from taskfit.engine.suppression import Rulebook
    from taskfit.sizing.expectation import Expectation, Packing
    from taskfit.sizing.profile import Profile

START = Span(1, 1, 1, 1)


class Options(TypedDict, total=False):
    """What overrides a configuration; each means what the option of `taskfit check` of its name does."""

    select: tuple[str, ...]
    extend_select: tuple[str, ...]
    ignore: tuple[str, ...]
    force_exclude: bool
    profile: str | None
    role: str | None
    launch_type: LaunchType | None
    var: Mapping[str, str]
    var_file: tuple[str, ...]
    baseline: str | None
    no_ignores: bool
    jobs: int


def check(
    paths: Iterable[str | os.PathLike[str]],
    *,
    config_file: str | os.PathLike[str] | None = None,
    isolated: bool = False,
    **options: Unpack[Options],
) -> Report:
    """The findings on the task definitions in files and folders.

    The configuration is `config_file`, none if `isolated`, else the one nearest to the first path. Paths that can't be
    used are in the report's `failures`. Raises `guard.InvalidFile` for a configuration, profile or rule file that can't
    be used, and `ValueError` for an option that makes no sense.
    """
    names = [os.fspath(path) for path in paths] or ["."]
    configuration = configure(names[0], config_file, isolated=isolated).with_options(options)
    return check_with(configuration, names)


def configure(
    first_path: str, config_file: str | os.PathLike[str] | None = None, *, isolated: bool = False
) -> Configuration:
    """The configuration of a run.

    Raises `guard.InvalidFile`.
    """
    if isolated:
        return Configuration()
    if config_file is not None:
        return loading.load(Path(config_file))
    return loading.discover(Path(first_path if first_path != "-" else "."))


def check_with(configuration: Configuration, paths: Iterable[str], stdin: File | None = None) -> Report:
    """The findings under a configuration, `stdin` standing for the path `-`; raises as `check` does."""
    return _without_baseline(configuration, _check(configuration, paths, stdin))


def check_file(configuration: Configuration, run: engine.Run, file: File) -> Report:
    """The findings on one file that are to be shown, under a configuration and the run that was prepared from it.

    Raises `guard.InvalidFile` for a baseline that can't be used.
    """
    report = _without_baseline(configuration, _check_files(configuration, [file], run))
    return report.at_least(configuration.settings.min_severity)


def fixes(
    configuration: Configuration, paths: Iterable[str], stdin: File | None = None, *, unsafe: bool = False
) -> Iterator[FixedFile]:
    """The files that fixes change, as they would be; nothing is written. Takes and raises what `check_with` does.

    What is suppressed, in the baseline or below the least severity to be printed is not fixed.
    """
    from taskfit.engine import fixing

    files, _ = _files(configuration, list(paths), stdin)
    run = prepare(configuration)
    report = _without_baseline(configuration, _check_files(configuration, files, run))
    shown = report.at_least(configuration.settings.min_severity)
    wanted = {finding.path for finding in shown.findings if fixing.is_wanted(finding, unsafe=unsafe)}
    for file in files:
        if file.name in wanted and (fixed := fix_file(configuration, run, file, unsafe=unsafe)) is not None:
            yield fixed


def fix_file(configuration: Configuration, run: engine.Run, file: File, *, unsafe: bool = False) -> FixedFile | None:
    """A file as fixes make it, `None` if they change nothing; nothing is written. Raises as `check_file` does."""
    from taskfit.engine import fixing

    def findings(content: bytes) -> tuple[Finding, ...]:
        return check_file(configuration, run, file._replace(data=content)).findings

    before = file.content()
    read = partial(reader.read, variables=run.variables, path=file.path)
    fixed = fixing.fix_content(before, findings, read, unsafe=unsafe)
    return fixing.FixedFile(file.name, file.path, before, *fixed) if fixed.content != before else None


def _without_baseline(configuration: Configuration, checked: _Checked) -> Report:
    settings = configuration.settings
    if settings.baseline is None or settings.no_ignores:
        return checked.report
    from taskfit.engine import baseline

    path = Path(settings.baseline)
    return baseline.apply(checked.report, baseline.load(path), checked.scope(path))


def write_baseline(configuration: Configuration, paths: Iterable[str], stdin: File | None = None) -> Report:
    """Make the findings under a configuration its baseline; the report holds none of them, and a remark.

    Raises as `check` does, and `ValueError` if the file can't be written.
    """
    from taskfit.engine import baseline

    checked = _check(configuration, paths, stdin)
    chosen = configuration.settings.baseline
    path = Path(chosen or baseline.DEFAULT_NAME)
    if checked.report.failures:
        return replace(checked.report, findings=(), remarks=(f"{path} was not written: the run is not complete",))
    try:
        number = baseline.write(path, checked.report, checked.scope(path))
    except OSError as error:
        raise ValueError(f"can't write {path}: {error.strerror}") from None
    hint = "" if chosen else "; give it with --baseline, or as `baseline` in taskfit.yaml"
    remark = f"{display(path)} holds {number} finding{'' if number == 1 else 's'} to live with{hint}"
    return replace(checked.report, findings=(), remarks=(remark,))


class _Checked(NamedTuple):
    """A report before any baseline, with what the run looked at."""

    report: Report
    files: tuple[str, ...]
    rulebook: Rulebook

    def scope(self, path: Path) -> Scope:
        """What the run looked at, for the baseline in a file."""
        from taskfit.engine import baseline

        return baseline.scope(path.parent, self.files, self.rulebook.running_codes)


def _check(configuration: Configuration, paths: Iterable[str], stdin: File | None) -> _Checked:
    given = list(paths)
    files, failures = _files(configuration, given, stdin)
    checked = _check_files(configuration, files, prepare(configuration), given)
    return checked._replace(report=replace(checked.report, failures=(*failures, *checked.report.failures)))


def _check_files(
    configuration: Configuration, files: Sequence[File], run: engine.Run, given: Iterable[str] = ()
) -> _Checked:
    settings = configuration.settings
    report = engine.check(files, run, settings.jobs)
    names = tuple(file.name for file in files)
    if settings.suppressions and not settings.no_ignores:
        report = _without_entries(report, configuration, run.rulebook, given, names)
    return _Checked(report, names, run.rulebook)


def _without_entries(
    report: Report, configuration: Configuration, rulebook: Rulebook, paths: Iterable[str], files: Sequence[str]
) -> Report:
    from datetime import date
    from itertools import zip_longest

    from taskfit.engine import suppression
    from taskfit.paths import relative_to

    base, origin = configuration.folder, configuration.origins.get("suppressions", Origin())
    place = display(origin.path) if origin.path else "configuration"
    checked = {relative_to(Path(name), base) for name in files}
    whole = any(os.path.isdir(path) and not relative_to(base, Path(path)).startswith("..") for path in paths)
    suppressions = configuration.settings.suppressions

    def is_covered(path: str | None) -> bool:
        # A file that is there and was not among those of a whole run is one that is only checked by name.
        name = path.removeprefix("/") if path else None
        return name in checked or (whole and (name is None or not (base / name).is_file()))

    entries = [
        suppression.Entry(chosen, base, place, span or START, is_covered(chosen.path))
        for chosen, span in zip_longest(suppressions, origin.entries[: len(suppressions)])
    ]
    today = date.today()  # noqa: DTZ011 - the user's own day
    with configuration.blaming("suppressions"):
        return suppression.by_entries(report, entries, rulebook, today)


def fleet(  # noqa: PLR0913
    paths: Iterable[str | os.PathLike[str]],
    *,
    scenarios: Sequence[str] = (),
    load: Mapping[str, int] | None = None,
    counts: Mapping[str, int] | None = None,
    config_file: str | os.PathLike[str] | None = None,
    isolated: bool = False,
    **options: Unpack[Options],
) -> Fleet:
    """What the task definitions in files and folders carry, with the tasks that run of them, under load scenarios.

    `scenarios` are names of the profile's, `load` is one of your own (capacity by unit: `{"agents": 200}`); with neither,
    all of the profile count. `counts` says how many tasks run of a family. Raises as `check` does.
    """
    names = [os.fspath(path) for path in paths] or ["."]
    configuration = configure(names[0], config_file, isolated=isolated).with_options(options)
    return fleet_with(configuration, names, scenarios=scenarios, load=load, counts=counts)


def fleet_with(  # noqa: PLR0913
    configuration: Configuration,
    paths: Iterable[str],
    stdin: File | None = None,
    *,
    scenarios: Sequence[str] = (),
    load: Mapping[str, int] | None = None,
    counts: Mapping[str, int] | None = None,
) -> Fleet:
    """The fleet under a configuration, `stdin` standing for the path `-`; raises as `check` does."""
    from taskfit.engine import fleet

    run = prepare(configuration)
    loads = fleet.loads(run.policy.profile, scenarios, load or {})
    files, failures = _files(configuration, paths, stdin)
    return fleet.collect(files, run, loads, counts or {}, failures)


def _files(configuration: Configuration, paths: Iterable[str], stdin: File | None) -> tuple[list[File], list[str]]:
    """The files under the paths, and what is wrong with paths."""
    settings = configuration.settings
    failures: list[str] = []
    with configuration.blaming("exclude"):
        excluded = Excluded(settings.exclude, configuration.folder)
    files = discover(paths, excluded, failures.append, force_exclude=settings.force_exclude, stdin=stdin)
    return files, failures


def audit_with(configuration: Configuration, answers: Iterable[File], against: Iterable[str] = ()) -> Inventory:
    """What answers of AWS tell under a configuration; `against` are the paths of the definitions' own repository.

    Raises `guard.InvalidFile` and `ValueError` as `check` does.
    """
    from taskfit.audit import audit

    settings = configuration.settings
    run = prepare(configuration, audit=True)
    files = list(answers)
    repository, failures = _files(configuration, against, None)
    inventory = audit.audit(files, run, repository, settings.jobs)
    report = replace(inventory.report, failures=(*failures, *inventory.report.failures))
    if settings.suppressions and not settings.no_ignores:
        report = _without_entries(report, configuration, run.rulebook, (), [file.name for file in files])
    return inventory.with_report(report)


def profile(name: str | None = None) -> Profile:
    """A sizing profile by name or file; the built-in default if none is named.

    Raises `guard.InvalidFile` and `ValueError`.
    """
    return load_profile(name or bundled.DEFAULT_PROFILE)


def size(role: str, capacity: int, *, profile: str | None = None, sidecars: bool = True) -> Expectation:
    """What a task of this role needs for a capacity (agents or connections), in CPU units and MiB.

    Assumes the profile's required sidecars at their default sizes; none at all if `sidecars` is false. Raises
    `ValueError` for an unknown profile or role and for a capacity below 1.
    """
    from taskfit.sizing.expectation import expect

    sizing = load_profile(profile or bundled.DEFAULT_PROFILE)
    reserved = Size.total(default.size for default in sizing.sidecars.values() if sidecars)
    fit = bundled.fargate().smallest
    return expect(role, role_of(sizing, role), sizing, capacity, fit, reserved=reserved, assumed=reserved)


def pack(role: str, capacity: int, tier: str, *, profile: str | None = None) -> Packing:
    """The tasks of one tier that a capacity takes.

    Raises `ValueError` for an unknown profile, role or tier and for a capacity below 1.
    """
    from taskfit.sizing.expectation import pack

    tiers = {each.name: each for each in role_of(load_profile(profile or bundled.DEFAULT_PROFILE), role).tiers}
    if tier not in tiers:
        raise ValueError(f"no tier {tier!r} of {role}; {hint(tier, tiers)}")
    return pack(capacity, tiers[tier])
