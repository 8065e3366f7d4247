"""`taskfit rule` explains every rule there is."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from taskfit.policy import bundled

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import CommandLine


def test_a_rule_is_found_by_code_and_by_name(taskfit: CommandLine) -> None:
    by_code, by_name = taskfit("rule", "fit101"), taskfit("rule", "fargate-size")
    assert by_code == by_name
    assert by_code.status == 0
    assert by_code.stdout.startswith("FIT101 fargate-size\n\nerror: ")


def test_a_page_holds_every_word_and_example_of_the_rule(taskfit: CommandLine) -> None:
    (rule,) = bundled.pages("FIT101")
    page = taskfit("rule", "FIT101", "--output-format", "markdown").stdout
    assert page.startswith("# FIT101 fargate-size\n")
    for text in (rule.what, rule.why, rule.fix, *(example.file for example in (*rule.bad, *rule.good))):
        assert text.rstrip() in page
    assert all(source.url in page for source in rule.sources)


def test_json_is_an_object_for_a_rule_and_a_list_for_all(taskfit: CommandLine) -> None:
    rules = json.loads(taskfit("rule", "--all", "--output-format", "json").stdout)
    assert [rule["code"] for rule in rules] == [rule.code for rule in bundled.rules()]
    assert json.loads(taskfit("rule", "FIT101", "--output-format", "json").stdout) in rules


def test_all_lists_every_rule_on_a_line(taskfit: CommandLine) -> None:
    lines = taskfit("rule", "--all").stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [[r.code, r.severity.value, r.name] for r in bundled.rules()]
    rows = taskfit("rule", "--all", "--output-format", "markdown").stdout.splitlines()
    assert len(rows) == len(lines) + 2


def test_an_unknown_rule_is_an_error_with_a_suggestion(taskfit: CommandLine) -> None:
    outcome = taskfit("rule", "fargate-sice")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert "fargate-size" in outcome.stderr


@pytest.mark.parametrize(("selector", "hint"), [("FIT199", "did you mean FIT1"), ("FIT9999", "`taskfit rule --all`")])
def test_only_a_code_as_long_is_suggested(taskfit: CommandLine, selector: str, hint: str) -> None:
    assert f"no rule matches '{selector}'; {hint}" in taskfit("rule", selector).stderr


@pytest.mark.parametrize("arguments", [("rule",), ("rule", "--wrong"), ("profile", "--wrong")])
def test_an_error_shows_the_usage_of_the_command_that_was_called(
    taskfit: CommandLine, arguments: tuple[str, ...]
) -> None:
    first = taskfit(*arguments).stderr.splitlines()[0]
    assert first.startswith(f"Usage: taskfit {arguments[0]} [OPTIONS] [")


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
    assert outcome.status == 0, outcome.stderr
    assert "What comes from elsewhere was not scanned." in outcome.stdout
    assert "ACME001" in taskfit("rule", "--all", folder=tmp_path).stdout


def test_the_prefix_of_a_code_explains_a_family(taskfit: CommandLine) -> None:
    family = taskfit("rule", "FIT10", "--output-format", "markdown").stdout
    assert [rule.code for rule in bundled.rules() if f"# {rule.code} {rule.name}\n" in family] == [
        rule.code for rule in bundled.rules() if rule.code.startswith("FIT10")
    ]


@pytest.fixture
def rule_file(taskfit: CommandLine, tmp_path: Path) -> Path:
    """The start of a rule, as `rule new` writes it."""
    (tmp_path / ".git").mkdir()
    outcome = taskfit("rule", "new", "ACME001", "--output-file", "acme.yaml", folder=tmp_path)
    assert (outcome.status, outcome.stdout) == (0, ""), outcome.stderr
    return tmp_path / "acme.yaml"


def test_the_start_of_a_rule_passes_its_own_examples(taskfit: CommandLine, rule_file: Path) -> None:
    written = rule_file.read_text(encoding="utf-8")
    assert taskfit("rule", "new", "ACME001").stdout == written.replace("acme.yaml", "ACME001.yaml")
    outcome = taskfit("rule", "test", "acme.yaml", folder=rule_file.parent)
    assert (outcome.status, outcome.stdout) == (0, "3 examples passed.\n"), outcome.stderr
    again = taskfit("rule", "new", "ACME001", "--output-file", "acme.yaml", folder=rule_file.parent)
    assert (again.status, again.stderr) == (2, "error: acme.yaml is there already\n")
    below = taskfit("rule", "new", "ACME002", "--output-file", "policy/cpu.yaml", folder=rule_file.parent)
    assert below.status == 0, below.stderr
    assert "rules: [policy/cpu.yaml]" in (rule_file.parent / "policy" / "cpu.yaml").read_text(encoding="utf-8")
    assert taskfit("rule", "test", "policy", folder=rule_file.parent).stdout == "3 examples passed.\n"


@pytest.mark.parametrize(("code", "words"), [("FIT1", "taskfit's own"), ("acme", "an upper-case prefix and a number")])
def test_a_rule_is_not_started_with_a_code_that_it_cannot_have(taskfit: CommandLine, code: str, words: str) -> None:
    outcome = taskfit("rule", "new", code)
    assert (outcome.status, outcome.stdout) == (2, "")
    assert words in outcome.stderr


@pytest.mark.parametrize(
    ("change", "by", "message"),
    [
        ("at: [/cpu]", "at: [/memory]", "acme.yaml:41:9: ACME001, bad example 1: reported at /cpu, not at /memory"),
        ('"0.5 vCPU"', '"1 vCPU"', "acme.yaml:35:11: ACME001, bad example 1: nothing is reported"),
        (
            '"0.5 vCPU"',
            '"${CPU}"',
            "acme.yaml:35:11: ACME001, bad example 1: nothing is reported",
        ),
        (
            '"cpu": "1024"',
            '"cpu": 1000',
            "acme.yaml:46:9: ACME001, good example 1: reported at /cpu: shop-prod has 1000 CPU units; production needs 1024.",
        ),
        (
            '"cpu": "256",',
            '"cpu": 256 oops',
            'acme.yaml:53:9: ACME001, good example 2 (another stage): can\'t be read: expected "," or "}", found "oops"',
        ),
        (
            "containerDefinitions",
            "containers",
            "acme.yaml:35:11: ACME001, bad example 1: there is no task definition in it",
        ),
        (
            "    at: [/cpu]",
            "    settings: {role: none-such}",
            "acme.yaml:41:15: ACME001, bad example 1: no role of the profile mistersmith is called",
        ),
    ],
)
def test_an_example_that_is_otherwise_is_reported_at_its_line(
    taskfit: CommandLine, rule_file: Path, change: str, by: str, message: str
) -> None:
    rule_file.write_text(rule_file.read_text(encoding="utf-8").replace(change, by), encoding="utf-8")
    outcome = taskfit("rule", "test", "acme.yaml", folder=rule_file.parent)
    assert outcome.status == 1
    assert message in outcome.stdout


def test_a_fix_that_is_otherwise_is_reported_at_the_differing_line(
    taskfit: CommandLine, rule_file: Path, tmp_path: Path
) -> None:
    text = rule_file.read_text(encoding="utf-8")
    fixed = text.partition("bad:\n  - file: |\n")[2].partition("    at:")[0].replace("0.5 vCPU", "1023")
    text = text.replace("    at: [/cpu]\n", f"    at: [/cpu]\n    fixed: |\n{fixed}")
    text = text.replace("message:", "set: {cpu: 1024}\nfixable: safe\nmessage:")
    rule_file.write_text(text, encoding="utf-8")
    outcome = taskfit("rule", "test", "acme.yaml", folder=tmp_path)
    assert 'acme.yaml:47:9: ACME001, bad example 1: the fix gives: "cpu": "1024",' in outcome.stdout
    rule_file.write_text(text.replace("1023", "1024"), encoding="utf-8")
    assert taskfit("rule", "test", "acme.yaml", folder=tmp_path).stdout == "3 examples passed.\n"


def test_rules_are_tested_in_folders_by_patterns_and_as_configured(
    taskfit: CommandLine, rule_file: Path, tmp_path: Path
) -> None:
    assert taskfit("rule", "test", folder=tmp_path).status == 2
    other = rule_file.read_text(encoding="utf-8").replace("ACME001", "ACME002").replace("production-cpu", "other-cpu")
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "a.yaml").write_text(f"---\n{other}", encoding="utf-8")
    (tmp_path / "taskfit.yaml").write_text("rules: [acme.yaml, 'rules/*.yaml']\n", encoding="utf-8")
    assert taskfit("rule", "test", folder=tmp_path).stdout == "6 examples passed.\n"
    assert taskfit("rule", "test", "rules", folder=tmp_path).stdout == "3 examples passed.\n"
    (tmp_path / "rules" / "b.yaml").write_text(other.replace("ACME002", "ACME001"), encoding="utf-8")
    outcome = taskfit("rule", "test", folder=tmp_path)
    assert outcome.status == 2
    assert "rules/b.yaml:3:7: the code ACME001 is already used by a rule in" in outcome.stderr
    assert outcome.stdout == "6 examples passed.\n"


def test_several_rules_may_be_in_one_file(taskfit: CommandLine, tmp_path: Path) -> None:
    other = OWN_RULE.replace("ACME001", "ACME002").replace("image-from", "images-from")
    third = OWN_RULE.replace("ACME001", "ACME003").replace("image-from", "picture-from")
    listed = "- " + third.replace("\n", "\n  ").rstrip() + "\n"
    (tmp_path / "rules.yaml").write_text(f"{OWN_RULE}---\n{other}---\n{listed}", encoding="utf-8")
    assert taskfit("rule", "test", "rules.yaml", folder=tmp_path).stdout == "6 examples passed.\n"
