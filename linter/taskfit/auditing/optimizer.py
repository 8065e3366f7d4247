"""Reads the recommendations of Compute Optimizer: `get-ecs-service-recommendations`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from taskfit.auditing.inventory import Optimizer
from taskfit.auditing.measurements import iso, measurement
from taskfit.dimensions import Size
from taskfit.sizing.observed import Use


def use_of(item: Mapping[str, Any]) -> Use:
    """The use of a service that it has measured."""
    found = {
        (metric["name"], metric["statistic"]): measurement(metric["value"], item["serviceArn"]) / 100
        for metric in item.get("utilizationMetrics") or ()
    }
    return Use(
        cpu_average=found.get(("Cpu", "Average")),
        cpu_maximum=found.get(("Cpu", "Maximum")),
        memory_average=found.get(("Memory", "Average")),
        memory_maximum=found.get(("Memory", "Maximum")),
        days=measurement(item.get("lookbackPeriodInDays") or 0, item["serviceArn"]),
        source="Compute Optimizer",
        until=iso(item["lastRefreshTimestamp"]) if "lastRefreshTimestamp" in item else "",
    )


def recommended(item: Mapping[str, Any]) -> Optimizer:
    """Its recommendation for a service."""
    option: Mapping[str, Any] = next(iter(item.get("serviceRecommendationOptions") or ()), {})
    size = Size(int(option["cpu"]), int(option["memory"])) if {"cpu", "memory"} <= option.keys() else None
    return Optimizer(
        finding=str(item.get("finding", "")),
        reasons=tuple(map(str, item.get("findingReasonCodes") or ())),
        risk=str(item.get("currentPerformanceRisk", "")),
        recommended=size,
        savings_usd=_savings(option.get("savingsOpportunity"), item["serviceArn"]),
        savings_after_discounts_usd=_savings(option.get("savingsOpportunityAfterDiscounts"), item["serviceArn"]),
        as_of=iso(item["lastRefreshTimestamp"]) if "lastRefreshTimestamp" in item else "",
    )


def _savings(opportunity: Mapping[str, Any] | None, what: str) -> float | None:
    """USD/month; `None` in another currency, as in China."""
    money = (opportunity or {}).get("estimatedMonthlySavings") or {}
    return measurement(money["value"], what) if money.get("currency") == "USD" and "value" in money else None
