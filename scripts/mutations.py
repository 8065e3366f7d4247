"""The mutants of a module: one change each, as whole syntax trees."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

Change = Callable[[Any], None]
"""Changes a node in place."""

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.FloorDiv,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}

RENAMED = {"min": "max", "max": "min", "all": "any", "any": "all", "ceil": "floor", "floor": "ceil"}


REACHED = "__reached__"
"""The name of the function that is called before a statement, with the file, the line and the column."""

COMPARED = "__compared__"
"""The name of the function that is called with the same, a value, and for each mutant its number and what has its value."""

Position = tuple[int, int]
"""The line and column where a statement begins: that tells it from all others."""


class Mutant(NamedTuple):
    """A module with one change."""

    line: int
    change: str
    statement: Position
    """The innermost one that is changed."""
    is_in_a_function: bool
    tree: Callable[[], ast.Module]


class _Place(NamedTuple):
    """Where a node is."""

    statement: Position
    is_in_a_function: bool


def mutants(source: str) -> list[Mutant]:
    """All mutants of a module, in the order of the tree."""
    tree = ast.parse(source)
    places = dict(_places(tree, _Place((0, 0), is_in_a_function=False)))
    return [
        Mutant(_line(node), label, *places[id(node)], partial(_changed, tree, index, change))
        for index, node in enumerate(ast.walk(tree))
        if id(node) in places
        for label, change in _changes(node)
    ]


def _line(node: ast.AST) -> int:
    return (node.iter if isinstance(node, ast.comprehension) else node).lineno  # type: ignore[attr-defined,no-any-return]


def _changed(tree: ast.Module, index: int, change: Change) -> ast.Module:
    changed = copy.deepcopy(tree)
    change(list(ast.walk(changed))[index])
    return ast.fix_missing_locations(changed)


def _places(node: ast.AST, place: _Place) -> Iterator[tuple[int, _Place]]:
    """The places of all nodes that may be changed: no decorators, annotations and type aliases, and no imports for them."""
    for name, value in ast.iter_fields(node):
        if name in ("decorator_list", "annotation", "returns"):
            continue
        for inner in value if isinstance(value, list) else [value]:
            if not isinstance(inner, ast.AST) or _is_for_types(inner):
                continue
            there = place
            if isinstance(inner, ast.stmt):
                inside = place.is_in_a_function or (isinstance(node, _FUNCTIONS) and name == "body")
                there = _Place(_position(inner), inside)
            yield id(inner), there
            yield from _places(inner, there)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _position(statement: ast.stmt) -> Position:
    return statement.lineno, statement.col_offset


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.BinOp(op=op) | ast.BoolOp(op=op) if type(op) in SWAPPED:
            yield f"{type(op).__name__} -> {SWAPPED[type(op)].__name__}", _with(op=SWAPPED[type(op)]())
        case ast.Compare(ops=ops):
            for number, each in enumerate(ops):
                if swapped := SWAPPED.get(type(each)):
                    changed = [*ops[:number], swapped(), *ops[number + 1 :]]
                    yield f"{type(each).__name__} -> {swapped.__name__}", _with(ops=changed)
        case ast.Constant(value=bool() as value):
            yield f"{value} -> {not value}", _with(value=not value)
        case ast.Constant(value=int() | float() as value):
            yield f"{value} -> {value + 1}", _with(value=value + 1)
        case ast.Name(id=name, ctx=ast.Load()) if name in RENAMED:
            yield f"{name} -> {RENAMED[name]}", _with(id=RENAMED[name])
        case ast.Attribute(value=ast.Name(id="math"), attr=name) if name in RENAMED:
            yield f"{name} -> {RENAMED[name]}", _with(attr=RENAMED[name])
        case _:
            yield from _turned(node)


def _turned(node: ast.AST) -> Iterator[tuple[str, Change]]:
    match node:
        case ast.If(test=test):
            yield "if -> if not", _with(test=ast.UnaryOp(ast.Not(), test))
        case ast.IfExp(body=body, orelse=orelse):
            yield "the other branch", _with(body=orelse, orelse=body)
        case ast.comprehension(ifs=ifs) if ifs:
            yield "no condition", _with(ifs=[])
        case ast.Return(value=value) if value is not None and not _is_nothing(value):
            yield "return nothing", _with(value=None)
        case ast.Raise():
            yield "no raise", _as_nothing
        case ast.Continue():
            yield "continue -> break", lambda twin: setattr(twin, "__class__", ast.Break)
        case ast.Expr(value=ast.Call() | ast.Yield() | ast.YieldFrom()):
            yield "left out", _with(value=ast.Constant(None))


def _is_nothing(value: ast.expr) -> bool:
    """Whether nobody can tell a value from `None`, but by its type."""
    return isinstance(value, ast.Constant) and value.value in (None, False)


def _as_nothing(twin: Any) -> None:
    twin.__class__ = ast.Pass
    for name in ("exc", "cause"):
        twin.__dict__.pop(name, None)


def _with(**fields: Any) -> Change:
    def change(twin: Any) -> None:
        for name, value in fields.items():
            setattr(twin, name, value)

    return change


def with_probes(source: str, name: str, found: Sequence[Mutant], *, is_pure: bool) -> ast.Module:
    """A module that tells which statements its functions reach, and, if pure, the value that they have with each mutant."""
    tree = ast.parse(source)
    by_statement: dict[Position, list[tuple[int, ast.stmt]]] = {}
    for number, mutant in enumerate(found):
        if mutant.is_in_a_function:
            by_statement.setdefault(mutant.statement, []).append((number, _statement(mutant.tree(), mutant.statement)))
    _Probes(name, by_statement, is_pure=is_pure).visit(tree)
    return ast.fix_missing_locations(tree)


def _statement(tree: ast.Module, position: Position) -> ast.stmt:
    return next(each for each in ast.walk(tree) if isinstance(each, ast.stmt) and _position(each) == position)


HEADS = {
    ast.Return: "value",
    ast.Assign: "value",
    ast.AnnAssign: "value",
    ast.AugAssign: "value",
    ast.Yield: "value",
    ast.If: "test",
    ast.While: "test",
    ast.For: "iter",
}
"""Where statements have the expression that they evaluate first."""


class _Probes(ast.NodeTransformer):
    def __init__(self, name: str, mutated: Mapping[Position, Sequence[tuple[int, ast.stmt]]], *, is_pure: bool) -> None:
        self.name = name
        self.mutated = mutated
        self.is_pure = is_pure

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for name in ("body", "orelse", "finalbody"):
            statements = getattr(node, name, None)
            if isinstance(statements, list):
                setattr(node, name, [probed for statement in statements for probed in self._probed(statement)])
        return node

    def _probed(self, statement: ast.stmt) -> list[ast.stmt]:
        mutated = self.mutated.get(_position(statement))
        if not mutated:
            return [statement]
        place = [ast.Constant(each) for each in (self.name, *_position(statement))]
        holder, head = _head(statement)
        if head is not None and self.is_pure:
            others = [_twin(number, head, *_head(changed)) for number, changed in mutated]
            setattr(holder, HEADS[type(holder)], _call(COMPARED, [*place, _decided(holder, head), *others]))
        return [ast.copy_location(ast.Expr(_call(REACHED, place)), statement), statement]


def _head(statement: ast.stmt) -> tuple[ast.AST, ast.expr | None]:
    """What has the expression that a statement evaluates first, and that; nothing where to evaluate it twice does harm."""
    holder = statement.value if isinstance(statement, ast.Expr) else statement
    head = getattr(holder, HEADS.get(type(holder), ""), None)
    pauses = head is not None and any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(head))
    return holder, None if pauses else head


def _twin(number: int, head: ast.expr, holder: ast.AST, changed: ast.expr | None) -> ast.expr:
    """The number of a mutant, and a function for its value; `None` where the mutant changes something else."""
    if isinstance(holder, ast.Return):
        changed = changed or ast.Constant(None)
    is_same = changed is None or ast.dump(changed) == ast.dump(head)
    nothing: list[Any] = []
    arguments = ast.arguments(nothing, nothing, None, nothing, nothing, None, nothing)
    value = ast.Constant(None) if is_same else ast.Lambda(arguments, _decided(holder, changed))
    return ast.Tuple([ast.Constant(number), value], ast.Load())


def _decided(holder: ast.AST, value: ast.expr | None) -> Any:
    """A value, as far as it matters."""
    return _call("bool", [value]) if isinstance(holder, ast.If | ast.While) else value


def _call(function: str, arguments: list[Any]) -> ast.Call:
    return ast.Call(ast.Name(function, ast.Load()), arguments, [])
