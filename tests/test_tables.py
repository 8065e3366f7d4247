"""An audit as tables: everything that it found, in partitions that other programs take, and the queries that are shown."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, CommandLine
from inventories import fleet, hostile
from test_audit import described, file, measured, service, store

from taskfit import audits
from taskfit.auditing.audit import merged
from taskfit.config.settings import Configuration
from taskfit.reports.audit.tables import COLUMNS, Tables
from taskfit.session import Session

PAGE = (ROOT / "docs" / "tables.md").read_text(encoding="utf-8")
QUERIES = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)

pytest.importorskip("pyarrow", reason="pyarrow is not installed: pip install -e '.[parquet]'")
duckdb = pytest.importorskip("duckdb", reason="duckdb is not installed")


def read(folder: Path, table: str, kind: str = "parquet") -> list[dict[str, Any]]:
    reader = {"parquet": "read_parquet", "ndjson": "read_json_auto"}[kind]
    relation = duckdb.sql(
        f"SELECT * FROM {reader}('{folder}/{table}/*/*/*.{kind}', hive_partitioning = true, hive_types_autocast = false)"
    )
    return [dict(zip(relation.columns, row, strict=True)) for row in relation.fetchall()]


@pytest.mark.parametrize("kind", ["parquet", "ndjson"])
def test_the_tables_have_what_the_audit_found(kind: str, taskfit: CommandLine, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    command = ("audit", "--isolated", "--from", "examples/audit", "--output-format", kind, "--output-file", str(folder))
    outcome = taskfit(*command)
    assert (outcome.status, outcome.stdout) == (1, "")
    report = json.loads(taskfit("audit", "--isolated", "--from", "examples/audit", "--output-format", "json").stdout)
    services = {row["service"]: row for row in read(folder, "services", kind)}
    for expected in report["services"]:
        row = services.pop(expected["name"])
        assert (row["account"], row["region"]) == (expected["account"], expected["region"])
        assert row["monthly_usd"] == expected["monthly_usd"]
        assert (row["recommended_cpu"], row["recommended_memory"]) == tuple(expected["recommended"].values())
        assert list(row["reasons"]) == expected["advice"]["reasons"]
        assert row["memory_p95"] == expected["use"]["memory_p95"]
    assert services == {}
    found = sorted((row["code"], row["path"], row["line"], row["message"]) for row in read(folder, "findings", kind))
    assert found == sorted((each["code"], each["path"], each["line"], each["message"]) for each in report["findings"])
    assert len(read(folder, "definitions", kind)) == 3


@pytest.mark.parametrize("query", QUERIES, ids=[query.splitlines()[0][3:] for query in QUERIES])
def test_a_query_that_is_shown_runs(query: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tables = Tables(str(tmp_path / "audit"), "parquet")
    tables.write(fleet(200))
    monkeypatch.chdir(tmp_path)
    rows = duckdb.sql(query).fetchall()
    assert rows
    if "save_now" in query:
        sums = fleet(200).totals
        assert round(sum(row[1] for row in rows), 2) == sums.less
        assert round(sum(row[2] for row in rows), 2) == sums.more
        assert {row[0] for row in rows} == {"123456789012", "210987654321"}


def test_five_queries_are_shown() -> None:
    assert len(QUERIES) == 5
    for table, columns in COLUMNS.items():
        (row,) = re.findall(rf"^\| `{table}` \| (.*) \|$", PAGE, re.MULTILINE)
        assert re.findall(r"`(\w+)`", row) == list(columns)


@pytest.mark.parametrize("kind", ["parquet", "ndjson"])
def test_names_from_outside_stay_text_and_leave_the_folder_alone(kind: Any, tmp_path: Path) -> None:
    Tables(str(tmp_path / "audit"), kind).write(hostile())
    assert {path.name for path in tmp_path.iterdir()} == {"audit"}
    assert all(
        re.fullmatch(r"part-00001\.\w+", path.name) for path in (tmp_path / "audit").rglob("*.*") if path.is_file()
    )


def test_parts_merge_to_what_one_audit_says(tmp_path: Path) -> None:
    answers = {
        f"11112222333{number}/eu-west-1/{name}.json": answer
        for number in range(4)
        for name, answer in (
            ("a", [described(f"web-{number}", cpu=str(256 * 2**number)), {"services": [service(f"web-{number}")]}]),
            ("m", measured(f"prod/web-{number}", cpu=10 * number, memory=20)),
        )
    }
    files = [file(name, answer) for name, answer in answers.items()]
    session = Session.under(Configuration().with_options({"jobs": 1}))
    whole = audits.inventory(session, files)
    some = [audits.inventory(session, [each for each in files if f"333{number}/" in each.name]) for number in range(4)]
    assert merged(some) == whole
    assert merged([merged(some[:1]), merged(some[1:])]) == whole
    assert merged(audits.in_parts(session, files)) == whole
    with pytest.raises(ValueError, match="nothing to merge"):
        merged([])


def test_a_folder_that_is_not_empty_is_left_alone(taskfit: CommandLine, tmp_path: Path) -> None:
    folder = store(tmp_path / "audit", {"a.json": {}})
    command = ("audit", "--from", "examples/audit", "--output-format", "ndjson")
    outcome = taskfit(*command, "--output-file", str(folder))
    assert (outcome.status, "is a directory" in outcome.stderr) == (2, True)
    with pytest.raises(ValueError, match="is not empty"):
        Tables(str(folder), "ndjson")
    assert "is a folder of tables; name it with --output-file" in taskfit(*command).stderr


def test_tables_and_a_page_may_be_written_at_once(taskfit: CommandLine, tmp_path: Path) -> None:
    pairs = ("--output-format", "ndjson", "--output-file", str(tmp_path / "tables"), "--output-format", "csv")
    outcome = taskfit("audit", "--from", "examples/audit", *pairs, "--output-file", str(tmp_path / "a.csv"))
    assert outcome.status == 1
    assert len((tmp_path / "a.csv").read_text(encoding="utf-8").splitlines()) == 4
    assert len(read(tmp_path / "tables", "services", "ndjson")) == 3


@pytest.mark.parametrize("kind", ["parquet", "ndjson"])
@pytest.mark.parametrize("digits", [20, 400])
@pytest.mark.parametrize("where", ["task", "container"])
def test_a_number_that_no_table_can_hold_costs_no_other_row(kind: Any, digits: int, where: str, tmp_path: Path) -> None:
    huge = 10**digits
    environment = [{"name": "MAX_AGENTS", "value": "10"}]
    container: dict[str, Any] = {"name": "worker", "image": "mistersmith/worker:1", "environment": environment}
    sizes: dict[str, Any] = {"cpu": str(huge), "memory": str(huge)}
    if where == "container":
        container |= {"cpu": huge, "memory": huge}
        sizes = {}
    answer = described(containerDefinitions=[container], requiresCompatibilities=["EC2"], **sizes)
    inventory = audits.inventory(
        Session.under(Configuration()), [file("a.json", answer, {"services": [service()]}, measured(cpu=5))]
    )
    Tables(str(tmp_path / "audit"), kind).write(inventory)
    (row,) = read(tmp_path / "audit", "services", kind)
    assert row["service"] == "web"
    assert len(read(tmp_path / "audit", "findings", kind)) == len(inventory.report.findings)
