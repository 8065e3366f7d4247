"""`taskfit profile`: shows, lists and validates sizing profiles."""

from __future__ import annotations

import click

from taskfit.cli import options
from taskfit.cli.errors import usage_errors
from taskfit.reports.json import dump


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
    from taskfit.reports import profile as report

    click.echo(report.render(profile), nl=False)
