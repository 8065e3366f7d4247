"""JSON and YAML in the shape of the API: plain, wrapped in API responses, in lists, or only a list of containers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit.definition import JSON, Contents, Dialect, TaskDefinition, split_pointer
from taskfit.finding import Change, Edit, Severity, Span
from taskfit.record import NamedTuple, cached_property
from taskfit.sources.document import Document, Fault, Input, Origin, Reading, Tree, duplicate_keys, note, span_at
from taskfit.sources.foreign import elsewhere, foreign_format, program
from taskfit.sources.formats import SUFFIXES
from taskfit.sources.shapes import definitions, has_tags_beside, is_bare
from taskfit.syntax import strict_json
from taskfit.syntax.placeholders import defaults, normal
from taskfit.syntax.text import SourceText
from taskfit.syntax.unreadable import UnreadableError

if TYPE_CHECKING:
    from taskfit.sources.editing.editor import Editor
    from taskfit.syntax.tree import Node

MAX_JSON = 64 * 1024 * 1024
MAX_YAML = 4 * 1024 * 1024
"""Bytes. AWS accepts no definition above 64 KiB and no template above 1 MiB; API responses may be long lists."""
MAX_DEFINITION = 1024 * 1024
"""Characters of one definition without blanks; AWS accepts 64 KiB, so other findings are useless above that."""
_LENIENT_SUFFIXES = (".jsonc", ".json5")
_YAML_SUFFIXES = (".yaml", ".yml")
_JSON_SUFFIXES = (".json", *_LENIENT_SUFFIXES)
YAML = Dialect("yaml", may_stringify=True, may_be_named_beside=True)
DESCRIBED = Dialect("describe", is_registered=True)
"""The output of `aws ecs describe-task-definition`."""

_DESCRIBED_BY = frozenset(("taskDefinitionArn", "revision", "requiresAttributes", "registeredAt"))
"""Fields of a registered definition."""

_DIRECTIVE = (
    r"\{%-?\s*\w+|\{\{-?\s*(?:if|range|with|end|else|define|template|block|#\w+)\b|<%(?![=+#-])\s*\w+|%\{~?\s*\w+"
)
"""A statement of Jinja, Go templates, ERB or Terraform templates, which may omit or repeat the text after it."""


def read(given: Input) -> Document | None:
    """The definitions of a file; a note if a program or a template engine transforms it.

    Raises `UnreadableError` with the offset of the first error.
    """
    source, path = given.source, given.path
    if foreign := foreign_format(source):
        return foreign
    try:
        document = _read_data(given)
    except UnreadableError:
        found = _read_directives(given)
        if found is None:
            raise
        return found
    if document.definitions or document.faults:
        return document
    is_text = _is_text_of_containers(source.text)
    if is_text and path is not None and path.suffix.lower() in _JSON_SUFFIXES:
        _json_tree(source.text)
    if is_text or _is_program(source.text, path):
        return program(source)
    return elsewhere(source, _trees(source.text))


def _is_text_of_containers(text: str) -> bool:
    """Whether YAML parses the containers as part of a plain text, because of other text before the bracket."""
    if strict_json.looks_like_json(text) or not re.search(r'"containerDefinitions"\s*:\s*\[', text):
        return False
    return all(tree.entries is None and tree.items is None for tree in _yaml_trees(text))


def _is_program(text: str, path: Path | None) -> bool:
    is_named = path is not None and path.suffix != "" and path.suffix.lower() not in SUFFIXES
    return is_named and not strict_json.looks_like_json(text)


def _trees(text: str) -> list[Node]:
    """The trees of a text that was parsed before; none if it does not mention containers."""
    if not re.search(r"ontainerDefinitions\W{1,3}\s*(?:[\[{]|-\s|['\"]?fn::)", text):
        return []
    return [_json_tree(text)] if strict_json.looks_like_json(text) else _yaml_trees(text)


def _json_tree(text: str) -> Node:
    # Most files are strict JSON without findings, and need no trees.
    from taskfit.syntax import json_text

    return json_text.parse(text)


def _json_outline(text: str) -> Tree:
    from taskfit.syntax import json_text

    return json_text.Outline(text)


def _yaml_trees(text: str) -> list[Node]:
    from taskfit.syntax import yaml_text

    return yaml_text.parse_all(text)


def _read_directives(given: Input) -> Document | None:
    """A note for text that can't be parsed, but is transformed by a program or a template engine."""
    source = given.source
    if directive := re.search(_DIRECTIVE, source.text):
        words = f"is a template whose directives, such as `{directive[0]}`, taskfit does not execute"
        message = f"contains a task definition, but {words}"
        return note(source, message, "Check what it renders to.", directive.start(), directive.end())
    return program(source) if _is_program(source.text, given.path) else None


