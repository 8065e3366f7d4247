"""Patterns as in a `.gitignore`, matched in time linear in the path's length, since a pull request may add any pattern.

Wildcards never backtrack (atomic groups), which is correct for globs: if a later part matches at all, it matches after the
earliest match of the part before it. https://git-scm.com/docs/gitignore
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
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
"""POSIX classes within brackets; none contains a slash."""


FEW = 512
"""The number of patterns up to which trying all is faster than looking them up."""


class _Pattern(NamedTuple):
    """One line as a regular expression for a path, a folder's path ending with a slash."""

    expression: str
    is_negated: bool
    words: tuple[str, ...]
    """Substrings that every matching path contains."""


class Patterns:
    """The lines of a `.gitignore`; the last match decides."""

    def __init__(self, lines: Iterable[str], *, lenient: bool = False) -> None:
        """Parse lines; one that can't match anything raises `ValueError`, or is ignored if `lenient`, as by git."""
        patterns = list(_parsed(lines, lenient=lenient))
        self._many = _Many(patterns) if len(patterns) > FEW else None
        runs = groupby([] if self._many else patterns, key=lambda pattern: pattern.is_negated)
        self._runs = [
            (re.compile("|".join(pattern.expression for pattern in run), re.DOTALL), is_negated)
            for is_negated, run in runs
        ]
        self._runs.reverse()

    def verdict(self, path: str) -> bool | None:
        """Whether a path itself matches, regardless of its folders; `None` if no line applies to it.

        A folder's path ends with a slash.
        """
        if self._many is not None:
            return self._many.verdict(path)
        return next((not is_negated for run, is_negated in self._runs if run.fullmatch(path)), None)

    def match(self, path: str) -> bool:
        """Whether a path or a folder above it matches; a file in such a folder can't be re-included."""
        steps = path.split("/")
        folders = ("/".join(steps[:end]) + "/" for end in range(1, len(steps)))
        return any(self.verdict(place) for place in (*folders, *([path] if steps[-1] else [])))


class _Many:
    """Patterns indexed by their rarest word, so that only those which share a word with a path are tried."""

    def __init__(self, patterns: Sequence[_Pattern]) -> None:
        self._patterns = patterns
        self._by_word: dict[int, dict[str, list[int]]] = {}
        """The patterns by the length of their word and the word."""
        self._wordless: list[int] = []
        counts = Counter(word for pattern in patterns for word in set(pattern.words))
        for number, pattern in enumerate(patterns):
            if pattern.words:
                word = min(pattern.words, key=lambda word: (counts[word], -len(word)))
                self._by_word.setdefault(len(word), {}).setdefault(word, []).append(number)
            else:
                self._wordless.append(number)

    def candidates(self, path: str) -> list[int]:
        """The positions of the patterns that may match a path."""
        found = {
            number
            for length, words in self._by_word.items()
            for start in range(len(path) - length + 1)
            for number in words.get(path[start : start + length], ())
        }
        return sorted(found.union(self._wordless))

    def verdict(self, path: str) -> bool | None:
        """The verdict of the last pattern that matches."""
        for number in reversed(self.candidates(path)):
            pattern = self._patterns[number]
            if _compiled(pattern.expression).fullmatch(path):
                return not pattern.is_negated
        return None


@lru_cache(4096)
def _compiled(expression: str) -> re.Pattern[str]:
    return re.compile(expression, re.DOTALL)


class Index:
    """Several pattern lists, indexed so that those which match a path are found without trying all."""

    def __init__(self, lists: Sequence[tuple[str, ...]]) -> None:
        """Parse the lists; a pattern that can't match anything raises `ValueError`."""
        owned = [(pattern, number) for number, lines in enumerate(lists) for pattern in _parsed(lines, lenient=False)]
        self._lists = lists
        self._owners = [number for _, number in owned]
        self._many = _Many([pattern for pattern, _ in owned])

    def matching(self, path: str) -> list[int]:
        """The positions of the lists that match a path, or a folder above it."""
        owners = sorted({self._owners[number] for number in self._many.candidates(path)})
        return [number for number in owners if spec(self._lists[number]).match(path)]


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
    text = _without_blanks(line.rstrip("\r\n"))
    if not text or text.startswith("#"):
        return None
    is_negated = text.startswith("!")
    text = text[1:] if is_negated else text
    is_folder = text.endswith("/")
    body = re.sub(r"\\(.)", lambda escape: "/" if escape[1] == "/" else escape[0], text.removesuffix("/"))
    if not body:
        raise ValueError(f"{line!r} is not a pattern: it matches nothing")
    is_anchored = "/" in body
    segments = body.removeprefix("/").split("/")
    if "" in segments or text.startswith("\\/"):
        raise ValueError(f"{line!r} is not a pattern: it has an empty name between slashes")
    expression = _path(segments) if is_anchored else _FOLDERS + _segment(body)
    words = tuple(word for segment in segments for word in _words(segment))
    return _Pattern(expression + ("/" if is_folder else "/?"), is_negated, words)


def _without_blanks(line: str) -> str:
    """A line without trailing spaces, except one after a backslash, which is part of the name."""
    text = line.rstrip(" ")
    backslashes = len(text) - len(text.rstrip("\\"))
    return text + " " if text != line and backslashes % 2 else text


def _path(segments: list[str]) -> str:
    """The regular expression of a pattern anchored at the root; `**` matches any number of folders."""
    groups: list[list[str]] = [[]]
    for segment in segments:
        if len(segment) > 1 and not segment.strip("*"):
            groups.append([])
        else:
            groups[-1].append(_segment(segment))
    first, *others = ("/".join(group) for group in groups)
    if not others:
        return first
    # Groups between two `**` match at their first place; between two `**` in a row there is none.
    *middle, last = others
    begin = f"{first}/" if first else ""
    between = "".join(f"(?>{_FOLDERS}{group}/)" for group in middle if group)
    return begin + between + (_FOLDERS + last if last else rf"{_ANY}.*")


def _segment(text: str) -> str:
    """The regular expression of one path segment; several stars in a row count as one."""
    first, *others = (_literal(part) for part in _split(text))
    if not others:
        return first
    *middle, last = others
    return first + "".join(f"(?>{_ANY}*?{part})" for part in middle) + f"{_ANY}*{last}"


def _words(segment: str) -> Iterator[str]:
    """The substrings that a name matching a segment contains: the characters between wildcards."""
    for is_plain, run in groupby(_tokens(segment), key=lambda token: token not in ("?", "*") and token[0] != "["):
        if is_plain:
            yield "".join(token[-1] for token in run)


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
    """The members of a bracket expression in the syntax of Python's `re`; of a reversed range, the start only."""
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
    at += text[at] == "\\"  # an escape character: a bracket after one does not close the expression
    return text[at], at + 1
