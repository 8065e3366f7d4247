"""Turns a report into text, one module an output format. They know findings only: no rules, no definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskfit.finding import Report

FORMATS = ("text", "concise", "json")


def render(
    name: str, report: Report, *, sources: Callable[[str], str | None], color: bool = False, quiet: bool = False
) -> str:
    """The report in one of `FORMATS`, ready to be written.

    `sources` gives the text of a file by the path that findings have, or `None` where it can't be had any more. `quiet`
    leaves out the summary for people; a document for programs is always whole.
    """
    # A run needs one of them.
    if name == "json":
        from taskfit.reports import json

        return json.render(report)
    if name == "concise":
        from taskfit.reports import concise

        return concise.render(report, color=color, quiet=quiet)
    if name == "text":
        from taskfit.reports import text

        return text.render(report, sources, color=color, quiet=quiet)
    raise ValueError(f"no output format {name!r}")
