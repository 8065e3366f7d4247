"""Parsing of HCL by tree-sitter, and of Terraform's JSON syntax, to the blocks and assignments of a text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import pairwise
from typing import TYPE_CHECKING

from taskfit.sources.terraform import light_parser, translation
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.syntax import LABELS, Attribute, Block, Expression, Json, Other
from taskfit.syntax import json_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import MAX_DEPTH, UnreadableError, found

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax
    from tree_sitter import Parser

MAX_CHARACTERS = 1024 * 1024
"""The maximum length of a file; the largest public Terraform file with a task definition has 60,000 characters."""
_TOO_LARGE = f"larger than {MAX_CHARACTERS // 1024 // 1024} MiB"

_HEAD = re.compile(rb"^(?:resource|data|module|variable|locals|output|provider|terraform)\b", re.MULTILINE)
_EXPONENT = re.compile(rb"(?<![\w.])(?<!\w-)[0-9]+[eE][-+]?[0-9]+(?![\w.])")
"""A number with an exponent but without a fraction, which the grammar does not know."""
_NO_LINE_END = re.compile(rb"[^\r\n]")
_SENTINEL = "TASKFIT_END_OF_TEMPLATE"


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_hcl

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))


def _root(content: bytes) -> Syntax:
    """The syntax of a text; its numbers with exponents may be parsed as names of the same length."""
    root = _parser().parse(content).root_node
    if root.has_error and _EXPONENT.search(content):
        root = _parser().parse(_EXPONENT.sub(lambda match: b"e" * len(match[0]), content)).root_node
    return root


def parse(file: HclFile) -> tuple[list[Block], UnreadableError | None]:
    """The blocks of a file, as far as they can be read, and its first syntax error."""
    if len(file.source.text) > MAX_CHARACTERS:
        return [], UnreadableError(_TOO_LARGE)
    if file.name.endswith(".json"):
        try:
            return _json_blocks(file), None
        except UnreadableError as wrong:
            return [], wrong
    blocks = light_parser.blocks(file)
    return by_tree_sitter(file) if blocks is None else (blocks, None)


def by_tree_sitter(file: HclFile) -> tuple[list[Block], UnreadableError | None]:
    """The blocks of a file of HCL, as far as tree-sitter can read them, and its first syntax error."""
    content = file.source.text.encode("utf-8", "replace")
    root = _root(content)
    error = _first_error(file, root) if root.has_error else None
    if error is not None:
        root = _root(_without_broken_blocks(content))
    blocks: list[Block] = []
    for child in _body(root).children:
        try:
            if child.type == "block":
                blocks.append(_block(file, child))
        except UnreadableError as wrong:
            error = error or wrong
    return blocks, error


def attributes(file: HclFile) -> tuple[dict[str, Attribute], UnreadableError | None]:
    """The assignments of a variables file (`.tfvars`), as far as they can be read, and its first syntax error."""
    if len(file.source.text) > MAX_CHARACTERS:
        return {}, UnreadableError(_TOO_LARGE)
    if file.name.endswith(".json"):
        try:
            tree = json_text.parse(file.source.text)
        except UnreadableError as wrong:
            return {}, wrong
        error = UnreadableError("not an object", tree.start) if tree.entries is None else None
        return {attribute.name: attribute for attribute in _json_attributes(file, tree)}, error
    root = _root(file.source.text.encode("utf-8", "replace"))
    error = _first_error(file, root) if root.has_error else None
    assignments = (child for child in _body(root).children if child.type == "attribute" and not child.has_error)
    return {attribute.name: attribute for attribute in (_attribute(file, child) for child in assignments)}, error


def expression(text: str, name: str) -> Expression | None:
    """The expression that a text consists of; `None` if it is not an expression."""
    prefix = "v = "
    source = SourceText(text)
    found = _assigned(prefix + source.text + "\n")
    return None if found is None else _value(HclFile(name, source, len(prefix)), found)


def template(text: str, name: str, path: str = "") -> Expression | None:
    """The whole text as a template, such as a file for `templatefile`; `None` if it can't be parsed."""
    prefix = f"v = <<{_SENTINEL}\n"
    source = SourceText(text)
    if len(source.text) > MAX_CHARACTERS or _SENTINEL in text:
        return None
    found = _assigned(f"{prefix}{source.text}\n{_SENTINEL}\n")
    return None if found is None else translation.composed(HclFile(name, source, len(prefix), path), found)


def _assigned(text: str) -> Syntax | None:
    """The value of the one assignment in a text."""
    root = _root(text.encode("utf-8", "replace"))
    if root.has_error or not root.children or not root.children[0].children:
        return None
    return root.children[0].children[0].children[-1]


def _body(root: Syntax) -> Syntax:
    return next((child for child in root.children if child.type == "body"), root)


def _first_error(file: HclFile, root: Syntax) -> UnreadableError:
    node = root
    while not node.is_missing:  # the text around an error is often parsed as an error, too
        inner = next((child for child in node.children if child.has_error or child.is_error or child.is_missing), None)
        if inner is None:
            break
        node = inner
    text, at = file.source.text, file.offset(node.start_byte)
    if not node.is_missing:
        return UnreadableError(f"a syntax error at {found(text, at)} or right after it", at)
    opening = node.parent if node.type == "heredoc_identifier" else None
    if opening is not None:
        return UnreadableError("the heredoc that opens here is never closed", file.offset(opening.start_byte))
    after = at + len(text[at:]) - len(text[at:].lstrip())
    return UnreadableError(f"expected {_expected(node)}, found {found(text, after)}", at)


