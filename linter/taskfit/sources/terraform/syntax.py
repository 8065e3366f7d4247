"""HCL, the language of Terraform: blocks and expressions of a file, each at its place, as tree-sitter parses them."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import islice, pairwise
from typing import TYPE_CHECKING

from taskfit.record import NamedTuple, cached_property
from taskfit.syntax import json_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import UnreadableError

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax
    from tree_sitter import Parser

MAX_CHARACTERS = 1024 * 1024
"""Of one file; the largest Terraform file in public with a task definition has 60,000."""

_HEAD = re.compile(rb"^(?:resource|data|module|variable|locals|output|provider|terraform)\b", re.MULTILINE)
LONGEST_TEXT = 200
"""Characters of an expression that a message may quote."""

_WORD = re.compile(rf"\S{{1,{LONGEST_TEXT}}}")
_NO_LINE_END = re.compile(rb"[^\r\n]")
_OPERATORS = frozenset(("==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "&&", "||"))
_SENTINEL = "TASKFIT_END_OF_TEMPLATE"


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


@dataclass(frozen=True, eq=False)
class HclFile:
    """A file's text and how messages call it; `shift` is how far syntax stands before the text it was made from."""

    name: str
    source: SourceText
    shift: int = 0
    path: str = ""
    """Where it lies, free of links; empty for what is no file of its own."""

    @cached_property
    def _characters(self) -> list[int] | None:
        """The character that each byte belongs to; nothing if that is the byte itself."""
        text = self.source.text
        if text.isascii():
            return None
        table = [index for index, character in enumerate(text) for _ in character.encode("utf-8", "replace")]
        return [*table, len(text)]

    @cached_property
    def _length(self) -> int:
        """The number of bytes."""
        return len(self.source.text) if self._characters is None else len(self._characters) - 1

    def offset(self, byte: int) -> int:
        """The character at a byte of the syntax."""
        byte -= self.shift
        if not 0 <= byte <= self._length:
            byte = 0 if byte < 0 else self._length
        return byte if self._characters is None else self._characters[byte]

    def line(self, offset: int) -> int:
        """The line of a character, from 1."""
        return self.source.position(offset)[0]


class Expression(NamedTuple):
    """What stands behind an equals sign (or a value of Terraform's JSON syntax), with the file that it stands in."""

    file: HclFile
    syntax: Syntax | Node

    @property
    def start(self) -> int:
        """The first character."""
        return self.syntax.start if isinstance(self.syntax, Node) else self.file.offset(self.syntax.start_byte)

    @property
    def end(self) -> int:
        """One past the last character."""
        return self.syntax.end if isinstance(self.syntax, Node) else self.file.offset(self.syntax.end_byte)

    @property
    def text(self) -> str:
        """As it is written, on one line and not at any length."""
        return _on_one_line(self.file.source.text, self.start, self.end)

    @property
    def written(self) -> str:
        """As it is written."""
        return self.file.source.text[self.start : self.end]


@dataclass(slots=True)
class Attribute:
    """`name = value`."""

    name: str
    start: int
    end: int
    """The place of the name."""
    value: Expression


@dataclass(slots=True)
class Block:
    """`type "label" { ... }`."""

    type: str
    labels: tuple[str, ...]
    start: int
    end: int
    """The place of the type and the labels."""
    close: int = 0
    """The end of the block."""
    attributes: dict[str, Attribute] = field(default_factory=dict)
    blocks: list[Block] = field(default_factory=list)


def relative(file: HclFile, reader: HclFile) -> str:
    """A file seen from the folder of another; empty if it is that one."""
    if file is reader:
        return ""
    if not file.path or not reader.path:
        return file.name
    return os.path.relpath(file.path, os.path.dirname(reader.path)).replace(os.sep, "/")


def parse(file: HclFile) -> tuple[list[Block], UnreadableError | None]:
    """The blocks of a file, and the first thing in it that is wrong; what can be read all the same is there."""
    if len(file.source.text) > MAX_CHARACTERS:
        return [], UnreadableError(f"larger than {MAX_CHARACTERS // 1024 // 1024} MiB")
    if file.name.endswith(".json"):
        try:
            return _json_blocks(file), None
        except UnreadableError as wrong:
            return [], wrong
    content = file.source.text.encode("utf-8", "replace")
    root = _parser().parse(content).root_node
    error = _first_error(file, root) if root.has_error else None
    if error is not None:
        root = _parser().parse(_without_broken_blocks(content)).root_node
    return list(_blocks(file, next((child for child in root.children if child.type == "body"), root))), error


def attributes(file: HclFile) -> dict[str, Attribute]:
    """The assignments of a file of variables (`.tfvars`), as far as they can be read."""
    if len(file.source.text) > MAX_CHARACTERS:
        return {}
    if file.name.endswith(".json"):
        try:
            tree = json_text.parse(file.source.text)
        except UnreadableError:
            return {}
        return {attribute.name: attribute for attribute in _json_attributes(file, tree)}
    root = _parser().parse(file.source.text.encode("utf-8", "replace")).root_node
    body = next((child for child in root.children if child.type == "body"), root)
    found = (_attribute(file, child) for child in body.children if child.type == "attribute" and not child.has_error)
    return {attribute.name: attribute for attribute in found}


def expression(text: str, name: str) -> Expression | None:
    """The expression that a text holds; nothing if it holds none."""
    prefix = "v = "
    source = SourceText(text)
    file = HclFile(name, source, len(prefix))
    root = _parser().parse((prefix + source.text + "\n").encode("utf-8", "replace")).root_node
    if root.has_error or not root.children or not root.children[0].children:
        return None
    return _attribute(file, root.children[0].children[0]).value


