"""Whether the tasks of a service fit on its instances, and how much of the instances they can use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.definition import Unknown, known, objects
from taskfit.finding import Problem
from taskfit.record import NamedTuple
from taskfit.sizing.instances import InstanceType, Room, fit, known_types

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskfit.checks.context import Case
    from taskfit.definition import Container, Service


UNUSED = 0.25
"""The share of CPU and of memory from which unused amounts are reported; less is usual. Our own threshold."""


class _Placed(NamedTuple):
    """A service on EC2, the instances that the same template starts for ECS, and what a task needs of them."""

    service: Service
    instances: tuple[InstanceType, ...]
    room: Room


def _placed(case: Case) -> Iterator[_Placed]:
    """The services on EC2 for which all of that is known."""
    if case.launch_types != {"EC2"}:
        return
    for service in case.task.services:
        types = service.instance_types
        if set(service.launch_types) - {"EC2"} or not types or isinstance(types, Unknown):
            continue
        instances, room = known_types(types, case.policy.instances()), _room(case)
        if instances and room is not None and (room.cpu or room.memory):
            yield _Placed(service, instances, room)


def _room(case: Case) -> Room | None:
    """What ECS reserves on an instance for a task; `None` if any of it is unknown."""
    cpu = _reserved(case, case.cpu, [container.cpu for container in case.task.containers])
    memory = _reserved(case, case.memory, [_soft_limit(container) for container in case.task.containers])
    mode = case.task.network_mode
    gpus = [_gpus(container) for container in case.task.containers]
    if cpu is None or memory is None or isinstance(mode, Unknown) or None in gpus:
        return None
    return Room(cpu, memory, sum(number or 0 for number in gpus), mode == "awsvpc")


def _reserved(case: Case, task: int | Unknown | None, containers: list[int | Unknown | None]) -> int | None:
    """The task's own amount, else what its containers reserve together."""
    if task is not None:
        return known(task)
    if not case.task.containers_are_complete or any(isinstance(amount, Unknown) for amount in containers):
        return None
    return sum(known(amount) or 0 for amount in containers)


def _soft_limit(container: Container) -> int | Unknown | None:
    """The memory that ECS reserves on an instance for a container: the reservation if there is one, else the limit."""
    return container.memory if container.memory_reservation is None else container.memory_reservation


def _gpus(container: Container) -> int | None:
    """The GPUs that a container requires; `None` if unknown."""
    total = 0
    for _, requirement in objects(container.data, "resourceRequirements"):
        if requirement.get("type") == "GPU":
            value = requirement.get("value")
            if not (isinstance(value, str) and value.isdigit()):
                return None
            total += int(value)
    return total


def no_instance_fits(case: Case) -> Iterator[Problem]:
    """FIT931: a task that is larger than every instance that the template starts for ECS."""
    for service, instances, room in _placed(case):
        found = [(instance, fit(instance, room._replace(has_interface=False))) for instance in instances]
        if not all(each.tasks == 0 for _, each in found):
            continue
        instance, limit = max(found, key=lambda pair: (pair[0].memory, pair[0].cpu))
        have, need = _amounts(instance, room, limit.limit)
        unit = "GPU" if limit.limit == "GPUs" and need == 1 else limit.limit
        others = "" if len(instances) == 1 else ", the largest of them,"
        yield Problem(
            service.pointer,
            f"No instance takes this task: it needs {need} {unit}, and {instance.name}{others} has {have}.",
            help=f"Use an instance type with {'more than' if unit == 'MiB' else 'at least'} {need} {unit}, or lower what the "
            "task reserves.",
            data={"have": have, "need": need, "recommended": None, "monthly_usd": None},
        )


def _amounts(instance: InstanceType, room: Room, unit: str) -> tuple[int, int]:
    """What an instance has of the limiting resource, and what a task needs of it."""
    return {
        "CPU units": (instance.cpu, room.cpu),
        "MiB": (instance.memory, room.memory),
        "GPUs": (instance.gpus, room.gpus),
    }[unit]


def stranded(case: Case) -> Iterator[Problem]:
    """FIT932: instances with much unused CPU and memory, because another limit is reached first."""
    for service, instances, room in _placed(case):
        for instance in instances:
            tasks, limit = fit(instance, room)
            if not tasks or not room.cpu or not room.memory:
                continue
            cpu, memory = 1 - tasks * room.cpu / instance.cpu, 1 - tasks * room.memory / instance.memory
            if min(cpu, memory) < UNUSED:
                continue
            reason, advice = "", "Choose a type, or a size of the task, that fills it."
            if limit == "network interfaces":
                reason = " Each needs a separate network interface, unless the account has awsvpcTrunking on."
                advice = "Turn awsvpcTrunking on, choose a larger type, or run the tasks in bridge mode."
            yield Problem(
                service.pointer,
                f"{instance.name} takes {tasks} of these tasks before its {limit} run out; {cpu:.0%} of its CPU and "
                f"{memory:.0%} of its memory stay unused.{reason}",
                help=advice,
                subject=instance.name,
                data={"have": tasks, "need": None, "recommended": None, "monthly_usd": None},
            )
