"""A sizing profile for people: its roles with their tiers, the sidecars and the bounds it sets."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.escaping import inert_lines

if TYPE_CHECKING:
    from taskfit.sizing.profile import Profile


def render(profile: Profile) -> str:
    """All that a profile says but its arithmetic."""
    return "".join(f"{inert_lines(line)}\n" for line in _lines(profile))


def _lines(profile: Profile) -> Iterator[str]:
    yield f"{profile.name}" + (f" ({profile.source})" if profile.source else "")
    for name, role in profile.roles.items():
        yield ""
        spot = {True: "; may run on Spot", False: "; not on Spot", None: ""}[role.interruptible]
        yield f"{name}: capacity in {role.unit}, from {' or '.join(role.variables)}{spot}"
        if role.tiers:
            yield f"  {'tier':26}{'up to':>8}{'CPU units':>11}{'MiB':>8}"
        for tier in role.tiers:
            settings = ", ".join(tier.settings)
            yield f"  {tier.name:26}{tier.capacity:>8}{tier.cpu:>11}{tier.memory:>8}   {settings}".rstrip()
    yield ""
    for kind, default in profile.sidecars.items():
        yield f"required sidecar {kind}: {default.cpu} CPU units, {default.memory} MiB"
    for name, use in (("cpu", profile.cpu), ("memory", profile.memory)):
        yield f"{name} in use: target {use.target:.0%}, scale up {use.scale_up:.0%}, scale down {use.scale_down:.0%}"
    for name, load in profile.scenarios.items():
        yield f"scenario {name}: {', '.join(f'{amount} {unit}' for unit, amount in load.items())}"
