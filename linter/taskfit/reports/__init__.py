"""Turns a report into text, one module an output format. They know findings only: no rules, no definitions."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, get_args

from taskfit.config.settings import OutputFormat
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.finding import Report
    from taskfit.policy.rule_file import RuleFile

FORMATS: tuple[OutputFormat, ...] = get_args(OutputFormat)

Pages = Callable[[Collection[str]], Mapping[str, "RuleFile"]]
"""Gives the pages of rules by their codes; none for a code that it does not know."""


def _no_pages(_codes: Collection[str]) -> Mapping[str, RuleFile]:
    return {}


class View(NamedTuple):
    """What a format may need besides the report."""

    sources: Callable[[str], str | None]
    """The text of a file by the path that findings have; `None` where it can't be had any more."""
    pages: Pages = _no_pages
    in_repository: Callable[[str], str] = str
    """How a CI service calls a file: the path that findings have, as seen from the repository's root."""
    color: bool = False
    quiet: bool = False
    """Leave out the summary. A document for programs is always whole."""


def render(name: str, report: Report, view: View) -> str:
    """The report in one of `FORMATS`, or as `statistics`, ready to be written.

    Raises `ValueError` for another format.
    """
    if name not in (*FORMATS, "statistics"):
        raise ValueError(f"no output format {name!r}; there is {', '.join(FORMATS)}")
    # A run needs one or two of them.
    text: str = import_module(f"taskfit.reports.{name}").render(report, view)
    return text
