"""What expressions came to on other ways through a module: only what rests on another branch is evaluated anew.

A record has the questions that were asked for a value, with their answers. On another way they are asked again, in the same
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
    """What a condition asks about."""

    subject: str
    literal: str | None = None
    """What the subject is compared with, if it is."""
    is_negated: bool = False
    names: frozenset[str] = frozenset()
    """What it depends on."""
    is_chosen: bool = True
    """Whether a deployment chooses it, by variables alone; otherwise it comes out one way, and which is unknown."""


class Asked(NamedTuple):
    """A question and its answer."""

    condition: Condition
    is_choice: bool
    """Whether a branch was to be taken where nothing decides."""
    answer: bool | None


class Record(Generic[Result]):
    """A result, and what it rests on."""

    __slots__ = ("asked", "is_whole", "result")

    def __init__(self, result: Result, asked: Sequence[Asked | Record[Any]] = (), is_whole: bool = True) -> None:
        self.result = result
        self.asked = asked
        self.is_whole = is_whole
        """Whether it rests on nothing else, such as on the room that was left."""


UNFINISHED = Record(None, is_whole=False)
"""What is still being resolved, and so refers to itself."""


class Trail(ABC):
    """The questions of one way, in order, those of each finished record as one."""

    def __init__(self) -> None:
        self.lapses = 0
        """How often something counted that no question has asked for."""
        self._asked: list[Asked | Record[Any]] = []
        self._repeated: dict[Record[Any], bool] = {}

    @abstractmethod
    def answer(self, condition: Condition, *, is_choice: bool) -> bool | None:
        """Whether a condition holds, without going into any record."""

    def ask(self, condition: Condition, *, is_choice: bool) -> bool | None:
        """The answer to a question, which goes into the records that are open."""
        answer = self.answer(condition, is_choice=is_choice)
        self._asked.append(Asked(condition, is_choice, answer))
        return answer

    def begin(self) -> tuple[int, int]:
        """The beginning of a record."""
        return len(self._asked), self.lapses

    def finish(self, begun: tuple[int, int], result: Any) -> Record[Any]:
        """The record of a result."""
        at, lapses = begun
        asked = tuple(self._asked[at:])
        del self._asked[at:]
        self._asked += asked if len(asked) < 2 else ()
        record = Record(result, asked, lapses == self.lapses)
        if len(asked) > 1:
            self._asked.append(record)
        return record

    def use(self, record: Record[Result]) -> Result:
        """The result of a record of this way, on which the records that are open rest, too."""
        if record.asked:
            self._asked.append(record)
        self.lapses += not record.is_whole
        return record.result

    def repeats(self, record: Record[Any]) -> bool:
        """Whether the questions of a record have the same answers on this way."""
        if record not in self._repeated:
            self._repeated[record] = all(map(self._is_same, record.asked))
        return self._repeated[record]

    def _is_same(self, asked: Asked | Record[Any]) -> bool:
        if isinstance(asked, Record):
            return self.repeats(asked)
        return self.answer(asked.condition, is_choice=asked.is_choice) is asked.answer


class Kept(NamedTuple):
    """The value that an expression had on another way."""

    record: Record[Value]
    steps: int
    """That it took."""


Memory = dict[tuple[str, "Expression"], Kept]
"""By the address of the module and the expression."""
