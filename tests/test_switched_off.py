"""What a configuration switches off is counted by its key, in every output, and `--no-ignores` reports all of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from bad_cases import BAD
from conftest import run, write

pytestmark = pytest.mark.usefixtures("in_a_repository")

PAIR: dict[str, Any] = BAD["pair-8192-25600"][0]
BROKEN = json.dumps(PAIR, indent=2)


def summary(*arguments: str) -> Any:
    return report(*arguments)["summary"]


def report(*arguments: str) -> Any:
    result = run("--output-format", "json", *arguments)
    assert result.status in (0, 1), result.stderr
    return json.loads(result.stdout)


ONE_BY_ONE = {
    "ignore: [FIT101]": {"ignore": 1},
    "extend-ignore: [FIT1]": {"ignore": 1},
    "select: [FIT2]": {"select": 1},
    "per-file-ignores: {task.json: [FIT101]}": {"per-file-ignores": 1},
    "suppressions: [{rule: FIT101, reason: soon}]": {"suppressions": 1},
    "severity: {FIT101: note}": {"severity": 1},
    "exclude: [task.json]": {"exclude": 1},
    "extend-exclude: ['*.json']": {"exclude": 1},
    "overrides: [{files: '*', ignore: [FIT101]}]": {"ignore": 1},
    "overrides: [{files: '*', severity: {FIT1: note}}]": {"severity": 1},
    "profile: none": {},
    "required-sidecars: []": {},
    "severity: {FIT101: error}": {},
    "ignore: [FIT404]": {},
}


@pytest.mark.parametrize(("config", "hidden"), ONE_BY_ONE.items())
def test_each_key_is_counted_and_undone(config: str, hidden: dict[str, int]) -> None:
    write({"task.json": BROKEN, "taskfit.yaml": f"{config}\n"})
    assert summary().get("hidden", {}) == hidden
    undone = report("--no-ignores")
    assert [(each["code"], each["severity"]) for each in undone["findings"]] == [("FIT101", "error")]
    assert "hidden" not in undone["summary"]
    shown = run().stdout
    assert ("Switched off: " in shown) is bool(hidden)
    assert all(key in shown for key in hidden)


def test_what_is_switched_off_is_said_in_one_sentence_and_in_sarif() -> None:
    labelled = {**PAIR, "tags": [{"key": "taskfit:ignore", "value": "FIT101"}]}
    write({"a.json": BROKEN, "b.json": BROKEN, "c.json": json.dumps(labelled), "old/d.json": BROKEN, "old/e.yaml": "x"})
    write({"taskfit.yaml": "baseline: known.json\n"})
    run("--write-baseline", "b.json")
    write(
        {
            "taskfit.yaml": "baseline: known.json\nexclude: [old/]\nper-file-ignores: {a.json: [FIT1]}\n",
        }
    )
    result = run()
    assert result.status == 0
    remark = (
        "Switched off: 3 findings (1 by per-file-ignores, 1 by baseline, 1 by in-source), 2 files (by exclude); "
        "--no-ignores reports everything."
    )
    assert result.stdout.rstrip().endswith(remark)
    log = json.loads(run("--output-format", "sarif").stdout)["runs"][0]
    assert log["properties"]["hidden"] == {"per-file-ignores": 1, "baseline": 1, "in-source": 1, "exclude": 2}
    notes = [each["message"]["text"] for each in log["invocations"][0]["toolExecutionNotifications"]]
    assert notes == [remark]
    assert remark in run("--output-format", "markdown").stdout
    assert len(report("--no-ignores")["findings"]) == 4


WORKER = {
    **PAIR,
    "family": "mistersmith-worker",
    "cpu": "256",
    "memory": "512",
    "tags": [{"key": "taskfit:role", "value": "worker"}],
    "containerDefinitions": [
        {"name": "worker", "image": "worker:1.0", "environment": [{"name": "MAX_AGENTS", "value": "40"}]}
    ],
}


@pytest.mark.parametrize(
    ("config", "hidden"),
    [
        ("profile: none", {"profile": 3}),
        ("profile: [none]", {"profile": 3}),
        ("required-sidecars: []", {"required-sidecars": 1}),
        ("overrides: [{files: '*', profile: none}]", {"profile": 3}),
        ("profile: none\nrequired-sidecars: []\nignore: [FIT2]", {"profile": 1, "ignore": 2}),
        ("required-sidecars: [otel]", {}),
    ],
)
def test_what_leaves_rules_nothing_to_compare_with_is_counted(config: str, hidden: dict[str, int]) -> None:
    write({"task.json": WORKER, "taskfit.yaml": config})
    assert summary().get("hidden", {}) == hidden
    undone = report("--no-ignores")
    assert [each["code"] for each in undone["findings"]] == ["FIT201", "FIT202", "FIT301"]
    assert "hidden" not in undone["summary"]
    assert "hidden" not in summary("--profile", "mistersmith", "--no-ignores")
    log = json.loads(run("--output-format", "sarif").stdout)["runs"][0]
    assert log.get("properties", {}).get("hidden", {}) == summary().get("hidden", {})


def test_what_the_command_line_chooses_is_not_counted() -> None:
    write({"task.json": BROKEN, "taskfit.yaml": "ignore: [FIT404]\n"})
    assert "hidden" not in summary("--ignore", "FIT101")
    assert "hidden" not in summary("--select", "FIT2")
    write({"task.json": WORKER})
    assert "hidden" not in summary("--profile", "none")


def test_a_rule_that_is_ignored_may_crash_in_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_case: object) -> None:
        raise ZeroDivisionError("by zero")

    write({"task.json": BROKEN, "taskfit.yaml": "ignore: [FIT404]\n"})
    monkeypatch.setattr("taskfit.checks.resources.memory_undeclared", crash)
    assert run().status == 1


def test_opt_in_rules_that_were_selected_stay_when_all_is_undone() -> None:
    write({"task.json": BROKEN, "taskfit.yaml": "select: [FIT604]\n"})
    assert "FIT101" in {each["code"] for each in report("--no-ignores")["findings"]}
    shown = run("--show-settings", "--no-ignores").stdout
    assert 'extend-select: ["FIT604"]' in shown


def test_a_configuration_that_lets_findings_pass_is_reported() -> None:
    write({"task.json": BROKEN, "pyproject.toml": '[tool.taskfit]\nfail-on = "never"\n'})
    result = run()
    assert result.status == 0
    assert "1 finding would fail this run, were it not for `fail-on: never` (pyproject.toml:2)" in result.stderr
    assert "were it not" not in run("--fail-on", "never").stderr
    write({"pyproject.toml": '[tool.taskfit]\nfail-on = "error"\n'})
    result = run()
    assert (result.status, "were it not" in result.stderr) == (1, False)
