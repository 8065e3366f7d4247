"""Whether a definition has the fields, types and values that AWS's model requires."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.checks.proposals import proposal
from taskfit.definition import Container, Dialect, Unknown, escape, known, objects, read_as
from taskfit.finding import Change, Problem, Severity
from taskfit.phrases import nearest
from taskfit.policy import validator

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.policy.validator import Violation

TYPES = {
    "string": "a string, in quotes",
    "integer": "a whole number, unquoted",
    "number": "a number, unquoted",
    "boolean": "true or false, unquoted",
    "array": "a list",
    "object": "an object",
}
"""The text for a type in a message."""

UNITS = {
    "cpu": "a whole number of CPU units, unquoted",
    "memory": "a whole number of MiB, unquoted",
    "memoryReservation": "a whole number of MiB, unquoted",
    "containerPort": "a port number, unquoted",
    "hostPort": "a port number, unquoted",
    "startTimeout": "a whole number of seconds, unquoted",
    "stopTimeout": "a whole number of seconds, unquoted",
}
"""The text for fields that is more specific than their type."""

SHAPES = {
    "tags": '[{"key": "team", "value": "web"}]',
    "environment": '[{"name": "PORT", "value": "8080"}]',
    "secrets": '[{"name": "PASSWORD", "valueFrom": "arn:aws:secretsmanager:..."}]',
    "portMappings": '[{"containerPort": 8080}]',
    "command": '["npm", "start"]',
    "entryPoint": '["sh", "-c"]',
    "dependsOn": '[{"containerName": "db", "condition": "START"}]',
    "requiresCompatibilities": '["FARGATE"]',
    "containerDefinitions": '[{"name": "app", "image": "nginx:1.27"}]',
}
"""An example of fields whose shape is often mistaken."""

ALMOST_TOO_LARGE = 15 / 16
"""The share of the size limit from which to warn: AWS counts the bytes of its own form of the definition."""

LIMITS = {
    "minItems": ("{field} has {size} entries; AWS accepts at least {limit}", "Add a container."),
    "maxItems": ("{field} has {size} entries; AWS accepts at most {limit}", "Keep {limit} of them."),
    "minLength": ("{field} has {size} characters; AWS accepts at least {limit}", "Fill it in, or leave it out."),
    "maxLength": ("{field} has {size} characters; AWS accepts at most {limit}", "Shorten it."),
    "minimum": ("{field} is {size}; AWS accepts at least {limit}", "Set it to {limit} or more."),
    "maximum": ("{field} is {size}; AWS accepts at most {limit}", "Set it to {limit} or less."),
}
"""The message and the help for an exceeded limit, by keyword."""

NAME_PATTERN = "^[A-Za-z0-9_-]*$"
"""The pattern of names in the schema."""

_LEFT_EMPTY = frozenset(("appProtocol", "ipcMode", "pidMode", "versionConsistency"))


def invalid_field(case: Case) -> Iterator[Problem]:
    """FIT002: types, enums, required keys and limits."""
    if case.violations:
        yield from _against_the_model(case)
    if isinstance(case.cpu, Unknown):
        yield from _unreadable_size("cpu", case.task.cpu, case.cpu, '"1024" or "1 vCPU"')
    if isinstance(case.memory, Unknown):
        yield from _unreadable_size("memory", case.task.memory, case.memory, '"2048" or "2 GB"')
    least = case.policy.aws.limits.container_memory.minimum
    for container in case.task.containers:
        for key, amount in (("memory", container.memory), ("memoryReservation", container.memory_reservation)):
            if isinstance(amount, int) and 0 <= amount < least and (key == "memory" or amount):
                yield _tiny_memory(container, key, amount, least)
        if "ulimits" in container.data:
            yield from _ulimits(container)


def _against_the_model(case: Case) -> Iterator[Problem]:
    mistyped = {violation.path for violation in case.violations if violation.keyword == "type"}
    for violation in case.violations:
        if violation.keyword == "required":
            yield _missing(case, violation)
        elif _is_left_empty(violation):
            continue
        elif violation.keyword == "type" or (
            violation.keyword != "additionalProperties" and violation.path not in mistyped
        ):
            yield _invalid(violation, case.task.dialect)


def too_large(case: Case) -> Iterator[Problem]:
    """FIT414: more text than RegisterTaskDefinition accepts."""
    if case.task.dialect.is_registered:
        return
    largest = case.policy.aws.limits.definition_size.maximum
    if case.task.contents.most_bytes <= largest * ALMOST_TOO_LARGE:
        return
    size = len(_COMPACT.encode(case.task.data).encode("utf-8", "replace"))
    if size > largest * ALMOST_TOO_LARGE:
        is_certain = size > largest and next(case.task.unknowns(), None) is None
        answer = f" AWS answers: Max allowed length is '{largest}' bytes."
        yield Problem(
            "",
            f"The definition has about {size} bytes without spaces; AWS accepts {largest}."
            + (answer if is_certain else ""),
            help="Move long environments to `environmentFiles`, or to Parameter Store and `secrets`.",
            severity=None if is_certain else Severity.WARNING,
            data={"have": size, "need": largest},
        )


def _text(value: object) -> str:
    """The text of a value that JSON cannot represent; an unknown value as written."""
    return value.text if isinstance(value, Unknown) else str(value)


_COMPACT = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False, default=_text)


def _is_scalar(written: object) -> bool:
    return isinstance(written, str | int | float) and not isinstance(written, bool) and written != ""


def _unreadable_size(key: str, written: object, amount: Unknown, spelling: str) -> Iterator[Problem]:
    if amount.why == "wrong-type" and _is_scalar(written):
        message = f"\"{written}\" can't be read as task {key}. AWS answers: Invalid '{key}' setting for task."
        yield Problem(f"/{key}", message, help=f"Write it as {spelling}.")


def _tiny_memory(container: Container, key: str, amount: int, least: int) -> Problem:
    message = f"{key} is {amount} MiB, but Docker starts no container with less than {least}."
    help_ = "The unit is MiB: write 512 for half a GB."
    return Problem(f"{container.pointer}/{key}", message, help=help_, severity=Severity.WARNING)


def _ulimits(container: Container) -> Iterator[Problem]:
    for index, entry in objects(container.data, "ulimits"):
        soft, hard = (known(read_as(entry, key, int)) for key in ("softLimit", "hardLimit"))
        if soft is not None and hard is not None and soft > hard >= 0:
            name = entry.get("name")
            yield Problem(
                f"{container.pointer}/ulimits/{index}/softLimit",
                f"softLimit is {soft}, above the hardLimit of {hard}. AWS answers: Soft limit exceeds hard limit for "
                f"ulimit {name if isinstance(name, str) else ''}".rstrip()
                + ".",
                help=f"Set softLimit to {hard} or less, or raise hardLimit.",
            )


def _invalid(violation: Violation, dialect: Dialect) -> Problem:
    field = next((step for step in reversed(violation.path) if isinstance(step, str)), "task definition")
    hint = ""
    match violation.keyword:
        case "type":
            return _wrong_type(violation, field, dialect)
        case "enum":
            return _wrong_choice(violation, _full_name(violation.path))
        case "pattern" if violation.argument == NAME_PATTERN:
            return _invalid_characters(violation, field)
        case "pattern" if isinstance(violation.schema.get("type"), list):
            return _not_convertible(violation, field)
        case keyword if keyword in LIMITS:
            size = len(violation.value) if isinstance(violation.value, str | list) else violation.value
            words, advice = LIMITS[keyword]
            message = words.format(field=_full_name(violation.path), size=size, limit=violation.argument)
            hint = advice.format(limit=violation.argument)
        case _:
            message = f"{field}: {violation.message}"
            hint = "Write a value that AWS documents for this field."
    return Problem(validator.pointer(violation.path), f"{message}.{_answer(violation)}", help=hint)


def _answer(violation: Violation) -> str:
    """AWS's answer, if it is known."""
    answer = violation.schema.get("x-aws-answers", {}).get(violation.keyword)
    return f" AWS answers: {answer}" if answer else ""


