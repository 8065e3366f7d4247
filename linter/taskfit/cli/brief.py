"""`taskfit check` as hooks and CI call it: with files and few options, and mostly nothing to report.

Such a call needs no parser, and importing click would take a quarter of its time. So it runs first; if there is anything
to print but that all checks passed, the command line prints it, with what was found.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.finding import Report
    from taskfit.session import Session

FLAGS = {
    "--affected": "affected",
    "--force-exclude": "force_exclude",
    "--isolated": "isolated",
    "--quiet": "quiet",
    "-q": "quiet",
}
VALUES = {"--config": "config_file", "--output-format": "output_format"}
"""The options of such calls, with their names in the command `check`."""

_SETTINGS = frozenset({"force_exclude", "output_format"})


class Checked(NamedTuple):
    """The result of such a call."""

    session: Session
    report: Report
    text: str | None
    """The text to print; `None` if there is more to print than that all checks passed."""


def check(arguments: Sequence[str]) -> Checked | None:
    """The result of a call; `None` if it has other options or fails, so that the command line has to run it."""
    command, *rest = arguments or [""]
    parsed = _parsed(rest) if command == "check" else None
    if parsed is None:
        return None
    try:
        return _checked(*parsed)
    except Exception:  # noqa: BLE001 - the command line says what is wrong
        return None


def _parsed(arguments: Sequence[str]) -> tuple[list[str], dict[str, Any]] | None:
    """The paths and options of a call that has no others."""
    names: list[str] = []
    options: dict[str, Any] = {}
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if argument == "--":
            names += rest
        elif not argument.startswith("-"):
            names.append(argument)
        elif os.path.lexists(argument):
            return None
        elif argument in FLAGS:
            options[FLAGS[argument]] = True
        elif name in VALUES and VALUES[name] not in options:
            options[VALUES[name]] = value = value if equals else next(rest, "")
            if not value or value.startswith("-"):
                return None
        else:
            return None
    # A pattern is for the command line, as Windows leaves it to programs; so is standard input.
    return (names, options) if all(map(os.path.exists, names)) and "-" not in names else None


def _checked(names: Sequence[str], options: Mapping[str, Any]) -> Checked:
    from taskfit import checking, session
    from taskfit.cli.progress import progress

    given = {name: value for name, value in options.items() if name in _SETTINGS}
    started = session.start(options.get("config_file"), isolated="isolated" in options, options=given)
    is_quiet = "quiet" in options
    with progress(sys.stderr, is_quiet=is_quiet):
        report = checking.check(started, names or ["."], affected="affected" in options)
    is_silent = not (report.findings or report.failures or report.remarks or report.hidden())
    return Checked(started, report, _passed(started, report, is_quiet=is_quiet) if is_silent else None)


def _passed(started: Session, report: Report, *, is_quiet: bool) -> str:
    from taskfit.reports import View, render
    from taskfit.reports.terminal import wants_color

    view = View(lambda _: None, color=wants_color("auto"), quiet=is_quiet)
    return render(started.settings.output_format, report, view)
