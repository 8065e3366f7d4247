"""Writes files in one step: nobody reads half of one, and what was there is not lost where writing fails."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Put a content in the place of a file, with the mode and the owner that the file has; a link is followed.

    What is no plain file (`/dev/null`) is written as it is. Raises `OSError`.
    """
    target = Path(os.path.realpath(path))
    if target.exists() and not target.is_file():
        target.write_bytes(content)
        return
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        _take_after(temporary, target)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _take_after(temporary: Path, target: Path) -> None:
    if not target.exists():
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        return
    status = target.stat()
    with contextlib.suppress(OSError, AttributeError):  # who may not give files away keeps them
        os.chown(temporary, status.st_uid, status.st_gid)
    shutil.copymode(target, temporary)
