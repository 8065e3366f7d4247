"""Text from files made harmless for terminals, logs and CI services."""

from __future__ import annotations

import re

Cell = str | int | float | None
"""The content of a table cell."""

RUNNER_COMMAND = re.compile(r"##(?=\w*\[)")
"""`##[error]` and `##vso[task...]` are commands to the runners of GitHub and Azure, anywhere in a line."""

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")  # noqa: RUF001 - full-width, as OWASP lists them
"""Characters that start a formula in spreadsheets (OWASP, CSV Injection)."""

_COMMAND = re.compile(r"^(\s*):(?=:)")


def inert(text: str) -> str:
    """Text from a file on one line, with control, invisible and direction-changing characters escaped.

    A name from a pull request can then neither move a terminal's cursor nor start a new line, which a CI service might
    take for a command. Commands within the line are escaped, too.
    """
    if "##" in text:
        text = RUNNER_COMMAND.sub(r"#\\x23", text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)


def inert_line(text: str) -> str:
    """Inert text for the start of a line, where it must not be a command."""
    return no_command(inert(text))


def inert_lines(text: str) -> str:
    """A text of several lines, each inert and not a command."""
    return "\n".join(inert_line(line) for line in text.split("\n"))


def no_command(line: str) -> str:
    """A line that no CI service takes for a command (`::error`), even after leading blanks."""
    return _COMMAND.sub(r"\1\\x3a", line)


def shortened(text: str, length: int) -> str:
    """Inert text with its middle removed, since the end of a name is often distinctive."""
    shown = inert(text[: 2 * length] + text[2 * length :][-length:])
    half = length // 2
    return shown if len(shown) <= length else f"{shown[:half]}…{shown[-half + 1 :]}"


def unlinked(text: str) -> str:
    """Inert text without links: some services render `[text](address)` even in plain text (SARIF 2.1.0, 3.11.6)."""
    return inert(text).replace("](", "\\x5d(")


def inert_cell(value: Cell) -> Cell:
    """A table cell that no spreadsheet takes for a formula, and no terminal for a command."""
    if not isinstance(value, str):
        return value
    text = inert(value)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text
