"""Reads CloudFormation templates (also SAM and CDK output): each `AWS::ECS::TaskDefinition` in each way to deploy it."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from taskfit.definition import Dialect, TaskDefinition, Unknown
from taskfit.finding import Change, Edit, Severity, Span
from taskfit.record import cached_property, replace
from taskfit.sources import directives, values
from taskfit.sources.beside import top_of
from taskfit.sources.cloudformation import assembly, callers, parsing, properties, template
from taskfit.sources.cloudformation.callers import Call
from taskfit.sources.cloudformation.evaluation import Evaluation, evaluations
from taskfit.sources.cloudformation.expansion import Expansion, may_expand
from taskfit.sources.cloudformation.properties import Properties
from taskfit.sources.cloudformation.services import Services
from taskfit.sources.document import Document, Fault, Input, Origin, Origins, Reading, duplicate_keys
from taskfit.sources.services import models, places
from taskfit.syntax import strict_json
from taskfit.syntax.placeholders import normal
from taskfit.syntax.tree import Node, get
from taskfit.syntax.unreadable import UnreadableError

if TYPE_CHECKING:
    from taskfit.sources.editing.editor import Editor

MARK = "AWS::ECS::TaskDefinition"

MAX_CHARACTERS = 4 * 1024 * 1024
"""Limit on a template's size; AWS accepts no template above 1 MiB."""
MAX_NAMES = 5
"""Limit on the names of definitions in one note."""
DIALECT = Dialect(
    "cloudformation",
    unknown_field="CloudFormation refuses the template",
    refuses_misspelled_fields=True,
    converts="everything",
    capitalises=True,
    needs_family=False,
)

_DECLARATION = re.compile(rf"""Type["']?\s*:\s*["']?{MARK}\b""")
_SECTION = re.compile(r"^(AWSTemplateFormatVersion|Resources)\s*:", re.MULTILINE)
_DIRECTIVE = re.compile(r"\{\{(?!resolve:)|\{%|<%")
_OWN_TRANSFORMS = ("AWS::", "Fn::")


def read(given: Input) -> Document | None:
    """The definitions of a template, or `None` if the text is something else; `--var` sets parameters.

    Raises `UnreadableError` with the offset of the first thing that is wrong.
    """
    source = given.source
    if len(source.text) > MAX_CHARACTERS:
        return None
    try:
        trees = parsing.trees(source.text)
    except UnreadableError:
        if _looks_like_template(source.text):
            raise
        return None
    readers = [_Reader(given, root) for tree in trees for root in parsing.templates(tree)]
    document = Document()
    for reader in readers:
        reader.read(document)
    return document if any(reader.definitions for reader in readers) else None


def _expanded(root: Node, given: Input, calls: Iterable[Call]) -> Node:
    if not may_expand(given.source.text):
        return root
    folder = os.path.realpath(given.path.parent) if given.path else ""
    passed = frozenset(name for call in calls for name in call.passed)
    return Expansion(root, folder, top_of(folder) if folder else "", given.variables, passed).tree()


def _looks_like_template(text: str) -> bool:
    """Whether a text that can't be parsed is still a template, not one within other text or one to be rendered."""
    opens = strict_json.looks_like_json(text) or _SECTION.search(text)
    return bool(opens and _DECLARATION.search(text) and not _DIRECTIVE.search(text))


