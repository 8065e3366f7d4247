"""CloudFormation templates (SAM and CDK output too): each `AWS::ECS::TaskDefinition` in each way to deploy it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, partial

from taskfit.definition import Dialect, TaskDefinition, Unknown
from taskfit.finding import Change, Edit, Severity
from taskfit.sources import directives, values
from taskfit.sources.cloudformation import properties, template
from taskfit.sources.cloudformation.evaluation import Evaluation, evaluations
from taskfit.sources.cloudformation.services import Resource, Services
from taskfit.sources.document import Document, Fault, Input, Origin, Reading, duplicate_keys
from taskfit.sources.services import models, places
from taskfit.syntax import json_text, yaml_text
from taskfit.syntax.placeholders import normalise
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node, UnreadableError, get

MARK = "AWS::ECS::TaskDefinition"

MAX_CHARACTERS = 4 * 1024 * 1024
"""AWS takes no template above 1 MiB."""
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
    """The definitions of a template, or `None` if the text is something else; `--var` gives parameters their values.

    Raises `UnreadableError` with the offset of the first thing that is wrong.
    """
    source, _, variables = given
    if len(source.text) > MAX_CHARACTERS:
        return None
    try:
        trees = _trees(source.text)
    except UnreadableError:
        if _looks_like_template(source.text):
            raise
        return None
    roots = [root for tree in trees for root in _templates(tree)]
    found = [(root, by_kind) for root in roots if MARK in (by_kind := _resources(root))]
    if not found:
        return None
    document = Document()
    for root, by_kind in found:
        reader = _Reader(source, root, by_kind, variables)
        for key, resource in by_kind[MARK]:
            reader.read(key, resource, document)
    return document


def _trees(text: str) -> list[Node]:
    if not json_text.looks_like_json(text):
        return yaml_text.parse_all(text, keep_tags=True)
    value = json_text.loads(text)
    # Most large JSON files that name the type are no templates: specifications, lock files, reports.
    is_other = value is not None and not (isinstance(value, dict) and ("Resources" in value or "resources" in value))
    return [] if is_other else [json_text.parse(text)]


def _looks_like_template(text: str) -> bool:
    """Whether a text that can't be read is a template all the same, not one within other text or to be rendered."""
    opens = json_text.looks_like_json(text) or re.search(
        r"^(AWSTemplateFormatVersion|Resources)\s*:", text, re.MULTILINE
    )
    return bool(opens and _DECLARATION.search(text) and not _DIRECTIVE.search(text))


def _templates(tree: Node) -> Iterator[Node]:
    """The template that a document is, or that a Serverless Framework file holds."""
    for root in (tree, get(tree, "resources")):
        if root is not None and get(root, "Resources") is not None:
            yield root


def _resources(root: Node) -> dict[str, list[Resource]]:
    """The resources by type, with the keys that name them; the body of a `Fn::ForEach` once."""
    resources = get(root, "Resources")
    pending = list((resources.entries if resources else None) or ())
    by_kind: dict[str, list[Resource]] = {}
    for key, node in pending:
        if isinstance(key.value, str) and key.value.startswith("Fn::ForEach") and len(node.items or ()) == 3:
            pending += (node.items or [])[2].entries or []
        elif (kind := get(node, "Type")) is not None and isinstance(kind.value, str):
            by_kind.setdefault(kind.value, []).append((key, node))
    return by_kind


class _Reader:
    def __init__(
        self, source: SourceText, root: Node, by_kind: Mapping[str, list[Resource]], variables: Mapping[str, str]
    ) -> None:
        self.source = source
        self.variables = variables
        self.services = Services(by_kind)
        users = [*self.services.nodes, *(definition for _, definition in by_kind[MARK])]
        self.template = template.template(source, root, users, variables)
        self.has_macro = _has_macro(root)
        self.references = cache(partial(template.references, root))

    def read(self, key: Node, resource: Node, document: Document) -> None:
        """Add a definition with its readings, and what is to be said of them."""
        evaluate = partial(self._reading, key, resource)
        results, is_bounded = evaluations(self.template, evaluate)
        readings = values.distinct(reading for reading in results if reading is not None)
        if readings:
            document.definitions.append(readings)
            document.directives += directives.metadata(self.source, resource, len(document.definitions) - 1)
            document.faults += duplicate_keys(self.source, resource)
        if is_bounded:
            message = f"{key.value} has more combinations of parameters and conditions than the {len(results)} checked"
            advice = "Give the values that are deployed with `--var NAME=VALUE`."
            document.faults.append(Fault(message, self.template.span(key), Severity.NOTE, advice))

    def _reading(self, key: Node, resource: Node, evaluation: Evaluation) -> Reading | None:
        if not evaluation.exists(resource, is_premise=True):
            return None
        written = get(resource, "Properties")
        tree = evaluation.evaluate(written) if written is not None else None
        if tree is None or tree.entries is None:
            is_partial = written is not None
            tree = values.Resolved(resource.start, resource.end, entries=[], is_partial=is_partial)
        misspelled = properties.adopt(tree, self.template)
        if self.has_macro:
            _open(tree)
            misspelled = {}
        services = self.services.of(key.value, evaluation)
        data = normalise(tree.plain(), self.variables)
        task = TaskDefinition(data, DIALECT, key.value, models(services), misspelled)
        locate = partial(values.locate, self.source, (key.start, key.end), tree)
        origins = dict(values.origins(tree))
        edits = partial(self._edits, tree, origins)
        choices = evaluation.choices
        return Reading(
            task,
            locate,
            origins,
            choices.words,
            choices.is_optional,
            choices.undecided,
            edits,
            places(services),
        )

    def _edits(self, tree: Node, origins: Mapping[str, Origin], changes: Iterable[Change]) -> tuple[Edit, ...] | None:
        """Edits of the resource's properties, or of the default of the one parameter that gives a value."""
        from taskfit.sources.editing.editor import Editor
        from taskfit.sources.editing.notation import Json, Yaml

        notation = Json() if json_text.looks_like_json(self.source.text) else Yaml()
        editor = Editor(
            self.source,
            tree,
            lambda _: notation,
            is_lenient=lambda _: True,
            spell=properties.spelled,
            origin=lambda pointer: self._place_of(origins.get(pointer)),
        )
        return editor.edits(changes)

    def _place_of(self, origin: Origin | None) -> tuple[int, int] | None:
        """Where a value comes from, if that is a parameter with this one use."""
        if origin is None or origin.span is None or self.references()[origin.name] != 1:
            return None
        return self.source.offset(*origin.span[:2]), self.source.offset(*origin.span[2:])


def _has_macro(root: Node) -> bool:
    """Whether a macro that is not AWS's own may change anything in the template."""
    transform = get(root, "Transform")
    names = [item.value for item in ([transform] if transform.items is None else transform.items)] if transform else []
    return any(not (isinstance(name, str) and name.startswith(_OWN_TRANSFORMS)) for name in names if name is not None)


def _open(tree: Node) -> None:
    """Make every object and list one that may hold more than can be seen."""
    for node in list(tree.walk()):
        if node.entries is not None:
            node.is_partial = True
        elif node.items is not None:
            node.items.append(Node(node.end, node.end, Unknown("a macro", "partial")))
