"""The command line: one module a command, each imported when it is called."""

from __future__ import annotations

import contextlib
import gc
import os
import sys
from importlib import import_module
from typing import Any

import click

from taskfit.suggestion import nearest
from taskfit.version import __version__

INTERRUPTED = 130
"""What shells call a program that Ctrl-C ended; 1 would say that it found something."""

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
        """Run the command; what is wrong with a call may quote a name that holds anything."""
        try:
            return super().invoke(ctx)
        except click.UsageError as error:
            from taskfit.escaping import inert

            raise click.UsageError(inert(error.format_message()), error.ctx) from None
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


def main() -> None:
    """Run the command line; whatever is wrong with the call or with a team's own files ends it with status 2."""
    # A run leaves hardly any cycles behind and soon ends; looking for them takes a quarter of its time.
    gc.disable()
    if sys.stdout is None or sys.stderr is None:  # closed by whoever called
        nowhere = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - open until the end
        sys.stdout, sys.stderr = sys.stdout or nowhere, sys.stderr or nowhere
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A name in a file may hold what the terminal's encoding can't show.
            stream.reconfigure(errors="backslashreplace")
    try:
        status = _run()
    except OSError as error:  # such as a full disk behind standard output
        status = _unwritable(error)
    except Exception:  # noqa: BLE001 - a crash is not a finding, which status 1 means
        status = _crashed()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):  # told by now
            stream.flush()
    # Python would now free every object, one by one; that is a tenth of a short run.
    os._exit(status)


def _run() -> int:
    try:
        cli(prog_name="taskfit")
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    sys.stdout.flush()
    return status


def _unwritable(error: OSError) -> int:
    """Say what could not be written; the exit status."""
    from taskfit.escaping import inert

    click.echo(f"error: {inert(str(error.filename or 'standard output'))}: {error.strerror}", err=True)
    return 2


def _crashed() -> int:
    """Print the current exception, which may quote a file, as whoever reports it needs it; the exit status."""
    import traceback

    from taskfit.escaping import inert

    click.echo("error: taskfit crashed; please report this:", err=True)
    for line in traceback.format_exc().splitlines():
        click.echo(f"| {inert(line)}", err=True)
    return 2
