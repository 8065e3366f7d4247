"""What a declared load asks of a task at least, and at most, in numbers that are worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from bad_cases import app
from test_assessment import CPU, MEMORY, ON_EC2, OTEL, SIDECARS, UNKNOWN, case, profile, service

from taskfit.dimensions import Size
from taskfit.sizing.decision import Bound
from taskfit.sizing.demand import Term
from taskfit.sizing.needs import Needs, needs_of, room_of
from taskfit.sizing.profile import Profile, Tier

COLLECTOR = {**OTEL, "cpu": 200, "memory": 300}


def tier(capacity: int = 20, cpu: int = 512, memory: int = 4096) -> Tier:
    return Tier(name="t", capacity=capacity, cpu=cpu, memory=memory)


def needs(*containers: Any, under: Profile | None = None, of_split: bool = False, **fields: Any) -> tuple[Needs, Needs]:
    found = case(*containers, under=under, **fields)
    options = {"of_split": True} if of_split else {}
    by_dimension = needs_of(found, found.assessment, **options)
    return by_dimension["cpu"], by_dimension["memory"]


@pytest.mark.parametrize(
    ("others", "cpu", "memory"),
    [
        # Ten jobs take 1000 of each. Least memory is what leaves a tenth free; right is a target of 0.7 and of 0.8 in a
        # size of Fargate, and too much what would be below 0.5 and 0.6.
        ([COLLECTOR], (1200, 1200, 1200, Bound.FLOOR, 2048, 2400), (1300, 1445, 1445, Bound.HEADROOM, 4096, 4096)),
        # What is missing is part of what is recommended, not of what is demanded.
        ([], (1000, 1000, 1256, Bound.FLOOR, 2048, 2512), (1000, 1112, 1680, Bound.HEADROOM, 4096, 4096)),
        # Of what is unknown nothing is too much.
        (
            [COLLECTOR, app("b", cpu=UNKNOWN, memory=UNKNOWN)],
            (1200, 1200, 1200, Bound.FLOOR, 2048, None),
            (1300, 1445, 1445, Bound.HEADROOM, 4096, None),
        ),
    ],
)
def test_a_task_needs_its_load_its_sidecars_and_a_tenth_of_memory(
    others: list[Any], cpu: tuple[Any, ...], memory: tuple[Any, ...]
) -> None:
    assert needs(service(), *others, under=profile(sidecars=SIDECARS)) == (Needs(*cpu), Needs(*memory))


def test_where_the_service_container_has_the_size_others_keep_theirs_beside_it() -> None:
    # 100 and 200 more than the container's own 1000, 1112 with a tenth free, 1536 in steps, and 2000 and 1667 at most.
    found = needs(
        service(cpu=300, memory=700), app("b", cpu=100, memory=200), under=profile(sidecars=SIDECARS), **ON_EC2
    )
    assert found == (
        Needs(1100, 1100, 1100, Bound.FLOOR, 1636, 2100),
        Needs(1200, 1312, 1312, Bound.HEADROOM, 1736, 1867),
    )


def test_what_others_keep_leaves_something_for_a_dimension_that_the_role_says_nothing_of() -> None:
    others = app("b", cpu=1000, memory=2000)
    cpu, _ = needs(service(cpu=300, memory=700), others, under=profile(cpu=()), **ON_EC2)
    assert cpu == Needs(short=1001, least=1001)
    _, memory = needs(service(cpu=300, memory=700), others, under=profile(memory=()), **ON_EC2)
    assert memory == Needs(short=2006, least=2006)
    alone, _ = needs(service(cpu=300, memory=700), under=profile(cpu=()), **ON_EC2)
    assert alone == Needs(short=1, least=1)


def test_the_cpu_of_a_tier_has_that_of_others_beside_it() -> None:
    under = profile(tiers=(tier(cpu=512),))
    cpu, _ = needs(service(cpu=300, memory=700), app("b", cpu=100, memory=200), under=under, **ON_EC2)
    assert cpu == Needs(612, 612, 612, Bound.FLOOR, 612, 2100)


def test_a_load_beyond_every_size_has_a_floor_and_nothing_that_is_right() -> None:
    cpu, memory = needs(service("400"))
    assert cpu == Needs(40_000, 40_000, 40_000, Bound.FLOOR)
    assert memory == Needs(40_000, 44_445, 44_445, Bound.HEADROOM)


@pytest.mark.parametrize(
    ("published", "collector", "cpu"),
    [
        (512, 200, (512, 512, 512, Bound.FLOOR, 512, 2400)),  # a tier may undercut the sum of 1200
        (2048, 200, (1200, 1200, 1200, Bound.FLOOR, 2048, 2400)),
        # AWS refuses a task that is less than its containers reserve.
        (512, 3000, (512, 3000, 3000, Bound.CONTAINERS, 512, 8000)),
    ],
)
def test_the_cpu_of_a_tier_is_enough_if_the_containers_go_into_it(
    published: int, collector: int, cpu: tuple[Any, ...]
) -> None:
    found, _ = needs(service(), {**COLLECTOR, "cpu": collector}, under=profile(tiers=(tier(cpu=published),)))
    assert found == Needs(*cpu)


def test_beyond_the_last_tier_one_task_has_no_right_size_but_each_of_several_has() -> None:
    # Ten jobs are three tasks of four, which have the collector that is missing now.
    under = profile(sidecars=SIDECARS, tiers=(tier(capacity=4),))
    assert needs(service(), under=under) == (
        Needs(1000, 1000, 1256, Bound.FLOOR),
        Needs(1000, 1112, 1680, Bound.HEADROOM),
    )
    assert needs(service(), under=under, of_split=True) == (
        Needs(512, 512, 512, Bound.FLOOR, 512, 1312),
        Needs(912, 1014, 1014, Bound.HEADROOM, 4096, 4096),
    )


@pytest.mark.parametrize(
    ("tiers", "right", "ceiling"),
    [
        ((), 819, 1092),  # of 655: a target of 0.8, and 0.6
        ((tier(memory=450),), 500, 1092),
        ((tier(memory=1024),), 1024, 1092),
        ((tier(memory=4096),), 4096, 4096),
    ],
)
def test_a_role_of_memory_alone_has_an_amount_of_memory_that_is_right(
    tiers: tuple[Tier, ...], right: int, ceiling: int
) -> None:
    memory = (Term(label="m", amount=100, up_to=131, per=1),)
    found = needs(service("5"), COLLECTOR | {"memory": None}, under=profile(cpu=(), memory=memory, tiers=tiers))
    assert found == (Needs(short=200, least=200), Needs(500, 556, 556, Bound.HEADROOM, right, ceiling))


def test_a_role_of_memory_alone_has_room_for_a_sidecar_that_is_missing() -> None:
    memory = (Term(label="m", amount=100, up_to=131, per=1),)
    _, found = needs(service("5"), under=profile(cpu=(), memory=memory, sidecars=SIDECARS))
    assert found == Needs(500, 556, 1125, Bound.HEADROOM, 1459, 1945)  # of 1012 and 1167


def test_a_role_of_cpu_alone_has_a_cpu_that_is_right() -> None:
    cpu, memory = needs(service("9"), under=profile(cpu=CPU, memory=()))
    assert cpu == Needs(900, 900, 900, Bound.FLOOR, 1286, 1800)
    assert memory == Needs()
    assert needs(service("9"), under=profile(cpu=(), memory=MEMORY))[0] == Needs()


@pytest.mark.parametrize("jobs", [UNKNOWN, None])
def test_without_a_capacity_a_task_needs_room_for_its_containers(jobs: Any) -> None:
    found = case(service(jobs), COLLECTOR)
    expected = {"cpu": Needs(short=200, least=200), "memory": Needs(short=300, least=300)}
    assert needs_of(found, found.assessment) == needs_of(found, None) == expected


@pytest.mark.parametrize(
    ("containers", "room"),
    [
        ([{**OTEL, "cpu": 100, "memory": 300}], (100, 300)),
        ([{**OTEL, "memoryReservation": 300}], (0, 300)),
        ([OTEL, {**OTEL, "cpu": UNKNOWN, "memory": UNKNOWN}], (0, 0)),
        # AWS takes 1 CPU unit and 6 MiB of any other container that has some.
        ([app("a", cpu=512, memory=1024), app("b", cpu=1, memory=4)], (2, 10)),
        ([app("a"), app("b", cpu=UNKNOWN, memory=UNKNOWN)], (0, 0)),
        ([app("a", cpu=512, memory=1024), {**OTEL, "cpu": 100, "memory": 300}], (101, 306)),
    ],
)
def test_room_is_what_sidecars_reserve_and_the_least_of_others(containers: list[Any], room: tuple[int, int]) -> None:
    assert room_of(case(*containers)) == Size(*room)
