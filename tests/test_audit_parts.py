"""An audit that comes in parts is written as if it were one, and nothing of it stays in memory but packed texts."""

from __future__ import annotations

import json
import tracemalloc
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import CommandLine
from inventories import fleet, small
from test_audit import described, service

from taskfit.auditing import audit
from taskfit.auditing.audit import merged
from taskfit.auditing.inventory import Inventory
from taskfit.finding import Severity
from taskfit.reports.audit import csv as csv_report
from taskfit.reports.audit import json as json_report
from taskfit.reports.audit.parts import Document


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """Forty definitions of two regions, and services in another order than theirs, one of them saved twice."""
    folder = tmp_path / "saved"
    for number in range(40):
        region = ("us-east-1", "eu-west-1")[number % 2]
        family = f"web-{number:02}"
        definition = described(family, region=region, cpu=("512", "300")[number % 3 > 1])
        definition["taskDefinition"]["taskDefinitionArn"] = (
            f"arn:aws:ecs:{region}:111122223333:task-definition/{family}:7"
        )
        running = service(f"s{40 - number:02}", region=region)
        running["taskDefinition"] = definition["taskDefinition"]["taskDefinitionArn"]
        path = folder / "111122223333" / region
        path.mkdir(parents=True, exist_ok=True)
        (path / f"{family}.json").write_text(json.dumps(definition), encoding="utf-8")
        (path / f"service-{number}.json").write_text(json.dumps({"services": [running] * 2}), encoding="utf-8")
    (folder / "111122223333" / "again.json").write_text(json.dumps(described("web-00")), encoding="utf-8")
    return folder


@pytest.mark.parametrize("name", ["json", "csv", "text", "html", "sarif"])
@pytest.mark.parametrize("least", ["note", "error"])
def test_parts_make_the_same_document(
    name: str, least: str, saved: Path, taskfit: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = ("audit", "--isolated", "--from", str(saved), "--min-severity", least, "--output-format", name)
    whole = taskfit(*command)
    monkeypatch.setattr(audit, "FILES_IN_PART", 3)
    assert taskfit(*command) == whole
    assert whole.stdout


def test_numbers_of_findings_lead_to_them(saved: Path, taskfit: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "FILES_IN_PART", 3)
    report = json.loads(taskfit("audit", "--isolated", "--from", str(saved), "--output-format", "json").stdout)
    paths = [finding["path"] for finding in report["findings"]]
    assert paths == sorted(paths)
    for row in report["services"]:
        family = row["definition"].partition(":")[0]
        assert {report["findings"][number]["definition"] for number in row["findings"]} <= {family}
    assert len(report["services"]) == 41
    assert sum(len(row["findings"]) for row in report["services"]) == len(paths)


def test_documents_of_nothing_and_of_one_part() -> None:
    empty = merged([Inventory((), replace(small().report, findings=()), "2026-10-01")])
    assert json.loads(json_report.render(empty))["services"] == []
    assert json.loads(json_report.render(empty))["findings"] == []
    assert len(csv_report.render(empty).splitlines()) == 1
    plain = json.loads(json_report.render(fleet(50)))
    assert json_report.render(fleet(50)) == json.dumps(plain, indent=2).replace("</", "<\\/") + "\n"
    assert plain["summary"]["error"] == fleet(50).report.count(Severity.ERROR)


@pytest.mark.parametrize("kind", [json_report.JsonDocument, csv_report.CsvDocument])
def test_memory_hardly_grows_with_the_number_of_services(kind: type[Document]) -> None:
    document = kind()
    document.add(fleet(500))
    tracemalloc.start()
    for number in range(4):
        document.add(fleet(500 + number))
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 4 * 500 * 700  # bytes a service with its findings; as objects they take ten times as much
    assert sum(map(len, document.chunks())) > 100_000
