"""A rule is one file of `rules/`: its words, its sources, its examples and its condition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from taskfit.finding import Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A file as a user would write it; a test runs it through the whole of `taskfit check`."""

    __pydantic_config__ = {"extra": "forbid", "use_attribute_docstrings": True}

    title: str = ""
    """A few words, where the example needs them."""
    file: str
    """The text of the file, JSON or YAML."""
    at: tuple[str, ...] = ()
    """Bad examples: the pointers that this rule, and no other error of taskfit's, reports."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Configuration for the run, with the keys of `taskfit.yaml` (`profile`, `launch-type`, ...)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a rule's claim comes from."""

    __pydantic_config__ = {"extra": "forbid", "use_attribute_docstrings": True}

    title: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a run needs of a rule. The condition is `check` (a function of `taskfit.checks`), `schema`, or the reader."""

    __pydantic_config__ = {"extra": "forbid", "use_attribute_docstrings": True}

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
    raised_by: Literal["rule", "reader", "engine"] = "rule"
    opt_in: bool = False
    """Runs only where it is selected by its code or name."""

    def __post_init__(self) -> None:
        conditions = bool(self.check) + bool(self.schema) + (self.raised_by != "rule")
        if conditions != 1:
            raise ValueError("a rule has one condition: either `check` or `schema`")


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage(Rule):
    """One rule as its file has it: what a run needs, and what a reader wants to know."""

    what: str
    """What the rule reports."""
    why: str
    """Why that is a problem."""
    sources: tuple[Source, ...] = ()
    bad: tuple[Example, ...] = ()
    good: tuple[Example, ...] = ()

    def __post_init__(self) -> None:
        Rule.__post_init__(self)
        if not self.bad or (not self.good and self.raised_by == "rule"):
            raise ValueError("a rule has at least one bad and one good example")

    def rule(self) -> Rule:
        """What a run needs of it."""
        return Rule(**{each.name: getattr(self, each.name) for each in fields(Rule)})
