"""What is said, offered and changed where a task has no size that Fargate has: for every way to be wrong."""

from __future__ import annotations

from typing import Any

import pytest
from test_checks_fargate import on_fargate

from taskfit.checks import fargate_size, resources
from taskfit.definition import Unknown
from taskfit.finding import Problem
from taskfit.sizing.fargate import MemoryRange

WINDOWS = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}


def app(**fields: Any) -> list[dict[str, Any]]:
    return [{"name": "app", "image": "nginx:1", **fields}]


def holding(**fields: Any) -> dict[str, Any]:
    """A task between two sizes, with a container that reserves something of it."""
    return {"cpu": "1024", "memory": "2560", "containerDefinitions": app(**fields)}


def worker(agents: str, **fields: Any) -> dict[str, Any]:
    environment = [{"name": "MAX_AGENTS", "value": agents}]
    containers = app(name="worker", environment=environment, **fields)
    return {"family": "mistersmith-worker", "cpu": "256", "memory": "4096", "containerDefinitions": containers}


def sizes(problem: Problem) -> list[tuple[int, int]]:
    nearest = (problem.data or {}).get("nearest", ())
    assert isinstance(nearest, list | tuple)
    return [(size["cpu"], size["memory"]) for size in nearest]


def changes(problem: Problem) -> dict[str, Any]:
    return {change.pointer.strip("/"): change.value for change in problem.proposal.changes} if problem.proposal else {}


@pytest.mark.parametrize(
    ("fields", "nearest", "changed"),
    [
        # One dimension is far off, below, above, or between.
        ({"cpu": "512", "memory": "512"}, [(512, 1024)], {"memory": "1024"}),
        ({"cpu": "256", "memory": "4096"}, [(256, 2048), (512, 4096)], {"cpu": "512"}),
        ({"cpu": "8192", "memory": "25600"}, [(8192, 24576), (8192, 28672)], {"memory": "28672"}),
        ({"cpu": "300", "memory": "1024"}, [(256, 1024), (512, 1024)], {"cpu": "512"}),
        (
            {"cpu": "300", "memory": "1500"},
            [(256, 1024), (256, 2048), (512, 1024), (512, 2048)],
            {"cpu": "512", "memory": "2048"},
        ),
        # Windows begins at 1 vCPU.
        (
            {"cpu": "256", "memory": "512", "runtimePlatform": WINDOWS},
            [(1024, 2048)],
            {"cpu": "1024", "memory": "2048"},
        ),
        # What does not hold the containers is not offered.
        (holding(memory=2048), [(1024, 2048), (1024, 3072)], {"memory": "3072"}),
        (holding(memory=2049), [(1024, 3072)], {"memory": "3072"}),
        (holding(memory=3072), [(1024, 3072)], {"memory": "3072"}),
        (holding(memory=3073), [(1024, 4096)], {"memory": "4096"}),
        (holding(cpu=1024), [(1024, 2048), (1024, 3072)], {"memory": "3072"}),
        (holding(cpu=1025), [(2048, 4096)], {"cpu": "2048", "memory": "4096"}),
    ],
)
def test_the_nearest_sizes_and_the_one_that_a_fix_takes(
    fields: dict[str, Any], nearest: list[tuple[int, int]], changed: dict[str, str]
) -> None:
    [problem] = fargate_size.size(on_fargate(**fields))
    assert (sizes(problem), changes(problem)) == (nearest, changed)
    assert problem.proposal
    assert problem.proposal.applicability == "safe"
    words = " and ".join(f"{cpu} CPU units with {memory} MiB" for cpu, memory in nearest[-2:])
    assert f"{words}." in problem.help


