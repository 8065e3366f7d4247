"""Queries AWS with read-only calls and stores each response as it arrives, in the format of the AWS CLI.

This module does not interpret responses: `auditing/responses.py` reads them, whether they are new or were saved before.
A call that still fails after botocore's retries becomes an entry of `failures.json`; nothing else is lost.
Only a few places are read at a time, so memory does not grow with the number of accounts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from itertools import chain
from threading import Lock
from typing import Any, TypeVar

from taskfit.auditing import store as answers
from taskfit.auditing.access import Access, Account, Place, signing
from taskfit.auditing.journal import Journal, Progress
from taskfit.auditing.metrics import Metrics, batches
from taskfit.auditing.services import RunningService, running_service
from taskfit.auditing.store import Store
from taskfit.record import NamedTuple
from taskfit.sources.files import File

PARALLEL_CALLS = 8
"""ECS allows bursts of 20 to 50 of these calls a second; adaptive retries slow down if others use that limit, too."""

PARALLEL_PLACES = 4

SERVICES_PER_CALL = 10
"""The limit of DescribeServices."""

SCALING = (("describe_scalable_targets", "ScalableTargets"), ("describe_scaling_policies", "ScalingPolicies"))
"""Calls to Application Auto Scaling, and the keys of their responses."""

Answer = dict[str, Any]

T = TypeVar("T")
S = TypeVar("S")


class Scope(NamedTuple):
    """What to read, and where."""

    profile: str | None = None
    """A profile of the AWS configuration."""
    regions: tuple[str, ...] = ()
    """If empty, the region of the profile or environment."""
    roles: tuple[str, ...] = ()
    """ARNs of the roles to assume, one for each account; if empty, the caller's account is read."""
    organization_role: str = ""
    """The name of the role to assume in every account of the caller's organization; if empty, no organization is read."""
    clusters: tuple[str, ...] = ()
    """Names, ARNs or patterns (`prod-*`); if empty, all clusters."""
    families: tuple[str, ...] = ()
    """Names or patterns (`web-*`) of families whose newest revision is checked instead of services."""
    all_revisions: bool = False
    """Whether to read every active revision, of `families` or of all families."""
    days: int = 14
    """Days of measurements; 0 for none."""
    period: int = 3600
    """Seconds from one measurement to the next."""


def read(scope: Scope, folder: str, progress: Progress, *, resume: bool = False) -> tuple[Sequence[File], list[str]]:
    """The responses of AWS, stored in a folder as they arrive, and the reason if some could not be stored.

    With `resume`, continues an audit that was stored there. Raises `ValueError` if nothing can be
    read or stored.
    """
    access = Access(scope.profile, scope.regions, PARALLEL_CALLS)
    asked = {name: value for name, value in scope._asdict().items() if name != "profile"}
    found = answers.resumed(folder, asked) if resume else None
    now = datetime.now(UTC)
    until = (now - timedelta(seconds=now.timestamp() % scope.period)).isoformat()
    store, until = found or (answers.new(folder, asked, until), until)
    reader = _Reader(scope, access, store, datetime.fromisoformat(until), progress)
    calls, outer = ThreadPoolExecutor(PARALLEL_CALLS), ThreadPoolExecutor(PARALLEL_PLACES)
    try:
        _bounded(outer, lambda place: reader.read(place, calls), reader.places(), PARALLEL_PLACES)
    finally:
        # An interrupt should not wait for running calls.
        for pool in (outer, calls):
            pool.shutdown(wait=False, cancel_futures=True)
    reader.end()
    return store.files(), store.failures[:1]


def _bounded(pool: ThreadPoolExecutor, work: Callable[[T], object], items: Iterable[T], most: int) -> None:
    """Process items concurrently, at most `most` at a time, taking the next item only when a worker is free."""
    running: set[Future[object]] = set()
    for item in items:
        if len(running) >= most:
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                future.result()
        running.add(pool.submit(work, item))
    for future in running:
        future.result()


def _each(pool: ThreadPoolExecutor, work: Callable[[T], S], items: Iterable[T]) -> list[S]:
    """The result of `work` for each item, with the caller's context (the credentials to sign with)."""
    return [future.result() for future in [pool.submit(copy_context().run, work, item) for item in items]]


