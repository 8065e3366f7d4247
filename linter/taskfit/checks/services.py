"""Whether a service is consistent with the definition that it runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskfit.definition import Unknown, complete, known, objects, read
from taskfit.finding import Problem, Severity
from taskfit.phrases import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskfit.checks.context import Case
    from taskfit.definition import Container, LoadBalancer, Service


_TARGETS = {"awsvpc": "ip", "bridge": "instance"}
"""The target type that a network mode needs; of host, AWS says nothing."""


def load_balancer_target(case: Case) -> Iterator[Problem]:
    """FIT921: a load balancer whose target container or port the definition does not have."""
    for service in case.task.services:
        for balancer in service.load_balancers:
            name = balancer.container_name
            if not isinstance(name, str) or not case.task.containers_are_complete:
                continue
            names = [container.name for container in case.task.containers]
            container = next((each for each in case.task.containers if each.name == name), None)
            if container is not None:
                yield from _unmapped_port(container, balancer)
            elif not any(isinstance(each, Unknown) for each in names):
                others = [each for each in names if isinstance(each, str)]
                near = nearest(name, others)
                yield Problem(
                    f"{balancer.pointer}/containerName",
                    f'The load balancer sends requests to the container "{name}", which the task definition does not have.',
                    help=f'Did you mean "{near}"?' if near else f"Its containers are {', '.join(others)}.",
                )


def _unmapped_port(container: Container, balancer: LoadBalancer) -> Iterator[Problem]:
    port = balancer.container_port
    if not isinstance(port, int) or not complete(container.data, "portMappings"):
        return
    mappings = [mapping for _, mapping in objects(container.data, "portMappings")]
    if all(_certainly_other(mapping, port) for mapping in mappings):
        ports = [mapping["containerPort"] for mapping in mappings if "containerPort" in mapping]
        advice = f"Its ports are {', '.join(map(str, ports))}." if ports else "It has no port mapping."
        yield Problem(
            f"{balancer.pointer}/containerPort",
            f"The load balancer sends requests to port {port} of {container.title}, which no port mapping names. AWS "
            f"answers: The container {container.title} did not have a container port {port} defined.",
            help=f"{advice} Add a mapping of {port}, or name one of them." if ports else f"{advice} Add one of {port}.",
            related=((f"{container.pointer}/portMappings", "its port mappings"),) if ports else (),
            data={"have": port, "need": ports, "recommended": None, "monthly_usd": None},
        )


def _certainly_other(mapping: dict[str, Any] | Any, port: int) -> bool:
    """Whether a mapping is certainly not for this port."""
    single, span = read(mapping, "containerPort"), read(mapping, "containerPortRange")
    if isinstance(single, Unknown) or isinstance(span, Unknown):
        return False
    if isinstance(span, str):
        first, _, last = span.partition("-")
        return not (first.isdigit() and last.isdigit()) or not int(first) <= port <= int(last)
    return str(single) != str(port)


def target_type(case: Case) -> Iterator[Problem]:
    """FIT927: a target group for something else than what the network mode makes of tasks."""
    mode = _network_mode(case)
    if mode is None or mode not in _TARGETS:
        return
    needed = _TARGETS[mode]
    for service in case.task.services:
        if not _runs_by_ecs(service) or (mode == "bridge" and "FARGATE" in service.launch_types):
            continue
        for balancer in service.load_balancers:
            kind = known(balancer.target_type)
            if kind is None or kind == needed:
                continue
            is_given = "targetType" in balancer.data["targetGroup"]
            yield Problem(
                f"{balancer.pointer}/targetGroup{'/targetType' if is_given else ''}",
                f"The target group has the target type {kind}{'' if is_given else ', the default'}, but the task's network "
                f"mode is {mode}, which needs {needed}.{_answer(kind, mode)}",
                help=f"Set the target type to {needed}"
                + (" (AWS replaces the target group)." if mode == "awsvpc" else ", or the network mode to awsvpc."),
                related=(("/networkMode", mode),) if "networkMode" in case.task.data else (),
                data={"have": kind, "need": needed, "recommended": None, "monthly_usd": None},
            )


def _answer(kind: str, mode: str) -> str:
    """What AWS answers, where its words are known."""
    if kind not in ("instance", "ip"):
        return ""
    return (
        f" AWS answers: The provided target group has target type {kind}, which is incompatible with the {mode} network "
        "mode specified in the task definition."
    )


def _network_mode(case: Case) -> str | None:
    """The network mode, also where Fargate or AWS's default decides it; `None` if unknown, or if FIT103 reports it."""
    mode = case.task.network_mode
    if case.on_fargate:
        return "awsvpc" if mode == "awsvpc" or isinstance(mode, Unknown) else None
    if mode is None and case.on_windows is False:
        return "bridge"
    return known(mode)


def network_configuration(case: Case) -> Iterator[Problem]:
    """FIT922: awsvpc without subnets and security groups, or another network mode with them."""
    mode = case.task.network_mode
    if isinstance(mode, Unknown):
        return
    for service in case.task.services:
        given = service.network_configuration
        if isinstance(given, Unknown) or not _runs_by_ecs(service):
            continue
        if mode == "awsvpc" and given is None:
            yield Problem(
                service.pointer,
                "The task's network mode is awsvpc, but the service has no network configuration. AWS answers: Network "
                "Configuration must be provided when networkMode 'awsvpc' is specified.",
                help="Give the service a network configuration with the subnets and security groups of its tasks.",
                related=(("/networkMode", "awsvpc"),),
            )
        elif given is not None and mode is not None and mode != "awsvpc":
            yield Problem(
                f"{service.pointer}/networkConfiguration",
                f"The service has a network configuration, but the task's network mode is {mode}. AWS answers: Network "
                "Configuration is not valid for the given networkMode of this task definition.",
                help="Remove the network configuration, or set the network mode to awsvpc.",
                on_key=True,
                related=(("/networkMode", mode),),
            )


