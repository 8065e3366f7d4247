"""Runs the examples of rules as `taskfit check` runs a file, and compares findings and fixes with the expected ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit import checking, fixes
from taskfit.config import validation
from taskfit.config.invalid import Fault
from taskfit.config.settings import Configuration, Settings
from taskfit.paths import display, repository_root
from taskfit.policy.registry import OwnRule, own_rules
from taskfit.record import NamedTuple
from taskfit.session import Session
from taskfit.sources.files import File

if TYPE_CHECKING:
    from taskfit.finding import Report
    from taskfit.policy.rule_file import Example

UNREADABLE, NOT_CHECKED = "FIT001", "FIT004"
"""The rules that report an example that can't be read, or not be checked."""


class Outcome(NamedTuple):
    """The outcome of running the examples of rules."""

    passed: int
    """The number of examples with the expected result."""
    differences: tuple[Fault, ...]
    """Differences from the expected results, located in the rule file."""
    faults: tuple[Fault, ...]
    """Faults of rules whose examples could not be run."""


class _Place(NamedTuple):
    """An example and its place in a rule file."""

    rule: OwnRule
    example: Example
    kind: str
    """`bad` or `good`."""
    position: int

    @property
    def title(self) -> str:
        name = f" ({self.example.title})" if self.example.title else ""
        return f"{self.rule.page.code}, {self.kind} example {self.position + 1}{name}"

    def at(self, key: str, character: int = 0, words: str = "") -> Fault:
        """A fault at a key of the example."""
        node, _ = self.rule.tree.find([self.kind, str(self.position), key])
        source = self.rule.source
        offset = source.within(node.start, node.end, node.value, character)
        return Fault(display(self.rule.path), *source.position(offset), f"{self.title}: {words}")


def run(entries: tuple[str, ...]) -> Outcome:
    """Run the examples of the rules named by the setting `rules`."""
    rules, faults = own_rules(entries)
    passed = 0
    differences: list[Fault] = []
    for place in (each for rule in rules for each in _places(rule)):
        found = list(_differences(place))
        differences += found
        passed += not found
    return Outcome(passed, tuple(differences), faults)


def _places(rule: OwnRule) -> Iterator[_Place]:
    for kind, examples in (("bad", rule.page.bad), ("good", rule.page.good)):
        yield from (_Place(rule, example, kind, index) for index, example in enumerate(examples))


def _differences(place: _Place) -> Iterator[Fault]:
    """The differences between the actual and the expected result of an example."""
    code, example = place.rule.page.code, place.example
    try:
        session, file = _session(place), _file(example)
        report = checking.check_files(session, [file])
    except ValueError as error:
        yield place.at("settings", words=str(error))
        return
    unreadable = next((each for each in report.findings if each.code == UNREADABLE), None)
    if unreadable is not None or not report.definitions:
        words = unreadable.message if unreadable else "there is no task definition in it"
        line = unreadable.span.line if unreadable else 1
        yield place.at("file", _start_of_line(example.file, line), words)
        return
    yield from (place.at("file", words=failure.partition(": ")[2]) for failure in report.failures)
    found = sorted({each.pointer for each in report.findings if each.code == code})
    if place.kind == "good":
        for each in (finding for finding in report.findings if finding.code == code):
            character = _start_of_line(example.file, each.span.line)
            yield place.at("file", character, f"reported at {each.pointer or 'the definition'}: {each.message}")
    elif not found:
        yield place.at("file", words=f"nothing is reported{_reason(report, code)}")
    elif example.at and found != sorted(example.at):
        words = f"reported at {_listed(found)}, not at {_listed(sorted(example.at))}"
        yield place.at("at", words=words)
    if example.fixed:
        yield from _difference_of_fix(place, session, file)


def _session(place: _Place) -> Session:
    """A session that runs only this rule, and the rules that report why it could not run."""
    node, _ = place.rule.tree.find([place.kind, str(place.position), "settings"])
    path = place.rule.path
    given = validation.validate(Settings, node, place.rule.source, path) if place.example.settings else Settings()
    code = place.rule.page.code
    settings = Configuration(given, Path()).with_options(
        {"rules": (str(path),), "select": (code, UNREADABLE, NOT_CHECKED)}
    )
    return Session.under(settings)


def _file(example: Example) -> File:
    """The example as a file, at its `path` in the repository."""
    is_json = example.file.lstrip().startswith(("{", "["))
    name = example.path or ("example.json" if is_json else "example.yaml")
    root = repository_root(Path.cwd()) or Path.cwd()
    return File(str(root / name), None, example.file.encode("utf-8", "replace"))


def _reason(report: Report, code: str) -> str:
    """Why a rule may report nothing: the values it reads are unknown."""
    unknown = [each.message for each in report.findings if each.code == NOT_CHECKED and code in each.message]
    return f"; {unknown[0]}" if unknown else ""


def _difference_of_fix(place: _Place, session: Session, file: File) -> Iterator[Fault]:
    fixed = fixes.fixed_file(session, file, unsafe=True)
    text, wanted = fixed.after.decode("utf-8") if fixed else place.example.file, place.example.fixed
    if text == wanted:
        return
    lines, others = wanted.splitlines(), text.splitlines()
    pairs = zip(lines, others, strict=False)
    number = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(lines), len(others)))
    made = others[number].strip() if number < len(others) else "nothing"
    yield place.at("fixed", _start_of_line(wanted, number + 1), f"the fix gives: {made}")


def _start_of_line(text: str, line: int) -> int:
    """The offset of the first non-blank character of a line."""
    lines = text.split("\n")
    before = sum(len(each) + 1 for each in lines[: line - 1])
    current = lines[line - 1] if line <= len(lines) else ""
    return min(before + len(current) - len(current.lstrip()), len(text))


def _listed(pointers: list[str]) -> str:
    return ", ".join(pointer or "the definition itself" for pointer in pointers)
