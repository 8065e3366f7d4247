"""Parts of messages: numbers with their nouns, lists, and the name that was meant by an unknown one."""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 8
"""The most choices that a message lists if none is similar."""


def counted(number: int, noun: str) -> str:
    """A number with its noun, such as `1 file`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def listed(names: Iterable[str], conjunction: str) -> str:
    """One or more names with commas and a conjunction between them: `a, b and c`."""
    *most, last = names
    return f"{', '.join(most)} {conjunction} {last}" if most else last


def nearest(name: str, choices: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The choice most similar to a name, if any; `cutoff` is the least similarity, from 0 to 1."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(choices), 1, cutoff)), None)


def hint(name: str, choices: Iterable[str]) -> str:
    """The suggested choice, or the list of choices, for the end of a message."""
    names = list(choices)
    near = nearest(name, names)
    if near:
        return f"did you mean {near!r}?"
    more = " ..." if len(names) > MOST_NAMED else ""
    return f"there {'are' if len(names) > 1 else 'is'} {', '.join(names[:MOST_NAMED]) or 'none'}{more}"
