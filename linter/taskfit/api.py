"""taskfit as a library: the same checks and sizes as on the command line, and nothing printed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, TypedDict, Unpack

from taskfit import session
from taskfit.dimensions import Size
from taskfit.policy import bundled
from taskfit.policy.profiles import load_profile, load_profiles
from taskfit.preparation import profile_of
from taskfit.suggestion import hint

if TYPE_CHECKING:
    from taskfit.config.settings import LaunchType
    from taskfit.engine.fleet import Fleet
    from taskfit.finding import Report
    from taskfit.sizing.expectation import Expectation, Packing
    from taskfit.sizing.profile import Profile


class Options(TypedDict, total=False):
    """What overrides a configuration; each means what the option of `taskfit check` of its name does."""

    select: tuple[str, ...]
    extend_select: tuple[str, ...]
    ignore: tuple[str, ...]
    force_exclude: bool
    profile: str | Sequence[str] | None
    role: str | None
    launch_type: LaunchType | None
    var: Mapping[str, str]
    var_file: tuple[str, ...]
    baseline: str | None
    no_ignores: bool
    jobs: int


def check(
    paths: Iterable[str | os.PathLike[str]],
    *,
    config_file: str | os.PathLike[str] | None = None,
    isolated: bool = False,
    since: str | None = None,
    **options: Unpack[Options],
) -> Report:
    """The findings on the task definitions in files and folders; with `since`, those that are new since that revision.

    The configuration is `config_file`, none if `isolated`, else the nearest one of each file. Paths that can't be used are
    in the report's `failures`. Raises `validation.InvalidFile` for a configuration, profile or rule file that can't be
    used, and `ValueError` for an option that makes no sense.
    """
    names = [os.fspath(path) for path in paths] or ["."]
    started = session.start(config_file, isolated=isolated, options=options)
    if since is None:
        return started.check(names)
    from taskfit import revisions

    return revisions.since(started, names, since)


def fleet(  # noqa: PLR0913
    paths: Iterable[str | os.PathLike[str]],
    *,
    scenarios: Sequence[str] = (),
    load: Mapping[str, int] | None = None,
    counts: Mapping[str, int] | None = None,
    headroom: bool = False,
    spare_tasks: int = 0,
    config_file: str | os.PathLike[str] | None = None,
    isolated: bool = False,
    **options: Unpack[Options],
) -> Fleet:
    """What the task definitions in files and folders carry, with the tasks that run of them, under load scenarios.

    `scenarios` are names of the profile's, `load` is one of your own (capacity by unit: `{"agents": 200}`); with neither,
    all of the profile count. `counts` says how many tasks run of a family; with `headroom` they are used only up to the
    profile's target for CPU, and `spare_tasks` of each role may fail. Raises as `check` does.
    """
    names = [os.fspath(path) for path in paths] or ["."]
    started = session.start(config_file, isolated=isolated, options=options)
    return started.fleet(
        names, scenarios=scenarios, load=load, counts=counts, headroom=headroom, spare_tasks=spare_tasks
    )


def profile(name: str | None = None) -> Profile:
    """A sizing profile by name or file; the built-in default if none is named.

    Raises `validation.InvalidFile` and `ValueError`.
    """
    return load_profile(name or bundled.DEFAULT_PROFILE)


def size(
    role: str,
    capacity: int | Mapping[str, int],
    *,
    profile: str | Sequence[str] | None = None,
    sidecars: bool = True,
    variants: Mapping[str, str] | None = None,
) -> Expectation:
    """What a task of this role needs for a capacity (agents or connections), in CPU units and MiB.

    The capacity of a role with several factors is a mapping of their names; `variants` says which cases of the role's
    variants hold (`{"protocol": "gRPC"}`). Assumes the sidecars that the profile
    requires of the role at their default sizes; none at all if `sidecars` is false. Raises `ValueError` for an unknown
    profile or role, for a capacity below 1, and for factors that the role does not have.
    """
    from taskfit.sizing.expectation import expect
    from taskfit.sizing.narrowing import narrowed

    sizing = profile_of(load_profiles(profile), role)
    reserved = Size.total(each.size for each in sizing.sidecars_of(role).values() if sidecars)
    fit, found = bundled.fargate().smallest, sizing.roles[role]
    load = found.load(capacity if isinstance(capacity, Mapping) else {"": capacity})
    found = narrowed(found, found.chosen(variants or {}))
    return expect(role, found, sizing, load, fit, reserved=reserved, assumed=reserved)


def pack(role: str, capacity: int, tier: str, *, profile: str | Sequence[str] | None = None) -> Packing:
    """The tasks of one tier that a capacity takes.

    Raises `ValueError` for an unknown profile, role or tier and for a capacity below 1.
    """
    from taskfit.sizing.expectation import pack

    tiers = {each.name: each for each in profile_of(load_profiles(profile), role).roles[role].tiers}
    if tier not in tiers:
        raise ValueError(f"no tier {tier!r} of {role}; {hint(tier, tiers)}")
    return pack(capacity, tiers[tier])
