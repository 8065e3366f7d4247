"""The mistakes that people make: each is reported, and nothing else is; what only looks like one is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bad_cases import BAD, VALID

import taskfit
from taskfit.finding import Finding, Severity


def findings(data: dict[str, Any], folder: Path) -> tuple[Finding, ...]:
    path = folder / "task.json"
    path.write_text(json.dumps(data, indent=2), encoding="utf-8")
    report = taskfit.check([path], isolated=True)
    assert report.failures == ()
    return report.findings


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_reported_with_what_to_do(name: str, tmp_path: Path) -> None:
    data, code = BAD[name]
    found = findings(data, tmp_path)
    assert code in {finding.code for finding in found}
    assert {f.code for f in found if f.severity is Severity.ERROR} <= {code}, found
    assert all(finding.message and finding.help for finding in found if finding.code == code)


@pytest.mark.parametrize("name", VALID)
def test_what_aws_takes_is_clean(name: str, tmp_path: Path) -> None:
    assert findings(VALID[name], tmp_path) == ()