BOTH = "The nearest sizes are 256 CPU units with 2048 MiB and 512 CPU units with 4096 MiB."


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"cpu": "128", "memory": None}, "The nearest is 256 CPU units."),
        ({"cpu": "300", "memory": None}, "The nearest are 256 and 512 CPU units."),
        ({"cpu": "65536", "memory": None}, "The nearest is 32768 CPU units."),
        ({"cpu": None, "memory": "300"}, "The nearest is 512 MiB."),
        ({"cpu": None, "memory": "5000"}, "The nearest are 4096 and 5120 MiB."),
        ({"cpu": None, "memory": "249857"}, "The nearest is 249856 MiB."),
        ({"cpu": "512", "memory": "512"}, "The nearest size is 512 CPU units with 1024 MiB."),
        ({"cpu": "256", "memory": "4096"}, BOTH),
        (holding(memory=2048), "The nearest sizes are 1024 CPU units with 2048 MiB and 1024 CPU units with 3072 MiB."),
        (holding(memory=2049), "The nearest size that holds the containers is 1024 CPU units with 3072 MiB."),
        (
            holding(memory=400_000),
            "The nearest sizes are 1024 CPU units with 2048 MiB and 1024 CPU units with 3072 MiB.",
        ),
        (worker("10"), f"{BOTH} For 10 agents, 2048 CPU units with 6144 MiB are right (mistersmith profile)."),
        (worker("100"), BOTH),  # too many for one task: FIT202 names the split
        (
            worker("4", memory=2560) | {"cpu": "1024", "memory": "2560"},  # the one size is right for the load, too
            "The nearest size that holds the containers is 1024 CPU units with 3072 MiB.",
        ),
    ],
)
def test_what_to_do_about_a_size(fields: dict[str, Any], words: str) -> None:
    [problem] = fargate_size.size(on_fargate(**fields))
    assert problem.help == words


@pytest.mark.parametrize(
    ("fields", "words", "answer"),
    [
        (
            {"cpu": "300", "memory": None},
            "300 CPU units; the sizes are 256, 512, 1024, 2048, 4096, 8192, 16384 and 32768.",
            "Invalid 'cpu' setting for task.",
        ),
        (
            {"cpu": "256", "memory": "512", "runtimePlatform": WINDOWS},
            "256 CPU units for Windows; the sizes are 1024, 2048 and 4096.",
            "No Fargate configuration exists for given values: 256 CPU, 512 memory.",
        ),
        (
            {"cpu": "256", "memory": "4096"},
            "256 CPU units with 4096 MiB: 256 CPU units go with 512, 1024 or 2048 MiB.",
            "No Fargate configuration exists for given values: 256 CPU, 4096 memory.",
        ),
        (
            {"cpu": "512", "memory": "512"},
            "512 CPU units with 512 MiB: 512 CPU units go with 1024 to 4096 MiB in steps of 1024.",
            "No Fargate configuration exists for given values: 512 CPU, 512 memory.",
        ),
        ({"cpu": None, "memory": "300"}, "300 MiB, whatever its CPU units.", ""),
    ],
)
def test_what_is_wrong_with_a_size(fields: dict[str, Any], words: str, answer: str) -> None:
    [problem] = fargate_size.size(on_fargate(**fields))
    assert problem.message == f"Fargate has no size of {words}" + (f" AWS answers: {answer}" if answer else "")


@pytest.mark.parametrize("architecture", ["ARM64", "X86_64"])
@pytest.mark.parametrize("system", ["LINUX", *WINDOWS.values()])
def test_windows_runs_on_x86_only(system: str, architecture: str) -> None:
    platform = {"operatingSystemFamily": system, "cpuArchitecture": architecture}
    found = list(fargate_size.size(on_fargate(cpu="1024", memory="2048", runtimePlatform=platform)))
    assert [problem.pointer for problem in found] == (
        ["/runtimePlatform/cpuArchitecture"] if system != "LINUX" and architecture == "ARM64" else []
    )
    assert all(problem.help == "Set `cpuArchitecture` to X86_64." for problem in found)


