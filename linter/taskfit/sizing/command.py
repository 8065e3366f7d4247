"""The options in a container's command or in a variable such as JAVA_OPTS, in list form and in shell form."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from taskfit.definition import GAP, Unknown, read
from taskfit.record import NamedTuple
from taskfit.sizing.patterns import with_gaps

if TYPE_CHECKING:
    from taskfit.definition import Container

SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh"})

SEPARATORS = frozenset({";", "&", "&&", "|", "||"})
"""The tokens that end a command in a script."""

HIDDEN = Unknown("hidden behind a placeholder", "partial")
"""The value of an option that an unknown word may contain."""

PLACEHOLDER = Unknown("given by a placeholder")
"""The value of an option that is present, but whose value is a placeholder."""

LONGEST_SCRIPT = 20_000
"""The most characters of a text that is read as a script; ECS accepts no definition of more than 64 KiB."""


class Word(NamedTuple):
    """One argument, and where it is written."""

    text: str
    """The text, with a `GAP` for an unknown part; a word that begins with one is wholly unknown."""
    pointer: str

    @property
    def is_hidden(self) -> bool:
        """Whether it may be anything."""
        return self.text.startswith(GAP)


def command_words(container: Container) -> list[Word] | None:
    """The words of `entryPoint` and `command`, with shell scripts split; `None` if the image's default command runs."""
    words: list[Word] = []
    is_declared = False
    for key in ("entryPoint", "command"):
        value, pointer = read(container.data, key), f"{container.pointer}/{key}"
        if value is None:
            continue
        is_declared = True
        if isinstance(value, list):
            words += [Word(_text(item), f"{pointer}/{index}") for index, item in enumerate(value)]
        else:
            words += split(value, pointer)
    return list(_without_shells(words)) if is_declared else None


def split(text: object, pointer: str) -> Iterator[Word]:
    """Split a text into words like a shell. The value of a placeholder is assumed to be a part of one word."""
    yield from _split(_text(text), pointer)


def _split(script: str, pointer: str) -> Iterator[Word]:
    yield from (Word(each, pointer) for each in _parts(script))


@lru_cache(maxsize=256)
def _parts(script: str) -> tuple[str, ...]:
    """The words of a script, cached because many roles look for their options in it."""
    if len(script) > LONGEST_SCRIPT or script == GAP:
        return (GAP,)
    import shlex

    lexer = shlex.shlex(script, posix=True, punctuation_chars=";&|")
    lexer.whitespace_split, lexer.commenters = True, ""
    try:
        return tuple(lexer)
    except ValueError:  # a quotation that is not closed
        return tuple(script.split())


def option(words: Sequence[Word], names: Iterable[str], program: str = "") -> tuple[str, str | Unknown] | None:
    """The place and value of an option, the last if it is repeated; `Unknown` if an unknown word may contain it."""
    spellings = tuple(names)
    found: tuple[str, str | Unknown] | None = None
    for position, word in _arguments(words, program):
        if word.is_hidden and position and words[position - 1].text in spellings:
            continue  # the option's value, already read with the option
        if word.is_hidden:
            found = word.pointer, HIDDEN
        elif (value := _value(words, position, spellings)) is not None:
            found = value.pointer, PLACEHOLDER if GAP in value.text else value.text
    return found


def _arguments(words: Sequence[Word], program: str) -> Iterator[tuple[int, Word]]:
    """The words of the program's command, or all words if no program is given."""
    inside = not program
    for position, word in enumerate(words):
        if word.text in SEPARATORS:
            inside = not program
        elif inside or word.is_hidden:
            yield position, word
        elif word.text.rpartition("/")[2] == program:
            inside = True


def _value(words: Sequence[Word], position: int, names: Iterable[str]) -> Word | None:
    """The value of an option: the next word, after an equals sign, or attached as in `-c8` and `-Xmx12g`."""
    word = words[position]
    for name in names:
        if word.text == name:
            following = words[position + 1] if position + 1 < len(words) else None
            return following or Word("", word.pointer)
        if word.text.startswith(f"{name}="):
            return word._replace(text=word.text[len(name) + 1 :])
        rest = word.text[len(name) :] if word.text.startswith(name) and not name.startswith("--") else ""
        if rest and (rest[0].isdigit() or rest[0] == GAP):
            return word._replace(text=rest)
    return None


def _without_shells(words: Sequence[Word]) -> Iterator[Word]:
    """The words with each `sh -c` call replaced by its script, and with words that contain spaces split."""
    position = 0
    while position < len(words):
        word = words[position]
        following = words[position + 1].text if position + 1 < len(words) else ""
        is_shell = word.text.rpartition("/")[2] in SHELLS or word.is_hidden
        if is_shell and re.fullmatch(r"-[a-z]*c", following):
            for script in words[position + 2 :][:1]:
                yield from _split(GAP if word.is_hidden else script.text, script.pointer)
            position += 3
            continue
        yield from _split(word.text, word.pointer) if len(words) == 1 and " " in word.text else (word,)
        position += 1


def _text(value: object) -> str:
    """A value as text, with a gap for every placeholder."""
    if isinstance(value, str | Unknown):
        return with_gaps(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else GAP
