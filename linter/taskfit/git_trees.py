"""The files of a revision of a repository, and the differences between two; submodules are included."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from taskfit import git
from taskfit.record import NamedTuple

PORTION = 64 * 1024 * 1024
"""Bytes of files that are requested at once."""


class Change(NamedTuple):
    """A file that differs between two revisions; the name is `None` where it does not exist."""

    before: str | None
    after: str | None


def changes(root: Path, before: str, after: str | None = None) -> list[Change]:
    """The files that differ between two commits, following renames; without `after`, between the commit and the disk.

    Changes within submodules are included; of a submodule whose earlier commit is missing, all files. Raises `GitError`.
    """
    found = _own_changes(root, before, after)
    then, now = _submodules(root, before), _submodules(root, after)
    for name in sorted(then.keys() | now.keys()):
        folder = root / name
        if _is_repository(folder):
            old = then[name] if name in then and _is_there(folder, then[name]) else None
            new = now.get(name) if after is not None else None
            if old is None:
                inner = [Change(None, each) for each in _names(folder, new)] if name in now else []
            elif name in now:
                inner = changes(folder, old, new)
            else:
                inner = [Change(each.name, None) for each in files(folder, old)]
            found += [Change(_below(name, each.before), _below(name, each.after)) for each in inner]
    return found


def _own_changes(root: Path, before: str, after: str | None) -> list[Change]:
    target = () if after is None else (after,)
    options = ("-z", "--name-status", "--find-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules")
    output = git.run(root, "diff", *options, before, *target, "--", settings=_without_filters(root))
    fields = iter(git.names(output))
    found = []
    for status in fields:
        name = next(fields)
        if status.startswith(("R", "C")):
            found.append(Change(name if status.startswith("R") else None, next(fields)))
        else:
            found.append(Change(None if status == "A" else name, None if status == "D" else name))
    if after is None:
        for name in git.names(git.run(root, "ls-files", "-z", "--others", "--exclude-standard")):
            # A nested repository that is not a submodule is listed as one name ending with a slash.
            inner = _names(root / name, None) if name.endswith("/") and _is_repository(root / name) else [""]
            found += [Change(None, name + each) for each in inner]
    return found


def _without_filters(root: Path) -> dict[str, str]:
    """Settings that keep git from starting conversion filters when it compares files on disk."""
    try:
        output = git.run(root, "config", "-z", "--name-only", "--get-regexp", r"^filter\.")
    except git.NoGitError:
        raise
    except git.GitError:
        return {}  # no filter is configured
    drivers = {name.rpartition(".")[0] for name in git.names(output)}
    return {
        f"{driver}.{key}": value
        for driver in sorted(drivers)
        for key, value in (("clean", ""), ("smudge", ""), ("process", ""), ("required", "false"))
    }


def _below(folder: str, name: str | None) -> str | None:
    return None if name is None else f"{folder}/{name}"


def _submodules(root: Path, revision: str | None) -> dict[str, str]:
    """The commits of the submodules of a revision or of the index, by folder."""
    command = ("ls-files", "-z", "--stage") if revision is None else ("ls-tree", "-r", "-z", revision)
    found = {}
    for entry in git.run(root, *command).split(b"\0"):
        facts, _, name = entry.partition(b"\t")
        if facts.startswith(b"160000 ") and not _leads_out(os.fsdecode(name)):
            words = facts.decode().split()
            found[os.fsdecode(name)] = words[1] if revision is None else words[2]
    return found


def _is_repository(folder: Path) -> bool:
    """Whether a folder is a separate repository, and neither a link nor below one."""
    return (folder / ".git").exists() and os.path.realpath(folder) == os.path.join(
        os.path.realpath(folder.parent), folder.name
    )


def _is_there(root: Path, revision: str) -> bool:
    try:
        git.commit(root, revision)
    except git.NoGitError:
        raise
    except git.GitError:
        return False
    return True


def _names(root: Path, revision: str | None) -> list[str]:
    """The files of a revision, or the files on disk that are not ignored."""
    if revision is not None:
        return [blob.name for blob in files(root, revision)] if _is_there(root, revision) else []
    return git.names(git.run(root, "ls-files", "-z", "--cached", "--others", "--exclude-standard"))


class Blob(NamedTuple):
    """A regular file of a revision."""

    name: str
    object: str
    size: int
    root: Path
    """The repository that holds it, which may be a submodule."""


def files(root: Path, revision: str) -> list[Blob]:
    """The regular files of a commit, including submodules; no links, no names that lead outside.

    Raises `GitError`.
    """
    found = []
    for entry in git.run(root, "ls-tree", "-r", "-z", "--long", revision).split(b"\0"):
        facts, _, name = entry.partition(b"\t")
        mode, _, blob, size = (facts.split() + [b""] * 4)[:4]
        if mode.startswith(b"100") and not _leads_out(os.fsdecode(name)):
            if not size.isdigit():
                raise git.GitError(git.PARTIAL_CLONE)
            found.append(Blob(os.fsdecode(name), blob.decode(), int(size), root))
    for inner, nested in _submodules(root, revision).items():
        folder = root / inner
        if _is_repository(folder) and _is_there(folder, nested):
            found += [blob._replace(name=f"{inner}/{blob.name}") for blob in files(folder, nested)]
    return found


def _leads_out(name: str) -> bool:
    return any(step in ("", ".", "..") or step.lower() == ".git" or "\\" in step for step in name.split("/"))


def extract(blobs: Iterable[Blob], folder: Path) -> None:
    """Write files of a revision below a folder; nothing is checked out.

    Raises `GitError` and `OSError`.
    """
    for part in _parts(blobs):
        output = git.run(
            part[0].root, "cat-file", "--batch", given="".join(f"{blob.object}\n" for blob in part).encode()
        )
        start = 0
        for blob in part:
            end = output.index(b"\n", start)
            if output[start:end].split()[1:] != [b"blob", str(blob.size).encode()]:
                raise git.GitError(git.PARTIAL_CLONE)
            path = folder / blob.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(output[end + 1 : end + 1 + blob.size])
            start = end + blob.size + 2


def _parts(blobs: Iterable[Blob]) -> Iterator[list[Blob]]:
    """The files of each repository in portions that fit into memory."""
    part: list[Blob] = []
    size = 0
    for blob in blobs:
        if part and (size > PORTION or blob.root != part[0].root):
            yield part
            part, size = [], 0
        part.append(blob)
        size += blob.size
    if part:
        yield part
