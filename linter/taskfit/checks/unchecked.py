"""What could not be checked because a value is unknown."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, TypeAlias

from taskfit.checks.unsized import size_not_checked
from taskfit.definition import NO_CONTAINERS, Unknown
from taskfit.finding import Problem
from taskfit.phrases import listed

if TYPE_CHECKING:
    from taskfit.checks.context import Case

NAME_IN_TEXT = r"""(?a)^(?:[^\w`"']|_)*(?:!Ref\s+|Ref:\s*|var\.)?(\w*[^\W_])(?:[^\w`"']|_)*$|[`"'](\w+)[`"']"""
"""The one name in a placeholder or reference: `${CPU}`, `var.cpu`, `!Ref Cpu`, `{{ must_env "CPU" }}`."""

RENDERED = "Check the file once it is rendered."

LONGEST_TEXT = 500
"""The most characters of a text with one name; the pattern takes quadratic time."""

_Places: TypeAlias = dict[str, Sequence[str]]
"""The rule families that compare the value at a pointer."""

IN_PART = Unknown("known in part only", "partial")
"""An object or list that may contain more than the file shows."""


def not_checked(case: Case) -> Iterator[Problem]:
    """FIT004: unknown values that rules compare; each placeholder or reference once, those of one object together."""
    if case.task.has_unknowns:
        yield from _unknown_values(case)
    yield from size_not_checked(case)
    yield from _containers_not_checked(case)
    yield from _sidecars_not_checked(case)


def _unknown_values(case: Case) -> Iterator[Problem]:
    places: dict[Unknown, _Places] = {}
    for pointer, value in case.task.unknowns():
        families = _comparing_rules(pointer)
        if families and value.why in ("placeholder", "reference"):
            places.setdefault(value, {})[pointer] = families
    objects: dict[str, dict[Unknown, _Places]] = {}
    for value, found in places.items():
        objects.setdefault(_owner(next(iter(found))), {})[value] = found
    for values in objects.values():
        yield _not_checked(values)


def own_rules_not_checked(case: Case, reported: Collection[str]) -> Iterator[Problem]:
    """FIT004: unknown values that expressions of user-defined rules read, except at the `reported` places."""
    places: dict[Unknown, _Places] = {}
    unknown = dict(case.task.unknowns())
    for pointer, codes in case.subject.unknown.items():
        if pointer not in reported:
            places.setdefault(unknown.get(pointer, IN_PART), {})[pointer] = tuple(codes)
    for value, found in places.items():
        yield _not_checked({value: found})


def _not_checked(values: Mapping[Unknown, _Places]) -> Problem:
    places = {place: families for found in values.values() for place, families in found.items()}
    first, *others = places
    what = listed((_stated(value, found) for value, found in values.items()), "and")
    return Problem(
        first,
        f"{what}, which {'are' if len(values) > 1 else 'is'} unknown here; not checked: "
        f"{listed(dict.fromkeys(chain.from_iterable(places.values())), 'and')}.",
        help=_help(values),
        related=tuple((place, "and here") for place in others),
    )


def _stated(value: Unknown, places: _Places) -> str:
    """The fields that have an unknown value, and the value, as text."""
    fields = dict.fromkeys(_steps(place)[-1] for place in places)
    return f"{listed(fields, 'and')} {'are' if len(fields) > 1 else 'is'} `{value.text}`"


def _help(values: Iterable[Unknown]) -> str:
    """The help: how to supply the values, if each has a name."""
    found = [_named_in(value) for value in values]
    names = dict.fromkeys(name[1] or name[2] for name in found if name)
    if None in found:
        return RENDERED
    return f"Supply {'them' if len(names) > 1 else 'it'} with {listed((f'`--var {name}=VALUE`' for name in names), 'and')}."


def _owner(pointer: str) -> str:
    """The object that has the field at a pointer."""
    return "/".join(_steps(pointer)[:-1])


def _steps(pointer: str) -> list[str]:
    """The steps to a field; for an entry of a list, the steps to the list."""
    steps = pointer.split("/")
    while steps[-1].isdigit():
        steps.pop()
    return steps


def _named_in(value: Unknown) -> re.Match[str] | None:
    """The name in an unknown value's text, if it has one."""
    return re.search(NAME_IN_TEXT, value.text) if len(value.text) <= LONGEST_TEXT else None


def _containers_not_checked(case: Case) -> Iterator[Problem]:
    """Lists of containers with unknown entries."""
    containers = case.task.data.get("containerDefinitions")
    if containers == NO_CONTAINERS:
        yield Problem(
            "",
            "The definition has no `containerDefinitions`, which AWS requires; not checked: the containers, missing "
            "sidecars (FIT3) and container sums (FIT4).",
            help="Add them, unless whatever registers the definition does.",
            subject="containers",
        )
        return
    items = containers if isinstance(containers, list) else [containers]
    at, unknown = next(((index, item) for index, item in enumerate(items) if isinstance(item, Unknown)), (0, None))
    if unknown is None or unknown.why == "wrong-type":
        return  # FIT001 and FIT002 report what is no list of objects
    known = [container.title for container in case.task.containers]
    shown = unknown.text if unknown.why == "partial" else f"`{unknown.text}`"
    what = (
        f"There may be containers besides {listed(known, 'and')}: {shown} is"
        if known
        else f"The containers are {shown},"
    )
    yield Problem(
        f"/containerDefinitions/{at}" if isinstance(containers, list) else "/containerDefinitions",
        f"{what} {'' if known else 'which is '}unknown here; not checked: those containers, missing sidecars (FIT3) and "
        "container sums (FIT4).",
        help=_help([unknown]),
        subject="containers",
    )


def _sidecars_not_checked(case: Case) -> Iterator[Problem]:
    """Sidecars that the configuration requires, if a container with an unknown image may be one."""
    missing = [kind for kind in case.policy.required_sidecars or () if kind not in case.sidecars.values()]
    if not missing or not case.task.containers_are_complete:
        return
    hidden = [
        container
        for container in case.task.containers
        if container.index not in case.sidecars and container.image_repository is None
    ]
    if hidden:
        image = hidden[0].image
        shown = f"`{image.text}`" if isinstance(image, Unknown) else "not given"
        yield Problem(
            hidden[0].pointer if image is None else f"{hidden[0].pointer}/image",
            f"The image of container {hidden[0].title} is {shown}, so it is unknown whether it is the sidecar that the "
            f"configuration's required-sidecars asks for ({', '.join(missing)}).",
            help="Supply the image with --var, or name the container after the sidecar.",
            subject="required-sidecars",
        )


def _comparing_rules(pointer: str) -> tuple[str, ...]:
    """The rule families that compare the value at this place; none for most places."""
    match pointer.split("/")[1:]:
        case ["cpu" | "memory"]:
            return "task size (FIT1)", "sizing (FIT2)", "container sums (FIT4)"
        case ["requiresCompatibilities"] | ["requiresCompatibilities", _] | ["networkMode"]:
            return "Fargate (FIT1)", "networking (FIT4)"
        case ["containerDefinitions", _, "cpu" | "memory" | "memoryReservation"]:
            return "container sums (FIT4)", "sidecars (FIT3)"
        case _:
            return ()
