"""Findings that a team has chosen to live with: by a comment, a label, a tag, or an entry of its configuration.

Each names its rules. One that suppresses nothing, or has expired, is itself a finding.
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
"""The rule about unknown values; what other rules would find there is unknown."""
UNUSED, EXPIRED = "FIT005", "FIT006"
"""The rules about suppressions themselves."""

OF_TWO_FAMILIES = {UNUSED, "FIT101"}
"""What names both of these names every rule: `ALL`, or no more than the letters that codes begin with."""

SENTENCES = {UNUSED: "This suppression has no effect", EXPIRED: "This suppression has expired"}


class Located(NamedTuple):
    """A finding and the position in its file of the definition it is about."""

    finding: Finding
    definition: int | None


class Rulebook(NamedTuple):
    """The rules of a run, and all there are: what a rule that does not run would find is unknown."""

    running: Sequence[Rule]
    known: Sequence[Rule]
    severities: Mapping[str, Severity]
    """A team's own, by code."""

    @property
    def running_codes(self) -> frozenset[str]:
        """The codes of the rules that run."""
        return frozenset(rule.code for rule in self.running)


class Outcome(NamedTuple):
    """What becomes of the findings of one file."""

    kept: tuple[Finding, ...]
    suppressed: tuple[Suppressed, ...]


def by_directives(
    path: str,
    found: Iterable[Located],
    directives: Collection[Directive],
    rulebook: Rulebook,
) -> Outcome:
    """What the directives of a file leave of its findings, with a finding for each that has no effect."""
    if not directives:
        return Outcome(tuple(each.finding for each in found), ())
    waiting = _Waiting(path, found)
    is_unsure = NOT_CHECKED in waiting.codes or NOT_CHECKED not in rulebook.running_codes
    suppressed: list[Suppressed] = []
    complaints: list[Finding] = []
    chosen: dict[tuple[str, ...], tuple[frozenset[str], list[str]]] = {}
    for directive in directives:
        if directive.selectors not in chosen:
            chosen[directive.selectors] = _codes(directive.selectors, rulebook.known)
        codes, wrong = chosen[directive.selectors]
        hidden = waiting.take(directive, codes)
        suppressed += [Suppressed(finding, "inSource", directive.reason, "in-source") for finding in hidden]
        if directive.file:
            continue  # its own file shows whether it has an effect, and others may use it
        words = "; ".join(_faults(directive, codes, wrong, rulebook, is_used=is_unsure or bool(hidden)))
        complaints += _complaint(UNUSED, words, path, directive.span, rulebook) if words else ()
    return Outcome((*waiting.rest(), *complaints), tuple(suppressed))


_Group = tuple[str, int | None, str]
"""Findings of one code: what they share (a line of the file or of another, a definition), which one, and the code."""


class _Waiting:
    """Findings that no directive has taken yet, by what directives name: each is looked at once, however many there are."""

    def __init__(self, path: str, found: Iterable[Located]) -> None:
        self._path = path
        self._found: dict[int, Located] = dict(enumerate(found))
        self.codes = frozenset(located.finding.code for located in self._found.values())
        self._groups: dict[_Group, list[int]] = defaultdict(list)
        for number, (finding, definition) in self._found.items():
            self._groups["line", finding.span.line, finding.code].append(number)
            self._groups["definition", definition, finding.code].append(number)
            self._groups["all", None, finding.code].append(number)
            if elsewhere := next((related for related in finding.related if related.path), None):
                self._groups[f"line of {elsewhere.path}", elsewhere.span.line, finding.code].append(number)

    def take(self, directive: Directive, codes: frozenset[str]) -> list[Finding]:
        """The findings that a directive is meant for, in their order."""
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
        """What nobody took."""
        return [located.finding for located in self._found.values()]


def _faults(
    directive: Directive, codes: frozenset[str], wrong: Iterable[str], rulebook: Rulebook, *, is_used: bool
) -> Iterator[str]:
    """What is wrong with a directive."""
    if not directive.selectors:
        yield "it names no rule; write `taskfit: ignore[FIT301]`"
    yield from wrong
    if codes and not is_used and codes <= rulebook.running_codes:
        yield f"{', '.join(directive.selectors)} is not found here"


class Entry(NamedTuple):
    """An entry of the configuration's `suppressions`, and where it stands."""

    suppression: Suppression
    base: Path
    """What its pattern starts from."""
    path: str
    span: Span
    is_covered: bool
    """Whether the run looked at all that it speaks of, so that it can be called unused."""


