"""The capacity that a definition declares: every source, and what is unknown or absent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from unknowns import at, leaves, replaced

from taskfit.definition import Partial, Service, TaskDefinition, Unknown
from taskfit.sizing.capacity import Capacity, declared_capacity
from taskfit.sizing.demand import Term
from taskfit.sizing.profile import Role
from taskfit.sizing.quantity import amount_of_memory
from taskfit.sizing.source import Factor, Source


def role(*factors: Factor) -> Role:
    return Role(unit="things", capacity=factors, memory=(Term(label="all", amount=1, per=1),))


def declared(container: dict[str, Any], *factors: Factor, services: tuple[Service, ...] = ()) -> Capacity:
    data = Partial(container) if isinstance(container, Partial) else {"name": "app", **container}
    task = TaskDefinition({"family": "f", "containerDefinitions": [data]}, services=services)
    found = declared_capacity(role(*factors), task.containers[0], task)
    assert found is not None
    return found


def environment(**variables: Any) -> dict[str, Any]:
    return {"environment": [{"name": name, "value": value} for name, value in variables.items()]}


WORKERS = Factor(name="workers", option=("-w", "--workers"), program="gunicorn")
PROCESSES = Factor(option=("-c", "--concurrency"))


@pytest.mark.parametrize(
    "command",
    [
        ["celery", "worker", "-c", "8"],
        ["celery", "worker", "-c8"],
        ["celery", "worker", "--concurrency=8"],
        ["celery", "worker", "--concurrency", "8"],
        ["celery", "-c", "4", "worker", "-c", "8"],  # the last counts
        ["celery worker -c 8"],
        ["sh", "-c", "celery worker -c 8"],
        ["/bin/sh", "-c", "exec celery worker --concurrency '8'"],
        ["bash", "-lc", "migrate && exec celery worker -c 8"],
        ["/usr/bin/tini", "--", "sh", "-ec", "celery worker -c 8"],
        "celery worker -c 8",
    ],
    ids=str,
)
def test_an_option_of_the_command(command: Any) -> None:
    assert declared({"command": command}, PROCESSES).number == 8


def test_entry_point_and_command_are_one() -> None:
    assert declared({"entryPoint": ["celery"], "command": ["worker", "-c", "8"]}, PROCESSES).number == 8
    assert declared({"entryPoint": ["sh", "-c"], "command": ["celery worker -c 8"]}, PROCESSES).number == 8
    assert declared({"entryPoint": ["celery", "-c", "8"]}, PROCESSES).number == 8


@pytest.mark.parametrize(
    ("command", "number"),
    [
        (["sh", "-c", "migrate -w 9; gunicorn -w 4 app"], 4),
        (["sh", "-c", "gunicorn -w 4 app; cleanup -w 9"], 4),
        (["python", "-m", "gunicorn", "-w", "4"], 4),
        (["/venv/bin/gunicorn", "--workers=4"], 4),
        (["uvicorn", "-w", "4"], None),
    ],
)
def test_an_option_of_one_program(command: list[str], number: int | None) -> None:
    assert declared({"command": command}, WORKERS).number == number


def test_where_an_option_is_declared() -> None:
    assert declared({"command": ["celery", "worker", "-c", "8"]}, PROCESSES).pointer.endswith("/command/3")
    assert declared({"command": ["sh", "-c", "celery -c 8"]}, PROCESSES).pointer.endswith("/command/2")


@pytest.mark.parametrize(
    ("source", "value", "number"),
    [
        (Factor(variable="JAVA_OPTS", option="-Xmx", unit="bytes"), "-Xms1g -Xmx12g -Dx=1", 12288),
        (Factor(variable="JAVA_OPTS", option="-Xmx", unit="bytes"), "-Xmx1073741824", 1024),
        (Factor(variable="JAVA_OPTS", option="-Xmx", unit="bytes"), "'-Dname=a b' -Xmx512m", 512),
        (Factor(variable="NODE_OPTIONS", option="--max-old-space-size", unit="MiB"), "--max-old-space-size=1536", 1536),
        (Factor(variable="GOMEMLIMIT", unit="bytes"), "750MiB", 750),
        (Factor(variable="GOMEMLIMIT", unit="bytes"), "1.5GiB", 1536),
        (Factor(variable="PUMA", option="-t", after=":"), "-t 5:16", 16),
        (Factor(variable="PUMA", option="-t", after=":"), "-t 16", 16),
        (Factor(variable="N"), " 12 ", 12),
    ],
)
def test_a_part_of_a_value(source: Factor, value: str, number: int) -> None:
    name = str(source.variable)
    assert declared(environment(**{name: value}), source).number == number


@pytest.mark.parametrize("value", ["", "0", "-1", "many", "1.5", "99999999999", "8 8", "٣"])
def test_what_is_not_a_number_is_invalid(value: str) -> None:
    found = declared(environment(N=value), Factor(variable="N"))
    assert (found.number, len(found.invalid)) == (None, 1)


@pytest.mark.parametrize("value", ["-Xmx", "-Xmx12x", "-Xmx0"])
def test_what_is_not_memory_is_invalid_or_absent(value: str) -> None:
    found = declared(environment(JAVA_OPTS=value), Factor(variable="JAVA_OPTS", option="-Xmx", unit="bytes"))
    assert found.number is None
    assert found.invalid


def test_a_product_with_a_default() -> None:
    factors = (Factor(name="workers", variable="WORKERS"), Factor(name="threads", variable="THREADS", default=1))
    assert declared(environment(WORKERS="8", THREADS="4"), *factors).number == 32
    assert declared(environment(WORKERS="8"), *factors).load == {"workers": 8, "threads": 1}
    alone = declared(environment(THREADS="4"), *factors)
    assert [factor.title for factor in alone.absent] == ["WORKERS"]


def test_a_default_counts_only_where_the_value_is_absent_for_certain() -> None:
    threads = Factor(variable="THREADS", default=1)
    assert declared(environment(THREADS=Unknown("${THREADS}")), threads).number is None
    assert declared({"environmentFiles": [{"value": "arn:..."}]}, threads).number is None
    assert declared({"environment": Unknown("${ENV}")}, threads).number is None
    assert declared({"secrets": [{"name": "THREADS", "valueFrom": "arn:..."}]}, threads).number is None
    option = Factor(option="--threads", default=1)
    assert declared({"command": ["gunicorn", "app"]}, option).number == 1
    assert declared({}, option).number is None  # the image's own command may have it
    assert declared({"command": Unknown("${COMMAND}")}, option).number is None
    assert declared({"command": ["gunicorn", Unknown("${ARGS}")]}, option).number is None


def test_the_first_source_that_is_there_counts() -> None:
    either = Factor(any=(Source(variable="WORKERS"), Source(option="-w")))
    assert declared({**environment(WORKERS="2"), "command": ["x", "-w", "4"]}, either).number == 2
    assert declared({"command": ["x", "-w", "4"]}, either).number == 4
    assert declared({"environmentFiles": [{}], "command": ["x", "-w", "4"]}, either).number is None


@pytest.mark.parametrize(
    ("command", "number"),
    [
        (["gunicorn", "-w", "4", "--bind", Unknown("0.0.0.0:${PORT}")], 4),
        (["gunicorn", Unknown("--bind=0.0.0.0:${PORT}"), "-w", "4"], 4),
        (["sh", "-c", Unknown("gunicorn -w 4 -b 0.0.0.0:${PORT} app")], 4),
        (["sh", "-c", Unknown("gunicorn -w ${WORKERS} app")], None),
        (["sh", "-c", Unknown("gunicorn -w 4 ${MORE} app")], None),
        (["gunicorn", "-w", "4", Unknown("${MORE}")], None),
        (["gunicorn", "-w", Unknown("${WORKERS}")], None),
        (["gunicorn", Unknown("--workers=${WORKERS}")], None),
        (["gunicorn", Unknown("a", "reference")], None),
    ],
    ids=str,
)
def test_a_placeholder_in_a_command_is_unknown_where_it_may_matter(command: list[Any], number: int | None) -> None:
    assert declared({"command": command}, WORKERS).number == number


def scaled(metric: str, target: Any) -> Service:
    tracking = {"targetValue": target, "predefinedMetricSpecification": {"predefinedMetricType": metric}}
    policy = {"policyType": "TargetTrackingScaling", "targetTrackingScalingPolicyConfiguration": tracking}
    return Service({"scalingPolicies": [policy]})


def test_the_target_requests_of_the_service() -> None:
    requests = Factor(service="requests_per_task", default=100)
    assert declared({}, requests, services=(scaled("ALBRequestCountPerTarget", 500),)).number == 500
    assert declared({}, requests, services=(scaled("ECSServiceAverageCPUUtilization", 70),)).number == 100
    assert declared({}, requests, services=(scaled("ALBRequestCountPerTarget", Unknown("${N}")),)).number is None
    assert declared({}, requests, services=(Service({}),)).number is None
    assert declared({}, requests).number is None


@given(st.integers(1, 10**6), st.sampled_from(["k", "m", "g", "KiB", "MiB", "GiB", "K", "M", "G", ""]))
def test_memory_in_every_spelling(number: int, unit: str) -> None:
    factor = {"k": 1 / 1024, "m": 1, "g": 1024, "": 1}[unit[:1].lower()]
    assert amount_of_memory(f"{number}{unit}", "MiB") == number * factor


@given(st.lists(st.text(alphabet="-cw=8 a'\"\\;&|$\0\n", max_size=8), max_size=6))
def test_no_command_crashes(words: list[str]) -> None:
    declared({"command": words}, PROCESSES, WORKERS)
    declared({"command": " ".join(words)}, WORKERS)
    declared(environment(OPTS=" ".join(words)), Factor(variable="OPTS", option="-c"))


EVERY_SOURCE: dict[str, tuple[dict[str, Any], tuple[Factor, ...]]] = {
    "variable": (environment(N="4", M="2"), (Factor(variable=("N", "M")),)),
    "default": (environment(N="4"), (Factor(variable="N"), Factor(variable="T", default=2))),
    "option": ({"entryPoint": ["celery"], "command": ["worker", "-c", "8", "-l", "info"]}, (PROCESSES,)),
    "script": ({"command": ["sh", "-c", "migrate && exec gunicorn -w 4 -b 0.0.0.0:80 app"]}, (WORKERS,)),
    "part": (environment(JAVA_OPTS="-Xms1g -Xmx2g"), (Factor(variable="JAVA_OPTS", option="-Xmx", unit="bytes"),)),
    "behind": (environment(P="-t 5:16"), (Factor(variable="P", option="-t", after=":"),)),
    "either": (
        {**environment(N="3"), "command": ["gunicorn", "-w", "5"]},
        (Factor(any=(Source(option="-w", program="gunicorn"), Source(variable="N")), default=1),),
    ),
}
VALUES = ["7", "-c7", "-w7", "--workers=7", "-Xmx7g", "gunicorn", "sh", "N", "M", "x"]


@settings(max_examples=300)
@given(st.sampled_from(sorted(EVERY_SOURCE)), st.data())
def test_an_unknown_value_makes_the_capacity_unknown_or_does_not_matter(name: str, data: st.DataObject) -> None:
    container, factors = EVERY_SOURCE[name]
    path = data.draw(st.sampled_from(leaves(container)))
    before = at(container, path)
    unknown: Any = Unknown("${X}")
    value: Any = [] if isinstance(before, list) else data.draw(st.sampled_from([before, *VALUES]))
    words = before.split() if isinstance(before, str) else []
    if len(words) > 1 and data.draw(st.booleans()):
        word = data.draw(st.sampled_from(words))
        unknown = Unknown(before.replace(word, "${X}"))
        value = before.replace(word, data.draw(st.sampled_from(VALUES)))
    known = replaced(container, path, value)
    names = [str(item["name"]) for item in known.get("environment", ())]
    assume(len(set(names)) == len(names))  # FIT407
    number = declared(replaced(container, path, unknown), *factors).number
    assert number is None or number == declared(known, *factors).number


@given(st.data())
def test_an_unknown_value_of_a_service_makes_the_capacity_unknown_or_does_not_matter(data: st.DataObject) -> None:
    whole = scaled("ALBRequestCountPerTarget", 500).data
    path = data.draw(st.sampled_from(leaves(whole)))
    value = data.draw(
        st.sampled_from([70, "ALBRequestCountPerTarget", "ECSServiceAverageCPUUtilization", "StepScaling"])
    )
    requests = Factor(service="requests_per_task", default=100)
    number = declared({}, requests, services=(Service(replaced(whole, path, Unknown("${X}"))),)).number
    assert number is None or number == declared({}, requests, services=(Service(replaced(whole, path, value)),)).number
