"""A file as read: its definitions, the faults in its text, and the place of each value."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from taskfit.definition import TaskDefinition, equal, split_pointer
from taskfit.finding import Change, Edit, Severity, Span
from taskfit.record import NamedTuple, cached_property
from taskfit.sources.checked import Checked
from taskfit.syntax.text import SourceText

if TYPE_CHECKING:
    from taskfit.syntax.tree import Node

_WORD = r"[^\s:,\[\]{}]+"


NAMING = frozenset({"family", "name"})
"""Fields that name the object that contains them."""


class Fault(NamedTuple):
    """Something wrong with the text of a file with a task definition: finding FIT001."""

    message: str
    span: Span
    severity: Severity | None = None
    help: str = ""
    is_unread: bool = False
    """Whether it notes an unread format of the file or a part of it; reported once when a folder is checked."""


class Origin(NamedTuple):
    """The origin of a value that is not written in the definition itself: a default, a mapping, a variable."""

    text: str
    """Its description, such as `the default of parameter Cpu`."""
    span: Span | None = None
    """Its place, if messages should point at it."""
    name: str = ""
    """The name by which the file refers to it, if there is only one: `Cpu`, `var.cpu`."""
    file: str = ""
    """The file of the place, relative to the folder of the file that is read; empty if it is that file."""
    label: str = ""
    """The label at the place, if it is not `text`."""
    use: str = ""
    """What happens to the value at the place, if that is the label: `set` or `used`."""
    key: Origin | None = None
    """The origin of its key, if that is not written in the definition itself, either."""
    is_quoted: bool = False
    """Whether it is a string because the text that has the key quotes it, whatever is inserted there."""


class Origins(Mapping[str, Origin]):
    """Origins by pointer, computed when a finding first needs one."""

    def __init__(self, find: Callable[[], Iterable[tuple[str, Origin]]]) -> None:
        self._find = find

    @cached_property
    def _found(self) -> dict[str, Origin]:
        return dict(self._find())

    def __getitem__(self, pointer: str) -> Origin:
        return self._found[pointer]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)


class Place(NamedTuple):
    """The place of something in a file."""

    span: Span
    file: str = ""
    """Its file, relative to the folder of the file that is read; empty if it is that file."""


Pick: TypeAlias = tuple[str, str]
"""A parameter, and one of its allowed values."""


def no_edits(_: Iterable[Change]) -> tuple[Edit, ...] | None:
    """The edits of a generated text: none."""
    return None


class Reading(NamedTuple):
    """One reading of a definition: with the defaults, or with another branch or choice."""

    task: TaskDefinition
    locate: Callable[[str, bool], Span]
    """The span of the value (or of its key) at a JSON pointer into the definition."""
    origins: Mapping[str, Origin] = MappingProxyType({})
    """The origins of values, by pointer into the definition."""
    choice: str = ""
    """The choice that selects this reading, such as `Size = large`; empty for the defaults."""
    is_optional: bool = False
    """Whether it is selected only by an allowed value of a parameter that a deployment may never choose."""
    picks: frozenset[Pick] = frozenset()
    """Those values, if they are chosen in this file."""
    undecided: tuple[str, ...] = ()
    """What a deployment decides, as written: a parameter without a default, a condition."""
    edits: Callable[[Iterable[Change]], tuple[Edit, ...] | None] = no_edits
    """The edits of the text for some changes; `None` if they can't be made with certainty."""
    services: tuple[Callable[[str, bool], Place], ...] = ()
    """The place of the value (or of its key) at a JSON pointer into each service of the definition."""
    group: str | None = None
    """The group of readings of which one applies without a deployment's choice: findings must hold for all of them."""

    deployment: int = 0
    """Which of the separate deployments it belongs to, if each has its own variables file."""

    def place(self, pointer: str, on_key: bool) -> Place:
        """The place of the value at a pointer into the definition, or into one of its services."""
        if not pointer.startswith("/services/"):
            return Place(self.locate(pointer, on_key))
        _, _, index, *inner = pointer.split("/", 3)
        if int(index) >= len(self.services):  # the service is known from another source, as in an audit
            return Place(self.locate("", on_key))
        return self.services[int(index)](f"/{inner[0]}" if inner else "", on_key)


class Directive(NamedTuple):
    """A request in a file to suppress findings."""

    selectors: tuple[str, ...]
    """Codes, code prefixes or names of rules."""
    reason: str
    span: Span
    """The place of the request."""
    lines: tuple[int, ...] = ()
    """The lines whose findings it suppresses; all lines if empty."""
    definition: int | None = None
    """The index in the file of the definition whose findings it suppresses; all definitions if `None`."""
    file: str = ""
    """The file of the request if it is another one, relative to the folder of the file that is read."""


