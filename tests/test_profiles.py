"""Profiles of a team's own: which definitions a role is for, what it needs of them, how profiles build on each other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine
from hypothesis import given, settings
from hypothesis import strategies as st
from unknowns import at, leaves, replaced

import taskfit
from taskfit.checks.context import Case
from taskfit.config.settings import Configuration
from taskfit.definition import TaskDefinition, Unknown
from taskfit.engine.conditions import Checks
from taskfit.finding import Problem
from taskfit.policy.profiles import load_profile
from taskfit.preparation import prepare
from taskfit.sizing.facts import Facts
from taskfit.sizing.match import Match
from taskfit.sizing.matching import holds
from taskfit.sizing.patterns import Hidden

ROOT = Path(__file__).parents[1]
CASES = json.loads((Path(__file__).parent / "sizing_cases.json").read_text(encoding="utf-8"))

ACME = """
name: acme
roles:
  api:
    unit: request slots
    match: {image: "acme/*-api"}
    capacity:
      - {name: workers, any: [{variable: WEB_CONCURRENCY}, {option: [-w, --workers], program: gunicorn}]}
      - {name: threads, variable: GUNICORN_THREADS, default: 1}
    cpu: [{label: workers, of: workers, amount: 256}]
    memory:
      - {label: workers, of: workers, amount: 180}
      - {label: threads, of: [workers, threads], amount: 8}
  jvm:
    unit: MiB of heap
    match: {tag: {runtime: jvm}}
    capacity: [{name: heap, variable: JAVA_OPTS, option: -Xmx, unit: bytes}]
    memory: [{label: heap, of: heap, share: 0.75}]
  queue:
    unit: tasks at a time
    match: {any: [{container: celery}, {label: {role: queue}}]}
    capacity: [{option: [-c, --concurrency]}]
    cpu: [{label: processes, amount: 128, per: 1}]
    memory: [{label: processes, amount: 200, per: 1}]
  migrate:
    match: {family: "*-migrate", not: {container: celery}}
    cpu: [{label: all, amount: 200}]
    memory: [{label: all, amount: 400}]
sidecars:
  agent: {cpu: 64, memory: 128, image: "acme/agent", roles: [api], essential: true}
  datadog: {cpu: 128, memory: 256, match: {tag: {stage: production}}}
