"""The conditions of rules, ready to be called: a built-in check, or a schema."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib import import_module

from taskfit.checks.context import Case
from taskfit.finding import Problem
from taskfit.policy.rule import RESERVED, Rule

Check = Callable[[Case], Iterable[Problem]]


class Checks:
    """Rules with their conditions."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._conditions = [(rule, _ready(rule)) for rule in rules if rule.raised_by == "rule"]

    def problems(self, case: Case, prefix: str, failures: list[str]) -> Iterator[tuple[Rule, Problem]]:
        """What the rules find; a rule that crashes is noted in `failures`."""
        for rule, condition in self._conditions:
            try:
                yield from [(rule, problem) for problem in condition(case)]
            except Exception as error:  # noqa: BLE001 - one rule must not hide the findings of the others
                failures.append(f"{prefix}{crash(f'rule {rule.code}', error)}")


def _ready(rule: Rule) -> Check:
    """The condition of a rule; of one that can't be made ready, what fails when it is called."""
    try:
        return _condition(rule)
    except Exception as error:  # noqa: BLE001 - as above
        return partial(_fail, error)


def _fail(error: Exception, case: Case) -> Iterable[Problem]:
    raise error


def _condition(rule: Rule) -> Check:
    if rule.check:
        return _function(rule)
    from taskfit.policy import schema_rule

    problems = schema_rule.condition(rule)
    return lambda case: problems(case.subject)


def _function(rule: Rule) -> Check:
    """A check of taskfit's own, or one of an installed package."""
    if rule.code.startswith(RESERVED):
        module, _, function = rule.check.partition(":")
        check: Check = getattr(import_module(f"taskfit.checks.{module}"), function)
        return check
    from taskfit.policy import packages, when

    own, condition = packages.check(rule.check), when.Condition(rule)
    return lambda case: own(case) if condition.holds(case.subject) else ()


def crash(what: str, error: Exception) -> str:
    """What crashed, how and where, in one line."""
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{what} crashed: {type(error).__name__}: {error} ({os.path.basename(frame.filename)}:{frame.lineno})"
