"""The syntax tree of a compiled expression, decoded from the library's serialised form.

This form is the protocol buffer `cel.expr.CheckedExpr` (cel/expr/checked.proto and syntax.proto in google/cel-spec). Its
few messages are decoded here, so that no protobuf library is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from taskfit.record import NamedTuple


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal."""

    id: int
    value: object
    """A string or an integer; `None` for any other literal."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """A variable of the rule, or of a macro such as `exists`."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class Select:
    """`operand.field`, or `has(operand.field)`."""

    id: int
    operand: Node
    field: str
    is_test: bool


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or a function; a method's target is the first argument."""

    id: int
    function: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """A list or a mapping: its elements, or its keys and values."""

    id: int
    elements: tuple[Node, ...]
    is_list: bool


@dataclass(frozen=True, slots=True)
class Comprehension:
    """The expansion of macros such as `all`, `exists`, `filter` and `map`."""

    id: int
    variables: tuple[str, ...]
    range: Node
    accumulator: str
    start: Node
    condition: Node
    step: Node
    result: Node


Node = Constant | Identifier | Select | Call | Literal | Comprehension


class Tree(NamedTuple):
    """A syntax tree with the offsets of its nodes in the expression, by id."""

    root: Node
    offsets: Mapping[int, int]


Fields = dict[int, list[bytes | int]]


def parse(serialised: bytes) -> Tree:
    """The syntax tree of a compiled expression."""
    checked = _fields(_message(_fields(serialised), 2))
    positions = (_fields(entry) for entry in _messages(_fields(_message(checked, 5)), 4))
    offsets = {_number(entry, 1): _number(entry, 2) for entry in positions}
    return Tree(_node(_message(checked, 4)), offsets)


def _node(data: bytes) -> Node:
    fields = _fields(data)
    id_ = _number(fields, 2)
    if 4 in fields:
        return Identifier(id_, _text(_fields(_message(fields, 4)), 1))
    if 5 in fields:
        inner = _fields(_message(fields, 5))
        return Select(id_, _node(_message(inner, 1)), _text(inner, 2), bool(_number(inner, 3)))
    if 6 in fields:
        inner = _fields(_message(fields, 6))
        targets = [_message(inner, 1)] if 1 in inner else []
        return Call(id_, _text(inner, 2), tuple(_node(each) for each in (*targets, *_messages(inner, 3))))
    if 7 in fields:
        elements = _messages(_fields(_message(fields, 7)), 1)
        return Literal(id_, tuple(_node(each) for each in elements), is_list=True)
    if 8 in fields:
        entries = [_fields(entry) for entry in _messages(_fields(_message(fields, 8)), 2)]
        values = (_message(entry, key) for entry in entries for key in (3, 4) if key in entry)
        return Literal(id_, tuple(_node(each) for each in values), is_list=False)
    if 9 in fields:
        return _comprehension(id_, _fields(_message(fields, 9)))
    return Constant(id_, _constant(_fields(_message(fields, 3)) if 3 in fields else {}))


def _comprehension(id_: int, fields: Fields) -> Comprehension:
    range_, start, condition, step, result = (_node(_message(fields, key)) for key in (2, 4, 5, 6, 7))
    variables = tuple(name for name in (_text(fields, 1), _text(fields, 8)) if name)
    return Comprehension(id_, variables, range_, _text(fields, 3), start, condition, step, result)


def _constant(fields: Fields) -> object:
    if 6 in fields:
        return _text(fields, 6)
    return _number(fields, 3) if 3 in fields else None


def _fields(data: bytes) -> Fields:
    """The fields of a message by number: bytes or integers."""
    fields: Fields = {}
    position = 0
    while position < len(data):
        key, position = _varint(data, position)
        match key & 7:
            case 0:
                value, position = _varint(data, position)
                fields.setdefault(key >> 3, []).append(value)
            case 2:
                length, position = _varint(data, position)
                fields.setdefault(key >> 3, []).append(data[position : position + length])
                position += length
            case kind:
                position += 8 if kind == 1 else 4
    return fields


def _varint(data: bytes, position: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
        shift += 7


def _messages(fields: Fields, key: int) -> Iterator[bytes]:
    return (value for value in fields.get(key, ()) if isinstance(value, bytes))


def _message(fields: Fields, key: int) -> bytes:
    return next(_messages(fields, key), b"")


def _text(fields: Fields, key: int) -> str:
    return _message(fields, key).decode("utf-8")


def _number(fields: Fields, key: int) -> int:
    return next((value for value in fields.get(key, ()) if isinstance(value, int)), 0)
