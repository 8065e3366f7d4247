"""The parts of a profile: what each says, what it refuses, and where."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from taskfit.definition import Container, TaskDefinition, Unknown
from taskfit.dimensions import Size
from taskfit.model import ModelError
from taskfit.sizing.demand import Limits, Term
from taskfit.sizing.match import Match
from taskfit.sizing.narrowing import chosen, narrowed
from taskfit.sizing.patterns import Hidden
from taskfit.sizing.profile import Profile, RightSizing, Role, Tier, Utilisation
from taskfit.sizing.required import RequiredSidecar
from taskfit.sizing.source import Factor, Source
from taskfit.sizing.variant import Variant
from taskfit.sizing.worked_case import WorkedCase

FIXED = (Term(label="t", amount=100),)
EACH = (Term(label="t", amount=100, per=1),)
TWO = (Factor(variable="WORKERS"), Factor(option="--threads", default=4))


def role(**fields: Any) -> Role:
    return Role(**({"unit": "jobs", "variables": ("JOBS",), "memory": EACH} | fields))


@pytest.mark.parametrize(
    ("make", "fields", "steps", "words"),
    [
        (Source, {}, None, "a source is a `variable`, an `option` or a `service`"),
        (Source, {"variable": "A", "service": "requests_per_task"}, ("service",), "can't be combined"),
        (Source, {"option": "-a", "service": "requests_per_task"}, ("service",), "can't be combined"),
        (Source, {"option": "-a", "variable": "A", "program": "celery"}, ("program",), "goes with an `option`"),
        (Source, {"variable": "A", "program": "celery"}, ("program",), "goes with an `option`"),
        (Source, {"service": "requests_per_task", "program": "celery"}, ("program",), "goes with an `option`"),
        (Source, {"option": "a"}, ("option",), '"a" is not an option'),
        (Source, {"option": "-"}, ("option",), '"-" is not an option'),
        (Source, {"option": "abc"}, ("option",), '"abc" is not an option'),
        (Source, {"option": ("-a", "b")}, ("option", 1), '"b" is not an option'),
        (Factor, {}, None, "a factor has one source"),
        (Factor, {"variable": "A", "any": (Source(variable="B"),)}, None, "a factor has one source"),
        (Factor, {"option": "a"}, ("option",), '"a" is not an option'),
        (Factor, {"variable": "A", "default": 0}, ("default",), "a default is at least 1"),
        (Factor, {"variable": "A", "default": 10**9}, ("default",), "a default is at least 1"),
        (RequiredSidecar, {"cpu": -1}, None, "at least 0"),
        (RequiredSidecar, {"memory": -1}, None, "at least 0"),
        (Match, {}, None, "at least one condition"),
        (Match, {"launch_type": "faregate"}, ("launch_type",), "no launch type is called 'faregate'; did you mean"),
        (Match, {"launch_type": ("fargate", "x")}, ("launch_type",), "no launch type is called 'x'"),
        (Match, {"path": "a[b"}, None, "a\\[b"),
        (WorkedCase, {"name": "c"}, (), "`definition`, or a `role`"),
        (WorkedCase, {"name": "c", "role": "none"}, (), "`definition`, or a `role`"),
        (WorkedCase, {"name": "c", "role": "api", "findings": ()}, ("findings",), "only a `definition` has findings"),
        (WorkedCase, {"name": "c", "role": "api", "capacity": 1}, (), "expects something"),
        (role, {"memory": ()}, (), "needs terms of `cpu`, of `memory`, or of both"),
        (role, {"unit": ""}, (), 'the key "unit" is missing'),
        (role, {"capacity": TWO}, ("variables",), "give either `variables` or `capacity`"),
        (role, {"variables": (), "capacity": (*TWO, Factor(variable="WORKERS"))}, ("capacity", 2), 'called "WORKERS"'),
        (role, {"variables": (), "memory": FIXED, "tiers": (Tier(name="t", capacity=1, cpu=1, memory=1),)}, ("tiers",),
         "tiers need a capacity"),
        (role, {"variables": ()}, ("memory", 0), "a role of a fixed size has no capacity to multiply by"),
        (role, {"memory": (Term(label="t", amount=1, of="JOB"),)}, ("memory", 0, "of"), 'called "JOB"; did you mean'),
        (role, {"variables": (), "memory": (*FIXED, Term(label="t", amount=1, of="A"))}, ("memory", 1, "of"),
         'called "A"; this role has no capacity'),
        (role, {"memory": (Term(label="t", amount=1, by="kind", cases={"a": 1}),)}, ("memory", 0, "by"),
         'no variant is called "kind"; this role has none'),
        (role, {"variants": {"kinds": Variant()}, "memory": (Term(label="t", amount=1, by="kind", cases={"a": 1}),)},
         ("memory", 0, "by"), 'no variant is called "kind"; did you mean'),
        (Profile, {"name": "p", "oom_buffer": 1}, None, "shares from 0 to below 1"),
        (Profile, {"name": "p", "burst": -0.1}, None, "shares from 0 to below 1"),
        (Profile, {"name": "p", "scenarios": {"s": {"jobs": 1, "agents": -1}}}, ("scenarios", "s"), "at least 0"),
        (Profile, {"name": "p", "scenario_hours": {"s": 0}}, ("scenario_hours", "s"), "from above 0 to 730 hours"),
        (Profile, {"name": "p", "scenario_hours": {"s": 730.5}}, ("scenario_hours", "s"), "from above 0 to 730 hours"),
        (RightSizing, {"peak_factor": 0.9}, None, "at least 1"),
        (RightSizing, {"cpu_step": 0}, None, "at least 1"),
        (RightSizing, {"memory_step": 0}, None, "at least 1"),
        (Utilisation, {"target": 0.5, "scale_up": 0.4, "scale_down": 0.3}, None, "must hold"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused_at_its_key(
    make: Any, fields: dict[str, Any], steps: tuple[Any, ...] | None, words: str
) -> None:
    with pytest.raises(ValueError, match=words) as caught:
        make(**fields)
    if steps is not None:
        assert isinstance(caught.value, ModelError)
        assert steps in [each for each, _ in caught.value.errors]


def test_tiers_ascend() -> None:
    one, two = (Tier(name=f"t{capacity}", capacity=capacity, cpu=1, memory=1) for capacity in (1, 2))
    for tiers in ((two, one), (one, one)):
        with pytest.raises(ModelError, match="the tiers of a role ascend"):
            role(tiers=tiers)
    found = role(tiers=(one, two))
    assert [found.tier(capacity) for capacity in (1, 2, 3)] == [one, two, None]


def test_the_ends_of_what_is_allowed() -> None:
    assert Factor(variable="A", default=1).default == 1
    assert Factor(variable="A", default=10**9 - 1).default == 10**9 - 1
    assert RequiredSidecar().size == Size(0, 0)
    assert RequiredSidecar(cpu=2, memory=3).size == Size(2, 3)
    assert Source(option="-a").title == "-a"
    assert Match(launch_type=("fargate", "EC2", "external", "managed-instances"), path="/a")
    assert WorkedCase(name="c", role="api", capacity=1, floor=Limits(cpu=1)).sidecars is True
    assert WorkedCase(name="c", definition={"family": "f"}, findings=()).findings == ()
    profile = Profile(name="p", oom_buffer=0, burst=0, scenarios={"s": {"jobs": 0}}, scenario_hours={"s": 730})
    assert (float(profile.usable_memory), profile.title) == (1, "p profile")
    assert Profile(name="none").title == "no profile: the usual targets"
    assert RightSizing(peak_factor=1, cpu_step=1, memory_step=1).cpu_step == 1
    assert Utilisation(target=1, scale_up=1, scale_down=1).target == 1


@pytest.mark.parametrize(
    ("factor", "key", "title"),
    [
        (Factor(variable=("A", "B")), "A", "A or B"),
        (Factor(variable="A", name="n"), "n", "A"),
        (Factor(option=("-c", "--concurrency")), "c", "-c or --concurrency"),
        (Factor(option="-c", program="celery"), "c", "celery -c"),
        (Factor(variable="JAVA_OPTS", option="-Xmx"), "JAVA_OPTS", "-Xmx in JAVA_OPTS"),
        (Factor(service="requests_per_task"), "requests_per_task", "target requests per task of its service"),
        (Factor(any=(Source(option="--jobs"), Source(variable="JOBS"))), "jobs", ""),
    ],
)
def test_a_factor_has_a_key_and_a_title(factor: Factor, key: str, title: str) -> None:
    assert (factor.key, factor.title) == (key, title)


@pytest.mark.parametrize(
    ("factors", "are_in_commands"),
    [
        ((Factor(variable="A"),), False),
        ((Factor(variable="A", option="-a"),), False),
        ((Factor(variable="A"), Factor(option="-a")), True),
        ((Factor(any=(Source(variable="A"), Source(option="-a"))),), True),
    ],
)
def test_an_option_of_no_variable_is_looked_for_in_commands(
    factors: tuple[Factor, ...], *, are_in_commands: bool
) -> None:
    assert role(variables=(), capacity=factors).factors.are_in_commands is are_in_commands


@pytest.mark.parametrize(
    ("given", "load"),
    [
        ({"WORKERS": 3}, {"WORKERS": 3, "threads": 4}),
        ({"WORKERS": 3, "threads": 2}, {"WORKERS": 3, "threads": 2}),
        ({"threads": 2}, "the capacity is WORKERS x threads; say WORKERS=N,threads=N"),
        ({"": 3}, "the capacity is WORKERS x threads; say WORKERS=N,threads=N"),
        ({"": 3, "WORKERS": 3}, "the capacity is WORKERS x threads; say WORKERS=N,threads=N"),
        ({"WORKERS": 0}, "the capacity is WORKERS x threads"),
        ({"WORKERS": 3, "thread": 1}, "the capacity has no factor 'thread'; did you mean 'threads'"),
    ],
)
def test_a_load_has_a_number_for_each_factor(given: dict[str, int], load: dict[str, int] | str) -> None:
    found = role(variables=(), capacity=TWO)
    if isinstance(load, dict):
        assert found.load(given) == load
        return
    with pytest.raises(ValueError, match=load):
        found.load(given)


def test_a_load_of_one_factor_needs_no_name_and_a_fixed_size_none() -> None:
    assert role().load({"": 5}) == role().load({"JOBS": 5}) == {"JOBS": 5}
    fixed = role(variables=(), memory=FIXED)
    assert fixed.load({}) == fixed.load({"": 5}) == {}
    with pytest.raises(ValueError, match="the capacity has no factor 'JOBS'; there is none"):
        fixed.load({"": 5, "JOBS": 1})
    assert role(variables=(), capacity=TWO).any_load(6) == {"WORKERS": 6, "threads": 1}


KINDS = {"kind": Variant(label="kind", variable=("KIND", "TYPE"), spellings={"ws": "WebSocket"})}
TERM = Term(label="t", amount=100, up_to=200, by="kind", cases={"SSE": 100, "WebSocket": 150, "gRPC": 200})
VARYING = role(variants=KINDS, cpu=EACH, memory=(TERM, *FIXED))


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        ("grpc", ("gRPC",)),
        ("WS", ("WebSocket",)),
        ("sse, ws", ("SSE", "WebSocket")),
        ("sse,sse,", ("SSE",)),
        ("SSE,WebSocket,gRPC,ws", ("SSE", "WebSocket", "gRPC")),
        ("sse,http", ()),
        ("", ()),
        (" , ", ()),
    ],
)
def test_a_text_names_cases_or_none(text: str, cases: tuple[str, ...]) -> None:
    assert VARYING.cases("kind", text) == cases


def test_a_variant_or_a_case_that_is_not_there_is_refused() -> None:
    assert VARYING.chosen({"kind": "ws"}) == {"kind": ("WebSocket",)}
    with pytest.raises(ValueError, match="kind is 'http', not one of SSE, WebSocket, gRPC"):
        VARYING.chosen({"kind": "http"})
    with pytest.raises(ValueError, match="the role has no variant 'kin'; did you mean 'kind'"):
        VARYING.chosen({"kin": "ws"})
    with pytest.raises(ValueError, match="the role has no variant 'kind'; it has none"):
        role().chosen({"kind": "ws"})


@pytest.mark.parametrize(
    ("cases", "amount", "up_to"),
    [
        ({}, 100, 200),
        ({"kind": ("SSE",)}, 100, None),
        ({"kind": ("WebSocket",)}, 150, None),
        ({"kind": ("gRPC", "WebSocket")}, 150, 200),
        ({"kind": ("other",)}, 100, 200),  # a case that another term has
        ({"kind": ("other", "gRPC")}, 200, None),
        ({"size": ("SSE",)}, 100, 200),
    ],
)
def test_known_cases_narrow_a_term(cases: dict[str, tuple[str, ...]], amount: float, up_to: float | None) -> None:
    found = narrowed(VARYING, cases)
    term, *others = found.memory
    assert (term.amount, term.up_to) == (amount, up_to)
    assert (tuple(others), found.cpu) == (FIXED, EACH)


TAG = {"key": "kind", "value": "ws"}


@pytest.mark.parametrize(
    ("fields", "container", "cases"),
    [
        ({}, {}, {}),
        ({"tags": [TAG]}, {}, {"kind": ("WebSocket",)}),
        ({"tags": [{"key": "other", "value": "sse"}, TAG]}, {}, {"kind": ("WebSocket",)}),
        ({"tags": [TAG]}, {"dockerLabels": {"kind": "sse"}}, {"kind": ("WebSocket",)}),
        ({"tags": [{"key": "kind", "value": Unknown("${KIND}")}]}, {"dockerLabels": {"kind": "sse"}}, {}),
        ({"tags": [{"key": "kind", "value": "http"}]}, {"dockerLabels": {"kind": "sse"}}, {}),
        ({"tags": [{"key": "kind", "value": 5}]}, {}, {}),
        ({"tags": [{"value": "sse"}]}, {}, {}),
        ({}, {"dockerLabels": {"kind": "sse"}, "environment": [{"name": "KIND", "value": "ws"}]}, {"kind": ("SSE",)}),
        ({}, {"environment": [{"name": "KIND", "value": "ws"}]}, {"kind": ("WebSocket",)}),
        ({}, {"environment": [{"name": "TYPE", "value": "ws"}]}, {"kind": ("WebSocket",)}),
        ({}, {"environment": [{"name": "TYPE", "value": "ws"}, {"name": "KIND", "value": "sse"}]}, {"kind": ("SSE",)}),
        ({}, {"environment": [{"name": "KIND", "value": Unknown("${KIND}")}, {"name": "TYPE", "value": "sse"}]}, {}),
    ],
)
def test_a_definition_states_its_cases(
    fields: dict[str, Any], container: dict[str, Any], cases: dict[str, tuple[str, ...]]
) -> None:
    task = TaskDefinition({"containerDefinitions": [{"name": "app", **container}], **fields})
    assert chosen(VARYING, task, task.containers[0]) == cases


def test_what_holds_by_default_needs_a_service_container() -> None:
    usual = replace(VARYING, variants={"kind": replace(KINDS["kind"], default="sse")})
    task = TaskDefinition({"containerDefinitions": [{"name": "app"}]})
    assert chosen(usual, task, task.containers[0]) == {"kind": ("SSE",)}
    assert chosen(usual, task, None) == {}
    unlabelled = replace(VARYING, variants={"kind": Variant(variable="KIND")})
    tagged = TaskDefinition({"containerDefinitions": [{"name": "app"}], "tags": [{"key": "", "value": "sse"}]})
    assert chosen(unlabelled, tagged, tagged.containers[0]) == {}


@pytest.mark.parametrize(
    ("fields", "needed"),
    [
        ({}, True),
        ({"roles": ("api",)}, True),
        ({"roles": ("api", "worker")}, True),
        ({"roles": ("worker",)}, False),
        ({"match": Match(family="f")}, False),  # of what it matches, whatever its role
        ({"match": Match(family="f"), "roles": ("api",)}, False),
    ],
)
def test_every_definition_of_a_role_needs_its_sidecars(fields: dict[str, Any], *, needed: bool) -> None:
    sidecar = RequiredSidecar(cpu=1, **fields)
    found = Profile(name="p", sidecars={"otel": sidecar}).sidecars_of("api")
    assert found == ({"otel": sidecar} if needed else {})


@pytest.mark.parametrize(
    ("sidecar", "is_kind"),
    [
        (RequiredSidecar(), False),
        (RequiredSidecar(container="meter*"), True),
        (RequiredSidecar(container="meters"), False),
        (RequiredSidecar(image="acme/meter"), True),
        (RequiredSidecar(image="acme/meters"), False),
        (RequiredSidecar(image="acme/meters", container="meter"), True),
        (RequiredSidecar(ports=(1, 2)), True),
        (RequiredSidecar(ports=(1, 3)), False),
    ],
)
def test_a_kind_of_one_s_own_is_known_by_any_of_its_signs(sidecar: RequiredSidecar, *, is_kind: bool) -> None:
    ports = [{"containerPort": 1}, {"containerPort": 2}]
    container = Container({"name": "meter", "image": "acme/meter:1", "portMappings": ports}, 0)
    assert sidecar.is_kind_of(container) is is_kind


def test_a_sign_that_is_unknown_hides_a_kind() -> None:
    container = Container({"name": Unknown("${NAME}"), "image": "acme/web"}, 0)
    assert RequiredSidecar(container="meter").is_kind_of(container) == Hidden("${NAME}", "/containerDefinitions/0")
    assert RequiredSidecar(image="acme/meter").is_kind_of(container) is False
