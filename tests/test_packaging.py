"""What a wheel holds: the package with its rules and schemas inside, and nothing beside it."""

from __future__ import annotations

import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from conftest import ROOT


def build(kind: str, source: Path, folder: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", str(folder)]
    subprocess.run(command, cwd=source, check=True, capture_output=True)
    (built,) = folder.iterdir()
    return built


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return contents(build("wheel", ROOT, tmp_path_factory.mktemp("wheel")))


def test_a_wheel_holds_one_package(wheel: dict[str, bytes]) -> None:
    tops = {name.partition("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"taskfit"}


@pytest.mark.parametrize("folder", ["rules", "schemas"])
def test_a_wheel_holds_the_data_byte_for_byte(wheel: dict[str, bytes], folder: str) -> None:
    expected = {
        f"taskfit/{path.relative_to(ROOT).as_posix()}": path.read_bytes()
        for path in (ROOT / folder).rglob("*")
        if path.is_file()
    }
    assert expected
    assert {name: data for name, data in wheel.items() if name.startswith(f"taskfit/{folder}/")} == expected


def test_a_wheel_holds_every_module(wheel: dict[str, bytes]) -> None:
    package = ROOT / "linter" / "taskfit"
    expected = {f"taskfit/{path.relative_to(package).as_posix()}" for path in package.rglob("*.py")}
    assert {name for name in wheel if name.endswith(".py")} == expected | {"taskfit/_bundled.py"}
    assert "taskfit/py.typed" in wheel


def test_a_wheel_holds_the_templates_of_reports(wheel: dict[str, bytes]) -> None:
    folder = ROOT / "linter" / "taskfit" / "reports" / "audit" / "templates"
    names = {f"taskfit/reports/audit/templates/{path.name}" for path in folder.iterdir()}
    assert names
    assert names <= wheel.keys()


def test_a_wheel_carries_the_compiled_rules(wheel: dict[str, bytes]) -> None:
    compiled = wheel["taskfit/_bundled.py"]
    codes = [path.name.partition("-")[0].encode() for path in (ROOT / "rules").glob("FIT*/*.yaml")]
    assert codes
    assert [code for code in codes if b"code='%b'" % code not in compiled] == []


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A source distribution."""
    return build("sdist", ROOT, tmp_path_factory.mktemp("source"))


def test_a_source_distribution_builds_the_same_wheel(wheel: dict[str, bytes], source: Path, tmp_path: Path) -> None:
    with tarfile.open(source) as archive:
        archive.extraction_filter = getattr(tarfile, "data_filter", None)  # since Python 3.11.4
        archive.extractall(tmp_path)
    (unpacked,) = tmp_path.glob("taskfit-*")
    assert contents(build("wheel", unpacked, tmp_path / "wheel")).keys() == wheel.keys()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no checkout")
def test_a_source_distribution_holds_what_git_does_but_for_ci(source: Path) -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, encoding="utf-8")
    expected = {
        name for name in listed.stdout.split("\0")[:-1] if not name.startswith(".ci/") and (ROOT / name).exists()
    }
    with tarfile.open(source) as archive:
        held = {member.name.partition("/")[2] for member in archive if member.isfile()} - {"PKG-INFO"}
    assert held == expected
