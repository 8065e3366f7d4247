"""Times 1,000 CloudFormation templates, YAML with short tags, as a ratio to cfn-lint on the same files.

    .venv/bin/python benchmarks/cloudformation.py --cfn-lint "$(which cfn-lint)"

The goals: at most 3 ms a template, a tenth of cfn-lint's time.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from inputs import templates
from timing import compare


def main() -> None:
    """Print the best of some runs of each, and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--templates", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--runs", type=int, default=3, help="runs of taskfit; cfn-lint runs once (default: 3)")
    parser.add_argument("--cfn-lint", default=shutil.which("cfn-lint"), metavar="FILE", help="default: the one on PATH")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        templates(Path(folder), arguments.templates)
        rival = [arguments.cfn_lint, f"{folder}/*.yaml"] if arguments.cfn_lint else None
        compare(folder, arguments.templates, arguments.runs, rival)


if __name__ == "__main__":
    main()
