"""What the action and CI install: pinned with hashes, complete, and true to `pyproject.toml`."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, require
from packaging.requirements import Requirement
from packaging.version import Version
from ruamel.yaml import YAML
from test_action import STEPS, bash

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
NEEDED = [*PROJECT["project"]["dependencies"], *PROJECT["build-system"]["requires"]]
HINT = "run python scripts/lock.py"
LOCKS = sorted((ROOT / "action").glob("*.txt"))
IN_CI = ROOT / ".ci" / "requirements.txt"
LOWEST = ROOT / ".ci" / "lowest.txt"


def wanted(*extras: str) -> list[Requirement]:
    """What the package needs with extras, those that an extra names included."""
    needed = [Requirement(line) for line in NEEDED]
    for extra in extras:
        for requirement in map(Requirement, EXTRAS[extra]):
            needed += wanted(*requirement.extras) if requirement.name == "taskfit" else [requirement]
    return needed


def pins(lock: Path) -> list[tuple[str, str]]:
    entries = re.split(r"^(?=[\w.-]+==)", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    return [(name, version) for entry in entries for name, version in re.findall(r"^([\w.-]+)==([^ ;]+)", entry)]


def pinned(requirement: Requirement, lock: Path) -> set[str]:
    name = re.sub(r"[-_.]+", "-", requirement.name).lower()
    return {version for each, version in pins(lock) if each == name}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_the_action_pins_what_the_package_and_an_extra_need(lock: Path) -> None:
    extra = lock.stem.removeprefix("requirements").removeprefix("-")
    for requirement in wanted(*[extra] * bool(extra)):
        if lock.stem == "requirements" or str(requirement) not in NEEDED[len(PROJECT["project"]["dependencies"]) :]:
            versions = pinned(requirement, lock)
            assert versions, f"{requirement}: {HINT}"
            assert all(map(requirement.specifier.contains, versions)), f"{requirement}: {HINT}"


def test_the_action_installs_one_release_of_each_package() -> None:
    releases = {pin for lock in LOCKS for pin in pins(lock)}
    assert len(releases) == len({name for name, _ in releases})


def test_every_extra_of_the_action_has_its_pins() -> None:
    description = YAML(typ="safe").load(ROOT / "action.yml")["inputs"]["extras"]["description"]
    named = set(re.findall(r"`(\w+)`", description)) & EXTRAS.keys()
    assert {f"requirements-{extra}" for extra in named} == {lock.stem for lock in LOCKS} - {"requirements"}


@pytest.mark.skipif(not IN_CI.exists(), reason="a source distribution has no CI")
def test_ci_pins_what_the_checks_need() -> None:
    for requirement in wanted("dev"):
        versions = pinned(requirement, IN_CI)
        assert versions, f"{requirement}: {HINT}"
        assert all(map(requirement.specifier.contains, versions)), f"{requirement}: {HINT}"


@pytest.mark.skipif(not LOWEST.exists(), reason="a source distribution has no CI")
def test_the_lowest_versions_are_those_of_the_project() -> None:
    for requirement in wanted("test"):
        (bound,) = requirement.specifier
        (version,) = pinned(requirement, LOWEST)
        assert bound.operator == ">="
        assert Version(version) == Version(bound.version), f"{requirement}: {HINT}"


def install(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """The installing step of the action; skips the test where there is no network."""
    require("bash")
    (step,) = (step for step in STEPS if step["name"] == "Install dependencies")
    run = bash(step["run"], folder, {"PYTHON": sys.executable, "EXTRAS": "", **environment}, folder)
    if "No matching distribution" in run.stderr or "ConnectionError" in run.stderr or "HTTPSConnection" in run.stderr:
        pytest.skip("PyPI can't be reached from here")
    return run


def test_the_pins_install_and_run(tmp_path: Path) -> None:
    run = install(tmp_path, EXTRAS="\njsonnet\n")
    assert run.returncode == 0, run.stderr
    (step,) = (step for step in STEPS if step["name"] == "Install taskfit")
    run = bash(step["run"], tmp_path, {"PYTHON": sys.executable, "PIP_NO_INDEX": "1"}, tmp_path)
    assert run.returncode == 0, run.stderr
    definition = ROOT / "tests" / "data" / "wheel" / "broken.json"
    (tmp_path / "broken.jsonnet").write_bytes(definition.read_bytes())
    command = [sys.executable, "-S", "-P", "-m", "taskfit", "check", "--isolated", str(definition), "broken.jsonnet"]
    environment = {"PYTHONPATH": str(tmp_path / "taskfit")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False, text=True)
    assert done.returncode == 1, done.stderr
    assert done.stdout.count("error[FIT101]") == 2


def test_a_release_with_another_hash_is_not_installed(tmp_path: Path) -> None:
    lock = (ROOT / "action" / "requirements.txt").read_text(encoding="utf-8")
    (tmp_path / "action").mkdir()
    other = "sha256:" + hashlib.sha256(b"other").hexdigest()
    changed = re.sub(r"^(annotated-types==.*\n)(?: +--hash.*\n)+", rf"\1    --hash={other}\n", lock, flags=re.MULTILINE)
    (tmp_path / "action" / "requirements.txt").write_text(changed, encoding="utf-8")
    run = install(tmp_path, GITHUB_ACTION_PATH=str(tmp_path))
    assert run.returncode != 0
    assert "DO NOT MATCH THE HASHES" in run.stderr
    assert "annotated-types" in run.stderr
    assert not (tmp_path / "taskfit").exists()


def test_an_extra_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    run = install(tmp_path, EXTRAS="yaml")
    assert run.returncode != 0
    assert "requirements-yaml.txt" in run.stderr


@pytest.mark.parametrize("path", ["action.yml", "docs/ci.md", "docs/rules-of-your-own.md"])
def test_actions_are_named_by_commit(path: str) -> None:
    uses = re.findall(r"^ *(?:- )?uses: (\S+)(.*)", (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
    assert uses
    for name, release in uses:
        if name != "OWNER/taskfit@COMMIT":
            assert re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", name)
            assert re.fullmatch(r" # v\d+\.\d+\.\d+", release)
