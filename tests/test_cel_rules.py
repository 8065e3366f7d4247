"""Rules whose condition is an expression in CEL: what they see, what they say nothing of, and what is refused."""

from __future__ import annotations

import contextlib
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
from taskfit.policy import assert_rule, rule_checks
from taskfit.policy.cel.expression import ExpressionError
from taskfit.policy.rule import Rule, When
from taskfit.preparation import prepare

pytest.importorskip("cel_expr_python", reason="the extra `cel` is not installed")

POLICY = prepare(Configuration()).policy

DATA: dict[str, Any] = {
    "family": "mistersmith-worker-prod",
    "cpu": "0.5 vCPU",
    "memory": "1024",
    "requiresCompatibilities": ["FARGATE"],
    "tags": [{"key": "team", "value": "core"}],
    "containerDefinitions": [
        {
            "name": "app",
            "image": "registry.acme.test:5000/shop/app:1.2",
            "memory": "600",
            "command": ["celery", "worker", "-c", "8"],
            "environment": [{"name": "WORKERS", "value": 4}, {"name": "HIDDEN", "value": Unknown("${HIDDEN}")}],
            "portMappings": [{"containerPort": 80}],
        },
        {"name": "datadog-agent", "image": "datadog/agent:7", "memory": 400, "essential": False},
    ],
}


def rule(expression: str, **fields: Any) -> Rule:
    plain = {"code": "ACME1", "name": "acme", "severity": Severity.WARNING, "summary": "It is wrong", "fix": "Fix it."}
    return Rule(**{**plain, "assert_": expression, **fields})


def case(data: dict[str, Any], **fields: Any) -> Case:
    return Case(TaskDefinition(data, **fields), POLICY, "deploy/web.json")


def problems(a_rule: Rule, data: dict[str, Any], **fields: Any) -> list[Problem]:
    return list(assert_rule.condition(a_rule)(case(data, **fields).subject))


def pointers(expression: str, data: dict[str, Any] = DATA, **fields: Any) -> list[str]:
    return [problem.pointer for problem in problems(rule(expression, **fields), data)]


@pytest.mark.parametrize(
    "expression",
    [
        "task.cpu == 512 && task.cpu == vcpu(0.5) && task.memory == gb(1)",
        "cpu('1 vCPU') == 1024 && memory('.5 GB') == 512",
        "containers.all(c, c.memory >= 400)",
        "sum(containers.map(c, c.memory)) == 1000",
        "sum(containers.filter(c, has(c.essential)).map(c, c.memory)) == 400",
        "tags.team == 'core' && !('owner' in tags)",
        "task.tags.exists(t, t.key == 'team')",
        "env(containers[0], 'WORKERS') == '4' && env(containers[0], 'NONE') == null",
        "int(env(containers[0], 'WORKERS')) == 4",
        "option(containers[0], '-c') == '8' && option(containers[0], '--none') == null",
        "image.registry(containers[0].image) == 'registry.acme.test:5000'",
        "image.repository(containers[0].image) == 'shop/app' && image.tag(containers[0].image) == '1.2'",
        "image.digest(containers[0].image) == '' && image.digest('a@sha256:b') == 'sha256:b'",
        "image.repository('nginx') == 'nginx' && image.tag('localhost/x') == ''",
        "fargate.fits(task.cpu, task.memory) && !fargate.fits(256, 8192)",
        "role == 'worker'",
        "sidecars.all(s, s.kind == 'datadog') && sidecars.size() == 1",
        "sidecars.map(s, s.name) == ['datadog-agent']",
        "lower('ABC') == 'abc' && task.family.matches('^[a-z-]+$')",
        "file.path == 'deploy/web.json' && file.format == 'json'",
        "services.size() == 0 && task.volumes.size() == 0 && containers[1].environment.size() == 0",
        "containers[0].portMappings.exists(p, p.containerPort in [80, 443])",
    ],
)
def test_an_expression_sees_the_definition(expression: str) -> None:
    assert pointers(expression) == []
    assert len(pointers(f"!({expression})")) == 1


