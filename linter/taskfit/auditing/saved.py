"""The files of saved responses, and the places that their folders name."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import overload

from taskfit.sources.files import File

_PLACE = re.compile(r"(?:^|/)(\d{12})/([a-z0-9-]+)/")


def place_of(name: str) -> tuple[str, str] | None:
    """The account and region in the names of a file's folders."""
    found = _PLACE.search(name)
    return (found[1], found[2]) if found else None


def saved(folder: str) -> Sequence[File]:
    """The saved answers below a folder, or in one file.

    Raises `ValueError` for a folder that can't be read or has none: an audit of nothing must not look like success.
    """
    found = json_files(folder)
    if not found:
        raise ValueError(f"{folder}: contains no saved answers (JSON files); give the folder of `taskfit audit --save`")
    return found


def json_files(folder: str) -> Sequence[File]:
    """The JSON files below a folder, or one file, named as seen from there; also what git ignores, as answers often are.

    Raises `ValueError` for a folder that can't be read.
    """

    def failed(error: OSError) -> None:
        raise ValueError(f"{error.filename}: {error.strerror}")

    if os.path.isfile(folder):
        return [File(os.path.basename(folder), Path(folder))]
    found = []
    for top, _, names in os.walk(folder, onerror=failed):
        inside = "" if top == folder else os.path.relpath(top, folder).replace(os.sep, "/") + "/"
        found += [
            inside + name
            for name in names
            if name.lower().endswith(".json") and len(name) > len(".json") and not _is_pipe(os.path.join(top, name))
        ]
    return SavedFiles(folder, sorted(found))


def _is_pipe(path: str) -> bool:
    """Whether a path is a named pipe: opening it would wait for a writer."""
    try:
        return stat.S_ISFIFO(os.stat(path).st_mode)
    except OSError:
        return False


class SavedFiles(Sequence[File]):
    """The files below a folder, stored as names: a million `Path` objects would take more memory than their content."""

    def __init__(self, folder: str, names: Sequence[str]) -> None:
        self.folder, self.names = folder, names

    def __len__(self) -> int:
        return len(self.names)

    @overload
    def __getitem__(self, index: int) -> File: ...
    @overload
    def __getitem__(self, index: slice) -> list[File]: ...
    def __getitem__(self, index: int | slice) -> File | list[File]:
        if isinstance(index, slice):
            return [File(name, Path(self.folder, name)) for name in self.names[index]]
        return File(self.names[index], Path(self.folder, self.names[index]))


def chosen(files: Sequence[File], numbers: Sequence[int]) -> Sequence[File]:
    """A part of the files."""
    if isinstance(files, SavedFiles):
        return SavedFiles(files.folder, [files.names[number] for number in numbers])
    return [files[number] for number in numbers]
