"""What is wrong with the syntax of a YAML text: the parser's errors as plain sentences, each at its place.

Both parsers of ruamel.yaml, libyaml's and the one in Python, say the same things in slightly different words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from taskfit.syntax.unreadable import UnreadableError, found

if TYPE_CHECKING:
    from ruamel.yaml.error import MarkedYAMLError

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BRACKET = re.compile(r"""(?<!\\)"(?:[^"\\]|\\.)*"|'[^']*'|(?:^|\s)#[^\n]*|[\[\]{}]""", re.MULTILINE)
"""A bracket, or a text in which none counts."""
_CONFLICT = re.compile(r"^<{7} ", re.MULTILINE)
_ESCAPE = re.compile(r"\\(?:[xuU][0-9a-fA-F]*|.)")
_PLAIN = (
    ("sequence entries", "a list can't begin in the line of its key: put its first item in the next line"),
    ("undefined tag handle", "this tag begins with a handle that is not defined"),
    ("found duplicate %YAML", "the directive %YAML is there twice"),
    ("incompatible YAML document", "taskfit reads YAML 1.1 and 1.2"),
    ("while scanning a block scalar", 'expected only "+", "-" or a number from 1 to 9 in the line after "|" or ">"'),
    (
        "while scanning a directive|while scanning a %",
        "this directive can't be read: a plain value can't begin with \"%\"",
    ),
    ("mapping keys are not allowed", 'a key with "?" can\'t begin here'),
    ("tag|URI", "this tag can't be read"),
    ("anchor|alias", 'expected a name after "&" or "*"'),
)
"""Errors that need no more than a fixed sentence, by words of them."""


def unreadable(text: str, error: MarkedYAMLError) -> UnreadableError:
    """The error of a parser in plain words, and at the place that has to be changed."""
    problem, context = error.problem or "", error.context or ""
    mark = error.problem_mark or error.context_mark
    start = _offset(text, error.context_mark or mark)
    at = _offset(text, mark)
    if conflict := _CONFLICT.search(text, 0, at + 8):
        return UnreadableError('expected YAML, found "<<<<<<<"', conflict.start())
    if text.startswith("\t", at):
        return UnreadableError("a tab can't indent YAML; use spaces", at)
    if "quoted scalar" in context or "quoted scalar" in problem:
        return _in_quotes(text, problem, start, at)
    opening = _last_open(text, at) if "',' or" in problem or ("node content" in problem and "flow" in context) else None
    if opening is not None:
        kind, close = ("mapping", "}") if text[opening] == "{" else ("list", "]")
        return UnreadableError(f'the {kind} that opens here is never closed with "{close}"', opening)
    if "could not find expected ':'" in problem:
        return UnreadableError(f'expected ":" after {found(text, start)}', start)
    return UnreadableError(_message(text, problem, context, start, at), at)


def forbidden_character(text: str) -> UnreadableError:
    """The first character that YAML does not allow."""
    match = _FORBIDDEN.search(text)
    if match is None:
        return UnreadableError("this is not YAML")
    return UnreadableError(f"the character U+{ord(match[0]):04X} is not allowed in YAML", match.start())


def _message(text: str, problem: str, context: str, start: int, at: int) -> str:
    if "',' or" in problem:
        kind, close = ("mapping", "}") if "mapping" in context else ("list", "]")
        return (
            f'expected "," or "{close}" in the {kind} that opens in line {_line(text, start)}, found {found(text, at)}'
        )
    if "node content" in problem:
        return f"expected a value, found {found(text, at)}"
    if "while parsing a block" in context:
        return _in_block(text, context, start, at)
    if "mapping values are not allowed" in problem:
        return _second_colon(text, at)
    if "cannot start any token" in problem:
        return f"a value can't begin with {found(text, at)}: put it in quotes"
    if "<document start>" in problem or "document end marker" in problem:
        if _starts_line(text, at) and text[at] not in "]}":
            return "this line is indented less than the first one"
        return f"expected the end of the file, found {found(text, at)}"
    words = f"{problem} {context}"
    return next((message for sign, message in _PLAIN if re.search(sign, words)), f"this is not YAML: {words.strip()}")


def _last_open(text: str, at: int) -> int | None:
    """The bracket that is open where the text ends, or where a list with dashes begins, which is not for brackets."""
    if text[at:].strip() and not text.startswith(("- ", "-\n"), at):
        return None
    opened: list[int] = []
    for match in _BRACKET.finditer(text, 0, at):
        if match[0] in "[{":
            opened.append(match.start())
        elif match[0] in "]}" and opened:
            opened.pop()
    return opened[-1] if opened else None


def _in_block(text: str, context: str, start: int, at: int) -> str:
    """What is neither the next key of a mapping nor the next item of a list."""
    if not _starts_line(text, at):
        return f"expected the end of the line after the value, found {found(text, at)}"
    is_mapping = "mapping" in context
    what, parts = ("mapping", "keys") if is_mapping else ("list", "items")
    here, there = _column(text, at), _column(text, start)
    if here != there:
        return (
            f"this line begins in column {here}; the {parts} of the {what} that begins in line {_line(text, start)} "
            f"are in column {there}"
        )
    expected = "a key" if is_mapping else '"-" and an item'
    return f"expected {expected} in the {what} that begins in line {_line(text, start)}, found {found(text, at)}"


def _second_colon(text: str, at: int) -> str:
    """A key where none can be: in a value, or indented below one."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    if re.search(r"""[^"'\s][:?](?:\s|$)""", line):
        return 'found ":" in a value without quotes: put the value in quotes'
    return 'this key is read as part of the line above: check its indentation, and whether that line needs a ":"'


def _in_quotes(text: str, problem: str, start: int, at: int) -> UnreadableError:
    escape = _ESCAPE.match(text, max(start, text.rfind("\\", start, at + 1)))
    if escape and "end of stream" not in problem and "document" not in problem:
        return UnreadableError(
            f'"{escape[0]}" is not an escape of YAML; single quotes keep a backslash as it is', escape.start()
        )
    return UnreadableError("this string has no closing quote", start)


def _starts_line(text: str, at: int) -> bool:
    return at < len(text) and not text[text.rfind("\n", 0, at) + 1 : at].strip()


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _column(text: str, at: int) -> int:
    return at - text.rfind("\n", 0, at)


def _offset(text: str, mark: Any) -> int:
    return min(int(mark.index), len(text)) if mark is not None else 0
