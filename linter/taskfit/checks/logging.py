"""Whether log configurations can work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from taskfit.checks.proposals import proposal
from taskfit.definition import Container, Partial, Unknown, known
from taskfit.finding import Change, Problem, Proposal, Severity

if TYPE_CHECKING:
    from taskfit.checks.context import Case

GROUP, REGION, PREFIX, CREATE = "awslogs-group", "awslogs-region", "awslogs-stream-prefix", "awslogs-create-group"

NEEDED = {
    GROUP: "Log driver awslogs requires options: awslogs-group.",
    REGION: "Log driver awslogs requires options: awslogs-region.",
    PREFIX: "Fargate requires log configuration options to include awslogs-stream-prefix to support log driver awslogs.",
}
"""AWS's answer for a missing option; the last one on Fargate only."""


def log_configuration(case: Case) -> Iterator[Problem]:
    """FIT411: log configurations that AWS rejects."""
    for container in case.task.containers:
        if _driver(container) == "awslogs" and not _is_complete(container.data["logConfiguration"]):
            yield from _awslogs(container, container.data["logConfiguration"], on_fargate=case.on_fargate)
    if "firelensConfiguration" in case.task.field_names or "awsfirelens" in case.task.contents.texts:
        yield from _firelens(case)


def _is_complete(configuration: Mapping[str, Any]) -> bool:
    """Whether nothing can be wrong with the options of awslogs: all that are needed are there."""
    options = configuration.get("options")
    return isinstance(options, dict) and CREATE not in options and options.keys() >= NEEDED.keys()


def _awslogs(container: Container, configuration: Mapping[str, Any], *, on_fargate: bool) -> Iterator[Problem]:
    options = configuration.get("options", {})
    if not isinstance(options, dict) or isinstance(configuration, Partial):
        return
    pointer = f"{container.pointer}/logConfiguration"
    missing = [] if isinstance(options, Partial) else [option for option in NEEDED if option not in options]
    for option in missing:
        if option != PREFIX or on_fargate:
            yield Problem(
                f"{pointer}/options" if options else pointer,
                f"Container {container.title} logs with awslogs but does not set {option}. AWS answers: {NEEDED[option]}",
                help=f"Add {option}.",
                proposal=_prefixed(container, pointer) if option == PREFIX and options else None,
            )
    create = options.get(CREATE)
    if create is not None and isinstance(create, str | bool) and str(create).lower() != "true":
        yield Problem(
            f"{pointer}/options/{CREATE}",
            f"{CREATE} is \"{create}\". AWS answers: awslogs-create-group should only be set to 'true', else omit option.",
            help="Remove the option.",
            proposal=proposal("safe", Change("remove", f"{pointer}/options/{CREATE}")),
        )


def _prefixed(container: Container, pointer: str) -> Proposal | None:
    """Propose the container's name as the prefix: streams are named after it and the task's id."""
    name = known(container.name)
    return proposal("safe", Change("add", f"{pointer}/options/{PREFIX}", name)) if name else None


def _firelens(case: Case) -> Iterator[Problem]:
    containers = case.task.containers
    routers = [item for item in containers if "firelensConfiguration" in item.data]
    users = [item for item in containers if _driver(item) == "awsfirelens"]
    partial = any(isinstance(item.data, Partial) for item in containers)
    is_complete = case.task.containers_are_complete and not partial
    if users and not routers and is_complete:
        for container in users:
            yield Problem(
                f"{container.pointer}/logConfiguration/logDriver",
                f"Container {container.title} logs through awsfirelens, but no container of the task has a "
                "firelensConfiguration to receive it.",
                help="Add a log router (aws-for-fluent-bit with firelensConfiguration), or log with awslogs.",
            )
    uncertain = any(isinstance(_driver(item), Unknown) for item in containers)
    if routers and not users and is_complete and not uncertain:
        yield Problem(
            f"{routers[0].pointer}/firelensConfiguration",
            f"{routers[0].title} is a log router, but no container sends it logs. AWS answers: When a firelensConfiguration "
            "object is specified, at least one container has to be configured with the awsfirelens log driver.",
            help='Set "logDriver": "awsfirelens" on the application, or remove the router.',
        )
    for router in routers[1:]:
        yield Problem(
            f"{router.pointer}/firelensConfiguration",
            f"{routers[0].title} and {router.title} are both log routers; a task should have one.",
            help="Remove one of the two firelensConfigurations.",
            severity=Severity.WARNING,
            related=((f"{routers[0].pointer}/firelensConfiguration", "the first one"),),
        )
    for router in routers:
        if router in users:
            yield Problem(
                f"{router.pointer}/logConfiguration/logDriver",
                f"The log router {router.title} sends its own logs to itself.",
                help="Let the router log with awslogs.",
                severity=Severity.WARNING,
            )


def _driver(container: Container) -> Any:
    configuration = container.data.get("logConfiguration")
    if isinstance(configuration, dict):
        return configuration.get("logDriver")
    return configuration if isinstance(configuration, Unknown) else None
