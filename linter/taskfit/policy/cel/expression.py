"""Expressions in CEL: compiled once, with located errors, and evaluated on the targets of a rule.

The library is Google's cel-cpp: it limits the depth and length of expressions, matches regular expressions in linear
time, and ends loops by a budget. It does not limit values that grow by concatenation; they are rejected when compiled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from taskfit.phrases import nearest
from taskfit.policy.cel import functions
from taskfit.policy.cel.reads import MAX_COPIES, Read, reads_of
from taskfit.policy.cel.syntax import Tree, parse
from taskfit.policy.rule import RuleError
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from taskfit.definition import Container
    from taskfit.policy.subject import Subject

MAX_LENGTH = 4_000
"""The most characters of an expression."""

VARIABLES = ("task", "containers", "sidecars", "services", "service", "tags", "role", "expected", "file")
"""Variables of every expression."""

CONTAINER_PARTS = ("port", "variable", "secret", "image")
"""Targets within a container, which are also variables of their expressions."""

LISTS = ("containers", "sidecars", "services")
TEXTS = ("role", "image")

ABSENCE_ERRORS = ("No value with name", "Index error", "No matching overloads")
"""The library's errors for absent values, and for operators on values of another type, which other rules report."""

_ERROR = re.compile(r"ERROR: <input>:(-?\d+):(-?\d+): ([^\n]*)")
MACROS = ("all", "exists", "exists_one", "filter", "has", "map")
"""CEL's macros, most of which declare their own variable."""
_UNDECLARED = re.compile(r"undeclared reference to '([\w.]+)'")

_UNEXPECTED = re.compile(
    r"token recognition error at: '(.+?) ?'|(?:mismatched|extraneous) input '(.+?)'(?: expecting .*)?"
    r"|no viable alternative at input '(.+)'",
    re.DOTALL,
)
_MISSING = re.compile(r"missing ('.+?') at '(.+)'", re.DOTALL)
_END = "<EOF>"
_SPELLED = {"and": "&&", "or": "||", "not": "!", "=": "==", "=>": ">=", "&": "&&", "|": "||"}
"""What CEL writes in place of the operators of other languages."""


