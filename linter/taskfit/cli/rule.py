"""`taskfit rule`: explains a rule, or lists them all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from taskfit.cli.errors import usage_errors
from taskfit.cli.options import complete_rules

if TYPE_CHECKING:
    from collections.abc import Sequence

    from taskfit.policy.rule import Rule
    from taskfit.policy.rule_file import RuleFile


@click.command("rule", short_help="Explain a rule.")
@click.argument("selector", metavar="[CODE or NAME]", required=False, shell_complete=complete_rules)
@click.option("--all", "every", is_flag=True, help="List every rule.")
@click.option("--output-format", type=click.Choice(("text", "json", "markdown")), default="text", show_default=True)
@usage_errors
def command(selector: str | None, every: bool, output_format: str) -> None:
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
            from taskfit.config.validation import InvalidFile

            raise InvalidFile.of(faults)


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
