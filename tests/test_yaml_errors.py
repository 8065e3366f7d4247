"""What is said of YAML that can't be read: plain sentences, at the place to change, whichever parser found the error."""

from __future__ import annotations

from functools import partial

import pytest

from taskfit.syntax import yaml_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.unreadable import UnreadableError

CASES = [
    ("a: {b: 1 c: 2}", '1:11 expected "," or "}" in the mapping that opens in line 1, found ":"'),
    ("a: [1,\n  2}\n", '2:4 expected "," or "]" in the list that opens in line 1, found "}"'),
    ('a: ["1" -2]', '1:9 expected "," or "]" in the list that opens in line 1, found "-"'),
    ("a: [1,\n  2\n", '1:4 the list that opens here is never closed with "]"'),
    ("a: [\n", '1:4 the list that opens here is never closed with "]"'),
    ("a: [b, # [\n", '1:4 the list that opens here is never closed with "]"'),
    ("a: ['[', {b: c}, {\n", '1:18 the mapping that opens here is never closed with "}"'),
    ("a: [\n  - b\n", '1:4 the list that opens here is never closed with "]"'),
    ("a: ]", '1:4 expected a value, found "]"'),
    ("{a: 1}}", '1:7 expected the end of the file, found "}"'),
    ("a: 'x\nb: 1\n", "1:4 this string has no closing quote"),
    ('a: "\\q"\n', '1:5 "\\q" is not an escape of YAML; single quotes keep a backslash as it is'),
    ("a: @x\n", '1:4 a value can\'t begin with "@": put it in quotes'),
    ("a:\n\tb: 1\n", "2:1 a tab can't indent YAML; use spaces"),
    ("a: \x01b", "1:4 the character U+0001 is not allowed in YAML"),
    ("é: 1\nb\nc: 2", '2:1 expected ":" after "b"'),
    ("a: b: c", '1:5 found ":" in a value without quotes: put the value in quotes'),
    (
        "cpu: 256\n  memory: 512",
        '2:9 this key is read as part of the line above: check its indentation, and whether that line needs a ":"',
    ),
    ("a: - b", "1:4 a list can't begin in the line of its key: put its first item in the next line"),
    ('a: "x" y', '1:8 expected the end of the line after the value, found "y"'),
    (
        "a:\n  - b\n c: 1\n",
        "3:2 this line begins in column 2; the keys of the mapping that begins in line 1 are in column 1",
    ),
    (
        "a:\n  - b: x\n - c: y\n",
        "3:2 this line begins in column 2; the keys of the mapping that begins in line 1 are in column 1",
    ),
    ("a: 1\n- b\n", '2:1 expected a key in the mapping that begins in line 1, found "-"'),
    ("a:\n  - b: 1\n  c: 2\n", '3:3 expected "-" and an item in the list that begins in line 2, found "c"'),
    (" a: 1\nb: 2", "2:1 this line is indented less than the first one"),
    (
        "a: |x\n b",
        '1:5 expected only "+", "-" or a number from 1 to 9 in the line after "|" or ">"',
    ),
    ("<<<<<<< HEAD\na: 1\n=======\n", '1:1 expected YAML, found "<<<<<<<"'),
]


@pytest.mark.parametrize("pure", [False, True])
@pytest.mark.parametrize(("text", "expected"), CASES)
def test_an_error_says_what_was_expected_and_where(
    text: str, expected: str, pure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if pure:
        monkeypatch.setattr(yaml_text, "_events", partial(yaml_text._events, pure=True))
    with pytest.raises(UnreadableError) as error:
        yaml_text.parse_all(text)
    line, column = SourceText(text).position(error.value.offset)
    assert f"{line}:{column} {error.value.message}" == expected
