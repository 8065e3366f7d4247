"""The server: handlers for the notifications and requests of an editor.

Messages are handled synchronously, in order. So a text never changes while it is checked, and each answer is valid for
the version that it names.
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import BinaryIO, cast

from lsprotocol import types
from pygls.capabilities import get_capability
from pygls.lsp.server import LanguageServer
from pygls.uris import to_fs_path
from pygls.workspace import TextDocument

from taskfit.finding import Finding, Report
from taskfit.lsp.checking import Draft, Setups
from taskfit.lsp.hover import hover
from taskfit.lsp.messages import BoundedInput, log_in_lines
from taskfit.lsp.positions import Positions
from taskfit.lsp.translation import FIX_ALL, SOURCE, Translator, is_wanted, overlap
from taskfit.policy import registry
from taskfit.record import NamedTuple
from taskfit.version import __version__

PAUSE = 0.2
"""Seconds without changes before a text is checked."""

WATCHED = "**/{taskfit.yaml,.taskfit.yaml,taskfit.yml,.taskfit.yml,pyproject.toml,*.tf,*.tofu,*.tfvars}"
"""Files whose changes may affect the findings in other files."""


class Checked(NamedTuple):
    """The findings in one version of a text."""

    version: int | None
    draft: Draft | None
    """`None` if the configuration can't be used."""
    findings: tuple[Finding, ...]
    translator: Translator


class Server(LanguageServer):
    """The language server, with the findings of the open texts."""

    def __init__(self) -> None:
        # Full sync: definitions are small, and a text that differs from the editor's is worse than a slow one.
        super().__init__(SOURCE, __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.setups = Setups()
        self.is_shut_down = False
        self._checked: dict[str, Checked] = {}
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._shown_errors: dict[str, str] = {}

    def is_open(self, uri: str) -> bool:
        """Whether the editor has opened a text; others are not read, since their paths are not trusted."""
        return uri in self._texts()

    def open_texts(self) -> list[str]:
        """The URIs of the open texts."""
        return [document.uri for document in self._texts().values()]

    def _texts(self) -> Mapping[str, TextDocument]:
        try:
            texts: Mapping[str, TextDocument] = self.workspace.text_documents
        except RuntimeError:  # asked before `initialize`
            return {}
        return texts

    def publish_soon(self, uri: str) -> None:
        """Check a text after a pause in typing."""
        self._cancel(uri)
        self._waiting[uri] = asyncio.get_running_loop().call_later(PAUSE, self._publish_late, uri)

    def publish(self, uri: str) -> None:
        """Check a text and publish the findings."""
        self._cancel(uri)
        self._checked.pop(uri, None)
        if self.is_open(uri):
            self._show(uri, self.check(uri))

    def forget(self, uri: str) -> None:
        """Clear the findings of a text."""
        self._cancel(uri)
        self._checked.pop(uri, None)
        self._shown_errors.pop(uri, None)
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    def check(self, uri: str) -> Checked:
        """Check a text as it is; if the configuration can't be used, report that and return no findings."""
        document = self.workspace.get_text_document(uri)
        known = self._checked.get(uri)
        if known is not None and known.version == document.version:
            return known
        path, draft, report = _path(uri), None, Report()
        try:
            draft = Draft(self.setups.of(path), path, document.source)
            report = draft.check()
        except ValueError as error:
            self._show_error(uri, str(error))
        else:
            self._shown_errors.pop(uri, None)
        for failure in report.failures:
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, failure))
        own_rules = draft.setup.session.rule_files if draft else ()
        positions = Positions(document.source, document.position_codec)
        translator = Translator(uri, positions, lambda code: _page(code, own_rules))
        checked = self._checked[uri] = Checked(document.version, draft, report.findings, translator)
        return checked

    def change(self, uri: str, version: int | None, edits: list[types.TextEdit]) -> types.WorkspaceEdit:
        """Edits of one version of a text; an editor that supports versions rejects them for another one."""
        if not get_capability(self.client_capabilities, "workspace.workspace_edit.document_changes", False):
            return types.WorkspaceEdit(changes={uri: edits})
        document = types.OptionalVersionedTextDocumentIdentifier(uri, version)
        return types.WorkspaceEdit(document_changes=[types.TextDocumentEdit(document, list(edits))])

    def _publish_late(self, uri: str) -> None:
        try:
            self.publish(uri)
        except Exception as error:  # noqa: BLE001 - no request is pending that could return the error
            self.window_log_message(types.LogMessageParams(types.MessageType.Error, f"{uri}: {error!r}"))

    def _show(self, uri: str, checked: Checked) -> None:
        diagnostics = [checked.translator.diagnostic(finding) for finding in checked.findings]
        self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, diagnostics, checked.version))

    def _show_error(self, uri: str, message: str) -> None:
        """Show the user, once, why texts can't be checked."""
        if message not in self._shown_errors.values():
            shown = f"taskfit can't check: {message}"
            self.window_show_message(types.ShowMessageParams(types.MessageType.Error, shown))
        self._shown_errors[uri] = message

    def _cancel(self, uri: str) -> None:
        waiting = self._waiting.pop(uri, None)
        if waiting is not None:
            waiting.cancel()


