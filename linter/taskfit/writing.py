"""Writes files in one step: nobody reads half of one, and what was there is not lost where writing fails."""

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
    """A path in a tree that leads out of it, or to git's own files, by way of a link."""


class ChangedError(OSError):
    """A file that another program has changed since it was read."""


def write_whole(
    path: Path, content: bytes | Iterable[bytes], roots: Iterable[Path] = (), *, before: bytes | None = None
) -> None:
    """Put a content, or the pieces of one, in the place of a file, with the mode and the owner that the file has.

    A link in one of the `roots`, else in the working directory's repository, is followed within it only: what is checked
    may come from anybody. What is not a plain file (`/dev/null`) is written as it is. Raises `OSError`; with `before`, the
    content that the new one was made of, `ChangedError` if the file has another one by now.
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
        _take_after(temporary, target)
        if before is not None:
            _require(target, before)
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def target_of(path: Path, roots: Iterable[Path]) -> Path:
    """The file that is written to at a path, free of links.

    Raises `LeadsOutError` for a path that seems to lie in one of the roots, and does not.
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
    """The repository of the working directory, or what lies below it."""
    here = Path(os.path.realpath("."))
    return repository_root(here) or here


def _require(target: Path, content: bytes) -> None:
    if target.read_bytes() != content:
        raise ChangedError(errno.EBUSY, "has changed since it was read")


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
