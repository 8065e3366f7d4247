"""Pydantic's errors in the terms of the file that a team wrote: the key, what it takes, what was meant."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any

from taskfit.model import ModelError
from taskfit.phrases import listed, nearest
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

UNKNOWN_KEY = ("extra_forbidden", "unexpected_keyword_argument")
MISSING_KEY = ("missing", "missing_argument", "missing_keyword_only_argument")
CHOICE = ("enum", "literal_error")

TAKES = {
    "string_type": "a string",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "mapping_type": "a mapping",
    "dataclass_type": "a mapping",
    "dataclass_exact_type": "a mapping",
}
"""What a field takes, by the type of pydantic's error."""

LONGEST_SUGGESTED = 60
"""Characters of a key or word that is compared with those that exist; no name of a key is as long."""

Step = str | int
Steps = tuple[Step, ...]


class Problem(NamedTuple):
    """An error in some data, and the keys and positions that lead to it."""

    steps: tuple[Step, ...]
    message: str
    on_key: bool = False
    """Whether the key itself is wrong, not what it is given."""


def problems(details: Iterable[ErrorDetails], data: Any, schema: Callable[[], Mapping[str, Any]]) -> Iterator[Problem]:
    """Pydantic's errors, each once."""
    by_place: dict[tuple[Step, ...], list[ErrorDetails]] = {}
    for detail in details:
        by_place.setdefault(_existing(detail["loc"], data), []).append(detail)
    by_place = _of_the_branch_meant(by_place)
    meant = set()
    already_listed: set[Steps] = set()
    for steps, found in by_place.items():
        if found[0]["type"] in UNKNOWN_KEY:
            problem, suggested = _unknown_key(steps, data, schema, with_keys=steps[:-1] not in already_listed)
            meant.add((*steps[:-1], suggested))
            already_listed.update(() if suggested else (steps[:-1],))
            yield problem
    for steps, found in by_place.items():
        for kind, group in groupby(found, lambda detail: detail["type"] in MISSING_KEY):
            if kind:
                names = [detail["loc"][-1] for detail in group if detail["loc"] not in meant]
                yield from (Problem(steps, f'the key "{name}" is missing') for name in names)
            else:
                yield from _wrong_value(steps, list(group))


def _existing(location: Sequence[Step], data: Any) -> tuple[Step, ...]:
    """The steps of a location that exist in the data; pydantic adds those of the branches of unions."""
    steps: list[Step] = []
    for step in location:
        inside = isinstance(data, Mapping) and step in data
        if inside or (isinstance(data, list) and isinstance(step, int) and step < len(data)):
            data = data[step]
            steps.append(step)
    return tuple(steps)


def _of_the_branch_meant(by_place: Mapping[Steps, list[ErrorDetails]]) -> dict[Steps, list[ErrorDetails]]:
    """The details without those of a union's other branches: what is wrong within a mapping says that one was meant."""
    above = {steps[:length] for steps in by_place for length in range(len(steps))}
    return {
        steps: found
        for steps, found in by_place.items()
        if steps not in above or not all(detail["type"] in TAKES or detail["type"] in CHOICE for detail in found)
    }


def _unknown_key(
    steps: tuple[Step, ...], data: Any, schema: Callable[[], Mapping[str, Any]], *, with_keys: bool
) -> tuple[Problem, str | None]:
    """The error for an unknown key, and the key that was meant; `with_keys` lists the keys if none is similar."""
    name = str(steps[-1])
    choices = _keys(schema(), steps[:-1])
    near = nearest(name, choices) if len(name) <= LONGEST_SUGGESTED else None
    known = f"; the keys here are {', '.join(choices)}" if choices and with_keys else ""
    hint = f'; did you mean "{near}"?' if near else known
    # A file without any key that belongs there is something else: what it holds is not repeated.
    is_foreign = len(steps) == 1 and near is None and not any(key in choices for key in data)
    shown = "" if is_foreign else f' "{name}"'
    return Problem(steps, f"unknown key{shown}{hint}", on_key=True), near


def _wrong_value(steps: tuple[Step, ...], details: Sequence[ErrorDetails]) -> Iterator[Problem]:
    detail = details[0]
    if detail["type"] in UNKNOWN_KEY:
        return
    error = detail.get("ctx", {}).get("error")
    if isinstance(error, ModelError):
        yield from (Problem((*steps, *inner), message) for inner, message in error.errors)
    elif error is not None:
        yield Problem(steps, str(error))
    else:
        yield Problem(steps, _takes(steps, details))


def _takes(steps: tuple[Step, ...], details: Sequence[ErrorDetails]) -> str:
    """What a field takes instead of what it is given; several details are the branches of a union."""
    given = details[0]["input"]
    choices = [choice for each in details if each["type"] in CHOICE for choice in _choices(each) if choice]
    kinds = [TAKES[each["type"]] for each in details if each["type"] in TAKES]
    wanted = [each for each in dict.fromkeys((*choices, *kinds)) if each != "a whole number" or "a number" not in kinds]
    if not wanted:
        message = details[0]["msg"]
        return f"{_name(steps)}: {message[0].lower()}{message[1:]}"
    takes = listed(wanted, "or")
    if not steps:
        return f"expected {takes} of keys and values, found {_kind(given)}"
    near = nearest(given, choices) if isinstance(given, str) and len(given) <= LONGEST_SUGGESTED else None
    if near:
        return f'{_name(steps)} takes {takes}; did you mean "{near}"?'
    hint = ""
    if given is None and wanted == ["a list"]:
        hint = "; write [] for none"
    elif "a string" in wanted and isinstance(given, int | float):
        hint = "; put it in quotes"
    elif wanted == ["a list"] and not isinstance(given, Mapping):
        hint = "; put it in brackets"
    found = f'"{given}"' if choices and isinstance(given, str) and len(given) <= LONGEST_SUGGESTED else _kind(given)
    return f"{_name(steps)} takes {takes}, not {found}{hint}"


def _choices(detail: ErrorDetails) -> list[str]:
    return re.findall(r"'([^']*)'", str(detail.get("ctx", {}).get("expected", "")))


def _name(steps: Sequence[Step]) -> str:
    """The key as a reader finds it: an entry of a list by its list."""
    key = next((step for step in reversed(steps) if isinstance(step, str)), None)
    if key is None:
        return "an entry"
    return f'"{key}"' if steps[-1] == key else f'an entry of "{key}"'


def _kind(value: object) -> str:
    kinds = {
        bool: "true or false",
        str: "a string",
        int: "a number",
        float: "a number",
        dict: "a mapping",
        list: "a list",
    }
    return "nothing" if value is None else kinds.get(type(value), "this")


def _keys(schema: Mapping[str, Any], steps: Iterable[Step]) -> list[str]:
    """The keys of the object at some steps, by the schema of the whole."""
    at: Mapping[str, Any] = schema
    for step in steps:
        inner = _object(schema, at)
        at = inner.get("properties", {}).get(step) or inner.get("items") or inner.get("additionalProperties") or {}
    return list(_object(schema, at).get("properties", ()))


def _object(schema: Mapping[str, Any], at: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that a part of a schema refers to; of alternatives, the one that is not a plain value."""
    if "anyOf" in at:
        at = next((each for each in at["anyOf"] if "$ref" in each or "items" in each), {})
    if "$ref" in at:
        found: Mapping[str, Any] = schema["$defs"][at["$ref"].rpartition("/")[2]]
        return found
    return at
