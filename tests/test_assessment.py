"""What a definition has beside what its role takes: at the level of the task or of its container, known and unknown."""

from __future__ import annotations

from typing import Any

import pytest
from bad_cases import app

from taskfit.checks.context import Case
from taskfit.config.settings import Configuration
from taskfit.definition import Partial, TaskDefinition, Unknown
from taskfit.dimensions import Size
from taskfit.preparation import prepare
from taskfit.sizing.assessment import Assessment, excess, shortage
from taskfit.sizing.demand import Scale, Term
from taskfit.sizing.match import Match
from taskfit.sizing.patterns import Hidden
from taskfit.sizing.profile import Profile, Role, Tier
from taskfit.sizing.required import RequiredSidecar
from taskfit.sizing.role import search
from taskfit.sizing.source import Factor

CPU, MEMORY = (Term(label="c", amount=100, per=1),), (Term(label="m", amount=100, per=1),)
SIDECARS = {"otel": RequiredSidecar(cpu=256, memory=512)}
UNKNOWN = Unknown("${X}")


def profile(**fields: Any) -> Profile:
    """A role that takes 100 CPU units and 100 MiB for each job."""
    terms = {"unit": "jobs", "variables": ("JOBS",), "cpu": CPU, "memory": MEMORY, "match": Match(family="web")}
    role = Role(**{**terms, **{key: value for key, value in fields.items() if key != "sidecars"}})
    return Profile(name="p", roles={"api": role}, sidecars=fields.get("sidecars", {}))


POLICY = prepare(Configuration()).policy


def case(*containers: Any, under: Profile | None = None, **fields: Any) -> Case:
    policy = POLICY._replace(profiles=(under or profile(),), profile_is_chosen=True)
    fargate = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"}
    data = {"family": "web", **fargate, "cpu": "1024", "memory": "2048", "containerDefinitions": list(containers)}
    return Case(TaskDefinition(data | fields), policy)


def assessed(*containers: Any, **fields: Any) -> Assessment:
    found = case(*containers, **fields).assessment
    assert found is not None
    return found


def service(jobs: Any = "10", **fields: Any) -> dict[str, Any]:
    return app(environment=[{"name": "JOBS", "value": jobs}], **fields)


OTEL = {"name": "otel", "image": "otel/opentelemetry-collector:1"}
ON_EC2: dict[str, Any] = {"requiresCompatibilities": ["EC2"], "cpu": None, "memory": None}


@pytest.mark.parametrize(
    ("fields", "cpu", "memory", "is_of_container"),
    [
        ({}, (1024, "/cpu"), (2048, "/memory"), False),
        ({"cpu": "1 vCPU", "memory": "2 GB"}, (1024, "/cpu"), (2048, "/memory"), False),
        ({"cpu": UNKNOWN}, None, (2048, "/memory"), False),
        ({"cpu": None}, None, (2048, "/memory"), False),  # which Fargate refuses
        (ON_EC2, (300, "/containerDefinitions/0/cpu"), (700, "/containerDefinitions/0/memory"), True),
        (ON_EC2 | {"cpu": "512"}, (512, "/cpu"), (700, "/containerDefinitions/0/memory"), True),
        (ON_EC2 | {"memory": "512"}, (300, "/containerDefinitions/0/cpu"), (512, "/memory"), True),
        (ON_EC2 | {"requiresCompatibilities": UNKNOWN}, None, None, False),
        (ON_EC2 | {"requiresCompatibilities": ["EC2", "FARGATE"]}, None, None, False),
    ],
)
def test_sizes_are_those_of_the_task_else_of_its_container(
    fields: dict[str, Any], cpu: tuple[int, str] | None, memory: tuple[int, str] | None, is_of_container: bool
) -> None:
    found = assessed(service(cpu=300, memory=700), **fields)
    measures = [each and (each.have, each.pointer) for each in (found.cpu, found.memory)]
    assert (measures, found.is_of_container) == ([cpu, memory], is_of_container)


@pytest.mark.parametrize(
    ("fields", "memory"),
    [
        ({"memoryReservation": 400}, (400, "/containerDefinitions/0/memoryReservation")),
        ({"memory": 700}, (700, "/containerDefinitions/0/memory")),
        ({}, None),
        ({"memory": UNKNOWN}, None),
    ],
)
def test_memory_of_a_container_is_its_reservation_or_its_limit(fields: dict[str, Any], memory: Any) -> None:
    found = assessed(service(cpu=300, **fields), **ON_EC2)
    assert (found.memory and (found.memory.have, found.memory.pointer)) == memory
    assert found.cpu
    assert found.cpu.is_exact


