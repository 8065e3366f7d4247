"""What installed packages provide to taskfit by entry points: Python rules and policy folders.

Nothing is ever imported from the folder that taskfit runs in: a pull request must not be able to run code.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit.phrases import hint

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

RULES = "taskfit.rules"
"""Entry points of Python rules: functions from a `Case` to the `Problem`s in it."""

POLICIES = "taskfit.policies"
"""Entry points of policy: packages with the folders `rules` and `profiles`."""

PREFIX = "package:"
"""The prefix of a setting that names such a package instead of a file."""


class NoPackageError(ValueError):
    """A setting or a rule names a package or entry point that is not installed."""


def folder(name: str) -> Path:
    """The policy folder of a package.

    Raises `NoPackageError`.
    """
    entry = _entry(POLICIES, name, "package with policy")
    with _installed_only():
        from importlib.util import find_spec

        try:
            specification = find_spec(entry.module)
        except ImportError:
            specification = None
    places = list(specification.submodule_search_locations or ()) if specification else []
    if not places:
        raise NoPackageError(f"the package {entry.module} of {name!r} can't be found, or is not a package")
    return Path(places[0])


def profile(name: str) -> Path:
    """The profile named by `package:NAME`, or by `package:NAME/PROFILE` if the package has several.

    Raises `NoPackageError`.
    """
    package, _, chosen = name.removeprefix(PREFIX).partition("/")
    paths = {path.stem: path for path in sorted((folder(package) / "profiles").glob("*.yaml"))}
    if chosen in paths or (len(paths) == 1 and not chosen):
        return paths[chosen or next(iter(paths))]
    known = f"it has {', '.join(paths)}: {PREFIX}{package}/NAME" if paths else "it has none in its folder `profiles`"
    raise NoPackageError(f"which profile of the package {package!r} is meant? {known}")


def check_fault(name: str) -> str:
    """Why there is no Python rule of this name; empty if there is one."""
    try:
        _entry(RULES, name, "Python rule")
    except NoPackageError as error:
        return str(error)
    return ""


def check(name: str) -> Callable[[Any], Iterable[Any]]:
    """The Python rule of this name.

    Raises `NoPackageError`, and whatever its import raises.
    """
    entry = _entry(RULES, name, "Python rule")
    with _installed_only():
        function: Callable[[Any], Iterable[Any]] = entry.load()
    return function


def _entry(group: str, name: str, what: str) -> EntryPoint:
    entries = _entries(group)
    if name not in entries:
        known = f"; {hint(name, entries)}" if entries else ""
        raise NoPackageError(f"no {what} {name[:60]!r} is installed (entry point group {group}){known}")
    return entries[name]


@cache
def _entries(group: str) -> dict[str, EntryPoint]:
    # Lazy: it imports zipfile, email and socket, a sixth of the start-up time, and few settings name a package.
    from importlib.metadata import distributions

    with _installed_only():
        found = (entry for each in distributions() for entry in each.entry_points if entry.group == group)
        return {entry.name: entry for entry in found}


@contextmanager
def _installed_only() -> Iterator[None]:
    """Look for packages everywhere but in the working directory, which `python -m taskfit` puts first."""
    before = list(sys.path)
    here = os.path.realpath(os.curdir)
    sys.path[:] = [path for path in before if path and os.path.realpath(path) != here]
    try:
        yield
    finally:
        sys.path[:] = before
