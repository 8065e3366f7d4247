"""Asks git about a repository. Git is run as a program that reads: nothing that a repository says is executed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

PORTION = 64 * 1024 * 1024
"""Bytes of files that are asked for at once."""

READ_ONLY = (
    "--no-optional-locks",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"),
    # What is only read may belong to somebody else, as a checkout in a container does; a bare repository that lies among
    # the checked files is none of ours.
    *("-c", "safe.directory=*", "-c", "safe.bareRepository=explicit"),
)


class GitError(Exception):
    """An error of git in its own words, or that git is not installed."""


class NoGitError(GitError):
    """There is no git that can be run."""


def run(root: Path, *arguments: str, given: bytes = b"") -> bytes:
    """What a git command prints in a repository; `given` is its standard input.

    Raises `GitError`.
    """
    # Inside a hook, git's own variables would lead to the repository of the hook.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    command = ("git", *READ_ONLY, *arguments)
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no argument is an option that was not meant to be one
            command, cwd=root, env={**plain, "LC_ALL": "C"}, input=given, capture_output=True, check=False
        )
    except OSError as error:
        raise NoGitError(f"git can't be run: {error.strerror}") from None
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise GitError(words.partition("\n")[0] or f"git {arguments[0]} ended with status {done.returncode}")
    return done.stdout


def names(output: bytes) -> list[str]:
    """The names in what git prints with `-z`."""
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def tracked_although_ignored(root: Path, folders: Iterable[str]) -> Sequence[str]:
    """The files of the index, relative to the root, that an ignore file names or that lie in a folder of these names.

    Raises `GitError`.
    """
    skipped = [f"--exclude={folder}/" for folder in sorted(folders)]
    return names(run(root, "ls-files", "-z", "--cached", "--ignored", "--exclude-standard", *skipped))


class Change(NamedTuple):
    """A file that two revisions have differently; a name is `None` where the file is not there."""

    before: str | None
    after: str | None


def commit(root: Path, revision: str) -> str:
    """The commit that a revision names.

    Raises `GitError`.
    """
    try:
        return (
            run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
        )
    except NoGitError:
        raise
    except GitError:
        raise GitError(f"git knows no revision {revision!r} here; a shallow clone has to fetch it first") from None


def merge_base(root: Path, one: str, other: str) -> str:
    """The commit that two revisions have in common.

    Raises `GitError`.
    """
    first, second = commit(root, one), commit(root, other)
    try:
        return run(root, "merge-base", first, second).decode().strip()
    except GitError:
        raise GitError(
            f"{one} and {other} have no commit in common here; a shallow clone has to fetch more (`fetch-depth: 0`)"
        ) from None


def upstream(root: Path) -> str:
    """The branch that this one is to be merged into: its upstream, or the main branch.

    Raises `GitError` if there is none.
    """
    for name in ("@{upstream}", "origin/HEAD", "origin/main", "origin/master", "main", "master"):
        try:
            commit(root, name)
        except GitError:
            continue
        return name
    raise GitError("no upstream and no main branch to compare with; name a revision")


def changes(root: Path, before: str, after: str | None = None) -> list[Change]:
    """The files that differ between two commits, renames followed; without `after`, from the commit to the disk.

    Raises `GitError`.
    """
    target = () if after is None else (after,)
    options = ("-z", "--name-status", "--find-renames", "--no-ext-diff", "--no-textconv", "--ignore-submodules")
    fields = iter(names(run(root, "diff", *options, before, *target, "--")))
    found = []
    for status in fields:
        name = next(fields)
        if status.startswith(("R", "C")):
            found.append(Change(name if status.startswith("R") else None, next(fields)))
        else:
            found.append(Change(None if status == "A" else name, None if status == "D" else name))
    if after is None:
        untracked = names(run(root, "ls-files", "-z", "--others", "--exclude-standard"))
        found += [Change(None, name) for name in untracked]
    return found


class Blob(NamedTuple):
    """A regular file of a revision."""

    name: str
    object: str
    size: int


def files(root: Path, revision: str) -> list[Blob]:
    """The regular files of a commit; no links, no submodules, no name that leads out.

    Raises `GitError`.
    """
    found = []
    for entry in run(root, "ls-tree", "-r", "-z", "--long", revision).split(b"\0"):
        facts, _, name = entry.partition(b"\t")
        mode, _, blob, size = (facts.split() + [b""] * 4)[:4]
        if mode.startswith(b"100") and not _leads_out(os.fsdecode(name)):
            found.append(Blob(os.fsdecode(name), blob.decode(), int(size)))
    return found


def _leads_out(name: str) -> bool:
    return any(step in ("", ".", "..") or step.lower() == ".git" or "\\" in step for step in name.split("/"))


def extract(root: Path, blobs: Iterable[Blob], folder: Path) -> None:
    """Write files of a revision below a folder; nothing is checked out.

    Raises `GitError` and `OSError`.
    """
    for part in _parts(blobs):
        output = run(root, "cat-file", "--batch", given="".join(f"{blob.object}\n" for blob in part).encode())
        start = 0
        for blob in part:
            start = output.index(b"\n", start) + 1
            path = folder / blob.name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(output[start : start + blob.size])
            start += blob.size + 1


def _parts(blobs: Iterable[Blob]) -> Iterator[list[Blob]]:
    """The files in portions that memory takes."""
    part: list[Blob] = []
    size = 0
    for blob in blobs:
        part.append(blob)
        size += blob.size
        if size > PORTION:
            yield part
            part, size = [], 0
    if part:
        yield part
