"""The options of every command that reads definitions: which configuration, and what is assumed of the files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from taskfit.sources.files import File

LAUNCH_TYPES = ("fargate", "ec2", "external", "managed-instances")

Command = TypeVar("Command", bound=Callable[..., Any])


class Assignment(click.ParamType[tuple[str, str]]):
    """`NAME=VALUE`."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        """The name and the value."""
        name, equals, text = str(value).partition("=")
        if not equals or not name.strip():
            self.fail(f"{value!r} is not NAME=VALUE", param, ctx)
        return name.strip(), text


class Names(click.ParamType[tuple[str, ...]]):
    """Names with commas between them."""

    name = "NAMES"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The names."""
        return tuple(part.strip() for part in str(value).split(",") if part.strip())


class Selectors(Names):
    """Codes, code prefixes or names of rules."""

    name = "RULES"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The rules that begin so."""
        return rules_that_begin(incomplete)


class Profile(click.Path):
    """A sizing profile, built in or in a file."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The built-in ones that begin so, else files."""
        from click.shell_completion import CompletionItem

        from taskfit import bundled

        names = [CompletionItem(name) for name in bundled.profiles() if name.startswith(incomplete)]
        return names or super().shell_complete(ctx, param, incomplete)


def rules_that_begin(incomplete: str) -> list[CompletionItem]:
    """The codes of built-in rules, and their names, that complete the last of several with commas between them."""
    from click.shell_completion import CompletionItem

    from taskfit import bundled

    before, comma, last = incomplete.rpartition(",")
    found = [rule for rule in bundled.rules() if rule.code.startswith(last.upper())]
    named = [rule.name for rule in bundled.rules() if last and rule.name.startswith(last)]
    words = [*((rule.code, rule.summary) for rule in found), *((name, "") for name in named)]
    return [CompletionItem(f"{before}{comma}{word}", help=summary or None) for word, summary in words]


_READING = (
    click.option("--profile", type=Profile(), metavar="NAME|FILE", help="Sizing profile."),
    click.option("--role", metavar="ROLE", help="Role of every definition, from the profile."),
    click.option("--launch-type", type=click.Choice(LAUNCH_TYPES), help="Assumed where a definition declares none."),
    click.option("--var", type=Assignment(), multiple=True, help="Value of a placeholder, parameter or variable."),
    click.option(
        "--var-file",
        type=click.Path(),
        multiple=True,
        metavar="FILE",
        help="Such values: a CloudFormation parameter file, .tfvars.",
    ),
    click.option("--config", "config_file", type=click.Path(path_type=Path), help="Configuration file."),
    click.option("--isolated", is_flag=True, help="Use no configuration file."),
    click.option("--force-exclude", is_flag=True, default=None, help="Exclude files even if they are named here."),
    click.option("--stdin-filename", metavar="NAME", default="<stdin>", help="Name of what `-` reads."),
)


def reading_options(command: Command) -> Command:
    """Add the options to a command."""
    for option in reversed(_READING):
        command = option(command)
    return command


def reading_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the options say of settings."""
    given = {name: options[name] for name in ("profile", "role", "launch_type", "force_exclude")}
    return {**given, "var": dict(options["var"]), "var_file": options["var_file"]}


def standard_input(paths: Sequence[str], name: str) -> File | None:
    """What stands on standard input, if it is among the paths."""
    from taskfit.sources.files import MAX_BYTES, STDIN, File

    if STDIN not in paths:
        return None
    if sys.stdin is None:  # closed by whoever called
        raise ValueError("standard input is closed")
    return File(name, data=sys.stdin.buffer.read(MAX_BYTES + 1))
