"""Problem -> Finding: the place in the file, the message, and the fix if every reading of the definition allows it."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, TypeAlias

from taskfit.definition import TaskDefinition, escape, known, split_pointer
from taskfit.engine.avoidable import ADVICE, Avoidable, Found, Topic, topic_of
from taskfit.engine.suppression import NOT_CHECKED, Located
from taskfit.finding import Edit, Finding, Fix, Problem, Proposal, Related, Severity
from taskfit.policy.rule import Rule
from taskfit.record import NamedTuple, cached_property, replace

if TYPE_CHECKING:
    from taskfit.sources.document import Fault, Origin, Reading

LONGEST_WORD = 150
LONG_WORD = rf"\S{{{LONGEST_WORD},}}"
"""A word longer than an ARN or a URL usually is."""

Crash = Callable[[str, Exception], None]
"""Records what crashed, and the error."""

_Reported: TypeAlias = tuple[Topic, int | str | None]
"""A problem with the deployment that it was reported for, with the message of the report, or with neither."""

NOT_READ = "not read: "
"""The beginning of the subject of a note on something that is not read."""


def of_fault(path: str, rule: Rule, fault: Fault) -> Finding:
    """The finding for a fault in a file's text."""
    severity = fault.severity or rule.severity
    subject = f"{NOT_READ}{fault.message}" if fault.is_unread else fault.message
    return Finding(rule.code, rule.name, severity, fault.message, path, fault.span, help=fault.help, subject=subject)


class Definition(NamedTuple):
    """A definition with the problems that the rules found in each of its readings."""

    path: str
    position: int
    """The position of the definition in the file, from 0."""
    readings: Sequence[Reading]
    found: Sequence[Found]

    def findings(self, crashed: Crash, *, with_fixes: bool) -> Iterator[Located]:
        """Each problem once, with its fix if requested; if a fix crashes, its finding has none."""
        if not any(self.found):
            return
        everywhere = set.intersection(*({_content(*each) for each in problems} for problems in self.found))
        fixable = self._fixable() if with_fixes else set()
        for place, rule, problem, is_avoidable in self._to_report():
            choice = "" if _content(rule, problem) in everywhere else place.choice
            finding = place.finding(rule, problem, choice)
            if is_avoidable and finding.severity is not Severity.NOTE:
                finding = replace(finding, severity=Severity.NOTE, help=f"{finding.help} {ADVICE}".strip())
            if problem.proposal is not None and _fix_key(rule, problem.proposal) in fixable:
                finding = self._with_fix(finding, problem.proposal, crashed)
            yield Located(finding, self.position, choice + place.said(problem, passed=False))

    def _to_report(self) -> Iterator[tuple[_Place, Rule, Problem, bool]]:
        """The problems to report, each with its reading's place and whether other values of parameters avoid it.

        An error that several deployments have is reported again for each whose values are different or elsewhere.
        """
        certain, avoidable = self._certain(), Avoidable(self.readings, self.found)
        reported = set[_Reported]()
        for at, (reading, problems) in enumerate(self._pairs()):
            place, new = _Place(self.path, reading), set[_Reported]()
            for rule, problem in problems:
                topic, severity = topic_of(rule, problem), _severity(rule, problem)
                if severity is not Severity.NOTE and topic not in certain.get(reading.group, (topic,)):
                    continue  # Unknown: not every reading of the group has it.
                topics, deployment = _topics(rule, problem), reading.deployment
                if all((each, deployment if severity is Severity.ERROR else None) in reported for each in topics):
                    continue  # Already reported for the default choice.
                is_avoidable = avoidable.holds(at, topic)
                if is_avoidable and not avoidable.everywhere(topic):
                    continue
                new.update((each, where) for each in topics for where in (deployment, None))
                if severity is Severity.ERROR:
                    said = topic, place.said(problem)
                    new.add(said)
                    if said in reported:
                        continue  # Already reported for another deployment.
                yield place, rule, problem, is_avoidable
            reported |= new

    def _certain(self) -> Mapping[str | None, set[Topic]]:
        """The problems that all readings of a group have, by group."""
        found: dict[str | None, set[Topic]] = {}
        for reading, problems in self._pairs():
            if reading.group is not None:
                topics = {topic_of(*each) for each in problems}
                found[reading.group] = found.get(reading.group, topics) & topics
        return found

    def _pairs(self) -> Iterator[tuple[Reading, Found]]:
        return zip(self.readings, self.found, strict=True)

    def _fixable(self) -> set[tuple[str, str]]:
        """The fixes that every reading needs: a fix for one must not break another."""
        return set.intersection(
            *(
                {_fix_key(rule, problem.proposal) for rule, problem in problems if problem.proposal is not None}
                for problems in self.found
            )
        )

    def _with_fix(self, finding: Finding, proposal: Proposal, crashed: Crash) -> Finding:
        try:
            return replace(finding, fix=self._fix(proposal))
        except Exception as error:  # noqa: BLE001 - a finding without its fix is better than none
            crashed(f"the fix of {finding.code}", error)
            return finding

    def _fix(self, proposal: Proposal) -> Fix | None:
        """The edits that make the changes in every reading; each reading may take the value from another place."""
        edits: set[Edit] = set()
        for reading in self.readings:
            found = reading.edits(proposal.changes)
            if not found:
                return None
            edits |= set(found)
        return Fix(proposal.applicability, tuple(sorted(edits)), proposal.changes, self.position)


