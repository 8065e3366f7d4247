"""Ctrl-C, a reader that is gone, and a full disk, in a process of its own for each: no traceback, and no torn file."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import ROOT, write
from seeds import TASK

from taskfit import reports
from taskfit.cli.audit_outputs import ALL_FORMATS, TABLES
from taskfit.cli.commands import INTERRUPTED
from taskfit.reports import fleet

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals and limits of POSIX")

RULES = "examples/policy/acme_taskfit_policy/rules"
PROFILE = "examples/profiles/gunicorn.yaml"
ANSWERS = str(ROOT / "examples" / "audit" / "123456789012")

CHECK = ("check", ".", "--isolated", "--jobs", "1")
AUDIT = ("audit", "--isolated", "--from", ANSWERS, "--jobs", "1")
WRITES = {
    "fix": (*CHECK, "--fix", "--unsafe-fixes"),
    "baseline": (*CHECK, "--write-baseline"),
    "report": (*CHECK, "--output-format", "sarif", "--output-file", "report.sarif"),
    "diff": ("diff", "HEAD", "--isolated", "--output-format", "json", "--output-file", "report.json"),
    "audit report": (*AUDIT, "--output-format", "json", "--output-file", "report.json"),
    "rule": ("rule", "new", "ACME001", "--output-file", "rule.yaml"),
}
"""What writes a file by way of `write_whole`."""
TABLE = (*AUDIT, "--output-format", "ndjson", "--output-file", "tables")

COMMANDS = {
    "size": ("size", "worker", "4", "--isolated"),
    "rule": ("rule", "FIT101"),
    "rule --all": ("rule", "--all"),
    "profile": ("profile", "mistersmith"),
    "profile new": ("profile", "new", ".", "--isolated"),
    "schema": ("schema", "config"),
}
"""What only prints."""

INTERRUPTING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell's background jobs have not
event, part = sys.argv[1:3]

def interrupt(name, arguments):
    if name == event and arguments and part in str(arguments[0]):
        os.kill(0, signal.SIGINT)  # all processes of the group, as a terminal does

sys.addaudithook(interrupt)
del sys.argv[1:3]
from taskfit.cli import main
main()
"""
"""Interrupts itself where an audit event of Python happens: https://docs.python.org/3/library/audit_events.html"""

LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (64, resource.RLIM_INFINITY))
from taskfit.cli import main
main()
"""
"""Can write no more than 64 bytes into any file."""


@pytest.fixture
def folder(in_a_repository: None, tmp_path: Path) -> Path:
    write({"task1.json": TASK, "task2.json": TASK, "taskfit-baseline.json": '{"version": 1, "findings": []}'})
    for file in (ROOT / RULES, ROOT / PROFILE):
        (shutil.copytree if file.is_dir() else shutil.copy)(file, tmp_path / file.name)
    return tmp_path


@pytest.fixture
def committed(folder: Path) -> Path:
    """The folder as a repository with one commit."""
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    (folder / ".git").rmdir()
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com")
    for arguments in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "x")):
        subprocess.run(["git", *arguments], check=True)
    write({"task1.json": {**TASK, "cpu": "512"}})
    return folder


def python(script: str, *arguments: str, stdout: int = subprocess.PIPE) -> subprocess.CompletedProcess[str]:
    """Run a script in a group of processes of its own, which imports taskfit from here."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "linter"), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(
        command, stdout=stdout, stderr=subprocess.PIPE, env=environment, text=True, start_new_session=True, check=False
    )


def files(folder: Path) -> dict[str, bytes]:
    found = (path for path in folder.rglob("*") if path.is_file() and ".git" not in path.parts)
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


@pytest.mark.parametrize(
    ("arguments", "event", "part"),
    [
        (CHECK, "open", "task1.json"),
        (("check", "task1.json"), "open", "task1.json"),
        (("check", ".", "--isolated", "--jobs", "2"), "open", "task1.json"),
        (("check", ".", "--isolated", "--jobs", "2"), "open", "task2.json"),
        (("fleet", ".", "--isolated"), "open", "task1.json"),
        (("profile", "new", ".", "--isolated"), "open", "task1.json"),
        (("profile", "test", "gunicorn.yaml"), "open", "gunicorn.yaml"),
        (("profile", "gunicorn.yaml"), "open", "gunicorn.yaml"),
        (("rule", "test", "rules"), "open", "ACME003"),
        (("rule", "FIT101"), "open", "rule."),
        (("size", "worker", "4"), "open", "size."),
        (("schema", "config"), "open", "schema."),
        (AUDIT, "open", "prod.json"),
        (TABLE, "open", "part"),
        *((arguments, "open", "task1.json") for name, arguments in WRITES.items() if name in ("fix", "baseline")),
        *((arguments, "os.chmod", "") for name, arguments in WRITES.items() if name != "diff"),
        *((arguments, "os.rename", "") for name, arguments in WRITES.items() if name != "diff"),
    ],
    ids=lambda value: " ".join(value[:3]) if isinstance(value, tuple) else value,
)
def test_ctrl_c_ends_every_command_silently(folder: Path, arguments: tuple[str, ...], event: str, part: str) -> None:
    before = files(folder)
    ended = python(INTERRUPTING, event, part, *arguments)
    assert (ended.returncode, ended.stdout, ended.stderr) == (INTERRUPTED, "", "")
    assert files(folder) == before


