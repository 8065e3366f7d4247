"""Errors in the files that a team writes for taskfit."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from taskfit.paths import display
from taskfit.record import NamedTuple


class Fault(NamedTuple):
    """One error in a file, and its place; line and column count from 1."""

    path: str
    line: int
    column: int
    message: str

    def __str__(self) -> str:
        return f"{display(Path(self.path))}:{self.line}:{self.column}: {self.message}"


class InvalidFile(ValueError):  # noqa: N818 - it names what is wrong, as `FileNotFound` does
    """A file that can't be used, with all of its errors in the order of the file."""

    def __init__(self, path: str, line: int, column: int, message: str, *others: Fault) -> None:
        self.faults = (Fault(path, line, column, message), *others)
        super().__init__("\n".join(map(str, self.faults)))

    @classmethod
    def of(cls, faults: Iterable[Fault]) -> InvalidFile:
        """The error for some faults, at least one."""
        first, *others = faults
        return cls(*first, *others)
