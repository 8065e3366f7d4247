"""Reads files that a checked repository names: only regular files, up to a size limit."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MAX_BYTES = 64 * 1024 * 1024
"""The default size limit."""

_FOR_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0)

_AT_ONCE = 64 * 1024
"""Bytes to read at once; most files are smaller."""


def first_bytes(path: Path, number: int) -> bytes:
    """The first bytes of a file, or all if it is shorter.

    Raises `OSError`.
    """
    # Creating Python's file objects takes longer than reading most files.
    descriptor = os.open(path, _FOR_READING)
    try:
        return _first_bytes(descriptor, number)
    finally:
        os.close(descriptor)


def read_regular(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The content of a regular file of at most `limit` bytes; never blocks on a pipe or a device.

    Raises `OSError`.
    """
    descriptor = os.open(path, _FOR_READING | getattr(os, "O_NONBLOCK", 0))
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        if not stat.S_ISREG(mode):
            raise OSError(errno.EINVAL, "not a regular file")
        content = _first_bytes(descriptor, limit + 1)
    finally:
        os.close(descriptor)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"larger than {limit // 1024**2} MiB")
    return content


def _first_bytes(descriptor: int, number: int) -> bytes:
    """The first bytes of an open file; memory is allocated for its actual size, not for the limit."""
    parts, wanted = [], number
    while wanted and (part := os.read(descriptor, min(wanted, _AT_ONCE))):
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)
