"""The hook as a team uses it: the real `pre-commit` installs this checkout and runs it on a scratch repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, require

DATA = ROOT / "tests" / "data" / "wheel"

# Inside a hook of git's own, GIT_DIR and its kin would lead every git command back to that repository.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}


def git(folder: Path, *arguments: str) -> str:
    command = [
        "git",
        "-c",
        "user.name=test",
        "-c",
        "user.email=test@example.com",
        "-c",
        "core.autocrlf=false",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True, text=True).stdout


def commit_all(folder: Path) -> str:
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "--no-verify", "-m", "all")
    return git(folder, "rev-parse", "HEAD").strip()


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    require("sed")  # git's own scripts use it
    """A repository with this checkout as it stands, uncommitted changes included, and its one commit."""
    trial = tmp_path_factory.mktemp("pip")
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "-d", str(trial), "hatchling"]
    if subprocess.run(download, check=False, capture_output=True).returncode != 0:
        pytest.skip("pre-commit installs hooks from PyPI, which can't be reached from here")
    if not (ROOT / ".git").exists():
        pytest.skip("this is no git checkout, and pre-commit installs hooks from git only")
    folder = tmp_path_factory.mktemp("taskfit")
    for name in git(ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder, commit_all(folder)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def repository(hooks: tuple[Path, str], tmp_path: Path) -> Path:
    """A team's repository whose hooks are taskfit's."""
    folder, revision = hooks
    config = (
        f"repos: [{{repo: {folder.as_posix()!r}, rev: {revision}, hooks: [{{id: taskfit}}, {{id: taskfit-fix}}]}}]\n"
    )
    (tmp_path / ".pre-commit-config.yaml").write_text(config, encoding="utf-8")
    (tmp_path / "package.json").write_text('{"name": "no task definition"}\n', encoding="utf-8")
    shutil.copy(DATA / "good.json", tmp_path / "web.json")
    return tmp_path


def run_hook(repository: Path, cache: Path, hook: str = "taskfit") -> subprocess.CompletedProcess[str]:
    """All files of the repository."""
    commit_all(repository)
    return pre_commit(repository, cache, hook, "--all-files")


def commit_hook(repository: Path, cache: Path, *names: str) -> subprocess.CompletedProcess[str]:
    """A commit of a few files, as git hands them over."""
    git(repository, "add", "--", *names)
    return pre_commit(repository, cache, "taskfit")


def pre_commit(repository: Path, cache: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pre_commit", "run", *arguments, "--verbose", "--color=never"]
    environment = {**ENVIRONMENT, "PRE_COMMIT_HOME": str(cache)}
    return subprocess.run(command, cwd=repository, env=environment, check=False, capture_output=True, text=True)


def test_a_good_definition_passes_in_silence(repository: Path, cache: Path) -> None:
    run = run_hook(repository, cache)
    assert run.returncode == 0, run.stdout + run.stderr
    verdict, *details = [line for line in run.stdout.splitlines() if not line.startswith(("[INFO]", "- "))]
    assert verdict.startswith("taskfit")
    assert verdict.endswith("Passed")
    assert details == []


def test_a_broken_definition_fails_with_its_finding(repository: Path, cache: Path) -> None:
    shutil.copy(DATA / "broken.json", repository / "worker.json")
    run = run_hook(repository, cache)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "Failed" in run.stdout
    assert "FIT101" in run.stdout
    assert "worker.json:6:" in run.stdout
    assert "web.json" not in run.stdout


def test_excluded_files_stay_out_though_pre_commit_names_them(repository: Path, cache: Path) -> None:
    shutil.copy(DATA / "broken.json", repository / "worker.json")
    (repository / "taskfit.yaml").write_text("exclude: [worker.json]\n", encoding="utf-8")
    run = run_hook(repository, cache)
    assert run.returncode == 0, run.stdout + run.stderr


def test_the_fixing_hook_stops_the_commit_and_fixes_the_file(repository: Path, cache: Path) -> None:
    shutil.copy(DATA / "broken.json", repository / "worker.json")
    broken = (repository / "worker.json").read_text(encoding="utf-8")
    run = run_hook(repository, cache, "taskfit-fix")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "files were modified by this hook" in run.stdout
    fixed = broken.replace('"cpu": "512"', '"cpu": "1024"')
    assert (repository / "worker.json").read_text(encoding="utf-8") == fixed
    git(repository, "add", "-A")
    run = run_hook(repository, cache, "taskfit-fix")
    assert run.returncode == 0, run.stdout + run.stderr
    assert git(repository, "status", "--short") == ""


def write(repository: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (repository / name).parent.mkdir(parents=True, exist_ok=True)
        (repository / name).write_text(text, encoding="utf-8")


def test_what_one_service_ignores_is_found_in_another(repository: Path, cache: Path) -> None:
    broken = (DATA / "broken.json").read_text(encoding="utf-8")
    write(repository, {"services/a/task.json": broken, "services/b/task.json": broken})
    write(repository, {"services/a/taskfit.yaml": "ignore: [FIT101]\n"})
    run = run_hook(repository, cache)
    assert run.returncode == 1, run.stdout + run.stderr
    assert "services/b/task.json:6:" in run.stdout
    assert "services/a/task.json" not in run.stdout


MAIN = """\
variable "memory" {}
resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 512
  memory                   = var.memory
  container_definitions    = jsonencode([{ name = "web", image = "nginx:1.27" }])
}
"""


def test_a_commit_of_a_variables_file_alone_checks_what_uses_it(repository: Path, cache: Path) -> None:
    write(repository, {"infra/main.tf": MAIN, "infra/prod.tfvars": "memory = 1024\n"})
    write(repository, {"infra/taskfit.yaml": "var-file: [prod.tfvars]\n"})
    assert run_hook(repository, cache).returncode == 0
    write(repository, {"infra/prod.tfvars": "memory = 8192\n"})
    run = commit_hook(repository, cache, "infra/prod.tfvars")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "infra/main.tf:" in run.stdout
    assert "FIT101" in run.stdout


def test_a_file_name_that_looks_like_an_option_is_a_file(repository: Path, cache: Path) -> None:
    commit_all(repository)
    write(repository, {"--x=y.json": (DATA / "broken.json").read_text(encoding="utf-8")})
    write(repository, {"--exit-zero.json": "{}"})
    run = commit_hook(repository, cache, "--x=y.json", "--exit-zero.json")
    assert run.returncode == 1, run.stdout + run.stderr
    assert "--x=y.json:6:" in run.stdout
