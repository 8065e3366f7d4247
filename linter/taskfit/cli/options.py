"""Options shared by several commands, and the settings that they set."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import click

from taskfit.cli.output import STDOUT
from taskfit.config.settings import FailOn, LaunchType, Settings
from taskfit.finding import Severity
from taskfit.record import field_names

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from taskfit.sources.files import File

Command = TypeVar("Command", bound=Callable[..., Any])


def group(*options: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options as one decorator."""

    def add(command: Command) -> Command:
        for option in reversed(options):
            command = option(command)
        return command

    return add


def assignment(value: str) -> tuple[str, str]:
    """`NAME=VALUE`."""
    name, equals, text = value.partition("=")
    if not equals or not name.strip():
        raise click.BadParameter(f"{value!r} is not NAME=VALUE")
    return name.strip(), text


class Profile(click.Path):
    """A sizing profile, built in or in a file."""

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """Complete the built-in profiles with this prefix, or files."""
        from click.shell_completion import CompletionItem

        from taskfit.policy import bundled

        names = [CompletionItem(name) for name in bundled.profiles() if name.startswith(incomplete)]
        return names or super().shell_complete(ctx, param, incomplete)


def complete_rules(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Complete the last of several comma-separated rules by the codes and names of built-in rules."""
    from click.shell_completion import CompletionItem

    from taskfit.policy import bundled

    before, comma, last = incomplete.rpartition(",")
    found = [rule for rule in bundled.rules() if rule.code.startswith(last.upper())]
    named = [rule.name for rule in bundled.rules() if last and rule.name.startswith(last)]
    words = [*((rule.code, rule.summary) for rule in found), *((name, "") for name in named)]
    return [CompletionItem(f"{before}{comma}{word}", help=summary or None) for word, summary in words]


def as_dict(_ctx: click.Context, _param: click.Parameter, pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Pairs as a dict; the last pair of a name wins."""
    return dict(pairs)


def split(_ctx: click.Context, _param: click.Parameter, values: Iterable[str]) -> tuple[str, ...]:
    """Split comma-separated names."""
    return tuple(part.strip() for value in values for part in value.split(",") if part.strip())


def _severity(_ctx: click.Context, _param: click.Parameter, value: str | None) -> Severity | None:
    return Severity(value) if value else None


def _selectors(name: str, words: str) -> Callable[[Command], Command]:
    return click.option(name, metavar="RULES", multiple=True, callback=split, shell_complete=complete_rules, help=words)


def format_options(formats: Sequence[str]) -> Callable[[Command], Command]:
    """The options `--output-format` and `--output-file`, which `cli/output.py` pairs."""
    return group(
        click.option(
            "--output-format",
            "formats",
            type=click.Choice(formats),
            multiple=True,
            help="Output format; give several with an --output-file each, but for one.  [default: text]",
        ),
        click.option(
            "--output-file",
            "files",
            type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
            multiple=True,
            help="File for the --output-format beside it.",
        ),
    )


output_file_option = click.option(
    "--output-file",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default=STDOUT,
    help="File to write to.",
)

profile_option = click.option(
    "--profile",
    type=Profile(),
    metavar="NAME|FILE",
    multiple=True,
    help="Sizing profile, or `none`; several, each for the definitions it matches.",
)

rule_options = group(
    _selectors("--select", "Run these rules only: codes, code prefixes or names."),
    _selectors("--extend-select", "Also run these rules."),
    _selectors("--ignore", "Don't run these rules."),
)

assumption_options = group(
    profile_option,
    click.option("--role", metavar="ROLE", help="Role of every definition, from the profile."),
    click.option(
        "--launch-type", type=click.Choice(get_args(LaunchType)), help="Assumed where a definition declares none."
    ),
)

configuration_options = group(
    click.option("--config", "config_file", type=click.Path(path_type=Path), help="Configuration file."),
    click.option("--isolated", is_flag=True, help="Use no configuration file."),
)

value_options = group(
    click.option(
        "--var",
        type=assignment,
        metavar="NAME=VALUE",
        multiple=True,
        callback=as_dict,
        help="Value of a placeholder, parameter or variable.",
    ),
    click.option(
        "--var-file",
        type=click.Path(),
        multiple=True,
        metavar="FILE",
        help="File of such values: a CloudFormation parameter file, .tfvars.",
    ),
)

reading_options = group(
    assumption_options,
    value_options,
    configuration_options,
    click.option("--force-exclude", is_flag=True, default=None, help="Exclude files even if they are named here."),
    click.option("--stdin-filename", metavar="NAME", help="Name of what `-` reads.  [default: <stdin>]"),
)

run_options = group(
    click.option(
        "--no-ignores", is_flag=True, default=None, help="Report what configuration, comments or a baseline hide, too."
    ),
    click.option(
        "--fail-on",
        type=click.Choice(get_args(FailOn)),
        help="Least severity that fails the run.  [default: warning]",
    ),
    click.option(
        "--min-severity",
        type=click.Choice([severity.value for severity in Severity]),
        callback=_severity,
        help="Least severity that is printed.  [default: note]",
    ),
    click.option("--exit-zero", is_flag=True, help="Exit 0 even if something is found."),
    click.option("--jobs", type=click.IntRange(min=0), metavar="N", help="Processes; 0 chooses.  [default: 0]"),
    click.option("--quiet", "-q", is_flag=True, help="Print no summary."),
    click.option("--color", type=click.Choice(("auto", "always", "never")), default="auto", show_default=True),
)


def given_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings given by options of the same name."""
    return {name: options[name] for name in field_names(Settings) if name in options}


def standard_input(paths: Sequence[str], name: str | None) -> File | None:
    """The content of standard input, if `-` is one of the paths."""
    from taskfit.sources.files import MAX_BYTES, STDIN, File

    if STDIN not in paths:
        if name is not None:
            raise click.UsageError("--stdin-filename names what `-` reads; give `-` as a path")
        return None
    if sys.stdin is None:  # closed by the caller
        raise ValueError("standard input is closed")
    return File(name or "<stdin>", data=sys.stdin.buffer.read(MAX_BYTES + 1))