class Input(NamedTuple):
    """The input of a format's reader."""

    source: SourceText
    path: Path | None
    """The file's path, for formats that refer to other files."""
    variables: Mapping[str, str]
    """The values of `--var` and of variables files."""
    checked: Checked
    """The files that are checked in the same run."""


class Document:
    """A file that was read."""

    def __init__(self, definitions: Iterable[tuple[Reading, ...]] = (), faults: Iterable[Fault] = ()) -> None:
        self.definitions = list(definitions)
        """For each definition its readings, the one with the defaults first."""
        self.faults = list(faults)
        self.directives: list[Directive] = []
        self.is_reported_elsewhere = False
        """Whether findings of its definitions are reported at the files that call it, which are checked, too."""
        self.is_called = False
        """Whether it has definitions, all of which are checked through calls of it in other files."""


def note(source: SourceText, message: str, help_: str, start: int, end: int) -> Document:
    """A document with a single note."""
    return Document(faults=[Fault(message, source.span(start, end), Severity.NOTE, help_, is_unread=True)])


def duplicate_keys(source: SourceText, tree: Node) -> list[Fault]:
    """A fault for each duplicate key of an object: a warning, or a note if both have the same value."""
    faults: list[Fault] = []
    pending = [tree]
    while pending:
        node = pending.pop()
        if node.duplicates:
            faults += _duplicates(source, node)
        below = [value for _, value in node.entries] if node.entries else node.items or ()
        pending += [inner for inner in below if inner.entries or inner.items]
    return faults


def _duplicates(source: SourceText, node: Node) -> Iterator[Fault]:
    given: dict[object, list[Any]] = {key.value: [] for key in node.duplicates}
    for key, value in node.entries or ():
        if key.value in given:
            given[key.value].append(value.plain())
    same = {key for key, values in given.items() if len(values) > 1 and all(equal(each, values[0]) for each in values)}
    for key in node.duplicates:
        yield _duplicate(source.span(key.start, key.end), key.value, is_same=key.value in same)


def _duplicate(span: Span, name: object, *, is_same: bool) -> Fault:
    message, help_ = f'duplicate key "{name}" in one object', "Remove one of the two."
    if is_same:
        return Fault(f"{message}, with the same value", span, Severity.NOTE, help_)
    return Fault(f"{message}; parsers keep the last value and ignore the first", span, Severity.WARNING, help_)


class Tree(Protocol):
    """A tree that knows the places of a text's values."""

    def find(self, steps: Sequence[str]) -> tuple[Node, Node | None]:
        """The node at a path and the node of its key, or the deepest that exist on the path."""


def span_at(source: SourceText, tree: Tree, pointer: str, on_key: bool) -> Span:
    """The place of the value at a JSON pointer: the scalar itself, or the key of an object or a list."""
    node, key = tree.find(split_pointer(pointer))
    if on_key and key is not None:
        node = key
    elif node.entries is not None or node.items is not None:
        # Point at the key of an object, its name or its opening bracket rather than at all of it.
        if key is not None and not pointer.endswith(("/0",)):
            node = key
        elif (named := _named(source.text, node)) is not None:
            node = named
        else:
            return source.span(node.start, _first_token(source.text, node))
    return source.span(node.start, _end_on_first_line(source.text, node))


def _end_on_first_line(text: str, node: Node) -> int:
    """The end of a value, or of its first line: messages do not point at thirty lines of an expression or a text."""
    line_end = text.find("\n", node.start, max(node.end, node.start))
    return max(node.end, node.start) if line_end < 0 else node.start + len(text[node.start : line_end].rstrip())


def _named(text: str, node: Node) -> Node | None:
    """The value that names an object in braces, else its first key: a brace alone is hard to see."""
    entries = node.entries if text.startswith("{", node.start) else None
    inside = [(key, value) for key, value in entries or () if node.start < key.start < node.end]
    names = (value for key, value in inside if key.value in NAMING and isinstance(value.value, str))
    return next(names, inside[0][0] if inside else None)


def _first_token(text: str, node: Node) -> int:
    """The end of the first token of an object or a list: its bracket, its first key, or an alias."""
    if text[node.start : node.start + 1] in ("{", "["):
        return node.start + 1
    # The values of an alias or a merge key are in another place.
    first_key = next((key for key, _ in node.entries or () if key.start == node.start), None)
    if first_key is not None:
        return first_key.end
    token = re.compile(_WORD).match(text, node.start, max(node.end, node.start + 1))
    return token.end() if token else node.start + 1
