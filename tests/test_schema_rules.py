"""Rules whose condition is a JSON Schema: on normalised values, on every target, and bounded."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from bad_cases import BAD, VALID
from hypothesis import given, settings
from hypothesis import strategies as st
from test_bad_cases import hidden, places

from taskfit.checks.context import Case
from taskfit.config.settings import Configuration
from taskfit.definition import Partial, Service, TaskDefinition, Unknown
from taskfit.finding import Problem, Severity
from taskfit.policy import rule_schema, schema_rule
from taskfit.policy.rule import Rule, When
from taskfit.preparation import prepare

POLICY = prepare(Configuration()).policy


def case(data: dict[str, Any], path: str = "", **fields: Any) -> Case:
    return Case(TaskDefinition(data, **fields), POLICY, path)


def container(**fields: Any) -> dict[str, Any]:
    return {"family": "web", "containerDefinitions": [{"name": "app", **fields}]}


def problems(a_rule: Rule, a_case: Case) -> list[Problem]:
    return list(schema_rule.condition(a_rule)(a_case.subject))


def rule(**fields: Any) -> Rule:
    return Rule(**{"code": "ACME1", "name": "acme", "severity": Severity.WARNING, "summary": "s", "fix": "f", **fields})


def rule_pointers(a_rule: Rule, data: dict[str, Any]) -> list[str]:
    return [problem.pointer for problem in problems(a_rule, case(data))]


def test_a_rule_of_a_teams_own() -> None:
    at_least = rule(schema={"properties": {"memory": {"minimum": "2 GB"}}}, message="too small")
    (problem,) = problems(at_least, case(container() | {"memory": "1GB"}))
    assert (problem.pointer, problem.message) == ("/memory", "too small")
    assert not rule_pointers(at_least, container() | {"memory": "2048"})
    assert not rule_pointers(at_least, container() | {"memory": Unknown("${MEMORY}")})


def test_a_rule_for_each_container() -> None:
    labelled = rule(target="container", schema={"required": ["dockerLabels"]})
    data = {"containerDefinitions": [{"name": "a", "dockerLabels": {}}, {"name": "b"}, Partial(name="c"), Unknown("d")]}
    assert rule_pointers(labelled, data) == ["/containerDefinitions/1"]


def test_a_condition_must_hold_for_certain() -> None:
    elsewhere = {"not": {"properties": {"networkMode": {"const": "awsvpc"}}, "required": ["networkMode"]}}
    tagged = rule(when=When(schema=elsewhere), schema={"required": ["tags"]})
    assert rule_pointers(tagged, {"networkMode": "bridge"}) == [""]
    assert not rule_pointers(tagged, {"networkMode": "awsvpc"})
    assert not rule_pointers(tagged, {"networkMode": Unknown("${MODE}")})
    assert not rule_pointers(tagged, Partial())
    assert rule_pointers(tagged, container(image=Unknown("${IMAGE}"))) == [""]


def test_combinations_rest_on_the_unknown_values_they_mention() -> None:
    forbidden = rule(
        target="container", schema={"not": {"properties": {"privileged": {"const": True}}, "required": ["privileged"]}}
    )
    assert rule_pointers(forbidden, container(privileged=True, image=Unknown("${IMAGE}"))) == [
        "/containerDefinitions/0"
    ]
    conditional = {"if": {"properties": {"cpu": {"const": "256"}}, "required": ["cpu"]}, "else": {"required": ["tags"]}}
    assert rule_pointers(rule(schema=conditional), {"cpu": "512"}) == [""]
    assert not rule_pointers(rule(schema=conditional), {"cpu": Unknown("${CPU}")})


@pytest.mark.parametrize("cpu", ["512", 512, "0.5 vCPU", ".5 vcpu", "512 "])
def test_a_size_is_compared_however_it_is_spelled(cpu: object) -> None:
    (problem,) = problems(rule(schema={"properties": {"cpu": {"minimum": 1024}}}), case({"cpu": cpu}))
    assert problem.pointer == "/cpu"
    assert not problems(rule(schema={"properties": {"cpu": {"maximum": "0.5 vCPU"}}}), case({"cpu": cpu}))
    assert not problems(rule(schema={"properties": {"cpu": {"enum": ["0.5 vCPU", "1024"]}}}), case({"cpu": cpu}))


@pytest.mark.parametrize("cpu", [None, Unknown("${CPU}"), "lots", "", Unknown("x", "wrong-type")])
def test_what_is_no_size_is_not_compared(cpu: object) -> None:
    assert not problems(
        rule(schema={"properties": {"cpu": {"minimum": 1024}}}), case({"cpu": cpu} if cpu is not None else {})
    )


def test_scalars_have_the_type_of_their_field() -> None:
    data = container(memory="512", essential="false", portMappings=[{"containerPort": "8080"}])
    data["containerDefinitions"][0]["environment"] = [{"name": "PORT", "value": 8080}, {"name": "ON", "value": True}]
    schema = {
        "properties": {
            "memory": {"const": 512},
            "essential": {"const": False},
            "portMappings": {"items": {"properties": {"containerPort": {"type": "integer"}}}},
            "environment": {"items": {"properties": {"value": {"enum": ["8080", "true"]}}}},
        }
    }
    assert not problems(rule(target="container", schema=schema), case(data))


FULL: dict[str, Any] = {
    "family": "web",
    "volumes": [{"name": "data"}],
    "containerDefinitions": [
        {
            "name": "app",
            "image": "nginx",
            "portMappings": [{"containerPort": 80}, {"containerPort": 81}],
            "environment": [{"name": "A", "value": "1"}],
            "secrets": [{"name": "B", "valueFrom": "arn"}],
        },
        {"name": "side", "essential": False, "image": Unknown("${IMAGE}")},
        Unknown("${MORE}"),
    ],
}


@pytest.mark.parametrize(
    ("target", "pointers"),
    [
        ("task", [""]),
        ("container", ["/containerDefinitions/0", "/containerDefinitions/1"]),
        ("essential container", ["/containerDefinitions/0"]),
        ("service", ["/services/0"]),
        ("port", ["/containerDefinitions/0/portMappings/0", "/containerDefinitions/0/portMappings/1"]),
        ("environment variable", ["/containerDefinitions/0/environment/0"]),
        ("secret", ["/containerDefinitions/0/secrets/0"]),
        ("volume", ["/volumes/0"]),
        ("image", ["/containerDefinitions/0/image"]),
    ],
)
def test_a_rule_is_applied_to_each_target_of_its_kind(target: Any, pointers: list[str]) -> None:
    services = (Service({"serviceName": "web"}),)
    found = problems(rule(target=target, schema={"required": ["none"], "maxLength": 0}), case(FULL, services=services))
    assert [problem.pointer for problem in found] == pointers


def test_a_message_names_values() -> None:
    words = rule(
        target="port", schema={"properties": {"containerPort": {"minimum": 1024}}}, fix="Move it from {value}, {{so}}.",
        message="{name}: port {port.containerPort} ({field} {value}) is below {limit} in {task.family}",
    )  # fmt: skip
    first, _ = problems(words, case(FULL))
    assert first.message == "app: port 80 (containerPort 80) is below 1024 in web"
    assert first.help == "Move it from 80, {so}."


@pytest.mark.parametrize(
    ("when", "holds"),
    [
        ({"family": "*-prod"}, True),
        ({"family": ("a", "shop-*")}, True),
        ({"family": "*-dev"}, False),
        ({"tag": {"env": "prod*"}}, True),
        ({"tag": {"env": "*", "team": "*"}}, False),
        ({"path": "deploy/"}, True),
        ({"path": ("*.yaml", "other/")}, False),
        ({"launch_type": "fargate"}, True),
        ({"launch_type": ("ec2", "external")}, False),
        ({"schema": {"required": ["cpu"]}}, True),
        ({"family": "*-prod", "launch_type": "ec2"}, False),
    ],
)
def test_a_rule_is_for_the_definitions_that_it_says(when: dict[str, Any], holds: bool) -> None:
    data = {
        "family": "shop-prod", "cpu": "512", "requiresCompatibilities": ["FARGATE"],
        "tags": [{"key": "env", "value": "production"}, {"key": "team", "value": Unknown("${TEAM}")}],
    }  # fmt: skip
    a_rule = rule(schema={"required": ["none"]}, when=When(**when))
    assert bool(problems(a_rule, case(data, "deploy/web.json"))) is holds
    hidden = {key: Unknown("${X}") for key in data}
    assert not problems(a_rule, case(hidden, "")), "what can't be known does not hold"


def test_a_role_is_that_of_the_profile() -> None:
    a_rule = rule(schema={"required": ["none"]}, when=When(role="worker"))
    assert problems(a_rule, case({"family": "mistersmith-worker"}))
    assert not problems(a_rule, case({"family": "mistersmith-console"}))
    assert not problems(a_rule, case({"family": Unknown("${FAMILY}")}))


def faults(schema: dict[str, Any], target: str = "task") -> list[str]:
    return [f"{'/'.join(map(str, fault.steps))}: {fault.message}" for fault in rule_schema.faults(schema, target)]


ELSEWHERE = "$ref: `$ref` leads out of the rule; it takes a place in this schema, such as `#/$defs/name`"


@pytest.mark.parametrize(
    ("schema", "fault"),
    [
        ({"minimun": 1}, "minimun: `minimun` is not a keyword of JSON Schema; did you mean `minimum`?"),
        ({"properties": {"memroy": {}}}, "properties/memroy: AWS has no field `memroy` here; did you mean `memory`?"),
        ({"required": ["tag"]}, "required/0: AWS has no field `tag` here; did you mean `tags`?"),
        ({"$ref": "http://127.0.0.1:1/x"}, ELSEWHERE),
        ({"$ref": "file:///etc/passwd"}, ELSEWHERE),
        ({"$ref": "#/$defs/none"}, "$ref: `$ref`: there is nothing at #/$defs/none"),
        ({"$ref": "#"}, ": `$ref` forms a cycle through #"),
        ({"$id": "http://x"}, "$id: `$id` can't be used in a rule; a rule's schema has no URL"),
        ({"properties": {"cpu": {"minimum": "many"}}}, "properties/cpu/minimum: `minimum`: 'many' is not of type 'number'"),
        ({"properties": ["cpu"]}, "properties: `properties` needs a mapping of schemas"),
        ({"allOf": {}}, "allOf: `allOf` needs a list of schemas"),
        ({"not": 3}, "not: expected a schema: a mapping, or true or false"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_schema_is_reported_with_what_was_meant(schema: dict[str, Any], fault: str) -> None:
    assert faults(schema) == [fault]


@pytest.mark.parametrize("pattern", ["[", "(?=a)b", r"(a)\1", "a{1000}{1000}{1000}", "a" * 2000])
def test_a_pattern_is_one_that_is_matched_in_bounded_time(pattern: str) -> None:
    assert len(faults({"properties": {"family": {"pattern": pattern}}})) == 1
    assert len(faults({"patternProperties": {pattern: {}}})) == 1


def laughs(levels: int) -> dict[str, Any]:
    definitions = {str(n): {"allOf": [{"$ref": f"#/$defs/{n + 1}"}] * 10} for n in range(levels)}
    return {"$ref": "#/$defs/0", "$defs": {**definitions, str(levels): {}}}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {}
    for _ in range(levels):
        schema = {"not": schema}
    return schema


@pytest.mark.parametrize(
    "schema",
    [laughs(9), nested(90), {"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}],
)
def test_a_hostile_schema_is_refused(schema: dict[str, Any]) -> None:
    assert faults(schema)
    assert not faults(laughs(2))
    assert not faults(nested(20))


def test_hostile_patterns_are_matched_in_a_time_that_grows_with_the_text() -> None:
    data = {"family": "a" * 50_000 + "b", "tags": [{"key": "a" * 50_000 + "!", "value": ""}]}
    for schema in (
        {"properties": {"family": {"pattern": "^(a+)+$"}}},
        {
            "properties": {
                "tags": {
                    "items": {"patternProperties": {"^(a|a)*$": {}}, "properties": {"key": {"pattern": "^(a|aa)+$"}}}
                }
            }
        },
    ):
        assert problems(rule(schema=schema), case(data))


def test_no_schema_makes_both_validators_disagree() -> None:
    schema: dict[str, Any] = {
        "patternProperties": {"^a": {"type": "string"}},
        "additionalProperties": False,
        "properties": {"b": {}},
    }
    for data, is_valid in ({"a1": "x", "b": 1}, True), ({"a1": 1}, False), ({"c": 1}, False):
        assert bool(problems(rule(schema=schema), case(data))) is not is_valid


OWNER = {
    "contains": {"required": ["key", "value"], "properties": {"key": {"const": "owner"}, "value": {"minLength": 1}}}
}
SCHEMAS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("task", {"required": ["tags"], "properties": {"tags": OWNER}}),
    ("task", {"properties": {"cpu": {"minimum": "16 vCPU"}, "memory": {"maximum": "1 GB"}}}),
    ("task", {"not": {"required": ["volumes"]}}),
    ("task", {"anyOf": [{"required": ["pidMode"]}, {"properties": {"networkMode": {"const": "host"}}}]}),
    ("task", {"oneOf": [{"required": ["cpu"]}, {"required": ["family"]}]}),
    ("task", {"if": {"properties": {"networkMode": {"const": "awsvpc"}}}, "then": {"required": ["taskRoleArn"]}}),
    ("task", {"dependentRequired": {"cpu": ["ipcMode"]}, "minProperties": 20}),
    ("task", {"properties": {"containerDefinitions": {"minItems": 3, "maxItems": 1, "uniqueItems": True}}}),
    ("task", {"properties": {"requiresCompatibilities": {"not": {"contains": {"const": "FARGATE"}}}}}),
    ("task", {"propertyNames": {"pattern": "^[a-f]"}, "patternProperties": {"^m": {"maximum": 1}}}),
    ("task", {"additionalProperties": False, "properties": {"family": {"pattern": "^web"}}}),
    ("container", {"required": ["dockerLabels"], "properties": {"memory": {"minimum": "64 GB"}}}),
    ("container", {"properties": {"environment": {"items": {"properties": {"value": {"enum": ["a"]}}}}}}),
    ("container", {"allOf": [{"not": {"properties": {"essential": {"const": True}}, "required": ["essential"]}}]}),
    ("essential container", {"required": ["healthCheck"]}),
    ("image", {"pattern": "^acme/"}),
    ("port", {"properties": {"containerPort": {"minimum": 1024}}}),
    ("environment variable", {"properties": {"name": {"pattern": "^A"}, "value": {"maxLength": 1}}}),
    ("secret", {"properties": {"valueFrom": {"const": "x"}}}),
    ("volume", {"required": ["host"]}),
)  # fmt: skip
CONDITIONS = tuple(schema_rule.condition(rule(target=target, schema=schema)) for target, schema in SCHEMAS)


def found(data: dict[str, Any]) -> Counter[int]:
    subject = case(data).subject
    return Counter({number: len(list(condition(subject))) for number, condition in enumerate(CONDITIONS)})


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(sorted({**BAD, **VALID})), st.data())
def test_unknown_values_only_remove_findings_of_schemas(name: str, data: st.DataObject) -> None:
    definition = BAD[name][0] if name in BAD else VALID[name]
    pointers = data.draw(st.frozensets(st.sampled_from(sorted(places(definition))), min_size=1, max_size=5))
    before, after = found(definition), found(hidden(definition, pointers))
    assert {number for number in after if after[number]} <= {number for number in before if before[number]}