"""


def write(folder: Path, text: str, name: str = "profile.yaml") -> str:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write(tmp_path_factory.mktemp("acme"), ACME)


def definition(**fields: Any) -> dict[str, Any]:
    container = {"name": "app", "image": "acme/app:1", "essential": True, **fields.pop("container", {})}
    return {
        "family": "shop",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [container, *fields.pop("containers", [])],
        **fields,
    }


def variables(**values: Any) -> list[dict[str, Any]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def problems(data: dict[str, Any], *profiles: str, path: str = "task.json") -> list[tuple[str, Problem]]:
    run = prepare(Configuration().with_options({"profile": profiles}))
    failures: list[str] = []
    found = Checks(run.rules).problems(Case(TaskDefinition(data), run.policy, path), "", failures)
    kept = [(rule.code, problem) for rule, problem in found if rule.code.startswith(("FIT2", "FIT3", "FIT004"))]
    assert not failures
    return kept


def codes(data: dict[str, Any], *profiles: str) -> list[str]:
    return sorted(code for code, _ in problems(data, *profiles))


API = definition(
    cpu="8192", memory="32768", container={"image": "acme/shop-api:1", "environment": variables(WEB_CONCURRENCY="8")}
)
QUEUE = definition(container={"name": "celery", "command": ["celery", "worker", "-c", "8"]})
JVM = definition(
    tags=[{"key": "runtime", "value": "jvm"}], container={"environment": variables(JAVA_OPTS="-Xms1g -Xmx2g")}
)
MIGRATE = definition(family="shop-migrate", cpu="4096", memory="16384")


def test_roles_of_every_kind_are_sized(acme: str) -> None:
    assert codes(API, acme) == ["FIT203", "FIT204", "FIT301"]
    assert codes(QUEUE, acme) == ["FIT201", "FIT202"]
    assert codes(JVM, acme) == ["FIT202"]
    assert codes(MIGRATE, acme) == ["FIT203", "FIT204"]


def test_messages_name_what_the_profile_counts(acme: str) -> None:
    messages = {code: problem.message for code, problem in problems(JVM, acme)}
    assert messages["FIT202"] == "2048 MiB of heap need 2731 MiB; the task has 512 (acme profile)."
    messages = {code: problem.message for code, problem in problems(MIGRATE, acme)}
    assert "A migrate task uses at most 400" in messages["FIT204"]


def test_a_dimension_that_a_role_says_nothing_of_stays_as_it_is(acme: str) -> None:
    data = JVM | {
        "cpu": "2048",
        "memory": "4096",
        "containerDefinitions": [{"name": "app", "image": "a", "environment": variables(JAVA_OPTS="-Xmx6g")}],
    }
    ((_, problem),) = problems(data, acme)
    assert problem.data is not None
    assert problem.data["recommended"] == {"cpu": 2048, "memory": 10240}


def test_two_roles_that_match_are_reported_with_both_names(acme: str) -> None:
    both = API | {"family": "shop-migrate"}
    ((code, note),) = problems(both, acme)
    assert code == "FIT004"
    assert "Several roles match this definition (api and migrate of the acme profile" in note.message
    stated = both | {"tags": [{"key": "taskfit:role", "value": "migrate"}]}
    assert codes(stated, acme) == ["FIT203", "FIT204"]


def test_roles_of_two_profiles_that_match_are_reported_with_both_profiles(acme: str, tmp_path: Path) -> None:
    other = write(tmp_path, "name: other\nroles: {shop: {match: {family: shop}, cpu: [{label: all, amount: 100}]}}\n")
    ((code, note),) = problems(API, acme, other)
    assert code == "FIT004"
    assert "api of the acme profile and shop of the other profile" in note.message


def test_several_profiles_each_speak_of_what_they_match(acme: str) -> None:
    worker = definition(family="mistersmith-worker", container={"environment": variables(MAX_AGENTS="10")})
    assert codes(worker, acme, "mistersmith") == codes(worker, "mistersmith")
    assert codes(QUEUE, acme, "mistersmith") == codes(QUEUE, acme)
    assert codes(worker, "none") == []


def test_a_condition_means_more_than_a_word(acme: str) -> None:
    worker = QUEUE | {"family": "mail-worker"}
    assert codes(worker, acme, "mistersmith") == codes(QUEUE, acme)


def test_a_match_that_is_hidden_is_reported_and_nothing_is_guessed(acme: str) -> None:
    hidden = MIGRATE | {"family": Unknown("${FAMILY}")}
    ((code, note),) = problems(hidden, acme)
    assert (code, note.pointer) == ("FIT004", "/family")
    assert "This may be a migrate, but `${FAMILY}` hides the role" in note.message


def test_a_capacity_left_to_the_image(acme: str) -> None:
    ((code, note),) = problems(definition(container={"name": "celery"}), acme)
    assert code == "FIT004"
    assert "-c or --concurrency, the capacity in tasks at a time, is left to the image's own command" in note.message
    assert codes(definition(container={"name": "celery", "command": ["celery"]}), acme) == ["FIT206"]


def test_an_own_kind_of_sidecar(acme: str) -> None:
    agent = {"name": "a", "image": "registry/acme/agent:2", "essential": False}
    assert codes(API | {"containerDefinitions": [*API["containerDefinitions"], agent]}, acme)[2:] == [
        "FIT302",
        "FIT303",
    ]
    hidden = agent | {"image": Unknown("${REGISTRY}/agent:2")}
    assert "FIT301" not in codes(API | {"containerDefinitions": [*API["containerDefinitions"], hidden]}, acme)


MUSTS = """
name: acme
sidecars:
  datadog: {memory: 256, essential: true, match: {family: shop}}
  envoy: {essential: false, match: {family: shop}}
