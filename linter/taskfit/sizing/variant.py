"""The kind of work of a role, if its needs depend on that, as data: the protocol of a gateway."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from taskfit.model import Model
from taskfit.record import field
from taskfit.sizing.match import Patterns

Chosen = Mapping[str, tuple[str, ...]]
"""The known cases by the name of their variant; several if a task does several kinds of work."""


class Variant(Model):
    """The place where a definition declares its cases."""

    label: str = ""
    """A tag of the task, or a docker label of the service container."""
    variable: Patterns = ()
    """Environment variables of the service container; the first that is set counts."""
    default: str = ""
    """The default if the definition declares nothing; without a default, the terms keep their range."""
    spellings: Mapping[str, str] = field(default_factory=dict)
    """Other spellings of the cases: `{ws: WebSocket}`."""

    def cases(self, text: str, cases: Iterable[str]) -> tuple[str, ...]:
        """The cases that a text names, separated by commas; none if one of its words is not a case."""
        known = {case.lower(): case for case in cases}
        known |= {spelling.lower(): case for spelling, case in self.spellings.items()}
        words = [word.strip().lower() for word in text.split(",") if word.strip()]
        return tuple(dict.fromkeys(known[word] for word in words)) if words and set(words) <= known.keys() else ()
