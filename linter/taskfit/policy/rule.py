"""A rule as a run needs it: its name, its severity and its condition."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from taskfit.finding import Severity
from taskfit.model import Model
from taskfit.record import field

Target = Literal[
    "task",
    "container",
    "essential container",
    "service",
    "port",
    "environment variable",
    "secret",
    "volume",
    "image",
]

RESERVED = "FIT"
"""The prefix of taskfit's own codes."""

LaunchType = Literal["fargate", "ec2", "external", "managed-instances"]


def key(name: str) -> str:
    """A field as a rule file has it: `assert` is a word of Python's own."""
    return name.removesuffix("_")


class RuleError(ValueError):
    """A rule of a team's own can't be applied to a definition."""


class When(Model):
    """The definitions that a rule is for; all that is given must hold. What can't be known does not hold."""

    family: str | tuple[str, ...] = ()
    """Patterns of the family, such as `*-prod`; one of them has to match."""
    tag: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Patterns of the values of tags, by the tag's key; `*` for any value."""
    role: str | tuple[str, ...] = ()
    """Roles of the sizing profile."""
    path: str | tuple[str, ...] = ()
    """Patterns of the file, as in a `.gitignore` in the repository's root."""
    launch_type: LaunchType | tuple[LaunchType, ...] = ()
    """Launch types; one of them has to be known for certain."""
    schema: Mapping[str, Any] = field(default_factory=dict)
    """A JSON Schema that the task has to satisfy for certain."""


class Rule(Model):
    """What a run needs of a rule. It has one condition: `schema`, `assert` or `check`, or it is raised elsewhere."""

    __pydantic_config__ = {**Model.__pydantic_config__, "alias_generator": key}

    code: str
    """An upper-case prefix and a number, such as `FIT101`; rules of your own have a prefix of their own."""
    name: str
    """Kebab-case, names the problem."""
    severity: Severity
    """How bad it is: `error` (AWS rejects it, or it will break), `warning`, `note`."""
    summary: str
    """One line, no full stop."""
    fix: str
    """What to do about it."""
    target: Target = "task"
    """What the condition is applied to: the task, or each part of that kind."""
    when: str | When = ""
    """The definitions that the rule is for: conditions, or an expression in CEL."""
    schema: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema that the target, its values normalised, has to satisfy."""
    assert_: str = ""
    """Expression in CEL that has to be true; it needs the extra `cel`."""
    check: str = ""
    """Python function: an entry point of the group `taskfit.rules`; of a built-in rule, `module:function` of its checks."""
    needs: tuple[str, ...] = ()
    """Fields without which it finds nothing, wherever they are: it does not run on a definition that has none of them."""
    at: str = ""
    """Keys from the target to the value that a failing `assert` points at; the first value it reads if absent."""
    message: str = ""
    """What is reported, with expressions in braces; if absent, the summary, or of a `schema` the validator's own words."""
    set_: Mapping[str, Any] = field(default_factory=dict)
    """The fix: what to set, by keys from the target (`logConfiguration/logDriver`); `null` removes."""
    fixable: Literal["", "safe", "unsafe"] = ""
    """Whether `--fix` can fix what it reports, or only `--fix --unsafe-fixes`."""
    secret: bool = False
    """What it reports is a secret: no report prints the line of the file."""
    raised_by: Literal["rule", "reader", "engine"] = "rule"
    """Who raises it; a rule of your own is a `rule`."""
    opt_in: bool = False
    """Runs only where it is selected by its code or name."""
    audit: bool = False
    """Runs only in `taskfit audit`, which knows more than a file shows."""

    @property
    def is_built_in(self) -> bool:
        """Whether it is one of taskfit's own."""
        return self.code.startswith(RESERVED)
