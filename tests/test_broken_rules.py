"""Broken rule files: each is reported with file, line, column and what was meant, all of it at once, and hides nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from bad_cases import BAD
from conftest import CommandLine, run, write

from taskfit.policy import registry

pytest.importorskip("cel_expr_python", reason="the extra `cel` is not installed")

RULE = """\
code: ACME001
name: small-task
severity: warning
summary: A task is small
what: It reports small tasks.
why: They are slow.
fix: Enlarge it.
schema:
  properties:
    cpu: {minimum: 1 vCPU}
message: "{task.family} has {value}"
bad:
  - file: '{"family": "a", "cpu": "256", "containerDefinitions": [{"name": "a"}]}'
good:
  - file: '{"family": "a", "cpu": "1024", "containerDefinitions": [{"name": "a"}]}'
"""

SCHEMA = "schema:\n  properties:\n    cpu: {minimum: 1 vCPU}\n"


def faults(text: str, folder: Path) -> list[str]:
    path = folder / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    rules, found = registry.own_rules((str(path),))
    assert not rules or not found
    return [f"{fault.line}:{fault.column}: {fault.message}" for fault in found]


def test_the_rule_itself_is_in_order(tmp_path: Path) -> None:
    assert faults(RULE, tmp_path) == []


@pytest.mark.parametrize(
    ("change", "by", "fault"),
    [
        ("summary:", "sumary:", '4:1: unknown key "sumary"; did you mean "summary"?'),
        ("why: They are slow.\n", "", '1:1: the key "why" is missing'),
        ("warning", "warn", '3:11: "severity" takes error, warning or note; did you mean "warning"?'),
        ("warning", "bad", '3:11: "severity" takes error, warning or note, not "bad"'),
        ("code: ACME001", "code: 1001", '1:7: "code" takes a string, not a number; put it in quotes'),
        ("ACME001", "FIT901", "1:7: codes that begin with FIT are taskfit's own; choose another prefix"),
        ("ACME001", "acme-1", "1:7: a code is an upper-case prefix and a number, such as ACME001"),
        ("ACME001", "ACME001\ncode: ACME002", '2:1: duplicate key "code"'),
        ("small-task", "Small task", "2:7: a name is lower-case words with hyphens, such as no-latest-tag"),
        ("schema:", "needs: [dependson]\nschema:", "8:9: AWS has no field `dependson`; did you mean `dependsOn`?"),
        ("small-task", "unreadable", "2:7: the name unreadable is already used by a rule in taskfit"),
        (SCHEMA, "target: contaner\n" + SCHEMA,
            ('8:9: "target" takes task, container, essential container, service, '
             'port, environment variable, secret, volume or image; did you mean "container"?')),
        (SCHEMA, "when: {famly: x}\n" + SCHEMA, '8:8: unknown key "famly"; did you mean "family"?'),
        (SCHEMA, "when: {launch_type: fargat}\n" + SCHEMA,
            ('8:21: "launch_type" takes fargate, ec2, external, managed-instances '
             'or a list; did you mean "fargate"?')),
        (SCHEMA, "when: {schema: {properties: {memroy: {}}}}\n" + SCHEMA,
            ("8:30: AWS has no field `memroy` here; did you mean "
             "`memory`?")),
        (SCHEMA, "", "1:1: a rule has a condition: `schema`, `assert` or `check`"),
        (SCHEMA, SCHEMA + "assert: task.cpu > 1\n", "11:1: a rule has one condition, and there is `schema` already"),
        ("minimum", "minimun", "10:11: `minimun` is not a keyword of JSON Schema; did you mean `minimum`?"),
        ("cpu: {min", "cpus: {min", "10:5: AWS has no field `cpus` here; did you mean `cpu`?"),
        ("1 vCPU", "one vCPU", "10:11: `minimum`: 'one vCPU' is not of type 'number'"),
        ("{minimum: 1 vCPU}", "{pattern: '('}",
            ("10:11: the pattern is not a regular expression, too large, or uses "
             "look-around or back-references, which can't be matched in bounded time")),
        ("{minimum: 1 vCPU}", "{$ref: 'https://acme.test/x'}",
            ("10:11: `$ref` leads out of the rule; it takes a place in this schema, "
             "such as `#/$defs/name`")),
        ("{value}", "{value", "11:29: a brace opens or closes an expression, as in {value}; double it to print one"),
        ("{value}", "{valu}",
            ("11:30: {valu}: there are value, limit, field, name, task, and keys "
             "below the last of them; only an `assert` takes expressions")),
        (SCHEMA, "assert: >-\n  has(task.cpu) &&\n  task.memroy > 1\n",
            ('10:8: AWS has no field "memroy" here; did you mean '
             '"memory"?')),
        (SCHEMA, "assert: tsk.cpu > 1\n", '8:9: there is nothing called "tsk"; did you mean "task"?'),
        (SCHEMA, "assert: task.cpu >\n", "8:19: the expression ends too early"),
        (SCHEMA, "assert: vcpu(1)\n", "8:9: the expression is of type int; a condition is true or false"),
        (SCHEMA, 'assert: \'true\'\nwhen: role = "web"\n', '9:12: unexpected "="; CEL writes =='),
        (SCHEMA, "check: acme-none\n",
            ("8:8: no Python rule 'acme-none' is installed (entry point group "
             "taskfit.rules)")),
        (SCHEMA, SCHEMA + "set: {cpu: 1024}\n",
            ("11:1: a rule with `set` says whether that is `fixable: safe` or "
             "`fixable: unsafe`")),
        (SCHEMA, SCHEMA + "fixable: yes\n", '11:10: "fixable" takes safe or unsafe, not "yes"'),
        (SCHEMA, SCHEMA + "fixable: safe\n", "11:1: a rule that is `fixable` needs `set`"),
        ("bad:\n  - file", "bad:\n  - fil", '13:5: unknown key "fil"; did you mean "file"?'),
        ("good:", "god:", '14:1: unknown key "god"; did you mean "good"?'),
        (SCHEMA, SCHEMA + "sources: [{title: x, url: 'javascript:x'}]\n",
            ('11:11: url is "javascript:x", not a web address '
             '(https://...)')),
        ("bad:\n", "bad: [\n", '12:6: the list that opens here is never closed with "]"'),
        ("fix: Enlarge it.", "fix: !include x", "7:6: a YAML tag has no meaning here"),
        (RULE, "# nothing\n", "1:1: there is no rule in this file"),
        (RULE, "- small\n", "1:3: expected a mapping of keys and values, found a string"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_reported_at_its_place_with_what_was_meant(
    change: str, by: str, fault: str, tmp_path: Path
) -> None:
    assert change in RULE
    assert fault in faults(RULE.replace(change, by, 1), tmp_path)


@pytest.mark.parametrize(
    "condition",
    [
        "assert: container.memory >= 512\nmessage: '{container.name} is small'\n",
        "assert: container.memory >= 512\nwhen: container.essential\n",
        "schema: {properties: {memory: {minimum: 512}}}\nmessage: '{container.name} is small'\n",
    ],
)
def test_a_misspelt_target_has_no_errors_in_its_train(condition: str, tmp_path: Path) -> None:
    start, end = RULE.index("schema:"), RULE.index("bad:")
    found = faults(f"{RULE[:start]}target: contaner\n{condition}{RULE[end:]}", tmp_path)
    (fault,) = found
    assert fault.startswith('8:9: "target" takes ')
    assert fault.endswith('; did you mean "container"?')


def test_all_errors_of_a_file_are_reported_at_once(tmp_path: Path) -> None:
    text = (
        RULE.replace("ACME001", "FIT9")
        .replace("warning", "warn")
        .replace("summary:", "sumary:")
        .replace("minimum", "minimun")
        .replace("{value}", "{valu}")
    )
    other = RULE.replace("small-task", "Other task").replace("ACME001", "ACME002")
    found = faults(f"{text}---\n{other}", tmp_path)
    assert [fault.partition(": ")[0] for fault in found] == ["1:7", "3:11", "4:1", "10:11", "11:30", "18:7"]


def test_a_rule_file_of_ten_megabytes_is_refused(tmp_path: Path) -> None:
    assert faults("# " + "x" * 10_000_000, tmp_path) == ["1:1: can't be read: larger than 2 MiB"]


@pytest.mark.usefixtures("in_a_repository")
def test_a_broken_rule_hides_no_finding_of_the_others() -> None:
    write({"task.json": BAD["pair-8192-25600"][0], "rules/good.yaml": RULE.replace("1 vCPU", "16 vCPU")})
    write({"rules/bad.yaml": RULE.replace("ACME001", "ACME002").replace("summary:", "sumary:")})
    write({"taskfit.yaml": "rules: [rules]\nignore: [ACME002]\nseverity: {small-task: note}\n"})
    result = run("--output-format", "concise")
    assert result.status == 2
    assert "FIT101" in result.stdout
    assert "ACME001" in result.stdout
    assert result.stderr.count("error: ") == 1
    assert 'rules/bad.yaml:4:1: unknown key "sumary"; did you mean "summary"?' in result.stderr
    for output_format in ("json", "sarif", "github", "junit", "gitlab", "markdown"):
        assert "ACME001" in run("--output-format", output_format).stdout
    write({"taskfit.yaml": "rules: [rules]\nselect: [ACME002]\n"})
    result = run()
    assert (result.status, result.stdout) == (2, "")
    assert "sumary" in result.stderr


def test_a_broken_rule_is_count_source_taskfit_rule_too(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(RULE.replace("summary:", "sumary:"), encoding="utf-8")
    (tmp_path / "taskfit.yaml").write_text("rules: [rules.yaml]\n", encoding="utf-8")
    for arguments in (["rule", "--all"], ["rule", "ACME001"], ["rule", "test"]):
        outcome = taskfit(*arguments, folder=tmp_path)
        assert outcome.status == 2
        assert 'rules.yaml:4:1: unknown key "sumary"; did you mean "summary"?' in outcome.stderr
    assert taskfit("rule", "FIT101", folder=tmp_path).status == 0


@pytest.mark.parametrize(
    "text",
    [
        RULE + "".join(f"key{number}: 1\n" for number in range(20_000)),
        RULE.replace("schema:\n", "schema:\n" + "".join(f"  key{number}: 1\n" for number in range(20_000))),
        "- 1\n" * 20_000,
        "---\n".join([RULE] * 200),
        RULE.replace("schema:\n", "schema: " + "{not: " * 90 + "{}" + "}" * 90 + "\nxx:\n"),
        "a: &a [1, 2, 3]\n"
        + "".join(f"b{n}: &b{n} [{', '.join(['*a'] * 9)}]\na: &a [*b{n}, *b{n}]\n" for n in range(30)),
    ],
    ids=["keys", "keywords", "entries", "namesakes", "depth", "aliases"],
)
def test_a_rule_file_in_which_all_is_wrong_reports_the_first_of_it(text: str, tmp_path: Path) -> None:
    path = tmp_path / "rules.yaml"
    path.write_text(text, encoding="utf-8")
    _, found = registry.own_rules((str(path),))
    assert 1 <= len(found) <= 21
