"""The monthly cost of a Fargate task."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from taskfit.model import Model
from taskfit.phrases import hint
from taskfit.record import NamedTuple, Record, replace

HOURS_PER_MONTH = 730
"""As in AWS's own calculator."""

FREE_EPHEMERAL_GIB = 20


class Rates(Model):
    """On-demand prices of one region and platform, USD an hour."""

    vcpu: float
    """USD per vCPU-hour."""
    gb: float
    """USD per GB-hour of memory."""
    licence: float = 0.0
    """USD per vCPU-hour for the operating system."""


class Region(Model):
    """The prices of one region."""

    x86: Rates
    arm: Rates | None = None
    windows: Rates | None = None
    ephemeral_gb: float | None = None
    """USD per GB-hour of ephemeral storage above the first 20 GiB."""


class PriceList(Model):
    """Fargate's prices by region."""

    as_of: str
    """The day the prices were last checked, YYYY-MM-DD."""
    source: str
    """Where AWS publishes them."""
    regions: Mapping[str, Region]
    unpriced: tuple[str, ...]
    """AWS regions without a known price."""
    savings_plan_discount: float
    """The assumed discount of a Compute Savings Plan off the on-demand price, as a share from 0 to 1."""
    large_service_usd: float
    """The assumed cost from which a service is large, USD/month."""


class Way(NamedTuple):
    """A way to pay for one task, USD/month."""

    name: Literal["on demand", "Savings Plan", "Spot"]
    x86: float | None
    arm: float | None
    """On ARM64; `None`, like `x86`, if the price is unknown."""
    basis: str
    """The basis of the price."""


class Pricing(Record):
    """A price list for one region, with the team's discount."""

    prices: PriceList
    region: str = "us-east-1"
    discount: float = 0.0
    """The team's discount off the on-demand price, as a share from 0 to 1."""
    spot_discount: float | None = None
    """The Spot discount off the on-demand price, a share from 0 to 1; `None` if unknown: AWS publishes no Spot price list."""
    savings_plan_discount: float | None = None
    """The discount of a Compute Savings Plan off the on-demand price; the price list's assumption if `None`."""
    large_service_usd: float | None = None
    """The cost from which a service is large, USD/month; the price list's assumption if `None`."""
    spot_as_of: str = ""
    """The day of `spot_discount`, YYYY-MM-DD: AWS changes Spot prices."""

    def __post_init__(self) -> None:
        if self.region not in self.prices.regions and self.region not in self.prices.unpriced:
            raise ValueError(f"AWS has no region {self.region!r}; {hint(self.region, self.prices.regions)}")
        if not all(0 <= discount < 1 for discount in (self.discount, self.spot_discount or 0, self.with_savings_plan)):
            raise ValueError("a discount is a share from 0 to below 1")

    @property
    def remark(self) -> str:
        """A remark on a region without prices; empty for others."""
        known = self.region in self.prices.regions
        return "" if known else f"no Fargate prices are known for {self.region}: costs are left out"

    @property
    def with_savings_plan(self) -> float:
        """The discount of a Compute Savings Plan off the on-demand price, as a share from 0 to 1."""
        return self.prices.savings_plan_discount if self.savings_plan_discount is None else self.savings_plan_discount

    @property
    def large_from(self) -> float:
        """The cost from which a service is large, USD/month."""
        return self.prices.large_service_usd if self.large_service_usd is None else self.large_service_usd

    def ways(self, cpu: int, memory: int) -> tuple[Way, ...]:
        """The cost of one Linux task of `cpu` CPU units and `memory` MiB by each way to pay.

        Spot has a price only if the team configured a Spot discount: none is assumed.
        """
        listed = replace(self, discount=0)
        plan, spot = self.with_savings_plan, self.spot_discount
        assumed = ", assumed" if self.savings_plan_discount is None else ""
        own = f", less {self.discount:.0%}" if self.discount else ""
        day = f" on {self.spot_as_of}" if self.spot_as_of else ""

        def both(pricing: Pricing, *, on_spot: bool = False) -> tuple[float | None, float | None]:
            x86, arm = (pricing.monthly_usd(cpu, memory, arm=arm, spot=on_spot) for arm in (False, True))
            return x86, arm

        basis = "set pricing.spot-discount-percent" if spot is None else f"{spot:.0%} off{day}"
        return (
            Way("on demand", *both(self), f"prices of {self.prices.as_of}{own}"),
            Way("Savings Plan", *both(replace(self, discount=plan)), f"{plan:.0%} off{assumed}"),
            Way("Spot", *both(listed, on_spot=True), basis),
        )

    def monthly_usd(  # noqa: PLR0913 - what a price depends on
        self,
        cpu: float,
        memory: float,
        *,
        windows: bool = False,
        arm: bool = False,
        spot: bool = False,
        ephemeral_gib: float = 20,
    ) -> float | None:
        """USD/month for one task that always runs, of `cpu` CPU units and `memory` MiB, rounded to cents.

        `None` if the region's price of any part, or the Spot discount, is unknown. A task on Spot has that
        discount instead of the team's own: no Savings Plan applies to it.
        """
        discount = self.spot_discount if spot else self.discount
        region = self.prices.regions.get(self.region)
        rates = None if region is None else region.windows if windows else region.arm if arm else region.x86
        above = max(0.0, ephemeral_gib - FREE_EPHEMERAL_GIB)
        if region is None or rates is None or discount is None or (above and region.ephemeral_gb is None):
            return None
        storage = above * (region.ephemeral_gb or 0.0)
        hourly = cpu / 1024 * (rates.vcpu + rates.licence) + memory / 1024 * rates.gb + storage
        return round(hourly * HOURS_PER_MONTH * (1 - discount), 2)