"""


def test_what_a_profile_says_of_a_sidecar_wins_over_its_kind(tmp_path: Path) -> None:
    profile = write(tmp_path, MUSTS)
    agent = {"name": "agent", "image": "datadog/agent:7", "memory": 256, "essential": True}
    proxy = {"name": "envoy", "image": "envoyproxy/envoy:v1", "essential": False}
    assert codes(definition(containers=[agent, proxy]), profile) == []
    swapped = definition(containers=[agent | {"essential": False}, proxy | {"essential": True}])
    found = [problem.message for code, problem in problems(swapped, profile) if code == "FIT303"]
    assert len(found) == 2
    assert "Container agent is not essential, so the task continues without it" in found[1]
    assert "Container envoy (Envoy proxy) is essential" in found[0]


def test_what_is_missing_is_added_as_the_profile_wants_it(tmp_path: Path) -> None:
    missing = {code + problem.subject: problem for code, problem in problems(definition(), write(tmp_path, MUSTS))}
    assert missing["FIT301datadog"].help == "Add one with essential set to true. Its default size is 256 MiB."
    assert missing["FIT301envoy"].help == "Add one with essential set to false."
    bare = definition(containers=[{"name": "agent", "image": "datadog/agent:7", "essential": True}])
    notes = dict(problems(bare, write(tmp_path, MUSTS)))
    assert notes["FIT302"].help == "Reserve 256 MiB, the profile's default."


def test_what_a_command_hides_is_reported(acme: str) -> None:
    def note(*command: Any) -> str:
        ((code, problem),) = problems(definition(container={"name": "celery", "command": list(command)}), acme)
        assert code == "FIT004"
        return problem.message

    assert "is hidden behind a placeholder; the size was not checked" in note("celery", Unknown("${ARGS}"))
    assert "is given by a placeholder; the size was not checked" in note("celery", "-c", Unknown("${N}"))
    assert "is given by a placeholder" in note("celery", Unknown("--concurrency=${N}"))


def test_a_sidecar_for_definitions_without_a_role(acme: str) -> None:
    production = definition(tags=[{"key": "stage", "value": "production"}])
    ((code, problem),) = problems(production, acme)
    assert code == "FIT301"
    assert "no sidecar datadog (Datadog agent), which the acme profile requires." in problem.message
    assert codes(definition(), acme) == []


def test_the_demand_on_another_architecture(tmp_path: Path) -> None:
    text = """
name: acme
roles:
  api:
    unit: workers
    variables: [WORKERS]
    match: {family: shop}
    cpu: [{label: workers, amount: 500, per: 1}]
    architectures: {ARM64: {cpu: 0.8}}
    at_least: {cpu: 600}
    at_most: {cpu: 3000}
