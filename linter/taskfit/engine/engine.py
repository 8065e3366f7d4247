"""Rules x definitions: files in, a report out. A file or a rule that fails never hides what others find."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from taskfit.checks.context import Case
from taskfit.engine import locating
from taskfit.engine.conditions import Checks, crash
from taskfit.engine.parallel import shared
from taskfit.engine.suppression import Located, Rulebook, by_directives
from taskfit.finding import LOWERING, Finding, Report, Severity
from taskfit.policy.rule import Rule
from taskfit.policy.selection import PerFileIgnores
from taskfit.record import NamedTuple, replace
from taskfit.sources import reader
from taskfit.sources.checked import Checked
from taskfit.sources.files import File, UnusablePathError

if TYPE_CHECKING:
    from taskfit.sizing.facts import Policy
    from taskfit.sources.document import Document, Reading


def plain_case(reading: Reading, policy: Policy, path: str) -> Case:
    """What a check is given of a file: the definition alone."""
    return Case(reading.task, policy, path)


class Emptied(NamedTuple):
    """What a configuration file leaves rules nothing to compare with: no profile, no required sidecars."""

    setting: str
    """The first of the settings that do."""
    policy: Policy
    """What there would be without them."""


class Run(NamedTuple):
    """What every file is checked against."""

    rules: tuple[Rule, ...]
    policy: Policy
    all_rules: tuple[Rule, ...]
    """Those that are switched off, too."""
    variables: Mapping[str, str]
    severities: Mapping[str, Severity]
    """A team's own severities, by code."""
    per_file_ignores: PerFileIgnores
    no_ignores: bool = False
    """Whether directives in the files count for nothing."""
    case: Callable[[Reading, Policy, str], Case] = plain_case
    """Makes what the checks are given; an audit adds what it knows of the services."""
    silenced: Mapping[str, str] = {}
    """Rules that a configuration file switches off, by code, with the setting that does; they only run to be counted."""
    emptied: Emptied | None = None
    checked: Checked | None = None
    """The files of the whole run, whatever configuration each has; of one alone, no more than that is known."""
    with_fixes: bool = True
    """Whether findings come with their fixes; what is deployed can't be fixed in a saved answer."""
    failures: tuple[str, ...] = ()
    """What is wrong with rules of a team's own, which don't run."""
    rule_files: frozenset[str] = frozenset()
    """The real paths of a team's own rule files: what their examples contain is not checked."""

    @property
    def rulebook(self) -> Rulebook:
        """The rules of the run, and all there are."""
        return Rulebook(self.rules, self.all_rules, self.severities)


PORTION = 1000
"""Files after which memory is freed."""

NO_DEFINITION = "no task definition"
"""Why most files are skipped."""

A_RULE_FILE = "a rule file"
"""Why a team's own rules are."""


def check(files: Sequence[File], run: Run, jobs: int = 0) -> Report:
    """The findings of all files, in one order however many jobs share the work; `jobs` 0 chooses by their number."""
    return Report.merged([Report(failures=run.failures), *shared(partial(_check_all, run), files, jobs)])


def _check_all(run: Run, files: Sequence[File]) -> Report:
    checks, silenced = Checks(run.rules), Checks(rule for rule in run.all_rules if rule.code in run.silenced)
    return Report.merged(_freeing(check_file(file, run, checks, silenced) for file in files))


def _freeing(reports: Iterable[Report]) -> Iterator[Report]:
    """The same, while memory in cycles is freed now and then: the command switches that off, for most runs are short."""
    for number, report in enumerate(reports, 1):
        yield report
        if number % PORTION == 0 and not gc.isenabled():
            gc.collect()
            gc.freeze()  # what is left now is left at the end, too


def read(file: File, run: Run) -> Document | Report:
    """The content of a file, or a report of why it can't be had."""
    try:
        return reader.read(file.content(), run.variables, file.path, run.checked)
    except UnusablePathError as error:
        return Report(failures=(str(error),))
    except Exception as error:  # noqa: BLE001 - one file must not hide the findings of the others
        return Report(files=1, failures=(f"{file.name}: {crash('the reader', error)}",))


