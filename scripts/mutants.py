"""Mutation testing of the core: each operator, comparison and constant changed in turn, and the tests that should notice.

    python scripts/mutants.py [FILE ...]      # files of TARGETS, all of them without any; --most N takes a sample

A mutant is one change of one expression: `+` made `-`, `<` made `<=`, `and` made `or`, a number made one larger, `min` made
`max`, a condition turned around, a `return` without its value. It is killed if a test named for its file fails. Survivors are
printed, to be killed by a test or explained in docs/reliability.md. The tree itself is never changed: a copy of it is.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "linter" / "taskfit"

TARGETS: dict[str, tuple[str, ...]] = {
    "sizing/expectation.py": ("test_sizing.py", "test_sizing_core.py"),
    "sizing/fargate.py": ("test_sizing.py", "test_sizing_core.py", "test_checks_fargate.py"),
    "sizing/assessment.py": ("test_sizing.py", "test_sizing_core.py", "test_sidecars.py", "test_bad_cases.py"),
    "sizing/quantity.py": ("test_quantity.py",),
    "sizing/prices.py": ("test_sizing.py", "test_sizing_core.py", "test_observed.py"),
    "sizing/profile.py": ("test_sizing.py", "test_sizing_core.py", "test_profiles.py"),
    "checks/fargate_size.py": ("test_checks_fargate.py", "test_bad_cases.py", "test_rules.py"),
    "engine/baseline.py": ("test_adoption.py", "test_suppression.py", "test_writing.py"),
    "engine/fixing.py": ("test_fixing.py", "test_fix_command.py"),
    "engine/suppression.py": ("test_suppression.py",),
    "patterns.py": ("test_patterns.py",),
}
"""The files, below the package, and the test modules that should notice; what is not there is left out."""

SWAPPED: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
Change = Callable[[Any], None]
"""Changes a node in place."""

RENAMED = {"min": "max", "max": "min", "all": "any", "any": "all"}


def mutants(tree: ast.Module) -> Iterator[tuple[int, str, ast.Module]]:
    """The line, the change and the whole module of each mutant."""
    nodes = list(ast.walk(tree))
    for index, node in enumerate(nodes):
        for label, change in _changes(node):
            changed = copy.deepcopy(tree)
            twin = list(ast.walk(changed))[index]
            change(twin)
            yield getattr(node, "lineno", 0), label, ast.fix_missing_locations(changed)


def _changes(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.BinOp | ast.BoolOp) and type(node.op) in SWAPPED:
        other = SWAPPED[type(node.op)]
        yield f"{type(node.op).__name__} -> {other.__name__}", _with(op=other())
    elif isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in SWAPPED:
        other = SWAPPED[type(node.ops[0])]
        yield f"{type(node.ops[0]).__name__} -> {other.__name__}", _with(ops=[other()])
    elif isinstance(node, ast.Constant) and isinstance(node.value, int):
        value = not node.value if isinstance(node.value, bool) else node.value + 1
        yield f"{node.value} -> {value}", _with(value=value)
    elif isinstance(node, ast.Name) and node.id in RENAMED:
        yield f"{node.id} -> {RENAMED[node.id]}", _with(id=RENAMED[node.id])
    else:
        yield from _turned(node)


def _turned(node: ast.AST) -> Iterator[tuple[str, Change]]:
    if isinstance(node, ast.If):
        yield "if -> if not", lambda twin: setattr(twin, "test", ast.UnaryOp(ast.Not(), twin.test))
    elif isinstance(node, ast.IfExp):
        yield "the other branch", _with(body=node.orelse, orelse=node.body)
    elif isinstance(node, ast.Return) and node.value is not None:
        yield "return nothing", _with(value=None)


def _with(**fields: Any) -> Change:
    def change(twin: Any) -> None:
        for name, value in fields.items():
            setattr(twin, name, value)

    return change


def main() -> None:
    """Print the survivors of each file, and the score."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", metavar="FILE", help=f"of {', '.join(TARGETS)}")
    parser.add_argument("--most", type=int, default=10**9, metavar="N", help="mutants of each file, drawn by lot")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder, "tree")
        ignored = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".hypothesis", ".mypy_cache", "corpus")
        shutil.copytree(ROOT, copied, ignore=ignored)
        for name in options.files or TARGETS:
            _judge(copied, name, options.most)


def _judge(root: Path, name: str, most: int) -> None:
    path = root / "linter" / "taskfit" / name
    before = path.read_text(encoding="utf-8")
    tests = [str(root / "tests" / test) for test in TARGETS[name] if (root / "tests" / test).exists()]
    if not _passes(root, tests):
        sys.exit(f"{name}: the tests fail without any change")
    found = list(mutants(ast.parse(before)))
    chosen = sorted(random.Random(0).sample(range(len(found)), min(most, len(found))))
    survivors = []
    for number in chosen:
        line, label, tree = found[number]
        path.write_text(ast.unparse(tree), encoding="utf-8")
        if _passes(root, tests):
            survivors.append(f"    {name}:{line}: {label}: {before.splitlines()[line - 1].strip()}")
    path.write_text(before, encoding="utf-8")
    killed = len(chosen) - len(survivors)
    print(
        f"{name}: {killed} of {len(chosen)} killed ({killed / max(len(chosen), 1):.0%})",
        *survivors,
        sep="\n",
        flush=True,
    )


def _passes(root: Path, tests: list[str]) -> bool:
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-n0", "-p", "no:cacheprovider", *tests]
    environment = {**os.environ, "PYTHONPATH": str(root / "linter"), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ended = subprocess.run(command, cwd=root, env=environment, capture_output=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return False
    return ended.returncode == 0


if __name__ == "__main__":
    main()
