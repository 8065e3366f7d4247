"""Runs the test cases of a profile and compares the results with the expected ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit.config.settings import Configuration
from taskfit.dimensions import DIMENSIONS, Size
from taskfit.engine import engine
from taskfit.engine.conditions import Checks
from taskfit.finding import Report
from taskfit.policy.profiles import load_profile
from taskfit.preparation import prepare
from taskfit.record import NamedTuple
from taskfit.sizing.expectation import expect
from taskfit.sizing.role import NO_ROLE
from taskfit.sources.files import File

if TYPE_CHECKING:
    from taskfit.sizing.demand import Limits
    from taskfit.sizing.expectation import Expectation
    from taskfit.sizing.profile import Profile
    from taskfit.sizing.worked_case import WorkedCase

RULES = ("FIT2", "FIT3")
"""The families of rules whose findings depend on the profile."""


class Difference(NamedTuple):
    """One result that differs from the expected one."""

    what: str
    expected: str
    found: str


class CaseOutcome(NamedTuple):
    """The outcome of one case."""

    name: str
    line: int
    """The line of the case in the profile's file, from 1."""
    differences: tuple[Difference, ...]


def run_cases(path: Path) -> tuple[CaseOutcome, ...]:
    """The outcomes of all cases of a profile in a file, in its order.

    Raises `validation.InvalidFile`.
    """
    profile, lines = load_profile(str(path)), _lines(path)
    run = prepare(Configuration().with_options({"profile": str(path)}))
    return tuple(
        CaseOutcome(case.name, line, tuple(_differences(case, profile, run)))
        for case, line in zip(profile.cases, lines, strict=True)
    )


def _lines(path: Path) -> list[int]:
    from taskfit.config import validation

    source, trees = validation.parse(path)
    node, key = trees[0].find(["cases"])
    return [source.position(item.start)[0] for item in node.items or ()] if key is not None else []


def _differences(case: WorkedCase, profile: Profile, run: engine.Run) -> Iterator[Difference]:
    if case.definition:
        yield from _of_definition(case, run)
        return
    role = profile.roles[case.role or ""]
    given = case.capacity if isinstance(case.capacity, Mapping) else {"": case.capacity or 1}
    required = profile.sidecars_of(case.role or "") if case.sidecars is not False else {}
    there = required if isinstance(case.sidecars, bool) else [kind for kind in case.sidecars if kind in required]
    assumed = Size.total(each.size for each in required.values())
    reserved = Size.total(required[kind].size for kind in there)
    try:
        load = role.load(given)
    except ValueError as error:
        yield Difference("capacity", str(case.capacity), str(error))
        return
    fit = run.policy.fargate.smallest
    yield from _of_sizes(case, expect(case.role or "", role, profile, load, fit, reserved=reserved, assumed=assumed))


def _of_definition(case: WorkedCase, run: engine.Run) -> Iterator[Difference]:
    file = File("definition", data=json.dumps(case.definition).encode())
    document = engine.read(file, run)
    readings = () if isinstance(document, Report) else document.definitions
    if isinstance(document, Report) or not readings:
        yield Difference("definition", "a task definition", "something else")
        return
    found = run.case(readings[0][0], run.policy, file.name)
    assessment = found.assessment
    if case.role is not None:
        yield from _compared("role", case.role, assessment.role_name if assessment else NO_ROLE)
    capacity = assessment.capacity if assessment else None
    if case.capacity is not None:
        is_named = isinstance(case.capacity, Mapping)
        came_out = None if capacity is None else (capacity.load if is_named else capacity.number)
        yield from _compared("capacity", case.capacity, came_out)
    yield from _of_sizes(case, assessment.expectation if assessment else None)
    if case.findings is not None:
        failures: list[str] = []
        problems = Checks(run.rules).problems(found, "", failures)
        codes = sorted({rule.code for rule, _ in problems if rule.code.startswith(RULES)})
        yield from _compared("findings", ", ".join(sorted(set(case.findings))), ", ".join([*codes, *failures]))


def _of_sizes(case: WorkedCase, expectation: Expectation | None) -> Iterator[Difference]:
    for name, wanted in (("floor", case.floor), ("recommended", case.recommended)):
        size: Size | None = getattr(expectation, name, None)
        if wanted is not None:
            yield from _of_size(name, wanted, size)


def _of_size(name: str, wanted: Limits, size: Size | None) -> Iterator[Difference]:
    for dimension in DIMENSIONS:
        expected = getattr(wanted, dimension)
        if expected is not None:
            yield from _compared(f"{name}.{dimension}", expected, getattr(size, dimension, None))


def _compared(what: str, expected: Any, found: Any) -> Iterator[Difference]:
    if expected != found:
        yield Difference(what, _shown(expected), "nothing" if found is None else _shown(found))


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {number}" for name, number in value.items())
    return str(value) or "none"
