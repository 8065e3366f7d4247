"""Runs the rules whose condition is a JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from taskfit.definition import Unknown
from taskfit.finding import Problem
from taskfit.policy import proposing, template
from taskfit.policy.gate import schema_of
from taskfit.policy.normal import VARIABLES, NormalDefinition
from taskfit.policy.rule import Rule
from taskfit.policy.subject import Subject
from taskfit.policy.validator import Path, Violation, pointer
from taskfit.policy.when import Condition

MAX_MESSAGE_LENGTH = 200
"""The most characters of a validator's message; a longer one is replaced."""

PLAIN_NAME = re.compile(r"[A-Za-z_]\w*(?:\.\w+)*", re.ASCII)
"""The content of braces: a name, or the path from a name to a value."""

OWN_NAMES = ("value", "limit", "field", "name")
"""Names besides `task` and the target's: the value, the schema's limit, its key, the name of its owner."""


def condition(rule: Rule) -> Callable[[Subject], Iterable[Problem]]:
    """The condition of a rule with a `schema`, ready to be called.

    Raises `UnusableSchemaError`.
    """
    schema = schema_of(rule)
    when = Condition(rule)
    message = template.parse(rule.message)
    help_ = template.parse(rule.fix)

    def problems(subject: Subject) -> Iterator[Problem]:
        for base, part in subject.normal.targets(rule.target):
            # Most definitions are valid and have no unknown values; they need no conversion.
            if schema.accepts_raw(part) or not when.holds(subject, base):
                continue
            seen, whole = set(), subject.normal.whole
            for violation in schema.violations(whole.at(base), whole, base):
                place = pointer(violation.path)
                if place in seen and rule.message:
                    continue
                seen.add(place)
                value = _Values(subject.normal, rule.target, base, violation)
                yield Problem(
                    place,
                    template.filled(message, value) if rule.message else _default_message(violation),
                    help=template.filled(help_, value),
                    proposal=proposing.proposal(rule, subject.task, base),
                )

    return problems


def name_fault(expression: str, target: str) -> str:
    """Why an expression can't be used in the message of such a rule; empty if it can."""
    names = (*OWN_NAMES, "task", VARIABLES[target])
    if PLAIN_NAME.fullmatch(expression) and expression.partition(".")[0] in names:
        return ""
    known = ", ".join(dict.fromkeys(names))
    return (
        f"{{{expression[:60]}}}: there are {known}, and keys below the last of them; only an `assert` takes expressions"
    )


class _Values:
    """The values of names in a message."""

    def __init__(self, normal: NormalDefinition, target: str, base: Path, violation: Violation) -> None:
        self._normal, self._target, self._base, self._violation = normal, target, base, violation

    def __call__(self, expression: str) -> Any:
        first, *keys = expression.split(".")
        value = self._root(first)
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return value.text if isinstance(value, Unknown) else value

    def _root(self, name: str) -> Any:
        violation, normal = self._violation, self._normal
        match name:
            case "value":
                return violation.value
            case "limit":
                return violation.argument
            case "field":
                return next((step for step in reversed(violation.path) if isinstance(step, str)), "task definition")
            case "name":
                return normal.name_at(self._base)
            case "task":
                return normal.task
        return normal.value(self._base)


def _default_message(violation: Violation) -> str:
    """The validator's message with the field's name; a message that is too long is replaced."""
    field = violation.path[-1] if violation.path else "task definition"
    words = violation.message if len(violation.message) <= MAX_MESSAGE_LENGTH else "it does not match"
    return f"{field}: {words} (`{violation.keyword}`)"
