"""Asks AWS what is deployed, by calls that only read, and gives the answers as files in the shapes of the AWS CLI.

Nothing is made of the answers here: `sources/answers.py` reads them, whether they were asked for now or saved before.
A call that fails, and goes on failing when botocore repeats it, becomes an entry of `failures.json` and loses nothing
else.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import chain
from threading import Lock
from typing import Any, NamedTuple

from taskfit.audit.responses import RunningService, ServiceName, label, running_service
from taskfit.extras import installation
from taskfit.sources.files import File
from taskfit.version import __version__

PARALLEL_CALLS = 8
"""ECS allows 20 to 50 of these calls a second, in bursts; adaptive retries slow down where that is shared."""

PARALLEL_PLACES = 4

ATTEMPTS = 8
"""Of one call, where AWS_MAX_ATTEMPTS does not say otherwise."""

READ_TIMEOUT = 20
"""Seconds that an attempt waits for an answer; even 500 metrics take a fraction of it."""

SERVICES_PER_CALL = 10
"""The most that DescribeServices takes."""

QUERIES_PER_CALL = 500
"""The most that GetMetricData takes."""

SERVICE_METRICS = tuple(
    (metric, statistic) for metric in ("CPUUtilization", "MemoryUtilization") for statistic in ("Average", "Maximum")
)
INSIGHTS_METRICS = tuple(
    (metric, "Average") for metric in ("CpuUtilized", "CpuReserved", "MemoryUtilized", "MemoryReserved")
)

Progress = Callable[[int, int], None]
"""StatedRole how many more calls are to be made, and how many more are done."""

Answer = dict[str, Any]


class Scope(NamedTuple):
    """What to ask for, and where."""

    profile: str | None = None
    """A profile of AWS's own configuration."""
    regions: tuple[str, ...] = ()
    """The profile's or the environment's own if there is none."""
    roles: tuple[str, ...] = ()
    """ARNs of the roles to assume, one an account; none for the caller's own account."""
    clusters: tuple[str, ...] = ()
    """Names, ARNs or patterns (`prod-*`); all if there is none."""
    families: tuple[str, ...] = ()
    """Names or patterns (`web-*`): look at their newest revision instead of at services."""
    all_revisions: bool = False
    """Every active revision, of the families or of all."""
    days: int = 14
    """Of measurements; 0 for none."""
    period: int = 3600
    """Seconds from one measurement to the next."""


def read(scope: Scope, progress: Progress) -> list[File]:
    """The answers of AWS, named as `--save` stores them.

    Raises `ValueError` where nothing can be asked at all: without boto3, a region, or a usable profile.
    """
    reader = _Reader(scope, progress)
    places = list(reader.places())
    calls, outer = ThreadPoolExecutor(PARALLEL_CALLS), ThreadPoolExecutor(PARALLEL_PLACES)
    try:
        list(outer.map(lambda place: reader.read(place, calls), places))
    finally:
        # Who interrupts does not want to wait for what is under way.
        for pool in (outer, calls):
            pool.shutdown(wait=False, cancel_futures=True)
    return reader.files()


def make_folder(folder: str) -> None:
    """Make a folder for answers that others can't read: environment variables may hold secrets.

    Raises `ValueError` if it is there and not empty, or can't be made.
    """
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if os.listdir(folder):
            raise ValueError(f"{folder} is not empty; older answers would mix with these")
    except OSError as error:
        raise ValueError(f"can't write {error.filename}: {error.strerror}") from None


def save(files: Iterable[File], folder: str) -> None:
    """Store answers below a folder.

    Raises `ValueError` if it can't be written.
    """
    for file in files:
        path = os.path.join(folder, *file.name.split("/"))
        try:
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as stream:
                stream.write(file.content())
        except OSError as error:  # which names no file if the disk is full
            raise ValueError(f"can't write {path}: {error.strerror}") from None


class _Place(NamedTuple):
    """One region of one account."""

    account: str
    region: str
    ecs: Any
    cloudwatch: Any

    @property
    def folder(self) -> str:
        return f"{self.account}/{self.region}/"


