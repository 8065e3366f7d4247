"""Where files are: paths as messages and patterns have them, and the folders of data that come along."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_folder(name: str) -> Path:
    """A folder of data: inside the package when installed, beside `linter/` in a checkout."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parent.parent / name


def repository_root(path: Path) -> Path | None:
    """The nearest folder upwards that holds `.git`."""
    return next((folder for folder in (path, *path.parents) if os.path.exists(folder / ".git")), None)


def display(path: Path) -> str:
    """A path for messages: as seen from here, if it lies here or below; a link by its own name."""
    place = os.path.join(os.path.realpath(path.parent), path.name)
    relative = os.path.relpath(place, os.path.realpath(".")).replace(os.sep, "/")
    return path.as_posix() if relative.startswith("../") else relative


def is_gits(path: str | Path) -> bool:
    """Whether a path is git's own folder or file, or lies below it; some file systems know no upper case."""
    text = os.fspath(path).casefold()
    return ".git" in text and ".git" in Path(text).parts


def is_inside(path: str, top: str) -> bool:
    """Whether a path free of links is a folder or lies below it."""
    return path == top or path.startswith(top.rstrip(os.sep) + os.sep)


def relative_to(path: Path, base: Path) -> str:
    """The path as seen from a folder, with slashes, both free of links."""
    return os.path.relpath(os.path.realpath(path), os.path.realpath(base)).replace(os.sep, "/")
