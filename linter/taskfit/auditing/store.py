"""The answers of AWS as files: each is written in one step as it arrives, so that an audit that was killed can go on."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from threading import Lock
from typing import Any

from taskfit.reading import read_regular
from taskfit.sources.files import File

MANIFEST = "audit.json"
"""What the answers in a folder were asked for."""

PLACE_IS_DONE = "complete.json"
"""Lies in the folder of each region of each account that was read without a failure."""

PART = ".part"
"""The end of a name while its file is being written; nobody takes such a file for an answer.

This is why `writing.write_whole` does not write answers: what a kill leaves behind has to be found again by its name. And
there is nothing to preserve here: no file is replaced, no link followed, and thousands of answers need no look at git.
"""


class Store:
    """A folder of answers. What can't be written is kept in memory: a full disk is no reason to report nothing."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.failures: list[str] = []
        """Why something could not be written."""
        self._kept: dict[str, bytes] = {}
        self._written: set[str] = set()
        self._lock = Lock()

    def add(self, name: str, answer: Mapping[str, Any]) -> None:
        """Store an answer under its name, whole or not at all."""
        plain = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
        # Findings are at lines of a definition; of measurements nobody reads a line, and indenting takes its time.
        content = json.dumps(plain, indent=None if "MetricDataResults" in plain else 4, default=_time).encode()
        path = self._path(name)
        temporary = f"{path}{PART}"
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            self._require_inside(path)
            # A link may lie in the place of either file; neither is followed.
            Path(temporary).unlink(missing_ok=True)
            with open(temporary, "xb") as stream:
                stream.write(content)
            os.replace(temporary, path)
        except OSError as error:  # which names no file if the disk is full
            with self._lock:
                self._kept[name] = content
                self.failures.append(f"can't write {path}: {error.strerror}")
            with suppress(OSError):
                os.unlink(temporary)
            return
        with self._lock:
            self._written.add(name)

    def load(self, name: str) -> Any:
        """An answer that is there already; `None` if it is not, or not whole."""
        try:
            return json.loads(read_regular(Path(self._path(name))))
        except (OSError, ValueError, RecursionError):
            return None

    def has(self, name: str) -> bool:
        """Whether an answer is there already."""
        return os.path.exists(self._path(name))

    def forget(self, name: str) -> None:
        """Remove an answer, if it is there."""
        Path(self._path(name)).unlink(missing_ok=True)

    def files(self) -> Sequence[File]:
        """Every answer, by name."""
        from taskfit.auditing.saved import saved

        kept = [File(name, data=content) for name, content in self._kept.items()]
        return sorted([*saved(self.folder), *kept]) if kept else saved(self.folder)

    def _require_inside(self, path: str) -> None:
        """Raise `OSError` where a folder of the store has been replaced by a link to somewhere else."""
        real, top = os.path.realpath(os.path.dirname(path)), os.path.realpath(self.folder)
        if os.path.commonpath((real, top)) != top:
            raise OSError(errno.EPERM, f"leads to {real}")

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, *name.split("/"))


def new(folder: str, scope: Mapping[str, Any], until: str) -> Store:
    """A store in a folder that others can't read: environment variables may hold secrets.

    Raises `ValueError` if it is there and not empty, or can't be made.
    """
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        if os.listdir(folder):
            raise ValueError(
                f"{folder} is not empty; older answers would mix with these. --resume continues an interrupted audit"
            )
    except OSError as error:
        raise ValueError(f"can't write {error.filename}: {error.strerror}") from None
    store = Store(folder)
    store.add(MANIFEST, {"scope": scope, "until": until})
    return store


def resumed(folder: str, scope: Mapping[str, Any]) -> tuple[Store, str] | None:
    """The store of an audit that did not end, and the time that its measurements go to; `None` if none was begun.

    Raises `ValueError` if it was asked for something else.
    """
    store = Store(folder)
    manifest = store.load(MANIFEST)
    if not isinstance(manifest, dict):
        return None
    if manifest.get("scope") != json.loads(json.dumps(scope)):
        raise ValueError(f"{folder} was started with other options; use the same options or another folder")
    until = str(manifest.get("until", ""))
    try:
        is_zoned = datetime.fromisoformat(until).tzinfo is not None
    except ValueError:
        is_zoned = False
    if not is_zoned:
        raise ValueError(f"{folder}/{MANIFEST} is not what an audit writes; use another folder")
    _sweep(Path(folder).rglob(f"*{PART}"))
    return store, until


def _sweep(parts: Iterable[Path]) -> None:
    """Remove what was being written when the process was killed."""
    for part in parts:
        part.unlink(missing_ok=True)


def _time(value: object) -> str:
    """A time as the AWS CLI prints it."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")
