"""Two revisions of a repository, compared under the current configuration: what is new since one of them.

A revision is extracted from git's objects to a temporary folder, so that Terraform, templates and Jsonnet see the files
that were next to them; nothing is checked out.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit import checking, git, git_trees
from taskfit.config.nearest import Exclusions, Mirror
from taskfit.paths import repository_root
from taskfit.phrases import counted
from taskfit.record import NamedTuple, replace
from taskfit.session import Session
from taskfit.sources.files import VARIABLES, File, has_suffix

if TYPE_CHECKING:
    from taskfit.finding import Report

VALUES = (*VARIABLES, ".hcl")
"""Extensions of files that hold values."""

MAX_BYTES = 4 * 1024 * 1024
"""The size limit of a file of an older revision; AWS accepts templates up to 1 MiB and definitions up to 64 KiB."""


class Revision(NamedTuple):
    """The extracted files of a revision, and the session that checks them."""

    folder: Path
    session: Session
    files: Mapping[str, File]
    """The files to check, by name relative to the repository's root."""

    def affected(self, changed: Iterable[str]) -> set[str]:
        """The names of the changed files and of the files that read them."""
        names = set(changed)
        readers = {file.name for file in self.session.readers(map(self.folder.joinpath, names), self.files.values())}
        # A link gives a file another name.
        own = {name: Path(os.path.abspath(str(file.path))) for name, file in self.files.items()}
        changed_paths = {self.folder / name for name in names}
        return {
            name
            for name, file in self.files.items()
            if name in names or file.name in readers or own[name] in changed_paths
        }


class Two(NamedTuple):
    """Two revisions, and the files that differ between them or read what differs."""

    before: Revision
    after: Revision
    base: str
    """The commit of the first revision."""
    old_files: list[File]
    new_files: list[File]
    """The same files in the second revision; a file has its current name in both lists."""
    root: Path
    """The root of the repository."""
    changed: frozenset[str]
    """The names of all files that differ, relative to the repository's root."""

    def policy(self, session: Session) -> tuple[str, ...]:
        """The changed files that affect findings: both revisions are checked with the current ones, which may hide some."""
        found = session.policy_among(map(self.root.joinpath, self.changed))
        return tuple(sorted(path.relative_to(self.root).as_posix() for path in found))


def repository() -> Path:
    """The repository of the working directory.

    Raises `ValueError` if there is none.
    """
    root = repository_root(Path(os.path.realpath(".")))
    if root is None:
        raise ValueError("the working directory is not in a git repository")
    return root


@contextmanager
def compared(session: Session, root: Path, base: str, head: str | None = None) -> Iterator[Two]:
    """Two commits of a repository, or one commit and the files on disk.

    Raises `ValueError` if git fails.
    """
    with _as_value_error(), tempfile.TemporaryDirectory(prefix="taskfit-") as name:
        changes, parent = git_trees.changes(root, base, head), Path(os.path.realpath(name))
        differing = frozenset(name for change in changes for name in change if name)
        reader = _Reader(session, root, differing)
        names_now = {change.before: change.after for change in changes if change.before and change.after}
        names_then = {after: before for before, after in names_now.items()}
        after = _on_disk(session, root) if head is None else reader.read(head, parent / "after", {})
        affected = after.affected(differing)
        before = reader.read(base, parent / "before", names_now, affected)
        old = {names_then.get(name, name): name for name in sorted(affected)}
        old |= {change.before: change.before for change in changes if change.before and not change.after}
        yield Two(
            before,
            after,
            base,
            [before.files[name] for name in old if name in before.files],
            [after.files[name] for name in sorted(affected)],
            root,
            differing,
        )


@contextmanager
def _as_value_error() -> Iterator[None]:
    try:
        yield
    except git.GitError as error:
        raise ValueError(str(error)) from None


def _on_disk(session: Session, root: Path) -> Revision:
    found = session.discover([os.path.relpath(root)]).files
    files = {Path(os.path.realpath(file.path)): file for file in found if file.path}
    named = {path: file._replace(name=_shown(path)) for path, file in files.items()}
    return Revision(root, session, {path.relative_to(root).as_posix(): file for path, file in named.items()})


class _Reader(NamedTuple):
    """Extracts commits of a repository to folders."""

    session: Session
    root: Path
    names: frozenset[str]
    """The names of the files that differ between the two."""

    def read(self, commit: str, folder: Path, names_now: Mapping[str, str], affected: Iterable[str] = ()) -> Revision:
        """The files of a commit that may be definitions or may be read by definitions."""
        near = {os.path.dirname(name) for name in (*affected, *self.names)}

        def is_wanted(blob: git_trees.Blob) -> bool:
            is_read = has_suffix(blob.name) or blob.name.endswith(VALUES) or os.path.dirname(blob.name) in near
            return is_read and blob.size <= MAX_BYTES

        blobs = list(filter(is_wanted, git_trees.files(self.root, commit)))
        try:
            git_trees.extract(blobs, folder)
        except OSError as error:
            raise ValueError(f"can't write {folder}: {error.strerror}") from None
        for repository in {self.root, *(blob.root for blob in blobs)}:
            # Marks the root: nothing above it is read, as in the repository itself.
            (folder / repository.relative_to(self.root) / ".git").mkdir(parents=True)
        today = {blob.name: names_now.get(blob.name, blob.name) for blob in blobs if has_suffix(blob.name)}
        became = {folder / then: self.root / now for then, now in today.items()}
        excluded = Exclusions(self.session.configurations)
        files = {
            then: File(_shown(self.root / now), folder / then)
            for then, now in today.items()
            if self.root / now not in excluded
        }
        return Revision(folder, Session(Mirror(self.session.configurations, folder, self.root, became)), files)


def _shown(path: Path) -> str:
    return os.path.relpath(path).replace(os.sep, "/")


def since(session: Session, paths: Iterable[str], reference: str) -> Report:
    """The findings on files and folders that are new or worse since the merge base with a revision.

    Only changed files, and the files that read them, are checked. Raises the errors of `checking.check`, and `ValueError` if
    git fails.
    """
    from taskfit.engine import baseline

    root = repository()
    found = session.discover(paths)
    with _as_value_error():
        base = git.merge_base(root, reference, "HEAD")
    with compared(session, root, base) as two:
        wanted = {os.path.realpath(str(file.path)): file for file in found.files}
        new = [wanted[path] for file in two.new_files if (path := os.path.realpath(str(file.path))) in wanted]
        report = checking.check_files(session, new)
        policy = two.policy(session)
        known = checking.check_files(two.before.session, two.old_files)
    findings = baseline.new_or_worse(report.findings, known.findings, root)
    number = len(report.findings) - len(findings)
    remark = f"since {reference} ({base[:9]}): {counted(len(new), 'file')} affected"
    remark += f", {counted(number, 'finding')} already there" if number else ""
    failures = (*found.failures, *report.failures)
    remarks = [*found.remarks, *report.remarks, remark]
    if policy:
        remarks.append(f"the policy changed, too: {', '.join(policy)}")
    return replace(report, findings=findings, failures=failures, remarks=tuple(remarks))
