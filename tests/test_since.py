"""`check --since` and `diff`: what is new since another revision, with real git."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from bad_cases import app
from conftest import Outcome, invoke, require, run, write

from taskfit import api


def git(*arguments: str, folder: Path | None = None) -> str:
    plain = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "protocol.file.allow=always")
    command = ["git", *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, env=plain, text=True, cwd=folder).stdout


def commit(files: Mapping[str, str | bytes | dict[str, Any]], message: str = "change") -> str:
    write(files)
    git("add", "-A")
    git("commit", "-q", "--allow-empty", "-m", message)
    return git("rev-parse", "HEAD").strip()


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    require("git")
    folder = tmp_path / "repository"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    git("init", "-q", "-b", "main")
    return folder


def task(name: str, cpu: int = 512, memory: int = 1024, **fields: Any) -> dict[str, Any]:
    """A definition that nothing is wrong with unless the size makes it so."""
    container = {**app(), "name": name, **fields}
    return {
        "family": name,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "executionRoleArn": "arn:aws:iam::123456789012:role/ecs",
        "cpu": str(cpu),
        "memory": str(memory),
        "containerDefinitions": [container],
    }


def found(*arguments: str) -> list[tuple[str, str]]:
    result = run("--output-format", "json", *arguments)
    assert result.status in (0, 1), result.stderr
    return [(item["path"], item["code"]) for item in json.loads(result.stdout)["findings"]]


def diff(*arguments: str) -> Any:
    result = show("--output-format", "json", *arguments)
    assert result.status in (0, 1), result.stderr
    return json.loads(result.stdout)


def show(*arguments: str) -> Outcome:
    return invoke("diff", *arguments)


def test_only_what_is_new_or_worse_since_the_merge_base_is_reported() -> None:
    base = commit({"old.json": task("old", 512, 8192), "same.json": task("same", 256, 4096), "good.json": task("good")})
    git("checkout", "-q", "-b", "feature")
    commit({"old.json": task("old", 512, 9000), "new.json": task("new", 512, 512)})
    git("checkout", "-q", "main")
    commit({"other.json": task("other", 256, 9999)}, "what main did since")
    git("checkout", "-q", "feature")
    assert found("--since", "main") == [("new.json", "FIT101"), ("old.json", "FIT101")]
    assert found("--since", base) == found("--since", "main")
    assert run("--since", "main").status == 1
    assert run("--since", "main", "--fail-on", "never").status == 0
    assert {finding.path for finding in api.check(["."], since="main").findings} == {"new.json", "old.json"}
    assert found("--since", "HEAD") == []
    commit({"new.json": task("new"), "old.json": task("old", 512, 4096)})
    result = run("--since", "main")
    assert result.status == 0
    assert f"since main ({base[:9]}): 2 files affected" in result.stderr


def test_what_was_there_stays_known_when_its_file_is_renamed_and_edited() -> None:
    commit({"a/task.json": task("web", 512, 8192), "b/task.json": task("api")})
    Path("c").mkdir()
    git("mv", "a/task.json", "c/web.json")
    write({"c/web.json": json.dumps(task("web", 512, 8192, user="1000"), indent=2) + "\n"})
    git("add", "-A")
    assert found("--since", "HEAD") == []
    commit({})
    assert found("--since", "HEAD~1") == []
    (change,) = [each for each in diff("HEAD~1", "HEAD")["tasks"] if each["path"] == "c/web.json"] or [{"new": []}]
    assert change["new"] == []


def test_files_on_the_disk_count_whether_git_knows_them_or_not() -> None:
    commit({"task.json": task("web"), ".gitignore": "ignored/\n"})
    write({"task.json": task("web", 512, 8192), "untracked.json": task("new", 512, 8192)})
    write({"ignored/task.json": task("ignored", 512, 8192)})
    assert found("--since", "HEAD") == [("task.json", "FIT101"), ("untracked.json", "FIT101")]
    assert found("--since", "HEAD", "untracked.json") == [("untracked.json", "FIT101")]


TERRAFORM = """\
resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = local.cpu
  memory                   = local.memory
  container_definitions    = templatefile("${path.module}/web.json.tpl", {})
}
"""

NEIGHBOURS: dict[str, dict[str, str | dict[str, Any]]] = {
    "terraform": {
        "main.tf": TERRAFORM,
        "locals.tf": "locals {\n  cpu    = 512\n  memory = 1024\n}\n",
        "web.json.tpl": json.dumps([{**app(), "name": "web"}]),
    },
    "jsonnet": {
        "web.jsonnet": "local size = import 'size.libsonnet';\n" + json.dumps(task("web"))[:-1] + "} + size\n",
        "size.libsonnet": "{memory: '1024'}\n",
    },
    "values": {
        "web.json": json.dumps({**task("web"), "memory": "${MEMORY}"}),
        "taskfit.yaml": "var-file: [prod.tfvars]\n",
        "prod.tfvars": 'MEMORY = "1024"\n',
    },
}


@pytest.mark.parametrize("kind", NEIGHBOURS)
def test_a_neighbour_that_changes_is_seen_in_both_revisions(kind: str) -> None:
    if kind == "jsonnet":
        pytest.importorskip("_jsonnet")
    files = NEIGHBOURS[kind]
    main, neighbour = next(iter(files)), list(files)[1 if kind == "terraform" else -1]
    before = commit(files)
    after = commit({neighbour: str(files[neighbour]).replace("1024", "8192")})
    assert found("--since", before, "--select", "FIT101") == [(main, "FIT101")]
    change = diff(before, after, "--select", "FIT101")["tasks"][0]
    assert [change[side]["memory"] for side in ("before", "after")] == [1024, 8192]
    write({"unrelated.json": task("other")})
    assert found("--since", after, "--select", "FIT101") == []
    # The other way round: what was wrong is no more.
    assert [each["gone"] for each in diff(after, before, "--select", "FIT101")["tasks"]] == [["FIT101"]]


def test_both_revisions_are_checked_by_the_rules_of_today() -> None:
    base = commit({"task.json": task("web", 512, 8192), "taskfit.yaml": "ignore: [FIT101]\n"})
    commit({"taskfit.yaml": "", "task.json": {**task("web", 512, 8192), "tags": []}})
    assert found("--since", base, "--select", "FIT101") == []
    commit({"taskfit.yaml": "ignore: [FIT1]\n", "new.json": task("new", 512, 8192)})
    assert found("--since", base) == []
    assert ("new.json", "FIT101") in found("--since", base, "--no-ignores")


def test_a_suppression_that_goes_makes_its_finding_new() -> None:
    text = "family: web\nrequiresCompatibilities: [FARGATE]\nnetworkMode: awsvpc\ncpu: 512\n{}memory: 8192\n"
    text += "containerDefinitions: [{{name: web, image: 'nginx:1'}}]\n"
    base = commit({"task.yaml": text.format("# taskfit: ignore[FIT101] soon\n")})
    commit({"task.yaml": text.format("")})
    assert found("--since", base, "--select", "FIT101") == [("task.yaml", "FIT101")]


def test_from_a_folder_below_the_root(monkeypatch: pytest.MonkeyPatch) -> None:
    base = commit({"a/task.json": task("a"), "b/task.json": task("b")})
    commit({"a/task.json": task("a", 512, 8192), "b/task.json": task("b", 512, 8192)})
    monkeypatch.chdir("a")
    assert found("--since", base) == [("task.json", "FIT101")]
    assert {path for path, _ in found("--since", base, "..")} == {"../a/task.json", "../b/task.json"}
    assert {each["path"] for each in diff(base)["tasks"]} == {"task.json", "../b/task.json"}


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("nowhere", "git knows no revision 'nowhere' here; a shallow clone has to fetch it first"),
        ("--output=/tmp/x", "git knows no revision '--output=/tmp/x' here"),
        ("HEAD:task.json", "git knows no revision"),
        ("a..b", "'a..b' is a range, and this takes one revision: --since a, or `taskfit diff a b`"),
        ("a...b", "--since a, or `taskfit diff a b`"),
        ("", "a revision is empty; name a branch, a tag or a commit"),
    ],
)
def test_a_revision_that_is_none_ends_the_run(reference: str, message: str) -> None:
    commit({"task.json": task("web")})
    for result in (run(f"--since={reference}"), show("--", reference)):
        assert result.status == 2
        assert message in result.stderr


def test_a_shallow_clone_says_what_to_fetch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit({"task.json": task("web")})
    git("checkout", "-q", "-b", "feature")
    commit({"task.json": task("web", 512, 8192)})
    git("checkout", "-q", "main")
    commit({"other.json": task("other")})
    git("clone", "-q", "--depth=1", "--no-single-branch", f"file://{Path.cwd()}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    git("checkout", "-q", "feature")
    result = run("--since", "origin/main")
    assert result.status == 2
    assert "have no commit in common here; a shallow clone has to fetch more (`fetch-depth: 0`)" in result.stderr


def test_outside_of_a_repository_there_is_nothing_to_compare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert "the working directory is not in a git repository" in run("--since", "main").stderr


@pytest.mark.parametrize("option", ["--fix", "--diff", "--write-baseline"])
def test_since_goes_with_nothing_that_writes(option: str) -> None:
    result = run("--since", "HEAD", option)
    assert result.status == 2
    assert "--since reports what is new" in result.stderr


def test_links_and_names_that_lead_out_of_a_revision_are_not_written(tmp_path: Path) -> None:
    from taskfit import git_trees as ours

    commit({"task.json": task("web")})
    Path("link.json").symlink_to("/etc/passwd")
    commit({"sub/x.json": "{}"})
    names = [blob.name for blob in ours.files(Path.cwd(), "HEAD")]
    assert sorted(names) == ["sub/x.json", "task.json"]
    blob = git("hash-object", "-w", "task.json").strip()
    tree = subprocess.run(
        ["git", "mktree"], input=f"100644 blob {blob}\t..\n", capture_output=True, check=False, text=True
    ).stdout.strip()
    assert not tree or ours.files(Path.cwd(), tree) == []
    ours.extract(ours.files(Path.cwd(), "HEAD"), tmp_path / "out")
    assert json.loads((tmp_path / "out/task.json").read_text())["family"] == "web"


def worker(cpu: int, memory: int, agents: int, **fields: Any) -> dict[str, Any]:
    return task("worker", cpu, memory, environment=[{"name": "MAX_AGENTS", "value": str(agents)}], **fields)


GONE = {**task("gone", hostname="h", workingDirectory="/srv", user="10"), "tags": [{"key": "a", "value": "b" * 2000}]}


def test_diff_says_what_a_change_does_to_each_task() -> None:
    commit({"worker.json": worker(1024, 4096, 2), "gone.json": GONE, "same.json": task("same")})
    git("checkout", "-q", "-b", "feature")
    git("rm", "-q", "gone.json")
    commit({"worker.json": worker(2048, 4096, 40), "new.json": task("new", 1024, 2048)})
    changes = {each["definition"]: each for each in diff()["tasks"]}
    assert list(changes) == ["new", "worker", "gone"]
    assert (changes["gone"]["after"], changes["new"]["before"]) == (None, None)
    before, after = changes["worker"]["before"], changes["worker"]["after"]
    assert (before["cpu"], before["capacity"], after["cpu"], after["capacity"]) == (1024, 2, 2048, 40)
    assert changes["worker"]["under_provisioned"]
    assert {"FIT202"} <= set(changes["worker"]["new"])
    usd = sum(each["monthly_usd"] for each in changes.values())
    assert diff()["monthly_usd"] == pytest.approx(usd)
    assert changes["worker"]["monthly_usd"] == pytest.approx(after["monthly_usd"] - before["monthly_usd"])
    text = show()
    assert text.status == 1
    head, *lines = text.stdout.splitlines()
    assert head.startswith(f"+${usd:.2f} a month, 1 task under-provisioned, ")
    assert "worker (worker.json)" in lines
    assert "  size       1024 CPU units, 4096 MiB -> 2048 CPU units, 4096 MiB" in lines
    assert "new (new.json) is new" in lines
    assert "gone (gone.json) is gone" in lines
    assert not any("same" in line for line in lines)
    assert show("--exit-zero").status == 0


def test_diff_as_a_comment() -> None:
    commit({"worker.json": worker(1024, 4096, 2)})
    git("checkout", "-q", "-b", "feature")
    commit({"worker.json": {**worker(4096, 8192, 2), "family": "wor|ker @all"}})
    lines = show("--output-format", "markdown").stdout.splitlines()
    assert lines[0] == "<!-- taskfit-diff -->"
    assert lines[1].startswith("### taskfit: +&#36;")
    (row,) = [line for line in lines if "CPU units" in line and line.startswith("|")]
    assert "`wor\\x7cker @all`" in row
    assert "1024 CPU units, 4096 MiB → 4096 CPU units, 8192 MiB" in row
    assert any(line.startswith("<details><summary>New findings (") for line in lines)


def test_diff_without_a_change() -> None:
    commit({"task.json": task("web")})
    git("checkout", "-q", "-b", "feature")
    result = show()
    assert (result.status, result.stdout) == (0, "no task changed\n")
    assert show("--output-format", "markdown").status == 0


def test_diff_counts_the_tasks_that_a_service_runs() -> None:
    template = """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: web
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "512"
      Memory: "{memory}"
      ContainerDefinitions: [{{Name: web, Image: "nginx:1.27"}}]
  Service:
    Type: AWS::ECS::Service
    Properties: {{TaskDefinition: !Ref Task, DesiredCount: {count}, LaunchType: FARGATE}}
