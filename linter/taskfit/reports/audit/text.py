"""An audit for people: a table of the services, their total cost, and the findings, one line each."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from taskfit.dimensions import Size
from taskfit.escaping import inert, inert_line, no_command, shortened
from taskfit.phrases import counted
from taskfit.reports.terminal import BOLD, Painter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskfit.auditing.inventory import Inventory, Service

NAME = 60
"""The most characters of a name that are shown; formats for programs contain all."""

HEADINGS = (
    "service",
    "tasks",
    "declared",
    "needed",
    "recommended",
    "cpu used",
    "memory used",
    "USD/month",
    "as recommended",
)

OPTIMIZER = "Compute Optimizer"
"""The heading of a column that is there if Compute Optimizer says something of a service; beside our own size."""


def render(inventory: Inventory, findings: str, *, color: bool) -> str:
    """The table and the totals, then the findings as another format has them."""
    paint = Painter(color)
    has_optimizer = any(each.optimizer for each in inventory.services)
    headings = _with(HEADINGS, OPTIMIZER, has_optimizer)
    rows = [
        (f"{each.account} {each.region}".strip(), _with(_row(each), _optimizer(each), has_optimizer))
        for each in inventory.services
    ]
    widths = [max(map(len, column)) for column in zip(headings, *(row for _, row in rows), strict=True)]
    lines = [paint(_line(headings, widths), BOLD)] if rows else []
    for place, members in groupby(rows, key=lambda row: row[0]):
        lines += [paint(inert_line(place), BOLD)] if place else []
        lines += [no_command(_line(row, widths)) for _, row in members]
    lines += ["", *_totals(inventory)] if rows else []
    return "".join(f"{line}\n" for line in lines) + ("\n" if rows else "") + findings


def _row(service: Service) -> tuple[str, ...]:
    use = service.use
    name = f"{service.cluster}/{service.name}" if service.cluster else service.definition
    return (
        f"  {shortened(name, NAME)}",
        f"{service.running}/{service.desired}" if service.cluster else "",
        _size(service.declared),
        _size(service.needed),
        _recommended(service),
        _shares(use.cpu_average, use.cpu_maximum) if use else "",
        _shares(use.memory_average, use.memory_maximum) if use else "",
        _usd(service.monthly_usd),
        _usd(service.recommended_monthly_usd),
    )


def _with(row: tuple[str, ...], cell: str, has_optimizer: bool) -> tuple[str, ...]:
    """A row with the cell of Compute Optimizer after our own recommendation, if there is such a column."""
    at = HEADINGS.index("recommended") + 1
    return (*row[:at], cell, *row[at:]) if has_optimizer else row


def _optimizer(service: Service) -> str:
    """The size that Compute Optimizer recommends, else its finding."""
    found = service.optimizer
    if found is None:
        return ""
    return _size(found.recommended) or shortened(found.finding, NAME).lower()


def _totals(inventory: Inventory) -> Iterator[str]:
    yield "Tasks: running/desired. Sizes: CPU units/MiB of one task. Used: average to maximum."
    totals = inventory.totals
    if inventory.price_regions:
        yield f"${totals.declared:,.2f} a month as declared, ${totals.recommended:,.2f} as recommended."
        if totals.cheaper:
            yield f"Save now: ${totals.less:,.2f} a month, in {counted(totals.cheaper, 'service')}."
        if totals.dearer:
            more = counted(totals.dearer, "service")
            yield f"Needed for the declared or measured load: ${totals.more:,.2f} a month more, in {more}."
        discount = f", less {inventory.discount:.0%}" if inventory.discount else ""
        regions = ", ".join(inventory.price_regions)
        yield f"Fargate on demand{discount}{_spot(inventory)}; prices of {inventory.prices_as_of} in {regions}."
    if totals.unpriced:
        elsewhere = f", {count} of them not on Fargate" if (count := inventory.off_fargate) else ""
        yield f"Not in the totals: {counted(totals.unpriced, 'service')} whose cost is not known{elsewhere}."
    yield from price_gaps(inventory)
    if days := {each.optimizer.as_of[:10] for each in inventory.services if each.optimizer}:
        yield f"Compute Optimizer: its first option for each service{_as_of(days)}."
    if inventory.data_until:
        yield f"Measured until {inventory.data_until}."


def price_gaps(inventory: Inventory) -> Iterator[str]:
    """The reasons for unknown costs, as sentences; services on EC2 need none."""
    if inventory.lacks_spot_discount:
        yield "What Spot takes off is unknown: set pricing.spot-discount-percent."
    lacking = inventory.unpriced_regions
    if without := [region for region in lacking if region not in inventory.price_regions]:
        yield f"No prices are known for {', '.join(map(inert, without))}."
    if partly := [region for region in lacking if region in inventory.price_regions]:
        yield f"Not all prices of ARM64, Windows and added storage are known for {', '.join(map(inert, partly))}."


def _as_of(days: set[str]) -> str:
    """The dates of Compute Optimizer's data, oldest first."""
    known = sorted(day for day in days if day)
    return f", of {' to '.join(dict.fromkeys((known[0], known[-1])))}" if known else ""


def _has_spot(inventory: Inventory) -> bool:
    return any(service.is_on_spot for service in inventory.services)


def _spot(inventory: Inventory) -> str:
    """The Spot discount, if it is known and a service runs on Spot."""
    if inventory.spot_discount is None or not _has_spot(inventory):
        return ""
    day = f" on {inventory.spot_as_of}" if inventory.spot_as_of else ""
    return f" (Spot less {inventory.spot_discount:.0%}{day})"


def _line(cells: Iterable[str], widths: Iterable[int]) -> str:
    first, *rest = (
        cell.rjust(width) if column else cell.ljust(width)
        for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join((first, *rest)).rstrip()


def _size(amount: Size | None) -> str:
    return f"{amount.cpu}/{amount.memory}" if amount else ""


def _recommended(service: Service) -> str:
    """The recommended size, with the number of tasks beyond the largest tier."""
    advice = service.advice
    if advice is None or service.recommended is None:
        return "none fits" if advice else ""
    return f"{advice.tasks} x {_size(service.recommended)}" if advice.tasks > 1 else _size(service.recommended)


def _shares(average: float | None, maximum: float | None) -> str:
    """The average, followed by the maximum."""
    return " to ".join(f"{share:.0%}" for share in (average, maximum) if share is not None)


def _usd(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.2f}"