"""
    profile = write(tmp_path, text)

    def floor(workers: int, **platform: Any) -> int:
        data = definition(runtimePlatform=platform, container={"environment": variables(WORKERS=str(workers))})
        run = prepare(Configuration().with_options({"profile": (profile,)}))
        assessment = Case(TaskDefinition(data), run.policy).assessment
        assert assessment is not None
        assert assessment.expectation is not None
        return assessment.expectation.floor.cpu

    assert floor(4) == 2000
    assert floor(4, cpuArchitecture="ARM64") == 1600
    assert floor(4, cpuArchitecture=Unknown("${ARCH}")) == 1600
    assert floor(1) == 600
    assert floor(20) == 3000


TASK = definition(
    family="shop-api",
    tags=[{"key": "team", "value": "payments"}],
    container={"dockerLabels": {"role": "api"}, "image": "123.dkr.ecr.eu-west-1.amazonaws.com/acme/shop-api:1.2"},
)


@pytest.mark.parametrize(
    ("match", "verdict"),
    [
        (Match(family="shop-*"), True),
        (Match(family=("x", "*-api")), True),
        (Match(family="shop"), False),
        (Match(container="app"), True),
        (Match(image="shop-api"), True),
        (Match(image="acme/*"), True),
        (Match(image="*.amazonaws.com/acme/*"), True),
        (Match(image="shop"), False),
        (Match(image="shop-api:1.*"), True),
        (Match(image="shop-api:2.*"), False),
        (Match(word="api"), True),
        (Match(word="pay"), False),
        (Match(tag={"team": "pay*"}), True),
        (Match(tag={"team": "x"}), False),
        (Match(label={"role": "api"}), True),
        (Match(launch_type="fargate"), True),
        (Match(launch_type=("ec2", "external")), False),
        (Match(path="services/**"), True),
        (Match(path="other/"), False),
        (Match(any=(Match(family="x"), Match(word="api"))), True),
        (Match(all=(Match(family="shop-*"), Match(word="pay"))), False),
        (Match(family="shop-*", not_=Match(tag={"team": "payments"})), False),
    ],
)
def test_what_a_match_says(match: Match, verdict: bool) -> None:
    run = prepare(Configuration())
    assert holds(match, Facts(TaskDefinition(TASK), run.policy, "services/shop/task.json")) is verdict


@pytest.mark.parametrize(
    ("match", "field"),
    [
        (Match(family="shop-*"), {"family": Unknown("${F}")}),
        (Match(tag={"team": "x"}), {"tags": Unknown("${T}")}),
        (Match(tag={"team": "x"}), {"tags": [{"key": "team", "value": Unknown("${T}")}]}),
        (Match(launch_type="ec2"), {"requiresCompatibilities": Unknown("${L}")}),
        (Match(container="x"), {"containerDefinitions": [Unknown("${C}")]}),
        (Match(image="acme/shop-api"), {"containerDefinitions": [{"image": Unknown("${R}/shop-api:1")}]}),
        (Match(image="shop-api:1"), {"containerDefinitions": [{"image": Unknown("acme/shop-api:${TAG}")}]}),
    ],
)
def test_what_is_unknown_hides_a_match(match: Match, field: dict[str, Any]) -> None:
    run = prepare(Configuration())
    assert isinstance(holds(match, Facts(TaskDefinition(TASK | field), run.policy)), Hidden)


def test_a_known_part_of_an_image_is_enough() -> None:
    run = prepare(Configuration())
    image = Unknown("${REGISTRY}/acme/shop-api:${TAG}")
    data = TASK | {"containerDefinitions": [{"image": image}]}
    facts = Facts(TaskDefinition(data), run.policy)
    assert holds(Match(image="acme/shop-api"), facts) is True
    assert holds(Match(image="acme/other"), facts) is False


def test_a_profile_extends_another(tmp_path: Path) -> None:
    write(tmp_path, ACME, "base.yaml")
    text = """
name: payments
extends: [mistersmith, base.yaml]
roles:
  gateway: null
  api: {memory: [{label: workers, of: workers, amount: 300}]}
  cron: {cpu: [{label: all, amount: 100}]}
