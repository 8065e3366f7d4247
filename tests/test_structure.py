"""Both validators agree; unknown values are never errors; messages say what to write."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfit.checks import fields as checks
from taskfit.checks import unchecked
from taskfit.checks import unknown_fields as unknown
from taskfit.checks.context import Case
from taskfit.config.settings import Configuration
from taskfit.definition import JSON, Dialect, Partial, TaskDefinition, Unknown
from taskfit.finding import Problem, Severity
from taskfit.policy import task_fields, validator
from taskfit.preparation import prepare
from taskfit.sources.cloudformation.reader import DIALECT as CLOUDFORMATION

SCHEMA = task_fields.task_definition_schema()
POLICY = prepare(Configuration()).policy

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["", "512", "app", "app\n", "awsvpc", "FARGATE", "1 vCPU", "²"]),
)
junk = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def instances(schema: dict[str, Any]) -> st.SearchStrategy[Any]:
    """Values that fit a schema more often than not, so that the validators get past the first key."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return st.deferred(lambda: instances(SCHEMA.document["$defs"][name]))
    if "enum" in schema:
        return st.sampled_from(schema["enum"]) | st.text(max_size=3)
    match schema.get("type"):
        case "object" if "properties" in schema:
            required = {key: fields(schema["properties"][key]) for key in schema.get("required", ())}
            optional = {key: fields(value) for key, value in schema["properties"].items() if key not in required}
            return st.fixed_dictionaries(required, optional=optional)
        case "array":
            return st.lists(instances(schema["items"]), max_size=2)
        case "integer":
            return st.integers(-2, 70000)
        case "boolean":
            return st.booleans()
    return scalars


def fields(schema: Any) -> st.SearchStrategy[Any]:
    return junk if schema is True else st.one_of(instances(schema), instances(schema), instances(schema), junk)


def slow_verdict(schema: validator.Schema, data: Any) -> bool:
    return bool(schema._explainer.is_valid(data))


@given(st.one_of(junk, instances(SCHEMA.document)))
def test_both_validators_agree(value: Any) -> None:
    data = validator.plain(value)
    assert SCHEMA.accepts(data) == slow_verdict(SCHEMA, data)


@given(junk)
def test_no_data_crashes_a_check(value: Any) -> None:
    task = TaskDefinition({"family": "web", "containerDefinitions": value, "cpu": value, "tags": value})
    list(task_fields.violations(task, validator.Plain(task.data)))


def container(**fields: Any) -> dict[str, Any]:
    return {"family": "web", "containerDefinitions": [{"name": "app", **fields}]}


def case(data: dict[str, Any], dialect: Dialect = JSON) -> Case:
    return Case(TaskDefinition(data, dialect), POLICY)


def invalid(data: dict[str, Any], dialect: Dialect = JSON) -> list[Problem]:
    return list(checks.invalid_field(case(data, dialect)))


def unknown_fields(data: dict[str, Any], dialect: Dialect = JSON) -> list[Problem]:
    return list(unknown.unknown_field(case(data, dialect)))


@pytest.mark.parametrize(
    "data",
    [
        container(memory=Unknown("${MEMORY}")),
        container(networkMode=Unknown("x")) | {"networkMode": Unknown("${MODE}")},
        {"family": Unknown("${A B}"), "containerDefinitions": Unknown("${CONTAINERS}")},
        {"family": "web", "containerDefinitions": [Unknown("${CONTAINERS}")]},
        {"family": "web", "containerDefinitions": [Partial(image="nginx")]},
        Partial(family="web"),
        {"family": "web", "containerDefinitions": [{"name": f"c{i}"} for i in range(10)] + [Unknown("${MORE}")]},
    ],
)
def test_what_is_unknown_is_no_error(data: dict[str, Any]) -> None:
    assert not invalid(data)


