"""Commands that have commands of their own, and still take a name: `taskfit profile NAME` beside `taskfit profile new`."""

from __future__ import annotations

import click

DEFAULT = "show"
"""The command that is run where none is named."""


class GroupWithDefault(click.Group):
    """A group in which whatever does not begin with the name of a command is for the default one."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The arguments with the name of the command that they are for."""
        is_named = bool(args) and (args[0] in self.commands or args[0] in ctx.help_option_names)
        return super().parse_args(ctx, args if is_named else [DEFAULT, *args])
