"""`taskfit lsp` as an editor runs it: a process of its own that a real client talks to over standard input and output."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from bad_cases import BAD, VALID, app, task
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.client import LanguageClient
from pygls.uris import to_fs_path
from pygls.workspace import PositionCodec

from taskfit.finding import Change, Finding, Fix, Severity, Span
from taskfit.lsp.positions import Positions
from taskfit.lsp.translation import FIX_ALL, Translator, difference, is_wanted

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from conftest import CommandLine

T = TypeVar("T")

GOOD = json.dumps(VALID["plain"], indent=2)
BROKEN = json.dumps(BAD["pair-8192-25600"][0], indent=2)
WORKER = json.dumps(
    task(
        app("worker", cpu=1024, environment=[{"name": "MAX_AGENTS", "value": "4"}]),
        app("otel", image="otel/opentelemetry-collector", cpu=256, memoryReservation=512, essential=False),
        family="mistersmith-worker",
        memory="3072",
    ),
    indent=2,
)

PATIENCE = 30
"""Seconds after which something that never comes is a failure."""


class Editor:
    """An editor with one server."""

    def __init__(self, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._published: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self._versions: dict[str, int] = {}
        self.messages: list[str] = []
        self.registered: list[str] = []
        self.client = LanguageClient("test", "1")

        def publish(params: types.PublishDiagnosticsParams) -> None:
            self._published.put_nowait(params)

        def show(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

        def register(params: types.RegistrationParams) -> None:
            self.registered += [registration.method for registration in params.registrations]

        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(publish)
        self.client.feature(types.CLIENT_REGISTER_CAPABILITY)(register)
        self.client.feature(types.WINDOW_SHOW_MESSAGE)(show)

    def wait(self, coming: Coroutine[Any, Any, T]) -> T:
        return self._runner.run(asyncio.wait_for(coming, PATIENCE))

    def start(self, folder: Path) -> types.InitializeResult:
        self.wait(self.client.start_io(sys.executable, "-m", "taskfit", "lsp", cwd=folder))
        edits = types.WorkspaceEditClientCapabilities(document_changes=True)
        watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        workspace = types.WorkspaceClientCapabilities(workspace_edit=edits, did_change_watched_files=watching)
        params = types.InitializeParams(types.ClientCapabilities(workspace=workspace), root_uri=folder.as_uri())
        result = self.wait(self.client.initialize_async(params))
        self.client.initialized(types.InitializedParams())
        return result

    def stop(self) -> int | None:
        self.wait(self.client.shutdown_async(None))
        self.client.exit(None)
        self.wait(self.client.stop())  # type: ignore[no-untyped-call]
        return self.client._server.returncode if self.client._server else None

    def open(self, path: Path, text: str, language: str = "json") -> list[types.Diagnostic]:
        uri = uri_of(path)
        self._versions[uri] = 1
        document = types.TextDocumentItem(uri, language, 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
        return self.published(path)

    def change(self, path: Path, *texts: str) -> list[types.Diagnostic]:
        uri = uri_of(path)
        for text in texts:
            self._versions[uri] += 1
            document = types.VersionedTextDocumentIdentifier(self._versions[uri], uri)
            whole = types.TextDocumentContentChangeWholeDocument(text)
            self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [whole]))
        return self.published(path)

    def save(self, path: Path) -> None:
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(identify(path)))

    def close(self, path: Path) -> list[types.Diagnostic]:
        self._versions.pop(uri_of(path))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(identify(path)))
        return self.published(path)

    def close_all(self) -> None:
        for uri in list(self._versions):
            assert self.close(Path(to_fs_path(uri) or "")) == []

    def published(self, path: Path) -> list[types.Diagnostic]:
        """What the server shows for the present version of a text; nothing of other versions ever comes."""
        params = self.wait(self._published.get())
        assert (params.uri, params.version) == (uri_of(path), self._versions.get(params.uri))
        return list(params.diagnostics)

    def hover(self, path: Path, line: int, character: int) -> types.Hover | None:
        position = types.Position(line, character)
        found: types.Hover | None = self.wait(
            self.client.text_document_hover_async(types.HoverParams(identify(path), position))
        )
        return found

    def hover_text(self, path: Path, text: str, word: str) -> str:
        before = text[: text.index(word) + 1]
        line = before.count("\n")
        found = self.hover(path, line, len(before.rpartition("\n")[2]) - 1)
        assert found is not None
        assert isinstance(found.contents, types.MarkupContent)
        assert found.contents.kind is types.MarkupKind.Markdown
        return str(found.contents.value)

    def actions(self, path: Path, *only: str) -> list[types.CodeAction]:
        everything = types.Range(types.Position(0, 0), types.Position(9999, 0))
        context = types.CodeActionContext([], only=list(only) or None)
        params = types.CodeActionParams(identify(path), everything, context)
        found = self.wait(self.client.text_document_code_action_async(params)) or []
        return [action for action in found if isinstance(action, types.CodeAction)]


def uri_of(path: Path) -> str:
    return path.as_uri()


def identify(path: Path) -> types.TextDocumentIdentifier:
    return types.TextDocumentIdentifier(uri_of(path))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    with asyncio.Runner() as runner:
        editor = Editor(runner)
        editor.start(tmp_path_factory.mktemp("workspace"))
        yield editor
        assert editor.stop() == 0


@pytest.fixture
def editor(running: Editor) -> Iterator[Editor]:
    """The one editor of this module, without open texts."""
    yield running
    running.close_all()
    running.messages.clear()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / ".git").mkdir()
    return tmp_path


def places(diagnostics: list[types.Diagnostic]) -> list[tuple[Any, ...]]:
    return [
        (each.code, each.range.start.line + 1, each.range.start.character + 1, each.range.end.character + 1)
        for each in diagnostics
    ]


def test_an_editor_shows_what_the_command_line_prints(editor: Editor, folder: Path, taskfit: CommandLine) -> None:
    path = folder / "worker.json"
    shown = editor.open(path, BROKEN)
    path.write_text(BROKEN, encoding="utf-8")
    printed = json.loads(taskfit("check", "--output-format", "json", "worker.json", folder=folder).stdout)["findings"]
    assert printed
    keys = ("code", "line", "column", "end_column")
    assert places(shown) == [tuple(finding[key] for key in keys) for finding in printed]
    severities = {"error": 1, "warning": 2, "note": 3}
    for diagnostic, finding in zip(shown, printed, strict=True):
        assert diagnostic.message.startswith(finding["message"])
        assert diagnostic.severity == severities[finding["severity"]]
        assert diagnostic.source == "taskfit"


def test_a_diagnostic_names_its_page_and_other_places(editor: Editor, folder: Path) -> None:
    (pair,) = [each for each in editor.open(folder / "worker.json", BROKEN) if each.code == "FIT101"]
    assert "The nearest sizes are" in pair.message
    assert pair.code_description is not None
    assert pair.code_description.href.startswith("https://docs.aws.amazon.com/")
    (related,) = pair.related_information or ()
    assert related.location.uri == uri_of(folder / "worker.json")
    assert related.location.range.start.line == pair.range.start.line - 1


def test_typing_is_followed_and_only_the_last_version_is_shown(editor: Editor, folder: Path) -> None:
    path = folder / "worker.json"
    assert editor.open(path, BROKEN)
    assert editor.change(path, BROKEN + " ", GOOD) == []
    assert [each.code for each in editor.change(path, BROKEN)] == ["FIT101"]
    assert editor.close(path) == []


def test_broken_json_while_typing_is_a_finding(editor: Editor, folder: Path) -> None:
    path = folder / "worker.json"
    editor.open(path, GOOD)
    assert places(editor.change(path, GOOD[:-30]))[0][0] == "FIT001"
    assert editor.change(path, GOOD) == []


@pytest.mark.parametrize("text", ["", "{", '{"name": "no task definition"}', "a: [1", "\ud83d", "\0"])
def test_a_text_without_a_definition_has_no_diagnostics(editor: Editor, folder: Path, text: str) -> None:
    assert editor.open(folder / "other.json", text) == []


def test_what_lies_nowhere_yet_is_checked(editor: Editor) -> None:
    uri = "untitled:Untitled-1"
    document = types.TextDocumentItem(uri, "json", 7, BROKEN)
    editor.client.text_document_did_open(types.DidOpenTextDocumentParams(document))
    params = editor.wait(editor._published.get())
    editor.client.text_document_did_close(types.DidCloseTextDocumentParams(types.TextDocumentIdentifier(uri)))
    assert editor.wait(editor._published.get()).diagnostics == ()
    assert (params.uri, params.version, [each.code for each in params.diagnostics]) == (uri, 7, ["FIT101"])


def test_terraform_is_read_with_its_neighbours(editor: Editor, folder: Path) -> None:
    (folder / "variables.tf").write_text('variable "memory" {\n  default = 25600\n}\n', encoding="utf-8")
    text = """resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = "8192"
  memory                   = var.memory
  container_definitions    = jsonencode([{ name = "web", image = "nginx:1.27" }])
}
"""
    shown = editor.open(folder / "main.tf", text, "terraform")
    assert ("FIT101", 6) in [place[:2] for place in places(shown)]
    assert "It has no size with 25600 MiB." in editor.hover_text(folder / "main.tf", text, "var.memory")
    assert "On Fargate 8192 CPU units" in editor.hover_text(folder / "main.tf", text, "cpu ")


def test_the_nearest_configuration_counts_and_its_changes_are_noticed(editor: Editor, folder: Path) -> None:
    path, settings = folder / "deploy" / "worker.json", folder / "taskfit.yaml"
    settings.write_text("exclude: [deploy/]\n", encoding="utf-8")
    assert editor.open(path, BROKEN) == []
    settings.write_text("severity: {FIT101: note}\n", encoding="utf-8")
    editor.save(path)
    assert [each.severity for each in editor.published(path)] == [types.DiagnosticSeverity.Information]
    settings.write_text('per-file-ignores: {"deploy/*": [FIT101]}\n', encoding="utf-8")
    editor.save(path)
    assert editor.published(path) == []
    settings.unlink()
    editor.save(path)
    assert [each.code for each in editor.published(path)] == ["FIT101"]


def test_changes_of_what_a_profile_extends_are_noticed(editor: Editor, folder: Path) -> None:
    (folder / "taskfit.yaml").write_text("profile: sizing.yaml\nselect: [FIT201]\n", encoding="utf-8")
    (folder / "sizing.yaml").write_text("name: own\nextends: base.yaml\n", encoding="utf-8")
    base = "name: base\nroles: {web: {match: {family: web}, cpu: [{label: all, amount: 256}]}}\n"
    (folder / "base.yaml").write_text(base, encoding="utf-8")
    path, text = folder / "web.json", '{"family": "web", "cpu": "512", "memory": "1024", "containerDefinitions": []}'
    assert editor.open(path, text) == []
    (folder / "base.yaml").write_text(base.replace("256", "1024"), encoding="utf-8")
    assert [each.code for each in editor.change(path, text + " ")] == ["FIT201"]


def test_files_that_are_not_open_are_watched(editor: Editor, folder: Path) -> None:
    path, settings = folder / "worker.json", folder / "taskfit.yaml"
    assert editor.open(path, BROKEN)
    assert editor.registered == ["workspace/didChangeWatchedFiles"]
    settings.write_text("exclude: [worker.json]\n", encoding="utf-8")
    event = types.FileEvent(settings.as_uri(), types.FileChangeType.Created)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
    assert editor.published(path) == []


def test_a_broken_configuration_is_reported_once_and_forgotten_when_fixed(editor: Editor, folder: Path) -> None:
    path, settings = folder / "worker.json", folder / "taskfit.yaml"
    settings.write_text("selct: [FIT1]\n", encoding="utf-8")
    assert editor.open(path, BROKEN) == []
    assert editor.change(path, BROKEN + " ") == []
    assert editor.hover(path, 0, 0) is None
    assert editor.messages == [f'taskfit can\'t check: {settings}:1:1: unknown key "selct"; did you mean "select"?']
    settings.write_text("select: [FIT1]\n", encoding="utf-8")
    assert [each.code for each in editor.change(path, BROKEN)] == ["FIT101"]


def test_what_the_team_lives_with_is_not_shown(editor: Editor, folder: Path, taskfit: CommandLine) -> None:
    path, settings = folder / "worker.json", folder / "taskfit.yaml"
    path.write_text(BROKEN, encoding="utf-8")
    taskfit("check", "--write-baseline", "worker.json", folder=folder)
    settings.write_text("extend: base.yaml\n", encoding="utf-8")
    (folder / "base.yaml").write_text("baseline: taskfit-baseline.json\n", encoding="utf-8")
    assert editor.open(path, BROKEN) == []
    (folder / "base.yaml").write_text("min-severity: warning\n", encoding="utf-8")
    assert [each.code for each in editor.change(path, BROKEN + " ")] == ["FIT101"]
    (folder / "base.yaml").write_text("baseline: absent.json\n", encoding="utf-8")
    assert editor.change(path, BROKEN) == []
    assert editor.change(path, BROKEN + " ") == []
    assert ["absent.json" in message for message in editor.messages] == [True]


def test_hovering_over_a_size_shows_its_neighbours_and_the_arithmetic(editor: Editor, folder: Path) -> None:
    path = folder / "worker.json"
    editor.open(path, WORKER)
    text = editor.hover_text(path, WORKER, '"3072"')
    assert "On Fargate 1024 CPU units (1 vCPU) go with 2048, **3072**, 4096, 5120, 6144, 7168, 8192 MiB." in text
    assert "| **1024** | **3072** | **$39.28** |" in text
    assert "| 2048 | 4096 | $72.08 |" in text
    assert "worker for 4 agents, tier worker-small (mistersmith profile)" in text
    assert "| floor: less is too little | 1024 | 2560 |  |" in text
    assert "| recommended | 1024 | 3072 | $39.28 |" in text
    assert "- demand, CPU units: 256 to 512 each (active agents; idle 102.4, peak 1024)" in text
    assert editor.hover_text(path, WORKER, '"cpu": "1024"') == text
    assert editor.hover(path, 1, 4) is None


def test_hovering_over_a_containers_size_shows_all_shares(editor: Editor, folder: Path) -> None:
    path = folder / "worker.json"
    editor.open(path, WORKER)
    text = editor.hover_text(path, WORKER, '"memoryReservation"')
    assert "| worker | 1024 |  |  |" in text
    assert "| **otel** | **256** |  | **512** |" in text
    assert "| together | 1280 | 0 | 512 |" in text
    assert "| the task | 1024 | 3072 |  |" in text
    assert "| demand | 1024 to 2048 | 2048 |  |" in text


def test_what_a_file_holds_is_no_markdown(editor: Editor, folder: Path) -> None:
    text = json.dumps(task(app("a|b\n# <img src=x> [x](http://x) `*_ www.x @me"), app("b", cpu=77)), indent=2)
    editor.open(folder / "worker.json", text)
    shown = editor.hover_text(folder / "worker.json", text, "77")
    name = "a\\|b \\# \\<img src=x\\> \\[x\\](http\\://x) \\`\\*\\_ www\\.x \\@me"
    assert f"| {name} |  |  |  |" in shown


def test_what_a_file_holds_adds_no_line_to_a_message(editor: Editor, folder: Path) -> None:
    text = json.dumps({**task(app("a")), "memory": "2500", "family": "a b\n::error::x\x1b[31m\u202e"})
    found = editor.open(folder / "worker.json", text)
    lines = [line for each in found for line in each.message.split("\n")]
    assert any("::error::x" in line for line in lines)
    assert all(line.isprintable() and not line.lstrip().startswith("::") for line in lines)


def test_a_size_that_nobody_knows_is_not_guessed(editor: Editor, folder: Path) -> None:
    text = json.dumps(task(app(cpu=77), app("b", cpu="${CPU}"), cpu="${CPU}"), indent=2)
    editor.open(folder / "worker.json", text)
    assert "Its sizes are 256, 512, 1024," in editor.hover_text(folder / "worker.json", text, '"2048"')
    assert "| together | ? | 0 | 0 |" in editor.hover_text(folder / "worker.json", text, "77")


def test_without_fixes_there_are_no_actions(editor: Editor, folder: Path) -> None:
    editor.open(folder / "worker.json", GOOD)
    assert editor.actions(folder / "worker.json") == []


def test_a_quick_fix_fixes_its_finding_and_nothing_else(editor: Editor, folder: Path) -> None:
    path = folder / "worker.json"
    editor.open(path, BROKEN)
    (fix,) = editor.actions(path, "quickfix")
    assert (fix.title, fix.is_preferred) == ('Set memory to "28672" (FIT101)', True)
    assert [each.code for each in fix.diagnostics or ()] == ["FIT101"]
    assert fix.edit is not None
    (document,) = fix.edit.document_changes or ()
    assert isinstance(document, types.TextDocumentEdit)
    assert (document.text_document.uri, document.text_document.version) == (uri_of(path), 1)
    fixed = applied(BROKEN, fix)
    assert fixed == BROKEN.replace("25600", "28672")
    assert editor.change(path, fixed) == []
    assert editor.actions(path) == []


def test_a_fix_that_costs_or_risks_something_says_so(editor: Editor, folder: Path) -> None:
    path = folder / "worker.json"
    editor.open(path, WORKER)
    (unsafe,) = editor.actions(path)
    assert unsafe.title == 'Set cpu to "2048" and set memory to "4096" (FIT401) (unsafe)'
    assert unsafe.is_preferred is False


@pytest.mark.parametrize("path", sorted((ROOT / "examples" / "broken").iterdir()), ids=lambda path: path.name)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_fixing_all_does_what_the_command_line_does(
    editor: Editor, folder: Path, taskfit: CommandLine, path: Path, end: str
) -> None:
    text, copy = "\ufeff" + path.read_text("utf-8").replace("\n", end), folder / path.name
    copy.write_bytes(text.encode())
    taskfit("check", "--fix", path.name, folder=folder)
    fixed = copy.read_bytes().decode()
    editor.open(copy, text)
    actions = editor.actions(copy, FIX_ALL)
    assert [applied(text, action) for action in actions] == ([fixed] if fixed != text else [])


def test_a_request_that_makes_no_sense_does_not_end_the_server(editor: Editor, folder: Path) -> None:
    path = folder / "worker.json"
    for method, params in (
        ("workspace/executeCommand", types.ExecuteCommandParams("none")),
        ("textDocument/none", {}),
    ):
        with pytest.raises(JsonRpcException):
            editor.wait(editor.client.protocol.send_request_async(method, params))
    closed = folder / "closed.json"
    closed.write_text(BROKEN, encoding="utf-8")
    assert editor.hover(closed, 0, 0) is None
    assert editor.actions(closed) == []
    editor.open(path, BROKEN)
    assert editor.hover(path, 9999, 9999) is None
    assert [each.code for each in editor.change(path, BROKEN + "\n")] == ["FIT101"]


def shown_in_the_docs(language: str) -> str:
    """The settings in the page on editors, in a language."""
    match = re.search(
        rf"^```{language}\n(.*?)^```$", (ROOT / "docs" / "editor.md").read_text("utf-8"), re.DOTALL | re.MULTILINE
    )
    assert match
    return match[1]


def test_the_settings_for_neovim_work(folder: Path) -> None:
    neovim = shutil.which("nvim")
    if neovim is None or answer(neovim, folder, "--clean", "-c", "echo has('nvim-0.11')").strip() != "1":
        pytest.skip("Neovim 0.11 is not installed")
    (folder / "init.lua").write_text(shown_in_the_docs("lua"), encoding="utf-8")
    (folder / "worker.json").write_text(BROKEN, encoding="utf-8")
    (folder / "probe.lua").write_text(PROBE, encoding="utf-8")
    shown = answer(neovim, folder, "-u", "init.lua", "worker.json", "-c", "luafile probe.lua")
    assert shown.splitlines() == ["FIT101 8:12", "On Fargate 8192 CPU units", "fixed"]


PROBE = """
local function codes()
  local function words(found) return found.code .. " " .. found.lnum + 1 .. ":" .. found.col end
  return vim.tbl_map(words, vim.diagnostic.get(0))
