"""Which name was meant by one that is not there."""

from __future__ import annotations

from collections.abc import Iterable

MOST_NAMED = 8
"""Choices that a message names where none of them is near."""


def nearest(name: str, choices: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The choice most like a name, if one is alike; `cutoff` is the least likeness, a share of 1."""
    from difflib import get_close_matches

    return next(iter(get_close_matches(name, list(choices), 1, cutoff)), None)


def hint(name: str, choices: Iterable[str]) -> str:
    """The choice that was meant, or what there is, for the end of a message."""
    names = list(choices)
    near = nearest(name, names)
    return f"did you mean {near!r}?" if near else f"there is {', '.join(names[:MOST_NAMED]) or 'none'}"
