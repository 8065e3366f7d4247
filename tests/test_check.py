"""`taskfit check` as a program: what it reads, what it prints, how it ends; and that nothing is ever lost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from bad_cases import BAD, VALID, app, task
from conftest import CommandLine, invoke, require, run, write

import taskfit
from taskfit.policy import bundled
from taskfit.sources import plain
from taskfit.sources.files import File
from taskfit.syntax import json_text, yaml_text

pytestmark = pytest.mark.usefixtures("in_a_repository")

GOOD = json.dumps(VALID["plain"], indent=2)
BROKEN = json.dumps(BAD["pair-8192-25600"][0], indent=2)


def found(*arguments: str) -> list[tuple[str, str, int]]:
    result = run("--output-format", "json", *arguments)
    return [(item["code"], item["path"], item["line"]) for item in json.loads(result.stdout)["findings"]]


def test_without_a_path_the_folder_is_checked() -> None:
    write({"a/task.json": BROKEN, "b.yaml": "a: 1\n"})
    result = run()
    assert (result.status, "a/task.json:8:13" in result.stdout) == (1, True)
    assert "skipped 1 file without a task definition" in result.stdout


@pytest.mark.parametrize(
    ("files", "summary"),
    [
        ({"task.json": ""}, "No task definition found in 1 file: it is empty."),
        ({"task.json": " \n"}, "No task definition found in 1 file: it is empty."),
        ({"task.json": b"\x89PNG\r\n\0\0"}, "No task definition found in 1 file."),
        ({"a.json": "", "b.yaml": "a: 1\n"}, "No task definition found in 2 files, 1 of them empty."),
        (
            {"a.json": "", "b.yaml": "a: 1\n", "task.json": GOOD},
            (
                "All checks passed. Checked 1 task definition in 1 file, skipped 2 files without a task definition, "
                "1 of them empty."
            ),
        ),
    ],
)
def test_the_summary_counts_empty_files_among_the_skipped(files: dict[str, str | bytes], summary: str) -> None:
    write(files)
    result = run(*files)
    assert (result.status, result.stdout) == (0, f"{summary}\n")
    assert run("--quiet", *files).stdout == ""


def test_what_is_missing_is_said_in_one_line() -> None:
    assert invoke("schema").stderr.endswith(" Choose from: config, profile, rules, report, task-definition\n")
    assert "us-east-1" in invoke("size", "worker", "10", "--region", "moon").stderr
    assert invoke("size", "worker", "10", "--region", "moon").stderr.endswith(" ...\n")


def test_a_clean_run_ends_with_0_and_is_silent_if_quiet() -> None:
    write({"task.json": GOOD})
    assert run().status == 0
    assert run("--quiet").stdout == ""
    assert run("--verbose").stderr == "configuration: none; profile: mistersmith, because none was chosen\n"
    write({"task.json": GOOD.replace('"1024"', '"${CPU}"')})
    assert run("--min-severity", "error").stderr == "1 finding below error not shown\n"
    assert run("--min-severity", "error", "--quiet").stdout == ""


def test_what_git_ignores_is_left_out_of_a_walk_but_read_when_named() -> None:
    write(
        {
            ".gitignore": "out/\n!\n*.gen.json\n",
            "out/a.json": BROKEN,
            "b.gen.json": BROKEN,
            "src/.gitignore": "!c.gen.json\n",
        }
    )
    write({"src/c.gen.json": BROKEN, "node_modules/x/d.json": BROKEN, "README.txt": BROKEN})
    assert [path for _, path, _ in found()] == ["src/c.gen.json"]
    assert [path for _, path, _ in found("out/a.json", "README.txt")] == ["README.txt", "out/a.json"]
    assert [path for _, path, _ in found("src")] == ["src/c.gen.json"]


def test_exclude_binds_named_files_only_by_force() -> None:
    write({"taskfit.yaml": "exclude: [legacy/]\n", "legacy/a.json": BROKEN, "b.json": GOOD})
    assert found() == []
    assert len(found("legacy/a.json")) == 1
    assert found("legacy/a.json", "--force-exclude") == []


def test_a_path_twice_is_checked_once() -> None:
    write({"a/task.json": BROKEN})
    assert len(found("a", "a/task.json", ".")) == 1


def test_standard_input_has_the_name_it_is_given() -> None:
    result = run("-", "--stdin-filename", "deploy/x.json", stdin=BROKEN)
    assert result.status == 1
    assert "deploy/x.json:8:13" in result.stdout
    assert '"memory": "25600"' in result.stdout


def test_a_path_that_does_not_exist_ends_with_2_and_hides_nothing() -> None:
    write({"task.json": BROKEN})
    result = run("missing.json", "task.json", "--output-format", "concise")
    assert result.status == 2
    assert "missing.json: No such file" in result.stderr
    assert "FIT101" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        ([], 1),
        (["--exit-zero"], 0),
        (["--fail-on", "never"], 0),
        (["--fail-on", "error"], 1),
        (["--ignore", "FIT101"], 0),
        (["--ignore", "fargate-size"], 0),
        (["--ignore", "FIT1"], 0),
        (["--select", "FIT4"], 0),
        (["--select", "FIT4", "--extend-select", "FIT101"], 1),
        (["--select", "FIT101", "--ignore", "FIT1"], 1),
        (["--select", "FIT1", "--ignore", "FIT101"], 0),
        (["--select", "FIT79"], 2),
        (["--config", "none.yaml"], 2),
        (["--profile", "nosuch"], 2),
        (["--role", "none"], 2),
        (["--var", "novalue"], 2),
        (["--output-format", "none"], 2),
        (["--jobs", "-1"], 2),
        (["--nonsense"], 2),
    ],
)
def test_exit_status(arguments: list[str], status: int) -> None:
    write({"task.json": BROKEN})
    assert run("task.json", *arguments).status == status


def test_notes_and_warnings_fail_only_on_request() -> None:
    write({"task.json": GOOD.replace('"1024"', '"${CPU}"')})
    assert [code for code, _, _ in found()] == ["FIT004"]
    assert (run().status, run("--fail-on", "note").status) == (0, 1)
    assert run("--fail-on", "note", "--var", "CPU=1024").status == 0
    assert [code for code, _, _ in found("--var", "CPU=4096")] == ["FIT101"]


@pytest.mark.parametrize(
    ("config", "place"),
    [
        ("profil: x\n", 'taskfit.yaml:1:1: unknown key "profil"; did you mean "profile"?'),
        ("fail-on: sometimes\n", "taskfit.yaml:1:10:"),
        ("a: [\n", "taskfit.yaml:1:4:"),
        (
            "pricing: {profile: x}\n",
            'taskfit.yaml:1:11: unknown key "profile"; the keys here are region, discount-percent,',
        ),
        ("\nignore: [OWN999]\n", "taskfit.yaml:2:10: ignore: no rule matches 'OWN999'; `taskfit rule --all` lists"),
        ("ignore: [FIT1O1]\n", "no rule matches 'FIT1O1'; did you mean FIT101?"),
        ("severity: {NOPE: note}\n", "taskfit.yaml:1:12: severity: no rule matches 'NOPE'"),
        ("per-file-ignores: {a.json: [NOPE]}\n", "taskfit.yaml:1:20: per-file-ignores: no rule matches 'NOPE'"),
        ("profile: nope\n", "taskfit.yaml:1:1: profile: no profile 'nope'"),
        ("profile: nope.yaml\n", "taskfit.yaml:1:1: profile: no profile '"),
        (
            "role: wroker\n",
            "taskfit.yaml:1:1: role: no role of the profile mistersmith is called 'wroker'; did you mean",
        ),
        ("exclude: ['!']\n", "taskfit.yaml:1:1: exclude: "),
        ("jobs: -1\n", "taskfit.yaml:1:1: jobs: -1 is not a number"),
        (
            "required-sidecars: [oteel]\n",
            "required-sidecars: no kind of sidecar is called 'oteel'; did you mean 'otel'?",
        ),
        ("rules: [none.yaml]\n", "taskfit.yaml:1:9: rules: none.yaml: can't be read: No such file"),
        ("rules: ['x/*.yaml']\n", "taskfit.yaml:1:9: rules: x/*.yaml: no file matches this pattern"),
        ("\nbaseline: none.json\n", "taskfit.yaml:2:1: baseline: none.json can't be read: No such file"),
        ("pricing: {region: mars}\n", "taskfit.yaml:1:1: pricing: AWS has no region 'mars'"),
    ],
)
def test_a_broken_configuration_says_where_and_ends_with_2(config: str, place: str) -> None:
    write({"task.json": GOOD, "taskfit.yaml": config})
    result = run()
    assert result.status == 2
    assert place in result.stderr
    assert run("--isolated").status == 0


def test_a_broken_schema_in_a_rule_of_ones_own_is_reported_before_any_file_is_read() -> None:
    rule = {"code": "ACME001", "name": "a", "severity": "error", "summary": "s", "what": "w.", "why": "w.", "fix": "f."}
    examples = {"bad": [{"file": "{}"}], "good": [{"file": "{}"}]}
    write({"task.json": GOOD, "taskfit.yaml": "rules: [rule.yaml]\n"})
    write({"rule.yaml": json.dumps(rule | examples | {"schema": {"type": 5}}, indent=0)})
    result = run()
    assert result.status == 2
    assert "rule.yaml:20:1: `type`: 5 is not valid under any of the given schemas" in result.stderr


def test_the_nearest_configuration_counts() -> None:
    write({"taskfit.yaml": "ignore: [FIT101]\n", "a/task.json": BROKEN, "a/pyproject.toml": "[tool.other]\n"})
    assert found("a/task.json") == []
    write({"a/pyproject.toml": "[tool.taskfit]\nignore = ['FIT301']\n"})
    assert len(found("a/task.json")) == 1


def test_severities_and_files_of_ones_own() -> None:
    write({"task.json": BROKEN, "taskfit.yaml": "severity: {FIT1: note, FIT101: warning}\n"})
    assert run("--fail-on", "error").status == 0
    assert run().status == 1
    write({"taskfit.yaml": "per-file-ignores: {'*.json': [FIT101]}\n"})
    assert run().status == 0


OWN_RULE = """
code: ACME1
name: no-latest
severity: warning
summary: An image without a version
what: Reports images tagged latest.
why: Nobody knows what runs.
fix: Name a version.
target: container
schema: {properties: {image: {not: {pattern: ":latest$"}}}}
message: The image has no version.
bad: [{file: "{}"}]
good: [{file: "{}"}]
"""


def test_a_rule_of_ones_own() -> None:
    write({"rules/own.yaml": OWN_RULE, "taskfit.yaml": "rules: [rules/own.yaml]\n"})
    write({"a.json": GOOD.replace("nginx:1.27", "nginx:latest"), "b.json": GOOD.replace("nginx:1.27", "nginx:${TAG}")})
    assert found() == [("ACME1", "a.json", 13)]
    write({"rules/own.yaml": OWN_RULE.replace("ACME1", "FIT999")})
    assert "choose another prefix" in run().stderr


def test_the_page_of_a_rule_of_ones_own_steers_no_terminal_and_no_ci_service() -> None:
    hostile = OWN_RULE.replace("\nwhat: ", '\nwhat: "x\\n\\n::error::forged \\e[31m ##[error]forged"\nx-what: ', 1)
    hostile = "\n".join(line for line in hostile.split("\n") if not line.startswith("x-what"))
    write({"own.yaml": hostile, "taskfit.yaml": "rules: [own.yaml]\n"})
    for arguments in (["rule", "ACME1"], ["rule", "--all"]):
        result = invoke(*arguments)
        assert result.status == 0, result.stdout
        assert not any(mark in result.stdout for mark in ("\x1b", "##["))
        assert not any(line.lstrip().startswith("::") for line in result.stdout.splitlines())


@pytest.mark.parametrize("url", ["javascript:alert(1)", "https://e.com/a b", "https://e.com/{x}", "e.com"])
def test_a_source_has_an_address_of_the_web(url: str) -> None:
    write({"own.yaml": OWN_RULE + f"sources: [{{title: x, url: '{url}'}}]\n", "taskfit.yaml": "rules: [own.yaml]\n"})
    result = run()
    assert result.status == 2
    assert "not a web address" in result.stderr


@pytest.mark.parametrize("jobs", ["1", "2", "3"])
def test_the_same_bytes_whatever_the_number_of_jobs(jobs: str) -> None:
    write({f"t{number}.json": BROKEN.replace('"app"', f'"app{number}"') for number in range(7)})
    assert run("--jobs", jobs, "--output-format", "json").stdout == run("--jobs", "1", "--output-format", "json").stdout


def test_a_crashing_rule_is_named_and_hides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_case: object) -> None:
        raise ZeroDivisionError("by zero")

    write({"task.json": BROKEN})
    monkeypatch.setattr("taskfit.checks.resources.memory_undeclared", crash)
    result = run("--output-format", "concise")
    assert result.status == 2
    assert "FIT101" in result.stdout
    assert "task.json: rule FIT404 crashed: ZeroDivisionError: by zero (test_check.py:" in result.stderr


def test_configurations_that_extend_each_other_in_a_long_line_are_an_error() -> None:
    write({f"{number}.yaml": f"# comment\nextend: {number + 1}.yaml\n" for number in range(1100)})
    result = run("--config", "0.yaml")
    assert result.status == 2
    assert result.stderr == "error: 64.yaml:2:1: extends 65.yaml: more than 64 configurations in a line\n"


def test_a_crash_is_no_finding() -> None:
    script = (
        "import sys\nfrom taskfit import checking\nfrom taskfit.cli import main\n"
        "checking.check = None\nsys.argv[1:] = ['check', '--isolated']\nmain()\n"
    )
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert result.stderr.startswith("error: taskfit crashed; please report this:\n| Traceback")


def test_an_interrupted_run_found_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("taskfit.checking.check", interrupt)
    assert run().status == 130


GARBAGE: dict[str, bytes] = {
    "empty.json": b"",
    "binary.json": bytes(range(256)) * 40 + b"containerDefinitions",
    "deep.json": b'{"containerDefinitions": ' + b"[" * 10_000,
    "deep.yaml": b"containerDefinitions:\n" + b"".join(b" " * depth + b"a:\n" for depth in range(1, 1500)),
    "bomb.yaml": b"containerDefinitions: []\na: &a [x,x,x,x,x,x,x,x,x]\n"
    + b"".join(b"%c: &%c [%s]\n" % (c, c, b",".join([b"*%c" % (c - 1)] * 9)) for c in range(ord("b"), ord("k"))),
    "latin1.json": '{"family": "é", "containerDefinitions": []}'.encode("latin-1"),
    "utf16.json": '{"family": "e", "containerDefinitions": []}'.encode("utf-16"),
    "nul.yaml": b"containerDefinitions: \x00\n",
    "nan.json": b'{"family": "a", "containerDefinitions": [{"name": "a", "memory": NaN, "cpu": -1}]}',
    "infinite.json": b'{"family": "a", "containerDefinitions": [{"name": "a", "memory": 1e999, "cpu": -1}]}',
    "nested.json": b'{"family": "a b", "x": %s, "containerDefinitions": [{"name": "a"}]}' % (b"[" * 500 + b"]" * 500),
    "crowd.json": b'{"containerDefinitions": [' + b",".join([b'{"name": "a"}'] * 10_001) + b"]}",
    "number.json": b'{"family": "a", "containerDefinitions": [{"memory": 1' + b"0" * 6000 + b"}]}",
    "surrogate.json": b'{"family": "\\ud800", "containerDefinitions": [{"name": "\\udfff", "image": "a"}]}',
    "keys.json": b'{"family": 1, "containerDefinitions": [1, null, "a", [], {"name": [], "environment": {"a": 1}}]}',
}


def test_garbage_is_a_finding_and_hides_nothing() -> None:
    write({"good.json": BROKEN, **{f"garbage/{name}": content for name, content in GARBAGE.items()}})
    result = run("--output-format", "json")
    data = json.loads(result.stdout)
    paths = {item["path"] for item in data["findings"]}
    assert "Traceback" not in result.stdout
    assert result.status == 1, result.stderr
    assert "good.json" in paths
    assert {f"garbage/{name}" for name in GARBAGE} - paths <= {"garbage/empty.json"}


def test_a_large_file_is_read_and_one_that_is_too_large_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    padding = '"_padding": [' + ",".join(['"x"'] * 100_000) + "],"
    write({"large.json": BROKEN.replace("{", "{" + padding, 1), "small.json": BROKEN})
    assert found("large.json", "small.json") == [("FIT101", "large.json", 8), ("FIT101", "small.json", 8)]
    monkeypatch.setattr(plain, "MAX_JSON", 100_000)
    assert found("large.json", "small.json") == [("FIT001", "large.json", 1), ("FIT101", "small.json", 8)]


def test_a_text_that_is_not_strict_holds_a_bounded_number_of_values(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (json_text, yaml_text):
        monkeypatch.setattr(module, "MAX_NODES", 1000)
    write({"long.json": BROKEN.replace("{", '{"_padding": [' + "1," * 1000 + "],", 1)})
    assert found("long.json") == [("FIT001", "long.json", 1)]


def test_a_strict_text_holds_any_number_of_values_but_then_nothing_is_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(json_text, "MAX_NODES", 1000)
    write({"long.json": BROKEN.replace("{", '{"_padding": [' + "1," * 1000 + "1],", 1)})
    result = run("--output-format", "json")
    (finding,) = json.loads(result.stdout)["findings"]
    assert (result.status, result.stderr, finding["code"], finding["fix"]) == (1, "", "FIT101", None)


def test_names_and_numbers_of_any_length_are_cut_short() -> None:
    write({"task.json": json.dumps(task(app("n" * 9000, memory=int("9" * 300)), family="f" * 9000, cpu="9" * 9000))})
    output = run().stdout
    assert "FIT002" in output
    assert max(len(line) for line in output.splitlines()) < 1000


def test_links_are_not_followed_in_cycles_or_out_of_the_tree(tmp_path: Path) -> None:
    write({"a/task.json": BROKEN})
    outside = tmp_path.parent / f"{tmp_path.name}-outside"
    outside.mkdir()
    (outside / "task.json").write_text(BROKEN, encoding="utf-8")
    Path("a/loop").symlink_to("..")
    Path("self.json").symlink_to("self.json")
    Path("out").symlink_to(outside)
    Path("out.json").symlink_to(outside / "task.json")
    assert [path for _, path, _ in found()] == ["a/task.json"]
    result = run("self.json")
    assert result.status == 2
    assert "self.json:" in result.stderr


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_an_error_that_hides_nothing() -> None:
    write({"secret.json": BROKEN, "task.json": BROKEN})
    Path("secret.json").chmod(0)
    result = run("--output-format", "concise")
    assert result.status == 2
    assert "secret.json: Permission denied" in result.stderr
    assert "task.json" in result.stdout


def test_an_empty_path_is_not_this_folder() -> None:
    write({"task.json": BROKEN})
    result = run("", "--fix")
    assert (result.status, result.stderr) == (2, "error: '': an empty path names no file\n")
    assert Path("task.json").read_text(encoding="utf-8") == BROKEN


def test_a_folder_with_the_name_of_a_file_is_no_file() -> None:
    write({"x.json/task.json": BROKEN})
    assert [path for _, path, _ in found()] == ["x.json/task.json"]


def test_a_pipe_in_the_tree_is_not_opened() -> None:
    os.mkfifo("pipe.json")
    start = time.monotonic()
    assert run().status == 0
    named = run("pipe.json")
    assert (named.status, named.stderr) == (2, "error: pipe.json: is a named pipe\n")
    assert time.monotonic() - start < 30


def test_what_a_shell_pipes_in_is_read() -> None:
    require("cat")
    write({"task.json": BROKEN})
    command = [sys.executable, "-m", "taskfit", "check", "--isolated", "--output-format", "concise", "/dev/stdin"]
    with Path("task.json").open("rb") as stream, subprocess.Popen(["cat"], stdin=stream, stdout=subprocess.PIPE) as cat:
        result = subprocess.run(command, stdin=cat.stdout, capture_output=True, check=False)
    assert result.stdout.startswith(b"/dev/stdin:8:13: error[FIT101]")


@pytest.mark.parametrize(("stream", "status"), [("stdin", 2), ("stdout", 1), ("stderr", 1)])
def test_a_closed_stream_is_no_crash(stream: str, status: int) -> None:
    require("sh")
    write({"task.json": BROKEN})
    redirection = {"stdin": "<&-", "stdout": ">&-", "stderr": "2>&-"}[stream]
    command = f'"{sys.executable}" -m taskfit check {"-" if stream == "stdin" else "task.json"} {redirection}'
    result = subprocess.run(["sh", "-c", command], capture_output=True, check=False)
    assert (result.returncode, b"Traceback" in result.stderr) == (status, False)


def test_output_goes_to_a_file() -> None:
    write({"task.json": BROKEN})
    result = run("--output-format", "json", "--output-file", "report.json")
    assert (result.status, result.stdout) == (1, "")
    assert json.loads(Path("report.json").read_text(encoding="utf-8"))["summary"]["error"] == 1
    assert run("--output-file", "no/such/folder").status == 2


def test_colour_is_for_terminals_and_those_who_ask(monkeypatch: pytest.MonkeyPatch) -> None:
    write({"task.json": BROKEN})
    assert "\x1b[" not in run().stdout
    assert "\x1b[" in run("--color", "always").stdout
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert "\x1b[" in run().stdout
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[" not in run().stdout


def test_the_library_prints_nothing_and_says_what_failed(capfd: pytest.CaptureFixture[str]) -> None:
    write({"task.json": BROKEN})
    report = taskfit.check(["task.json", "none.json"], ignore=("FIT2",))
    assert [finding.code for finding in report.findings] == ["FIT101"]
    assert report.failures == ("none.json: No such file or directory",)
    assert capfd.readouterr() == ("", "")


def test_a_file_is_named_as_it_was_given(tmp_path: Path) -> None:
    write({"a/task.json": BROKEN})
    assert [path for _, path, _ in found("./a/../a/task.json")] == ["a/task.json"]
    assert [path for _, path, _ in found(str(tmp_path / "a"))] == [f"{tmp_path}/a/task.json"]
    assert File("x", None).content() == b""


@pytest.mark.parametrize("command", [["chek"], ["check", "--help"], ["--help"], ["--version"], []])
def test_the_command_line_explains_itself(command: list[str]) -> None:
    result = invoke(*command)
    assert result.status == (2 if command in (["chek"], []) else 0)
    assert "check" in result.both or "taskfit" in result.both


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "list.json",
            '[{"ParameterKey": "Cpu", "ParameterValue": "8192"}, {"ParameterKey": "B", "UsePreviousValue": true}]',
        ),
        ("pairs.json", '["Cpu=8192"]'),
        ("pipeline.json", '{"Parameters": {"Cpu": 8192, "Subnets": ["a", "b"]}, "Tags": {"Cpu": "1"}}'),
        ("git-sync.yaml", "template-file-path: a.yaml\nparameters: {}\nParameters: {Cpu: '8192'}\n"),
        ("plain.tfvars", "Cpu = 4096 * 2\nother = { a = 1 }\n"),
        ("plain.tfvars.json", '{"Cpu": 8192, "other": {"a": 1}}'),
    ],
)
def test_values_come_from_files(taskfit: CommandLine, tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "web.json").write_text('{"family": "a", "cpu": "${Cpu}", "containerDefinitions": []}', encoding="utf-8")
    options = ("--select", "FIT101,FIT102", "--launch-type", "fargate", "--output-format", "concise", "--quiet")
    assert "8192" not in taskfit("check", "web.json", *options, folder=tmp_path).stdout
    assert "8192" in taskfit("check", "web.json", *options, "--var-file", name, folder=tmp_path).stdout
    assert (
        "8192"
        not in taskfit("check", "web.json", *options, "--var-file", name, "--var", "Cpu=256", folder=tmp_path).stdout
    )
    (tmp_path / "taskfit.yaml").write_text(f"var-file: [{name}]\n", encoding="utf-8")
    assert "8192" in taskfit("check", "web.json", *options, folder=tmp_path).stdout


@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("a.json", '[{"Key": "Cpu"}]', "a.json:1:2"),
        ("a.json", "7", "a.json:1:1"),
        ("a.json", "{", "a.json:1:1"),
        ("a.tfvars", "cpu = \n", "a.tfvars:2:1"),
        ("none.json", None, "none.json:1:1"),
    ],
)
def test_a_file_of_values_that_can_not_be_used_fails_the_run(
    taskfit: CommandLine, tmp_path: Path, name: str, text: str | None, place: str
) -> None:
    if text is not None:
        (tmp_path / name).write_text(text, encoding="utf-8")
    outcome = taskfit("check", ".", "--var-file", name, folder=tmp_path)
    assert outcome.status == 2
    assert place in outcome.stderr


def test_a_region_without_prices_is_said_and_costs_nothing() -> None:
    write({"task.json": BROKEN, "taskfit.yaml": "pricing: {region: me-central-1}\n"})
    result = run("--output-format", "json")
    (finding,) = json.loads(result.stdout)["findings"]
    assert {size["monthly_usd"] for size in finding["data"]["nearest"]} == {None}
    assert result.stderr == "no Fargate prices are known for me-central-1: costs are left out\n"


PARAMETERS = """Parameters:
  Cpu: {Type: String}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties: {Cpu: !Ref Cpu, ContainerDefinitions: [{Name: a, Image: x:1}]}
