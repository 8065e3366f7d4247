"""Times rules of a team's own, as schemas, expressions and Python functions: the cost of each on a definition."""

from __future__ import annotations

import argparse
import gc
import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from timing import SAMPLE

from taskfit import checking
from taskfit.config.settings import Configuration
from taskfit.policy import registry
from taskfit.session import Session

CONDITIONS: dict[str, dict[str, Any]] = {
    "schema": {"schema": {"properties": {"cpu": {"minimum": "0.25 vCPU"}}, "required": ["family"]}},
    "cel": {"assert": "!has(task.cpu) || task.cpu >= vcpu(0.25) && containers.all(c, c.name != 'x')"},
    "python": {"check": "benchmark-cpu"},
}

PYTHON = """\
def cpu(case):
    amount = case.known_cpu
    return () if amount is None or amount >= 256 and all(c.name != "x" for c in case.task.containers) else (1,)
"""

EXAMPLE = {"file": '{"family": "a", "containerDefinitions": []}'}


def main() -> None:
    """Print the cost of a rule and definition for each kind of condition, in both directions of growth."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rules", type=int, default=500, help="rules of each kind (default: 500)")
    parser.add_argument("--definitions", type=int, default=1000, help="task definitions (default: 1000)")
    arguments = parser.parse_args()
    most_rules, most_definitions = arguments.rules, arguments.definitions
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        install(folder / "site")
        sys.stdout.write("kind     rules  definitions  load, s  check, s  per rule and definition, ms\n")
        for kind in CONDITIONS:
            for rules, definitions in (
                (most_rules, most_definitions),
                (most_rules // 2, most_definitions),
                (most_rules, most_definitions // 2),
                (most_rules // 2, most_definitions // 2),
            ):
                load, check = measured(folder, kind, rules, definitions)
                cost = check * 1000 / (rules * definitions)
                sys.stdout.write(f"{kind:7} {rules:6} {definitions:12} {load:8.2f} {check:9.2f} {cost:10.4f}\n")


def measured(folder: Path, kind: str, rules: int, definitions: int) -> tuple[float, float]:
    """Processor seconds to load rules, and to check definitions against them, beyond what definitions take without rules."""
    files = folder / f"{definitions}"
    if not files.exists():
        files.mkdir()
        for number in range(definitions):
            task = {**json.loads(SAMPLE.read_text(encoding="utf-8")), "family": f"family-{number}"}
            (files / f"{number}.json").write_text(json.dumps(task), encoding="utf-8")
    path = folder / f"{kind}-{rules}.yaml"
    path.write_text("\n".join(f"- {json.dumps(rule(kind, number))}" for number in range(rules)), encoding="utf-8")
    start = time.process_time()
    loaded, faults = registry.own_rules((str(path),))
    load = time.process_time() - start
    if len(loaded) != rules or faults:
        sys.exit(f"{path}: {faults}")
    without = min(seconds(files, ()) for _ in range(2))
    return load, seconds(files, (str(path),)) - without


def seconds(folder: Path, rules: tuple[str, ...]) -> float:
    """The processor time that a check takes with some rules and none of taskfit's own."""
    options = {"rules": rules, "select": ("ACME",) if rules else ("FIT001",), "jobs": 1}
    session = Session.under(Configuration().with_options(options))
    session.setup()
    gc.disable()
    start = time.process_time()
    report = checking.check(session, [str(folder)])
    taken = time.process_time() - start
    gc.enable()
    if report.findings or report.failures:
        sys.exit(f"{report.findings[:1]} {report.failures[:1]}")
    return taken


def rule(kind: str, number: int) -> dict[str, Any]:
    """One of many rules, which finds nothing."""
    words = {"summary": "s", "what": "w.", "why": "w.", "fix": "f.", "severity": "note"}
    examples = {"bad": [EXAMPLE], "good": [EXAMPLE]}
    return {"code": f"ACME{number:04}", "name": f"rule-{number}", **words, **CONDITIONS[kind], **examples}


def install(site: Path) -> None:
    """Put the Python rule where installed packages are found."""
    metadata = site / "benchmark_policy-1.dist-info"
    metadata.mkdir(parents=True)
    (site / "benchmark_policy.py").write_text(PYTHON, encoding="utf-8")
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: benchmark-policy\nVersion: 1\n", encoding="utf-8")
    (metadata / "entry_points.txt").write_text(
        "[taskfit.rules]\nbenchmark-cpu = benchmark_policy:cpu\n", encoding="utf-8"
    )
    sys.path.append(str(site))


if __name__ == "__main__":
    main()
