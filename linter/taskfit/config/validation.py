"""Guards the borders: reads a team's own YAML files into the dataclasses that describe them, by way of pydantic."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from taskfit.definition import Unknown
from taskfit.suggestion import nearest
from taskfit.syntax import yaml_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node, UnreadableError

if TYPE_CHECKING:
    from pydantic import TypeAdapter, ValidationError
    from pydantic_core import ErrorDetails

T = TypeVar("T")

UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")


class InvalidFile(ValueError):  # noqa: N818 - it names what is wrong, as `FileNotFound` does
    """A file of a team's own that can't be used, and the place that shows why."""

    def __init__(self, path: str, line: int, column: int, message: str) -> None:
        super().__init__(f"{path}:{line}:{column}: {message}")
        self.path = path
        self.line = line
        self.column = column
        self.message = message


def load(model: type[T], path: Path) -> T:
    """The one object that a YAML file holds.

    Raises `InvalidFile` for whatever does not fit the model, at the line and column of it.
    """
    documents = load_all(model, path)
    if len(documents) != 1:
        raise InvalidFile(str(path), 1, 1, f"holds {len(documents)} YAML documents where one is expected")
    return documents[0]


def load_all(model: type[T], path: Path) -> list[T]:
    """The objects of a YAML file, one a document.

    Raises `InvalidFile`.
    """
    source, trees = parse(path)
    return [validate(model, tree, source, path) for tree in trees]


def parse(path: Path) -> tuple[SourceText, list[Node]]:
    """The text and the trees of a YAML file.

    Raises `InvalidFile` for one that can't be read.
    """
    source = read(path)
    try:
        return source, yaml_text.parse_all(source.text)
    except UnreadableError as error:
        raise _invalid(path, source, error.offset, error.message) from None


def read(path: Path) -> SourceText:
    """The text of a file.

    Raises `InvalidFile` for one that can't be read.
    """
    try:
        return SourceText(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidFile(str(path), 1, 1, f"can't be read: {getattr(error, 'strerror', None) or error}") from None


def validate(model: type[T], tree: Node, source: SourceText, path: Path) -> T:
    """The object that a tree describes.

    Raises `InvalidFile`.
    """
    for node in tree.walk():
        if isinstance(node.value, Unknown):
            raise _invalid(path, source, node.start, f"a tag has no meaning here: {node.value.text}")
        for key in node.duplicates:
            raise _invalid(path, source, key.start, f'the key "{key.value}" stands twice')

    def offset(detail: ErrorDetails) -> int:
        node, key = tree.find([str(step) for step in detail["loc"]])
        return (key if key is not None and detail["type"] in UNKNOWN_KEY else node).start

    return _validated(model, tree.plain(), path, source, offset)


def validate_table(model: type[T], table: Mapping[str, Any], path: Path) -> T:
    """The object that a table of a TOML file describes.

    Raises `InvalidFile`, at the line that names the key.
    """
    source = read(path)

    def offset(detail: ErrorDetails) -> int:
        return toml_offset(source, [step for step in reversed(detail["loc"]) if isinstance(step, str)])

    return _validated(model, table, path, source, offset)


def toml_offset(source: SourceText, names: Sequence[str]) -> int:
    """Where the first of some keys stands below `[tool.taskfit]`; its head if none does."""
    start = source.text.rfind("\n", 0, max(0, source.text.find("tool.taskfit"))) + 1
    words = "|".join(map(re.escape, names))
    match = re.compile(rf"^\s*\[*[\w.\"-]*?\b({words})\b", re.MULTILINE).search(source.text, start) if names else None
    return match.start(1) if match else start


def _validated(model: type[T], data: Any, path: Path, source: SourceText, offset: Callable[[ErrorDetails], int]) -> T:
    from pydantic import TypeAdapter, ValidationError

    adapter = TypeAdapter(model)
    try:
        # As JSON, because there a list is a tuple and a word an enum, while "1" is still no number.
        return adapter.validate_json(json.dumps(data, default=str), strict=True)
    except ValidationError as error:
        detail = _most_telling(error)
        raise _invalid(path, source, offset(detail), _words(detail, adapter)) from None


def _invalid(path: Path, source: SourceText, offset: int, message: str) -> InvalidFile:
    return InvalidFile(str(path), *source.position(offset), message)


def _most_telling(error: ValidationError) -> ErrorDetails:
    """An unknown key before a missing one: it is often the cause of the other."""
    return min(error.errors(), key=lambda detail: detail["type"] not in UNKNOWN_KEY)


def _words(detail: ErrorDetails, adapter: TypeAdapter[Any]) -> str:
    steps = [str(step) for step in detail["loc"]]
    name = steps[-1] if steps else "file"
    match detail["type"]:
        case kind if kind in UNKNOWN_KEY:
            return f'unknown key "{name}"{_suggestion(name, _keys(adapter.json_schema(), steps[:-1]))}'
        case "missing" | "missing_argument":
            return f'the key "{name}" is missing'
        case "value_error":
            return str(detail["msg"]).removeprefix("Value error, ")
    message = detail["msg"]
    where = f'"{".".join(steps)}": ' if steps else ""
    return f"{where}{message[0].lower()}{message[1:]}"


def _suggestion(name: str, choices: Sequence[str]) -> str:
    if near := nearest(name, choices):
        return f'; did you mean "{near}"?'
    return f"; the keys here are {', '.join(choices)}" if choices else ""


def _keys(schema: Mapping[str, Any], steps: Iterable[str]) -> list[str]:
    """The keys of the object at some steps, by the schema of the whole."""
    at: Mapping[str, Any] = schema
    for step in steps:
        inner = _object(schema, at)
        at = inner.get("properties", {}).get(step) or inner.get("items") or inner.get("additionalProperties") or {}
    return list(_object(schema, at).get("properties", ()))


def _object(schema: Mapping[str, Any], at: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a part of a schema refers to; of alternatives, the one that is no plain value."""
    if "anyOf" in at:
        at = next((each for each in at["anyOf"] if "$ref" in each or "items" in each), {})
    if "$ref" in at:
        found: Mapping[str, Any] = schema["$defs"][at["$ref"].rpartition("/")[2]]
        return found
    return at
