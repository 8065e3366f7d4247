"""An audit for people: a table of the services, what they cost in all, and the findings, one line each."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from taskfit.dimensions import Size
from taskfit.escaping import inert, inert_line, no_command, shortened
from taskfit.reports.terminal import BOLD, Painter, counted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskfit.auditing.inventory import Inventory, Service

NAME = 60
"""Characters of a name that are shown; the formats for programs have all."""

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


def render(inventory: Inventory, findings: str, *, color: bool) -> str:
    """The table and the totals, then the findings as another format has them."""
    paint = Painter(color)
    rows = [(f"{each.account} {each.region}".strip(), _row(each)) for each in inventory.services]
    widths = [max(len(row[column]) for row in (HEADINGS, *(row for _, row in rows))) for column in range(len(HEADINGS))]
    lines = [paint(_line(HEADINGS, widths), BOLD)] if rows else []
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
        yield f"Not in the totals: {counted(totals.unpriced, 'service')} whose cost is not known."
    if inventory.lacks_spot_discount:
        yield "What Spot takes off is unknown: set pricing.spot-discount-percent."
    if inventory.unpriced_regions:
        yield f"No prices are known for {', '.join(map(inert, inventory.unpriced_regions))}."
    if inventory.data_until:
        yield f"Measured until {inventory.data_until}."


def _has_spot(inventory: Inventory) -> bool:
    return any(service.is_on_spot for service in inventory.services)


def _spot(inventory: Inventory) -> str:
    """What Spot takes off, if a service runs on it and that is known."""
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
    """The size to go to, several of it beyond the largest tier."""
    advice = service.advice
    if advice is None or service.recommended is None:
        return "none fits" if advice else ""
    return f"{advice.tasks} x {_size(service.recommended)}" if advice.tasks > 1 else _size(service.recommended)


def _shares(average: float | None, maximum: float | None) -> str:
    """The average, and the maximum behind it."""
    return " to ".join(f"{share:.0%}" for share in (average, maximum) if share is not None)


def _usd(amount: float | None) -> str:
    return "" if amount is None else f"{amount:,.2f}"
