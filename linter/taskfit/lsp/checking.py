"""Checks the text in an editor as `taskfit check` would check the file, were it saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from taskfit import api, config, engine
from taskfit.finding import Report
from taskfit.sources.files import Excluded, File

if TYPE_CHECKING:
    from taskfit.config import Configuration
    from taskfit.sources.document import Document

_UNSAVED = "untitled"
"""The name of a text that lies nowhere yet."""

Stamp = tuple[int, int]
"""When a file was changed, ns, and its size."""


class Setup(NamedTuple):
    """What a text is held against."""

    configuration: Configuration
    run: engine.Run
    stamps: Mapping[Path, Stamp | None]
    """The files that it was made of, or would be if they were there."""

    def is_current(self) -> bool:
        """Whether none of its files has changed."""
        return all(_stamp(path) == stamp for path, stamp in self.stamps.items())

    def excludes(self, path: Path) -> bool:
        """Whether the configuration leaves the file out."""
        settings = self.configuration.settings
        return path in Excluded(settings.exclude, self.configuration.folder)


class Setups:
    """The setup for each folder, made anew when one of its files has changed."""

    def __init__(self) -> None:
        self._made: dict[Path, Setup] = {}

    def of(self, path: Path | None) -> Setup:
        """The setup for a file; the working directory's for a text that lies nowhere.

        Raises `guard.InvalidFile` and `ValueError` for a configuration that can't be used.
        """
        folder = path.parent if path else Path.cwd()
        setup = self._made.get(folder)
        if setup is None or not setup.is_current():
            setup = self._made[folder] = _setup(folder)
        return setup


def _setup(folder: Path) -> Setup:
    stamps = {path: _stamp(path) for path in config.candidates(folder)}
    configuration = api.configure(str(folder))
    settings = configuration.settings
    named = map(Path, (*settings.rules, *((settings.profile,) if settings.profile else ())))
    stamps |= {path: _stamp(path) for path in (*configuration.extended, *named)}
    return Setup(configuration, api.prepare(configuration), stamps)


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


def check(setup: Setup, path: Path | None, text: str) -> Report:
    """The findings on a text that lies, or will lie, at `path`.

    Raises `guard.InvalidFile` for a baseline that can't be used.
    """
    if path is not None and setup.excludes(path):
        return Report()
    file = File(path.as_posix() if path else _UNSAVED, path, _bytes(text))
    report = api.check_file(setup.configuration, setup.run, file)
    # What is wrong with an entry of the configuration is found there, not here.
    return replace(report, findings=tuple(finding for finding in report.findings if finding.path == file.name))


def read(setup: Setup, path: Path | None, text: str) -> Document:
    """The definitions in a text; none in one that the configuration leaves out."""
    from taskfit.sources import reader
    from taskfit.sources.document import Document

    if path is not None and setup.excludes(path):
        return Document()
    return reader.read(_bytes(text), setup.run.variables, path)


def _bytes(text: str) -> bytes:
    # Half of a surrogate pair can't be encoded; a question mark is as wide.
    return text.encode("utf-8", "replace")
