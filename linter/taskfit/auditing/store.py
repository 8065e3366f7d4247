"""Stores the responses of AWS as files, each written atomically as it arrives, so that a killed audit can be resumed."""

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
"""The file with the options of the audit that a folder belongs to."""

PLACE_IS_DONE = "complete.json"
"""The file that marks the folder of a region as read without a failure."""

PART = ".part"
"""The suffix of a file that is being written; such files are never read as responses.

This is why `writing.write_whole` is not used here: unfinished files of a killed audit must be recognised by their name.
Besides, no file is replaced, no link is followed, and thousands of responses need no check against git.
"""


class Store:
    """A folder of responses. What can't be written is kept in memory, so that a full disk does not prevent a report."""

    def __init__(self, folder: str) -> None:
        self.folder = folder
        self.failures: list[str] = []
        """The reasons why responses could not be written."""
        self._kept: dict[str, bytes] = {}
        self._written: set[str] = set()
        self._lock = Lock()

    def add(self, name: str, answer: Mapping[str, Any]) -> None:
        """Store a response under its name, atomically."""
        plain = {key: value for key, value in answer.items() if key != "ResponseMetadata"}
        # Findings point at lines of definitions, so these are indented; measurements are not, which is faster.
        content = json.dumps(plain, indent=None if "MetricDataResults" in plain else 4, default=_time).encode()
        path = self._path(name)
        temporary = f"{path}{PART}"
        try:
            os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
            self._require_inside(path)
            # Either file may have been replaced by a link; links are not followed.
            Path(temporary).unlink(missing_ok=True)
            with open(temporary, "xb") as stream:
                stream.write(content)
            os.replace(temporary, path)
        except OSError as error:  # which contains no file name if the disk is full
            with self._lock:
                self._kept[name] = content
                self.failures.append(f"can't write {path}: {error.strerror}")
            with suppress(OSError):
                os.unlink(temporary)
            return
        with self._lock:
            self._written.add(name)

    def load(self, name: str) -> Any:
        """A stored response; `None` if it does not exist or is incomplete."""
        try:
            return json.loads(read_regular(Path(self._path(name))))
        except (OSError, ValueError, RecursionError):
            return None

    def has(self, name: str) -> bool:
        """Whether a response is stored."""
        return os.path.exists(self._path(name))

    def forget(self, name: str) -> None:
        """Remove a response if it is stored."""
        Path(self._path(name)).unlink(missing_ok=True)

    def files(self) -> Sequence[File]:
        """Every response, sorted by name."""
        from taskfit.auditing.saved import json_files

        kept = [File(name, data=content) for name, content in self._kept.items()]
        return sorted([*json_files(self.folder), *kept]) if kept else json_files(self.folder)

    def _require_inside(self, path: str) -> None:
        """Raise `OSError` if a folder of the store has been replaced by a link that leads outside."""
        real, top = os.path.realpath(os.path.dirname(path)), os.path.realpath(self.folder)
        if os.path.commonpath((real, top)) != top:
            raise OSError(errno.EPERM, f"leads to {real}")

    def _path(self, name: str) -> str:
        return os.path.join(self.folder, *name.split("/"))


def new(folder: str, scope: Mapping[str, Any], until: str) -> Store:
    """A store in a folder that other users can't read: environment variables may contain secrets.

    Raises `ValueError` if it exists and is not empty, or can't be created.
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
    """The store of an unfinished audit, and the end of its measurements; `None` if there is none.

    Raises `ValueError` if its options differ.
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
    """Remove the files that were being written when the process was killed."""
    for part in parts:
        part.unlink(missing_ok=True)


def _time(value: object) -> str:
    """A time in the format of the AWS CLI."""
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is not JSON")
