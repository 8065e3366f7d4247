"""The commands, each imported when it is called."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

from taskfit.phrases import nearest
from taskfit.version import __version__

INTERRUPTED = 130
"""The exit status that shells give a program that Ctrl-C ended; 1 would mean findings."""

COMMANDS = ("check", "diff", "audit", "size", "fleet", "rule", "profile", "schema", "lsp")


class LazyGroup(click.Group):
    """Imports the module of a command when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, those used most first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, or nothing for an unknown name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"taskfit.cli.{cmd_name}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a usage error may quote a name, which may contain any characters."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            from taskfit.escaping import inert

            message = error.format_message().replace("\n\t", " ")  # which click puts before each choice
            raise click.UsageError(inert(message), error.ctx) from None
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command, or an error that names the one that was meant."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            near = nearest(args[0], COMMANDS)
            hint = f" Did you mean {near!r}?" if near else f" Commands: {', '.join(COMMANDS)}."
            raise click.UsageError(error.message + hint, ctx) from None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="taskfit", message="%(prog)s %(version)s")
def cli() -> None:
    """Lint Amazon ECS task definitions: whether they are valid, and the right size."""
