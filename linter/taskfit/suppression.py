"""Findings that a team has chosen to live with: by a comment, a label, a tag, or an entry of its configuration.

Each names its rules. One that suppresses nothing, or has expired, is itself a finding.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from taskfit.finding import Finding, Report, Span, Suppressed
from taskfit.rule import Rule
from taskfit.selection import UnknownSelectorError, matching
from taskfit.sources.document import Directive

if TYPE_CHECKING:
    from datetime import date

    from taskfit.config import Suppression

UNUSED, EXPIRED = "FIT005", "FIT006"
"""The rules about suppressions themselves."""


class Located(NamedTuple):
    """A finding and the position in its file of the definition it is about."""

    finding: Finding
    definition: int | None


class Rulebook(NamedTuple):
    """The rules of a run, and all there are: where one does not run, nobody knows whether it would find something."""

    running: Sequence[Rule]
    known: Sequence[Rule]

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
    directives: Iterable[Directive],
    rulebook: Rulebook,
) -> Outcome:
    """What the directives of a file leave of its findings, with a finding for each that has no effect."""
    kept = list(found)
    suppressed: list[Suppressed] = []
    complaints: list[Finding] = []
    for directive in directives:
        codes, unknown = _codes(directive.selectors, rulebook.known)
        hidden = [located for located in kept if located.finding.code in codes and _is_meant(located, directive)]
        suppressed += [Suppressed(located.finding, "inSource", directive.reason) for located in hidden]
        kept = [located for located in kept if located not in hidden]
        words = [f'no rule is called "{selector}"' for selector in unknown]
        if not directive.selectors:
            words.append("it names no rule")
        elif not hidden and codes <= rulebook.running_codes:
            words.append(f"{', '.join(directive.selectors)} is not found here")
        complaints += (
            _complaint(UNUSED, f"has no effect: {'; '.join(words)}", path, directive.span, rulebook) if words else ()
        )
    return Outcome((*(located.finding for located in kept), *complaints), tuple(suppressed))


def by_entries(
    report: Report,
    entries: Sequence[tuple[Suppression, Span]],
    path: Path,
    rulebook: Rulebook,
    today: date,
) -> Report:
    """What the entries of a configuration file leave of a report, with a finding for each that is unused or expired."""
    from datetime import date

    findings, suppressed = list(report.findings), list(report.suppressed)
    name = path.as_posix()
    for entry, span in entries:
        if entry.expires is not None and date.fromisoformat(entry.expires) < today:
            findings += _complaint(EXPIRED, f"of {entry.rule} expired on {entry.expires}", name, span, rulebook)
            continue
        codes, unknown = _codes((entry.rule,), rulebook.known)
        hidden = [finding for finding in findings if finding.code in codes and _is_named(finding, entry, path.parent)]
        if unknown or (not hidden and codes <= rulebook.running_codes):
            reason = f'no rule is called "{entry.rule}"' if unknown else f"{entry.rule} is not found there"
            findings += _complaint(UNUSED, f"has no effect: {reason}", name, span, rulebook)
        findings = [finding for finding in findings if finding not in hidden]
        suppressed += [Suppressed(finding, "external", entry.reason) for finding in hidden]
    ordered = sorted(findings, key=lambda finding: finding.sort_key)
    return replace(report, findings=tuple(ordered), suppressed=tuple(suppressed))


def _is_meant(located: Located, directive: Directive) -> bool:
    if directive.lines:
        return located.finding.span.line in directive.lines
    return directive.definition is None or directive.definition == located.definition


def _is_named(finding: Finding, entry: Suppression, base: Path) -> bool:
    from taskfit.sources.files import relative_to, spec

    if entry.pointer is not None and entry.pointer not in (finding.pointer, finding.anchor):
        return False
    return entry.path is None or spec((entry.path,)).match_file(relative_to(Path(finding.path), base))


def _codes(selectors: Iterable[str], rules: Sequence[Rule]) -> tuple[frozenset[str], list[str]]:
    """The codes that selectors name, and the selectors that name none; complaints can't be suppressed."""
    codes: set[str] = set()
    unknown = []
    for selector in selectors:
        try:
            codes |= {rule.code for rule in matching(rules, selector)}
        except UnknownSelectorError:
            unknown.append(selector)
    return frozenset(codes - {UNUSED, EXPIRED}), unknown


def _complaint(code: str, words: str, path: str, span: Span, rulebook: Rulebook) -> Iterator[Finding]:
    rule = next((rule for rule in rulebook.running if rule.code == code), None)
    if rule is not None:
        message = f"This suppression {words}."
        yield Finding(rule.code, rule.name, rule.severity, message, path, span, help=rule.fix)
