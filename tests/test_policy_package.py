"""A package with policy, as the template in examples/policy is one: built, installed, shared by two repositories."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
from conftest import ROOT, require
from ruamel.yaml import YAML

pytest.importorskip("cel_expr_python", reason="the extra `cel` is not installed")

TEMPLATE = ROOT / "examples" / "policy"

TASK = {
    "family": "shop-prod",
    "requiresCompatibilities": ["FARGATE"],
    "networkMode": "awsvpc",
    "cpu": "512",
    "memory": "1024",
    "containerDefinitions": [{"name": "app", "image": "acme/shop:latest", "memory": 512}],
}

HOOK = """\
repos:
  - repo: local
    hooks:
      - id: taskfit
        name: taskfit
        entry: {python} -m taskfit check --quiet --force-exclude --
        language: system
        files: \\.json$
"""


def run(command: list[str], folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    # Inside a hook of git's own, GIT_DIR and its kin would lead every git command back to that repository.
    plain = {name: value for name, value in os.environ.items() if not name.startswith(("GIT_", "PYTHON", "PIP_"))}
    environment = {**plain, **variables}
    return subprocess.run(
        command, cwd=folder, env=environment, check=False, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has the package, beside taskfit and its libraries as they are here."""
    folder = tmp_path_factory.mktemp("policy")
    source = shutil.copytree(TEMPLATE, folder / "source")
    pip = [sys.executable, "-m", "pip"]
    offline = ["-q", "--no-index", "--no-deps"]
    built = run([*pip, "wheel", *offline, "--no-build-isolation", "-w", str(folder), str(source)], folder)
    assert built.returncode == 0, built.stderr
    run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], folder)
    interpreter = folder / "venv" / "bin" / "python"
    (site,) = folder.glob("venv/lib/python*/site-packages")
    outer = sysconfig.get_paths()["purelib"]
    (site / "outer.pth").write_text(f"import site; site.addsitedir({outer!r})\n", encoding="utf-8")
    (wheel,) = folder.glob("*.whl")
    installed = run([*pip, "--python", str(interpreter), "install", *offline, str(wheel)], folder)
    assert installed.returncode == 0, installed.stderr
    return interpreter


def repository(folder: Path, configuration: str) -> Path:
    (folder / "deploy").mkdir(parents=True)
    (folder / "deploy" / "web.json").write_text(json.dumps(TASK, indent=2), encoding="utf-8")
    (folder / "taskfit.yaml").write_text(configuration, encoding="utf-8")
    run(["git", "init", "-q"], folder)
    run(["git", "add", "-A"], folder)
    return folder


def codes(result: subprocess.CompletedProcess[str]) -> list[str]:
    found = {finding["code"] for finding in json.loads(result.stdout)["findings"]}
    return sorted(code for code in found if code.startswith("ACME"))


def test_the_examples_and_cases_of_the_template_pass(python: Path, tmp_path: Path) -> None:
    assert (
        run([str(python), "-m", "taskfit", "rule", "test", "package:acme"], tmp_path).stdout == "21 examples passed.\n"
    )
    tests = shutil.copytree(TEMPLATE / "tests", tmp_path / "tests")
    result = run([str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tests)], tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_two_repositories_share_the_rules_of_an_installed_package(python: Path, tmp_path: Path) -> None:
    command = [str(python), "-m", "taskfit", "check", "--output-format", "json", "."]
    one = repository(tmp_path / "one", 'rules: ["package:acme"]\n')
    two = repository(tmp_path / "two", 'extend-rules: ["package:acme"]\nprofile: package:acme\nignore: [ACME001]\n')
    assert (run(command, one).returncode, codes(run(command, one))) == (1, ["ACME001", "ACME003", "ACME004"])
    assert codes(run(command, two)) == ["ACME003", "ACME004"]
    three = repository(tmp_path / "three", "extend: package:acme\nextend-ignore: [ACME001]\n")
    assert codes(run(command, three)) == ["ACME003", "ACME004"]
    four = repository(tmp_path / "four", "# ours\nextend: [package:acne]\n")
    assert "taskfit.yaml:2:1: extends package:acne: no package with policy 'acne'" in run(command, four).stderr
    page = run([str(python), "-m", "taskfit", "rule", "ACME003"], one)
    assert "production-cpu" in page.stdout


