"""Measures one clean JSON file from a cold start of an installed wheel, as a ratio to `python -c pass` and to cfn-lint.

The wheel is built from this checkout and installed into an environment of its own, as a user has it: compiled, and not
editable. Processor time (user and system) counts, which a busy machine disturbs least; the commands take turns.
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from timing import SAMPLE

ROOT = Path(__file__).parent.parent

VERBATIM = ("Options", "DockerLabels")
"""Fields whose own keys are a user's, not CloudFormation's."""


def main() -> None:
    """Print the median processor time of each command and its ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=41, help="runs of each command (default: 41)")
    parser.add_argument("--cfn-lint", default=shutil.which("cfn-lint"), metavar="FILE", help="default: the one on PATH")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        scripts = installed(Path(folder))
        work = Path(folder, "work")
        work.mkdir()
        shutil.copy(SAMPLE, work / "worker.json")
        text = SAMPLE.read_text(encoding="utf-8")
        (work / "worker.yaml").write_text(f"---\n{text}", encoding="utf-8")
        (work / "template.json").write_text(json.dumps(cloudformation(json.loads(text))), encoding="utf-8")
        (work / "settings.yaml").write_text("profile: mistersmith\nignore: [FIT6]\n", encoding="utf-8")
        check = [str(scripts / "taskfit"), "check"]
        commands = {
            "python -c pass": [str(scripts / "python"), "-c", "pass"],
            "taskfit check worker.json": [*check, "worker.json"],
            "the same as a hook": [*check, "--quiet", "--force-exclude", "--affected", "--", "worker.json"],
            "the same with settings": [*check, "--config", "settings.yaml", "worker.json"],
            "taskfit check worker.yaml": [*check, "worker.yaml"],
            "taskfit check template.json": [*check, "template.json"],
        }
        if arguments.cfn_lint:
            commands["cfn-lint template.json"] = [arguments.cfn_lint, "template.json"]
        times = medians(commands, arguments.runs, str(work))
    bare = times["python -c pass"]
    for name, milliseconds in times.items():
        sys.stdout.write(f"{name:28} {milliseconds:8.1f} ms   {milliseconds / bare:5.2f} times python -c pass\n")
    if not arguments.cfn_lint:
        sys.stdout.write("cfn-lint is not on the PATH; --cfn-lint FILE compares with it\n")


def installed(folder: Path) -> Path:
    """The scripts of a new environment in which the wheel of this checkout is installed with what it depends on."""
    environment = folder / "environment"
    scripts = environment / "bin"
    for command in (
        [sys.executable, "-m", "venv", str(environment)],
        [str(scripts / "python"), "-m", "pip", "install", "--quiet", "--compile", str(ROOT)],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return scripts


def medians(commands: dict[str, list[str]], runs: int, folder: str) -> dict[str, float]:
    """The median processor time of each command in milliseconds; they take turns, so that a busy moment meets them all."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            milliseconds = processor_time(command, folder)
            if turn:  # the first one warms up
                times[name].append(milliseconds)
    return {name: statistics.median(values) for name, values in times.items()}


def processor_time(command: list[str], folder: str) -> float:
    """The processor time of a command that must find nothing, in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    run = subprocess.run(command, check=False, capture_output=True, text=True, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if run.returncode:
        sys.exit(f"{command[0]}: exit status {run.returncode}\n{run.stdout[-500:]}{run.stderr[-2000:]}")
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000


def cloudformation(definition: dict[str, Any]) -> dict[str, Any]:
    """The same task definition as a template."""
    resource = {"Type": "AWS::ECS::TaskDefinition", "Properties": capitalised(definition)}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Worker": resource}}


def capitalised(value: Any) -> Any:
    """A value of the API in CloudFormation's spelling."""
    if isinstance(value, list):
        return [capitalised(item) for item in value]
    if isinstance(value, dict):
        keys = {key: key[0].upper() + key[1:] for key in value}
        return {name: value[key] if name in VERBATIM else capitalised(value[key]) for key, name in keys.items()}
    return value


if __name__ == "__main__":
    main()
