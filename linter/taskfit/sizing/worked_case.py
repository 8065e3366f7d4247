"""A worked case of a profile, as data: what it expects of a definition, or of a role and a capacity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskfit.model import Model, ModelError
from taskfit.record import field
from taskfit.sizing.demand import Limits


class WorkedCase(Model):
    """A definition, or a role with a capacity, and what the profile has to make of it."""

    name: str
    """What it shows."""
    definition: Mapping[str, Any] = field(default_factory=dict)
    """A task definition in the spelling of RegisterTaskDefinition; what it lacks for that does not matter here."""
    role: str | None = None
    """The role, which of a definition is to come out; `none` for no role."""
    capacity: int | Mapping[str, int] | None = None
    """The capacity of one task, of several factors by name; of a definition it is to come out."""
    sidecars: bool | tuple[str, ...] = True
    """Without a definition: the kinds of sidecars that are there at their default sizes, of those that are required; all
    with `true`. With `false` none is required."""
    floor: Limits | None = None
    """The least size that is to come out: cpu, memory or both."""
    recommended: Limits | None = None
    """The right size that is to come out."""
    findings: tuple[str, ...] | None = None
    """Of a definition: the codes of all findings on its size and sidecars (FIT2 and FIT3), in any order."""

    def __post_init__(self) -> None:
        if not self.definition and self.role in (None, "none"):
            raise ModelError(((), "a case has a `definition`, or a `role` and its `capacity`"))
        if not self.definition and self.findings is not None:
            raise ModelError((("findings",), "only a `definition` has findings"))
        if not self.definition and not (self.floor or self.recommended):
            raise ModelError(((), "a case expects something: `floor`, `recommended`"))
