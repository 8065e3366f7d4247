"""Templates: what their literals, interpolations and directives come to, put together piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from taskfit.definition import Unknown
from taskfit.sources.terraform.syntax import Directive, Expression, Literal, Part, Template
from taskfit.sources.terraform.values import Builder, Value

Evaluate = Callable[[Expression], Value]
Decide = Callable[[Expression], bool | None]


def rendered(template: Template, evaluate: Evaluate, decide: Decide) -> Value:
    """The string that a template makes; `decide` says whether the condition of an `%{ if }` holds."""
    builder = Builder()
    _add(builder, template.parts, evaluate, decide)
    return builder.value(template.start, template.end)


def _add(builder: Builder, parts: Sequence[Part], evaluate: Evaluate, decide: Decide) -> None:
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
        holds = decide(part.condition) if part.condition is not None else None
        if holds is None:
            whole = part.whole
            builder.insert(Value(whole.start, whole.end, Unknown(whole.text, "reference")))
        else:
            _add(builder, part.then if holds else part.otherwise, evaluate, decide)
