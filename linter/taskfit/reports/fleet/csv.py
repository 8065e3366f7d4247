"""A fleet as a table for spreadsheets: one row for each role and load."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from taskfit.escaping import Cell, inert_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskfit.engine.fleet import Fleet

COLUMNS = (
    *("scenario", "role", "unit", "answer", "need", "have", "have_least", "missing", "spare", "least_tasks", "tasks"),
    *("monthly_usd", "add_tier", "add_containers", "add_monthly_usd"),
    *("raise_definition", "raise_to", "raise_monthly_usd", "monthly_usd_after"),
)


def render(fleet: Fleet) -> str:
    """The table with its headings; unknown values are empty."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows([inert_cell(value) for value in row] for row in _rows(fleet))
    return stream.getvalue()


def _rows(fleet: Fleet) -> Iterator[tuple[Cell, ...]]:
    for outcome in fleet.outcomes:
        for role in outcome.roles:
            added, raised = role.addition, role.raised
            yield (
                *(outcome.scenario, role.role, role.unit, role.answer, role.need, role.have, role.have_least),
                *(role.missing, role.spare, role.least_tasks, role.tasks, role.monthly_usd),
                *((added.packing.tier, added.packing.containers, added.monthly_usd) if added else (None, None, None)),
                *((raised.definition, raised.wanted, raised.monthly_usd) if raised else (None, None, None)),
                role.after_usd,
            )
