"""Validation of a task definition against JSON Schemas: a fast gate says whether, a slower validator says what.

`jsonschema_rs` (Rust) judges; only where it rejects does `jsonschema` look for the words. What depends on a value that
can't be known is never an error.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from taskfit import task_schema
from taskfit.definition import JSON, Dialect, Partial, TaskDefinition, Unknown, escape
from taskfit.finding import Problem
from taskfit.policy import limits, validators

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    from taskfit.policy.rule import Rule

Path = tuple[str | int, ...]

#: Characters of the validator's own words that a reader takes in.
LONGEST_MESSAGE = 200

#: Keywords whose verdict rests on which keys an object has.
KEY_KEYWORDS = frozenset({"required", "additionalProperties", "dependentRequired"})

#: Keywords whose verdict rests on how many items or keys there are.
COUNT_KEYWORDS = frozenset({"minItems", "maxItems", "minProperties", "maxProperties"})


class Violation(NamedTuple):
    """One thing a schema says against a definition."""

    path: Path
    keyword: str
    argument: Any
    """What the schema gives the keyword: the limit, the choices, the required keys."""
    value: Any
    """What stands at the path."""
    message: str
    """The validator's words."""
    schema: Mapping[str, Any]
    """The schema that holds the keyword."""


class Plain:
    """A definition as plain JSON, which validators take, and where it has values that can't be known."""

    def __init__(self, source: Any) -> None:
        self.source = source
        self.data = plain(source)

    @cached_property
    def unknown(self) -> frozenset[Path]:
        """The paths of unknown values."""
        return frozenset(path for path, value in _places(self.source) if isinstance(value, Unknown))

    @cached_property
    def partial(self) -> frozenset[Path]:
        """The paths of mappings of which only some keys can be seen."""
        return frozenset(path for path, value in _places(self.source) if isinstance(value, Partial))

    def in_doubt(self, violation: Violation) -> bool:
        """Whether a violation rests on a value that can't be known."""
        path = violation.path
        if path in self.unknown:
            return True
        if violation.keyword in KEY_KEYWORDS:
            return path in self.partial
        if violation.keyword in COUNT_KEYWORDS:
            return path in self.partial or any(place[:-1] == path for place in self.unknown)
        return violation.keyword != "type" and self.touches(path, violation.argument)

    def touches(self, path: Path, schema: Any) -> bool:
        """Whether what the schema says of the value at `path` rests on something that can't be known in it."""
        names = _mentioned(schema)
        for place in self.unknown | self.partial:
            if place[: len(path)] == path:
                name = _last_name(place[len(path) :])
                if not names or name is None or name in names or place in self.partial:
                    return True
        return False