def test_a_commit_is_stopped_by_the_rules_of_an_installed_package(python: Path, tmp_path: Path) -> None:
    require("pre-commit")
    folder = repository(tmp_path / "one", 'rules: ["package:acme"]\n')
    (folder / ".pre-commit-config.yaml").write_text(HOOK.format(python=python), encoding="utf-8")
    result = run(["pre-commit", "run", "--all-files"], folder)
    assert result.returncode == 1
    assert "ACME003" in result.stdout, result.stdout + result.stderr
    fixed = {**TASK, "cpu": "1024", "memory": "2048", "tags": [{"key": "owner", "value": "shop"}]}
    fixed["containerDefinitions"] = [{"name": "app", "image": "acme/shop:1.4", "memory": 512}]
    (folder / "deploy" / "web.json").write_text(json.dumps(fixed), encoding="utf-8")
    result = run(["pre-commit", "run", "--all-files"], folder)
    assert result.returncode == 0, result.stdout


def test_the_action_installs_packages_beside_taskfit(python: Path, tmp_path: Path) -> None:
    require("bash")
    action = YAML(typ="safe").load(ROOT / "action.yml")
    (step,) = [each for each in action["runs"]["steps"] if "packages" in each.get("if", "")]
    (wheel,) = python.parents[2].glob("*.whl")
    folder = repository(tmp_path / "one", 'rules: ["package:acme"]\n')
    inputs = {"PYTHON": sys.executable, "PACKAGES": f"\n{wheel}\n", "RUNNER_TEMP": str(tmp_path)}
    offline = {"PIP_NO_INDEX": "1", "PIP_NO_DEPS": "1"}
    installed = run(["bash", "-e", "-o", "pipefail", "-c", step["run"]], tmp_path, **inputs, **offline)
    assert installed.returncode == 0, installed.stderr
    check = [sys.executable, "-P", "-m", "taskfit", "check", "--output-format", "json", "."]
    assert codes(run(check, folder, PYTHONPATH=str(tmp_path / "taskfit"))) == ["ACME001", "ACME003", "ACME004"]


def test_a_package_that_is_not_installed_is_reported_and_hides_nothing(python: Path, tmp_path: Path) -> None:
    folder = repository(tmp_path / "one", 'rules: ["package:acne", "package:acme"]\n')
    result = run([str(python), "-m", "taskfit", "check", "."], folder)
    assert result.returncode == 2
    words = "no package with policy 'acne' is installed (entry point group taskfit.policies); did you mean 'acme'?"
    assert words in result.stderr
    assert "ACME003" in result.stdout


EVIL = """\
open("ran", "w")


def waiting_chain(case):
    return ()
"""

ENTRY_POINTS = """\
[taskfit.policies]
evil = evil
[taskfit.rules]
evil = evil.checks:waiting_chain
"""


def test_nothing_in_the_checked_repository_becomes_code(python: Path, tmp_path: Path) -> None:
    rule = (TEMPLATE / "acme_taskfit_policy" / "rules" / "ACME006-waiting-chain.yaml").read_text(encoding="utf-8")
    own_rule = rule.replace("acme-waiting-chain", "evil").replace("ACME006", "ACME007")
    folder = repository(tmp_path / "one", 'rules: ["package:evil", "package:acme", rule.yaml]\n')
    for name, text in {
        "acme_taskfit_policy/__init__.py": EVIL,
        "acme_taskfit_policy/checks.py": EVIL,
        "evil/__init__.py": EVIL,
        "evil/checks.py": EVIL,
        "evil-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: evil\nVersion: 1.0\n",
        "evil-1.0.dist-info/entry_points.txt": ENTRY_POINTS,
        "rule.yaml": own_rule,
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    result = run([str(python), "-m", "taskfit", "check", "."], folder)
    assert "no package with policy 'evil' is installed" in result.stderr
    assert "no Python rule 'evil' is installed" in result.stderr
    assert "ACME003" in result.stdout
    assert not (folder / "ran").exists()
