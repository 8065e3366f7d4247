"""What is deployed, checked by the rules, what it costs and what it really uses: saved answers in, an inventory out."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from taskfit.auditing.inventory import Advice, Inventory, Optimizer, Outlook, Scaling, Service, Trend, key_of
from taskfit.auditing.responses import Answers, RunningService, ServiceName, collect
from taskfit.checks.context import Case, Deployed, SourceDefinition
from taskfit.definition import known
from taskfit.dimensions import DIMENSIONS, Size
from taskfit.engine import engine
from taskfit.engine.conditions import Checks
from taskfit.engine.parallel import shared
from taskfit.finding import Report
from taskfit.sizing.decision import risk
from taskfit.sizing.observed import ServiceUse
from taskfit.sizing.recommendation import present, task_usd
from taskfit.sizing.shares import container_sizes

if TYPE_CHECKING:
    from taskfit.finding import Finding, Span
    from taskfit.sizing.decision import Recommendation
    from taskfit.sizing.facts import Policy
    from taskfit.sizing.observed import Use
    from taskfit.sources.document import Reading
    from taskfit.sources.files import File

FILES_IN_PART = 1000
BYTES_IN_PART = 4 * 1024 * 1024
"""Small parts keep what is remembered of them small; a file may hold one definition or a list of many."""


class Part(NamedTuple):
    """What some of the files yield."""

    report: Report
    services: tuple[Service, ...]


def audit(files: Sequence[File], run: engine.Run, repository: Sequence[File] = (), jobs: int = 0) -> Inventory:
    """The inventory of saved answers; `repository` are the files that the deployed definitions should come from."""
    return merged(audited(files, run, repository, jobs))


def audited(
    files: Sequence[File], run: engine.Run, repository: Sequence[File] = (), jobs: int = 0
) -> Iterator[Inventory]:
    """The same part by part, so that nobody has to remember all of it; the last part has what concerns the whole.

    Parts come in the order of the files, and so do their findings.
    """
    answers = collect(files)
    sources_of_family, failures = _counterparts(repository, run)
    knowledge = _Knowledge.of(answers, sources_of_family)
    described: set[tuple[str, ...]] = set()
    families: set[str] = set()
    for part in _parts(partial(_part, run, knowledge), answers.definitions, jobs):
        described.update((row.account, row.region, row.cluster, row.name) for row in part.services)
        families.update(row.definition.partition(":")[0] for row in part.services)
        yield _inventory(run, part.services, part.report)
    rest = [each for each in answers.services if tuple(each.key) not in described]
    families.update(_unread(each).definition.partition(":")[0] for each in rest)
    report = Report(
        failures=(*answers.failures, *failures, *_undescribed(answers.failures, rest)),
        remarks=tuple(_missing(families, sources_of_family)) if repository else (),
    )
    yield _inventory(run, tuple(map(_unread, rest)), report)


def merged(parts: Iterable[Inventory]) -> Inventory:
    """One inventory of several that were made with the same policy, of whatever parts of the answers.

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
    """What some work makes of the files, in parts of a bounded size."""
    if jobs != 1 and len(files) > FILES_IN_PART:
        yield from shared(work, files, jobs, max(len(files) // (FILES_IN_PART * (os.cpu_count() or 1)), 1))
        return
    yield from map(work, _batches(files))


def _batches(files: Iterable[File]) -> Iterator[list[File]]:
    """The files in their order, so many together as make a part."""
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
        spot_discount=pricing.on_spot,
        profile=" + ".join(profile.name for profile in run.policy.profiles) or run.policy.profile.name,
        data_until=max((s.use.until for s in services if s.use), default=""),
    )


def _undescribed(failures: Iterable[str], services: Iterable[RunningService]) -> Iterator[str]:
    """The services whose definition is in no answer, if nothing has said why."""
    told = "\n".join(failures)
    for service in services:
        key, definition = service.key, service.definition
        if definition and definition not in told:
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
            services += watch.services(report.findings)
        except Exception as error:  # noqa: BLE001 - one definition must not hide the others
            failure = f"{file.name}: can't be sized: {type(error).__name__}: {error}"
            report = replace(report, failures=(*report.failures, failure))
        reports.append(report)
    return Part(Report.merged(reports), tuple(services))


class _Beside(NamedTuple):
    """What is known of services besides their use."""

    scaling: Mapping[ServiceName, Scaling]
    optimizer: Mapping[ServiceName, Optimizer]
    trends: Mapping[ServiceName, Trend]


class _Knowledge(NamedTuple):
    """What is known of definitions besides themselves."""

    services: Mapping[str, tuple[RunningService, ...]]
    """The services that run a definition, by its ARN."""
    deployed: Mapping[str, Deployed]
    """By ARN."""
    beside: _Beside
    sources_of_family: Mapping[str, tuple[SourceDefinition, ...]]
    """By family."""

    @classmethod
    def of(cls, answers: Answers, sources_of_family: Mapping[str, tuple[SourceDefinition, ...]]) -> _Knowledge:
        """Services and their use, by the definition that they run."""
        services: dict[str, tuple[RunningService, ...]] = {}
        for service in answers.services:
            services[service.definition] = (*services.get(service.definition, ()), service)
        deployed = {
            arn: Deployed(
                tuple(
                    ServiceUse(
                        f"{each.key.cluster}/{each.key.name}",
                        each.desired,
                        answers.uses.get(each.key),
                        on_spot=each.launch_types == ("FARGATE_SPOT",),
                    )
                    for each in running
                )
            )
            for arn, running in services.items()
        }
        return cls(services, deployed, _Beside(answers.scaling, answers.optimizer, answers.trends), sources_of_family)


class _Watch:
    """Makes the cases of one file, and remembers them until its findings are there."""

    def __init__(self, knowledge: _Knowledge) -> None:
        self._knowledge = knowledge
        self._made: list[tuple[Case, Reading]] = []

    def __call__(self, reading: Reading, policy: Policy, _: str) -> Case:
        """The case of a definition, with what is known of its services."""
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

    def services(self, findings: Sequence[Finding]) -> Iterator[Service]:
        """A row for each service that runs a definition, or for the definition that no service runs."""
        starts = [(reading.locate("", False), case) for case, reading in self._made] if len(self._made) > 1 else []
        for position, (case, _) in enumerate(self._made):
            own = _between(findings, starts, position) if starts else findings
            running = self._knowledge.services.get(case.task.arn or "", ())
            scaling, optimizer, trends = self._knowledge.beside
            for service in running:
                yield replace(
                    _service(case, service, own),
                    scaling=scaling.get(service.key),
                    optimizer=optimizer.get(service.key),
                    trend=trends.get(service.key),
                )
            if not running:
                yield _family(case, own)


def _between(findings: Iterable[Finding], starts: Sequence[tuple[Span, Case]], position: int) -> tuple[Finding, ...]:
    """The findings from where one definition of a file starts to where the next one does."""
    first = starts[position][0][:2]
    last = starts[position + 1][0][:2] if position + 1 < len(starts) else (float("inf"), 0)
    return tuple(finding for finding in findings if first <= finding.span[:2] < last)


def _service(case: Case, running: RunningService, findings: Sequence[Finding]) -> Service:
    title = f"{running.key.cluster}/{running.key.name}"
    told = next((each for each in case.deployed.services if each.service == title), None) if case.deployed else None
    row = replace(
        _unread(running), definition=_revision(case), use=told and told.use, findings=_own(findings, case, title)
    )
    return _sized(row, case, told)


def _family(case: Case, findings: Sequence[Finding]) -> Service:
    account = case.task.arn.split(":")[4] if case.task.arn else ""
    row = Service(
        account=account,
        region=case.task.region or "",
        cluster="",
        name=case.task.name or "",
        definition=_revision(case),
        launch_type="+".join(sorted(case.launch_types)),
        desired=0,
        running=0,
        findings=tuple(findings),
    )
    return _sized(row, case, None)


def _unread(running: RunningService) -> Service:
    """A service whose definition could not be read."""
    return Service(
        account=running.key.account,
        region=running.key.region,
        cluster=running.key.cluster,
        name=running.key.name,
        definition=running.definition.rpartition("/")[2],
        launch_type="+".join(running.launch_types),
        desired=running.desired,
        running=running.running,
    )


def _own(findings: Sequence[Finding], case: Case, title: str) -> tuple[Finding, ...]:
    """The findings on a definition but those on the use of another service that runs it."""
    others = {each.service for each in case.deployed.services if each.service != title} if case.deployed else set()
    return tuple(finding for finding in findings if finding.subject not in others)


def _sized(row: Service, case: Case, service: ServiceUse | None) -> Service:
    """The row with what the definition declares, what its capacity and its use ask for, and what that costs."""
    assessment = case.assessment
    row = replace(row, declared=_declared(case))
    if assessment is not None:
        number = assessment.capacity.number if assessment.capacity else None
        row = replace(row, role=assessment.role_name, capacity=number, unit=assessment.role.unit)
        row = replace(row, needed=assessment.floor)
    found = next((each for told, each in case.recommendations if told is service), None)
    if found is not None and row.declared is not None:
        size = found.size
        row = replace(
            row, recommended=Size(size.cpu, size.memory) if size else None, advice=_advice(case, service, found)
        )
    else:
        found = None
    return _costed(row, case, found)


def _advice(case: Case, service: ServiceUse | None, found: Recommendation) -> Advice:
    whole = Size.total((found.size, found.beside)) if found.size and found.tasks == 1 else None
    containers = container_sizes(case, case.assessment, whole) if whole else ()
    return Advice(
        reasons=found.reasons,
        cpu_decided_by=str(found.cpu.bound),
        memory_decided_by=str(found.memory.bound),
        tasks=found.tasks,
        capacity=found.capacity,
        containers=containers,
        outlook=_outlook(case, service.use, found) if service and service.use else None,
    )


def _outlook(case: Case, use: Use, found: Recommendation) -> Outlook:
    profile = case.profile
    then = {
        f"{dimension}_{statistic}": found.projected(dimension, getattr(use, f"{dimension}_{statistic}"))
        for dimension in DIMENSIONS
        for statistic in ("average", "maximum")
    }
    return Outlook(
        **then,
        risk_now=risk(profile, ((d, getattr(use, f"{d}_average"), getattr(use, f"{d}_maximum")) for d in DIMENSIONS)),
        risk_then=risk(profile, ((d, then[f"{d}_average"], then[f"{d}_maximum"]) for d in DIMENSIONS)),
    )


def _declared(case: Case) -> Size | None:
    have = present(case, case.assessment)
    if case.on_fargate and not all(have.values()):
        return None
    return Size(have["cpu"] or 0, have["memory"] or 0) if any(have.values()) else None


def _costed(row: Service, case: Case, found: Recommendation | None) -> Service:
    """The row with the monthly cost of its tasks, where Fargate runs them and there are prices of its region."""
    if row.declared is None or not row.cluster or not row.launch_type.startswith("FARGATE"):
        return row
    on_spot = row.launch_type == "FARGATE_SPOT"
    now = case.monthly_usd(*row.declared, spot=on_spot)
    if now is None:
        return row
    row = replace(row, monthly_usd=round(now * row.desired, 2))
    if found is None:
        return replace(row, recommended_monthly_usd=row.monthly_usd)
    cost = task_usd(case, found, spot=on_spot)
    if cost is None:
        return row
    discount = case.policy.pricing.on_spot if on_spot else case.policy.pricing.discount
    saving = (cost[0] - cost[1]) * row.desired / (1 - discount)
    return replace(
        row, recommended_monthly_usd=round(cost[1] * row.desired, 2), saving_on_demand_usd=round(saving, 2) + 0.0
    )


def _revision(case: Case) -> str:
    arn = case.task.arn
    return arn.rpartition("/")[2] if arn else case.task.name or ""


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
    """What a repository does not have."""
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
