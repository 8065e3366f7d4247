"""The rows of an audit: what a service declares, needs, uses and costs, and its recommended size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from taskfit.auditing.inventory import Advice, Outlook, Service
from taskfit.dimensions import DIMENSIONS, Size
from taskfit.sizing.decision import risk
from taskfit.sizing.recommendation import present, task_usd
from taskfit.sizing.shares import container_sizes

if TYPE_CHECKING:
    from taskfit.auditing.services import RunningService
    from taskfit.checks.context import Case
    from taskfit.finding import Finding
    from taskfit.sizing.decision import Recommendation
    from taskfit.sizing.observed import ServiceUse, Use


def service_row(case: Case, running: RunningService, findings: Sequence[Finding]) -> Service:
    """The row of a service, with its own findings."""
    title = running.key.title
    deployed = next((each for each in case.deployed.services if each.service == title), None) if case.deployed else None
    row = replace(
        unread_row(running),
        definition=_revision(case),
        use=deployed and deployed.use,
        findings=_own(findings, case, title),
    )
    return _sized(row, case, deployed)


def family_row(case: Case, findings: Sequence[Finding]) -> Service:
    """The row of a definition that no service runs."""
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


def unread_row(running: RunningService) -> Service:
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
    """The findings on a definition, without those on the use of other services that run it."""
    others = {each.service for each in case.deployed.services if each.service != title} if case.deployed else set()
    return tuple(finding for finding in findings if finding.subject not in others)


def _sized(row: Service, case: Case, service: ServiceUse | None) -> Service:
    """The row with the declared size, the size that its capacity and use need, and the cost of both."""
    assessment = case.assessment
    row = replace(row, declared=_declared(case))
    if assessment is not None:
        number = assessment.capacity.number if assessment.capacity else None
        row = replace(row, role=assessment.role_name, capacity=number, unit=assessment.role.unit)
        row = replace(row, needed=assessment.floor)
    found = next((each for used_by, each in case.recommendations if used_by is service), None)
    if found is not None and row.declared is not None:
        size = found.size
        row = replace(
            row, recommended=Size(size.cpu, size.memory) if size else None, advice=_advice(case, service, found)
        )
    else:
        found = None
    return _costed(row, case, found)


def _advice(case: Case, service: ServiceUse | None, found: Recommendation) -> Advice:
    whole = Size.total((found.size, found.beside)) if found.size else None
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
    """The row with the monthly cost of its tasks, if they run on Fargate and the prices of the region are known."""
    if row.declared is None or not row.cluster or not row.launch_type.startswith("FARGATE"):
        return row
    on_spot = row.is_on_spot
    now = case.monthly_usd(*row.declared, spot=on_spot)
    if now is None:
        return row
    row = replace(row, monthly_usd=round(now * row.desired, 2))
    if found is None:
        return replace(row, recommended_monthly_usd=row.monthly_usd)
    cost = task_usd(case, found, spot=on_spot)
    if cost is None:
        return row
    before, after = task_usd(case, found, spot=False, listed=True) or cost
    saving = round((before - after) * row.desired, 2)
    return replace(row, recommended_monthly_usd=round(cost[1] * row.desired, 2), saving_on_demand_usd=saving + 0.0)


def _revision(case: Case) -> str:
    arn = case.task.arn
    return arn.rpartition("/")[2] if arn else case.task.name or ""
