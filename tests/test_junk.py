"""No rule crashes, whatever is where in a definition: AWS's own model, filled, with every value replaced by junk."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfit import task_schema
from taskfit.checks.context import Case, Deployed
from taskfit.config.settings import Configuration
from taskfit.definition import Partial, TaskDefinition, Unknown
from taskfit.engine import engine
from taskfit.engine.conditions import Checks
from taskfit.preparation import prepare
from taskfit.sources.files import File

Path = tuple[str | int, ...]

NUMBERS: tuple[Any, ...] = (0, -1, 10**4000, 1.5, float("nan"), float("inf"), True)
TEXTS = ("", "\ud83d", "9" * 4000, "-1", "1e400", "²", "a:b:c:d:e:f:g", "http://[", "/", "~1", "x:99999999", "1 GB")
LISTS: tuple[Any, ...] = ([], ["a"], [[]], [None], [{}], [{"name": ["a"], "containerName": {}, "hostPort": [1]}])
OBJECTS: tuple[Any, ...] = ({}, {"a": 1}, {"name": []}, Partial(), Partial(name={}), Unknown("${X}"), [Unknown("${X}")])
JUNK: tuple[Any, ...] = (None, *NUMBERS, *TEXTS, *LISTS, *OBJECTS)

STRIPES = 61
"""Each run of the rules has junk in one of so many places."""


def filled(schema: Any) -> Any:
    """A value with everything that a schema knows."""
    if schema is True:
        return "x"
    if "$ref" in schema:
        return filled(task_schema.document()["$defs"][schema["$ref"].rpartition("/")[2]])
    if "enum" in schema:
        return schema["enum"][0]
    if "properties" in schema:
        return {key: filled(inner) for key, inner in schema["properties"].items()}
    match schema.get("type"):
        case "object":
            return {"key": "x"}
        case "array":
            return [filled(schema["items"])]
        case "integer":
            return 1
        case "boolean":
            return True
    return "x"


@cache
def definition() -> Any:
    """A definition with every field that AWS knows, and a role."""
    task = filled(task_schema.document())
    (container,) = task["containerDefinitions"]
    container["environment"] = [
        {"name": "MAX_AGENTS", "value": "4"},
        {"name": "OTEL_EXPORTER_OTLP_ENDPOINT", "value": "x"},
    ]
    waiting = {"name": "y", "image": "otel/collector", "dependsOn": [{"containerName": "x", "condition": "HEALTHY"}]}
    task["containerDefinitions"].append(waiting)
    size = {"cpu": "1024", "memory": "3072", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc"}
    return task | size | {"family": "mistersmith-worker", "tags": [{"key": "taskfit:role", "value": "worker"}]}


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths of all values but the whole."""
    items: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*path, key)
        yield from places(inner, (*path, key))


PLACES = tuple(places(definition()))
OUTER = tuple(path for path in PLACES if len(path) < 4)


def with_junk(paths: Iterator[Path] | tuple[Path, ...], junk: Any) -> Any:
    """The definition with junk at some paths; one that lies in junk already is left out."""
    data = copy.deepcopy(definition())
    for path in paths:
        owner = data
        try:
            for step in path[:-1]:
                owner = owner[step]
            owner[path[-1]] = copy.deepcopy(junk)
        except (LookupError, TypeError):
            continue
    return data


@cache
def run() -> engine.Run:
    run = prepare(Configuration(), audit=True)
    return run._replace(rules=run.all_rules)


@cache
def checks(*, with_schema: bool) -> Checks:
    """All rules; those that explain what a schema says against a definition take most of the time."""
    slow = ("FIT002", "FIT003")
    return Checks(rule for rule in run().rules if with_schema or (rule.check and rule.code not in slow))


def crashes(data: Any, launch_type: str | None = None, *, with_schema: bool = False) -> list[str]:
    failures: list[str] = []
    policy = run().policy._replace(launch_type=launch_type, profile_is_chosen=True)
    case = Case(TaskDefinition(data), policy, deployed=Deployed())
    list(checks(with_schema=with_schema).problems(case, "", failures))
    return failures


@pytest.mark.parametrize("junk", JUNK, ids=lambda junk: repr(junk)[:30].encode("ascii", "replace").decode())
def test_no_rule_crashes_on_junk(junk: Any) -> None:
    for stripe in range(STRIPES):
        assert crashes(with_junk(PLACES[stripe::STRIPES], junk)) == []


@settings(max_examples=150)
@given(st.sampled_from(PLACES), st.sampled_from(JUNK), st.sampled_from((None, "EC2", "EXTERNAL", "MANAGED_INSTANCES")))
def test_no_rule_crashes_on_junk_at_one_place(path: Path, junk: Any, launch_type: str | None) -> None:
    assert crashes(with_junk((path,), junk), launch_type, with_schema=True) == []


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100)
@given(st.lists(st.tuples(st.sampled_from(OUTER), ANY_JSON), max_size=4))
def test_a_file_of_junk_gives_findings_and_no_crash(changes: list[tuple[Path, Any]]) -> None:
    data = definition()
    for path, value in changes:
        data = _at(data, path, value)
    report = engine.check([File("task.json", data=json.dumps(data).encode())], run(), jobs=1)
    assert report.failures == ()
    assert all(finding.span.line >= 1 and finding.span.column >= 1 for finding in report.findings)


def _at(data: Any, path: Path, value: Any) -> Any:
    data = copy.deepcopy(data)
    owner = data
    try:
        for step in path[:-1]:
            owner = owner[step]
        owner[path[-1]] = value
    except (LookupError, TypeError):
        pass
    return data


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (((("cpu",), int("1" + 400 * "0")),), "FIT002"),
        (((("cpu",), int("1" + 4000 * "0")),), "FIT002"),
        (((("memory",), int("1" + 4000 * "0")),), "FIT002"),
        (((("containerDefinitions", 1, "dependsOn", 0, "containerName"), ["a"]),), "FIT002"),
    ],
)
def test_what_once_crashed_a_rule_is_a_finding(change: tuple[tuple[Path, Any], ...], code: str) -> None:
    data = definition()
    for path, value in change:
        data = _at(data, path, value)
    report = engine.check([File("task.json", data=json.dumps(data).encode())], run(), jobs=1)
    assert report.failures == ()
    pointer = "".join(f"/{step}" for step in change[0][0])
    assert code in {finding.code for finding in report.findings if finding.pointer == pointer}
