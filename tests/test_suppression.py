"""Findings that a team lives with: comments, labels, tags, metadata, entries of the configuration, the baseline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from bad_cases import BAD, app, task
from conftest import run, write

pytestmark = pytest.mark.usefixtures("in_a_repository")

PAIR = BAD["pair-8192-25600"][0]


def codes(*arguments: str) -> list[str]:
    return [item["code"] for item in report(*arguments)["findings"]]


def report(*arguments: str) -> Any:
    result = run("--output-format", "json", *arguments)
    assert result.status in (0, 1), result.stderr
    return json.loads(result.stdout)


YAML = """\
family: web
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: "8192"
{above}
memory: "25600"{beside}
containerDefinitions:
  - {{name: app, image: "nginx:1.27"}}
"""

JSONC = """\
{{
  // about the task
  "family": "web", "requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "8192",
  {above}
  "memory": "25600",{beside}
  "containerDefinitions": [{{"name": "app", "image": "nginx:1.27"}}]
}}
"""

HCL = """\
resource "aws_ecs_task_definition" "web" {{
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 8192
  {above}
  memory                   = 25600{beside}
  container_definitions    = jsonencode([{{ name = "app", image = "nginx:1.27" }}])
}}
"""

TEMPLATE = """\
Resources:
  Web:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: web
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "8192"
      {above}
      Memory: "25600"{beside}
      ContainerDefinitions:
        - {{Name: app, Image: "nginx:1.27"}}
