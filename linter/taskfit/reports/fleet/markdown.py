"""A fleet as Markdown, for a pull request or a page of a wiki."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.reports.fleet.text import ANSWERS, money
from taskfit.reports.markdown import prose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskfit.engine.fleet import Fleet
    from taskfit.sizing.fleet import RoleOutcome


def render(fleet: Fleet) -> str:
    """A table for each load, with the missing capacity and the cost, USD/month."""
    return "\n".join(_lines(fleet)) + "\n"


def _lines(fleet: Fleet) -> Iterator[str]:
    for outcome in fleet.outcomes:
        load = ", ".join(f"{amount} {unit}" for unit, amount in outcome.load.items())
        yield f"### {prose(outcome.scenario)} ({prose(load)}): {ANSWERS[outcome.answer]}\n"
        yield "| role | needed | there | missing | tasks | $ a month | to add | $ a month with it |"
        yield "|---|---:|---:|---:|---:|---:|---|---:|"
        yield from (f"| {' | '.join(_cells(role))} |" for role in outcome.roles)
        yield ""
    yield f"Sizes by the {prose(fleet.profile)} profile; prices on Fargate in {fleet.region} of {fleet.prices_as_of}."


def _cells(role: RoleOutcome) -> Iterator[str]:
    tasks = str(role.tasks) if role.least_tasks == role.tasks else f"{role.least_tasks} to {role.tasks}"
    yield prose(role.role)
    yield f"{role.need} {prose(role.unit)}"
    yield f"{role.have}{'' if role.is_exact else ' + ?'}"
    yield str(role.missing or "-")
    yield tasks
    yield money(role.monthly_usd)
    yield _ways(role)
    yield money(role.after_usd)


def _ways(role: RoleOutcome) -> str:
    added, raised = role.addition, role.raised
    ways = [f"{added.packing.containers} × {prose(added.packing.tier)}"] if added else []
    ways += [f"{prose(raised.definition)} from {raised.tasks} to {raised.wanted}"] if raised else []
    return " or ".join(ways)
