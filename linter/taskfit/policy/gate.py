"""Validates definitions against all rules with a `schema` at once, since most definitions pass all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from taskfit.policy import task_fields
from taskfit.policy.expansion import compiled
from taskfit.policy.normal import PLACES
from taskfit.policy.rule import Rule
from taskfit.policy.subject import Subject
from taskfit.policy.validator import Schema
from taskfit.policy.when import may_be_for


def schema_of(rule: Rule) -> Schema:
    """The compiled schema of a rule.

    Raises `UnusableSchemaError`.
    """
    return compiled(json.dumps(rule.schema), is_built_in=rule.is_built_in)


class Gate:
    """Decides by one validation, for most definitions, that no rule with a `schema` has a finding."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = [rule for rule in rules if rule.schema]
        self._combined: dict[frozenset[str], tuple[Schema, Schema]] = {}

    def accepts(self, subject: Subject) -> bool:
        """Whether it is certain that no rule has a finding; otherwise the rules must be run."""
        types = subject.launch_types
        if types not in self._combined:
            self._combined[types] = self._of(types)
        with_types, combined = self._combined[types]
        if subject.satisfies_with_types(with_types):
            return True
        normal = subject.normal
        return combined.accepts_raw(normal.task if subject.task.has_unknowns else normal.values)

    def _of(self, launch_types: frozenset[str]) -> tuple[Schema, Schema]:
        """The combined schema of the rules that may apply to these launch types, with and without AWS's types."""
        meant = [rule for rule in self._rules if may_be_for(rule.when, launch_types)]
        try:
            document = {"allOf": [_from_the_task(rule) for rule in meant]} if meant else {}
            is_built_in = all(rule.is_built_in for rule in meant)
            schema = Schema(document, is_built_in=is_built_in)
            with_types = Schema({**task_fields.with_services(), **document}, is_built_in=is_built_in)
            with_types.accepts({})
        except ValueError:  # a schema that can't be used is reported by its own rule
            return Schema({"not": {}}), Schema({"not": {}})
        return with_types, schema


def _from_the_task(rule: Rule) -> Mapping[str, Any]:
    """The schema of the task that requires each target of a rule to satisfy its schema."""
    schema: Mapping[str, Any] = schema_of(rule).document
    for step in reversed(PLACES[rule.target]):
        schema = {"items": schema} if step == "*" else {"properties": {step: schema}}
    return schema
