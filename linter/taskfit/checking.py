"""Checks files under their configurations: the findings that no suppression and no baseline hides."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit import filters
from taskfit.config.settings import PricingSettings
from taskfit.engine import engine
from taskfit.finding import EXCLUDING, Report
from taskfit.record import replace
from taskfit.sources.files import VARIABLES, File

if TYPE_CHECKING:
    from taskfit.session import Session, Setup


def check(session: Session, paths: Iterable[str], stdin: File | None = None, *, affected: bool = False) -> Report:
    """Check files and folders, with `stdin` as the path `-`; if `affected`, check also the files that read them.

    Paths that can't be used are in the report's `failures`. Raises the errors of `Session`.
    """
    report = filters.without_baseline(_of_paths(session, list(paths), stdin, affected=affected))
    if not report.findings:
        return report
    from taskfit.engine.notes import once_per_folder

    return once_per_folder(report)


def check_files(session: Session, files: Iterable[File]) -> Report:
    """The findings on files."""
    return filters.without_baseline(_of_files(session, list(files), ()))


def check_file(session: Session, file: File) -> Report:
    """The findings on one file that are reported."""
    return check_files(session, [file]).at_least(session.settings.min_severity)


def write_baseline(session: Session, paths: Iterable[str], stdin: File | None = None) -> Report:
    """Write the findings to the baselines of their configurations; the report has remarks instead of these findings.

    Raises the errors of `check`, and `ValueError` if a file can't be written.
    """
    return filters.write_baselines(_of_paths(session, list(paths), stdin))


def _of_paths(
    session: Session, paths: Sequence[str], stdin: File | None, *, affected: bool = False
) -> Iterator[filters.Part]:
    files, failures, excluded, remarks = session.discover(paths, stdin, programs=True)
    files = _with_readers(session, files, [Path(path) for path in paths if os.path.isfile(path)], affected=affected)
    if failures or excluded or remarks:
        found = Report(failures=tuple(failures), switched_off={EXCLUDING: excluded}, remarks=remarks)
        yield filters.Part(found, is_of_all=True)
    yield from _of_files(session, files, paths)


def _with_readers(session: Session, files: list[File], named: Sequence[Path], *, affected: bool) -> list[File]:
    """The files, and those that read the named ones: without `affected`, only users of a variables file.

    A variables file has no findings itself.
    """
    changed = [path for path in named if affected or path.name.endswith(VARIABLES)]
    if not changed:
        return files
    there = {os.path.realpath(file.path) for file in files if file.path}
    return [*files, *(file for file in session.readers(changed) if os.path.realpath(str(file.path)) not in there)]


def _of_files(session: Session, files: Sequence[File], paths: Sequence[str]) -> Iterator[filters.Part]:
    """The findings on files, one part for each configuration file; `paths` are the requested paths.

    Raises `validation.InvalidFile` only if no file can be checked; otherwise an unusable configuration is a failure.
    """
    usable, failures = session.ready(files)
    if not usable:
        session.setup()  # its faults are reported even if there is nothing to check
    if failures:
        yield filters.Part(Report(failures=failures))
    grouped: dict[Path | None, dict[int, tuple[Setup, list[File]]]] = defaultdict(dict)
    for file, setup in usable:
        grouped[setup.configuration.path].setdefault(id(setup), (setup, []))[1].append(file)
    for setups in grouped.values():
        yield _of_configuration(session, list(setups.values()), paths)


def _of_configuration(
    session: Session, setups: Sequence[tuple[Setup, Sequence[File]]], paths: Sequence[str]
) -> filters.Part:
    """The findings on the files of one configuration file, of whose overrides some apply to each setup."""
    report = Report.merged(engine.check(files, setup.run, session.settings.jobs) for setup, files in setups)
    rulebooks = [setup.run.rulebook for setup, _ in setups]
    codes = [rulebook.running_codes for rulebook in rulebooks]
    seen = {file.name: each for each, (_, files) in zip(codes, setups, strict=True) for file in files}
    configuration = setups[0][0].configuration
    report = filters.without_entries(report, configuration, filters.common(rulebooks), paths, list(seen))
    unpriced = dict.fromkeys(filter(None, (_unpriced(setup) for setup, _ in setups)))
    settings = configuration.settings
    return filters.Part(
        replace(report, remarks=(*report.remarks, *unpriced)),
        None if settings.no_ignores else settings.baseline,
        seen,
        configuration=configuration,
    )


def _unpriced(setup: Setup) -> str:
    """The remark that the configured region has no prices, if so."""
    is_chosen = setup.configuration.settings.pricing.region != PricingSettings.region
    return (setup.run.policy.pricing.remark if is_chosen else "") or ""
