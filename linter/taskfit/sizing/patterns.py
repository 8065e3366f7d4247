"""Whether names, images and words match patterns: yes, no, or hidden in an unknown value."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from itertools import repeat
from typing import TYPE_CHECKING

from taskfit.definition import GAP, Unknown
from taskfit.record import NamedTuple
from taskfit.sizing.match import Patterns, several

if TYPE_CHECKING:
    from taskfit.definition import Container


_BETWEEN_WORDS = re.compile(r"[^a-z0-9]+")


class Hidden(NamedTuple):
    """An unknown value that would decide the match."""

    text: str
    """As it is written."""
    pointer: str


Verdict = bool | Hidden


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """No if one is no; else hidden if one is."""
    hidden: Verdict = True
    for verdict in verdicts:
        if verdict is False:
            return False
        hidden = verdict if hidden is True else hidden
    return hidden


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Yes if one is yes; else hidden if one is."""
    hidden: Verdict = False
    for verdict in verdicts:
        if verdict is True:
            return True
        hidden = verdict if hidden is False else hidden
    return hidden


def fits_container(container: Container, names: Patterns, images: Patterns) -> Verdict:
    """Whether a container's name and image match, where patterns for them are given."""
    verdicts = []
    if names:
        verdicts.append(text_fits(container.name, names, f"{container.pointer}/name"))
    if images:
        verdicts.append(image_fits(container, images))
    return all_of(verdicts)


def text_fits(value: str | Unknown | None, patterns: Patterns, pointer: str) -> Verdict:
    """Whether a text matches one of the patterns."""
    if value is None:
        return False
    text = with_gaps(value)
    if any(GAP not in text and fnmatchcase(text, pattern) for pattern in several(patterns)):
        return True
    hides = isinstance(value, Unknown) and any(_may_fit(text, pattern) for pattern in several(patterns))
    return Hidden(value.text, pointer) if isinstance(value, Unknown) and hides else False


def image_fits(container: Container, patterns: Patterns) -> Verdict:
    """Whether the repository matches, starting at any of its folders; an unknown part may be anything."""
    image = container.image
    if image is None:
        return False
    *folders, last = with_gaps(image).partition("@")[0].split("/")
    name, _, tag = last.partition(":")
    verdicts = []
    for start in range(len(folders) + 1):
        repository = "/".join([*folders[start:], name])
        for pattern in several(patterns):
            candidate = f"{repository}:{tag}" if ":" in pattern else repository
            known = GAP not in candidate and fnmatchcase(candidate, pattern)
            verdicts.append(known or (GAP in candidate and _may_fit(candidate, pattern)))
            if known:
                return True
    text = image.text if isinstance(image, Unknown) else image
    return Hidden(text, f"{container.pointer}/image") if any(verdicts) else False


def with_gaps(value: str | Unknown) -> str:
    """A text with a gap for every placeholder; one gap for a value that is wholly unknown."""
    if isinstance(value, str):
        return value.replace(GAP, "")
    if value.outline or value.why != "placeholder":
        return value.outline or GAP
    from taskfit.syntax.placeholders import replaced

    gapped = replaced(value.text, repeat(GAP))
    return gapped if GAP in gapped else GAP


def _may_fit(text: str, pattern: str) -> bool:
    """Whether a text with gaps may match a pattern, by its known beginning and end."""
    known, literal = text.split(GAP), re.split(r"[*?\[\]]", pattern)
    is_plain = len(literal) == 1
    head, tail = literal[0], literal[-1]
    begins = known[0].startswith(head) or head.startswith(known[0])
    ends = known[-1].endswith(tail) or tail.endswith(known[-1])
    return begins and ends and not (is_plain and len(known[0]) + len(known[-1]) > len(pattern))


def words_of(text: str | None) -> frozenset[str]:
    """The words of a name, lower case."""
    return frozenset(_BETWEEN_WORDS.split((text or "").lower()))
