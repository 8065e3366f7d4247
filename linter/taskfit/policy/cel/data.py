"""A definition as expressions read it, and which of the values that one reads are unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from taskfit.definition import Partial, Unknown
from taskfit.policy.cel.fields import gathering
from taskfit.policy.cel.reads import Read
from taskfit.policy.validator import Path

MARK = "\ufdd0"
"""Begins the text of an unknown value, for messages; no file spells it (Unicode says that it is not a character)."""

LONGEST_TEXT = 4096
"""Characters of a text that an expression may read; what is longer counts as unknown, so that work stays bounded."""

MOST_ENTRIES = 1000
"""Entries of a list or mapping that an expression may read; one with more counts as unknown."""

LARGEST_NUMBER = 2**63
"""CEL's whole numbers are below it."""


class Data:
    """The values of a definition, plain and bounded, and the places of those that are unknown."""

    def __init__(self, source: Any) -> None:
        self.unknown: list[Path] = []
        self.partial: list[Path] = []
        self.values = self._plain(source, ())
        self._fill()

    def _fill(self) -> None:
        """Make absent lists and mappings of the task and its containers empty ones, as which AWS accepts them."""
        places: list[tuple[str, Path]] = [("", ())]
        containers = self.at(("containerDefinitions",))
        if isinstance(containers, list):
            places += [("ContainerDefinition", ("containerDefinitions", index)) for index in range(len(containers))]
        for structure, path in places:
            value = self.at(path)
            if isinstance(value, dict) and path not in self.partial:
                for name, empty in gathering(structure).items():
                    value.setdefault(name, type(empty)())

    def _plain(self, value: Any, path: Path) -> Any:
        if isinstance(value, Unknown):
            return self._hidden(path, value.text)
        if isinstance(value, str):
            return value if len(value) <= LONGEST_TEXT else self._hidden(path, f"{value[:40]}...")
        if isinstance(value, int) and not -LARGEST_NUMBER < value < LARGEST_NUMBER:
            return self._hidden(path, "a huge number")
        if isinstance(value, dict | list) and len(value) > MOST_ENTRIES:
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
        """The value at a path; `None` where there is none."""
        value = self.values
        for step in path:
            if isinstance(value, dict):
                value = value.get(str(step))
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return None
        return value

    def along(self, path: Path) -> Path:
        """The part of a path that there is."""
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

    def touched(self, reads: Iterable[Read], bases: Mapping[str, Path]) -> Iterator[Path]:
        """The places of unknown values that are read; `bases` says where the variables stand."""
        if not (self.unknown or self.partial):
            return
        for read in reads:
            variable, *keys = read.path
            if variable in bases:
                path = (*bases[variable], *keys)
                yield from (place for place in self.unknown if self._hits(place, path, read))
                yield from (place for place in self.partial if self._hides(place, path, read))

    def _hits(self, place: Path, path: Path, read: Read) -> bool:
        """Whether an unknown value stands at a path, above it, or where it matters below."""
        if not _along(place, path):
            return False
        if len(place) <= len(path) or read.mode == "value":
            return True
        is_list = isinstance(self.at(place[: len(path)]), list)
        # An unknown entry of a list stands for any number of them; an unknown value of a mapping leaves its keys known.
        return is_list and (len(place) == len(path) + 1 or read.mode == "element")

    def _hides(self, place: Path, path: Path, read: Read) -> bool:
        """Whether a mapping of which only some keys are known hides something at a path."""
        if not _along(place, path):
            return False
        if len(place) >= len(path):
            return len(place) == len(path) or read.mode == "value"
        key = path[len(place)]
        return key == "*" or str(key) not in (self.at(place) or {})


def _along(place: Path, path: Path) -> bool:
    return all(key == "*" or str(step) == str(key) for step, key in zip(place, path, strict=False))
