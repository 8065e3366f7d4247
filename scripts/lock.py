"""Writes `action/requirements.txt`: what the GitHub action installs, each release pinned with its hashes.

uv resolves for every platform at once. Run it when `pyproject.toml` asks for something else, or to take newer releases:

    python scripts/lock.py
"""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
TARGET = Path("action") / "requirements.txt"

HEAD = "# What the GitHub action installs. `python scripts/lock.py` writes this file anew.\n"


def main() -> None:
    """Lock the dependencies, and what the package is built with: pip can check hashes only if it has them for all."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--upgrade", "--universal", "--generate-hashes"),
        *("--python-version", "3.11", "--no-header", "--no-annotate", "--no-emit-index-url"),
        *("pyproject.toml", "-", "--output-file", str(TARGET)),
    ]
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    subprocess.run(command, cwd=ROOT, check=True, input="\n".join(build), encoding="utf-8")
    path = ROOT / TARGET
    path.write_text(HEAD + path.read_text(encoding="utf-8"), encoding="utf-8")
    print(TARGET)


if __name__ == "__main__":
    main()
