"""`taskfit audit`: the same checks on what is deployed, with what it costs and what it uses."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from taskfit.cli import output
from taskfit.cli.check import FAIL_ON, fails
from taskfit.cli.errors import usage_errors
from taskfit.cli.options import LAUNCH_TYPES, Names, Profile, Selectors
from taskfit.reports import FORMATS

if TYPE_CHECKING:
    from taskfit.inventory import Inventory
    from taskfit.reports import Pages
    from taskfit.sources.files import File

OWN_FORMATS = ("text", "json", "csv", "html")
ALL_FORMATS = (*OWN_FORMATS, *(name for name in FORMATS if name not in OWN_FORMATS))

ASKING = ("aws_profile", "region", "role_arn", "clusters", "families", "all_revisions", "save")
"""Options that make no sense where nobody asks AWS."""


@click.command("audit", cls=output.Command, short_help="Check what is deployed in AWS.")
@click.option("--region", type=Names(), multiple=True, help="AWS regions.  [default: AWS's own configuration]")
@click.option("--aws-profile", metavar="NAME", help="Profile of AWS's own configuration.")
@click.option("--role-arn", multiple=True, metavar="ARN", help="Role to assume; several for several accounts.")
@click.option("--clusters", type=Names(), multiple=True, help="Services of these clusters (prod-*) only.")
@click.option(
    "--families", type=Names(), multiple=True, help="Families (web-*) instead of services: the newest revision."
)
@click.option("--all-revisions", is_flag=True, help="Every active revision, of the families or of all.")
@click.option(
    "--days",
    type=click.IntRange(0, 455),
    metavar="N",
    default=14,
    show_default=True,
    help="Days of metrics; 0 for none.",
)
@click.option(
    "--period",
    type=click.IntRange(60),
    metavar="N",
    default=3600,
    show_default=True,
    help="Seconds that one metric spans.",
)
@click.option("--save", metavar="DIR", help="Store the answers of AWS there.")
@click.option("--from", "source", metavar="DIR", help="Read saved answers instead of asking AWS.")
@click.option("--against", multiple=True, metavar="PATH", help="Compare with the definitions in a repository.")
@click.option("--select", type=Selectors(), multiple=True, help="Run these rules only: codes, code prefixes or names.")
@click.option("--extend-select", type=Selectors(), multiple=True, help="Run these rules besides.")
@click.option("--ignore", type=Selectors(), multiple=True, help="Don't run these rules.")
@click.option("--profile", type=Profile(), metavar="NAME|FILE", help="Sizing profile.")
@click.option("--role", metavar="ROLE", help="Role of every definition, from the profile.")
@click.option("--launch-type", type=click.Choice(LAUNCH_TYPES), help="Assumed where nothing tells.")
@click.option("--config", "config_file", type=click.Path(path_type=Path), help="Configuration file.")
@click.option("--isolated", is_flag=True, help="Use no configuration file.")
@click.option(
    "--output-format",
    "formats",
    type=click.Choice(ALL_FORMATS),
    multiple=True,
    help="How to print; several, each with an --output-file but one.  [default: text]",
)
@click.option(
    "--output-file",
    "files",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    multiple=True,
    help="Write there what the --output-format beside it says.",
)
@click.option("--min-severity", type=click.Choice(FAIL_ON[:3]), help="Least severity that is printed.  [default: note]")
@click.option("--no-ignores", is_flag=True, default=None, help="Report what labels, tags and configuration suppress.")
@click.option("--fail-on", type=click.Choice(FAIL_ON), help="Least severity that fails the run.  [default: warning]")
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever is found.")
@click.option("--jobs", type=click.IntRange(min=0), metavar="N", help="Processes; 0 chooses.  [default: 0]")
@click.option("--quiet", "-q", is_flag=True, help="Leave out the summary.")
@click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True)
@usage_errors
def command(**options: Any) -> None:
    """Check the task definitions that are deployed in AWS, or in saved answers of it.

    Tells for each service what it declares, needs, uses and costs. Calls of AWS only read. Exit status: 0 nothing found,
    1 findings, 2 something could not be read.
    """
    from taskfit import api

    outputs = output.outputs(options["formats"], options["files"])
    configuration = api.configure(".", options["config_file"], isolated=options["isolated"])
    configuration = configuration.with_options(_settings(options))
    files = _answers(options)
    inventory = api.audit_with(configuration, files, options["against"])
    shown = inventory.with_report(inventory.report.at_least(configuration.settings.min_severity))
    pages = partial(api.pages_of, files=configuration.settings.rules)
    show = _Show({file.name: file for file in files}, pages, options["quiet"])
    color = output.wants_color(options["color"])
    texts = {
        each.path: show(each.format or "text", shown, color=color and each.path == output.STDOUT) for each in outputs
    }
    output.write(texts, color=color)
    for remark in shown.report.remarks:
        click.echo(remark, err=True)
    for failure in inventory.report.failures:
        click.echo(f"error: {failure}", err=True)
    if inventory.report.failures:
        sys.exit(2)
    sys.exit(int(fails(inventory.report, configuration.settings.fail_on) and not options["exit_zero"]))


def _settings(options: Mapping[str, Any]) -> dict[str, Any]:
    names = ("profile", "role", "launch_type", "no_ignores", "fail_on", "jobs")
    given = {name: options[name] for name in names}
    if options["min_severity"]:
        from taskfit.finding import Severity

        given["min_severity"] = Severity(options["min_severity"])
    return given | {name: _flat(options[name]) for name in ("select", "extend_select", "ignore")}


def _flat(groups: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(name for group in groups for name in group)


def _answers(options: Mapping[str, Any]) -> list[File]:
    """Saved answers, or those of AWS."""
    if options["source"] is not None:
        from taskfit.sources import answers

        if asking := next((name for name in ASKING if options[name]), None):
            raise click.UsageError(f"--from asks nothing of AWS, so --{asking.replace('_', '-')} has no meaning")
        return answers.saved(options["source"])
    if options["clusters"] and (options["families"] or options["all_revisions"]):
        raise click.UsageError(
            "--clusters chooses services; --families and --all-revisions look at definitions instead"
        )
    from taskfit.sources import aws

    scope = aws.Scope(
        profile=options["aws_profile"],
        regions=_flat(options["region"]),
        roles=options["role_arn"],
        clusters=_flat(options["clusters"]),
        families=_flat(options["families"]),
        all_revisions=options["all_revisions"],
        days=options["days"],
        period=options["period"],
    )
    if options["save"]:
        aws.make_folder(options["save"])
    with _progress() as progress:
        files = aws.read(scope, progress)
    if options["save"]:
        aws.save(files, options["save"])
    return files


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, which grows as more calls turn out to be needed."""
    if not sys.stderr.isatty():
        yield lambda _expected, _done: None
        return
    with click.progressbar(length=0, label="reading AWS", file=sys.stderr) as bar:

        def progress(expected: int, done: int) -> None:
            bar.length = (bar.length or 0) + expected
            bar.finished = False  # click takes a bar that was full for one that stays so
            bar.update(done)

        yield progress


class _Show(NamedTuple):
    """Turns an inventory into text."""

    files: Mapping[str, File]
    """The answers, by name."""
    pages: Pages
    quiet: bool

    def __call__(self, name: str, inventory: Inventory, *, color: bool) -> str:
        """The inventory in a format."""
        if name == "text":
            from taskfit.reports import inventory_text

            return inventory_text.render(inventory, self._findings("concise", inventory, color=color), color=color)
        if name in OWN_FORMATS:
            try:
                text: str = import_module(f"taskfit.reports.inventory_{name}").render(inventory)
            except ModuleNotFoundError as error:
                raise ValueError(f"{name} needs {error.name}: pip install 'taskfit[aws]'") from None
            return text
        return self._findings(name, inventory, color=color)

    def _findings(self, name: str, inventory: Inventory, *, color: bool) -> str:
        from taskfit import reports

        return reports.render(
            name, inventory.report, sources=self._text_of, pages=self.pages, color=color, quiet=self.quiet
        )

    def _text_of(self, path: str) -> str | None:
        file = self.files.get(path)
        return file and file.text()
