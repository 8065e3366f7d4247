"""An audit for spreadsheets: one row a service."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from taskfit.audit.inventory import Service
from taskfit.escaping import inert
from taskfit.finding import Severity

if TYPE_CHECKING:
    from taskfit.audit.inventory import Inventory

Cell = str | int | float | None

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width, as OWASP lists them
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection)."""


_NOTHING = Service("", "", "", "", "", "", 0, 0)
"""Has the headings of every row."""


def render(inventory: Inventory) -> str:
    """The services with a line of headings; amounts in CPU units, MiB, USD/month, and shares of 1."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(_row(_NOTHING))
    writer.writerows(map(_inert, _row(service).values()) for service in inventory.services)
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
    for name in ("cpu_average", "cpu_maximum", "memory_average", "memory_maximum", "days", "source"):
        row[name] = use and getattr(use, name)
    now, then = service.monthly_usd, service.recommended_monthly_usd
    row |= {
        "monthly_usd": now,
        "recommended_monthly_usd": then,
        "difference_usd": None if now is None or then is None else round(then - now, 2),
    }
    for severity in Severity:
        row[f"{severity.value}s"] = sum(finding.severity is severity for finding in service.findings)
    return row


def _inert(value: Cell) -> Cell:
    if not isinstance(value, str):
        return value
    text = inert(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
