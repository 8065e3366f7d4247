"""The facts of a definition before any check: where it runs, its size, its sidecars, its cost."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit.definition import Container, TaskDefinition, Unknown, known, read_as
from taskfit.dimensions import Size
from taskfit.record import NamedTuple, cached_property, replace
from taskfit.sizing.quantity import cpu_units, memory_mib

if TYPE_CHECKING:
    from taskfit.sizing.aws import AwsTables
    from taskfit.sizing.demand import Exact
    from taskfit.sizing.fargate import FargateTable
    from taskfit.sizing.instances import InstanceType
    from taskfit.sizing.prices import Pricing
    from taskfit.sizing.profile import Profile
    from taskfit.sizing.runtimes import Runtime
    from taskfit.sizing.sidecars import Sidecars


@cache
def nothing() -> Profile:
    """The profile of a run without one: no roles, and the default targets for observed use."""
    from taskfit.sizing.profile import NO_PROFILE, Profile

    return Profile(name=NO_PROFILE)


class Policy(NamedTuple):
    """What a run checks definitions against: tables, sizing profiles, and the user's assumptions."""

    profiles: tuple[Profile, ...]
    """Each applies to the definitions that it matches; empty with `profile: none`."""
    fargate: FargateTable
    sidecars: Sidecars
    price_list: Callable[[], Pricing]
    """Called only when a price is needed: a clean run needs none."""
    aws: AwsTables
    instances: Callable[[], Mapping[str, InstanceType]]
    """Called only when instance types are known."""
    runtimes: tuple[Runtime, ...]
    """How a program's capacity or memory is configured."""
    profile_is_chosen: bool
    """Whether the user chose the profile (configuration or `--profile`)."""
    role: str | None = None
    launch_type: str | None = None
    """Upper case (`FARGATE`), assumed if a definition declares none."""
    required_sidecars: tuple[str, ...] | None = None
    """Sidecar kinds the configuration requires of every definition; `None` leaves it to the profiles."""
    folder: Path = Path()
    """The folder to which paths in profiles are relative."""

    @property
    def profile(self) -> Profile:
        """The profile of definitions without a role: the first, or an empty one."""
        return self.profiles[0] if self.profiles else nothing()

    @property
    def pricing(self) -> Pricing:
        """The prices."""
        return self.price_list()


class Facts:
    """One definition under one policy, and the facts that follow from both, computed once."""

    def __init__(self, task: TaskDefinition, policy: Policy, path: str | None = None) -> None:
        self.task = task
        self.policy = policy
        self.path = path
        """The file that defines it; `None` for a deployed definition."""

    @cached_property
    def launch_types(self) -> frozenset[str]:
        """The launch types known for certain: declared, else those of its services, else the assumed one."""
        declared = self.task.requires_compatibilities
        if isinstance(declared, Unknown):
            return frozenset()
        if declared:
            return declared
        if self.task.service_launch_types:
            return frozenset(name.removesuffix("_SPOT") for name in self.task.service_launch_types)
        return frozenset({self.policy.launch_type}) if self.policy.launch_type else frozenset()

    @cached_property
    def on_fargate(self) -> bool:
        """Whether Fargate's rules apply; AWS applies them whenever FARGATE is among the launch types."""
        return "FARGATE" in self.launch_types

    @cached_property
    def may_run_on_fargate(self) -> bool:
        """Whether Fargate's prices may apply to its tasks: it runs there, or its launch type is unknown."""
        services = self.task.services
        if services and all(service.is_off_fargate for service in services):
            return False
        return self.on_fargate or not self.launch_types

    @cached_property
    def is_on_spot(self) -> bool:
        """Whether all tasks of its services run on Fargate Spot."""
        return self.task.service_launch_types == {"FARGATE_SPOT"}

    @cached_property
    def on_windows(self) -> bool | None:
        """Whether the task runs Windows; `None` if unknown."""
        family = self._platform("operatingSystemFamily")
        if isinstance(family, Unknown):
            return None
        return isinstance(family, str) and family.upper().startswith("WINDOWS")

    @cached_property
    def on_arm(self) -> bool | None:
        """Whether the task runs on ARM64; `None` if unknown."""
        architecture = self._platform("cpuArchitecture")
        return None if isinstance(architecture, Unknown) else architecture == "ARM64"

    def _platform(self, key: str) -> Any:
        platform = self.task.data.get("runtimePlatform")
        if isinstance(platform, dict):
            return platform.get(key)
        return platform if isinstance(platform, Unknown) else None

    @cached_property
    def sidecars(self) -> dict[int, str]:
        """The kinds of the containers that are sidecars, by position."""
        found = self.policy.sidecars.recognise_all(self.task)
        for profile in self.policy.profiles:
            for kind, sidecar in profile.sidecars.items():
                if sidecar.is_own_kind:
                    found |= {each.index: kind for each in self.task.containers if sidecar.is_kind_of(each) is True}
        return found

    @cached_property
    def applications(self) -> list[Container]:
        """The containers that are not sidecars."""
        return [item for item in self.task.containers if item.index not in self.sidecars]

    @cached_property
    def cpu(self) -> int | Unknown | None:
        """Task-level CPU units; `Unknown` also for a spelling that can't be read (FIT002 reports it)."""
        return cpu_units(self.task.cpu)

    @cached_property
    def memory(self) -> int | Unknown | None:
        """Task-level memory, MiB; `Unknown` also for a spelling that can't be read (FIT002 reports it)."""
        return memory_mib(self.task.memory)

    @cached_property
    def known_cpu(self) -> int | None:
        """Task-level CPU units if known."""
        return known(self.cpu)

    @cached_property
    def known_memory(self) -> int | None:
        """Task-level memory if known, MiB."""
        return known(self.memory)

    def smallest(self, cpu: Exact, memory: Exact) -> Size | None:
        """The smallest Fargate size for the task with at least this cpu (CPU units) and memory (MiB)."""
        return self.policy.fargate.smallest(cpu, memory, windows=bool(self.on_windows))

    @cached_property
    def pricing(self) -> Pricing | None:
        """The prices of the region where it is registered, else of the configured one; `None` if there are none."""
        pricing, region = self.policy.pricing, self.task.region
        if region is None or region == pricing.region:
            return pricing
        return replace(pricing, region=region) if region in pricing.prices.regions else None

    def monthly_usd(
        self, cpu: int, memory: int, *, spot: bool = False, arm: bool | None = None, listed: bool = False
    ) -> float | None:
        """USD/month for one such task of this size (CPU units, MiB) on Fargate; `None` without prices for its region.

        `spot` prices it on Spot, `arm` on a given architecture, `listed` without the team's discount.
        """
        if self.pricing is None:
            return None
        pricing = replace(self.pricing, discount=0.0) if listed else self.pricing
        storage = known(read_as(self.task.data, "ephemeralStorage", dict)) or {}
        return pricing.monthly_usd(
            cpu,
            memory,
            windows=bool(self.on_windows),
            arm=bool(self.on_arm) if arm is None else arm,
            spot=spot,
            ephemeral_gib=known(read_as(storage, "sizeInGiB", int)) or 0,
        )

    def declared_usd(self, *, spot: bool = False, arm: bool | None = None, listed: bool = False) -> float | None:
        """The same for its declared size; `None` also if that is unknown."""
        cpu, memory = self.known_cpu, self.known_memory
        if cpu is None or memory is None:
            return None
        return self.monthly_usd(cpu, memory, spot=spot, arm=arm, listed=listed)
