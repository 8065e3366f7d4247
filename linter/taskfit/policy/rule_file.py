"""The content of a rule file in `rules/`: the rule, its documentation, its sources and its examples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from taskfit.model import Model
from taskfit.policy.rule import Rule
from taskfit.record import field, field_names

_ADDRESS = re.compile(r"https?://[\w.~:/?#\[\]@!$&'()*+,;=%-]+", re.ASCII)


class Example(Model):
    """A file as a user would write it; `taskfit rule test` runs a whole check on it."""

    title: str = ""
    """A short description, if the example needs one."""
    file: str
    """The text of the file, JSON or YAML unless `path` has another extension."""
    path: str = ""
    """The name of the file, if it determines the format: `main.tf`."""
    fixed: str = ""
    """Bad examples: the text after all fixes of this rule, safe or not."""
    at: tuple[str, ...] = ()
    """Bad examples: the pointers that this rule reports; no other rule may report an error."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Configuration for the run, with the keys of `taskfit.yaml` (`profile`, `launch-type`, ...)."""
    repository: str = ""
    """For a rule that runs in audits: the text of the file in the repository."""


class Source(Model):
    """The source of a rule's claim."""

    title: str
    url: str = ""
    """URL of a web page."""

    def __post_init__(self) -> None:
        # Reports link to it, and SARIF allows no other characters.
        if self.url and not _ADDRESS.fullmatch(self.url):
            raise ValueError(f'url is "{self.url}", not a web address (https://...)')


class RuleFile(Rule):
    """The content of a rule file: the part that a run needs, and the documentation."""

    what: str
    """What the rule reports."""
    why: str
    """Why that is a problem."""
    sources: tuple[Source, ...] = ()
    bad: tuple[Example, ...] = ()
    good: tuple[Example, ...] = ()

    def rule(self) -> Rule:
        """The part that a run needs, without the documentation."""
        return Rule(**{name: getattr(self, name) for name in field_names(Rule)})
