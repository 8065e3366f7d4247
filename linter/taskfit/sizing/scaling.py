"""What the metrics of Application Auto Scaling say of a service."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from taskfit.dimensions import Dimension

METRICS: dict[str, Dimension] = {
    "ECSServiceAverageCPUUtilization": "cpu",
    "ECSServiceAverageMemoryUtilization": "memory",
    "ECSServiceAverageCPUUtilizationHighResolution": "cpu",
    "ECSServiceAverageMemoryUtilizationHighResolution": "memory",
}
"""Metrics of Application Auto Scaling: what is used, in percent of what the tasks reserve.

Source: API_PredefinedMetricSpecification of the Application Auto Scaling API Reference.
"""

REQUESTS = "ALBRequestCountPerTarget"
"""Requests a minute that a load balancer sends to each task."""
