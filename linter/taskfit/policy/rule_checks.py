"""Checks of user-defined rules beyond their types: the code, the condition, the expressions, the examples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from taskfit import task_schema
from taskfit.phrases import nearest
from taskfit.policy import rule_schema, schema_rule, template
from taskfit.policy.rule import RESERVED, Target
from taskfit.record import NamedTuple

CONDITIONS = ("schema", "assert", "check")

_CODE = re.compile(r"[A-Z]{2,}[0-9]+", re.ASCII)
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)

Steps = tuple[str | int, ...]


class Fault(NamedTuple):
    """A fault of a rule: the path of keys, the message, and the offset of the character if the value is a text."""

    steps: Steps
    message: str
    character: int = 0
    on_key: bool = False


def faults(data: Any) -> Iterator[Fault]:
    """All faults in the data of a rule; values of a wrong type are ignored."""
    if not isinstance(data, Mapping):
        return
    yield from _faults_of_names(data)
    yield from _faults_of_condition(data)
    yield from _faults_of_needs(data)
    target = data.get("target", "task")
    if target in get_args(Target):  # another one is a fault by itself, and nothing is known of what its parts mean
        yield from _faults_of_schemas(data, target)
        yield from _faults_of_texts(data, target)
        yield from _faults_of_expressions(data, target)
    yield from _faults_of_fix(data)
    if not data.get("bad") or not data.get("good"):
        yield Fault(("bad",) if "bad" in data else (), "a rule has at least one bad and one good example")


def faults_of_code(code: str) -> Iterator[str]:
    """Why a user-defined rule can't have this code."""
    if code.upper().startswith(RESERVED):
        yield f"codes that begin with {RESERVED} are taskfit's own; choose another prefix"
    elif not _CODE.fullmatch(code):
        yield "a code is an upper-case prefix and a number, such as ACME001"


def _faults_of_names(data: Mapping[str, Any]) -> Iterator[Fault]:
    code, name = data.get("code"), data.get("name")
    if isinstance(code, str):
        yield from (Fault(("code",), message) for message in faults_of_code(code))
    if isinstance(name, str) and not _NAME.fullmatch(name):
        yield Fault(("name",), "a name is lower-case words with hyphens, such as no-latest-tag")
    if data.get("raised_by", "rule") != "rule":
        yield Fault(("raised_by",), "a rule of your own is raised by its condition; leave `raised_by` out", on_key=True)


def _faults_of_condition(data: Mapping[str, Any]) -> Iterator[Fault]:
    given = [key for key in CONDITIONS if data.get(key)]
    if not given:
        yield Fault((), "a rule has a condition: `schema`, `assert` or `check`")
    for key in given[1:]:
        yield Fault((key,), f"a rule has one condition, and there is `{given[0]}` already", on_key=True)
    if data.get("at") and "assert" not in data:
        yield Fault(("at",), "`at` sets where a failing `assert` points; a `schema` needs none", on_key=True)
    check = data.get("check")
    if isinstance(check, str) and check:
        from taskfit import packages

        if message := packages.check_fault(check):
            yield Fault(("check",), message)


def _faults_of_needs(data: Mapping[str, Any]) -> Iterator[Fault]:
    """Names of fields that no definition has: the rule would never run."""
    fields = task_schema.names_by_folded()
    needs = data.get("needs")
    for index, name in enumerate(needs) if isinstance(needs, list) else ():
        if isinstance(name, str) and fields.get(name.lower()) != name:
            near = nearest(name[:60], fields.values())
            hint = f"; did you mean `{near}`?" if near else ""
            yield Fault(("needs", index), f"AWS has no field `{name[:60]}`{hint}")


def _faults_of_schemas(data: Mapping[str, Any], target: str) -> Iterator[Fault]:
    when = data.get("when")
    places: list[tuple[Steps, Any, str]] = [(("schema",), data.get("schema"), target)]
    if isinstance(when, Mapping):
        places.append((("when", "schema"), when.get("schema"), "task"))
    for steps, schema, part in places:
        if isinstance(schema, Mapping):
            for fault in rule_schema.faults(schema, part):
                yield Fault((*steps, *fault.steps), fault.message, on_key=True)


def _faults_of_texts(data: Mapping[str, Any], target: str) -> Iterator[Fault]:
    """Faults of the braces in texts."""
    is_schema = bool(data.get("schema"))
    if not is_schema and not data.get("assert"):
        return
    for key in ("message", "fix"):
        text = data.get(key)
        if not isinstance(text, str):
            continue
        try:
            for slot in template.slots(text) if is_schema else ():
                if message := schema_rule.name_fault(slot.expression, target):
                    yield Fault((key,), message, slot.offset)
        except template.TemplateError as error:
            yield Fault((key,), str(error), error.offset)


def _faults_of_expressions(data: Mapping[str, Any], target: str) -> Iterator[Fault]:
    """Faults of expressions in CEL; nothing is imported for a rule without any."""
    if data.get("assert") or isinstance(data.get("when"), str):
        from taskfit.policy import assert_rule

        for fault in assert_rule.faults(data, target):
            yield Fault((fault.key,), fault.message, fault.character)


def _faults_of_fix(data: Mapping[str, Any]) -> Iterator[Fault]:
    if data.get("set") and not data.get("fixable"):
        yield Fault(
            ("set",), "a rule with `set` says whether that is `fixable: safe` or `fixable: unsafe`", on_key=True
        )
    if data.get("fixable") and not data.get("set") and not data.get("check"):
        yield Fault(("fixable",), "a rule that is `fixable` needs `set`", on_key=True)
    if data.get("set") and data.get("target") == "image":
        yield Fault(("set",), "an image has no keys to set; use the target `container`", on_key=True)
