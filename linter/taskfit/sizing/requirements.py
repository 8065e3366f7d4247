"""Which sidecars a definition needs according to the profiles or the configuration, and which are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from taskfit.record import NamedTuple
from taskfit.sizing.capacity import declares
from taskfit.sizing.matching import holds
from taskfit.sizing.patterns import Hidden

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from taskfit.definition import Container
    from taskfit.sizing.facts import Facts
    from taskfit.sizing.profile import Profile
    from taskfit.sizing.required import RequiredSidecar
    from taskfit.sizing.role import FoundRole


class Requirement(NamedTuple):
    """A sidecar that a definition needs."""

    kind: str
    sidecar: RequiredSidecar | None
    """The profile's entry for it; `None` if only the configuration names the kind."""
    profile: Profile | None
    """The profile that requires it; `None` for the configuration."""


def requirements(facts: Facts, own: Mapping[str, Requirement]) -> tuple[Requirement, ...]:
    """The sidecars that a definition needs; the configuration's list takes precedence over the profiles."""
    configured = facts.policy.required_sidecars
    if configured is None:
        return tuple(own.values())
    return tuple(Requirement(kind, own[kind].sidecar if kind in own else None, None) for kind in configured)


def of_profiles(facts: Facts, found: FoundRole | None) -> dict[str, Requirement]:
    """The profiles' requirements for sidecars of this definition, by kind."""
    return {each.kind: each for each in _of_profiles(facts, found)}


def missing(
    facts: Facts, own: Mapping[str, Requirement], service: Container | None
) -> tuple[tuple[Requirement, ...], bool]:
    """The sidecars required by the profiles that are certainly absent, and whether no other one may be absent."""
    there = set(facts.sidecars.values())
    others = facts.applications
    required = [each for each in requirements(facts, own) if each.kind not in there]
    if not required:
        return (), True
    hidden = [each for each in required if each.sidecar and any(_is_hidden(each.sidecar, item) for item in others)]
    absent = tuple(each for each in required if each not in hidden)
    is_service = service is not None and (
        len(others) == 1 or any(declares(service, each.factors, facts.task) for each in facts.policy.profiles)
    )
    certain = facts.task.containers_are_complete and not any(
        container.image_repository is None for container in others if not (is_service and container is service)
    )
    return (absent if certain else ()), certain and not hidden


def _is_hidden(sidecar: RequiredSidecar, container: Container) -> bool:
    return isinstance(sidecar.is_kind_of(container), Hidden)


def _of_profiles(facts: Facts, found: FoundRole | None) -> Iterator[Requirement]:
    for profile in facts.policy.profiles:
        role_name = found.name if found is not None and found.profile is profile else None
        for kind, sidecar in profile.sidecars.items():
            if sidecar.roles and role_name not in sidecar.roles:
                continue
            if holds(sidecar.match, facts) is True if sidecar.match is not None else role_name is not None:
                yield Requirement(kind, sidecar, profile)
