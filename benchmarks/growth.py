"""How time and memory grow with the size of each kind of input: processor seconds and MiB at four sizes, and exponents.

    python benchmarks/growth.py [KIND ...]    # all kinds, or some; --seconds N gives up on one that takes longer
    python benchmarks/growth.py --instructions [KIND ...]    # counted by valgrind: 50 times as slow, but always the same

Each measurement is a process of its own that reads one file, or a folder of them, checks it with every rule and makes the
text, JSON and SARIF reports. The exponent is that of the last doubling, without what the smallest size costs: 1 is linear,
2 quadratic.
"""

from __future__ import annotations

import argparse
import gc
import math
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kinds import KINDS
from trees import TREES

if TYPE_CHECKING:
    from taskfit.session import Session

LARGEST = 1.1
"""The exponent that no kind may exceed."""

FEW_SECONDS = 3.0
"""Below it, the better of two measurements counts."""

LEAST = 0.6
"""Seconds of which most is the start: no exponent is given."""


def written(kind: str, size: int, folder: Path) -> Path:
    """The file or folder of a kind."""
    if kind in TREES:
        tree = folder / f"tree{size}"
        tree.mkdir()
        TREES[kind].write(tree, size)
        return tree
    suffix, make, _ = KINDS[kind]
    path = folder / f"task{suffix}"
    path.write_text(make(size), encoding="utf-8")
    return path


def measure(kind: str, size: int) -> tuple[float, float, int]:
    """Processor seconds and the peak of memory, MiB, of a process that does nothing else, and bytes that it reads."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(kind, size, Path(folder))
        child = os.fork()
        if not child:
            os._exit(check(kind, path))
        _, status, used = os.wait4(child, 0)
        bytes_ = sum(each.stat().st_size for each in ([path] if path.is_file() else path.rglob("*")) if each.is_file())
    if status:
        sys.exit(f"ended with {status}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, bytes_


def counted(kind: str, size: int) -> int:
    """The instructions of a process that checks one input, in millions."""
    with tempfile.TemporaryDirectory() as folder:
        path = written(kind, size, Path(folder))
        command = [sys.executable, __file__, "--path", str(path), kind]
        valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command]
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        ended = subprocess.run(valgrind, capture_output=True, text=True, check=True, env=environment)
    return int(ended.stderr.rpartition("Collected :")[2].split()[0]) // 1_000_000


def check(kind: str, path: Path) -> int:
    from taskfit import session

    gc.disable()  # as the command does
    report = reported(session.start() if path.is_dir() else session.start(isolated=True), kind, path)
    sys.stderr.write("".join(report.failures))
    sys.stderr.flush()
    return 2 if report.failures else 0


def reported(run: Session, kind: str, path: Path) -> Any:
    """The report on a path, once it is made in each format, and for some kinds the fixes, too."""
    from taskfit import checking, fixes, reports
    from taskfit.engine.unified import unified_diff

    report = checking.check(run, [str(path)])
    view = reports.View(lambda name: Path(name).read_text(encoding="utf-8"))
    for output_format in ("text", "json", "sarif"):
        reports.render(output_format, report, view)
    if kind.startswith("fixes"):
        for fixed in fixes.fixed_files(run, [str(path)]):
            unified_diff(fixed)
    return report


def sizes(kind: str) -> tuple[int, ...]:
    """The sizes at which a kind is measured, each twice the one before."""
    largest = TREES[kind].largest if kind in TREES else KINDS[kind][2]
    return largest // 8, largest // 4, largest // 2, largest


def of_instructions(kind: str) -> bool:
    """Print one kind's row of instructions; whether it grows no faster than is allowed."""
    base, _, before, last = (counted(kind, size) for size in sizes(kind))
    exponent = math.log2((last - base) / (before - base) / (7 / 3)) + 1
    print(f"| {kind} | {sizes(kind)[-1]:,} | {base:,} | {before:,} | {last:,} | {exponent:.2f} |", flush=True)
    return exponent <= LARGEST


def of(kind: str, seconds: float) -> bool:
    """Print one kind's row; whether it grows no faster than is allowed."""
    rows = []
    for size in sizes(kind):
        command = [sys.executable, __file__, "--one", str(size), kind]
        try:
            ended = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=True)
        except subprocess.TimeoutExpired:
            print(f"| {kind} | {size} | > {seconds:.0f} s | | |", flush=True)
            return False
        except subprocess.CalledProcessError as error:
            print(f"| {kind} | {size} | {error.stderr.strip()[-200:]} | | |", flush=True)
            return False
        rows.append(tuple(map(float, ended.stdout.split())))
        if rows[-1][0] < FEW_SECONDS:
            again = subprocess.run(command, capture_output=True, text=True, check=True)
            rows[-1] = min(rows[-1], tuple(map(float, again.stdout.split())))
    # What the smallest size costs is mostly the start.
    (base, *_), (before, *_), (time, memory, bytes_) = rows[0], rows[2], rows[3]
    exponent = math.log2(max(time - base, 0.02) / max(before - base, 0.02) / (7 / 3)) + 1 if time > LEAST else 0.0
    words = f"{exponent:.2f}" if exponent else "–"
    print(f"| {kind} | {sizes(kind)[-1]:,} | {bytes_ / 1024:,.0f} | {time:.2f} | {memory:.0f} | {words} |", flush=True)
    return exponent <= LARGEST


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", metavar="KIND")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--instructions", action="store_true", help="count instructions with valgrind")
    parser.add_argument("--one", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.one:
        print(*measure(options.kinds[0], options.one))
        return
    if options.path:
        sys.exit(check(options.kinds[0], options.path))
    kinds = [kind for kind in (*KINDS, *TREES) if not options.kinds or any(word in kind for word in options.kinds)]
    if options.instructions:
        print("| input | number | millions at an eighth | at half | at all | exponent |\n|---|---|---|---|---|---|")
        results = [of_instructions(kind) for kind in kinds]
    else:
        print("| input | number | KiB | seconds | MiB | exponent |\n|---|---|---|---|---|---|")
        results = [of(kind, options.seconds) for kind in kinds]
    sys.exit(not all(results))


if __name__ == "__main__":
    main()