def check_file(file: File, run: Run, checks: Checks, silenced: Checks | None = None) -> Report:
    """The findings of one file; whatever goes wrong is in the report's `failures`."""
    if run.rule_files and file.path and os.path.realpath(file.path) in run.rule_files:
        return Report(files=1, skipped_files=1, skipped=((file.name, A_RULE_FILE),))
    document = read(file, run)
    if isinstance(document, Report):
        return document
    try:
        report = _checked(file.name, document, run, checks)
        if silenced and run.silenced:
            report = _counted(report, file.name, document, run, silenced)
        return _missed(report, file.name, document, run, checks, run.emptied) if run.emptied else report
    except Exception as error:  # noqa: BLE001 - as above
        return Report(files=1, failures=(f"{file.name}: {crash('taskfit', error)}",))


def _checked(name: str, document: Document, run: Run, checks: Checks) -> Report:
    failures: list[str] = []
    found = [*_faults(name, document, run), *_problems(name, document, run, checks, failures)]
    if not (found or failures or document.directives) and document.definitions:
        return Report(files=1, definitions=len(document.definitions))
    outcome = by_directives(name, _once(found), () if run.no_ignores else document.directives, run.rulebook)
    off = run.per_file_ignores.codes(name) if outcome.kept else frozenset()
    kept = [finding for finding in outcome.kept if finding.code not in off]
    rated = tuple(_rated(finding, run.severities) for finding in kept)
    is_skipped = not document.definitions and not document.faults
    lowered = sum(after.severity.rank < before.severity.rank for before, after in zip(kept, rated, strict=True))
    off_by = (("per-file-ignores", len(outcome.kept) - len(kept)), (LOWERING, lowered))
    return Report(
        findings=rated,
        files=1,
        definitions=len(document.definitions),
        skipped_files=int(is_skipped),
        skipped=((name, NO_DEFINITION),) if is_skipped else (),
        suppressed=tuple(
            hidden._replace(finding=_rated(hidden.finding, run.severities)) for hidden in outcome.suppressed
        ),
        switched_off={why: number for why, number in off_by if number},
        failures=tuple(dict.fromkeys(failures)),
    )


def _once(found: Sequence[Located]) -> Iterable[Located]:
    """Each finding once: what a block makes many times has the same fault at the same place."""
    first: dict[tuple[object, ...], Located] = {}
    for each in found:
        finding = each.finding
        first.setdefault((finding.code, finding.path, finding.span, finding.message, finding.help), each)
    return first.values()


def _counted(report: Report, name: str, document: Document, run: Run, silenced: Checks) -> Report:
    """The report with the number of what rules would find that the configuration switches off."""
    rules = tuple(rule for rule in run.all_rules if rule.code in run.silenced)
    policy = run.emptied.policy if run.emptied else run.policy
    quiet = run._replace(rules=rules, policy=policy, with_fixes=False)
    # What goes wrong in a rule that nobody wants to run is no failure.
    found = _once([*_faults(name, document, quiet), *_problems(name, document, quiet, silenced, [])])
    counts = Counter(run.silenced[each.finding.code] for each in found)
    return replace(report, switched_off=Counter(report.switched_off) + counts)


def _missed(  # noqa: PLR0913, PLR0917
    report: Report, name: str, document: Document, run: Run, checks: Checks, emptied: Emptied
) -> Report:
    """The report with the number of what rules would find if they had something to compare with."""

    def number(policy: Policy) -> Counter[str]:
        quiet = run._replace(policy=policy, with_fixes=False)
        return Counter(each.finding.code for each in _once([*_problems(name, document, quiet, checks, [])]))

    missed = (number(emptied.policy) - number(run.policy)).total()
    return replace(report, switched_off=Counter(report.switched_off) + Counter({emptied.setting: missed}))


def _faults(name: str, document: Document, run: Run) -> Iterator[Located]:
    rule = next((rule for rule in run.rules if rule.raised_by == "reader"), None) if document.faults else None
    if rule is not None:
        for fault in document.faults:
            yield Located(locating.of_fault(name, rule, fault), None)


def _problems(name: str, document: Document, run: Run, checks: Checks, failures: list[str]) -> Iterator[Located]:
    def crashed(what: str, error: Exception) -> None:
        failures.append(f"{name}: {crash(what, error)}")

    for position, readings in enumerate(document.definitions):
        found = [
            list(checks.problems(run.case(reading, run.policy, name), f"{name}: ", failures)) for reading in readings
        ]
        definition = locating.Definition(name, position, readings, found)
        yield from definition.findings(crashed, with_fixes=run.with_fixes)


def _rated(finding: Finding, severities: Mapping[str, Severity]) -> Finding:
    severity = severities.get(finding.code)
    return replace(finding, severity=severity) if severity else finding
