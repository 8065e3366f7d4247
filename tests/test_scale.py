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
    code, _ = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
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


def test_an_audit_in_parts_finds_what_one_audit_does(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "scale.md").read_text(encoding="utf-8")
    _, code = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    saved = ROOT / "examples" / "audit" / "123456789012"
    for account in ("123456789012", "210987654321"):
        for path in saved.rglob("*.json"):
            target = tmp_path / "saved" / account / path.relative_to(saved)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(path.read_text(encoding="utf-8").replace("123456789012", account), encoding="utf-8")
    script = tmp_path / "in_parts.py"
    script.write_text(code, encoding="utf-8")
    command = [sys.executable, str(script), str(tmp_path / "saved")]
    outcome = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert outcome.returncode == 0, outcome.stderr
    whole = api.audit(tmp_path / "saved", isolated=True)
    assert len(whole.services) == 6
    assert outcome.stdout == (
        f"6 services, {len(whole.report.findings)} findings, save {whole.totals.less:.2f} USD a month\n"
    )