def _full_name(path: validator.Path) -> str:
    """The field's name for a reader, with its owner if the name alone is unclear, as for `name` or `type`."""
    *owners, field = [step for step in path if isinstance(step, str)] or ["task definition"]
    return f"{owners[-1]}.{field}" if owners and field in ("name", "type", "key", "value", "condition") else field


def _missing(case: Case, violation: Violation) -> Problem:
    from taskfit.checks.unknown_fields import folded, misnamed, missing_field, renaming

    path, name = violation.path, missing_field(violation)
    entry = next((step for step in reversed(path) if isinstance(step, str)), "")
    owner = "The task definition" if not path else f"This entry of {entry}" if path[-1] != entry else entry
    place = validator.pointer(path)
    wrong = misnamed(case).get(path, {}).get(name)
    if wrong is None:
        message = f"{owner} has no `{name}`, which AWS requires."
        advice = f"Add `{name}`."
        if name == "family" and not path and case.task.dialect.may_be_named_beside:
            advice = f"Add `{name}`, or give it as `--family` to the AWS CLI."
        return Problem(place, message, help=advice, subject=name)
    return Problem(
        f"{place}/{escape(wrong)}",
        f"{owner} has `{wrong}` instead of `{name}`, which AWS requires.",
        help=f"Rename it to `{name}`." if folded(wrong) == folded(name) else f"Write `{name}`.",
        on_key=True,
        on_spelling=True,
        subject=name,
        proposal=renaming(path, wrong, name, case.task.dialect) if folded(wrong) == folded(name) else None,
    )


