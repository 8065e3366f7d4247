"""Whether the deployed definition matches the one in the repository."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.checks.context import Case
from taskfit.definition import Unknown, known
from taskfit.dimensions import UNITS
from taskfit.finding import Problem

if TYPE_CHECKING:
    from taskfit.checks.context import SourceDefinition


def drift(case: Case) -> Iterator[Problem]:
    """FIT821: a size, capacity or set of containers that differs from the definition of the same family in the repository.

    A family may occur several times, once per environment; then only a definition that equals none of them has drifted,
    and it is compared with the most similar one.
    """
    sources_of_family = case.deployed.sources_of_family if case.deployed else ()
    differences = [list(_differences(case, source)) for source in sources_of_family]
    if differences:
        yield from min(differences, key=len)


def _differences(case: Case, source: SourceDefinition) -> Iterator[Problem]:
    there = Case(source.task, case.policy)
    for pointer, what, have, declared in (
        ("/cpu", UNITS["cpu"], case.cpu, there.cpu),
        ("/memory", UNITS["memory"], case.memory, there.memory),
    ):
        if not isinstance(have, Unknown) and not isinstance(declared, Unknown) and have != declared:
            place = _place(source, pointer)
            yield Problem(
                pointer if have is not None else "",
                f"The deployed revision has {_amount(have, what)}, the repository {_amount(declared, what)} ({place}).",
                help="Deploy what the repository says, or bring the repository up to date.",
                data={"have": have, "declared": declared, "place": place},
            )
    yield from _capacity(case, there, source)
    yield from _containers(case, there, source)


def _capacity(case: Case, there: Case, source: SourceDefinition) -> Iterator[Problem]:
    here = case.assessment and case.assessment.capacity
    declared = there.assessment and there.assessment.capacity
    for have, want in zip(here.factors, declared.factors, strict=False) if here and declared else ():
        if isinstance(have.text, Unknown) or isinstance(want.text, Unknown):
            continue
        if (have.title, have.text) != (want.title, want.text):
            place = _place(source, want.pointer)
            yield Problem(
                have.pointer,
                f"The deployed revision {_setting(have.title, have.text)}, the repository "
                f"{_setting(want.title, want.text)} ({place}).",
                help="Deploy what the repository says, or bring the repository up to date.",
                data={"have": have.text, "declared": want.text, "place": place},
            )


def _containers(case: Case, there: Case, source: SourceDefinition) -> Iterator[Problem]:
    if not (case.task.containers_are_complete and source.task.containers_are_complete):
        return
    here = {known(container.name): container for container in case.task.containers}
    declared = {known(container.name): container for container in source.task.containers}
    if None in here or None in declared:
        return
    for name, container in here.items():
        if name not in declared:
            yield Problem(
                container.pointer,
                f"The deployed revision has {_container(case, container.index, name)}, which the repository does not have "
                f"({_place(source, '/containerDefinitions')}).",
                help="Deploy what the repository says, or add it there.",
                subject=name or "",
            )
    for name, container in declared.items():
        if name not in here:
            yield Problem(
                "/containerDefinitions",
                f"The deployed revision lacks {_container(there, container.index, name)}, which the repository has "
                f"({_place(source, container.pointer)}).",
                help="Deploy what the repository says, or remove it there.",
                subject=name or "",
            )


def _container(case: Case, index: int, name: str | None) -> str:
    kind = case.sidecars.get(index)
    return f"the container {name}" if kind is None else f"the container {name}, a sidecar of the kind {kind}"


def _amount(value: int | None, unit: str) -> str:
    return f"no {unit} of its own" if value is None else f"{value} {unit}"


def _setting(variable: str, text: str | None) -> str:
    return f"does not set {variable}" if text is None else f"sets {variable} to {text}"


def _place(source: SourceDefinition, pointer: str) -> str:
    return source.places.get(pointer, source.places[""])