class _Reader:
    def __init__(self, scope: Scope, progress: Progress) -> None:
        self._scope = scope
        self._progress = progress
        self._lock = Lock()
        self._files: list[File] = []
        self._failures: dict[str, list[Answer]] = {}
        self._unmet = set(scope.clusters or scope.families)
        now = datetime.now(UTC)
        self._until = now - timedelta(seconds=now.timestamp() % scope.period)

    def places(self) -> Iterator[_Place]:
        """Every region of every account, with the clients, which are not to be made by several threads at once."""
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError:
            raise ValueError(f"reading AWS needs boto3: {installation('aws')}") from None
        retries: Answer = {"mode": "adaptive"}
        if "AWS_MAX_ATTEMPTS" not in os.environ:
            retries["total_max_attempts"] = ATTEMPTS
        config = Config(
            retries=retries,
            connect_timeout=10,
            read_timeout=READ_TIMEOUT,
            max_pool_connections=PARALLEL_CALLS,
            user_agent_extra=f"taskfit/{__version__}",
        )
        try:
            own = boto3.Session(profile_name=self._scope.profile)
            regions = tuple(dict.fromkeys(self._scope.regions or (own.region_name or "",)))
            if regions == ("",):
                raise ValueError("no region is configured; name one with --region")
            sts = own.client("sts", region_name=regions[0], config=config)
        except BotoCoreError as error:
            raise ValueError(str(error)) from None
        accounts: set[str] = set()
        for role in self._scope.roles or (None,):
            session = own
            with self._reporting("", "sts:AssumeRole" if role else "sts:GetCallerIdentity", role or "the caller"):
                if role:
                    given = sts.assume_role(RoleArn=role, RoleSessionName="taskfit")["Credentials"]
                    session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
                identity = session.client("sts", region_name=regions[0], config=config).get_caller_identity()
                account = identity["Account"]
                if account in accounts:
                    continue
                accounts.add(account)
                for region in regions:
                    yield _Place(
                        account,
                        region,
                        session.client("ecs", region_name=region, config=config),
                        session.client("cloudwatch", region_name=region, config=config),
                    )

    def read(self, place: _Place, calls: ThreadPoolExecutor) -> None:
        """Ask for everything in one place."""
        with self._reporting(place.folder, "reading", "the rest"):
            self._read(place, calls)

    def _read(self, place: _Place, calls: ThreadPoolExecutor) -> None:
        if self._scope.families or self._scope.all_revisions:
            definitions = list(self._revisions(place))
        else:
            clusters = self._chosen(self._listed(place, "list_clusters", "clusterArns"), self._scope.clusters)
            self._expect(len(clusters))
            found = calls.map(lambda cluster: self._services(place, cluster), clusters)
            services = list(chain.from_iterable(found))
            definitions = sorted({service.definition for service in services if service.definition})
            self._measure(place, [service.key for service in services])
        self._expect(len(definitions))
        list(calls.map(lambda definition: self._definition(place, definition), definitions))

    def files(self) -> list[File]:
        """Every answer, and what failed."""
        for pattern in self._unmet:
            entry = {"arn": pattern, "reason": "not found", "detail": "in any region of any account that was read"}
            self._failures.setdefault("", []).append(entry)
        for folder, failures in self._failures.items():
            self._add(
                f"{folder}failures.json", {"failures": sorted(failures, key=lambda failure: sorted(failure.items()))}
            )
        return sorted(self._files, key=lambda file: file.name)

    def _services(self, place: _Place, cluster: str) -> list[RunningService]:
        """The services of a cluster."""
        names = self._listed(place, "list_services", "serviceArns", cluster=cluster)
        whole: dict[str, list[Answer]] = {"services": [], "failures": []}
        found: list[RunningService] = []
        for batch in _batches(names, SERVICES_PER_CALL):
            with self._reporting(place.folder, "ecs:DescribeServices", cluster):
                answer = place.ecs.describe_services(cluster=cluster, services=list(batch))
                # The last hundred events are most of an answer, and tell nothing of sizes.
                found += map(running_service, answer["services"])
                whole["services"] += [{**service, "events": []} for service in answer["services"]]
                whole["failures"] += answer.get("failures", [])
        if names:
            self._add(f"{place.folder}describe-services/{cluster.rpartition('/')[2]}.json", whole)
        self._done()
        return found

    def _definition(self, place: _Place, name: str) -> None:
        """A revision, or the newest of a family."""
        with self._reporting(place.folder, "ecs:DescribeTaskDefinition", name):
            answer = place.ecs.describe_task_definition(taskDefinition=name, include=["TAGS"])
            family, _, revision = answer["taskDefinition"]["taskDefinitionArn"].rpartition("/")[2].partition(":")
            self._add(f"{place.folder}describe-task-definition/{family}/{revision}.json", answer)
        self._done()

    def _revisions(self, place: _Place) -> Iterator[str]:
        """The revisions of the families that are asked for; a family stands for its newest."""
        if not self._scope.families:
            yield from self._listed(place, "list_task_definitions", "taskDefinitionArns", status="ACTIVE")
            return
        known = self._listed(place, "list_task_definition_families", "families", status="ACTIVE")
        for family in self._chosen(known, self._scope.families):
            if self._scope.all_revisions:
                arguments = {"familyPrefix": family, "status": "ACTIVE"}
                yield from self._listed(place, "list_task_definitions", "taskDefinitionArns", **arguments)
            else:
                yield family

    def _chosen(self, known: Sequence[str], patterns: Sequence[str]) -> list[str]:
        """The names or ARNs that fit a pattern; all if there is none."""
        fitting = {
            pattern: [name for name in known if name == pattern or fnmatchcase(name.rpartition("/")[2], pattern)]
            for pattern in patterns
        }
        with self._lock:
            self._unmet -= {pattern for pattern, names in fitting.items() if names}
        chosen = set(chain.from_iterable(fitting.values())) if patterns else known
        return sorted(chosen)

    def _measure(self, place: _Place, services: Sequence[ServiceName]) -> None:
        """The utilisation of services; Container Insights is asked only for those that have none."""
        if not self._scope.days:
            return
        silent = self._metrics(place, services, "AWS/ECS", SERVICE_METRICS)
        self._metrics(place, silent, "ECS/ContainerInsights", INSIGHTS_METRICS)

    def _metrics(
        self, place: _Place, services: Sequence[ServiceName], namespace: str, metrics: Sequence[tuple[str, str]]
    ) -> list[ServiceName]:
        """Ask for metrics, and tell the services that have none."""
        silent: list[ServiceName] = []
        for number, batch in enumerate(_batches(services, QUERIES_PER_CALL // len(metrics)), 1):
            self._expect(1)
            with self._reporting(place.folder, "cloudwatch:GetMetricData", namespace):
                answer = self._metric_data(place, batch, namespace, metrics)
                heard = {
                    result["Label"].partition(" ")[0] for result in answer["MetricDataResults"] if result["Values"]
                }
                silent += [key for key in batch if f"{key.cluster}/{key.name}" not in heard]
                name = namespace.replace("/", "-").lower()
                self._add(f"{place.folder}get-metric-data/{name}-{number:03}.json", answer)
            self._done()
        return silent

    def _metric_data(
        self, place: _Place, services: Sequence[ServiceName], namespace: str, metrics: Sequence[tuple[str, str]]
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
                    "Period": self._scope.period,
                    "Stat": statistic,
                },
            }
            for number, (key, metric, statistic) in enumerate(asked)
        ]
        pages = place.cloudwatch.get_paginator("get_metric_data").paginate(
            MetricDataQueries=queries, StartTime=self._until - timedelta(days=self._scope.days), EndTime=self._until
        )
        return {"MetricDataResults": [result for page in pages for result in page["MetricDataResults"]]}

    def _listed(self, place: _Place, operation: str, key: str, **arguments: str) -> list[str]:
        """All pages of a list, or those before one that failed."""
        found: list[str] = []
        name = "ecs:" + operation.title().replace("_", "")
        with self._reporting(place.folder, name, arguments.get("cluster") or arguments.get("familyPrefix") or "all"):
            pages = place.ecs.get_paginator(operation).paginate(**arguments, PaginationConfig={"PageSize": 100})
            for page in pages:
                found += page[key]
        return found

    @contextmanager
    def _reporting(self, folder: str, operation: str, what: str) -> Iterator[None]:
        """Make a failure of AWS an entry of `failures`, in the shape that ECS itself uses."""
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.parsers import ResponseParserError

        try:
            yield
        except ClientError as error:
            told: Mapping[str, str] = error.response.get("Error", {})
            reason, detail = told.get("Code", "failed"), told.get("Message", "")
        except (BotoCoreError, ResponseParserError) as error:
            reason, detail = type(error).__name__, str(error)
        except (LookupError, TypeError, AttributeError, ValueError) as error:
            missing = " is missing" if isinstance(error, KeyError) else ""
            reason, detail = "not as AWS answers:", f"{error}{missing}"
        else:
            return
        with self._lock:
            entry = {"arn": what, "reason": f"{operation}: {reason}", "detail": detail}
            self._failures.setdefault(folder, []).append(entry)

    def _expect(self, calls: int) -> None:
        with self._lock:
            self._progress(calls, 0)

    def _done(self) -> None:
        with self._lock:
            self._progress(0, 1)

    def _add(self, name: str, answer: Answer) -> None:
        plain = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
        text = json.dumps(plain, indent=4, default=_time)
        with self._lock:
            self._files.append(File(name, data=text.encode()))


def _time(value: object) -> str:
    """A time as the AWS CLI prints it."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is no JSON")


def _batches(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    return (items[start : start + size] for start in range(0, len(items), size))
