"""Times a folder of task definitions and says how many milliseconds each one takes, start-up included."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from timing import SAMPLE, TASKFIT, wall


def main() -> None:
    """Print the best of three runs, in one process and in as many as taskfit chooses."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--definitions", type=int, default=1000, metavar="N", help="default: 1000")
    count = parser.parse_args().definitions
    with tempfile.TemporaryDirectory() as folder:
        for number in range(count):
            shutil.copy(SAMPLE, Path(folder, f"worker-{number}.json"))
        for jobs in ("1", "0"):
            seconds = min(wall([TASKFIT, "check", "--jobs", jobs, folder]) for _ in range(3))
            title = "one process" if jobs == "1" else "its own choice of processes"
            sys.stdout.write(f"{count} definitions, {title}: {seconds:.2f} s, {seconds * 1000 / count:.2f} ms each\n")


if __name__ == "__main__":
    main()
