"""`taskfit size`: what the sizing core expects, without any file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from taskfit.cli.errors import usage_errors
from taskfit.cli.options import configuration_options, profile_option
from taskfit.escaping import inert
from taskfit.reports.json import dump
from taskfit.sizing import wording

if TYPE_CHECKING:
    from taskfit.sizing.expectation import Expectation, Packing
    from taskfit.sizing.prices import Pricing
    from taskfit.sizing.profile import Profile


class Capacity(click.IntRange):
    """Agents, connections, or what else a role counts."""

    name = "whole number"


@click.command("size", short_help="Say how big a task has to be.")
@click.argument("role")
@click.argument("capacity", type=Capacity(min=1))
@click.option("--no-sidecars", is_flag=True, help="No sidecar is required and none is there.")
@click.option("--packing", "tier", metavar="TIER", help="Also pack the capacity into tasks of this tier.")
@profile_option
@click.option("--region", metavar="REGION", help="AWS region whose prices count.  [default: us-east-1]")
@configuration_options
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", show_default=True)
@usage_errors
def command(  # noqa: PLR0913
    *,
    role: str,
    capacity: int,
    no_sidecars: bool,
    tier: str | None,
    profile: str | None,
    region: str | None,
    config_file: Path | None,
    isolated: bool,
    output_format: str,
) -> None:
    """Say how big a task of ROLE has to be for a CAPACITY in agents or connections.

    The profile and the prices are those of the configuration. The profile's required sidecars are assumed to be there at
    their default sizes.
    """
    from taskfit import api
    from taskfit.session import prepare

    configuration = api.configure(".", config_file, isolated=isolated).with_options({"profile": profile})
    if region is not None:
        prices = replace(configuration.settings.pricing, region=region)
        configuration = configuration.with_options({"pricing": prices})
    policy, profile = prepare(configuration).policy, configuration.settings.profile
    sizing, pricing = policy.profile, policy.pricing
    expectation = api.size(role, capacity, profile=profile, sidecars=not no_sidecars)
    packing = api.pack(role, capacity, tier, profile=profile) if tier else None
    if output_format == "json":
        data = expectation.as_dict() | ({"packing": packing.as_dict()} if packing else {})
        click.echo(dump(data), nl=False)
        return
    for line in _text(expectation, sizing, pricing, with_sidecars=not no_sidecars):
        click.echo(inert(line))
    if packing:
        click.echo(f"\n{inert(_packing_line(packing))}")


def _text(expectation: Expectation, profile: Profile, pricing: Pricing, *, with_sidecars: bool) -> Iterator[str]:
    role = profile.roles[expectation.role]
    yield wording.headline(expectation, profile)
    yield ""
    yield f"{'':14}{'CPU units':>14}{'MiB':>16}"
    for name, cpu, memory, remark in _rows(expectation, pricing):
        yield f"  {name:12}{cpu:>14}{memory:>16}   {remark}".rstrip()
    yield ""
    yield f"  demand, CPU units: {wording.terms(role.cpu)}"
    yield f"  demand, MiB:       {wording.terms(role.memory)}"
    for kind, default in profile.sidecars.items() if with_sidecars else ():
        yield f"  sidecar {kind}:      {default.cpu} CPU units, {default.memory} MiB"


def _rows(expectation: Expectation, pricing: Pricing) -> Iterator[tuple[str, str, str, str]]:
    demand = expectation.demand
    yield "demand", wording.span(demand.cpu), wording.span(demand.memory), ""
    if (tier := expectation.tier) is not None:
        yield "tier", str(tier.cpu), str(tier.memory), f"{tier.name}, as published"
    yield "floor", str(expectation.floor.cpu), str(expectation.floor.memory), "less is too little"
    if (size := expectation.recommended) is not None:
        cost = f"${pricing.monthly_usd(size.cpu, size.memory):.2f} a month in {pricing.region}"
        discount = f", less {pricing.discount:.0%}" if pricing.discount else ""
        yield "recommended", str(size.cpu), str(size.memory), f"{cost} (prices of {pricing.prices.as_of}{discount})"
    if (ceiling := expectation.ceiling) is not None:
        yield "ceiling", str(ceiling.cpu), str(ceiling.memory), "more is waste"
    split = expectation.split
    if split is not None and split.size is not None:
        total = split.tasks * pricing.monthly_usd(split.size.cpu, split.size.memory)
        remark = f"each of {split.tasks} tasks for {split.capacity}; together ${total:.2f} a month in {pricing.region}"
        yield "split", str(split.size.cpu), str(split.size.memory), remark


def _packing_line(packing: Packing) -> str:
    return (
        f"  packed into {packing.tier}: {packing.containers} tasks, {packing.cpu} CPU units, {packing.memory} MiB in all, "
        f"{packing.efficiency:g} % of their capacity used"
    )
