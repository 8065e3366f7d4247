"""Writes fitted coefficients into the file of a profile and leaves everything else in it unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit.profiles.fitting import rate
from taskfit.record import NamedTuple
from taskfit.writing import write_whole

if TYPE_CHECKING:
    from taskfit.profiles.fitting import Proposal, RoleFit
    from taskfit.sizing.demand import Term
    from taskfit.sizing.profile import Profile
    from taskfit.syntax.tree import Node


class Change(NamedTuple):
    """A part of the text and its replacement."""

    start: int
    end: int
    text: str


def write_fits(path: Path, profile: Profile, fits: Sequence[RoleFit]) -> int:
    """Write the fitted coefficients to the profile's file; return the number of changed amounts.

    Amounts of an extended profile are not changed. Raises `validation.InvalidFile`, and `ValueError` if the file can't be
    written.
    """
    from taskfit.config import validation

    source, trees = validation.parse(path)
    changes = sorted(
        {change for each in fits for change in _changes(trees[0], source.text, profile, each)}, reverse=True
    )
    text = source.text
    for change in changes:
        text = text[: change.start] + change.text + text[change.end :]
    if changes:
        try:
            write_whole(path, text.encode())
        except OSError as error:
            raise ValueError(f"can't write {path}: {error.strerror}") from None
    return len(changes)


def _changes(tree: Node, text: str, profile: Profile, each: RoleFit) -> Iterator[Change]:
    steps = ["roles", each.role, each.dimension]
    terms: tuple[Term, ...] = getattr(profile.roles[each.role], each.dimension)
    node, key = tree.find(steps)
    if key is None or key.value != each.dimension or node.items is None or len(node.items) != len(terms):
        return
    for proposal in each.proposals:
        if not proposal.terms and proposal.found.value > proposal.found.error:
            yield _added(node, text, proposal)
        factor = proposal.found.value / proposal.now if proposal.now else 0
        for position in proposal.terms if factor else ():
            yield from _scaled(node.items[position], terms[position], factor)


def _scaled(item: Node, term: Term, factor: float) -> Iterator[Change]:
    """The changes that multiply the amounts of a term by a factor, or its share if it has only that."""
    amounts = {"amount": term.amount, "up_to": term.up_to}
    given = {name: amount * factor for name, amount in amounts.items() if amount is not None}
    if not given and term.share is not None:
        given = {"share": min(1 / (rate(term) * factor), 1)}
    for name, amount in given.items():
        node, key = item.find([name])
        if key is not None:
            yield Change(node.start, node.end, _rounded(amount))


def _added(node: Node, text: str, proposal: Proposal) -> Change:
    """The change that inserts a fixed term before the first one, in the style of the list."""
    term = f"{{label: fixed, amount: {_rounded(proposal.found.value)}}}"
    first = (node.items or [node])[0]
    line = text[text.rfind("\n", 0, first.start) + 1 : first.start]
    dash = re.fullmatch(r"(\s*)- ", line)
    return Change(first.start, first.start, f"{term}\n{dash[1]}- " if dash else f"{term}, ")


def _rounded(amount: float) -> str:
    """The amount with three significant digits, more than such a fit is accurate to."""
    return f"{amount:.0f}" if amount >= 100 else f"{amount:.3g}"