@pytest.mark.parametrize(
    ("fields", "smallest", "changed"),
    [
        ({}, (256, 512), {"cpu": "256", "memory": "512"}),
        ({"cpu": "512"}, (512, 1024), {"memory": "1024"}),
        ({"memory": "4096"}, (512, 4096), {"cpu": "512"}),
        ({"memory": "700"}, (256, 1024), {}),  # which is no memory that Fargate has: FIT101
        ({"cpu": Unknown("${CPU}")}, (256, 512), {}),
        ({"containerDefinitions": app(cpu=300, memory=1500)}, (512, 2048), {"cpu": "512", "memory": "2048"}),
        (
            {"containerDefinitions": [*app(cpu=300, memory=600), *app(name="b", cpu=300, memoryReservation=600)]},
            (1024, 2048),
            {"cpu": "1024", "memory": "2048"},
        ),
        ({"cpu": "256", "containerDefinitions": app(memory=4000)}, (512, 4096), {}),
        ({"containerDefinitions": [*app(memory=512), *app(name="b")]}, (256, 512), {"cpu": "256", "memory": "512"}),
        ({"containerDefinitions": app(cpu=Unknown("${CPU}"), memory=600)}, None, {}),
        ({"containerDefinitions": app(memory=400_000)}, None, {}),
    ],
)
def test_what_is_missing_is_filled_in_from_what_is_there(
    fields: dict[str, Any], smallest: tuple[int, int] | None, changed: dict[str, str]
) -> None:
    [problem] = fargate_size.size_missing(on_fargate(**{"cpu": None, "memory": None, **fields}))
    assert changes(problem) == changed
    words = (
        f'The smallest size that holds the containers is "cpu": "{smallest[0]}", "memory": "{smallest[1]}".'
        if smallest
        else ""
    )
    assert problem.help.partition(". ")[2] == words
    assert problem.proposal is None or problem.proposal.applicability == "unsafe"


@pytest.mark.parametrize(
    ("cpu", "memory", "applicability", "size"),
    [
        ("8192", "25600", "safe", {"memory": "28672"}),
        ("256", "4096", "safe", {"cpu": "512"}),
        ("300", "1024", "safe", {"cpu": "512"}),
        ("512", "9000", "unsafe", {"cpu": "2048", "memory": "9216"}),
        ("256", "20480", "unsafe", {"cpu": "4096"}),
    ],
)
def test_a_fix_that_takes_much_more_cpu_for_the_memory_is_a_guess(
    cpu: str, memory: str, applicability: str, size: dict[str, str]
) -> None:
    [problem] = fargate_size.size(on_fargate(cpu=cpu, memory=memory))
    assert problem.proposal is not None
    assert (problem.proposal.applicability, changes(problem)) == (applicability, size)


def test_an_unknown_cpu_hides_no_unusual_memory() -> None:
    [problem] = fargate_size.unusual_unit(on_fargate(cpu=Unknown("${CPU}"), memory="1024 mib"))
    assert (problem.pointer, changes(problem)) == ("/memory", {"memory": "1024"})


def test_a_range_of_memory_ends_with_its_last_value() -> None:
    assert MemoryRange(first=1, last=3, step=1).memories() == (1, 2, 3)
    assert MemoryRange(first=512, last=1536, step=512).memories() == (512, 1024, 1536)
    assert MemoryRange(values=(512, 2048)).memories() == (512, 2048)


@pytest.mark.parametrize(
    "fields",
    [{}, {"step": 1}, {"first": 1, "step": 1}, {"last": 1, "step": 1}, {"first": 2, "last": 1, "step": 1}],
)
def test_a_range_of_memory_that_has_none_is_refused(fields: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="`first`"):
        MemoryRange(**fields)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="`first`"):
        MemoryRange(first=1, last=2, step=1, values=(512,))


@pytest.mark.parametrize(
    ("cpu", "memory", "limit", "reason"),
    [
        ("1024", "2048", 512, ", and 1024 CPU units allow no less memory."),
        ("256", "2048", 1500, ", and 256 CPU units allow no memory in between."),
        ("1024", "4096", 2048, "."),  # 2048 MiB would do
        ("2048", "3072", 1024, "."),  # Fargate has no such size
    ],
)
def test_memory_without_a_smaller_size_is_explained_only_by_sizes_that_exist(
    cpu: str, memory: str, limit: int, reason: str
) -> None:
    (problem,) = resources.unusable_memory(on_fargate(cpu=cpu, memory=memory, containerDefinitions=app(memory=limit)))
    assert problem.message.endswith(f"the hard limits add up to {limit}{reason}")
