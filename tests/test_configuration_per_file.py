"""Each file has the configuration nearest to it, whatever else a run is given."""

from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from bad_cases import BAD
from conftest import invoke, run, write

from taskfit import __version__, api

pytestmark = pytest.mark.usefixtures("in_a_repository")

BROKEN = json.dumps(BAD["pair-8192-25600"][0], indent=2)


def found(*arguments: str) -> list[tuple[str, str, str]]:
    """The findings of a run: path, code, severity."""
    result = run("--output-format", "json", *arguments)
    assert result.status in (0, 1), result.stderr
    return [(item["path"], item["code"], item["severity"]) for item in json.loads(result.stdout)["findings"]]


def test_a_configuration_is_not_named_where_none_is_to_be_used() -> None:
    write({"task.json": BROKEN, "a.yaml": "fail-on: never\n"})
    result = run("--isolated", "--config", "a.yaml")
    assert (result.status, result.stdout) == (2, "")
    assert "a configuration file is named, and at the same time `isolated` says to use none" in result.stderr


@pytest.mark.parametrize("name", ["taskfit.yaml", ".taskfit.yaml", "taskfit.yml", ".taskfit.yml"])
def test_a_configuration_has_one_of_these_names(name: str) -> None:
    write({"task.json": BROKEN, name: "fail-on: never\n"})
    assert run().status == 0


def test_a_service_that_ignores_a_rule_does_so_for_itself_whatever_the_order() -> None:
    names = ["services/a/task.json", "services/b/task.json", "services/c/task.json"]
    write(dict.fromkeys(names, BROKEN))
    write({"services/a/taskfit.yaml": "ignore: [FIT101]\n", "services/c/taskfit.yaml": "severity: {FIT101: note}\n"})
    expected = [(names[1], "FIT101", "error"), (names[2], "FIT101", "note")]
    for order in permutations(["services/a", "services/b", "services/c"]):
        assert found(*order) == expected
        assert run(*order).status == 1
    for order in permutations(names):
        assert found(*order) == expected
    assert found(".") == expected
    assert run("services/a").status == 0
    assert [(each.path, each.code) for each in api.check(names).findings] == [place[:2] for place in expected]


def test_a_file_alone_is_checked_as_it_is_among_others() -> None:
    write({"a/task.json": BROKEN, "b/task.json": BROKEN, "taskfit.yaml": "ignore: [FIT101]\n", "b/taskfit.yaml": ""})
    together = found("a/task.json", "b/task.json")
    assert together == [*found("a/task.json"), *found("b/task.json")]
    assert together == [("b/task.json", "FIT101", "error")]


def test_the_output_follows_the_working_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a/task.json": BROKEN, "a/taskfit.yaml": "fail-on: never\noutput-format: json\n"})
    assert run("a").status == 1
    assert not run("a").stdout.startswith("{")
    monkeypatch.chdir("a")
    assert run().status == 0
    assert run().stdout.startswith("{")


def test_a_named_configuration_wins_over_all_nearest_ones() -> None:
    write({"a/task.json": BROKEN, "b/task.json": BROKEN, "a/taskfit.yaml": "ignore: [FIT101]\n", "fixed.yaml": ""})
    write({"ci.yaml": "severity: {FIT101: warning}\nignore: [FIT3]\n"})
    assert found("--config", "ci.yaml", "a", "b") == [
        ("a/task.json", "FIT101", "warning"),
        ("b/task.json", "FIT101", "warning"),
    ]
    assert len(found("--isolated", "a", "b")) == 2


def test_the_command_line_wins_over_every_configuration_and_override() -> None:
    write({"a/task.json": BROKEN, "taskfit.yaml": "overrides: [{files: a/, ignore: [FIT101]}]\n"})
    assert found() == []
    assert found("--ignore", "FIT3") == [("a/task.json", "FIT101", "error")]


def test_overrides_hold_for_the_files_that_they_name() -> None:
    write({"prod/task.json": BROKEN, "dev/task.json": BROKEN, "dev/old/task.json": BROKEN})
    write(
        {
            "taskfit.yaml": """\
overrides:
  - {files: [dev/, "nowhere/**"], severity: {FIT101: warning}}
  - {files: dev/old/**, extend-ignore: [FIT101]}
"""
        }
    )
    expected = [("dev/task.json", "FIT101", "warning"), ("prod/task.json", "FIT101", "error")]
    assert found() == expected
    assert found("dev/old", "dev", "prod/task.json") == expected


