"""Asks git about a repository. Git is run as a program that reads: nothing that a repository says is executed."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path

READ_ONLY = (
    "--no-optional-locks",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"),
    # What is only read may belong to somebody else, as a checkout in a container does; a bare repository that lies among
    # the checked files is none of ours.
    *("-c", "safe.directory=*", "-c", "safe.bareRepository=explicit"),
)


class GitError(Exception):
    """What git could not tell, in its own words, or that there is no git."""


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
        raise GitError(f"git can't be run: {error.strerror}") from None
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
