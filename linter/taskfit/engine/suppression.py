"""Findings that a team suppresses: by a comment, a label, a tag, or an entry of its configuration.

Each suppression names its rules. One that suppresses nothing, or has expired, is itself a finding.
"""

from __future__ import annotations

import posixpath
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit.finding import Finding, Report, Severity, Span, Suppressed
from taskfit.policy.rule import Rule
from taskfit.policy.selection import UnknownSelectorError, matching
from taskfit.record import NamedTuple, replace
from taskfit.sources.document import Directive

if TYPE_CHECKING:
    from datetime import date

    from taskfit.config.settings import Suppression

NOT_CHECKED = "FIT004"
"""The rule for unknown values; what other rules would find there is unknown."""
UNUSED, EXPIRED = "FIT005", "FIT006"
"""The rules for suppressions themselves."""

OF_TWO_FAMILIES = {UNUSED, "FIT101"}
"""A selector that matches both matches every rule: `ALL`, or only the letters that codes begin with."""

OF_COMMENTS = "A comment applies to its own line; on a line of its own, to the next line."

SENTENCES = {UNUSED: "This suppression has no effect", EXPIRED: "This suppression has expired"}


class Located(NamedTuple):
    """A finding, and the position of its definition in the file."""

    finding: Finding
    definition: int | None
    common: str
    """The message without the origins of values that are passed on to what makes the definition."""


class Rulebook(NamedTuple):
    """The rules that run, and all known rules: what a rule that does not run would find is unknown."""

    running: Sequence[Rule]
    known: Sequence[Rule]
    severities: Mapping[str, Severity]
    """The configured severities, by code."""

    @property
    def running_codes(self) -> frozenset[str]:
        """The codes of the rules that run."""
        return frozenset(rule.code for rule in self.running)


class Outcome(NamedTuple):
    """The findings of one file after its suppressions."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]


def by_directives(
    path: str,
    found: Iterable[Located],
    directives: Collection[Directive],
    rulebook: Rulebook,
) -> Outcome:
    """A file's findings that its directives don't suppress, with a finding for each directive without effect."""
    if not directives:
        return Outcome(tuple(each.finding for each in found), ())
    remaining = _ByDirective(path, found)
    is_unsure = NOT_CHECKED in remaining.codes or NOT_CHECKED not in rulebook.running_codes
    suppressed: list[Suppressed] = []
    complaints: list[Finding] = []
    chosen: dict[tuple[str, ...], tuple[frozenset[str], list[str]]] = {}
    for directive in directives:
        if directive.selectors not in chosen:
            chosen[directive.selectors] = _codes(directive.selectors, rulebook.known)
        codes, wrong = chosen[directive.selectors]
        hidden = remaining.take(directive, codes)
        suppressed += [Suppressed(finding, "inSource", directive.reason, "in-source") for finding in hidden]
        if directive.file:
            continue  # only its own file shows whether it has an effect: other callers of the module may need it
        words = "; ".join(_faults(directive, codes, wrong, rulebook, is_used=is_unsure or bool(hidden)))
        for complaint in _complaint(UNUSED, words, path, directive.span, rulebook) if words else ():
            is_comment = bool(directive.lines)
            complaints.append(replace(complaint, help=f"{complaint.help} {OF_COMMENTS}") if is_comment else complaint)
    return Outcome((*remaining.rest(), *complaints), tuple(suppressed))


_Group = tuple[str, int | None, str]
"""Findings of one code with a common place: its kind (a line of this or another file, a definition), which, the code."""


class _ByDirective:
    """The findings that no directive has suppressed yet, indexed by what directives name, so that each is visited once."""

    def __init__(self, path: str, found: Iterable[Located]) -> None:
        self._path = path
        self._found: dict[int, Located] = dict(enumerate(found))
        self.codes = frozenset(located.finding.code for located in self._found.values())
        self._groups: dict[_Group, list[int]] = defaultdict(list)
        for number, (finding, definition, _) in self._found.items():
            self._groups["line", finding.span.line, finding.code].append(number)
            self._groups["definition", definition, finding.code].append(number)
            self._groups["all", None, finding.code].append(number)
            if elsewhere := next((related for related in finding.related if related.path), None):
                self._groups[f"line of {elsewhere.path}", elsewhere.span.line, finding.code].append(number)

    def take(self, directive: Directive, codes: frozenset[str]) -> list[Finding]:
        """Remove and return the findings that a directive suppresses, in order."""
        named = codes & self.codes
        if directive.lines or directive.file:
            other = posixpath.normpath(posixpath.join(self._path, "..", directive.file)) if directive.file else ""
            kind = f"line of {other}" if other else "line"
            groups: list[_Group] = [(kind, line, code) for line in directive.lines for code in named]
        elif directive.definition is not None:
            groups = [("definition", directive.definition, code) for code in named]
        else:
            groups = [("all", None, code) for code in named]
        numbers = sorted(number for group in groups for number in self._groups.pop(group, ()) if number in self._found)
        return [self._found.pop(number).finding for number in numbers]

    def rest(self) -> list[Finding]:
        """The findings that no directive suppressed."""
        return [located.finding for located in self._found.values()]


def _faults(
    directive: Directive, codes: frozenset[str], wrong: Iterable[str], rulebook: Rulebook, *, is_used: bool
) -> Iterator[str]:
    """Descriptions of the faults of a directive."""
    if not directive.selectors:
        how = "write `taskfit: ignore[FIT301]`" if directive.lines else "give a code, such as `FIT301`"
        yield f"it names no rule; {how}"
    yield from wrong
    if codes and not is_used and codes <= rulebook.running_codes:
        verb = "is" if len(directive.selectors) == 1 else "are"
        yield f"{', '.join(directive.selectors)} {verb} not found here"


class Entry(NamedTuple):
    """An entry of the configuration's `suppressions`, and its place."""

    suppression: Suppression
    base: Path
    """The folder that its pattern is relative to."""
    path: str
    span: Span
    is_covered: bool
    """Whether the run checked everything that it applies to, so that it can be reported as unused."""


