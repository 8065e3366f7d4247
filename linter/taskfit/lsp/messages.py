"""Handles invalid input of clients: one log line each, and a size limit."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from taskfit.escaping import inert, inert_lines

if TYPE_CHECKING:
    from types import TracebackType

MAX_BYTES = 256 * 1024 * 1024
"""The size limit of one message; an editor sends whole texts, and taskfit reads files up to 64 MiB."""

_PACKAGE = str(Path(__file__).parents[1])


class BoundedInput:
    """Standard input that ends at a message whose declared size is too large."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def readline(self) -> bytes:
        """Read a header line."""
        return self._stream.readline(MAX_BYTES)

    def read(self, size: int) -> bytes:
        """Read the body of a message."""
        return self._stream.read(size) if size <= MAX_BYTES else b""


class OneLine(logging.Formatter):
    """Formats errors of the client as one line, errors of taskfit with the traceback."""

    def format(self, record: logging.LogRecord) -> str:
        """The record as text."""
        _, error, trace = record.exc_info or (None, None, None)
        if trace is not None and _is_ours(trace):
            return inert_lines(super().format(record))
        what = record.getMessage().partition("\n")[0]
        return inert(f"{what[:200]}: {error}"[:400] if error else what[:200])


def _is_ours(trace: TracebackType | None) -> bool:
    while trace is not None:
        if trace.tb_frame.f_code.co_filename.startswith(_PACKAGE):
            return True
        trace = trace.tb_next
    return False


def log_in_lines() -> None:
    """Make pygls log to standard error in this format."""
    handler = logging.StreamHandler()
    handler.setFormatter(OneLine())
    logger = logging.getLogger("pygls")
    logger.addHandler(handler)
    logger.propagate = False
