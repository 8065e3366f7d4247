"""Times many distinct clean definitions of each format in one process, and says what each one costs besides the start.

Processor time, user and system, in milliseconds: others may use the machine at the same time. `--taskfit FILE` measures
another installation in the same run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from inputs import KINDS
from timing import TASKFIT, processor


def main() -> None:
    """Print the best of some runs for each format and installation, which take turns."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--definitions", type=int, default=1000, metavar="N", help="of each format (default: 1000)")
    parser.add_argument("--runs", type=int, default=3, help="default: 3")
    parser.add_argument("--taskfit", action="append", metavar="FILE", help="default: the one of this environment")
    arguments = parser.parse_args()
    programs = arguments.taskfit or [TASKFIT]
    for kind, write in KINDS.items():
        with tempfile.TemporaryDirectory() as many, tempfile.TemporaryDirectory() as one:
            write(Path(many), arguments.definitions)
            write(Path(one), 1)
            found: dict[str, list[float]] = {program: [] for program in programs}
            for program in programs * arguments.runs:
                start, all_ = (processor([program, "check", "--jobs", "1", folder]) for folder in (one, many))
                found[program].append((all_ - start) * 1000 / (arguments.definitions - 1))
        for program, each in found.items():
            sys.stdout.write(f"{kind:15} {min(each):6.2f} ms each  {program}\n")


if __name__ == "__main__":
    main()
