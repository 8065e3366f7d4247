"""A sizing profile as text: its roles, how they scale, what else they require, and an example of each."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.dimensions import DIMENSIONS, UNITS, Size
from taskfit.escaping import inert_lines
from taskfit.phrases import counted
from taskfit.sizing import wording
from taskfit.sizing.expectation import expect
from taskfit.sizing.match import several

if TYPE_CHECKING:
    from taskfit.sizing.demand import Load
    from taskfit.sizing.expectation import Fit
    from taskfit.sizing.match import Match
    from taskfit.sizing.profile import Profile, Role
    from taskfit.sizing.required import RequiredSidecar
    from taskfit.sizing.source import Factor

EXAMPLE = 4
"""The capacity in the example of a role that defines none."""

EXAMPLE_MIB = 1024
"""The same for a capacity in MiB."""

NAMES = ("family", "container", "image", "word")
"""The conditions that consist of patterns only."""


def render(profile: Profile, fit: Fit) -> str:
    """The whole profile, with an example of each role in the sizes that `fit` returns."""
    return "".join(f"{inert_lines(line)}\n".replace(" \n", "\n") for line in _lines(profile, fit))


def _lines(profile: Profile, fit: Fit) -> Iterator[str]:
    yield f"{profile.name}" + (f" ({profile.source})" if profile.source else "")
    if profile.extends:
        yield f"extends {' and '.join(several(profile.extends))}"
    for name, role in profile.roles.items():
        yield ""
        yield from _role(name, role)
        for position, line in enumerate(_example(profile, name, role, fit)):
            yield f"  {'' if position else 'example':10} {line}"
    yield ""
    for kind, sidecar in profile.sidecars.items():
        yield from _sidecar(kind, sidecar)
    yield from _bounds(profile)


def _role(name: str, role: Role) -> Iterator[str]:
    spot = {True: "; may run on Spot", False: "; not on Spot", None: ""}[role.interruptible]
    yield f"{name}: {f'capacity in {role.unit}' if role.factors else 'a fixed size'}{spot}"
    recognised = [f"definitions with {match(role.match)}"] if role.match else []
    recognised += [f"the word {' or '.join(role.words)} in a name"] if role.words else []
    recognised += [f"else whatever sets {' or '.join(role.implied_by)}"] if role.implied_by else []
    yield f"  {'for':10} {', '.join(recognised) or 'definitions that say so in a tag or label taskfit:role'}"
    if role.factors:
        yield f"  {'capacity':10} {' x '.join(_factor(factor, len(role.factors)) for factor in role.factors)}"
    for dimension in DIMENSIONS:
        formula = wording.terms(getattr(role, dimension))
        least, most = getattr(role.at_least, dimension), getattr(role.at_most, dimension)
        limits = [f"at least {least}"] if least else []
        limits += [f"at most {most}"] if most is not None else []
        yield f"  {dimension:10} {'; '.join([*([formula] if formula else []), *limits]) or 'nothing is said'}"
    for title, variant in role.variants.items():
        places = [f"tag or label {variant.label}"] if variant.label else []
        places += several(variant.variable)
        default = f", else {variant.default}" if variant.default else ""
        yield f"  {title:10} by {', else '.join(places)}{default}"
    for architecture, scale in role.architectures.items():
        yield f"  {architecture:10} cpu x {scale.cpu:g}, memory x {scale.memory:g}"
    if role.tiers:
        yield f"  {'tier':26}{'up to':>8}{'CPU units':>11}{'MiB':>8}"
    for tier in role.tiers:
        settings = ", ".join(tier.settings)
        yield f"  {tier.name:26}{tier.capacity:>8}{tier.cpu:>11}{tier.memory:>8}   {settings}".rstrip()


def _factor(factor: Factor, number: int) -> str:
    sources = ", else ".join(f"{source.title}{_behind(source.after)}" for source in factor.sources)
    default = "" if factor.default is None else f", else {factor.default}"
    return f"{factor.key} ({sources}{default})" if number > 1 or factor.name else f"{sources}{default}"


def _behind(after: str) -> str:
    return f' behind "{after}"' if after else ""


def _example(profile: Profile, name: str, role: Role, fit: Fit) -> Iterator[str]:
    """The calculation for one load, from the formula to the recommended size."""
    load = {factor.key: _usual(role, factor) for factor in role.factors}
    sidecars = Size.total(each.size for each in profile.sidecars_of(name).values())
    found = expect(name, role, profile, load, fit, reserved=sidecars, assumed=sidecars)
    if load:
        yield ", ".join(f"{key} {number}" for key, number in load.items())
    yield from (_need(role, dimension, load) for dimension in DIMENSIONS if getattr(role, dimension))
    beside = f"with sidecars of {sidecars.cpu} CPU units and {sidecars.memory} MiB " if any(sidecars) else ""
    needed = [dimension for dimension in DIMENSIONS if role.needs(dimension)]
    floor = " and ".join(f"{getattr(found.floor, dimension)} {UNITS[dimension]}" for dimension in needed)
    size = found.recommended
    right = f"right is {size.cpu} CPU units with {size.memory} MiB" if size else "no Fargate size is big enough"
    yield f"{beside}at least {floor}; {right}"


def _usual(role: Role, factor: Factor) -> int:
    if factor.default is not None:
        return factor.default
    if factor.sources[0].unit is not None:
        return EXAMPLE_MIB
    return role.tiers[0].capacity if role.tiers and len(role.factors) == 1 else EXAMPLE


def _need(role: Role, dimension: str, load: Load) -> str:
    """A formula with its numbers: `64 + 256 x 4 = 1088 CPU units`."""
    terms = getattr(role, dimension)
    low, high = (float(sum(ends)) for ends in zip(*(term.need(load) for term in terms), strict=True))
    total = f"{low:g}" if low == high else f"{low:g} to {high:g}"
    sums = " + ".join(wording.with_numbers(term, load) for term in terms)
    return (
        f"{dimension} {sums} {UNITS[dimension]}"
        if sums == total
        else f"{dimension} {sums} = {total} {UNITS[dimension]}"
    )


def match(condition: Match) -> str:
    """A condition as text."""
    parts = [
        *(
            f"{key} {_either(getattr(condition, key))}"
            for key in ("family", "container", "image", "word")
            if getattr(condition, key)
        ),
        *(f"tag {key}={_either(patterns)}" for key, patterns in condition.tag.items()),
        *(f"label {key}={_either(patterns)}" for key, patterns in condition.label.items()),
        *([f"launch type {_either(condition.launch_type)}"] if condition.launch_type else []),
        *([f"file {_either(condition.path)}"] if condition.path else []),
        *([f"({' or '.join(map(match, condition.any))})"] if condition.any else []),
        *map(match, condition.all),
        *([f"not ({match(condition.not_)})"] if condition.not_ else []),
    ]
    return " and ".join(parts)


def _either(patterns: str | tuple[str, ...]) -> str:
    return " or ".join(several(patterns))


def _sidecar(kind: str, sidecar: RequiredSidecar) -> Iterator[str]:
    whose = f" of {' and '.join(sidecar.roles)}" if sidecar.roles else ""
    where = f" where {match(sidecar.match)}" if sidecar.match else ""
    essential = {True: ", essential", False: ", not essential", None: ""}[sidecar.essential]
    yield f"required sidecar {kind}{whose}{where}: {sidecar.cpu} CPU units, {sidecar.memory} MiB{essential}"
    if sidecar.is_own_kind:
        signs = [f"image {_either(sidecar.image)}"] if sidecar.image else []
        signs += [f"name {_either(sidecar.container)}"] if sidecar.container else []
        signs += [f"ports {' and '.join(map(str, sidecar.ports))}"] if sidecar.ports else []
        yield f"  recognised by {' or '.join(signs)}"


def _bounds(profile: Profile) -> Iterator[str]:
    for name, use in (("cpu", profile.cpu), ("memory", profile.memory)):
        yield f"{name} in use: target {use.target:.0%}, scale up {use.scale_up:.0%}, scale down {use.scale_down:.0%}"
    steps = profile.right_sizing
    yield f"kept free: {profile.oom_buffer:.0%} of memory against running out, {profile.burst:.0%} of cpu for bursts"
    yield f"sizes on EC2 in steps of {steps.cpu_step} CPU units and {steps.memory_step} MiB"
    yield f"observed averages are multiplied by {steps.peak_factor:g}"
    for name, load in profile.scenarios.items():
        hours = f", for {profile.scenario_hours[name]:g} h" if name in profile.scenario_hours else ""
        yield f"scenario {name}: {', '.join(f'{amount} {unit}' for unit, amount in load.items())}{hours}"
    if profile.cases:
        yield f"{counted(len(profile.cases), 'worked case')}, for `taskfit profile test`"
