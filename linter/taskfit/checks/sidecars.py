"""Whether the sidecars that a definition needs are there, big enough, harmless and reachable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.definition import Container, Unknown, known, objects
from taskfit.finding import Problem, Severity
from taskfit.sidecars import image_repository
from taskfit.sizing.assessment import missing_sidecars

if TYPE_CHECKING:
    from taskfit.case import Case

LOCAL = re.compile(
    r"(?:[a-z+]+:/*|udp:|tcp:)?(?:localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?(?:[/\s].*)?", re.IGNORECASE
)
"""An endpoint in the task itself, and its port."""


def missing_sidecar(case: Case) -> Iterator[Problem]:
    """FIT301: a required sidecar is absent."""
    assessment = case.assessment
    if assessment is None and not case.policy.required_sidecars:
        return
    missing = assessment.missing_sidecars if assessment else missing_sidecars(case, None)[0]
    policy = case.policy
    for name in missing if case.task.containers else ():
        kind, default = policy.sidecars.kinds.get(name), policy.profile.sidecars.get(name)
        title = kind.title if kind else name
        by, because = "the configuration's required-sidecars", ""
        if policy.required_sidecars is None and assessment:
            by, because = f"the {policy.profile.name} profile for a {assessment.role_name}", assessment.assumption
        size = f" Its default size is {default.cpu} CPU units and {default.memory} MiB." if default else ""
        yield Problem(
            "/containerDefinitions",
            f"No container of this task is a sidecar of kind {name} ({title}), which is required by {by}.{because}",
            help=f"Add one with essential set to false.{size}",
            subject=name,
            data={"sidecar": name, "recommended": {"cpu": default.cpu, "memory": default.memory} if default else None},
        )


def sidecar_undersized(case: Case) -> Iterator[Problem]:
    """FIT302: a required sidecar has less than the profile's default, or reserves nothing."""
    if case.assessment is None:
        return
    for container, name in _sidecars(case):
        default = case.policy.profile.sidecars.get(name)
        if default is None:
            continue
        cpu, memory = container.cpu, container.reserved_memory
        if not cpu and not memory:
            yield Problem(
                container.pointer,
                f"Sidecar {container.title} reserves neither cpu nor memory, so the application can take all of it away.",
                help=f"Reserve {default.cpu} CPU units and {default.memory} MiB, the profile's default.",
                severity=Severity.NOTE,
            )
            continue
        for key, have, need, unit in (
            ("cpu", known(cpu), default.cpu, "CPU units"),
            ("memory" if container.memory is not None else "memoryReservation", known(memory), default.memory, "MiB"),
        ):
            if have and have < need:
                yield Problem(
                    f"{container.pointer}/{key}",
                    f"Sidecar {container.title} has {have} {unit}; the {case.policy.profile.name} profile gives it {need}.",
                    help=f"Set {key} to {need}.",
                    data={"have": have, "need": need},
                )


def sidecar_essential(case: Case) -> Iterator[Problem]:
    """FIT303: a telemetry sidecar whose end ends the task."""
    for container, name in _sidecars(case):
        kind = case.policy.sidecars.kinds[name]
        alone = len(case.sidecars) == len(case.task.containers)
        if kind.is_telemetry and container.essential is True and not alone and _others_are_essential(case, container):
            stated = "essential" in container.data
            yield Problem(
                f"{container.pointer}/essential" if stated else container.pointer,
                f"Container {container.title} ({kind.title}) is essential{'' if stated else ' by default'}: when it stops, "
                "AWS stops the whole task, the application with it.",
                help='Set "essential" to false.',
            )


def telemetry_endpoint(case: Case) -> Iterator[Problem]:
    """FIT304: telemetry goes to a port of the task itself that no container serves."""
    task = case.task
    if not (case.on_fargate or task.network_mode == "awsvpc") or not _all_recognisable(case):
        return
    served = set(_served_ports(case))
    for container in task.containers:
        for endpoint in case.policy.sidecars.endpoints:
            value = container.environment.get(endpoint.variable)
            match = LOCAL.fullmatch(value.strip()) if isinstance(value, str) else None
            if match is None or container.index in case.sidecars:
                continue
            ports = {int(match[1])} if match[1] else set(endpoint.ports)
            if not ports & served:
                kind = case.policy.sidecars.kinds[endpoint.kind]
                yield Problem(
                    container.variable_pointer(endpoint.variable),
                    f"{endpoint.variable} points at {value}, but no container of this task serves port "
                    f"{' or '.join(str(port) for port in sorted(ports))}; what {container.title} sends is lost.",
                    help=f"Add the sidecar ({kind.title}) to the task, or point at one that runs elsewhere.",
                )


def _sidecars(case: Case) -> Iterator[tuple[Container, str]]:
    for container in case.task.containers:
        if container.index in case.sidecars:
            yield container, case.sidecars[container.index]


def _others_are_essential(case: Case, sidecar: Container) -> bool:
    """Whether the task would still have an essential container."""
    return any(item.essential is True for item in case.task.containers if item.index != sidecar.index)


def _all_recognisable(case: Case) -> bool:
    """Whether every container can be told from a collector."""
    return case.task.containers_are_complete and all(
        container.index in case.sidecars or image_repository(container) for container in case.task.containers
    )


def _served_ports(case: Case) -> Iterator[int]:
    for container in case.task.containers:
        kind = case.sidecars.get(container.index)
        yield from case.policy.sidecars.kinds[kind].serves if kind else ()
        for _, mapping in objects(container.data, "portMappings"):
            port = mapping.get("containerPort")
            if isinstance(port, int):
                yield port
            if isinstance(port, Unknown) or "containerPortRange" in mapping:
                yield from range(65536)
