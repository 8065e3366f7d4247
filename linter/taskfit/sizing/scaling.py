"""The metrics of Application Auto Scaling."""

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
"""The dimension of a metric of Application Auto Scaling: use in percent of what the tasks reserve.

Source: API_PredefinedMetricSpecification of the Application Auto Scaling API Reference.
"""

REQUESTS = "ALBRequestCountPerTarget"
"""The metric of requests per minute that a load balancer sends to each task."""
