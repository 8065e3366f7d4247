"""Paths of files, as messages and patterns show them, and of the bundled data folders."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_folder(name: str) -> Path:
    """A folder of data: inside the package when installed, beside `linter/` in a checkout."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent.parent / name


def repository_root(path: Path) -> Path | None:
    """The nearest folder upwards that contains `.git`."""
    return next((folder for folder in (path, *path.parents) if os.path.exists(folder / ".git")), None)


def display(path: Path) -> str:
    """A path for messages, relative if it is in the working directory or below; links are not resolved."""
    place = os.path.join(os.path.realpath(path.parent), path.name)
    relative = os.path.relpath(place, os.path.realpath(".")).replace(os.sep, "/")
    return path.as_posix() if relative.startswith("../") else relative


def is_gits(path: str | Path) -> bool:
    """Whether a path is `.git` or below it, ignoring case, since some file systems do."""
    text = os.fspath(path).casefold()
    return ".git" in text and ".git" in Path(text).parts


def is_inside(path: str, top: str) -> bool:
    """Whether a path is a folder or below it; links must be resolved."""
    return path == top or path.startswith(top.rstrip(os.sep) + os.sep)


def relative_to(path: Path, base: Path) -> str:
    """The path relative to a folder, with slashes; links must be resolved in both."""
    return os.path.relpath(os.path.realpath(path), os.path.realpath(base)).replace(os.sep, "/")