end
vim.wait(20000, function() return #codes() > 0 end)
io.stderr:write(table.concat(codes(), ", "), "\\n")
local place = { textDocument = vim.lsp.util.make_text_document_params(0), position = { line = 7, character = 14 } }
for _, answer in pairs(vim.lsp.buf_request_sync(0, "textDocument/hover", place, 20000)) do
  io.stderr:write(answer.result.contents.value:sub(1, 25), "\\n")
end
vim.api.nvim_buf_set_lines(0, 7, 8, false, { '  "memory": "28672",' })
io.stderr:write(vim.wait(20000, function() return #codes() == 0 end) and "fixed" or "not fixed", "\\n")
"""
"""Prints what Neovim shows; fixes the file."""


def answer(neovim: str, folder: Path, *arguments: str) -> str:
    """What Neovim without a screen prints; taskfit is on its path."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path, "HOME": str(folder), "XDG_CONFIG_HOME": str(folder)}
    command = [neovim, "--headless", *arguments, "-c", "qa!"]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=True)
    return run.stderr


def test_the_other_settings_start_the_server() -> None:
    helix = tomllib.loads(shown_in_the_docs("toml"))
    server = helix["language-server"]["taskfit"]
    assert [server["command"], *server["args"]] == ["taskfit", "lsp"]
    assert all(language["language-servers"][-1] == "taskfit" for language in helix["language"])
    code = json.loads(shown_in_the_docs("json"))
    assert [code["glspc.server.command"], *code["glspc.server.commandArguments"]] == ["taskfit", "lsp"]


def framed(message: object) -> bytes:
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return b"Content-Length: %d\r\n\r\n%s" % (len(body), body)


def asked(method: str, params: object, **keys: object) -> bytes:
    return framed({"jsonrpc": "2.0", "method": method, "params": params, **keys})


HOVER = "textDocument/hover"
GARBAGE = [
    *map(framed, (b"{nope", b"\xff\xfe{}", [1, 2], 5, None, {}, {"jsonrpc": "1.0", "id": 3, "method": "shutdown"})),
    framed(b'{"jsonrpc": "2.0", "method": "x", "params": ' + b"[" * 5000 + b"]" * 5000 + b"}"),
    framed(b'{"jsonrpc": "2.0", "id": 5, "result": ' + b"9" * 5000 + b"}"),
    framed({"jsonrpc": "2.0", "id": 3}),
    framed({"jsonrpc": "2.0", "id": [1], "method": HOVER, "params": {}}),
    asked(HOVER, {"textDocument": 5, "position": "x"}, id=4),
    asked(HOVER, {"textDocument": {"uri": "file:///a"}, "position": {"line": 10**30, "character": -1}}, id=4),
    *(
        asked(HOVER, {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}, id=4)
        for uri in ("file:///dev/zero", "::::", "http://x/y.json", "file:///tmp", "file:///tmp/%00.json", "")
    ),
    asked("textDocument/codeAction", {"textDocument": {"uri": "file:///a"}, "range": None, "context": []}, id=4),
    asked("textDocument/didOpen", {"textDocument": {"uri": 5}}),
    asked("textDocument/didChange", {"textDocument": {"uri": "file:///a"}, "contentChanges": 5}),
    asked(
        "textDocument/didChange",
        {"textDocument": {"uri": "file:///dev/zero", "version": 2}, "contentChanges": [{"text": ""}]},
    ),
    asked("textDocument/didClose", {"textDocument": {"uri": "file:///a"}}),
    asked("workspace/didChangeWatchedFiles", {"changes": [{"uri": 5, "type": 9}]}),
    asked("workspace/executeCommand", {"command": "rm", "arguments": []}, id=4),
    asked("$/cancelRequest", {"id": []}),
]


def test_garbage_ends_neither_the_server_nor_in_a_traceback(folder: Path) -> None:
    path = folder / "task.json"
    path.write_text(WORKER, encoding="utf-8")
    document = {"uri": path.as_uri(), "languageId": "json", "version": 1, "text": WORKER}
    cpu = {"line": next(n for n, line in enumerate(WORKER.splitlines()) if '  "cpu"' in line), "character": 4}
    messages = [
        asked(HOVER, {"textDocument": {"uri": path.as_uri()}, "position": cpu}, id=0),
        asked("textDocument/didOpen", {"textDocument": document}),
        asked("textDocument/didSave", {"textDocument": {"uri": path.as_uri()}}),
        asked("initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}, id=1),
        *GARBAGE,
        asked("textDocument/didOpen", {"textDocument": document}),
        asked(HOVER, {"textDocument": {"uri": path.as_uri()}, "position": cpu}, id=50),
        framed({"jsonrpc": "2.0", "id": 51, "method": "shutdown"}),
        framed({"jsonrpc": "2.0", "method": "exit"}),
    ]
    command = [sys.executable, "-m", "taskfit", "lsp"]
    run = subprocess.run(command, cwd=folder, input=b"".join(messages), capture_output=True, check=False)
    assert run.returncode == 0, run.stderr
    assert b"Traceback" not in run.stderr
    assert len(run.stderr.splitlines()) < 2 * len(GARBAGE)
    answers = [json.loads(part.partition(b"\r\n\r\n")[2]) for part in run.stdout.split(b"Content-Length: ")[1:]]
    (answer,) = (each for each in answers if each.get("id") == 50)
    assert "CPU" in answer["result"]["contents"]["value"]


def test_a_message_that_claims_to_be_huge_is_not_waited_for(folder: Path) -> None:
    command = [sys.executable, "-m", "taskfit", "lsp"]
    sent = b"Content-Length: 99999999999999\r\n\r\n{}"
    run = subprocess.run(command, cwd=folder, input=sent, capture_output=True, check=False)
    assert (run.returncode, run.stdout, run.stderr) == (1, b"", b"")


def test_only_a_crash_of_its_own_is_logged_with_a_traceback() -> None:
    from taskfit.lsp.messages import OneLine

    def logged(crash: Callable[[str], object]) -> str:
        try:
            crash("{")
        except Exception as error:  # noqa: BLE001
            found = type(error), error, error.__traceback__
            return OneLine().format(logging.LogRecord("pygls", logging.ERROR, "", 0, "What\nmore", (), found))
        raise AssertionError("it does not crash")

    assert logged(json.loads).startswith("What: Expecting property name")
    assert "\n" not in logged(json.loads)
    assert "Traceback" in logged(lambda _: Positions("", None).range(None))  # type: ignore[arg-type]


def test_an_end_without_leave_is_a_failure(folder: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "taskfit", "lsp"], cwd=folder, input=b"", capture_output=True, check=False
    )
    assert (run.returncode, run.stdout) == (1, b"")


def test_without_the_extra_the_error_says_how_to_get_it() -> None:
    script = "import sys; sys.modules['pygls'] = None; sys.argv = ['taskfit', 'lsp']; import taskfit.__main__"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, encoding="utf-8", check=False)
    assert (run.returncode, run.stdout) == (2, "")
    assert run.stderr.startswith("error: the server for editors needs pygls: pip install 'taskfit[lsp] @ git+ADDRESS")
    assert run.stderr.count("\n") == 1


SHORT = 'a: "😀", b: 1\r\nc: "ä", d: 2\rlast'


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize(("encoding", "wide", "umlaut"), [("utf-16", 2, 1), ("utf-8", 4, 2), ("utf-32", 1, 1)])
def test_positions_count_code_units(mark: str, encoding: str, wide: int, umlaut: int) -> None:
    codec = PositionCodec(types.PositionEncodingKind(encoding))
    positions = Positions(mark + SHORT, codec)
    shift = codec.client_num_units(mark)
    for word, line, column, character in (
        ("1", 1, 12, 10 + wide + shift),
        ("2", 2, 12, 10 + umlaut),
        ("last", 3, 1, 0),
    ):
        span = Span(line, column, line, column + len(word))
        found = positions.range(span)
        assert (found.start.line, found.start.character) == (line - 1, character)
        assert found.end.character == character + len(word)
        assert positions.place(found.start) == (line, column)
    assert positions.place(types.Position(2, 99)) == (3, 5)
    assert positions.place(types.Position(99, 0)) == (3, 5)


def test_a_byte_order_mark_and_wide_characters_move_no_finding(editor: Editor, folder: Path) -> None:
    data = {**BAD["pair-8192-25600"][0], "family": "app"}
    line = json.dumps({"tags": [{"key": "mood", "value": "😀"}], **data}, ensure_ascii=False)
    (shown,) = editor.open(folder / "worker.json", f"\ufeff{line}\r\n")
    before = line[: line.index('"25600"')]
    assert shown.range.start == types.Position(0, len(before) + 2)
    assert shown.range.end.character == shown.range.start.character + len('"25600"')


def applied(text: str, action: types.CodeAction) -> str:
    """The text with the edits of an action, as an editor makes them."""
    assert action.edit is not None
    lines = [0, *(match.end() for match in re.finditer(r"\r\n|\r|\n", text))]
    units = text.encode("utf-16-le")

    def offset(position: types.Position) -> int:
        return len(text[: lines[position.line]].encode("utf-16-le")) + 2 * position.character

    for document in action.edit.document_changes or ():
        assert isinstance(document, types.TextDocumentEdit)
        for edit in sorted(document.edits, key=lambda edit: offset(edit.range.start), reverse=True):
            assert isinstance(edit, types.TextEdit)
            start, end = offset(edit.range.start), offset(edit.range.end)
            units = units[:start] + edit.new_text.encode("utf-16-le") + units[end:]
    return units.decode("utf-16-le")


LINES = st.text(st.sampled_from("a😀\r\n"), max_size=12)


@given(mark=st.sampled_from(("", "\ufeff")), before=LINES, after=LINES)
def test_a_difference_makes_one_text_the_other(mark: str, before: str, after: str) -> None:
    before, after = mark + before, mark + after
    positions = Positions(before, PositionCodec())
    edits = [types.TextEdit(positions.range(span), content) for span, content in difference(before, after)]
    document = types.TextDocumentEdit(types.OptionalVersionedTextDocumentIdentifier("x"), edits)
    action = types.CodeAction("x", edit=types.WorkspaceEdit(document_changes=[document]))
    assert applied(before, action) == after


def test_a_title_says_what_is_changed_where_that_is_short() -> None:
    cpu, memory = Change("replace", "/cpu", "2048"), Change("replace", "/memory", "4096")
    sidecar = Change("add", "/containerDefinitions/-", {"name": "otel"})
    for changes, expected in (
        ((cpu, memory), 'Set cpu to "2048" and set memory to "4096" (FIT202) (unsafe)'),
        ((Change("remove", "/ephemeralStorage"),), "Remove ephemeralStorage (FIT202) (unsafe)"),
        ((Change("rename", "/Memory", "memory"),), "Rename Memory to memory (FIT202) (unsafe)"),
        ((sidecar,), "Fix some-rule (FIT202) (unsafe)"),
        ((cpu, memory, cpu), "Fix some-rule (FIT202) (unsafe)"),
    ):
        fix = Fix("unsafe", (), changes)
        found = Finding("FIT202", "some-rule", Severity.ERROR, "It is wrong.", "x.json", Span(1, 1, 1, 2), fix=fix)
        translator = Translator("file:///x.json", Positions("{}", PositionCodec()), lambda _: None)
        (action,) = translator.quick_fixes(
            [found], lambda edits: types.WorkspaceEdit(changes={"file:///x.json": edits})
        )
        assert action.title == expected


@pytest.mark.parametrize(
    ("only", "wanted"),
    [
        (None, True),
        ([types.CodeActionKind.Empty], True),
        ([types.CodeActionKind.Source], True),
        (["source.fixAll"], True),
        ([FIX_ALL], True),
        (["quickfix"], False),
        (["source.fix"], False),
        ([], False),
    ],
)
def test_kinds_of_actions_are_a_tree(only: list[str] | None, wanted: bool) -> None:
    assert is_wanted(FIX_ALL, only) is wanted


def test_every_example_has_sizes_to_hover_over(editor: Editor) -> None:
    paths = sorted((ROOT / "examples" / "fleet").iterdir())
    assert paths
    for path in paths:
        text = path.read_text(encoding="utf-8")
        editor.open(path, text)
        lines = [(number, line.find("cpu")) for number, line in enumerate(text.splitlines())]
        hovers = [editor.hover(path, number, column) for number, column in lines if column >= 0]
        assert any(hovers), path
