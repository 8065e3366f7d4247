"""What a Fargate task costs a month."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from taskfit.model import Model
from taskfit.record import NamedTuple, Record, replace
from taskfit.suggestion import hint

HOURS_PER_MONTH = 730
"""As AWS's own calculator counts."""

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
    """The day the prices were last compared, YYYY-MM-DD."""
    source: str
    """Where AWS publishes them."""
    regions: Mapping[str, Region]
    unpriced: tuple[str, ...]
    """Regions of AWS of which no price is known."""
    savings_plan_discount: float
    """What a Compute Savings Plan is cheaper than on demand, where a team does not say; a share of 1."""
    large_service_usd: float
    """The USD/month from which on a service is large, where a team does not say."""


class Way(NamedTuple):
    """A way to pay for one task, USD/month."""

    name: Literal["on demand", "Savings Plan", "Spot"]
    x86: float | None
    arm: float | None
    """On ARM64; `None` as `x86` where the price is not known."""
    basis: str
    """What the price rests on."""


class Pricing(Record):
    """A price list seen from one region and with one's own discount."""

    prices: PriceList
    region: str = "us-east-1"
    discount: float = 0.0
    """What a team already gets off the on-demand price, a share of 1."""
    spot_discount: float | None = None
    """What Spot takes off the on-demand price, a share of 1; unknown if `None`: AWS publishes no list of Spot's prices."""
    savings_plan_discount: float | None = None
    """What a Compute Savings Plan would take off the on-demand price; the price list's assumption if `None`."""
    large_service_usd: float | None = None
    """The USD/month from which on a service is large; the price list's assumption if `None`."""
    spot_as_of: str = ""
    """The day of `spot_discount`, YYYY-MM-DD; AWS changes Spot's prices."""

    def __post_init__(self) -> None:
        if self.region not in self.prices.regions and self.region not in self.prices.unpriced:
            raise ValueError(f"AWS has no region {self.region!r}; {hint(self.region, self.prices.regions)}")
        if not all(0 <= discount < 1 for discount in (self.discount, self.spot_discount or 0, self.with_savings_plan)):
            raise ValueError("a discount is a share from 0 to below 1")

    @property
    def remark(self) -> str:
        """What there is to say of a region without prices; nothing of others."""
        known = self.region in self.prices.regions
        return "" if known else f"no Fargate prices are known for {self.region}: costs are left out"

    @property
    def with_savings_plan(self) -> float:
        """What a Compute Savings Plan would take off the on-demand price, a share of 1."""
        return self.prices.savings_plan_discount if self.savings_plan_discount is None else self.savings_plan_discount

    @property
    def large_from(self) -> float:
        """The USD/month from which on a service is large."""
        return self.prices.large_service_usd if self.large_service_usd is None else self.large_service_usd

    def ways(self, cpu: int, memory: int) -> tuple[Way, ...]:
        """What one Linux task of `cpu` CPU units and `memory` MiB costs by each way to pay.

        Spot has a price only where a team says what it takes off: no assumption stands in for it.
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

        `None` where the region's price of any part of it is not known, or what Spot takes off. A task on Spot has that
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
