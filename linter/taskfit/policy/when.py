"""Decides whether a user-defined rule applies: by family, tag, role, path, launch type, or a schema of the task."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from taskfit.definition import known
from taskfit.policy.normal import VARIABLES
from taskfit.policy.rule import Rule, When

if TYPE_CHECKING:
    from taskfit.policy.cel.expression import Expression
    from taskfit.policy.subject import Subject
    from taskfit.policy.validator import Path


class Condition:
    """The compiled `when` of a rule."""

    def __init__(self, rule: Rule) -> None:
        when = rule.when
        self._code, self._variable = rule.code, VARIABLES[rule.target]
        self._expression: Expression | None = None
        if isinstance(when, str) and when:
            from taskfit.policy.cel.expression import environment

            self._expression = environment(self._variable).compile(when)
        self._when = when if isinstance(when, When) else When()
        self._holds = [holds for name, holds in _CONDITIONS.items() if getattr(self._when, name) not in ((), {})]

    def holds(self, subject: Subject, base: Path = ()) -> bool:
        """Whether all given conditions certainly hold for the target at a path."""
        if self._expression is not None:
            return self._is_true(self._expression, subject, base)
        return all(holds(self._when, subject) for holds in self._holds)

    def _is_true(self, expression: Expression, subject: Subject, base: Path) -> bool:
        from taskfit.policy.cel.expression import NoValueError
        from taskfit.policy.cel.target import target_of

        try:
            return target_of(subject, base, self._variable).value(expression) is True
        except NoValueError as reason:
            if reason.pointer is not None:
                subject.note_unknown(reason.pointer, self._code)
            return False


def may_be_for(when: str | When, launch_types: frozenset[str]) -> bool:
    """Whether a condition may hold for definitions with these launch types."""
    return isinstance(when, str) or not when.launch_type or _are_among(launch_types, when)


def _family(when: When, subject: Subject) -> bool:
    return _fits(known(subject.task.family), when.family)


def _tag(when: When, subject: Subject) -> bool:
    tags = subject.normal.tags
    return all(_fits(tags.get(key), patterns) for key, patterns in when.tag.items())


def _role(when: When, subject: Subject) -> bool:
    return subject.role_name is not None and subject.role_name in _many(when.role)


def _path(when: When, subject: Subject) -> bool:
    from taskfit.paths import relative_to, repository_root
    from taskfit.patterns import spec

    def seen_from_the_root() -> str:
        path = pathlib.Path(subject.path)
        return relative_to(path, repository_root(path.absolute().parent) or pathlib.Path())

    return bool(subject.path) and spec(_many(when.path)).match(subject.once("path", seen_from_the_root))


def _launch_type(when: When, subject: Subject) -> bool:
    return _are_among(subject.launch_types, when)


def _are_among(launch_types: frozenset[str], when: When) -> bool:
    """Whether a condition names one of the launch types."""
    return not launch_types.isdisjoint(name.upper().replace("-", "_") for name in _many(when.launch_type))


def _schema(when: When, subject: Subject) -> bool:
    from taskfit.policy.expansion import compiled

    whole = subject.normal.whole
    schema = compiled(json.dumps(when.schema))
    return schema.accepts(whole.data) and not whole.touches((), schema.document)


_CONDITIONS: dict[str, Callable[[When, Subject], bool]] = {
    "launch_type": _launch_type,
    "family": _family,
    "tag": _tag,
    "path": _path,
    "schema": _schema,
    "role": _role,
}
"""The conditions by field, cheap ones first."""


def _fits(value: object, patterns: str | tuple[str, ...]) -> bool:
    return isinstance(value, str) and any(fnmatchcase(value, pattern) for pattern in _many(patterns))


def _many(values: str | tuple[str, ...]) -> tuple[str, ...]:
    return (values,) if isinstance(values, str) else values