def _expected(missing: Syntax) -> str:
    """What the parser takes for missing; of several kinds of values it names any."""
    around = missing.parent.type if missing.parent else ""
    if around == "get_attr":
        return 'a name after "."'
    if missing.type in ("identifier", "<<", "{", "["):
        return "a value"
    if around in ("tuple_end", "function_call"):
        return f'"," or "{missing.type}"'
    return f'"{missing.type}"'


def _without_broken_blocks(content: bytes) -> bytes:
    """The bytes with blanks in place of each block that can't be parsed, so that the blocks after it are not lost."""
    starts = [0, *(match.start() for match in _HEAD.finditer(content)), len(content)]
    parts = [content[start:end] for start, end in pairwise(starts)]
    return b"".join(_NO_LINE_END.sub(b" ", part) if _root(part).has_error else part for part in parts)


def _block(file: HclFile, syntax: Syntax) -> Block:
    """A block with all in it; raises `UnreadableError` if it has too few or too many labels, or too many levels."""
    block, body = _head(file, syntax)
    expected = LABELS.get(block.type)
    if expected is not None and len(block.labels) != expected:
        names = "a type, a name" if expected == 2 else "a name"
        message = f'expected {names} and "{{" after "{block.type}"'
        if len(block.labels) > expected:
            message = f'"{block.type}" takes {names} and no more, but has {len(block.labels)} labels'
        raise UnreadableError(message, block.start)
    pending = [(block, body, 1)]
    while pending:
        parent, inner, depth = pending.pop()
        for child in inner.children if inner is not None else ():
            if child.type == "attribute":
                attribute = _attribute(file, child)
                parent.attributes[attribute.name] = attribute
            elif child.type == "block":
                if depth == MAX_DEPTH:
                    start, _ = translation.place(file, child)
                    raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels", start)
                nested, content = _head(file, child)
                pending.append((nested, content, depth + 1))
                parent.blocks.append(nested)
    return block


def _head(file: HclFile, syntax: Syntax) -> tuple[Block, Syntax | None]:
    """An empty block with its labels, and the syntax of its body."""
    body, names = None, []
    start, end = translation.place(file, syntax)
    stop = start
    for child in syntax.children:
        if child.type in ("identifier", "string_lit"):
            begin, stop = translation.place(file, child)
            names.append(file.source.text[begin:stop].strip('"'))
        elif child.type == "body":
            body = child
    return Block(names[0] if names else "", tuple(names[1:]), start, stop, end, {}, []), body


def _attribute(file: HclFile, syntax: Syntax) -> Attribute:
    start, end = translation.place(file, syntax)
    bare = translation.ASSIGNED.match(file.source.text, start, end)
    if bare is not None:
        return Attribute(bare[1], start, bare.end(1), partial(_assignment, file, syntax, bare.end(), end))
    begin, stop = translation.place(file, syntax.children[0])
    return Attribute(file.source.text[begin:stop], begin, stop, partial(_value, file, syntax.children[-1]))


def _assignment(file: HclFile, syntax: Syntax, start: int, end: int) -> Expression:
    """The value assigned between two places."""
    return translation.simple(file, start, end) or _value(file, syntax.children[-1], translation.composed)


def _value(
    file: HclFile, syntax: Syntax, translate: Callable[[HclFile, Syntax], Expression] = translation.expression
) -> Expression:
    try:
        return translate(file, syntax)
    except RecursionError:  # no handwritten expression is nested this deep
        return Other(file, *translation.place(file, syntax))


def _json_blocks(file: HclFile) -> list[Block]:
    """Terraform's JSON syntax: labels are keys, and each object may be split into a list of objects."""
    root = json_text.parse(file.source.text)
    blocks: list[Block] = []
    for key, value in (entry for part in _parts(root) for entry in part.entries or ()):
        depth = LABELS.get(str(key.value), 0)
        level: list[tuple[tuple[str, ...], Node, Node]] = [((), key, value)]
        for _ in range(depth):
            level = [
                ((*labels, str(name.value)), name, inner)
                for labels, _, node in level
                for part in _parts(node)
                for name, inner in part.entries or ()
            ]
        for labels, name, node in level:
            for part in _parts(node):
                block = Block(str(key.value), labels, name.start, name.end, 0, {}, [])
                block.attributes = {attribute.name: attribute for attribute in _json_attributes(file, part)}
                blocks.append(block)
    return blocks


def _parts(node: Node) -> list[Node]:
    """The objects that a value consists of."""
    return [node] if node.items is None else node.items


def _json_attributes(file: HclFile, tree: Node) -> Iterator[Attribute]:
    for key, value in tree.entries or ():
        if key.value != "//":
            yield Attribute(str(key.value), key.start, key.end, partial(_json, file, value))


def _json(file: HclFile, node: Node) -> Json:
    entries = None if node.entries is None else [(key, _json(file, inner)) for key, inner in node.entries]
    items = None if node.items is None else [_json(file, item) for item in node.items]
    return Json(file, node.start, node.end, node, entries, items)
