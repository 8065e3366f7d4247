"""Asks git about a repository. Git only reads: nothing that a repository configures is executed.

This includes its `.git/config`, which may come from a checkout that somebody else has packed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

MAX_SECONDS = 120
"""The time limit of one command; the largest public repositories take a few seconds."""

READ_ONLY = (
    "--no-optional-locks",
    "--literal-pathspecs",
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.quotePath=false"),
    # Reading is safe even if another user owns the files, as of a checkout in a container; a bare repository among the
    # checked files is ignored.
    *("-c", "safe.directory=*", "-c", "safe.bareRepository=explicit"),
)

OFFLINE = {"GIT_NO_LAZY_FETCH": "1", "GIT_ALLOW_PROTOCOL": "none", "GIT_TERMINAL_PROMPT": "0"}
"""Prevents a partial clone from fetching missing objects, which runs commands that its configuration names."""


class GitError(Exception):
    """An error message of git, or that git is not installed."""


class NoGitError(GitError):
    """No git program was found."""


PARTIAL_CLONE = "this clone lacks files of that revision: `git fetch --refetch --no-filter` gets them"
"""The message for a partial clone, since nothing is fetched here."""


def run(root: Path, *arguments: str, given: bytes = b"", settings: Mapping[str, str] | None = None) -> bytes:
    """The output of a git command in a repository; `given` is its standard input, `settings` override its configuration.

    Raises `GitError`.
    """
    # Inside a hook, git's environment variables would point to the repository of the hook.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    for number, (name, value) in enumerate((settings or {}).items()):
        plain |= {f"GIT_CONFIG_KEY_{number}": name, f"GIT_CONFIG_VALUE_{number}": value}
    environment = {**plain, **OFFLINE, "LC_ALL": "C", "GIT_CONFIG_COUNT": str(len(settings or {}))}
    command = (_program(os.get_exec_path()), *READ_ONLY, *arguments)
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and no argument can become an unintended option
            command,
            cwd=root,
            env=environment,
            input=given,
            capture_output=True,
            check=False,
            timeout=MAX_SECONDS,
        )
    except OSError as error:
        raise NoGitError(f"git can't be run: {error.strerror}") from None
    except subprocess.TimeoutExpired:
        raise GitError(f"git {arguments[0]} takes longer than {MAX_SECONDS} seconds") from None
    if done.returncode != 0:
        words = done.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        if "lazy fetching disabled" in words or ("transport '" in words and "' not allowed" in words):
            raise GitError(PARTIAL_CLONE)
        raise GitError(words.partition("\n")[0] or f"git {arguments[0]} ended with status {done.returncode}")
    return done.stdout


def _program(folders: Iterable[str]) -> str:
    """The path of git; never in the working directory, which Windows searches first and which may hold untrusted files.

    Raises `NoGitError`.
    """
    for folder in filter(os.path.isabs, folders):
        found = shutil.which("git", path=folder)
        if found is not None and os.path.isabs(found):
            return found
    raise NoGitError("git can't be run: No such file or directory")


def names(output: bytes) -> list[str]:
    """The names in git's output with `-z`."""
    return [os.fsdecode(name) for name in output.split(b"\0") if name]


def tracked(root: Path) -> Sequence[str]:
    """The files of the index, relative to the root. Ignore files are matched by taskfit, since git's patterns backtrack.

    Raises `GitError`.
    """
    return names(run(root, "ls-files", "-z", "--cached"))


def commit(root: Path, revision: str) -> str:
    """The commit that a revision names.

    Raises `GitError`.
    """
    if not revision:
        raise GitError("a revision is empty; name a branch, a tag or a commit")
    try:
        return (
            run(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
        )
    except NoGitError:
        raise
    except GitError:
        first, _, last = revision.partition("..")
        if first and last:
            raise GitError(
                f"{revision!r} is a range, and this takes one revision: --since {first}, or "
                f"`taskfit diff {first} {last.lstrip('.')}`"
            ) from None
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
    """The branch that this one will be merged into: its upstream, or the main branch.

    Raises `GitError` if there is none.
    """
    for name in ("@{upstream}", "origin/HEAD", "origin/main", "origin/master", "main", "master"):
        try:
            commit(root, name)
        except GitError:
            continue
        return name
    raise GitError("no upstream and no main branch to compare with; name a revision")
