"""Whether a task runs where it should, and what it would cost elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.definition import Unknown, known
from taskfit.finding import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskfit.checks.context import Case

SPOT = "FARGATE_SPOT"

OTHER_ARCHITECTURE = ("amd64", "x86_64", "x86-64")
"""Parts of an image reference that show that it is built for x86 only."""


def interrupted_by_spot(case: Case) -> Iterator[Problem]:
    """FIT602: a service runs tasks on Spot although their role must not be interrupted."""
    assessment = case.assessment if SPOT in case.task.service_launch_types else None
    if assessment is None or assessment.is_assumed or assessment.role.interruptible is not False:
        return
    profile = assessment.profile
    allowed = [f"{name}s" for name, role in profile.roles.items() if role.interruptible]
    keeps = f"; the {profile.name} profile allows Spot only for {' and '.join(allowed)}" if allowed else ""
    spot, on_demand = case.declared_usd(spot=True), case.declared_usd()
    more = None if spot is None or on_demand is None else round(on_demand - spot, 2)
    cost = f", about ${more:.2f} a month more per task" if more else ""
    yield Problem(
        "",
        f"A service here runs this {assessment.role_name} on {SPOT}, where AWS may stop a task with two minutes' "
        f"notice{keeps}.",
        help=f"Give the service the capacity provider FARGATE alone{cost}.",
        data={"have": SPOT, "need": "FARGATE", "recommended": None, "monthly_usd": more},
    )


def windows_on_spot(case: Case) -> Iterator[Problem]:
    """FIT605: a service runs a Windows task on Spot."""
    if SPOT in case.task.service_launch_types and case.on_windows:
        yield Problem(
            "/runtimePlatform/operatingSystemFamily",
            f"A service here runs this task on {SPOT}, which does not run Windows.",
            help="Give the service the capacity provider FARGATE alone.",
        )


def cheaper_on_arm(case: Case) -> Iterator[Problem]:
    """FIT603: a Linux task on Fargate that runs on x86."""
    if case.on_windows is not False or case.on_arm is not False or not case.on_fargate or _is_bound_to_x86(case):
        return
    pricing = case.pricing
    on_spot = case.is_on_spot and pricing is not None and pricing.spot_discount is not None
    now, then = case.declared_usd(spot=on_spot), case.declared_usd(spot=on_spot, arm=True)
    if pricing is None or now is None or then is None or then >= now:
        return
    platform = case.task.data.get("runtimePlatform")
    is_declared = isinstance(platform, dict) and "cpuArchitecture" in platform
    yield Problem(
        "/runtimePlatform/cpuArchitecture" if is_declared else "",
        f"On x86 the task costs ${now:.2f} a month, on ARM64 it would cost ${then:.2f} "
        f"({pricing.region}, prices of {pricing.prices.as_of}).",
        help="If its images run on linux/arm64, set `runtimePlatform.cpuArchitecture` to ARM64: "
        f"${now - then:.2f} a month less per task.",
        data={"have": now, "need": then, "recommended": None, "monthly_usd": round(then - now, 2)},
    )


def savings_plan(case: Case) -> Iterator[Problem]:
    """FIT604: a large service whose tasks always run, at on-demand prices."""
    tasks = known(case.task.desired_count)
    if not tasks or SPOT in case.task.service_launch_types or not case.on_fargate:
        return
    pricing, one = case.pricing, case.declared_usd()
    if pricing is None or pricing.discount or one is None:
        return
    now = round(tasks * one, 2)
    then = round(now * (1 - pricing.with_savings_plan), 2)
    if now < pricing.large_from:
        return
    yield Problem(
        "",
        f"The services here run {tasks} such tasks, which cost ${now:.2f} a month on demand ({pricing.region}, prices of "
        f"{pricing.prices.as_of}); with a Compute Savings Plan, {pricing.with_savings_plan:.0%} off, they would cost "
        f"${then:.2f}.",
        help=f"Commit to what always runs{_elsewhere(case, tasks)}. A discount that you have already goes into "
        "`pricing: discount-percent`.",
        data={"have": now, "need": then, "recommended": None, "monthly_usd": round(then - now, 2)},
    )


def _elsewhere(case: Case, tasks: int) -> str:
    """The alternatives for tasks that may be interrupted, as text."""
    assessment, on_spot = case.assessment, case.declared_usd(spot=True)
    if assessment is None or assessment.is_assumed or not assessment.role.interruptible or on_spot is None:
        return ""
    return f"; {assessment.role_name}s may also run on Spot (about ${tasks * on_spot:.2f}), and many of them on EC2"


def _is_bound_to_x86(case: Case) -> bool:
    """Whether an image is known to be for x86 only."""
    images = (container.image for container in case.task.containers)
    texts = (image.text if isinstance(image, Unknown) else image or "" for image in images)
    return any(word in text.lower() for text in texts for word in OTHER_ARCHITECTURE)
