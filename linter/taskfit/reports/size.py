"""The sizing core's result as a table, which `taskfit size` and editors show."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.escaping import inert, inert_line
from taskfit.record import NamedTuple
from taskfit.sizing import wording

if TYPE_CHECKING:
    from taskfit.dimensions import Size
    from taskfit.sizing.expectation import Expectation, Packing
    from taskfit.sizing.prices import Pricing
    from taskfit.sizing.profile import Profile, Role


class Row(NamedTuple):
    """One row of the table."""

    name: str
    cpu: str
    """CPU units."""
    memory: str
    """MiB."""
    meaning: str = ""
    size: Size | None = None
    """The size, if it can be ordered."""
    tasks: int = 1
    """How many of that size."""


def rows(expectation: Expectation) -> Iterator[Row]:
    """The floor, the recommended size and the ceiling, in CPU units and MiB."""
    demand = expectation.demand
    yield Row("demand", wording.span(demand.cpu), wording.span(demand.memory))
    if (tier := expectation.tier) is not None:
        yield Row("tier", str(tier.cpu), str(tier.memory), f"{tier.name}, as published")
    yield _row("floor", expectation.floor, "less is too little")
    if (size := expectation.recommended) is not None:
        yield _row("recommended", size)._replace(size=size)
    if (ceiling := expectation.ceiling) is not None:
        yield _row("ceiling", ceiling, "more is waste")
    split = expectation.split
    if split is not None and split.size is not None:
        row = _row("split", split.size, f"each of {split.tasks} tasks for {split.capacity}")
        yield row._replace(size=split.size, tasks=split.tasks)


def _row(name: str, size: Size, meaning: str = "") -> Row:
    return Row(name, str(size.cpu), str(size.memory), meaning)


def render(
    expectation: Expectation, profile: Profile, pricing: Pricing, packing: Packing | None, *, with_sidecars: bool
) -> str:
    """The table with its assumptions, and the packing of the capacity into tasks of a tier if requested."""
    lines = [inert_line(line) for line in _lines(expectation, profile, pricing, with_sidecars=with_sidecars)]
    if packing:
        lines += ["", inert(_packing_line(packing))]
    return "".join(f"{line}\n" for line in lines)


def _lines(expectation: Expectation, profile: Profile, pricing: Pricing, *, with_sidecars: bool) -> Iterator[str]:
    role = profile.roles[expectation.role]
    yield wording.headline(expectation, profile)
    yield ""
    yield f"{'':14}{'CPU units':>14}{'MiB':>16}"
    for row in rows(expectation):
        remark = "; ".join(filter(None, (row.meaning, _cost(row, pricing))))
        yield f"  {row.name:12}{row.cpu:>14}{row.memory:>16}   {remark}".rstrip()
    yield from _ways(expectation, role, pricing)
    yield ""
    yield f"  demand, CPU units: {wording.terms(role.cpu) or 'the profile says nothing'}"
    yield f"  demand, MiB:       {wording.terms(role.memory) or 'the profile says nothing'}"
    for kind, default in profile.sidecars_of(expectation.role).items() if with_sidecars else ():
        yield f"  sidecar {kind}:      {default.cpu} CPU units, {default.memory} MiB"


def _ways(expectation: Expectation, role: Role, pricing: Pricing) -> Iterator[str]:
    """The cost of the recommended task for each pricing option, on both architectures."""
    if (size := expectation.recommended) is None:
        return
    yield ""
    yield f"  {'$ a month':12}{'x86_64':>14}{'ARM64':>16}"
    for way in pricing.ways(size.cpu, size.memory):
        basis = way.basis
        if way.name == "Spot" and role.interruptible is False:
            basis = f"not for a {expectation.role}, which must not be interrupted"
        amounts = ["?" if usd is None else f"{usd:.2f}" for usd in (way.x86, way.arm)]
        yield f"  {way.name:12}{amounts[0]:>14}{amounts[1]:>16}   {basis}"


def _cost(row: Row, pricing: Pricing) -> str:
    if row.size is None:
        return ""
    one = pricing.monthly_usd(row.size.cpu, row.size.memory)
    if one is None:
        return f"no price is known for {pricing.region}"
    usd = row.tasks * one
    if row.tasks > 1:
        return f"together ${usd:.2f} a month in {pricing.region}"
    discount = f", less {pricing.discount:.0%}" if pricing.discount else ""
    return f"${usd:.2f} a month in {pricing.region} (prices of {pricing.prices.as_of}{discount})"


def _packing_line(packing: Packing) -> str:
    return (
        f"  packed into {packing.tier}: {packing.containers} tasks, {packing.cpu} CPU units, {packing.memory} MiB in all, "
        f"{packing.efficiency:g}% of their capacity used"
    )