class _Reader:
    def __init__(self, scope: Scope, access: Access, store: Store, until: datetime, progress: Progress) -> None:
        self._scope = scope
        self._access = access
        self._store = store
        self._journal = Journal(store, progress)
        self._metrics = Metrics(scope.days, scope.period, until, store, self._journal)
        self._lock = Lock()
        self._unmet = set(scope.clusters or scope.families)
        self._assuming = Lock()
        self._credentials: tuple[Account | None, Any] = (None, None)

    def places(self) -> Iterator[Place]:
        """Every region of every account, each account once."""
        seen: set[str] = set()
        for account in self._accounts():
            if account.number in seen:
                continue
            seen.add(account.number)
            yield from (Place(account, region, self._access) for region in self._access.regions)

    def _accounts(self) -> Iterator[Account]:
        for role in self._scope.roles:
            parts = role.split(":")
            if len(parts) < 6 or not parts[4]:
                self._journal.fail("", role, "sts:AssumeRole:", "not the ARN of a role")
                continue
            yield Account(parts[4], role)
        if self._scope.roles and not self._scope.organization_role:
            return
        with self._journal.reporting("", "sts:GetCallerIdentity", "the caller"):
            own, partition = self._access.caller()
            if self._scope.organization_role:
                yield from self._members(own, partition)
            else:
                yield Account(own)

    def _members(self, own: str, partition: str) -> Iterator[Account]:
        with self._journal.reporting("", "organizations:ListAccounts", "the organization"):
            for number in self._access.members():
                role = f"arn:{partition}:iam::{number}:role/{self._scope.organization_role}"
                yield Account(number) if number == own else Account(number, role)

    def _signed_for(self, account: Account) -> Any:
        """The credentials of an account, assumed once for its consecutive regions."""
        with self._assuming:
            before, credentials = self._credentials
            if before != account:
                try:
                    credentials = self._access.credentials(account)
                except Exception as error:  # noqa: BLE001 - raised below, for each region of the account
                    credentials = error
                self._credentials = (account, credentials)
        if isinstance(credentials, Exception):
            raise credentials
        return credentials

    def read(self, place: Place, calls: ThreadPoolExecutor) -> None:
        """Read everything in one place, unless that was done before."""
        before = self._store.load(place.folder + answers.PLACE_IS_DONE)
        if isinstance(before, dict) and isinstance(before.get("met"), list):
            with self._lock:
                self._unmet -= {met for met in before["met"] if isinstance(met, str)}
            return
        self._store.forget(f"{place.folder}failures.json")
        operation = "sts:AssumeRole" if place.account.role else "sts:GetCallerIdentity"
        with self._journal.reporting("", operation, place.account.role or "the caller"):
            credentials = self._signed_for(place.account)
            with signing(credentials), self._journal.reporting(place.folder, "reading", "the rest"):
                met = self._read(place, calls)
                if not self._journal.has_failed(place.folder):
                    self._store.add(place.folder + answers.PLACE_IS_DONE, {"complete": True, "met": sorted(met)})
        self._journal.close(place.folder)

    def _read(self, place: Place, calls: ThreadPoolExecutor) -> set[str]:
        """Read everything in one place; returns the patterns that matched something."""
        if self._scope.families or self._scope.all_revisions:
            definitions, met = self._revisions(place)
        else:
            known = self._listed(place, "list_clusters", "clusterArns")
            clusters, met = self._chosen(known, self._scope.clusters)
            self._journal.expect(len(clusters))
            services = list(chain.from_iterable(_each(calls, lambda cluster: self._services(place, cluster), clusters)))
            definitions = sorted({service.definition for service in services if service.definition})
            if services:
                self._scaling(place)
            self._metrics.read(place, [service.key for service in services])
        self._journal.expect(len(definitions))
        _each(calls, lambda definition: self._definition(place, definition), definitions)
        return met

    def end(self) -> None:
        """Store the failures that belong to no place."""
        for pattern in sorted(self._unmet):
            self._journal.fail("", pattern, "not found", "in any region of any account that was read")
        self._store.forget("failures.json")
        self._journal.end()

    def _services(self, place: Place, cluster: str) -> list[RunningService]:
        """The services of a cluster, from the store if they are there."""
        name = f"{place.folder}describe-services/{cluster.rpartition('/')[2]}.json"
        before = self._store.load(name)
        if isinstance(before, dict):
            self._journal.done()
            return [running_service(item) for item in before["services"]]
        failed = self._journal.failures_of(place.folder)
        names = self._listed(place, "list_services", "serviceArns", cluster=cluster)
        partial = name.replace(".json", ".some.json")
        self._store.forget(partial)
        whole: dict[str, list[Answer]] = {"services": [], "failures": []}
        found: list[RunningService] = []
        for batch in batches(names, SERVICES_PER_CALL):
            with self._journal.reporting(place.folder, "ecs:DescribeServices", cluster):
                answer = place.ecs.describe_services(cluster=cluster, services=list(batch))
                # The last hundred events are most of a response, and are not used.
                found += map(running_service, answer["services"])
                whole["services"] += [{**service, "events": []} for service in answer["services"]]
                whole["failures"] += answer.get("failures", [])
        if names and failed == self._journal.failures_of(place.folder):
            self._store.add(name, whole)
        elif names:
            # Incomplete, so not under the name that a resumed audit looks for.
            self._store.add(partial, whole)
        self._journal.done()
        return found

    def _definition(self, place: Place, name: str) -> None:
        """Read a revision, or the newest one of a family. A stored revision is not read again: it never changes."""
        family, _, revision = name.rpartition("/")[2].partition(":")
        if revision and self._store.has(f"{place.folder}describe-task-definition/{family}/{revision}.json"):
            self._journal.done()
            return
        with self._journal.reporting(place.folder, "ecs:DescribeTaskDefinition", name):
            answer = place.ecs.describe_task_definition(taskDefinition=name, include=["TAGS"])
            family, _, revision = answer["taskDefinition"]["taskDefinitionArn"].rpartition("/")[2].partition(":")
            self._store.add(f"{place.folder}describe-task-definition/{family}/{revision}.json", answer)
        self._journal.done()

    def _revisions(self, place: Place) -> tuple[list[str], set[str]]:
        """The revisions of the requested families; a family's name means its newest revision."""
        if not self._scope.families:
            return self._listed(place, "list_task_definitions", "taskDefinitionArns", status="ACTIVE"), set()
        known = self._listed(place, "list_task_definition_families", "families", status="ACTIVE")
        families, met = self._chosen(known, self._scope.families)
        if not self._scope.all_revisions:
            return families, met
        found = []
        for family in families:
            arguments = {"familyPrefix": family, "status": "ACTIVE"}
            found += self._listed(place, "list_task_definitions", "taskDefinitionArns", **arguments)
        return found, met

    def _chosen(self, known: Sequence[str], patterns: Sequence[str]) -> tuple[list[str], set[str]]:
        """The names or ARNs that match a pattern (all, without patterns), and the patterns that matched something."""
        fitting = {
            pattern: [name for name in known if name == pattern or fnmatchcase(name.rpartition("/")[2], pattern)]
            for pattern in patterns
        }
        met = {pattern for pattern, names in fitting.items() if names}
        with self._lock:
            self._unmet -= met
        chosen = set(chain.from_iterable(fitting.values())) if patterns else known
        return sorted(chosen), met

    def _scaling(self, place: Place) -> None:
        """Read the scaling targets and policies of services; what can't be read stays unknown."""
        for operation, key in SCALING:
            name = f"{place.folder}{operation.replace('_', '-')}/ecs.json"
            called = "application-autoscaling:" + operation.title().replace("_", "")
            if self._store.has(name):
                continue
            with self._journal.reporting(place.folder, called, "ecs", is_optional=True):
                pages = place.pages("application-autoscaling", operation, ServiceNamespace="ecs")
                found = [each for page in pages for each in page[key]]
                self._store.add(name, {key: found, "complete": True})

    def _listed(self, place: Place, operation: str, key: str, **arguments: str) -> list[str]:
        """The items of all pages of a list, or of the pages before one that failed."""
        found: list[str] = []
        name = "ecs:" + operation.title().replace("_", "")
        with self._journal.reporting(
            place.folder, name, arguments.get("cluster") or arguments.get("familyPrefix") or "all"
        ):
            pages = place.pages("ecs", operation, **arguments, PaginationConfig={"PageSize": 100})
            for page in pages:
                found += page[key]
        return found