class ExpressionError(RuleError):
    """An expression that can't be compiled or evaluated: the message, and the characters at fault."""

    def __init__(self, message: str, character: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.character = character


class NoValueError(Exception):
    """An expression has no value, because a value that it reads is absent or unknown."""

    def __init__(self, pointer: str | None = None) -> None:
        super().__init__(pointer or "")
        self.pointer = pointer
        """The pointer of the unknown value; `None` for an absent one."""


class Expression(NamedTuple):
    """A compiled expression."""

    compiled: Any
    reads: tuple[Read, ...]
    kind: str
    """The type of its value: `bool`, `int`, `dyn` ..."""

    @property
    def variables(self) -> frozenset[str]:
        """The variables that it uses."""
        return frozenset(read.path[0] for read in self.reads)


def is_installed() -> bool:
    """Whether the library is installed."""
    from importlib.util import find_spec

    return find_spec("cel_expr_python") is not None


class Environment:
    """The variables and functions available to the expressions of a target."""

    def __init__(self, variable: str) -> None:
        from cel_expr_python import cel

        kinds = cel.Type
        fields = kinds.Map(kinds.STRING, kinds.DYN)
        types = {
            name: kinds.List(fields) if name in LISTS else kinds.STRING if name in TEXTS else fields
            for name in (*VARIABLES, variable, *(("container",) if variable in CONTAINER_PARTS else ()))
        }
        named = {
            "int": kinds.INT, "double": kinds.DOUBLE, "string": kinds.STRING, "bool": kinds.BOOL, "dyn": kinds.DYN,
            "list": kinds.List(kinds.DYN), "map": fields,
        }  # fmt: skip
        self.names = tuple(types)
        self.context = functions.Context()
        declared: dict[str, list[Any]] = {}
        for each in functions.overloads(self.context):
            parameters = [named[kind] for kind in each.parameters]
            identifier = "_".join((each.name.replace(".", "_"), *each.parameters))
            function = self._recording(each.function)
            overload = cel.Overload(identifier, named[each.result], parameters, False, function)
            declared.setdefault(each.name, []).append(overload)
        self._env = cel.NewEnv(
            variables=types, functions=[cel.FunctionDecl(name, each) for name, each in declared.items()]
        )

    def _recording(self, function: Any) -> Any:
        """The function, recording its errors, since the library does not propagate them."""

        def call(*arguments: Any) -> Any:
            try:
                return function(*arguments)
            except Exception as error:
                self.context.error = error
                raise

        return call

    def compile(self, text: str) -> Expression:
        """Compile an expression.

        Raises `ExpressionError`.
        """
        if len(text) > MAX_LENGTH:
            raise ExpressionError(f"the expression is longer than {MAX_LENGTH} characters")
        try:
            compiled = self._env.compile(text)
            tree = parse(compiled.serialize())
        except (RuntimeError, ValueError) as error:
            raise self._error(text, str(error)) from None
        found = reads_of(tree)
        if found.oversized is not None:
            message = f"a value may contain more than {MAX_COPIES} copies of the definition's data"
            raise ExpressionError(message, tree.offsets.get(found.oversized, 0))
        if found.implied is not None and "container" not in self.names:
            message = 'with this target, the first argument must be a container: env(containers[0], "X")'
            raise ExpressionError(message, tree.offsets.get(found.implied, 0))
        _check_fields(text, found.reads, tree)
        return Expression(compiled, found.reads, compiled.return_type().name().lower())

    def _error(self, text: str, message: str) -> ExpressionError:
        """The first of the library's errors, reworded."""
        errors = list(_ERROR.finditer(message))
        if not errors:
            plain = message.partition("\n")[0].partition(": ")[2] or message
            return ExpressionError(re.sub(r" \[\w+\]$", "", plain)[:200])
        # A misspelt macro leaves its variable undeclared, which the library reports first.
        first = next((each for each in errors if _is_like_a_macro(each[3])), errors[0])
        line, column = int(first[1]), int(first[2])
        start = sum(len(each) + 1 for each in text.split("\n")[: max(0, line - 1)]) + max(0, column - 1)
        words = _plain(re.sub(r" \(in container ''\)$", "", first[3]).removeprefix("Syntax error: "))
        undeclared = _UNDECLARED.match(words)
        if undeclared is None:
            return ExpressionError(words, start)
        name = undeclared[1].partition(".")[0]
        near = nearest(name[:60], self._known)
        hint = f'; did you mean "{near}"?' if near else f"; there are {', '.join(self.names)}"
        place = max(0, text.rfind(name, 0, start + len(name)))
        return ExpressionError(f'there is nothing called "{name}"{hint}', place)

    @property
    def _known(self) -> tuple[str, ...]:
        return (*self.names, *MACROS, *functions.NAMES, *{name.partition(".")[0] for name in functions.NAMES})

    def activation(self, values: Mapping[str, Any]) -> Any:
        """The values of variables, shared by the expressions that are evaluated on them."""
        return self._env.Activation(dict(values))

    def evaluate(
        self, expression: Expression, activation: Any, subject: Subject, container: Container | None = None
    ) -> Any:
        """The value of an expression.

        Raises `NoValueError` if it depends on an absent or unknown value, and `ExpressionError` for any other error.
        """
        context = self.context
        context.subject, context.container, context.error = subject, container, None
        context.places = []
        try:
            found = expression.compiled.eval(activation)
        except (RuntimeError, MemoryError) as error:
            raise ExpressionError(str(error).partition("\n")[0]) from None
        if found.type().name() != "ERROR":
            return found.plain_value()
        message, raised = str(found.value()), context.error
        if isinstance(raised, functions.UnknownValueError):
            raise NoValueError(raised.pointer)
        if raised is not None:
            raise ExpressionError(str(raised))
        if message.startswith("NOT_FOUND") or any(words in message for words in ABSENCE_ERRORS):
            raise NoValueError
        raise ExpressionError(message.partition(": ")[2] or message)


@cache
def environment(variable: str) -> Environment:
    """The environment of the targets that a variable represents."""
    return Environment(variable)


def _check_fields(text: str, reads: tuple[Read, ...], tree: Tree) -> None:
    """Reject a field that AWS does not have, if it is clear which one was meant."""
    from taskfit.policy.cel.fields import fault

    for read in reads:
        if found := fault(read.path, is_test=read.mode == "test"):
            behind = tree.offsets.get(read.node, 0) + len(found.key) + 2
            place = text.rfind(found.key, 0, behind)
            raise ExpressionError(found.message, max(0, place if place >= 0 else text.find(found.key)))


def _is_like_a_macro(message: str) -> bool:
    """Whether an error of the library is on an undeclared name that resembles a macro."""
    undeclared = _UNDECLARED.match(message)
    return undeclared is not None and nearest(undeclared[1][:60], MACROS) is not None


def _plain(words: str) -> str:
    """An error of the library's parser, reworded like those in other files."""
    if missing := _MISSING.fullmatch(words):
        found = "the end of the expression" if missing[2] == _END else f'"{missing[2]}"'
        return f'expected "{missing[1][1:-1]}", found {found}'
    unexpected = _UNEXPECTED.fullmatch(words)
    if unexpected is None:
        return words
    token = unexpected[1] or unexpected[2] or unexpected[3]
    if token == _END:
        return "the expression ends too early"
    if unexpected[1] and token[0] in "'\"":
        return "this string has no closing quote"
    hint = f"; CEL writes {_SPELLED[token]}" if token in _SPELLED else ""
    return f'unexpected "{token}"{hint}'
