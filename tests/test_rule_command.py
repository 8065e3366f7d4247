"""`taskfit rule` explains every rule there is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from taskfit.policy import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine


def test_a_rule_is_found_by_code_and_by_name(taskfit: CommandLine) -> None:
    by_code, by_name = taskfit("rule", "fit101"), taskfit("rule", "fargate-size")
    assert by_code == by_name
    assert by_code.status == 0
    assert by_code.output.startswith("FIT101 fargate-size\n\nerror: ")


def test_a_page_holds_every_word_and_example_of_the_rule(taskfit: CommandLine) -> None:
    (rule,) = bundled.pages("FIT101")
    page = taskfit("rule", "FIT101", "--output-format", "markdown").output
    assert page.startswith("# FIT101 fargate-size\n")
    for text in (rule.what, rule.why, rule.fix, *(example.file for example in (*rule.bad, *rule.good))):
        assert text.rstrip() in page
    assert all(source.url in page for source in rule.sources)


def test_json_is_an_object_for_a_rule_and_a_list_for_all(taskfit: CommandLine) -> None:
    rules = json.loads(taskfit("rule", "--all", "--output-format", "json").output)
    assert [rule["code"] for rule in rules] == [rule.code for rule in bundled.rules()]
    assert json.loads(taskfit("rule", "FIT101", "--output-format", "json").output) in rules


def test_all_lists_every_rule_on_a_line(taskfit: CommandLine) -> None:
    lines = taskfit("rule", "--all").output.splitlines()
    assert [line.split()[:3] for line in lines] == [[r.code, r.severity.value, r.name] for r in bundled.rules()]
    rows = taskfit("rule", "--all", "--output-format", "markdown").output.splitlines()
    assert len(rows) == len(lines) + 2


def test_an_unknown_rule_is_an_error_with_a_suggestion(taskfit: CommandLine) -> None:
    outcome = taskfit("rule", "fargate-sice")
    assert (outcome.status, outcome.output) == (2, "")
    assert "fargate-size" in outcome.errors


def test_neither_or_both_of_rule_and_all_is_an_error(taskfit: CommandLine) -> None:
    assert taskfit("rule").status == 2
    assert taskfit("rule", "FIT101", "--all").status == 2


OWN_RULE = """\
code: ACME001
name: image-from-our-registry
severity: warning
summary: An image comes from elsewhere than our registry
what: Reports containers whose image is not ours.
why: What comes from elsewhere was not scanned.
fix: Mirror the image.
target: container
schema: {properties: {image: {pattern: ^acme/}}}
bad: [{file: '{"family": "web", "containerDefinitions": [{"name": "web", "image": "nginx"}]}'}]
good: [{file: '{"family": "web", "containerDefinitions": [{"name": "web", "image": "acme/web"}]}'}]
"""


def test_a_rule_of_a_team_is_explained_too(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(OWN_RULE, encoding="utf-8")
    (tmp_path / "taskfit.yaml").write_text("rules: [rules.yaml]\n", encoding="utf-8")
    outcome = taskfit("rule", "ACME001", folder=tmp_path)
    assert outcome.status == 0, outcome.errors
    assert "What comes from elsewhere was not scanned." in outcome.output
    assert "ACME001" in taskfit("rule", "--all", folder=tmp_path).output


def test_the_prefix_of_a_code_explains_a_family(taskfit: CommandLine) -> None:
    family = taskfit("rule", "FIT10", "--output-format", "markdown").output
    assert [rule.code for rule in bundled.rules() if f"# {rule.code} {rule.name}\n" in family] == [
        rule.code for rule in bundled.rules() if rule.code.startswith("FIT10")
    ]
