"""The basis of an expectation, as text."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from taskfit.sizing.match import several

if TYPE_CHECKING:
    from taskfit.sizing.demand import Load, Term
    from taskfit.sizing.expectation import Expectation, Range
    from taskfit.sizing.profile import Profile, Role


def users(name: str, role: Role, capacity: int) -> str:
    """The subject of an expectation: `10 agents`, or `a migration task` if the size is fixed."""
    return f"{capacity} {role.unit}" if role.factors else f"{with_article(name)} task"


def with_article(name: str) -> str:
    """A name after its article: `an api`, `a worker`."""
    return f"{'an' if name[:1].lower() in tuple('aeio') else 'a'} {name}"


def verb(role: Role, verb: str) -> str:
    """A verb that agrees with `users`: `need`, or `needs` for one task."""
    return verb if role.factors else f"{verb}s"


def headline(expectation: Expectation, profile: Profile) -> str:
    """Role, capacity and tier: `worker for 10 agents, tier worker-medium (mistersmith profile)`."""
    role = profile.roles[expectation.role]
    tier = f"tier {expectation.tier.name}" if expectation.tier else "beyond the last tier" if role.tiers else "no tiers"
    load = (
        f"{expectation.role} for {expectation.capacity} {role.unit}"
        if role.factors
        else f"{expectation.role}, one size"
    )
    return f"{load}, {tier} ({profile.name} profile)"


def span(need: Range) -> str:
    """A range as text: `2560 to 5120`."""
    return str(need.low) if need.low == need.high else f"{need.low} to {need.high}"


def terms(terms: Iterable[Term]) -> str:
    """The sum of a demand: `128 each (base runtime) + 256 each (working memory)`."""
    return " + ".join(_term(term) for term in terms)


def _term(term: Term) -> str:
    amount = f"{term.low:g}" if term.up_to is None else f"{term.low:g} to {term.up_to:g}"
    cases = ", ".join(f"{name} {value:g}" for name, value in term.cases.items())
    return f"{_counted(term, amount)} ({term.label}{f'; {cases}' if cases else ''})"


def with_numbers(term: Term, load: Load) -> str:
    """A term with the numbers of a load: `256 x 4`, `12288 / 0.75`."""
    amount = f"{term.low:g}" if term.up_to is None else f"({term.low:g} to {term.up_to:g})"
    if not term.units:
        return amount
    names = several(term.of)
    numbers = [str(load[name]) for name in names] if names else [str(number) for number in load.values()]
    product = " x ".join(numbers if amount == "1" else [amount, *numbers])
    per = f" / {term.units}" if term.units > 1 else ""
    return f"{product}{per}{'' if term.share is None else f' / {term.share:g}'}"


def _counted(term: Term, amount: str) -> str:
    """The amount with its factors: `128 each`, `180 x workers`, `heap / 0.75`."""
    names = " x ".join(several(term.of))
    if not names and term.share is None:
        return f"{amount}{'' if not term.per else ' each' if term.per == 1 else f' per {term.per}'}"
    factor = names or "capacity"
    product = factor if amount == "1" else f"{amount} x {factor}"
    per = f" / {term.per}" if term.per > 1 else ""
    return f"{product}{per}{'' if term.share is None else f' / {term.share:g}'}"
