"""A progress line on the terminal for long runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

PATIENCE = 2.0
"""Seconds before the first line."""

INTERVAL = 1.0
"""Seconds from one line to the next."""

CLEAR = "\r\x1b[K"


@contextmanager
def progress(
    stream: TextIO, *, is_quiet: bool = False, patience: float = PATIENCE, interval: float = INTERVAL
) -> Iterator[None]:
    """Show on a terminal how long the work has taken, after `patience` seconds; the line is removed at the end."""
    if is_quiet or not stream.isatty():
        yield
        return
    from threading import Event, Thread

    done, started = Event(), time.monotonic()

    def speak() -> None:
        wait = patience
        while not done.wait(wait):
            stream.write(f"{CLEAR}Checking ... {time.monotonic() - started:.0f} s")
            stream.flush()
            wait = interval
        if wait == interval:
            stream.write(CLEAR)
            stream.flush()

    thread = Thread(target=speak, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