def test_an_override_knows_a_launch_type_a_role_and_values_of_its_own() -> None:
    text = json.dumps({**BAD["pair-8192-25600"][0], "memory": "${MEMORY}"})
    write({"prod/task.json": text, "dev/task.json": text, "prod.tfvars": 'MEMORY = "25600"\n'})
    write({"taskfit.yaml": "var: {MEMORY: 24576}\noverrides: [{files: prod/**, var-file: [prod.tfvars]}]\n"})
    assert found() == []  # `var` wins over files, as it does without overrides
    write({"taskfit.yaml": "overrides: [{files: prod/**, var-file: [prod.tfvars]}]\n"})
    assert found("--select", "FIT101") == [("prod/task.json", "FIT101", "error")]


def test_each_folder_has_its_own_values() -> None:
    text = json.dumps({**BAD["pair-8192-25600"][0], "memory": "${MEMORY}"})
    for name, memory in (("a", "24576"), ("b", "25600")):
        write({f"{name}/task.json": text, f"{name}/x.tfvars": f'MEMORY = "{memory}"\n'})
        write({f"{name}/taskfit.yaml": "var-file: [x.tfvars]\n"})
    assert found() == [("b/task.json", "FIT101", "error")]


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("overrides: [{profile: large}]\n", 'the key "files" is missing'),
        ("overrides: [{files: x, exclude: [y]}]\n", 'unknown key "exclude"'),
        (
            "overrides:\n  - {files: y}\n  - {files: '*', ignore: [FIT9999]}\n",
            "taskfit.yaml:3:1: ignore: no rule matches",
        ),
        ("overrides: [{files: '!'}]\n", "taskfit.yaml:1:1: overrides: '!' is not a pattern"),
    ],
)
def test_a_broken_override_is_reported_with_its_place(config: str, message: str) -> None:
    write({"task.json": BROKEN, "taskfit.yaml": config})
    result = run()
    assert result.status == 2
    assert message in result.stderr


def test_what_is_excluded_above_stays_excluded_below() -> None:
    write({"a/task.json": BROKEN, "a/taskfit.yaml": "", "b/task.json": BROKEN})
    write({"taskfit.yaml": "exclude: [a/]\nforce-exclude: true\n"})
    assert found("a/task.json", "b/task.json") == [("b/task.json", "FIT101", "error")]
    write({"a/taskfit.yaml": "exclude: [other.json]\n", "a/other.json": BROKEN, "taskfit.yaml": ""})
    assert {path for path, *_ in found()} == {"a/task.json", "b/task.json"}


def test_several_configurations_are_extended_and_lists_that_begin_so_add_up() -> None:
    write({"a.yaml": "ignore: [FIT1]\nextend-ignore: [FIT101]\n", "b.yaml": "ignore: [FIT2]\nextend-exclude: [old/]\n"})
    write({"taskfit.yaml": "extend: [a.yaml, b.yaml]\nextend-ignore: [FIT404]\nextend-exclude: [legacy/]\n"})
    write({"old/task.json": BROKEN, "legacy/task.json": BROKEN, "task.json": BROKEN})
    assert found() == []
    shown = run("--show-settings").stdout
    assert 'ignore: ["FIT2"]' in shown
    assert 'extend-ignore: ["FIT101", "FIT404"]' in shown
    assert 'extend-exclude: ["old/", "legacy/"]' in shown


def test_the_same_configuration_may_be_extended_on_two_ways() -> None:
    write({"base.yaml": "ignore: [FIT101]\n", "a.yaml": "extend: base.yaml\n", "b.yaml": "extend: base.yaml\n"})
    write({"taskfit.yaml": "extend: [a.yaml, b.yaml]\n", "task.json": BROKEN})
    assert found() == []


@pytest.mark.parametrize(
    ("required", "message"),
    [
        (">=99", f"taskfit.yaml:2:1: required-version: this is taskfit {__version__}, and >=99 is required"),
        ("soon", 'taskfit.yaml:2:1: required-version: "soon" is not a version specifier such as ">=0.1,<1"'),
    ],
)
def test_another_version_is_reported_before_keys_that_may_be_newer(required: str, message: str) -> None:
    write({"taskfit.yaml": f'new-key: 1\nrequired-version: "{required}"\n'})
    result = run()
    assert (result.status, message in result.stderr) == (2, True), result.stderr
    write({"pyproject.toml": f'[tool.taskfit]\nrequired-version = "{required}"\n', "taskfit.yaml": ""})
    assert run().status == 0  # taskfit.yaml is nearer
    write({"taskfit.yaml": f'required-version: ">=0.0.1,=={__version__}"\n'})
    assert run().status == 0