def _read_data(given: Input) -> Document:
    source, path, variables, _ = given
    text = source.text
    if not strict_json.looks_like_json(text):
        _check_size(text, MAX_YAML)
        return _from_trees(source, _yaml_trees(text), variables, YAML)
    _check_size(text, MAX_JSON)
    strict = strict_json.loads(text)
    if strict is not None:
        try:
            return _from_value(source, strict, variables)
        except UnreadableError:
            pass  # nested too deep: `parse` reports the place
    suffix = path.suffix.lower() if path else ""
    try:
        document = _from_trees(source, [_json_tree(text)], variables, JSON)
        is_json = suffix not in (*_LENIENT_SUFFIXES, *_YAML_SUFFIXES)
    except UnreadableError:
        flow = _read_flow(source, variables)
        if flow is None:
            raise
        document, is_json = flow, suffix == ".json"
    if document.definitions and is_json:
        document.faults += _slips(source)
    return document


def _slips(source: SourceText) -> Iterator[Fault]:
    """What the AWS CLI rejects in a file that taskfit and some other programs read as JSON."""
    from taskfit.syntax import json_slips

    if found := json_slips.first(source.text):
        at, what, advice = found
        message = f"{what} is not allowed in JSON: the AWS CLI and most other programs can't read the file"
        yield Fault(message, source.span(at, at + 1), Severity.WARNING, advice)


def _read_flow(source: SourceText, variables: Mapping[str, str]) -> Document | None:
    """YAML in flow style that looks like JSON: unquoted words, single quotes, `#` comments."""
    if len(source.text) > MAX_YAML:
        return None
    try:
        trees = _yaml_trees(source.text)
    except UnreadableError:
        return None
    nodes = [node for tree in trees for node in tree.walk()]
    if any(value.is_empty for node in nodes for _, value in node.entries or ()):
        return None  # YAML parses broken JSON as keys without values
    document = _from_trees(source, trees, variables, YAML)
    return document if document.definitions else None


def _check_size(text: str, limit: int) -> None:
    if len(text) > limit:
        raise UnreadableError(f"larger than {limit // 1024 // 1024} MiB")


def _from_value(source: SourceText, strict: strict_json.Strict, variables: Mapping[str, str]) -> Document:
    """A strict JSON file: places are looked up only if a finding needs them."""
    trees = _Trees(source.text)
    document = Document()
    for root, data in definitions(strict.value):
        contents = strict.contents if data is strict.value else None
        _add(document, _Text(source, trees, root, data, contents), data, variables, JSON)
    return document


def _from_trees(source: SourceText, parsed: list[Node], variables: Mapping[str, str], dialect: Dialect) -> Document:
    document = Document()
    for tree in parsed:
        found = list(definitions(tree.plain()))
        trees = _Trees(source.text, tree)
        for root, data in found:
            text = _Text(source, trees, root, data, is_yaml=dialect is YAML)
            _add(document, text, data, variables, dialect)
        if found:
            document.faults += duplicate_keys(source, tree)
    return document


