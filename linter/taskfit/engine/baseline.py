"""A baseline: the findings that a project accepts until they get worse.

An entry identifies a finding by file, rule, definition and place, with names instead of positions. So it still matches
when lines or containers move or others are renamed, and it hides neither a second finding nor a worse one.
"""

from __future__ import annotations

import json
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from taskfit.finding import Finding, Report, Severity, Suppressed
from taskfit.reading import read_regular
from taskfit.record import NamedTuple, replace
from taskfit.writing import write_whole

DEFAULT_NAME = "taskfit-baseline.json"

VERSION = 1
"""Increased whenever an older taskfit would misread the file."""

LARGEST_GAP = 2**53
"""The cap on a gap: floats are exact up to here, and a larger difference is a mistake, not a size."""

CONFLICT_MARKS = ("<<<<<<< ", "=======", ">>>>>>> ")

_NOT_ONE = "not a baseline (the JSON that `taskfit check --write-baseline` writes)"

_REASON = "in the baseline"


class Entry(NamedTuple):
    """One finding of the baseline."""

    path: str
    """Relative to the baseline's folder, with slashes."""
    code: str
    definition: str
    place: str
    """JSON pointer with names in place of positions."""
    subject: str
    """What the finding is about, to distinguish several at one place."""
    severity: Severity
    gap: float
    """The difference between the value and its target; 0 if it is not a number."""
    have: str
    """The value as JSON if it is not a number: a different wrong value is a different finding."""

    @property
    def key(self) -> tuple[str, ...]:
        """What identifies the finding."""
        return self.path, self.code, self.definition, self.place, self.subject

    def covers(self, other: Entry) -> bool:
        """Whether the other finding is no worse."""
        return self.severity.rank >= other.severity.rank and self.gap >= other.gap and self.have == other.have


def load(path: Path) -> list[Entry]:
    """The entries of a baseline file.

    Raises `validation.InvalidFile`.
    """
    from taskfit.config.invalid import InvalidFile

    try:
        text = read_regular(path).decode("utf-8-sig")
        data = json.loads(text)
    except OSError as error:
        raise InvalidFile(
            str(path), 1, 1, f"can't be read: {error.strerror}; run --write-baseline to make one"
        ) from None
    except json.JSONDecodeError as error:
        words = "it has a merge conflict" if text.startswith(CONFLICT_MARKS, error.pos) else "it is not valid JSON"
        raise InvalidFile(str(path), error.lineno, error.colno, f"{_NOT_ONE}: {words} here") from None
    except UnicodeDecodeError:
        raise InvalidFile(str(path), 1, 1, f"{_NOT_ONE}: it is not UTF-8 text") from None
    except RecursionError:
        raise InvalidFile(str(path), 1, 1, f"{_NOT_ONE}: it is nested too deep") from None
    except ValueError:
        raise InvalidFile(str(path), 1, 1, f"{_NOT_ONE}: a number has too many digits") from None
    version = data.get("version") if isinstance(data, dict) else None
    if isinstance(version, int) and version > VERSION:
        raise InvalidFile(str(path), 1, 1, f"is a baseline of version {version}; this taskfit supports {VERSION}")
    try:
        return [_entry(item) for item in data["findings"]]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        words = f"the key {error} is missing" if isinstance(error, KeyError) else "a value has the wrong type"
        raise InvalidFile(str(path), 1, 1, f"{_NOT_ONE}: {words}") from None


class Scope(NamedTuple):
    """What a run checked; baseline entries for anything else stay valid."""

    files: Mapping[str, frozenset[str]]
    """The checked files, relative to the baseline's folder, with the rules that ran on each."""
    folder: Path
    """The baseline's folder."""

    def has(self, entry: Entry) -> bool:
        """Whether the run would have reported an entry's finding."""
        if entry.path in self.files:
            return entry.code in self.files[entry.path]
        return _is_gone(self.folder / entry.path) and any(entry.code in codes for codes in self.files.values())


def _is_gone(path: Path) -> bool:
    """Whether the file does not exist; a file that can't be accessed may exist."""
    try:
        path.stat()
    except PermissionError:
        return False
    except (OSError, ValueError):
        return True
    return False


def scope(folder: Path, checked: Mapping[str, frozenset[str]]) -> Scope:
    """The scope of a run that checked these files, each with some rules."""
    return Scope({_relative(name, folder): codes for name, codes in checked.items()}, folder)