def template(text: str, name: str, path: str = "") -> Expression | None:
    """The template that a whole text is, such as a file for `templatefile`; nothing if it can't be read."""
    prefix = f"v = <<{_SENTINEL}\n"
    source = SourceText(text)
    if len(source.text) > MAX_CHARACTERS or _SENTINEL in text:
        return None
    root = _parser().parse(f"{prefix}{source.text}\n{_SENTINEL}\n".encode("utf-8", "replace")).root_node
    if root.has_error or not root.children or not root.children[0].children:
        return None
    return _attribute(HclFile(name, source, len(prefix), path), root.children[0].children[0]).value


def text_of(syntax: Syntax) -> str:
    """Syntax as it is written."""
    return (syntax.text or b"").decode("utf-8", "replace")


def row_text(file: HclFile, row: Sequence[Syntax]) -> str:
    """Some nodes in a row as they are written, on one line."""
    return _on_one_line(file.source.text, file.offset(row[0].start_byte), file.offset(row[-1].end_byte)) if row else ""


def _on_one_line(text: str, start: int, end: int) -> str:
    """The beginning of a part of a text, without looking at more of it than that."""
    if end - start <= LONGEST_TEXT:
        return " ".join(text[start:end].split())
    words = islice(_WORD.finditer(text, start, end), LONGEST_TEXT // 2)
    return " ".join(word[0] for word in words)[:LONGEST_TEXT]


def children(syntax: Syntax) -> list[Syntax]:
    """What a node consists of, without comments."""
    return [child for child in syntax.children if child.type != "comment"]


def operator(row: Sequence[Syntax]) -> int | None:
    """Where the operator between two operands stands in a row."""
    return next((index for index, node in enumerate(row) if index and node.type in _OPERATORS), None)


def _first_error(file: HclFile, root: Syntax) -> UnreadableError:
    node = root
    while not node.is_error and not node.is_missing:
        inner = next((child for child in node.children if child.has_error or child.is_error or child.is_missing), None)
        if inner is None:
            break
        node = inner
    if node.is_missing:
        return UnreadableError(f'"{node.type}" is missing', file.offset(node.start_byte))
    return UnreadableError("a syntax error", file.offset(node.start_byte))


def _without_broken_blocks(content: bytes) -> bytes:
    """The bytes with blanks in place of each block that can't be read: one mistake must not hide what comes after."""
    starts = [0, *(match.start() for match in _HEAD.finditer(content)), len(content)]
    parts = [content[start:end] for start, end in pairwise(starts)]
    return b"".join(
        _NO_LINE_END.sub(b" ", part) if _parser().parse(part).root_node.has_error else part for part in parts
    )


def _blocks(file: HclFile, body: Syntax) -> Iterator[Block]:
    for child in body.children:
        if child.type == "block":
            yield _block(file, child)


def _block(file: HclFile, syntax: Syntax) -> Block:
    block, body = _head(file, syntax)
    pending = [(block, body)]
    while pending:
        parent, inner = pending.pop()
        for child in inner.children if inner is not None else ():
            if child.type == "attribute":
                attribute = _attribute(file, child)
                parent.attributes[attribute.name] = attribute
            elif child.type == "block":
                pending.append(_head(file, child))
                parent.blocks.append(pending[-1][0])
    return block


def _head(file: HclFile, syntax: Syntax) -> tuple[Block, Syntax | None]:
    """A block with nothing in it yet, and its body."""
    words = [child for child in syntax.children if child.type in ("identifier", "string_lit")]
    body = next((child for child in syntax.children if child.type == "body"), None)
    names = [text_of(word).strip('"') for word in words]
    end = words[-1].end_byte if words else syntax.start_byte
    start, close = file.offset(syntax.start_byte), file.offset(syntax.end_byte)
    return Block(names[0] if names else "", tuple(names[1:]), start, file.offset(end), close), body


def _attribute(file: HclFile, syntax: Syntax) -> Attribute:
    key, value = syntax.children[0], syntax.children[-1]
    return Attribute(text_of(key), file.offset(key.start_byte), file.offset(key.end_byte), Expression(file, value))


_LABELS = {"resource": 2, "data": 2, "variable": 1, "module": 1, "output": 1, "provider": 1}


def _json_blocks(file: HclFile) -> list[Block]:
    """Terraform's JSON syntax: labels are keys."""
    tree = json_text.parse(file.source.text)
    blocks: list[Block] = []
    for key, value in tree.entries or ():
        depth = _LABELS.get(str(key.value), 0)
        level: list[tuple[tuple[str, ...], Node, Node]] = [((), key, value)]
        for _ in range(depth):
            level = [
                ((*labels, str(name.value)), name, inner)
                for labels, _, node in level
                for part in (node.items if node.items is not None else [node])
                for name, inner in part.entries or ()
            ]
        for labels, name, node in level:
            for part in node.items if node.items is not None else [node]:
                block = Block(str(key.value), labels, name.start, name.end)
                block.attributes = {attribute.name: attribute for attribute in _json_attributes(file, part)}
                blocks.append(block)
    return blocks


def _json_attributes(file: HclFile, tree: Node) -> Iterator[Attribute]:
    for key, value in tree.entries or ():
        if key.value != "//":
            yield Attribute(str(key.value), key.start, key.end, Expression(file, value))