@pytest.mark.parametrize("key", ["var-file: [{}]", "rules: [{}]", "extend: {}", "profile: {}", "baseline: {}"])
@pytest.mark.parametrize("place", ["../outside.yaml", ".git/config.yaml", "link.yaml"])
def test_a_checked_repository_names_no_file_outside_of_it(key: str, place: str) -> None:
    secret = "AWS_SECRET=abcdef"
    Path("../outside.yaml").write_text(secret, encoding="utf-8")
    write({".git/config.yaml": secret, "task.json": BROKEN})
    Path("link.yaml").symlink_to("../outside.yaml")
    write({"taskfit.yaml": f"# mine\n{key.format(place)}\n"})
    result = run()
    assert result.status == 2
    name = key.partition(":")[0]
    assert f"taskfit.yaml:2:1: {name}: {Path(place).name} is outside of" in result.stderr
    assert "abcdef" not in result.stdout + result.stderr
    write({"taskfit.yaml": f"overrides: [{{files: '*', {key.format(place)}}}]\n"})
    if name in ("var-file", "profile"):
        assert "is outside of" in run().stderr


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("required-version: banana\n", "a/taskfit.yaml:1:1: required-version"),
        (f'required-version: ">={"9" * 5000}"\n', "a/taskfit.yaml:1:1: required-version"),
        ('extend: "a\\0b"\n', "a/taskfit.yaml:1:1: extend: a path has no null character"),
        ("overrides: [{files: '[[', ignore: [FIT2]}]\n", "a/taskfit.yaml:1:1: overrides"),
        ("profile: missing.yaml\n", "missing.yaml"),
        ("baseline: task.json\n", "a/task.json:1:1: not a baseline"),
    ],
)
def test_a_broken_configuration_hides_no_findings_of_other_folders(config: str, message: str) -> None:
    write({"a/task.json": BROKEN, "a/taskfit.yaml": config, "b/task.json": BROKEN})
    result = run("--output-format", "json")
    assert result.status == 2
    assert [item["path"] for item in json.loads(result.stdout)["findings"]] == ["b/task.json"]
    assert message in result.stderr


def test_a_diff_of_fixes_says_what_it_could_not_check() -> None:
    write({"a/task.json": BROKEN, "a/taskfit.yaml": "required-version: banana\n", "b/task.json": BROKEN})
    result = run("--diff", "--unsafe-fixes")
    assert result.status == 2
    assert "+++ b/task.json" in result.stdout.replace("b/b/", "b/")
    assert "a/taskfit.yaml:1:1: required-version" in result.stderr


@pytest.mark.parametrize(
    ("target", "message"), [("nowhere", "can't be read"), ("/etc/hostname", "is a link to a file that ")]
)
def test_a_configuration_behind_a_useless_link_is_not_taken_for_none(target: str, message: str) -> None:
    write({"a/task.json": BROKEN, "b/task.json": BROKEN})
    Path("a/taskfit.yaml").symlink_to(target)
    result = run("--output-format", "json")
    assert result.status == 2
    assert [item["path"] for item in json.loads(result.stdout)["findings"]] == ["b/task.json"]
    assert f"a/taskfit.yaml:1:1: {message}" in result.stderr


def test_what_reads_a_changed_file_is_found_beside_a_broken_configuration() -> None:
    write({"a/task.json": BROKEN, "a/taskfit.yaml": "required-version: banana\n", "b/task.json": BROKEN})
    assert found("--affected", "b/task.json") == [("b/task.json", "FIT101", "error")]


BANANA = "error: a/taskfit.yaml:1:1: required-version"


@pytest.mark.parametrize(
    "command", [("fleet", "--load", "agents=1"), ("profile", "new"), ("check", "--write-baseline")]
)
def test_no_command_stops_at_a_broken_configuration(command: tuple[str, ...]) -> None:
    task = json.dumps({**BAD["pair-8192-25600"][0], "family": "shop"})
    write({"a/task.json": BROKEN, "a/taskfit.yaml": "required-version: banana\n", "b/task.json": task})
    result = invoke(*command)
    assert result.status == 2
    assert BANANA in result.stderr  # a relative path, as all messages have
    written = Path("taskfit-baseline.json")
    assert "shop" in result.stdout + (written.read_text() if written.exists() else "")


def test_a_baseline_is_kept_where_a_file_that_it_covers_could_not_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    write({"a/task.json": BROKEN, "a/taskfit.yaml": "baseline: a.json\n"})
    write({"b/task.json": BROKEN, "b/taskfit.yaml": "baseline: b.json\nexclude: [none.json]\n", "b/none.json": BROKEN})

    def crash(case: Any) -> tuple[()]:
        if case.path.startswith("a/"):
            raise ZeroDivisionError("by zero")
        return ()

    monkeypatch.setattr("taskfit.checks.resources.memory_undeclared", crash)
    result = run("--write-baseline")
    assert result.status == 2
    assert "a/a.json was not written: not all of its files could be checked" in result.stderr
    assert "b/b.json now has 1 finding" in result.stderr
    assert not Path("a/a.json").exists()
    assert not Path("taskfit-baseline.json").exists()
