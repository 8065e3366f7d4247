"""What observed use says of a size, in exact cases and for every use."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfit.dimensions import DIMENSIONS, Size
from taskfit.policy import bundled
from taskfit.sizing.expectation import Fit, in_steps, right_size
from taskfit.sizing.needs import Needs
from taskfit.sizing.observed import Load, Observed, Use, loads, observe
from taskfit.sizing.profile import Profile, RightSizing
from taskfit.sizing.recommendation import Settler

PROFILE = bundled.profiles()["mistersmith"]
FARGATE = bundled.fargate()
IN_STEPS = partial(in_steps, PROFILE)
SHARES = st.integers(0, 1000).map(lambda thousandths: thousandths / 1000)


def use(
    cpu: float | None, memory: float | None, cpu_maximum: float | None = None, memory_maximum: float | None = None
) -> Use:
    return Use(cpu, cpu_maximum, memory, memory_maximum, days=14, source="CloudWatch")


class Verdict(NamedTuple):
    cpu: Observed | None
    memory: Observed | None
    size: Size | None


def verdict(profile: Profile, size: Size, observed: Use, fit: Fit) -> Verdict:
    """What use alone says of a size, and the size that is settled on."""
    used = loads(size, observed)
    settler = Settler(profile, fit, {"cpu": Needs(), "memory": Needs()}, used, lambda _: False)
    better = settler.settled(size).size
    cpu, memory = (
        _confirmed(observe(profile, dimension, getattr(size, dimension), used[dimension]), dimension, better)
        if dimension in used
        else None
        for dimension in DIMENSIONS
    )
    return Verdict(cpu, memory, better)


def _confirmed(observed: Observed | None, dimension: str, better: Size | None) -> Observed | None:
    """Idle counts only where the better size is smaller."""
    if observed is None or observed.state != "idle" or (better and getattr(better, dimension) < observed.have):
        return observed
    return observed._replace(state="fine", line=None)


def judged(size: tuple[int, int], observed: Use) -> Verdict:
    return verdict(PROFILE, Size(*size), observed, FARGATE.smallest)


def states(found: Verdict) -> tuple[str | None, str | None]:
    return found.cpu and found.cpu.state, found.memory and found.memory.state


@pytest.mark.parametrize(
    ("size", "observed", "expected", "better"),
    [
        pytest.param((4096, 8192), use(0.5, 0.6), ("fine", "fine"), (4096, 8192), id="at the scale-down lines"),
        pytest.param((4096, 8192), use(0.8, 0.9), ("fine", "fine"), (4096, 8192), id="at the scale-up lines"),
        pytest.param((4096, 8192), use(0.1, 0.7), ("idle", "fine"), (1024, 8192), id="cpu idle: 614 of 4096"),
        pytest.param((4096, 8192), use(0.81, 0.7), ("hot", "fine"), (8192, 16384), id="cpu hot: 4977"),
        pytest.param((1024, 4096), use(0.6, 0.2), ("fine", "idle"), (1024, 2048), id="memory idle: 1229"),
        pytest.param((1024, 4096), use(0.6, 0.91), ("fine", "hot"), (1024, 6144), id="memory hot: 5591"),
        pytest.param((4096, 8192), use(0.1, 0.2), ("idle", "idle"), (1024, 3072), id="both idle: 614 and 2458"),
        pytest.param((256, 512), use(0, 0), ("fine", "fine"), (256, 512), id="nothing is smaller"),
        pytest.param((4096, 8192), use(0.6, 0.2), ("fine", "fine"), (4096, 8192), id="4 vCPU have at least 8 GB"),
        pytest.param((4096, 8192), use(None, 0.7), (None, "fine"), (4096, 8192), id="no cpu data"),
        pytest.param((1024, 4096), use(None, 0.2), (None, "idle"), (1024, 2048), id="no cpu data, memory idle"),
        pytest.param((4096, 8192), use(None, None), (None, None), (4096, 8192), id="no data"),
        pytest.param((4096, 8192), use(0.1, 0.7, 0.15), ("idle", "fine"), (1024, 8192), id="a burst of 205 in 768"),
        pytest.param((4096, 8192), use(0.1, 0.7, 0.4), ("idle", "fine"), (2048, 8192), id="a burst of 1229: 1638"),
        pytest.param((4096, 8192), use(0.1, 0.7, 1), ("fine", "fine"), (4096, 8192), id="bursts need all of it"),
        pytest.param((1024, 4096), use(0.6, 0.2, None, 0.9), ("fine", "fine"), (1024, 4096), id="at the buffer: 4096"),
        pytest.param((1024, 4096), use(0.6, 0.2, None, 0.6), ("fine", "idle"), (1024, 3072), id="a peak: 2731"),
        pytest.param(
            (1024, 4096), use(0.6, 0.2, None, 0.95), ("fine", "hot"), (1024, 5120), id="into the buffer: 4324"
        ),
    ],
)
def test_states_and_the_size_to_go_to(
    size: tuple[int, int], observed: Use, expected: tuple[str, str], better: tuple[int, int]
) -> None:
    found = judged(size, observed)
    assert (states(found), found.size) == (expected, Size(*better))


def test_a_verdict_says_which_threshold_was_crossed() -> None:
    found = judged((2048, 4096), use(0.1, 0.2, None, 0.95))
    assert found.cpu
    assert found.memory
    # 0.2 is below the scale-down threshold, but the maximum leaves less than the out-of-memory buffer.
    assert (found.cpu.line, found.memory.line, found.memory.need) == (0.5, 0.9, 4608)


def test_a_use_beyond_every_size_has_none_to_go_to() -> None:
    found = judged((32768, 249856), use(0.95, 0.7))
    assert (states(found), found.size) == (("hot", "fine"), None)


def test_windows_has_a_smaller_table() -> None:
    windows = partial(FARGATE.smallest, windows=True)
    assert verdict(PROFILE, Size(1024, 2048), use(0.1, 0.7), FARGATE.smallest).size == Size(256, 2048)
    assert verdict(PROFILE, Size(1024, 2048), use(0.1, 0.7), windows).size == Size(1024, 2048)


def test_on_ec2_sizes_go_in_steps_and_cpu_may_be_above_its_share() -> None:
    assert verdict(PROFILE, Size(4096, 8192), use(0.1, 0.3), IN_STEPS).size == Size(768, 4096)
    assert verdict(PROFILE, Size(256, 512), use(2.5, 0.7), IN_STEPS).size == Size(1024, 512)
    assert verdict(PROFILE, Size(512, 1024), use(0, 0), IN_STEPS).size == Size(256, 512)


def test_thresholds_are_the_profile_s() -> None:
    lazy = replace(PROFILE, cpu=replace(PROFILE.cpu, scale_down=0.05))
    assert states(verdict(lazy, Size(4096, 8192), use(0.1, 0.7), FARGATE.smallest)) == ("fine", "fine")


@given(st.integers(1, 100), st.integers(1, 100))
def test_without_a_maximum_the_need_is_that_of_right_sizing(cpu: int, memory: int) -> None:
    found = judged((4096, 8192), use(cpu / 100, memory / 100))
    least = right_size(cpu * 4096 / 100, memory * 8192 / 100, PROFILE)
    assert (found.cpu and found.cpu.need, found.memory and found.memory.need) == (least.cpu, least.memory)


@given(
    st.sampled_from([Size(cpu, memory) for cpu in FARGATE.cpus() for memory in FARGATE.memories(cpu)]),
    SHARES,
    SHARES,
    SHARES,
    SHARES,
)
def test_whatever_the_use_the_better_size_is_right(
    size: Size, cpu: float, memory: float, more_cpu: float, more_memory: float
) -> None:
    observed = use(cpu, memory, min(1, cpu + more_cpu), min(1, memory + more_memory))
    found = judged((size.cpu, size.memory), observed)
    assert found.cpu
    assert found.memory
    if states(found) == ("fine", "fine"):
        assert found.size == size
    if found.size is None:
        assert "hot" in states(found)
        return
    assert FARGATE.fits(found.size.cpu, found.size.memory)
    for state, have, better in zip(
        states(found), (size.cpu, size.memory), (found.size.cpu, found.size.memory), strict=True
    ):
        assert {"idle": better < have, "hot": better > have, "fine": better >= 0}[state or "fine"]
    # Once there, with the same load, nothing is hot.
    there = use(
        cpu * size.cpu / found.size.cpu,
        memory * size.memory / found.size.memory,
        None,
        round((observed.memory_maximum or 0) * size.memory / found.size.memory, 9),
    )
    assert "hot" not in states(judged((found.size.cpu, found.size.memory), there))


@pytest.mark.parametrize(
    ("have", "average", "maximum", "verdict"),
    [
        # Half of it is not idle, four fifths are not hot; 512 takes 768 with the peak factor, and 732 at the target.
        (1024, "512", "0", ("fine", None, 768, False)),
        (1024, "511.9", "0", ("idle", 0.5, 768, False)),
        (1024, "819.2", "0", ("fine", None, 1280, False)),
        (1024, "819.3", "0", ("hot", 0.8, 1280, False)),
        (1024, "0", "0", ("idle", 0.5, 256, False)),
        # Of 768 a share of 0.3 is for bursts: 230.4 above the average.
        (1024, "512", "742.4", ("fine", None, 768, False)),
        (1024, "512", "742.5", ("fine", None, 768, False)),  # whose whole step is the same
        (1024, "512", "900", ("fine", None, 1024, True)),
        (4096, "100", "176.8", ("idle", 0.5, 256, False)),
        (4096, "100", "300", ("idle", 0.5, 512, True)),
    ],
)
def test_what_cpu_in_use_says(have: int, average: str, maximum: str, verdict: tuple[Any, ...]) -> None:
    load = Load(Fraction(average), Fraction(maximum))
    most = float(Fraction(maximum) / have) or None
    expected = Observed(have, float(Fraction(average) / have), most, *verdict)
    assert observe(PROFILE, "cpu", have, load) == expected


@pytest.mark.parametrize(
    ("average", "maximum", "verdict"),
    [
        ("2457.6", "0", ("fine", None, 4096, False)),  # 3686.4 with the peak factor
        ("2457.5", "0", ("idle", 0.6, 4096, False)),
        ("3686.4", "0", ("fine", None, 5632, False)),
        ("3686.5", "0", ("hot", 0.9, 5632, False)),
        ("2867.2", "3686.4", ("fine", None, 4608, False)),
        ("2867.2", "3687", ("hot", 0.9, 4608, False)),  # into the tenth that is to stay free
        ("2867.2", "4300", ("hot", 0.9, 5120, True)),
        ("100", "3687", ("hot", 0.9, 4608, True)),
        ("100", "400", ("idle", 0.6, 512, False)),
        ("100", "470", ("idle", 0.6, 1024, True)),
        ("0", "0", ("idle", 0.6, 512, False)),
    ],
)
def test_what_memory_in_use_says(average: str, maximum: str, verdict: tuple[Any, ...]) -> None:
    load = Load(Fraction(average), Fraction(maximum))
    most = float(Fraction(maximum) / 4096) or None
    expected = Observed(4096, float(Fraction(average) / 4096), most, *verdict)
    assert observe(PROFILE, "memory", 4096, load) == expected


def test_a_burst_is_what_is_above_the_share_for_it() -> None:
    bursting = replace(PROFILE, burst=0.5)  # 384 of 768
    assert observe(bursting, "cpu", 1024, Load(Fraction(512), Fraction(896))).need == 768
    assert observe(bursting, "cpu", 1024, Load(Fraction(512), Fraction(897))).need == 1024


def test_without_a_peak_factor_the_target_counts() -> None:
    plain = replace(PROFILE, right_sizing=RightSizing(peak_factor=1))
    assert observe(plain, "cpu", 1024, Load(Fraction(512), Fraction(0))).need == 768  # 512 / 0.7
    assert observe(plain, "memory", 4096, Load(Fraction(2867), Fraction(0))).need == 3584  # 2867 / 0.8


@pytest.mark.parametrize(
    ("dimension", "load", "need"),
    [
        # What was measured for hours only has to go into any size, memory with its buffer, and says no more than that.
        ("cpu", Load(Fraction(100), Fraction(300), is_brief=True), 512),
        ("cpu", Load(Fraction(100), Fraction(0), is_brief=True), 256),
        ("memory", Load(Fraction(500), Fraction(1000), is_brief=True), 1536),
        ("memory", Load(Fraction(4000), Fraction(0), is_brief=True), 4608),
        # A maximum of cpu alone that seems hot may be a burst.
        ("cpu", Load(Fraction(900), Fraction(900), is_maximum_alone=True), 1024),
    ],
)
def test_what_is_seen_briefly_or_at_most_is_a_bound(dimension: str, load: Load, need: int) -> None:
    found = observe(PROFILE, dimension, 1024, load)  # type: ignore[arg-type]
    assert (found.state, found.line, found.need, found.is_peak, found.is_bound) == ("fine", None, need, True, True)


def test_a_maximum_alone_that_is_no_burst_is_a_measurement() -> None:
    cpu = observe(PROFILE, "cpu", 1024, Load(Fraction(300), Fraction(300), is_maximum_alone=True))
    memory = observe(PROFILE, "memory", 1024, Load(Fraction(1000), Fraction(1000), is_maximum_alone=True))
    assert (cpu.state, cpu.is_bound, memory.state, memory.is_bound) == ("idle", False, "hot", False)


def test_loads_are_in_units_of_what_tasks_have() -> None:
    assert loads(Size(1000, 2000), use(0.5, None, 1.4, 0.8)) == {
        "cpu": Load(Fraction(500), Fraction(1000)),  # a burst above its share is no reason for more
        "memory": Load(Fraction(1600), Fraction(1600), is_maximum_alone=True),
    }
    assert loads(Size(1000, 2000), use(1.4, 0.1, None, 1.2), is_brief=True) == {
        "cpu": Load(Fraction(1400), Fraction(0), is_brief=True),
        "memory": Load(Fraction(200), Fraction(2400), is_brief=True),
    }
    assert loads(Size(0, 2000), use(0.5, 0)) == {"memory": Load(Fraction(0), Fraction(0))}
    assert loads(Size(1000, 2000), use(None, None)) == {}
