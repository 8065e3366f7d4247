"""Turns saved responses into an inventory: what is deployed, what the rules find in it, what it costs and uses."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from taskfit.auditing.inventory import Inventory, Optimizer, Scaling, Service, Trend, key_of
from taskfit.auditing.responses import Answers, collect
from taskfit.auditing.rows import family_row, service_row, unread_row
from taskfit.auditing.services import RunningService, ServiceName
from taskfit.checks.context import Case, Deployed, SourceDefinition
from taskfit.definition import known
from taskfit.engine import engine
from taskfit.engine.conditions import Checks
from taskfit.engine.parallel import shared
from taskfit.finding import Report
from taskfit.record import NamedTuple
from taskfit.sizing.observed import ServiceUse

if TYPE_CHECKING:
    from taskfit.finding import Finding, Span
    from taskfit.sizing.facts import Policy
    from taskfit.sources.document import Reading
    from taskfit.sources.files import File

FILES_IN_PART = 1000
BYTES_IN_PART = 4 * 1024 * 1024
"""Bytes of the files of one part, which bound its memory; a file may contain one definition or a list of many."""


_OF_SERVICE = re.compile(r"/services/(\d+)(?:/|$)")
"""The pointer of a finding on a service, by its position among those that run the definition."""


class Part(NamedTuple):
    """The result of some of the files."""

    report: Report
    services: tuple[Service, ...]


def audited(
    files: Sequence[File], run: engine.Run, repository: Sequence[File] = (), jobs: int = 0
) -> Iterator[Inventory]:
    """The inventory of saved responses part by part, so that it need not be in memory; the last part has what concerns all.

    `repository` has the files that the deployed definitions should come from. Parts come in the order of the files, and so
    do their findings.
    """
    answers = collect(files)
    sources_of_family, failures = _counterparts(repository, run)
    knowledge = _Knowledge.of(answers, sources_of_family)
    described: set[tuple[str, ...]] = set()
    families: set[str] = set()
    for part in _parts(partial(_part, run, knowledge), answers.definitions, jobs):
        described.update((row.account, row.region, row.cluster, row.name) for row in part.services if row.cluster)
        if repository:
            families.update(row.definition.partition(":")[0] for row in part.services)
        yield _inventory(run, part.services, part.report)
    rest = [each for each in answers.services if tuple(each.key) not in described]
    families.update(unread_row(each).definition.partition(":")[0] for each in rest)
    report = Report(
        failures=(*answers.failures, *failures, *_undescribed(answers.failures, rest)),
        remarks=tuple(_missing(families, sources_of_family)) if repository else (),
    )
    yield _inventory(run, tuple(map(unread_row, rest)), report)


def merged(parts: Iterable[Inventory]) -> Inventory:
    """One inventory of several, which were made with the same policy of any parts of the responses.

    Raises `ValueError` for none.
    """
    found = list(parts)
    if not found:
        raise ValueError("nothing to merge")
    services = tuple(_distinct(row for part in found for row in part.services))
    return replace(
        found[0],
        services=services,
        report=Report.merged(part.report for part in found),
        price_regions=tuple(sorted({region for part in found for region in part.price_regions})),
        data_until=max(part.data_until for part in found),
    )


def _parts(work: Callable[[Sequence[File]], Part], files: Sequence[File], jobs: int) -> Iterator[Part]:
    """The results of `work` for the files, in parts of a bounded size."""
    if jobs != 1 and len(files) > FILES_IN_PART:
        yield from shared(work, files, jobs, max(len(files) // (FILES_IN_PART * (os.cpu_count() or 1)), 1))
        return
    yield from map(work, _batches(files))


def _batches(files: Iterable[File]) -> Iterator[list[File]]:
    """The files in order, grouped into parts."""
    batch: list[File] = []
    size = 0
    for file in files:
        batch.append(file)
        size += len(file.data) if file.data is not None else os.path.getsize(file.path) if file.path else 0
        if len(batch) >= FILES_IN_PART or size >= BYTES_IN_PART:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _inventory(run: engine.Run, services: tuple[Service, ...], report: Report) -> Inventory:
    pricing = run.policy.pricing
    return Inventory(
        services=services,
        report=report,
        prices_as_of=pricing.prices.as_of,
        price_regions=tuple(sorted({s.region or pricing.region for s in services if s.monthly_usd is not None})),
        discount=pricing.discount,
        spot_discount=pricing.spot_discount,
        spot_as_of=pricing.spot_as_of,
        profile=" + ".join(profile.name for profile in run.policy.profiles) or run.policy.profile.name,
        data_until=max((s.use.until for s in services if s.use), default=""),
    )


def _undescribed(failures: Iterable[str], services: Iterable[RunningService]) -> Iterator[str]:
    """The services whose definition is missing without a recorded failure."""
    reported = "\n".join(failures)
    for service in services:
        key, definition = service.key, service.definition
        if definition and definition not in reported:
            name = definition.rpartition("/")[2]
            yield f"{key.account}/{key.region}: no answer describes {name}, which {key.cluster}/{key.name} runs"


def _distinct(rows: Iterable[Service]) -> list[Service]:
    """The rows in order. Of a service or revision that comes twice, the last: what was read, or was saved again."""
    found = {key_of(row, number): row for number, row in enumerate(rows)}
    return [found[key] for key in sorted(found)]


def _part(run: engine.Run, knowledge: _Knowledge, files: Sequence[File]) -> Part:
    checks = Checks(run.rules)
    reports: list[Report] = []
    services: list[Service] = []
    for file in files:
        watch = _Watch(knowledge)
        report = engine.check_file(file, run._replace(case=watch), checks)
        try:
            report = replace(report, findings=watch.named(report.findings))
            services += watch.services(report.findings)
        except Exception as error:  # noqa: BLE001 - one definition must not hide the others
            failure = f"{file.name}: can't be sized: {type(error).__name__}: {error}"
            report = replace(report, failures=(*report.failures, failure))
        reports.append(report)
    return Part(Report.merged(reports), tuple(services))


class _Beside(NamedTuple):
    """Additional data of services, besides their use."""

    scaling: Mapping[ServiceName, Scaling]
    optimizer: Mapping[ServiceName, Optimizer]
    trends: Mapping[ServiceName, Trend]


class _Knowledge(NamedTuple):
    """Additional data of definitions: their services, deployed revisions and sources."""

    services: Mapping[str, tuple[RunningService, ...]]
    """The services that run a definition, by its ARN."""
    deployed: Mapping[str, Deployed]
    """By ARN."""
    beside: _Beside
    sources_of_family: Mapping[str, tuple[SourceDefinition, ...]]
    """By family."""

    @classmethod
    def of(cls, answers: Answers, sources_of_family: Mapping[str, tuple[SourceDefinition, ...]]) -> _Knowledge:
        """The services that run each definition, with their use."""
        services: dict[str, tuple[RunningService, ...]] = {}
        for service in answers.services:
            services[service.definition] = (*services.get(service.definition, ()), service)
        deployed = {
            arn: Deployed(
                tuple(
                    ServiceUse(
                        each.key.title,
                        each.desired,
                        answers.uses.get(each.key),
                        on_spot=each.launch_types == ("FARGATE_SPOT",),
                        on_fargate=not each.service.is_off_fargate,
                    )
                    for each in running
                )
            )
            for arn, running in services.items()
        }
        return cls(services, deployed, _Beside(answers.scaling, answers.optimizer, answers.trends), sources_of_family)


class _Watch:
    """Builds the cases of one file and keeps them until its findings are known."""

    def __init__(self, knowledge: _Knowledge) -> None:
        self._knowledge = knowledge
        self._made: list[tuple[Case, Reading]] = []

    def __call__(self, reading: Reading, policy: Policy, _: str) -> Case:
        """The case of a definition, with the data of its services."""
        task = reading.task
        arn = task.arn or ""
        running = self._knowledge.services.get(arn, ())
        if running:
            services = (replace(each.service, index=index) for index, each in enumerate(running))
            task = replace(task, services=tuple(services))
        deployed = self._knowledge.deployed.get(arn, Deployed())
        sources_of_family = self._knowledge.sources_of_family.get(known(task.family) or "", ())
        case = Case(task, policy, deployed=deployed._replace(sources_of_family=sources_of_family))
        if not reading.choice:
            self._made.append((case, reading))
        return case

    def named(self, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
        """The findings, those on a service with its name: where they stand, in the definition, there is none."""
        named: dict[Finding, Finding] = {}
        if any(_OF_SERVICE.match(finding.pointer) for finding in findings):
            for case, own in self._own(findings):
                titles = [each.key.title for each in self._knowledge.services.get(case.task.arn or "", ())]
                for finding in own:
                    if found := _OF_SERVICE.match(finding.pointer):
                        title = titles[int(found[1])]
                        named[finding] = replace(finding, subject=title, message=f"{title}: {finding.message}")
        return tuple(named.get(finding, finding) for finding in findings)

    def _own(self, findings: Sequence[Finding]) -> Iterator[tuple[Case, Sequence[Finding]]]:
        """The findings, grouped by definition."""
        starts = [(reading.locate("", False), case) for case, reading in self._made] if len(self._made) > 1 else []
        for position, (case, _) in enumerate(self._made):
            yield case, _between(findings, starts, position) if starts else findings

    def services(self, findings: Sequence[Finding]) -> Iterator[Service]:
        """A row for each service that runs a definition, or one for the definition if no service runs it."""
        for case, own in self._own(findings):
            running = self._knowledge.services.get(case.task.arn or "", ())
            scaling, optimizer, trends = self._knowledge.beside
            for service in running:
                yield replace(
                    service_row(case, service, own),
                    scaling=scaling.get(service.key),
                    optimizer=optimizer.get(service.key),
                    trend=trends.get(service.key),
                )
            if not running:
                yield family_row(case, own)


def _between(findings: Iterable[Finding], starts: Sequence[tuple[Span, Case]], position: int) -> tuple[Finding, ...]:
    """The findings between the start of one definition and the start of the next."""
    first = starts[position][0][:2]
    last = starts[position + 1][0][:2] if position + 1 < len(starts) else (float("inf"), 0)
    return tuple(finding for finding in findings if first <= finding.span[:2] < last)


def _counterparts(
    repository: Iterable[File], run: engine.Run
) -> tuple[dict[str, tuple[SourceDefinition, ...]], list[str]]:
    """The definitions of a repository by family, with the places that a difference may be shown at."""
    found: dict[str, tuple[SourceDefinition, ...]] = {}
    failures: list[str] = []
    for file in repository:
        document = engine.read(file, run)
        if isinstance(document, Report):
            failures += document.failures
            continue
        for readings in document.definitions:
            for reading in readings:
                family = reading.task.family
                if isinstance(family, str):
                    found[family] = (*found.get(family, ()), _counterpart(file.name, reading, run.policy))
        failures += [f"{file.name}: {fault.message}" for fault in document.faults if fault.severity is None]
    return found, failures


def _missing(deployed: set[str], sources_of_family: Mapping[str, object]) -> Iterator[str]:
    """The deployed families that the repository does not contain."""
    if missing := sorted(deployed - sources_of_family.keys()):
        some = ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "")
        yield f"{len(missing)} of {len(deployed)} deployed families are not in the repository: {some}"


def _counterpart(name: str, reading: Reading, policy: Policy) -> SourceDefinition:
    assessment = Case(reading.task, policy).assessment
    pointers = [
        "",
        "/cpu",
        "/memory",
        "/containerDefinitions",
        *(container.pointer for container in reading.task.containers),
    ]
    pointers += [assessment.capacity.pointer] if assessment and assessment.capacity else []
    return SourceDefinition(
        reading.task, {pointer: f"{name}:{reading.locate(pointer, False).line}" for pointer in pointers}
    )
