"""`taskfit diff`: what a change does to each task."""

from __future__ import annotations

import sys
from typing import Any, get_args

import click

from taskfit.cli import output
from taskfit.cli.errors import usage_errors
from taskfit.cli.options import (
    assumption_options,
    configuration_options,
    given_settings,
    output_file_option,
    rule_options,
    value_options,
)
from taskfit.cli.progress import progress
from taskfit.config.settings import FailOn
from taskfit.reports.diff import FORMATS


@click.command("diff", short_help="Show what a change does to each task.")
@click.argument("base", metavar="[BASE]", required=False)
@click.argument("head", metavar="[HEAD]", required=False)
@rule_options
@assumption_options
@value_options
@configuration_options
@click.option("--output-format", "output_as", type=click.Choice(FORMATS), default="text", show_default=True)
@output_file_option
@click.option(
    "--no-ignores", is_flag=True, default=None, help="Count what configuration, comments or a baseline hide, too."
)
@click.option(
    "--fail-on", type=click.Choice(get_args(FailOn)), help="Least severity that fails the run.  [default: warning]"
)
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if something is new.")
@usage_errors
def command(base: str | None, head: str | None, **options: Any) -> None:
    """Show what changed from BASE to HEAD: size, capacity, sidecars and monthly cost of each task, findings new and gone.

    BASE is the merge base with the upstream or main branch unless it is named, HEAD is the working tree. Exit status:
    0 no new finding, 1 new findings, 2 the run failed.
    """
    from taskfit import changes, session
    from taskfit.reports import diff as report

    started = session.start(options["config_file"], isolated=options["isolated"], options=given_settings(options))
    with progress(sys.stderr):
        found = changes.diff(started, base, head)
    output.write({options["output_file"]: report.render(options["output_as"], found)}, color=False)
    output.end(found.new, (), started.settings.fail_on, exit_zero=options["exit_zero"])
