"""Reports of a fleet, one module a format."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taskfit.engine.fleet import Fleet

FORMATS = ("text", "json", "csv", "markdown", "html")
"""Each a module of this package."""


def render(name: str, fleet: Fleet) -> str:
    """The fleet in one of `FORMATS`, ready to be written."""
    text: str = import_module(f"taskfit.reports.fleet.{name}").render(fleet)
    return text