def test_what_the_sizing_core_expects_can_be_compared() -> None:
    data = {**DATA, "containerDefinitions": [{"name": "app", "environment": [{"name": "MAX_AGENTS", "value": "4"}]}]}
    assert pointers("expected.capacity == 4 && expected.floor.memory < expected.ceiling.memory", data) == []
    assert pointers("task.memory * 4 < expected.floor.memory && expected.recommended.cpu > 0", data) == ["/memory"]
    assert pointers("expected.floor.memory < 0", DATA) == [], "it declares no capacity"
    assert pointers("role == 'none'", {"family": "other"}) == [], "it has no role"


def test_a_service_is_seen_by_its_own_target_and_by_the_task() -> None:
    services = (Service({"serviceName": "web", "desiredCount": 1}),)
    two = rule(
        "service.desiredCount >= 2", target="service", message="{service.serviceName} has {service.desiredCount}"
    )
    (problem,) = problems(two, DATA, services=services)
    assert (problem.pointer, problem.message) == ("/services/0/desiredCount", "web has 1")
    assert len(problems(rule("service.desiredCount >= 2"), DATA, services=services)) == 1
    assert problems(rule("service.desiredCount >= 2"), DATA, services=services * 2) == []


@pytest.mark.parametrize(
    ("target", "expression", "found"),
    [
        ("container", "container.memory <= 500", ["/containerDefinitions/0/memory"]),
        ("container", "env('WORKERS') != '4'", ["/containerDefinitions/0/environment/0/value"]),
        ("container", "option('-c') != '8'", ["/containerDefinitions/0/command/3"]),
        ("container", "env('NONE') != null", ["/containerDefinitions/0", "/containerDefinitions/1"]),
        ("essential container", "container.name == 'x'", ["/containerDefinitions/0/name"]),
        ("port", "port.containerPort > 1024", ["/containerDefinitions/0/portMappings/0/containerPort"]),
        ("environment variable", "variable.name != 'WORKERS'", ["/containerDefinitions/0/environment/0/name"]),
        ("image", "image.tag(image) == '7'", ["/containerDefinitions/0/image"]),
        ("image", "container.name == 'app'", ["/containerDefinitions/1/image"]),
        ("task", "task.memory > 2048", ["/memory"]),
        ("task", "has(task.taskRoleArn)", [""]),
    ],
)  # fmt: skip
def test_a_finding_points_at_what_the_expression_reads(target: Any, expression: str, found: list[str]) -> None:
    assert pointers(expression, target=target) == found


def test_a_rule_may_say_where_it_points_and_what_it_says() -> None:
    a_rule = rule(
        "image.tag(container.image) != '1.2'", target="container", at="memory", when="container.essential != false",
        message="{container.name} has {container.memory * 2} of {task.memory}: {containers.map(c, c.name)}, {{x}}",
        fix="Set {vcpu(0.25)}, not {container.cpu} or {env('HIDDEN')}.",
    )  # fmt: skip
    # `essential` is absent, so the condition says nothing of the container: a rule asks `has` first.
    assert problems(a_rule, DATA) == []
    a_rule = Rule(**{**vars(a_rule), "when": "!has(container.essential)"})
    (problem,) = problems(a_rule, DATA)
    assert problem.pointer == "/containerDefinitions/0/memory"
    assert problem.message == "app has 1200 of 1024: app, datadog-agent, {x}"
    assert problem.help == "Set 256, not none or unknown."


def test_conditions_in_data_go_with_expressions() -> None:
    assert pointers("task.cpu >= vcpu(1)", when=When(family="*-prod", launch_type="fargate")) == ["/cpu"]
    assert pointers("task.cpu >= vcpu(1)", when=When(family="*-dev")) == []


@pytest.mark.parametrize(
    "expression",
    [
        "task.taskRoleArn == 'x'",
        "containers.all(c, c.cpu > 0)",
        "tags.owner == 'x'",
        "containers[9].name == 'x'",
        "task.cpu > 'x'",
        "sum(containers.map(c, c.name)) > 1",
        "memory(task.family) > 1",
    ],
)
def test_what_is_absent_or_of_another_type_is_not_compared(expression: str) -> None:
    assert pointers(expression) == []


