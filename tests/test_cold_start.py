"""What a run on clean files imports: no clock, but the largest part of what a start costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT
from inputs import KINDS

from taskfit.policy import bundled

HEAVY = {
    "cel_expr_python",
    "click",
    "dataclasses",
    "importlib.metadata",
    "inspect",
    "jinja2",
    "jsonschema",
    "jsonschema_rs",
    "numpy",
    "packaging",
    "pathspec",
    "pydantic",
    "pygal",
    "ruamel",
    "scipy",
    "signal",
    "socket",
    "subprocess",
    "taskfit.packages",
    "taskfit.patterns",
    "taskfit.policy.validators",
    "threading",
    "tomllib",
    "traceback",
    "tree_sitter",
}
"""What is of no use to clean files; most of it costs 5 ms or more."""

BY_RUAMEL = {"inspect", "traceback"}
"""What older versions of ruamel.yaml import."""

CODE = """
import os, sys
os._exit = lambda status: print(*sorted(sys.modules), status, file=sys.stderr)
sys.argv[0] = "taskfit"
from taskfit.cli import main
main()
"""

HOOK = ("--quiet", "--force-exclude", "--affected", "--")


def plain(folder: Path) -> None:
    shutil.copy(ROOT / "benchmarks" / "worker.json", folder)


def yaml(folder: Path) -> None:
    text = (ROOT / "benchmarks" / "worker.json").read_text(encoding="utf-8")
    (folder / "worker.yaml").write_text(f"---\n{text}", encoding="utf-8")


def configured(folder: Path) -> None:
    plain(folder)
    (folder / "taskfit.yaml").write_text("profile: mistersmith\nignore: [FIT6]\n", encoding="utf-8")


def template(folder: Path) -> None:
    KINDS["CloudFormation"](folder, 1)


def terraform(folder: Path) -> None:
    KINDS["Terraform"](folder, 1)


@pytest.mark.parametrize("options", [(), HOOK], ids=["alone", "hook"])
@pytest.mark.parametrize(
    ("write", "needed", "most"),
    [
        (plain, set(), 115),
        (yaml, {"ruamel"}, 117),
        (configured, {"ruamel", "taskfit.packages"}, 122),
        (template, {"ruamel"}, 133),
        (terraform, set(), 153),
    ],
)
def test_clean_files_import_nothing_heavy_and_few_modules(
    write: Callable[[Path], None], needed: set[str], most: int, options: tuple[str, ...], tmp_path: Path
) -> None:
    bundled.rules()  # a checkout compiles them once
    write(tmp_path)
    names = sorted(str(path) for path in tmp_path.rglob("*") if path.suffix in (".json", ".yaml", ".tf", ".tfvars"))
    ended = subprocess.run(
        [sys.executable, "-c", CODE, "check", *options, *(name for name in names if "taskfit.yaml" not in name)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT / "linter")},
        capture_output=True,
        text=True,
        check=True,
    )
    *modules, status = ended.stderr.split()
    assert status == "0", ended.stdout + ended.stderr
    assert HEAVY.intersection(modules) - (BY_RUAMEL if "ruamel" in needed else set()) == needed
    own = [name for name in modules if name.split(".")[0] == "taskfit"]
    assert "taskfit.engine.engine" in own
    # With `--affected`, what finds the files that read others.
    assert len(own) <= most + (1 if options else 0)
