"""Finds the files to check and reads their bytes."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit.paths import is_gits, is_inside, relative_to, repository_root
from taskfit.reading import first_bytes, read_regular
from taskfit.record import NamedTuple
from taskfit.sources.formats import SUFFIXES
from taskfit.sources.programs import file_makes_definition, is_program

if TYPE_CHECKING:
    from taskfit.patterns import Patterns

SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", ".terraform", ".venv", "venv", "node_modules", "__pycache__"})
"""Folders that a walk skips; files in them are checked if git tracks them, as are ignored files that git tracks."""

MAX_BYTES = 64 * 1024 * 1024
"""The maximum size of a file, in bytes; AWS accepts no definition above 64 KiB, but API responses may be long lists."""

MAX_IGNORE_BYTES = 1024 * 1024
"""The maximum number of bytes of a `.gitignore`; a longer one is ignored."""

VARIABLES = (".tfvars", ".tfvars.json")
"""Suffixes of Terraform's variables files."""

STDIN = "-"


class UnusablePathError(Exception):
    """A path that can't be checked; the message is the reason."""


class File(NamedTuple):
    """A file to check: its name in messages and its path, or the text of standard input."""

    name: str
    path: Path | None = None
    data: bytes | None = None
    """The content, if it is not on the disk: from standard input, from an editor, or as changed by fixes."""

    def content(self) -> bytes:
        """The content, up to `MAX_BYTES` and one more byte.

        Raises `UnusablePathError`.
        """
        if self.data is not None or self.path is None:
            return self.data or b""
        try:
            return first_bytes(self.path, MAX_BYTES + 1)
        except OSError as error:
            raise UnusablePathError(f"{self.name}: {error.strerror or error}") from None

    def text(self) -> str:
        """The text for excerpts, including a byte order mark; empty if it can no longer be read."""
        try:
            return self.content().decode("utf-8", "replace")
        except UnusablePathError:
            return ""


def discover(  # noqa: PLR0913
    paths: Iterable[str],
    excluded: Container[Path],
    report: Callable[[str], None],
    *,
    remark: Callable[[str], None] = lambda _: None,
    force_exclude: bool = False,
    stdin: File | None = None,
    programs: bool = False,
) -> list[File]:
    """The files under the paths, each once, by name; with `programs`, also programs that create task definitions.

    A path in `paths` is checked even if excluded, except with `force_exclude`. Unusable paths are passed to `report`, and
    other remarks on the search to `remark`.
    """
    found: dict[str, File] = {}
    links: list[Path] = []
    tops: list[str] = []

    def search(given: str) -> None:
        try:
            under = _under(
                _path(given), excluded, report, remark, links, force_exclude=force_exclude, programs=programs
            )
            for real, path in under:
                found.setdefault(real, File(_name(path), path))
        except OSError as error:
            report(f"{given}: {error.strerror or error}")
        except ValueError as error:
            report(f"{given!r}: {error}")
        tops.append(os.path.realpath(given))

    for given in paths:
        if given == STDIN and stdin:
            found[given] = stdin
        else:
            search(given)
    # The target of a link is named by its own path if it is also found there.
    for link in links:
        real = os.path.realpath(link)
        if os.path.isdir(real) and not any(is_inside(real, top) or is_inside(top, real) for top in tops):
            search(os.fspath(link))
        elif real not in found and os.path.isfile(real) and link not in excluded:
            found[real] = File(_name(link), link)
    return sorted(found.values(), key=lambda file: file.name)


def _path(given: str) -> Path:
    """A path that was given; an unset variable of a script leaves an empty one, which `Path` takes for this folder."""
    if not given:
        raise ValueError("an empty path names no file")
    return Path(given)


def _name(path: Path) -> str:
    """The path for messages; never one that a CI service would interpret as a command (`::error`)."""
    name = os.path.normpath(path).replace(os.sep, "/")
    return f"./{name}" if name.startswith(":") else name


