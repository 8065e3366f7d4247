"""Saved answers of the AWS API to what an audit has to know besides the definitions: services, their use, failures.

The answers are in the shapes that the AWS CLI prints, and are recognised by their content, not by their names. Services
and definitions say themselves in which account and region they are; for an answer of CloudWatch, the folders do.
"""

from __future__ import annotations

import json
import os
import re
import stat
from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from statistics import fmean
from typing import Any, NamedTuple, overload

from taskfit.auditing.inventory import Optimizer, Scaling, Trend
from taskfit.definition import Partial, Service, Unknown, whole_number
from taskfit.dimensions import Size
from taskfit.sizing.observed import Use
from taskfit.sources.files import MAX_BYTES, File, UnusablePathError
from taskfit.sources.formats import may_have_definition

_MARKS = (b'"services"', b'"failures"', b'"ecsServiceRecommendations"', b'"ScalableTargets"')
_MEASUREMENTS = (b'"MetricDataResults"', b'"Datapoints"')
_LABEL = re.compile(r"([\w-]+)/([\w-]+) (\w+) (Average|Maximum)", re.ASCII)
_PLACE = re.compile(r"(?:^|/)(\d{12})/([a-z0-9-]+)/")
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DAY = 86400.0
TREND = 24
"""Parts of the window that a trend has."""

_LATEST = 4e9
"""Seconds, in the year 2096."""
_MOST = 1e9
"""Of a percentage, or of the CPU units or MiB of all tasks of a service; more, or less than nothing, is no measurement."""


class ServiceName(NamedTuple):
    """What names a service in the whole of AWS."""

    account: str
    region: str
    cluster: str
    name: str


class RunningService(NamedTuple):
    """A service as `describe-services` returns it."""

    key: ServiceName
    definition: str
    """The ARN of the definition that it runs."""
    launch_types: tuple[str, ...]
    """`FARGATE`, `FARGATE_SPOT`, `EC2`, `EXTERNAL`; none where only a capacity provider of the team's own is named."""
    desired: int
    running: int
    service: Service


class Series(NamedTuple):
    """One statistic of one metric of one service over time."""

    cluster: str
    service: str
    metric: str
    statistic: str
    points: dict[float, float]
    """Values by time in seconds."""


@dataclass
class Answers:
    """Everything in saved answers."""

    definitions: Sequence[File] = field(default_factory=list)
    """The files that may contain task definitions."""
    services: list[RunningService] = field(default_factory=list)
    uses: dict[ServiceName, Use] = field(default_factory=dict)
    trends: dict[ServiceName, Trend] = field(default_factory=dict)
    scaling: dict[ServiceName, Scaling] = field(default_factory=dict)
    optimizer: dict[ServiceName, Optimizer] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)
    """What could not be read, now or when the answers were saved; one line each."""


def label(key: ServiceName, metric: str, statistic: str) -> str:
    """How a query of `get-metric-data` is labelled, for an answer does not repeat what was asked."""
    return f"{key.cluster}/{key.name} {metric} {statistic}"


def running_service(item: Mapping[str, Any]) -> RunningService:
    """A service as an entry of `services` describes it.

    Raises `ValueError`, `LookupError`, `TypeError` or `AttributeError` for what is none.
    """
    service = _service(item)
    return RunningService(
        key=_service_name(item["serviceArn"], item.get("clusterArn", "")),
        definition=_definition(item),
        launch_types=service.launch_types,
        desired=_count(item, "desiredCount"),
        running=_count(item, "runningCount"),
        service=service,
    )