def by_entries(
    report: Report, entries: Iterable[Entry], rulebook: Rulebook, today: date, files: Iterable[str] = ()
) -> Report:
    """The report without what a configuration's entries suppress, with a finding for each unused or expired entry.

    `files` are all checked files.
    """
    listed = list(entries)
    remaining, suppressed, complaints = _ByEntry(report.findings, listed), list(report.suppressed), list[Finding]()
    of_rule: dict[str, tuple[frozenset[str], list[str]]] = {}
    unused: list[Entry] = []
    for entry in listed:
        chosen = entry.suppression
        if chosen.rule not in of_rule:
            of_rule[chosen.rule] = _codes((chosen.rule,), rulebook.known)
        codes, wrong = of_rule[chosen.rule]
        if wrong:
            complaints += _complaint(UNUSED, wrong[0], entry.path, entry.span, rulebook)
        elif not remaining.has(entry, codes, chosen.pointer):
            if entry.is_covered and codes <= rulebook.running_codes and not _is_unsure(remaining, entry, rulebook):
                unused.append(entry)
        elif chosen.last_day is not None and chosen.last_day < today:
            words = f"{chosen.rule} was suppressed until {chosen.last_day}, and is still found"
            complaints += _complaint(EXPIRED, words, entry.path, entry.span, rulebook)
        else:
            taken = remaining.take(entry, codes)
            suppressed += [Suppressed(finding, "external", chosen.reason, "suppressions") for finding in taken]
    if unused:
        found = [*report.findings, *(each.finding for each in suppressed)]
        for entry, words in _reasons(unused, found, files, {rule: codes for rule, (codes, _) in of_rule.items()}):
            complaints += _complaint(UNUSED, words, entry.path, entry.span, rulebook)
    ordered = sorted((*remaining.rest(), *complaints), key=lambda finding: finding.sort_key)
    return replace(report, findings=tuple(ordered), suppressed=tuple(suppressed))


def _reasons(
    unused: Sequence[Entry], found: Sequence[Finding], files: Iterable[str], of_rule: Mapping[str, frozenset[str]]
) -> Iterator[tuple[Entry, str]]:
    """Why each unused entry suppresses nothing, given all findings, also the suppressed ones."""
    index = _ByEntry(found, unused)
    names = {*files, *(finding.path for finding in found)}
    named = dict(_named(names, {(each.base, each.suppression.path) for each in unused}))
    for entry in unused:
        rule, path, pointer = entry.suppression.rule, entry.suppression.path, entry.suppression.pointer
        codes = of_rule[rule]
        where = f"in {path}" if path else "anywhere"
        if pointer is not None:
            where = f"at {pointer or 'the root'} of {path or 'any file'}"
        if path is not None and not named[entry.base, path]:
            yield entry, f"no checked file matches {path}"
        elif index.has(entry, codes, pointer):
            yield (
                entry,
                f"another suppression covers all that it names ({rule}{'' if where == 'anywhere' else f' {where}'})",
            )
        elif pointer is not None and (other := index.first(entry, codes)) is not None:
            at = f"at {other.anchor or other.pointer}" if other.pointer else f"on line {other.span.line}"
            yield entry, f"{rule} is not found {where}; it is {at}{'' if other.path == path else f' of {other.path}'}"
        else:
            yield entry, f"{rule} is not found {where}"


