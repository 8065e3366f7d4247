"""taskfit as a library: the same checks and sizes as on the command line, and nothing printed."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from taskfit import bundled, config, engine
from taskfit.case import Policy
from taskfit.finding import Report
from taskfit.profiles import load_profile
from taskfit.rule import Rule
from taskfit.selection import PerFileIgnores, matching, select, severities
from taskfit.sources.files import File, discover

if TYPE_CHECKING:
    from taskfit.config import Configuration, LaunchType, Settings
    from taskfit.rule_file import RuleFile
    from taskfit.sizing.expectation import Expectation, Packing
    from taskfit.sizing.prices import Pricing
    from taskfit.sizing.profile import Profile, Role


class Options(TypedDict, total=False):
    """What overrides a configuration; each means what the option of `taskfit check` of its name does."""

    select: tuple[str, ...]
    extend_select: tuple[str, ...]
    ignore: tuple[str, ...]
    force_exclude: bool
    profile: str | None
    role: str | None
    launch_type: LaunchType | None
    var: Mapping[str, str]
    baseline: str | None
    no_ignores: bool
    jobs: int


def check(
    paths: Iterable[str | os.PathLike[str]],
    *,
    config_file: str | os.PathLike[str] | None = None,
    isolated: bool = False,
    **options: Unpack[Options],
) -> Report:
    """The findings on the task definitions in files and folders.

    The configuration is `config_file`, none if `isolated`, else the one nearest to the first path. Paths that can't be
    used are in the report's `failures`. Raises `guard.InvalidFile` for a configuration, profile or rule file that can't
    be used, and `ValueError` for an option that makes no sense.
    """
    names = [os.fspath(path) for path in paths] or ["."]
    configuration = configure(names[0], config_file, isolated=isolated).with_options(options)
    return check_with(configuration, names)


def configure(
    first_path: str, config_file: str | os.PathLike[str] | None = None, *, isolated: bool = False
) -> Configuration:
    """The configuration of a run.

    Raises `guard.InvalidFile`.
    """
    if isolated:
        return config.Configuration()
    if config_file is not None:
        return config.load(Path(config_file))
    return config.discover(Path(first_path if first_path != "-" else "."))


def check_with(configuration: Configuration, paths: Iterable[str], stdin: File | None = None) -> Report:
    """The findings under a configuration, `stdin` standing for the path `-`; raises as `check` does."""
    settings = configuration.settings
    run = prepare(configuration)
    failures: list[str] = []
    files: list[File] = discover(
        paths,
        settings.exclude,
        configuration.folder,
        failures.append,
        force_exclude=settings.force_exclude,
        stdin=stdin,
    )
    report = engine.check(files, run, settings.jobs)
    report = replace(report, failures=(*failures, *report.failures))
    if settings.suppressions and not settings.no_ignores and configuration.path is not None:
        report = _without_entries(report, configuration, configuration.path, run)
    return _without_baseline(report, settings, [file.name for file in files])


def _without_entries(report: Report, configuration: Configuration, path: Path, run: engine.Run) -> Report:
    from datetime import date

    from taskfit import suppression

    entries = list(zip(configuration.settings.suppressions, config.places(path, "suppressions"), strict=True))
    return suppression.by_entries(report, entries, path, run.rulebook, date.today())  # noqa: DTZ011 - the user's own day


def _without_baseline(report: Report, settings: Settings, checked: list[str]) -> Report:
    if settings.write_baseline:
        from taskfit import baseline

        path = Path(settings.baseline or baseline.DEFAULT_NAME)
        try:
            number = baseline.write(path, report, checked)
        except OSError as error:
            raise ValueError(f"can't write {path}: {error.strerror}") from None
        return replace(report, findings=(), remarks=(f"{path} now has {number} findings to live with",))
    if settings.baseline is not None and not settings.no_ignores:
        from taskfit import baseline

        path = Path(settings.baseline)
        return baseline.apply(report, baseline.load(path), path.parent, checked)
    return report


def prepare(configuration: Configuration) -> engine.Run:
    """The rules and the policy that settings ask for.

    Raises `guard.InvalidFile` and `ValueError`.
    """
    settings = configuration.settings
    rules = all_rules(settings.rules)
    ignored = {
        pattern: frozenset(rule.code for selector in selectors for rule in matching(rules, selector))
        for pattern, selectors in settings.per_file_ignores.items()
    }
    return engine.Run(
        rules=select(rules, select=settings.select, extend_select=settings.extend_select, ignore=settings.ignore),
        policy=_policy(settings),
        all_rules=rules,
        variables={name: str(value) for name, value in settings.var.items()},
        severities=severities(rules, settings.severity),
        per_file_ignores=PerFileIgnores(tuple(ignored.items()), configuration.folder),
        no_ignores=settings.no_ignores,
    )


def all_rules(files: Iterable[str] = ()) -> tuple[Rule, ...]:
    """The built-in rules and those in a team's own files.

    Raises `guard.InvalidFile`.
    """
    return (*bundled.rules(), *(page.rule() for page in _own_pages(files)))


def rule_pages(selector: str, files: Iterable[str] = ()) -> tuple[RuleFile, ...]:
    """The rules that a selector names, built in or in a team's own files, as their files have them.

    Raises `guard.InvalidFile` and `selection.UnknownSelectorError`.
    """
    own = tuple(_own_pages(files))
    codes = [rule.code for rule in matching((*bundled.rules(), *(page.rule() for page in own)), selector)]
    built_in = (page for code in codes for page in bundled.pages(code) if page.code == code)
    return (*built_in, *(page for page in own if page.code in codes))


def _own_pages(files: Iterable[str]) -> Iterator[RuleFile]:
    for path in map(Path, files):
        from taskfit import guard
        from taskfit.rule_file import RuleFile

        for page in guard.load_all(RuleFile, path):
            if page.code.startswith("FIT"):
                message = f"the code {page.code} is taskfit's own; choose another prefix"
                raise guard.InvalidFile(str(path), 1, 1, message)
            if not page.schema:
                raise guard.InvalidFile(str(path), 1, 1, f"the rule {page.code} has no `schema`")
            yield page


def _policy(settings: Settings) -> Policy:
    price_list = partial(_pricing, settings.pricing.region, settings.pricing.discount_percent / 100)
    if settings.pricing.region != config.PricingSettings.region:
        price_list()  # an unknown region is no surprise to keep for the first finding
    profile = load_profile(settings.profile or bundled.DEFAULT_PROFILE)
    if settings.role is not None:
        _role(profile, settings.role)
    return Policy(
        profile=profile,
        fargate=bundled.fargate(),
        sidecars=bundled.sidecars(),
        price_list=price_list,
        profile_is_chosen=settings.profile is not None,
        role=settings.role,
        launch_type=settings.launch_type.upper().replace("-", "_") if settings.launch_type else None,
        required_sidecars=settings.required_sidecars,
    )


@cache
def _pricing(region: str, discount: float) -> Pricing:
    from taskfit.sizing.prices import Pricing

    return Pricing(bundled.prices(), region, discount)


def profile(name: str | None = None) -> Profile:
    """A sizing profile by name or file; the built-in default if none is named.

    Raises `guard.InvalidFile` and `ValueError`.
    """
    return load_profile(name or bundled.DEFAULT_PROFILE)


def size(role: str, capacity: int, *, profile: str | None = None, sidecars: bool = True) -> Expectation:
    """What a task of this role needs for a capacity (agents or connections), in CPU units and MiB.

    Assumes the profile's required sidecars at their default sizes; none at all if `sidecars` is false. Raises
    `ValueError` for an unknown profile or role and for a capacity below 1.
    """
    from taskfit.sizing.expectation import Reserved, expect

    sizing = load_profile(profile or bundled.DEFAULT_PROFILE)
    defaults = sizing.sidecars.values() if sidecars else ()
    reserved = Reserved(sum(default.cpu for default in defaults), sum(default.memory for default in defaults))
    fit = bundled.fargate().smallest
    return expect(role, _role(sizing, role), sizing, capacity, fit, reserved=reserved, assumed=reserved)


def pack(role: str, capacity: int, tier: str, *, profile: str | None = None) -> Packing:
    """The tasks of one tier that a capacity takes.

    Raises `ValueError` for an unknown profile, role or tier and for a capacity below 1.
    """
    from taskfit.sizing.expectation import pack

    tiers = {each.name: each for each in _role(load_profile(profile or bundled.DEFAULT_PROFILE), role).tiers}
    if tier not in tiers:
        raise ValueError(f"no tier {tier!r} of {role}; there is {', '.join(tiers) or 'none'}")
    return pack(capacity, tiers[tier])


def _role(profile: Profile, name: str) -> Role:
    if name not in profile.roles:
        from difflib import get_close_matches

        near = get_close_matches(name, profile.roles, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(profile.roles)}"
        raise ValueError(f"the profile {profile.name} has no role {name!r}; {hint}")
    return profile.roles[name]
