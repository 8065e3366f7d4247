"""The folder of a saved audit, as it may be found when the audit goes on: torn, or made by somebody else."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from taskfit.auditing import store

SCOPE = {"regions": ["eu-west-1"]}
UNTIL = "2026-01-01T00:00:00+00:00"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store.new(str(tmp_path / "saved"), SCOPE, UNTIL)
    return tmp_path / "saved"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[" * 100_000, b"9" * 5000])
def test_what_is_torn_or_no_answer_is_asked_for_again(content: bytes, folder: Path) -> None:
    (folder / "a.json").write_bytes(content)
    assert store.Store(str(folder)).load("a.json") is None


def test_nobody_waits_for_a_pipe_or_reads_a_device(folder: Path) -> None:
    os.mkfifo(folder / "pipe.json")
    (folder / "zero.json").symlink_to("/dev/zero")
    found = store.Store(str(folder))
    assert [found.load(name) for name in ("pipe.json", "zero.json", "none.json")] == [None] * 3


@pytest.mark.parametrize("until", ["", "soon", 5, None, "2026-01-01", "2026-01-01T00:00:00", "9" * 5000])
def test_a_manifest_without_a_time_is_refused(until: Any, tmp_path: Path) -> None:
    store.new(str(tmp_path / "saved"), SCOPE, until)
    with pytest.raises(ValueError, match=r"audit\.json is not what an audit writes; use another folder"):
        store.resumed(str(tmp_path / "saved"), SCOPE)


def test_an_answer_is_not_written_through_a_link(folder: Path, tmp_path: Path) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("precious", encoding="utf-8")
    (folder / f"a.json{store.PART}").symlink_to(precious)
    (folder / "b.json").symlink_to(precious)
    (tmp_path / "elsewhere").mkdir()
    (folder / "123456789012").symlink_to(tmp_path / "elsewhere")
    found = store.Store(str(folder))
    for name in ("a.json", "b.json", "123456789012/c.json"):
        found.add(name, {"services": []})
    assert precious.read_text(encoding="utf-8") == "precious"
    assert list((tmp_path / "elsewhere").iterdir()) == []
    assert [found.load(name) for name in ("a.json", "b.json")] == [{"services": []}] * 2
    (failure,) = found.failures
    assert "123456789012/c.json: leads to" in failure
    assert {"123456789012/c.json"} <= {file.name for file in found.files()}  # the report has it all the same