STAGE = {"key": "stage", "value": Unknown("${STAGE}")}
UNKNOWN_CPU = {
    **DATA,
    "tags": [*DATA["tags"], STAGE],
    "cpu": Unknown("${CPU}"),
    "volumes": [Unknown("${V}")],
    "networkMode": Unknown("${MODE}"),
}


@pytest.mark.parametrize(
    ("expression", "place"),
    [
        ("task.cpu > 1024", "/cpu"),
        ("has(task.cpu) && task.memory > 4096", "/cpu"),
        ("task.volumes.size() > 1", "/volumes/0"),
        ("task.volumes.exists(v, v.name == 'x')", "/volumes/0"),
        ("'x' in [task.networkMode]", "/networkMode"),
        ("[task.networkMode].exists(m, m == 'x')", "/networkMode"),
        ("[task].filter(t, t.cpu == 1).size() == 1", "/cpu"),
        ("{'a': task.cpu}.a == 1", "/cpu"),
        ("(true ? task : task).cpu == 1", "/cpu"),
        ("task['networkMode'] == 'x'", "/networkMode"),
        ("has(tags.stage)", "/tags/1/value"),
        ("tags.stage == 'x'", "/tags/1/value"),
        ("tags.exists(key, tags[key] == 'x')", "/tags/1/value"),
        ("env(containers[0], 'HIDDEN') == 'x'", "/containerDefinitions/0/environment/1/value"),
        ("containers[0].environment.exists(e, e.value == 'x')", "/containerDefinitions/0/environment/1/value"),
        ("option(containers[1], '-c') == '8'", "/containerDefinitions/1"),
    ],
)
def test_an_expression_that_reads_an_unknown_value_says_nothing_but_that(expression: str, place: str) -> None:
    unknown = case(UNKNOWN_CPU)
    assert list(assert_rule.condition(rule(expression))(unknown.subject)) == []
    assert unknown.subject.unknown == {place: ["ACME1"]}


@pytest.mark.parametrize(
    "expression",
    [
        "containers.size() == 3",
        "containers.all(c, c.name == 'x')",
        "env(containers[0], 'WORKERS') == 'x'",
        "containers[0].environment.size() == 0",
        "containers[0].environment.exists(e, e.name == 'x')",
        "'x' in task.requiresCompatibilities",
        "'owner' in tags || !('stage' in tags)",
        "tags.team == 'x'",
        "tags.size() != 2",
        "env(containers[0], 'HIDDEN') == 'x' && task.memory > 4096",
    ],
)
def test_an_unknown_value_that_is_not_read_hides_nothing(expression: str) -> None:
    assert len(pointers(expression, UNKNOWN_CPU)) == 1


def test_a_mapping_that_is_known_in_part_hides_only_what_it_may_hold() -> None:
    data = Partial(family="web", containerDefinitions=[Partial(name="a", memory=5)])
    assert pointers("task.family == 'x' && containers[0].memory > 6", data) != []
    for expression in ("has(task.cpu)", "'owner' in tags", "containers.all(c, has(c.image))", "containers[0].cpu > 1"):
        assert pointers(expression, data) == [], expression


