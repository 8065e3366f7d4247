"""The line that a long run shows on a terminal, and only there."""

from __future__ import annotations

import io
import os
import pty
from threading import Event

from taskfit.cli.progress import CLEAR, progress


class Terminal(io.StringIO):
    """Tells when it was written to."""

    def __init__(self, *, is_terminal: bool = True) -> None:
        super().__init__()
        self.is_terminal = is_terminal
        self.spoken = Event()

    def isatty(self) -> bool:
        return self.is_terminal

    def write(self, text: str) -> int:
        self.spoken.set()
        return super().write(text)


def test_a_long_run_says_so_and_leaves_nothing_behind() -> None:
    terminal = Terminal()
    with progress(terminal, patience=0.001):
        assert terminal.spoken.wait(10)
    assert "Checking ... 0 s" in terminal.getvalue()
    assert terminal.getvalue().endswith(CLEAR)


def test_it_is_shown_on_a_terminal_of_the_system() -> None:
    primary, secondary = pty.openpty()
    with open(secondary, "w", encoding="utf-8") as terminal, progress(terminal, patience=0.001):
        shown = os.read(primary, 100)
    os.close(primary)
    assert shown.startswith(b"\r\x1b[KChecking ... 0 s")


def test_a_short_run_says_nothing() -> None:
    terminal = Terminal()
    with progress(terminal, patience=60):
        pass
    assert terminal.getvalue() == ""


def test_nothing_is_said_to_a_file_or_a_pipe() -> None:
    file = Terminal(is_terminal=False)
    with progress(file, patience=0):
        pass
    assert file.getvalue() == ""