def test_an_unknown_value_hides_no_error_beside_it() -> None:
    data = container(image=Unknown("${IMAGE}"), memory="512", environment={"A": Unknown("${A}")})
    assert {problem.pointer for problem in invalid(data)} == {
        "/containerDefinitions/0/memory",
        "/containerDefinitions/0/environment",
    }
    eleven = [{"name": f"c{i}", "image": Unknown("${IMAGE}")} for i in range(11)]
    assert "Too many containers." in invalid({"family": "web", "containerDefinitions": eleven})[0].message


def test_a_number_in_quotes() -> None:
    (problem,) = invalid(container(memory="512"))
    assert '"512" is a string; memory takes a whole number of MiB, unquoted' in problem.message
    assert problem.help == "Write 512."


def test_converted_scalars() -> None:
    good = container(memory="512", essential="true", environment=[{"name": "PORT", "value": 8080}])
    assert not invalid(good, CLOUDFORMATION)
    assert len(invalid(container(memory="lots", essential="yes"), CLOUDFORMATION)) == 2


def test_cloudformation_generates_the_family() -> None:
    data = {"containerDefinitions": [{"name": "app"}]}
    assert not invalid(data, CLOUDFORMATION)
    assert "`family`" in invalid(data)[0].message


def test_an_enumeration() -> None:
    (wrong,) = invalid(container() | {"networkMode": "awsvcp"})
    assert "bridge, host, awsvpc, none" in wrong.message
    assert wrong.help == 'Did you mean "awsvpc"?'
    (spelling,) = invalid(container() | {"networkMode": "awsVpc"})
    assert spelling.severity is Severity.WARNING


@pytest.mark.parametrize("value", ["abc", "lots", "1.5.2 GB"])
def test_an_unreadable_size(value: str) -> None:
    assert [problem.pointer for problem in invalid(container() | {"cpu": value})] == ["/cpu"]


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("memoryReservaton", "`memoryReservation`?"),
        ("memory_reservation", "`memoryReservation`?"),
        ("memory_limit_mib", "`memory`?"),
        ("enviroment", "`environment`?"),
        ("portBindings", "`portMappings`?"),
        ("networkMode", "belongs in the task"),
        ("serviceConnectConfiguration", "belongs to the service"),
    ],
)
def test_an_unknown_field_of_a_container(name: str, suggestion: str) -> None:
    (problem,) = unknown_fields(container(**{name: 1}))
    assert problem.pointer == f"/containerDefinitions/0/{name}"
    assert problem.on_key
    assert suggestion in problem.help


def test_misplaced_fields() -> None:
    (problem,) = unknown_fields(container(environment=[{"name": "A", "valueFrom": "arn"}]))
    assert "`secrets`" in problem.help
    (problem,) = unknown_fields(container(environment=[{"REDIS_HOST": "cache"}]))
    assert '{"name": "REDIS_HOST", "value": ...}' in problem.help
    (problem,) = unknown_fields(container() | {"logConfiguration": {}})
    assert "a container definition" in problem.help
    assert not unknown_fields(Partial(container(), oddity=1))


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("${TASK_CPU}", "TASK_CPU"),
        ("{{ cpu }}", "cpu"),
        ("{{ must_env `CPU` }}", "CPU"),
        ("$$$MEMORY$$$", "MEMORY"),
        ("__CPU__", "CPU"),
        ("var.cpu", "cpu"),
        ("${var.cpu}", "cpu"),
        ("!Ref TaskCpu", "TaskCpu"),
    ],
)
def test_an_unknown_size_names_its_variable(text: str, name: str) -> None:
    problem = next(unchecked.not_checked(case({"taskRoleArn": Unknown("${ROLE}"), "cpu": Unknown(text)})))
    assert problem.pointer == "/cpu"
    assert f"`--var {name}=VALUE`" in problem.help


def test_an_expression_has_no_one_name() -> None:
    unknown = Unknown("!FindInMap [Sizes, !Ref Stage, Cpu]", "reference")
    problem = next(unchecked.not_checked(case({"cpu": unknown})))
    assert "--var" not in problem.help
