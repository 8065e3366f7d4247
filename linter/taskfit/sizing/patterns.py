"""Whether names, images and words fit patterns: yes, no, or hidden in what can't be known."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from taskfit.definition import Unknown
from taskfit.sizing.match import Patterns, several

if TYPE_CHECKING:
    from taskfit.definition import Container


_PLACEHOLDER = re.compile(r"[${}<>%#\[\]]")
"""A character that shows a placeholder in an image."""


class Hidden(NamedTuple):
    """What can't be known, and would tell."""

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
    """Whether a container has a name and an image that fit, where patterns of them are given."""
    verdicts = []
    if names:
        verdicts.append(text_fits(container.name, names, f"{container.pointer}/name"))
    if images:
        verdicts.append(image_fits(container, images))
    return all_of(verdicts)


def text_fits(value: str | Unknown | None, patterns: Patterns, pointer: str) -> Verdict:
    """Whether a text fits one of some patterns."""
    if isinstance(value, Unknown):
        return Hidden(value.text, pointer)
    return value is not None and any(fnmatchcase(value, pattern) for pattern in several(patterns))


def image_fits(container: Container, patterns: Patterns) -> Verdict:
    """By the repository, from each of its folders on; a part that can't be known may be anything."""
    image, pointer = container.image, f"{container.pointer}/image"
    text = image.text if isinstance(image, Unknown) else image
    if text is None:
        return False
    if isinstance(image, Unknown) and image.why != "placeholder":
        return Hidden(text, pointer)
    parts = re.split(r"/(?![^{<]*[}>])", text.partition("@")[0])
    last, colon, tag = _tag_apart(parts[-1])
    hidden = False
    for start in range(len(parts)):
        name = "/".join([*parts[start:-1], last])
        for pattern in several(patterns):
            candidate = f"{name}{colon}{tag}" if ":" in pattern else name
            if isinstance(image, Unknown) and _PLACEHOLDER.search(candidate):
                hidden = hidden or _may_end_alike(candidate, pattern)
            elif fnmatchcase(candidate, pattern):
                return True
    return Hidden(text, pointer) if hidden else False


def _may_end_alike(text: str, pattern: str) -> bool:
    """Whether what is known of the end of a text goes with the end of a pattern that has no wildcard."""
    known, literal = _PLACEHOLDER.split(text)[-1], re.split(r"[*?\]]", pattern)[-1]
    return known.endswith(literal) or literal.endswith(known)


def _tag_apart(part: str) -> tuple[str, str, str]:
    """The last part of a repository and the tag behind it; a colon within a placeholder is none."""
    match = re.fullmatch(r"((?:\$\{[^}]*\}|\{\{.*?\}\}|[^:])*)(:?)(.*)", part, re.DOTALL)
    return (match[1], match[2], match[3]) if match else (part, "", "")


def words_of(text: str | None) -> frozenset[str]:
    """The words of a name, lower case."""
    return frozenset(re.split(r"[^a-z0-9]+", (text or "").lower()))
