"""Patterns as in a `.gitignore`, matched in a time linear in the path: a pull request may bring any.

What a wildcard leaves open is taken once and never given back (atomic groups), which is right for globs: where a later
part matches at all, it matches after the earliest place of the part before it. https://git-scm.com/docs/gitignore
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby

from taskfit.record import NamedTuple

_STARS = re.compile(r"\*+")
_NAMED = re.compile(r"\[:([^]]*):\]")
_ANY = r"[^/]"
_FOLDERS = rf"(?:{_ANY}+/)*?"

_CLASSES = {
    "alnum": "a-zA-Z0-9",
    "alpha": "a-zA-Z",
    "blank": r"\ \t",
    "digit": "0-9",
    "lower": "a-z",
    "punct": r"!-.:-@\[-`{-~",
    "space": r"\s",
    "upper": "A-Z",
    "xdigit": "0-9a-fA-F",
}
"""POSIX classes within brackets; none of them has a slash."""


class _Pattern(NamedTuple):
    """One line as a regular expression for a path, a folder's path ending with a slash."""

    expression: str
    is_negated: bool


class Patterns:
    """Lines of a `.gitignore`, the last that matches deciding."""

    def __init__(self, lines: Iterable[str], *, lenient: bool = False) -> None:
        """Take lines; what can't match anything is a `ValueError`, or left out where `lenient`, as git does."""
        runs = groupby(_parsed(lines, lenient=lenient), key=lambda pattern: pattern.is_negated)
        self._runs = [
            (re.compile("|".join(pattern.expression for pattern in run), re.DOTALL), is_negated)
            for is_negated, run in runs
        ]
        self._runs.reverse()

    def verdict(self, path: str) -> bool | None:
        """Whether a path is meant by itself, its folders apart; `None` if no line speaks of it.

        A folder's path ends with a slash.
        """
        return next((not is_negated for run, is_negated in self._runs if run.fullmatch(path)), None)

    def match(self, path: str) -> bool:
        """Whether a path or a folder above it is meant; what is in such a folder can't be taken back in."""
        steps = path.split("/")
        folders = ("/".join(steps[:end]) + "/" for end in range(1, len(steps)))
        return any(self.verdict(place) for place in (*folders, *([path] if steps[-1] else [])))


@cache
def spec(lines: tuple[str, ...]) -> Patterns:
    """The patterns of a configuration.

    Raises `ValueError` for one that can't match anything.
    """
    return Patterns(lines)


def _parsed(lines: Iterable[str], *, lenient: bool) -> Iterator[_Pattern]:
    for line in lines:
        try:
            if (pattern := _pattern(line)) is not None:
                yield pattern
        except ValueError:
            if not lenient:
                raise


def _pattern(line: str) -> _Pattern | None:
    text = re.sub(r"(?<!\\)((?:\\\\)*) +$", r"\1", line.rstrip("\r\n"))
    if not text or text.startswith("#"):
        return None
    is_negated = text.startswith("!")
    text = text[1:] if is_negated else text
    is_folder = text.endswith("/")
    body = re.sub(r"\\(.)", lambda escape: "/" if escape[1] == "/" else escape[0], text.removesuffix("/"))
    if not body:
        raise ValueError(f"{line!r} is not a pattern: it names nothing")
    is_anchored = "/" in body
    segments = body.removeprefix("/").split("/")
    if "" in segments or text.startswith("\\/"):
        raise ValueError(f"{line!r} is not a pattern: it has an empty name between slashes")
    expression = _path(segments) if is_anchored else _FOLDERS + _segment(body)
    return _Pattern(expression + ("/" if is_folder else "/?"), is_negated)


def _path(segments: list[str]) -> str:
    """A pattern from the top, `**` standing for any number of folders."""
    groups: list[list[str]] = [[]]
    for segment in segments:
        if len(segment) > 1 and not segment.strip("*"):
            groups.append([])
        else:
            groups[-1].append(_segment(segment))
    first, *others = ("/".join(group) for group in groups)
    if not others:
        return first
    # Groups between two `**` are taken at their first place; none is there between two `**` in a row.
    *middle, last = others
    begin = f"{first}/" if first else ""
    between = "".join(f"(?>{_FOLDERS}{group}/)" for group in middle if group)
    return begin + between + (_FOLDERS + last if last else rf"{_ANY}.*")


def _segment(text: str) -> str:
    """A pattern of one name; several stars in a row are as one."""
    first, *others = (_literal(part) for part in _split(text))
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>{_ANY}*?{part})" for part in middle) + f"{_ANY}*{last}"


def _split(text: str) -> Iterator[list[str]]:
    """The parts between stars, as tokens: a character, an escaped one, or a bracket expression."""
    part: list[str] = []
    for token in _tokens(text):
        if token == "*":  # noqa: S105 - a star
            yield part
            part = []
        else:
            part.append(token)
    yield part


def _tokens(text: str) -> Iterator[str]:
    at = 0
    while at < len(text):
        start = at
        if stars := _STARS.match(text, at):
            at = stars.end()
            yield "*"
            continue
        if text[at] == "\\":
            at += 2
            if at > len(text):
                raise ValueError(f"{text!r} is not a pattern: it ends with a backslash")
        elif text[at] == "[":
            at = _bracket_end(text, at)
        else:
            at += 1
        yield text[start:at]


def _bracket_end(text: str, start: int) -> int:
    at = start + 1
    at += text[at : at + 1] in ("!", "^")
    at += text[at : at + 1] == "]"
    while at < len(text) and text[at] != "]":
        if text[at] == "\\":
            at += 2
        elif named := _NAMED.match(text, at):
            at = named.end()
        else:
            at += 1
    if at >= len(text):
        raise ValueError(f"{text!r} is not a pattern: a bracket is not closed")
    return at + 1


def _literal(tokens: Iterable[str]) -> str:
    return "".join(map(_one, tokens))


def _one(token: str) -> str:
    """The regular expression of one character."""
    if token == "?":  # noqa: S105 - a question mark
        return _ANY
    if token.startswith("\\"):
        return re.escape(token[1])
    return _bracket(token) if len(token) > 1 else re.escape(token)


def _bracket(token: str) -> str:
    inner = token[1:-1]
    is_negated = inner[:1] in ("!", "^")
    members = list(_members(inner[1:] if is_negated else inner))
    return rf"(?!/)[{'^' if is_negated else ''}{''.join(members)}]"


def _members(text: str) -> Iterator[str]:
    """What is between brackets, as Python's `re` writes it; of a range that ends before it starts, the start."""
    at = 0
    while at < len(text):
        if named := _NAMED.match(text, at):
            if named[1] not in _CLASSES:
                raise ValueError(f"'[{text}]' is not a pattern: there is no class {named[1]!r}")
            yield _CLASSES[named[1]]
            at = named.end()
            continue
        low, at = _character(text, at)
        yield re.escape(low)
        if text[at : at + 1] == "-" and at + 1 < len(text):
            high, at = _character(text, at + 1)
            if low <= high:
                yield f"{re.escape(low)}-{re.escape(high)}"


def _character(text: str, at: int) -> tuple[str, int]:
    at += text[at] == "\\"  # which escapes something: a bracket that ends with one is not closed
    return text[at], at + 1
