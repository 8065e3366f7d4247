"""A fleet as one JSON object."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.reports.json import dump

if TYPE_CHECKING:
    from taskfit.engine.fleet import Fleet


def render(fleet: Fleet) -> str:
    """The fleet as JSON; what is unknown is `null`."""
    return dump(fleet.as_dict())
