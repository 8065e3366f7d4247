"""Writes files atomically: nobody reads half of one, and the old content is not lost if writing fails."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from taskfit.paths import is_gits, repository_root


class LeadsOutError(OSError):
    """A path in a tree that leads outside, or to git's own files, through a link."""


class ChangedError(OSError):
    """A file that another program has changed since it was read."""


def write_whole(
    path: Path, content: bytes | Iterable[bytes], roots: Iterable[Path] = (), *, before: bytes | None = None
) -> None:
    """Replace the content of a file, given whole or in pieces, and keep its mode and owner.

    A link in one of the `roots`, by default the working directory's repository, is followed only within it: checked files
    are not trusted. Other than regular files (`/dev/null`) are written in place. Raises `OSError`; with `before`, the
    content from which the new one was made, `ChangedError` if the file has changed since.
    """
    target = target_of(path, list(roots) or [_tree()])
    pieces = [content] if isinstance(content, bytes) else content
    if target.exists() and not target.is_file():
        with target.open("wb") as stream:
            stream.writelines(pieces)
        return
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.writelines(pieces)
        _copy_owner_and_mode(temporary, target)
        if before is not None:
            _require(target, before)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def target_of(path: Path, roots: Iterable[Path]) -> Path:
    """The file that a path writes to, with links resolved.

    Raises `LeadsOutError` for a path that appears to be in one of the roots but is not.
    """
    target, folders = Path(os.path.realpath(path)), list(roots)
    there = Path(os.path.abspath(path)), Path(os.path.realpath(path.parent))
    seems_inside = any(place.is_relative_to(root.absolute()) for place in there for root in folders)
    inside = next((root for root in folders if target.is_relative_to(root.resolve())), None)
    if inside is not None and is_gits(target.relative_to(inside.resolve())):
        raise LeadsOutError(errno.EPERM, f"leads to {target}, which is git's own")
    if seems_inside and inside is None:
        raise LeadsOutError(errno.EPERM, f"is a link to {target}, outside of {folders[0].absolute()}")
    return target


def _tree() -> Path:
    """The repository of the working directory, or the working directory if there is none."""
    here = Path(os.path.realpath("."))
    return repository_root(here) or here


def _require(target: Path, content: bytes) -> None:
    if target.read_bytes() != content:
        raise ChangedError(errno.EBUSY, "has changed since it was read")


def _copy_owner_and_mode(temporary: Path, target: Path) -> None:
    if not target.exists():
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        return
    status = target.stat()
    with contextlib.suppress(OSError, AttributeError):  # unprivileged users can't change the owner
        os.chown(temporary, status.st_uid, status.st_gid)
    shutil.copymode(target, temporary)
