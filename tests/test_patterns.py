"""Patterns as in a `.gitignore`: what git itself makes of them, and in linear time."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import require
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfit.patterns import Patterns

PIECES = (
    "a",
    "ab",
    "?",
    "[ab]",
    "[!a]",
    "[^b]",
    "[a-c]",
    "[[:alpha:]]",
    "[]a]",
    "\\a",
    "\\*",
    ".",
    "-",
    "#",
    "!",
    "\\ ",
)


@st.composite
def segments(draw: st.DrawFn) -> str:
    pieces = draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4))
    stars = [draw(st.sampled_from(("", "", "*"))) for _ in pieces]
    return draw(st.sampled_from(("", "*"))) + "".join(piece + star for piece, star in zip(pieces, stars, strict=True))


@st.composite
def lines(draw: st.DrawFn) -> str:
    body = "/".join(draw(st.lists(st.one_of(segments(), st.just("**"), st.just("*")), min_size=1, max_size=4)))
    return draw(st.sampled_from(("", "", "/", "!"))) + body + draw(st.sampled_from(("", "", "/", "  ")))


NAMES = st.text("abc.-] #!*", min_size=1, max_size=4).filter(
    lambda name: name not in (".", "..") and name == name.strip()
)
PATHS = st.lists(st.lists(NAMES, min_size=1, max_size=4).map("/".join), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    require("git")
    folder = tmp_path_factory.mktemp("repository")
    subprocess.run(["git", "init", "-q", folder], check=True)
    return folder


def ignored_by_git(repository: Path, patterns: list[str], paths: list[str]) -> set[str]:
    (repository / ".gitignore").write_text("\n".join(patterns) + "\n", encoding="utf-8")
    command = ["git", "-C", str(repository), "check-ignore", "--stdin", "-z", "--no-index"]
    ended = subprocess.run(command, input="\0".join(paths), capture_output=True, text=True, check=False)
    assert ended.returncode in (0, 1), ended.stderr
    return set(filter(None, ended.stdout.split("\0")))


@settings(max_examples=150)
@given(st.lists(lines(), min_size=1, max_size=4), PATHS)
def test_patterns_mean_what_git_takes_them_for(repository: Path, patterns: list[str], paths: list[str]) -> None:
    ours = Patterns(patterns, lenient=True)
    assert {path for path in paths if ours.match(path)} == ignored_by_git(repository, patterns, paths)


@pytest.mark.parametrize(
    ("line", "meant", "not_meant"),
    [
        ("*.json", "a/b.json", "a/b.yaml"),
        ("/a.json", "a.json", "b/a.json"),
        ("a/", "a/b.json", "b/a"),
        ("a/**/b", "a/x/y/b", "ab"),
        ("a/**", "a/b", "a"),
        ("**/a/b", "x/a/b", "x/ab"),
        ("a*b*c", "aXbXc", "acb"),
        ("[!a]x", "bx", "ax"),
        ("\\!x", "!x", "x"),
        ("x\\ ", "x ", "x"),
    ],
)
def test_a_pattern(line: str, meant: str, not_meant: str) -> None:
    assert Patterns([line]).match(meant)
    assert not Patterns([line]).match(not_meant)


@pytest.mark.parametrize("line", ["!", "/", "a//b", "a[", "a\\"])
def test_what_can_match_nothing_is_refused_in_a_configuration_and_left_out_of_gitignore(line: str) -> None:
    with pytest.raises(ValueError, match=re.escape("is not a pattern")):
        Patterns([line])
    assert not Patterns([line], lenient=True).match("a")


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("*a" * 30 + "b", "a" * 255 + ".json"),
        ("**/a/" * 30 + "b", "a/" * 2000 + "c"),
        ("**/*a*a/" * 10 + "b", "aaa/" * 1000 + "c"),
        ("?*" * 50 + "b", "a" * 255),
        ("[ab]*" * 50 + "c", "ab" * 120),
    ],
)
def test_no_pattern_backtracks(line: str, path: str) -> None:
    # Would not come to its end in this century if it did.
    assert not Patterns([line]).match(path)