def _topics(rule: Rule, problem: Problem) -> AbstractSet[Topic]:
    """The topics of a problem: one, or one for each place that was not checked."""
    pointers = problem.pointers if rule.code == NOT_CHECKED else (problem.pointer,)
    return {(rule.code, pointer, problem.subject) for pointer in pointers}


def _content(rule: Rule, problem: Problem) -> tuple[str, str, str]:
    return rule.code, problem.pointer, problem.message


def _severity(rule: Rule, problem: Problem) -> Severity:
    return problem.severity or rule.severity


def _fix_key(rule: Rule, proposal: Proposal) -> tuple[str, str]:
    """A rule's fix in a hashable form; the values in it may be lists."""
    return rule.code, repr(proposal)


class _Place:
    """Makes the findings of one reading of a definition."""

    def __init__(self, path: str, reading: Reading) -> None:
        self._path = path
        self._reading = reading
        self._task = reading.task

    @property
    def choice(self) -> str:
        """The beginning of a message about what not every reading has."""
        return f"With {self._reading.choice}: " if self._reading.choice else ""

    def finding(self, rule: Rule, problem: Problem, choice: str) -> Finding:
        """The finding for a problem; its message begins with the choice that leads there."""
        reading = self._reading
        severity = _severity(rule, problem)
        if reading.is_optional and severity is Severity.ERROR:
            severity = Severity.WARNING
        place = reading.place(problem.pointer, problem.on_key)
        others = [(reading.place(at, False), label) for at, label in problem.related]
        related = (Related(other.span, _readable(label)) for other, label in others if other.file == place.file)
        return Finding(
            code=rule.code,
            name=rule.name,
            severity=severity,
            message=_readable(_on_one_line(choice + self.said(problem))),
            path=self._path_of(place.file) or self._path,
            span=place.span,
            definition=self._task.name,
            container=self._container(problem.pointer),
            pointer=problem.pointer,
            help=_readable(problem.help),
            label=_readable(problem.label),
            related=(*related, *self._related(problem)),
            data=problem.data,
            anchor=_anchor(problem.pointer, self._task),
            subject=problem.subject,
            is_secret=rule.secret,
        )

    def said(self, problem: Problem, *, passed: bool = True) -> str:
        """The message of a problem with the origins of its values; unless `passed`, without those of values passed on."""
        origins = self._origins(problem)
        return problem.message + self._words(each for each in origins if passed or each[1].use != "used")

    def _origins(self, problem: Problem) -> Sequence[tuple[str, Origin]]:
        """The origins of the values that a problem names, by pointer."""
        origins = self._reading.origins
        # A definition that a module makes has that origin as a whole, whichever values the problem names.
        pointers = dict.fromkeys((*problem.pointers, ""))
        return [(pointer, _spelled(problem, origins[pointer])) for pointer in pointers if pointer in origins]

    def _words(self, origins: Iterable[tuple[str, Origin]]) -> str:
        """Origins as a phrase at the end of a message."""
        described = [(pointer, origin) for pointer, origin in origins if origin.text]
        names = self._names(pointer for pointer, _ in described)
        words = "; ".join(dict.fromkeys(f"{names[pointer]} is from {origin.text}" for pointer, origin in described))
        return f" ({words})" if words else ""

    def _related(self, problem: Problem) -> Sequence[Related]:
        """The places of the origins of the values that a problem names."""
        origins = self._origins(problem)
        names = self._names(pointer for pointer, _ in origins if pointer)
        return [
            Related(origin.span, _readable(_label(origin, names.get(pointer, ""))), self._path_of(origin.file))
            for pointer, origin in origins
            if origin.span
        ]

    def _names(self, pointers: Iterable[str]) -> Mapping[str, str]:
        """The names of the values at pointers in a message, with the container if a name is ambiguous."""
        names = {pointer: _field(pointer, self._task) for pointer in pointers}
        often = {name for name, number in Counter(names.values()).items() if number > 1}
        return {
            pointer: f"{name} of {self._owner(pointer)}" if name in often else name for pointer, name in names.items()
        }

    def _owner(self, pointer: str) -> str:
        is_container = pointer.startswith("/containerDefinitions/")
        return self._container(pointer) or ("the container" if is_container else "the task")

    def _path_of(self, file: str) -> str:
        """The path of another file, which is given relative to the folder of the checked one."""
        return posixpath.normpath(posixpath.join(self._path, "..", file)) if file else ""

    def _container(self, pointer: str) -> str | None:
        match split_pointer(pointer):
            case ("containerDefinitions", index, *_):
                return self._container_names.get(index)
        return None

    @cached_property
    def _container_names(self) -> Mapping[str, str | None]:
        return {str(container.index): known(container.name) for container in self._task.containers}