EXPRESSIONS = (
    "has(task.cpu) && task.cpu >= vcpu(2)",
    "!has(task.memory) || task.memory > gb(2)",
    "containers.all(c, has(c.memory))",
    "containers.exists(c, c.name == 'none')",
    "sum(containers.filter(c, has(c.memory)).map(c, c.memory)) > 100000",
    "containers.size() > 3",
    "sidecars.size() > 2",
    "'owner' in tags",
    "task.volumes.size() > 0",
    "containers.all(c, env(c, 'OWNER') != null)",
    "containers.all(c, c.image.contains('acme'))",
    "containers.map(c, c.name) == ['x']",
    "[task.networkMode, task.family].exists(x, x == 'y')",
    "fargate.fits(task.cpu, task.memory * 64)",
    "role == 'nobody'",
    "containers.all(c, c.environment.all(e, e.value != '200'))",
    '!("FARGATE" in task.requiresCompatibilities)',
    "containers.all(c, c.portMappings.size() > 9)",
    "containers.exists(c, c.essential)",
    "(containers.size() > 1 ? containers[1] : containers[0]).name == 'x'",
    "containers.all(c, c.dockerLabels.size() > 0)",
    "has(tags.owner)",
    "tags.size() > 3",
    "tags.exists(key, key == 'owner')",
    "tags.all(key, tags[key] != 'core')",
    "'team' in tags && tags.team == 'x'",
    "task.tags.all(t, t.value == 'x')",
    "has(containers[0].logConfiguration)",
    "has(task.runtimePlatform) && has(task.runtimePlatform.cpuArchitecture)",
    "option(containers[0], '-c') == '9'",
    "env(containers[0], 'WORKERS') == '5'",
    "image.tag(containers[0].image) == 'x'",
)
DEFINITIONS = {**{name: data for name, (data, _) in BAD.items()}, **VALID, "own": DATA}
ALL = tuple(assert_rule.condition(rule(text, code=f"ACME{number}")) for number, text in enumerate(EXPRESSIONS))


def found(data: dict[str, Any]) -> set[tuple[int, str]]:
    subject = case(data).subject
    return {(number, "") for number, condition in enumerate(ALL) if list(condition(subject))}


@settings(deadline=None, max_examples=300)
@given(st.sampled_from(["own"] * 20 + sorted(DEFINITIONS)), st.data())
def test_unknown_values_only_remove_findings(name: str, data: st.DataObject) -> None:
    definition = DEFINITIONS[name]
    pointers = data.draw(st.frozensets(st.sampled_from(sorted(places(definition))), min_size=1, max_size=5))
    assert found(hidden(definition, pointers)) <= found(definition)


@settings(deadline=None, max_examples=100)
@given(st.sampled_from(["own"] * 20 + sorted(DEFINITIONS)), st.data())
def test_keys_that_may_be_hidden_only_remove_findings(name: str, data: st.DataObject) -> None:
    definition = DEFINITIONS[name]
    key = data.draw(st.sampled_from(sorted(definition)))
    partial = Partial({each: value for each, value in definition.items() if each != key})
    assert found(partial) <= found(definition)


def faults(expression: str, target: str = "task", key: str = "assert") -> list[tuple[str, int]]:
    data = {"code": "ACME1", "target": target, "assert": "true", key: expression}
    return [(fault.message, fault.character) for fault in assert_rule.faults(data, target)]


@pytest.mark.parametrize(
    ("expression", "message", "character"),
    [
        ("task.memroy > 1", 'AWS has no field "memroy" here; did you mean "memory"?', 5),
        ("containers.all(c, c.imgae == '')", 'AWS has no field "imgae" here; did you mean "image"?', 20),
        ("task.cpu > 1 &&\n tsk.cpu > 1", 'there is nothing called "tsk"; did you mean "task"?', 17),
        ("task.cpu > vcpus(1)", 'there is nothing called "vcpus"; did you mean "vcpu"?', 11),
        ("containers.fliter(c, has(c.cpu)) == []", 'there is nothing called "fliter"; did you mean "filter"?', 11),
        ("container.cpu > 1", 'there is nothing called "container"; did you mean "containers"?', 0),
        ("task.cpu >", "the expression ends too early", 10),
        ("task.cpu > 1)", 'unexpected ")"', 12),
        ("task.cpu > 1 and true", 'unexpected "and"; CEL writes &&', 13),
        ("task.cpu = 1", 'unexpected "="; CEL writes ==', 9),
        ("task.cpu => 1", 'unexpected "=>"; CEL writes >=', 9),
        ("task.cpu in [1,", 'expected "]", found the end of the expression', 15),
        ("containers.all(c c.cpu > 1)", 'unexpected "c"', 17),
        ("task.family == 'web", "this string has no closing quote", 15),
        ("!", "the expression ends too early", 1),
        ("vcpu('1') > 1", "found no matching overload for 'vcpu' applied to '(string)'", 4),
        ("vcpu(1)", "the expression is of type int; a condition is true or false", 0),
        ("expected.flor.cpu > 1", 'there is no "flor" here; did you mean "floor"?', 9),
        ("has(task.tags)", "tags always exists, and is empty if the definition has none: size(task.tags) > 0", 9),
        ("env('X') == 'y'", 'with this target, the first argument must be a container: env(containers[0], "X")', 3),
        ("", "", 0),
    ],
)
def test_a_broken_expression_is_reported_at_its_place(expression: str, message: str, character: int) -> None:
    assert faults(expression) == ([(message, character)] if message else [])


