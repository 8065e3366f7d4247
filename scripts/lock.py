"""Pins what the GitHub action and `.ci/run` install, each release with its hashes: five files.

uv resolves; for the action and for CI for every platform at once, and for the lowest versions that `pyproject.toml` allows on
Linux with the oldest Python. Run it when `pyproject.toml` asks for something else, or to take newer releases:

    python scripts/lock.py
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
ACTION = Path("action") / "requirements.txt"
ACTION_EXTRAS = ("cel", "html", "jsonnet")
CI = Path(".ci") / "requirements.txt"
LOWEST = Path(".ci") / "lowest.txt"
EVERYWHERE = ("--universal", "--python-version", "3.11")
HEAD = "# {what} `python scripts/lock.py` writes this file anew.\n"


def main() -> None:
    """Lock what each installation needs, with what builds the package: pip checks hashes of all or of none."""
    build = PROJECT["build-system"]["requires"]
    compiled(ACTION, "What the GitHub action installs.", *EVERYWHERE, given=build)
    for extra in ACTION_EXTRAS:
        arguments = (*EVERYWHERE, "--extra", extra, "--constraint", str(ACTION))
        compiled(ACTION.with_stem(f"requirements-{extra}"), f"What the extra `{extra}` asks for.", *arguments)
    compiled(CI, "What `.ci/run` installs.", *EVERYWHERE, "--extra", "dev", given=build)
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as bounds:
        bounds.write("\n".join(lowest()))
        bounds.flush()
        platform = ("--python-version", "3.11", "--python-platform", "linux", "--extra", "test")
        compiled(LOWEST, "The lowest versions that `pyproject.toml` allows.", *platform, "--constraint", bounds.name)


def compiled(path: Path, what: str, *arguments: str, given: Iterable[str] = ()) -> None:
    """Resolve the package's dependencies, and those given, into a file of pins."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "--quiet", "--upgrade", "--generate-hashes"),
        *("--no-header", "--no-annotate", "--no-emit-index-url", *arguments),
        *("pyproject.toml", "-", "--output-file", str(path)),
    ]
    subprocess.run(command, cwd=ROOT, check=True, input="\n".join(given), encoding="utf-8")
    pins = (ROOT / path).read_text(encoding="utf-8")
    (ROOT / path).write_text(HEAD.format(what=what) + pins, encoding="utf-8")
    print(path)


def lowest() -> Iterator[str]:
    """Every requirement of the package and of its tests at its lower bound, as constraints."""
    for requirement in {*PROJECT["project"]["dependencies"], *extra_requirements("test")}:
        yield re.sub(r"\[.*?\]", "", requirement).replace(">=", "==")


def extra_requirements(extra: str) -> Iterator[str]:
    """What an extra asks for, with what the extras ask for that it names."""
    for requirement in PROJECT["project"]["optional-dependencies"][extra]:
        if requirement.startswith("taskfit["):
            for other in re.findall(r"\w+", requirement.removeprefix("taskfit")):
                yield from extra_requirements(other)
        else:
            yield requirement


if __name__ == "__main__":
    main()
