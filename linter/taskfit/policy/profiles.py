"""Loads sizing profiles by name or file, with the profiles that they extend."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from taskfit.paths import data_folder, repository_root
from taskfit.phrases import hint, nearest
from taskfit.policy import bundled
from taskfit.record import NamedTuple, replace

if TYPE_CHECKING:
    from taskfit.sizing.profile import Profile
    from taskfit.sizing.sidecars import Sidecars
    from taskfit.syntax.text import SourceText
    from taskfit.syntax.tree import Node

NONE = "none"
"""The name for a run without any profile."""

MAX_EXTENDS_DEPTH = 10
"""The most levels of profiles that extend each other."""

MAX_FILES = 30
"""The most files of one profile, counting repeated ones."""

NOT_INHERITED = ("name", "source", "extends", "cases")
"""Keys that are not inherited from an extended profile."""

Steps = tuple[str | int, ...]


def load_profiles(names: Sequence[str] | str | None) -> tuple[Profile, ...]:
    """The profiles of a run: the built-in default if none is named, no profile for `none`.

    Raises `validation.InvalidFile` for a file that is not a profile, and `ValueError` for an unknown name.
    """
    wanted = (names,) if isinstance(names, str) else tuple(dict.fromkeys(names or (bundled.DEFAULT_PROFILE,)))
    if NONE in wanted and len(wanted) > 1:
        raise ValueError("`none` can't be combined with other profiles")
    return tuple(load_profile(name) for name in wanted if name != NONE)


def load_profile(name: str) -> Profile:
    """A built-in profile, or the one in a YAML file.

    Raises `validation.InvalidFile` for a file that is not a profile, with all faults in it and in the profiles that it
    extends, and `ValueError` for an unknown name.
    """
    profile = bundled.profiles().get(name)
    if profile is not None:
        return profile
    from taskfit import packages

    path = packages.profile(name) if name.startswith(packages.PREFIX) else Path(name)
    if os.path.exists(path):
        return _Composition().profile(path)
    raise ValueError(_unknown(name))


def files_of(name: str) -> tuple[Path, ...]:
    """The readable files of a profile; none for a built-in one."""
    from taskfit.config.invalid import InvalidFile

    path, composition = Path(name), _Composition()
    if name not in bundled.profiles() and os.path.isfile(path):
        with suppress(InvalidFile):
            composition.profile(path)
    return composition.paths


def with_own_kinds(sidecars: Sidecars, profiles: Sequence[Profile]) -> Sidecars:
    """The known kinds of sidecars, including those that profiles define."""
    from taskfit.sizing.sidecars import SidecarKind

    own = {
        kind: SidecarKind(title=sidecar.title or kind, is_telemetry=sidecar.essential is False)
        for profile in profiles
        for kind, sidecar in profile.sidecars.items()
        if kind not in sidecars.kinds
    }
    return replace(sidecars, kinds={**sidecars.kinds, **own}) if own else sidecars


def _unknown(name: str) -> str:
    near = nearest(name, bundled.profiles())
    meant = f'did you mean "{near}"?' if near else f"the built-in profiles are {', '.join(bundled.profiles())}"
    return f"no profile {name!r}: it is neither a file nor a built-in profile; {meant}"


class _File(NamedTuple):
    """A file of a profile; the offsets of its nodes start at `base`."""

    path: Path
    source: SourceText
    base: int


class _Composition:
    """A profile and the profiles that it extends, as one tree whose offsets identify the file of each node."""

    def __init__(self) -> None:
        self._files: list[_File] = []
        self._faults: list[tuple[int, str]] = []

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files that were read."""
        return tuple(file.path for file in self._files)

    def profile(self, path: Path) -> Profile:
        """The profile in a file.

        Raises `validation.InvalidFile`.
        """
        from taskfit.config import validation
        from taskfit.sizing.profile import Profile

        tree = self._composed(path, ())
        profile, faults = validation.examine(Profile, tree)
        for steps, message in _references(tree.plain()):
            node, key = tree.find([str(step) for step in steps])
            start = (node if key is None else key).start
            if steps[:1] != ("scenarios",) or start < len(self._files[0].source.text):  # extended ones may not fit
                faults.append((start, message))
        faults += self._faults
        if profile is None or faults:
            raise validation.InvalidFile.of(self._placed(faults))
        return profile

    def _placed(self, faults: Sequence[tuple[int, str]]) -> Iterator[Any]:
        from taskfit.config import validation

        for position, file in enumerate(self._files):
            end = self._files[position + 1].base if position + 1 < len(self._files) else float("inf")
            own = [(offset - file.base, message) for offset, message in faults if file.base <= offset < end]
            yield from validation.placed(own, file.source, file.path)

    def _composed(self, path: Path, chain: tuple[Path, ...]) -> Node:
        """The tree of a file merged over those that it extends; the last value of a key wins."""
        tree = self._tree(path)
        below: Node | None = None
        for node in _extended(tree):
            base = self._extended(node, path, (*chain, path.resolve()))
            below = base if below is None or base is None else _merged(below, base)
        return tree if below is None else _merged(below, tree)

    def _tree(self, path: Path) -> Node:
        from taskfit.config import validation

        source, trees = validation.parse(path)
        if len(trees) != 1:
            raise validation.InvalidFile(str(path), 1, 1, f"expected one YAML document, found {len(trees)}")
        size = sum(len(file.source.text) for file in self._files) + len(source.text)
        if len(self._files) >= MAX_FILES or size > validation.MAX_BYTES:
            limit = f"{MAX_FILES} files and {validation.MAX_BYTES // 1024**2} MiB"
            raise validation.InvalidFile(
                str(path), 1, 1, f"a profile is made of at most {limit} including the profiles that it extends"
            )
        base = self._files[-1].base + len(self._files[-1].source.text) + 1 if self._files else 0
        self._files.append(_File(path, source, base))
        _shift(trees[0], base)
        return trees[0]

    def _extended(self, node: Node, path: Path, chain: tuple[Path, ...]) -> Node | None:
        """The tree of one entry of `extends`, without the keys that are not inherited."""
        name = node.value
        if not isinstance(name, str):
            return None  # reported by the model
        try:
            target = _target(name, path, chain)
        except ValueError as error:
            self._faults.append((node.start, str(error)))
            return None
        tree = self._composed(target, chain)
        return replace(tree, entries=[entry for entry in tree.entries or () if entry[0].value not in NOT_INHERITED])


