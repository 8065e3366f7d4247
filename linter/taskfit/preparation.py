"""Prepares a run from a configuration: its rules, its policy, its variables."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit.config.settings import PricingSettings, SettingError, checking, spelled
from taskfit.engine import engine
from taskfit.paths import display
from taskfit.phrases import hint
from taskfit.policy import bundled
from taskfit.policy.profiles import load_profiles, with_own_kinds
from taskfit.policy.registry import all_rules, files
from taskfit.policy.selection import PerFileIgnores, UnknownSelectorError, matching, select, severities
from taskfit.record import replace
from taskfit.sizing.facts import Policy

if TYPE_CHECKING:
    from taskfit.config.invalid import Fault
    from taskfit.config.settings import Configuration, Settings
    from taskfit.policy.rule import Rule
    from taskfit.sizing.prices import Pricing
    from taskfit.sizing.profile import Profile


def prepare(configuration: Configuration, *, audit: bool = False) -> engine.Run:
    """The rules and policy of the settings; for an audit, including the rules that only an audit can check.

    Raises `validation.InvalidFile`, and `SettingError` for an invalid setting.
    """
    rules, faults = all_rules(configuration.settings.rule_files)
    if faults:
        configuration = _without_unknown(configuration, rules, faults)
        faults = tuple(_named_by(configuration, fault) for fault in faults)
    settings = configuration.settings
    _require_known(configuration, rules)
    with checking("per_file_ignores"):
        for pattern in settings.per_file_ignores:
            from taskfit.patterns import spec

            spec((pattern,))
        ignored = {
            pattern: frozenset(rule.code for selector in selectors for rule in matching(rules, selector))
            for pattern, selectors in settings.per_file_ignores.items()
        }
    with checking("severity"):
        rated = severities(rules, settings.severity)
    with checking("jobs"):
        if settings.jobs < 0:
            raise ValueError(f"{settings.jobs} is not a number of processes")
    chosen = select(rules, select=settings.select, extend_select=settings.extend_select, ignore=settings.ignored)
    return engine.Run(
        rules=chosen if audit else tuple(rule for rule in chosen if not rule.audit),
        policy=_policy(settings, configuration.folder),
        all_rules=rules,
        variables=_variables(settings),
        severities=rated,
        per_file_ignores=PerFileIgnores(() if settings.no_ignores else tuple(ignored.items()), configuration.folder),
        no_ignores=settings.no_ignores,
        silenced={} if audit else _silenced(configuration, rules, chosen),
        emptied=None if audit else _emptied(configuration),
        with_fixes=not audit,
        failures=tuple(map(str, faults)),
        rule_files=frozenset(os.path.realpath(path) for path in files(settings.rule_files)[0]),
    )


def _require_known(configuration: Configuration, rules: Sequence[Rule]) -> None:
    """Refuse selectors that match no rule.

    Raises `validation.InvalidFile` with all those of files, and `SettingError` for one of the command line.
    """
    settings = configuration.settings
    faults: dict[Fault, None] = {}
    for setting in ("select", "extend_select", "ignore", "extend_ignore", "per_file_ignores", "severity"):
        given = getattr(settings, setting)
        for place, entry in enumerate(given):
            for selector in given[entry] if setting == "per_file_ignores" else (entry,):
                try:
                    matching(rules, selector)
                except UnknownSelectorError as error:
                    fault = configuration.fault(setting, str(error), place)
                    if fault is None:
                        raise SettingError(setting, str(error)) from None
                    faults[fault] = None
    if faults:
        from taskfit.config import validation

        raise validation.InvalidFile.of(validation.first(sorted(faults)))


def _named_by(configuration: Configuration, fault: Fault) -> Fault:
    """The fault of rule files that are not there, at the place that names them; any other as it is."""
    from taskfit import packages

    for setting in ("rules", "extend_rules"):
        for place, entry in enumerate(getattr(configuration.settings, setting)):
            if fault.path == entry and not os.path.exists(entry):
                name = entry if entry.startswith(packages.PREFIX) else display(Path(entry))
                return configuration.fault(setting, f"{name}: {fault.message}", place) or fault
    return fault


def _without_unknown(configuration: Configuration, rules: Sequence[Rule], faults: Sequence[Fault]) -> Configuration:
    """The configuration without selectors that match no rule: they may name one whose file is broken.

    Raises `validation.InvalidFile` if nothing selected is left.
    """
    settings = configuration.settings

    def fits(selector: str) -> bool:
        try:
            return bool(matching(rules, selector))
        except ValueError:
            return False

    selected = tuple(filter(fits, settings.select))
    if settings.select and not selected:
        from taskfit.config.invalid import InvalidFile

        raise InvalidFile.of(faults)
    known = replace(
        settings,
        select=selected,
        extend_select=tuple(filter(fits, settings.extend_select)),
        ignore=tuple(filter(fits, settings.ignore)),
        extend_ignore=tuple(filter(fits, settings.extend_ignore)),
        per_file_ignores={key: tuple(filter(fits, named)) for key, named in settings.per_file_ignores.items()},
        severity={selector: rated for selector, rated in settings.severity.items() if fits(selector)},
    )
    return replace(configuration, settings=known)


def _silenced(configuration: Configuration, rules: Sequence[Rule], chosen: Sequence[Rule]) -> dict[str, str]:
    """The rules that configuration files switch off: the setting by code."""
    settings, origins = configuration.settings, configuration.origins

    def is_in_a_file(name: str) -> bool:
        return name in origins and origins[name].path is not None

    by_default = select(rules, extend_select=(*settings.select, *settings.extend_select))
    running = {rule.code for rule in chosen}
    off = [rule for rule in by_default if rule.code not in running and not rule.audit]
    ignored = {rule.code for selector in settings.ignored for rule in matching(rules, selector)}
    keys = {rule.code: "ignore" if rule.code in ignored else "select" for rule in off}
    in_files = {
        "ignore": is_in_a_file("ignore") or is_in_a_file("extend_ignore"),
        "select": is_in_a_file("select"),
    }
    return {code: key for code, key in keys.items() if in_files[key]}


def _emptied(configuration: Configuration) -> engine.Emptied | None:
    settings, emptied = configuration.settings, configuration.emptied
    if not emptied:
        return None
    filled = replace(
        settings,
        profile=None if "profile" in emptied else settings.profile,
        required_sidecars=None if "required_sidecars" in emptied else settings.required_sidecars,
    )
    return engine.Emptied(spelled(emptied[0]), _policy(filled, configuration.folder))


def _variables(settings: Settings) -> dict[str, str]:
    values: dict[str, str] = {}
    for path in map(Path, settings.var_file):
        from taskfit.config import validation
        from taskfit.sources import variables
        from taskfit.syntax.unreadable import UnreadableError

        source = validation.read(path)
        try:
            values |= variables.read(path, source)
        except UnreadableError as error:
            raise validation.unreadable(path, source, error) from None
    return values | {name: str(value) for name, value in settings.var.items()}


def _policy(settings: Settings, folder: Path) -> Policy:
    own = settings.pricing
    discounts = (own.discount_percent, own.spot_discount_percent, own.savings_plan_discount_percent)
    shares = tuple(None if percent is None else percent / 100 for percent in discounts)
    price_list = partial(_pricing, own.region, own.large_service_usd, own.spot_as_of, shares)
    if own.region != PricingSettings.region:
        with checking("pricing"):
            price_list()  # report an unknown region before the first finding
    with checking("profile"):
        profiles = load_profiles(settings.profile)
    with checking("role"):
        if settings.role is not None:
            _known(settings.role, *_roles(profiles))
    sidecars = with_own_kinds(bundled.sidecars(), profiles)
    with checking("required_sidecars"):
        for kind in settings.required_sidecars or ():
            _known(kind, "kind of sidecar", sidecars.kinds)
    return Policy(
        profiles=profiles,
        fargate=bundled.fargate(),
        sidecars=sidecars,
        price_list=price_list,
        aws=bundled.aws(),
        instances=bundled.instances,
        runtimes=bundled.runtimes(),
        profile_is_chosen=settings.profile is not None,
        role=settings.role,
        launch_type=settings.launch_type.upper().replace("-", "_") if settings.launch_type else None,
        required_sidecars=settings.required_sidecars,
        folder=folder,
    )


@cache
def _pricing(
    region: str, large: float | None, spot_as_of: str | None, discounts: tuple[float | None, float | None, float | None]
) -> Pricing:
    from taskfit.sizing.prices import Pricing

    own, spot, savings_plan = discounts
    return Pricing(bundled.prices(), region, own or 0, spot, savings_plan, large, spot_as_of or "")


def profile_of(profiles: Sequence[Profile], role: str) -> Profile:
    """The first profile that has a role.

    Raises `ValueError` where none has.
    """
    _known(role, *_roles(profiles))
    return next(profile for profile in profiles if role in profile.roles)


def _roles(profiles: Sequence[Profile]) -> tuple[str, list[str]]:
    """What to call the roles of some profiles in messages, and their names."""
    titles = " or ".join(profile.name for profile in profiles) or "none"
    return f"role of the profile {titles}", [name for profile in profiles for name in profile.roles]


def _known(name: str, what: str, choices: Collection[str]) -> None:
    """Raise `ValueError` for a name that is not among the choices."""
    if name not in choices:
        raise ValueError(f"no {what} is called {name!r}; {hint(name, choices)}")
