"""Reads files that a checked repository names: regular ones only, and with a limit."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 64 * 1024 * 1024
"""What is read unless a caller says less."""


_USUAL = 64 * 1024
"""Bytes that most files have at most."""


def first_bytes(stream: BinaryIO, number: int) -> bytes:
    """The first bytes of a stream, or all; memory is set aside for what there is, not for all that there may be."""
    first = stream.read(min(number, _USUAL))
    return first if len(first) < _USUAL else first + stream.read(number - len(first))


def read_regular(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The content of a regular file of at most `limit` bytes; a pipe or a device is not waited for.

    Raises `OSError`.
    """
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        content = first_bytes(stream, limit + 1)
    if len(content) > limit:
        raise OSError(errno.EFBIG, f"larger than {limit // 1024**2} MiB")
    return content
