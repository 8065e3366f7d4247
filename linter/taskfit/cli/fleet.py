"""`taskfit fleet`: whether definitions, with the tasks that run of them, carry a load."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from taskfit.cli import output
from taskfit.cli.errors import usage_errors
from taskfit.cli.options import (
    as_dict,
    assignment,
    given_settings,
    output_file_option,
    reading_options,
    standard_input,
)
from taskfit.cli.progress import progress
from taskfit.escaping import inert
from taskfit.reports.fleet import FORMATS, render


def amount(value: str) -> tuple[str, int]:
    """`NAME=N` with a whole number of at least 0."""
    name, text = assignment(value)
    if not (text.strip().isascii() and text.strip().isdigit() and len(text) < 12):
        raise click.BadParameter(f"{value!r} has to end with =N, a whole number of at least 0")
    return name, int(text)


def _amounts(option: str, words: str) -> Callable[[Any], Any]:
    return click.option(option, type=amount, metavar="NAME=N", multiple=True, callback=as_dict, help=words)


@click.command("fleet", short_help="Check whether definitions carry a load.")
@click.argument("paths", nargs=-1, type=click.Path(readable=False), metavar="[PATH]...")
@click.option("--scenario", "scenarios", metavar="NAME", multiple=True, help="A load of the profile.  [default: all]")
@_amounts("--load", "A load of your own, such as agents=200.")
@_amounts("--count", "Number of tasks of a family, such as web-worker=3.")
@click.option("--headroom", is_flag=True, help="Use tasks only up to the profile's target for CPU.")
@click.option(
    "--spare-tasks",
    type=click.IntRange(0, 10_000),
    default=0,
    metavar="N",
    help="Number of tasks of each role that may be down.",
)
@reading_options
@click.option("--output-format", type=click.Choice(FORMATS), default="text", show_default=True)
@output_file_option
@usage_errors
def command(paths: tuple[str, ...], **options: Any) -> None:
    """Show what load the task definitions in files and folders (default: this one) carry, what is missing, and what it costs.

    The number of tasks comes from the services in the same files, or from --count; without either, it is one. Exit status:
    0 the load is carried, 1 it is not, or that is unknown, 2 the run failed.
    """
    from taskfit import fleets, session

    names = paths or (".",)
    started = session.start(options["config_file"], isolated=options["isolated"], options=given_settings(options))
    stdin = standard_input(names, options["stdin_filename"])
    with progress(sys.stderr):
        fleet = fleets.collect(
            started,
            names,
            stdin,
            scenarios=options["scenarios"],
            load=options["load"],
            counts=options["count"],
            headroom=options["headroom"],
            spare_tasks=options["spare_tasks"],
        )
    if fleet.members or fleet.without_role or not fleet.failures or options["output_format"] != "text":
        output.write({options["output_file"]: render(options["output_format"], fleet)}, color=False)
    for remark in started.unused_values(options["var"], names, stdin):
        click.echo(inert(remark), err=True)
    for failure in fleet.failures:
        click.echo(f"error: {inert(failure)}", err=True)
    sys.exit(2 if fleet.failures else int(not fleet.is_enough))
