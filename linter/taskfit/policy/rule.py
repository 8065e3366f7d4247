"""A rule as a run needs it: its name, its severity and its condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from taskfit.finding import Severity
from taskfit.model import Model, model


@model
class Rule(Model):
    """What a run needs of a rule. The condition is `check` (a function of `taskfit.checks`), `schema`, or the reader."""

    code: str
    """An upper-case prefix and a number, such as `FIT101`; rules of your own carry a prefix of their own."""
    name: str
    """Kebab-case, names the problem."""
    severity: Severity
    summary: str
    """One line, no full stop."""
    fix: str
    """What to do about it."""
    check: str = ""
    """`module:function` within `taskfit.checks`."""
    target: Literal["task", "container"] = "task"
    """What `schema` is applied to: the task, or each container."""
    when: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema of the task; the rule applies only to tasks that satisfy it for certain."""
    schema: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema that the target must satisfy."""
    message: str = ""
    """What a failing `schema` says; empty for the validator's own words."""
    secret: bool = False
    """What it reports is a secret: no report prints the line of the file."""
    raised_by: Literal["rule", "reader", "engine"] = "rule"
    opt_in: bool = False
    """Runs only where it is selected by its code or name."""
    audit: bool = False
    """Runs only in `taskfit audit`, which knows what a file does not tell."""

    def __post_init__(self) -> None:
        conditions = bool(self.check) + bool(self.schema) + (self.raised_by != "rule")
        if conditions != 1:
            raise ValueError("a rule has one condition: either `check` or `schema`")