class _Trees:
    """The trees of a text; those of strict JSON are created when a finding or an edit first needs them."""

    def __init__(self, text: str, parsed: Node | None = None) -> None:
        self._text = text
        self._parsed = parsed
        self._editors: dict[str, Editor] = {}

    @cached_property
    def outline(self) -> Tree:
        """The places of values."""
        return self._parsed or _json_outline(self._text)

    @cached_property
    def tree(self) -> Node:
        """The tree for edits.

        Raises `UnreadableError` if there are more values than the limit for places.
        """
        return self._parsed or _json_tree(self._text)

    def editor(self, source: SourceText, root: str, *, is_yaml: bool) -> Editor:
        """The editor of the definition at a pointer, one for all of its changes.

        Raises `UnreadableError` like `tree`.
        """
        from taskfit.sources.editing.editor import Editor
        from taskfit.sources.editing.notation import Json, Yaml

        if root not in self._editors:
            notation = Yaml() if is_yaml else Json()
            self._editors[root] = Editor(source, self.tree, lambda _: notation, root=root)
        return self._editors[root]


class _Text(NamedTuple):
    """A definition's place in a text of JSON or YAML."""

    source: SourceText
    trees: _Trees
    """The trees of the whole text."""
    root: str
    """Pointer of the definition in it."""
    data: Mapping[str, Any]
    contents: Contents | None = None
    """The contents of the definition, if known."""
    is_yaml: bool = False

    @property
    def is_small(self) -> bool:
        """Whether the whole text is within the limit of one definition."""
        return len(self.source.text) <= MAX_DEFINITION

    @property
    def opening(self) -> Span:
        """The start of the definition."""
        text = self.source.text
        start = (
            self.trees.outline.find(split_pointer(self.root))[0].start if self.root else len(text) - len(text.lstrip())
        )
        return self.source.span(start, start + 1)

    def locate(self, pointer: str, on_key: bool) -> Span:
        """The span of the value, or of its key, at a pointer."""
        root = self.root
        if is_bare(self.data):
            pointer = pointer.removeprefix("/containerDefinitions")
        elif pointer.startswith("/tags") and has_tags_beside(self.data):
            root = root.rpartition("/")[0]
        return span_at(self.source, self.trees.outline, root + pointer, on_key)

    def edits(self, changes: Iterable[Change]) -> tuple[Edit, ...] | None:
        """The edits for the changes."""
        try:
            return self.trees.editor(self.source, self.root, is_yaml=self.is_yaml).edits(changes)
        except UnreadableError:
            return None


def _add(
    document: Document, text: _Text, data: Mapping[str, Any], variables: Mapping[str, str], dialect: Dialect
) -> None:
    """Add a definition to a document; one far above AWS's limit does not affect the others."""
    if not text.is_small and _is_huge(data):
        message = f"a task definition of more than {MAX_DEFINITION // 1024**2} MiB is not checked; AWS accepts 64 KiB"
        help_ = "Move long environments to `environmentFiles`, or to Parameter Store and `secrets`."
        document.faults.append(Fault(message, text.opening, help=help_))
    else:
        document.definitions.append((_reading(text, data, variables, dialect),))


def _is_huge(data: Any) -> bool:
    """Whether data is larger than `MAX_DEFINITION` as JSON; stops at that limit."""
    left, waiting = MAX_DEFINITION, [data]
    while waiting and left >= 0:
        item = waiting.pop()
        left -= 1
        if isinstance(item, dict):
            left -= sum(map(len, item)) + 3 * len(item)
            waiting += item.values()
        elif isinstance(item, list):
            left -= len(item)
            waiting += item
        elif isinstance(item, str):
            left -= len(item) + 2
    return left < 0


def _reading(text: _Text, data: Mapping[str, Any], variables: Mapping[str, str], dialect: Dialect) -> Reading:
    described = not _DESCRIBED_BY.isdisjoint(data)
    values, contents = normal(data, variables, text.contents)
    task = TaskDefinition(values, DESCRIBED if described else dialect).consisting_of(contents)
    filled = () if values is data or values == data else defaults(data, variables)
    origins = {at: Origin(f"the default of {name}") for at, name in filled}
    return Reading(task, text.locate, origins, edits=partial(_edits, text, origins))


def _edits(text: _Text, origins: Mapping[str, Origin], changes: Iterable[Change]) -> tuple[Edit, ...] | None:
    """The edits for some changes; none for a bare list or if a change would replace a placeholder with a default."""
    wanted = list(changes)
    return None if is_bare(text.data) or any(change.pointer in origins for change in wanted) else text.edits(wanted)
