"""Holds definitions against rules: files in, a report out. A file or a rule that fails never hides what others find."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from taskfit.checks.context import Case, Policy
from taskfit.definition import TaskDefinition, escape, known, split_pointer
from taskfit.engine.suppression import Located, Rulebook, by_directives
from taskfit.finding import Edit, Finding, Fix, Problem, Proposal, Related, Report, Severity
from taskfit.policy.rule import Rule
from taskfit.policy.selection import PerFileIgnores
from taskfit.sources import reader
from taskfit.sources.files import File, UnusablePathError

if TYPE_CHECKING:
    from taskfit.sources.document import Document, Reading

T = TypeVar("T")

Check = Callable[[Case], Iterable[Problem]]


def plain_case(reading: Reading, policy: Policy) -> Case:
    """What a check is given of a file: the definition alone."""
    return Case(reading.task, policy)


UNREADABLE = "FIT001"
"""The one rule that the reader raises."""

LONGEST_WORD = 150
LONG_WORD = re.compile(rf"\S{{{LONGEST_WORD},}}")
"""More than an ARN or a URL usually has."""

FILES_PER_WORKER = 1000
"""Below this, starting another process costs more than it saves."""


class Run(NamedTuple):
    """What is held against every file."""

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
    case: Callable[[Reading, Policy], Case] = plain_case
    """Makes what the checks are given; an audit adds what it knows of the services."""
    with_fixes: bool = True
    """Whether findings come with their fixes; what is deployed can't be mended in a saved answer."""

    @property
    def rulebook(self) -> Rulebook:
        """The rules of the run, and all there are."""
        return Rulebook(self.rules, self.all_rules, self.severities)


def check(files: Sequence[File], run: Run, jobs: int = 0) -> Report:
    """The findings of all files, in one order however many jobs share the work; `jobs` 0 chooses by their number."""
    return merge(shared(partial(_check_all, run), files, jobs))


