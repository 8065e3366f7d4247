"""The choices of a deployment: the option taken for each parameter and each undecided condition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from taskfit.sources import choices
from taskfit.sources.cloudformation.template import Option, Parameter
from taskfit.sources.document import Pick
from taskfit.sources.values import as_text


class Choices(choices.Choices[Option]):
    """The choices of one evaluation of a template, and the conditions that they decide."""

    def __init__(self, parameters: Mapping[str, Parameter], plan: Mapping[str, Option]) -> None:
        super().__init__(plan)
        self.decided: dict[str, bool] = {}
        """The values of the conditions that were evaluated so far."""
        self.deciding: list[str] = []
        """The stack of conditions that are being evaluated, each needed by the one before."""
        self.is_premise = False
        """Whether current choices do not make the evaluation optional."""
        self.is_optional = False
        """Whether this evaluation requires a certain allowed value of a parameter."""
        self.picks: frozenset[Pick] = frozenset()
        """These allowed values."""
        self._parameters = parameters
        self._deviations: dict[str, Option] = {}
        self._decided_by: dict[str, str] = {}

    def choose(self, subject: str, options: Sequence[Option]) -> Option:
        """The option to take for a subject, always the same."""
        if subject not in self.taken:
            option = self.take(subject, options)
            if option != options[0]:
                self._deviations[subject] = option
                if option.is_optional and not self.is_premise:
                    self.is_optional = True
                    self.picks |= {(subject, str(option.value))}
            if self.deciding:
                self._decided_by[subject] = self.deciding[0]
        return self.taken[subject]

    def branch(self, subject: str) -> bool:
        """The branch to take for an undecided condition: first false, then true."""
        return bool(self.choose(subject, (Option(False), Option(True))).value)

    @property
    def undecided(self) -> tuple[str, ...]:
        """The subjects whose option is neither a parameter's default nor given."""
        return tuple(subject for subject, option in self.taken.items() if not option.is_given)

    @property
    def words(self) -> str:
        """How this evaluation differs from the one with the defaults."""
        words = (self._words(subject, option) for subject, option in self._deviations.items())
        return " and ".join(dict.fromkeys(words))

    def _words(self, subject: str, option: Option) -> str:
        if isinstance(option.value, bool) and subject not in self._parameters:
            condition, holds = self._decided_by.get(subject), option.value
            holds = self.decided.get(condition, holds) if condition else holds
            return f"{f'condition {condition}' if condition else subject} is {'true' if holds else 'false'}"
        is_named = subject in self._parameters or subject.startswith("AWS::")
        value = ",".join(option.value) if isinstance(option.value, list) else as_text(option.value)
        if is_named and value is not None:
            return f"{subject} = {value or 'empty'}"
        if condition := self._decided_by.get(subject):
            return f"condition {condition} is {'true' if self.decided.get(condition) else 'false'}"
        return f"{subject} = {value}" if value is not None else f"another value of {subject}"