def _path(uri: str) -> Path | None:
    path = to_fs_path(uri)
    return Path(path) if path else None


@cache
def _page(code: str, own_rules: tuple[str, ...]) -> str | None:
    """The first web page among the sources of a rule."""
    try:
        (rule,) = registry.rule_pages(code, own_rules)
    except ValueError:
        return None
    return next((source.url for source in rule.sources if source.url), None)


server = Server()


@server.feature(types.INITIALIZED)
def initialized(ls: Server, _: types.InitializedParams) -> None:
    """Register for changes of files that are not open, if the editor supports it."""
    watched = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
    if get_capability(ls.client_capabilities, "workspace.did_change_watched_files.dynamic_registration", False):
        options = types.DidChangeWatchedFilesRegistrationOptions([types.FileSystemWatcher(WATCHED)])
        ls.client_register_capability(types.RegistrationParams([types.Registration(watched, watched, options)]))


@server.feature(types.TEXT_DOCUMENT_DID_OPEN)
def did_open(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    """Check the text."""
    ls.publish(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
def did_change(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    """Check the text after a pause in typing."""
    ls.publish_soon(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_DID_SAVE)
def did_save(ls: Server, _: types.DidSaveTextDocumentParams) -> None:
    """Check all texts: the saved file may be a configuration, or variables of another file."""
    for uri in ls.open_texts():
        ls.publish(uri)


@server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
def did_change_watched_files(ls: Server, _: types.DidChangeWatchedFilesParams) -> None:
    """Check all texts."""
    for uri in ls.open_texts():
        ls.publish(uri)


@server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
def did_close(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    """Forget the text."""
    ls.forget(params.text_document.uri)


@server.feature(types.TEXT_DOCUMENT_HOVER)
def show_hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    """The hover at a position: the sizes around a size, and the sizing calculation."""
    if not ls.is_open(params.text_document.uri):
        return None
    _, draft, _, translator = ls.check(params.text_document.uri)
    if draft is None:
        return None
    positions = translator.positions
    found = hover(draft.read(), draft.setup.run.policy, *positions.place(params.position))
    if found is None:
        return None
    content = types.MarkupContent(types.MarkupKind.Markdown, found.markdown)
    return types.Hover(content, positions.range(found.span))


@server.feature(
    types.TEXT_DOCUMENT_CODE_ACTION,
    types.CodeActionOptions([types.CodeActionKind.QuickFix, FIX_ALL]),
)
def code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """The fixes of the findings in the range, and one action for all safe fixes."""
    uri, only = params.text_document.uri, params.context.only
    if not ls.is_open(uri):
        return []
    version, draft, findings, translator = ls.check(uri)
    fixable = [finding for finding in findings if finding.fix is not None]
    if draft is None or not fixable:
        return []
    wrap = partial(ls.change, uri, version)
    actions = []
    if is_wanted(types.CodeActionKind.QuickFix, only):
        here = (finding for finding in fixable if overlap(translator.positions.range(finding.span), params.range))
        sure = (finding for finding in here if finding.fix and draft.proves(finding.fix))
        actions += translator.quick_fixes(sure, wrap)
    if is_wanted(FIX_ALL, only):
        actions += translator.fix_all(draft.text, draft.fixed(), wrap)
    return actions


@server.feature(types.SHUTDOWN)
def shutdown(ls: Server, _: None) -> None:
    """Record the shutdown request: an exit without it is a failure."""
    ls.is_shut_down = True


def serve() -> int:
    """Serve an editor over standard input and output until it exits; return the exit status."""
    gc.enable()
    log_in_lines()
    messages = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Redirects other output, so that it does not mix with the messages.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    server.start_io(cast("BinaryIO", BoundedInput(sys.stdin.buffer)), messages)
    return 0 if server.is_shut_down else 1
