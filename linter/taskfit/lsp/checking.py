"""Checks the text in an editor as `taskfit check` would check the saved file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit import checking, fixes, session
from taskfit.config import loading
from taskfit.finding import Report
from taskfit.policy import registry
from taskfit.policy.profiles import files_of
from taskfit.record import NamedTuple
from taskfit.sources import reader
from taskfit.sources.document import Document
from taskfit.sources.files import File

if TYPE_CHECKING:
    from taskfit.engine import engine
    from taskfit.finding import Fix

_UNSAVED = "untitled"
"""The name of a text that has no file yet."""

Stamp = tuple[int, int]
"""When a file was last modified (ns), and its size (bytes)."""


class Setup(NamedTuple):
    """The prepared configuration that a text is checked with."""

    session: session.Session
    run: engine.Run
    stamps: Mapping[Path, Stamp | None]
    """The files that it depends on, including those that do not exist."""

    def is_current(self) -> bool:
        """Whether its files are unchanged."""
        return all(_stamp(path) == stamp for path, stamp in self.stamps.items())


class Setups:
    """The setup for each file, recreated when a file that it depends on has changed."""

    def __init__(self) -> None:
        self._made: dict[Path | None, Setup] = {}

    def of(self, path: Path | None) -> Setup:
        """The setup for a file; for a text without a file, that of the working directory.

        Raises `validation.InvalidFile` and `ValueError` for a configuration that can't be used.
        """
        setup = self._made.get(path)
        if setup is None or not setup.is_current():
            setup = self._made[path] = _setup(path)
        return setup


def _setup(path: Path | None) -> Setup:
    stamps = {file: _stamp(file) for file in loading.candidates(path.parent if path else Path.cwd())}
    started = session.start()
    configuration, run = started.setup(path)
    settings = configuration.settings
    profiles = (settings.profile,) if isinstance(settings.profile, str) else settings.profile or ()
    named = map(Path, (*settings.rule_files, *settings.var_file, *profiles))
    rules, _ = registry.files(settings.rule_files)
    extended = (file for name in profiles for file in files_of(name))
    stamps |= {file: _stamp(file) for file in (*configuration.extended, *named, *rules, *extended)}
    return Setup(started, run, stamps)


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


class Draft(NamedTuple):
    """A text in an editor, its present or future path, and its setup."""

    setup: Setup
    path: Path | None
    text: str

    def check(self) -> Report:
        """The findings on it.

        Raises `validation.InvalidFile` for a baseline that can't be used.
        """
        if self._is_excluded:
            return Report()
        report = checking.check_file(self.setup.session, self._file)
        # Faults of configuration entries are reported on the configuration, not here.
        return replace(report, findings=tuple(each for each in report.findings if each.path == self._file.name))

    def read(self) -> Document:
        """Its definitions; none if the configuration excludes it."""
        return Document() if self._is_excluded else self._read(self._file.content())

    def fixed(self) -> str:
        """The text as `--fix` would leave it.

        Raises `validation.InvalidFile` for a baseline that can't be used.
        """
        file = fixes.fixed_file(self.setup.session, self._file)
        return file.after.decode("utf-8") if file else self.text

    def proves(self, fix: Fix) -> bool:
        """Whether a fix makes exactly the changes that it declares; others are not offered."""
        from taskfit.engine import fixing

        return fixing.proved(self._file.content(), [fix], self._read) is not None

    @property
    def _file(self) -> File:
        # A lone surrogate can't be encoded; a question mark has the same width.
        content = self.text.encode("utf-8", "replace")
        return File(self.path.as_posix() if self.path else _UNSAVED, self.path, content)

    @property
    def _is_excluded(self) -> bool:
        return self.path is not None and self.setup.session.excludes(self.path)

    def _read(self, content: bytes) -> Document:
        return reader.read(content, self.setup.run.variables, self.path)
