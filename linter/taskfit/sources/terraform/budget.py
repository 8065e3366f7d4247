"""Limits of evaluation: locals that double a value exhaust the memory, and deep nesting exhausts the stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taskfit.sources.terraform.memory import Trail

MAX_STEPS = 20_000
"""Expressions evaluated for one reading, each use of a local or a variable counted in full."""
MAX_DEPTH = 100
"""Levels of expressions within expressions, through locals and variables."""


class Budget:
    """The steps and levels of one reading."""

    def __init__(self, trail: Trail) -> None:
        self.steps = 0
        self.refusals = 0
        """How often a limit was reached."""
        self._trail = trail
        self._depth = 0

    def has_room(self, size: int) -> bool:
        """Count some steps; return whether that many were left."""
        self.steps += size
        if self.steps > MAX_STEPS:
            self._refuse()
            return False
        return True

    def __enter__(self) -> bool:
        """Begin one level of evaluation; return whether the limit allows it."""
        self.steps += 1
        self._depth += 1
        has_room = self.steps <= MAX_STEPS and self._depth <= MAX_DEPTH + 1
        if not has_room:
            self._refuse()
        return has_room

    def __exit__(self, *_: object) -> None:
        self._depth -= 1

    def _refuse(self) -> None:
        self.refusals += 1
        self._trail.unrecorded += 1
