"""A rule as its file in `rules/` has it: the rule itself, its words, its sources and its examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from taskfit.model import Model
from taskfit.policy.rule import Rule
from taskfit.record import field, field_names

_ADDRESS = re.compile(r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII)


class Example(Model):
    """A file as a user would write it; `taskfit rule test` runs it through the whole of a check."""

    title: str = ""
    """A few words, where the example needs them."""
    file: str
    """The text of the file, JSON or YAML unless `path` says otherwise."""
    path: str = ""
    """The name of the file, where its format follows from it: `main.tf`."""
    fixed: str = ""
    """Bad examples: the text after all fixes of this rule, safe or not."""
    at: tuple[str, ...] = ()
    """Bad examples: the pointers that this rule, and no other error of taskfit's, reports."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Configuration for the run, with the keys of `taskfit.yaml` (`profile`, `launch-type`, ...)."""
    repository: str = ""
    """Of a rule that runs in audits: the text of the file that stands for the repository."""


class Source(Model):
    """Where a rule's claim comes from."""

    title: str
    url: str = ""
    """Address of a web page."""

    def __post_init__(self) -> None:
        # Reports make it a link, and SARIF takes no other characters.
        if self.url and not _ADDRESS.fullmatch(self.url):
            raise ValueError(f'url is "{self.url}", not an address of the web (https://...)')


class RuleFile(Rule):
    """One rule as its file has it: what a run needs, and what a reader wants to know."""

    what: str
    """What the rule reports."""
    why: str
    """Why that is a problem."""
    sources: tuple[Source, ...] = ()
    bad: tuple[Example, ...] = ()
    good: tuple[Example, ...] = ()

    def rule(self) -> Rule:
        """What a run needs of it."""
        return Rule(**{name: getattr(self, name) for name in field_names(Rule)})
