"""Why the size of a definition was not checked, for the notes of FIT004."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.definition import Unknown
from taskfit.finding import Problem
from taskfit.phrases import listed
from taskfit.sizing.capacity import NO_POLICY, OWN_COMMAND, declares
from taskfit.sizing.command import HIDDEN, PLACEHOLDER
from taskfit.sizing.role import NO_ROLE, ROLE_KEY, stated_role
from taskfit.sizing.wording import with_article

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.patterns import Hidden
    from taskfit.sizing.profile import Profile
    from taskfit.sizing.role import FoundRole, StatedRole

SUPPLY = "Supply the value with --var, or check the file once it is rendered."

NAME_IT = f"Name it in a tag `{ROLE_KEY}`, a docker label, or with --role."


def size_not_checked(case: Case) -> Iterator[Problem]:
    """Notes on what prevents checking the size of a definition."""
    if case.assessment is not None:
        yield from _unknown_capacity(case.assessment)
        return
    stated, found = stated_role(case), case.roles
    if stated is not None and not found.candidates:
        if stated.name != NO_ROLE and case.policy.profiles:
            yield _unknown_role(stated, case.policy.profiles)
    elif found.doubt is not None:
        yield from _hidden_role(case, *found.doubt)
    elif found.candidates:
        yield _ambiguous_role(found.candidates)


def _hidden_role(case: Case, role: FoundRole, hidden: Hidden) -> Iterator[Problem]:
    """A role that an unknown value may determine, in a definition that declares the role's capacity."""
    factors = role.role.factors
    if factors and not any(declares(each, factors, case.task) for each in case.applications):
        return
    what = f"{role.variable} is set, but" if role.is_assumed else f"This may be {with_article(role.name)}, but"
    message = f"{what} `{hidden.text}` hides the role; the size was not checked ({role.profile.name} profile)."
    yield Problem(role.pointer if role.is_assumed else hidden.pointer, message, help=NAME_IT)


def _ambiguous_role(candidates: tuple[FoundRole, ...]) -> Problem:
    """The problem that several roles match, or that variables imply several."""
    first = candidates[0]
    if first.is_assumed:
        names = " or ".join(each.name for each in candidates)
        variables = " and ".join(each.variable for each in candidates)
        message = f"{variables} are both set, so the role ({names}) is ambiguous; its size was not checked."
        return Problem(first.pointer, message, help=NAME_IT)
    profiles = {each.profile.name for each in candidates}
    if len(profiles) == 1:
        roles = f"{listed(dict.fromkeys(each.name for each in candidates), 'and')} of the {first.profile.name} profile"
    else:
        roles = listed((f"{each.name} of the {each.profile.name} profile" for each in candidates), "and")
    message = f"Several roles match this definition ({roles}), so its role is ambiguous; its size was not checked."
    return Problem(first.pointer, message, help=NAME_IT)


def _unknown_capacity(assessment: Assessment) -> Iterator[Problem]:
    """One note for each factor of the capacity that is unknown."""
    for factor, value in assessment.capacity.unknown if assessment.capacity else ():
        unit = assessment.role.unit
        is_elsewhere = value in (OWN_COMMAND, NO_POLICY)
        place = f"`{value.text}`" if value.why != "partial" else "not in this file"
        place = value.text if is_elsewhere or value in (HIDDEN, PLACEHOLDER) else place
        yield Problem(
            factor.pointer,
            f"{factor.title}, the capacity in {unit}, is {place}; the size was not checked "
            f"({assessment.profile.name} profile).",
            help="Set it in this file, so that it can be checked." if is_elsewhere else SUPPLY,
        )


def _unknown_role(stated: StatedRole, profiles: tuple[Profile, ...]) -> Problem:
    """The problem that a stated role is unknown, or is in no profile."""
    names = listed((profile.name for profile in profiles), "and")
    if isinstance(stated.name, Unknown):
        message = f"The role is `{stated.name.text}`, which is unknown here; the size was not checked"
        return Problem(stated.pointer, f"{message} ({names} profile).", help=SUPPLY)
    message = f'The {names} profile has no role "{stated.name}"; the size was not checked.'
    roles = ", ".join(role for profile in profiles for role in profile.roles)
    return Problem(stated.pointer, message, help=f"Its roles are {roles}.")
