"""What a role needs, if a definition declares the kind of work of its task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.definition import Container, TaskDefinition, Unknown, objects
from taskfit.record import replace
from taskfit.sizing.match import several

if TYPE_CHECKING:
    from taskfit.sizing.demand import Term
    from taskfit.sizing.profile import Role
    from taskfit.sizing.variant import Chosen, Variant


def chosen(role: Role, task: TaskDefinition, service: Container | None) -> Chosen:
    """The cases that a definition declares; an unknown variant, or a value that is not a case, is left out."""
    if not role.variants:
        return {}
    stated = ((name, _stated(variant, task, service)) for name, variant in role.variants.items())
    found = ((name, role.cases(name, text)) for name, text in stated if isinstance(text, str))
    return {name: cases for name, cases in found if cases}


def narrowed(role: Role, cases: Chosen) -> Role:
    """The role with its terms narrowed to the known cases."""
    if not cases:
        return role
    return replace(
        role,
        cpu=tuple(_narrowed(term, cases) for term in role.cpu),
        memory=tuple(_narrowed(term, cases) for term in role.memory),
    )


def _narrowed(term: Term, cases: Chosen) -> Term:
    amounts = [term.cases[case] for case in cases.get(term.by, ()) if case in term.cases]
    if not amounts:
        return term
    least, most = min(amounts), max(amounts)
    return replace(term, amount=least, up_to=most if most > least else None)


def _stated(variant: Variant, task: TaskDefinition, service: Container | None) -> str | Unknown | None:
    """The value that the definition declares, else the default; `Unknown` if an unknown part may declare it."""
    for _, tag in objects(task.data, "tags"):
        if variant.label and tag.get("key") == variant.label:
            return _text(tag.get("value"))
    if service is None:
        return None
    labels = service.data.get("dockerLabels")
    if isinstance(labels, dict) and variant.label in labels:
        return _text(labels[variant.label])
    stated = (service.variable(name) for name in several(variant.variable))
    return next((each for each in stated if each is not None), variant.default or None)


def _text(value: object) -> str | Unknown:
    return value if isinstance(value, str) else Unknown(str(value), "wrong-type")
