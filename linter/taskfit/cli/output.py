"""Where reports are written: pairs of `--output-format` and `--output-file`."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from taskfit.escaping import inert
from taskfit.finding import Severity
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.finding import Report

STDOUT = Path("-")

PIECES = 1000
"""The number of pieces of a report that are joined for one write."""


class Output(NamedTuple):
    """A format, and the file it is written to."""

    format: str | None
    path: Path
    """`STDOUT` for standard output."""


class Command(click.Command):
    """A command that records the order of its format and file options, which click does not expose."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse as any command, and record the order of the options."""
        _require_separator(args)
        order = self.make_parser(ctx).parse_args(list(args))[2]
        ctx.meta[__name__] = [name for name in (param.name for param in order) if name in ("formats", "files")]
        return super().parse_args(ctx, args)


def _require_separator(args: Sequence[str]) -> None:
    """Refuse an option that is also a file: a committed file named `--config=x.yaml` must not set options of a hook."""
    options = args[: args.index("--")] if "--" in args else args
    for option in options:
        if option.startswith("-") and option != "-" and os.path.lexists(option):
            raise click.UsageError(f"{option} is an option and also the name of a file; put -- before file names")


def outputs(formats: Sequence[str], paths: Sequence[Path]) -> list[Output]:
    """The outputs that the current command was given: a file belongs to the format next to it.

    Raises `click.UsageError` where it is not clear what goes where.
    """
    if len(formats) == len(paths):
        pairs = [*map(Output, formats, paths)] or [Output(None, STDOUT)]
    else:
        pairs = _side_by_side(click.get_current_context().meta[__name__], formats, paths)
    if len(pairs) > 1 and None in (pair.format for pair in pairs):
        raise click.UsageError("each --output-file needs its own --output-format")
    for pair in pairs:
        rivals = [str(other.format) for other in pairs if other.path == pair.path]
        if len(rivals) > 1:
            place = "standard output" if pair.path == STDOUT else str(pair.path)
            raise click.UsageError(
                f"{' and '.join(rivals)} would both be written to {place}; "
                "put each --output-file directly after its --output-format"
            )
    return pairs


def _side_by_side(order: Sequence[str], formats: Sequence[str], paths: Sequence[Path]) -> list[Output]:
    rest = {"formats": iter(formats), "files": iter(paths)}
    pairs: list[dict[str, Any]] = []
    for name in order:
        if not pairs or name in pairs[-1] or len(pairs[-1]) == 2:
            pairs.append({})
        pairs[-1][name] = next(rest[name])
    return [Output(pair.get("formats"), pair.get("files", STDOUT)) for pair in pairs]


def write(texts: Mapping[Path, str | Iterator[str]], *, color: bool, to_stderr: bool = False) -> None:
    """Write to standard output (or standard error instead) first, then to files, each atomically.

    A text may come in pieces. Raises `click.UsageError` for a file that can't be written.
    """
    for piece in _pieces(texts.get(STDOUT, "")):
        click.echo(piece, nl=False, color=color, err=to_stderr)
    for path, text in texts.items():
        if path != STDOUT:
            from taskfit.writing import write_whole

            try:
                write_whole(path, (piece.encode("utf-8") for piece in _pieces(text)))
            except OSError as error:
                raise click.UsageError(f"can't write {path}: {error.strerror}") from None


def _pieces(text: str | Iterator[str]) -> Iterator[str]:
    """Join the pieces of a text into larger ones."""
    if isinstance(text, str):
        yield text
        return
    while some := "".join(islice(text, PIECES)):
        yield some


def end(report: Report, remarks: Iterable[str], fail_on: str, *, exit_zero: bool) -> NoReturn:
    """Print remarks and failures to standard error, and exit with the status of the run."""
    for remark in remarks:
        click.echo(inert(remark), err=True)
    for failure in report.failures:
        click.echo(f"error: {inert(failure)}", err=True)
    if report.failures:
        sys.exit(2)
    fails = fail_on != "never" and report.has(Severity(fail_on))
    sys.exit(int(fails and not exit_zero))


def in_repository(name: str) -> str:
    """A path relative to the root of the CI service's checkout, if the file is in it."""
    root = os.environ.get("GITHUB_WORKSPACE") or os.environ.get("CI_PROJECT_DIR")
    if not root:
        return name
    path = os.path.relpath(name, os.path.realpath(root)).replace(os.sep, "/")
    return name if path.startswith("../") else path
