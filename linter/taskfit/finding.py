"""The results of a run: small frozen values that every report can print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import chain
from operator import attrgetter
from typing import Any, Literal

from taskfit.phrases import counted
from taskfit.record import NamedTuple, Record, field, replace


class Severity(StrEnum):
    """How severe a finding is: AWS rejects it or it breaks, waste, or advice."""

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
    """A range of a file; lines and columns count from 1, the end column is one past the last character."""

    line: int
    column: int
    end_line: int
    end_column: int


class Related(NamedTuple):
    """Another place that helps to understand a finding."""

    span: Span
    label: str
    path: str = ""
    """The path of its file; empty if it is the finding's file."""


Applicability = Literal["safe", "unsafe"]
"""Whether a fix keeps what the task does (`safe`), or costs, risks or guesses something (`unsafe`)."""


class Change(NamedTuple):
    """A change that a check proposes, in terms of the definition rather than a file."""

    kind: Literal["replace", "rename", "remove", "add"]
    pointer: str
    """JSON pointer of the value to change or add (`/containerDefinitions/-` appends to the list)."""
    value: Any = None
    """The new value as plain JSON in the API's spelling, or the new name of a key to rename."""


class Proposal(NamedTuple):
    """The changes that together fix a problem."""

    applicability: Applicability
    changes: tuple[Change, ...]


class Edit(NamedTuple):
    """Text that replaces a span of a file; an empty span inserts it."""

    span: Span
    content: str


class Fix(NamedTuple):
    """The edits that together fix a finding: all of them or none."""

    applicability: Applicability
    edits: tuple[Edit, ...]
    changes: tuple[Change, ...] = ()
    """What the edits change, in terms of the definition, so that the result can be verified."""
    definition: int = 0
    """The position, among the definitions of the file, of the one that they change."""

    def as_dict(self) -> dict[str, Any]:
        """The edits as plain JSON values."""
        edits = (
            {"start": [span.line, span.column], "end": [span.end_line, span.end_column], "content": content}
            for span, content in self.edits
        )
        return {"applicability": self.applicability, "edits": list(edits)}


VERSION = 1
"""The version of the JSON report; raised if a key is removed or changes its meaning, not if one is added."""


class Problem(Record):
    """The result of a check: what is wrong and where in the definition, independent of files."""

    pointer: str
    """JSON pointer into the definition in the API's spelling, such as `/containerDefinitions/1/memory`.
    If the value is absent, the pointer of the object that lacks it."""
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
    on_spelling: bool = False
    """It is about how the key or the value is written, wherever the content of the value comes from."""
    subject: str = ""
    """What distinguishes several problems of one rule at one place: a setting, a kind of sidecar."""
    proposal: Proposal | None = None
    """How the definition can be fixed, if a program can do that safely."""

    @property
    def pointers(self) -> tuple[str, ...]:
        """The pointers of all values that it mentions."""
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
    """The pointer with names instead of positions, which is stable if containers or variables are reordered."""
    subject: str = ""
    """What distinguishes several findings of one rule at one place."""
    fix: Fix | None = None
    is_secret: bool = False
    """Whether the line of the file must not be printed because it holds a credential."""

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
    """A finding that is suppressed."""

    finding: Finding
    kind: Literal["inSource", "external"]
    """Where it is suppressed, in SARIF's terms: in the checked file, or in configuration or a baseline."""
    reason: str = ""
    key: str = ""
    """What hides it, one of `HIDING`."""


HIDING = (
    *("select", "ignore", "per-file-ignores", "suppressions", "baseline", "in-source"),
    *("profile", "required-sidecars"),
)
"""What hides findings from reports: settings, or comments, labels and tags in the file itself."""

LOWERING, EXCLUDING = "severity", "exclude"
"""Settings that lower the severity of findings, or exclude files, whose findings are unknown."""


EMPTY = "empty"
"""Why a file without text is skipped. The summary counts these, for a template that failed often leaves such a file."""


class Report(Record):
    """All results of a run."""

    findings: tuple[Finding, ...] = ()
    files: int = 0
    """Files that were read."""
    definitions: int = 0
    """Task definitions found in them."""
    skipped_files: int = 0
    """Files that hold no task definition."""
    skipped: tuple[tuple[str, str], ...] = ()
    """The names of files that were skipped, and why."""
    suppressed: tuple[Suppressed, ...] = ()
    switched_off: Mapping[str, int] = field(default_factory=dict)
    """Findings that the configuration switches off or makes less severe, and files that it excludes, by its key; without
    those in `suppressed`."""
    failures: tuple[str, ...] = ()
    """Faults of the run itself (a rule that crashed), one line each."""
    remarks: tuple[str, ...] = ()
    """Remarks on the run, one line each."""

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
        """The number of hidden or lowered findings (for `exclude`, of files), by what hides them."""
        counts = Counter(self.switched_off) + Counter(each.key for each in self.suppressed)
        return {key: counts[key] for key in (*HIDING, LOWERING, EXCLUDING) if counts[key]}

    def at_least(self, severity: Severity) -> Report:
        """The report without less severe findings, and a remark on their number."""
        kept = tuple(finding for finding in self.findings if finding.severity.rank >= severity.rank)
        hidden = len(self.findings) - len(kept)
        return replace(self, findings=kept, remarks=(*self.remarks, not_shown(hidden, severity))) if hidden else self

    def count(self, severity: Severity) -> int:
        """The number of findings of this severity."""
        return sum(finding.severity is severity for finding in self.findings)

    def has(self, severity: Severity) -> bool:
        """Whether there is a finding of this severity or a higher one."""
        return any(finding.severity.rank >= severity.rank for finding in self.findings)


def not_shown(number: int, severity: Severity) -> str:
    """The remark on findings that are less severe than what is shown."""
    return f"{counted(number, 'finding')} below {severity.value} not shown"
