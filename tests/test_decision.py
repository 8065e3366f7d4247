"""What follows from a recommended size: how much it changes, why, what to say of it, and how near it is to its limits."""

from __future__ import annotations

from typing import Any

import pytest

from taskfit.dimensions import Size
from taskfit.policy.profiles import load_profile
from taskfit.sizing.decision import Bound, Decision, Recommendation, risk

PROFILE = load_profile("mistersmith")


def decided(
    have: int | None = 1000,
    size: int = 1000,
    bound: Bound = Bound.PRESENT,
    floor: int | None = None,
    observed: int | None = None,
) -> Decision:
    return Decision(have, size, bound, floor, observed)


def recommended(cpu: Decision | None = None, memory: Decision | None = None, **fields: Any) -> Recommendation:
    cpu, memory = cpu or decided(), memory or decided()
    return Recommendation(cpu, memory, **{"size": Size(cpu.size, memory.size), **fields})


@pytest.mark.parametrize(
    ("made", "changes", "is_change", "reasons"),
    [
        (recommended(), (0, 0), False, ()),
        (recommended(decided(size=1001)), (1, 0), True, ("CPUUnderprovisioned",)),
        (recommended(decided(size=999)), (-1, 0), True, ("CPUOverprovisioned",)),
        (recommended(memory=decided(size=1001)), (0, 1), True, ("MemoryUnderprovisioned",)),
        (recommended(memory=decided(size=999)), (0, -1), True, ("MemoryOverprovisioned",)),
        (recommended(decided(have=None)), (0, 0), False, ()),
        (recommended(size=None), (0, 0), True, ("NoSizeLargeEnough",)),
        (
            recommended(decided(size=500), decided(size=400), tasks=2),
            (0, -200),
            True,
            ("BeyondLargestTier", "MemoryOverprovisioned"),
        ),
        (recommended(decided(size=500), decided(size=500), tasks=2), (0, 0), True, ("BeyondLargestTier",)),
    ],
)
def test_a_change_is_of_all_tasks_in_the_place_of_one(
    made: Recommendation, changes: tuple[int, int], is_change: bool, reasons: tuple[str, ...]
) -> None:
    assert (made.change("cpu"), made.change("memory")) == changes
    assert (made.is_change, made.reasons) == (is_change, reasons)


KEPT = {Bound.FLOOR, Bound.HEADROOM, Bound.CONTAINERS}


@pytest.mark.parametrize("bound", Bound)
@pytest.mark.parametrize(
    ("floor", "observed", "is_conflict"),
    [(800, 799, True), (800, 800, False), (800, 801, False), (None, 799, False), (800, None, False)],
)
def test_use_that_asks_for_less_than_the_load_needs(bound: Bound, floor: Any, observed: Any, is_conflict: bool) -> None:
    decision = decided(bound=bound, floor=floor, observed=observed)
    assert decision.is_conflict is is_conflict
    made = recommended(memory=decision)
    assert made.reasons == (("MemoryKeptForDeclaredLoad",) if is_conflict and bound in KEPT else ())
    says = is_conflict and bound in (*KEPT, Bound.FARGATE)
    words = " The use alone asks for 799 MiB, but the declared capacity needs 800."
    assert made.conflict() == (words if says else "")


def test_both_conflicts_are_said() -> None:
    cpu, memory = (decided(bound=Bound.FLOOR, floor=8, observed=number) for number in (1, 2))
    assert recommended(cpu, memory).conflict() == (
        " The use alone asks for 1 CPU units, but the declared capacity needs 8."
        " The use alone asks for 2 MiB, but the declared capacity needs 8."
    )
    assert recommended(cpu, memory).reasons == ("CPUKeptForDeclaredLoad", "MemoryKeptForDeclaredLoad")


