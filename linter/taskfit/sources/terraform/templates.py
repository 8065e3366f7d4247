"""Templates: their literals, interpolations and directives, evaluated and put together piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from taskfit.definition import Unknown
from taskfit.sources.terraform.budget import Budget
from taskfit.sources.terraform.syntax import Directive, Expression, Literal, Part, Template
from taskfit.sources.terraform.values import Builder, Value

Evaluate = Callable[[Expression], Value]
Decide = Callable[[Expression], bool | None]


def rendered(template: Template, evaluate: Evaluate, decide: Decide, budget: Budget) -> Value:
    """The string that a template renders to; `decide` returns whether the condition of an `%{ if }` holds."""
    builder = Builder()
    _add(builder, template.parts, evaluate, decide, budget)
    return builder.value(template.start, template.end)


def _add(builder: Builder, parts: Sequence[Part], evaluate: Evaluate, decide: Decide, budget: Budget) -> None:
    for part in parts:
        if isinstance(part, Literal):
            builder.add(*part)
            continue
        if part.is_stripping:
            builder.strip()
        if not isinstance(part, Directive):
            if part.inner is not None:
                value = evaluate(part.inner)
                builder.insert(value.at(part.start, part.end, value.origin))
            continue
        with budget as has_room:
            holds = decide(part.condition) if has_room and part.condition is not None else None
            if holds is None:
                whole = part.whole
                builder.insert(Value(whole.start, whole.end, Unknown(whole.text, "reference")))
            else:
                _add(builder, part.then if holds else part.otherwise, evaluate, decide, budget)
