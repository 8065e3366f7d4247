"""Checks files against the rules. A file or a rule that fails never hides the findings of others."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import TYPE_CHECKING

from taskfit.checks.context import Case
from taskfit.engine import locating
from taskfit.engine.conditions import Checks, crash
from taskfit.engine.parallel import shared
from taskfit.engine.suppression import Located, Rulebook, by_directives
from taskfit.finding import EMPTY, LOWERING, Finding, Report, Severity
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
    """The input of a check for a definition in a file."""
    return Case(reading.task, policy, path)


class Emptied(NamedTuple):
    """A configuration file's setting that leaves rules nothing to compare with: no profile, no required sidecars."""

    setting: str
    """The first such setting."""
    policy: Policy
    """The policy without such settings."""


class Run(NamedTuple):
    """The rules, policy and settings that every file is checked with."""

    rules: tuple[Rule, ...]
    policy: Policy
    all_rules: tuple[Rule, ...]
    """All rules, including disabled ones."""
    variables: Mapping[str, str]
    severities: Mapping[str, Severity]
    """The configured severities, by code."""
    per_file_ignores: PerFileIgnores
    no_ignores: bool = False
    """Whether directives in the files are ignored."""
    case: Callable[[Reading, Policy, str], Case] = plain_case
    """Makes the input of the checks; an audit adds its data about the services."""
    silenced: Mapping[str, str] = {}
    """Rules that a configuration file disables, by code, with the setting; they run only to count their findings."""
    emptied: Emptied | None = None
    checked: Checked | None = None
    """The files of the whole run, under any configuration; only the one file where a single one is checked."""
    with_fixes: bool = True
    """Whether findings have fixes; an audit's do not, as a saved answer can't be fixed."""
    failures: tuple[str, ...] = ()
    """Errors in user-defined rules, which don't run."""
    rule_files: frozenset[str] = frozenset()
    """The real paths of user-defined rule files, whose examples are not checked."""

    @property
    def rulebook(self) -> Rulebook:
        """The rules that run, and all known rules."""
        return Rulebook(self.rules, self.all_rules, self.severities)


PORTION = 1000
"""The number of files after which memory is freed."""

NO_DEFINITION = "no task definition"
"""The usual reason why a file is skipped."""

THROUGH_CALL = "checked through its call"
"""Why a module of Terraform is not checked by itself."""

A_RULE_FILE = "a rule file"
"""Why a user-defined rule file is skipped."""


def check(files: Sequence[File], run: Run, jobs: int = 0) -> Report:
    """The findings of all files, in an order independent of `jobs`; 0 chooses the number of jobs by that of the files."""
    return Report.merged([Report(failures=run.failures), *shared(partial(_check_all, run), files, jobs)])


def _check_all(run: Run, files: Sequence[File]) -> Report:
    checks, silenced = Checks(run.rules), Checks(rule for rule in run.all_rules if rule.code in run.silenced)
    return Report.merged(_collecting_garbage(check_file(file, run, checks, silenced) for file in files))


def _collecting_garbage(reports: Iterable[Report]) -> Iterator[Report]:
    """Yield the items and collect cyclic garbage now and then: the command disables it, for most runs are short."""
    for number, report in enumerate(reports, 1):
        yield report
        if number % PORTION == 0 and not gc.isenabled():
            gc.collect()
            gc.freeze()  # objects that survive now live until the end


def read(file: File, run: Run) -> Document | Report:
    """The parsed content of a file, or a report that says why there is none."""
    try:
        content = file.content()
        if not content or content.isspace():
            return Report(files=1, skipped_files=1, skipped=((file.name, EMPTY),))
        return reader.read(content, run.variables, file.path, run.checked)
    except UnusablePathError as error:
        return Report(failures=(str(error),))
    except Exception as error:  # noqa: BLE001 - one file must not hide the findings of the others
        return Report(files=1, failures=(f"{file.name}: {crash('the reader', error)}",))