def _not_convertible(violation: Violation, field: str) -> Problem:
    """A string that the format can't convert to the field's type."""
    wanted = next(kind for kind in violation.schema["type"] if kind != "string")
    takes = UNITS.get(field, TYPES[wanted]).removesuffix(", unquoted")
    message = f"{_written(violation.value)} can't be converted; {field} takes {takes}."
    return Problem(validator.pointer(violation.path), message, help=f"Write {takes}.")


def _invalid_characters(violation: Violation, field: str) -> Problem:
    text = violation.value
    strange = " ".join(repr(character) for character in dict.fromkeys(re.sub(r"[A-Za-z0-9_-]", "", text)))
    better = re.sub(r"[^A-Za-z0-9_-]+", "-", text)
    return Problem(
        validator.pointer(violation.path),
        f'{field} "{text}" has characters that AWS does not accept: {strange}.{_answer(violation)}',
        help=f'Use letters, digits, hyphens and underscores: "{better}".',
    )


def _wrong_type(violation: Violation, field: str, dialect: Dialect) -> Problem:
    value, expected = violation.value, violation.argument
    wanted = expected if isinstance(expected, str) else expected[0]
    scalar = isinstance(value, str | int | float)
    is_entry = bool(violation.path) and violation.path[-1] != field
    takes = UNITS.get(field, TYPES[wanted]) if wanted == "integer" and not is_entry else TYPES[wanted]
    message = f"{_written(value)} is {_kind(value)}; {'an entry of ' if is_entry else ''}{field} takes {takes}."
    hint = f"Write {takes}."
    right: str | int | None = None
    if wanted == "integer" and isinstance(value, str) and re.fullmatch(r"[0-9]{1,18}", value):
        right = int(value)
        hint = f"Write {right}."
    elif wanted == "boolean" and isinstance(value, str) and value.lower() in ("true", "false"):
        right = value.lower() == "true"
        hint = f"Write {value.lower()}."
    elif wanted == "string" and scalar:
        right = str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int) else None
        hint = f'Write "{_written(value)}".'
    elif field in SHAPES and not is_entry:
        hint = f"Its shape is {SHAPES[field]}."
    if scalar and wanted in ("integer", "boolean", "string"):
        message = f"{message} {dialect.wrong_scalar}".rstrip()
    severity = Severity.WARNING if dialect.may_stringify and wanted == "string" and scalar else None
    pointer = validator.pointer(violation.path)
    fix = None if right is None else proposal("safe", Change("replace", pointer, right))
    return Problem(pointer, message, help=hint, severity=severity, on_spelling=isinstance(value, str), proposal=fix)


def _is_left_empty(violation: Violation) -> bool:
    """Whether it is a field that ecspresso and PipeCD write as "", and omit when they register the definition."""
    return violation.keyword == "enum" and violation.value == "" and violation.path[-1] in _LEFT_EMPTY


def _wrong_choice(violation: Violation, field: str) -> Problem:
    pointer = validator.pointer(violation.path)
    choices: list[str] = violation.argument
    written = violation.value
    if written in ("", "default"):
        message = f'"{written}" is not a value that AWS documents for {field} ({", ".join(choices)}).'
        severity = Severity.WARNING if written else Severity.NOTE  # many tools write "" for what is not set
        return Problem(pointer, message, help=f"Leave {field} out for the default.", severity=severity)
    same = next((choice for choice in choices if str(written).lower() == choice.lower()), None)
    if same:
        message = f'AWS documents "{same}", not "{written}", as a value of {field}.'
        fix = proposal("safe", Change("replace", pointer, same))
        return Problem(pointer, message, help=f'Write "{same}".', severity=Severity.WARNING, proposal=fix)
    near = nearest(str(written), choices)
    hint = f'Did you mean "{near}"?' if near else "Choose one of these."
    return Problem(
        pointer, f"{_written(written)} is not a value of {field}; AWS accepts {', '.join(choices)}.", help=hint
    )


def _written(value: object) -> str:
    """A value as written in the file, shortened."""
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    text = f'"{value}"' if isinstance(value, str) else "This" if isinstance(value, dict | list) else str(value)
    return text if len(text) <= 60 else f"{text[:56]}..."


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "a truth value"
    kinds = {str: "a string", int: "a number", float: "a number", dict: "an object", list: "a list"}
    return kinds.get(type(value), "no value")
