"""The mistakes that people make: each is reported, and nothing else is; what only looks like one is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bad_cases import BAD, VALID, app, task

import taskfit
from taskfit.finding import Finding, Severity

FIRELENS = {"logDriver": "awsfirelens"}
ROUTER: dict[str, Any] = {"image": "fluent/fluent-bit:4", "firelensConfiguration": {"type": "fluentbit"}}


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


@pytest.mark.parametrize(
    ("data", "severity"),
    [
        (task(app(memory=5)), Severity.WARNING),  # AWS has been seen to answer with a memory of 1
        (task(pidMode=""), Severity.NOTE),  # many tools write what is not set
        (task(app(logConfiguration=FIRELENS), app("r1", **ROUTER), app("r2", **ROUTER)), Severity.WARNING),
        (task(app(environment=[{"name": "LONG", "value": "x" * 64_000}])), Severity.WARNING),
    ],
)
def test_what_nobody_has_seen_rejected_is_no_error(data: dict[str, Any], severity: Severity, tmp_path: Path) -> None:
    (finding,) = findings(data, tmp_path)
    assert (finding.severity, bool(finding.help)) == (severity, True)


@pytest.mark.parametrize("name", VALID)
def test_what_aws_takes_is_clean(name: str, tmp_path: Path) -> None:
    assert findings(VALID[name], tmp_path) == ()