def _runs_by_ecs(service: Service) -> bool:
    """Whether the service itself configures how its tasks run; with the EXTERNAL controller, its task sets do."""
    return service.deployment_controller in ("ECS", "CODE_DEPLOY")


def launch_type(case: Case) -> Iterator[Problem]:
    """FIT923: a service that runs a definition on a launch type that the definition does not declare."""
    declared = case.task.requires_compatibilities
    if isinstance(declared, Unknown) or not declared or "MANAGED_INSTANCES" in declared:
        return  # a service selects managed instances by a capacity provider, regardless of its launch type
    for service in case.task.services:
        wanted = sorted({name.removesuffix("_SPOT") for name in service.launch_types} - declared)
        if not wanted:
            continue
        key = "launchType" if service.launch_type is not None else "capacityProviderStrategy"
        mode = known(case.task.network_mode)
        is_refused = wanted == ["FARGATE"] and mode is not None and mode != "awsvpc"
        because = f" Its network mode, {mode}, is not Fargate's." if is_refused else ""
        # A definition for Fargate also runs on instances.
        usual = Severity.NOTE if wanted == ["EC2"] else None
        yield Problem(
            f"{service.pointer}/{key}",
            f"The service runs its tasks on {wanted[0]}, but the task definition requires "
            f"{' and '.join(sorted(declared))} only.{because}"
            + (" AWS answers: Task definition does not support launch_type FARGATE." if is_refused else ""),
            help=f"Add {wanted[0]} to requiresCompatibilities, or run the service on {' or '.join(sorted(declared))}.",
            severity=Severity.ERROR if is_refused else usual,
            related=(("/requiresCompatibilities", "what it requires"),),
            data={"have": wanted, "need": sorted(declared), "recommended": None, "monthly_usd": None},
        )


def daemon_on_fargate(case: Case) -> Iterator[Problem]:
    """FIT926: the DAEMON strategy, one task on each instance, on Fargate, which has no instances."""
    for service in case.task.services:
        if service.is_daemon is True and "FARGATE" in {name.removesuffix("_SPOT") for name in service.launch_types}:
            yield Problem(
                f"{service.pointer}/schedulingStrategy",
                "The service runs one task on each instance (DAEMON), but Fargate has no instances; AWS accepts REPLICA "
                "only there.",
                help="Set the scheduling strategy to REPLICA with a desired count, or run the service on EC2.",
            )


def connect_port(case: Case) -> Iterator[Problem]:
    """FIT924: Service Connect refers to a port mapping name that the definition does not have."""
    if not case.task.containers_are_complete:
        return
    names: list[Any] = []
    for container in case.task.containers:
        if not complete(container.data, "portMappings"):
            return
        names += [read(mapping, "name") for _, mapping in objects(container.data, "portMappings")]
    if any(isinstance(name, Unknown) for name in names):
        return
    offered = [name for name in names if isinstance(name, str)]
    for service in case.task.services:
        for pointer, name in service.connect_ports:
            if isinstance(name, str) and name not in offered:
                near = nearest(name, offered)
                have = f"The names are {', '.join(offered)}." if offered else "No port mapping has a name."
                yield Problem(
                    pointer,
                    f'Service Connect offers the port mapping "{name}", but no port mapping of the task definition has that '
                    "name.",
                    help=f'Did you mean "{near}"?' if near else f'{have} Add "name": "{name}" to the mapping it means.',
                )


def platform_version(case: Case) -> Iterator[Problem]:
    """FIT925: a Fargate platform version that lacks a feature that the definition uses."""
    if not case.on_fargate or case.on_windows is not False:
        return
    used = [feature for feature in case.policy.aws.services.platform_features if _uses(case, feature.field)]
    for service in case.task.services:
        version = known(service.platform_version)
        number = _version(version)
        if (
            version is None
            or number is None
            or "FARGATE" not in {n.removesuffix("_SPOT") for n in service.launch_types}
        ):
            continue
        for feature in used:
            if number < (_version(feature.since) or ()):
                yield Problem(
                    f"{service.pointer}/platformVersion",
                    f"The task uses {feature.title}, which Fargate has since platform version {feature.since}; the service "
                    f"asks for {version}.",
                    help=f"Set the platform version to {feature.since} or later, or leave it out: LATEST is the default.",
                    subject=feature.title,
                    data={"have": version, "need": feature.since, "recommended": None, "monthly_usd": None},
                )


def _version(text: str | None) -> tuple[int, ...] | None:
    parts = (text or "").split(".")
    return tuple(map(int, parts)) if len(parts) == 3 and all(part.isdigit() for part in parts) else None


def _uses(case: Case, field: str) -> bool:
    """Whether the definition sets a field of the task, or of one of its volumes (`volumes/...`)."""
    owner, _, name = field.rpartition("/")
    if not owner:
        return isinstance(read(case.task.data, field), dict)
    return any(isinstance(read(item, name), dict) for _, item in objects(case.task.data, owner))
