"""What a run yields: small frozen values that every report can print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from operator import attrgetter
from typing import Any, Literal

from taskfit.record import NamedTuple, Record, field, replace


class Severity(StrEnum):
    """How bad a finding is: AWS rejects it or it breaks, waste, or advice."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"

    @property
    def rank(self) -> int:
        """0 for a note, 2 for an error."""
        return ("note", "warning", "error").index(self.value)

    def __repr__(self) -> str:
        return f"Severity.{self.name}"


class Span(NamedTuple):
    """A stretch of a file; lines and columns count from 1, the end column is one past the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


class Related(NamedTuple):
    """Another place that helps to understand a finding."""

    span: Span
    label: str
    path: str = ""
    """Of its file; empty if it is the finding's own."""


Applicability = Literal["safe", "unsafe"]
"""Whether a fix keeps what the task does (`safe`), or costs, risks or guesses something (`unsafe`)."""


class Change(NamedTuple):
    """A change of a definition in its own terms, without any file: what a check proposes."""

    kind: Literal["replace", "rename", "remove", "add"]
    pointer: str
    """JSON pointer of the value; of one to add, where it will stand (`/containerDefinitions/-` appends to the list)."""
    value: Any = None
    """The new value, plain JSON in the API's own spelling; the new name of a key to rename."""


class Proposal(NamedTuple):
    """The changes that together fix a problem."""

    applicability: Applicability
    changes: tuple[Change, ...]


class Edit(NamedTuple):
    """Text that takes the place of a span of a file; one that starts and ends at the same place is inserted."""

    span: Span
    content: str


class Fix(NamedTuple):
    """The edits that together fix a finding: all of them or none."""

    applicability: Applicability
    edits: tuple[Edit, ...]
    changes: tuple[Change, ...] = ()
    """What they change in the definition, in its own terms: whoever applies them can prove it."""
    definition: int = 0
    """The position in the file of the definition that they change."""

    def as_dict(self) -> dict[str, Any]:
        """The edits as plain JSON values."""
        edits = (
            {"start": [span.line, span.column], "end": [span.end_line, span.end_column], "content": content}
            for span, content in self.edits
        )
        return {"applicability": self.applicability, "edits": list(edits)}


VERSION = 1
"""Of a report as JSON; raised whenever a key goes or changes its meaning. New keys may come without it."""


class Problem(Record):
    """What a check yields: what is wrong and where in the definition, without any file."""

    pointer: str
    """JSON pointer into the definition in the API's own spelling, such as `/containerDefinitions/1/memory`.
    Where the value is absent, the pointer of the object that lacks it."""
    message: str
    """What is wrong, with the numbers compared and where they come from; one or two sentences."""
    help: str = ""
    """What to do about it: the nearest right value."""
    label: str = ""
    """A few words to print under the carets."""
    severity: Severity | None = None
    """Overrides the rule's own severity."""
    related: tuple[tuple[str, str], ...] = ()
    """Other places: (pointer, label)."""
    data: Mapping[str, Any] | None = None
    """The numbers for programs, plain JSON values: `have`, `need`, `recommended`, `monthly_usd` ..."""
    on_key: bool = False
    """Point at the key instead of the value (an unknown field)."""
    subject: str = ""
    """What it is about, where several problems of one rule may stand at one place: a setting, a kind of sidecar."""
    proposal: Proposal | None = None
    """How the definition can be fixed, where a program can do that safely."""

    @property
    def pointers(self) -> tuple[str, ...]:
        """The places of all values that it speaks of."""
        return self.pointer, *(pointer for pointer, _ in self.related)


class Finding(Record):
    """A problem at its place in a file."""

    code: str
    name: str
    severity: Severity
    message: str
    path: str
    span: Span
    definition: str | None = None
    """The family, or the name the file gives it (a logical id, a resource address)."""
    container: str | None = None
    pointer: str = ""
    help: str = ""
    label: str = ""
    related: tuple[Related, ...] = ()
    data: Mapping[str, Any] | None = None
    anchor: str = ""
    """The pointer with names in place of positions, which stays when containers or variables change places."""
    subject: str = ""
    """What it is about, where several findings of one rule may stand at one place."""
    fix: Fix | None = None
    is_secret: bool = False
    """Whether the line of the file is not to be printed: it holds a credential."""

    def __hash__(self) -> int:
        return hash(self.sort_key)

    def as_dict(self) -> dict[str, Any]:
        """The same as plain JSON values, as `taskfit check --output-format json` prints it."""
        span = self.span
        return {
            "code": self.code,
            "name": self.name,
            "severity": self.severity.value,
            "message": self.message,
            "path": self.path,
            "line": span.line,
            "column": span.column,
            "end_line": span.end_line,
            "end_column": span.end_column,
            "definition": self.definition,
            "container": self.container,
            "pointer": self.pointer,
            "data": self.data,
            "fix": self.fix and self.fix.as_dict(),
        }

    @property
    def sort_key(self) -> tuple[object, ...]:
        """Path, line, column, code; the rest makes the order total, so that two runs print the same bytes."""
        span = self.span
        return (self.path, span.line, span.column, self.code, self.pointer, self.message)


