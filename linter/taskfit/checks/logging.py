"""Whether log configurations can work."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taskfit.checks.proposals import proposal
from taskfit.definition import Container, Partial, Unknown, known
from taskfit.finding import Change, Problem, Proposal, Severity
from taskfit.phrases import nearest

if TYPE_CHECKING:
    from taskfit.checks.context import Case

GROUP, REGION, PREFIX, CREATE = "awslogs-group", "awslogs-region", "awslogs-stream-prefix", "awslogs-create-group"

_NAME = re.compile(r"[A-Za-z_-]+")
"""The name of an option without a placeholder in it."""

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
            yield from _disallowed(container, case.policy.aws.limits.awslogs_options.values)
    if "firelensConfiguration" in case.task.field_names or "awsfirelens" in case.task.contents.texts:
        yield from _firelens(case)


def _is_complete(configuration: Mapping[str, Any]) -> bool:
    """Whether nothing can be wrong with the options of awslogs: they are those that are needed."""
    options = configuration.get("options")
    return isinstance(options, dict) and options.keys() == NEEDED.keys() and options[GROUP] != ""


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
    if options.get(GROUP) == "" and container.image != "":  # a template with empty images is still to be filled in
        yield Problem(
            f"{pointer}/options/{GROUP}",
            f"{GROUP} is empty. AWS answers: Log driver awslogs option 'awslogs-group' should not be null or empty.",
            help="Name the log group.",
        )
    create = options.get(CREATE)
    if create is not None and isinstance(create, str | bool) and str(create).lower() != "true":
        yield Problem(
            f"{pointer}/options/{CREATE}",
            f"{CREATE} is \"{create}\". AWS answers: awslogs-create-group should only be set to 'true', else omit option.",
            help="Remove the option.",
            proposal=proposal("safe", Change("remove", f"{pointer}/options/{CREATE}")),
        )


def _disallowed(container: Container, allowed: Sequence[str]) -> Iterator[Problem]:
    """Options that awslogs does not have on ECS, whatever Docker's own driver of that name takes."""
    options = container.data["logConfiguration"].get("options")
    for name, value in options.items() if isinstance(options, dict) else ():
        if name in allowed or value is None or not _NAME.fullmatch(name):
            continue
        near = nearest(name, allowed, cutoff=0.75)
        yield Problem(
            f"{container.pointer}/logConfiguration/options/{name}",
            f"awslogs has no option {name} on ECS. AWS answers: Log driver awslogs disallows options: {name}",
            help=f"Did you mean {near}?" if near else "Remove the option.",
            on_key=True,
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
