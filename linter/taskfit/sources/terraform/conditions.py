"""Conditions in one evaluation of a module: what decides them, what they depend on, and the choices they leave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from taskfit.definition import Unknown
from taskfit.record import Struct
from taskfit.sources.terraform.budget import Budget
from taskfit.sources.terraform.choices import Choices, names_in, question
from taskfit.sources.terraform.instances import Key
from taskfit.sources.terraform.memory import Condition, Record
from taskfit.sources.terraform.module import NOTHING, Module, Scope
from taskfit.sources.terraform.syntax import (
    Binary,
    Block,
    Call,
    Constant,
    Expression,
    Interpolated,
    Json,
    Object,
    Overriding,
    Parentheses,
    Reference,
    Template,
    Tuple,
    Unary,
)
from taskfit.sources.terraform.values import Value, as_value, plain

MAX_CALLS = 12
"""The maximum depth of nested module calls."""
MAX_PARTS = 30
"""The maximum depth to which a condition is split into parts."""
NEVER_NULL = frozenset(
    (
        *("compact", "concat", "distinct", "file", "flatten", "format", "formatlist", "join", "jsonencode", "keys"),
        *("length", "lower", "range", "replace", "split", "templatefile", "trimspace", "upper", "values", "zipmap"),
    )
)
"""Functions that never return null."""
LOGICAL = ("&&", "||")
_CALL = re.compile(r"\b(?!(?:bool|lower|string|tobool|tonumber|tostring|trimspace|upper)\()[a-z][a-z0-9_]*\(")
"""A function whose result reveals little about its arguments."""
_CHOSEN = re.compile(r"(?:var\.[\w.-]+|terraform\.workspace)")
MAX_CHOSEN_KEYS = 12
"""The maximum number of keys of a map that are tried if the key looked up is unknown."""


class Way(Protocol):
    """One evaluation of a module, with one branch of each choice."""

    @property
    def module(self) -> Module:
        """The module."""

    @property
    def address(self) -> str:
        """The module's address in Terraform; empty for the root module."""

    @property
    def call(self) -> ModuleCall | None:
        """The call of the module; `None` for the root module."""

    @property
    def choices(self) -> Choices:
        """The branches taken."""

    @property
    def budget(self) -> Budget:
        """The steps and levels that are left."""

    @property
    def conditions(self) -> Conditions:
        """Its conditions."""

    def evaluate(self, expression: Expression, scope: Scope = ...) -> Value:
        """The value of an expression."""

    def term(self, expression: Expression, scope: Scope) -> Value:
        """The value of a term, not kept for other evaluations."""


class ModuleCall(Struct):
    """A call of a module, from the caller's side."""

    way: Way
    """The caller's evaluation."""
    block: Block
    key: Key
    made: Record[Scope]
    """The values of `each` and `count` in the call."""

    @property
    def scope(self) -> Scope:
        """The values of `each` and `count`, without recording what they depend on."""
        return self.made.result

    @property
    def address(self) -> str:
        """The address of the called instance in Terraform: `module.app["web"]`."""
        outer = self.way.address
        return f"{outer}{'.' if outer else ''}module.{self.block.labels[0]}{self.key.label}"


