"""Whether the sidecars that a definition needs are present, big enough, correctly essential and reachable."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from taskfit.checks.proposals import first_free, proposal, put, room
from taskfit.definition import Container, Partial, Unknown, complete, known, objects
from taskfit.finding import Change, Problem, Proposal, Severity
from taskfit.sizing.requirements import missing, requirements
from taskfit.sizing.wording import with_article

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.sizing.required import RequiredSidecar
    from taskfit.sizing.requirements import Requirement
    from taskfit.sizing.sidecars import Endpoint, SidecarKind

LOCAL = r"(?i)(?:[a-z+]+:/*|udp:|tcp:)?(?:localhost|127\.0\.0\.1|\[::1\])(?::([0-9]{1,5}))?(?:[/\s].*)?"
"""The pattern of an endpoint in the task itself, with its port."""


def missing_sidecar(case: Case) -> Iterator[Problem]:
    """FIT301: a required sidecar is absent."""
    assessment = case.assessment
    absent = assessment.missing_sidecars if assessment else missing(case, case.sidecars_of_profiles, None)[0]
    for requirement in absent if case.task.containers else ():
        name, default = requirement.kind, requirement.sidecar
        kind = case.policy.sidecars.kinds.get(name)
        title = f" ({kind.title})" if kind and kind.title != name else ""
        why, because = "the configuration requires (required-sidecars)", ""
        if requirement.profile is not None:
            why = f"the {requirement.profile.name} profile requires"
        if requirement.profile is not None and assessment and requirement.profile is assessment.profile:
            why, because = f"{why} for {with_article(assessment.role_name)}", assessment.assumption
        size = f" Its default size is {_amounts(default)}." if default and any(default.size) else ""
        essential = "true" if default and default.essential else "false"
        yield Problem(
            "/containerDefinitions",
            f"The task has no sidecar {name}{title}, which {why}.{because}",
            help=f"Add one with essential set to {essential}.{size}",
            subject=name,
            data={"sidecar": name, "recommended": {"cpu": default.cpu, "memory": default.memory} if default else None},
            proposal=_added(case, name, kind, default),
        )


def sidecar_undersized(case: Case) -> Iterator[Problem]:
    """FIT302: a required sidecar has less than the profile's default, or reserves nothing."""
    for container, requirement, default in case.required_sidecars:
        cpu, memory = container.cpu, container.reserved_memory
        if not cpu and not memory and any(default.size):
            yield Problem(
                container.pointer,
                f"Sidecar {container.title} reserves neither cpu nor memory, so the application can use all of both.",
                help=f"Reserve {_amounts(default)}, the profile's default.",
                severity=Severity.NOTE,
                proposal=_reserving(case, container, default),
            )
            continue
        for key, have, need, unit in (
            ("cpu", known(cpu), default.cpu, "CPU units"),
            ("memory" if container.memory is not None else "memoryReservation", known(memory), default.memory, "MiB"),
        ):
            if have and have < need:
                yield Problem(
                    f"{container.pointer}/{key}",
                    f"Sidecar {container.title} has {have} {unit}; the {_profile(requirement)} gives it {need}."
                    f"{case.assessment.assumption if case.assessment else ''}",
                    help=f"Set {key} to {need}.",
                    data={"have": have, "need": need},
                    proposal=_enlarged(case, container, key, need - have, need),
                )


def sidecar_essential(case: Case) -> Iterator[Problem]:
    """FIT303: an essential telemetry sidecar, or a sidecar that must be essential and is not.

    The first is a note if this kind of sidecar is not required: vendors publish such samples.
    """
    required = case.required_sidecars
    essential = [each for each in _sidecars(case) if each[0].essential is True]
    wanted = {container.index: default.essential for container, _, default in required} if essential else {}
    for container, name in essential if _has_essential_application(case) else ():
        kind, is_wanted = case.policy.sidecars.kinds[name], wanted.get(container.index)
        if kind.is_telemetry if is_wanted is None else not is_wanted:
            needed = {each.kind for each in requirements(case, case.sidecars_of_profiles)}
            stated = "essential" in container.data
            yield Problem(
                f"{container.pointer}/essential" if stated else container.pointer,
                f"Container {container.title} ({kind.title}) is essential{'' if stated else ' by default'}: when it stops, "
                "AWS stops the whole task, including the application.",
                help='Set "essential" to false.',
                severity=None if name in needed else Severity.NOTE,
                proposal=_made_nonessential(case, container),
            )
    for container, requirement, default in required:
        if default.essential and container.essential is False:
            yield Problem(
                f"{container.pointer}/essential",
                f"Container {container.title} is not essential, so the task continues without it when it stops; the "
                f"{_profile(requirement)} requires it to be.",
                help='Set "essential" to true.',
                proposal=proposal("unsafe", put(container.data, container.pointer, "essential", True)),
            )


def _amounts(default: RequiredSidecar) -> str:
    """The amounts that a sidecar should reserve, as text."""
    amounts = ((default.cpu, "CPU units"), (default.memory, "MiB"))
    return " and ".join(f"{amount} {unit}" for amount, unit in amounts if amount)