def check_file(file: File, run: Run, checks: Checks, silenced: Checks | None = None) -> Report:
    """The findings of one file; every error is in the report's `failures`."""
    if run.rule_files and file.path and os.path.realpath(file.path) in run.rule_files:
        return Report(files=1, skipped_files=1, skipped=((file.name, A_RULE_FILE),))
    document = read(file, run)
    if isinstance(document, Report):
        return document
    try:
        report = _checked(file.name, document, run, checks)
        if silenced and run.silenced:
            report = _with_disabled(report, file.name, document, run, silenced)
        return _with_missed(report, file.name, document, run, checks, run.emptied) if run.emptied else report
    except Exception as error:  # noqa: BLE001 - as above
        return Report(files=1, failures=(f"{file.name}: {crash('taskfit', error)}",))


def _checked(name: str, document: Document, run: Run, checks: Checks) -> Report:
    failures: list[str] = []
    found = [*_faults(name, document, run), *_problems(name, document, run, checks, failures)]
    if not (found or failures or document.directives) and document.definitions:
        return _clean(len(document.definitions))
    outcome = by_directives(name, _unique(found), () if run.no_ignores else document.directives, run.rulebook)
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
        skipped_files=int(is_skipped and not document.is_called),
        skipped=((name, THROUGH_CALL if document.is_called else NO_DEFINITION),) if is_skipped else (),
        suppressed=tuple(
            hidden._replace(finding=_rated(hidden.finding, run.severities)) for hidden in outcome.suppressed
        ),
        switched_off={why: number for why, number in off_by if number},
        failures=tuple(dict.fromkeys(failures)),
    )


@cache
def _clean(definitions: int) -> Report:
    """The report of a file without findings: one for all of them."""
    return Report(files=1, definitions=definitions)


def _unique(found: Sequence[Located]) -> Iterable[Located]:
    """Each finding once: definitions that one block makes have the same problem at the same place.

    Errors of values that are passed on from different places are different ones; of others, the first stands for all.
    """
    first: dict[tuple[object, ...], Located] = {}
    for each in found:
        finding = each.finding
        message = finding.message if finding.severity is Severity.ERROR else each.common
        first.setdefault((finding.code, finding.path, finding.span, message, finding.help), each)
    return first.values()


def _with_disabled(report: Report, name: str, document: Document, run: Run, silenced: Checks) -> Report:
    """The report with the number of findings of the rules that the configuration disables."""
    rules = tuple(rule for rule in run.all_rules if rule.code in run.silenced)
    policy = run.emptied.policy if run.emptied else run.policy
    quiet = run._replace(rules=rules, policy=policy, with_fixes=False)
    # An error in a disabled rule is no failure.
    found = _unique([*_faults(name, document, quiet), *_problems(name, document, quiet, silenced, [])])
    counts = Counter(run.silenced[each.finding.code] for each in found)
    return replace(report, switched_off=Counter(report.switched_off) + counts)


def _with_missed(  # noqa: PLR0913, PLR0917
    report: Report, name: str, document: Document, run: Run, checks: Checks, emptied: Emptied
) -> Report:
    """The report with the number of findings that are missed because rules have nothing to compare with."""

    def number(policy: Policy) -> Counter[str]:
        quiet = run._replace(policy=policy, with_fixes=False)
        return Counter(each.finding.code for each in _unique([*_problems(name, document, quiet, checks, [])]))

    missed = (number(emptied.policy) - number(run.policy)).total()
    return replace(report, switched_off=Counter(report.switched_off) + Counter({emptied.setting: missed}))


def _faults(name: str, document: Document, run: Run) -> Iterator[Located]:
    rule = next((rule for rule in run.rules if rule.raised_by == "reader"), None) if document.faults else None
    if rule is not None:
        for fault in document.faults:
            yield Located(locating.of_fault(name, rule, fault), None, fault.message)


def _problems(name: str, document: Document, run: Run, checks: Checks, failures: list[str]) -> Iterator[Located]:
    def crashed(what: str, error: Exception) -> None:
        failures.append(f"{name}: {crash(what, error)}")

    for position, readings in enumerate(document.definitions):
        found = [checks.problems(run.case(reading, run.policy, name), f"{name}: ", failures) for reading in readings]
        definition = locating.Definition(name, position, readings, found)
        yield from definition.findings(crashed, with_fixes=run.with_fixes)


def _rated(finding: Finding, severities: Mapping[str, Severity]) -> Finding:
    severity = severities.get(finding.code)
    return replace(finding, severity=severity) if severity else finding