class _Reader:
    def __init__(self, given: Input, root: Node) -> None:
        self.source, self.variables, path = given.source, given.variables, given.path
        real = given.checked.real(path) if path else ""
        calls = callers.calls(given, real, root) if real else []
        root = _expanded(root, given, calls)
        by_kind = parsing.resources(root)
        self.definitions = by_kind.get(MARK, [])
        self.services = Services(by_kind)
        users = [*self.services.nodes, *(definition for _, definition in self.definitions)]
        environment = assembly.environment(real) if real else {}
        self.ways = [
            (
                call,
                template.template(
                    self.source, root, users, self.variables, {**environment, **(call.passed if call else {})}
                ),
            )
            for call in [*calls, *([] if calls else [None])]
        ]
        self.has_macro = _has_macro(root)
        self.root = root

    def read(self, document: Document) -> None:
        """Add the definitions with their readings, directives and faults."""
        turns: dict[int, list[tuple[Reading, ...]]] = {}
        reported = set(document.faults)
        bounded: dict[int, list[Node]] = {}
        for key, resource in self.definitions:
            written = get(resource, "Properties")
            if written is not None and written.items is not None and not self.has_macro:
                message = f"the Properties of {key.value} are a list; CloudFormation takes a mapping of names to values"
                place = self.source.span(written.start, written.start + 1)
                advice = "Write one mapping; in YAML, without hyphens before the names."
                document.faults.append(Fault(message, place, help=advice))
            found: list[Reading] = []
            is_bounded = False
            for call, way in self.ways:
                results, is_cut = evaluations(way, partial(self._reading, key, resource))
                found += [_called(reading, call) for reading in results if reading is not None]
                is_bounded |= is_cut
            if is_bounded:
                bounded.setdefault(len(found), []).append(key)
            readings = values.distinct(found)
            # Iterations of a loop that differ only in their names are one definition.
            before = turns.setdefault(key.start, [])
            if readings and not any(_all_same(readings, other) for other in before):
                before.append(readings)
                document.definitions.append(readings)
                document.directives += directives.metadata(self.source, resource, len(document.definitions) - 1)
                duplicates = [fault for fault in duplicate_keys(self.source, resource) if fault not in reported]
                document.faults += duplicates
                reported.update(duplicates)
        document.faults += [self._bounded(keys, number) for number, keys in bounded.items()]

    def _bounded(self, keys: Sequence[Node], number: int) -> Fault:
        """The note on definitions of which not every combination was checked."""
        names = list(dict.fromkeys(str(key.value) for key in keys))
        *most, last = names if len(names) <= MAX_NAMES else (*names[:MAX_NAMES], f"{len(names) - MAX_NAMES} more")
        names_have = f"{', '.join(most)} and {last} have" if most else f"{last} has"
        message = f"{names_have} more combinations of parameters and conditions than the {number} checked"
        advice = "Give the values that are deployed with `--var NAME=VALUE`."
        return Fault(message, self.source.span(keys[0].start, keys[0].end), Severity.NOTE, advice)

    def _reading(self, key: Node, resource: Node, evaluation: Evaluation) -> Reading | None:
        if not evaluation.exists(resource, is_premise=True):
            return None
        written = get(resource, "Properties")
        tree = evaluation.evaluate(written) if written is not None else None
        if tree is None or tree.entries is None:
            is_partial = written is not None
            tree = values.Resolved(resource.start, resource.end, entries=[], is_partial=is_partial)
        found = Properties(_as_partial(tree) if self.has_macro else tree, evaluation.template)
        services = self.services.of(key.value, evaluation)
        data, contents = normal(found.data, self.variables)
        misspelled = {} if self.has_macro else found.misspelled
        task = TaskDefinition(data, DIALECT, key.value, models(services), misspelled).consisting_of(contents)
        text = _Text(self, key, found)
        choices = evaluation.choices
        return Reading(
            task,
            text.locate,
            text.origins,
            choices.words,
            choices.is_optional,
            choices.picks,
            choices.undecided,
            text.edits,
            places(services),
        )

    @cached_property
    def _references(self) -> Counter[str]:
        return template.references(self.root)

    def editor(self, tree: Node, origins: Mapping[str, Origin]) -> Editor:
        """The editor of a resource's properties, or of the default of the one parameter that sets a value."""
        from taskfit.sources.editing.editor import Editor
        from taskfit.sources.editing.notation import Json, Yaml

        notation = Json() if strict_json.looks_like_json(self.source.text) else Yaml()
        return Editor(
            self.source,
            tree,
            lambda _: notation,
            is_lenient=lambda _: True,
            spell=properties.spelled,
            origin=lambda pointer: self._place_of(origins.get(pointer)),
        )

    def _place_of(self, origin: Origin | None) -> tuple[int, int] | None:
        """The place of a value's origin, if that is a parameter used nowhere else."""
        if origin is None or origin.span is None or self._references[origin.name] != 1:
            return None
        return self.source.offset(*origin.span[:2]), self.source.offset(*origin.span[2:])


class _Text:
    """Locates and edits the values of one reading in its file."""

    def __init__(self, reader: _Reader, key: Node, found: Properties) -> None:
        self._reader = reader
        self._key = key
        self._found = found
        self.origins = Origins(lambda: values.origins(reader.source, found.tree))

    def locate(self, pointer: str, on_key: bool) -> Span:
        """The span of the value, or of its key, at a pointer."""
        return values.locate(self._reader.source, (self._key.start, self._key.end), self._found.tree, pointer, on_key)

    @cached_property
    def _editor(self) -> Editor:
        return self._reader.editor(self._found.tree, self.origins)

    def edits(self, changes: Iterable[Change]) -> tuple[Edit, ...] | None:
        """The edits that make the changes."""
        return self._editor.edits(changes)


def _called(reading: Reading, call: Call | None) -> Reading:
    if call is None:
        return reading
    choice = f"{call.words} and {reading.choice}" if reading.choice else call.words
    return reading._replace(choice=choice, is_optional=reading.is_optional or call.is_optional)


def _all_same(some: tuple[Reading, ...], others: tuple[Reading, ...]) -> bool:
    return len(some) == len(others) and all(
        values.same(one.task, other.task) for one, other in zip(some, others, strict=True)
    )


def _has_macro(root: Node) -> bool:
    """Whether a user-defined macro may change anything in the template."""
    transform = get(root, "Transform")
    names = [item.value for item in ([transform] if transform.items is None else transform.items)] if transform else []
    return any(not (isinstance(name, str) and name.startswith(_OWN_TRANSFORMS)) for name in names if name is not None)


def _as_partial(node: Node) -> Node:
    """The tree with unknown further entries in every object and list."""
    if node.entries is not None:
        return replace(node, entries=[(key, _as_partial(value)) for key, value in node.entries], is_partial=True)
    if node.items is not None:
        more = Node(node.end, node.end, Unknown("what a macro adds", "partial"))
        return replace(node, items=[*map(_as_partial, node.items), more])
    return node
