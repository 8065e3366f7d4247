"""Finds a sizing profile by name or file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from taskfit.policy import bundled

if TYPE_CHECKING:
    from taskfit.sizing.profile import Profile


def load_profile(name: str) -> Profile:
    """A built-in profile, or the one in a YAML file.

    Raises `validation.InvalidFile` for a file that is no profile, and `ValueError` for an unknown name.
    """
    profile = bundled.profiles().get(name)
    if profile is not None:
        return profile
    path = Path(name)
    if path.exists():
        from taskfit.config import validation
        from taskfit.sizing.profile import Profile

        return validation.load(Profile, path)
    names = ", ".join(bundled.profiles())
    raise ValueError(f"no profile {name!r}: it is neither a file nor a built-in profile ({names})")
