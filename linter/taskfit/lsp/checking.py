"""Checks the text in an editor as `taskfit check` would check the file, were it saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from taskfit import session
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
"""The name of a text that lies nowhere yet."""

Stamp = tuple[int, int]
"""When a file was changed, ns, and its size."""


class Setup(NamedTuple):
    """What a text is checked against."""

    session: session.Session
    run: engine.Run
    stamps: Mapping[Path, Stamp | None]
    """The files that it was made of, or would be if they were there."""

    def is_current(self) -> bool:
        """Whether none of its files has changed."""
        return all(_stamp(path) == stamp for path, stamp in self.stamps.items())


class Setups:
    """The setup for each file, made anew when one of its files has changed."""

    def __init__(self) -> None:
        self._made: dict[Path | None, Setup] = {}

    def of(self, path: Path | None) -> Setup:
        """The setup for a file; the working directory's for a text that lies nowhere.

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
    """A text in an editor, where it lies or will lie, and what it is checked against."""

    setup: Setup
    path: Path | None
    text: str

    def check(self) -> Report:
        """What there is to say of it.

        Raises `validation.InvalidFile` for a baseline that can't be used.
        """
        if self._is_excluded:
            return Report()
        report = self.setup.session.check_file(self._file)
        # What is wrong with an entry of the configuration is found there, not here.
        return replace(report, findings=tuple(each for each in report.findings if each.path == self._file.name))

    def read(self) -> Document:
        """Its definitions; none if the configuration leaves it out."""
        return Document() if self._is_excluded else self._read(self._file.content())

    def fixed(self) -> str:
        """The text as `--fix` would leave it.

        Raises `validation.InvalidFile` for a baseline that can't be used.
        """
        file = self.setup.session.fix_file(self._file)
        return file.after.decode("utf-8") if file else self.text

    def proves(self, fix: Fix) -> bool:
        """Whether a fix changes what it says and nothing else; no other is worth an offer."""
        from taskfit.engine import fixing

        return fixing.proved(self._file.content(), [fix], self._read) is not None

    @property
    def _file(self) -> File:
        # Half of a surrogate pair can't be encoded; a question mark is as wide.
        content = self.text.encode("utf-8", "replace")
        return File(self.path.as_posix() if self.path else _UNSAVED, self.path, content)

    @property
    def _is_excluded(self) -> bool:
        return self.path is not None and self.setup.session.excludes(self.path)

    def _read(self, content: bytes) -> Document:
        return reader.read(content, self.setup.run.variables, self.path)
