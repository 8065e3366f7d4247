"""What a fleet has, lacks and costs, in numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from taskfit.dimensions import Size
from taskfit.policy import bundled
from taskfit.sizing.demand import Term
from taskfit.sizing.expectation import pack
from taskfit.sizing.fleet import Batch, Market, Member, Raise, RoleOutcome, Terms, outcome, total
from taskfit.sizing.profile import Profile, Role, Tier

SMALL = Tier(name="small", capacity=6, cpu=1024, memory=2048)
LARGE = Tier(name="large", capacity=20, cpu=4096, memory=8192)
TERMS = (Term(label="t", amount=100, per=1),)
PROFILE = Profile(
    name="p", roles={"api": Role(unit="jobs", variables=("JOBS",), cpu=TERMS, memory=TERMS, tiers=(SMALL, LARGE))}
)


def price(size: Size, *, arm: bool = False, spot: bool = False) -> float:
    """$10.111 for a vCPU, half of it on ARM64, and a tenth on Spot."""
    return size.cpu / 1024 * 10.111 * (0.5 if arm else 1) * (0.1 if spot else 1)


def member(capacity: int | None, tasks: int | None = 1, usd: float | None = 1.111, **fields: Any) -> Member:
    values = ("m", "a.json", "api", "jobs", capacity, tasks, "service", Size(1024, 2048), usd, "p")
    return Member(*values)._replace(**fields)  # type: ignore[arg-type]


def api(jobs: int, *members: Member, spare: int = 0, headroom: bool = False) -> RoleOutcome:
    market = Market(bundled.fargate().smallest, price, lambda _profile, _role: Size(), Terms(headroom, spare))
    (found,) = outcome((PROFILE,), members, "load", {"jobs": jobs}, market).roles
    return found


def test_sums_count_what_is_known() -> None:
    known = member(10, 5, least=2)
    found = api(60, known, member(7), member(None, 3), member(9, None), spare=1)
    # Without one of 10: 40 and 7 at the most, 10 and 7 at the least; three of an unknown capacity carry something, too.
    assert (found.have, found.have_least, found.tasks, found.least_tasks) == (47, 17, 9, 6)
    assert (found.is_exact, found.answer, found.missing, found.spare) == (False, "unknown", 13, 0)
    assert (found.addition, found.raised, found.after_usd) == (None, None, None)


@pytest.mark.parametrize(
    ("jobs", "need", "missing", "spare"), [(14, 20, 0, 0), (7, 10, 0, 10), (15, 22, 2, 0), (0, 0, 0, 20)]
)
def test_headroom_is_what_the_target_of_cpu_leaves(jobs: int, need: int, missing: int, spare: int) -> None:
    found = api(jobs, member(20), headroom=True)  # a target of 0.7
    assert (found.need, found.missing, found.spare) == (need, missing, spare)
    assert len(found.batches) == (2 if need else 0)


def test_what_is_added_makes_up_for_tasks_that_may_fail_and_no_more() -> None:
    # Tasks of 10 and of 4 are all that may fail; of two of 6 beside them 10 and 6 may, so that 6 + 4 remain.
    ten = api(10, member(10), member(4), spare=2)
    assert (ten.have, ten.missing) == (0, 10)
    assert ten.addition
    assert ten.addition.packing == pack(12, SMALL)
    twelve = api(12, member(10), member(4), spare=2)
    assert twelve.addition
    assert twelve.addition.packing == pack(14, SMALL)  # three of them


def test_no_more_tasks_fail_than_there_are() -> None:
    found = api(5, member(10), spare=3)
    assert (found.have, found.missing) == (0, 5)
    assert (api(5, spare=3).have, api(5, spare=3).missing) == (0, 5)


def test_the_cheaper_way_counts() -> None:
    # Two of 6 cost 2 x 10.111, one of 20 costs 40.444, and three more of 4 cost 3 x 1.111.
    found = api(15, member(4))
    assert found.addition == Batch(pack(11, SMALL), Size(1024, 2048), 20.22)
    assert found.raised == Raise("m", 1, 4, 3.33)
    assert (found.monthly_usd, found.after_usd) == (1.11, 4.44)
    assert found.batches[1] == Batch(pack(15, LARGE), Size(4096, 8192), 40.44)


@pytest.mark.parametrize(
    ("monthly", "missing", "addition", "raised", "is_exact", "after"),
    [
        (20.0, 1, 15.013, 12.344, True, 32.34),
        (20.0, 1, 12.344, 15.013, True, 32.34),
        (20.0, 1, 15.013, None, True, 35.01),
        (20.0, 1, None, None, True, None),
        (20.0, 0, None, None, True, 20.0),
        (20.0, 0, None, None, False, None),
        (20.0, 1, 15.013, 12.344, False, None),
        (None, 1, 15.013, 12.344, True, None),
        (None, 0, None, None, True, None),
    ],
)
def test_what_all_costs_afterwards(
    *,
    monthly: float | None,
    missing: int,
    addition: float | None,
    raised: float | None,
    is_exact: bool,
    after: float | None,
) -> None:
    found = RoleOutcome(
        "api",
        "jobs",
        need=10,
        have=10 - missing,
        is_exact=is_exact,
        tasks=1,
        monthly_usd=monthly,
        batches=(),
        addition=Batch(pack(1, SMALL), None, addition),
        have_least=0,
        least_tasks=0,
        raised=Raise("m", 1, 2, raised),
    )
    assert found.after_usd == after


def test_the_fewest_tasks_are_raised_where_prices_are_unknown() -> None:
    many, few = member(10, 20, None, name="many"), member(5, 1, None, name="few")
    unknown, none = member(None, 1, name="unknown"), member(30, None, name="none")
    found = api(225, few, many)
    assert found.raised == Raise("many", 20, 22, None)
    assert api(225, many, few).raised == found.raised
    # What is not known is no way, and hides no other.
    assert api(225, unknown, none, many).raised is None
    assert api(25, member(0, 1, name="zero"), member(10, 2)).raised == Raise("m", 2, 3, 1.11)


@pytest.mark.parametrize(
    ("members", "usd"),
    [
        ([], 10.11),
        ([{"on_arm": True}], 5.06),
        ([{"on_arm": True}, {}], 10.11),
        ([{"on_spot": True}], 1.01),
        ([{"on_spot": True}, {}], 10.11),
        ([{"on_spot": True, "on_arm": True}] * 2, 0.51),
    ],
)
def test_more_tasks_are_cheap_where_all_are(members: list[dict[str, bool]], usd: float) -> None:
    found = api(2 + len(members), *(member(1, **each) for each in members))
    assert found.addition
    assert found.addition.monthly_usd == usd


def test_plain_values_have_all_that_is_known_and_nothing_else() -> None:
    assert Raise("m", 1, 3, 2.5).as_dict() == {"definition": "m", "from": 1, "to": 3, "monthly_usd": 2.5}
    batch = Batch(pack(7, SMALL), None, None).as_dict()
    assert (batch["size"], batch["monthly_usd"], batch["containers"]) == (None, None, 2)
    plain = member(None, None, None, size=None).as_dict()
    assert [plain[key] for key in ("capacity", "count", "cpu", "memory", "monthly_usd", "least_count")] == [None] * 6
    plain = member(4, 3, least=2).as_dict()
    assert [plain[key] for key in ("count", "cpu", "memory", "monthly_usd", "least_count")] == [3, 1024, 2048, 3.33, 2]
    found = api(15, member(4)).as_dict()
    assert (found["addition"]["monthly_usd"], found["raise"]["to"], found["monthly_usd_after"]) == (20.22, 4, 4.44)


def test_a_total_is_known_if_all_of_it_is() -> None:
    assert total([]) == 0
    assert total([1.111, 2.222]) == 3.33
    assert total([1.0, None]) is None
