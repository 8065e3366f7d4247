"""What Amazon ECS Managed Instances do not support, and what only they support."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from taskfit.checks.lookup import CONTAINER, TASK, VOLUME, is_set, value_at
from taskfit.definition import known, objects, read
from taskfit.finding import Problem
from taskfit.phrases import listed

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.sizing.aws import Choice, Unsupported

LAUNCH_TYPE = "MANAGED_INSTANCES"


def unsupported_field(case: Case) -> Iterator[Problem]:
    """FIT424: fields and values that Managed Instances do not support, in a definition that requires only these."""
    if case.launch_types != {LAUNCH_TYPE}:
        return
    platforms, limits = case.policy.aws.platforms, case.policy.aws.limits
    in_awsvpc = {field.field for field in platforms["awsvpc"].container} if case.task.network_mode == "awsvpc" else ()
    platform = platforms["managed-instances"]
    yield from _set(case.task.data, "", TASK, platform.task)
    yield from _none_of("/networkMode", known(case.task.network_mode), limits.managed_instances_network_modes)
    for index, volume in objects(case.task.data, "volumes"):
        yield from _set(volume, f"/volumes/{index}", VOLUME, platform.volume)
    fields = [field for field in platform.container if field.field not in in_awsvpc]  # FIT412 reports those
    for container in case.task.containers:
        yield from _set(container.data, container.pointer, CONTAINER, fields)
        driver = value_at(container.data, "logConfiguration/logDriver", str)
        place = f"{container.pointer}/logConfiguration/logDriver"
        yield from _none_of(place, driver, limits.managed_instances_log_drivers)


def only_there(case: Case) -> Iterator[Problem]:
    """FIT425: trusted execution and Neuron devices on another platform, or without what they need."""
    trusted = read(case.task.data, "trustedExecutionConfiguration")
    elsewhere = bool(case.launch_types) and LAUNCH_TYPE not in case.launch_types
    place = f"this task is for {listed(sorted(case.launch_types), 'and')}" if elsewhere else ""
    if isinstance(trusted, dict) and trusted and elsewhere:
        yield Problem(
            "/trustedExecutionConfiguration",
            f"Trusted execution is supported only for Amazon ECS Managed Instances, and {place}.",
            help="Remove it, or set `requiresCompatibilities` to MANAGED_INSTANCES.",
            on_key=True,
        )
    elif isinstance(trusted, dict) and _lacks_policy(trusted):
        yield Problem(
            "/trustedExecutionConfiguration",
            "`attestationPolicy` is missing, which AWS requires for the isolation mode CONFIDENTIAL_SANDBOX.",
            help="Add it, or choose the isolation mode ISOLATED_SANDBOX.",
            on_key=True,
        )
    for container in case.task.containers if elsewhere else ():
        for index, requirement in objects(container.data, "resourceRequirements"):
            if requirement.get("type") == "NeuronDevice":
                yield Problem(
                    f"{container.pointer}/resourceRequirements/{index}",
                    f"NeuronDevice is only supported on Managed Instances, and {place}.",
                    help="Remove it, or set `requiresCompatibilities` to MANAGED_INSTANCES.",
                )


def _lacks_policy(trusted: Mapping[str, Any]) -> bool:
    return trusted.get("isolationMode") == "CONFIDENTIAL_SANDBOX" and read(trusted, "attestationPolicy") is None


def _set(data: Mapping[str, Any], pointer: str, structure: str, fields: Iterable[Unsupported]) -> Iterator[Problem]:
    for field in fields:
        if is_set(data, structure, field.field):
            message = f"Managed Instances do not support `{field.name}`, according to the ECS developer guide."
            yield Problem(f"{pointer}/{field.field}", message, help=field.instead, on_key=True)


def _none_of(pointer: str, value: str | None, choice: Choice) -> Iterator[Problem]:
    if value and value not in choice.values:
        field, values = pointer.rpartition("/")[2], listed(choice.values, "or")
        message = f"`{field}` is {value}; on Managed Instances the ECS developer guide allows {values}."
        yield Problem(pointer, message, help=f"Use {values}.")
