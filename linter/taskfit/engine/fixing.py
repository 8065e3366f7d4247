"""Applies the fixes of findings to a file's text, and writes it only if exactly the intended values change."""

from __future__ import annotations

import copy
import os
import stat
from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from taskfit.definition import split_pointer
from taskfit.finding import Change, Finding, Fix
from taskfit.record import NamedTuple
from taskfit.sources.document import Document
from taskfit.syntax.text import SourceText
from taskfit.writing import ChangedError, LeadsOutError, target_of, write_whole

MAX_TRIES = 64
"""How many subsets of its fixes a round tries if some do not make exactly their changes."""

MAX_ROUNDS = 20
"""Rounds for one file: a fix can enable another, but not without end."""

BOM = "\ufeff"


class UnwritableError(Exception):
    """A file that was not written, with the reason."""


class Fixed(NamedTuple):
    """A file's content after its fixes."""

    content: bytes
    number: int
    """The number of fixed findings."""
    is_settled: bool
    """Whether no fix was left after the last round."""


class FixedFile(NamedTuple):
    """A file's content before and after its fixes."""

    name: str
    path: Path | None
    before: bytes
    after: bytes
    number: int
    """The number of fixed findings."""
    is_settled: bool
    """Whether no fix was left after the last round."""


class _Patch(NamedTuple):
    start: int
    end: int
    content: str


def fix_content(
    content: bytes,
    check: Callable[[bytes], Sequence[Finding]],
    read: Callable[[bytes], Document],
    *,
    unsafe: bool = False,
) -> Fixed:
    """The content with the fixes of its findings.

    The file is checked again after each round. Of two fixes that edit the same text, the first by position is applied; the
    other one follows if it is still needed. A fix that would change any value other than those it names is not applied.
    """
    count = 0
    for _ in range(MAX_ROUNDS):
        wanted = [finding.fix for finding in check(content) if finding.fix and is_wanted(finding, unsafe=unsafe)]
        content, made = _round(content, wanted, read)
        if not made:
            return Fixed(content, count, is_settled=True)
        count += made
    return Fixed(content, count, is_settled=False)


def is_wanted(finding: Finding, *, unsafe: bool) -> bool:
    """Whether a finding has a fix of the requested kind."""
    return finding.fix is not None and (unsafe or finding.fix.applicability == "safe")


def _round(content: bytes, wanted: Sequence[Fix], read: Callable[[bytes], Document]) -> tuple[bytes, int]:
    """The content with as many compatible fixes as possible, and their number."""
    if not wanted:
        return content, 0
    chosen = _compatible(content, wanted)
    before = read(content)
    after, made = _faithful(content, chosen, before, read)
    if made:
        return after, made
    compatible = {id(fix) for fix in chosen}
    others = (fix for fix in wanted if id(fix) not in compatible)
    tried = (_faithful(content, [fix], before, read) for fix in islice(others, MAX_TRIES))
    return next((found for found in tried if found[1]), (content, 0))


def _faithful(
    content: bytes, fixes: Sequence[Fix], before: Document, read: Callable[[bytes], Document]
) -> tuple[bytes, int]:
    """The content with the fixes that make exactly their changes, and their number; found by bisection if not all do."""
    result, made, pending = content, list[Fix](), [fixes]
    for _ in range(MAX_TRIES):
        if not pending:
            break
        group = pending.pop()
        after = _applied(content, [*made, *group])
        if after != result and is_faithful(before, read(after), [*made, *group]):
            result, made = after, [*made, *group]
        elif len(group) > 1:
            half = len(group) // 2
            pending += [group[half:], group[:half]]
    return result, len(made)


def proved(content: bytes, fixes: Sequence[Fix], read: Callable[[bytes], Document]) -> bytes | None:
    """The content with some fixes; `None` if it would not change, or if any value that they don't name would."""
    after = _applied(content, fixes)
    return after if after != content and is_faithful(read(content), read(after), fixes) else None


def _compatible(content: bytes, fixes: Iterable[Fix]) -> list[Fix]:
    """The fixes whose edits don't overlap, or are identical; of those that overlap, the first by position."""
    source = SourceText(content.decode("utf-8"))
    taken: set[_Patch] = set()
    spans: list[tuple[int, int]] = []  # of the fixes chosen so far, in their order
    chosen = []
    for fix in fixes:
        patches = set(_patches(source, fix)) - taken
        if not any(_touches(patch, spans) for patch in patches):
            taken |= patches
            for patch in patches:
                insort(spans, (patch.start, patch.end))
            chosen.append(fix)
    return chosen


