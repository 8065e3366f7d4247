"""Proposes a profile's coefficients from observed use: saved answers of AWS about services with different capacities."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from taskfit.auditing import responses
from taskfit.dimensions import DIMENSIONS, Dimension
from taskfit.engine import engine
from taskfit.finding import Report
from taskfit.phrases import counted
from taskfit.profiles.regression import Estimate, robust_fit
from taskfit.record import NamedTuple
from taskfit.sizing.match import several
from taskfit.sizing.observed import LEAST_DAYS

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.sizing.demand import Load, Term
    from taskfit.sizing.observed import Use
    from taskfit.sizing.profile import Profile, Role
    from taskfit.sources.files import File

MIN_POINTS = 5
"""The least number of services for a fit, and at least three more than its coefficients: fewer fit any line."""


class Point(NamedTuple):
    """One service: the capacity of its tasks, and the highest use of the task's size."""

    service: str
    load: Load
    use: dict[Dimension, float]
    """In CPU units and MiB, without the reservations of other containers."""


class Proposal(NamedTuple):
    """The fitted coefficient of the terms of one dimension that count the same: the fixed ones, or those of a factor."""

    terms: tuple[int, ...]
    """Their positions among the terms of the dimension; empty if the profile has no fixed term yet."""
    counted: str
    """What they count: empty for fixed terms, `workers`, `workers x threads`."""
    now: float
    """Their present sum, in CPU units or MiB for each unit of what they count."""
    found: Estimate


class RoleFit(NamedTuple):
    """The fit of one dimension of a role to the use of its services."""

    role: str
    dimension: Dimension
    points: int
    proposals: tuple[Proposal, ...]
    """Empty if there is no fit."""
    typical_miss: float = 0
    """The median distance of a service from the fit, in CPU units or MiB."""
    refusal: str = ""
    """Why there is no fit."""


def observe(files: Sequence[File], run: engine.Run) -> tuple[dict[str, list[Point]], list[str]]:
    """The points of each role in saved answers, and the failures to read them."""
    answers = responses.collect(files)
    points: dict[str, list[Point]] = {}
    failures = list(answers.failures)
    cases: dict[str, Case] = {}
    for file in answers.definitions:
        document = engine.read(file, run)
        if isinstance(document, Report):
            failures += document.failures
            continue
        for reading, *_ in document.definitions:
            cases[reading.task.arn or ""] = engine.plain_case(reading, run.policy, file.name)
    for service in answers.services:
        case, use = cases.get(service.definition), answers.uses.get(service.key)
        assessment = case.assessment if case is not None else None
        if case is None or assessment is None or use is None or use.days < LEAST_DAYS:
            continue
        load = assessment.capacity.load if assessment.capacity else {} if not assessment.role.factors else None
        if load is not None:
            title = f"{service.key.cluster}/{service.key.name}"
            points.setdefault(assessment.role_name, []).append(Point(title, load, dict(_used(case, use))))
    return points, failures


def _used(case: Case, use: Use) -> Iterator[tuple[Dimension, float]]:
    """The highest observed use, which approximates the use at full load."""
    assessment = case.assessment
    reserved = assessment.reserved if assessment else None
    for dimension, have in zip(DIMENSIONS, (case.known_cpu, case.known_memory), strict=True):
        share = getattr(use, f"{dimension}_maximum")
        share = getattr(use, f"{dimension}_average") if share is None else share
        if have and share is not None:
            yield dimension, max(share * have - (getattr(reserved, dimension) if reserved else 0), 0)


def fit(profile: Profile, points: dict[str, list[Point]]) -> tuple[RoleFit, ...]:
    """Fit every role that has terms to the points.

    Raises `ValueError` without scipy.
    """
    return tuple(
        _fit(name, role, dimension, points.get(name, []))
        for name, role in profile.roles.items()
        for dimension in DIMENSIONS
        if getattr(role, dimension)
    )


def _fit(name: str, role: Role, dimension: Dimension, points: Sequence[Point]) -> RoleFit:
    terms: tuple[Term, ...] = getattr(role, dimension)
    usable = [point for point in points if dimension in point.use]
    groups = _groups(role, terms)
    least = max(MIN_POINTS, len(groups) + 3)
    if len(usable) < least:
        refusal = f"{counted(len(usable), 'service')} with known use; a fit needs at least {least}"
        return RoleFit(name, dimension, len(usable), (), refusal=refusal)
    rows = [[_count(factors, point.load) for factors in groups] for point in usable]
    found = robust_fit(rows, [point.use[dimension] for point in usable])
    if found is None:
        why = "the services don't differ enough in their capacities to separate the terms"
        return RoleFit(name, dimension, len(usable), (), refusal=why)
    proposals = (
        Proposal(positions, " x ".join(factors), _now(terms, positions), estimate)
        for (factors, positions), estimate in zip(groups.items(), found.coefficients, strict=True)
    )
    return RoleFit(name, dimension, len(usable), tuple(proposals), found.typical_miss)


def _groups(role: Role, terms: Sequence[Term]) -> dict[tuple[str, ...], tuple[int, ...]]:
    """The terms grouped by their factors; the use can't separate terms with the same factors."""
    names = tuple(factor.key for factor in role.factors)
    groups: dict[tuple[str, ...], tuple[int, ...]] = {(): ()}
    for position, term in enumerate(terms):
        counted = () if not term.units else tuple(several(term.of)) or names
        groups[counted] = (*groups.get(counted, ()), position)
    return groups


def _count(factors: Sequence[str], load: Load) -> int:
    return math.prod(load[name] for name in factors)


def _now(terms: Sequence[Term], positions: Iterable[int]) -> float:
    """The sum of terms for one unit of what they count."""
    return sum(rate(terms[position]) for position in positions)


def rate(term: Term) -> float:
    """The amount of a term for one unit of what it counts, in CPU units or MiB."""
    return term.low / (term.units or 1) / (term.share or 1)
