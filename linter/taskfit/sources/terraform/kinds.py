"""Whether an expression is certainly a string, whatever its value: the other branch of its conditional is one, too."""

from __future__ import annotations

from taskfit.sources.terraform.module import Module
from taskfit.sources.terraform.syntax import (
    Call,
    Conditional,
    Constant,
    Expression,
    Interpolated,
    Parentheses,
    Reference,
    Template,
)

_STRING_FUNCTIONS = frozenset(
    (
        *("base64encode", "basename", "chomp", "dirname", "file", "format", "join", "jsonencode", "lower", "replace"),
        *("substr", "templatefile", "title", "tostring", "trim", "trimprefix", "trimspace", "trimsuffix", "upper"),
    )
)
"""Functions that return a string."""


MAX_DEPTH = 20


def is_text(expression: Expression, module: Module, depth: int = 0) -> bool:
    """Whether an expression of a module is certainly a string, judged by its syntax and the types of variables."""
    if depth > MAX_DEPTH:
        return False
    if isinstance(expression, Parentheses | Interpolated):
        return is_text(expression.inner, module, depth + 1)
    if isinstance(expression, Conditional):
        return any(is_text(branch, module, depth + 1) for branch in (expression.then, expression.otherwise))
    return _is_plain_text(expression, module)


def _is_plain_text(expression: Expression, module: Module) -> bool:
    """Whether an expression other than a conditional is certainly a string, also through locals and variables."""
    for _ in range(MAX_DEPTH):
        if isinstance(expression, Constant):
            return isinstance(expression.value.value, str)
        if not isinstance(expression, Reference) or len(expression.steps) != 1:
            return isinstance(expression, Template) or (
                isinstance(expression, Call) and expression.name in _STRING_FUNCTIONS
            )
        root, name = expression.names
        if root == "local" and name in module.locals:
            expression = module.locals[name].value
            continue
        attributes = module.variables[name][1].attributes if root == "var" and name in module.variables else {}
        if "type" in attributes:
            return attributes["type"].value.text.strip('"') == "string"
        if "default" not in attributes:
            return False
        expression = attributes["default"].value
    return False
