"""Translation of tree-sitter's nodes to expressions; each node is read only once, because access is expensive."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.syntax import (
    Access,
    Binary,
    Call,
    Conditional,
    Constant,
    Directive,
    Entry,
    Expression,
    For,
    Interpolated,
    Interpolation,
    Literal,
    Object,
    Other,
    Parentheses,
    Part,
    Reference,
    Splat,
    Step,
    Template,
    Tuple,
    Unary,
)
from taskfit.sources.terraform.values import Builder, Value, as_text, number, verbatim
from taskfit.syntax.tree import Node

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

_KEYWORDS = r"(?:true|false|null)"
_NAME = r"[^\W\d][\w-]*"
SIMPLE = re.compile(
    rf'"(?P<string>[^"\\$%\n]*)"|(?P<number>[0-9]+(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)|(?P<word>{_KEYWORDS})'
    rf"|(?P<names>(?!{_KEYWORDS}\b){_NAME}(?:\.{_NAME})*)"
)
"""Most expressions, which are recognised without reading the syntax nodes."""
ASSIGNED = re.compile(rf"(?!{_KEYWORDS}\b)({_NAME})[ \t]*[=:](?!=)[ \t]*")
"""A bare name and the equals sign before its value."""
_WORDS = {"true": True, "false": False, "null": None}
_OPERATORS = frozenset(("==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "&&", "||"))
ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|\$\$\{|%%\{", re.DOTALL)
_MARK = re.compile(r"[\\$%]")
"""Characters that a string literal does not stand for unchanged: escapes, interpolations, directives."""
HEREDOC_ESCAPE = re.compile(r"\$\$\{|%%\{")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


def expression(file: HclFile, syntax: Syntax) -> Expression:
    """An expression of a file."""
    return simple(file, *place(file, syntax)) or composed(file, syntax)


def simple(file: HclFile, start: int, end: int) -> Expression | None:
    """The expression between two places, if it is a single token or consists of names alone."""
    match = SIMPLE.fullmatch(file.source.text, start, end)
    if match is None:
        return None
    if match.lastgroup == "names":
        names = match[0].split(".")
        return Reference(file, start, end, names, names[1:])
    return constant(file, start, end, match.lastgroup)


def constant(file: HclFile, start: int, end: int, kind: str | None) -> Constant:
    """A string without escapes and interpolations, a number, or one of the words that are values."""
    text = file.source.text[start:end]
    if kind == "string":
        return Constant(file, start, end, verbatim(text[1:-1], start, end))
    return Constant(file, start, end, Value(start, end, number(text) if kind == "number" else _WORDS[text]))


def composed(file: HclFile, syntax: Syntax) -> Expression:
    """The expression of a node, translated from its children."""
    return _row(file, _children(syntax) or [syntax])


def place(file: HclFile, syntax: Syntax) -> tuple[int, int]:
    """The start and end of a node, in characters."""
    start, end = syntax.start_byte, syntax.end_byte
    return (start, end) if file.has_own_offsets else (file.offset(start), file.offset(end))


def _text(file: HclFile, syntax: Syntax) -> str:
    start, end = place(file, syntax)
    return file.source.text[start:end]


def _children(syntax: Syntax) -> list[Syntax]:
    """The children of a node, without comments."""
    return [child for child in syntax.children if child.type != "comment"]


def _expressions(file: HclFile, nodes: Sequence[Syntax]) -> list[Expression]:
    return [expression(file, child) for child in nodes if child.type == "expression"]


def _row(file: HclFile, row: Sequence[Syntax]) -> Expression:
    """A term, and the steps after it."""
    first, rest = row[0], row[1:]
    start, end = place(file, first)[0], place(file, row[-1])[1]
    if first.type == "variable_expr":
        names = [_text(file, first)]
        if names[0][0].isdigit():  # a number with an exponent, which the parser was given as a name
            return Constant(file, start, end, Value(start, end, number(names[0])))
        steps = [_step(file, step) for step in rest]
        for step in steps:
            if not isinstance(step, str):
                break
            names.append(step)
        return Reference(file, start, end, names, steps)
    if first.type == "(" and len(row) > 2:
        base: Expression = Parentheses(file, start, place(file, row[2])[1], expression(file, row[1]))
        rest = row[3:]
    else:
        base = _TERMS.get(first.type, _other)(file, first)
    return Access(file, start, end, base, [_step(file, step) for step in rest]) if rest else base


def _step(file: HclFile, syntax: Syntax) -> Step:
    if syntax.type == "get_attr":
        return _text(file, syntax.children[-1])
    if syntax.type == "splat":
        parts = [part for part in _children(syntax.children[0]) if part.type in ("get_attr", "index")]
        return Splat([_step(file, part) for part in parts])
    inner = syntax.children[0] if syntax.children else syntax
    if inner.type == "legacy_index":
        index = number(_text(file, inner).lstrip("."))
        return index if isinstance(index, int) else _other(file, inner)
    return next(iter(_expressions(file, inner.children)), None) or _other(file, inner)


def _other(file: HclFile, syntax: Syntax) -> Expression:
    return Other(file, *place(file, syntax))


def _wrapped(file: HclFile, syntax: Syntax) -> Expression:
    """The expression in a wrapper node of the grammar."""
    return expression(file, syntax)


def _literal(file: HclFile, syntax: Syntax) -> Expression:
    inner = syntax.children[0] if syntax.type == "literal_value" else syntax
    start, end = place(file, syntax)
    if inner.type == "string_lit":
        return _quoted(file, inner)
    text = _text(file, inner)
    if inner.type == "numeric_lit":
        return Constant(file, start, end, Value(start, end, number(text)))
    if inner.type in ("bool_lit", "null_lit"):
        return Constant(file, start, end, Value(start, end, _WORDS[text]))
    return _other(file, syntax)


def _collection(file: HclFile, syntax: Syntax) -> Expression:
    inner = syntax.children[0]
    start, end = place(file, inner)
    if inner.type == "tuple":
        return list_of(file, start, end, _expressions(file, inner.children))
    found = [_entry(file, child) for child in inner.named_children if child.type == "object_elem"]
    entries = [entry for entry in found if entry is not None]
    return object_of(file, start, end, entries, is_partial=len(entries) < len(found))


def list_of(file: HclFile, start: int, end: int, items: Sequence[Expression]) -> Tuple | Constant:
    """A list of expressions, a constant if all of them are."""
    constants = [item.value for item in items if isinstance(item, Constant)]
    if len(constants) < len(items):
        return Tuple(file, start, end, items)
    return Constant(file, start, end, Value(start, end, items=list[Node](constants)))


def object_of(
    file: HclFile, start: int, end: int, entries: Sequence[Entry], *, is_partial: bool = False
) -> Object | Constant:
    """An object with some entries, a constant if all of them are and no key is repeated."""
    values = {
        key.value: (key, value.value) for key, value in entries if isinstance(key, Node) and isinstance(value, Constant)
    }
    if is_partial or len(values) < len(entries):
        return Object(file, start, end, entries, is_partial)
    return Constant(file, start, end, Value(start, end, entries=list[tuple[Node, Node]](values.values())))


def _entry(file: HclFile, syntax: Syntax) -> Entry | None:
    start, end = place(file, syntax)
    bare = ASSIGNED.match(file.source.text, start, end)
    value = simple(file, bare.end(), end) if bare is not None else None
    if bare is not None and value is not None:
        return Entry(Node(start, bare.end(1), bare[1]), value)
    parts = [child for child in syntax.named_children if child.type == "expression"]
    if len(parts) != 2:
        return None
    if bare is not None:
        return Entry(Node(start, bare.end(1), bare[1]), composed(file, parts[1]))
    key, value = expression(file, parts[0]), expression(file, parts[1])
    if isinstance(key, Reference) and not key.steps:
        return Entry(Node(key.start, key.end, key.names[0]), value)
    return entry_of(key, value)


def entry_of(key: Expression, value: Expression) -> Entry:
    """An entry whose key is no bare name."""
    name = as_text(key.value.value) if isinstance(key, Constant) else None
    return Entry(key if name is None else Node(key.start, key.end, name), value)


def _for(file: HclFile, syntax: Syntax) -> Expression:
    inner = syntax.children[0]
    intro = next((child for child in inner.children if child.type == "for_intro"), None)
    results = _expressions(file, inner.children)
    is_object = inner.type == "for_object_expr"
    if intro is None or len(results) <= is_object or any(child.type == "ellipsis" for child in inner.children):
        return _other(file, syntax)
    test = next((child for child in inner.children if child.type == "for_cond"), None)
    names = [_text(file, child) for child in intro.children if child.type == "identifier"]
    over = _expressions(file, intro.children)[0]
    condition = expression(file, test.children[-1]) if test is not None else None
    key = results[0] if is_object else None
    return For(file, *place(file, inner), names, over, key, results[-1], condition)


def _conditional(file: HclFile, syntax: Syntax) -> Expression:
    """A conditional, or several in a row: `a ? b : c ? d : e` is `a ? b : (c ? d : e)`.

    The grammar parses it as `(a ? b : c) ? d : e`.
    """
    parts: list[Syntax] = []
    first = syntax
    while first.type == "conditional":
        found = [child for child in first.named_children if child.type == "expression"]
        if len(found) != 3:
            return _other(file, syntax)
        parts[:0] = found[1:]
        first = found[0].children[0] if found[0].child_count == 1 else found[0]
    *tests, otherwise = _expressions(file, [found[0], *parts])
    end = place(file, syntax)[1]
    for test, then in reversed([*zip(tests[::2], tests[1::2], strict=True)]):
        otherwise = Conditional(file, test.start, end, test, then, otherwise)
    return otherwise


def _operation(file: HclFile, syntax: Syntax) -> Expression:
    inner = syntax.children[0]
    parts, (start, end) = _children(inner), place(file, inner)
    if inner.type == "unary_operation":
        return Unary(file, start, end, parts[0].type, _row(file, parts[1:]))
    at = next((index for index, node in enumerate(parts) if index and node.type in _OPERATORS), None)
    if at is None or at + 1 >= len(parts):
        return Other(file, start, end)
    return Binary(file, start, end, _row(file, parts[:at]), parts[at].type, _row(file, parts[at + 1 :]))


def _call(file: HclFile, syntax: Syntax) -> Expression:
    listed = next((child for child in syntax.children if child.type == "function_arguments"), None)
    nodes = listed.children if listed is not None else []
    is_expanded = any(child.type == "ellipsis" for child in nodes)
    name = _text(file, syntax.children[0])
    return Call(file, *place(file, syntax), name, _expressions(file, nodes), is_expanded)


def _template(file: HclFile, syntax: Syntax) -> Expression:
    inner = syntax.children[0] if syntax.type == "template_expr" else syntax
    return _heredoc(file, inner) if inner.type == "heredoc_template" else _quoted(file, inner)


def _quoted(file: HclFile, syntax: Syntax) -> Expression:
    """A string in quotes."""
    start, end = place(file, syntax)
    written = file.source.text[start + 1 : end - 1]
    if not _MARK.search(written):
        return Constant(file, start, end, verbatim(written, start, end))
    nodes = _marks(syntax)
    if len(nodes) == 1 and nodes[0].end_byte - nodes[0].start_byte == syntax.end_byte - syntax.start_byte - 2:
        single = _inner(file, nodes[0])
        if single is not None:
            return Interpolated(file, start, end, single)
    return joined(file, start, end, _parts(file, nodes, start + 1, end - 1, ESCAPE))


def _heredoc(file: HclFile, syntax: Syntax) -> Expression:
    """A heredoc, or a separate text that was wrapped in a heredoc to be parsed."""
    start, end = place(file, syntax)
    names = [child for child in syntax.children if child.type == "heredoc_identifier"]
    if len(names) < 2:
        return Other(file, start, end)
    text = file.source.text
    if file.shift and start == 0:
        begin, stop = 0, len(text)
    else:
        begin = text.find("\n", file.offset(names[0].end_byte)) + 1
        stop = text.rfind("\n", begin - 1, file.offset(names[-1].start_byte)) + 1
    parts = _parts(file, _marks(syntax), begin, max(begin, stop), HEREDOC_ESCAPE)
    return joined(file, start, end, parts)


def joined(file: HclFile, start: int, end: int, parts: Sequence[Part]) -> Expression:
    """A template of some parts, a constant if all are literal."""
    literals = [part for part in parts if isinstance(part, Literal)]
    if len(literals) < len(parts):
        return Template(file, start, end, parts)
    builder = Builder()
    for literal in literals:
        builder.add(*literal)
    return Constant(file, start, end, builder.value(start, end))


def _marks(syntax: Syntax) -> list[Syntax]:
    """The interpolations and directives of a template."""
    return [child for child in syntax.children if child.type.startswith(("template_interp", "template_dir"))]


def _inner(file: HclFile, syntax: Syntax) -> Expression | None:
    return next(iter(_expressions(file, syntax.children)), None)


def _parts(file: HclFile, nodes: Sequence[Syntax], begin: int, end: int, escape: re.Pattern[str]) -> tuple[Part, ...]:
    """The parts between two places."""
    text, at = file.source.text, begin
    parts: list[Part] = []
    for node in nodes:
        start, stop = place(file, node)
        parts += literals(text, at, start, escape)
        at = stop
        is_stripping = text[start + 2 : start + 3] == "~"
        if node.type == "template_interpolation":
            parts.append(Interpolation(start, stop, is_stripping, _inner(file, node)))
        else:
            parts.append(_directive(file, node, is_stripping, escape))
        if text[stop - 2 : stop - 1] == "~":
            while at < end and text[at].isspace():
                at += 1
    parts += literals(text, at, end, escape)
    return tuple(parts)


def _directive(file: HclFile, node: Syntax, is_stripping: bool, escape: re.Pattern[str]) -> Directive:
    inner, whole = node.children[0], _other(file, node)
    marks = [child for child in inner.children if child.type.endswith(("_intro", "_end"))]
    condition = _inner(file, marks[0]) if marks and inner.type == "template_if" else None
    if condition is None:
        return Directive(whole, is_stripping, None)
    nodes = _marks(inner)
    branches = [
        _parts(
            file,
            [child for child in nodes if first.end_byte <= child.start_byte < last.start_byte],
            file.offset(first.end_byte),
            file.offset(last.start_byte),
            escape,
        )
        for first, last in pairwise(marks[:3])
    ]
    return Directive(whole, is_stripping, condition, *branches)


def literals(text: str, begin: int, end: int, escape: re.Pattern[str]) -> Iterator[Literal]:
    """The literal parts between two places, escapes apart."""
    at = begin
    for match in escape.finditer(text, begin, max(begin, end)):
        if at < match.start():
            yield Literal(text[at : match.start()], at, match.start())
        yield Literal(_unescaped(match[0]), match.start(), match.end())
        at = match.end()
    if at < end:
        yield Literal(text[at:end], at, end)


def _unescaped(sequence: str) -> str:
    if sequence[:2] in ("\\u", "\\U") and len(sequence) > 2:
        code = int(f"0x{sequence[2:]}", 0)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    if sequence[0] == "\\":
        return _ESCAPES.get(sequence[1], sequence[1])
    return sequence[1:]


_TERMS: dict[str, Callable[[HclFile, Syntax], Expression]] = {
    "expression": _wrapped,
    "literal_value": _literal,
    "template_expr": _template,
    "heredoc_template": _template,
    "quoted_template": _template,
    "collection_value": _collection,
    "for_expr": _for,
    "conditional": _conditional,
    "operation": _operation,
    "function_call": _call,
}
