"""Why the size of a definition was not checked, for the notes of FIT004."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.definition import Unknown
from taskfit.finding import Problem
from taskfit.sizing.role import NO_ROLE, ROLE_KEY, StatedRole, hidden_name, implied_roles, stated_role, takes_part

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.profile import Profile

SUPPLY = "Supply the value with --var, or check the file once it is rendered."


def size_not_checked(case: Case) -> Iterator[Problem]:
    """One note for what keeps a definition from being sized."""
    assessment, profile = case.assessment, case.policy.profile
    stated = stated_role(case)
    if assessment is not None:
        yield from _unknown_capacity(assessment, profile)
    elif stated is not None:
        if stated.name != NO_ROLE and stated.name not in profile.roles:
            yield _strange_role(stated, profile)
    elif takes_part(case):
        yield from _ambiguous_role(case, profile)


def _ambiguous_role(case: Case, profile: Profile) -> Iterator[Problem]:
    """Variables that imply a role, where they imply several or where the name that would tell the role is unknown."""
    implied = [(name, found) for name, found in implied_roles(case) if found is not None]
    if not implied:
        return
    hidden, (variable, pointer) = hidden_name(case), implied[0][1]
    if len(implied) > 1:
        names = " or ".join(name for name, _ in implied)
        variables = " and ".join(variable for _, (variable, _) in implied)
        message = f"{variables} are both set, so the role ({names}) is ambiguous; the size was not checked."
    elif hidden:
        message = (
            f"{variable} is set, but `{hidden}` hides the role; the size was not checked ({profile.name} profile)."
        )
    else:
        return
    yield Problem(pointer, message, help=f"Name it in a tag `{ROLE_KEY}`, a docker label, or with --role.")


def _unknown_capacity(assessment: Assessment, profile: Profile) -> Iterator[Problem]:
    capacity = assessment.capacity
    if capacity is not None and isinstance(capacity.text, Unknown):
        unit = assessment.role.unit
        place = f"`{capacity.text.text}`" if capacity.text.why != "partial" else "not in this file"
        message = f"{capacity.variable}, the capacity in {unit}, is {place}; the size was not checked"
        yield Problem(capacity.pointer, f"{message} ({profile.name} profile).", help=SUPPLY)


def _strange_role(stated: StatedRole, profile: Profile) -> Problem:
    """A role that is given, but that the profile has not."""
    if isinstance(stated.name, Unknown):
        message = f"The role is `{stated.name.text}`, which is unknown here; the size was not checked"
        return Problem(stated.pointer, f"{message} ({profile.name} profile).", help=SUPPLY)
    message = f'The {profile.name} profile has no role "{stated.name}"; the size was not checked.'
    return Problem(stated.pointer, message, help=f"Its roles are {', '.join(profile.roles)}.")