def shared(
    work: Callable[[Sequence[File]], T], files: Sequence[File], jobs: int = 0, parts_per_job: int = 1
) -> Iterator[T]:
    """What some work on files yields, part by part in their order; `jobs` processes share it, 0 chooses."""
    jobs = jobs or min(os.cpu_count() or 1, len(files) // FILES_PER_WORKER)
    if jobs < 2 or len(files) < 2:
        yield work(files)
        return
    from concurrent.futures import ProcessPoolExecutor

    size = -(-len(files) // (jobs * parts_per_job))
    parts = [files[start : start + size] for start in range(0, len(files), size)]
    with ProcessPoolExecutor(jobs) as pool:
        yield from pool.map(work, parts)


def merge(reports: Iterable[Report]) -> Report:
    """One report of several."""
    parts = list(reports)
    return Report(
        findings=tuple(sorted((f for part in parts for f in part.findings), key=lambda finding: finding.sort_key)),
        files=sum(part.files for part in parts),
        definitions=sum(part.definitions for part in parts),
        skipped_files=sum(part.skipped_files for part in parts),
        suppressed=tuple(suppressed for part in parts for suppressed in part.suppressed),
        failures=tuple(failure for part in parts for failure in part.failures),
    )


def _check_all(run: Run, files: Sequence[File]) -> Report:
    checks = Checks(run.rules)
    return merge([check_file(file, run, checks) for file in files])


def read(file: File, run: Run) -> Document | Report:
    """The content of a file, or a report of why it can't be had."""
    try:
        return reader.read(file.content(), run.variables, file.path)
    except UnusablePathError as error:
        return Report(failures=(str(error),))
    except Exception as error:  # noqa: BLE001 - one file must not hide the findings of the others
        return Report(files=1, failures=(f"{file.name}: the reader crashed: {_words(error)}",))


def check_file(file: File, run: Run, checks: Checks) -> Report:
    """The findings of one file; whatever goes wrong is in the report's `failures`."""
    document = read(file, run)
    if isinstance(document, Report):
        return document
    try:
        return _checked(file, document, run, checks)
    except Exception as error:  # noqa: BLE001 - as above
        return Report(files=1, failures=(f"{file.name}: taskfit crashed: {_words(error)}",))


def _checked(file: File, document: Document, run: Run, checks: Checks) -> Report:
    failures: list[str] = []
    faults = (Located(finding, None) for finding in _faults(file.name, document, checks))
    found = [*faults, *_findings(file.name, document, run, checks, failures)]
    outcome = by_directives(file.name, found, () if run.no_ignores else document.directives, run.rulebook)
    off = run.per_file_ignores.codes(file.name) if outcome.kept else frozenset()
    return Report(
        findings=tuple(_rated(finding, run.severities) for finding in outcome.kept if finding.code not in off),
        files=1,
        definitions=len(document.definitions),
        skipped_files=int(not document.definitions and not document.faults),
        suppressed=tuple(
            hidden._replace(finding=_rated(hidden.finding, run.severities)) for hidden in outcome.suppressed
        ),
        failures=tuple(dict.fromkeys(failures)),
    )


def _faults(name: str, document: Document, checks: Checks) -> Iterator[Finding]:
    rule = checks.unreadable
    if rule is None:
        return
    for fault in document.faults:
        severity = fault.severity or rule.severity
        yield Finding(
            rule.code, rule.name, severity, fault.message, name, fault.span, help=fault.help, subject=fault.message
        )


def _findings(name: str, document: Document, run: Run, checks: Checks, failures: list[str]) -> Iterator[Located]:
    for position, readings in enumerate(document.definitions):
        found = [list(checks.problems(run.case(reading, run.policy), f"{name}: ", failures)) for reading in readings]
        seen: set[tuple[str, str, str]] = set()
        everywhere = set.intersection(*({_content(*each) for each in problems} for problems in found))
        for reading, problems in zip(readings, found, strict=True):
            places = set()
            for rule, problem in problems:
                place = (rule.code, problem.pointer, problem.subject)
                # What holds for the defaults needs no second telling for another choice.
                if place not in seen:
                    places.add(place)
                    is_chosen = _content(rule, problem) not in everywhere
                    finding = _finding(name, rule, problem, reading, is_chosen=is_chosen)
                    if run.with_fixes and problem.proposal is not None and _holds_in_all(rule, problem, found):
                        try:
                            fix = _fix(problem.proposal, readings, position)
                        except Exception as error:  # noqa: BLE001 - nor must what would mend them
                            failures.append(f"{name}: the fix of {rule.code} crashed: {_words(error)}")
                        else:
                            finding = replace(finding, fix=fix)
                    yield Located(finding, position)
            seen |= places


def _content(rule: Rule, problem: Problem) -> tuple[str, str, str]:
    return rule.code, problem.pointer, problem.message


def _holds_in_all(rule: Rule, problem: Problem, found: Iterable[Iterable[tuple[Rule, Problem]]]) -> bool:
    """Whether a problem has the same remedy in every reading: what mends one must not harm another."""
    return all(
        any(other.proposal == problem.proposal and code is rule for code, other in problems) for problems in found
    )


def _fix(proposal: Proposal, readings: Iterable[Reading], position: int) -> Fix | None:
    """The edits that make the changes in every reading, each of which may have the value from elsewhere."""
    edits: set[Edit] = set()
    for reading in readings:
        found = reading.edits(proposal.changes)
        if not found:
            return None
        edits |= set(found)
    return Fix(proposal.applicability, tuple(sorted(edits)), proposal.changes, position)


def _finding(name: str, rule: Rule, problem: Problem, reading: Reading, *, is_chosen: bool) -> Finding:
    """The finding that a problem is in a reading; `is_chosen` where not every reading has it."""
    severity = problem.severity or rule.severity
    if reading.is_optional and severity is Severity.ERROR:
        severity = Severity.WARNING
    choice = f"With {reading.choice}: " if reading.choice and is_chosen else ""
    origins, places = _origins(problem, reading)
    task = reading.task
    return Finding(
        code=rule.code,
        name=rule.name,
        severity=severity,
        message=_readable(f"{choice}{problem.message}{origins}"),
        path=name,
        span=reading.locate(problem.pointer, problem.on_key),
        definition=task.name,
        container=_container(problem.pointer, reading),
        pointer=problem.pointer,
        help=_readable(problem.help),
        label=_readable(problem.label),
        related=(*(Related(reading.locate(at, False), _readable(label)) for at, label in problem.related), *places),
        data=problem.data,
        anchor=_anchor(problem.pointer, task),
        subject=problem.subject,
    )


def _readable(text: str) -> str:
    """The text with words that no reader takes in cut short; a file may hold names and numbers of any length."""
    return text if len(text) < LONGEST_WORD else LONG_WORD.sub(lambda word: f"{word[0][:40]}...", text)


def _anchor(pointer: str, task: TaskDefinition) -> str:
    """The pointer with the names of list entries in place of their positions."""
    value: object = task.data
    names = []
    for step in split_pointer(pointer):
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
            name = value.get("name") or value.get("containerName") if isinstance(value, dict) else None
            names.append(name if isinstance(name, str) else "*")
        else:
            value = value.get(step) if isinstance(value, dict) else None
            names.append(step)
    return "".join(f"/{escape(name)}" for name in names)


def _rated(finding: Finding, severities: Mapping[str, Severity]) -> Finding:
    severity = severities.get(finding.code)
    return replace(finding, severity=severity) if severity else finding


def _origins(problem: Problem, reading: Reading) -> tuple[str, list[Related]]:
    """Where the values that a problem speaks of come from, in words and places."""
    pointers = dict.fromkeys((problem.pointer, *(pointer for pointer, _ in problem.related)))
    found = [(pointer, reading.origins[pointer]) for pointer in pointers if pointer in reading.origins]
    if not found:
        return "", []
    words = "; ".join(f"{_field(pointer, reading.task)} is from {origin.text}" for pointer, origin in found)
    return f" ({words})", [Related(origin.span, origin.text) for _, origin in found if origin.span]


def _field(pointer: str, task: TaskDefinition) -> str:
    """What a message calls the value at a pointer; that of a variable by the variable's name."""
    *_, owner, field = _anchor(pointer, task).split("/")
    return owner if field == "value" else field


def _container(pointer: str, reading: Reading) -> str | None:
    match split_pointer(pointer):
        case ("containerDefinitions", index, *_):
            return next((known(item.name) for item in reading.task.containers if str(item.index) == index), None)
    return None


class Checks:
    """The rules with their conditions, ready to be called."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.unreadable = next((rule for rule in rules if rule.code == UNREADABLE), None)
        self._conditions = [(rule, _condition(rule)) for rule in rules if rule.raised_by == "rule"]

    def problems(self, case: Case, prefix: str, failures: list[str]) -> Iterator[tuple[Rule, Problem]]:
        """What the rules find; a rule that crashes is noted in `failures`."""
        for rule, condition in self._conditions:
            try:
                yield from [(rule, problem) for problem in condition(case)]
            except Exception as error:  # noqa: BLE001 - one rule must not hide the findings of the others
                failures.append(f"{prefix}rule {rule.code} crashed: {_words(error)}")


def _condition(rule: Rule) -> Check:
    if rule.check:
        module, _, function = rule.check.partition(":")
        check: Check = getattr(import_module(f"taskfit.checks.{module}"), function)
        return check
    from taskfit.policy import schema

    return lambda case: schema.schema_rule_problems(rule, case.task)


def _words(error: Exception) -> str:
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({os.path.basename(frame.filename)}:{frame.lineno})"
