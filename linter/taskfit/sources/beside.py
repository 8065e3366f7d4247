"""Other files that the file being read refers to: only regular files of limited size, inside the repository."""

from __future__ import annotations

import os
import stat
from functools import lru_cache

from taskfit.paths import is_gits, is_inside
from taskfit.record import NamedTuple
from taskfit.sources.checked import Checked
from taskfit.sources.files import SKIPPED_FOLDERS

MAX_BYTES = 1024 * 1024
"""The maximum number of bytes of a file that another one refers to."""
MAX_FILES = 1000
"""The maximum number of files of one folder that are read together."""


class Stamp(NamedTuple):
    """The state of a file on the disk: equal stamps mean equal content."""

    path: str
    """The path with links resolved."""
    modified: int
    """The time of its last change, ns."""
    size: int
    """Bytes."""


def top_of(folder: str, checked: Checked | None = None) -> str:
    """The folder outside which nothing is read: the repository's root, or else the common folder of the checked files."""
    root = _repository(folder)
    if root is not None:
        return root
    top = checked.top if checked is not None else None
    real = os.path.realpath(folder)
    return top if top is not None and is_inside(real, top) else real


@lru_cache(4096)
def _repository(folder: str) -> str | None:
    while not _is_repository(folder):
        folder, below = os.path.dirname(folder), folder
        if folder == below:
            return None
    return os.path.realpath(folder)


@lru_cache(4096)
def _is_repository(folder: str) -> bool:
    return os.path.exists(os.path.join(folder, ".git"))


def real_path(path: str) -> str | None:
    """A path with links resolved; `None` for one that no file can have, such as one with a NUL."""
    try:
        return os.path.realpath(path)
    except ValueError:
        return None


def stamp_of(path: str, top: str) -> Stamp | None:
    """The stamp of a file below a folder, if it may be read."""
    real = real_path(path)
    try:
        return _stamp(real, os.stat(real), top) if real is not None and is_inside(real, top) else None
    except OSError:
        return None


def stamp_in(folder: str, name: str, top: str) -> Stamp | None:
    """The stamp of a file in a folder, whose own path has no links, if it may be read."""
    path = os.path.join(folder, name)
    try:
        status = os.lstat(path)
    except OSError:
        return None
    return stamp_of(path, top) if stat.S_ISLNK(status.st_mode) else _stamp(path, status, top)


def _stamp(real: str, status: os.stat_result, top: str) -> Stamp | None:
    if not is_inside(real, top) or is_gits(real[len(top) :]):
        return None
    is_readable = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES
    return Stamp(real, status.st_mtime_ns, status.st_size) if is_readable else None


def text_at(path: str, top: str) -> str | None:
    """The text of a file below a folder, if it may be read and is UTF-8."""
    stamp = stamp_of(path, top)
    return None if stamp is None else text_of(stamp)


def text_in(folder: str, name: str, top: str) -> str | None:
    """The text of a file in a folder, whose own path has no links, if it may be read and is UTF-8."""
    stamp = stamp_in(folder, name, top)
    return None if stamp is None else text_of(stamp)


@lru_cache(512)
def text_of(stamp: Stamp) -> str | None:
    """The text of a file, if it is UTF-8."""
    try:
        with open(stamp.path, "rb") as file:
            return file.read().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def names_in(folder: str, suffixes: tuple[str, ...]) -> list[str]:
    """The names of a folder's files with some suffixes, in order."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in entries
                if entry.name.endswith(suffixes) and not entry.is_dir(follow_symlinks=False)
            )
    except OSError:
        return []


def folders_in(folder: str) -> list[str]:
    """The folders in a folder, in order, without those that a walk skips."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.path
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
                and entry.name not in SKIPPED_FOLDERS
                and not entry.name.startswith(".")
            )
    except OSError:
        return []
