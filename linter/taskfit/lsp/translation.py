"""Converts findings and fixes to the types of the protocol."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import accumulate

from lsprotocol import types

from taskfit.escaping import inert
from taskfit.finding import Change, Edit, Finding, Fix, Severity
from taskfit.lsp.positions import Positions
from taskfit.record import NamedTuple
from taskfit.syntax.text import SourceText

SOURCE = "taskfit"

FIX_ALL = "source.fixAll.taskfit"
"""The kind of the action that applies all safe fixes; editors can run it on save."""

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}

_LONGEST = 40
"""The most characters of a value that the title of an action shows."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")

Wrap = Callable[[list[types.TextEdit]], types.WorkspaceEdit]
"""Turns edits of one text into a workspace edit."""


class Translator(NamedTuple):
    """Converts the findings of one text to the protocol's types."""

    uri: str
    positions: Positions
    page: Callable[[str], str | None]
    """The web page that documents a rule, by code."""

    def diagnostic(self, finding: Finding) -> types.Diagnostic:
        """A finding as a diagnostic."""
        page = self.page(finding.code)
        related = [
            types.DiagnosticRelatedInformation(
                types.Location(self.uri, self.positions.range(other.span)), inert(other.label)
            )
            for other in finding.related
            if other.label and not other.path
        ]
        return types.Diagnostic(
            range=self.positions.range(finding.span),
            message="\n".join(inert(part) for part in (finding.message, finding.help) if part),
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            code_description=types.CodeDescription(page) if page else None,
            source=SOURCE,
            related_information=related or None,
        )

    def quick_fixes(self, findings: Iterable[Finding], wrap: Wrap) -> list[types.CodeAction]:
        """An action for each finding that has a fix; safe fixes are marked as preferred."""
        return [
            types.CodeAction(
                title=_title(finding, finding.fix),
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[self.diagnostic(finding)],
                is_preferred=finding.fix.applicability == "safe",
                edit=wrap(self._edits(finding.fix.edits)),
            )
            for finding in findings
            if finding.fix is not None
        ]

    def fix_all(self, before: str, after: str, wrap: Wrap) -> list[types.CodeAction]:
        """One action that applies all safe fixes, if they change the text."""
        edits = list(difference(before, after))
        if not edits:
            return []
        return [types.CodeAction("Fix all safe problems", FIX_ALL, edit=wrap(self._edits(edits)))]

    def _edits(self, edits: Iterable[Edit]) -> list[types.TextEdit]:
        return [types.TextEdit(self.positions.range(span), content) for span, content in edits]


def difference(before: str, after: str) -> Iterator[Edit]:
    """The edits of whole lines that turn one text into the other."""
    old, new = _lines(before), _lines(after)
    starts = [0, *accumulate(map(len, old))]
    source = SourceText(before.removeprefix("\ufeff"))
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            yield Edit(source.span(starts[start], starts[end]), "".join(new[new_start:new_end]))


def _lines(text: str) -> list[str]:
    return _LINE.findall(text.removeprefix("\ufeff"))


def _title(finding: Finding, fix: Fix) -> str:
    """What a fix does, in a few words; the rule's name if that would be too long."""
    words = [_words(change) for change in fix.changes]
    title = " and ".join(words) if 0 < len(words) <= 2 and all(words) else f"fix {finding.name}"
    title = inert(title)
    return f"{title[0].upper()}{title[1:]} ({finding.code}){'' if fix.applicability == 'safe' else ' (unsafe)'}"


def _words(change: Change) -> str:
    key = change.pointer.rpartition("/")[2]
    match change.kind:
        case "replace" | "add" if isinstance(change.value, str | int) and len(str(change.value)) <= _LONGEST:
            return f"set {key} to {json.dumps(change.value)}"
        case "rename":
            return f"rename {key} to {change.value}"
        case "remove" if not key.isdigit():
            return f"remove {key}"
        case _:
            return ""


def is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Whether actions of a kind were requested: a kind includes its subkinds; `None` and "" mean all."""
    return only is None or any(not wanted or kind == wanted or kind.startswith(wanted + ".") for wanted in only)


def overlap(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges overlap or touch."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character
