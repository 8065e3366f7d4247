"""`taskfit check FILE...` as hooks call it: a few files and no options, and mostly nothing to report.

Such a call needs no parser, and to import click takes a quarter of it. So it is tried first, and left to the command
line whenever there is anything to say but that all checks passed.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taskfit.finding import Report

MOST_FILES = 10
"""So few, because those in which something is found are checked a second time."""

MOST_BYTES = 256 * 1024
"""Of each of them."""


def check(arguments: Sequence[str]) -> int | None:
    """The exit status of a call on which all checks passed; `None` if it is for the command line to run it."""
    command, *names = arguments or [""]
    if command != "check" or not 0 < len(names) <= MOST_FILES or not all(map(_is_small_file, names)):
        return None
    try:
        text = _passed(names)
    except Exception:  # noqa: BLE001 - the command line says what is wrong
        return None
    if text is None:
        return None
    sys.stdout.write(text)
    return 0


def _is_small_file(name: str) -> bool:
    """Whether an argument is a file, and neither an option nor a pattern that Windows leaves to programs."""
    try:
        status = os.stat(name)
    except (OSError, ValueError):
        return False
    return not name.startswith("-") and stat.S_ISREG(status.st_mode) and status.st_size <= MOST_BYTES


def _passed(names: Sequence[str]) -> str | None:
    """What is printed if all checks passed and nothing else is to be said."""
    from taskfit import session
    from taskfit.reports.terminal import Painter, summary, wants_color

    started = session.start()
    report = started.check(names)
    if started.settings.output_format != "text" or not _is_silent(report):
        return None
    return summary(report, Painter(wants_color("auto"))) + "\n"


def _is_silent(report: Report) -> bool:
    return not (report.findings or report.failures or report.remarks or report.hidden())