def _profile(requirement: Requirement) -> str:
    return f"{requirement.profile.name} profile" if requirement.profile else "configuration"


def telemetry_endpoint(case: Case) -> Iterator[Problem]:
    """FIT304: telemetry is sent to a port of the task itself that no container serves."""
    served = {port for kind in case.sidecars.values() for port in case.policy.sidecars.kinds[kind].serves}
    local = [each for each in _local_endpoints(case) if served.isdisjoint(each[-1])]
    if not local or not (case.on_fargate or case.task.network_mode == "awsvpc") or not _all_recognisable(case):
        return
    mapped = _mapped_ports(case)
    for container, endpoint, value, ports in local:
        if mapped.isdisjoint(ports):
            kind = case.policy.sidecars.kinds[endpoint.kind]
            yield Problem(
                container.variable_pointer(endpoint.variable),
                f"{endpoint.variable} points at {value}, but no container of this task serves port "
                f"{' or '.join(str(port) for port in sorted(ports))}; what {container.title} sends is lost.",
                help=f"Add the sidecar ({kind.title}) to the task, or point at one that runs elsewhere.",
            )


def _local_endpoints(case: Case) -> Iterator[tuple[Container, Endpoint, str, set[int]]]:
    """The endpoints in the task to which applications send telemetry: the value of the variable, and its ports."""
    for container in case.applications:
        for endpoint in case.policy.sidecars.endpoints if container.environment else ():
            value = container.environment.get(endpoint.variable)
            if isinstance(value, str) and (port := _local_port(value)) is not None:
                yield container, endpoint, value, {int(port)} if port else set(endpoint.ports)


@lru_cache(256)
def _local_port(value: str) -> str | None:
    """The port of an endpoint in the task itself, empty if it names none; `None` for an endpoint elsewhere."""
    match = re.fullmatch(LOCAL, value.strip())
    return (match[1] or "") if match else None


def _added(case: Case, name: str, kind: SidecarKind | None, default: RequiredSidecar | None) -> Proposal | None:
    """Add the sidecar with the profile's defaults and room for it in the task, if its image works without configuration."""
    space = room(case, default.cpu, default.memory) if default is not None else None
    if kind is None or not kind.image or default is None or space is None:
        return None
    sidecar: dict[str, Any] = {
        "name": first_free(name, (container.name for container in case.task.containers)),
        "image": kind.image,
        "essential": bool(default.essential),
        **_reservations(default),
    }
    if default.environment:
        sidecar["environment"] = [{"name": key, "value": value} for key, value in default.environment.items()]
    return proposal("unsafe", Change("add", "/containerDefinitions/-", sidecar), *space)


def _reservations(default: RequiredSidecar) -> dict[str, int]:
    return {key: amount for key, amount in (("cpu", default.cpu), ("memory", default.memory)) if amount}


def _reserving(case: Case, sidecar: Container, default: RequiredSidecar) -> Proposal | None:
    space = room(case, default.cpu, default.memory)
    if space is None:
        return None
    own = (put(sidecar.data, sidecar.pointer, key, amount) for key, amount in _reservations(default).items())
    return proposal("unsafe", *own, *space)


def _enlarged(case: Case, sidecar: Container, key: str, more: int, need: int) -> Proposal | None:
    space = room(case, more, 0) if key == "cpu" else room(case, 0, more)
    limit = known(sidecar.memory)
    if space is None or (key == "memoryReservation" and limit is not None and limit < need):
        return None
    return proposal("unsafe", Change("replace", f"{sidecar.pointer}/{key}", need), *space)


def _made_nonessential(case: Case, sidecar: Container) -> Proposal | None:
    """Make a sidecar not essential, if an essential container remains: AWS requires one."""
    kinds = case.policy.sidecars.kinds
    others = (item for item in case.task.containers if item.essential is True)
    if all(item.index in case.sidecars and kinds[case.sidecars[item.index]].is_telemetry for item in others):
        return None
    return proposal("unsafe", put(sidecar.data, sidecar.pointer, "essential", False))


def _sidecars(case: Case) -> list[tuple[Container, str]]:
    kinds = case.sidecars
    return [(container, kinds[container.index]) for container in case.task.containers if container.index in kinds]


def _has_essential_application(case: Case) -> bool:
    """Whether there is an essential container besides the sidecars, which would stop with them."""
    return any(container.essential is True for container in case.applications)


def _all_recognisable(case: Case) -> bool:
    """Whether it is known of every container whether it is a collector."""
    return case.task.containers_are_complete and all(container.image_repository for container in case.applications)


def _mapped_ports(case: Case) -> set[int]:
    """The ports that the containers of the task map, or may map."""
    ports: set[int] = set()
    for container in case.task.containers:
        if "portMappings" not in container.data and not isinstance(container.data, Partial):
            continue
        is_clear = complete(container.data, "portMappings")
        for _, mapping in objects(container.data, "portMappings"):
            port = mapping.get("containerPort")
            if isinstance(port, int):
                ports.add(port)
            is_clear = is_clear and not isinstance(port, Unknown) and "containerPortRange" not in mapping
        if not is_clear:
            ports.update(range(65536))
    return ports
