"""Selects the rules to run: selectors are codes, prefixes of codes, or names; the longest match decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit.phrases import nearest
from taskfit.policy.rule import Rule
from taskfit.record import Record, cached_property, field

if TYPE_CHECKING:
    from taskfit.finding import Severity
    from taskfit.patterns import Patterns

ALL = "ALL"


class UnknownSelectorError(ValueError):
    """A selector that matches no rule, with a suggestion."""

    def __init__(self, selector: str, rules: Iterable[Rule]) -> None:
        known = list(rules)
        near = nearest(selector.lower(), [rule.name for rule in known])
        if near is None:  # suggest only codes of the same family and length; others would be guesses
            code = selector.upper()
            alike = [each.code for each in known if each.code[:4] == code[:4] and len(each.code) == len(code)]
            near = nearest(code, alike)
        hint = f"did you mean {near}?" if near else "`taskfit rule --all` lists every rule"
        super().__init__(f"no rule matches {selector!r}; {hint}")


def select(
    rules: Sequence[Rule],
    *,
    select: Sequence[str] = (ALL,),
    extend_select: Sequence[str] = (),
    ignore: Sequence[str] = (),
) -> tuple[Rule, ...]:
    """The rules that run; of two equally long selectors, `ignore` wins.

    Raises `UnknownSelectorError`.
    """
    for selector in (*select, *extend_select, *ignore):
        matching(rules, selector)
    wanted = (*(select or (ALL,)), *extend_select)
    return tuple(rule for rule in rules if _is_selected(rule, wanted, ignore))


def matching(rules: Iterable[Rule], selector: str) -> tuple[Rule, ...]:
    """The rules that a selector names.

    Raises `UnknownSelectorError` if there is none.
    """
    found = tuple(rule for rule in rules if _weight(rule, selector) >= 0)
    if not found:
        raise UnknownSelectorError(selector, rules)
    return found


def severities(rules: Sequence[Rule], chosen: Mapping[str, Severity]) -> dict[str, Severity]:
    """The configured severities by code, from those by selector.

    Raises `UnknownSelectorError`.
    """
    longest_last = sorted(chosen, key=len)
    return {rule.code: chosen[selector] for selector in longest_last for rule in matching(rules, selector)}


def _is_selected(rule: Rule, wanted: Sequence[str], ignored: Sequence[str]) -> bool:
    weight = max(_weight(rule, selector) for selector in wanted)
    if weight < 0 or (rule.opt_in and weight == 0):
        return False
    return weight > max((_weight(rule, selector) for selector in ignored), default=-1)


def _weight(rule: Rule, selector: str) -> int:
    """The specificity of a selector for a rule: -1 for no match, 0 for `ALL`, otherwise more for a longer prefix."""
    if selector.upper() == ALL:
        return 0
    if selector.lower() == rule.name or selector.upper() == rule.code:
        return 99
    return len(selector) if selector and rule.code.startswith(selector.upper()) else -1


class PerFileIgnores(Record):
    """Codes that are ignored in the files that match a pattern."""

    patterns: tuple[tuple[str, frozenset[str]], ...] = ()
    base: Path = field(default_factory=Path)
    """The folder that the patterns are relative to."""

    def codes(self, name: str) -> frozenset[str]:
        """The codes that are ignored in this file."""
        if not self.patterns:
            return frozenset()
        from taskfit.paths import relative_to

        place = relative_to(Path(name), self.base)
        return frozenset().union(*(codes for codes, patterns in self._by_codes if patterns.match(place)))

    @cached_property
    def _by_codes(self) -> tuple[tuple[frozenset[str], Patterns], ...]:
        """The patterns, merged for equal codes; negated ones are dropped, since they match no file by themselves."""
        from taskfit.patterns import Patterns

        grouped: dict[frozenset[str], list[str]] = {}
        for pattern, codes in self.patterns:
            if not pattern.startswith("!"):
                grouped.setdefault(codes, []).append(pattern)
        return tuple((codes, Patterns(found)) for codes, found in grouped.items())
