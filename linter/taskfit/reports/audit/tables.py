"""An audit as tables for DuckDB, Athena, Spark or pandas: services, definitions and findings, by account and region.

A folder `services/account=ACCOUNT/region=REGION/` holds the rows of one place, as these programs expect partitions, in
Parquet or as newline-delimited JSON.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from taskfit.extras import installation
from taskfit.finding import Severity
from taskfit.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from taskfit.auditing.inventory import Inventory, Service
    from taskfit.finding import Finding

Kind = Literal["parquet", "ndjson"]

Row = dict[str, Any]

MOST = 2**63
"""Whole numbers in tables are smaller."""

TEXT, WHOLE, NUMBER, FLAGS = "string", "int64", "double", "list<string>"

SERVICES: Mapping[str, str] = {
    "cluster": TEXT,
    "service": TEXT,
    "definition": TEXT,
    "launch_type": TEXT,
    "desired": WHOLE,
    "running": WHOLE,
    "role": TEXT,
    "capacity": WHOLE,
    "unit": TEXT,
    "declared_cpu": WHOLE,
    "declared_memory": WHOLE,
    "needed_cpu": WHOLE,
    "needed_memory": WHOLE,
    "recommended_cpu": WHOLE,
    "recommended_memory": WHOLE,
    "recommended_tasks": WHOLE,
    "reasons": FLAGS,
    "cpu_decided_by": TEXT,
    "memory_decided_by": TEXT,
    "cpu_average": NUMBER,
    "cpu_p50": NUMBER,
    "cpu_p95": NUMBER,
    "cpu_maximum": NUMBER,
    "memory_average": NUMBER,
    "memory_p50": NUMBER,
    "memory_p95": NUMBER,
    "memory_maximum": NUMBER,
    "measured_days": NUMBER,
    "measured_since": TEXT,
    "measured_until": TEXT,
    "cpu_average_then": NUMBER,
    "memory_maximum_then": NUMBER,
    "risk_now": TEXT,
    "risk_then": TEXT,
    "monthly_usd": NUMBER,
    "recommended_monthly_usd": NUMBER,
    "saving_on_demand_usd": NUMBER,
    "scaling_least": WHOLE,
    "scaling_most": WHOLE,
    "compute_optimizer": TEXT,
    "compute_optimizer_cpu": WHOLE,
    "compute_optimizer_memory": WHOLE,
    "compute_optimizer_saving_usd": NUMBER,
    "errors": WHOLE,
    "warnings": WHOLE,
    "notes": WHOLE,
}
USE = tuple(
    f"{dimension}_{statistic}" for dimension in ("cpu", "memory") for statistic in ("average", "p50", "p95", "maximum")
)
DEFINITIONS: Mapping[str, str] = {
    "definition": TEXT,
    "services": WHOLE,
    **{name: SERVICES[name] for name in ("role", "capacity", "unit", "declared_cpu", "declared_memory")},
    **{name: SERVICES[name] for name in ("needed_cpu", "needed_memory", "errors", "warnings", "notes")},
}
FINDINGS: Mapping[str, str] = {
    "definition": TEXT,
    "cluster": TEXT,
    "service": TEXT,
    "code": TEXT,
    "name": TEXT,
    "severity": TEXT,
    "message": TEXT,
    "help": TEXT,
    "container": TEXT,
    "pointer": TEXT,
    "path": TEXT,
    "line": WHOLE,
    "have": NUMBER,
    "need": NUMBER,
    "recommended_cpu": WHOLE,
    "recommended_memory": WHOLE,
    "monthly_usd": NUMBER,
}
COLUMNS: Mapping[str, Mapping[str, str]] = {"services": SERVICES, "definitions": DEFINITIONS, "findings": FINDINGS}
"""The columns of each table, besides `account` and `region`, which the folders name."""


class Tables:
    """Writes inventories, part by part, below a folder."""

    def __init__(self, folder: str, kind: Kind) -> None:
        """Raises `ValueError` without pyarrow, for Parquet, or if the folder is there and not empty."""
        if kind == "parquet":
            try:
                import pyarrow.parquet  # noqa: F401
            except ImportError:
                raise ValueError(f"parquet needs pyarrow: {installation('parquet')}") from None
        try:
            os.makedirs(folder, exist_ok=True)
            if os.listdir(folder):
                raise ValueError(f"{folder} is not empty; older rows would mix with these")
        except OSError as error:
            raise ValueError(f"can't write {error.filename}: {error.strerror}") from None
        self._folder = folder
        self._kind = kind
        self._parts = 0

    def write(self, inventory: Inventory) -> None:
        """Add the rows of an inventory, or of a part of one.

        Raises `OSError`.
        """
        self._parts += 1
        for table, rows in tables(inventory).items():
            by_place: dict[tuple[str, str], list[Row]] = {}
            for place, raw in rows:
                row = {name: _storable(value) for name, value in raw.items()}
                by_place.setdefault(place, []).append(row)
            for (account, region), some in by_place.items():
                self._store(table, f"account={_folder(account)}/region={_folder(region)}", some)

    def _store(self, table: str, place: str, rows: list[Row]) -> None:
        path = os.path.join(self._folder, table, place, f"part-{self._parts:05}.{self._kind}")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        unfinished = f"{path}.part"  # a name that readers of the tables ignore
        try:
            self._fill(unfinished, table, rows)
            os.replace(unfinished, path)
        except BaseException as error:
            with suppress(OSError):
                os.unlink(unfinished)
            if isinstance(error, OSError):
                error.filename = path  # a full disk names no file, and pyarrow has words of its own
                error.strerror = os.strerror(error.errno) if error.errno else error.strerror
            raise

    def _fill(self, path: str, table: str, rows: list[Row]) -> None:
        if self._kind == "ndjson":
            with open(path, "w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream:
                stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            return
        import pyarrow as pa
        import pyarrow.parquet as pq

        types = {TEXT: pa.string(), WHOLE: pa.int64(), NUMBER: pa.float64(), FLAGS: pa.list_(pa.string())}
        schema = pa.schema([(name, types[kind]) for name, kind in COLUMNS[table].items()])
        pq.write_table(pa.Table.from_pylist(rows, schema), path, compression="zstd")


def tables(inventory: Inventory) -> dict[str, Iterator[tuple[tuple[str, str], Row]]]:
    """The rows of each table, each with its account and region."""
    return {
        "services": ((_place(each), _service(each)) for each in inventory.services if each.cluster),
        "definitions": _definitions(inventory.services),
        "findings": _findings(inventory),
    }


def _folder(name: str) -> str:
    """A name encoded for a partition; a name from a file may contain any characters."""
    return quote(name, safe="", errors="replace")[:100] or "none"


def _place(service: Service) -> tuple[str, str]:
    return service.account, service.region


class _Columns(NamedTuple):
    cpu: int | None
    memory: int | None


def _service(service: Service) -> Row:
    use, advice, outlook = service.use, service.advice, service.advice and service.advice.outlook
    optimizer, scaling = service.optimizer, service.scaling
    declared, needed, best, theirs = (
        _Columns(*size) if size else _Columns(None, None)
        for size in (service.declared, service.needed, service.recommended, optimizer and optimizer.recommended)
    )
    return {
        "cluster": service.cluster,
        "service": service.name,
        "definition": service.definition,
        "launch_type": service.launch_type,
        "desired": service.desired,
        "running": service.running,
        "role": service.role,
        "capacity": service.capacity,
        "unit": service.unit,
        "declared_cpu": declared.cpu,
        "declared_memory": declared.memory,
        "needed_cpu": needed.cpu,
        "needed_memory": needed.memory,
        "recommended_cpu": best.cpu,
        "recommended_memory": best.memory,
        "recommended_tasks": advice.tasks if advice and best.cpu else None,
        "reasons": list(advice.reasons) if advice else [],
        "cpu_decided_by": advice and advice.cpu_decided_by,
        "memory_decided_by": advice and advice.memory_decided_by,
        **{name: use and getattr(use, name) for name in USE},
        "measured_days": use and use.days,
        "measured_since": use and use.since,
        "measured_until": use and use.until,
        "cpu_average_then": outlook and outlook.cpu_average,
        "memory_maximum_then": outlook and outlook.memory_maximum,
        "risk_now": outlook and outlook.risk_now,
        "risk_then": outlook and outlook.risk_then,
        "monthly_usd": _cents(service.monthly_usd),
        "recommended_monthly_usd": _cents(service.recommended_monthly_usd),
        "saving_on_demand_usd": service.saving_on_demand_usd,
        "scaling_least": scaling and scaling.least,
        "scaling_most": scaling and scaling.most,
        "compute_optimizer": optimizer and optimizer.finding,
        "compute_optimizer_cpu": theirs.cpu,
        "compute_optimizer_memory": theirs.memory,
        "compute_optimizer_saving_usd": optimizer and optimizer.savings_usd,
        **_counts(service.findings),
    }


def _definitions(services: Iterable[Service]) -> Iterator[tuple[tuple[str, str], Row]]:
    """Each definition once, even if several services run it."""
    running: dict[tuple[str, str, str], list[Service]] = {}
    for service in services:
        running.setdefault((*_place(service), service.definition), []).append(service)
    for (account, region, _), some in running.items():
        row = _service(some[0])
        findings = dict.fromkeys(finding for service in some for finding in service.findings)
        count = sum(bool(service.cluster) for service in some)
        row |= {"services": count, **_counts(findings)}
        yield (account, region), {name: row[name] for name in DEFINITIONS}


def _findings(inventory: Inventory) -> Iterator[tuple[tuple[str, str], Row]]:
    """Each finding once; of a service those on what it uses, of its definition the others."""
    seen: set[Finding] = set()
    for service in inventory.services:
        for finding in service.findings:
            if finding not in seen:
                seen.add(finding)
                yield _place(service), _finding(finding, service)
    for finding in inventory.report.findings:
        if finding not in seen:
            yield ("", ""), _finding(finding, None)


def _finding(finding: Finding, service: Service | None) -> Row:
    data = finding.data or {}
    best = data.get("recommended") or {}
    is_of_service = service is not None and finding.subject == f"{service.cluster}/{service.name}"
    return {
        "definition": service.definition if service else finding.definition or "",
        "cluster": service.cluster if service and is_of_service else None,
        "service": service.name if service and is_of_service else None,
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "help": finding.help,
        "container": finding.container,
        "pointer": finding.pointer,
        "path": finding.path,
        "line": finding.span.line,
        "have": _number(data.get("have")),
        "need": _number(data.get("need")),
        "recommended_cpu": best.get("cpu") if isinstance(best, dict) else None,
        "recommended_memory": best.get("memory") if isinstance(best, dict) else None,
        "monthly_usd": _number(data.get("monthly_usd")),
    }


def _cents(amount: float | None) -> float | None:
    """Rounded as the totals round it, so that sums of rows are the totals."""
    return None if amount is None else round(amount, 2)


def _counts(findings: Iterable[Finding]) -> Row:
    found = [finding.severity for finding in findings]
    return {f"{severity.value}s": found.count(severity) for severity in Severity}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, (int, float)) and abs(value) < MOST else None


def _storable(value: Any) -> Any:
    """A value that a table can store: names from files may contain lone surrogates, and numbers may be of any size."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    return None if isinstance(value, int) and abs(value) >= MOST else value