"""

FORMATS = [
    pytest.param("web.yaml", YAML, "#", id="yaml"),
    pytest.param("web.jsonc", JSONC, "//", id="jsonc"),
    pytest.param("web.tf", HCL, "#", id="terraform"),
    pytest.param("template.yaml", TEMPLATE, "#", id="cloudformation"),
]


@pytest.mark.parametrize(("name", "text", "sign"), FORMATS)
def test_a_comment_holds_for_its_line_or_the_next_one(name: str, text: str, sign: str) -> None:
    write({name: text.format(above="", beside="")})
    assert codes() == ["FIT101"]
    for above, beside in (
        (f"{sign} taskfit: ignore[FIT101] known", ""),
        ("", f"  {sign} taskfit: ignore[FIT1, FIT999x] known"),
        (f"{sign} taskfit:ignore[fargate-size]\n\n      {sign} more words", ""),
    ):
        write({name: text.format(above=above, beside=beside)})
        found = report()
        assert found["summary"]["suppressed"] == 1
        assert [item["code"] for item in found["findings"]] == ["FIT005"] * ("FIT999x" in beside)
        assert "FIT101" in codes("--no-ignores")
        assert run().status == 0


@pytest.mark.parametrize(("name", "text", "sign"), FORMATS)
def test_a_comment_elsewhere_suppresses_nothing_and_is_reported(name: str, text: str, sign: str) -> None:
    write({name: f"{sign} taskfit: ignore[FIT101] on the first line\n" + text.format(above="", beside="")})
    (unused, finding) = report()["findings"]
    assert (unused["code"], unused["line"], unused["column"], unused["severity"]) == ("FIT005", 1, 1, "note")
    assert finding["code"] == "FIT101"


def test_a_comment_within_a_string_is_none() -> None:
    write({"web.yaml": YAML.format(above="executionRoleArn: ' # taskfit: ignore[FIT101]'", beside="")})
    assert codes() == ["FIT101"]


def test_a_comment_has_to_name_a_rule() -> None:
    write({"web.yaml": YAML.format(above="# taskfit: ignore", beside="")})
    found = report()["findings"]
    assert sorted(item["code"] for item in found) == ["FIT005", "FIT101"]
    assert "it names no rule" in found[0]["message"]


@pytest.mark.parametrize(
    ("comment", "is_meant"),
    [
        ("# taskfit: ignor[FIT101] for now", True),
        ("# taskfit ignore FIT101", True),
        ("# taskfit: disable=FIT101", True),
        ("# taskfit: IGNORE[ACME001]", True),
        ("# taskfit reports FIT101 here", False),
        ("# taskfit ignores the tags", False),
        ("# see the documentation of taskfit: ignore[FIT101]", False),
    ],
)
def test_a_comment_that_was_meant_as_one_is_said_to_have_no_effect(comment: str, is_meant: bool) -> None:
    write({"web.yaml": YAML.format(above=comment, beside="")})
    found = report()["findings"]
    assert sorted(item["code"] for item in found) == [*(["FIT005"] if is_meant else []), "FIT101"]
    if is_meant:
        assert "it names no rule; write `taskfit: ignore[FIT301]`" in found[0]["message"]


def test_a_label_has_to_name_a_rule() -> None:
    write({"web.json": task(tags=[{"key": "taskfit:ignore", "value": ""}])})
    (found,) = (item for item in report()["findings"] if item["code"] == "FIT005")
    assert found["message"].endswith("it names no rule; give a code, such as `FIT301`.")


@pytest.mark.parametrize(
    "extra",
    [
        {"tags": [{"key": "taskfit:ignore", "value": "FIT101 FIT203"}]},
        {"containerDefinitions": [app(dockerLabels={"taskfit:ignore": "FIT101"})]},
    ],
)
def test_a_label_or_a_tag_holds_for_its_definition_alone(extra: dict[str, Any]) -> None:
    write({"both.json": json.dumps([{**PAIR, **extra}, {**PAIR, "family": "other"}])})
    found = report()["findings"]
    assert [(item["code"], item["definition"]) for item in found] == [("FIT101", "other")]


@pytest.mark.parametrize(
    ("ignore", "left"),
    [
        ("FIT101", []),
        ("[FIT101]", []),
        ("[{rule: fargate-size, reason: known}]", []),
        ("[FIT102]", ["FIT005", "FIT101"]),
        ("[{reason: no rule}]", ["FIT005", "FIT101"]),
    ],
)
def test_metadata_of_a_template_holds_for_its_resource(ignore: str, left: list[str]) -> None:
    metadata = f"    Metadata:\n      taskfit: {{ignore: {ignore}}}\n"
    write({"t.yaml": TEMPLATE.format(above="", beside="") + metadata})
    assert sorted(codes()) == left


def suppressions(*entries: dict[str, str]) -> None:
    write({"taskfit.yaml": {"suppressions": [{"reason": "it is old", **entry} for entry in entries]}})


def test_an_entry_of_the_configuration_needs_a_reason_and_holds_where_it_says() -> None:
    write({"a/web.json": PAIR})
    write({"b/web.json": PAIR})
    suppressions({"rule": "FIT101", "path": "a/"})
    found = report()
    assert [item["path"] for item in found["findings"]] == ["b/web.json"]
    assert found["summary"]["suppressed"] == 1
    suppressions({"rule": "FIT101", "pointer": "/memory"})
    assert codes() == []
    suppressions({"rule": "FIT101", "pointer": "/cpu", "path": "a/"})
    assert codes() == ["FIT101", "FIT101", "FIT005"]
    write({"taskfit.yaml": "suppressions:\n  - {rule: FIT101, reason: ''}\n"})
    assert run().status == 2
    write({"taskfit.yaml": "suppressions:\n  - {rule: FIT101}\n"})
    result = run()
    assert (result.status, 'taskfit.yaml:2:5: the key "reason" is missing' in result.stderr) == (2, True)


def test_a_pointer_may_have_names_for_positions() -> None:
    flawed = task(app("proxy"), app("app", memory=4096))
    write({"web.json": flawed})
    suppressions({"rule": "FIT402", "pointer": "/containerDefinitions/app/memory"})
    assert codes() == []
    suppressions({"rule": "FIT402", "pointer": "/containerDefinitions/1/memory"})
    assert codes() == []
    suppressions({"rule": "FIT402", "pointer": "/containerDefinitions/proxy/memory"})
    assert codes() == ["FIT005", "FIT402"]


def test_an_entry_expires() -> None:
    write({"web.json": PAIR})
    suppressions({"rule": "FIT101", "expires": "2999-12-31"})
    assert codes() == []
    suppressions({"rule": "FIT101", "expires": "2026-01-31"})
    expired, finding = report()["findings"]
    assert (expired["code"], expired["path"], finding["code"]) == ("FIT006", "taskfit.yaml", "FIT101")
    assert "2026-01-31" in expired["message"]
    suppressions({"rule": "FIT101", "expires": "tomorrow"})
    assert "not a day as YYYY-MM-DD" in run().stderr


def test_an_entry_is_called_unused_only_by_a_run_that_looked_at_all_of_it() -> None:
    write({"a.json": task()})
    write({"b.json": PAIR})
    suppressions({"rule": "FIT101"})
    assert codes("a.json") == []
    suppressions({"rule": "FIT101", "path": "a.json"})
    assert codes("a.json") == ["FIT005"]
    assert codes("b.json") == ["FIT101"]
    assert codes("--select", "FIT0") == []
    suppressions({"rule": "FIT101", "path": "*.json"}, {"rule": "FIT102"})
    assert codes() == ["FIT005"]
    suppressions({"rule": "FIT666"})
    assert codes("a.json") == ["FIT005"]


def test_entries_in_toml() -> None:
    write({"web.json": PAIR})
    entries = '[[tool.taskfit.suppressions]]\nrule = "{}"\nreason = "old"\n'
    write({"pyproject.toml": entries.format("FIT101")})
    assert codes() == []
    write({"pyproject.toml": entries.format("FIT101") + entries.format("FIT402")})
    assert [(item["code"], item["path"], item["line"]) for item in report()["findings"]] == [
        ("FIT005", "pyproject.toml", 5)
    ]


def test_no_ignores_shows_everything() -> None:
    write({"web.json": PAIR})
    write({"taskfit.yaml": {"per-file-ignores": {"*.json": ["FIT101"]}}})
    assert codes() == []
    assert codes("--no-ignores") == ["FIT101"]


def fleet() -> dict[str, dict[str, Any]]:
    """Definitions with a flaw each."""
    return {f"deploy/{name}.json": data for name, (data, _) in BAD.items()}


def test_a_baseline_keeps_what_is_there_and_hides_nothing_new() -> None:
    for name, data in fleet().items():
        write({name: data})
    before = codes()
    assert run("--write-baseline", "--baseline", "old.json").status == 0
    assert (codes("--baseline", "old.json"), run("--baseline", "old.json").status) == ([], 0)
    assert report("--baseline", "old.json")["summary"]["suppressed"] == len(before)
    write({"deploy/new.json": PAIR})
    assert [item["path"] for item in report("--baseline", "old.json")["findings"]] == ["deploy/new.json"]
    write({"taskfit.yaml": "baseline: old.json\n"})
    assert codes() == ["FIT101"]
    assert len(codes("--no-ignores")) == len(before) + 1


def test_a_baseline_survives_moved_lines_renamed_neighbours_and_a_new_order() -> None:
    flawed = task(app("app", memory=4096), app("proxy", memory=256), app("log"))
    write({"web.json": flawed})
    run("--write-baseline")
    moved = task(app("router"), app("proxy", memory=256), app("app", memory=4096))
    write({"web.json": "\n\n" + json.dumps(moved, indent=4)})
    assert codes("--baseline", "taskfit-baseline.json") == []


def test_a_baseline_hides_no_worse_finding() -> None:
    write({"web.json": task(app("app", memory=4096))})
    run("--write-baseline")
    for memory, left in ((3072, []), (4096, []), (4097, ["FIT402"])):
        write({"web.json": task(app("app", memory=memory))})
        assert codes("--baseline", "taskfit-baseline.json") == left
    write({"web.json": task(app("app", memory=4096), app("app", memory=4096))})
    assert "FIT407" in codes("--baseline", "taskfit-baseline.json")


def test_a_baseline_hides_no_other_setting_at_the_same_place() -> None:
    collector = app("otel", image="otel/opentelemetry-collector:0.110.0", essential=False)
    agent = app("agent", image="datadog/agent:7", essential=False)
    write({"taskfit.yaml": {"required-sidecars": ["otel", "datadog"]}})
    write({"web.json": task(app(), collector)})
    assert codes() == ["FIT301"]
    run("--write-baseline")
    write({"web.json": task(app(), agent)})
    assert codes("--baseline", "taskfit-baseline.json") == ["FIT301"]


def test_stale_entries_are_reported_and_pruned() -> None:
    write({"a.json": PAIR})
    write({"b.json": PAIR})
    write({"c.json": PAIR})
    run("--write-baseline")
    write({"a.json": task()})
    Path("c.json").unlink()
    result = run("--baseline", "taskfit-baseline.json")
    assert "2 entries of the baseline match nothing any more" in result.stderr
    assert "baseline" not in run("--baseline", "taskfit-baseline.json", "b.json", "--ignore", "FIT1").stderr
    run("a.json", "--write-baseline")
    assert [item["path"] for item in json.loads(Path("taskfit-baseline.json").read_text("utf-8"))["findings"]] == [
        "b.json"
    ]


def test_rules_that_did_not_run_keep_their_entries() -> None:
    write({"a.json": PAIR})
    run("--write-baseline")
    run("--write-baseline", "--select", "FIT4")
    assert codes("--baseline", "taskfit-baseline.json") == []


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"findings": [1]}', '{"findings": [{"path": 1}]}', "\xff"])
def test_a_broken_baseline_ends_with_2(text: str) -> None:
    write({"a.json": PAIR})
    Path("old.json").write_bytes(text.encode("latin-1"))
    result = run("--baseline", "old.json")
    assert result.status == 2
    assert "old.json:1:1: " in result.stderr
    result = run("--baseline", "none.json")
    assert "run --write-baseline to make one" in result.stderr


def test_a_file_that_can_no_longer_be_read_is_new() -> None:
    write({"a.json": '{"containerDefinitions": [}'})
    run("--write-baseline")
    assert codes("--baseline", "taskfit-baseline.json") == []
    write({"a.json": '\n{"containerDefinitions": [{"name" 1}]}'})
    assert codes("--baseline", "taskfit-baseline.json") == ["FIT001"]


def test_another_wrong_pair_is_new() -> None:
    write({"web.json": PAIR})
    run("--write-baseline")
    write({"web.json": task(cpu="8192", memory="25600")})
    assert codes("--baseline", "taskfit-baseline.json") == []
    write({"web.json": task(cpu="8192", memory="25601")})
    result = run("--baseline", "taskfit-baseline.json", "--output-format", "json")
    assert [item["code"] for item in json.loads(result.stdout)["findings"]] == ["FIT101"]
    assert "match" not in result.stderr


def test_the_tightest_entry_covers() -> None:
    write({"web.yaml": TWICE.format(3072, 4096)})
    run("--write-baseline")
    write({"web.yaml": TWICE.format(4000, 3000)})
    assert codes("--baseline", "taskfit-baseline.json") == []
    write({"web.yaml": TWICE.format(4000, 3500)})
    assert codes("--baseline", "taskfit-baseline.json") == ["FIT402"]


TWICE = "\n---\n".join(
    "family: web\nmemory: '2048'\nrequiresCompatibilities: [EC2]\n"
    f"containerDefinitions:\n  - {{{{name: app, image: 'a:1', memory: {{{number}}}}}}}"
    for number in range(2)
)


def test_no_baseline_is_written_by_a_run_that_is_not_complete() -> None:
    write({"a.json": PAIR})
    result = run("a.json", "none.json", "--write-baseline")
    assert (result.status, Path("taskfit-baseline.json").exists()) == (2, False)
    assert "was not written" in result.stderr


def test_complaints_have_severities_and_files_too() -> None:
    write({"a.yaml": YAML.format(above="# taskfit: ignore[FIT402]", beside="")})
    write({"taskfit.yaml": {"severity": {"FIT005": "error"}, "suppressions": [{"rule": "FIT403", "reason": "old"}]}})
    assert [(item["code"], item["severity"]) for item in report()["findings"]] == [
        ("FIT005", "error"),
        ("FIT101", "error"),
        ("FIT005", "error"),
    ]
    write({"taskfit.yaml": {"per-file-ignores": {"a.yaml": ["FIT005"]}}})
    assert codes() == ["FIT101"]


def test_no_suppression_is_called_unused_where_a_value_is_unknown() -> None:
    write({"a.yaml": YAML.format(above="", beside="  # taskfit: ignore[FIT101]").replace("8192", "${CPU}")})
    assert codes() == ["FIT004"]
    assert codes("--ignore", "FIT004") == []


@pytest.mark.parametrize("selector", ["ALL", "all", "FIT", "F", "*"])
def test_nothing_suppresses_everything(selector: str) -> None:
    write({"task.yaml": YAML.format(above="", beside=f" # taskfit: ignore[{selector}]")})
    write({"tagged.json": {**PAIR, "tags": [{"key": "taskfit:ignore", "value": selector}]}})
    assert codes("task.yaml") == codes("tagged.json") == ["FIT101", "FIT005"]
    write({"taskfit.yaml": f"suppressions: [{{rule: '{selector}', reason: x}}]"})
    write({"bare.json": PAIR})
    assert codes("bare.json") == ["FIT101", "FIT005"]


def test_a_comment_may_hold_several_requests() -> None:
    write(
        {"task.yaml": YAML.format(above="", beside=' # taskfit: ignore[FIT101] it\'s "so" # taskfit: ignore[FIT999] x')}
    )
    (finding,) = report("task.yaml")["findings"]
    assert (finding["code"], finding["column"]) == ("FIT005", 53)
    assert 'no rule is called "FIT999"' in finding["message"]
    sarif = json.loads(run("--output-format", "sarif", "task.yaml").stdout)
    suppressed = [each for each in sarif["runs"][0]["results"] if each.get("suppressions")]
    assert [each["suppressions"][0]["justification"] for each in suppressed] == ['it\'s "so"']


@pytest.mark.parametrize("comment", ["/* taskfit: ignore[FIT101] why */", "// taskfit: ignore[FIT101] why"])
def test_every_kind_of_comment_counts(comment: str) -> None:
    write({"task.jsonc": JSONC.format(above=comment, beside="")})
    assert codes("task.jsonc") == []


BLOCK = """\
family: web
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: "8192"
containerDefinitions:
  - name: app
    image: nginx
    command:
      - |
        # taskfit: ignore[FIT101]

        # taskfit: ignore[FIT101]
