"""What does not run on a definition is what finds nothing there: checks without the fields they need, and schemas at once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from taskfit.checks.context import Case
from taskfit.config.settings import Configuration, LaunchType, Settings
from taskfit.definition import TaskDefinition, Unknown
from taskfit.engine import conditions, tasks
from taskfit.finding import Severity
from taskfit.policy import bundled
from taskfit.policy.gate import Gate
from taskfit.policy.rule import Rule, Target, When
from taskfit.policy.schema_rule import condition
from taskfit.session import Session

PAGES = bundled.pages()


@cache
def cases() -> tuple[Case, ...]:
    """The definitions in the examples of all rules, on Fargate and on EC2 where they say nothing of it."""
    return tuple(_cases())


def _cases() -> Iterator[Case]:
    with tempfile.TemporaryDirectory() as folder:
        for page in PAGES:
            for number, example in enumerate((*page.bad, *page.good)):
                name = example.path or ("a.json" if example.file.lstrip().startswith(("{", "[")) else "a.yaml")
                path = Path(folder, f"{page.code}-{number}", name)
                path.parent.mkdir()
                path.write_text(example.file, encoding="utf-8")
        for launch_type in ("fargate", "ec2"):
            yield from _in(folder, Configuration(Settings(launch_type=launch_type)))


def _in(path: str, configuration: Configuration) -> Iterator[Case]:
    session, failures = Session.under(configuration), list[str]()
    files, *_ = session.discover([path])
    yield from (each.case for each in tasks.definitions(session.ready(files).runs, failures))


@pytest.mark.parametrize("rule", [rule for rule in bundled.rules() if rule.needs], ids=lambda rule: rule.code)
def test_a_check_finds_nothing_without_the_fields_that_it_needs(rule: Rule) -> None:
    check = conditions._built_in(rule.check)
    without = [case for case in cases() if case.task.field_names.isdisjoint(rule.needs)]
    assert without
    assert [problem for case in without for problem in check(case)] == []


def test_what_satisfies_all_schemas_at_once_satisfies_each() -> None:
    with_schema = [rule for rule in bundled.rules() if rule.schema]
    gate = Gate(with_schema)
    accepted = [case for case in cases() if gate.accepts(case.subject)]
    assert len(cases()) / 2 < len(accepted) < len(cases())
    each = [condition(rule) for rule in with_schema]
    assert [problem for case in accepted for find in each for problem in find(case.subject)] == []


def test_a_definition_that_breaks_one_schema_does_not_satisfy_all_at_once() -> None:
    for rule in (rule for rule in bundled.rules() if rule.schema):
        find = condition(rule)
        broken = [case for case in cases() if list(find(case.subject))]
        assert broken
        assert not any(Gate([rule]).accepts(case.subject) for case in broken)


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ("task", '{"family": "x", "containerDefinitions": []}'),
        ("container", '{"family": "a", "containerDefinitions": [{"name": "x"}]}'),
        ("essential container", '{"family": "a", "containerDefinitions": [{"name": "x"}]}'),
        ("port", '{"family": "a", "containerDefinitions": [{"name": "a", "portMappings": [{"name": "x"}]}]}'),
        ("environment variable", '{"family": "a", "containerDefinitions": [{"environment": [{"name": "x"}]}]}'),
        ("secret", '{"family": "a", "containerDefinitions": [{"secrets": [{"name": "x"}]}]}'),
        ("volume", '{"family": "a", "containerDefinitions": [], "volumes": [{"name": "x"}]}'),
        ("image", '{"family": "a", "containerDefinitions": [{"name": "a", "image": "x"}]}'),
    ],
)
def test_each_kind_of_target_is_looked_at(target: Target, text: str, tmp_path: Path) -> None:
    refuses_x = {"not": {"const": "x"}}
    schema = refuses_x if target == "image" else {"properties": {"name": refuses_x, "family": refuses_x}}
    rule, case = own_rule(schema, target=target), case_of(text, tmp_path)
    assert not Gate([rule]).accepts(case.subject)
    assert list(condition(rule)(case.subject))


@pytest.mark.parametrize(("launch_type", "accepted"), [("fargate", True), ("ec2", False)])
def test_a_rule_for_other_launch_types_bars_nothing(launch_type: LaunchType, accepted: bool, tmp_path: Path) -> None:
    text = '{"family": "a", "requiresCompatibilities": ["EC2"], "containerDefinitions": []}'
    rule = own_rule({"required": ["memory"]}, when=When(launch_type=launch_type))
    assert Gate([rule]).accepts(case_of(text, tmp_path).subject) is accepted


def own_rule(schema: Mapping[str, Any], target: Target = "task", when: When | str = "") -> Rule:
    return Rule(
        code="ACME001",
        name="a",
        severity=Severity.NOTE,
        summary="",
        fix="",
        target=target,
        when=when,
        schema=schema,
    )


def case_of(text: str, folder: Path) -> Case:
    path = folder / "a.json"
    path.write_text(text, encoding="utf-8")
    (case,) = _in(str(path), Configuration())
    return case


def test_a_check_for_some_launch_types_is_not_asked_of_others() -> None:
    rules = [rule for rule in bundled.rules() if rule.check and isinstance(rule.when, When)]
    assert {rule.code for rule in rules} >= {"FIT101", "FIT424", "FIT503"}
    fargate = next(case for case in cases() if case.launch_types == {"FARGATE"})
    asked = {rule.code for rule, _ in conditions.Checks(rules)._applicable(fargate)}
    assert "FIT101" in asked
    assert asked.isdisjoint({"FIT424", "FIT503"})


SIZES: tuple[object, ...] = (
    "1024",
    "1 vCPU",
    "much",
    1024,
    1024.0,
    True,
    None,
    [],
    {},
    Unknown("${CPU}"),
    Unknown("[]", "wrong-type"),
)


def test_one_validation_says_the_same_of_types_as_that_of_types_alone() -> None:
    gate, data = Gate(rule for rule in bundled.rules() if rule.schema), {"family": "a", "containerDefinitions": []}
    tasks = [case.task for case in cases()] + [TaskDefinition({**data, "cpu": size}) for size in SIZES]
    policy, accepted = cases()[0].policy, 0
    for task in tasks:
        one, other = Case(task, policy).subject, Case(task, policy).subject
        accepted += gate.accepts(one)
        assert one._has_right_types == other._has_right_types, task
        assert one.violations == other.violations
        assert one.normal.values == other.normal.values
    assert len(tasks) / 2 < accepted < len(tasks)
