"""A worked case of a profile, as data: the expected result for a definition, or for a role and a capacity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskfit.model import Model, ModelError
from taskfit.record import field
from taskfit.sizing.demand import Limits


class WorkedCase(Model):
    """A definition, or a role with a capacity, and the result that the profile must give."""

    name: str
    """What it shows."""
    definition: Mapping[str, Any] = field(default_factory=dict)
    """A task definition in the spelling of RegisterTaskDefinition; required fields may be missing."""
    role: str | None = None
    """The role; with a definition, the expected one. `none` for no role."""
    capacity: int | Mapping[str, int] | None = None
    """The capacity of one task, several factors by name; with a definition, the expected one."""
    sidecars: bool | tuple[str, ...] = True
    """Without a definition: which required kinds of sidecars are present at their default sizes; all
    with `true`. With `false` none is required."""
    floor: Limits | None = None
    """The expected floor: cpu, memory or both."""
    recommended: Limits | None = None
    """The expected recommended size."""
    findings: tuple[str, ...] | None = None
    """With a definition: the codes of all findings on its size and sidecars (FIT2 and FIT3), in any order."""

    def __post_init__(self) -> None:
        if not self.definition and self.role in (None, "none"):
            raise ModelError(((), "a case has a `definition`, or a `role` and its `capacity`"))
        if not self.definition and self.findings is not None:
            raise ModelError((("findings",), "only a `definition` has findings"))
        if not self.definition and not (self.floor or self.recommended):
            raise ModelError(((), "a case expects something: `floor`, `recommended`"))
