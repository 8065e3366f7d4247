"""Which fields and values of a definition Fargate (on Linux or Windows) or the awsvpc network mode does not support."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from taskfit.checks.fargate import aws_answers
from taskfit.checks.lookup import CONTAINER, TASK, VOLUME, is_set, value_at
from taskfit.checks.proposals import proposal
from taskfit.definition import known, objects, read_as
from taskfit.finding import Change, Problem, Severity
from taskfit.phrases import listed
from taskfit.sizing.aws import FIELDS_WITH_LIMITED_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from taskfit.checks.context import Case
    from taskfit.sizing.aws import Unsupported


def unsupported_field(case: Case) -> Iterator[Problem]:
    """FIT104: fields and values that Fargate does not support."""
    if case.task.field_names.isdisjoint(case.policy.aws.fields_in_question):
        return
    fargate, awsvpc = (case.policy.aws.platforms[name] for name in ("fargate", "awsvpc"))
    windows = case.policy.aws.platforms["fargate-windows"] if case.on_windows else None
    yield from _rejected(case, case.task.data, "", TASK, fargate.task)
    has_values = not FIELDS_WITH_LIMITED_VALUES.isdisjoint(case.task.field_names)
    if has_values:
        yield from _task_values(case)
    for index, volume in objects(case.task.data, "volumes"):
        pointer = f"/volumes/{index}"
        yield from _rejected(case, volume, pointer, VOLUME, fargate.volume)
        yield from _missing_on_windows(case, volume, pointer, VOLUME, windows.volume if windows else ())
    of_containers = list(_present(case, (*fargate.container, *awsvpc.container)))
    for container in case.task.containers:
        data, pointer = container.data, container.pointer
        yield from _rejected(case, data, pointer, CONTAINER, of_containers)
        if has_values:
            yield from _container_values(case, data, pointer)
        yield from _missing_on_windows(case, data, pointer, CONTAINER, windows.container if windows else ())


def awsvpc_field(case: Case) -> Iterator[Problem]:
    """FIT412: fields that the awsvpc network mode does not support; FIT104 reports them on Fargate."""
    if case.on_fargate or case.task.network_mode != "awsvpc":
        return
    for container in case.task.containers:
        for field in _present(case, case.policy.aws.platforms["awsvpc"].container):
            if is_set(container.data, CONTAINER, field.field):
                message = f"The network mode awsvpc does not support `{field.name}`. AWS answers: {field.answer}"
                yield Problem(f"{container.pointer}/{field.field}", message, help=field.instead, on_key=True)


def _present(case: Case, fields: Iterable[Unsupported]) -> Iterator[Unsupported]:
    """The fields whose names occur anywhere in a definition: few, and for most tables none."""
    names = case.task.field_names
    return (field for field in fields if field.name in names)


def _rejected(
    case: Case, data: Mapping[str, Any], pointer: str, structure: str, fields: Iterable[Unsupported]
) -> Iterator[Problem]:
    for field in _present(case, fields):
        if is_set(data, structure, field.field):
            message = f"Fargate does not support `{field.name}`.{aws_answers(case, field.answer)}"
            place = f"{pointer}/{field.field}"
            fix = proposal("safe", Change("remove", place)) if field.is_empty else None
            yield Problem(place, message, help=field.instead, on_key=True, proposal=fix)


def _missing_on_windows(
    case: Case, data: Mapping[str, Any], pointer: str, structure: str, fields: Iterable[Unsupported]
) -> Iterator[Problem]:
    for field in _present(case, fields):
        if is_set(data, structure, field.field):
            yield Problem(
                f"{pointer}/{field.field}",
                f"Windows on Fargate does not support `{field.name}`, according to the ECS developer guide.",
                help=field.instead,
                severity=Severity.WARNING,
                on_key=True,
            )


def _task_values(case: Case) -> Iterator[Problem]:
    if value_at(case.task.data, "pidMode", str) == "host":
        answer = "Tasks using the Fargate launch type do not support pidMode 'host'."
        message = f"Fargate does not share the host's processes with a task.{aws_answers(case, answer)}"
        yield Problem("/pidMode", message, help='Remove `pidMode`, or use "task".')
    family = value_at(case.task.data, "runtimePlatform/operatingSystemFamily", str)
    if family in case.policy.aws.limits.windows_on_ec2_only.values:
        yield Problem(
            "/runtimePlatform/operatingSystemFamily",
            f"Fargate has no {family}; of Windows it has the Full and Core editions of Server 2019, 2022 and 2025.",
            help="Use WINDOWS_SERVER_2022_CORE, or run the task on EC2.",
        )


def _container_values(case: Case, data: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    limits, names = case.policy.aws.limits, case.task.field_names
    added = value_at(data, "linuxParameters/capabilities/add", list) if "capabilities" in names else None
    for index, capability in enumerate(added or ()):
        allowed = limits.fargate_capabilities.values
        if isinstance(capability, str) and capability.upper().removeprefix("CAP_") not in allowed:
            place = f"{pointer}/linuxParameters/capabilities/add/{index}"
            message = f"Fargate does not add the capability {capability}, only {listed(allowed, 'and')}."
            message += aws_answers(case, f"{capability} is not allowed on Fargate.")
            yield Problem(place, message, help="Remove it, or run the task on EC2.")
    for index, requirement in objects(data, "resourceRequirements"):
        if requirement.get("type") == "GPU":
            answer = "Tasks using the Fargate launch type do not support GPU resource requirements."
            message = f"Fargate has no GPUs.{aws_answers(case, answer)}"
            yield Problem(
                f"{pointer}/resourceRequirements/{index}", message, help="Run the task on EC2 with GPU instances."
            )
    router = "firelensConfiguration/options/config-file-type"
    if "config-file-type" in names and value_at(data, router, str) == "s3":
        yield Problem(
            f"{pointer}/{router}",
            "On Fargate, FireLens takes its configuration from a file in the image, not from S3.",
            help='Build the file into the image and set "file", or use the `init` variant of aws-for-fluent-bit.',
        )
    for field in ("startTimeout", "stopTimeout"):
        seconds = known(read_as(data, field, int))
        if seconds is not None and seconds > limits.fargate_timeout.maximum:
            yield Problem(
                f"{pointer}/{field}",
                f"`{field}` is {seconds} seconds; AWS documents {limits.fargate_timeout.maximum} as the most on Fargate.",
                help=f"Set it to {limits.fargate_timeout.maximum} or less.",
                severity=Severity.WARNING,
                data={"have": seconds, "need": limits.fargate_timeout.maximum},
            )