@pytest.mark.usefixtures("committed")
@pytest.mark.parametrize(("event", "part"), [("subprocess.Popen", "git"), ("os.chmod", "")])
def test_ctrl_c_ends_a_diff_silently(event: str, part: str) -> None:
    ended = python(INTERRUPTING, event, part, *WRITES["diff"])
    assert (ended.returncode, ended.stdout, ended.stderr) == (INTERRUPTED, "", "")
    assert not [name for name in files(Path()) if "report" in name]


def test_ctrl_c_ends_the_language_server_while_it_waits_for_the_editor() -> None:
    pytest.importorskip("pygls")
    script = (
        "import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\nfrom taskfit.cli import main\nmain()"
    )
    request = json.dumps(
        {
            "jsonrpc": "2.0",
            "id": 1,
            "method": "initialize",
            "params": {"processId": None, "rootUri": None, "capabilities": {}},
        }
    ).encode()
    with subprocess.Popen(
        [sys.executable, "-c", script, "lsp"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "linter")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as server:
        assert server.stdin
        assert server.stdout
        assert server.stderr
        server.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(request), request))
        server.stdin.flush()
        assert server.stdout.readline().startswith(b"Content-Length")
        server.send_signal(signal.SIGINT)
        assert server.wait(60) == INTERRUPTED
        assert b"Traceback" not in server.stderr.read()


Printing = Callable[[tuple[str, ...]], subprocess.CompletedProcess[str]]

PRINTS = [
    *((*CHECK, "--output-format", name) for name in reports.FORMATS),
    (*CHECK, "--statistics"),
    (*CHECK, "--fix", "--diff", "--unsafe-fixes"),
    *(("fleet", ".", "--isolated", "--output-format", name) for name in fleet.FORMATS),
    *((*AUDIT, "--output-format", name) for name in ALL_FORMATS if name not in TABLES),
    *COMMANDS.values(),
]


@pytest.fixture
def unread() -> Iterator[int]:
    """A pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


MAIN = "from taskfit.cli import main; main()"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", PRINTS, ids=" ".join)
def test_a_closed_pipe_ends_every_format_silently(arguments: tuple[str, ...], unread: int) -> None:
    ended = python(MAIN, *arguments, stdout=unread)
    assert (ended.returncode, ended.stderr) == (1, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("arguments", [CHECK, ("fleet", ".", "--isolated"), AUDIT, *COMMANDS.values()], ids=" ".join)
def test_a_full_disk_behind_standard_output_is_one_line(arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "wb") as full:
        ended = python(MAIN, *arguments, stdout=full.fileno())
    assert (ended.returncode, ended.stderr) == (2, "error: standard output: No space left on device\n")


@pytest.mark.parametrize("name", WRITES)
def test_what_can_be_written_in_part_only_is_not_written(committed: Path, name: str) -> None:
    before = files(committed)
    ended = python(LIMITED, *WRITES[name])
    assert (ended.returncode, files(committed)) == (2, before)
    [line] = (line for line in ended.stderr.splitlines() if "File too large" in line)
    assert {"fix": "task2.json", "baseline": "taskfit-baseline.json", "rule": "rule.yaml", "diff": "can't write"}.get(
        name, "report."
    ) in line
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("kind", TABLES)
def test_tables_that_can_be_written_in_part_only_are_none(folder: Path, kind: str) -> None:
    if kind == "parquet":
        pytest.importorskip("pyarrow")
    before = files(folder)
    ended = python(LIMITED, *AUDIT, "--output-format", kind, "--output-file", "tables")
    assert (ended.returncode, files(folder)) == (2, before)
    part = f"tables/services/account=123456789012/region=eu-west-1/part-00001.{kind}"
    assert f"can't write {part}: File too large\n" in ended.stderr
    assert "Traceback" not in ended.stderr
