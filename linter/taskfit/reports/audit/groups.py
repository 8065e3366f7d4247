"""The cost of groups of services."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.auditing.inventory import totals
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from taskfit.auditing.inventory import Service, Totals

MOST = 8
"""The most groups that are listed; the others are summed up."""


class Group(NamedTuple):
    """Services that have something in common."""

    name: str
    place: str
    """Its account and region, if the name does not contain them."""
    totals: Totals
    share: float
    """Of 1: its declared cost beside that of the dearest group."""
    share_after: float
    """The same as recommended."""


def groups(services: Iterable[Service], common: Callable[[Service], tuple[str, str]]) -> list[Group]:
    """The groups with a known cost, by name and place, the most expensive first."""
    members: dict[tuple[str, str], list[Service]] = {}
    for service in services:
        if service.cluster:
            members.setdefault(common(service), []).append(service)
    costs = {name: totals(some) for name, some in members.items()}
    ordered = sorted((item for item in costs.items() if item[1].priced), key=lambda item: (-item[1].declared, item[0]))
    if len(ordered) > MOST:
        others = [service for name, _ in ordered[MOST - 1 :] for service in members[name]]
        ordered = [*ordered[: MOST - 1], ((f"{len(ordered) - MOST + 1} others", ""), totals(others))]
    most = max((max(each.declared, each.recommended) for _, each in ordered), default=0.0) or 1.0
    return [Group(*name, each, each.declared / most, each.recommended / most) for name, each in ordered]
