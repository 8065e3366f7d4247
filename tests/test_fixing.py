"""What `--fix` makes of files: the definition is fixed, and nothing else in the text is changed."""

from __future__ import annotations

import copy
import difflib
import re
from collections.abc import Callable
from typing import Any

import pytest
from bad_cases import LOGS, app, task
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import FINISHES, LAYOUTS

from taskfit.config.settings import Configuration
from taskfit.fixes import fixed_files
from taskfit.session import Session
from taskfit.sources import reader
from taskfit.sources.files import File

Definition = dict[str, Any]
LIMITS = {"initProcessEnabled": True}
OPTIONS = {"awslogs-group": "/ecs/worker", "awslogs-region": "eu-west-1"}
OTEL = {
    "name": "otel",
    "image": "public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0",
    "essential": False,
    "cpu": 256,
    "memory": 512,
    "environment": [
        {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "http://localhost:4317"},
        {"name": "METRICS_INTERVAL", "value": "60"},
    ],
}


def sound() -> Definition:
    """A definition that no fix changes."""
    logs = copy.deepcopy(LOGS) | {"options": {**OPTIONS, "awslogs-stream-prefix": "worker"}}
    return copy.deepcopy(
        task(
            app(
                "worker",
                cpu=512,
                logConfiguration=logs,
                portMappings=[{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}, {"containerPort": 8443}],
                environment=[{"name": "MAX_AGENTS", "value": "4"}, {"name": "LOG_LEVEL", "value": "info"}],
                healthCheck={"command": ["CMD", "/check", "now"], "interval": 5, "retries": 3},
                linuxParameters=LIMITS,
            ),
            OTEL,
            family="mistersmith-worker",
            cpu="1024",
            memory="3072",
        )
    )


def container(data: Definition, index: int = 0) -> Definition:
    inner: Definition = data["containerDefinitions"][index]
    return inner


def rename(owner: Definition, old: str, new: str) -> None:
    entries = [(new if key == old else key, value) for key, value in owner.items()]
    owner.clear()
    owner.update(entries)


def options(data: Definition) -> Definition:
    inner: Definition = container(data)["logConfiguration"]["options"]
    return inner


FLAWS: dict[str, Callable[[Definition], object]] = {
    "size that Fargate has not": lambda data: data.update(memory="2560"),
    "too little memory": lambda data: data.update(memory="2048"),
    "too much of both": lambda data: data.update(cpu="8192", memory="32768"),
    "units": lambda data: data.update(cpu="1.0 vCPU"),
    "network mode": lambda data: data.update(networkMode="bridge"),
    "network mode in capitals": lambda data: data.update(networkMode="AWSVPC"),
    "no network mode": lambda data: data.pop("networkMode"),
    "host port": lambda data: container(data)["portMappings"][0].update(hostPort=80),
    "stream prefix": lambda data: options(data).pop("awslogs-stream-prefix"),
    "group not created": lambda data: options(data).update({"awslogs-create-group": "false"}),
    "interval": lambda data: container(data)["healthCheck"].update(interval=1),
    "swap": lambda data: container(data).update(linuxParameters={**LIMITS, "maxSwap": 512}),
    "too little storage": lambda data: data.update(ephemeralStorage={"sizeInGiB": 10}),
    "name of a field": lambda data: rename(container(data), "healthCheck", "health-check"),
    "sidecar essential": lambda data: container(data, 1).update(essential=True),
    "sidecar essential by default": lambda data: container(data, 1).pop("essential"),
    "sidecar too small": lambda data: container(data, 1).update(cpu=64, memory=128),
    "sidecar missing": lambda data: data["containerDefinitions"].pop(),
}
"""Ways to spoil a sound definition; its fixes lead back to it."""

ONE_LINE = frozenset(
    (
        "size that Fargate has not",
        "too little memory",
        "units",
        "network mode",
        "network mode in capitals",
        "host port",
        "interval",
        "name of a field",
        "sidecar essential",
    )
)
"""What is wrong in one place only."""
REMOVED = ("group not created", "swap", "too little storage")
"""What a fix removes; a comment behind it would go with it, so that it is left to people."""


