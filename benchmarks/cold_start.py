"""Times one clean JSON file from a cold start, as a ratio to `python -c pass` and to cfn-lint on the same content."""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from timing import SAMPLE, TASKFIT, wall

VERBATIM = ("Options", "DockerLabels")
"""Fields whose own keys are a user's, not CloudFormation's."""


def main() -> None:
    """Print the median wall time of each command and its ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=21, help="runs of each command (default: 21)")
    parser.add_argument("--cfn-lint", default=shutil.which("cfn-lint"), metavar="FILE", help="default: the one on PATH")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        definition, template = Path(folder, "worker.json"), Path(folder, "template.json")
        shutil.copy(SAMPLE, definition)
        template.write_text(
            json.dumps(cloudformation(json.loads(SAMPLE.read_text(encoding="utf-8")))), encoding="utf-8"
        )
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "taskfit check": [TASKFIT, "check", str(definition)],
        }
        if arguments.cfn_lint:
            commands["cfn-lint"] = [arguments.cfn_lint, str(template)]
        times = medians(commands, arguments.runs)
    taskfit = times["taskfit check"]
    for name, seconds in times.items():
        sys.stdout.write(f"{name:15} {seconds * 1000:8.1f} ms   taskfit takes {taskfit / seconds:.2f} times that\n")
    if not arguments.cfn_lint:
        sys.stdout.write("cfn-lint is not on the PATH; --cfn-lint FILE compares with it\n")


def medians(commands: dict[str, list[str]], runs: int) -> dict[str, float]:
    """The median wall time of each command in seconds; they take turns, so that a busy moment meets them all."""
    times: dict[str, list[float]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            seconds = wall(command)
            if turn:  # the first one warms up
                times[name].append(seconds)
    return {name: statistics.median(values) for name, values in times.items()}


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
