"""Files beside the one that is read: regular ones of a bearable size, and none outside the repository."""

from __future__ import annotations

import os
import stat
from functools import lru_cache
from pathlib import Path

from taskfit.paths import repository_root

MAX_BYTES = 1024 * 1024
"""What is read of a file that another one refers to."""
MAX_FILES = 200
"""Files of one folder that are looked into."""


@lru_cache(4096)
def top_of(folder: str) -> str:
    """The folder outside of which nothing is read: that of the repository, or this one if it is in none."""
    root = repository_root(Path(folder))
    return os.path.realpath(root or folder)


def text_at(path: str, top: str) -> str | None:
    """The text of a file below a folder, if it may be read and is UTF-8."""
    real = os.path.realpath(path) if "\0" not in path else ""
    if not real.startswith(top.rstrip(os.sep) + os.sep) or f"{os.sep}.git{os.sep}" in real:
        return None
    try:
        status = os.stat(real)
    except OSError:
        return None
    if not stat.S_ISREG(status.st_mode) or status.st_size > MAX_BYTES:
        return None
    return _text(real, status.st_mtime_ns, status.st_size)


@lru_cache(512)
def _text(path: str, _modified: int, _size: int) -> str | None:
    try:
        return Path(path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def names_in(folder: str, suffixes: tuple[str, ...]) -> list[str]:
    """The names of the files of a folder with some endings, in order."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.name.endswith(suffixes))[:MAX_FILES]
    except OSError:
        return []
