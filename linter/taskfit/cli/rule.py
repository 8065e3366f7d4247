"""`taskfit rule`: explains rules, lists them, starts one and runs the examples of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from taskfit.cli.errors import usage_errors
from taskfit.cli.group import DefaultCommand, GroupWithDefault
from taskfit.cli.options import complete_rules
from taskfit.phrases import counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskfit.policy.rule import Rule
    from taskfit.policy.rule_file import RuleFile


@click.group("rule", cls=GroupWithDefault, short_help="Explain, start and test rules.")
def command() -> None:
    """Explain a rule: taskfit rule CODE, or its name; taskfit rule --all lists them.

    The prefix of a code, such as FIT1, explains a family of rules.
    """


@command.command("show", cls=DefaultCommand, hidden=True)
@click.argument("selector", metavar="[CODE or NAME]", required=False, shell_complete=complete_rules)
@click.option("--all", "every", is_flag=True, help="List every rule.")
@click.option("--output-format", type=click.Choice(("text", "json", "markdown")), default="text", show_default=True)
@usage_errors
def show(selector: str | None, every: bool, output_format: str) -> None:
    """Explain a rule: what it reports, why, and how to fix it, with examples.

    The prefix of a code, such as FIT1, explains a family of rules.
    """
    from taskfit import session
    from taskfit.policy import registry

    if every == (selector is not None):
        raise click.UsageError("name a rule, such as `taskfit rule FIT101`, or list every rule with `--all`")
    files = session.start().settings.rule_files
    if selector is not None:
        click.echo(_pages(registry.rule_pages(selector, files), output_format), nl=False)
    elif output_format == "json":
        from taskfit.reports import rule_page

        click.echo(_json([rule_page.data(page) for page in registry.rule_pages("ALL", files)]), nl=False)
    else:
        rules, faults = registry.all_rules(files)
        click.echo(_table(rules, output_format), nl=False)
        if faults:
            from taskfit.config.invalid import InvalidFile

            raise InvalidFile.of(faults)


@command.command("new", short_help="Print a template for a rule of your own.")
@click.argument("code")
@click.option("--output-file", type=click.Path(path_type=Path), metavar="FILE", help="Write it to a new file.")
@usage_errors
def new(code: str, output_file: Path | None) -> None:
    """Print a commented template for a rule of your own, with a code such as ACME001."""
    from taskfit.cli import output
    from taskfit.policy import start

    text = start.text(code, output_file.as_posix() if output_file else "")
    if output_file is None:
        click.echo(text, nl=False)
        return
    if output_file.exists():
        raise ValueError(f"{output_file} is there already")
    output_file.parent.mkdir(parents=True, exist_ok=True)
    output.write({output_file: text}, color=False)
    click.echo(f"{output_file} is written; taskfit rule test {output_file} runs its examples", err=True)


@command.command("test", short_help="Run the examples of rules of your own.")
@click.argument("paths", nargs=-1, metavar="[PATH]...")
@click.pass_context
@usage_errors
def test(ctx: click.Context, paths: tuple[str, ...]) -> None:
    """Run the examples of the rules in files, folders and packages (package:NAME).

    Without a path, those that the configuration names. Exit status: 0 all pass, 1 some fail, 2 a rule is invalid.
    """
    from taskfit import rule_examples, session
    from taskfit.escaping import inert

    entries = paths or session.start().settings.rule_files
    if not entries:
        raise ValueError("no rule files: name them, or set `rules` in taskfit.yaml")
    outcome = rule_examples.run(entries)
    for difference in outcome.differences:
        click.echo(inert(str(difference)))
    for fault in outcome.faults:
        click.echo(f"error: {inert(str(fault))}", err=True)
    number, failed = outcome.passed, len({each.message.partition(":")[0] for each in outcome.differences})
    if number or failed or not outcome.faults:
        click.echo(f"{counted(number, 'example')} passed" + (f", {failed} failed." if failed else "."))
    ctx.exit(2 if outcome.faults else int(bool(outcome.differences)))


def _pages(rules: Sequence[RuleFile], output_format: str) -> str:
    from taskfit.reports import rule_page

    if output_format == "json":
        return _json(rule_page.data(rules[0]) if len(rules) == 1 else [rule_page.data(rule) for rule in rules])
    page = rule_page.markdown if output_format == "markdown" else rule_page.text
    return "\n\n".join(page(rule) for rule in rules)


def _table(rules: Sequence[Rule], output_format: str) -> str:
    from taskfit.reports import rule_page

    return rule_page.markdown_table(rules) if output_format == "markdown" else rule_page.table(rules)


def _json(data: object) -> str:
    from taskfit.reports.json import dump

    return dump(data)
