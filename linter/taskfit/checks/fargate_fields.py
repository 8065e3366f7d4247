"""Which fields and values of a definition have no place on Fargate, on Linux or on Windows, or in the awsvpc mode."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from taskfit.checks.fargate import aws_answers
from taskfit.checks.proposals import proposal
from taskfit.definition import Unknown, known, objects, read, read_as
from taskfit.finding import Change, Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from taskfit.checks.context import Case

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Restriction:
    """A field that must not be set."""

    path: str
    """Keys from the task, container or volume down, with `/` between them."""
    kind: type[Any]
    """The type of a value that sets it; a value of another type is FIT002's business."""
    instead: str
    """What to do, as a sentence."""
    answer: str = ""
    """AWS's own words at registration, where they are known."""
    is_empty: bool = False
    """Whether nothing is lost without it: on Fargate there is nothing that it could mean."""


def _unsupported(field: str) -> str:
    return f"Fargate compatible task definitions do not support {field}."


def _not_in_awsvpc(things: str) -> str:
    return f"{things} not supported on container when networkMode=awsvpc."


_ON_LOCALHOST = "Remove it: the containers of a task reach each other on localhost."
_IN_THE_VPC = "Remove it, and give the VPC the DNS settings (a DHCP option set, a Route 53 private zone)."
_NO_SWAP = "Remove it: Fargate tasks have no swap."
_ON_EC2 = "Remove it, or run the task on EC2."

TASK = (
    Restriction(
        "placementConstraints",
        list,
        "Remove it: Fargate has no instances to choose from.",
        _unsupported("constraints"),
        is_empty=True,
    ),
    Restriction("ipcMode", str, _ON_EC2, _unsupported("ipcMode")),
)

AWSVPC = (
    Restriction("links", list, _ON_LOCALHOST, "Links are not supported when networkMode=awsvpc."),
    Restriction("hostname", str, "Remove it: the task has the name that AWS gives it.", _not_in_awsvpc("hostname is")),
    Restriction("extraHosts", list, _IN_THE_VPC, _not_in_awsvpc("Extra hosts are")),
    Restriction("dnsServers", list, _IN_THE_VPC, _not_in_awsvpc("DNS servers are")),
    Restriction(
        "disableNetworking", bool, "Remove it, and close the security group.", _not_in_awsvpc("Disable Networking is")
    ),
)

CONTAINER = (
    Restriction(
        "privileged", bool, _ON_EC2, "Fargate requires that 'privileged' setting be 'false' at the container level."
    ),
    *AWSVPC,
    Restriction("dnsSearchDomains", list, _IN_THE_VPC),
    Restriction("dockerSecurityOptions", list, _ON_EC2, _unsupported("dockerSecurityOptions")),
    Restriction("linuxParameters/devices", list, _ON_EC2, _unsupported("devices")),
    Restriction(
        "linuxParameters/sharedMemorySize",
        int,
        "Remove it; a tmpfs of your own size may be mounted instead.",
        _unsupported("sharedMemorySize"),
    ),
    Restriction("linuxParameters/maxSwap", int, _NO_SWAP, _unsupported("maxSwap"), is_empty=True),
    Restriction("linuxParameters/swappiness", int, _NO_SWAP, is_empty=True),
)

VOLUME = (
    Restriction(
        "host/sourcePath",
        str,
        "Remove `sourcePath` for an empty volume of the task, or use EFS for files that outlive it.",
        _unsupported("sourcePath"),
    ),
    Restriction(
        "dockerVolumeConfiguration",
        dict,
        "Use EFS, or a volume with a name alone.",
        _unsupported("dockerVolumeConfiguration"),
    ),
    Restriction("fsxWindowsFileServerVolumeConfiguration", dict, "Run the task on EC2 to mount FSx."),
)

#: What the developer guide says Windows on Fargate has not; how the API answers is not known, so these are warnings.
WINDOWS_CONTAINER = (
    Restriction("firelensConfiguration", dict, "Use the log driver awslogs."),
    Restriction("environmentFiles", list, "Use `environment` and `secrets`."),
    Restriction("memoryReservation", int, "Use `memory`."),
    Restriction("restartPolicy/enabled", bool, "Remove `restartPolicy`."),
    Restriction("ulimits", list, "Remove it."),
)
WINDOWS_VOLUME = (
    Restriction("efsVolumeConfiguration", dict, "Use the task's ephemeral storage, or S3."),
    Restriction("configuredAtLaunch", bool, "Use the task's ephemeral storage, or S3."),
)

#: Windows versions of the API's enumeration that only EC2 has (developer guide, runtime platform).
WINDOWS_ON_EC2_ONLY = ("WINDOWS_SERVER_2016_FULL", "WINDOWS_SERVER_2004_CORE", "WINDOWS_SERVER_20H2_CORE")

#: Seconds that Fargate waits at the most for a container to start or stop (ContainerDefinition, stopTimeout).
LONGEST_TIMEOUT = 120


def unsupported_field(case: Case) -> Iterator[Problem]:
    """FIT104: fields and values that Fargate does not have."""
    if not case.on_fargate:
        return
    data = case.task.data
    yield from _rejected(case, data, "", TASK)
    yield from _task_values(case)
    for index, volume in objects(data, "volumes"):
        yield from _rejected(case, volume, f"/volumes/{index}", VOLUME)
        yield from _missing_on_windows(case, volume, f"/volumes/{index}", WINDOWS_VOLUME)
    for container in case.task.containers:
        yield from _rejected(case, container.data, container.pointer, CONTAINER)
        yield from _container_values(case, container.data, container.pointer)
        yield from _missing_on_windows(case, container.data, container.pointer, WINDOWS_CONTAINER)