def by_entries(report: Report, entries: Iterable[Entry], rulebook: Rulebook, today: date) -> Report:
    """What the entries of a configuration leave of a report, with a finding for each that is unused or expired."""
    listed = list(entries)
    left, suppressed, complaints = _Left(report.findings, listed), list(report.suppressed), list[Finding]()
    of_rule: dict[str, tuple[frozenset[str], list[str]]] = {}
    for entry in listed:
        chosen = entry.suppression
        if chosen.rule not in of_rule:
            of_rule[chosen.rule] = _codes((chosen.rule,), rulebook.known)
        codes, wrong = of_rule[chosen.rule]
        if wrong:
            complaints += _complaint(UNUSED, wrong[0], entry.path, entry.span, rulebook)
        elif not left.has(entry, codes, chosen.pointer):
            if entry.is_covered and codes <= rulebook.running_codes and not _is_unsure(left, entry, rulebook):
                words = f"{chosen.rule} is not found {f'in {chosen.path}' if chosen.path else 'anywhere'}"
                complaints += _complaint(UNUSED, words, entry.path, entry.span, rulebook)
        elif chosen.last_day is not None and chosen.last_day < today:
            words = f"{chosen.rule} was to be suppressed until {chosen.last_day}, and is still found"
            complaints += _complaint(EXPIRED, words, entry.path, entry.span, rulebook)
        else:
            taken = left.take(entry, codes)
            suppressed += [Suppressed(finding, "external", chosen.reason, "suppressions") for finding in taken]
    ordered = sorted((*left.rest(), *complaints), key=lambda finding: finding.sort_key)
    return replace(report, findings=tuple(ordered), suppressed=tuple(suppressed))


class _Left:
    """Findings that no entry has taken yet, by what entries name: each is looked at once, however many entries there are."""

    def __init__(self, findings: Iterable[Finding], entries: Iterable[Entry]) -> None:
        self._findings = dict(enumerate(findings))
        self._groups: dict[tuple[str, str | None], dict[str, list[int]]] = defaultdict(dict)
        """By the code and the pointer, each with the paths of the files; `None` stands for any pointer."""
        for number, finding in self._findings.items():
            for pointer in {None, finding.pointer, finding.anchor}:
                self._groups[finding.code, pointer].setdefault(finding.path, []).append(number)
        files = {finding.path for finding in self._findings.values()}
        self._named = dict(_named(files, {(each.base, each.suppression.path) for each in entries}))

    def rest(self) -> Iterable[Finding]:
        """What no entry took."""
        return self._findings.values()

    def has(self, entry: Entry, codes: Iterable[str], pointer: str | None) -> bool:
        """Whether there is one of some codes in the files that an entry names, at a pointer or at any."""
        taken, is_there = [], False
        for groups, path in self._matching(entry, codes, pointer):
            if is_there := any(number in self._findings for number in groups[path]):
                break
            taken.append((groups, path))
        for groups, path in taken:
            del groups[path]
        return is_there

    def take(self, entry: Entry, codes: Iterable[str]) -> list[Finding]:
        """Those that an entry names, in their order."""
        found = list(self._matching(entry, codes, entry.suppression.pointer))
        numbers = sorted(number for groups, path in found for number in groups.pop(path) if number in self._findings)
        return [self._findings.pop(number) for number in numbers]

    def _matching(
        self, entry: Entry, codes: Iterable[str], pointer: str | None
    ) -> Iterator[tuple[dict[str, list[int]], str]]:
        """The files with such findings, each after all files with them."""
        pattern = entry.suppression.path
        for code in codes:
            groups = self._groups.get((code, pointer), {})
            paths = groups.keys() if pattern is None else self._named[entry.base, pattern]
            few, many = sorted((groups.keys(), paths), key=len)
            yield from ((groups, path) for path in few if path in many)


def _named(
    files: Iterable[str], patterns: Iterable[tuple[Path, str | None]]
) -> Iterator[tuple[tuple[Path, str], set[str]]]:
    """The files that each pattern names, seen from where it starts."""
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


def _is_unsure(left: _Left, entry: Entry, rulebook: Rulebook) -> bool:
    """Whether something in the files that an entry speaks of could not be checked."""
    return NOT_CHECKED not in rulebook.running_codes or left.has(entry, (NOT_CHECKED,), None)


def _codes(selectors: Iterable[str], rules: Sequence[Rule]) -> tuple[frozenset[str], list[str]]:
    """The codes that selectors name, and what is wrong with the other selectors; complaints can't be suppressed."""
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
