"""The arithmetic of the rules on services, and their silence about what is unknown."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from conftest import CommandLine
from hypothesis import given
from hypothesis import strategies as st

from taskfit.checks.deployments import bounds
from taskfit.policy import bundled
from taskfit.policy.rule_file import Example
from taskfit.sizing.instances import InstanceType, Room, fit

NUMBER = re.compile(r'(?<=[ :=])"?\d+(?:\.\d+)?"?(?=[\s,}\]])')


@given(count=st.integers(1, 500), minimum=st.integers(0, 200), maximum=st.integers(0, 200))
def test_a_deployment_is_stuck_where_no_step_can_be_tried(count: int, minimum: int, maximum: int) -> None:
    can_stop = count - 1 >= Fraction(count * minimum, 100)
    can_start = count + 1 <= Fraction(count * maximum, 100)
    assert bounds(count, minimum, maximum).is_stuck == (not can_stop and not can_start)


@given(
    cpu=st.integers(1, 5000),
    memory=st.integers(1, 20000),
    gpus=st.integers(0, 2),
    has_interface=st.booleans(),
    size=st.tuples(st.integers(1, 64), st.integers(512, 500000), st.integers(1, 15), st.integers(0, 8)),
)
def test_an_instance_takes_tasks_until_something_runs_out(
    cpu: int, memory: int, gpus: int, has_interface: bool, size: tuple[int, int, int, int]
) -> None:
    instance = InstanceType("x", *size)
    room = Room(cpu, memory, gpus, has_interface)
    placed = 0
    left = {"CPU units": instance.cpu, "MiB": instance.memory, "GPUs": instance.gpus, "interfaces": size[2] - 1}
    while all(
        (left["CPU units"] >= cpu, left["MiB"] >= memory, left["GPUs"] >= gpus, left["interfaces"] >= has_interface)
    ):
        placed += 1
        for name, amount in zip(left, (cpu, memory, gpus, int(has_interface)), strict=True):
            left[name] -= amount
    assert fit(instance, room).tasks == placed


def test_the_table_of_instances_has_what_is_well_known() -> None:
    table = bundled.instances()
    assert table["m5.large"] == InstanceType("m5.large", 2, 8192, 3, 0)
    assert table["g4dn.xlarge"].gpus == 1
    assert len(table) > 1000


NUMERIC = ("FIT901", "FIT903", "FIT904", "FIT905", "FIT906", "FIT907", "FIT911", "FIT913", "FIT914", "FIT921")
"""Rules that compare numbers of a service."""


@pytest.mark.parametrize(
    ("code", "example"),
    [
        pytest.param(rule.code, example, id=f"{rule.code}-{number}")
        for rule in bundled.pages("FIT9")
        for number, example in enumerate(rule.bad)
        if rule.code in NUMERIC and not example.path and "ContainerName: wbe" not in example.file
    ],
)
def test_numbers_that_are_parameters_are_never_reported(
    code: str, example: Example, taskfit: CommandLine, tmp_path: Path
) -> None:
    definition, separator, service = example.file.partition("  Web:\n")
    hidden = NUMBER.sub("!Ref Number", service)
    assert hidden != service
    (tmp_path / "template.yaml").write_text(
        f"Parameters: {{Number: {{Type: Number}}}}\n{definition}{separator}{hidden}", encoding="utf-8"
    )
    (tmp_path / "taskfit.yaml").write_text(json.dumps({**example.settings, "select": [code]}), encoding="utf-8")
    outcome = taskfit("check", "--output-format", "json", folder=tmp_path)
    assert (outcome.status, json.loads(outcome.stdout)["findings"]) == (0, [])
