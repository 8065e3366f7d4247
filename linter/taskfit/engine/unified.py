"""The changes of a file's fixes in the format of `diff -u`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import Match, SequenceMatcher

from taskfit.engine.fixing import BOM, FixedFile
from taskfit.escaping import inert, no_command

CONTEXT = 3
"""Context lines around a change."""

LONGEST_GAP = 1000
"""Lines between two common anchors, above which the text between is not aligned, as that takes quadratic time."""


def unified_diff(file: FixedFile) -> str:
    """The changes of the fixes; control characters are escaped, as the file may be untrusted."""
    old, new = (re.findall(r"[^\n]*\n|[^\n]+", content.decode("utf-8")) for content in (file.before, file.after))
    return "".join(map(_shown, _lines(old, new, inert(file.name))))


def _lines(old: Sequence[str], new: Sequence[str], name: str) -> Iterator[str]:
    yield f"--- {name}\n"
    yield f"+++ {name}\n"
    for group in _Matcher(old, new).get_grouped_opcodes(CONTEXT):
        (_, start, _, new_start, _), (_, _, end, _, new_end) = group[0], group[-1]
        yield f"@@ -{_range(start, end)} +{_range(new_start, new_end)} @@\n"
        for kind, i, j, k, m in group:
            if kind == "equal":
                yield from (f" {line}" for line in old[i:j])
            else:
                yield from (f"-{line}" for line in old[i:j])
                yield from (f"+{line}" for line in new[k:m])


def _range(start: int, end: int) -> str:
    count = end - start
    return f"{start + 1}" if count == 1 else f"{start + 1 if count else start},{count}"


class _Matcher(SequenceMatcher[str]):
    """Aligns two texts at lines that are unique in both, and the text between these with `difflib`, which is quadratic."""

    def __init__(self, old: Sequence[str], new: Sequence[str]) -> None:
        super().__init__(None, old, new)
        self._old, self._new = old, new

    def get_matching_blocks(self) -> list[Match]:
        """The matching blocks, none adjacent to another, and an empty one at the end."""
        blocks = [Match(0, 0, 0)]
        for block in self._pieces():
            last = blocks[-1]
            if (last.a + last.size, last.b + last.size) == (block.a, block.b):
                blocks[-1] = Match(last.a, last.b, last.size + block.size)
            else:
                blocks.append(block)
        return [*blocks, Match(len(self._old), len(self._new), 0)]

    def _pieces(self) -> Iterator[Match]:
        at, new_at = 0, 0
        for end, new_end in [*_anchors(self._old, self._new), (len(self._old), len(self._new))]:
            if max(end - at, new_end - new_at) <= LONGEST_GAP:
                within = SequenceMatcher(None, self._old[at:end], self._new[new_at:new_end], autojunk=False)
                yield from (Match(at + i, new_at + j, size) for i, j, size in within.get_matching_blocks() if size)
            if end < len(self._old):
                yield Match(end, new_end, 1)
            at, new_at = end + 1, new_end + 1


def _anchors(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """The positions of the lines that are unique in both texts: their longest increasing subsequence."""
    counts, new_counts = Counter(old), Counter(new)
    places = {line: index for index, line in enumerate(new) if new_counts[line] == 1}
    pairs = [(index, places[line]) for index, line in enumerate(old) if counts[line] == 1 and line in places]
    ends: list[int] = []  # in the new text, of the subsequence of each length
    last: list[int] = []  # of these subsequences, as indices into pairs
    before: list[int] = []
    for number, (_, place) in enumerate(pairs):
        length = bisect_left(ends, place)
        before.append(last[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        last[length : length + 1] = [number]
    found = []
    number = last[-1] if last else -1
    while number >= 0:
        found.append(pairs[number])
        number = before[number]
    return found[::-1]


def _shown(line: str) -> str:
    body = line.rstrip("\r\n")
    end = line[len(body) :] or "\n\\ No newline at end of file\n"
    parts = re.split(f"([\t{BOM}])", body)
    return no_command("".join(part if part in ("\t", BOM) else inert(part) for part in parts)) + end