def test_a_rule_says_what_to_install_where_the_library_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assert_rule, "is_installed", lambda: False)
    ((message, _),) = faults("true")
    assert message.startswith("`assert` needs the library cel-expr-python: pip install 'taskfit[cel]")


def test_expressions_in_a_message_are_reported_too() -> None:
    assert faults("at {task.cpu} of {task.memroy}", key="message") == [
        ('AWS has no field "memroy" here; did you mean "memory"?', 23)
    ]


DOUBLED = "[task.family]" + "".join(f".map(x{n}, x{n} + x{n})" for n in range(28)) + ".size() > 0"


@pytest.mark.parametrize(
    "expression",
    [
        "(" * 500 + "true" + ")" * 500,
        "[" * 40 + "1" + "]" * 40 + " == []",
        " + ".join(["1"] * 20_000) + " > 0",
        " && ".join(["true"] * 20_000),
        "task" + ".a" * 100 + " == 1",
        "true ? 1 : " * 100 + "1 == 1",
        DOUBLED,
        "['aaaa']" + ".map(x, x + x)" * 20 + " == []",
        "[[1]]" + ".map(x, x + x)" * 20 + " == []",
        "'x' == '" + "y" * 100_000 + "'",
    ],
)
def test_a_hostile_expression_is_refused_at_once(expression: str) -> None:
    assert faults(expression)


def test_a_long_expression_is_refused_for_its_length() -> None:
    assert "longer than 4000 characters" in str(faults(f"task.family != '{'x' * 4000}'"))


@pytest.mark.parametrize(
    "expression",
    [
        "containers.all(a, containers.all(b, containers.all(c, containers.all(d, a.name + b.name + c.name + d.name != ''))))",
        "containers.map(a, containers.map(b, containers.map(c, containers.map(d, [a, b, c, d])))).size() > 9",
        "task.family.matches('^(a+)+$') || task.family.matches('^(a|aa)+$')",
        "task.family + task.family + task.family != ''",
        "lower(lower(task.family)) == ''",
    ],
)  # fmt: skip
def test_a_hostile_evaluation_is_bounded(expression: str) -> None:
    data = {"family": "a" * 4000 + "!", "containerDefinitions": [{"name": f"c{n}" * 100} for n in range(100)]}
    with contextlib.suppress(ExpressionError):  # the library's own budget
        problems(rule(expression), data)


def test_what_is_too_long_is_not_read() -> None:
    assert pointers("task.family == 'x'", {"family": "a" * 100_000}) == []
    assert pointers("task.cpu == 1", {"cpu": 10**30}) == []
    assert pointers("containers.size() == 1", {"containerDefinitions": [{"name": "a"}] * 2000}) == []


def test_a_rule_that_fails_says_so_and_hides_nothing() -> None:
    for expression, message in {
        "1 / (task.cpu - 512) > 0": "divide by zero",
        "vcpu(task.cpu * 9) > 1": "4608 is not from",
    }.items():
        with pytest.raises(ExpressionError, match=message):
            problems(rule(expression), DATA)


def test_the_words_of_a_rule_with_an_expression_are_checked_with_its_other_keys() -> None:
    data = {"code": "FIT9", "name": "A b", "assert": "tru", "fix": "{", "message": "{x}", "severity": "error"}
    messages = [fault.message for fault in rule_checks.faults(data)]
    assert len(messages) == 5
