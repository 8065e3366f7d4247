"""The coefficients fitted to observed use, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from taskfit.dimensions import UNITS
from taskfit.escaping import inert_line

if TYPE_CHECKING:
    from taskfit.profiles.fitting import Proposal, RoleFit


def render(fits: Sequence[RoleFit]) -> str:
    """A line for each coefficient, with its error and the profile's present value."""
    return "".join(f"{inert_line(line)}\n" for line in _lines(fits))


def data(fits: Sequence[RoleFit]) -> list[dict[str, Any]]:
    """The same as plain JSON values."""
    return [
        {
            "role": each.role,
            "dimension": each.dimension,
            "services": each.points,
            "refusal": each.refusal or None,
            "typical_miss": round(each.typical_miss, 2) if each.proposals else None,
            "coefficients": [
                {
                    "counts": proposal.counted or None,
                    "now": proposal.now,
                    "found": round(proposal.found.value, 2),
                    "error": round(proposal.found.error, 2),
                }
                for proposal in each.proposals
            ],
        }
        for each in fits
    ]


def _lines(fits: Sequence[RoleFit]) -> Iterator[str]:
    for each in fits:
        unit = UNITS[each.dimension]
        if each.refusal:
            yield f"{each.role}, {each.dimension}: no fit: {each.refusal}"
            continue
        miss = f"half of the services are within {each.typical_miss:.1f} {unit} of it"
        yield f"{each.role}, {each.dimension}, {unit}, from {each.points} services; {miss}"
        yield from (_proposal(proposal) for proposal in each.proposals)


def _proposal(proposal: Proposal) -> str:
    what = f"for each of {proposal.counted}" if proposal.counted else "fixed"
    now = f"the profile says {proposal.now:g}" if proposal.terms else "the profile has no such term"
    found = proposal.found
    inside = "" if abs(found.value - proposal.now) > found.error else ", within the error"
    return f"  {found.value:10.1f} \u00b1 {found.error:<8.1f} {what:30} {now}{inside}"
