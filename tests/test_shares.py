"""How a recommended size is shared among containers, how many tasks an instance takes, and needs in words."""

from __future__ import annotations

from typing import Any

import pytest
from bad_cases import app
from test_assessment import OTEL, UNKNOWN, case, profile, service

from taskfit.definition import Partial
from taskfit.dimensions import Size
from taskfit.policy.profiles import load_profile
from taskfit.sizing import wording
from taskfit.sizing.demand import Term
from taskfit.sizing.expectation import Range
from taskfit.sizing.instances import Fit, InstanceType, Room, fit, known_types, parse
from taskfit.sizing.shares import container_sizes


def shares(size: tuple[int, int], *containers: Any, **fields: Any) -> list[tuple[int | None, int | None, int | None]]:
    """What containers get of a size: cpu, memory, and reserved memory."""
    found = case(*containers, **fields)
    return [each[1:] for each in container_sizes(found, found.assessment, Size(*size))]


NOBODY: dict[str, Any] = {"family": "nobody"}
"""Of no role."""


@pytest.mark.parametrize(
    ("size", "containers", "shared"),
    [
        # In the proportions that they declare; what they don't declare they need not.
        ((2048, 4096), [app(cpu=100, memory=200), app("b", cpu=300)], [(200, 400, None), (600, None, None)]),
        ((512, 1024), [app(cpu=100, memory=200, memoryReservation=150)], [(50, 100, 75)]),
        ((2048, 4096), [app()], [(None, None, None)]),
        # Sidecars keep what they have.
        ((2048, 4096), [app(cpu=500), {**OTEL, "cpu": 256, "memory": 512}], [(1000, None, None), (256, 512, None)]),
        ((256, 512), [app(cpu=500), {**OTEL, "cpu": 156}], [(100, None, None), (156, None, None)]),
        # Nothing is below what AWS accepts.
        ((256, 512), [app(cpu=2, memory=10)], [(1, 6, None)]),
        ((256, 512), [app(cpu=1, memory=6)], [(1, 6, None)]),
    ],
)
def test_containers_share_what_sidecars_leave(
    size: tuple[int, int], containers: list[Any], shared: list[tuple[int | None, ...]]
) -> None:
    assert shares(size, *containers, **NOBODY) == shared


@pytest.mark.parametrize(
    ("size", "containers", "shared"),
    [
        # 10 jobs take 1000 of both: the service alone changes while that leaves enough for it.
        ((2048, 4096), [service(cpu=600, memory=1200), app("b", cpu=100, memory=200)], [(1200, 2400), (100, 200)]),
        ((1024, 2048), [service(cpu=900, memory=1800), app("b", cpu=24, memory=48)], [(900, 1800), (24, 48)]),
        # Else all of them do.
        ((512, 1024), [service(cpu=600, memory=1200), app("b", cpu=400, memory=800)], [(300, 624), (200, 400)]),
        # Its limit holds what its capacity takes, as far as the others leave that.
        ((2048, 4096), [service(cpu=600, memory=300), app("b", memory=100)], [(1200, 1000), (None, 100)]),
        ((512, 1024), [service(cpu=600, memory=300), app("b", memory=100)], [(300, 974), (None, 50)]),
    ],
)
def test_the_service_container_grows_with_the_task(
    size: tuple[int, int], containers: list[Any], shared: list[tuple[int | None, int | None]]
) -> None:
    assert [each[:2] for each in shares(size, *containers)] == shared


WORKERS = load_profile("mistersmith")
KEPT = {**OTEL, "cpu": 256, "memory": 512}


