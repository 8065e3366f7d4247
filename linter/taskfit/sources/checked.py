"""The files of one run, for formats in which one file refers to another."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable
from pathlib import Path
from typing import Any

from taskfit.record import cached_property


class Checked:
    """The files that are checked together: a finding reported for one of them is not repeated for another."""

    def __init__(self, paths: Iterable[Path | None] = ()) -> None:
        self._paths = tuple(path for path in paths if path is not None)
        self.kept: dict[Hashable, Any] = {}
        """Results that readers need again in the same process."""
        self._folders: dict[str, str] = {}

    def __reduce__(self) -> tuple[Any, ...]:
        return Checked, (self._paths,)

    @cached_property
    def paths(self) -> frozenset[str]:
        """The paths of the files, with links resolved."""
        return frozenset(map(self.real, self._paths))

    def real(self, path: Path) -> str:
        """A path with links resolved; links in the paths of folders are resolved once per run."""
        folder, name = os.path.split(path)
        if name in ("", os.curdir, os.pardir) or os.path.islink(path):
            return os.path.realpath(path)
        if folder not in self._folders:
            self._folders[folder] = os.path.realpath(folder)
        return os.path.join(self._folders[folder], name)

    @cached_property
    def top(self) -> str | None:
        """The common folder of all of them."""
        return os.path.commonpath([os.path.dirname(path) for path in self.paths]) if self.paths else None
