"""The content of one file, in whatever format, to its definitions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from taskfit.definition import Dialect, TaskDefinition
from taskfit.finding import Change, Edit, Severity, Span
from taskfit.sources import directives, json_text, yaml_text
from taskfit.sources.detection import bears_definition, definitions, foreign_format, is_terraform, is_terraform_output
from taskfit.sources.document import Document, Fault, Reading, Tree, duplicate_keys, span_at
from taskfit.sources.placeholders import normalise
from taskfit.sources.text import SourceText
from taskfit.sources.tree import Node, UnreadableError

MAX_JSON = 64 * 1024 * 1024
MAX_YAML = 4 * 1024 * 1024
"""Bytes. AWS takes no definition above 64 KiB and no template above 1 MiB; saved API answers may be long lists."""


TEMPLATE_MARK = "AWS::ECS::TaskDefinition"

SAVE_AS_UTF_8 = "Save the file as UTF-8."


def read(content: bytes, variables: Mapping[str, str], path: Path | None = None) -> Document:
    """Read the content of a file; what bears no task definition has neither definitions nor faults.

    `path` is where the file lies, for formats that refer to files beside them.
    """
    if b"\0" in content[:4] and bears_definition(content.replace(b"\0", b""), path):
        return Document(faults=[Fault("not UTF-8, but UTF-16 or UTF-32", Span(1, 1, 1, 2), help=SAVE_AS_UTF_8)])
    if not bears_definition(content, path):
        return Document()
    try:
        source = SourceText(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        message = f"not UTF-8: byte 0x{content[error.start]:02x} can't be decoded"
        return Document(faults=[Fault(message, Span(line, column, line, column + 1), help=SAVE_AS_UTF_8)])
    try:
        document = _read(source, path, variables)
    except UnreadableError as error:
        start, end = error.offset, min(error.offset + 1, len(source.text))
        is_conflict = source.text.startswith(("<<<<<<< ", "=======", ">>>>>>> "), start)
        help_ = "Resolve the merge conflict." if is_conflict else ""
        return Document(
            faults=[Fault(f"can't be read: {error.message}", source.span(start, max(end, start)), help=help_)]
        )
    if directives.MARK in content:
        document.directives += directives.of(document, source)
    return document


def _read(source: SourceText, path: Path | None, variables: Mapping[str, str]) -> Document:
    if found := _read_terraform(source, path, variables) or _read_template(source, variables):
        return found
    if foreign := foreign_format(source.text):
        place = source.span(foreign.start, foreign.end)
        return Document(faults=[Fault(foreign.message, place, Severity.NOTE, foreign.help)])
    return _read_text(source, variables)


def _read_terraform(source: SourceText, path: Path | None, variables: Mapping[str, str]) -> Document | None:
    if is_terraform(source.text, path):
        from taskfit.sources import terraform

        return terraform.read(source, path, variables)
    if not is_terraform_output(source.text):
        return None
    from taskfit.sources import terraform_json

    return terraform_json.read(source, variables)


def _read_template(source: SourceText, variables: Mapping[str, str]) -> Document | None:
    if TEMPLATE_MARK not in source.text or len(source.text) > MAX_YAML:
        return None
    from taskfit.sources import cloudformation

    return cloudformation.read(source, variables)


def _read_text(source: SourceText, variables: Mapping[str, str]) -> Document:
    text = source.text
    if not json_text.looks_like_json(text):
        _check_size(text, MAX_YAML)
        return _from_trees(source, yaml_text.parse_all(text), variables, "yaml")
    _check_size(text, MAX_JSON)
    value = json_text.loads(text)
    if value is not None:
        try:
            return _from_value(source, value, variables)
        except UnreadableError:
            pass  # nested too deep: `parse` says where
    try:
        return _from_trees(source, [json_text.parse(text)], variables, "json")
    except UnreadableError:
        flow = _read_flow(source, variables)
        if flow is None:
            raise
        return flow


def _read_flow(source: SourceText, variables: Mapping[str, str]) -> Document | None:
    """JSON to the eye, YAML to the tool that reads it: unquoted words, single quotes, `#` comments."""
    if len(source.text) > MAX_YAML:
        return None
    try:
        trees = yaml_text.parse_all(source.text)
    except UnreadableError:
        return None
    nodes = [node for tree in trees for node in tree.walk()]
    if any(value.is_empty for node in nodes for _, value in node.entries or ()):
        return None  # a key without a value is how broken JSON reads as YAML
    document = _from_trees(source, trees, variables, "yaml")
    return document if document.definitions else None


def _check_size(text: str, limit: int) -> None:
    if len(text) > limit:
        raise UnreadableError(f"larger than {limit // 1024 // 1024} MiB")


def _from_value(source: SourceText, value: Any, variables: Mapping[str, str]) -> Document:
    """A strict JSON file: places are looked up only if a finding asks."""
    outline = cache(lambda: json_text.Outline(source.text))
    tree = cache(lambda: json_text.parse(source.text))
    found = definitions(value)
    return Document([(_reading(_Text(source, outline, tree, root), data, variables, "json"),) for root, data in found])


def _from_trees(source: SourceText, trees: list[Node], variables: Mapping[str, str], dialect: Dialect) -> Document:
    document = Document()
    for tree in trees:
        found = list(definitions(tree.plain()))
        for root, data in found:
            text = _Text(source, partial(_same, tree), partial(_same, tree), root, is_yaml=dialect == "yaml")
            document.definitions.append((_reading(text, data, variables, dialect),))
        if found:
            document.faults += duplicate_keys(source, tree)
    return document


def _same(tree: Node) -> Node:
    return tree


@dataclass(frozen=True)
class _Text:
    """A definition's place in a text of JSON or YAML."""

    source: SourceText
    outline: Callable[[], Tree]
    """Where values stand in the whole text."""
    tree: Callable[[], Node]
    """Of the whole text; needed for edits only."""
    root: str
    """Pointer of the definition in it."""
    is_yaml: bool = False

    def locate(self, pointer: str, on_key: bool) -> Span:
        """The span of the value, or of its key, at a pointer."""
        return span_at(self.source, self.outline(), self.root + pointer, on_key)

    def edits(self, changes: Iterable[Change]) -> tuple[Edit, ...] | None:
        """The edits that make the changes."""
        from taskfit.sources.editing import Editor
        from taskfit.sources.notation import Json, Yaml

        notation = Yaml() if self.is_yaml else Json()
        return Editor(self.source, self.tree(), lambda _: notation, root=self.root).edits(changes)


def _reading(text: _Text, data: Mapping[str, Any], variables: Mapping[str, str], dialect: Dialect) -> Reading:
    described = any(key in data for key in ("taskDefinitionArn", "revision", "requiresAttributes", "registeredAt"))
    task = TaskDefinition(normalise(data, variables), "describe" if described else dialect)
    return Reading(task, text.locate, edits=text.edits)