def saved(folder: str) -> Sequence[File]:
    """The JSON files below a folder, or one file, named as seen from there; also what git ignores, as answers often are.

    Raises `ValueError` for a folder that can't be read.
    """

    def failed(error: OSError) -> None:
        raise ValueError(f"{error.filename}: {error.strerror}")

    if os.path.isfile(folder):
        return [File(os.path.basename(folder), Path(folder))]
    found = []
    for top, _, names in os.walk(folder, onerror=failed):
        inside = "" if top == folder else os.path.relpath(top, folder).replace(os.sep, "/") + "/"
        found += [
            inside + name
            for name in names
            if name.lower().endswith(".json") and len(name) > len(".json") and not _is_pipe(os.path.join(top, name))
        ]
    return SavedFiles(folder, sorted(found))


def _is_pipe(path: str) -> bool:
    """Who opens a named pipe waits for somebody who writes."""
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


class SavedFiles(Sequence[File]):
    """Files below a folder by their names alone: of a million, the paths would take more memory than what is in them."""

    def __init__(self, folder: str, names: Sequence[str]) -> None:
        self.folder, self.names = folder, names

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> list[File]: ...
    def __getitem__(self, index: int | slice) -> File | list[File]:
        if isinstance(index, slice):
            return [File(name, Path(self.folder, name)) for name in self.names[index]]
        return File(self.names[index], Path(self.folder, self.names[index]))


def _chosen(files: Sequence[File], numbers: Sequence[int]) -> Sequence[File]:
    """Some of the files."""
    if isinstance(files, SavedFiles):
        return SavedFiles(files.folder, [files.names[number] for number in numbers])
    return [files[number] for number in numbers]


def collect(files: Sequence[File]) -> Answers:
    """The content of the files; one that can't be read is a failure and hides no other.

    Measurements are read last and place by place, for they are most of what is saved, and all of them are too much to
    remember.
    """
    answers = Answers()
    reader = _Reader(answers)
    definitions = array("L")
    measured: dict[tuple[str, ...], array[int]] = {}
    for number, file in enumerate(files):
        try:
            content = file.content()
        except UnusablePathError as error:
            answers.failures.append(str(error))
            continue
        if content.startswith(_UTF_16):
            answers.failures.append(f"{file.name}: not UTF-8, but UTF-16; save the file as UTF-8")
            continue
        if may_have_definition(content, file.path):
            definitions.append(number)
        if any(mark in content for mark in _MEASUREMENTS):
            place = _PLACE.search(file.name)
            measured.setdefault(place.groups() if place else (), array("L")).append(number)
        if any(mark in content for mark in _MARKS):
            reader.read(file.name, content, reader.takes)
    answers.definitions = _chosen(files, definitions)
    reader.index()
    for some in measured.values():
        for file in _chosen(files, some):
            reader.read(file.name, file.content(), reader.measures)
        reader.join()
    # One cause may spoil many entries of a file.
    answers.failures = list(dict.fromkeys(answers.failures))
    return answers


Take = Callable[[str, Mapping[str, Any]], None]
"""Reads an answer of a file."""


