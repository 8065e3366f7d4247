"""Patterns as in a `.gitignore`: what git itself makes of them, and in linear time."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from conftest import require
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfit import patterns as taskfit_patterns
from taskfit.patterns import Index, Patterns, spec

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
    "[a-]",
    "[c-a]",
    "[[:digit:]-a]",
    "[[:nope:]]",
    "[[:a]",
    "[\\]a]",
    "[]",
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


def valid(line: str) -> bool:
    try:
        Patterns([line])
    except ValueError:
        return False
    return True


@given(st.lists(lines().filter(valid), min_size=1, max_size=8), PATHS)
def test_patterns_that_are_looked_up_mean_what_they_do_one_by_one(found: list[str], paths: list[str]) -> None:
    few = Patterns(found)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(taskfit_patterns, "FEW", 0)
        many = Patterns(found)
    index = Index([(line,) for line in found])
    for path in paths:
        assert [many.verdict(each) for each in (path, path + "/")] == [few.verdict(each) for each in (path, path + "/")]
        assert many.match(path) == few.match(path)
        assert index.matching(path) == [number for number, line in enumerate(found) if spec((line,)).match(path)]


def test_of_many_patterns_only_those_are_tried_that_have_a_word_of_the_path() -> None:
    index = Index([(f"services/*{number}-*/task.json",) for number in range(1000, 2000)])
    tried = index._many.candidates("services/web-1234-eu/task.json")
    assert tried == [234]
    assert index.matching("services/web-1234-eu/task.json") == [234]


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
        ("x\\\\  ", "x\\", "x\\ "),
        ("a\\/b", "a/b", "x/a/b"),
        ("[[:a]b:]c", "ab:]c", "a"),
        ("a/**/**/b", "a/x/b", "a/bc"),
        ("a/**/b/**/c", "a/b/x/c", "a/c"),
        ("**/b/**", "a/b/c", "a/b"),
        ("a**b", "axb", "a/b"),
        ("?", "é", "ab"),
        ("a/*/b", "a/x/b", "a/x/y/b"),
        (" a", " a", "a"),
    ],
)
def test_a_pattern(line: str, meant: str, not_meant: str) -> None:
    assert Patterns([line]).match(meant)
    assert not Patterns([line]).match(not_meant)


NAMES_OF_ONE_CHARACTER = "!-:AZ[\\]^abcz_09 "


@pytest.mark.parametrize(
    ("brackets", "meant"),
    [
        ("[ab]", "ab"),
        ("[!ab]", "!-:AZ[\\]^cz_09 "),
        ("[^ab]", "!-:AZ[\\]^cz_09 "),
        ("[!!]", "-:AZ[\\]^abcz_09 "),
        ("[a!]", "!a"),
        ("[a-c]", "abc"),
        ("[a-a]", "a"),
        ("[a-c-z]", "-abcz"),
        ("[c-a]", "c"),
        ("[a-]", "-a"),
        ("[-a]", "-a"),
        ("[!-a]", "!:AZ[\\]^bcz_09 "),
        ("[]a]", "]a"),
        ("[!]a]", "!-:AZ[\\^bcz_09 "),
        ("[]-a]", "]^a_"),
        ("[\\]a]", "]a"),
        ("[a\\]]", "]a"),
        ("[a\\-c]", "-ac"),
        ("[a-\\c]", "abc"),
        ("[\\a-c]", "abc"),
        ("[\\\\]", "\\"),
        ("[[:digit:]]", "09"),
        ("[![:digit:]]", "!-:AZ[\\]^abcz_ "),
        ("[a[:digit:]b]", "ab09"),
        ("[[:upper:][:digit:]]", "AZ09"),
        ("[[:digit:]-a]", "-a09"),
        ("[b[:digit:]-z]", "-bz09"),
        ("[[:blank:]]", " "),
        ("[[:punct:]]", "!-:[\\]^_"),
        ("[[a]", "[a"),
        ("[[:]", ":["),
        ("[[:a]", ":[a"),
        ("[a[:]", ":[a"),
    ],
)
def test_brackets_mean_these_characters_as_for_git(brackets: str, meant: str) -> None:
    for line in (brackets, f"/{brackets}", f"*{brackets}"):
        assert "".join(filter(Patterns([line]).match, NAMES_OF_ONE_CHARACTER)) == meant


@pytest.mark.parametrize("brackets", ["[[:a:]]", "[[::]]", "[[:]]", "[]", "[!]", "[[=a=]]", "[[.a.]]", "[[:nope:]a]"])
def test_brackets_that_mean_no_character_for_git(brackets: str) -> None:
    patterns = Patterns([brackets], lenient=True)
    assert not any(map(patterns.match, NAMES_OF_ONE_CHARACTER))


@pytest.mark.parametrize(
    "line", ["!", "/", "a//b", "a[", "a[!", "a[]", "a[[:alpha:]", "a\\", "[[:nope:]]", "[[::]]", "\\/a"]
)
def test_what_can_match_nothing_is_refused_in_a_configuration_and_left_out_of_gitignore(line: str) -> None:
    with pytest.raises(ValueError, match=re.escape("is not a pattern")):
        Patterns([line])
    assert not Patterns([line], lenient=True).match("a")


def test_the_last_line_that_matches_decides() -> None:
    patterns = Patterns(["*.json", "", "# a remark", "!keep.json", "!kept.json", "a/kept.json"])
    assert [patterns.verdict(path) for path in ("b.json", "keep.json", "kept.json", "a/kept.json", "x", "")] == [
        *(True, False, False, True, None, None)
    ]
    assert not patterns.match("# a remark")


def test_what_is_in_an_ignored_folder_is_not_taken_back_in() -> None:
    patterns = Patterns(["a/", "!a/b.json", "!c"])
    assert patterns.match("a/b.json")
    assert patterns.match("a/")
    assert not patterns.match("a")
    assert not patterns.match("")


def test_a_line_that_is_refused_costs_no_other() -> None:
    assert Patterns(["a[", "b"], lenient=True).match("b")


def test_the_patterns_of_a_configuration_are_made_once_and_refuse_what_matches_nothing() -> None:
    assert spec(("a", "!b")).match("a")
    assert spec(("a", "!b")) is spec(("a", "!b"))
    with pytest.raises(ValueError, match="matches nothing"):
        spec(("!",))
    with pytest.raises(ValueError, match="matches nothing"):
        Index([("a",), ("b", "!")])


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
