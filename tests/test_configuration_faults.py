"""All faults of a configuration are reported at once, each at its place."""

from __future__ import annotations

import re

import pytest
from conftest import run, write

pytestmark = pytest.mark.usefixtures("in_a_repository")

TASK = '{"family": "web", "containerDefinitions": [{"name": "app", "image": "nginx:1.27", "memory": 512}]}'


def places(*arguments: str) -> list[str]:
    """The places and the settings in the errors of a run that fails."""
    result = run(*arguments)
    assert result.status == 2
    return re.findall(r"^error: (\S+: [\w-]+): ", result.stderr, re.MULTILINE)


@pytest.mark.parametrize(
    ("configuration", "expected"),
    [
        (
            """\
severity: {FIT9999: note}
select: [ALL, NOPE]
ignore: [FIT2O5, FIT205, memory-hedroom]
per-file-ignores:
  a.json: [FIT205]
  b.json: [NOPE, NADA]
""",
            [
                "taskfit.yaml:1:12: severity",
                "taskfit.yaml:2:15: select",
                "taskfit.yaml:3:10: ignore",
                "taskfit.yaml:3:26: ignore",
                "taskfit.yaml:6:3: per-file-ignores",
                "taskfit.yaml:6:3: per-file-ignores",
            ],
        ),
        (
            "baseline: nope.json\nrules: [nope.yaml, none]\n",
            ["taskfit.yaml:2:9: rules", "taskfit.yaml:2:20: rules", "taskfit.yaml:1:1: baseline"],
        ),
        (
            "extend: base.yaml\nextend-ignore: [FIT2O5, FIT201]\n",
            ["base.yaml:2:15: select", "taskfit.yaml:2:1: extend-ignore", "taskfit.yaml:2:17: extend-ignore"],
        ),
    ],
)
def test_all_faults_of_a_configuration_are_reported_at_their_places(configuration: str, expected: list[str]) -> None:
    write(
        {"task.json": TASK, "base.yaml": "extend-ignore: [NOPE]\nselect: [ALL, NADA]\n", "taskfit.yaml": configuration}
    )
    assert places() == expected


def test_faults_of_a_table_are_reported_at_the_lines_of_their_keys() -> None:
    write(
        {"task.json": TASK, "pyproject.toml": '[tool.taskfit]\nignore = ["FIT2O5", "x"]\nseverity = {NOPE = "note"}\n'}
    )
    assert places() == ["pyproject.toml:2:1: ignore", "pyproject.toml:2:1: ignore", "pyproject.toml:3:1: severity"]


def test_faults_of_several_configurations_are_reported_at_once() -> None:
    for folder in ("a", "b"):
        write({f"{folder}/task.json": TASK, f"{folder}/taskfit.yaml": "ignore: [NOPE]\n"})
    assert places() == ["a/taskfit.yaml:1:10: ignore", "b/taskfit.yaml:1:10: ignore"]


def test_the_command_line_has_no_place() -> None:
    write({"task.json": TASK, "taskfit.yaml": "ignore: [NOPE]\nbaseline: nope.json\n"})
    assert "error: no rule matches 'NADA'" in run("--ignore", "NADA").stderr
    write({"taskfit.yaml": "baseline: nope.json\n"})
    assert "error: none.json:1:1: can't be read" in run("--baseline", "none.json").stderr