class _ByEntry:
    """The findings that no entry has suppressed yet, indexed by what entries name, so that each is visited once."""

    def __init__(self, findings: Iterable[Finding], entries: Iterable[Entry]) -> None:
        self._findings = dict(enumerate(findings))
        self._groups: dict[tuple[str, str | None], dict[str, list[int]]] = defaultdict(dict)
        """Numbers of findings by code and pointer, then by file; `None` as a pointer means any."""
        for number, finding in self._findings.items():
            for pointer in {None, finding.pointer, finding.anchor}:
                self._groups[finding.code, pointer].setdefault(finding.path, []).append(number)
        files = {finding.path for finding in self._findings.values()}
        self._named = dict(_named(files, {(each.base, each.suppression.path) for each in entries}))

    def rest(self) -> Iterable[Finding]:
        """The findings that no entry suppressed."""
        return self._findings.values()

    def has(self, entry: Entry, codes: Iterable[str], pointer: str | None) -> bool:
        """Whether the files that an entry names have a finding of some codes, at a pointer or at any."""
        taken, is_there = [], False
        for groups, path in self._matching(entry, codes, pointer):
            if is_there := any(number in self._findings for number in groups[path]):
                break
            taken.append((groups, path))
        for groups, path in taken:
            del groups[path]
        return is_there

    def first(self, entry: Entry, codes: Iterable[str]) -> Finding | None:
        """The first finding of some codes in the files that an entry names, at any pointer."""
        numbers = [number for groups, path in self._matching(entry, codes, None) for number in groups[path]]
        return self._findings[min(numbers)] if numbers else None

    def take(self, entry: Entry, codes: Iterable[str]) -> list[Finding]:
        """Remove and return the findings that an entry names, in order."""
        found = list(self._matching(entry, codes, entry.suppression.pointer))
        numbers = sorted(number for groups, path in found for number in groups.pop(path) if number in self._findings)
        return [self._findings.pop(number) for number in numbers]

    def _matching(
        self, entry: Entry, codes: Iterable[str], pointer: str | None
    ) -> Iterator[tuple[dict[str, list[int]], str]]:
        """The matching groups of findings, each with a file's path."""
        pattern = entry.suppression.path
        for code in codes:
            groups = self._groups.get((code, pointer), {})
            paths = groups.keys() if pattern is None else self._named[entry.base, pattern]
            few, many = sorted((groups.keys(), paths), key=len)
            yield from ((groups, path) for path in few if path in many)


def _named(
    files: Iterable[str], patterns: Iterable[tuple[Path, str | None]]
) -> Iterator[tuple[tuple[Path, str], set[str]]]:
    """The files that match each pattern, relative to its base folder."""
    from taskfit.paths import relative_to
    from taskfit.patterns import Index

    by_base = defaultdict[Path, list[str]](list)
    for base, pattern in patterns:
        if pattern is not None:
            by_base[base].append(pattern)
    for base, own in by_base.items():
        index, found = Index([(pattern,) for pattern in own]), [set[str]() for _ in own]
        for file in files:
            for number in index.matching(relative_to(Path(file), base)):
                found[number].add(file)
        yield from (((base, pattern), named) for pattern, named in zip(own, found, strict=True))


def _is_unsure(remaining: _ByEntry, entry: Entry, rulebook: Rulebook) -> bool:
    """Whether something in the files that an entry names could not be checked."""
    return NOT_CHECKED not in rulebook.running_codes or remaining.has(entry, (NOT_CHECKED,), None)


def _codes(selectors: Iterable[str], rules: Sequence[Rule]) -> tuple[frozenset[str], list[str]]:
    """The codes that selectors match, and the faults of the others; findings on suppressions can't be suppressed."""
    codes: set[str] = set()
    faults = []
    for selector in selectors:
        try:
            named = {rule.code for rule in matching(rules, selector)}
        except UnknownSelectorError:
            faults.append(f'no rule is called "{selector}"')
        else:
            if named >= OF_TWO_FAMILIES:
                faults.append(f'"{selector}" names every rule; name the rules to suppress')
            else:
                codes |= named
    return frozenset(codes - {UNUSED, EXPIRED}), faults


def _complaint(code: str, words: str, path: str, span: Span, rulebook: Rulebook) -> Iterator[Finding]:
    rule = next((rule for rule in rulebook.running if rule.code == code), None)
    if rule is not None:
        message = f"{SENTENCES[code]}: {words}."
        severity = rulebook.severities.get(code, rule.severity)
        yield Finding(rule.code, rule.name, severity, message, path, span, help=rule.fix)