def file(text: str) -> File:
    return File("deploy/worker", data=text.encode())


def fix_all(text: str, *, unsafe: bool = True) -> str:
    """The text after all its fixes."""
    for fixed in fixed_files(Session.under(Configuration()), ["-"], file(text), unsafe=unsafe):
        assert fixed.is_settled
        return fixed.after.decode()
    return text


def read(text: str) -> Any:
    document = reader.read(text.encode(), {})
    assert document.faults == []
    ((reading,),) = document.definitions
    return as_texts(reading.task.data)


def as_texts(value: Any) -> Any:
    """Numbers as texts, for formats differ in that."""
    if isinstance(value, dict):
        return {key: as_texts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [as_texts(item) for item in value]
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def spoilt(flaw: str) -> Definition:
    data = sound()
    FLAWS[flaw](data)
    return data


def is_left_alone(flaw: str, layout: str) -> bool:
    """Whether a fix is not certain in this layout."""
    if flaw == "too little storage" and (layout.startswith("Terraform") or "comments above" in layout):
        return True
    return flaw in REMOVED and "behind" in layout


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_sound_definition_is_left_alone(layout: str) -> None:
    text = LAYOUTS[layout](sound())
    assert read(text) == as_texts(sound())
    assert fix_all(text) == text


def each_in_each_layout() -> list[tuple[str, str, str]]:
    """Every flaw in every layout, with one finish or another."""
    finishes = sorted(FINISHES)
    pairs = [(flaw, layout) for flaw in FLAWS for layout in LAYOUTS]
    return [(flaw, layout, finishes[number % len(finishes)]) for number, (flaw, layout) in enumerate(pairs)]


@pytest.mark.parametrize(("flaw", "layout", "finish"), each_in_each_layout())
def test_a_fix_leads_back_to_the_sound_definition(flaw: str, layout: str, finish: str) -> None:
    text = FINISHES[finish](LAYOUTS[layout](spoilt(flaw)))
    fixed = fix_all(text)
    if is_left_alone(flaw, layout):
        assert fixed == text
        return
    assert read(fixed) == as_texts(sound()), fixed
    assert fix_all(fixed) == fixed
    assert_rest_is_untouched(text, fixed)
    if flaw in ONE_LINE:
        pairs = zip(text.split("\n"), fixed.split("\n"), strict=True)
        assert sum(before != after for before, after in pairs) == 1


@settings(max_examples=150)
@given(
    flaws=st.sets(st.sampled_from(sorted(FLAWS)), min_size=2, max_size=5),
    layout=st.sampled_from(sorted(LAYOUTS)),
    finish=st.sampled_from(sorted(FINISHES)),
)
def test_several_flaws_are_fixed_together(flaws: set[str], layout: str, finish: str) -> None:
    data = sound()
    for flaw in sorted(flaws):
        try:
            FLAWS[flaw](data)
        except (LookupError, TypeError):
            return  # one flaw took away what another would spoil
    text = FINISHES[finish](LAYOUTS[layout](data))
    fixed = fix_all(text)
    assert fix_all(fixed) == fixed
    assert_rest_is_untouched(text, fixed)
    if not any(is_left_alone(flaw, layout) for flaw in flaws):
        assert read(fixed) == as_texts(sound()), fixed


def assert_rest_is_untouched(before: str, after: str) -> None:
    """Comments, line ends, byte order mark and last line stay, and so does every line that holds no flaw."""
    assert before.startswith("\ufeff") == after.startswith("\ufeff")
    assert before.endswith("\n") == after.endswith("\n")
    assert re.findall(r"(?:#|//) c\d+", before) == re.findall(r"(?:#|//) c\d+", after)
    assert ("\r\n" in before) == ("\r\n" in after)
    assert len(re.findall(r"(?<!\r)\n", after)) == 0 or "\r\n" not in before
    matcher = difflib.SequenceMatcher(None, before.split("\n"), after.split("\n"), autojunk=False)
    gone = sum(end - start for kind, start, end, _, _ in matcher.get_opcodes() if kind in ("replace", "delete"))
    assert gone <= 12, "lines went that nothing was wrong with"
