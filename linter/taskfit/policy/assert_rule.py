"""Runs the rules whose condition is an expression in CEL."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from taskfit.extras import installation
from taskfit.finding import Problem
from taskfit.policy import proposing, template
from taskfit.policy.cel.data import MARK
from taskfit.policy.cel.expression import (
    Environment,
    ExpressionError,
    NoValueError,
    environment,
    is_installed,
)
from taskfit.policy.cel.reads import concrete
from taskfit.policy.cel.target import Target, data_of, target_of
from taskfit.policy.normal import VARIABLES
from taskfit.policy.validator import pointer
from taskfit.policy.when import Condition
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.policy.rule import Rule
    from taskfit.policy.subject import Subject


class Fault(NamedTuple):
    """A fault in an expression of a rule: its key, the message, the offset of the character."""

    key: str
    message: str
    character: int = 0


def faults(data: Mapping[str, Any], target: str) -> Iterator[Fault]:
    """All faults in the expressions of a rule."""
    conditions = [key for key in ("when", "assert") if isinstance(data.get(key), str) and data[key]]
    if not conditions:
        return
    if not is_installed():
        yield Fault(conditions[0], f"`{conditions[0]}` needs the library cel-expr-python: {installation('cel')}")
        return
    known = environment(VARIABLES[target])
    for key in conditions:
        try:
            kind = known.compile(data[key]).kind
        except ExpressionError as error:
            yield Fault(key, error.message, error.character)
        else:
            if kind not in ("bool", "dyn"):
                yield Fault(key, f"the expression is of type {kind}; a condition is true or false")
    for key in ("message", "fix") if data.get("assert") else ():
        yield from _faults_of_text(known, key, data.get(key))


def _faults_of_text(known: Environment, key: str, text: Any) -> Iterator[Fault]:
    try:
        slots = list(template.slots(text)) if isinstance(text, str) else []
    except template.TemplateError:
        return  # reported elsewhere
    for slot in slots:
        try:
            known.compile(slot.expression)
        except ExpressionError as error:
            yield Fault(key, error.message, slot.offset + error.character)


def condition(rule: Rule) -> Callable[[Subject], Iterable[Problem]]:
    """The condition of a rule with an `assert`, ready to be called.

    Raises `ExpressionError`.
    """
    return _Condition(rule).problems


class _Condition:
    def __init__(self, rule: Rule) -> None:
        self._rule, self._variable = rule, VARIABLES[rule.target]
        self._known = environment(self._variable)
        self._expression = self._known.compile(rule.assert_)
        self._when = Condition(rule)
        self._message, self._help = (template.parse(text) for text in (rule.message or f"{rule.summary}.", rule.fix))
        slots = (part.expression for part in (*self._message, *self._help) if isinstance(part, template.Slot))
        self._slots = {text: self._known.compile(text) for text in slots}

    def problems(self, subject: Subject) -> Iterator[Problem]:
        for base, _ in subject.normal.targets(self._rule.target):
            target = target_of(subject, base, self._variable)
            if not self._when.holds(subject, base):
                continue
            try:
                holds = target.value(self._expression)
            except NoValueError as reason:
                if reason.pointer is not None:
                    subject.note_unknown(reason.pointer, self._rule.code)
                continue
            if not isinstance(holds, bool):
                raise ExpressionError(f"the expression is {template.in_words(holds)[:40]}, neither true nor false")
            if not holds:
                place = self._place(subject, target)  # before evaluating the message, which records more places
                yield self._problem(subject, target, place)

    def _problem(self, subject: Subject, target: Target, place: str) -> Problem:
        def value(text: str) -> Any:
            try:
                found = target.value(self._slots[text])
            except NoValueError as reason:
                return "unknown" if reason.pointer else "none"
            return found.replace(MARK, "") if isinstance(found, str) else found

        return Problem(
            place,
            template.filled(self._message, value),
            help=template.filled(self._help, value),
            proposal=proposing.proposal(self._rule, subject.task, target.base),
        )

    def _place(self, subject: Subject, target: Target) -> str:
        """The pointer of `at`, otherwise of the variable or option found, otherwise of the first value read."""
        below = pointer(target.base) + "/"
        asked = [place for place in self._known.context.places if place.startswith(below)]
        if asked and not self._rule.at:
            return asked[0]
        if self._rule.at:
            wanted = [(*target.base, *self._rule.at.strip("/").split("/"))]
        else:
            reads = (read.path for read in self._expression.reads)
            wanted = [
                ("tags",) if path[0] == "tags" else (*target.bases[path[0]], *concrete(path))
                for path in reads
                if path[0] in target.bases
            ]
        for path in wanted:
            found = data_of(subject).existing(path)
            if len(found) > len(target.base) and found[: len(target.base)] == target.base:
                return pointer(found)
        return pointer(target.base)
