"""Choices that a file leaves to a deployment, and the evaluations for their combinations."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, Protocol, TypeVar

Option = TypeVar("Option")
Result = TypeVar("Result")


class Choices(Generic[Option]):
    """The options taken in one evaluation: those of `plan`, and the first option of any other choice."""

    def __init__(self, plan: Mapping[str, Option]) -> None:
        self.plan = plan
        self.forks: list[tuple[str, Sequence[Option]]] = []
        """Choices that are not in the plan, with their options."""
        self.taken: dict[str, Option] = {}

    def take(self, subject: str, options: Sequence[Option]) -> Option:
        """The option taken for a choice, the same each time."""
        if subject not in self.taken:
            if subject not in self.plan and len(options) > 1:
                self.forks.append((subject, options))
            self.taken[subject] = self.plan.get(subject, options[0])
        return self.taken[subject]


class Evaluation(Protocol):
    """One evaluation of a file."""

    @property
    def choices(self) -> Choices[Any]:
        """The choices made in it."""


Way = TypeVar("Way", bound=Evaluation)


def evaluations(
    begin: Callable[[Mapping[str, Any]], Way],
    evaluate: Callable[[Way], Result],
    limit: int,
    is_exhausted: Callable[[], bool],
) -> tuple[list[Result], bool]:
    """The result of `evaluate` for each combination of choices, the ones nearest to the defaults first.

    The second value says whether combinations were left out: there are more than `limit`, or the work is too much.
    """
    results: list[Result] = []
    plans: deque[dict[str, Any]] = deque([{}])
    is_bounded = False
    while plans:
        if len(results) == limit or (results and is_exhausted()):
            return results, True
        way = begin(plans.popleft())
        results.append(evaluate(way))
        settled = dict(way.choices.plan)
        for subject, options in way.choices.forks:
            room = max(limit - len(plans), 0)
            is_bounded |= len(options) - 1 > room
            plans.extend({**settled, subject: option} for option in options[1 : room + 1])
            settled[subject] = options[0]
    return results, is_bounded
