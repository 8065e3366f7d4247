"""An audit for spreadsheets: one row for each service."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from taskfit.auditing.inventory import Outlook, Scaling, Service
from taskfit.escaping import Cell, inert_cell
from taskfit.finding import Severity
from taskfit.reports.audit.parts import Document
from taskfit.sizing.observed import Use

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from taskfit.auditing.inventory import Inventory
    from taskfit.finding import Finding


_NOTHING = Service("", "", "", "", "", "", 0, 0)
"""A row without values, for the headings."""


def render(inventory: Inventory) -> str:
    """The services with a line of headings; amounts in CPU units, MiB, USD/month, and fractions."""
    document = CsvDocument()
    document.add(inventory)
    return "".join(document.chunks())


class CsvDocument(Document):
    """The same of an audit that comes in parts."""

    def row(self, service: Service, numbers: dict[Finding, int]) -> str:
        """The line of a service."""
        return _line([*map(inert_cell, _row(service).values()), None])

    def finding(self, finding: Finding) -> str:
        """Empty: the rows of services contain the numbers of their findings."""
        return ""

    def chunks(self) -> Iterator[str]:
        """The document in pieces."""
        headings = [*_row(_NOTHING), "failure"]
        yield _line(headings)
        yield from self.rows()
        # Failures get a row of their own, so that an incomplete table is not mistaken for a complete one.
        for failure in self.whole().report.failures:
            yield _line([*[None] * (len(headings) - 1), inert_cell(failure)])


def _line(cells: Sequence[Cell]) -> str:
    stream = io.StringIO()
    csv.writer(stream, lineterminator="\n").writerow(cells)
    return stream.getvalue()


def _row(service: Service) -> dict[str, Cell]:
    use = service.use
    row: dict[str, Cell] = {
        "account": service.account,
        "region": service.region,
        "cluster": service.cluster,
        "service": service.name,
        "definition": service.definition,
        "launch_type": service.launch_type,
        "desired": service.desired,
        "running": service.running,
        "role": service.role,
        "capacity": service.capacity,
        "unit": service.unit,
    }
    for name in ("declared", "needed", "recommended"):
        amount = getattr(service, name)
        row |= {f"{name}_cpu": amount and amount.cpu, f"{name}_memory": amount and amount.memory}
    advice, scaling, optimizer = service.advice, service.scaling, service.optimizer
    row |= {
        "tasks_in_place_of_one": advice and advice.tasks,
        "reasons": advice and " ".join(advice.reasons),
        "cpu_decided_by": advice and advice.cpu_decided_by,
        "memory_decided_by": advice and advice.memory_decided_by,
    }
    for name in Use._fields:
        row[name] = use and getattr(use, name)
    outlook = advice and advice.outlook
    for name in Outlook._fields:
        row[name if name.startswith("risk") else f"{name}_then"] = outlook and getattr(outlook, name)
    row |= {f"scaling_{name}": scaling and getattr(scaling, name) for name in Scaling._fields}
    now, then = service.monthly_usd, service.recommended_monthly_usd
    row |= {
        "monthly_usd": now,
        "recommended_monthly_usd": then,
        "difference_usd": None if now is None or then is None else round(then - now, 2),
        "saving_on_demand_usd": service.saving_on_demand_usd,
        "compute_optimizer": optimizer and optimizer.finding,
        "compute_optimizer_cpu": optimizer and optimizer.recommended and optimizer.recommended.cpu,
        "compute_optimizer_memory": optimizer and optimizer.recommended and optimizer.recommended.memory,
        "compute_optimizer_saving_usd": optimizer and optimizer.savings_usd,
    }
    for severity in Severity:
        row[f"{severity.value}s"] = sum(finding.severity is severity for finding in service.findings)
    return row
