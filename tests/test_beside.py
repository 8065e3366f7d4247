"""What may be read beside a file that is checked: regular files of the repository, by no link and no `..` any other."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import write

from taskfit.sources.beside import MAX_BYTES, folders_in, names_in, stamp_in, stamp_of, text_at, text_in, top_of
from taskfit.sources.checked import Checked


@pytest.fixture
def top(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A folder with files in and around it, as the working directory."""
    root = tmp_path / "repository"
    root.mkdir()
    monkeypatch.chdir(root)
    write(
        {"a.txt": "in", "sub/b.txt": "below", ".git/config": "git", "../out.txt": "out", "../repository2/c.txt": "near"}
    )
    os.symlink("a.txt", "inner.txt")
    os.symlink("../out.txt", "link.txt")
    os.symlink("..", "up")
    return os.path.realpath(root)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.txt", "in"),
        ("sub/b.txt", "below"),
        ("sub/../a.txt", "in"),
        ("inner.txt", "in"),
        ("../out.txt", None),
        ("sub/../../out.txt", None),
        ("link.txt", None),
        ("up/out.txt", None),
        ("../repository2/c.txt", None),  # begins like the folder's own name
        (".git/config", None),
        ("sub", None),
        ("missing.txt", None),
        ("a\0.txt", None),
    ],
)
def test_a_text_is_that_of_a_regular_file_inside(name: str, text: str | None, top: str) -> None:
    assert text_at(os.path.join(top, name), top) == text


@pytest.mark.parametrize(
    ("folder", "name", "text"),
    [
        (".", "a.txt", "in"),
        ("sub", "b.txt", "below"),
        (".", "inner.txt", "in"),
        (".", "link.txt", None),
        ("..", "out.txt", None),
        ("../repository2", "c.txt", None),
        (".git", "config", None),
        (".", "sub", None),
        (".", "missing.txt", None),
    ],
)
def test_a_folder_outside_has_no_text(folder: str, name: str, text: str | None, top: str) -> None:
    assert text_in(os.path.normpath(os.path.join(top, folder)), name, top) == text


def test_a_large_file_and_what_is_no_file_are_left_alone(top: str) -> None:
    Path("large.txt").write_bytes(b"x" * MAX_BYTES)
    assert stamp_in(top, "large.txt", top) == stamp_of(f"{top}/large.txt", top)
    assert stamp_of(f"{top}/large.txt", top)
    Path("large.txt").write_bytes(b"x" * (MAX_BYTES + 1))
    assert stamp_in(top, "large.txt", top) is stamp_of(f"{top}/large.txt", top) is None
    os.mkfifo("pipe")  # to read it would wait for ever
    assert stamp_in(top, "pipe", top) is stamp_of(f"{top}/pipe", top) is None
    Path("latin.txt").write_bytes(b"\xe9")
    assert text_at(f"{top}/latin.txt", top) is None


def test_the_top_is_the_repository_s_else_that_of_all_that_is_checked(top: str, tmp_path: Path) -> None:
    above = os.path.realpath(tmp_path)
    assert top_of(f"{top}/sub") == top
    assert top_of(f"{top}/sub", Checked([Path(above, "a.tf")])) == top
    near = os.path.join(above, "repository2")
    assert top_of(near) == near
    assert top_of(near, Checked([Path(above, "a.tf")])) == above
    # A folder that is not below what is checked is its own top.
    assert top_of(near, Checked([Path(above, "other", "a.tf")])) == near


def test_no_walk_enters_a_link_or_a_hidden_folder(top: str) -> None:
    write({".hidden/a.txt": "", "node_modules/a.txt": "", "other/a.txt": ""})
    assert folders_in(top) == [f"{top}/other", f"{top}/sub"]
    assert names_in(top, (".txt",)) == ["a.txt", "inner.txt", "link.txt"]
    assert folders_in(f"{top}/missing") == names_in(f"{top}/missing", (".txt",)) == []