@pytest.mark.parametrize(
    ("size", "agents", "own", "others", "shared"),
    [
        # 4 agents take 1024 CPU units and 2048 MiB, of cpu no more than the tier of 1024 leaves, or than it has.
        ((1024, 3072), 4, (900, 1800), [KEPT], [(768, 2560), (256, 512)]),
        ((1024, 3072), 4, (500, 1800), [KEPT], [(500, 2560), (256, 512)]),
        ((1024, 3072), 4, (900, 1800), [KEPT, app("b", cpu=100, memory=100)], [(691, 2460), (256, 512), (76, 100)]),
        ((1100, 3072), 4, (900, 1800), [KEPT, app("b", cpu=50)], [(794, 2560), (256, 512), (50, None)]),
        ((512, 1024), 4, (900, 1800), [KEPT], [(256, 512), (256, 512)]),
        ((1024, 3072), 4, (None, None), [KEPT], [(None, None), (256, 512)]),
        # Beyond the last tier each of two tasks has half of the capacity: 50 agents take 25600 MiB.
        ((8192, 28672), 100, (900, 1800), [KEPT], [(7200, 25600), (256, 512)]),
        ((8192, 28672), 100, (900, 1800), [app("b", cpu=100, memory=200)], [(7200, 25600), (100, 200)]),
    ],
)
def test_a_tier_bounds_what_the_service_container_needs(
    size: tuple[int, int], agents: int, own: tuple[int | None, int | None], others: list[Any], shared: list[Any]
) -> None:
    environment = [{"name": "MAX_AGENTS", "value": str(agents)}]
    sizes = {key: value for key, value in zip(("cpu", "memory"), own, strict=True) if value}
    containers = [app("worker", environment=environment, **sizes), *others]
    found = shares(size, *containers, under=WORKERS, family="mistersmith-worker")
    assert [each[:2] for each in found] == shared


@pytest.mark.parametrize(
    ("size", "containers", "shared"),
    [
        # What is left for the service is what its capacity takes, and one less.
        ((2048, 1100), [service(cpu=1, memory=1000), app("b", memory=100)], [(1, 1000), (None, 100)]),
        ((2048, 1099), [service(cpu=1, memory=1000), app("b", memory=100)], [(1, 1000), (None, 53)]),
        (
            (2048, 1100),
            [app("b", memory=100), service(cpu=1, memory=1000), app("c")],
            [(None, 100), (1, 1000), (None, None)],
        ),
        # A service that declares no cpu needs some.
        ((1024, 4096), [service(), app("b", cpu=1023)], [(None, None), (1023, None)]),
        ((1024, 4096), [service(), app("b", cpu=1024)], [(None, None), (512, None)]),
        ((1024, 4096), [service(cpu=600), app("b", cpu=424)], [(300, None), (424, None)]),
        ((1024, 4096), [service(cpu=600), app("b", cpu=425)], [(300, None), (212, None)]),
    ],
)
def test_others_keep_theirs_while_enough_is_left(
    size: tuple[int, int], containers: list[Any], shared: list[Any]
) -> None:
    assert [each[:2] for each in shares(size, *containers, cpu="2048")] == shared


def test_of_an_unknown_capacity_all_containers_share_alike() -> None:
    assert shares((2048, 4096), service(UNKNOWN, cpu=100, memory=200), app("b", cpu=50, memory=100)) == [
        (200, 400, None),
        (100, 200, None),
    ]


def test_a_task_without_a_size_gives_all_that_there_is() -> None:
    fields = {**NOBODY, "requiresCompatibilities": ["EC2"], "cpu": None, "memory": None}
    assert shares((400, 800), app(cpu=100, memory=100), app("b", cpu=100, memory=300), **fields) == [
        (200, 200, None),
        (200, 600, None),
    ]


@pytest.mark.parametrize(
    "container",
    [
        app(cpu=UNKNOWN),
        app(memory=UNKNOWN),
        {"name": UNKNOWN, "image": "b"},
        UNKNOWN,
        Partial({"name": "a", "cpu": UNKNOWN}),
    ],
)
def test_nothing_is_shared_where_not_all_is_known(container: Any) -> None:
    assert shares((512, 1024), app(cpu=100), container, **NOBODY) == []


LARGE = InstanceType("m.large", 2, 8192, 3, 4)


@pytest.mark.parametrize(
    ("room", "found"),
    [
        (Room(512, 1024), Fit(4, "CPU units")),
        (Room(513, 1024), Fit(3, "CPU units")),
        (Room(256, 4096), Fit(2, "MiB")),
        (Room(256, 4097), Fit(1, "MiB")),
        (Room(4096, 1024), Fit(0, "CPU units")),
        (Room(256, 512, gpus=2), Fit(2, "GPUs")),
        (Room(256, 512, has_interface=True), Fit(2, "network interfaces")),
        (Room(0, 2048), Fit(4, "MiB")),
        (Room(1024, 0), Fit(2, "CPU units")),
        (Room(0, 0), Fit(0, "")),
    ],
)
def test_how_many_tasks_an_instance_takes_and_what_ends_it(room: Room, found: Fit) -> None:
    assert fit(LARGE, room) == found
    assert LARGE.cpu == 2048


