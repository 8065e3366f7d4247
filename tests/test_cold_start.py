"""What a run on one clean file imports: no clock, but the largest part of what a start costs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT

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
    "socket",
    "subprocess",
    "tomllib",
    "tree_sitter",
}
"""What costs 5 ms or more and is of no use to a clean file without settings."""

MOST_MODULES = 118
"""Of taskfit's own; each takes some 0.3 ms."""

CODE = """
import os, sys
os._exit = lambda status: print(*sorted(sys.modules), status, file=sys.stderr)
sys.argv = ["taskfit", "check", "worker.json"]
from taskfit.cli import main
main()
"""


def test_a_clean_file_imports_nothing_heavy_and_few_modules(tmp_path: Path) -> None:
    bundled.rules()  # a checkout compiles them once
    shutil.copy(ROOT / "benchmarks" / "worker.json", tmp_path)
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "linter")}
    ended = subprocess.run(
        [sys.executable, "-c", CODE], cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
    )
    *modules, status = ended.stderr.split()
    assert status == "0", ended.stdout + ended.stderr
    assert HEAVY.intersection(modules) == set()
    own = [name for name in modules if name.split(".")[0] == "taskfit"]
    assert "taskfit.engine.engine" in own
    assert len(own) <= MOST_MODULES