memory: {target: 0.75}
"""
    profile = load_profile(write(tmp_path, text))
    assert set(profile.roles) == {"supervisor", "worker", "api", "jvm", "queue", "migrate", "cron"}
    assert profile.roles["api"].memory[0].low == 300
    assert profile.roles["api"].cpu[0].low == 256
    assert (profile.name, profile.memory.target, profile.memory.scale_up) == ("payments", 0.75, 0.9)
    assert set(profile.sidecars) == {"otel", "agent", "datadog"}


def test_an_error_in_what_is_extended_shows_where_it_is(tmp_path: Path) -> None:
    write(tmp_path, "name: base\nroles:\n  a:\n    cpu: [{lable: x, amount: 1}]\n", "base.yaml")
    own = write(tmp_path, "name: own\nextends: base.yaml\noom_bufer: 0.1\n")
    with pytest.raises(ValueError, match="unknown key") as raised:
        load_profile(own)
    message = str(raised.value)
    assert f'{own}:3:1: unknown key "oom_bufer"; did you mean "oom_buffer"?' in message
    assert 'base.yaml:4:12: unknown key "lable"; did you mean "label"?' in message


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"profile.yaml": "name: a\nextends: profile.yaml\n"},
            "profile.yaml:2:10: profile.yaml extends this file, too: a cycle",
        ),
        ({"profile.yaml": "name: a\nextends: b.yaml\n", "b.yaml": "name: b\nextends: profile.yaml\n"}, "a cycle"),
        ({"profile.yaml": "name: a\nextends: mistersmit\n"}, 'did you mean "mistersmith"?'),
    ],
)
def test_a_loop_of_profiles_is_an_error(files: dict[str, str], words: str, tmp_path: Path) -> None:
    for name, text in files.items():
        write(tmp_path, text, name)
    with pytest.raises(ValueError, match="profile") as raised:
        load_profile(str(tmp_path / "profile.yaml"))
    assert words in str(raised.value)


def test_a_profile_extends_none_outside_its_repository(tmp_path: Path) -> None:
    (tmp_path / "repository" / ".git").mkdir(parents=True)
    write(tmp_path, ACME, "outside.yaml")
    own = write(tmp_path / "repository", "name: own\nextends: ../outside.yaml\n")
    with pytest.raises(ValueError, match=r"2:10: \.\./outside\.yaml is outside of the repository"):
        load_profile(own)
    missing = write(tmp_path / "repository", "name: own\nextends: package:nobody\n", "other.yaml")
    with pytest.raises(ValueError, match=r"other\.yaml:2:10: "):
        load_profile(missing)


def test_a_profile_of_many_files_is_an_error(tmp_path: Path) -> None:
    for number in range(9):
        write(tmp_path, f"name: p\nextends: [{', '.join([f'p{number + 1}.yaml'] * 9)}]\n", f"p{number}.yaml")
    write(tmp_path, ACME, "p9.yaml")
    with pytest.raises(
        ValueError, match="a profile is made of at most 30 files and 2 MiB including the profiles that it extends"
    ):
        load_profile(str(tmp_path / "p0.yaml"))


def test_a_long_chain_of_profiles_is_an_error(tmp_path: Path) -> None:
    for number in range(30):
        write(tmp_path, f"name: p{number}\nextends: p{number + 1}.yaml\n", f"p{number}.yaml")
    with pytest.raises(ValueError, match="more than 10 profiles extend each other"):
        load_profile(str(tmp_path / "p0.yaml"))


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The built-in profile as a team would write it: another name, conditions for words, factors for variables."""
    from taskfit.syntax import yaml_text

    text = (ROOT / "rules" / "profiles" / "mistersmith.yaml").read_text(encoding="utf-8")
    data: dict[str, Any] = yaml_text.parse_all(text)[0].plain()
    data |= {"name": "team", "source": ""}
    del data["marks"]
    for role in data["roles"].values():
        role["match"] = {"word": role.pop("words")}
        role["capacity"] = [{"name": "load", "variable": role.pop("variables")}]
        for dimension in ("cpu", "memory"):
            role[dimension] = [{**term, **({"of": "load"} if term.get("per") else {})} for term in role[dimension]]
    data["sidecars"]["otel"] |= {"image": ["*otel-collector", "*opentelemetry-collector*"], "essential": False}
    return write(tmp_path_factory.mktemp("again"), json.dumps(data))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['role']}-{case['capacity']}-{case['sidecar']}")
def test_a_team_could_write_the_built_in_profile(case: dict[str, Any], again: str) -> None:
    collector = {"name": "otel-collector", "image": "otel/opentelemetry-collector:1", "cpu": 256, "memory": 512}
    variable = "MAX_CONNECTIONS" if case["role"] == "gateway" else "MAX_AGENTS"
    data = definition(
        family=f"mistersmith-{case['role']}",
        cpu=str(case["task"]["cpu"]),
        memory=str(case["task"]["memory"]),
        container={"environment": variables(**{variable: str(case["capacity"])})},
        containers=[collector | {"essential": False}] if case["sidecar"] == "present" else [],
    )

    def found(profile: str) -> list[Any]:
        return [
            (code, problem.pointer, problem.message.replace("team", "mistersmith"), problem.help, problem.data)
            for code, problem in problems(data, profile)
        ]

    assert found(again) == found("mistersmith")
    sized = [taskfit.size(case["role"], case["capacity"], profile=each).as_dict() for each in (again, "mistersmith")]
    assert sized[0] == sized[1]


SHELL = definition(container={"image": "acme/a-api:1", "command": ["sh", "-c", "gunicorn -w 16 -b 0.0.0.0:80 app"]})
DATADOG = {"name": "datadog-agent", "image": "datadog/agent:7", "cpu": 10, "memory": 64, "essential": False}
PRODUCTION = definition(tags=[{"key": "stage", "value": "production"}], containers=[DATADOG])
VALUES = ("16", "1", "x", "-Xmx1g", "-w64", "--concurrency=64", "shop-migrate", "celery", "jvm", "acme/a-api:1", "sh")