def _under(  # noqa: PLR0913
    path: Path,
    excluded: Container[Path],
    report: Callable[[str], None],
    remark: Callable[[str], None],
    links: list[Path],
    *,
    force_exclude: bool,
    programs: bool,
) -> Iterator[tuple[str, Path]]:
    """The files at or below a path, each after its path with links resolved; links in it are added to `links`."""
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        ignored = _Ignored(path)
        found = [*_walked(path, ignored, excluded, report, links, programs=programs)]
        found += _tracked(path, ignored, remark) if ignored.has_skipped else ()
        regular = (file for file in found if file not in excluded and _is_regular(file, ignored, links))
        wanted = (file for file in regular if has_suffix(file.name) or file_makes_definition(file))
        yield from ((ignored.real(os.fspath(file)), file) for file in wanted)
    elif stat.S_ISFIFO(mode) and "/fd/" not in os.path.realpath(path):  # not the shell's `<(command)`
        report(f"{path}: is a named pipe")
    elif not (force_exclude and path in excluded):
        yield os.path.realpath(path), path


def _walked(  # noqa: PLR0913
    path: Path,
    ignored: _Ignored,
    excluded: Container[Path],
    report: Callable[[str], None],
    links: list[Path],
    *,
    programs: bool,
) -> Iterator[Path]:
    """The files below a folder that are not ignored; links to folders are not followed but added to `links`."""

    def failed(error: OSError) -> None:
        report(f"{error.filename}: {error.strerror or error}")

    for folder, folders, names in os.walk(os.fspath(path), onerror=failed):
        inside = "" if folder == "." else folder.removeprefix("./").rstrip("/") + "/"
        if ".gitignore" in names:
            ignored.enter(inside)
        folders[:] = sorted(
            name
            for name in folders
            if not ignored.has_folder(inside, name, names) and Path(folder, name) not in excluded
        )
        links += (Path(inside + name) for name in folders if ignored.is_link_inside(inside + name))
        here = Path(inside)
        for name in names:
            if (has_suffix(name) or (programs and is_program(name))) and not ignored.has(inside + name):
                yield here / name


def _is_copy(folder: str, beside: Sequence[str]) -> bool:
    """Whether a folder is an asset of the CDK's output: a copy of files that are checked at their own path."""
    return folder.startswith("asset.") and "manifest.json" in beside


def has_suffix(name: str) -> bool:
    """Whether a walk opens files with the name's suffix."""
    _, dot, suffix = name.rpartition(".")
    return dot != "" and f".{suffix.lower()}" in SUFFIXES


def _tracked(top: Path, ignored: _Ignored, remark: Callable[[str], None]) -> Iterator[Path]:
    """The files below a folder that git tracks but a walk skips; without git, only a remark."""
    real = Path(os.path.realpath(top))
    root = repository_root(real)
    if root is None:
        return
    from taskfit import git

    try:
        names = git.tracked(root)
    except git.GitError as error:
        remark(f"{error}; ignored files that git tracks were not searched")
        return
    for name in names:
        file = root / name
        if not has_suffix(name) or not file.is_relative_to(real) or not ignored.skips(os.fspath(file)):
            continue
        # A folder that has since been replaced by a link may lead anywhere.
        if Path(os.path.realpath(file.parent)) == file.parent:
            yield top / file.relative_to(real)


def _is_regular(path: Path, ignored: _Ignored, links: list[Path]) -> bool:
    """Whether a path is a file; a link to follow later is added to `links`.

    A path without permission counts as a file, so that reading it reports the error.
    """
    try:
        mode = os.lstat(path).st_mode
    except PermissionError:
        return True
    except OSError:
        return False
    if stat.S_ISLNK(mode) and ignored.is_link_inside(os.fspath(path)):
        links.append(path)
    return stat.S_ISREG(mode)


def number_of_files(path: Path) -> int:
    """The number of files that a walk would open at or below a path, including those that git ignores."""
    if not os.path.isdir(path):
        return 1
    number = 0
    for _, folders, names in os.walk(path):
        folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
        number += sum(map(has_suffix, names))
    return number


