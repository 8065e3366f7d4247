"""What a Fargate task costs a month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from taskfit.model import Model, model

HOURS_PER_MONTH = 730
"""As AWS's own calculator counts."""

FREE_EPHEMERAL_GIB = 20


@model
class Rates(Model):
    """On-demand prices of one region and platform, USD an hour."""

    vcpu: float
    """USD per vCPU-hour."""
    gb: float
    """USD per GB-hour of memory."""
    licence: float = 0.0
    """USD per vCPU-hour for the operating system."""


@model
class Region(Model):
    """The prices of one region."""

    x86: Rates
    arm: Rates | None = None
    windows: Rates | None = None
    ephemeral_gb: float | None = None
    """USD per GB-hour of ephemeral storage above the first 20 GiB."""


@model
class PriceList(Model):
    """Fargate's prices by region."""

    as_of: str
    """The day the prices were last compared, YYYY-MM-DD."""
    source: str
    """Where AWS publishes them."""
    regions: Mapping[str, Region]
    arm_discount: float
    """What ARM is cheaper than x86, where a region's own ARM price is not listed; a share of 1."""
    spot_discount: float
    """What Spot is cheaper than on demand, where a team does not say; a share of 1."""
    savings_plan_discount: float
    """What a Compute Savings Plan is cheaper than on demand, where a team does not say; a share of 1."""
    large_service_usd: float
    """The USD/month from which on a service is large, where a team does not say."""


@dataclass(frozen=True, slots=True)
class Pricing:
    """A price list seen from one region and with one's own discount."""

    prices: PriceList
    region: str = "us-east-1"
    discount: float = 0.0
    """What a team already gets off the on-demand price, a share of 1."""
    spot_discount: float | None = None
    """What Spot takes off the on-demand price, a share of 1; the price list's assumption if `None`."""
    savings_plan_discount: float | None = None
    """What a Compute Savings Plan would take off the on-demand price; the price list's assumption if `None`."""
    large_service_usd: float | None = None
    """The USD/month from which on a service is large; the price list's assumption if `None`."""

    def __post_init__(self) -> None:
        if self.region not in self.prices.regions:
            known = ", ".join(sorted(self.prices.regions))
            raise ValueError(f"no prices for the region {self.region!r}; there are prices for {known}")
        if not all(0 <= discount < 1 for discount in (self.discount, self.on_spot, self.with_savings_plan)):
            raise ValueError("a discount is a share from 0 to below 1")

    @property
    def on_spot(self) -> float:
        """What Spot takes off the on-demand price, a share of 1."""
        return self.prices.spot_discount if self.spot_discount is None else self.spot_discount

    @property
    def with_savings_plan(self) -> float:
        """What a Compute Savings Plan would take off the on-demand price, a share of 1."""
        return self.prices.savings_plan_discount if self.savings_plan_discount is None else self.savings_plan_discount

    @property
    def large_from(self) -> float:
        """The USD/month from which on a service is large."""
        return self.prices.large_service_usd if self.large_service_usd is None else self.large_service_usd

    def monthly_usd(  # noqa: PLR0913 - what a price depends on
        self,
        cpu: float,
        memory: float,
        *,
        windows: bool = False,
        arm: bool = False,
        spot: bool = False,
        ephemeral_gib: float = 20,
    ) -> float:
        """USD/month for one task that always runs, of `cpu` CPU units and `memory` MiB, rounded to cents.

        A task on Spot has the discount of Spot instead of the team's own: no Savings Plan applies to it.
        """
        region = self.prices.regions[self.region]
        rates = self._rates(region, windows=windows, arm=arm)
        storage = max(0.0, ephemeral_gib - FREE_EPHEMERAL_GIB) * (region.ephemeral_gb or 0.0)
        hourly = cpu / 1024 * (rates.vcpu + rates.licence) + memory / 1024 * rates.gb + storage
        return round(hourly * HOURS_PER_MONTH * (1 - (self.on_spot if spot else self.discount)), 2)

    def _rates(self, region: Region, *, windows: bool, arm: bool) -> Rates:
        if windows:
            # Windows is listed for some regions only; the newest known rates are those of us-east-1.
            return region.windows or self.prices.regions["us-east-1"].windows or region.x86
        if arm:
            share = 1 - self.prices.arm_discount
            return region.arm or Rates(vcpu=region.x86.vcpu * share, gb=region.x86.gb * share)
        return region.x86
