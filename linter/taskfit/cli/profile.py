"""`taskfit profile`: shows, lists, starts, tests and fits sizing profiles."""

from __future__ import annotations

from pathlib import Path

import click

from taskfit.cli import options
from taskfit.cli.errors import usage_errors
from taskfit.cli.group import GroupWithDefault
from taskfit.reports.json import dump

format_option = click.option(
    "--output-format", type=click.Choice(("text", "json")), default="text", show_default=True, help="How to print."
)


@click.group("profile", cls=GroupWithDefault, short_help="Show, start, test and fit sizing profiles.")
def command() -> None:
    """Show a sizing profile: taskfit profile [NAME or FILE].

    A file is validated; without a name, the built-in profiles are listed.
    """


@command.command("show", hidden=True)
@click.argument("name", type=options.Profile(), metavar="[NAME or FILE]", required=False)
@format_option
@usage_errors
def show(name: str | None, output_format: str) -> None:
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

    click.echo(report.render(profile, bundled.fargate().smallest), nl=False)


@command.command("test", short_help="Run the worked cases of a profile.")
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@click.pass_context
@usage_errors
def test(ctx: click.Context, file: Path, output_format: str) -> None:
    """Run the worked cases of the profile in FILE; what came out otherwise is shown, and the exit status is 1."""
    from taskfit.profiles.cases import run_cases
    from taskfit.reports import profile_cases

    outcomes = run_cases(file)
    text = dump(profile_cases.data(outcomes)) if output_format == "json" else profile_cases.render(str(file), outcomes)
    click.echo(text, nl=False)
    ctx.exit(int(any(each.differences for each in outcomes)))
