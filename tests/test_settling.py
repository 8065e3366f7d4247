"""From a size to the one that declared load and use agree on, step by step, in numbers worked out by hand."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import Any

import pytest

from taskfit.dimensions import Size
from taskfit.policy import bundled
from taskfit.sizing.decision import Bound, Decision
from taskfit.sizing.expectation import in_steps
from taskfit.sizing.needs import Needs
from taskfit.sizing.observed import Load
from taskfit.sizing.recommendation import Settler

PROFILE = bundled.profiles()["mistersmith"]
FARGATE = bundled.fargate()
IN_STEPS = partial(in_steps, PROFILE)
NOTHING = Needs()
CPU = Needs(floor=800, short=800, least=900, least_bound=Bound.FLOOR, right=2048, ceiling=2400)
MEMORY = Needs(floor=1300, short=1445, least=1680, least_bound=Bound.HEADROOM, right=4096, ceiling=4096)


def load(average: float, maximum: float = 0, **fields: bool) -> Load:
    return Load(Fraction(str(average)), Fraction(str(maximum)), **fields)


def is_least(size: Size) -> bool:
    """Whether Fargate has no less memory with this cpu."""
    return size.memory in FARGATE.memories(size.cpu)[:1]


def settler(
    cpu: Needs, memory: Needs, used: dict[str, Load], *, on_fargate: bool = True, beside: tuple[int, int] = (0, 0)
) -> Settler:
    fit = FARGATE.smallest if on_fargate else IN_STEPS
    needs: dict[Any, Needs] = {"cpu": cpu, "memory": memory}
    return Settler(PROFILE, fit, needs, used, is_least, Size(*beside), is_paired=on_fargate)  # type: ignore[arg-type]


Outcome = tuple[int, int, Bound]
"""What a dimension has, what it should have, and what asks for it."""


@pytest.mark.parametrize(
    ("start", "cpu", "memory"),
    [
        # Too little, and too much: the profile's own size.
        ((512, 1024), (512, 2048, Bound.PROFILE), (1024, 4096, Bound.PROFILE)),
        ((8192, 17408), (8192, 2048, Bound.PROFILE), (17408, 4096, Bound.PROFILE)),
        # Enough, and not too much.
        ((1024, 2048), (1024, 1024, Bound.PRESENT), (2048, 2048, Bound.PRESENT)),
        # What Fargate does not have: the smallest that holds it, which is right, or is too much itself.
        ((800, 1445), (800, 1024, Bound.FARGATE), (1445, 2048, Bound.FARGATE)),
        ((2400, 4096), (2400, 2048, Bound.PROFILE), (4096, 4096, Bound.PROFILE)),
        # The least memory of 8 vCPU is the cpu's fault; with less cpu it is too much itself.
        ((8192, 16384), (8192, 2048, Bound.PROFILE), (16384, 4096, Bound.PROFILE)),
        # One dimension brings the other with it: 2 vCPU have at least 4 GB.
        ((512, 2048), (512, 2048, Bound.PROFILE), (2048, 4096, Bound.FARGATE)),
    ],
)
def test_without_use_the_declared_load_decides(start: tuple[int, int], cpu: Outcome, memory: Outcome) -> None:
    found = settler(CPU, MEMORY, {}).settled(Size(*start))
    assert found.cpu == Decision(*cpu, 800, None)
    assert found.memory == Decision(*memory, 1300, None)
    assert found.size == (cpu[1], memory[1])


@pytest.mark.parametrize(
    ("start", "cpu", "memory"),
    [
        ((800, 1445), (800, 800, Bound.PRESENT), (1445, 1445, Bound.PRESENT)),
        ((2400, 4096), (2400, 2400, Bound.PRESENT), (4096, 4096, Bound.PRESENT)),
        # The other dimension stays, whole step or not.
        ((799, 1500), (799, 2048, Bound.PROFILE), (1500, 1500, Bound.PRESENT)),
        ((2401, 1500), (2401, 2048, Bound.PROFILE), (1500, 1500, Bound.PRESENT)),
        ((900, 1444), (900, 900, Bound.PRESENT), (1444, 4096, Bound.PROFILE)),
        ((900, 4097), (900, 900, Bound.PRESENT), (4097, 4096, Bound.PROFILE)),
        # Less in whole steps is never more.
        ((2401, 4200), (2401, 2048, Bound.PROFILE), (4200, 4096, Bound.PROFILE)),
    ],
)
def test_off_fargate_each_dimension_is_its_own(start: tuple[int, int], cpu: Outcome, memory: Outcome) -> None:
    needs: dict[Any, Needs] = {"cpu": CPU, "memory": MEMORY}
    found = Settler(PROFILE, IN_STEPS, needs, {}, lambda _: False, is_paired=False).settled(Size(*start))
    assert found.cpu == Decision(*cpu, 800, None)
    assert found.memory == Decision(*memory, 1300, None)


def test_whole_steps_make_nothing_grow_that_is_too_much() -> None:
    cpu = Needs(short=800, least=900, least_bound=Bound.FLOOR, right=900, ceiling=950)
    memory = Needs(short=800, least=900, least_bound=Bound.FLOOR, right=900, ceiling=950)
    found = settler(cpu, memory, {}, on_fargate=False).settled(Size(1000, 1000))
    assert found.size == (1000, 1000)  # 900 are 1024 in whole steps
    found = settler(cpu, memory, {}, on_fargate=False).settled(Size(1100, 1100))
    assert found.size == (1024, 1024)
    assert settler(cpu, memory, {}, on_fargate=False).settled(Size(700, 700)).size == (1024, 1024)


def only_cpu(start: int, needs: Needs, used: Load) -> Decision:
    """What is decided of cpu alone, off Fargate, where memory is neither needed nor used."""
    found = settler(needs, NOTHING, {"cpu": used}, on_fargate=False).settled(Size(start, 8192))
    assert found.memory == Decision(8192, 8192, Bound.PRESENT, None, None)
    return found.cpu


@pytest.mark.parametrize(
    ("start", "needs", "used", "decision"),
    [
        # Above four fifths: with the peak factor 900 take 1536, unless the declared load takes more.
        (1024, NOTHING, load(900), (1536, Bound.AVERAGE, None, 1536)),
        (1024, Needs(least=1700, least_bound=Bound.FLOOR), load(900), (1792, Bound.FLOOR, None, 1536)),
        # A tenth of 1024 in use takes 256; that most of it was used at once takes 1024.
        (1024, NOTHING, load(100), (256, Bound.AVERAGE, None, 256)),
        (1024, NOTHING, load(100, 600), (768, Bound.MAXIMUM, None, 768)),
        (2048, NOTHING, load(100, 2048), (2048, Bound.PRESENT, None, 2048)),
        # No idle task grows.
        (200, NOTHING, load(10), (200, Bound.PRESENT, None, 256)),
        (1024, Needs(least=1100, least_bound=Bound.FLOOR), load(100), (1024, Bound.PRESENT, None, 256)),
        # What is kept for the declared load says so.
        (2048, Needs(least=1000, least_bound=Bound.FLOOR), load(100), (1024, Bound.FLOOR, None, 256)),
        (1024, Needs(least=1024, least_bound=Bound.CONTAINERS), load(100), (1024, Bound.CONTAINERS, None, 256)),
        (256, Needs(least=256, least_bound=Bound.FLOOR), load(100), (256, Bound.PRESENT, None, 256)),
        # Neither idle nor hot: it stays, unless it is less than is needed, or more than is right.
        (1024, NOTHING, load(700), (1024, Bound.PRESENT, None, 1280)),
        (1024, CPU, load(700), (1024, Bound.PRESENT, 800, 1280)),
        (1024, CPU._replace(short=1024), load(700), (1024, Bound.PRESENT, 800, 1280)),
        (1024, CPU._replace(short=1025, least=1200), load(700), (1280, Bound.FLOOR, 800, 1280)),
        (1024, CPU._replace(ceiling=1024), load(512), (1024, Bound.PRESENT, 800, 768)),
        (1024, CPU._replace(ceiling=1023), load(512), (1024, Bound.FLOOR, 800, 768)),
        (2048, CPU._replace(ceiling=1023), load(1024), (1536, Bound.AVERAGE, 800, 1536)),
        # Hot, and less than is needed.
        (512, CPU, load(500), (1024, Bound.FLOOR, 800, 768)),
        # What was seen for hours only makes no task smaller, nor larger, by itself.
        (4096, NOTHING, load(100, 300, is_brief=True), (4096, Bound.PRESENT, None, None)),
        (256, NOTHING, load(300, is_brief=True), (256, Bound.PRESENT, None, None)),
        # It is heeded where the declared load asks for another size.
        (4096, CPU, load(100, 300, is_brief=True), (2048, Bound.PROFILE, 800, None)),
        (4096, CPU, load(2000, 2100, is_brief=True), (2304, Bound.MAXIMUM, 800, None)),
        (512, CPU, load(400, is_brief=True), (2048, Bound.PROFILE, 800, None)),
        (512, CPU, load(2100, is_brief=True), (2304, Bound.MAXIMUM, 800, None)),
        (512, CPU._replace(right=None), load(400, is_brief=True), (1024, Bound.FLOOR, 800, None)),
        (2500, CPU, load(2300, 2450, is_brief=True), (2500, Bound.PRESENT, 800, None)),
    ],
)
def test_use_and_declared_load_agree_on_a_cpu(start: int, needs: Needs, used: Load, decision: tuple[Any, ...]) -> None:
    assert only_cpu(start, needs, used) == Decision(start, *decision)


@pytest.mark.parametrize(
    ("used", "size", "bound"),
    [
        (load(2000, 4000), (1024, 5120), Bound.MAXIMUM),  # 4000 / 0.9 = 4445: 4608, and whole GB on Fargate
        (load(3700), (1024, 6144), Bound.AVERAGE),  # 5550: 5632
        (load(1000), (1024, 2048), Bound.AVERAGE),  # 1500: 1536, and 1 vCPU has at least 2 GB
        (load(1000, 2500), (1024, 3072), Bound.MAXIMUM),  # 2778
        (load(3000), (1024, 4096), Bound.PRESENT),
    ],
)
def test_memory_in_use_leads_to_a_size_of_fargate(used: Load, size: tuple[int, int], bound: Bound) -> None:
    found = settler(NOTHING, NOTHING, {"memory": used}).settled(Size(1024, 4096))
    assert (found.size, found.cpu.bound, found.memory.bound) == (size, Bound.PRESENT, bound)


def test_memory_that_is_the_least_with_its_cpu_is_not_too_much() -> None:
    needs = Needs(least=1000, right=1500, ceiling=2000)
    kept = settler(NOTHING, needs, {"cpu": load(700), "memory": load(1400)}).settled(Size(1024, 2048))
    assert kept.size == (1024, 2048)
    # One step above the least it is.
    less = settler(NOTHING, needs, {"cpu": load(700), "memory": load(2000)}).settled(Size(1024, 3072))
    assert (less.size, less.memory.bound) == ((1024, 3072), Bound.PRESENT)  # 2000 take 3000
    assert settler(NOTHING, needs, {"cpu": load(700)}).settled(Size(1024, 3072)).size == (1024, 2048)


def test_no_size_is_large_enough() -> None:
    found = settler(NOTHING, NOTHING, {"cpu": load(32000)}).settled(Size(32768, 249856))
    assert found.size is None
    assert (found.cpu.size, found.memory.size) == (32768, 249856)


def test_what_other_containers_keep_is_part_of_every_size() -> None:
    found = settler(
        Needs(short=1200, least=1300, least_bound=Bound.FLOOR),
        NOTHING,
        {"cpu": load(900)},
        on_fargate=False,
        beside=(100, 200),
    )
    # 900 take 1536, of which 1436 are the container's own: 1536 and the 100 beside it.
    assert found.settled(Size(1000, 3000)).size == (1636, 3000)
    # What others keep alone is more than is asked for.
    used = {"cpu": load(10), "memory": load(10)}
    idle = settler(NOTHING, NOTHING, used, on_fargate=False, beside=(900, 800))
    assert idle.settled(Size(2000, 3000)).size == (900, 800)


@pytest.mark.parametrize(
    ("used", "beside", "size"),
    [
        ({}, (0, 0), (512, 1024)),
        ({"cpu": load(700, 800)}, (0, 0), (1024, 1024)),
        ({"cpu": load(700, 500)}, (0, 0), (768, 1024)),
        ({"cpu": load(100)}, (0, 0), (512, 1024)),
        ({"memory": load(1000, 900)}, (0, 0), (512, 1536)),  # 1000 / 0.9 = 1112
        ({"memory": load(900, 1400)}, (0, 0), (512, 2048)),  # 1556
        ({"memory": load(400)}, (0, 0), (512, 1024)),
        ({"cpu": load(800), "memory": load(1400)}, (300, 100), (812, 1636)),
    ],
)
def test_a_start_holds_a_size_and_what_was_used_at_most(
    used: dict[str, Load], beside: tuple[int, int], size: tuple[int, int]
) -> None:
    found = settler(NOTHING, NOTHING, used, on_fargate=False, beside=beside).holding(Size(500, 600))
    assert found == size
