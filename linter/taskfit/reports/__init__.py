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
"""Returns the pages of rules by their codes, without unknown codes."""


def _no_pages(_codes: Collection[str]) -> Mapping[str, RuleFile]:
    return {}


class View(NamedTuple):
    """What a format needs besides the report."""

    sources: Callable[[str], str | None]
    """The text of a file, given the path in a finding; `None` if it can't be read any more."""
    pages: Pages = _no_pages
    in_repository: Callable[[str], str] = str
    """Converts the path in a finding to one relative to the repository's root, as CI services expect."""
    color: bool = False
    quiet: bool = False
    """Whether to leave out the summary; documents for programs are always complete."""


def render(name: str, report: Report, view: View) -> str:
    """The report in one of `FORMATS`, or as `statistics`, ready to be written.

    Raises `ValueError` for another format.
    """
    if name not in (*FORMATS, "statistics"):
        raise ValueError(f"no output format {name!r}; there are {', '.join(FORMATS)}")
    # A run needs only one or two of these modules.
    text: str = import_module(f"taskfit.reports.{name}").render(report, view)
    return text
