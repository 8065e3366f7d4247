"""Commands with subcommands that also accept a name: `taskfit profile NAME` and `taskfit profile new`."""

from __future__ import annotations

import click

DEFAULT = "show"
"""The subcommand that is run if none is named."""


class _ContextOfGroup(click.Context):
    """The context of a default command, which is called by the name of its group."""

    @property
    def command_path(self) -> str:
        """The names in front of its arguments."""
        return self.parent.command_path if self.parent is not None else super().command_path


class DefaultCommand(click.Command):
    """The default command of a group."""

    context_class = _ContextOfGroup


class GroupWithDefault(click.Group):
    """A group whose default command gets all arguments that don't begin with the name of a subcommand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the arguments, after adding the default command's name if needed."""
        is_named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_named else [DEFAULT, *args])