def _spelled(problem: Problem, origin: Origin) -> Origin:
    """The origin of what a problem is about: of the key, if that is in the wrong spelling or its text quotes the value."""
    is_of_key = problem.on_spelling and (problem.on_key or origin.is_quoted)
    return origin.key if is_of_key and origin.key is not None else origin


def _label(origin: Origin, name: str) -> str:
    """The label at the place of an origin; `name` is that of the value."""
    return f"where {name} is {origin.use}" if origin.use else origin.label or origin.text


def _on_one_line(text: str) -> str:
    """The text with line breaks escaped, which a name in a file may contain."""
    return text.replace("\r", "\\r").replace("\n", "\\n")


def _readable(text: str) -> str:
    """The text with very long words truncated; a file may contain names and numbers of any length."""
    return text if len(text) < LONGEST_WORD else re.sub(LONG_WORD, lambda word: f"{word[0][:40]}...", text)


def _field(pointer: str, task: TaskDefinition) -> str:
    """The name of the value at a pointer in a message; for a variable, the variable's name."""
    *_, owner, field = _anchor(pointer, task).split("/")
    return owner if field in ("value", "*") else field


def _anchor(pointer: str, task: TaskDefinition) -> str:
    """The pointer with the names of list entries in place of their positions."""
    value: object = task.data
    names = []
    for step in split_pointer(pointer):
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
            name = value.get("name") or value.get("containerName") if isinstance(value, dict) else None
            names.append(name if isinstance(name, str) else "*")
        else:
            value = value.get(step) if isinstance(value, dict) else None
            names.append(step)
    return "".join(f"/{escape(name)}" for name in names)
