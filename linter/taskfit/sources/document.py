"""One file as read: its definitions, what is wrong with its text, and where each value stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from taskfit.definition import TaskDefinition
from taskfit.finding import Severity, Span
from taskfit.sources import json_text, yaml_text
from taskfit.sources.detection import bears_definition, definitions, foreign_format
from taskfit.sources.placeholders import normalise
from taskfit.sources.text import SourceText
from taskfit.sources.tree import Node, UnreadableError

MAX_JSON = 64 * 1024 * 1024
MAX_YAML = 4 * 1024 * 1024
"""Bytes. AWS takes no definition above 64 KiB and no template above 1 MiB; saved API answers may be long lists."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with the text of a file that bears a definition: finding FIT001."""

    message: str
    span: Span
    severity: Severity | None = None
    help: str = ""


@dataclass
class Document:
    """A file that was read."""

    definitions: list[TaskDefinition] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    locate: Callable[[str, bool], Span] = lambda _pointer, _on_key: Span(1, 1, 1, 1)
    """The span of the value (or of its key) at a JSON pointer into the file's data."""


def read(content: bytes, variables: Mapping[str, str]) -> Document:
    """Read the content of a file; what bears no task definition has neither definitions nor faults."""
    if not bears_definition(content):
        return Document()
    try:
        source = SourceText(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        message = f"not UTF-8: byte 0x{content[error.start]:02x} can't be decoded"
        return Document(faults=[Fault(message, Span(line, column, line, column + 1), help="Save the file as UTF-8.")])
    if foreign := foreign_format(source.text):
        place = source.span(foreign.start, foreign.end)
        return Document(faults=[Fault(foreign.message, place, Severity.NOTE, foreign.help)])
    try:
        return _read_text(source, variables)
    except UnreadableError as error:
        end = min(error.offset + 1, len(source.text))
        return Document(faults=[Fault(f"can't be read: {error.message}", source.span(error.offset, max(end, error.offset)))])


def _read_text(source: SourceText, variables: Mapping[str, str]) -> Document:
    text = source.text
    if not text.lstrip().startswith(("{", "[")):
        _check_size(text, MAX_YAML)
        return _from_trees(source, yaml_text.parse_all(text), variables, "yaml")
    _check_size(text, MAX_JSON)
    value = json_text.loads(text)
    if value is not None:
        return _from_value(source, value, variables)
    try:
        tree = json_text.parse(text)
    except UnreadableError:
        if len(text) > MAX_YAML:
            raise
        try:
            # JSON to the eye, YAML to the tool that reads it: unquoted words, single quotes, `#` comments.
            trees = yaml_text.parse_all(text)
        except UnreadableError:
            trees = []
        if not _is_yaml_flow(trees):
            raise
        return _from_trees(source, trees, variables, "yaml")
    return _from_trees(source, [tree], variables, "json")


def _is_yaml_flow(trees: list[Node]) -> bool:
    """Whether YAML made sense of it: no mapping with a value-less key, which is how broken JSON reads as YAML."""
    return bool(trees) and all(
        not (node.entries is not None and any(value.value is None and value.start == value.end and value.entries is None and value.items is None for _, value in node.entries))
        for tree in trees
        for node in tree.walk()
    )


def _check_size(text: str, limit: int) -> None:
    if len(text) > limit:
        raise UnreadableError(f"larger than {limit // 1024 // 1024} MiB")


def _from_value(source: SourceText, value: Any, variables: Mapping[str, str]) -> Document:
    """A strict JSON file: places are looked up only if a finding asks."""
    tree: Node | None = None

    def locate(pointer: str, on_key: bool) -> Span:
        nonlocal tree
        if tree is None:
            tree = json_text.parse(source.text)
        return _span(source, tree, pointer, on_key)

    found = [_definition(root, data, variables, "json") for root, data in definitions(value)]
    return Document(found, [], locate)


def _from_trees(source: SourceText, trees: list[Node], variables: Mapping[str, str], dialect: str) -> Document:
    found: list[TaskDefinition] = []
    faults: list[Fault] = []
    many = len(trees) > 1
    for index, tree in enumerate(trees):
        prefix = f"/{index}" if many else ""
        roots = [_definition(prefix + root, data, variables, dialect) for root, data in definitions(tree.plain())]
        found += roots
        if roots:
            faults += _duplicates(source, tree)
    forest = Node(0, len(source.text), items=trees) if many else trees[0] if trees else Node(0, 0)
    return Document(found, faults, lambda pointer, on_key: _span(source, forest, pointer, on_key))


def _definition(root: str, data: Mapping[str, Any], variables: Mapping[str, str], dialect: str) -> TaskDefinition:
    described = any(key in data for key in ("taskDefinitionArn", "revision", "requiresAttributes", "registeredAt"))
    kind: Any = "describe" if described else dialect
    return TaskDefinition(normalise(data, variables), dialect=kind, root=root)


def _duplicates(source: SourceText, tree: Node) -> list[Fault]:
    message = 'the key "{}" stands twice in the same object; readers keep the last value and lose the first'
    return [
        Fault(message.format(key.value), source.span(key.start, key.end), Severity.WARNING, "Remove one of the two.")
        for node in tree.walk()
        for key in node.duplicates
    ]


def _span(source: SourceText, tree: Node, pointer: str, on_key: bool) -> Span:
    steps = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    node, key = tree.find(steps)
    if on_key and key is not None:
        node = key
    elif node.entries is not None or node.items is not None:
        # A whole object is no place to point at: its key, or its opening, is.
        if key is not None and not pointer.endswith(("/0",)):
            node = key
        else:
            return source.span(node.start, _first_token(source.text, node))
    return source.span(node.start, max(node.end, node.start))


def _first_token(text: str, node: Node) -> int:
    if text[node.start : node.start + 1] in ("{", "["):
        return node.start + 1
    first_key = node.entries[0][0] if node.entries else None
    return first_key.end if first_key is not None else node.start + 1
