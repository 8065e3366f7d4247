"""A definition as expressions read it, with the places of unknown values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from taskfit.definition import Partial, Unknown
from taskfit.policy.cel.fields import empty_collections
from taskfit.policy.cel.reads import Read
from taskfit.policy.validator import Path

MARK = "\ufdd0"
"""Prefix of the text of an unknown value, for messages; a Unicode noncharacter, which no file contains."""

MAX_TEXT_LENGTH = 4096
"""The most characters of a text that an expression reads; a longer text counts as unknown, to bound the work."""

MAX_ENTRIES = 1000
"""The most entries of a list or mapping that an expression reads; one with more counts as unknown."""

INTEGER_LIMIT = 2**63
"""The exclusive limit of CEL's integers."""


class Data:
    """The plain values of a definition, limited in size, and the places of unknown ones."""

    def __init__(self, source: Any) -> None:
        self.unknown: list[Path] = []
        self.partial: list[Path] = []
        self.values = self._plain(source, ())
        self._fill()

    def _fill(self) -> None:
        """Add absent lists and mappings of the task and its containers as empty ones, which mean the same to AWS."""
        places: list[tuple[str, Path]] = [("", ())]
        containers = self.at(("containerDefinitions",))
        if isinstance(containers, list):
            places += [("ContainerDefinition", ("containerDefinitions", index)) for index in range(len(containers))]
        for structure, path in places:
            value = self.at(path)
            if isinstance(value, dict) and path not in self.partial:
                for name, empty in empty_collections(structure).items():
                    value.setdefault(name, type(empty)())

    def _plain(self, value: Any, path: Path) -> Any:
        if isinstance(value, Unknown):
            return self._hidden(path, value.text)
        if isinstance(value, str):
            return value if len(value) <= MAX_TEXT_LENGTH else self._hidden(path, f"{value[:40]}...")
        if isinstance(value, int) and not -INTEGER_LIMIT < value < INTEGER_LIMIT:
            return self._hidden(path, "a huge number")
        if isinstance(value, dict | list) and len(value) > MAX_ENTRIES:
            return self._hidden(path, f"{len(value)} entries")
        if isinstance(value, dict):
            if isinstance(value, Partial):
                self.partial.append(path)
            return {str(key): self._plain(item, (*path, str(key))) for key, item in value.items()}
        if isinstance(value, list):
            return [self._plain(item, (*path, index)) for index, item in enumerate(value)]
        return value

    def _hidden(self, path: Path, text: str) -> str:
        self.unknown.append(path)
        return MARK + text

    def at(self, path: Path) -> Any:
        """The value at a path, `None` if there is none."""
        value = self.values
        for step in path:
            if isinstance(value, dict):
                value = value.get(str(step))
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def existing(self, path: Path) -> Path:
        """The longest part of a path that exists."""
        value: Any = self.values
        found: list[str | int] = []
        for step in path:
            if isinstance(value, list) and str(step).isdigit() and int(step) < len(value):
                found.append(int(step))
                value = value[int(step)]
            elif isinstance(value, dict) and str(step) in value:
                found.append(step)
                value = value[str(step)]
            else:
                break
        return tuple(found)

    def unknown_reads(self, reads: Iterable[Read], bases: Mapping[str, Path]) -> Iterator[Path]:
        """The places of unknown values that are read; `bases` are the paths of the variables."""
        if not (self.unknown or self.partial):
            return
        for read in reads:
            variable, *keys = read.path
            if variable in bases:
                path = (*bases[variable], *keys)
                yield from (place for place in self.unknown if self._affects(place, path, read))
                yield from (place for place in self.partial if self._may_hide(place, path, read))

    def _affects(self, place: Path, path: Path, read: Read) -> bool:
        """Whether an unknown value is at a path, above it, or below it where it affects the read."""
        if not _overlap(place, path):
            return False
        if len(place) <= len(path) or read.mode == "value":
            return True
        is_list = isinstance(self.at(place[: len(path)]), list)
        # An unknown list entry may be any number of entries; an unknown value in a mapping leaves the keys known.
        return is_list and (len(place) == len(path) + 1 or read.mode == "element")

    def _may_hide(self, place: Path, path: Path, read: Read) -> bool:
        """Whether a mapping with unknown keys may hide a value at a path."""
        if not _overlap(place, path):
            return False
        if len(place) >= len(path):
            return len(place) == len(path) or read.mode == "value"
        key = path[len(place)]
        return key == "*" or str(key) not in (self.at(place) or {})


def _overlap(place: Path, path: Path) -> bool:
    return all(key == "*" or str(step) == str(key) for step, key in zip(place, path, strict=False))
