"""EC2's instance types, and how many tasks of a size one of them takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from taskfit.record import NamedTuple

CPU_UNITS_PER_VCPU = 1024


class InstanceType(NamedTuple):
    """What an instance has before anything runs on it."""

    name: str
    vcpus: int
    memory: int
    """MiB; what the container agent registers is less, by what the kernel and the system keep."""
    interfaces: int
    """Network interfaces. One is the instance's own; under awsvpc each task takes one of the others."""
    gpus: int

    @property
    def cpu(self) -> int:
        """CPU units."""
        return self.vcpus * CPU_UNITS_PER_VCPU


class Room(NamedTuple):
    """What a task asks of an instance."""

    cpu: int
    """CPU units."""
    memory: int
    """MiB."""
    gpus: int = 0
    has_interface: bool = False
    """Whether it takes a network interface of its own, as under awsvpc without trunking."""


class Fit(NamedTuple):
    """How many tasks an instance takes, and what ends it."""

    tasks: int
    limit: str
    """`CPU units`, `MiB`, `GPUs` or `network interfaces`."""


def parse(text: str) -> dict[str, InstanceType]:
    """The table of `rules/instances.csv`, by type."""
    rows = (line.split(",") for line in text.splitlines() if line and not line.startswith(("#", "type,")))
    return {name: InstanceType(name, *map(int, numbers)) for name, *numbers in rows}


def fit(instance: InstanceType, room: Room) -> Fit:
    """How many tasks of a size an instance takes at the very most: what its system keeps is not counted."""
    limits = [Fit(instance.cpu // room.cpu, "CPU units")] if room.cpu else []
    limits += [Fit(instance.memory // room.memory, "MiB")] if room.memory else []
    limits += [Fit(instance.gpus // room.gpus, "GPUs")] if room.gpus else []
    limits += [Fit(instance.interfaces - 1, "network interfaces")] if room.has_interface else []
    return min(limits, default=Fit(0, ""))


def known_types(names: Iterable[str], table: Mapping[str, InstanceType]) -> tuple[InstanceType, ...] | None:
    """The instances of these types; nothing if the table does not have one of them."""
    found = [table.get(name) for name in names]
    return None if None in found else tuple(each for each in found if each is not None)
