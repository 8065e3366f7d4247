"""Undecidable conditions: what each depends on, and the branch that a reading takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from taskfit.definition import Unknown
from taskfit.record import NamedTuple
from taskfit.sources import choices
from taskfit.sources.terraform.budget import MAX_DEPTH
from taskfit.sources.terraform.memory import Condition, Trail
from taskfit.sources.terraform.syntax import Binary, Expression, Parentheses, Unary
from taskfit.sources.terraform.values import Value, as_text, plain

MAX_SHOWN = 3
"""The maximum number of conditions that a message lists."""
_WORD = re.compile(r"[A-Za-z_][\w-]*+(?>(?:\.[A-Za-z_][\w-]*+)*)")
"""A name with its attributes; also a name without any, so that the search does not restart at each of its letters."""


def names_in(text: str) -> list[str]:
    """The names with attributes in an expression: `var.size`, `local.sizes.cpu`."""
    return [word for word in _WORD.findall(text) if "." in word]


class _Decision(NamedTuple):
    holds: bool
    subject: str
    literal: str | None


class Choices(choices.Choices[bool], Trail):
    """The branches that one reading takes."""

    def __init__(self, plan: Mapping[str, bool]) -> None:
        choices.Choices.__init__(self, plan)
        Trail.__init__(self)
        self.tried: str | None = None
        """The subject for which each key of a map is tried."""
        self.is_impossible = False
        """Whether the branches contradict each other, so that no deployment takes them."""
        self._decisions: dict[str, _Decision] = {}
        self._unchosen: set[str] = set()
        """Conditions that do not depend on a deployment's variables alone."""
        self._equal: set[str] = set()
        """Subjects that equal a literal."""
        self._askers: dict[str, tuple[str, bool]] = {}
        """For each name, the subject that depends on it, and whether that is compared with literals."""

    @property
    def words(self) -> str:
        """The conditions that a deployment chooses, with the branches taken."""
        # An equality implies the inequalities.
        relevant = [
            text
            for text, decision in zip(self.taken, self._decisions.values(), strict=True)
            if text not in self._unchosen
            and (decision.holds or decision.literal is None or decision.subject not in self._equal)
        ]
        more = f" and {len(relevant) - MAX_SHOWN} more conditions" if len(relevant) > MAX_SHOWN + 1 else ""
        shown = relevant[:MAX_SHOWN] if more else relevant
        return ", ".join(f"`{text}` {'true' if self.taken[text] else 'false'}" for text in shown) + more

    @property
    def group(self) -> str | None:
        """A key of the readings that differ only in conditions that no deployment chooses; `None` without such."""
        return self.words if self._unchosen else None

    def decided(self, condition: Condition) -> bool | None:
        """Whether a condition holds given the branches taken before; `None` if they don't decide it."""
        return self.ask(condition, is_choice=False)

    def choose(self, condition: Condition) -> bool | None:
        """Whether to assume that a condition is true; `None` if any branch would be a guess."""
        return self.ask(condition, is_choice=True)

    def answer(self, condition: Condition, *, is_choice: bool) -> bool | None:
        """Whether a condition holds, without recording the question."""
        decided = self._decided(condition)
        return self._choose(condition) if decided is None and is_choice else decided

    def _decided(self, condition: Condition) -> bool | None:
        known = self._decisions.get(f"{condition.subject} == {condition.literal}")
        if known is not None:
            return known.holds is not condition.is_negated
        if condition.literal is not None and condition.subject in self._equal:
            return condition.is_negated  # it already equals another value
        return None

    def _choose(self, condition: Condition) -> bool | None:
        subject, literal = condition.subject, condition.literal
        asker = (subject, literal is not None)
        for name in condition.names:
            other = self._askers.get(name)
            if other is not None and (literal is None or other != asker):
                return None  # two conditions on one value: which combinations are possible is unknown
        self._askers.update(dict.fromkeys(condition.names, asker))
        text = subject if literal is None else f"{subject} == {literal}"
        holds = self.take(text, (True, False))
        self._decisions[f"{subject} == {literal}"] = _Decision(holds, subject, literal)
        if not condition.is_chosen:
            self._unchosen.add(text)
        if holds and literal is not None:
            self._equal.add(subject)
        return holds is not condition.is_negated


class Question(NamedTuple):
    """A condition in parts: its subject, and what that is compared with."""

    subject: Expression
    literal: str | None
    is_negated: bool


def question(condition: Expression, evaluate: Callable[[Expression], Value]) -> Question:
    """The subject of a condition, and what that is compared with."""
    is_negated = False
    for _ in range(MAX_DEPTH):
        if isinstance(condition, Parentheses):
            condition = condition.inner
        elif isinstance(condition, Unary) and condition.operator == "!":
            condition, is_negated = condition.operand, not is_negated
        else:
            break
    if isinstance(condition, Binary) and condition.operator in ("==", "!="):
        left, right = condition.left, condition.right
        for subject, other in ((left, right), (right, left)):
            value = plain(evaluate(other))
            if not isinstance(value, Unknown | dict | list):
                literal = f'"{value}"' if isinstance(value, str) else (as_text(value) or "null")
                return Question(subject, literal, (condition.operator == "!=") is not is_negated)
    return Question(condition, None, is_negated)
