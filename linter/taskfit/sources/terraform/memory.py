"""Values of expressions from other evaluations of a module: only those on another branch are computed again.

A record has the questions asked for a value, with their answers. Another evaluation asks them again, in the same
order: if the answers are the same, so is the value.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.sources.terraform.syntax import Expression
    from taskfit.sources.terraform.values import Value

Result = TypeVar("Result", covariant=True)  # noqa: PLC0105 - read only


class Condition(NamedTuple):
    """A condition: a subject, and the literal that it is compared with."""

    subject: str
    literal: str | None = None
    """The literal that the subject is compared with; `None` if there is none."""
    is_negated: bool = False
    names: frozenset[str] = frozenset()
    """The names that the subject depends on."""
    is_chosen: bool = True
    """Whether a deployment's variables alone decide it; otherwise it has one outcome, which is unknown."""


class Asked(NamedTuple):
    """A question and its answer."""

    condition: Condition
    is_choice: bool
    """Whether a branch had to be taken if nothing decides the condition."""
    answer: bool | None


class Record(Generic[Result]):
    """A result, and the questions that it depends on."""

    __slots__ = ("asked", "is_whole", "result")

    def __init__(self, result: Result, asked: Sequence[Asked | Record[Any]] = (), is_whole: bool = True) -> None:
        self.result = result
        self.asked = asked
        self.is_whole = is_whole
        """Whether it depends on nothing else, such as the budget that was left."""


UNFINISHED = Record(None, is_whole=False)
"""The record of a value that is still being resolved, and so refers to itself."""


class Trail(ABC):
    """The questions of one evaluation, in order, those of each finished record as one."""

    def __init__(self) -> None:
        self.unrecorded = 0
        """How often a result depended on something that is not recorded as a question."""
        self._asked: list[Asked | Record[Any]] = []
        self._repeated: dict[Record[Any], bool] = {}

    @abstractmethod
    def answer(self, condition: Condition, *, is_choice: bool) -> bool | None:
        """Whether a condition holds, without recording the question."""

    def ask(self, condition: Condition, *, is_choice: bool) -> bool | None:
        """The answer to a question, which is added to the open records."""
        answer = self.answer(condition, is_choice=is_choice)
        self._asked.append(Asked(condition, is_choice, answer))
        return answer

    def begin(self) -> tuple[int, int]:
        """Begin a record."""
        return len(self._asked), self.unrecorded

    def finish(self, begun: tuple[int, int], result: Any) -> Record[Any]:
        """Finish the record of a result."""
        at, unrecorded = begun
        asked = tuple(self._asked[at:])
        del self._asked[at:]
        self._asked += asked if len(asked) < 2 else ()
        record = Record(result, asked, unrecorded == self.unrecorded)
        if len(asked) > 1:
            self._asked.append(record)
        return record

    def use(self, record: Record[Result]) -> Result:
        """The result of a record of this evaluation; the open records now depend on its questions, too."""
        if record.asked:
            self._asked.append(record)
        self.unrecorded += not record.is_whole
        return record.result

    def repeats(self, record: Record[Any]) -> bool:
        """Whether the questions of a record have the same answers in this evaluation."""
        if record not in self._repeated:
            self._repeated[record] = all(map(self._is_same, record.asked))
        return self._repeated[record]

    def _is_same(self, asked: Asked | Record[Any]) -> bool:
        if isinstance(asked, Record):
            return self.repeats(asked)
        return self.answer(asked.condition, is_choice=asked.is_choice) is asked.answer


class Kept(NamedTuple):
    """The value of an expression in another evaluation."""

    record: Record[Value]
    steps: int
    """The number of evaluation steps that it took."""


Memory = dict[tuple[str, "Expression"], Kept]
"""Values by the module's address and the expression."""
