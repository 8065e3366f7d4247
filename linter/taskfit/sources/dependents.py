"""The files of a repository that depend on others: a changed variables file or module is checked where it is used.

References are found by a text search, without evaluation: a false one costs a needless check, a missed one a finding.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

from taskfit.record import cached_property
from taskfit.sources.beside import real_path
from taskfit.sources.files import VARIABLES

TERRAFORM = (".tf", ".tofu", ".tf.json", ".tofu.json")
TEMPLATES = (".yaml", ".yml", ".json", ".template")
STACKS = (b"AWS::CloudFormation::Stack", b"AWS::Serverless::Application")

MAX_BYTES = 1024 * 1024
"""The maximum number of bytes of a file that are searched for references."""

MAX_ABOVE = 3
"""The maximum number of folders between a variables file (`env/prod/eu.tfvars`) and its Terraform files."""

_SOURCE = re.compile(rb'"?source"?\s*[=:]\s*"(\.{1,2}(?:/[^"$]*)?)"')
_WORD = re.compile(rb"[\w.@+/-]+")
_NONE: dict[Path, None] = {}


class Dependents:
    """Finds the files that read other files."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = [Path(os.path.realpath(file)) for file in files]
        self._returned: set[int] = set()
        """The lists of files that were already returned."""

    def of(self, changed: Iterable[Path]) -> set[Path]:
        """The files that read the changed ones, directly or through other files; all paths with links resolved."""
        self._returned.clear()
        found: set[Path] = set()
        pending = [Path(os.path.realpath(path)) for path in changed]
        seen = set(pending)
        while pending:
            for path in self._readers(pending.pop()):
                found.add(path)
                if path not in seen:
                    seen.add(path)
                    pending.append(path)
        return found

    def _readers(self, path: Path) -> Iterator[Path]:
        if path.name.endswith((*TERRAFORM, *VARIABLES)):
            folder = self._terraform_folder(path)
            yield from self._terraform.get(folder, ())
            yield from self._callers.get(folder, ())
        if not path.name.endswith(TERRAFORM):
            yield from self._mentioning(path)
        if path.name.endswith(TEMPLATES):
            yield from self._deployed_by(path)

    def _terraform_folder(self, path: Path) -> Path:
        """The Terraform folder that a file belongs to: its own folder, or the nearest one above."""
        above = (path.parent, *path.parents[1 : 1 + MAX_ABOVE])
        return next((folder for folder in above if folder in self._terraform), path.parent)

    def _mentioning(self, path: Path) -> Iterator[Path]:
        """The files that contain a file's name, or a path that ends with it."""
        for name in _ends(path):
            yield from self._others(self._mentions.get(name, _NONE), path)

    def _deployed_by(self, path: Path) -> Iterator[Path]:
        """The templates that a CloudFormation template deploys as nested stacks, passing their parameters."""
        text = _start_of(path)
        if not any(kind in text for kind in STACKS):
            return
        for name in {_plain(word) for word in _WORD.findall(text) if word.endswith(tuple(map(os.fsencode, TEMPLATES)))}:
            yield from self._others(self._by_end.get(name, _NONE), path)

    def _others(self, files: dict[Path, None], path: Path) -> Iterator[Path]:
        """The files of a list except one; nothing if the list was already returned."""
        if id(files) not in self._returned:
            yield from (file for file in files if file != path)
        if path not in files:
            self._returned.add(id(files))

    @cached_property
    def _by_end(self) -> dict[str, dict[Path, None]]:
        """The templates by each of their paths relative to a folder above."""
        found: dict[str, dict[Path, None]] = defaultdict(dict)
        for file in self._files:
            if file.name.endswith(TEMPLATES):
                for name in _ends(file):
                    found[name][file] = None
        return found

    @cached_property
    def _terraform(self) -> dict[Path, list[Path]]:
        """The Terraform files of each folder."""
        folders = defaultdict(list)
        for file in self._files:
            if file.name.endswith(TERRAFORM):
                folders[file.parent].append(file)
        return folders

    @cached_property
    def _callers(self) -> dict[Path, list[Path]]:
        """The files that call each folder as a module."""
        callers = defaultdict(list)
        for file in (file for files in self._terraform.values() for file in files):
            for source in _SOURCE.findall(_start_of(file)):
                called = real_path(os.path.join(file.parent, os.fsdecode(source)))
                if called is not None:
                    callers[Path(called)].append(file)
        return callers

    @cached_property
    def _mentions(self) -> dict[str, dict[Path, None]]:
        """The files that contain a path, by that path."""
        mentions: dict[str, dict[Path, None]] = defaultdict(dict)
        for file in self._files:
            for word in _WORD.findall(_start_of(file)):
                if b"." in word.rpartition(b"/")[2]:
                    mentions[_plain(word)][file] = None
        return mentions


def _ends(path: Path) -> list[str]:
    """The name of a file, and its paths relative to each of the folders above."""
    steps = path.parts[1:]
    return ["/".join(steps[start:]) for start in range(len(steps))]


def _plain(reference: bytes) -> str:
    """A path without a prefix that leads up or names a base folder (`../`, `${path.module}/`)."""
    steps = os.fsdecode(reference).split("/")
    while len(steps) > 1 and steps[0] in ("", ".", "..", "path.module", "path.root"):
        steps = steps[1:]
    return "/".join(steps)


def _start_of(file: Path) -> bytes:
    try:
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES)
    except OSError:
        return b""
