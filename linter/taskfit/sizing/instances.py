"""EC2's instance types, and how many tasks of a size fit on one of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from taskfit.record import NamedTuple

CPU_UNITS_PER_VCPU = 1024


class InstanceType(NamedTuple):
    """The resources of an instance before anything runs on it."""

    name: str
    vcpus: int
    memory: int
    """MiB; the container agent registers less, because the kernel and the system keep some."""
    interfaces: int
    """Network interfaces. One is the instance's own; with awsvpc each task needs one of the others."""
    gpus: int

    @property
    def cpu(self) -> int:
        """CPU units."""
        return self.vcpus * CPU_UNITS_PER_VCPU


class Room(NamedTuple):
    """The resources that a task needs of an instance."""

    cpu: int
    """CPU units."""
    memory: int
    """MiB."""
    gpus: int = 0
    has_interface: bool = False
    """Whether it needs a separate network interface, as with awsvpc without trunking."""


class Fit(NamedTuple):
    """How many tasks fit on an instance, and what limits them."""

    tasks: int
    limit: str
    """`CPU units`, `MiB`, `GPUs` or `network interfaces`."""


def parse(text: str) -> dict[str, InstanceType]:
    """The table of `rules/instances.csv`, by type."""
    rows = (line.split(",") for line in text.splitlines() if line and not line.startswith(("#", "type,")))
    return {name: InstanceType(name, *map(int, numbers)) for name, *numbers in rows}


def fit(instance: InstanceType, room: Room) -> Fit:
    """How many tasks of a size fit on an instance at most: what its system keeps is not subtracted."""
    limits = [Fit(instance.cpu // room.cpu, "CPU units")] if room.cpu else []
    limits += [Fit(instance.memory // room.memory, "MiB")] if room.memory else []
    limits += [Fit(instance.gpus // room.gpus, "GPUs")] if room.gpus else []
    limits += [Fit(instance.interfaces - 1, "network interfaces")] if room.has_interface else []
    return min(limits, default=Fit(0, ""))


def known_types(names: Iterable[str], table: Mapping[str, InstanceType]) -> tuple[InstanceType, ...] | None:
    """The instances of these types; `None` if the table lacks one of them."""
    found = [table.get(name) for name in names]
    return None if None in found else tuple(each for each in found if each is not None)