class Excluded:
    """The paths that the configuration's `exclude` matches, with the pattern rules of a `.gitignore` in `base`."""

    def __init__(self, patterns: Sequence[str], base: Path) -> None:
        self._spec: Patterns | None = None
        if patterns:
            from taskfit.patterns import spec

            self._spec = spec(tuple(patterns))
        self._base = base

    def __contains__(self, path: object) -> bool:
        if self._spec is None or not isinstance(path, Path):
            return False
        relative = relative_to(path, self._base)
        return self._spec.match(relative) or self._spec.match(relative + "/")


class _Ignored:
    """The `.gitignore` files from the repository's root down to the current folder of a walk."""

    def __init__(self, top: Path) -> None:
        self.has_skipped = False
        """Whether anything was skipped so far that git may track nevertheless."""
        self._specs: dict[str, Patterns] = {}
        """The patterns by folder, with a slash at its end."""
        self._top, self._real_top = os.fspath(top), os.path.realpath(top)
        self._copies: set[str] = set()
        self._skipped: dict[str, bool] = {}
        real = Path(self._real_top)
        root = repository_root(real)
        self._root = os.fspath(root or real)
        for folder in reversed(real.parents):
            if root and folder.is_relative_to(root) and os.path.isfile(folder / ".gitignore"):
                self._add(os.fspath(folder))
        inside = [folder for folder in (real, *real.parents) if root and folder.is_relative_to(root)]
        if any(self._verdict(f"{folder}/") for folder in inside):
            self._specs.clear()  # an ignored path that is named explicitly, such as `cdk.out`, is checked

    def enter(self, folder: str) -> None:
        """Add the `.gitignore` of a folder that is walked."""
        self._add(self.real(folder).rstrip("/"))

    def has_folder(self, inside: str, name: str, beside: Sequence[str]) -> bool:
        """Whether a walk skips a folder; `beside` are the names of the files next to it."""
        if name == ".git":
            return True
        is_copy = _is_copy(name, beside)
        if is_copy:
            self._copies.add(self.real(inside + name))
        if name in SKIPPED_FOLDERS or is_copy:
            self.has_skipped = True
            return True
        return self.has(f"{inside}{name}/")

    def skips(self, file: str) -> bool:
        """Whether a walk does not reach a file below the folder, whose path has no links."""
        end = len(self._real_top)
        while (end := file.find("/", end + 1)) > 0:
            folder = file[:end]
            if folder not in self._skipped:
                is_skipped = os.path.basename(folder) in SKIPPED_FOLDERS or folder in self._copies
                self._skipped[folder] = is_skipped or bool(self._verdict(f"{folder}/"))
            if self._skipped[folder]:
                return True
        return bool(self._verdict(file))

    def is_link_inside(self, path: str) -> bool:
        """Whether a path is a link into the repository, to a target that a walk may not reach otherwise."""
        if not os.path.islink(path):
            return False
        real = os.path.realpath(path)
        return is_inside(real, self._root) and not is_gits(real[len(self._root) :])

    def has(self, path: str) -> bool:
        """Whether git ignores the path (a folder's ends with a slash); the deepest matching `.gitignore` decides."""
        if not self._specs:
            return False
        return bool(self._verdict(self.real(path)))

    def _verdict(self, real: str) -> bool | None:
        end = len(real)
        while (end := real.rfind("/", 0, end)) >= 0:
            patterns = self._specs.get(real[: end + 1])
            verdict = patterns.verdict(real[end + 1 :]) if patterns is not None else None
            if verdict is not None:
                self.has_skipped = self.has_skipped or verdict
                return verdict
        return None

    def real(self, path: str) -> str:
        """A path below the folder, with links resolved: a walk follows none."""
        return self._real_top + path.removeprefix(self._top) if self._top != "." else os.path.join(self._real_top, path)

    def _add(self, folder: str) -> None:
        try:
            text = read_regular(Path(folder, ".gitignore"), MAX_IGNORE_BYTES).decode("utf-8", "replace")
        except OSError:
            return
        from taskfit.patterns import Patterns

        self._specs[folder.rstrip("/") + "/"] = Patterns(text.split("\n"), lenient=True)
