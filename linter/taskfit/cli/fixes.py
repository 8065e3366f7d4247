"""What `--fix` and `--diff` do with fixed files: write them, or show the changes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from taskfit.engine.fixing import FixedFile
    from taskfit.sources.files import File


def show(files: Sequence[FixedFile], unsafe: Iterable[FixedFile], *, quiet: bool) -> None:
    """Print the diffs; where there are none, say whether there are any `unsafe` ones, which are looked at only then."""
    from taskfit.engine.unified import unified_diff

    for file in files:
        click.echo(unified_diff(file), nl=False)
    _say("Would fix", files, quiet=quiet)
    if not files and not quiet:
        from taskfit.phrases import counted

        others = sum(file.number for file in unsafe)
        words = (
            f"No safe fix to show; --unsafe-fixes fixes {counted(others, 'finding')}" if others else "No fix to show"
        )
        click.echo(f"{words}.", err=True)


def apply(
    files: Sequence[FixedFile], names: Sequence[str], stdin: File | None, *, quiet: bool
) -> tuple[File | None, list[str]]:
    """Write the files, and print what becomes of standard input, which is returned; the rest are failures, in words.

    Raises `click.UsageError` for a standard input of which only a part was read.
    """
    from taskfit.engine import fixing
    from taskfit.sources.files import MAX_BYTES

    if stdin is not None and len(stdin.content()) > MAX_BYTES:
        raise click.UsageError("standard input is too large to be fixed")
    folders = [Path.cwd(), *(Path(name) for name in names if Path(name).is_dir())]
    written, failures = [], []
    for file in files:
        if not file.is_settled:
            failures.append(f"{file.name}: its fixes undo each other; the last result was kept")
        try:
            if file.path is None and stdin is not None:
                stdin = stdin._replace(data=file.after)
            else:
                fixing.write(file, folders)
            written.append(file)
        except fixing.UnwritableError as error:
            failures.append(str(error))
    if stdin is not None:
        sys.stdout.buffer.write(stdin.content())
    _say("Fixed", written, quiet=quiet)
    return stdin, failures


def _say(verb: str, files: Sequence[FixedFile], *, quiet: bool) -> None:
    if files and not quiet:
        from taskfit.phrases import counted

        number = sum(file.number for file in files)
        click.echo(f"{verb} {counted(number, 'finding')} in {counted(len(files), 'file')}.", err=True)
