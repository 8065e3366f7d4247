"""Paths as messages and patterns have them."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec


@cache
def spec(patterns: tuple[str, ...]) -> GitIgnoreSpec:
    """Patterns as in a `.gitignore`.

    Raises `ValueError` for one that is none.
    """
    from pathspec import GitIgnoreSpec

    return GitIgnoreSpec.from_lines(patterns)


def repository_root(path: Path) -> Path | None:
    """The nearest folder upwards that holds `.git`."""
    return next((folder for folder in (path, *path.parents) if (folder / ".git").exists()), None)


def display(path: Path) -> str:
    """A path for messages: as seen from here, if it lies here or below."""
    relative = relative_to(path, Path())
    return path.as_posix() if relative.startswith("../") else relative


def relative_to(path: Path, base: Path) -> str:
    """The path as seen from a folder, with slashes, both free of links."""
    return os.path.relpath(os.path.realpath(path), os.path.realpath(base)).replace(os.sep, "/")
