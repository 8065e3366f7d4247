"""The mutants of a module: one change each, as whole syntax trees."""

from __future__ import annotations

import ast
import copy
from collections.abc import Callable, Iterator
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


PROBE = "__reached__"
"""The name of the function that probes call, with the file and the line."""


class Mutant(NamedTuple):
    """A module with one change."""

    line: int
    change: str
    lines: frozenset[int]
    """Those of the statement that is changed, without what is nested in it."""
    is_in_a_function: bool
    tree: ast.Module


class _Place(NamedTuple):
    """Where a node is."""

    lines: frozenset[int]
    is_in_a_function: bool


def mutants(source: str) -> Iterator[Mutant]:
    """All mutants of a module, in the order of the tree."""
    tree = ast.parse(source)
    places = dict(_places(tree, _Place(frozenset(), is_in_a_function=False)))
    for index, node in enumerate(ast.walk(tree)):
        if id(node) not in places:
            continue
        for label, change in _changes(node):
            changed = copy.deepcopy(tree)
            change(list(ast.walk(changed))[index])
            place = places[id(node)]
            line = node.iter.lineno if isinstance(node, ast.comprehension) else node.lineno  # type: ignore[attr-defined]
            yield Mutant(line, label, *place, ast.fix_missing_locations(changed))


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
                there = _Place(frozenset(_lines(inner)), inside)
            yield id(inner), there
            yield from _places(inner, there)


_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


def _is_for_types(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"


def _lines(statement: ast.stmt) -> range:
    """The lines of a statement; of one with a body, those of its head."""
    body: list[ast.AST] = getattr(statement, "body", None) or getattr(statement, "cases", None) or []
    end = min((_first_line(inner) - 1 for inner in body), default=statement.end_lineno or 0)
    return range(statement.lineno, max(statement.lineno, end) + 1)


def _first_line(node: ast.AST) -> int:
    return node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno  # type: ignore[attr-defined]


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
        case ast.Name(id=name) if name in RENAMED:
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


def with_probes(source: str, name: str) -> ast.Module:
    """A module that says of each statement in its functions that it is reached."""
    tree = ast.parse(source)
    _Probes(name).visit(tree)
    return ast.fix_missing_locations(tree)


class _Probes(ast.NodeTransformer):
    def __init__(self, name: str) -> None:
        self.name = name

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        if not isinstance(node, ast.Module | ast.ClassDef):
            for name in ("body", "orelse", "finalbody"):
                statements = getattr(node, name, None)
                if isinstance(statements, list):
                    setattr(
                        node, name, [each for statement in statements for each in (self._probe(statement), statement)]
                    )
        return node

    def _probe(self, statement: ast.stmt) -> ast.stmt:
        arguments: list[ast.expr] = [ast.Constant(self.name), ast.Constant(statement.lineno)]
        probe = ast.Expr(ast.Call(ast.Name(PROBE, ast.Load()), arguments, []))
        return ast.copy_location(probe, statement)
