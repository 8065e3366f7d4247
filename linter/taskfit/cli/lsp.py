"""`taskfit lsp`: the server that editors talk to."""

from __future__ import annotations

import os
import signal
import sys
from importlib.util import find_spec

import click

from taskfit.cli.commands import INTERRUPTED
from taskfit.cli.errors import usage_errors
from taskfit.extras import installation


@click.command("lsp", short_help="Start the language server for editors.")
@click.option(
    "--stdio", is_flag=True, expose_value=False, help="Accepted for editors that pass it; this is what the server uses."
)
@usage_errors
def command() -> None:
    """Run a language server (LSP) for editors, on standard input and output.

    Needs the extra `lsp`.
    """
    if find_spec("pygls") is None:
        raise ValueError(f"the server for editors needs pygls: {installation('lsp')}")
    from taskfit.lsp.server import serve

    # Python's own handler would wait for the thread that reads from the editor.
    signal.signal(signal.SIGINT, lambda *_: os._exit(INTERRUPTED))
    sys.exit(serve())
