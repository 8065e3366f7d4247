"""Finds faults in the JSON Schema of a user-defined rule, each with a suggestion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from taskfit import task_schema
from taskfit.phrases import nearest
from taskfit.policy.expansion import BY_NAME, LISTED, MAX_DEPTH, SINGLE, UnusableSchemaError, expanded, resolved
from taskfit.policy.validators import matching
from taskfit.record import NamedTuple

MAX_FAULTS = 100
"""The most faults that are reported for a schema."""

MAX_PATTERN_LENGTH = 1_000
"""The most characters of a regular expression."""

UNNAMED_FIELDS = frozenset({"additionalProperties", "propertyNames"})
"""Keywords whose schemas do not describe fields of AWS."""

PLAIN = frozenset(
    {
        "$comment", "$ref", "$schema", "const", "default", "dependentRequired", "deprecated", "description", "enum",
        "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "maxContains", "maximum", "maxItems", "maxLength",
        "maxProperties", "minContains", "minimum", "minItems", "minLength", "minProperties", "multipleOf", "pattern",
        "required", "title", "type", "uniqueItems",
    }
)  # fmt: skip
"""Keywords that contain no schema."""

UNSUPPORTED = {
    "$id": "a rule's schema has no URL",
    "$anchor": "name the place by its path, as in `#/$defs/name`",
    "$dynamicRef": "use `$ref`",
    "$dynamicAnchor": "use `$ref`",
    "$recursiveRef": "use `$ref`",
    "unevaluatedProperties": "use `additionalProperties`",
    "unevaluatedItems": "use `items`",
}
"""Unsupported keywords, and what to use instead."""

ROOTS = {
    "task": "",
    "container": "ContainerDefinition",
    "essential container": "ContainerDefinition",
    "port": "PortMapping",
    "environment variable": "KeyValuePair",
    "secret": "Secret",
    "volume": "Volume",
}
"""The structure in AWS's model of each target that is a structure."""

Steps = tuple[str | int, ...]


class Fault(NamedTuple):
    """A fault of a schema, and the path to it."""

    steps: Steps
    message: str


def faults(document: Mapping[str, Any], target: str = "task") -> Iterator[Fault]:
    """All faults of a user-defined schema of a target."""
    found = list(islice(_faults(document, document, (), ROOTS.get(target)), MAX_FAULTS))
    if not found:
        try:
            found += _invalid(expanded(document))
        except UnusableSchemaError as error:
            found.append(Fault((), str(error)))
    yield from found


def _faults(schema: Any, root: Mapping[str, Any], steps: Steps, structure: str | None) -> Iterator[Fault]:
    if len(steps) > 2 * MAX_DEPTH:
        yield Fault(steps, f"the schema is nested deeper than {MAX_DEPTH} levels")
        return
    if isinstance(schema, bool):
        return
    if not isinstance(schema, Mapping):
        yield Fault(steps, "expected a schema: a mapping, or true or false")
        return
    for keyword, argument in schema.items():
        yield from _faults_of_keyword(str(keyword), argument, root, (*steps, keyword), structure)


def _faults_of_keyword(
    keyword: str, argument: Any, root: Mapping[str, Any], at: Steps, structure: str | None
) -> Iterator[Fault]:
    if keyword in BY_NAME:
        yield from _faults_by_name(keyword, argument, root, at, structure)
    elif keyword in LISTED:
        yield from _faults_in_list(argument, root, at, structure)
    elif keyword in SINGLE:
        # The structure of a list is the one of its entries.
        yield from _faults(argument, root, at, None if keyword in UNNAMED_FIELDS else structure)
    elif keyword in PLAIN:
        yield from _faults_of_argument(keyword, argument, root, at, structure)
    elif keyword in UNSUPPORTED:
        yield Fault(at, f"`{keyword}` can't be used in a rule; {UNSUPPORTED[keyword]}")
    else:
        near = nearest(keyword[:60], (*BY_NAME, *LISTED, *SINGLE, *PLAIN))
        hint = f"; did you mean `{near}`?" if near else ""
        yield Fault(at, f"`{keyword[:60]}` is not a keyword of JSON Schema{hint}")


