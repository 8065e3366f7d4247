"""Applies the `suppressions` and baselines of configurations, which cover several files together."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit.config.settings import Configuration, Origin, checking
from taskfit.finding import Report, Span
from taskfit.paths import display, relative_to
from taskfit.phrases import counted
from taskfit.record import NamedTuple, replace

if TYPE_CHECKING:
    from taskfit.config.invalid import Fault
    from taskfit.engine.suppression import Rulebook

START = Span(1, 1, 1, 1)


class Part(NamedTuple):
    """The report on the files of one configuration before its baseline is applied, with the checked files."""

    report: Report
    baseline: str | None = None
    seen: Mapping[str, frozenset[str]] = {}
    """The codes of the rules that ran, by file."""
    is_of_all: bool = False
    """Whether it is the report of the search for files, whose failures concern every baseline."""
    configuration: Configuration | None = None
    """The configuration that names the baseline."""


def without_baseline(parts: Iterable[Part]) -> Report:
    """One report of all parts, without the findings that baselines cover.

    A baseline that can't be used is a failure, and its files are left out. Raises `validation.InvalidFile` if there is
    nothing else to report.
    """
    from taskfit.config.invalid import InvalidFile

    reports: list[Report] = []
    broken: list[Fault] = []
    for path, part in _by_baseline(parts).items():
        try:
            reports.append(_uncovered(path, part))
        except InvalidFile as error:
            broken += (_named_by(part.configuration, fault) for fault in error.faults)
            reports += [Report(failures=part.report.failures)] if part.report.failures else []
    if broken and not reports:
        raise InvalidFile.of(broken)
    return Report.merged((*reports, Report(failures=tuple(map(str, broken)))))


def _named_by(configuration: Configuration | None, fault: Fault) -> Fault:
    """The fault of a baseline that is not there, at the place that names it; any other as it is."""
    if configuration is None or os.path.lexists(fault.path):
        return fault
    return configuration.fault("baseline", f"{display(Path(fault.path))} {fault.message}") or fault


def _uncovered(path: str | None, part: Part) -> Report:
    if path is None:
        return part.report
    from taskfit.engine import baseline

    return baseline.apply(part.report, baseline.load(Path(path)), baseline.scope(Path(path).parent, part.seen))


def write_baselines(parts: Iterable[Part]) -> Report:
    """Write the findings to the baselines of their configurations; the report has remarks instead of these findings.

    A baseline is not changed if one of its files could not be checked. Raises `validation.InvalidFile` for an existing file
    that is not a baseline, and `ValueError` for one that can't be written.
    """
    from taskfit.engine import baseline

    parts = list(parts)
    report = Report.merged(part.report for part in parts)
    remarks = []
    is_complete = not any(part.report.failures for part in parts if part.is_of_all)
    for chosen, part in _by_baseline(part for part in parts if part.seen).items():
        path = Path(chosen or baseline.DEFAULT_NAME)
        if part.report.failures or not is_complete:
            remarks.append(f"{display(path)} was not written: not all of its files could be checked")
            continue
        try:
            number = baseline.write(path, part.report, baseline.scope(path.parent, part.seen))
        except OSError as error:
            raise ValueError(f"can't write {path}: {error.strerror}") from None
        hint = "" if chosen else "; use it with --baseline, or as `baseline` in taskfit.yaml"
        remarks.append(f"{display(path)} now has {counted(number, 'finding')}{hint}")
    return replace(report, findings=(), remarks=tuple(remarks))


def _by_baseline(parts: Iterable[Part]) -> dict[str | None, Part]:
    """The parts merged by baseline; several configurations may share one."""
    grouped: dict[str | None, list[Part]] = defaultdict(list)
    for part in parts:
        grouped[part.baseline].append(part)
    return {
        path: Part(
            Report.merged(part.report for part in group),
            path,
            {name: codes for part in group for name, codes in part.seen.items()},
            configuration=group[0].configuration,
        )
        for path, group in grouped.items()
    }


def common(rulebooks: Sequence[Rulebook]) -> Rulebook:
    """The rules that run for every file of a configuration, whose overrides may select others for some files."""
    first, *others = rulebooks
    if not others:
        return first
    codes = frozenset.intersection(*(rulebook.running_codes for rulebook in rulebooks))
    return first._replace(running=[rule for rule in first.running if rule.code in codes])


def without_entries(
    report: Report, configuration: Configuration, rulebook: Rulebook, paths: Iterable[str], files: Sequence[str]
) -> Report:
    """The report without what the configuration's `suppressions` cover."""
    suppressions = configuration.settings.suppressions
    if not suppressions or configuration.settings.no_ignores:
        return report
    from datetime import date
    from itertools import zip_longest

    from taskfit.engine import suppression

    base, origin = configuration.folder, configuration.origins.get("suppressions", Origin())
    place = display(origin.path) if origin.path else "configuration"
    checked = {relative_to(Path(name), base) for name in files}
    whole = any(os.path.isdir(path) and not relative_to(base, Path(path)).startswith("..") for path in paths)

    def is_covered(path: str | None) -> bool:
        # A file that exists but was not part of a whole run is checked only when named.
        name = path.removeprefix("/") if path else None
        return name in checked or (whole and (name is None or not os.path.isfile(base / name)))

    entries = [
        suppression.Entry(chosen, base, place, span or START, is_covered(chosen.path))
        for chosen, span in zip_longest(suppressions, origin.entries[: len(suppressions)])
    ]
    today = date.today()  # noqa: DTZ011 - the user's own day
    with configuration.locating(), checking("suppressions"):
        return suppression.by_entries(report, entries, rulebook, today, files)
