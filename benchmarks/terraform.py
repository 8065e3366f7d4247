"""Times 1,000 Terraform files, each in a folder with its variables, as a ratio to checkov on the same files.

    .venv/bin/python benchmarks/terraform.py --checkov "$(which checkov)"

checkov runs its own checks of task definitions only. The goal: a third of its time.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
from pathlib import Path

from inputs import terraform
from timing import compare


def main() -> None:
    """Print the best of some runs of each, and the ratio."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument("--runs", type=int, default=3, help="runs of taskfit; checkov runs once (default: 3)")
    parser.add_argument("--checkov", default=shutil.which("checkov"), metavar="FILE", help="default: the one on PATH")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as top:
        terraform(Path(top), arguments.files)
        own = "CKV_AWS_97,CKV_AWS_249,CKV_AWS_334,CKV_AWS_335,CKV_AWS_336"
        options = ["--framework", "terraform", "--check", own, "--soft-fail", "--quiet", "--compact"]
        rival = [arguments.checkov, *options, "--directory", top] if arguments.checkov else None
        compare(top, arguments.files, arguments.runs, rival)


if __name__ == "__main__":
    main()