class _Reader:
    """Takes answers one after the other; measurements find their services once all of those are known."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._series: list[tuple[str, Series]] = []
        self._by_name: dict[tuple[str, str], list[ServiceName]] = {}

    def read(self, name: str, content: bytes, take: Take) -> None:
        """The answers in a file."""
        if len(content) > MAX_BYTES:
            self._answers.failures.append(f"{name}: larger than {MAX_BYTES // 1024**2} MiB; split it")
            return
        try:
            value = json.loads(content)
        except (ValueError, RecursionError) as error:
            self._answers.failures.append(f"{name}: can't be read: {error}")
            return
        for answer in _answers(value):
            take(name, answer)

    def takes(self, name: str, answer: Mapping[str, Any]) -> None:
        """The content of an answer, except measurements."""
        for key, take in (
            ("services", self._service),
            ("failures", self._failure),
            ("ecsServiceRecommendations", self._recommendation),
            ("ScalableTargets", self._scalable_target),
        ):
            self._all(take, name, key, answer)

    def measures(self, name: str, answer: Mapping[str, Any]) -> None:
        """The measurements of an answer."""
        self._all(self._metric_data, name, "MetricDataResults", answer)
        if "Datapoints" in answer:
            self._guard(self._metric_statistics, name, "Datapoints", answer)

    def _all(self, take: Callable[[str, Any], None], name: str, key: str, answer: Mapping[str, Any]) -> None:
        items = answer.get(key)
        for item in items if isinstance(items, list) else ():
            self._guard(take, name, key, item)

    def _guard(self, take: Callable[[str, Any], None], name: str, key: str, item: Any) -> None:
        """Take something that may not be what AWS answers, and lose nothing else by it."""
        try:
            take(name, item)
        except ValueError as error:
            self._answers.failures.append(f"{name}: {error}")
        except (LookupError, TypeError, AttributeError, OverflowError) as error:
            why = f": {error} is missing" if isinstance(error, KeyError) else ""
            self._answers.failures.append(f"{name}: something in `{key}` is not as AWS answers{why}")

    def _service(self, _name: str, item: Mapping[str, Any]) -> None:
        self._answers.services.append(running_service(item))

    def _failure(self, name: str, item: Mapping[str, Any]) -> None:
        self._answers.failures.append(_failure(name, item))

    def _recommendation(self, _name: str, item: Mapping[str, Any]) -> None:
        key = _service_name(item["serviceArn"], "")
        self._answers.uses[key] = _optimizer_use(item)
        self._answers.optimizer[key] = _optimizer(item)

    def _scalable_target(self, name: str, item: Mapping[str, Any]) -> None:
        """Names its service only; where that is tells its role's ARN or the folder."""
        if item.get("ScalableDimension") != "ecs:service:DesiredCount":
            return
        _, cluster, service = item["ResourceId"].split("/")
        place = _PLACE.search(name)
        arn = str(item.get("ScalableTargetARN", "")).split(":")
        account, region = (arn[4], arn[3]) if len(arn) > 5 else place.groups() if place else ("", "")
        bounds = Scaling(_whole(item["MinCapacity"]), _whole(item["MaxCapacity"]))
        self._answers.scaling[ServiceName(account, region, cluster, service)] = bounds

    def _metric_data(self, name: str, item: Mapping[str, Any]) -> None:
        self._series += [(name, series) for series in _metric_data(item)]

    def _metric_statistics(self, name: str, answer: Mapping[str, Any]) -> None:
        self._series += [(name, series) for series in _metric_statistics(name, answer)]

    def index(self) -> None:
        """Put the services in order. The same one may have been asked for twice; the last answer counts."""
        services = {service.key: service for service in self._answers.services}
        self._answers.services = sorted(services.values(), key=lambda service: service.key)
        for key in services:
            self._by_name.setdefault((key.cluster, key.name), []).append(key)

    def join(self) -> None:
        """Give services their use; a measurement by CloudWatch counts more than one by Compute Optimizer."""
        measured: dict[ServiceName, list[Series]] = {}
        unclear: dict[str, None] = {}
        for name, series in self._series:
            keys = self._by_name.get((series.cluster, series.service), [])
            if place := _PLACE.search(name):
                keys = [key for key in keys if (key.account, key.region) == place.groups()]
            if len(keys) == 1:
                measured.setdefault(keys[0], []).append(series)
            elif len(keys) > 1:
                where = " and ".join(f"{key.account}/{key.region}" for key in sorted(keys))
                unclear[
                    f"{name}: {series.cluster}/{series.service} is in {where}; save it below the folders of one"
                ] = None
        self._answers.failures += unclear
        for key, found in measured.items():
            use = _use(found)
            if use is not None:
                self._answers.uses[key], self._answers.trends[key] = use
        self._series.clear()


def _answers(value: Any) -> Iterator[Mapping[str, Any]]:
    """The answers in a file: one, or a list of them, as `jq -s` makes it."""
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from _answers(item)