@pytest.mark.parametrize(
    ("others", "reserved", "assumed", "is_exact"),
    [
        ([], (0, 0), (256, 512), True),
        ([OTEL], (0, 0), (256, 512), True),
        ([{**OTEL, "cpu": 100}], (100, 0), (100, 512), True),
        ([{**OTEL, "memory": 300}], (0, 300), (256, 300), True),
        ([{**OTEL, "cpu": 100, "memory": 300}], (100, 300), (100, 300), True),
        ([{**OTEL, "cpu": 100, "memory": 300, "memoryReservation": 200}], (100, 300), (100, 300), True),
        ([{**OTEL, "cpu": UNKNOWN, "memory": 300}], (0, 300), (0, 300), False),
        ([{**OTEL, "cpu": 100, "memory": UNKNOWN}], (100, 0), (100, 0), False),
        ([app("b", cpu=10, memory=20), app("c", cpu=1, memory=2)], (11, 22), (267, 534), True),
        ([Unknown("${MORE}")], (0, 0), (0, 0), False),
    ],
)
def test_what_others_reserve_and_what_is_assumed_of_sidecars(
    others: list[Any], reserved: tuple[int, int], assumed: tuple[int, int], is_exact: bool
) -> None:
    found = assessed(service(cpu=9, memory=99), *others, under=profile(sidecars=SIDECARS))
    assert (found.reserved, found.assumed) == (reserved, assumed)
    for measure in (found.cpu, found.memory):
        assert measure
        assert (measure.is_exact, measure.reserved) == (is_exact, reserved)


def test_only_sidecars_of_the_role_are_assumed() -> None:
    sidecar = RequiredSidecar(cpu=256, memory=512, roles=("other",))
    assert assessed(service(), under=profile(sidecars={"otel": sidecar})).assumed == Size()
    assert assessed(service(), OTEL, under=profile(sidecars={"otel": sidecar})).assumed == Size()


@pytest.mark.parametrize(
    ("fields", "beside"),
    [
        ({}, (0, 0)),
        (ON_EC2, (100, 200)),
        (ON_EC2 | {"cpu": "512"}, (0, 200)),
        (ON_EC2 | {"memory": "512"}, (100, 0)),
    ],
)
def test_others_have_their_own_beside_what_a_container_declares(
    fields: dict[str, Any], beside: tuple[int, int]
) -> None:
    assert assessed(service(cpu=300, memory=700), app("b", cpu=100, memory=200), **fields).beside == beside


@pytest.mark.parametrize(
    ("jobs", "have", "short", "over"),
    [  # 100 of each for a job; waste begins above twice the cpu, and above 1 / 0.6 of the memory
        ("10", ("1000", "1000"), [], []),
        ("10", ("999", "1000"), ["cpu"], []),
        ("10", ("1000", "999"), ["memory"], []),
        ("10", ("2048", "4096"), [], []),  # as recommended
        ("5", ("1024", "2048"), [], []),
        ("5", ("1025", "2048"), [], ["cpu"]),
        ("5", ("1024", "2049"), [], ["memory"]),
        ("5", ("4096", "8192"), [], ["cpu"]),  # the least that goes with this cpu
        ("5", ("4096", "9216"), [], ["cpu", "memory"]),
        ("5", (UNKNOWN, "9216"), [], []),
        ("5", ("4096", UNKNOWN), [], ["cpu"]),
        ("5", (None, "9216"), [], ["memory"]),
        (UNKNOWN, ("4096", "9216"), [], []),
        (None, ("4096", "9216"), [], []),
    ],
)
def test_what_is_too_little_and_what_is_too_much(
    jobs: Any, have: tuple[Any, Any], short: list[str], over: list[str]
) -> None:
    found = case(service(jobs), cpu=have[0], memory=have[1])
    dimensions: tuple[Any, ...] = ("cpu", "memory")
    assert [each for each in dimensions if shortage(found.assessment, each)] == short
    assert [each for each in dimensions if excess(found, found.assessment, each)] == over