def _touches(patch: _Patch, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a patch touches any of some sorted spans, none of which is within another."""
    at = bisect_right(spans, patch.end, key=lambda span: span[0])
    return at > 0 and spans[at - 1][1] >= patch.start


def _patches(source: SourceText, fix: Fix) -> Iterator[_Patch]:
    for span, content in fix.edits:
        yield _Patch(source.offset(*span[:2]), source.offset(*span[2:]), content)


def _applied(content: bytes, fixes: Iterable[Fix]) -> bytes:
    decoded = content.decode("utf-8")
    source = SourceText(decoded)
    parts, at = list[str](), 0
    for start, end, new in sorted({patch for fix in fixes for patch in _patches(source, fix)}):
        parts += (source.text[at:start], new)
        at = max(at, end)
    text = "".join(parts) + source.text[at:]
    return ((BOM if decoded.startswith(BOM) else "") + text).encode("utf-8")


def is_faithful(before: Document, after: Document, fixes: Sequence[Fix]) -> bool:
    """Whether every reading of the file is as before except for the changes that the fixes name."""
    if len(before.definitions) != len(after.definitions) or len(after.faults) > len(before.faults):
        return False
    of_definition = defaultdict[int, list[Change]](list)
    for fix in fixes:
        of_definition[fix.definition] += fix.changes
    for position, (old, new) in enumerate(zip(before.definitions, after.definitions, strict=True)):
        changes = _merged(of_definition[position])
        try:
            expected = [changed(reading.task.data, changes) for reading in old]
        except (LookupError, TypeError, ValueError):
            return False
        found = [reading.task.data for reading in new]
        if len(found) > len(expected) or not all(any(_alike(data, other) for other in expected) for data in found):
            return False
    return True


def _merged(changes: Iterable[Change]) -> list[Change]:
    """The changes without duplicates."""
    merged: dict[tuple[str, str], list[Change]] = {}  # values may be lists, which are unhashable
    for change in changes:
        same = merged.setdefault((change.kind, change.pointer), [])
        if change not in same:
            same.append(change)
    return [change for same in merged.values() for change in same]


def changed(data: Mapping[str, Any], changes: Iterable[Change]) -> Any:
    """A definition's data with some changes applied.

    Raises `LookupError`, `TypeError` or `ValueError` for a change that does not fit the data.
    """
    result = copy.deepcopy(data)
    for change in changes:
        *parents, last = split_pointer(change.pointer)
        owner: Any = result
        for step in parents:
            owner = owner[int(step) if isinstance(owner, list) else step]
        key: Any = int(last) if isinstance(owner, list) and last != "-" else last
        match change.kind:
            case "replace":
                owner[key] = change.value
            case "add" if isinstance(owner, list):
                owner.append(change.value)
            case "add":
                owner[key] = change.value
            case "rename":
                owner[change.value] = owner.pop(key)
            case "remove":
                del owner[key]
    return result


def _alike(one: Any, other: Any) -> bool:
    """Whether two values are equal if a number and its text are, as formats differ in that."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_alike(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_alike, one, other))
    if type(one) in (int, str) and type(other) in (int, str):
        return str(one) == str(other)
    return bool(one == other)


def write(file: FixedFile, roots: Iterable[Path]) -> None:
    """Write a fixed file atomically, keeping its mode.

    A link is followed only to a file below one of the `roots`. Raises `UnwritableError`.
    """
    if file.path is None:
        raise UnwritableError(f"{file.name}: not a file")
    try:
        _write(file.name, file.path, file.before, file.after, roots)
    except OSError as error:
        raise UnwritableError(f"{file.name}: can't be written: {error.strerror or error}") from None


def _write(name: str, path: Path, before: bytes, after: bytes, roots: Iterable[Path]) -> None:
    folders = list(roots)
    try:
        target = target_of(path, (*folders, *([path.absolute().parent] if path.is_symlink() else [])))
    except LeadsOutError as error:
        raise UnwritableError(f"{name}: not fixed, because it {error.strerror}") from None
    status = target.stat()
    if not stat.S_ISREG(status.st_mode):
        raise UnwritableError(f"{name}: not fixed, because it is not a regular file")
    if not status.st_mode & 0o222 or not os.access(target, os.W_OK):
        raise UnwritableError(f"{name}: not fixed, because it is read-only")
    try:
        write_whole(target, after, folders, before=before)
    except ChangedError as error:
        raise UnwritableError(f"{name}: not fixed, because it {error.strerror}") from None