class Conditions:
    """The conditions of one evaluation of a module."""

    def __init__(self, way: Way) -> None:
        self.way = way

    def decide(self, expression: Expression, scope: Scope) -> bool | None:
        """Whether a condition holds; `None` if any branch would be a guess."""
        refusals = self.way.budget.refusals
        value = self.way.evaluate(expression, scope)
        if self.way.budget.refusals > refusals:
            return None  # it may be decidable, but the limit of work was reached
        if isinstance(value.value, bool):
            return value.value
        if value.value in ("true", "false"):
            return bool(value.value == "true")
        if not isinstance(value.value, Unknown) or any(name in expression.text for name in scope):
            return None
        known = self._by_parts(expression, scope, 0)
        return self.way.choices.choose(self._asked(expression, scope)) if known is None else known

    def chosen(self, value: Value, key: Expression | None, scope: Scope, default: Value | None = None) -> Value | None:
        """The element of a map at an unknown key: each key is tried, as a choice."""
        if value.is_partial or not value.entries:
            return None
        found, is_certain = self._found([str(name.value) for name, _ in value.entries], key, scope)
        if found is not None:
            return as_value(value.entries[found][1])
        self.way.choices.is_impossible |= is_certain and default is None
        return default if is_certain else None

    def is_among(self, values: Value, key: Expression, scope: Scope) -> bool | None:
        """Whether an unknown text is one of some values: each is tried, as a choice."""
        items = plain(values)
        options = [str(item) for item in items] if isinstance(items, list) else []
        found, is_certain = self._found(options, key, scope) if options else (None, False)
        return found is not None if is_certain else None

    def _found(self, options: Sequence[str], key: Expression | None, scope: Scope) -> tuple[int | None, bool]:
        """The index of the text that an unknown text equals, `None` for none of them; and whether that is certain."""
        self.way.choices.unrecorded += 1  # values being tried and contradictions are not recorded as questions
        is_free = key is not None and not any(name in key.text for name in scope)
        asked = self._subject(key) if key is not None and is_free and len(options) <= MAX_CHOSEN_KEYS else None
        # Which combinations of the values of two names are possible is unknown.
        if asked is None or self.way.choices.tried not in (None, asked.subject):
            return None, False
        self.way.choices.tried = asked.subject
        for index, option in enumerate(options):
            holds = self.way.choices.choose(asked._replace(literal=f'"{option}"'))
            if holds is None:
                return None, False
            if holds:
                return index, True
        return None, True

    def leaves(self, text: str, depth: int = 0) -> frozenset[str]:
        """The names that an expression depends on in the end, resolved through locals and the arguments of calls."""
        found: set[str] = set()
        for name in names_in(text):
            written = self._written(name) if depth <= MAX_CALLS else None
            if written is None:
                found.add(self.named(name))
            else:
                way, inner = written
                found |= way.leaves(inner, depth + 1)
        return frozenset(found)

    def is_computed(self, text: str, depth: int = 0) -> bool:
        """Whether an expression is computed by functions, also through locals and the arguments of calls."""
        if _CALL.search(text):
            return True
        found = map(self._written, names_in(text)) if depth <= MAX_CALLS else ()
        return any(way.is_computed(inner, depth + 1) for way, inner in filter(None, found))

    def _written(self, name: str) -> tuple[Conditions, str] | None:
        """The expression of a local or of a call's argument, with the conditions of the module that contains it."""
        root, attribute = name.split(".")[:2]
        local = self.way.module.locals.get(attribute) if root == "local" else None
        if local is not None:
            return self, local.value.written
        call = self.way.call if root == "var" else None
        argument = call.block.attributes.get(attribute) if call is not None else None
        return (call.way.conditions, argument.value.written) if call is not None and argument is not None else None

    def named(self, text: str) -> str:
        """A name or a condition, qualified by its module."""
        return text if not self.way.address or text.startswith("terraform.") else f"{self.way.address}: {text}"

    def _subject(self, expression: Expression) -> Condition | None:
        """The subject of an unknown text, if it depends on a single name."""
        if isinstance(expression, Json):
            return None
        conditions, found = self.canonical(expression)
        names = conditions.leaves(found.text)
        return conditions.asks(found.text, names) if len(names) == 1 else None

    def _asked(self, expression: Expression, scope: Scope) -> Condition:
        """The subject of an expression, with names qualified by their modules."""
        conditions, found = self.canonical(expression)
        inner = scope if found is expression else NOTHING
        asked = question(found, lambda operand: conditions.way.term(operand, inner))
        conditions, subject = conditions.canonical(asked.subject)
        text = subject.text
        return conditions.asks(text, conditions.leaves(text), asked.literal, is_negated=asked.is_negated)

    def asks(
        self, text: str, names: frozenset[str], literal: str | None = None, *, is_negated: bool = False
    ) -> Condition:
        """A question about the value of an expression of this module, by the names that it depends on."""
        is_chosen = all(map(_CHOSEN.fullmatch, names)) and not self.is_computed(text)
        return Condition(self.named(text), literal, is_negated, names, is_chosen)

    def known(self, expression: Expression, scope: Scope, depth: int = 0) -> bool | None:
        """Whether a condition holds given its parts and the branches taken before."""
        if depth > MAX_PARTS or isinstance(expression, Json):
            return None
        known = self._by_parts(expression, scope, depth)
        if known is not None or _has_parts(expression):
            return known
        if not isinstance(expression, Binary):
            value = self.way.term(expression, scope).value
            if isinstance(value, bool) or value in ("true", "false"):
                return value is True or value == "true"
        return self.way.choices.decided(self._asked(expression, scope))

    def _by_parts(self, expression: Expression, scope: Scope, depth: int) -> bool | None:
        """Whether a condition holds given its parts alone."""
        if isinstance(expression, Parentheses):
            return self.known(expression.inner, scope, depth + 1)
        if isinstance(expression, Unary) and expression.operator == "!":
            inner = self.known(expression.operand, scope, depth + 1)
            return None if inner is None else not inner
        if not isinstance(expression, Binary):
            return None
        if expression.operator in LOGICAL:
            decisive = expression.operator == "||"
            sides = [self.known(side, scope, depth + 1) for side in (expression.left, expression.right)]
            return decisive if decisive in sides else None if None in sides else not decisive
        is_comparison = expression.operator in ("==", "!=")
        return expression.operator == "!=" if is_comparison and self._is_impossible_null(expression) else None

    def _is_impossible_null(self, comparison: Binary) -> bool:
        """Whether null is compared with a value that can't be null."""
        left, right = comparison.left, comparison.right
        return (_is_null(left) and self._is_never_null(right)) or (_is_null(right) and self._is_never_null(left))

    def _is_never_null(self, expression: Expression) -> bool:
        """Whether an expression is a text, a list, an object or the result of a function that never returns null."""
        _, found = self.canonical(expression)
        if isinstance(found, Call):
            return found.name in NEVER_NULL
        return isinstance(found, Template | Interpolated | Tuple | Object)

    def canonical(self, expression: Expression) -> tuple[Conditions, Expression]:
        """An expression, or the one that it refers to if it is only a name."""
        way = self.way
        for _ in range(MAX_CALLS * 2):
            if isinstance(expression, Overriding):
                expression = expression.inner
            if not isinstance(expression, Reference) or len(expression.names) != 2 or len(expression.steps) != 1:
                break
            root, name = expression.names
            call = way.call
            if root == "local":
                attribute = way.module.locals.get(name)
            else:
                attribute = call.block.attributes.get(name) if root == "var" and call is not None else None
            if attribute is None or isinstance(attribute.value, Json):
                break
            if root == "var" and call is not None:
                if any(each in attribute.value.text for each in call.scope):
                    break
                way = call.way
            expression = attribute.value
        return way.conditions, expression


def _has_parts(expression: Expression) -> bool:
    """Whether a condition is composed of other conditions."""
    if isinstance(expression, Binary):
        return expression.operator in LOGICAL
    return isinstance(expression, Parentheses) or (isinstance(expression, Unary) and expression.operator == "!")


def _is_null(expression: Expression) -> bool:
    return isinstance(expression, Constant) and expression.written == "null"
