"""The example of `docs/scale.md` finds on a cluster what one process finds."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

from taskfit import api

pytest.importorskip("distributed")


def test_the_example_runs_on_a_local_cluster(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    script = tmp_path / "scale.py"
    script.write_text(code, encoding="utf-8")
    outcome = subprocess.run(
        [sys.executable, str(script), "examples"], cwd=ROOT, capture_output=True, encoding="utf-8", check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    report = api.check(["examples"], isolated=True)
    files = [finding for finding in report.findings if finding.path.endswith(".json")]
    assert files
    assert outcome.stdout.splitlines() == [
        f"{each.path}:{each.span.line}: {each.code} {each.message}" for each in files
    ]
