"""The conditions of rules, ready to be called: a built-in check, or a schema."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module

from taskfit.checks.context import Case
from taskfit.finding import Problem
from taskfit.policy.rule import Rule

Check = Callable[[Case], Iterable[Problem]]


class Checks:
    """Rules with their conditions."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._conditions = [(rule, _condition(rule)) for rule in rules if rule.raised_by == "rule"]

    def problems(self, case: Case, prefix: str, failures: list[str]) -> Iterator[tuple[Rule, Problem]]:
        """What the rules find; a rule that crashes is noted in `failures`."""
        for rule, condition in self._conditions:
            try:
                yield from [(rule, problem) for problem in condition(case)]
            except Exception as error:  # noqa: BLE001 - one rule must not hide the findings of the others
                failures.append(f"{prefix}{crash(f'rule {rule.code}', error)}")


def _condition(rule: Rule) -> Check:
    if rule.check:
        module, _, function = rule.check.partition(":")
        check: Check = getattr(import_module(f"taskfit.checks.{module}"), function)
        return check
    from taskfit.policy import schema

    return lambda case: schema.schema_rule_problems(rule, case.task)


def crash(what: str, error: Exception) -> str:
    """What crashed, how and where, in one line."""
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{what} crashed: {type(error).__name__}: {error} ({os.path.basename(frame.filename)}:{frame.lineno})"
