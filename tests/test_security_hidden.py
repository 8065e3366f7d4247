"""Ways to keep a definition from being looked at that a pull request may try: links, ignored places, spellings."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest
from bad_cases import BAD
from conftest import ROOT, git, invoke, run, write

from taskfit.sources.beside import MAX_BYTES
from taskfit.sources.terraform import folder

BROKEN = json.dumps(BAD["pair-8192-25600"][0], indent=2)
CONTAINERS = '[{"name": "web", "image": "nginx:1", "essential": true, "memory": "x"}]'

RESOURCE = """
resource "aws_ecs_task_definition" "a" {
  family                   = "a"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.cpu
  memory                   = local.memory
  container_definitions    = jsonencode([{ name = "a", image = "nginx:1" }])
}
"""


pytestmark = pytest.mark.usefixtures("repository")


def paths(*arguments: str) -> list[str]:
    return [item["path"] for item in json.loads(run("--output-format", "json", *arguments).stdout)["findings"]]


@pytest.mark.parametrize("target", ["worker.txt", "../texts/worker.txt", "../.svn/worker.json"])
def test_a_link_to_what_no_walk_opens_hides_nothing(target: str) -> None:
    write({f"deploy/{target}": BROKEN})
    Path("deploy/worker.json").symlink_to(target)
    assert paths() == paths("deploy") == ["deploy/worker.json"]


@pytest.mark.parametrize("name", [".json", "..json", "deploy/.JSON"])
def test_a_name_that_is_an_ending_hides_nothing(name: str) -> None:
    write({name: BROKEN})
    assert paths() == [name]


def test_what_links_lead_to_is_checked_once_and_where_it_lies() -> None:
    write({"deploy/z.json": BROKEN, "shared/task.json": BROKEN})
    Path("deploy/a.json").symlink_to("z.json")
    Path("deploy/services").symlink_to("../shared")
    Path("deploy/up").symlink_to("..")
    Path("deploy/self").symlink_to("self")
    assert paths() == paths("deploy", "shared") == ["deploy/z.json", "shared/task.json"]
    assert paths("deploy") == ["deploy/services/task.json", "deploy/z.json"]


def test_no_link_leads_out_or_to_what_is_gits(tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "task.json").write_text(BROKEN, encoding="utf-8")
    write({".git/task.json": BROKEN, "deploy/good.json": "{}"})
    for number, target in enumerate([outside / "task.json", outside, Path("../.git/task.json"), Path("../.git")]):
        Path(f"deploy/{number}.json").symlink_to(target)
    assert paths() == paths("deploy") == []


def test_an_excluded_link_stays_out() -> None:
    write({"worker.txt": BROKEN, "taskfit.yaml": "exclude: [worker.*]\n"})
    Path("worker.json").symlink_to("worker.txt")
    assert paths() == []


def test_a_link_that_is_new_since_a_revision_is_checked() -> None:
    write({"old.txt": BROKEN, "worker.json": BROKEN.replace("25600", "24576")})
    git("add", ".")
    git("commit", "-q", "-m", "one")
    Path("new.json").symlink_to("old.txt")
    Path("worker.json").rename("worker.txt")
    write({"worker.txt": BROKEN})
    Path("worker.json").symlink_to("worker.txt")
    assert paths("--since", "HEAD") == ["new.json", "worker.json"]


def test_a_policy_that_changed_since_a_revision_is_named() -> None:
    profile = (ROOT / "examples/profiles/gunicorn.yaml").read_text(encoding="utf-8")
    task = BROKEN.replace("25600", "24576")
    write({"a/task.json": task, "taskfit.yaml": "profile: p/own.yaml\n", "b/x.txt": "x", "p/own.yaml": profile})
    git("add", ".")
    git("commit", "-q", "-m", "one")
    write({"a/task.json": task + " ", "b/x.txt": "y"})
    before = run("--since", "HEAD"), invoke("diff", "HEAD")
    assert [each.status for each in before] == [0, 0], before
    assert "policy" not in before[0].stderr + before[1].stdout
    write({"p/own.yaml": f"{profile}# weaker\n", "a/taskfit.yaml": "ignore: [FIT1]\n"})
    assert "the policy changed, too: a/taskfit.yaml, p/own.yaml\n" in run("--since", "HEAD").stderr
    for output_format in ("text", "markdown"):
        shown = invoke("diff", "HEAD", "--output-format", output_format).stdout
        assert "2 policy files changed" in shown
        assert "p/own.yaml" in shown
    found = json.loads(invoke("diff", "HEAD", "--output-format", "json").stdout)
    assert found["policy"] == ["a/taskfit.yaml", "p/own.yaml"]
    assert "policy" not in run("--since", "HEAD", "--isolated").stderr


@pytest.mark.parametrize("folder", [".svn", ".hg", "asset.d", "deep/asset.d"])
def test_what_is_tracked_is_checked_in_folders_that_no_walk_enters(folder: str) -> None:
    write({f"{folder}/sub/task.json": BROKEN, f"{folder}/new.json": BROKEN, f"{folder}/../manifest.json": "{}"})
    git("add", "--force", f"{folder}/sub")
    assert paths() == [f"{folder}/sub/task.json"]


def test_what_is_tracked_is_checked_although_an_ignore_file_below_names_it() -> None:
    write({"a/b/task.json": BROKEN, "a/b/.gitignore": "*", "a/c/d/task.json": BROKEN, "a/c/.gitignore": "d/"})
    git("add", "--force", ".")
    assert paths() == paths("a") == ["a/b/task.json", "a/c/d/task.json"]


def test_no_pattern_of_an_ignore_file_holds_git_up() -> None:
    """Some versions of git take exponential time for these; what git was asked for would be lost with it."""
    name = "venv/" + "a" * 60 + ".json"
    write({name: BROKEN, "b.json": BROKEN})
    git("add", "--force", name)
    write({".gitignore": "**/a" * 25 + "/b\n/" + "**a" * 25 + "b\n*.json\n"})
    assert paths() == [name]


def test_what_git_could_not_be_asked_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    write({"task.json": BROKEN, ".gitignore": "*.json\n"})
    git("add", "--force", "task.json")
    assert paths() == ["task.json"]
    monkeypatch.setenv("PATH", os.devnull)
    result = run()
    assert result.status == 0
    assert "ignored files that git tracks were not searched" in result.stderr
    write({".gitignore": ""})
    assert "not looked for" not in run().stderr


@pytest.mark.parametrize("name", ["x_override.tf", "x.y_override.tf"])
def test_an_override_file_of_terraform_hides_nothing(name: str) -> None:
    write({"main.tf": RESOURCE + 'variable "cpu" { default = 256 }\nlocals { memory = 512 }\n'})
    assert paths() == []
    write({name: 'variable "cpu" {\n  default = 8192\n}\nlocals {\n  memory = 25600\n}\n'})
    assert paths() == ["main.tf"]
    write({name: "", "override.tf": 'resource "aws_ecs_task_definition" "a" {\n  memory = 25600\n}\n'})
    (finding,) = json.loads(run("--output-format", "json").stdout)["findings"]
    assert (finding["path"], finding["code"], finding["line"]) == ("main.tf", "FIT101", 7)
    assert "override.tf line 2" in json.dumps(finding)
    write({"main.tf": ""})
    assert paths() == ["override.tf", "override.tf"]


DEFAULTS = RESOURCE + 'variable "cpu" {\n  default = 256\n}\nlocals {\n  memory = 512\n}\n'
TOO_LARGE = b"#" * (MAX_BYTES + 1) + b"\n"


def findings(files: Mapping[str, str | bytes]) -> list[tuple[str, str, str]]:
    for name, content in files.items():
        write({name: ""})
        Path(name).write_bytes(content.encode() if isinstance(content, str) else content)
    found = json.loads(run("--output-format", "json").stdout)["findings"]
    return [(item["path"], item["code"], item["message"].partition(", which")[0]) for item in found]


@pytest.mark.parametrize("start", [b"a = 1 1\n", TOO_LARGE, b"# \xe9\n"])
@pytest.mark.parametrize("name", ["terraform.tfvars", "x.auto.tfvars", "prod.tfvars"])
def test_a_variables_file_that_cannot_be_read_leaves_no_default(name: str, start: bytes) -> None:
    assert findings({"main.tf": DEFAULTS, name: start + b"cpu = 8192\n"}) == [("main.tf", "FIT004", "cpu is `var.cpu`")]


@pytest.mark.parametrize("text", ['[{"cpu": 8192}]', f'{{"cpu": 8192, "x": {"9" * 401}}}'])
def test_a_variables_file_of_json_that_cannot_be_read_leaves_no_default(text: str) -> None:
    assert findings({"main.tf": DEFAULTS, "terraform.tfvars.json": text}) == [("main.tf", "FIT004", "cpu is `var.cpu`")]


@pytest.mark.parametrize("start", [b"locals {\n  a = 1 1\n}\n", TOO_LARGE, b"# \xe9\n"])
def test_an_override_file_that_cannot_be_read_leaves_nothing_known(start: bytes) -> None:
    whatever = "are `whatever x_override.tf says`"
    assert findings({"main.tf": DEFAULTS, "x_override.tf": start + b"locals {\n  memory = 25600\n}\n"}) == [
        ("main.tf", "FIT004", f"requiresCompatibilities, networkMode, cpu and memory {whatever}"),
        ("main.tf", "FIT004", f"The containers {whatever}"),
    ]


def test_an_override_file_that_leads_out_leaves_nothing_known(tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside") / "override.tf"
    outside.write_text("locals {\n  memory = 25600\n}\n", encoding="utf-8")
    Path("override.tf").symlink_to(outside)
    assert {code for _, code, _ in findings({"main.tf": DEFAULTS})} == {"FIT004"}


def test_an_override_file_that_cannot_be_read_may_pass_more_to_a_module() -> None:
    call = 'module "m" {\n  source = "./m"\n}\n'
    files: dict[str, str | bytes] = {"main.tf": call, "m/main.tf": DEFAULTS}
    assert findings(files) == []
    files["override.tf"] = b'module "m" {\n  cpu = 8192 1\n}\n'
    assert findings(files) == [("main.tf", "FIT004", "cpu is `var.cpu`")]


def test_a_call_that_cannot_be_read_leaves_no_default() -> None:
    call = 'module "m" {\n  source = "./m"\n  a      = 1 1\n  cpu    = 8192\n}\n'
    assert findings({"main.tf": call, "m/main.tf": DEFAULTS}) == [("m/main.tf", "FIT004", "cpu is `var.cpu`")]


def test_a_neighbour_that_cannot_be_read_changes_no_known_value() -> None:
    assert findings({"main.tf": DEFAULTS, "a.tf": "locals {\n  a = 1 1\n}\n", "b.tf": TOO_LARGE}) == []
    write({"main.tf": DEFAULTS.replace("256", "8192")})
    assert [code for _, code, _ in findings({})] == ["FIT101"]


def test_an_override_file_of_what_cannot_be_read_is_no_definition_of_its_own() -> None:
    broken = DEFAULTS.replace("local.memory", "1 1")
    override = 'resource "aws_ecs_task_definition" "a" {\n  memory = 512\n}\n'
    assert [(path, code) for path, code, _ in findings({"main.tf": broken, "override.tf": override})] == [
        ("main.tf", "FIT001")
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("terraform.tfvars", "a = 1e5\ncpu = 8192\n"),
        ("terraform.tfvars", "cpu = 8192e0\n"),
        ("override.tf", "locals {\n  memory = 256E+2\n}\n"),
        ("override.tf", 'locals {\n  memory = { a-1e5 = "${256e2 + 0}", 1e5 = [-1e5] }["a-1e5"]\n}\n'),
    ],
)
def test_numbers_with_exponents_are_read(name: str, text: str) -> None:
    assert [code for _, code, _ in findings({"main.tf": DEFAULTS, name: text})] == ["FIT101"]


@pytest.mark.parametrize(
    ("name", "text", "other"),
    [
        ("z_override.tf", "locals {\n  memory = 25600\n}\n", ".tf"),
        ("z_override.tf", 'resource "aws_ecs_task_definition" "a" {\n  memory = 25600\n}\n', ".tf"),
        ("terraform.tfvars", "cpu = 8192\n", ".tfvars"),
        ("z.auto.tfvars", "cpu = 8192\n", ".auto.tfvars"),
    ],
)
def test_more_neighbours_than_are_read_hide_nothing(
    name: str, text: str, other: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "MAX_FILES", 5)
    before = findings({"main.tf": DEFAULTS, name: text})
    assert [code for _, code, _ in before] == ["FIT101"]
    after = findings({f"a{number}{other}": "# nothing\n" for number in range(6)})
    assert after == (before if other != ".auto.tfvars" else [("main.tf", "FIT004", "cpu is `var.cpu`")])


@pytest.mark.parametrize("name", ["a.tofu", "a.tofu.json"])
def test_a_file_of_opentofu_hides_nothing_that_terraform_reads(name: str) -> None:
    small = '{"variable": {"cpu": {"default": 256}}, "locals": {"memory": 512}}'
    write({name: small if name.endswith(".json") else 'variable "cpu" { default = 256 }\nlocals { memory = 512 }\n'})
    write({"main.tf": RESOURCE})
    assert paths() == []
    write({"z.tf": 'variable "cpu" { default = 8192 }\nlocals { memory = 25600 }\n'})
    assert paths() == ["main.tf"]


def test_a_list_as_the_root_of_terraform_in_json_hides_nothing() -> None:
    sizes = '{"variable": {"cpu": {"default": 8192}}}, {"locals": {"memory": 25600}}'
    write({"main.tf": RESOURCE, "sizes.tf.json": f"[{sizes}]"})
    assert paths() == ["main.tf"]
    arguments = {"requires_compatibilities": ["FARGATE"], "network_mode": "awsvpc", "cpu": 256, "memory": 4096}
    definition = {"family": "a", **arguments, "container_definitions": '[{"name": "a", "image": "nginx:1"}]'}
    write({"main.tf": "", "main.tf.json": json.dumps([{"resource": {"aws_ecs_task_definition": {"a": definition}}}])})
    assert paths() == ["main.tf.json"]


def test_no_number_of_neighbours_hides_a_variable() -> None:
    write({"main.tf": RESOURCE, "z.tf": 'variable "cpu" { default = 8192 }\nlocals { memory = 25600 }\n'})
    write({f"a{number}.tf": "# nothing\n" for number in range(250)})
    assert paths() == ["main.tf"]
    assert "FIT101" in run().stdout


@pytest.mark.parametrize("start", ["\ufeff", "// x\n", "/* [ */\n// {\n", " \n\ufeff".strip(" \n"), "# x\n\n"])
def test_nothing_before_a_list_of_containers_hides_it(start: str) -> None:
    write({"containers.json": start + CONTAINERS})
    assert paths() == ["containers.json"]


def test_a_file_that_only_seems_to_begin_a_list_takes_linear_time() -> None:
    marks = '// "image" "name"\n'
    write({"a.json": marks + "\n" * 5000 + "x", "b.json": marks + "/" * 5000 + "\nx", "c.json": marks + "/*" * 5000})
    assert paths() == []


@pytest.mark.parametrize(
    "text",
    [
        'family: web\n"\\U00000063ontainerDefinitions":\n- {name: web, image: x, memory: "x"}\n',
        'family: web\n"\\x63ontainerDefinitions":\n- {name: web, image: x, memory: "x"}\n',
        "Resources:\n  T:\n    Type: \"AWS::ECS::\\\n      TaskDefinition\"\n    Properties: {Family: '', Cpu: x}\n",
    ],
)
def test_no_escape_of_yaml_hides_a_definition(text: str) -> None:
    write({"task.yaml": text})
    assert "task.yaml" in paths()


@pytest.mark.parametrize("order", ["utf-16-le", "utf-16-be"])
def test_another_encoding_is_reported_whatever_it_begins_with(order: str) -> None:
    text = "\ufeff世: 1\nfamily: web\ncontainerDefinitions: [{name: web, image: x, memory: 1}]\n"
    Path("task.yaml").write_bytes(text.encode(order))
    assert paths() == ["task.yaml"]


def test_a_script_that_registers_a_file_that_no_walk_opens_gets_a_note() -> None:
    script = "aws ecs register-task-definition --cli-input-json file://task.NAME\n"
    write({"task.txt": BROKEN, "task.json": BROKEN.replace("25600", "24576")})
    write({"one.sh": script.replace("NAME", "txt"), "two.sh": script.replace("NAME", "json")})
    assert paths() == ["one.sh"]


@pytest.mark.parametrize("before", ["xx", ")]}',\n", "module.exports = ", "\ufffd"])
def test_json_behind_something_else_is_not_skipped(before: str) -> None:
    write({"task.json": before + json.dumps(BAD["pair-8192-25600"][0], separators=(",", ":"))})
    (finding,) = json.loads(run("--output-format", "json").stdout)["findings"]
    assert (finding["code"], finding["line"], finding["column"]) == ("FIT001", 1, 1)
