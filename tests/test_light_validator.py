"""The light validator agrees with the one in Rust wherever it decides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfit.definition import Partial, Unknown
from taskfit.definition.dialect import JSON, Dialect
from taskfit.policy import bundled, light_validator, validators
from taskfit.policy.expansion import compiled
from taskfit.policy.light_validator import UndecidedError
from taskfit.policy.task_fields import task_definition_schema

DIALECTS = (JSON, Dialect("all", converts="everything", needs_family=False), Dialect("some", converts="arguments"))

SCHEMAS: tuple[dict[str, Any], ...] = (
    *(task_definition_schema(dialect).document for dialect in DIALECTS),
    *(compiled(json.dumps(rule.schema)).document for rule in bundled.rules() if rule.schema),
)
GATES = tuple(validators.gate(schema) for schema in SCHEMAS)


def words(schema: Any) -> set[str]:
    """The names and choices in a schema, of which its data is best made."""
    found: set[str] = set()
    if isinstance(schema, dict):
        found.update(schema.get("properties", {}), schema.get("required", ()))
        found.update(each for each in schema.get("enum", ()) if isinstance(each, str))
        found.update(*map(words, schema.values()))
    elif isinstance(schema, list):
        found.update(*map(words, schema))
    return found


TEXTS = st.one_of(
    st.sampled_from(
        [
            "", "a", "8080", "-1", "true", "False", "x" * 256, "a b", "arn:aws:iam::1:role/a", "arn:aws:iam::1:user/a",
            "arn:aws:secretsmanager:eu-west-1:1:secret:a", "arn:aws:secretsmanager:eu-west-1:1:secret:a:b::",
            "a:lastest", "AKIAABCDEFGHIJKLMNOP", "https://user:pw@host", "Server=a;Password=b;", "GPU", "awslogs",
            "line\n", "a\u00a0b", "\u0661", "\x1c", "x" * 1001,
        ]
    ),
    st.text(max_size=5),
)  # fmt: skip
SCALARS = st.one_of(
    TEXTS, st.booleans(), st.integers(-2, 70_000), st.just(10**30), st.floats(allow_nan=False), st.none()
)


def data(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What may be valid under a schema, and what is not."""
    names = st.one_of(st.sampled_from(sorted(words(schema))), st.text(max_size=3))
    return st.recursive(
        SCALARS | names,
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(names, inner, max_size=4)),
        max_leaves=12,
    )


def decided(schema: dict[str, Any], value: Any) -> bool | None:
    try:
        return light_validator.is_valid(schema, value, schema)
    except UndecidedError:
        return None


@settings(max_examples=400)
@given(st.sampled_from(range(len(SCHEMAS))), st.data())
def test_it_agrees_wherever_it_decides(index: int, drawn: st.DataObject) -> None:
    value = drawn.draw(data(SCHEMAS[index]))
    assert decided(SCHEMAS[index], value) in (None, GATES[index].is_valid(value))


@settings(max_examples=400)
@given(st.sampled_from(range(len(SCHEMAS))), st.data())
def test_it_agrees_on_parts_of_the_right_shape(index: int, drawn: st.DataObject) -> None:
    container = drawn.draw(shaped(SCHEMAS[index]))
    assert decided(SCHEMAS[index], container) in (None, GATES[index].is_valid(container))


def shaped(schema: Any) -> st.SearchStrategy[Any]:
    """Objects with the fields that a schema speaks of, whose values are mostly of the right kind."""
    if not isinstance(schema, dict):
        return SCALARS
    if "$ref" in schema:
        return shaped(SCHEMAS[0]["$defs"].get(schema["$ref"].rpartition("/")[2], {}))
    if "properties" in schema:
        return st.fixed_dictionaries({}, optional={name: shaped(part) for name, part in schema["properties"].items()})
    if "items" in schema:
        return st.lists(shaped(schema["items"]), max_size=2)
    for keyword in ("allOf", "anyOf"):
        if keyword in schema:
            return st.one_of(*map(shaped, schema[keyword]), SCALARS)
    for keyword in ("not", "if", "then"):
        if keyword in schema:
            return st.one_of(shaped(schema[keyword]), SCALARS)
    return st.one_of(st.sampled_from(schema["enum"]), SCALARS) if "enum" in schema else SCALARS


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "fleet").glob("*.json")), ids=lambda path: path.name)
def test_it_decides_on_definitions_as_they_are(path: Path) -> None:
    value = json.loads(path.read_text(encoding="utf-8"))
    for schema, gate in zip(SCHEMAS, GATES, strict=True):
        assert decided(schema, value) is gate.is_valid(value)


@pytest.mark.parametrize("value", [{"cpu": 1.5}, "line\n", "é", "x" * 1001])
def test_what_it_is_not_sure_of_is_for_the_other(value: object) -> None:
    schema = {"pattern": "^[a-z]+$", "properties": {"cpu": {"type": "integer"}}}
    assert decided(schema, value) is None


@pytest.mark.parametrize(
    "schema",
    [
        {"dependentRequired": {"a": ["b"]}},
        {"properties": {"a": {"contains": {}, "minContains": 2}}},
        {"if": {"$dynamicRef": "#a"}},
        {"not": {"additionalProperties": False, "patternProperties": {"a": True}}},
        {"enum": [1]},
        {"$ref": "#/properties/a"},
    ],
)
def test_a_keyword_that_it_does_not_know_is_for_the_other(schema: dict[str, Any]) -> None:
    assert decided(schema, {"a": [1]}) is None


CONDITIONAL = {
    "if": {"contains": {"enum": ["a"]}},
    "then": {"contains": {"enum": ["b"]}},
    "else": {"maxItems": 1},
    "properties": {"c": {"then": False, "else": False}},
}


@given(st.one_of(st.lists(st.sampled_from("abc"), max_size=3), st.dictionaries(st.just("c"), SCALARS)))
def test_conditions_are_decided(value: object) -> None:
    assert decided(CONDITIONAL, value) is validators.gate(CONDITIONAL).is_valid(value)


@pytest.mark.parametrize("value", [Unknown("${CPU}"), Partial({"cpu": "1"}), {"cpu": Unknown("${CPU}")}])
def test_what_is_no_json_is_refused_as_by_the_other(value: object) -> None:
    with pytest.raises(ValueError, match="is not a type of plain JSON"):
        light_validator.is_valid({"properties": {"cpu": {"type": "string"}}}, value, {})
