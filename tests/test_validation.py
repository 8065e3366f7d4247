"""What a team writes itself is read at the border: all that is wrong is reported at once, each at its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from conftest import CommandLine
from pydantic import TypeAdapter

from taskfit.config import validation
from taskfit.config.settings import Settings
from taskfit.policy.rule_file import RuleFile


def faults(model: type, text: str, folder: Path) -> list[str]:
    path = folder / "file.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(validation.InvalidFile) as raised:
        validation.load(model, path)
    return [f"{fault.line}:{fault.column}: {fault.message}" for fault in raised.value.faults]


SEVERAL = """\
selct: [FIT1]
ignore: FIT2
severity: {FIT3: warn, FIT4: 3}
fail-on: erro
jobs: "2"
jobs: 3
var: {cpu: [1]}
suppressions:
  - {rule: FIT1, reason: ""}
  - rule: FIT2
    pth: x.json
pricing: {discount-percent: 120}
"""


def test_all_that_is_wrong_with_a_file_is_reported_at_once(tmp_path: Path) -> None:
    assert faults(Settings, SEVERAL, tmp_path) == [
        '1:1: unknown key "selct"; did you mean "select"?',
        '2:9: "ignore" takes a list, not a string; put it in brackets',
        '3:18: "FIT3" takes error, warning or note; did you mean "warning"?',
        '3:30: "FIT4" takes error, warning or note, not a number',
        '4:10: "fail-on" takes error, warning, note or never; did you mean "error"?',
        '6:1: duplicate key "jobs"',
        '7:12: "cpu" takes a string or a number, not a list',
        "9:5: a suppression has a reason",
        '10:5: the key "reason" is missing',
        '11:5: unknown key "pth"; did you mean "path"?',
        "12:10: discount-percent is a percentage from 0 to below 100",
    ]


def test_the_command_line_prints_each_error_on_its_own_line(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "taskfit.yaml").write_text(SEVERAL, encoding="utf-8")
    outcome = taskfit("check", folder=tmp_path)
    assert outcome.status == 2
    lines = outcome.stderr.splitlines()
    assert len(lines) == 11
    assert all(": error: " not in line and line.startswith("error: ") and "taskfit.yaml:" in line for line in lines)


def test_a_key_that_was_mistyped_is_not_missing_as_well(tmp_path: Path) -> None:
    found = faults(RuleFile, "code: A1\nname: a\nsummery: s\nseverity: error\nfix: f\nwhat: w\nwhy: y\n", tmp_path)
    assert found == ['3:1: unknown key "summery"; did you mean "summary"?']


def test_a_table_of_toml_reports_all_of_it_too(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[tool.taskfit]\nselct = []\nfail-on = "erro"\n', encoding="utf-8")
    with pytest.raises(validation.InvalidFile) as raised:
        validation.validate_table(Settings, {"selct": [], "fail-on": "erro"}, path)
    assert [(fault.line, fault.message.rpartition("; ")[2]) for fault in raised.value.faults] == [
        (2, 'did you mean "select"?'),
        (3, 'did you mean "error"?'),
    ]


def test_a_file_with_hundreds_of_errors_reports_the_first(tmp_path: Path) -> None:
    found = faults(Settings, "".join(f"key-{number}: 1\n" for number in range(300)), tmp_path)
    assert len(found) == validation.MOST_FAULTS + 1
    assert found[-1].endswith("and more")


def test_the_keys_that_there_are_are_listed_once(tmp_path: Path) -> None:
    found = faults(Settings, "ignore: []\nthis: 1\nthat: 1\npricing: {x1: 1, x2: 2}\n", tmp_path)
    assert [fault.partition("; the keys here are ")[0] for fault in found] == [
        *('2:1: unknown key "this"', '3:1: unknown key "that"'),
        *('4:11: unknown key "x1"', '4:18: unknown key "x2"'),
    ]
    assert ["the keys here are" in fault for fault in found] == [True, False, True, False]


def test_the_keys_that_there_are_are_looked_up_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    faults(Settings, "key: 1\n", tmp_path)
    monkeypatch.setattr(TypeAdapter, "json_schema", lambda _: pytest.fail("it is made again"))
    faults(Settings, "".join(f"key-{number}: 1\n" for number in range(300)), tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1, 2]\n", "1:1: expected a mapping of keys and values, found a list"),
        ("secret-token-of-ours\n", "1:1: expected a mapping of keys and values, found a string"),
        ("a: 1\n---\nb: 2\n", "1:1: expected one YAML document, found 2"),
        ("ignore: !include x\n", "1:9: a YAML tag has no meaning here"),
        ("ignore:\n", '1:8: "ignore" takes a list, not nothing; write [] for none'),
        ("severity:\n", '1:10: "severity" takes a mapping, not nothing'),
        ("jobs: 1.5\n", '1:7: "jobs" takes a whole number, not a number'),
        ("rules: [1]\n", '1:9: an entry of "rules" takes a string, not a number; put it in quotes'),
        ("ignore: [FIT1\n", '1:9: the list that opens here is never closed with "]"'),
        ("role: " + "[" * 2000 + "\n", "1:1007: nested deeper than 100 levels"),
    ],
)
def test_what_was_expected_is_said_at_its_place(text: str, message: str, tmp_path: Path) -> None:
    assert faults(Settings, text, tmp_path) == [message]


@pytest.mark.parametrize(
    "text",
    [
        "root:x:0:0:root:/root:/bin/bash\nhunter2:x:1:1::/:/bin/sh\n",
        "[default]\naws_secret_access_key = hunter2\n",
        "password: hunter2\nhunter2: 1\n",
        '{"hunter2": "hunter2"}',
        "value: *hunter2\n",
        "value: 'hunter2\n",
        "hunter2\n",
    ],
)
def test_a_file_that_is_something_else_is_not_quoted(text: str, tmp_path: Path) -> None:
    assert "hunter2" not in "".join(faults(Settings, text, tmp_path))


def test_only_regular_files_of_a_bearable_size_are_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "large").write_bytes(b"# " + b"x" * 10_000_000)
    (tmp_path / "latin").write_bytes(b"role: web\n# caf\xe9\n")
    for name, message in {
        "pipe": "1:1: can't be read: not a regular file",
        "zero": "1:1: can't be read: not a regular file",
        "large": "1:1: can't be read: larger than 2 MiB",
        "latin": "2:1: can't be read: not UTF-8 text",
        ".": "1:1: can't be read: Is a directory",
        "none": "1:1: can't be read: No such file or directory",
    }.items():
        with pytest.raises(validation.InvalidFile) as raised:
            validation.load(Settings, tmp_path / name)
        assert str(raised.value) == f"{tmp_path / name}:{message}"
