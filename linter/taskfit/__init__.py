"""taskfit knows how big an ECS task should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskfit.version import __version__

if TYPE_CHECKING:
    from taskfit.api import check, fleet, size
    from taskfit.engine.fleet import Fleet
    from taskfit.finding import Report
    from taskfit.sizing.expectation import Expectation

__all__ = ["Expectation", "Fleet", "Report", "__version__", "check", "fleet", "size"]

_HOMES = {
    "check": "taskfit.api",
    "fleet": "taskfit.api",
    "size": "taskfit.api",
    "Fleet": "taskfit.engine.fleet",
    "Report": "taskfit.finding",
    "Expectation": "taskfit.sizing.expectation",
}


def __getattr__(name: str) -> Any:
    # Lazy, because the command line pays for every import at every commit.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
