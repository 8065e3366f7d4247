"""CloudWatch's measurements, and the use of a service computed from them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from statistics import fmean
from typing import Any

from taskfit.auditing.inventory import Trend
from taskfit.auditing.services import ServiceName
from taskfit.record import NamedTuple
from taskfit.sizing.observed import Use

_LABEL = re.compile(r"([\w-]+)/([\w-]+) (\w+) (Average|Maximum)", re.ASCII)
_DAY = 86400.0
TREND = 24
"""The number of points of a trend."""

_LATEST = 4e9
"""Seconds since the epoch, in the year 2096: a later time is invalid."""
_MOST = 1e9
"""The largest valid measurement, in percent, or in CPU units or MiB of all tasks of a service."""


class Series(NamedTuple):
    """One statistic of one metric of one service over time."""

    cluster: str
    service: str
    metric: str
    statistic: str
    points: dict[float, float]
    """Values by time in seconds."""


def label(key: ServiceName, metric: str, statistic: str) -> str:
    """The label of a query of `get-metric-data`, which identifies its result: a response does not repeat the query."""
    return f"{key.cluster}/{key.name} {metric} {statistic}"


def metric_data(result: Mapping[str, Any]) -> Iterator[Series]:
    """The series in an entry of `MetricDataResults`."""
    if result.get("StatusCode") in ("InternalError", "Forbidden"):
        raise ValueError(f"{result.get('Label')}: {result['StatusCode']}")
    if named := _LABEL.fullmatch(result.get("Label", "")):
        cluster, service, metric, statistic = named.groups()
        values = (measurement(value, result["Label"]) for value in result["Values"])
        points = zip(map(_seconds, result["Timestamps"]), values, strict=True)
        yield Series(cluster, service, metric, statistic, dict(points))


def metric_statistics(name: str, answer: Mapping[str, Any]) -> Iterator[Series]:
    """The series of a response, which names the metric only: its folders name the cluster and service."""
    folders = name.split("/")[-3:-1]
    if len(folders) < 2:
        raise ValueError("it does not name its service; save it in a folder CLUSTER/SERVICE")
    cluster, service = folders
    for statistic in ("Average", "Maximum"):
        points = {
            _seconds(each["Timestamp"]): measurement(each[statistic], answer["Label"])
            for each in answer["Datapoints"]
            if statistic in each
        }
        yield Series(cluster, service, str(answer["Label"]), statistic, points)


def measurement(value: float, what: str) -> float:
    """A valid measurement.

    Raises `ValueError`, which names `what`.
    """
    number = float(value)
    if not 0 <= number <= _MOST:
        raise ValueError(f"{what}: {number:g} is not a measurement")
    return number


def _seconds(time: str | float) -> float:
    seconds = datetime.fromisoformat(time).timestamp() if isinstance(time, str) else float(time)
    if not 0 <= seconds < _LATEST:
        raise ValueError(f"{time!r} is not a time")
    return seconds


def iso(time: str | float) -> str:
    """A time in UTC, to the second."""
    return datetime.fromtimestamp(_seconds(time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def use_of(found: Iterable[Series]) -> tuple[Use, Trend] | None:
    """The measured use; Container Insights is used if the service's own metrics are missing."""
    points: dict[tuple[str, str], dict[float, float]] = {}
    for series in found:
        points.setdefault((series.metric, series.statistic), {}).update(series.points)

    def percent(metric: str, statistic: str) -> dict[float, float]:
        return {time: value / 100 for time, value in points.get((metric, statistic), {}).items()}

    def share(used: str, reserved: str) -> dict[float, float]:
        """The utilisation by Container Insights, which reports used and reserved amounts summed over the tasks."""
        whole = points.get((reserved, "Average"), {})
        used_points = points.get((used, "Average"), {})
        return {time: value / whole[time] for time, value in used_points.items() if whole.get(time)}

    cpu, memory = (
        (percent(metric, "Average"), percent(metric, "Maximum")) for metric in ("CPUUtilization", "MemoryUtilization")
    )
    source = "CloudWatch"
    if not any((*cpu, *memory)):
        cpu, memory = (
            (shares, shares)
            for shares in (share("CpuUtilized", "CpuReserved"), share("MemoryUtilized", "MemoryReserved"))
        )
        source = "Container Insights"
    if not any((*cpu, *memory)):
        return None
    times = [time for series in points.values() for time in series]
    ends = min(times), max(times)
    use = Use(
        cpu_average=_mean(cpu[0].values()),
        cpu_maximum=_rounded(max(cpu[1].values())) if cpu[1] else None,
        memory_average=_mean(memory[0].values()),
        memory_maximum=_rounded(max(memory[1].values())) if memory[1] else None,
        days=round(max(map(_days, points.values())), 2),
        source=source,
        cpu_p50=_percentile(cpu[0].values(), 50),
        cpu_p95=_percentile(cpu[0].values(), 95),
        memory_p50=_percentile(memory[0].values(), 50),
        memory_p95=_percentile(memory[0].values(), 95),
        since=iso(ends[0]),
        until=iso(ends[1]),
    )
    return use, Trend(_trend(cpu[0], ends), _trend(memory[0], ends))


def _trend(points: Mapping[float, float], ends: tuple[float, float]) -> tuple[float | None, ...]:
    """Averages over equal parts of the window."""
    if not points:
        return ()
    start, length = ends[0], (ends[1] - ends[0]) / TREND or 1.0
    parts: list[list[float]] = [[] for _ in range(TREND)]
    for time, value in points.items():
        parts[min(int((time - start) / length), TREND - 1)].append(value)
    return tuple(_mean(part) for part in parts)


def _mean(shares: Collection[float]) -> float | None:
    return _rounded(fmean(shares)) if shares else None


def _percentile(shares: Iterable[float], percent: int) -> float | None:
    """The percentile of the values by the nearest-rank method."""
    ordered = sorted(shares)
    return _rounded(ordered[-(-len(ordered) * percent // 100) - 1]) if ordered else None


def _rounded(share: float) -> float:
    return round(share, 4)


def _days(points: Iterable[float]) -> float:
    """The measured time in days: half of the window for a service that runs during the day only."""
    times = sorted(points)
    return len(times) * min((later - earlier for earlier, later in pairwise(times)), default=0) / _DAY
