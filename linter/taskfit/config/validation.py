"""Turns the files that a team writes into the models that describe them, by pydantic where it is needed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from taskfit.config import light_models, wording
from taskfit.config.invalid import Fault, InvalidFile
from taskfit.definition import Unknown
from taskfit.reading import read_regular
from taskfit.syntax import yaml_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import UnreadableError

if TYPE_CHECKING:
    from pydantic import TypeAdapter

__all__ = [
    "Fault",
    "InvalidFile",
    "examine",
    "first",
    "load",
    "parse",
    "placed",
    "read",
    "toml_offset",
    "unreadable",
    "validate",
    "validate_table",
]

T = TypeVar("T")

MAX_BYTES = 2 * 1024 * 1024
"""The most bytes of a configuration, profile or rule file; five hundred rules with their examples take half of that."""

MOST_FAULTS = 20
"""The most faults that are reported for one file."""

MOST_WORDED = 10 * MOST_FAULTS
"""The most faults of one object for which a message is made: each takes a search for what was meant."""

TOO_DEEP = "nested too deep"
"""The message for data with more levels than JSON parsers read."""


def load(model: type[T], path: Path) -> T:
    """The one object in a YAML file.

    Raises `InvalidFile` with the line and column of each value that does not fit the model.
    """
    source, trees = parse(path)
    if len(trees) != 1:
        raise InvalidFile(str(path), 1, 1, f"expected one YAML document, found {len(trees)}")
    return validate(model, trees[0], source, path)


def parse(path: Path) -> tuple[SourceText, list[Node]]:
    """The text and the trees of a YAML file.

    Raises `InvalidFile` for one that can't be read.
    """
    source = read(path)
    try:
        return source, yaml_text.parse_all(source.text)
    except UnreadableError as error:
        raise unreadable(path, source, error) from None


def unreadable(path: Path, source: SourceText, error: UnreadableError) -> InvalidFile:
    """The error for a file with invalid syntax, without quoting it.

    A file that is no configuration at all may contain what must not end up in a log.
    """
    message = re.sub(r"'\w[^']+'|\"\w[^\"]+\"|`[^`]+`|\*\S+", "...", error.message)
    return InvalidFile(str(path), *source.position(error.offset), message)


def read(path: Path) -> SourceText:
    """The text of a regular file of at most `MAX_BYTES`.

    Raises `InvalidFile` for one that can't be read; a pipe or a device is not waited for.
    """
    try:
        content = read_regular(path, MAX_BYTES)
    except OSError as error:
        raise InvalidFile(str(path), 1, 1, f"can't be read: {error.strerror or error}") from None
    try:
        return SourceText(content.decode("utf-8"))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidFile(str(path), line, 1, "can't be read: not UTF-8 text") from None


def validate(model: type[T], tree: Node, source: SourceText, path: Path) -> T:
    """The object that a tree describes.

    Raises `InvalidFile` with all faults.
    """
    value, faults = examine(model, tree)
    if value is None:
        raise InvalidFile.of(placed(faults, source, path))
    return value


def examine(model: type[T], tree: Node) -> tuple[T | None, list[tuple[int, str]]]:
    """The object that a tree describes, or `None` and the offsets and messages of all faults."""
    faults = list(_faults_of_tree(tree))
    reported = {offset for offset, _ in faults}
    value, problems = _attempt(model, tree.plain())
    for problem in problems:
        node, key = tree.find([str(step) for step in problem.steps])
        offset = (key if key is not None and problem.on_key else node).start
        if offset not in reported:
            faults.append((offset, problem.message))
    return None if faults else value, faults


def placed(faults: Iterable[tuple[int, str]], source: SourceText, path: Path) -> list[Fault]:
    """Offsets and messages as faults of a file, in its order; the first `MOST_FAULTS` of them."""
    found = sorted(dict.fromkeys(faults))
    return first([Fault(str(path), *source.position(at), message) for at, message in found])


def first(faults: list[Fault]) -> list[Fault]:
    """The first `MOST_FAULTS` of some faults, and whether there are more."""
    kept = faults[:MOST_FAULTS]
    if len(faults) > MOST_FAULTS:
        kept.append(faults[MOST_FAULTS]._replace(message="and more"))
    return kept


def _faults_of_tree(tree: Node) -> Iterator[tuple[int, str]]:
    for node in tree.walk():
        if isinstance(node.value, Unknown):
            yield node.start, "a YAML tag has no meaning here"
        for key in node.duplicates:
            yield key.start, f'duplicate key "{key.value}"'


def validate_table(model: type[T], table: Mapping[str, Any], path: Path) -> T:
    """The object that a table of a TOML file describes.

    Raises `InvalidFile`, at the lines that name the keys.
    """
    try:
        value, problems = _attempt(model, table)
    except ValueError as error:
        raise InvalidFile(str(path), 1, 1, str(error)) from None
    if value is None:
        source = read(path)
        names = ([step for step in reversed(each.steps) if isinstance(step, str)] for each in problems)
        faults = [(toml_offset(source, keys), each.message) for keys, each in zip(names, problems, strict=True)]
        raise InvalidFile.of(placed(faults, source, path))
    return value


def toml_offset(source: SourceText, names: Sequence[str]) -> int:
    """The offset of the first of some keys below `[tool.taskfit]`; that of the table's head if there is none."""
    start = source.text.rfind("\n", 0, max(0, source.text.find("tool.taskfit"))) + 1
    words = "|".join(map(re.escape, names))
    match = (
        re.compile(rf"^[ \t]*\[*[\w.\"-]*?\b({words})\b", re.MULTILINE).search(source.text, start) if names else None
    )
    return match.start(1) if match else start


def _attempt(model: type[T], data: Any) -> tuple[T | None, list[wording.Problem]]:
    try:
        return light_models.made(model, data), []
    except light_models.UndecidedError:
        return _validated(model, data)


def _validated(model: type[T], data: Any) -> tuple[T | None, list[wording.Problem]]:
    from pydantic import ValidationError

    adapter: TypeAdapter[T] = _adapter(model)  # type: ignore[arg-type]  # a class is hashable
    try:
        # As JSON, because there a list is a tuple and a word an enum, while "1" is still not a number.
        value: T = adapter.validate_json(_as_json(data), strict=True)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        if errors[0]["type"] == "json_invalid":  # nested deeper than pydantic goes, but not than Python's own JSON
            raise ValueError(TOO_DEEP) from None
        found = wording.problems(errors, data, lambda: _schema(model))  # type: ignore[arg-type]  # the same
        return None, list(islice(found, MOST_WORDED))
    return value, []


@cache
def _schema(model: Any) -> Mapping[str, Any]:
    """The JSON Schema of a model; computing it takes as long as checking hundreds of files."""
    schema: Mapping[str, Any] = _adapter(model).json_schema()
    return schema


def _as_json(data: Any) -> str:
    """Data as JSON.

    Raises `ValueError` for what nests too deep or has a number of thousands of digits.
    """
    try:
        return json.dumps(data, default=str)
    except (RecursionError, ValueError) as error:
        words = "a number has too many digits" if isinstance(error, ValueError) else TOO_DEEP
        raise ValueError(words) from None


@cache
def _adapter(model: Any) -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(model)