def _service_name(arn: str, cluster_arn: str) -> ServiceName:
    """The parts of `arn:aws:ecs:REGION:ACCOUNT:service/CLUSTER/NAME`; old ARNs leave the cluster out."""
    parts = arn.split(":", 5)
    if len(parts) < 6 or not parts[5].startswith("service/"):
        raise ValueError(f"{arn!r} is not the ARN of a service")
    _, _, _, region, account, resource = parts
    _, *cluster, name = resource.split("/")
    return ServiceName(account, region, cluster[0] if cluster else cluster_arn.rpartition("/")[2], name)


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 10**9:
        raise ValueError(f"{value!r} is not a number of tasks")
    return value


def _count(item: Mapping[str, Any], name: str) -> int:
    count = whole_number(item.get(name, 0))
    # ECS runs at most 5,000 tasks of a service; a number that only a mistake can be has no price.
    if not isinstance(count, int) or count >= 10**9:
        raise ValueError(f"the {name} of {item['serviceArn']} is not a number of tasks")
    return count


def _definition(item: Mapping[str, Any]) -> str:
    """Where another than ECS deploys, the primary task set names it."""
    sets = sorted(item.get("taskSets") or (), key=lambda each: each.get("status") != "PRIMARY")
    return str(item.get("taskDefinition") or (sets[0]["taskDefinition"] if sets else ""))


def _service(item: Mapping[str, Any]) -> Service:
    """The service; its scaling and target groups are in other answers, and a saved answer may have been cut down."""
    launch_type = item.get("launchType")
    if launch_type and not isinstance(launch_type, str):
        raise TypeError(f"the launchType of {item['serviceArn']} is not a string")
    strategy = [
        {**use, "capacityProvider": use["capacityProvider"]} for use in item.get("capacityProviderStrategy") or ()
    ]
    elsewhere = Unknown("not asked for", "reference")
    balancers = [{**each, "targetGroup": elsewhere} for each in item.get("loadBalancers") or ()]
    return Service(
        Partial(
            {
                **{key: value for key, value in item.items() if value is not None},
                "capacityProviderStrategy": strategy,
                "loadBalancers": balancers,
                "scalableTarget": elsewhere,
                "scalingPolicies": elsewhere,
            }
        )
    )


def _failure(name: str, item: Mapping[str, Any]) -> str:
    """An entry of `failures`, in the shape of ECS: what (`arn`), why (`reason`), and more words (`detail`)."""
    place = _PLACE.search(name)
    where = "/".join(place.groups()) + ": " if place else ""
    words = " ".join(str(item[key]) for key in ("reason", "detail") if item.get(key))
    return f"{where}{item.get('arn', name)}: {words}"


def _optimizer_use(item: Mapping[str, Any]) -> Use:
    found = {
        (metric["name"], metric["statistic"]): _measurement(metric["value"], item["serviceArn"]) / 100
        for metric in item.get("utilizationMetrics") or ()
    }
    return Use(
        cpu_average=found.get(("Cpu", "Average")),
        cpu_maximum=found.get(("Cpu", "Maximum")),
        memory_average=found.get(("Memory", "Average")),
        memory_maximum=found.get(("Memory", "Maximum")),
        days=_measurement(item.get("lookbackPeriodInDays") or 0, item["serviceArn"]),
        source="Compute Optimizer",
        until=_iso(item["lastRefreshTimestamp"]) if "lastRefreshTimestamp" in item else "",
    )


def _optimizer(item: Mapping[str, Any]) -> Optimizer:
    option: Mapping[str, Any] = next(iter(item.get("serviceRecommendationOptions") or ()), {})
    size = Size(int(option["cpu"]), int(option["memory"])) if {"cpu", "memory"} <= option.keys() else None
    return Optimizer(
        finding=str(item.get("finding", "")),
        reasons=tuple(map(str, item.get("findingReasonCodes") or ())),
        risk=str(item.get("currentPerformanceRisk", "")),
        recommended=size,
        savings_usd=_savings(option.get("savingsOpportunity"), item["serviceArn"]),
        savings_after_discounts_usd=_savings(option.get("savingsOpportunityAfterDiscounts"), item["serviceArn"]),
        as_of=_iso(item["lastRefreshTimestamp"]) if "lastRefreshTimestamp" in item else "",
    )