def awsvpc_field(case: Case) -> Iterator[Problem]:
    """FIT412: fields that the awsvpc network mode does not have; on Fargate FIT104 reports them."""
    if case.on_fargate or case.task.network_mode != "awsvpc":
        return
    for container in case.task.containers:
        for restriction in AWSVPC:
            if _is_set(container.data, restriction):
                message = (
                    f"There is no `{_name(restriction)}` in the network mode awsvpc. AWS answers: {restriction.answer}"
                )
                yield Problem(f"{container.pointer}/{restriction.path}", message, help=restriction.instead, on_key=True)


def _rejected(
    case: Case, data: Mapping[str, Any], pointer: str, restrictions: tuple[Restriction, ...]
) -> Iterator[Problem]:
    for restriction in restrictions:
        if _is_set(data, restriction):
            message = f"Fargate does not support `{_name(restriction)}`.{aws_answers(case, restriction.answer)}"
            place = f"{pointer}/{restriction.path}"
            fix = proposal("safe", Change("remove", place)) if restriction.is_empty else None
            yield Problem(place, message, help=restriction.instead, on_key=True, proposal=fix)


def _missing_on_windows(
    case: Case, data: Mapping[str, Any], pointer: str, restrictions: tuple[Restriction, ...]
) -> Iterator[Problem]:
    for restriction in restrictions if case.on_windows else ():
        if _is_set(data, restriction):
            yield Problem(
                f"{pointer}/{restriction.path}",
                f"Windows on Fargate does not support `{_name(restriction)}`, says the ECS developer guide.",
                help=restriction.instead,
                severity=Severity.WARNING,
                on_key=True,
            )


def _task_values(case: Case) -> Iterator[Problem]:
    if _value(case.task.data, "pidMode", str) == "host":
        answer = "Tasks using the Fargate launch type do not support pidMode 'host'."
        message = f"Fargate does not share the host's processes with a task.{aws_answers(case, answer)}"
        yield Problem("/pidMode", message, help='Remove `pidMode`, or use "task".')
    family = _value(case.task.data, "runtimePlatform/operatingSystemFamily", str)
    if family in WINDOWS_ON_EC2_ONLY:
        yield Problem(
            "/runtimePlatform/operatingSystemFamily",
            f"Fargate has no {family}; of Windows it has the Full and Core editions of Server 2019, 2022 and 2025.",
            help="Use WINDOWS_SERVER_2022_CORE, or run the task on EC2.",
        )


def _container_values(case: Case, data: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    for index, capability in enumerate(_value(data, "linuxParameters/capabilities/add", list) or ()):
        if isinstance(capability, str) and capability.upper().removeprefix("CAP_") != "SYS_PTRACE":
            place = f"{pointer}/linuxParameters/capabilities/add/{index}"
            message = f"SYS_PTRACE is the only capability that Fargate adds, {capability} is not."
            message += aws_answers(case, f"{capability} is not allowed on Fargate.")
            yield Problem(place, message, help=_ON_EC2)
    for index, requirement in objects(data, "resourceRequirements"):
        if requirement.get("type") == "GPU":
            answer = "Tasks using the Fargate launch type do not support GPU resource requirements."
            message = f"Fargate has no GPUs.{aws_answers(case, answer)}"
            yield Problem(
                f"{pointer}/resourceRequirements/{index}", message, help="Run the task on EC2 with GPU instances."
            )
    if _value(data, "firelensConfiguration/options/config-file-type", str) == "s3":
        yield Problem(
            f"{pointer}/firelensConfiguration/options/config-file-type",
            "On Fargate, FireLens takes its configuration from a file in the image, not from S3.",
            help='Build the file into the image and set "file", or use the `init` variant of aws-for-fluent-bit.',
        )
    for field in ("startTimeout", "stopTimeout"):
        seconds = known(read_as(data, field, int))
        if seconds is not None and seconds > LONGEST_TIMEOUT:
            yield Problem(
                f"{pointer}/{field}",
                f"`{field}` is {seconds} seconds; AWS documents {LONGEST_TIMEOUT} as the most on Fargate.",
                help=f"Set it to {LONGEST_TIMEOUT} or less.",
                severity=Severity.WARNING,
                data={"have": seconds, "need": LONGEST_TIMEOUT},
            )


def _is_set(data: Mapping[str, Any], restriction: Restriction) -> bool:
    """Whether the field has a value for certain: a list has an item that is no placeholder, a switch is on."""
    value = _value(data, restriction.path, restriction.kind)
    if isinstance(value, list):
        return any(not isinstance(item, Unknown) for item in value)
    return bool(value)


def _name(restriction: Restriction) -> str:
    return restriction.path.rpartition("/")[2]


def _value(data: Mapping[str, Any], path: str, kind: type[T]) -> T | None:
    """The value at a path of keys, if it is known and has the type."""
    *parents, last = path.split("/")
    for key in parents:
        inner = read(data, key)
        if not isinstance(inner, dict):
            return None
        data = inner
    return known(read_as(data, last, kind))