"""


@pytest.mark.parametrize(
    ("files", "name", "near"),
    [
        ({"task.json": GOOD.replace('"1024"', '"${CPU}"')}, "CPUS", "CPU"),
        ({"task.json": GOOD.replace('"1024"', '"${CPU}"')}, "cpu", "CPU"),
        ({"task.json": GOOD.replace('"1024"', '"{{ must_env `TASK_CPU` }}"')}, "TASKCPU", "TASK_CPU"),
        ({"task.yaml": PARAMETERS}, "Cpus", "Cpu"),
        ({"main.tf": 'variable "size" {}\nlocals { x = var.size }\n'}, "sizes", "size"),
        ({"task.json": GOOD}, "CPU", None),
    ],
)
def test_a_value_for_a_name_that_no_file_uses_is_said_once(
    files: dict[str, str | bytes], name: str, near: str | None
) -> None:
    write({**files, "other.json": GOOD})
    end = f"; did you mean '{near}'?" if near else ""
    result = run("--var", f"{name}=1024", "--exit-zero")
    assert (result.status, result.stderr) == (0, f"--var {name}: no file uses this name{end}\n")
    assert run("--var", f"{name}=1024", "--exit-zero", "--quiet").stderr == ""
    assert run("--var", f"{name}=1024", "--exit-zero", "--force-exclude").stderr == ""
    if near:
        assert run("--var", f"{near}=1024", "--exit-zero").stderr == ""


def test_a_file_beside_or_below_a_checked_one_may_use_a_value() -> None:
    write({"main.tf": "locals { x = 1 }\n", "variables.tf": 'variable "size" {}\n', "stacks/a.yaml": PARAMETERS})
    assert run("main.tf", "--var", "size=1", "--var", "Cpu=256").stderr == ""
    assert "no file uses this name" in run("stacks", "--var", "size=1").stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--write-baseline", "--fix"), "it goes without --fix and --diff"),
        (("--write-baseline", "--diff"), "it goes without --fix and --diff"),
        (("--stdin-filename", "x.json", "."), "give `-` as a path"),
        (("--statistics", "--output-format", "json"), "it goes without --output-format"),
        (("--diff", "--output-format", "json"), "--diff writes only the changes, as text; it goes without"),
        (("--write-baseline", "--output-file", "x"), "--write-baseline writes only the baseline; it goes without"),
    ],
)
def test_options_that_would_be_ignored_are_an_error(arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert (result.status, result.stdout) == (2, "")
    assert words in result.stderr
    assert not Path("taskfit-baseline.json").exists()


def test_markdown_tells_pairs_of_numbers_from_alternatives() -> None:
    (rule,) = bundled.pages("FIT911")
    Path("web.yaml").write_text(rule.bad[0].file, encoding="utf-8")
    page = run("web.yaml", "--select", "FIT911", "--output-format", "markdown").stdout
    assert "| 100 and 100 | 100 and 200 |" in page


@pytest.mark.parametrize(
    ("arguments", "old", "new", "reason"),
    [
        ((), "", "", "its names contain a word for that role"),
        (("--role", "worker"), "", "", "the run sets that role"),
        ((), '"family"', '"tags": [{"key": "taskfit:role", "value": "worker"}], "family"', "`taskfit:role` says so"),
    ],
)
def test_a_role_without_a_capacity_comes_with_its_reason(
    arguments: tuple[str, ...], old: str, new: str, reason: str
) -> None:
    (rule,) = bundled.pages("FIT206")
    Path("task.json").write_text(rule.bad[0].file.replace(old, new, 1), encoding="utf-8")
    page = run("task.json", "--select", "FIT206", "--profile", "mistersmith", *arguments).stdout
    assert f"This is taken for a worker of the mistersmith profile, because {reason}. It sets no MAX_AGENTS" in page
    assert "If it is not a worker, set a tag or docker label `taskfit:role` to none; `profile: none`" in page


def test_a_role_that_a_condition_names_comes_with_its_reason() -> None:
    role = "{unit: jobs, match: {family: web}, capacity: [{variable: JOBS}], cpu: [{label: jobs, amount: 64, per: 1}]}"
    Path("acme.yaml").write_text(f"name: acme\nroles:\n  api: {role}\n", encoding="utf-8")
    Path("task.json").write_text(json.dumps({"family": "web", "containerDefinitions": [app()]}), encoding="utf-8")
    page = run("task.json", "--select", "FIT206", "--profile", "acme.yaml").stdout
    assert "This is taken for an api of the acme profile, because it meets that role's `match`. It sets no JOBS" in page