@given(st.data())
@settings(max_examples=200)
def test_an_unknown_value_only_removes_findings(acme: str, data: st.DataObject) -> None:
    whole = data.draw(st.sampled_from([API, QUEUE, JVM, MIGRATE, SHELL, PRODUCTION]))
    path = data.draw(st.sampled_from(leaves(whole)))
    before = at(whole, path)
    text = str(before)
    words = [word for word in text.split() if word]
    if isinstance(before, str) and len(words) > 1 and data.draw(st.booleans()):
        word = data.draw(st.sampled_from(words))
        unknown: Any = Unknown(text.replace(word, "${X}"))
        value: Any = text.replace(word, data.draw(st.sampled_from(VALUES)))
    else:
        unknown = Unknown("${X}")
        value = [] if isinstance(before, list) else data.draw(st.sampled_from([before, *VALUES]))

    def found(value: Any) -> set[tuple[str, str]]:
        kept = problems(replaced(whole, path, value), acme)
        return {(code, problem.pointer) for code, problem in kept if code != "FIT004"}

    assert found(unknown) <= found(value)
    assert found(unknown) <= found(before)


def test_a_fleet_of_two_profiles(acme: str, tmp_path: Path, taskfit: CommandLine) -> None:
    worker = definition(family="mistersmith-worker", container={"environment": variables(MAX_AGENTS="10")})
    for name, data in {"worker": worker, "queue": QUEUE, "migrate": MIGRATE}.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(data), encoding="utf-8")
    options = ("--profile", acme, "--profile", "mistersmith", "--load", "agents=10", "--load", "tasks at a time=8")
    fleet = json.loads(taskfit("fleet", ".", *options, "--output-format", "json", folder=tmp_path).stdout)
    assert {each["role"]: each["capacity"] for each in fleet["definitions"]} == {
        "worker": 10,
        "queue": 8,
        "migrate": None,
    }
    (load,) = fleet["scenarios"]
    answers = {each["role"]: each["answer"] for each in load["roles"]}
    assert answers == {"queue": "carried", "supervisor": "missing", "worker": "carried"}


@pytest.mark.parametrize(
    ("setting", "found"),
    [
        ("profile: none", []),
        ("profile: profile.yaml", ["FIT201", "FIT202"]),
        ("profile: [mistersmith, profile.yaml]", ["FIT201", "FIT202"]),
        ("profile: [profile.yaml, profile.yaml]", ["FIT201", "FIT202"]),
        ("profile: [none, mistersmith]", None),
    ],
)
def test_profiles_in_a_configuration(
    setting: str, found: list[str] | None, tmp_path: Path, taskfit: CommandLine
) -> None:
    write(tmp_path, ACME)
    (tmp_path / "taskfit.yaml").write_text(f"{setting}\nselect: [FIT2]\n", encoding="utf-8")
    (tmp_path / "queue.json").write_text(json.dumps(QUEUE), encoding="utf-8")
    outcome = taskfit("check", ".", "--output-format", "json", folder=tmp_path)
    if found is None:
        assert "taskfit.yaml:1:1: profile: `none` can't be combined" in outcome.stderr
    else:
        assert sorted(each["code"] for each in json.loads(outcome.stdout)["findings"]) == found


def test_on_ec2_the_container_is_compared_in_steps(acme: str) -> None:
    container = {"name": "app", "image": "a", "memory": 1024, "environment": variables(JAVA_OPTS="-Xmx2g")}
    data = {
        "family": "orders",
        "requiresCompatibilities": ["EC2"],
        "tags": [{"key": "runtime", "value": "jvm"}],
        "containerDefinitions": [container],
    }
    found = dict(problems(data, acme))
    assert found["FIT202"].pointer == "/containerDefinitions/0/memory"
    assert found["FIT202"].help == "Set memory to 3584 MiB on the container."


def test_the_published_schema_takes_what_the_model_takes(acme: str) -> None:
    import jsonschema

    from taskfit.syntax import yaml_text

    schema = json.loads((ROOT / "schemas" / "profile.schema.json").read_text(encoding="utf-8"))
    built_in = ROOT / "rules" / "profiles" / "mistersmith.yaml"
    for path in (Path(acme), built_in, *(ROOT / "examples" / "profiles").glob("*.yaml")):
        jsonschema.validate(yaml_text.parse_all(path.read_text(encoding="utf-8"))[0].plain(), schema)
