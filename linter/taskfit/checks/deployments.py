"""Whether a deployment of a service can replace its tasks, and whether it fits their start and stop times."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.checks.lookup import value_at
from taskfit.definition import Unknown, known
from taskfit.finding import Problem
from taskfit.phrases import counted
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskfit.checks.context import Case
    from taskfit.definition import Container, LoadBalancer, Service

MINIMUM_HEALTHY, MAXIMUM = 100, 200
"""The defaults for a rolling update of a REPLICA service, percent of the desired count.

Source: API_DeploymentConfiguration of the Amazon ECS API Reference.
"""


class Bounds(NamedTuple):
    """The least and most tasks that may run during a rolling update, for a count of tasks."""

    tasks: int
    least: int
    most: int

    @property
    def is_stuck(self) -> bool:
        """Whether no task can be stopped before its successor runs, and no successor can be started first."""
        return self.least >= self.tasks >= self.most


def bounds(count: int, minimum: int, maximum: int) -> Bounds:
    """The bounds for a desired count; AWS rounds the minimum up and the maximum down."""
    return Bounds(count, -(-count * minimum // 100), count * maximum // 100)


def stuck(case: Case) -> Iterator[Problem]:
    """FIT911: percentages with which a rolling update cannot proceed."""
    for service in case.task.services:
        if not _is_rolling(service):
            continue
        minimum = MINIMUM_HEALTHY if service.minimum_healthy_percent is None else service.minimum_healthy_percent
        maximum = MAXIMUM if service.maximum_percent is None else service.maximum_percent
        if isinstance(minimum, Unknown) or isinstance(maximum, Unknown):
            continue
        found = _stuck_at(service, minimum, maximum)
        if found is not None:
            yield _stuck_problem(service, minimum, maximum, found)


def _is_rolling(service: Service) -> bool:
    """Whether ECS itself replaces the tasks within these percentages; DAEMON services have other ones."""
    if service.is_daemon is not False:
        return False
    return service.deployment_controller == "ECS" and service.deployment_strategy == "ROLLING"


def _stuck_at(service: Service, minimum: int, maximum: int) -> Bounds | None:
    """The bounds at which no step is possible: at any count, or at the only count that the service can have."""
    if minimum >= 100 >= maximum:
        return bounds(known(service.desired_count) or 1, minimum, maximum)
    count = service.desired_count
    is_scaled = service.min_capacity is not None or service.max_capacity is not None
    if is_scaled or isinstance(count, Unknown):
        return None
    # CloudFormation and Terraform start one task, or none, if no count is set.
    found = bounds(count, minimum, maximum) if count else None
    return found if found is not None and found.is_stuck else None


def _stuck_problem(service: Service, minimum: int, maximum: int, found: Bounds) -> Problem:
    key = "maximumPercent" if service.maximum_percent is not None else "minimumHealthyPercent"
    tasks = counted(found.tasks, "task")
    return Problem(
        f"{service.pointer}/deploymentConfiguration/{key}",
        f"A deployment of {tasks} can't proceed: at least {minimum}% must stay healthy ({found.least}), at most "
        f"{maximum}% may run ({found.most}), so ECS can neither stop a task nor start one.",
        help=f"Set maximumPercent to 200, or minimumHealthyPercent to {'0' if found.tasks == 1 else '50'}"
        f"{' if a pause without a task is acceptable' if found.tasks == 1 else ''}.",
        label=f"{found.least} to {found.most} of {tasks}",
        data={"have": [minimum, maximum], "need": [minimum, 200], "recommended": None, "monthly_usd": None},
    )


def without_rollback(case: Case) -> Iterator[Problem]:
    """FIT912: a circuit breaker that stops a failed deployment, but does not roll back."""
    for service in case.task.services:
        if service.circuit_breaker is True and service.rolls_back is False:
            yield Problem(
                f"{service.pointer}/deploymentConfiguration/deploymentCircuitBreaker/rollback",
                "The circuit breaker stops a deployment that fails, but leaves the service with the tasks it has then.",
                help="Set rollback to true, so that the service returns to the last deployment that worked.",
            )


def short_grace_period(case: Case) -> Iterator[Problem]:
    """FIT913: a load balancer finds a container unhealthy before the container's start period is over."""
    for service in case.task.services:
        grace = service.health_check_grace_period
        if not isinstance(grace, int):
            continue
        slow = [each for balancer in service.load_balancers for each in _slow(case, balancer, grace)]
        if not slow:
            continue
        start, unhealthy_after, container = max(slow, key=lambda each: each[0])
        yield Problem(
            f"{service.pointer}/healthCheckGracePeriodSeconds",
            f"{container.title} may take {start} s to start (startPeriod of its health check), but the load balancer finds "
            f"it unhealthy after {unhealthy_after} s, and ECS acts on that once the grace period of {grace} s is over: a "
            "task can be stopped while it still starts.",
            help=f"Set the grace period to at least {start} s.",
            label=f"{grace} < {start} s",
            related=((f"{container.pointer}/healthCheck/startPeriod", f"up to {start} s to start"),),
            data={"have": grace, "need": start, "recommended": None, "monthly_usd": None},
        )


def _slow(case: Case, balancer: LoadBalancer, grace: int) -> Iterator[tuple[int, int, Container]]:
    """The containers that a load balancer finds unhealthy before they have started, with the seconds of both."""
    unhealthy_after = balancer.unhealthy_after
    for container in case.task.containers:
        start = value_at(container.data, "healthCheck/startPeriod", int)
        if known(container.name) is None or container.name != balancer.container_name:
            continue
        if isinstance(unhealthy_after, int) and start is not None and start > max(grace, unhealthy_after):
            yield start, unhealthy_after, container


def long_stop_timeout(case: Case) -> Iterator[Problem]:
    """FIT914: a container may finish requests for longer than the load balancer waits."""
    for service in case.task.services:
        for balancer in service.load_balancers:
            delay = balancer.deregistration_delay
            container = next((each for each in case.task.containers if each.name == balancer.container_name), None)
            stop = container.data.get("stopTimeout") if container is not None else None
            if container is None or not isinstance(delay, int) or not isinstance(stop, int) or stop <= delay:
                continue
            yield Problem(
                f"{container.pointer}/stopTimeout",
                f"{container.title} may take {stop} s to finish its requests (stopTimeout), but the load balancer closes "
                f"their connections after {delay} s (the target group's deregistration delay).",
                help=f"Raise the deregistration delay to {stop} s, or lower stopTimeout to {delay} s.",
                label=f"{stop} > {delay} s",
                subject=f"{service.name}",
                data={"have": stop, "need": delay, "recommended": None, "monthly_usd": None},
            )
