"""The fix of a user-defined rule: the changes of its `set:`, in terms of the definition."""

from __future__ import annotations

from typing import Any

from taskfit.definition import Partial, TaskDefinition, Unknown, escape, split_pointer
from taskfit.finding import Change, Proposal
from taskfit.policy.normal import QUANTITIES
from taskfit.policy.rule import Rule
from taskfit.policy.validator import Path, pointer


def proposal(rule: Rule, task: TaskDefinition, base: Path) -> Proposal | None:
    """The changes of a rule's `set:` at a target; `None` without one, and if a value there is unknown."""
    if base[:1] == ("services",):  # which is not part of the definition
        return None
    changes = [_change(task, base, keys, value) for keys, value in rule.set_.items()]
    wanted = [change for change in changes if change is not None]
    if not wanted or len(wanted) < len(changes):
        return None
    return Proposal("safe" if rule.fixable == "safe" else "unsafe", tuple(wanted))


def _change(task: TaskDefinition, base: Path, keys: str, value: Any) -> Change | None:
    """The change that sets the value at some keys below a target; `null` removes it."""
    if not base and keys in QUANTITIES and isinstance(value, int):
        value = str(value)  # the API accepts the task's own sizes as strings
    found: Any = task.data
    steps = (*map(str, base), *split_pointer(f"/{keys}"))
    for position, step in enumerate(steps):
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        elif isinstance(found, dict) and step in found:
            found = found[step]
        elif isinstance(found, dict) and not isinstance(found, Partial) and value is not None:
            missing = steps[position + 1 :]
            return Change("add", "".join(f"/{escape(each)}" for each in steps[: position + 1]), _nested(missing, value))
        else:
            return None
        if isinstance(found, Unknown):
            return None
    place = pointer(steps)
    return Change("remove", place) if value is None else Change("replace", place, value)


def _nested(keys: tuple[str, ...], value: Any) -> Any:
    for key in reversed(keys):
        value = {key: value}
    return value
