"""Values that were given for names which no file uses: a misspelt name would otherwise have no effect, in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from taskfit.phrases import nearest
from taskfit.syntax import placeholders

_REFERENCE = re.compile(r"""\bvar\.(\w+)|\bRef\b["']?\s*+(?::\s*+)?["']?(\w+)|^variable\s+"?(\w+)""", re.MULTILINE)
"""A variable of Terraform or a parameter of CloudFormation; group 1, 2 or 3 is its name."""


def unused(names: Iterable[str], texts: Iterable[str]) -> Iterator[tuple[str, str | None]]:
    """The names that no text uses, each with the most similar name that one uses.

    A text uses a name wherever it has it, save as the key of an object or assignment.
    """
    rest = {name: _use(name) for name in names}
    used: set[str] = set()
    for text in texts:
        rest = {name: use for name, use in rest.items() if not (name in text and use.search(text))}
        if not rest:
            return
        used.update(map(placeholders.placeholder_name, placeholders.found(text)))
        used.update(name for groups in _REFERENCE.findall(text) for name in groups)
    spellings = {name.casefold(): name for name in sorted(used) if name}
    for name in rest:
        near = nearest(name.casefold(), spellings)
        yield name, spellings[near] if near else None


def _use(name: str) -> re.Pattern[str]:
    word = rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])"
    return re.compile(
        rf"""(?:\.|\$\{{?|\{{\{{-?\s*){word}|^variable\s+"?{word}|{word}(?!["']?\s*[:=](?!=))""", re.MULTILINE
    )