def test_the_table_of_instances() -> None:
    table = parse("# source\ntype,vcpus,memory,interfaces,gpus\nm.large,2,8192,3,4\n\n")
    assert table == {"m.large": LARGE}
    assert known_types(["m.large"], table) == (LARGE,)
    assert known_types([], table) == ()
    assert known_types(["m.large", "m.huge"], table) is None


FIXED = Term(label="base", amount=128)


@pytest.mark.parametrize(
    ("term", "words", "numbers"),
    [
        (FIXED, "128 (base)", "128"),
        (Term(label="base", amount=128, up_to=256), "128 to 256 (base)", "(128 to 256)"),
        (Term(label="each", amount=128, per=1), "128 each (each)", "128 x 4 x 3"),
        (Term(label="each", amount=128, up_to=256, per=1), "128 to 256 each (each)", "(128 to 256) x 4 x 3"),
        (Term(label="some", amount=128, per=5), "128 per 5 (some)", "128 x 4 x 3 / 5"),
        (Term(label="some", amount=128, per=2), "128 per 2 (some)", "128 x 4 x 3 / 2"),
        (Term(label="some", amount=128, of="workers"), "128 x workers (some)", "128 x 4"),
        (Term(label="some", amount=2, of="workers", per=1), "2 x workers (some)", "2 x 4"),
        (Term(label="some", amount=2, of="workers", per=2), "2 x workers / 2 (some)", "2 x 4 / 2"),
        (Term(label="some", amount=1, of=("workers", "threads")), "workers x threads (some)", "4 x 3"),
        (Term(label="some", amount=2, of="workers", per=5), "2 x workers / 5 (some)", "2 x 4 / 5"),
        (Term(label="heap", of="workers", share=0.75), "workers / 0.75 (heap)", "4 / 0.75"),
        (Term(label="heap", share=0.75), "capacity / 0.75 (heap)", "4 x 3 / 0.75"),
    ],
)
def test_a_term_in_words_and_with_the_load_in_it(term: Term, words: str, numbers: str) -> None:
    assert wording.terms([term]) == words
    assert wording.with_numbers(term, {"workers": 4, "threads": 3}) == numbers


def test_needs_and_roles_in_words() -> None:
    assert wording.terms([FIXED, FIXED]) == "128 (base) + 128 (base)"
    assert (wording.span(Range(2, 2)), wording.span(Range(2, 3))) == ("2", "2 to 3")
    jobs = profile().roles["api"]
    fixed = profile(variables=(), unit="", cpu=(FIXED,), memory=(FIXED,)).roles["api"]
    assert (wording.users("api", jobs, 10), wording.verb(jobs, "need")) == ("10 jobs", "need")
    assert (wording.users("api", fixed, 1), wording.verb(fixed, "need")) == ("an api task", "needs")
    assert wording.users("migration", fixed, 1) == "a migration task"


@pytest.mark.parametrize(
    ("role", "capacity", "words"),
    [
        ("worker", 4, "worker for 4 agents, tier worker-small (mistersmith profile)"),
        ("worker", 100, "worker for 100 agents, beyond the last tier (mistersmith profile)"),
    ],
)
def test_a_headline(role: str, capacity: int, words: str) -> None:
    environment = [{"name": "MAX_AGENTS", "value": str(capacity)}]
    found = case(app(role, environment=environment), under=WORKERS, family=f"mistersmith-{role}").assessment
    assert found
    assert found.expectation
    assert wording.headline(found.expectation, WORKERS) == words


def test_a_headline_of_a_role_without_tiers_or_capacity() -> None:
    jobs, fixed = profile(), profile(variables=(), unit="", cpu=(FIXED,), memory=(FIXED,))
    for under, words in (
        (jobs, "api for 10 jobs, no tiers (p profile)"),
        (fixed, "api, one size, no tiers (p profile)"),
    ):
        found = case(service(), under=under).assessment
        assert found
        assert found.expectation
        assert wording.headline(found.expectation, under) == words
