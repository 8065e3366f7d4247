"""What the benchmarks share: the installed program, a definition, and how long a command takes."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

TASKFIT = str(Path(sysconfig.get_path("scripts"), "taskfit"))
SAMPLE = Path(__file__).parent / "worker.json"


def wall(command: Sequence[str]) -> float:
    """The wall time of a command that must find nothing, in seconds."""
    start = time.perf_counter()
    run = subprocess.run(command, check=False, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if run.returncode:
        sys.exit(f"{command[0]}: exit status {run.returncode}\n{run.stdout[-500:]}{run.stderr[-2000:]}")
    return seconds


def processor(command: Sequence[str]) -> float:
    """The processor time of a command that must find nothing, user and system, in seconds."""
    before = os.times()
    wall(command)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system


def compare(folder: str, count: int, runs: int, rival: Sequence[str] | None) -> None:
    """Print the best of some runs of taskfit on a folder of so many definitions, one run of a rival, and the ratio.

    Both run as one process, start-up included.
    """
    taskfit = min(wall([TASKFIT, "check", "--jobs", "1", folder]) for _ in range(runs))
    _report("taskfit", taskfit, count)
    if rival:
        other = wall(rival)
        _report(Path(rival[0]).name, other, count)
        sys.stdout.write(f"taskfit is {other / taskfit:.1f} times as fast\n")


def _report(name: str, seconds: float, count: int) -> None:
    sys.stdout.write(f"{name:9} {seconds:7.2f} s  {seconds * 1000 / count:6.2f} ms each\n")
