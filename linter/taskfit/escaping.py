"""Text from files made harmless for terminals, logs and CI services."""

from __future__ import annotations

import re

Cell = str | int | float | None
"""What stands in one cell of a table."""

RUNNER_COMMAND = re.compile(r"##(?=\w*\[)")
"""`##[error]` and `##vso[task...]` are commands to the runners of GitHub and Azure, wherever they stand in a line."""

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width, as OWASP lists them
"""What a spreadsheet takes for the beginning of a formula (OWASP, CSV Injection)."""

_COMMAND = re.compile(r"^(\s*):(?=:)")


def inert(text: str) -> str:
    """Text from a file on one line, with control, invisible and direction-changing characters escaped.

    Whatever a pull request puts into a name, it can neither move a terminal's cursor nor start a line of its own, which
    a CI service might take for a command. Nor is there such a command within the line.
    """
    if "##" in text:
        text = RUNNER_COMMAND.sub(r"#\\x23", text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def inert_line(text: str) -> str:
    """Inert text that begins a line, and so must be no command."""
    return no_command(inert(text))


def inert_lines(text: str) -> str:
    """A text of several lines, each inert and no command."""
    return "\n".join(inert_line(line) for line in text.split("\n"))


def no_command(line: str) -> str:
    """A line that no CI service takes for a command (`::error`); they pass over blanks before it."""
    return _COMMAND.sub(r"\1\\x3a", line)


def shortened(text: str, length: int) -> str:
    """Inert text without its middle: its end often distinguishes a name from its neighbours."""
    shown = inert(text[: 2 * length] + text[2 * length :][-length:])
    half = length // 2
    return shown if len(shown) <= length else f"{shown[:half]}…{shown[-half + 1 :]}"


def unlinked(text: str) -> str:
    """Inert text without links: some services make one of `[text](address)` even in plain text (SARIF 2.1.0, 3.11.6)."""
    return inert(text).replace("](", "\\x5d(")


def inert_cell(value: Cell) -> Cell:
    """A cell of a table that no spreadsheet takes for a formula, and no terminal for a command."""
    if not isinstance(value, str):
        return value
    text = inert(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
