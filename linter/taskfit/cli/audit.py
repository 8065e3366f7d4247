"""`taskfit audit`: the same checks on what is deployed, with what it costs and what it uses."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from importlib.util import find_spec
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from taskfit.cli import audit_outputs, output
from taskfit.cli.errors import usage_errors
from taskfit.cli.options import (
    assumption_options,
    configuration_options,
    format_options,
    given_settings,
    rule_options,
    run_options,
    split,
)
from taskfit.extras import installation
from taskfit.reports.terminal import wants_color

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskfit.sources.files import File

LIBRARIES = ("jinja2", "pygal")
"""The libraries that the page needs."""

ORGANIZATION_ROLE = "OrganizationAccountAccessRole"
"""The role that AWS Organizations creates in each account it creates."""

ASKING = (
    *("aws_profile", "region", "role_arn", "organization", "role_name", "clusters", "families", "all_revisions"),
    *("days", "period", "save", "resume"),
)
"""Options that only apply when AWS is queried."""


def _names(option: str, words: str) -> Callable[[Any], Any]:
    return click.option(option, metavar="NAMES", multiple=True, callback=split, help=words)


@click.command("audit", cls=output.Command, short_help="Check what is deployed in AWS.")
@_names("--region", "AWS regions.  [default: AWS's own configuration]")
@click.option("--aws-profile", metavar="NAME", help="Profile of AWS's own configuration.")
@click.option("--role-arn", multiple=True, metavar="ARN", help="Role to assume; several for several accounts.")
@click.option("--organization", is_flag=True, help="Every active account of the caller's organization.")
@click.option(
    "--role-name",
    metavar="NAME",
    help="Role to assume in the accounts of the organization.  [default: OrganizationAccountAccessRole]",
)
@_names("--clusters", "Services of these clusters (prod-*) only.")
@_names("--families", "Families (web-*) instead of services: the newest revision.")
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
@click.option("--save", metavar="DIR", help="Folder to store the answers of AWS in, as they arrive.")
@click.option("--resume", is_flag=True, help="Continue with the answers in the folder of --save.")
@click.option("--from", "source", metavar="DIR", help="Read saved answers instead of asking AWS.")
@click.option("--against", multiple=True, metavar="PATH", help="Compare with the definitions in a repository.")
@rule_options
@assumption_options
@configuration_options
@format_options(audit_outputs.ALL_FORMATS)
@run_options
@usage_errors
def command(**options: Any) -> None:
    """Check the task definitions that are deployed in AWS, or in saved answers of it.

    Shows for each service what it declares, needs, uses and costs. Only reads from AWS. Exit status: 0 nothing found,
    1 findings, 2 something could not be read.
    """
    from taskfit import audits, session
    from taskfit.policy import registry

    gc.enable()  # of thousands of accounts and definitions, what is in cycles would stay until the end
    outputs = output.outputs(options["formats"], options["files"])
    started = session.start(options["config_file"], isolated=options["isolated"], options=given_settings(options))
    settings = started.settings
    _require(outputs)
    color = wants_color(options["color"])
    pages = partial(registry.pages_of, entries=settings.rule_files)
    wanted = audit_outputs.AuditOutputs(outputs, settings.min_severity, pages, color=color, quiet=options["quiet"])
    with ExitStack() as stack:
        files, unsaved = _answers(options, stack)
        for part in audits.in_parts(started, files, options["against"]):
            wanted.add(part)
        output.write(wanted.texts(files), color=color)
    report, remarks = wanted.verdict(unsaved)
    output.end(report, remarks, settings.fail_on, exit_zero=options["exit_zero"])


def _require(outputs: Iterable[output.Output]) -> None:
    """Fail for a missing library or folder before AWS is queried."""
    for each in outputs:
        if each.path != output.STDOUT and not each.path.parent.is_dir():
            raise click.UsageError(f"can't write {each.path}: {each.path.parent} is not a folder")
    for library in LIBRARIES if any(each.format == "html" for each in outputs) else ():
        if find_spec(library) is None:
            raise ValueError(f"html needs {library}: {installation('html')}")


def _answers(options: Mapping[str, Any], stack: ExitStack) -> tuple[Sequence[File], list[str]]:
    """Saved answers, or those of AWS and why they could not be saved: a full disk must not lose the report.

    What is not to be saved lies in a folder of its own until the stack is closed, so that memory need not hold it.
    """
    if options["source"] is not None:
        from taskfit.auditing.saved import saved

        given = click.get_current_context().get_parameter_source
        if asking := next((name for name in ASKING if given(name) is not ParameterSource.DEFAULT), None):
            raise click.UsageError(f"--from asks nothing of AWS, so --{asking.replace('_', '-')} has no meaning")
        return saved(options["source"]), []
    if options["clusters"] and (options["families"] or options["all_revisions"]):
        raise click.UsageError(
            "--clusters chooses services; --families and --all-revisions look at definitions instead"
        )
    if options["resume"] and not options["save"]:
        raise click.UsageError("--resume needs --save, the folder to continue with")
    if options["role_name"] and not options["organization"]:
        raise click.UsageError(
            "--role-name is for the accounts of an --organization; --role-arn names a role by itself"
        )
    if options["period"] % 60:
        raise click.UsageError("--period has to be a multiple of 60 seconds, as CloudWatch keeps its measurements")
    from taskfit.auditing import aws

    scope = aws.Scope(
        profile=options["aws_profile"],
        regions=options["region"],
        roles=options["role_arn"],
        organization_role=(options["role_name"] or ORGANIZATION_ROLE) if options["organization"] else "",
        clusters=options["clusters"],
        families=options["families"],
        all_revisions=options["all_revisions"],
        days=options["days"],
        period=options["period"],
    )
    folder = options["save"] or stack.enter_context(TemporaryDirectory(prefix="taskfit-", ignore_cleanup_errors=True))
    with _progress() as progress:
        return aws.read(scope, folder, progress, resume=options["resume"])


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, which grows as more calls turn out to be needed."""
    if not sys.stderr.isatty():
        yield lambda _expected, _done: None
        return
    with click.progressbar(length=0, label="reading AWS", file=sys.stderr) as bar:

        def progress(expected: int, done: int) -> None:
            bar.length = (bar.length or 0) + expected
            bar.finished = False  # click considers a bar that was full once as finished
            bar.update(done)

        yield progress
