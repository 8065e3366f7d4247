"""The files of one run, for formats where one file refers to another."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

from taskfit.record import cached_property


class Checked:
    """The files that are checked together: what one of them reports, another does not repeat."""

    def __init__(self, paths: Iterable[Path | None] = ()) -> None:
        self._paths = tuple(path for path in paths if path is not None)
        self.kept: dict[Hashable, Any] = {}
        """What readers have found out and need again in the same process."""
        self._folders: dict[str, str] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Checked, (self._paths,)

    @cached_property
    def paths(self) -> frozenset[str]:
        """Free of links."""
        return frozenset(map(self.real, self._paths))

    def real(self, path: Path) -> str:
        """A path free of links; those that folders are or lie below are followed once in a run."""
        folder, name = os.path.split(path)
        if name in ("", os.curdir, os.pardir) or os.path.islink(path):
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)

    @cached_property
    def top(self) -> str | None:
        """The folder that all of them lie in."""
        return os.path.commonpath([os.path.dirname(path) for path in self.paths]) if self.paths else None
