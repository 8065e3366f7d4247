"""taskfit as a library: the same checks and sizes as on the command line, and nothing printed."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

from taskfit import checking, session
from taskfit.dimensions import Size
from taskfit.phrases import hint
from taskfit.policy import bundled
from taskfit.policy.profiles import load_profile, load_profiles
from taskfit.preparation import profile_of
from taskfit.sources.files import STDIN, File

if TYPE_CHECKING:
    from taskfit.auditing.inventory import Inventory
    from taskfit.config.settings import LaunchType
    from taskfit.engine.fleet import Fleet
    from taskfit.finding import Report
    from taskfit.sizing.expectation import Expectation, Packing
    from taskfit.sizing.profile import Profile


class Options(TypedDict, total=False):
    """Options that override the configuration, each with the meaning of the `taskfit check` option of the same name."""

    select: str | Sequence[str]
    extend_select: str | Sequence[str]
    ignore: str | Sequence[str]
    force_exclude: bool
    profile: str | Sequence[str] | None
    role: str | None
    launch_type: LaunchType | None
    var: Mapping[str, str]
    var_file: tuple[str, ...]
    baseline: str | None
    no_ignores: bool
    jobs: int


SELECTORS = ("select", "extend_select", "ignore")

Source = str | bytes | os.PathLike[str] | Mapping[str, Any]
"""A source of task definitions: a path, the content of a file as text or bytes, or a definition as the API accepts it."""


def check(
    source: Source | Iterable[str | os.PathLike[str]],
    *,
    config_file: str | os.PathLike[str] | None = None,
    isolated: bool = False,
    since: str | None = None,
    **options: Unpack[Options],
) -> Report:
    """Check the task definitions in files and folders; with `since`, report only findings new since that revision.

    `source` is one path or several, the content of a file as text or bytes, or a definition as a mapping. A text is content
    if it has several lines or begins with a bracket, otherwise a path; findings on content have the path `<input>`.

    >>> import taskfit
    >>> worker = {
    ...     "family": "worker",
    ...     "cpu": "300",
    ...     "memory": "512",
    ...     "requiresCompatibilities": ["FARGATE"],
    ...     "networkMode": "awsvpc",
    ...     "containerDefinitions": [{"name": "app", "image": "nginx:1.27"}],
    ... }
    >>> report = taskfit.check(worker, isolated=True, select="FIT101")
    >>> [(finding.code, finding.pointer) for finding in report.findings]
    [('FIT101', '/cpu')]

    The configuration is `config_file`, none if `isolated`, otherwise the nearest one of each file. Paths that can't be used
    are in the report's `failures`. Raises `validation.InvalidFile` for a configuration, profile or rule file that can't be
    used, and `ValueError` for an invalid option.
    """
    started = session.start(config_file, isolated=isolated, options=_plain(options))
    if (content := _content(source)) is not None:
        return checking.check(started, [STDIN], File("<input>", data=content))
    names = _names(source)
    if since is None:
        return checking.check(started, names)
    from taskfit import revisions

    return revisions.since(started, names, since)


def fleet(  # noqa: PLR0913
    paths: str | os.PathLike[str] | Iterable[str | os.PathLike[str]],
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
    """Compute the capacity of the task definitions in files and folders under load scenarios.

    `scenarios` are names of the profile's scenarios, `load` is your own (capacity by unit: `{"agents": 200}`); with neither,
    all scenarios of the profile are used. `counts` is the number of running tasks by family; with `headroom`, tasks are
    used only up to the profile's target for CPU, and `spare_tasks` tasks of each role (at most 10,000) may fail. Raises the
    errors of `check`.

    >>> import taskfit
    >>> fleet = taskfit.fleet("examples/fleet", isolated=True, load={"agents": 200})
    >>> fleet.is_enough
    False
    """
    from taskfit import fleets

    started = session.start(config_file, isolated=isolated, options=_plain(options))
    return fleets.collect(
        started,
        _names(paths),
        scenarios=scenarios,
        load=load,
        counts=counts,
        headroom=headroom,
        spare_tasks=spare_tasks,
    )


def audit(
    folder: str | os.PathLike[str],
    *,
    files: Iterable[str] | None = None,
    against: Iterable[str | os.PathLike[str]] = (),
    config_file: str | os.PathLike[str] | None = None,
    isolated: bool = False,
    **options: Unpack[Options],
) -> Inventory:
    """The inventory of the answers of AWS that `taskfit audit --save` stored in a folder.

    `files` are the names, relative to the folder, of the files to read: those of some accounts, to share the work among
    machines; `merge` combines the inventories. `against` are paths of the repository that has the definitions. Raises the
    errors of `check`, and `ValueError` for a folder that can't be read.

    >>> import taskfit
    >>> inventory = taskfit.audit("examples/audit", isolated=True)
    >>> [(service.name, service.recommended) for service in inventory.services][0]
    ('console', Size(cpu=1024, memory=3072))
    >>> inventory.totals.less
    73.28
    """
    from taskfit import audits
    from taskfit.auditing.saved import saved

    answers = saved(os.fspath(folder))
    if files is not None:
        wanted = set(files)
        answers = [file for file in answers if file.name in wanted]
    started = session.start(config_file, isolated=isolated, options=_plain(options))
    return audits.inventory(started, answers, [os.fspath(path) for path in against])


def merge(inventories: Iterable[Inventory]) -> Inventory:
    """Combine inventories that were made of different answers with the same options.

    The result equals an audit of all answers at once, provided that the answers of one account and region were not split.
    Raises `ValueError` if there is no inventory.
    """
    from taskfit.auditing.audit import merged

    return merged(inventories)


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
    """Compute the size in CPU units and MiB that a task of this role needs for a capacity (agents or connections).

    The capacity of a role with several factors is a mapping by their names; `variants` chooses the case of each of the
    role's variants (`{"protocol": "gRPC"}`). The sidecars that the profile requires for the role are counted at their default
    sizes; none if `sidecars` is false. Raises `ValueError` for an unknown profile or role, a capacity below 1, and factors
    that the role does not have.

    >>> import taskfit
    >>> taskfit.size("worker", 9).recommended
    Size(cpu=2048, memory=5120)
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
    """Compute the number of tasks of one tier that a capacity needs.

    >>> import taskfit
    >>> taskfit.pack("worker", 1000, "worker-large").containers
    50

    Raises `ValueError` for an unknown profile, role or tier and for a capacity below 1.
    """
    from taskfit.sizing.expectation import pack

    tiers = {each.name: each for each in profile_of(load_profiles(profile), role).roles[role].tiers}
    if tier not in tiers:
        raise ValueError(f"no tier {tier!r} of {role}; {hint(tier, tiers)}")
    return pack(capacity, tiers[tier])


