"""`taskfit profile`: shows, lists, starts, tests and fits sizing profiles."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from taskfit.cli import options
from taskfit.cli.errors import usage_errors
from taskfit.cli.group import DefaultCommand, GroupWithDefault
from taskfit.phrases import counted
from taskfit.reports.json import dump

format_option = click.option(
    "--output-format", type=click.Choice(("text", "json")), default="text", show_default=True, help="How to print."
)


@click.group("profile", cls=GroupWithDefault, short_help="Show, start, test and fit sizing profiles.")
def command() -> None:
    """Show a sizing profile: taskfit profile [NAME or FILE].

    A file is validated; without a name, the built-in profiles are listed.
    """


@command.command("show", cls=DefaultCommand, hidden=True)
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


@command.command("new", short_help="Start a profile from existing definitions.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.option("--name", default="my-team", show_default=True, help="Name of the profile.")
@options.configuration_options
@usage_errors
def new(paths: tuple[str, ...], name: str, config_file: Path | None, isolated: bool) -> None:
    """Start a profile from the task definitions in files and folders, with comments on what is left to decide.

    It is printed: `taskfit profile new . > sizing.yaml`. Exit status 2 says that something could not be read.
    """
    from taskfit import session
    from taskfit.engine import tasks
    from taskfit.escaping import inert
    from taskfit.profiles.start import start_profile

    started = session.start(config_file, isolated=isolated)
    found = started.discover(paths or (".",))
    ready = started.ready(found.files)
    failures = [*found.failures, *ready.failures]
    cases = [each.case for each in tasks.definitions(ready.runs, failures)]
    for failure in failures:
        click.echo(f"error: {inert(failure)}", err=True)
    if not cases:
        raise ValueError("no task definition found to start from")
    click.echo(start_profile(name, cases), nl=False)
    sys.exit(2 if failures else 0)


@command.command("test", short_help="Run the worked cases of a profile.")
@click.argument("file", type=click.Path(path_type=Path))
@format_option
@click.pass_context
@usage_errors
def test(ctx: click.Context, file: Path, output_format: str) -> None:
    """Run the worked cases of the profile in FILE; differences are printed, and the exit status is 1."""
    from taskfit.profiles.cases import run_cases
    from taskfit.reports import profile_cases

    outcomes = run_cases(file)
    text = dump(profile_cases.data(outcomes)) if output_format == "json" else profile_cases.render(str(file), outcomes)
    click.echo(text, nl=False)
    ctx.exit(int(any(each.differences for each in outcomes)))


@command.command("fit", short_help="Propose coefficients from observed use.")
@click.argument("answers", type=click.Path(exists=True))
@click.option("--profile", "name", type=options.Profile(), metavar="NAME|FILE", required=True, help="Profile to fit.")
@click.option("--write", is_flag=True, help="Write what was found into the profile's file.")
@format_option
@usage_errors
def fit(answers: str, name: str, write: bool, output_format: str) -> None:
    """Propose coefficients from the use of services in ANSWERS, the folder that `taskfit audit --save` stored.

    A service's highest use counts as what its declared capacity needs. A robust linear fit, with the error of each
    coefficient; nothing is written without --write.
    """
    from taskfit.auditing.saved import saved
    from taskfit.config.settings import Configuration
    from taskfit.escaping import inert
    from taskfit.policy.profiles import load_profile
    from taskfit.preparation import prepare
    from taskfit.profiles import fitting
    from taskfit.reports import profile_fit

    profile = load_profile(name)
    if write and not Path(name).is_file():
        raise ValueError(f"--write changes a file, and {name} is built in")
    points, failures = fitting.observe(saved(answers), prepare(Configuration().with_options({"profile": name})))
    for failure in failures:
        click.echo(f"error: {inert(failure)}", err=True)
    fits = fitting.fit(profile, points)
    click.echo(dump(profile_fit.data(fits)) if output_format == "json" else profile_fit.render(fits), nl=False)
    if write:
        from taskfit.profiles.rewriting import write_fits

        changed = write_fits(Path(name), profile, fits)
        click.echo(f"{inert(name)}: {counted(changed, 'amount')} written", err=True)
