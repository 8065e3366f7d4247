"""A user who may not write: every write says so in one line, and what was there stays."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import run, write
from seeds import TASK

from taskfit.engine.baseline import Scope, entry_of
from taskfit.finding import Finding, Severity, Span

NOBODY = 65534


@pytest.fixture
def as_nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that this user may read and not write; root becomes nobody for that long."""
    if not hasattr(os, "seteuid"):
        pytest.skip("there are no such users")
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    write({"task.json": TASK, "taskfit-baseline.json": '{"version": 1, "findings": []}'})
    assert run("task.json", "--fix", "--diff", "--unsafe-fixes").stdout  # imports what root alone may read
    assert run("task.json", "--output-format", "sarif", "--baseline", "taskfit-baseline.json").stdout
    tmp_path.chmod(0o555)
    was_root = os.geteuid() == 0
    if was_root:
        for folder in tmp_path.parents:
            if folder != Path("/") and not folder.stat().st_mode & 0o001:
                folder.chmod(0o711)
        os.seteuid(NOBODY)
    yield tmp_path
    if was_root:
        os.seteuid(0)
    tmp_path.chmod(0o755)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--fix", "--unsafe-fixes"), "task.json: "),
        (("--write-baseline",), "Permission denied"),
        (("--output-format", "sarif", "--output-file", "new.sarif"), "can't write new.sarif: Permission denied"),
    ],
)
def test_what_may_not_be_written_is_reported_and_left(as_nobody: Path, arguments: tuple[str, ...], words: str) -> None:
    before = {path.name: path.read_bytes() for path in as_nobody.iterdir() if path.is_file()}
    result = run("task.json", *arguments)
    assert result.status == 2
    assert words in result.stderr
    assert {path.name: path.read_bytes() for path in as_nobody.iterdir() if path.is_file()} == before


@pytest.mark.usefixtures("as_nobody")
def test_an_entry_of_a_file_that_may_not_be_looked_at_is_not_stale() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "closed").mkdir()
        found = Finding("FIT203", "x", Severity.WARNING, "m", f"{name}/closed/a.json", Span(1, 1, 1, 2))
        seen = Scope({"b.json": frozenset({"FIT203"})}, folder)
        assert seen.has(entry_of(found, folder))  # it is gone
        (folder / "closed").chmod(0)
        assert not seen.has(entry_of(found, folder))
        (folder / "closed").chmod(0o700)
