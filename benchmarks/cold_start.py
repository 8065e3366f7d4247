"""Measures one clean file from a cold start of an installed wheel, as a ratio to `python -c pass`, and beside other tools.

The wheel is built from this checkout and installed into an environment of its own, as a user has it: compiled, and not
editable. Processor time (user and system) counts, which a busy machine disturbs least; the commands take turns.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from timing import SAMPLE

ROOT = Path(__file__).parent.parent

VERBATIM = ("Options", "DockerLabels")
"""Fields whose own keys are a user's, not CloudFormation's."""


VALIDATE = "import sys, cloudformation_validate as validate; validate.RegoEngine().validate_template(sys.argv[1])"
"""cloudformation-validate is a library, which has no command."""


class Use(NamedTuple):
    """What a command used."""

    milliseconds: float
    """Of the processor, user and system."""
    mib: float
    """The most memory that it had at once, and at least what this process has, which it starts as."""


def main() -> None:
    """Print the medians of each command and its ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=41, help="runs of each command (default: 41)")
    parser.add_argument(
        "--peers",
        type=Path,
        metavar="FOLDER",
        help="the bin folder of an environment with cfn-lint, checkov, check-jsonschema and cloudformation-validate",
    )
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
        if arguments.peers:
            commands |= peers(arguments.peers.absolute())
        used = medians(commands, arguments.runs, work)
    bare = used["python -c pass"].milliseconds
    for name, (milliseconds, mib) in used.items():
        ratio = milliseconds / bare
        sys.stdout.write(f"{name:28} {milliseconds:8.1f} ms {mib:6.0f} MiB {ratio:8.2f} times python -c pass\n")


def peers(scripts: Path) -> dict[str, list[str]]:
    """What other tools make of the same task, with the programs of a folder."""
    schema = str(ROOT / "schemas" / "task-definition.schema.json")
    return {
        "check-jsonschema worker.json": [str(scripts / "check-jsonschema"), "--schemafile", schema, "worker.json"],
        "cloudformation-validate": [str(scripts / "python"), "-c", VALIDATE, "template.json"],
        "cfn-lint template.json": [str(scripts / "cfn-lint"), "template.json"],
        "checkov -f template.json": [
            *(str(scripts / "checkov"), "--framework", "cloudformation", "--soft-fail", "--quiet", "--compact"),
            *("--skip-download", "-f", "template.json"),
        ],
    }


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


def medians(commands: Mapping[str, Sequence[str]], runs: int, folder: Path) -> dict[str, Use]:
    """The medians of what each command uses; they take turns, so that a busy moment meets them all."""
    used: dict[str, list[Use]] = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            use = use_of(command, folder)
            if turn:  # the first one warms up
                used[name].append(use)
    return {name: Use(*map(statistics.median, zip(*each, strict=True))) for name, each in used.items()}


def use_of(command: Sequence[str], folder: Path) -> Use:
    """What a command uses that must find nothing."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            output.seek(0)
            sys.exit(f"{command[0]}: exit status {process.returncode}\n{output.read().decode()[-2000:]}")
    return Use((usage.ru_utime + usage.ru_stime) * 1000, usage.ru_maxrss / 1024)


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
