"""Queries CloudWatch for the use of services."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from taskfit.auditing.measurements import label

if TYPE_CHECKING:
    from taskfit.auditing.access import Place
    from taskfit.auditing.journal import Journal
    from taskfit.auditing.services import ServiceName
    from taskfit.auditing.store import Store

QUERIES_PER_CALL = 500
"""The limit of GetMetricData."""

SERVICE_METRICS = tuple(
    (metric, statistic) for metric in ("CPUUtilization", "MemoryUtilization") for statistic in ("Average", "Maximum")
)
INSIGHTS_METRICS = tuple(
    (metric, "Average") for metric in ("CpuUtilized", "CpuReserved", "MemoryUtilized", "MemoryReserved")
)

Answer = dict[str, Any]


class Metrics:
    """Reads the metrics of one place after the other."""

    def __init__(self, days: int, period: int, until: datetime, store: Store, journal: Journal) -> None:
        self._days, self._period, self._until = days, period, until
        self._store, self._journal = store, journal

    def read(self, place: Place, services: Sequence[ServiceName]) -> None:
        """Read the utilisation of services; Container Insights is queried only for those without their own metrics."""
        if not self._days:
            return
        silent = self._metrics(place, services, "AWS/ECS", SERVICE_METRICS)
        self._metrics(place, silent, "ECS/ContainerInsights", INSIGHTS_METRICS)

    def _metrics(
        self, place: Place, services: Sequence[ServiceName], namespace: str, metrics: Sequence[tuple[str, str]]
    ) -> list[ServiceName]:
        """Read metrics, and return the services that have none."""
        silent: list[ServiceName] = []
        for number, batch in enumerate(batches(services, QUERIES_PER_CALL // len(metrics)), 1):
            self._journal.expect(1)
            name = f"{place.folder}get-metric-data/{namespace.replace('/', '-').lower()}-{number:03}.json"
            with self._journal.reporting(place.folder, "cloudwatch:GetMetricData", namespace):
                answer = self._stored_metrics(name, batch, metrics) or self._metric_data(
                    place, batch, namespace, metrics
                )
                heard = {
                    result["Label"].partition(" ")[0] for result in answer["MetricDataResults"] if result["Values"]
                }
                silent += [key for key in batch if f"{key.cluster}/{key.name}" not in heard]
                self._store.add(name, answer)
            self._journal.done()
        return silent

    def _stored_metrics(
        self, name: str, services: Sequence[ServiceName], metrics: Sequence[tuple[str, str]]
    ) -> Answer | None:
        """The stored metrics of the same services."""
        before = self._store.load(name)
        labels = {label(key, metric, statistic) for key in services for metric, statistic in metrics}
        if isinstance(before, dict) and {each["Label"] for each in before["MetricDataResults"]} == labels:
            return before
        return None

    def _metric_data(
        self, place: Place, services: Sequence[ServiceName], namespace: str, metrics: Sequence[tuple[str, str]]
    ) -> Answer:
        asked = [(key, metric, statistic) for key in services for metric, statistic in metrics]
        queries = [
            {
                "Id": f"m{number}",
                "Label": label(key, metric, statistic),
                "MetricStat": {
                    "Metric": {
                        "Namespace": namespace,
                        "MetricName": metric,
                        "Dimensions": [
                            {"Name": "ClusterName", "Value": key.cluster},
                            {"Name": "ServiceName", "Value": key.name},
                        ],
                    },
                    "Period": self._period,
                    "Stat": statistic,
                },
            }
            for number, (key, metric, statistic) in enumerate(asked)
        ]
        start = self._until - timedelta(days=self._days)
        window: Answer = {"StartTime": start, "EndTime": self._until}
        pages = place.pages("cloudwatch", "get_metric_data", MetricDataQueries=queries, **window)
        return {"MetricDataResults": [result for page in pages for result in page["MetricDataResults"]]}


def batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    """The items in batches of a size."""
    return (items[start : start + size] for start in range(0, len(items), size))
