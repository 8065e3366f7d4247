"""The subject of user-defined rules: a definition with normalised values and derived facts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from taskfit.definition import Partial, TaskDefinition, Unknown
from taskfit.policy import task_fields
from taskfit.policy.normal import QUANTITIES, NormalDefinition
from taskfit.policy.validator import Plain
from taskfit.record import cached_property

if TYPE_CHECKING:
    from taskfit.policy.validator import Schema, Violation
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.facts import Facts

T = TypeVar("T")

_SIZE_TYPES = frozenset((str, int, Unknown))
"""Types of the task's own sizes before they are normalised."""


class Subject:
    """One definition as user-defined rules see it."""

    def __init__(self, facts: Facts, assess: Callable[[], Assessment | None]) -> None:
        self.facts = facts
        self._assess = assess
        self._made: dict[object, Any] = {}
        self.unknown: dict[str, list[str]] = {}
        """The unknown values that kept rules from being checked: the codes of the rules by the pointer of the value."""

    def once(self, key: object, make: Callable[[], T]) -> T:
        """A value derived from the definition, created once for all rules."""
        if key not in self._made:
            self._made[key] = make()
        found: T = self._made[key]
        return found

    def note_unknown(self, pointer: str, code: str) -> None:
        """Note that a rule could not be checked because of an unknown value."""
        codes = self.unknown.setdefault(pointer, [])
        if code not in codes:
            codes.append(code)

    @property
    def path(self) -> str:
        """The file, as messages show it; empty for a deployed definition."""
        return self.facts.path or ""

    @property
    def task(self) -> TaskDefinition:
        """The definition."""
        return self.facts.task

    @cached_property
    def violations(self) -> tuple[Violation, ...]:
        """Its violations of the model of the AWS API."""
        if self._has_right_types and task_fields.has_required(self.task):
            return ()
        return tuple(task_fields.violations(self.task, self._plain()))

    def satisfies_with_types(self, schema: Schema) -> bool:
        """Whether it has the types of AWS's model and satisfies a schema that also requires them."""
        data = self.task.data
        if isinstance(data, Partial) or not _SIZE_TYPES.issuperset([type(data.get(key, 0)) for key in QUANTITIES]):
            return False
        normal = NormalDefinition(self.task, self._plain)
        if not schema.accepts_raw(normal.task if self.task.has_unknowns else normal.values):
            return False
        self._has_right_types, self.normal = True, normal
        return True

    @cached_property
    def _has_right_types(self) -> bool:
        return task_fields.has_right_types(self.task, self._plain)

    def _plain(self) -> Plain:
        """The definition as it is written."""
        return self.once(Plain, lambda: Plain(self.task.data))

    @cached_property
    def normal(self) -> NormalDefinition:
        """Its normalised values."""
        return NormalDefinition(self.task, self._plain if self._has_right_types else None)

    @property
    def launch_types(self) -> frozenset[str]:
        """The launch types known for certain."""
        return self.facts.launch_types

    @property
    def assessment(self) -> Assessment | None:
        """The assessment of the sizing core; `None` if its role is not certain."""
        return self._assess()

    @property
    def role_name(self) -> str | None:
        """Its role in the sizing profile, if that is certain."""
        return self.assessment.role_name if self.assessment else None