memory: "25600"
"""
HEREDOC = """\
resource "aws_ecs_task_definition" "web" {
  family                   = "web"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 8192
  container_definitions = jsonencode([{ name = "app", image = "nginx", command = [<<-EOT
    # taskfit: ignore[FIT101]
  EOT
  ] }])
  memory = 25600
}
"""


@pytest.mark.parametrize(("name", "text"), [("task.yaml", BLOCK), ("task.tf", HEREDOC)])
def test_a_comment_within_a_text_of_several_lines_is_none(name: str, text: str) -> None:
    write({name: text})
    assert codes(name) == ["FIT101"]


def test_no_entry_is_called_unused_where_it_cannot_be_known() -> None:
    write({"taskfit.yaml": "suppressions: [{rule: FIT101, path: task.json, reason: x}]"})
    write({"task.json": {**PAIR, "memory": "${MEMORY}"}})
    assert codes() == ["FIT004"]
    assert codes("--ignore", "FIT004") == []
    write({"task.json": {**PAIR, "memory": "16384"}})
    assert codes() == ["FIT005"]
    # A walk opens no such file, which is checked by its name.
    write({"taskfit.yaml": "suppressions: [{rule: FIT101, path: task.conf, reason: x}]"})
    write({"task.conf": PAIR})
    assert codes() == codes("task.conf") == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"version": 2, "findings": []}', "is a baseline of version 2; this taskfit supports 1"),
        ('<<<<<<< ours\n{"version": 1}\n', "taskfit-baseline.json:1:1: not a baseline (the JSON that"),
        ('<<<<<<< ours\n{"version": 1}\n', "--write-baseline` writes): it has a merge conflict here\n"),
        ("family: web\n", "taskfit-baseline.json:1:1: not a baseline (the JSON that"),
        ("family: web\n", ": it is not valid JSON here\n"),
        ('{"version": 1,\n "findings": [}', "taskfit-baseline.json:2:15: not a baseline"),
        ("[" * 100_000, ": it is nested too deep\n"),
        ('{"version": ' + "9" * 5000 + "}", ": a number has too many digits\n"),
        ("[]", ": a value has the wrong type\n"),
        ('{"findings": [7]}', ": a value has the wrong type\n"),
        ('{"version": 1}', "the key 'findings' is missing"),
    ],
)
def test_what_is_wrong_with_a_baseline_is_reported_and_nothing_is_overwritten(text: str, message: str) -> None:
    write({"task.json": PAIR})
    write({"taskfit-baseline.json": text})
    for arguments in (["--baseline", "taskfit-baseline.json"], ["--write-baseline"]):
        result = run(*arguments)
        assert result.status == 2
        assert message in result.stderr
        assert "remove" not in result.stderr
        assert Path("taskfit-baseline.json").read_text(encoding="utf-8") == text


def test_a_baseline_holds_names_that_no_encoding_has() -> None:
    write({"task.json": {**PAIR, "family": "\ud800"}})
    assert run("--write-baseline").status == 0
    assert codes("--baseline", "taskfit-baseline.json") == []


def test_entries_of_impossible_paths_match_nothing() -> None:
    write({"task.json": PAIR})
    run("--write-baseline")
    path = Path("taskfit-baseline.json")
    path.write_text(path.read_text(encoding="utf-8").replace("task.json", "x" * 5000), encoding="utf-8")
    result = run("--baseline", "taskfit-baseline.json")
    assert "1 entry of the baseline matches nothing any more" in result.stderr


def test_many_requests_cost_no_more_than_their_number() -> None:
    many = 20_000
    above = "# taskfit: ignore[FIT101]\n" * many + "# taskfit " + '\\"' * many + "\n" + "# <<END\n" * many
    write({"task.yaml": YAML.format(above=above, beside="")})
    assert codes("task.yaml") == ["FIT005"] * (many - 1)


def test_what_is_no_heredoc_hides_no_comment() -> None:
    write({"task.yaml": YAML.format(above="# <<END", beside=" # taskfit: ignore[FIT101]")})
    assert codes("task.yaml") == []
