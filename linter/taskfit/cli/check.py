"""`taskfit check`: lints files and folders."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from taskfit import checking
from taskfit.cli import output
from taskfit.cli.errors import usage_errors
from taskfit.cli.options import (
    format_options,
    given_settings,
    reading_options,
    rule_options,
    run_options,
    standard_input,
)
from taskfit.cli.progress import progress
from taskfit.config.settings import Settings
from taskfit.escaping import inert
from taskfit.finding import Severity
from taskfit.paths import display
from taskfit.phrases import counted
from taskfit.record import replace
from taskfit.reports import FORMATS
from taskfit.reports.terminal import Painter, summary, wants_color

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskfit.cli.output import Output
    from taskfit.config.settings import Configuration
    from taskfit.engine.fixing import FixedFile
    from taskfit.finding import Report
    from taskfit.session import Session
    from taskfit.sources.files import File


@click.command("check", cls=output.Command, short_help="Lint task definitions.")
@click.argument("paths", nargs=-1, type=click.Path(readable=False), metavar="[PATH]...")
@rule_options
@reading_options
@click.option(
    "--baseline", type=click.Path(), metavar="FILE", help="File of known findings; only new or worse ones are reported."
)
@click.option("--write-baseline", is_flag=True, help="Write the current findings to the baseline.")
@click.option("--since", metavar="REF", help="Report only what is new or worse since the merge base with REF.")
@click.option(
    "--affected", is_flag=True, help="Also check what reads the files: the roots that use a module or a template."
)
@format_options(FORMATS)
@click.option("--statistics", is_flag=True, help="Count the findings of each rule instead of printing them.")
@click.option("--fix", is_flag=True, help="Apply safe fixes to the files.")
@click.option("--unsafe-fixes", is_flag=True, help="Also apply fixes that cost money, carry a risk or rest on a guess.")
@click.option("--diff", is_flag=True, help="Print what --fix would change, without changing it.")
@run_options
@click.option("--show-settings", is_flag=True, help="Print every setting and where it comes from, then exit.")
@click.option(
    "--verbose",
    "-v",
    is_flag=True,
    help="Print which configuration and profile are used, and which files are skipped and why.",
)
@usage_errors
def command(paths: tuple[str, ...], **options: Any) -> None:
    """Lint the ECS task definitions in files and folders (default: this one), or on standard input (-).

    Files without a task definition are skipped. Exit status: 0 nothing found, 1 findings, 2 the run failed.
    """
    from taskfit import session
    from taskfit.cli.brief import Checked

    outputs = output.outputs(options["formats"], options["files"])
    _refuse_conflicts(options, outputs)
    names = paths or (".",)
    output_format = options["formats"][0] if len(options["formats"]) == 1 else None
    given = {**given_settings(options), "output_format": output_format}
    checked = click.get_current_context().find_object(Checked)
    started = (
        checked.session
        if checked
        else session.start(options["config_file"], isolated=options["isolated"], options=given)
    )
    if options["show_settings"]:
        from taskfit.cli.settings import text

        click.echo(text(started.configuration_of(Path(names[0]))), nl=False)
        return
    settings = started.settings
    stdin = standard_input(names, options["stdin_filename"])
    failures: list[str] = []
    if options["diff"]:
        _show_diff(started, names, stdin, options)
    if options["fix"]:
        from taskfit.cli.fixes import apply

        fixed, _ = _fixed(started, names, stdin, options)  # the check below reports what could not be checked
        stdin, failures = apply(fixed, names, stdin, quiet=options["quiet"])
    with progress(sys.stderr, is_quiet=options["quiet"]):
        report = checked.report if checked else _report(started, names, stdin, options)
    if options["verbose"]:
        _print_configurations(started)
        for name, why in sorted(report.skipped):
            click.echo(inert(f"skipped {name}: {why}"), err=True)
    report = replace(report, failures=(*failures, *report.failures))
    shown = report.at_least(settings.min_severity)
    if not options["write_baseline"]:
        _print(shown, outputs, started, options, stdin)
    unused = () if options["force_exclude"] else started.unused_values(options["var"], names, stdin)
    remarks = () if options["quiet"] else (*shown.remarks, *unused, *_lenient(report, started.configuration))
    output.end(report, remarks, settings.fail_on, exit_zero=options["exit_zero"])


def _refuse_conflicts(options: Mapping[str, Any], outputs: Sequence[Output]) -> None:
    """Raise a usage error for options of which one would be ignored."""
    if options["statistics"] and (options["formats"] or len(outputs) > 1):
        raise click.UsageError(
            "--statistics takes the place of a format; it goes without --output-format and with one --output-file at most"
        )
    if options["formats"] or options["files"]:
        for name, what in (("write_baseline", "the baseline"), ("diff", "the changes, as text")):
            if options[name]:
                option = f"--{name.replace('_', '-')}"
                raise click.UsageError(
                    f"{option} writes only {what}; it goes without --output-format and --output-file"
                )
    if options["since"] is not None and any(options[name] for name in ("write_baseline", "fix", "diff")):
        raise click.UsageError("--since reports what is new; it goes without --write-baseline, --fix and --diff")
    if options["write_baseline"] and (options["fix"] or options["diff"]):
        raise click.UsageError("--write-baseline accepts the findings as they are; it goes without --fix and --diff")


def _fixed(
    started: Session, names: Sequence[str], stdin: File | None, options: Mapping[str, Any]
) -> tuple[list[FixedFile], list[str]]:
    """The files that their fixes would change, and the failures of others."""
    from taskfit import fixes

    failures: list[str] = []
    unsafe = options["unsafe_fixes"]
    with progress(sys.stderr, is_quiet=options["quiet"]):
        return list(fixes.fixed_files(started, names, stdin, unsafe=unsafe, failed=failures.append)), failures


def _show_diff(started: Session, names: Sequence[str], stdin: File | None, options: Mapping[str, Any]) -> NoReturn:
    """Print what `--fix` would change, and exit."""
    from taskfit import fixes
    from taskfit.cli.fixes import show

    fixed, failures = _fixed(started, names, stdin, options)
    unsafe = () if options["unsafe_fixes"] else fixes.fixed_files(started, names, stdin, unsafe=True)
    show(fixed, unsafe, quiet=options["quiet"])
    for failure in failures:
        click.echo(f"error: {inert(failure)}", err=True)
    sys.exit(2 if failures else int(bool(fixed) and not options["exit_zero"]))


def _report(started: Session, names: Sequence[str], stdin: File | None, options: Mapping[str, Any]) -> Report:
    if options["write_baseline"]:
        return checking.write_baseline(started, names, stdin)
    if options["since"] is None:
        return checking.check(started, names, stdin, affected=options["affected"])
    from taskfit import revisions

    return revisions.since(started, names, options["since"])


def _print_configurations(started: Session) -> None:
    from taskfit.policy import bundled

    lines = []
    for each in started.used:
        profile = each.settings.profile or f"{bundled.DEFAULT_PROFILE}, because none was chosen"
        profile = profile if isinstance(profile, str) else ", ".join(profile)
        place = display(each.path) if each.path else "none"
        lines.append(f"configuration: {place}; profile: {profile}")
    for line in dict.fromkeys(lines):
        click.echo(inert(line), err=True)


def _lenient(report: Report, configuration: Configuration) -> tuple[str, ...]:
    """A remark if a configuration file lets findings pass that would fail a run by default."""
    fail_on, origin = configuration.settings.fail_on, configuration.origins.get("fail_on")
    by_default = Severity(Settings.fail_on)
    if origin is None or origin.path is None or (fail_on != "never" and Severity(fail_on).rank <= by_default.rank):
        return ()
    passing = [each for each in report.findings if each.severity.rank >= by_default.rank]
    if not passing or (fail_on != "never" and report.has(Severity(fail_on))):
        return ()
    place = f"{display(origin.path)}:{origin.line}"
    return (f"{counted(len(passing), 'finding')} would fail this run, were it not for `fail-on: {fail_on}` ({place})",)


def _print(
    report: Report, outputs: Sequence[Output], started: Session, options: Mapping[str, Any], stdin: File | None
) -> None:
    from taskfit import reports
    from taskfit.policy import registry

    color = wants_color(options["color"])

    def source(path: str) -> str:
        from taskfit.sources.files import File

        return (stdin if stdin and stdin.name == path else File(path, Path(path))).text()

    pages = partial(registry.pages_of, entries=started.rule_files)
    view = reports.View(source, pages, output.in_repository, quiet=options["quiet"])
    texts = {
        each.path: reports.render(
            "statistics" if options["statistics"] else each.format or started.settings.output_format,
            report,
            view._replace(color=color and each.path == output.STDOUT),
        )
        for each in outputs
    }
    # The fixed text of standard input has standard output for itself.
    output.write(texts, color=color, to_stderr=options["fix"] and stdin is not None)
    if output.STDOUT not in texts and not options["quiet"]:
        click.echo(summary(report, Painter(color=False)), err=True)
