"""`taskfit lsp`: the server that editors talk to."""

from __future__ import annotations

import sys
from importlib.util import find_spec

import click

from taskfit.cli.errors import usage_errors
from taskfit.extras import installation


@click.command("lsp", short_help="Serve an editor.")
@click.option("--stdio", is_flag=True, expose_value=False, help="What it does anyway; some editors ask for it.")
@usage_errors
def command() -> None:
    """Serve an editor over the Language Server Protocol, on standard input and output.

    Needs the extra `lsp`.
    """
    if find_spec("pygls") is None:
        raise ValueError(f"the server for editors needs pygls: {installation('lsp')}")
    from taskfit.lsp.server import serve

    sys.exit(serve())
