"""`taskfit profile`: shows, lists and validates sizing profiles."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from taskfit.cli import options
from taskfit.cli.errors import usage_errors
from taskfit.escaping import inert_lines
from taskfit.reports.json import dump

if TYPE_CHECKING:
    from taskfit.sizing.profile import Profile


@click.command("profile", short_help="Show, list and validate sizing profiles.")
@click.argument("name", type=options.Profile(), metavar="[NAME or FILE]", required=False)
@click.option("--output-format", type=click.Choice(("text", "json")), default="text", show_default=True)
@usage_errors
def command(name: str | None, output_format: str) -> None:
    """Show a sizing profile, built in or in a file, which is validated; without a name, list the built-in ones."""
    from taskfit import api
    from taskfit.policy import bundled

    if name is None:
        profiles = bundled.profiles()
        if output_format == "json":
            click.echo(dump(list(profiles)), nl=False)
        for title, profile in profiles.items() if output_format == "text" else ():
            click.echo(f"{title}: {', '.join(profile.roles)} ({profile.source})")
        return
    profile = api.profile(name)
    if output_format == "json":
        from dataclasses import asdict

        click.echo(dump(asdict(profile)), nl=False)
        return
    for line in _text(profile):
        click.echo(inert_lines(line))


def _text(profile: Profile) -> Iterator[str]:
    yield f"{profile.name}" + (f" ({profile.source})" if profile.source else "")
    for name, role in profile.roles.items():
        yield ""
        spot = {True: "; may run on Spot", False: "; not on Spot", None: ""}[role.interruptible]
        yield f"{name}: capacity in {role.unit}, from {' or '.join(role.variables)}{spot}"
        if role.tiers:
            yield f"  {'tier':26}{'up to':>8}{'CPU units':>11}{'MiB':>8}"
        for tier in role.tiers:
            settings = ", ".join(tier.settings)
            yield f"  {tier.name:26}{tier.capacity:>8}{tier.cpu:>11}{tier.memory:>8}   {settings}".rstrip()
    yield ""
    for kind, default in profile.sidecars.items():
        yield f"required sidecar {kind}: {default.cpu} CPU units, {default.memory} MiB"
    for name, use in (("cpu", profile.cpu), ("memory", profile.memory)):
        yield f"{name} in use: target {use.target:.0%}, scale up {use.scale_up:.0%}, scale down {use.scale_down:.0%}"
    for name, load in profile.scenarios.items():
        yield f"scenario {name}: {', '.join(f'{amount} {unit}' for unit, amount in load.items())}"
