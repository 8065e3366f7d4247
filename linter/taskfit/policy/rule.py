"""Rules as a run needs them: name, severity and condition, without the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from taskfit.config.settings import LaunchType
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


def key(name: str) -> str:
    """The name of a field in rule files: `assert` is a keyword of Python."""
    return name.removesuffix("_")


class RuleError(ValueError):
    """A user-defined rule can't be applied to a definition."""


class When(Model):
    """The definitions that a rule applies to; all given conditions must hold. One on an unknown value does not hold."""

    family: str | tuple[str, ...] = ()
    """Patterns of the family, such as `*-prod`; one of them must match."""
    tag: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    """Patterns of the values of tags, by the tag's key; `*` matches any value."""
    role: str | tuple[str, ...] = ()
    """Roles of the sizing profile."""
    path: str | tuple[str, ...] = ()
    """Patterns of the file, as in a `.gitignore` in the repository's root."""
    launch_type: LaunchType | tuple[LaunchType, ...] = ()
    """Launch types; the definition must certainly have one of them."""
    schema: Mapping[str, Any] = field(default_factory=dict)
    """A JSON Schema that the task must certainly satisfy."""


class Rule(Model):
    """The part of a rule that a run needs. Unless raised elsewhere, it has one of `schema`, `assert` and `check`."""

    __pydantic_config__ = {**Model.__pydantic_config__, "alias_generator": key}

    code: str
    """An upper-case prefix and a number, such as `FIT101`; user-defined rules need another prefix than `FIT`."""
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
    """The definitions that the rule applies to: conditions, or an expression in CEL."""
    schema: Mapping[str, Any] = field(default_factory=dict)
    """JSON Schema that the target, with normalised values, must satisfy."""
    assert_: str = ""
    """Expression in CEL that must be true; it needs the extra `cel`."""
    check: str = ""
    """Python function: an entry point of the group `taskfit.rules`; of a built-in rule, `module:function` of its checks."""
    needs: tuple[str, ...] = ()
    """Names of fields, at any level: the rule does not run on a definition that has none of them."""
    at: str = ""
    """Keys from the target to the value that a failing `assert` points at; by default the first value that it reads."""
    message: str = ""
    """The message, with expressions in braces; by default the summary, or for a `schema` the validator's message."""
    set_: Mapping[str, Any] = field(default_factory=dict)
    """The fix: what to set, by keys from the target (`logConfiguration/logDriver`); `null` removes."""
    fixable: Literal["", "safe", "unsafe"] = ""
    """Whether `--fix` can fix what it reports, or only `--fix --unsafe-fixes`."""
    secret: bool = False
    """The reported value is a secret: no report prints the line of the file."""
    raised_by: Literal["rule", "reader", "engine"] = "rule"
    """What raises it; `rule` for user-defined rules."""
    opt_in: bool = False
    """Runs only if it is selected by its code or name."""
    audit: bool = False
    """Runs only in `taskfit audit`, which has more data than a file."""

    @property
    def is_built_in(self) -> bool:
        """Whether it is a built-in rule."""
        return self.code.startswith(RESERVED)