def _faults_by_name(
    keyword: str, argument: Any, root: Mapping[str, Any], at: Steps, structure: str | None
) -> Iterator[Fault]:
    if not isinstance(argument, Mapping):
        yield Fault(at, f"`{keyword}` needs a mapping of schemas")
        return
    for name, inner in argument.items():
        if keyword == "patternProperties" and (message := _pattern_fault(name)):
            yield Fault((*at, name), message)
        if keyword == "properties" and (message := _field_fault(name, structure)):
            yield Fault((*at, name), message)
        inside = _field(structure, name) if keyword == "properties" else None
        yield from _faults(inner, root, (*at, name), structure if keyword == "dependentSchemas" else inside)


def _faults_in_list(argument: Any, root: Mapping[str, Any], at: Steps, structure: str | None) -> Iterator[Fault]:
    if not isinstance(argument, list) or not argument:
        yield Fault(at, f"`{at[-1]}` needs a list of schemas")
        return
    for index, inner in enumerate(argument):
        yield from _faults(inner, root, (*at, index), structure)


def _faults_of_argument(
    keyword: str, argument: Any, root: Mapping[str, Any], at: Steps, structure: str | None
) -> Iterator[Fault]:
    if keyword == "$ref" and (message := _ref_fault(argument, root)):
        yield Fault(at, message)
    if keyword == "pattern" and (message := _pattern_fault(argument)):
        yield Fault(at, message)
    if keyword == "required" and isinstance(argument, list):
        for index, name in enumerate(argument):
            if message := _field_fault(name, structure):
                yield Fault((*at, index), message)


def _pattern_fault(pattern: object) -> str:
    if not isinstance(pattern, str):
        return "a pattern is a string"
    if len(pattern) > MAX_PATTERN_LENGTH:
        return f"the pattern is longer than {MAX_PATTERN_LENGTH} characters"
    try:
        matching(pattern)
    except ValueError:
        return (
            "the pattern is not a regular expression, too large, or uses look-around or back-references, which can't "
            "be matched in bounded time"
        )
    return ""


def _ref_fault(reference: object, root: Mapping[str, Any]) -> str:
    if not isinstance(reference, str) or not reference.startswith("#"):
        return "`$ref` leads out of the rule; it takes a place in this schema, such as `#/$defs/name`"
    return "" if resolved(reference, root) is not None else f"`$ref`: there is nothing at {reference[:100]}"


def _field_fault(name: object, structure: str | None) -> str:
    """The message that AWS has no such field, if it is clear which one was meant."""
    fields = _fields(structure)
    if not fields or not isinstance(name, str) or name in fields or len(name) > 60:
        return ""
    near = nearest(name, fields, cutoff=0.8)
    return f"AWS has no field `{name}` here; did you mean `{near}`?" if near else ""


def _fields(structure: str | None) -> Mapping[str, Any]:
    if structure is None:
        return {}
    document = task_schema.document()
    fields: Mapping[str, Any] = (document["$defs"][structure] if structure else document).get("properties", {})
    return fields if structure else {**fields, "services": {}}


def _field(structure: str | None, name: object) -> str | None:
    """The structure of a field or of the entries of a list, if it has one."""
    return _structure(_fields(structure).get(name)) if isinstance(name, str) else None


def _structure(field: Any) -> str | None:
    if not isinstance(field, Mapping):
        return None
    reference = field.get("$ref") or (field["items"].get("$ref") if isinstance(field.get("items"), Mapping) else None)
    return reference.rpartition("/")[2] if isinstance(reference, str) else None


def _invalid(schema: Any) -> Iterator[Fault]:
    """Violations of JSON Schema's meta-schema; usually none."""
    import jsonschema_rs

    if jsonschema_rs.meta.is_valid(schema):
        return
    from jsonschema import Draft202012Validator

    for error in Draft202012Validator(Draft202012Validator.META_SCHEMA).iter_errors(schema):
        keyword = next((step for step in reversed(error.absolute_path) if isinstance(step, str)), "schema")
        yield Fault(tuple(error.absolute_path), f"`{keyword}`: {error.message[:200]}")
