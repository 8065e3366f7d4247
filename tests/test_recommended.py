"""What is recommended by the declared load alone, and beyond the last tier, in numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from bad_cases import app
from test_assessment import CPU, MEMORY, ON_EC2, OTEL, POLICY, SIDECARS, UNKNOWN, case, profile, service
from test_prices import LIST

from taskfit.checks.context import Case
from taskfit.dimensions import Size
from taskfit.sizing.decision import Bound, Recommendation
from taskfit.sizing.demand import Term
from taskfit.sizing.observed import ServiceUse, Use
from taskfit.sizing.prices import Pricing
from taskfit.sizing.profile import Profile, Tier
from taskfit.sizing.recommendation import headroom, observations, present, recommend, task_usd


def use(
    cpu: float | None = None,
    memory: float | None = None,
    *,
    cpu_maximum: float | None = None,
    memory_maximum: float | None = None,
    days: float = 14,
) -> ServiceUse:
    found = Use(cpu, cpu_maximum, memory, memory_maximum, days, "CloudWatch")
    return ServiceUse("c/s", 1, found, on_spot=False, on_fargate=True)


def recommended(found: Case, used: ServiceUse | None = None) -> Recommendation:
    result = recommend(found, found.assessment, used)
    assert result is not None
    return result


Outcome = tuple[Any, ...]


def outcomes(found: Recommendation) -> tuple[Outcome, Outcome, Size | None]:
    """Of each dimension what there is, what should be, why, and the floor; and the size."""
    cpu, memory = ((each.have, each.size, each.bound, each.floor) for each in (found.cpu, found.memory))
    return cpu, memory, found.size


P, N, H, F, C = Bound.PROFILE, Bound.PRESENT, Bound.HEADROOM, Bound.FARGATE, Bound.CONTAINERS


@pytest.mark.parametrize(
    ("fields", "cpu", "memory", "size"),
    [
        # Ten jobs take 1000 of each: 1429 and 1250 at the targets, and waste begins above 2000 and 1667.
        ({}, (1024, 1024, N, 1000), (2048, 2048, N, 1000), (1024, 2048)),
        ({"cpu": "512"}, (512, 2048, P, 1000), (2048, 4096, P, 1000), (2048, 4096)),
        ({"cpu": "8192", "memory": "16384"}, (8192, 2048, P, 1000), (16384, 4096, P, 1000), (2048, 4096)),
        # One dimension is wrong: the profile's size is that of both.
        ({"memory": "8192"}, (1024, 2048, P, 1000), (8192, 4096, P, 1000), (2048, 4096)),
        # What Fargate has not, though it is enough.
        ({"cpu": "1500", "memory": "4096"}, (1500, 2048, F, 1000), (4096, 4096, N, 1000), (2048, 4096)),
        # 1000 of 1024 leave less than a tenth free.
        ({"memory": "1024"}, (1024, 1024, N, 1000), (1024, 2048, H, 1000), (1024, 2048)),
    ],
)
def test_by_the_declared_load(fields: dict[str, Any], cpu: Outcome, memory: Outcome, size: tuple[int, int]) -> None:
    assert outcomes(recommended(case(service(), **fields))) == (cpu, memory, size)


HELPER = app("b", cpu=100, memory=200)


@pytest.mark.parametrize(
    ("have", "under", "cpu", "memory"),
    [
        ((300, 700), profile(), (300, 1536, P, 1000), (700, 1536, P, 1000)),
        ((1100, 1300), profile(), (1100, 1100, N, 1000), (1300, 1300, N, 1000)),
        ((1100, 1100), profile(), (1100, 1100, N, 1000), (1100, 1536, H, 1000)),
        # What the role says nothing of stays as it is.
        ((300, 700), profile(cpu=()), (300, 300, N, 0), (700, 1536, P, 1000)),
        ((300, 700), profile(memory=()), (300, 1536, P, 1000), (700, 700, N, 0)),
    ],
)
def test_by_the_declared_load_on_ec2(have: tuple[int, int], under: Profile, cpu: Outcome, memory: Outcome) -> None:
    found = recommended(case(service(cpu=have[0], memory=have[1]), HELPER, under=under, **ON_EC2))
    assert outcomes(found) == (cpu, memory, Size(cpu[1], memory[1]))
    assert found.beside == (100, 200)


def test_what_is_unknown_has_no_recommendation_of_its_own() -> None:
    for found in (case(service(UNKNOWN)), case(service(), cpu=None, memory=None), case(service(), **ON_EC2)):
        assert recommend(found, found.assessment) is None
    found = case(app(), under=profile(match=None))
    assert found.assessment is None
    assert recommend(found, None) is None
    assert recommended(case(service(), memory=UNKNOWN)).size == (1024, 0)
    kept = recommended(case(service(), cpu=UNKNOWN))
    assert (kept.cpu.have, kept.memory, kept.size) == (None, kept.memory._replace(size=2048, bound=N), Size(0, 2048))


def tier(cpu: int = 512) -> tuple[Tier, ...]:
    return (Tier(name="t", capacity=20, cpu=cpu, memory=2048),)


@pytest.mark.parametrize(
    ("have", "cpu", "memory"),
    [
        # The tier's 512 are enough for the load, but AWS refuses what is less than the collector's 700.
        (("512", "2048"), (512, 1024, C, 512), (2048, 2048, N, 1100)),
        (("256", "1024"), (256, 1024, C, 512), (1024, 2048, C, 1100)),
        (("1024", "2048"), (1024, 1024, N, 512), (2048, 2048, N, 1100)),
    ],
)
def test_a_size_has_room_for_the_containers(have: tuple[str, str], cpu: Outcome, memory: Outcome) -> None:
    collector = {**OTEL, "cpu": 700, "memory": 100}
    found = case(service(), collector, under=profile(tiers=tier()), cpu=have[0], memory=have[1])
    assert outcomes(recommended(found)) == (cpu, memory, Size(cpu[1], memory[1]))


def test_a_tier_that_just_holds_its_containers_is_right() -> None:
    found = case(service(), {**OTEL, "cpu": 512, "memory": 100}, under=profile(tiers=tier()), cpu="256", memory="2048")
    assert outcomes(recommended(found))[0] == (256, 512, P, 512)


@pytest.mark.parametrize(
    ("memory", "least"),
    [
        ("2048", None),
        ("1112", None),
        ("1111", 1000 / 0.9),
        ("1000", 1000 / 0.9),
        ("999", None),  # too little is another matter
        (UNKNOWN, None),
    ],
)
def test_headroom_is_what_keeps_a_tenth_free(memory: Any, least: float | None) -> None:
    found = case(service(), memory=memory).assessment
    assert found
    assert headroom(found) == (None if least is None else pytest.approx(least))


def test_a_tenth_is_enough() -> None:
    found = case(service("9"), memory="1000").assessment
    assert found
    assert headroom(found) is None


def test_headroom_counts_what_sidecars_reserve() -> None:
    found = case(service(), {**OTEL, "memory": 300}, memory="1400").assessment
    assert found
    assert headroom(found) == pytest.approx(1300 / 0.9)


@pytest.mark.parametrize(
    ("cpu", "amount", "scale_down", "size"),
    [
        # 1920 of 2048 are tight: 2134 need the next size of the table, which is too much where 0.63 of it are more.
        (1024, 100, 0.6, (1024, 3072)),
        (1024, 100, 0.625, (1024, 3072)),
        (1024, 100, 0.63, (1024, 2048)),
        # A fourth of a vCPU has no more than 2 GB; half of one is too much where the load takes less than half of that.
        (256, 12.8, 0.6, (512, 3072)),
        (256, 12.7, 0.6, (256, 2048)),
    ],
)
def test_headroom_leads_to_no_waste(cpu: int, amount: float, scale_down: float, size: tuple[int, int]) -> None:
    terms, memory = (Term(label="c", amount=amount, per=1),), (Term(label="m", amount=96, per=1),)
    under = profile(cpu=terms, memory=memory, tiers=tier(cpu=cpu))
    under = replace(under, memory=replace(under.memory, target=0.9, scale_down=scale_down))
    assert recommended(case(service("20"), under=under, cpu=str(cpu), memory="2048")).size == size


# Beyond the last tier: fifty jobs are three tasks of 17, which with the collector that is missing take 512 CPU units as
# published, and 1700 + 512 MiB.
SPLIT = profile(tiers=tier(), sidecars=SIDECARS)


@pytest.mark.parametrize(
    ("have", "used", "cpu", "memory"),
    [
        (("1024", "2048"), None, (512, P), (3072, P)),
        # A third of half of it is little: the declared load decides.
        (("1024", "2048"), use(0.5, 0.5), (512, Bound.FLOOR), (3072, H)),
        # A third of 3686 and 6554 each: 1229 go into 2048, and 2185 with the peak factor into 4096.
        (("4096", "8192"), use(0.9, 0.8), (2048, P), (4096, Bound.AVERAGE)),
        (
            ("4096", "8192"),
            use(0.1, 0.1, cpu_maximum=0.9, memory_maximum=0.8),
            (2048, Bound.MAXIMUM),
            (4096, Bound.MAXIMUM),
        ),
    ],
)
def test_a_load_beyond_the_last_tier_is_split(
    have: tuple[str, str], used: ServiceUse | None, cpu: tuple[int, Bound], memory: tuple[int, Bound]
) -> None:
    found = recommended(case(service("50"), under=SPLIT, cpu=have[0], memory=have[1]), used)
    assert (found.tasks, found.capacity, found.size) == (3, 17, (cpu[0], memory[0]))
    assert ((found.cpu.size, found.cpu.bound), (found.memory.size, found.memory.bound)) == (cpu, memory)
    # Together they take no less than 3 x 512 CPU units, and at least the 5000 MiB of all jobs.
    assert (found.cpu.floor, found.memory.floor) == (1536, 5000)
    assert (found.cpu.have, found.memory.have) == (int(have[0]), int(have[1]))


def test_a_share_that_no_size_holds_is_not_recommended() -> None:
    found = recommended(case(service("50"), under=profile(tiers=tier(cpu=40_000))))
    assert (found.size, found.tasks, found.capacity) == (None, 1, None)
    assert (found.cpu.size, found.memory.size) == (1024, 2048)
    used = recommended(
        case(service("50"), under=SPLIT, cpu="16384", memory="122880"),
        use(0.9, 0.9)._replace(use=Use(7.0, None, 0.9, None, 14, "CloudWatch")),
    )
    assert (used.size, used.tasks) == (None, 1)  # a third of 114,688 CPU units


def test_what_no_size_holds_stays_as_it_is() -> None:
    # 500 jobs take 50,000 of each; of what is unknown there is nothing.
    found = recommended(case(service("500")))
    assert outcomes(found) == ((1024, 1024, P, 50_000), (2048, 2048, P, 50_000), None)
    unknown = recommended(case(service("500"), memory=UNKNOWN))
    assert outcomes(unknown) == ((1024, 1024, P, 50_000), (None, 0, N, 50_000), None)
    split = recommended(case(service("50"), cpu=UNKNOWN, under=profile(tiers=tier(cpu=40_000))))
    assert ((split.cpu.have, split.cpu.size), (split.memory.have, split.memory.size)) == ((None, 0), (2048, 2048))


def test_use_on_ec2_is_of_the_container_and_of_what_is_beside_it() -> None:
    found = recommended(case(service(cpu=1100, memory=1300), HELPER, **ON_EC2), use(0.9, 0.5))
    # 0.9 of 1200 with the peak factor are 1620, in steps 1792, of which 100 are the helper's.
    assert tuple(found.cpu) == (1100, 1792, Bound.AVERAGE, 1000, 1692)
    # Half of 1500 takes 1536, which is no reason for more.
    assert tuple(found.memory) == (1300, 1300, N, 1000, 1336)
    assert (found.size, found.beside) == ((1792, 1300), (100, 200))


def test_the_least_memory_of_a_cpu_is_not_decided_by_its_use() -> None:
    # Five jobs take 500 MiB, but 4 vCPU, which are used, have at least 8 GB.
    found = recommended(case(service("5"), cpu="4096", memory="8192"), use(0.6, 0.62))
    assert (found.size, found.memory.bound) == ((4096, 8192), N)
    # One step above it, 5714 in use decide, which take 8571.
    more = recommended(case(service("5"), cpu="4096", memory="9216"), use(0.6, 0.62))
    assert (more.size, more.memory.bound) == ((4096, 9216), Bound.AVERAGE)


def test_off_fargate_no_cpu_has_a_least_memory() -> None:
    # 8 GB are the least that go with 4 vCPU on Fargate; a container on EC2 that needs 200 MiB may have less.
    under = profile(cpu=(Term(label="c", amount=103, per=1),), memory=(Term(label="m", amount=10, per=1),))
    found = case(service("20", cpu=4096, memory=8192), under=under, **ON_EC2)
    assert recommended(found, use(0.1, 0.1, days=0.5)).size == (4096, 1024)  # of which 820 were used


def test_memory_that_a_role_says_nothing_of_follows_its_cpu() -> None:
    found = recommended(case(service(), cpu="512", memory="1024", under=profile(memory=())))
    assert outcomes(found) == ((512, 2048, P, 1000), (1024, 4096, P, 0), (2048, 4096))


@pytest.mark.parametrize(
    ("under", "used", "size"),
    [(profile(cpu=()), use(0.05, 0.6), (256, 1536)), (profile(memory=()), use(0.6, 0.05), (1100, 512))],
)
def test_a_container_keeps_something_of_what_its_role_says_nothing_of(
    under: Profile, used: ServiceUse, size: tuple[int, int]
) -> None:
    # A large helper beside it is most of what the task has, and of what it leaves idle.
    container = service(cpu=300 if not under.roles["api"].cpu else 1100, memory=700)
    found = recommended(case(container, app("b", cpu=1000, memory=2000), under=under, **ON_EC2), used)
    assert (found.size, found.beside) == (size, (1000, 2000))


def test_without_a_role_use_alone_decides() -> None:
    found = case(app(), under=profile(match=None), cpu="4096", memory="8192")
    result = recommend(found, None, use(0.1, 0.2))
    assert result
    assert result.size == (1024, 3072)  # 614 and 2458
    assert recommend(found, None, use()) is None
    assert recommend(found, None, use()._replace(use=None)) is None
    unknown = case(app(), under=profile(match=None), cpu=UNKNOWN, memory="8192")
    assert recommend(unknown, None, use(0.1, 0.2)) is None
    assert observations(unknown, None, use(0.1, 0.2)) == {}


def test_observations_are_of_what_was_measured_for_long_enough() -> None:
    found = case(service(), cpu="4096", memory="8192")
    seen = observations(found, found.assessment, use(0.1, 0.7))
    assert {name: (each.state, each.have) for name, each in seen.items()} == {
        "cpu": ("idle", 4096),
        "memory": ("fine", 8192),
    }
    assert list(observations(found, found.assessment, use(None, 0.7))) == ["memory"]
    assert observations(found, found.assessment, use(0.1, 0.7, days=0.5)) == {}
    on_ec2 = case(service(cpu=1100, memory=1300), HELPER, **ON_EC2)
    assert observations(on_ec2, on_ec2.assessment, use(0.9))["cpu"].have == 1200


@pytest.mark.parametrize(
    ("fields", "own", "has"),
    [
        ({}, {"cpu": 300, "memory": 700}, (1024, 2048)),
        ({"cpu": UNKNOWN}, {"cpu": 300, "memory": 700}, (None, 2048)),
        (ON_EC2, {"cpu": 300, "memory": 700}, (300, 700)),
        (ON_EC2, {"cpu": 300}, (300, None)),
        (ON_EC2, {"memoryReservation": 700}, (None, 700)),
        (ON_EC2 | {"cpu": "512"}, {"cpu": 300, "memory": 700}, (512, 700)),
    ],
)
def test_what_a_task_has(fields: dict[str, Any], own: dict[str, int], has: tuple[int | None, int | None]) -> None:
    found = case(service(**own), **fields)
    assert tuple(present(found, found.assessment).values()) == has
    if "requiresCompatibilities" not in fields:
        assert tuple(present(found, None).values()) == has


def test_a_role_of_one_dimension_leaves_what_a_container_has_of_the_other() -> None:
    for under in (profile(cpu=()), profile(memory=())):
        found = case(service(cpu=300, memory=700), under=under, **ON_EC2)
        assert present(found, found.assessment) == {"cpu": 300, "memory": 700}
    task_level = case(service(cpu=300, memory=700), under=profile(cpu=()), **(ON_EC2 | {"cpu": "512"}))
    assert present(task_level, task_level.assessment) == {"cpu": 512, "memory": 700}
    task_level = case(service(cpu=300, memory=700), under=profile(memory=()), **(ON_EC2 | {"memory": "512"}))
    assert present(task_level, task_level.assessment) == {"cpu": 300, "memory": 512}


@pytest.mark.parametrize(
    ("jobs", "fields", "how", "usd"),
    [
        # A vCPU for $73 and a GB for $7.30; a fifth less for the team; three tasks in the place of one.
        ("10", {"cpu": "512"}, {}, (40.88, 140.16)),
        ("50", {}, {}, (70.08, 210.24)),
        ("50", {}, {"spot": True}, (8.76, 26.28)),
        ("50", {}, {"listed": True}, (87.6, 262.8)),
        ("50", {"requiresCompatibilities": ["EC2"]}, {}, None),
        ("10", {"cpu": UNKNOWN}, {}, None),
        ("500", {"cpu": "512"}, {}, None),
    ],
)
def test_what_a_task_costs_now_and_then(
    jobs: str, fields: dict[str, Any], how: dict[str, bool], usd: tuple[float, float] | None
) -> None:
    under = profile(tiers=tier(cpu=1024)) if jobs == "50" else profile(cpu=CPU, memory=MEMORY)
    priced = POLICY._replace(price_list=lambda: Pricing(LIST, discount=0.2, spot_discount=0.9))
    found = case(service(jobs), under=under, **fields)
    found.policy = priced._replace(profiles=found.policy.profiles, profile_is_chosen=True)
    assert task_usd(found, recommended(found), **({"spot": False} | how)) == usd