def _target(name: str, path: Path, chain: tuple[Path, ...]) -> Path:
    """The file of an extended profile; `chain` are the files that lead to it.

    Raises `ValueError` if there is none, and for a cycle or too many levels.
    """
    target = _file(name, path)
    if target.resolve() in chain:
        raise ValueError(f"{name} extends this file, too: a cycle")
    if len(chain) >= MAX_EXTENDS_DEPTH:
        raise ValueError(f"more than {MAX_EXTENDS_DEPTH} profiles extend each other")
    return target


def _file(name: str, path: Path) -> Path:
    """The file of a built-in profile, of one in a package, or of one beside the profile that names it.

    Raises `ValueError` if there is none, and for a file outside the repository, which a pull request must not read.
    """
    if name in bundled.profiles():
        return data_folder("rules") / "profiles" / f"{name}.yaml"
    from taskfit import packages

    if name.startswith(packages.PREFIX):
        return packages.profile(name)
    beside = path.parent / name
    if not os.path.isfile(beside):
        raise ValueError(_unknown(name))
    root = repository_root(path.parent.resolve())
    if root is not None and not beside.resolve().is_relative_to(root):
        raise ValueError(f"{name} is outside of the repository")
    return beside


def _extended(tree: Node) -> list[Node]:
    node, key = tree.find(["extends"])
    if key is None:
        return []
    return [node] if node.items is None else node.items


def _merged(below: Node, above: Node) -> Node:
    """Merge two trees: mappings by key, other values from `above`; a key that is null in `above` is removed."""
    if below.entries is None or above.entries is None:
        return above
    entries = {key.value: (key, node) for key, node in below.entries}
    for key, node in above.entries:
        if node.value is None and node.entries is None and node.items is None and key.value in entries:
            del entries[key.value]
        else:
            entries[key.value] = key, _merged(entries[key.value][1], node) if key.value in entries else node
    return replace(above, entries=list(entries.values()), duplicates=[*below.duplicates, *above.duplicates])


def _shift(tree: Node, base: int) -> None:
    """Add `base` to the offsets of a tree."""
    for node in tree.walk():
        for each in (node, *(key for key, _ in node.entries or ()), *node.duplicates):
            each.start += base
            each.end += base


def _references(data: Any) -> Iterator[tuple[Steps, str]]:
    """Unknown names of roles, kinds of sidecars and units, in data that need not fit the model."""
    roles, sidecars = _mapping(data, "roles"), _mapping(data, "sidecars")
    if isinstance(data, Mapping) and not data.get("roles") and not data.get("sidecars"):
        yield (), "a profile needs `roles`, `sidecars` or both"
    for kind, sidecar in sidecars.items():
        yield from _of_sidecar(kind, sidecar, roles)
    cases = data.get("cases") if isinstance(data, Mapping) else None
    for position, case in enumerate(cases if isinstance(cases, list) else ()):
        name = case.get("role") if isinstance(case, Mapping) else None
        if isinstance(name, str) and name not in (*roles, NONE):
            yield ("cases", position, "role"), f"no role is called {name!r}; {hint(name, roles)}"
    yield from _scenarios(data, roles)


def _scenarios(data: Any, roles: Mapping[Any, Any]) -> Iterator[tuple[Steps, str]]:
    """Units that no role counts, and hours that name unknown scenarios."""
    units = {role["unit"] for role in roles.values() if isinstance(role.get("unit"), str)}
    for scenario, load in _mapping(data, "scenarios").items():
        for unit in load:
            if unit not in units:
                yield ("scenarios", scenario, unit), f"no role counts {unit!r}; {hint(str(unit), sorted(units))}"
    hours = data.get("scenario_hours") if isinstance(data, Mapping) else None
    for scenario in hours if isinstance(hours, Mapping) else ():
        if scenario not in _mapping(data, "scenarios"):
            near = hint(str(scenario), _mapping(data, "scenarios"))
            yield ("scenario_hours", scenario), f"no scenario is called {scenario!r}; {near}"


def _of_sidecar(kind: Any, sidecar: dict[Any, Any], roles: dict[Any, Any]) -> Iterator[tuple[Steps, str]]:
    if kind not in bundled.sidecars().kinds and not any(sidecar.get(key) for key in ("image", "container", "ports")):
        near = hint(str(kind), bundled.sidecars().kinds)
        message = f"no built-in kind of sidecar is called {str(kind)!r} ({near})"
        yield ("sidecars", kind), f"{message}; a user-defined kind needs `image`, `container` or `ports`"
    named = sidecar.get("roles")
    for position, name in enumerate(named if isinstance(named, list) else ()):
        if isinstance(name, str) and name not in roles:
            yield ("sidecars", kind, "roles", position), f"no role is called {name!r}; {hint(name, roles)}"


def _mapping(data: Any, key: str) -> dict[Any, Any]:
    """The items of a mapping that are mappings; other data is ignored."""
    found = data.get(key) if isinstance(data, Mapping) else None
    if not isinstance(found, Mapping):
        return {}
    return {name: value for name, value in found.items() if isinstance(value, Mapping)}