def right_size(
    average_cpu: float, average_memory: float, *, fargate: bool = True, profile: str | None = None
) -> Size | None:
    """Compute the size for observed averages in CPU units and MiB, using the profile's peak factor.

    It is the smallest Fargate size that fits, or `None` if there is none; without `fargate`, it is rounded up to whole
    steps of right-sizing. Raises `ValueError` for an unknown profile and for an average that is not a number from 0.

    >>> import taskfit
    >>> taskfit.right_size(600, 1500)
    Size(cpu=1024, memory=3072)
    """
    from taskfit.sizing.expectation import right_size

    for average in (average_cpu, average_memory):
        if not 0 <= average < float("inf"):
            raise ValueError(f"an average is a number from 0, not {average}")
    wanted = right_size(average_cpu, average_memory, load_profile(profile or bundled.DEFAULT_PROFILE))
    return bundled.fargate().smallest(*wanted) if fargate else wanted


def _plain(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options with selectors as a tuple; a text holds one selector, or several separated by commas."""
    plain = dict(options)
    for name in SELECTORS:
        if isinstance(given := plain.get(name), str):
            plain[name] = tuple(part.strip() for part in given.split(",") if part.strip())
        elif given is not None:
            plain[name] = tuple(given)
    return plain


def _content(source: Source | Iterable[str | os.PathLike[str]]) -> bytes | None:
    """The content, if the source is content rather than a path."""
    if isinstance(source, bytes):
        return source
    if isinstance(source, Mapping):
        return json.dumps(source, indent=2).encode()
    if isinstance(source, str) and ("\n" in source or source.lstrip()[:1] in ("{", "[")):
        return source.encode("utf-8", "surrogatepass")
    return None


def _names(paths: Any) -> list[str]:
    """The paths, by default the current folder."""
    given = [paths] if isinstance(paths, str | os.PathLike) else paths
    return [os.fspath(path) for path in given] or ["."]
