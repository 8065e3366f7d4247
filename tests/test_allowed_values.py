"""What is said of allowed values of parameters that do not all go together."""

from __future__ import annotations

import pytest

import taskfit
from taskfit.finding import Finding, Severity

RESOURCES = """
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: !Ref Cpu
      Memory: !Ref Memory
      NetworkMode: awsvpc
      RequiresCompatibilities: [FARGATE]
      ContainerDefinitions: [{Name: app, Image: nginx}]
"""
CPU = "Parameters:\n  Cpu: {Type: Number, Default: 256, AllowedValues: [256, 512, 4096]}\n"


def sizes(memory: str, cpu: str = CPU, resources: str = RESOURCES) -> list[Finding]:
    """What is found of the size, with a parameter for the memory."""
    report = taskfit.check(f"{cpu}  Memory: {{Type: Number, {memory}}}\n{resources}")
    return [finding for finding in report.findings if finding.code == "FIT101"]


def test_a_value_that_goes_with_others_is_a_note() -> None:
    (found,) = sizes("Default: 512, AllowedValues: [512, 1024, 8192]")
    assert found.severity is Severity.NOTE
    assert found.message.startswith("With Cpu = 512: ")
    assert found.help.endswith("Give the parameters values that go together.")


def test_a_value_that_goes_with_none_is_a_warning_and_comes_first() -> None:
    (found,) = sizes("Default: 512, AllowedValues: [512, 1024]")
    assert found.severity is Severity.WARNING
    assert found.message.startswith("With Cpu = 4096: ")
    assert "together" not in found.help


def test_a_value_beside_a_fixed_one_is_a_warning() -> None:
    (found,) = sizes("Default: 512", resources=RESOURCES.replace("!Ref Memory", "512"))
    assert (found.severity, found.message[:16]) == (Severity.WARNING, "With Cpu = 512: ")


def test_a_value_beside_a_parameter_that_takes_any_is_a_note() -> None:
    (found,) = sizes("Default: 512")
    assert (found.severity, found.message[:16]) == (Severity.NOTE, "With Cpu = 512: ")


def test_what_the_defaults_have_stays_an_error() -> None:
    (found,) = sizes("Default: 300, AllowedValues: [300, 512]")
    assert found.severity is Severity.ERROR
    assert found.message.startswith("Fargate has no size")


@pytest.mark.parametrize("extra", [1, 40])
def test_a_pair_that_was_not_tried_is_not_said_to_fail(extra: int) -> None:
    """With more combinations than are checked, a value is not known to go with none."""
    others = "".join(f"  P{at}: {{Type: String, Default: a, AllowedValues: [a, b]}}\n" for at in range(extra))
    variables = "".join(f"{{Name: P{at}, Value: !Ref P{at}}}, " for at in range(extra))
    resources = RESOURCES.replace("Image: nginx", f"Image: nginx, Environment: [{variables}]")
    (found,) = sizes("Default: 512, AllowedValues: [512, 1024]", CPU + others, resources)
    assert found.severity is (Severity.WARNING if extra == 1 else Severity.NOTE)
