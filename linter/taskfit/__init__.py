"""taskfit knows how big an ECS task should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskfit.version import __version__

if TYPE_CHECKING:
    from taskfit.api import audit, check, fleet, merge, pack, right_size, size
    from taskfit.auditing.inventory import Inventory
    from taskfit.dimensions import Size
    from taskfit.engine.fleet import Fleet
    from taskfit.finding import Finding, Report, Severity
    from taskfit.sizing.expectation import Expectation, Packing
    from taskfit.sizing.profile import Profile

__all__ = [
    "Expectation",
    "Finding",
    "Fleet",
    "Inventory",
    "Packing",
    "Profile",
    "Report",
    "Severity",
    "Size",
    "__version__",
    "audit",
    "check",
    "fleet",
    "merge",
    "pack",
    "right_size",
    "size",
]

_FUNCTIONS = ("audit", "check", "fleet", "merge", "pack", "right_size", "size")
_HOMES = {
    **dict.fromkeys(_FUNCTIONS, "taskfit.api"),
    "Inventory": "taskfit.auditing.inventory",
    "Fleet": "taskfit.engine.fleet",
    "Finding": "taskfit.finding",
    "Report": "taskfit.finding",
    "Severity": "taskfit.finding",
    "Expectation": "taskfit.sizing.expectation",
    "Packing": "taskfit.sizing.expectation",
    "Size": "taskfit.dimensions",
    "Profile": "taskfit.sizing.profile",
}


def __getattr__(name: str) -> Any:
    # Lazy, because the command line pays for every import at every commit.
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
