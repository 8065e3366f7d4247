"""Findings and fixes in the words of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from lsprotocol import types

from taskfit.finding import Edit, Finding, Fix, Severity
from taskfit.lsp.positions import Positions

SOURCE = "taskfit"

FIX_ALL = "source.fixAll.taskfit"
"""The kind of the action that mends whatever can be mended without risk; for what an editor does on saving."""

_SEVERITIES = {
    Severity.ERROR: types.DiagnosticSeverity.Error,
    Severity.WARNING: types.DiagnosticSeverity.Warning,
    Severity.NOTE: types.DiagnosticSeverity.Information,
}

_LONGEST = 40
"""Characters of a value that the title of an action shows."""

Change = Callable[[list[types.TextEdit]], types.WorkspaceEdit]
"""Makes edits of one text into those of the workspace."""


class Translator(NamedTuple):
    """Turns what was found in one text into what its editor understands."""

    uri: str
    positions: Positions
    page: Callable[[str], str | None]
    """The web page that a rule rests on, by code."""

    def diagnostic(self, finding: Finding) -> types.Diagnostic:
        """A finding."""
        page = self.page(finding.code)
        related = [
            types.DiagnosticRelatedInformation(types.Location(self.uri, self.positions.range(span)), label)
            for span, label in finding.related
            if label
        ]
        return types.Diagnostic(
            range=self.positions.range(finding.span),
            message=f"{finding.message}\n{finding.help}" if finding.help else finding.message,
            severity=_SEVERITIES[finding.severity],
            code=finding.code,
            code_description=types.CodeDescription(page) if page else None,
            source=SOURCE,
            related_information=related or None,
        )

    def quick_fixes(self, findings: Iterable[Finding], change: Change) -> list[types.CodeAction]:
        """An action for each finding that has a fix, those without risk preferred."""
        return [
            types.CodeAction(
                title=self._title(finding, finding.fix),
                kind=types.CodeActionKind.QuickFix,
                diagnostics=[self.diagnostic(finding)],
                is_preferred=finding.fix.applicability == "safe",
                edit=change(self._edits(finding.fix.edits)),
            )
            for finding in findings
            if finding.fix is not None
        ]

    def fix_all(self, findings: Iterable[Finding], change: Change) -> list[types.CodeAction]:
        """One action for all fixes without risk, if there are any; of two that touch, the first."""
        chosen: list[Edit] = []
        for finding in findings:
            fix = finding.fix
            if fix is None or fix.applicability != "safe":
                continue
            new = [edit for edit in fix.edits if edit not in chosen]
            if not any(_touch(edit, other) for edit in new for other in chosen):
                chosen += new
        if not chosen:
            return []
        edit = change(self._edits(sorted(chosen)))
        return [types.CodeAction("Fix all safe problems", FIX_ALL, edit=edit)]

    def _edits(self, edits: Iterable[Edit]) -> list[types.TextEdit]:
        return [types.TextEdit(self.positions.range(span), content) for span, content in edits]

    def _title(self, finding: Finding, fix: Fix) -> str:
        changes = [(self.positions.text(span), content) for span, content in fix.edits]
        is_short = len(changes) <= 2 and all(old and _is_short(old) and _is_short(new) for old, new in changes)
        what = " and ".join(f"{old} to {new}" for old, new in changes)
        title = f"Change {what}" if is_short else f"Fix {finding.name}"
        return f"{title} ({finding.code}){'' if fix.applicability == 'safe' else ' (unsafe)'}"


def is_wanted(kind: str, only: Sequence[str] | None) -> bool:
    """Whether actions of a kind were asked for: a kind stands for those below it, and nothing for all."""
    return only is None or any(not wanted or kind == wanted or kind.startswith(wanted + ".") for wanted in only)


def overlap(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges have a place in common, be it an end."""
    return _key(one.start) <= _key(other.end) and _key(other.start) <= _key(one.end)


def _key(position: types.Position) -> tuple[int, int]:
    return position.line, position.character


def _touch(one: Edit, other: Edit) -> bool:
    return (one.span[:2] <= other.span[2:]) and (other.span[:2] <= one.span[2:])


def _is_short(text: str) -> bool:
    return 0 < len(text) <= _LONGEST and text.isprintable()
