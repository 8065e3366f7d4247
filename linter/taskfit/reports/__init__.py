"""Turns a report into text, one module an output format. They know findings only: no rules, no definitions."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from taskfit.finding import Report


def render(name: str, report: Report, *, sources: Callable[[str], str | None], color: bool, quiet: bool) -> str:
    """The report as `text`, `concise`, `json` or `statistics`, ready to be written.

    `sources` gives the text of a file by the path that findings have, or `None` where it can't be had any more. `quiet`
    leaves out the summary; a document for programs is always whole.
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
    if name == "statistics":
        from taskfit.reports import statistics

        return statistics.render(report, color=color)
    raise ValueError(f"no output format {name!r}")
