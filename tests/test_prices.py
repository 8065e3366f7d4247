"""What a task costs by each way to pay for it, from rates that are written here, and worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from taskfit.sizing.prices import PriceList, Pricing, Rates, Region

LIST = PriceList(
    as_of="2026-01-31",
    source="",
    regions={
        # A vCPU, a GB and a GB of storage for a month cost $73, $7.30 and $0.73; on ARM64 half of it.
        "us-east-1": Region(
            x86=Rates(vcpu=0.1, gb=0.01),
            arm=Rates(vcpu=0.05, gb=0.005),
            windows=Rates(vcpu=0.1, gb=0.01, licence=0.1),
            ephemeral_gb=0.001,
        ),
        "eu-west-1": Region(x86=Rates(vcpu=0.2, gb=0.02)),
    },
    unpriced=("us-iso-east-1",),
    savings_plan_discount=0.2,
    large_service_usd=500,
)


@pytest.mark.parametrize(
    ("size", "fields", "usd"),
    [
        ((1024, 1024), {}, 80.3),
        ((2048, 1024), {}, 153.3),
        ((1024, 2048), {}, 87.6),
        ((256, 512), {}, 21.9),  # 18.25 + 3.65
        ((1024, 1024), {"arm": True}, 40.15),
        ((1024, 1024), {"windows": True}, 153.3),
        ((1024, 1024), {"ephemeral_gib": 0}, 80.3),
        ((1024, 1024), {"ephemeral_gib": 20}, 80.3),
        ((1024, 1024), {"ephemeral_gib": 21}, 81.03),
        ((1024, 1024), {"ephemeral_gib": 120}, 153.3),
        ((1024, 1024), {"spot": True}, None),  # AWS lists no price of Spot
    ],
)
def test_a_month_is_730_hours_of_each_part(size: tuple[int, int], fields: dict[str, Any], usd: float | None) -> None:
    assert Pricing(LIST).monthly_usd(*size, **fields) == usd


@pytest.mark.parametrize(
    ("fields", "usd"),
    [({}, 160.6), ({"arm": True}, None), ({"windows": True}, None), ({"ephemeral_gib": 21}, None)],
)
def test_what_a_region_has_no_price_of_has_none(fields: dict[str, Any], usd: float | None) -> None:
    assert Pricing(LIST, region="eu-west-1").monthly_usd(1024, 1024, **fields) == usd
    assert Pricing(LIST, region="us-iso-east-1").monthly_usd(1024, 1024, **fields) is None


def test_spot_has_its_own_discount_in_the_place_of_the_team_s() -> None:
    pricing = Pricing(LIST, discount=0.1, spot_discount=0.6)
    assert pricing.monthly_usd(1024, 1024) == 72.27
    assert pricing.monthly_usd(1024, 1024, spot=True) == 32.12


@pytest.mark.parametrize(
    ("fields", "ways"),
    [
        (
            {},
            [
                ("on demand", 80.3, 40.15, "prices of 2026-01-31"),
                ("Savings Plan", 64.24, 32.12, "20% off, assumed"),
                ("Spot", None, None, "set pricing.spot-discount-percent"),
            ],
        ),
        (
            {"discount": 0.2, "spot_discount": 0.6, "savings_plan_discount": 0.4, "spot_as_of": "2026-02-03"},
            [
                ("on demand", 64.24, 32.12, "prices of 2026-01-31, less 20%"),
                ("Savings Plan", 48.18, 24.09, "40% off"),
                ("Spot", 32.12, 16.06, "60% off on 2026-02-03"),
            ],
        ),
        (
            {"region": "eu-west-1", "spot_discount": 0.5, "savings_plan_discount": 0.0},
            [
                ("on demand", 160.6, None, "prices of 2026-01-31"),
                ("Savings Plan", 160.6, None, "0% off"),
                ("Spot", 80.3, None, "50% off"),
            ],
        ),
    ],
)
def test_each_way_to_pay_says_what_its_price_rests_on(fields: dict[str, Any], ways: list[tuple[Any, ...]]) -> None:
    assert [tuple(way) for way in Pricing(LIST, **fields).ways(1024, 1024)] == ways


def test_a_team_says_from_when_on_a_service_is_large() -> None:
    assert Pricing(LIST).large_from == 500
    assert Pricing(LIST, large_service_usd=0).large_from == 0
    assert (Pricing(LIST).with_savings_plan, Pricing(LIST, savings_plan_discount=0.0).with_savings_plan) == (0.2, 0)


@pytest.mark.parametrize("name", ["discount", "spot_discount", "savings_plan_discount"])
def test_a_discount_is_a_share_below_1(name: str) -> None:
    for share in (0.0, 0.99):
        assert Pricing(LIST, **{name: share})  # type: ignore[arg-type]
    for share in (-0.01, 1.0):
        with pytest.raises(ValueError, match="a share from 0 to below 1"):
            Pricing(LIST, **{name: share})  # type: ignore[arg-type]


def test_only_regions_of_aws_have_a_remark() -> None:
    assert Pricing(LIST).remark == ""
    assert (
        Pricing(LIST, region="us-iso-east-1").remark
        == "no Fargate prices are known for us-iso-east-1: costs are left out"
    )
    with pytest.raises(ValueError, match=r"AWS has no region 'us-east-9'; .*us-east-1"):
        Pricing(LIST, region="us-east-9")