@pytest.mark.parametrize(
    ("made", "share", "projected"),
    [
        (recommended(), 0.5, 0.5),
        (recommended(decided(size=500)), 0.5, 1.0),
        (recommended(decided(size=2000)), 0.3333, 0.1666),  # rounded to four places
        (recommended(decided(size=500), tasks=4), 0.5, 0.25),
        (recommended(decided(size=500), beside=Size(100, 0)), 0.5, 0.9167),  # 550 of 600
        (recommended(), None, None),
        (recommended(decided(have=None)), 0.5, None),
        (recommended(size=None), 0.5, None),
        (recommended(decided(size=0)), 0.5, None),
    ],
)
def test_a_share_of_what_it_has_is_one_of_what_it_would_have(
    made: Recommendation, share: float | None, projected: float | None
) -> None:
    assert made.projected("cpu", share) == projected


def test_so_is_one_of_memory() -> None:
    assert recommended(memory=decided(size=500)).projected("memory", 0.5) == 1.0
    assert recommended(memory=decided(size=500), beside=Size(0, 100)).projected("memory", 0.5) == 0.9167


def test_what_other_containers_keep_is_taken_off_everything() -> None:
    whole = recommended(decided(1000, 800, Bound.FLOOR, 700, 600), decided(None, 800, Bound.FLOOR, None, None))
    made = whole.within(Size(100, 650))
    assert made == Recommendation(
        Decision(900, 700, Bound.FLOOR, 600, 500), Decision(None, 150, Bound.FLOOR, None, None), Size(700, 150)
    )._replace(beside=Size(100, 650))
    assert whole.within(Size(0, 0)) is whole
    assert recommended(decided(observed=50)).within(Size(100, 0)).cpu.observed == 0
    assert recommended(size=None).within(Size(100, 0)).size is None


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (recommended(), "Set cpu to 1000 and memory to 1000 MiB"),
        (recommended(size=None), "No Fargate size is big enough; split the load over more tasks"),
        (
            recommended(tasks=2, capacity=50),
            "Run 2 tasks of 50 each, with 1000 CPU units and 1000 MiB, in place of one",
        ),
    ],
)
def test_the_advice(made: Recommendation, words: str) -> None:
    assert made.advice() == words


def test_the_advice_on_one_dimension() -> None:
    assert recommended().advice(["memory"]) == "Set memory to 1000 MiB"
    assert recommended().advice(["cpu"]) == "Set cpu to 1000"


def test_a_recommendation_as_plain_values() -> None:
    made = recommended(decided(size=512, bound=Bound.AVERAGE, observed=300), decided(floor=700), tasks=2, capacity=5)
    assert made.as_dict() == {
        "cpu": 512,
        "memory": 1000,
        "tasks": 2,
        "capacity": 5,
        "reasons": ["BeyondLargestTier", "CPUUnderprovisioned", "MemoryUnderprovisioned"],
        "decided_by": {"cpu": "observed-average", "memory": "present"},
        "floor": {"cpu": None, "memory": 700},
        "observed_need": {"cpu": 300, "memory": None},
    }
    assert (recommended(size=None).as_dict()["cpu"], recommended(size=None).as_dict()["memory"]) == (None, None)


@pytest.mark.parametrize(
    ("cpu", "memory", "level"),
    [  # the targets of the profile are 70 and 80 %, its limits 80 and 90 %
        ((0.7, None), (None, None), "very-low"),
        ((0.71, None), (None, None), "low"),
        ((0.8, 0.99), (None, None), "low"),
        ((0.81, None), (None, None), "medium"),
        ((0.99, None), (None, None), "medium"),
        ((1.0, None), (None, None), "high"),
        ((None, None), (0.5, 0.8), "very-low"),
        ((None, None), (0.5, 0.81), "low"),
        ((None, None), (0.5, 0.9), "low"),
        ((None, None), (0.5, 0.91), "medium"),
        ((None, None), (0.5, 1.0), "high"),
        ((None, None), (0.81, None), "low"),  # of memory without a maximum the average
        ((0.1, None), (0.1, 0.95), "medium"),
        ((0.9, None), (0.1, 0.2), "medium"),
        ((None, 0.9), (None, None), "unknown"),
        ((None, None), (None, None), "unknown"),
    ],
)
def test_the_risk_is_that_of_the_dimension_that_is_nearest_to_its_limits(cpu: Any, memory: Any, level: str) -> None:
    assert risk(PROFILE, [("cpu", *cpu), ("memory", *memory)]) == level
