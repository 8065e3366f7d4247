"""Settings: where they come from, what they extend, and how that is shown."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from bad_cases import BAD
from conftest import invoke, run, write
from ruamel.yaml import YAML

pytestmark = pytest.mark.usefixtures("in_a_repository")

BROKEN = json.dumps(BAD["pair-8192-25600"][0], indent=2)


def settings(*arguments: str) -> dict[str, tuple[object, str]]:
    """Every setting with its value and its origin, as `--show-settings` prints them."""
    result = run("--show-settings", *arguments)
    assert result.status == 0, result.stderr
    values = YAML(typ="safe", pure=True).load(result.stdout)
    origins = {line.partition(":")[0]: line.rpartition("  # ")[2] for line in result.stdout.splitlines()}
    return {name: (value, origins[name]) for name, value in values.items()}


def test_every_setting_shows_where_it_comes_from() -> None:
    write({"base/policy.yaml": "# shared\nfail-on: error\nprofile: own.yaml\nignore: [FIT2]\n"})
    write(
        {
            "taskfit.yaml": "extend: base/policy.yaml\nignore: [FIT3]\npricing: {region: eu-west-1, discount-percent: 20}\n"
        }
    )
    shown = settings("--role", "worker")
    assert shown["ignore"] == (["FIT3"], "taskfit.yaml:2")
    assert shown["fail-on"] == ("error", "base/policy.yaml:2")
    assert shown["profile"][1] == "base/policy.yaml:3"
    assert str(shown["profile"][0]).endswith("base/own.yaml")
    pricing, place = shown["pricing"]
    assert isinstance(pricing, dict)
    assert (pricing["region"], pricing["discount-percent"], place) == ("eu-west-1", 20, "taskfit.yaml:3")
    assert shown["role"] == ("worker", "command line")
    assert shown["select"] == ([], "default")


def test_settings_of_toml_show_their_lines() -> None:
    write({"pyproject.toml": '[project]\nname = "x"\n\n[tool.taskfit]\nfail-on = "note"\nignore = ["FIT1"]\n'})
    shown = settings()
    assert shown["fail-on"] == ("note", "pyproject.toml:5")
    assert shown["ignore"] == (["FIT1"], "pyproject.toml:6")


def test_what_is_shown_is_a_configuration_again() -> None:
    write({"taskfit.yaml": "severity: {FIT1: note}\nvar: {some_name: 1}\nexclude: [vendor/]\n"})
    before = settings()
    write({"taskfit.yaml": run("--show-settings").stdout})
    assert {name: value for name, (value, _) in settings().items()} == {
        name: value for name, (value, _) in before.items()
    }


def test_a_configuration_extends_another_one() -> None:
    write({"a/task.json": BROKEN, "shared.yaml": "ignore: [FIT101]\n", "a/taskfit.yaml": "extend: ../shared.yaml\n"})
    assert run("a").status == 0
    write({"a/taskfit.yaml": "extend: ../shared.yaml\nignore: []\n"})
    assert run("a").status == 1
    write({"pyproject.toml": "[tool.taskfit]\nignore = ['FIT101']\n", "a/taskfit.yaml": "extend: ../pyproject.toml\n"})
    assert run("a").status == 0


@pytest.mark.parametrize(
    ("files", "message"),
    [
        ({"taskfit.yaml": "extend: none.yaml\n"}, "taskfit.yaml:1:1: extends none.yaml, which is not a file"),
        (
            {"taskfit.yaml": "\nextend: taskfit.yaml\n"},
            "taskfit.yaml:2:1: extends taskfit.yaml, which extends this file",
        ),
        (
            {"taskfit.yaml": "extend: b.yaml\n", "b.yaml": "fail-on: never\nextend: taskfit.yaml\n"},
            "b.yaml:2:1: extends taskfit.yaml, which extends this file",
        ),
        (
            {"taskfit.yaml": "extend: b.yaml\n", "b.yaml": "selct: [FIT1]\n"},
            'b.yaml:1:1: unknown key "selct"; did you mean',
        ),
        ({"taskfit.yaml": "ignore: []\n---\nignore: []\n"}, "taskfit.yaml:3:1: expected one YAML document"),
        (
            {"pyproject.toml": "[tool.taskfit]\nselct = []\n"},
            'pyproject.toml:2:1: unknown key "selct"; did you mean "select"?',
        ),
        ({"pyproject.toml": "[[tool.taskfit]]\nselect = []\n"}, "pyproject.toml:1:1: tool.taskfit is not a table"),
        ({"pyproject.toml": "# see below\n[tool]\ntaskfit = 3\n"}, "pyproject.toml:3:1: tool.taskfit is not a table"),
        (
            {"taskfit.yaml": "extend: pyproject.toml\n", "pyproject.toml": "[tool.black]\n"},
            "pyproject.toml:1:1: has no table [tool.taskfit]",
        ),
        (
            {"taskfit.yaml": 'per-file-ignores: {"!": [FIT1]}\n'},
            "taskfit.yaml:1:1: per-file-ignores: '!' is not a pattern",
        ),
        (
            {"taskfit.yaml": 'suppressions: [{rule: FIT101, path: "!", reason: x}]\n', "task.json": BROKEN},
            "taskfit.yaml:1:1: suppressions: '!' is not a pattern",
        ),
    ],
)
def test_what_is_wrong_is_reported_with_its_place(files: dict[str, str], message: str) -> None:
    write(files)
    result = run()
    assert result.status == 2
    assert message in result.stderr


def test_an_empty_configuration_is_one() -> None:
    write({"taskfit.yaml": "# nothing yet\n", "task.json": BROKEN})
    assert run().status == 1


def test_the_least_severity_that_is_printed_does_not_change_the_exit_status() -> None:
    write({"task.json": BROKEN})
    write({"taskfit.yaml": "severity: {FIT101: warning}\n"})
    result = run("--min-severity", "error")
    assert (result.status, "FIT101" in result.stdout) == (1, False)
    assert "1 finding below error not shown" in result.stderr
    assert run("--min-severity", "error", "--fail-on", "error").status == 0
    write({"taskfit.yaml": "severity: {FIT101: note}\nmin-severity: warning\n"})
    assert "FIT101" not in run().stdout
    assert "FIT101" in run("--min-severity", "note").stdout


@pytest.mark.parametrize(
    "text",
    [
        '[tool]\ntaskfit.fail-on = "never"\n',
        '[tool."taskfit"]\nfail-on = "never"\n',
        '[ tool . taskfit ]\nfail-on = "never"\n',
        '\ufeff[tool.taskfit]\nfail-on = "never"\n',
    ],
)
def test_a_table_of_toml_is_found_however_it_is_spelled(text: str) -> None:
    write({"pyproject.toml": text, "task.json": BROKEN})
    assert run().status == 0


def test_a_pyproject_without_the_table_is_passed_over() -> None:
    write({"pyproject.toml": "tool = 1\n[project]\nname = 'taskfit-rules'\n", "task.json": BROKEN})
    assert run().status == 1


HOSTILE = "a\n::error::forged ##[error]forged \x1b[31m"


def is_inert(text: str) -> bool:
    lines = text.split("\n")
    return not any(line.lstrip().startswith("::") or "##[" in line or "\x1b" in line for line in lines)


@pytest.mark.parametrize(
    "arguments",
    [
        [HOSTILE],
        ["--config", HOSTILE],
        ["--baseline", HOSTILE],
        ["--output-file", f"none/{HOSTILE}"],
        ["--" + HOSTILE],
        ["--verbose", "--profile", "mistersmith", "--config", f"{HOSTILE}.yaml"],
        ["--show-settings", "--config", f"{HOSTILE}.yaml"],
    ],
)
def test_no_name_forges_what_goes_to_standard_error(arguments: list[str]) -> None:
    write({"task.json": BROKEN, f"{HOSTILE}.yaml": f"exclude: [{json.dumps(HOSTILE)}]\n"})
    result = run(*arguments)
    assert "forged" in result.both
    assert is_inert(result.both)


@pytest.mark.parametrize("key", [HOSTILE, "extend", "profile", "baseline", "role"])
def test_nothing_in_a_configuration_forges_a_message(key: str) -> None:
    write({"taskfit.yaml": f"{json.dumps(key)}: {json.dumps(HOSTILE)}\n", "task.json": BROKEN})
    result = run()
    assert result.status == 2
    assert is_inert(result.both)


def test_what_is_shown_inert_is_a_configuration_still() -> None:
    write({"taskfit.yaml": f"exclude: [{json.dumps(HOSTILE)}]\n"})
    assert settings()["exclude"] == ([HOSTILE], "taskfit.yaml:1")


def test_the_other_commands_forge_nothing_either() -> None:
    write({"answers/task.json": BROKEN, "answers/services.json": {"services": []}})
    against = ["audit", "--from", "answers", "--against", HOSTILE]
    for arguments in (["fleet", HOSTILE], ["audit", "--from", HOSTILE], against):
        result = invoke(*arguments)
        assert result.status == 2
        assert "forged" in result.both
        assert is_inert(result.both)


def test_no_name_in_a_profile_or_a_definition_forges_output() -> None:
    built_in = (Path(__file__).parents[1] / "rules/profiles/mistersmith.yaml").read_text(encoding="utf-8")
    name = json.dumps(HOSTILE)
    write({"own.yaml": re.sub(r"(?m)^name: .*$", lambda _: f"name: {name}", built_in)})
    write({"task.json": json.dumps({**BAD["pair-8192-25600"][0], "family": f"worker {HOSTILE}"})})
    for arguments in (["profile", "own.yaml"], ["size", "worker", "4", "--profile", "own.yaml"], ["fleet"]):
        for output in ("text", "json"):
            result = invoke(*arguments, "--output-format", output)
            assert result.status in (0, 1), result.stdout
            assert is_inert(result.both)
    assert "forged" in invoke("profile", "own.yaml").stdout