@pytest.mark.parametrize("others", [[Unknown("${MORE}")], [{**OTEL, "cpu": UNKNOWN}], [Partial({"name": "b"})]])
def test_nothing_is_too_much_where_not_all_is_known(others: list[Any]) -> None:
    found = case(service("5"), *others, cpu="4096", memory="9216")
    dimensions: tuple[Any, ...] = ("cpu", "memory")
    assert not any(excess(found, found.assessment, each) for each in dimensions)


@pytest.mark.parametrize(
    ("terms", "recommended"),
    [
        ({"memory": ()}, (2048, 8192)),  # 1000 / 0.7, with the memory that it has
        ({"cpu": ()}, (4096, 8192)),  # 1000 / 0.8, with the cpu that it has
        ({}, (2048, 4096)),
    ],
)
def test_a_dimension_that_the_role_says_nothing_of_is_kept(terms: dict[str, Any], recommended: tuple[int, int]) -> None:
    found = assessed(service(), cpu="4096" if "cpu" in terms else "512", memory="8192", under=profile(**terms))
    assert found.expectation
    assert found.expectation.recommended == recommended
    assert [found.cpu is None, found.memory is None] == ["cpu" in terms, "memory" in terms]


@pytest.mark.parametrize(
    ("platform", "demand"),
    [
        ({}, (1000, 1000)),
        ({"runtimePlatform": {"cpuArchitecture": "ARM64"}}, (800, 800)),
        ({"runtimePlatform": {"cpuArchitecture": "X86_64"}}, (1000, 1000)),
        ({"runtimePlatform": {"cpuArchitecture": UNKNOWN}}, (800, 1000)),
    ],
)
def test_an_architecture_scales_the_demand(platform: dict[str, Any], demand: tuple[int, int]) -> None:
    found = assessed(service(), under=profile(architectures={"ARM64": Scale(cpu=0.8)}), **platform)
    assert found.expectation
    assert found.expectation.demand.cpu == demand


def test_floor_is_that_of_both_dimensions_or_none() -> None:
    assert assessed(service("10")).floor == (1000, 1000)
    assert assessed(service(UNKNOWN)).floor is None
    assert assessed(service("10", cpu=300, memory=700), **ON_EC2).floor == (1000, 1000)


def test_of_a_dimension_that_a_role_says_nothing_of_there_is_no_demand() -> None:
    for dimension in ("cpu", "memory"):
        found = assessed(service(), under=profile(**{dimension: ()})).expectation
        assert found
        assert (getattr(found.demand, dimension), getattr(found.floor, dimension)) == ((0, 0), 0)


def test_a_tier_holds_the_lower_end_of_what_memory_takes() -> None:
    memory = (Term(label="m", amount=100, up_to=300, per=1),)
    tiers = (Tier(name="t", capacity=20, cpu=512, memory=512),)
    found = assessed(service("15"), under=profile(memory=memory, tiers=tiers)).expectation
    assert found
    assert (found.demand.memory, found.recommended) == ((1500, 4500), (512, 2048))


def test_a_role_that_a_variable_implies_is_assumed() -> None:
    implied = profile(match=None, implied_by=("JOBS",))
    found = assessed(service(), under=implied)
    assert (found.role_name, found.is_assumed) == ("api", True)
    assert found.assumption == (
        " The role, api, is assumed from JOBS; a tag or docker label `taskfit:role` sets another, or none."
    )
    certain = assessed(service())
    assert (certain.is_assumed, certain.assumption) == (False, "")


def test_an_unknown_family_may_name_another_role_than_a_variable_implies() -> None:
    implied, other = profile(match=None, words=("api",), implied_by=("JOBS",)), profile(match=Match(container="other"))
    facts = case(service(), family=UNKNOWN, under=implied)
    for profiles in ((implied,), (implied, other)):
        facts.policy = facts.policy._replace(profiles=profiles)
        found = search(facts)
        assert found.found is None
        assert found.doubt
        assert (found.doubt[0].name, found.doubt[1]) == ("api", Hidden("${X}", "/family"))


def test_of_several_containers_the_first_essential_one_does_the_work_unless_another_may_declare_its_capacity() -> None:
    by_option = profile(variables=(), capacity=(Factor(option="--jobs"),))
    hidden = app("b", environmentFiles=[{"type": "s3", "value": "arn:aws:s3:::a/b.env"}])
    for under, name in ((profile(), "b"), (by_option, "a")):  # no option is in a file of variables
        found = case(app("a"), hidden, under=under).assessment
        assert found
        assert found.service
        assert found.service.name == name