"""
    commit({"web.yaml": template.format(memory=1024, count=3)})
    git("checkout", "-q", "-b", "feature")
    commit({"web.yaml": template.format(memory=2048, count=5)})
    (change,) = diff()["tasks"]
    assert (change["before"]["tasks"], change["after"]["tasks"]) == (3, 5)
    one = diff("HEAD", "HEAD~1")["tasks"][0]
    assert one["monthly_usd"] == -change["monthly_usd"]


def test_a_definition_that_gets_another_name_or_place_is_the_same_task() -> None:
    commit({"a.json": task("web"), "b.json": task("api")})
    commit({"a.json": task("website", 1024, 2048)})
    git("mv", "b.json", "c.json")
    commit({"c.json": task("api", 1024, 2048, user="10", workingDirectory="/srv/api", hostname="other")})
    changes = diff("HEAD~2", "HEAD")["tasks"]
    assert [(each["definition"], each["before"]["cpu"], each["after"]["cpu"]) for each in changes] == [
        ("website", 512, 1024),
        ("api", 512, 1024),
    ]
    assert [each["previous_definition"] for each in changes] == ["web", None]


def test_without_git_that_is_what_is_said(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repository / "nowhere"))
    result = run("--since", "HEAD")
    assert result.status == 2
    assert "git can't be run" in result.stderr


def with_submodule(tmp_path: Path) -> Path:
    """A submodule `sub` that contains a definition, and the repository that it comes from."""
    require("sed")  # git's own scripts use it
    origin = tmp_path / "origin"
    origin.mkdir()
    (origin / "web.json").write_text(json.dumps(task("web")), encoding="utf-8")
    for arguments in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-q", "-m", "first")):
        git(*arguments, folder=origin)
    git("submodule", "--quiet", "add", str(origin), "sub")
    commit({"task.json": task("main")})
    return origin


def test_changes_within_a_submodule_are_seen(tmp_path: Path) -> None:
    with_submodule(tmp_path)
    assert found("--since", "HEAD") == []
    write({"sub/web.json": task("web", 512, 8192), "sub/new.json": task("new", 512, 8192)})
    on_the_disk = [("sub/new.json", "FIT101"), ("sub/web.json", "FIT101")]
    assert found("--since", "HEAD") == on_the_disk
    assert [(each["path"], each["before"] is None) for each in diff("HEAD")["tasks"]] == [
        ("sub/new.json", True),
        ("sub/web.json", False),
    ]
    git("add", "-A", folder=Path("sub"))
    git("commit", "-q", "-m", "second", folder=Path("sub"))
    assert found("--since", "HEAD") == on_the_disk
    git("checkout", "-q", "-b", "feature")
    commit({})
    assert found("--since", "main") == on_the_disk
    assert [each["path"] for each in diff("main", "feature")["tasks"]] == ["sub/new.json", "sub/web.json"]
    assert found("--since", "HEAD") == []


def test_all_of_a_submodule_is_new_where_its_commit_of_before_is_not_there(tmp_path: Path) -> None:
    origin = with_submodule(tmp_path)
    (origin / "old.json").write_text(json.dumps(task("old", 512, 8192)), encoding="utf-8")
    git("add", "-A", folder=origin)
    git("commit", "-q", "-m", "second", folder=origin)
    git("rm", "-q", "-f", "sub")
    shutil.rmtree(".git/modules/sub")
    git("clone", "-q", "--depth=1", f"file://{origin}", "sub")
    assert found("--since", "HEAD") == [("sub/old.json", "FIT101")]
    git("add", "sub")
    assert found("--since", "HEAD") == [("sub/old.json", "FIT101")]


def test_a_partial_clone_says_what_to_fetch_and_fetches_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit({"task.json": task("web")})
    commit({"task.json": task("web", 512, 8192)})
    git("config", "uploadpack.allowFilter", "true")
    git("clone", "-q", "--filter=blob:none", f"file://{Path.cwd()}", str(tmp_path / "clone"))
    monkeypatch.chdir(tmp_path / "clone")
    result = run("--since", "HEAD~1")
    assert result.status == 2
    assert "this clone lacks files of that revision: `git fetch --refetch --no-filter` gets them" in result.stderr
    git("fetch", "-q", "--refetch", "--no-filter")
    assert found("--since", "HEAD~1") == [("task.json", "FIT101")]


def test_no_name_makes_a_line_of_a_diff_a_command() -> None:
    commit({"task.json": task("::error::x")})
    write({"task.json": task("::error::x", 512, 2048), "new.json": task("::stop-commands::y", 512, 8192)})
    for output_format in ("text", "markdown"):
        lines = show("HEAD", "--output-format", output_format).stdout.splitlines()
        assert any("error::x" in line for line in lines)
        assert not [line for line in lines if line.lstrip().startswith("::")]