class Suppressed(NamedTuple):
    """A finding that somebody has chosen to live with."""

    finding: Finding
    kind: Literal["inSource", "external"]
    """Where that is said, in SARIF's words: in the checked file itself, or in configuration or a baseline."""
    reason: str = ""
    key: str = ""
    """What hides it, one of `HIDING`."""


HIDING = (
    *("select", "ignore", "per-file-ignores", "suppressions", "baseline", "in-source"),
    *("profile", "required-sidecars"),
)
"""What keeps a finding from being reported: settings, or comments, labels and tags in the file itself."""

LOWERING, EXCLUDING = "severity", "exclude"
"""Settings that make findings less severe, or leave out files, of whose findings nothing is known."""


class Report(Record):
    """Everything a run found."""

    findings: tuple[Finding, ...] = ()
    files: int = 0
    """Files that were looked at."""
    definitions: int = 0
    """Task definitions found in them."""
    skipped_files: int = 0
    """Files that hold no task definition."""
    skipped: tuple[tuple[str, str], ...] = ()
    """The names of files that were skipped, and why."""
    suppressed: tuple[Suppressed, ...] = ()
    switched_off: Mapping[str, int] = field(default_factory=dict)
    """Findings that the configuration switches off or makes less severe, and files that it leaves out, by its key; what
    is `suppressed` is counted there."""
    failures: tuple[str, ...] = ()
    """Faults of the run itself (a rule that crashed), one line each."""
    remarks: tuple[str, ...] = ()
    """What else there is to say of the run, one line each."""

    def as_dict(self) -> dict[str, Any]:
        """The report as plain JSON values, as `taskfit check --output-format json` prints it."""
        return {
            "version": VERSION,
            "findings": [finding.as_dict() for finding in self.findings],
            "summary": {
                "files": self.files,
                "definitions": self.definitions,
                **{severity.value: self.count(severity) for severity in Severity},
                "suppressed": len(self.suppressed),
                **({"hidden": hidden} if (hidden := self.hidden()) else {}),
            },
        }

    @staticmethod
    def merged(reports: Iterable[Report]) -> Report:
        """One report of several, its findings in order."""
        parts = list(reports)

        def each(name: str) -> Iterator[Any]:
            return map(attrgetter(name), parts)

        def all_(name: str) -> Iterator[Any]:
            return chain.from_iterable(each(name))

        return Report(
            findings=tuple(sorted(all_("findings"), key=lambda finding: finding.sort_key)),
            files=sum(each("files")),
            definitions=sum(each("definitions")),
            skipped_files=sum(each("skipped_files")),
            skipped=tuple(all_("skipped")),
            suppressed=tuple(all_("suppressed")),
            switched_off=sum(map(Counter, filter(None, each("switched_off"))), Counter()),
            failures=tuple(dict.fromkeys(all_("failures"))),
            remarks=tuple(all_("remarks")),
        )

    def hidden(self) -> dict[str, int]:
        """What is not reported as it was found, by what hides it: findings, of `exclude` files."""
        counts = Counter(self.switched_off) + Counter(each.key for each in self.suppressed)
        return {key: counts[key] for key in (*HIDING, LOWERING, EXCLUDING) if counts[key]}

    def at_least(self, severity: Severity) -> Report:
        """The report without what is less severe, and a remark on how much that is."""
        kept = tuple(finding for finding in self.findings if finding.severity.rank >= severity.rank)
        hidden = len(self.findings) - len(kept)
        return replace(self, findings=kept, remarks=(*self.remarks, not_shown(hidden, severity))) if hidden else self

    def count(self, severity: Severity) -> int:
        """How many findings have this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def has(self, severity: Severity) -> bool:
        """Whether there is a finding of this severity or a worse one."""
        return any(finding.severity.rank >= severity.rank for finding in self.findings)


def not_shown(number: int, severity: Severity) -> str:
    """The remark on findings that are less severe than what is shown."""
    return f"{number} finding{'s' if number > 1 else ''} below {severity.value} not shown"
