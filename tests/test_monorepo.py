"""Twelve services in six formats, from the first run to a green pull request, with real git and real pre-commit."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine, invoke, run, write
from monorepo import files
from test_pre_commit import cache, hooks, pre_commit
from test_since import commit, git

__all__ = ["cache", "hooks"]

BAD = {
    "services/s02/task.json",
    "services/s04/task.yaml",
    "services/s06/template.yaml",
    "services/s08/main.tf",
    "copilot/s10/manifest.yml",
    "services/s12/task.jsonnet",
}


@pytest.fixture
def monorepo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    pytest.importorskip("_jsonnet")
    monkeypatch.chdir(tmp_path)
    git("init", "-q", "-b", "main")
    commit(files(), "twelve services")
    return tmp_path


def report(*arguments: str) -> Any:
    result = run("--output-format", "json", *arguments)
    assert result.status in (0, 1), result.stderr
    return json.loads(result.stdout)


def places(*arguments: str, code: str = "FIT101") -> set[str]:
    return {each["path"] for each in report(*arguments)["findings"] if each["code"] == code}


def change(name: str, old: str, new: str) -> None:
    path = Path(name)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_from_the_first_run_to_a_green_pull_request(monorepo: Path, taskfit: CommandLine) -> None:
    first = report()
    assert {each["definition"] for each in first["findings"]} == {f"s{number:02}" for number in range(2, 13, 2)}
    assert first["summary"]["definitions"] == 12
    assert (places(), run().status) == (BAD, 1)

    assert run("--write-baseline").status == 0
    commit({"taskfit.yaml": "baseline: taskfit-baseline.json\n"}, "a baseline")
    assert run().status == 0
    assert report()["summary"]["hidden"] == {"baseline": len(first["findings"])}

    # One service switches a rule off, for itself alone.
    git("checkout", "-q", "-b", "feature")
    commit({"services/s01/taskfit.yaml": "extend: ../../taskfit.yaml\nignore: [FIT101]\n"})
    change("services/s01/task.json", '"2048"', '"8192"')
    change("services/s03/task.yaml", '"2048"', '"8192"')
    change("services/s05/template.yaml", "DesiredCount: 2", "DesiredCount: 4")
    change("services/s07/terraform.tfvars", "2048", "8192")
    change("services/s11/lib/fargate.libsonnet", "memory: memory", "memory: '3072'")
    commit({}, "work")
    new = {"services/s03/task.yaml", "services/s07/main.tf"}
    assert places("--since", "main") == new
    assert report("--since", "main")["summary"]["hidden"]["ignore"] == 1
    assert places("--since", "main", "--no-ignores") >= {*new, "services/s01/task.json"}
    for order in (["services/s01", "services/s03"], ["services/s03", "services/s01"]):
        assert places(*order) == {"services/s03/task.yaml"}

    shown = invoke("diff", "--output-format", "json")
    assert shown.status == 1
    changes = {each["definition"]: each for each in json.loads(shown.stdout)["tasks"]}
    assert set(changes) == {"s01", "s03", "s05", "s07", "s11"}
    assert [changes["s11"][side]["memory"] for side in ("before", "after")] == [2048, 3072]
    assert changes["s07"]["new"] == ["FIT101"]
    assert [changes["s05"][side]["tasks"] for side in ("before", "after")] == [2, 4]
    assert changes["s05"]["after"]["monthly_usd"] == 2 * changes["s05"]["before"]["monthly_usd"]
    comment = invoke("diff", "--output-format", "markdown").stdout
    assert comment.splitlines()[1].startswith("### taskfit: +&#36;")
    assert "2 new findings" in comment.splitlines()[1]

    change("services/s03/task.yaml", '"8192"', '"4096"')
    change("services/s07/terraform.tfvars", "8192", "4096")
    commit({}, "better")
    assert run("--since", "main").status == 0
    assert run().status == 0
    shown = invoke("diff")
    assert shown.status == 0
    assert "services/s07" in shown.stdout


def test_the_hook_lets_pass_what_is_old_and_stops_what_is_new(
    monorepo: Path,
    hooks: tuple[Path, str],
    cache: Path,
) -> None:
    folder, revision = hooks
    hook = f"repos: [{{repo: {folder.as_posix()!r}, rev: {revision}, hooks: [{{id: taskfit, exclude: jsonnet$}}]}}]\n"
    run("--write-baseline")
    commit({"taskfit.yaml": "baseline: taskfit-baseline.json\n", ".pre-commit-config.yaml": hook})
    everything = pre_commit(monorepo, cache, "taskfit", "--all-files")
    assert everything.returncode == 0, everything.stdout + everything.stderr
    for name, old, where in (
        ("services/s07/terraform.tfvars", "2048", "services/s07/main.tf:"),
        ("services/s05/template.yaml", "2048", "services/s05/template.yaml:"),
    ):
        change(name, old, "8192")
        git("add", name)
        stopped = pre_commit(monorepo, cache, "taskfit")
        assert stopped.returncode == 1, stopped.stdout + stopped.stderr
        assert where in stopped.stdout
        assert "FIT101" in stopped.stdout
        change(name, "8192", "4096")
        git("add", name)
        assert pre_commit(monorepo, cache, "taskfit").returncode == 0
    write({"modules/service/variables.tf": Path("modules/service/variables.tf").read_text() + "# a comment\n"})
    git("add", "--all")
    assert pre_commit(monorepo, cache, "taskfit").returncode == 0