def apply(report: Report, entries: Iterable[Entry], seen: Scope) -> Report:
    """The report without the findings that the baseline covers, and with a remark on stale entries."""
    match = _match(report.findings, entries, seen.folder)
    suppressed = (Suppressed(finding, "external", _REASON, "baseline") for finding in match.covered)
    stale = sum(map(seen.has, match.unused))
    remarks = report.remarks
    if stale:
        what = "1 entry of the baseline matches" if stale == 1 else f"{stale} entries of the baseline match"
        remarks += (f"{what} nothing any more; run --write-baseline to prune",)
    return replace(report, findings=match.others, suppressed=(*report.suppressed, *suppressed), remarks=remarks)


def new_or_worse(findings: Iterable[Finding], known: Iterable[Finding], folder: Path) -> tuple[Finding, ...]:
    """The findings that a baseline of the earlier findings would not cover."""
    return _match(findings, (entry_of(finding, folder) for finding in known), folder).others


def gone(known: Iterable[Finding], findings: Iterable[Finding], folder: Path) -> tuple[Finding, ...]:
    """The earlier findings that are gone, not merely better or worse."""
    left = Counter(entry_of(finding, folder).key for finding in findings)
    found = []
    for finding in known:
        key = entry_of(finding, folder).key
        if left[key]:
            left[key] -= 1
        else:
            found.append(finding)
    return tuple(found)


class _Match(NamedTuple):
    """Matches findings with the entries that cover them."""

    others: tuple[Finding, ...]
    covered: tuple[Finding, ...]
    unused: tuple[Entry, ...]
    """Entries that cover nothing, without those whose findings got worse."""


def _match(findings: Iterable[Finding], entries: Iterable[Entry], folder: Path) -> _Match:
    waiting: dict[tuple[tuple[str, ...], str], list[Entry]] = defaultdict(list)
    for entry in sorted(entries, key=_weight):
        waiting[entry.key, entry.have].append(entry)
    others, covered, worse = [], [], set()
    for finding in findings:
        found = entry_of(finding, folder)
        if _take(waiting[found.key, found.have], found):
            covered.append(finding)
        else:
            others.append(finding)
            worse.add(found.key)
    unused = (entry for (key, _), rest in waiting.items() if key not in worse for entry in rest)
    return _Match(tuple(others), tuple(covered), tuple(unused))


def _weight(entry: Entry) -> tuple[int, float]:
    return entry.severity.rank, entry.gap


def _take(waiting: list[Entry], found: Entry) -> bool:
    """Remove the least of some entries, sorted by weight, that covers a finding, and return whether there is one."""
    for rank in sorted(each.rank for each in Severity):
        at = bisect_left(waiting, (rank, found.gap), key=_weight)
        if at < len(waiting) and waiting[at].covers(found):
            del waiting[at]
            return True
    return False


def write(path: Path, report: Report, seen: Scope) -> int:
    """Write the report's findings and the entries outside the run's scope as a baseline, and return their number.

    Raises `validation.InvalidFile` for an existing file that is not a baseline, and `OSError`.
    """
    entries = [entry for entry in load(path) if not seen.has(entry)] if path.exists() else []
    entries += [entry_of(finding, seen.folder) for finding in report.findings]
    items = [json.dumps(_plain(entry), ensure_ascii=False) for entry in sorted(entries)]
    text = f'{{"version": {VERSION},\n "findings": [\n' + ",\n".join(f"  {item}" for item in items) + "\n]}\n"
    # A lone surrogate can't be encoded in UTF-8; Python and JSON escape it in the same way.
    write_whole(path, text.encode("utf-8", "backslashreplace"))
    return len(entries)


def entry_of(finding: Finding, folder: Path) -> Entry:
    """The entry that covers a finding."""
    data = finding.data or {}
    have, need = data.get("have"), data.get("need")
    if isinstance(have, int | float) and isinstance(need, int | float):
        gap, words = float(min(abs(have - need), LARGEST_GAP)), ""
    else:
        gap, words = 0.0, "" if have is None else json.dumps(have, sort_keys=True)
    return Entry(
        path=_relative(finding.path, folder),
        code=finding.code,
        definition=finding.definition or "",
        place=finding.anchor,
        subject=finding.subject,
        severity=finding.severity,
        gap=gap,
        have=words,
    )


def _entry(item: dict[str, Any]) -> Entry:
    path, code, definition, place, subject = (str(item[key]) for key in Entry._fields[:5])
    severity, gap, have = Severity(item["severity"]), float(item["gap"]), str(item["have"])
    return Entry(path, code, definition, place, subject, severity, gap, have)


def _plain(entry: Entry) -> dict[str, Any]:
    return {**entry._asdict(), "severity": entry.severity.value}


def _relative(name: str, folder: Path) -> str:
    from taskfit.paths import relative_to

    return relative_to(Path(name), folder)