def _savings(opportunity: Mapping[str, Any] | None, what: str) -> float | None:
    """USD/month; `None` also in another currency (China's)."""
    money = (opportunity or {}).get("estimatedMonthlySavings") or {}
    return _measurement(money["value"], what) if money.get("currency") == "USD" and "value" in money else None


def _metric_data(result: Mapping[str, Any]) -> Iterator[Series]:
    if result.get("StatusCode") in ("InternalError", "Forbidden"):
        raise ValueError(f"{result.get('Label')}: {result['StatusCode']}")
    if named := _LABEL.fullmatch(result.get("Label", "")):
        cluster, service, metric, statistic = named.groups()
        values = (_measurement(value, result["Label"]) for value in result["Values"])
        points = zip(map(_seconds, result["Timestamps"]), values, strict=True)
        yield Series(cluster, service, metric, statistic, dict(points))


def _metric_statistics(name: str, answer: Mapping[str, Any]) -> Iterator[Series]:
    """An answer names the metric only: the folders that it lies in name cluster and service."""
    folders = name.split("/")[-3:-1]
    if len(folders) < 2:
        raise ValueError("it does not name its service; save it in a folder CLUSTER/SERVICE")
    cluster, service = folders
    for statistic in ("Average", "Maximum"):
        points = {
            _seconds(each["Timestamp"]): _measurement(each[statistic], answer["Label"])
            for each in answer["Datapoints"]
            if statistic in each
        }
        yield Series(cluster, service, str(answer["Label"]), statistic, points)


def _measurement(value: float, what: str) -> float:
    number = float(value)
    if not 0 <= number <= _MOST:
        raise ValueError(f"{what}: {number:g} is not a measurement")
    return number


def _seconds(time: str | float) -> float:
    seconds = datetime.fromisoformat(time).timestamp() if isinstance(time, str) else float(time)
    if not 0 <= seconds < _LATEST:
        raise ValueError(f"{time!r} is not a time")
    return seconds


def _iso(time: str | float) -> str:
    """A time in UTC, to the second."""
    return datetime.fromtimestamp(_seconds(time), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _use(found: Iterable[Series]) -> tuple[Use, Trend] | None:
    """What was measured; Container Insights counts where the service's own metrics are absent."""
    points: dict[tuple[str, str], dict[float, float]] = {}
    for series in found:
        points.setdefault((series.metric, series.statistic), {}).update(series.points)

    def percent(metric: str, statistic: str) -> dict[float, float]:
        return {time: value / 100 for time, value in points.get((metric, statistic), {}).items()}

    def share(used: str, reserved: str) -> dict[float, float]:
        """Container Insights gives both in one unit, summed over the tasks."""
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
        since=_iso(ends[0]),
        until=_iso(ends[1]),
    )
    return use, Trend(_trend(cpu[0], ends), _trend(memory[0], ends))


def _trend(points: Mapping[float, float], ends: tuple[float, float]) -> tuple[float | None, ...]:
    """The averages of equal parts of the window."""
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
    """The nearest rank: the least of the values that so many per cent of all are not above."""
    ordered = sorted(shares)
    return _rounded(ordered[-(-len(ordered) * percent // 100) - 1]) if ordered else None


def _rounded(share: float) -> float:
    return round(share, 4)


def _days(points: Iterable[float]) -> float:
    """The time that was really measured: of a service that runs by day only, half of it."""
    times = sorted(points)
    return len(times) * min((later - earlier for earlier, later in pairwise(times)), default=0) / _DAY
