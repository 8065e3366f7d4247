"""Identifies a finding across runs, even if lines have moved."""

from __future__ import annotations

import re
import struct
from collections import Counter
from hashlib import sha256
from operator import mul
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from taskfit.finding import Finding

BLOCK = 100
"""The number of characters in GitHub's hash of a line, from its start."""

_MASK = 2**64 - 1
_POWERS = [pow(37, exponent, 2**64) for exponent in reversed(range(BLOCK))]
_LINE_END = re.compile(r"\r\n|\n|\r")
_BLANKS = str.maketrans("", "", " \t")
_END_OF_FILE = 0xFFFF


def line_hashes(text: str) -> list[str]:
    """The hash of each line as `github/codeql-action/upload-sarif` computes it, for `primaryLocationLineHash`.

    A polynomial of base 37 modulo 2**64 over the line's first 100 UTF-16 units and what follows it, without spaces and
    tabs, line ends as LF, a mark and zeros after the end; then the line's number among those of the same hash.
    (`src/fingerprints.ts` of that action.)
    """
    lines = [line.translate(_BLANKS) for line in _LINE_END.split(text)]
    content = "\n".join(lines)
    seen: Counter[int] = Counter()
    hashes = []
    start = 0
    for line in lines:
        # As many characters are at least as many units; only at the end of the file there are fewer.
        encoded = content[start : start + BLOCK].encode("utf-16-le", "surrogatepass")
        units = struct.unpack(f"<{len(encoded) // 2}H", encoded)
        value = sum(map(mul, (*units, _END_OF_FILE, *(0,) * BLOCK), _POWERS)) & _MASK
        seen[value] += 1
        hashes.append(f"{value:x}:{seen[value]}")
        start += len(line) + 1
    return hashes


def keys(findings: Iterable[Finding], in_repository: Callable[[str], str]) -> list[str]:
    """A unique key for each finding, made of its file, rule and place by names, without line numbers."""
    seen: Counter[tuple[str, ...]] = Counter()
    keys = []
    for finding in findings:
        place = (finding.definition or "", finding.anchor, finding.subject)
        parts = (in_repository(finding.path), finding.code, *place)
        seen[parts] += 1
        text = "\0".join((*parts, str(seen[parts])))
        keys.append(sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32])
    return keys
