"""Problems of an allowed parameter value that disappear if another parameter gets a matching value."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from itertools import combinations
from typing import TYPE_CHECKING, TypeAlias

from taskfit.finding import Problem
from taskfit.policy.rule import Rule
from taskfit.record import cached_property

if TYPE_CHECKING:
    from taskfit.sources.document import Pick, Reading

Found: TypeAlias = Sequence[tuple[Rule, Problem]]
"""The problems that the rules found in one reading of a definition, with their rules."""
Topic: TypeAlias = tuple[str, str, str]
"""A rule, a pointer and a subject."""

ADVICE = "Give the parameters values that go together."


def topic_of(rule: Rule, problem: Problem) -> Topic:
    """The identity of a problem, regardless of the values it names."""
    return rule.code, problem.pointer, problem.subject


class Avoidable:
    """The problems of each reading that other values of other parameters avoid, with its own values unchanged."""

    def __init__(self, readings: Sequence[Reading], found: Sequence[Found]) -> None:
        self._readings = readings
        self._found = found

    def holds(self, at: int, topic: Topic) -> bool:
        """Whether the problem is avoidable in the reading at a position."""
        return bool(self._readings[at].picks) and topic in self._avoidable[at]

    def everywhere(self, topic: Topic) -> bool:
        """Whether the problem is avoidable in each reading that has it."""
        return all(topic in spared for spared, had in zip(self._avoidable, self._topics, strict=True) if topic in had)

    @cached_property
    def _avoidable(self) -> Sequence[AbstractSet[Topic]]:
        return [
            {
                topic_of(rule, problem)
                for rule, problem in problems
                if _compares_with_free_value(reading, problem)
                or all(self._goes_with_others(pick, topic_of(rule, problem)) for pick in reading.picks)
            }
            if reading.picks
            else frozenset()
            for reading, problems in zip(self._readings, self._found, strict=True)
        ]

    @cached_property
    def _topics(self) -> Sequence[AbstractSet[Topic]]:
        return [{topic_of(*each) for each in problems} for problems in self._found]

    @cached_property
    def _picks(self) -> AbstractSet[Pick]:
        return {pick for reading in self._readings for pick in reading.picks}

    @cached_property
    def _tried(self) -> AbstractSet[tuple[Pick, Pick]]:
        """The pairs of parameter values that were tried together."""
        return {pair for reading in self._readings for pair in combinations(sorted(reading.picks), 2)}

    def _goes_with_others(self, pick: Pick, topic: Topic) -> bool:
        """Whether some combination with the value lacks the problem, or not all its combinations were tried."""
        with_it = (had for reading, had in zip(self._readings, self._topics, strict=True) if pick in reading.picks)
        return any(topic not in had for had in with_it) or any(
            other[0] != pick[0] and (min(pick, other), max(pick, other)) not in self._tried for other in self._picks
        )


def _compares_with_free_value(reading: Reading, problem: Problem) -> bool:
    """Whether a problem compares the default of a parameter that accepts any value."""
    return any(reading.origins[pointer].name for pointer in problem.pointers if pointer in reading.origins)
