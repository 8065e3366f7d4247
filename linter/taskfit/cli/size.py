"""`taskfit size`: what the sizing core recommends for a role and capacity, without any file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from taskfit.cli.errors import usage_errors
from taskfit.cli.options import as_dict, assignment, configuration_options, profile_option
from taskfit.record import replace
from taskfit.reports.json import dump


def capacity_value(value: str) -> int | dict[str, int]:
    """A capacity as a number (`10`), or as several factors (`workers=4,threads=2`)."""
    if "=" not in value:
        return _number(value)
    return {name: _number(text) for name, text in map(assignment, value.split(","))}


def _number(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if number < 1:
        raise click.BadParameter(f"{text!r} is not a whole number of at least 1")
    return number


class _Command(click.Command):
    """Shows how to join factors that are given as several arguments."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        extra = super().parse_args(ctx, args)
        if extra and not ctx.resilient_parsing:
            hint, capacity = "", ctx.params["capacity"]
            if isinstance(capacity, dict) and all("=" in argument for argument in extra):
                factors = [f"{name}={number}" for name, number in capacity.items()]
                hint = f". Join the factors with commas: {','.join((*factors, *extra))}"
            ctx.fail(f"Got unexpected extra argument{'s' if len(extra) > 1 else ''} ({' '.join(extra)}){hint}")
        return extra


@click.command(
    "size", cls=_Command, context_settings={"allow_extra_args": True}, short_help="Show how big a task must be."
)
@click.argument("role")
@click.argument("capacity", type=capacity_value, metavar="CAPACITY")
@click.option("--no-sidecars", is_flag=True, help="Assume that no sidecar is required or present.")
@click.option(
    "--variant",
    "variants",
    type=assignment,
    metavar="NAME=CASE",
    multiple=True,
    callback=as_dict,
    help="What kind of work the task does, such as protocol=gRPC.",
)
@click.option("--packing", "tier", metavar="TIER", help="Also pack the capacity into tasks of this tier.")
@profile_option
@click.option("--region", metavar="REGION", help="AWS region whose prices count.  [default: us-east-1]")
@configuration_options
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", show_default=True)
@usage_errors
def command(  # noqa: PLR0913
    *,
    role: str,
    capacity: int | dict[str, int],
    no_sidecars: bool,
    variants: dict[str, str],
    tier: str | None,
    profile: tuple[str, ...],
    region: str | None,
    config_file: Path | None,
    isolated: bool,
    output_format: str,
) -> None:
    """Show how big a task of ROLE must be for a CAPACITY in agents, connections or what else its role counts.

    Where the profile multiplies several factors, CAPACITY gives each: workers=4,threads=2.

    The profile and the prices are those of the configuration. The profile's required sidecars are assumed to be present at
    their default sizes.
    """
    from taskfit import api, session

    options: dict[str, Any] = {"profile": profile}
    if region is not None:
        prices = session.start(config_file, isolated=isolated).settings.pricing
        options["pricing"] = replace(prices, region=region)
    configuration, run = session.start(config_file, isolated=isolated, options=options).setup()
    chosen, pricing = configuration.settings.profile, run.policy.pricing
    expectation = api.size(role, capacity, profile=chosen, sidecars=not no_sidecars, variants=variants)
    packing = api.pack(role, expectation.capacity, tier, profile=chosen) if tier else None
    if output_format == "json":
        data = expectation.as_dict() | ({"packing": packing.as_dict()} if packing else {})
        click.echo(dump(data), nl=False)
        return
    from taskfit.preparation import profile_of
    from taskfit.reports import size

    text = size.render(
        expectation, profile_of(run.policy.profiles, role), pricing, packing, with_sidecars=not no_sidecars
    )
    click.echo(text, nl=False)
