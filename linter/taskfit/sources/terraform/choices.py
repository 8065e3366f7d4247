"""Conditions that can't be decided: what each asks about, and the branch that a reading takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from taskfit.definition import Unknown
from taskfit.sources import choices
from taskfit.sources.terraform.budget import MAX_DEPTH
from taskfit.sources.terraform.syntax import Expression, children, operator, row_text
from taskfit.sources.terraform.values import Value, as_text, plain
from taskfit.syntax.tree import Node

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+")


@dataclass(frozen=True, slots=True)
class Condition:
    """What a condition asks about."""

    subject: str
    literal: str | None = None
    """What the subject is compared with, if it is."""
    is_negated: bool = False


@dataclass(frozen=True, slots=True)
class _Decision:
    holds: bool
    subject: str
    literal: str | None
    names: frozenset[str]


class Choices(choices.Choices[bool]):
    """The branches that one reading takes."""

    def __init__(self, plan: Mapping[str, bool]) -> None:
        super().__init__(plan)
        self._decisions: dict[str, _Decision] = {}

    @property
    def words(self) -> str:
        """The conditions that were undecided and the way they were taken."""
        return ", ".join(f"`{subject}` {'true' if holds else 'false'}" for subject, holds in self.taken.items())

    def choose(self, condition: Condition) -> bool | None:
        """Whether to take a condition as true; nothing if no branch may be taken without guessing."""
        subject, literal, is_negated = condition.subject, condition.literal, condition.is_negated
        names = frozenset(_NAME.findall(subject))
        known = self._decisions.get(f"{subject} == {literal}")
        if known is not None:
            return known.holds is not is_negated
        for other in self._decisions.values():
            if not names & other.names:
                continue
            if other.subject != subject or literal is None or other.literal is None:
                return None  # two conditions on one value: which of them go together is not known
            if other.holds:
                return is_negated  # it equals something else already
        text = subject if literal is None else f"{subject} == {literal}"
        holds = self.take(text, (True, False))
        self._decisions[f"{subject} == {literal}"] = _Decision(holds, subject, literal, names)
        return holds is not is_negated


def condition(expression: Expression, evaluate: Callable[[Sequence[Syntax]], Value]) -> Condition:
    """What an expression asks about; `evaluate` gives the value of some nodes in a row."""
    if isinstance(expression.syntax, Node):
        return Condition(expression.text)
    file, row, is_negated = expression.file, children(expression.syntax), False
    for _ in range(MAX_DEPTH):
        if len(row) == 3 and row[0].type == "(":
            row = children(row[1])
        elif len(row) == 1 and row[0].type == "operation":
            row = children(row[0].children[0])
        elif row and row[0].type == "!":
            row, is_negated = row[1:], not is_negated
        else:
            break
    at = operator(row)
    if at is not None and row[at].type in ("==", "!="):
        for subject, other in ((row[:at], row[at + 1 :]), (row[at + 1 :], row[:at])):
            value = plain(evaluate(other))
            if not isinstance(value, Unknown | dict | list):
                literal = f'"{value}"' if isinstance(value, str) else (as_text(value) or "null")
                return Condition(row_text(file, subject), literal, (row[at].type == "!=") is not is_negated)
    return Condition(row_text(file, row), is_negated=is_negated)
