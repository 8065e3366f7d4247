"""Values of the core that mutation testing showed nobody was looking at (scripts/mutants.py)."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from conftest import run, write

import taskfit
from taskfit.engine import baseline
from taskfit.finding import Finding, Report, Severity, Span
from taskfit.policy import bundled
from taskfit.sizing.demand import Term
from taskfit.sizing.expectation import pack
from taskfit.sizing.prices import Pricing
from taskfit.sizing.profile import Tier, Utilisation

PRICING = Pricing(bundled.prices(), "us-east-1", 0, None, None, None)


@pytest.mark.parametrize(
    ("cpu", "memory", "usd"),
    # 730 hours of a vCPU at $0.04048 and a GB at $0.004445, as published for Linux on X86 in us-east-1.
    [(256, 512, 9.01), (1024, 3072, 39.28), (2048, 4096, 72.08), (16384, 122880, 862.19)],
)
def test_a_month_costs_730_hours_at_the_published_rates(cpu: int, memory: int, usd: float) -> None:
    assert PRICING.monthly_usd(cpu, memory) == usd


def test_a_packing_says_all_it_knows_to_programs() -> None:
    packing = pack(25, Tier(name="small", capacity=10, cpu=1024, memory=2048))
    assert packing.as_dict() == {"tier": "small", "containers": 3, "cpu": 3072, "memory": 6144, "efficiency": 83.33}


def test_a_packing_of_one_is_one_container() -> None:
    assert pack(1, Tier(name="t", capacity=4, cpu=1024, memory=2048))[1:] == (1, 1024, 2048, 25.0)


@pytest.mark.parametrize(("per", "need"), [(0, 100), (1, 500), (2, 250), (3, Fraction(500, 3)), (5, 100)])
def test_an_amount_serves_so_many_units(per: int, need: float) -> None:
    assert Term(label="t", amount=100, up_to=200, per=per).need({"JOBS": 5}) == (need, 2 * need)


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_capacity_is_at_least_1(capacity: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        taskfit.size("worker", capacity)
    with pytest.raises(ValueError, match="at least 1"):
        pack(capacity, Tier(name="t", capacity=1, cpu=1, memory=1))


@pytest.mark.parametrize(("capacity", "cpu", "memory"), [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_a_tier_of_nothing_is_refused(capacity: int, cpu: int, memory: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Tier(name="t", capacity=capacity, cpu=cpu, memory=memory)


def test_shares_of_use_ascend() -> None:
    assert Utilisation(target=0.7, scale_up=0.8, scale_down=0.3).target == 0.7
    for target, scale_up, scale_down in ((0.2, 0.8, 0.3), (0.9, 0.8, 0.3), (0.7, 1.1, 0.3), (0.7, 0.8, 0.0)):
        with pytest.raises(ValueError, match="must hold"):
            Utilisation(target=target, scale_up=scale_up, scale_down=scale_down)


def finding(have: int, need: int, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(
        "FIT203", "x", severity, "m", "a.json", Span(1, 1, 1, 2), data={"have": have, "need": need}, anchor="/cpu"
    )


def covered(entries: list[Finding], found: list[Finding]) -> list[int]:
    """Which of the findings remain, by what they have."""
    here = Path()
    seen = baseline.Scope({"a.json": frozenset({"FIT203"})}, here)
    made = [baseline.entry_of(each, here) for each in entries]
    left = baseline.apply(Report(findings=tuple(found)), made, seen)
    return [int((each.data or {})["have"]) for each in left.findings]


def test_the_tightest_entry_covers_a_finding_so_that_the_wider_one_is_left_for_another() -> None:
    assert covered([finding(10, 1), finding(5, 1)], [finding(4, 1), finding(9, 1)]) == []
    assert covered([finding(10, 1), finding(5, 1)], [finding(9, 1), finding(8, 1)]) == [8]


@pytest.mark.usefixtures("in_a_repository")
def test_the_largest_size_is_the_nearest_to_one_beyond_all() -> None:
    task = {"family": "a", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "memory": "1024"}
    app = {"name": "a", "image": "b", "memory": 64}
    write({"a.json": {**task, "cpu": "99999", "containerDefinitions": [app]}})
    assert "16384" in run("a.json", "--isolated", "--select", "FIT101").stdout
