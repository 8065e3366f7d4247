"""The conditions of rules as callables: a built-in check, or a schema."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache, partial
from importlib import import_module
from typing import TYPE_CHECKING

from taskfit.checks.context import Case
from taskfit.engine.suppression import NOT_CHECKED
from taskfit.finding import Problem
from taskfit.policy.rule import RESERVED, Rule, RuleError
from taskfit.policy.when import may_be_for

if TYPE_CHECKING:
    from taskfit.policy.gate import Gate

Check = Callable[[Case], Iterable[Problem]]


class Checks:
    """Rules with their conditions, built once for all definitions."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        known = list(rules)
        self._rules = [rule for rule in known if rule.raised_by == "rule"]
        self._needed = frozenset(name for rule in self._rules for name in rule.needs)
        self._ready: dict[str, Check] = {}
        self._conditions = lru_cache(512)(self._conditions_for)
        self._gate = _gate(self._rules)
        has_expressions = any(rule.assert_ or (isinstance(rule.when, str) and rule.when) for rule in known)
        self._not_checked = next((rule for rule in known if rule.code == NOT_CHECKED and has_expressions), None)

    def problems(self, case: Case, prefix: str, failures: list[str]) -> list[tuple[Rule, Problem]]:
        """The problems that the rules find; a rule that crashes is added to `failures`, and finds none."""
        found: list[tuple[Rule, Problem]] = []
        for rule, condition in self._applicable(case):
            try:
                # Most rules find nothing, and a list of nothing takes longer than a loop over it.
                for problem in condition(case):
                    found.append((rule, problem))  # noqa: PERF401
            except Exception as error:  # noqa: BLE001 - one rule must not hide the findings of the others
                what = f"rule {rule.code}"
                failures.append(prefix + (f"{what}: {error}" if isinstance(error, RuleError) else crash(what, error)))
                found = [each for each in found if each[0] is not rule]
        if self._not_checked is not None:
            found += self._not_checked_by_own_rules(self._not_checked, case, found)
        return found

    @staticmethod
    def _not_checked_by_own_rules(
        not_checked: Rule, case: Case, found: Iterable[tuple[Rule, Problem]]
    ) -> list[tuple[Rule, Problem]]:
        """Notes on unknown values that expressions of user-defined rules read, except where there is one already."""
        from taskfit.checks.unchecked import own_rules_not_checked

        noted = [problem for rule, problem in found if rule.code == NOT_CHECKED]
        reported = {place for each in noted for place in (each.pointer, *(at for at, _ in each.related))}
        return [(not_checked, problem) for problem in own_rules_not_checked(case, reported)]

    def _applicable(self, case: Case) -> Sequence[tuple[Rule, Check]]:
        """The rules that may find something in a definition, with their conditions."""
        fields = case.task.field_names & self._needed
        return self._conditions(fields, case.launch_types, bool(case.task.services), self._satisfies_schemas(case))

    def _conditions_for(
        self, fields: frozenset[str], launch_types: frozenset[str], has_services: bool, satisfies_schemas: bool
    ) -> Sequence[tuple[Rule, Check]]:
        """The conditions that may apply, cached by launch types and by the needed fields that a definition has."""
        return [
            (rule, self._condition(rule))
            for rule in self._rules
            if not (rule.needs and fields.isdisjoint(rule.needs))
            and may_be_for(rule.when, launch_types)
            and not (rule.schema and satisfies_schemas)
            and (has_services or not _is_of_services(rule))
        ]

    def _condition(self, rule: Rule) -> Check:
        """The condition of a rule, built at the first definition that has its fields, for most rules never apply."""
        if rule.code not in self._ready:
            self._ready[rule.code] = _ready(rule)
        return self._ready[rule.code]

    def _satisfies_schemas(self, case: Case) -> bool:
        """Whether it is certain that no rule with a schema finds anything."""
        try:
            return self._gate is not None and self._gate.accepts(case.subject)
        except Exception:  # noqa: BLE001 - the rules themselves say what is wrong
            return False


def _is_of_services(rule: Rule) -> bool:
    """Whether a rule is a built-in check that finds nothing in a definition without services."""
    return rule.target == "service" and bool(rule.check) and rule.code.startswith(RESERVED)


def _gate(rules: Iterable[Rule]) -> Gate | None:
    """A quick check that runs before the rules with a schema, if there are any."""
    with_schema = [rule for rule in rules if rule.schema]
    if not with_schema:
        return None
    from taskfit.policy.gate import Gate

    return Gate(with_schema)


def _ready(rule: Rule) -> Check:
    """The condition of a rule; if it can't be built, a condition that raises the error when called."""
    try:
        return _condition(rule)
    except Exception as error:  # noqa: BLE001 - as above
        return partial(_fail, error)


def _fail(error: Exception, case: Case) -> Iterable[Problem]:
    raise error


def _condition(rule: Rule) -> Check:
    if rule.check:
        return _function(rule)
    if rule.assert_:
        from taskfit.policy.assert_rule import condition
    else:
        from taskfit.policy.schema_rule import condition

    problems = condition(rule)
    return lambda case: problems(case.subject)


def _function(rule: Rule) -> Check:
    """A built-in check, or one of an installed package."""
    if rule.code.startswith(RESERVED):
        return _built_in(rule.check)
    from taskfit import packages
    from taskfit.policy import when

    own, condition = packages.check(rule.check), when.Condition(rule)
    return lambda case: map(_problem, own(case)) if condition.holds(case.subject) else ()


def _built_in(name: str) -> Check:
    module, _, function = name.partition(":")
    check: Check = getattr(import_module(f"taskfit.checks.{module}"), function)
    return check


def _problem(found: object) -> Problem:
    """What a package's function yielded, if it is a problem at a pointer.

    Raises `RuleError`.
    """
    if not isinstance(found, Problem):
        raise RuleError(f"its function yields {type(found).__name__}, not Problem")
    if found.pointer and not found.pointer.startswith("/"):
        raise RuleError(f'"{found.pointer[:60]}" is not a JSON pointer, such as /containerDefinitions/0/image')
    return found


def crash(what: str, error: Exception) -> str:
    """A one-line description of a crash: what crashed, the error, and the source line."""
    import traceback

    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{what} crashed: {type(error).__name__}: {error} ({os.path.basename(frame.filename)}:{frame.lineno})"