def plain(value: Any) -> Any:
    """The value with unknown values as their text, and nothing that JSON can't hold."""
    if isinstance(value, str):
        return value if value.isascii() else _encodable(value)
    if isinstance(value, dict):
        return {plain(str(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _encodable(value.text if isinstance(value, Unknown) else str(value))


def _places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


class Schema:
    """A JSON Schema, compiled once, for both validators."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = {key: value for key, value in plain(dict(document)).items() if key != "$schema"}

    @cached_property
    def _gate(self) -> Any:
        return validators.gate(self.document)

    @cached_property
    def _explainer(self) -> Any:
        return validators.explainer(self.document)

    def accepts(self, data: Any) -> bool:
        """The gate's verdict on plain JSON data."""
        return bool(self._gate.is_valid(data))

    def accepts_as_it_is(self, data: Mapping[str, Any]) -> bool:
        """Whether the gate takes data that may hold what is no JSON, and finds it valid."""
        try:
            return self.accepts(data)
        except ValueError:
            return False

    def violations(self, part: Any, whole: Plain, base: Path = ()) -> Iterator[Violation]:
        """What is certainly wrong with the part at `base` of a definition; of an `anyOf`, the branch that was meant."""
        if self.accepts(part):
            return
        from jsonschema.exceptions import best_match

        conditions = [schema["if"] for schema in _subschemas(self.document) if "if" in schema]
        for error in self._explainer.iter_errors(part):
            branched = not {"then", "else"}.isdisjoint(error.absolute_schema_path)
            if branched and any(whole.touches(base, condition) for condition in conditions):
                continue
            if not whole.in_doubt(_violation(error, base)):
                yield _violation(best_match([error]) or error, base)


def _violation(error: ValidationError, base: Path) -> Violation:
    return Violation(
        path=(*base, *error.absolute_path),
        keyword=str(error.validator),
        argument=error.validator_value,
        value=error.instance,
        message=error.message,
        schema=error.schema if isinstance(error.schema, Mapping) else {},
    )


@cache
def task_definition_schema(dialect: Dialect = JSON) -> Schema:
    """The schema of a task definition, as strict about scalars as what registers the dialect."""
    document = task_schema.document()
    if dialect.converts == "everything":
        document = _with_lenient_scalars(document)
    elif dialect.converts == "arguments":
        document = _with_lenient_arguments(document)
    if not dialect.needs_family:
        document = {**document, "required": [name for name in document["required"] if name != "family"]}
    return Schema(document)


def violations(task: TaskDefinition) -> Iterator[Violation]:
    """What AWS's own model says against a definition."""
    schema = task_definition_schema(task.dialect)
    if schema.accepts_as_it_is(task.data):
        return iter(())
    whole = Plain(task.data)
    return schema.violations(whole.data, whole)


def pointer(path: Iterable[str | int]) -> str:
    """A path as a JSON pointer."""
    return "".join(f"/{escape(str(step))}" for step in path)


def schema_fault(document: Mapping[str, Any]) -> str:
    """Why a document is no JSON Schema, in one line; nothing if it is one."""
    try:
        validators.gate({key: value for key, value in plain(dict(document)).items() if key != "$schema"})
    except ValueError as error:
        return str(error).partition("\n")[0]
    return limits.excess(document)


def schema_rule_problems(rule: Rule, task: TaskDefinition) -> Iterator[Problem]:
    """What a rule given as a JSON Schema reports, on the task or on each container."""
    whole = Plain(task.data)
    schema, when = _compiled(_frozen(rule.schema)), _compiled(_frozen(rule.when))
    if rule.when and (not when.accepts(whole.data) or whole.touches((), rule.when)):
        return
    seen: set[str] = set()
    for base, part in _targets(rule, task, whole):
        for violation in schema.violations(part, whole, base):
            place = pointer(violation.path)
            if place not in seen or not rule.message:
                seen.add(place)
                yield Problem(place, rule.message or _own_words(violation), help=rule.fix)


def _targets(rule: Rule, task: TaskDefinition, whole: Plain) -> Iterator[tuple[Path, Any]]:
    if rule.target == "task":
        yield (), whole.data
        return
    for container in task.containers:
        yield (
            ("containerDefinitions", container.index),
            whole.data["containerDefinitions"][container.index],
        )


def _own_words(violation: Violation) -> str:
    """The validator's message with the field's name; a message that quotes much data is left out."""
    field = violation.path[-1] if violation.path else "task definition"
    words = violation.message if len(violation.message) <= LONGEST_MESSAGE else "it does not fit"
    return f"{field}: {words} (`{violation.keyword}`)"


def _frozen(document: Mapping[str, Any]) -> str:
    return json.dumps(plain(dict(document)), sort_keys=True)


@cache
def _compiled(document: str) -> Schema:
    return Schema(json.loads(document))


def _with_lenient_arguments(document: Mapping[str, Any]) -> dict[str, Any]:
    """Terraform turns its arguments into the type that they need; what JSON holds has to have it already."""
    strict = {"containerDefinitions": document["properties"]["containerDefinitions"]}
    return {**document, "properties": {**_with_lenient_scalars(document["properties"]), **strict}}


def _with_lenient_scalars(schema: Any) -> Any:
    """CloudFormation and Terraform turn "8080" into 8080 and 8080 into "8080", as the field needs."""
    if isinstance(schema, list):
        return [_with_lenient_scalars(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    relaxed = {key: _with_lenient_scalars(value) for key, value in schema.items()}
    match schema.get("type"):
        case "integer":
            relaxed |= {"type": ["integer", "string"], "pattern": "^-?[0-9]+$"}
        case "boolean":
            relaxed |= {"type": ["boolean", "string"], "pattern": "^([Tt]rue|[Ff]alse)$"}
        case "string":
            relaxed |= {"type": ["string", "number", "boolean"]}
    return relaxed


def _subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from _subschemas(inner)


def _mentioned(schema: Any) -> frozenset[str]:
    """The keys of the data that a schema speaks of; none if it speaks of the value as a whole."""
    names: set[str] = set()
    for part in _subschemas(schema):
        for keyword in ("properties", "required", "dependentRequired", "dependentSchemas"):
            names.update(name for name in part.get(keyword, ()) if isinstance(name, str))
        if "patternProperties" in part or "propertyNames" in part:
            return frozenset()
    return frozenset(names)


def _last_name(path: Path) -> str | None:
    return next((step for step in reversed(path) if isinstance(step, str)), None)


def _encodable(text: str) -> str:
    """Lone surrogates, which no UTF-8 text can hold, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
