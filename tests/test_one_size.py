"""All findings on a definition's size name one size: what fixes one of them leaves no other."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from conftest import CommandLine
from hypothesis import given
from hypothesis import strategies as st

from taskfit.checks import fargate_size, resources
from taskfit.checks.context import Case
from taskfit.config.settings import Configuration
from taskfit.definition import TaskDefinition
from taskfit.finding import Change, Problem, Severity
from taskfit.preparation import prepare

POLICY = prepare(Configuration()).policy
CHECKS = (
    fargate_size.size,
    fargate_size.size_missing,
    resources.containers_exceed_task_cpu,
    resources.containers_exceed_task_memory,
)
AMOUNTS = st.sampled_from([None, 64, 256, 512, 1000, 2048, 4352])


def container(index: int, cpu: int | None, memory: int | None, reservation: int | None) -> dict[str, Any]:
    reserved = reservation if memory is None or reservation is None else min(memory, reservation)
    sizes = {"cpu": cpu, "memory": memory, "memoryReservation": reserved}
    return {"name": f"c{index}", "image": "nginx:1.27", **{key: size for key, size in sizes.items() if size}}


def definition(cpu: str, memory: str, *containers: dict[str, Any]) -> dict[str, Any]:
    fargate = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"}
    return {"family": "web", **fargate, "cpu": cpu, "memory": memory, "containerDefinitions": list(containers)}


def problems(data: dict[str, Any]) -> list[Problem]:
    case = Case(TaskDefinition(data), POLICY)
    found = [problem for check in CHECKS for problem in check(case)]
    return [problem for problem in found if problem.severity is not Severity.NOTE]


def memory_problems(data: dict[str, Any]) -> list[Problem]:
    """What FIT402 reports, notes included."""
    return list(resources.containers_exceed_task_memory(Case(TaskDefinition(data), POLICY)))


def helps_on_memory(*containers: dict[str, Any], on_fargate: bool = True) -> list[str]:
    data = definition("512", "1024", *containers) | {"requiresCompatibilities": ["FARGATE" if on_fargate else "EC2"]}
    return [problem.help for problem in memory_problems(data)]


def fixed(data: dict[str, Any], problem: Problem) -> dict[str, Any]:
    changed = copy.deepcopy(data)
    for change in problem.proposal.changes if problem.proposal else ():
        changed[change.pointer.removeprefix("/")] = change.value
    return changed


@given(
    cpu=st.sampled_from(["256", "300", "512", "1024", "4096"]),
    memory=st.sampled_from(["512", "600", "1024", "2048", "8192", "9000"]),
    sizes=st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), min_size=1, max_size=3),
)
def test_what_fixes_one_finding_leaves_no_other(cpu: str, memory: str, sizes: list[tuple[int | None, ...]]) -> None:
    data = definition(cpu, memory, *(container(index, *amounts) for index, amounts in enumerate(sizes)))
    for problem in problems(data):
        if problem.proposal is not None:
            assert problems(fixed(data, problem)) == []


@given(
    cpu=st.sampled_from(["256", "300", "512", "4096"]),
    memory=st.sampled_from(["512", "600", "1024", "2048"]),
    sizes=st.lists(st.tuples(AMOUNTS, AMOUNTS, AMOUNTS), min_size=1, max_size=3),
)
def test_memory_that_is_raised_for_a_container_is_enough_for_all(
    cpu: str, memory: str, sizes: list[tuple[int | None, ...]]
) -> None:
    data = definition(cpu, memory, *(container(index, *amounts) for index, amounts in enumerate(sizes)))
    if any(problem.severity is not Severity.NOTE for problem in memory_problems(data)):
        for problem in problems(data):
            if problem.proposal is not None:
                assert memory_problems(fixed(data, problem)) == []


def test_limits_that_add_up_to_more_than_the_task_has_are_given_a_size_of_fargate() -> None:
    limits = container(0, None, 900, None), container(1, None, 256, None)
    size = "Give the task 512 CPU units and 2048 MiB, the smallest size on Fargate that holds its containers"
    assert helps_on_memory(*limits) == [f"{size}, or lower the containers' limits."]
    least = "Give the task at least 1156 MiB, or lower the containers' limits."
    assert helps_on_memory(*limits, on_fargate=False) == [least]


def test_a_limit_above_the_task_is_given_a_size_for_all_limits() -> None:
    limits = container(0, None, 2048, None), container(1, None, 256, None)
    size = "Give the task 512 CPU units and 3072 MiB, the smallest size on Fargate that holds its containers"
    assert helps_on_memory(*limits) == [f"{size}, or lower the containers' limits."]
    least = "Give the task at least 2304 MiB for all its containers, or lower the containers' limits."
    assert helps_on_memory(*limits, on_fargate=False) == [least]


def test_the_findings_on_two_containers_advise_the_same_size() -> None:
    data = definition("512", "512", container(0, 256, 2048, None), container(1, 1024, None, 1024))
    advised = {problem.help for problem in problems(data)}
    assert len(problems(data)) == 4
    assert all("2048 CPU units" in help_ and "4096 MiB" in help_ for help_ in advised)


def test_a_size_that_fargate_lacks_is_raised_for_all_limits_too() -> None:
    found = problems(definition("512", "512", container(0, None, 1024, None), container(1, None, 1024, None)))
    assert [problem.pointer for problem in found] == [
        "/memory",
        "/containerDefinitions/0/memory",
        "/containerDefinitions/1/memory",
    ]
    assert {problem.proposal and problem.proposal.changes for problem in found} == {
        (Change("replace", "/memory", "2048"),)
    }


def test_the_container_of_a_task_to_split_is_not_advised_to_take_it_all(taskfit: CommandLine, tmp_path: Path) -> None:
    worker = container(0, None, 24576, None) | {"environment": [{"name": "MAX_AGENTS", "value": "70"}]}
    data = definition("8192", "28672", worker) | {"tags": [{"key": "taskfit:role", "value": "worker"}]}
    (tmp_path / "worker.json").write_text(json.dumps(data), encoding="utf-8")
    outcome = taskfit("check", "--select", "FIT202", "--output-format", "concise", folder=tmp_path)
    task, limit, _ = outcome.stdout.splitlines()
    assert "the container's hard limit is 24576 MiB" in limit
    for line in (task, limit):
        assert "(Run 2 tasks of 35 each, with 8192 CPU units and 28672 MiB, in place of one: $" in line
        assert "a month more." in line


def test_a_size_that_fargate_lacks_names_the_one_for_the_declared_load(taskfit: CommandLine, tmp_path: Path) -> None:
    worker = container(0, None, None, None) | {"environment": [{"name": "MAX_AGENTS", "value": "10"}]}
    data = definition("1024", "1024", worker) | {"tags": [{"key": "taskfit:role", "value": "worker"}]}
    (tmp_path / "worker.json").write_text(json.dumps(data), encoding="utf-8")
    arguments = ("check", "--select", "FIT101,FIT201,FIT202", "--output-format", "concise")
    *found, _, _ = taskfit(*arguments, folder=tmp_path).stdout.splitlines()
    assert len(found) == 3
    pair = next(line for line in found if "FIT101" in line)
    assert "For 10 agents, 2048 CPU units with 6144 MiB are right (mistersmith profile)." in pair
    assert all("Set cpu to 2048 and memory to 6144 MiB" in line for line in found if line != pair)
