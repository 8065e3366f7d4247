"""Whether a definition relies on parts that AWS has ended, or will."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.definition import known, objects, read
from taskfit.finding import Problem, Severity

if TYPE_CHECKING:
    from taskfit.case import Case
