"""`taskfit check --fix`, `--unsafe-fixes` and `--diff` as users run them, on files of their own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, CommandLine, Golden
from hypothesis import given, settings
from hypothesis import strategies as st

from taskfit import checking, writing
from taskfit.config.settings import Configuration
from taskfit.engine import fixing
from taskfit.engine.unified import unified_diff
from taskfit.finding import Change, Edit, Finding, Fix, Severity, Span
from taskfit.fixes import fixed_files
from taskfit.session import Session
from taskfit.sources import reader
from taskfit.sources.document import Document
from taskfit.sources.files import File

FLAWED = """\
{
  "family": "web",
  "requiresCompatibilities": ["FARGATE"],
  "networkMode": "bridge",
  "cpu": "256",
  "memory": "512",
  "containerDefinitions": [{"name": "web", "image": "nginx:1.27", "essential": true}]
}
"""
FIXED = FLAWED.replace("bridge", "awsvpc")
WORKER = """\
family: mistersmith-worker  # ours
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: "1024"
memory: "2048"
containerDefinitions:
  - name: worker
    image: worker:1
    environment: [{name: MAX_AGENTS, value: "4"}]
"""


@pytest.fixture
def web(tmp_path: Path) -> Path:
    path = tmp_path / "web.json"
    path.write_text(FLAWED, encoding="utf-8")
    return path


def test_a_file_is_fixed_in_place_and_what_remains_is_reported(taskfit: CommandLine, web: Path) -> None:
    outcome = taskfit("check", "--fix", "web.json", folder=web.parent)
    assert outcome.status == 0
    assert outcome.stdout == "All checks passed. Checked 1 task definition in 1 file.\n"
    assert outcome.stderr == "Fixed 1 finding in 1 file.\n"
    assert web.read_text(encoding="utf-8") == FIXED
    assert [path.name for path in web.parent.iterdir()] == ["web.json"]


def test_a_second_run_changes_nothing(taskfit: CommandLine, web: Path) -> None:
    taskfit("check", "--fix", "--quiet", folder=web.parent)
    before = web.stat()
    outcome = taskfit("check", "--fix", "--quiet", folder=web.parent)
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "", "")
    assert (web.stat().st_ino, web.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)


def test_unsafe_fixes_are_made_on_request_only(taskfit: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "worker.yaml"
    path.write_text(WORKER, encoding="utf-8")
    for arguments in (("--fix",), ("--unsafe-fixes",)):
        outcome = taskfit("check", *arguments, folder=tmp_path)
        assert outcome.status == 1
        assert "2 fixable with `--fix --unsafe-fixes`." in outcome.stdout
        assert path.read_text(encoding="utf-8") == WORKER
    outcome = taskfit("check", "--fix", "--unsafe-fixes", folder=tmp_path)
    assert outcome.status == 0
    assert path.read_text(encoding="utf-8") == WORKER.replace("2048", "3072") + (
        "  - name: otel\n"
        "    image: public.ecr.aws/aws-observability/aws-otel-collector:v0.49.0\n"
        "    essential: false\n"
        "    cpu: 256\n"
        "    memory: 512\n"
        "    environment:\n"
        "      - name: OTEL_EXPORTER_OTLP_ENDPOINT\n"
        "        value: http://localhost:4317\n"
        "      - name: METRICS_INTERVAL\n"
        '        value: "60"\n'
    )


def test_a_diff_shows_what_would_change(taskfit: CommandLine, golden: Golden) -> None:
    outcome = taskfit("check", "examples/broken", "--diff", "--unsafe-fixes")
    assert outcome.status == 1
    assert outcome.stderr.startswith("Would fix ")
    golden("broken.diff", outcome.stdout)


@pytest.mark.parametrize(
    "finish",
    [
        lambda text: text,
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.rstrip("\n"),
        lambda text: "\ufeff" + text,
        lambda text: "{" + text[2:-2] + "}",
    ],
    ids=["as it is", "CRLF", "no last line end", "byte order mark", "braces beside"],
)
def test_a_diff_can_be_applied(web: Path, finish: Callable[[str], str]) -> None:
    web.write_bytes(finish(FLAWED).encode())
    (fixed,) = fixed_files(Session.under(Configuration()), [str(web)])
    patch = unified_diff(fixed._replace(name=web.name)).encode()
    subprocess.run(["git", "apply", "-p0"], cwd=web.parent, input=patch, check=True)
    assert web.read_bytes() == fixed.after == finish(FIXED).encode()


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d\n", "e\r\n", "\n"]), min_size=1, max_size=40)


@given(LINES, LINES)
@settings(max_examples=50)
def test_a_diff_leads_from_any_text_to_any_other(
    tmp_path_factory: pytest.TempPathFactory, old: list[str], new: list[str]
) -> None:
    before, after = "".join(old).encode(), "".join(new).encode()
    if before == after:
        return
    folder = tmp_path_factory.mktemp("diff")
    (folder / "task.json").write_bytes(before)
    patch = unified_diff(fixing.FixedFile("task.json", None, before, after, 1, is_settled=True)).encode()
    subprocess.run(["git", "apply", "-p0", "--whitespace=nowarn"], cwd=folder, input=patch, check=True)
    assert (folder / "task.json").read_bytes() == after


def test_a_diff_shows_three_lines_around_each_change() -> None:
    before = b"".join(b"line %d\n" % number for number in range(30))
    after = before.replace(b"line 9\n", b"other\n").replace(b"line 20\n", b"line 20\nline 3\n")
    shown = unified_diff(fixing.FixedFile("task.json", None, before, after, 2, is_settled=True))
    assert shown.splitlines()[2::8] == ["@@ -7,7 +7,7 @@", " line 12", " line 23"]
    assert [line for line in shown.splitlines() if line[0] in "+-"][2:] == ["-line 9", "+other", "+line 3"]


def test_a_diff_without_safe_fixes_says_how_many_findings_have_others(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "worker.yaml").write_text(WORKER, encoding="utf-8")
    outcome = taskfit("check", "--diff", folder=tmp_path)
    assert (outcome.status, outcome.stdout) == (0, "")
    assert outcome.stderr == "No safe fix to show; --unsafe-fixes fixes 2 findings.\n"
    assert not taskfit("check", "--diff", "--quiet", folder=tmp_path).stderr


def test_a_diff_of_nothing_is_empty(taskfit: CommandLine, web: Path) -> None:
    web.write_text(FIXED, encoding="utf-8")
    outcome = taskfit("check", "--diff", folder=web.parent)
    assert (outcome.status, outcome.stdout) == (0, "")
    assert outcome.stderr == "No fix to show.\n"
    assert taskfit("check", "--diff", "--unsafe-fixes", folder=web.parent).stderr == "No fix to show.\n"
    assert not taskfit("check", "--diff", "--quiet", folder=web.parent).stderr


def test_a_diff_of_hostile_text_cannot_steer_a_terminal(taskfit: CommandLine, web: Path) -> None:
    hostile = FLAWED.replace('  "cpu"', '  // \x1b[31mred \u202e\n  "cpu"')
    web.write_text(hostile, encoding="utf-8")
    outcome = taskfit("check", "--diff", folder=web.parent)
    assert "   // \\x1b[31mred \\u202e\n" in outcome.stdout


def test_no_line_of_a_diff_is_a_command_for_a_ci_service(taskfit: CommandLine, web: Path) -> None:
    web.write_text(FLAWED.replace('  "cpu"', '  /*\n  ::error::forged\n  */\n  "cpu"'), encoding="utf-8")
    outcome = taskfit("check", "--diff", folder=web.parent)
    assert "   \\x3a:error::forged\n" in outcome.stdout
    assert not any(line.lstrip().startswith("::") for line in outcome.stdout.splitlines())


def test_git_shows_nothing_but_the_values(taskfit: CommandLine, tmp_path: Path) -> None:
    shutil.copytree(ROOT / "examples" / "broken", tmp_path, dirs_exist_ok=True)
    subprocess.run(["git", "init", "-q"], cwd=tmp_path, check=True)
    subprocess.run(["git", "add", "-A"], cwd=tmp_path, check=True)
    taskfit("check", "--fix", folder=tmp_path)
    diff = subprocess.run(["git", "diff", "-U0"], cwd=tmp_path, check=True, capture_output=True, text=True).stdout
    changed = [line for line in diff.splitlines() if line.startswith(("+ ", "- "))]
    assert changed == [
        "-      - {containerPort: 8443, hostPort: 443}",
        "+      - {containerPort: 8443, hostPort: 8443}",
        "-      interval: 1",
        "+      interval: 5",
        '-  "networkMode": "bridge",',
        '+  "networkMode": "awsvpc",',
        '-      "portMappings": [{"containerPort": "8080"}],',
        '+      "portMappings": [{"containerPort": 8080}],',
        '-  "memory": "25600",',
        '+  "memory": "28672",',
    ]


def test_standard_input_is_fixed_to_standard_output(taskfit: CommandLine) -> None:
    outcome = taskfit("check", "--fix", "-", stdin=FLAWED)
    assert outcome.status == 0
    assert outcome.stdout == FIXED
    assert "All checks passed" in outcome.stderr


def test_standard_input_without_a_definition_comes_out_as_it_is(taskfit: CommandLine) -> None:
    assert taskfit("check", "--fix", "--quiet", "-", stdin='{"a": 1}').stdout == '{"a": 1}'


def test_a_diff_of_standard_input(taskfit: CommandLine) -> None:
    outcome = taskfit("check", "--diff", "-", "--stdin-filename", "deploy/web.json", stdin=FLAWED)
    assert outcome.stdout.startswith("--- deploy/web.json\n+++ deploy/web.json\n@@ ")


def test_what_is_suppressed_or_ignored_is_not_fixed(taskfit: CommandLine, web: Path) -> None:
    for settings_text in (
        "ignore: [FIT103]\n",
        "per-file-ignores: {web.json: [FIT103]}\n",
        "suppressions: [{rule: FIT103, reason: later}]\n",
    ):
        (web.parent / "taskfit.yaml").write_text(settings_text, encoding="utf-8")
        taskfit("check", "--fix", folder=web.parent)
        assert web.read_text(encoding="utf-8") == FLAWED


def test_what_is_in_the_baseline_is_not_fixed(taskfit: CommandLine, web: Path) -> None:
    taskfit("check", "--write-baseline", "--baseline", "known.json", folder=web.parent)
    assert taskfit("check", "--fix", "--baseline", "known.json", folder=web.parent).status == 0
    assert web.read_text(encoding="utf-8") == FLAWED


def test_the_mode_of_a_file_stays(taskfit: CommandLine, web: Path) -> None:
    web.chmod(0o640)
    taskfit("check", "--fix", folder=web.parent)
    assert web.read_text(encoding="utf-8") == FIXED
    assert web.stat().st_mode & 0o777 == 0o640


def test_a_read_only_file_is_a_clear_failure(taskfit: CommandLine, web: Path) -> None:
    web.chmod(0o444)
    outcome = taskfit("check", "--fix", folder=web.parent)
    assert outcome.status == 2
    assert "error: web.json: not fixed, because it is read-only\n" in outcome.stderr
    assert "FIT103" in outcome.stdout
    assert web.read_text(encoding="utf-8") == FLAWED


def test_a_link_is_followed_within_the_tree_only(taskfit: CommandLine, web: Path) -> None:
    inside = web.parent / "tree"
    inside.mkdir()
    (inside / "target.json").write_text(FLAWED, encoding="utf-8")
    (inside / "near.json").symlink_to("target.json")
    (inside / "far.json").symlink_to(web)
    outcome = taskfit("check", "--fix", "near.json", folder=inside)
    assert outcome.status == 0
    assert (inside / "near.json").is_symlink()
    assert (inside / "target.json").read_text(encoding="utf-8") == FIXED
    outcome = taskfit("check", "--fix", "far.json", folder=inside)
    assert outcome.status == 2
    assert "far.json: not fixed, because it is a link to" in outcome.stderr
    assert web.read_text(encoding="utf-8") == FLAWED


def test_a_folder_that_is_a_link_leads_not_out_of_the_tree(taskfit: CommandLine, web: Path) -> None:
    inside = web.parent / "tree"
    inside.mkdir()
    (inside / "far").symlink_to(web.parent)
    outcome = taskfit("check", "--fix", "far/web.json", folder=inside)
    assert (outcome.status, web.read_text(encoding="utf-8")) == (2, FLAWED)
    assert "far/web.json: not fixed, because it is a link to" in outcome.stderr
    outcome = taskfit("check", "--fix", "far/web.json", "far", folder=inside)
    assert (outcome.status, web.read_text(encoding="utf-8")) == (0, FIXED)


def test_a_file_that_changed_meanwhile_is_not_overwritten(web: Path) -> None:
    (fixed,) = fixed_files(Session.under(Configuration()), [str(web)])
    web.write_text(FLAWED + "\n", encoding="utf-8")
    with pytest.raises(fixing.UnwritableError, match="has changed since it was read"):
        fixing.write(fixed, [web.parent])
    assert web.read_text(encoding="utf-8") == FLAWED + "\n"


def test_what_another_program_writes_while_a_fix_is_written_is_not_lost(
    taskfit: CommandLine, web: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy_owner_and_mode = writing._copy_owner_and_mode

    def edited_meanwhile(temporary: Path, target: Path) -> None:
        copy_owner_and_mode(temporary, target)
        web.write_text(FLAWED + "\n", encoding="utf-8")

    monkeypatch.setattr(writing, "_copy_owner_and_mode", edited_meanwhile)
    outcome = taskfit("check", "--fix", "web.json", "--isolated", folder=web.parent)
    assert outcome.status == 2
    assert "error: web.json: not fixed, because it has changed since it was read\n" in outcome.stderr
    assert [(path.name, path.read_text(encoding="utf-8")) for path in web.parent.iterdir()] == [
        ("web.json", FLAWED + "\n")
    ]


def test_nothing_is_left_behind_where_a_file_cannot_be_replaced(web: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (fixed,) = fixed_files(Session.under(Configuration()), [str(web)])

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", refuse)
    with pytest.raises(fixing.UnwritableError, match=r"can't be written: Permission denied"):
        fixing.write(fixed, [web.parent])
    assert [path.name for path in web.parent.iterdir()] == ["web.json"]
    assert web.read_text(encoding="utf-8") == FLAWED


def test_only_the_definition_in_question_changes(tmp_path: Path) -> None:
    path = tmp_path / "both.json"
    sound = json.loads(FIXED)
    path.write_text(json.dumps([sound, json.loads(FLAWED), sound], indent=2), encoding="utf-8")
    (fixed,) = fixed_files(Session.under(Configuration()), [str(path)])
    assert json.loads(fixed.after) == [sound, sound, sound]
    assert fixed.number == 1


def finding(changes: tuple[Change, ...], *edits: Edit) -> Finding:
    fix = Fix("safe", edits, changes)
    return Finding("FIT103", "x", Severity.ERROR, "x", "web.json", Span(1, 1, 1, 1), fix=fix)


MODE = Span(4, 18, 4, 26)


def fix_with(*findings: Finding) -> fixing.Fixed:
    """What becomes of the flawed definition where the first check finds this, and the next ones nothing."""
    answers = iter([findings])
    return fixing.fix_content(
        FLAWED.encode(), lambda _: next(answers, ()), lambda content: reader.read(content, {}), unsafe=False
    )


def test_an_edit_that_does_something_else_than_it_says_is_not_made() -> None:
    change = (Change("replace", "/networkMode", "awsvpc"),)
    for edit in (
        Edit(MODE, '"host"'),
        Edit(MODE, '"awsvpc'),
        Edit(MODE, '"awsvpc", "cpu": "512"'),
        Edit(Span(5, 10, 5, 15), '"awsvpc"'),
        Edit(Span(1, 1, 8, 2), "{}"),
    ):
        assert fix_with(finding(change, edit)) == (FLAWED.encode(), 0, True)
    assert fix_with(finding(change, Edit(MODE, '"awsvpc"'))).content == FIXED.encode()


def test_one_bad_edit_keeps_no_other_from_being_made() -> None:
    good = finding((Change("replace", "/networkMode", "awsvpc"),), Edit(MODE, '"awsvpc"'))
    bad = finding((Change("replace", "/cpu", "512"),), Edit(Span(5, 10, 5, 15), "oops"))
    assert fix_with(bad, good).content == FIXED.encode()


def test_a_few_bad_edits_among_many_keep_no_other_from_being_made_and_cost_few_tries() -> None:
    names = [f"N{number}" for number in range(200)]
    content = json.dumps({"family": "f", "containerDefinitions": [{"name": "a", "stopTimeout": 1} for _ in names]})
    starts = [match.end() for match in re.finditer('"stopTimeout": ', content)]
    reads = 0

    def read(content: bytes) -> Document:
        nonlocal reads
        reads += 1
        return reader.read(content, {})

    def fix(number: int) -> Finding:
        change = Change("replace", f"/containerDefinitions/{number}/stopTimeout", 2)
        span = Span(1, starts[number] + 1, 1, starts[number] + 2)
        return finding((change,), Edit(span, "3" if number in (7, 130) else "2"))

    answers = iter([[fix(number) for number in range(200)]])
    fixed = fixing.fix_content(content.encode(), lambda _: next(answers, []), read)
    assert fixed.number == 198
    assert fixed.content.count(b'"stopTimeout": 1') == 2
    assert reads < fixing.MAX_TRIES


def test_the_same_change_by_two_rules_is_made_once() -> None:
    both = finding((Change("replace", "/networkMode", "awsvpc"),), Edit(MODE, '"awsvpc"'))
    assert fix_with(both, both) == (FIXED.encode(), 2, True)


def test_of_two_fixes_of_one_value_the_first_is_made() -> None:
    first = finding((Change("replace", "/networkMode", "awsvpc"),), Edit(MODE, '"awsvpc"'))
    second = finding((Change("replace", "/networkMode", "host"),), Edit(MODE, '"host"'))
    assert fix_with(first, second) == (FIXED.encode(), 1, True)


def test_fixes_that_undo_each_other_come_to_an_end() -> None:
    def check(content: bytes) -> tuple[Finding, ...]:
        new = "host" if b"bridge" in content else "bridge"
        end = MODE.column + len("host" if b'"host"' in content else "bridge") + 2
        return (finding((Change("replace", "/networkMode", new),), Edit(MODE._replace(end_column=end), f'"{new}"')),)

    fixed = fixing.fix_content(FLAWED.encode(), check, lambda content: reader.read(content, {}))
    assert not fixed.is_settled
    assert fixed.number == fixing.MAX_ROUNDS


CPUS = st.sampled_from([256, 300, 512, 1000, 1024, 2048, 4096, 8192, 16384, 32768])
MEMORIES = st.sampled_from([256, 512, 1000, 2048, 3000, 4096, 8192, 25600, 61440])


@settings(max_examples=50)
@given(
    role=st.sampled_from(["worker", "supervisor", "gateway"]),
    capacity=st.integers(1, 12_000),
    size=st.tuples(CPUS, MEMORIES),
    shares=st.lists(st.tuples(st.none() | CPUS, st.none() | MEMORIES), min_size=1, max_size=3),
    fargate=st.booleans(),
)
def test_whatever_the_sizes_are_fixing_them_comes_to_an_end(
    role: str,
    capacity: int,
    size: tuple[int, int],
    shares: list[tuple[int | None, int | None]],
    *,
    fargate: bool,
) -> None:
    variable = "MAX_CONNECTIONS" if role == "gateway" else "MAX_AGENTS"
    containers = [
        {
            "name": f"c{number}",
            "image": "otel-collector:1" if number == 1 else "app:1",
            **({"cpu": cpu} if cpu else {}),
            **({"memory" if number else "memoryReservation": memory} if memory else {}),
            "environment": [] if number else [{"name": variable, "value": str(capacity)}],
        }
        for number, (cpu, memory) in enumerate(shares)
    ]
    definition = {
        "family": f"mistersmith-{role}",
        "requiresCompatibilities": ["FARGATE" if fargate else "EC2"],
        "networkMode": "awsvpc",
        "cpu": str(size[0]),
        "memory": str(size[1]),
        "containerDefinitions": containers,
    }
    content = json.dumps(definition).encode()
    for fixed in fixed_files(Session.under(Configuration()), ["-"], File("x.json", data=content), unsafe=True):
        assert fixed.is_settled, (content, fixed.after)
        after = File("x.json", data=fixed.after)
        assert list(fixed_files(Session.under(Configuration()), ["-"], after, unsafe=True)) == []
        left = {found.code for found in checking.check(Session.under(Configuration()), ["-"], after).findings}
        has_room = sum(cpu or 0 for cpu, _ in shares) <= 32768 - 256  # for a sidecar, too, in the largest size
        assert not has_room or not left & {"FIT101", "FIT301"}


def fixed_unsafely(definition: dict[str, object]) -> tuple[dict[str, object], set[str]]:
    """A definition as unsafe fixes leave it, and the errors in that."""
    content = json.dumps(definition).encode()
    for fixed in fixed_files(Session.under(Configuration()), ["-"], File("x.json", data=content), unsafe=True):
        content = fixed.after
    report = checking.check(Session.under(Configuration()), ["-"], File("x.json", data=content))
    return json.loads(content), {found.code for found in report.findings if found.severity is Severity.ERROR}


def test_not_all_containers_become_dispensable() -> None:
    sidecars = [
        {"name": "otel", "image": "otel/opentelemetry-collector:1", "essential": True, "cpu": 256, "memory": 512},
        {"name": "xray", "image": "amazon/aws-xray-daemon:3", "essential": True, "cpu": 32, "memory": 64},
    ]
    app = {"name": "app", "image": "app:1", "essential": False}
    task = {"family": "mistersmith-worker", "cpu": "1024", "memory": "4096", "requiresCompatibilities": ["EC2"]}
    _, errors = fixed_unsafely({**task, "containerDefinitions": [app, *sidecars]})
    assert "FIT406" not in errors
    after, _ = fixed_unsafely({**task, "containerDefinitions": [{**app, "essential": True}, *sidecars]})
    assert [item["essential"] for item in after["containerDefinitions"]] == [True, False, False]  # type: ignore[attr-defined]


@pytest.mark.parametrize(("cpu", "expected"), [("384", "512"), ("640", "640")])
def test_a_sidecar_is_added_with_room_for_it(cpu: str, expected: str) -> None:
    """On EC2, where a task may give its cpu alone."""
    task = {"family": "mistersmith-worker", "cpu": cpu, "requiresCompatibilities": ["EC2"]}
    app = {"name": "app", "image": "app:1", "cpu": 256, "memory": 512}
    after, errors = fixed_unsafely({**task, "containerDefinitions": [app]})
    assert (after["cpu"], len(after["containerDefinitions"])) == (expected, 2)  # type: ignore[arg-type]
    assert "FIT401" not in errors


def test_a_sidecar_that_nothing_has_room_for_is_not_added() -> None:
    task = {"family": "mistersmith-worker", "cpu": "300", "requiresCompatibilities": ["FARGATE"]}
    app = {"name": "app", "image": "app:1", "cpu": 256, "memory": 512}
    after, _ = fixed_unsafely({**task, "containerDefinitions": [app]})
    assert len(after["containerDefinitions"]) == 1  # type: ignore[arg-type]


def test_every_reading_of_a_value_is_fixed(taskfit: CommandLine, tmp_path: Path) -> None:
    text = (
        "Parameters: {Size: {Type: String, Default: a, AllowedValues: [a, b]}}\n"
        "Conditions: {Big: !Equals [!Ref Size, b]}\n"
        "Resources:\n"
        "  Web:\n"
        "    Type: AWS::ECS::TaskDefinition\n"
        "    Properties:\n"
        "      Family: web\n"
        "      RequiresCompatibilities: [FARGATE]\n"
        "      NetworkMode: awsvpc\n"
        "      Cpu: 1024\n"
        "      Memory: !If [Big, '2500', '2600']\n"
        "      ContainerDefinitions: [{Name: web, Image: nginx}]\n"
    )
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    outcome = taskfit("check", "--fix", "template.yaml", folder=tmp_path)
    assert (outcome.status, outcome.stderr) == (0, "Fixed 1 finding in 1 file.\n")
    assert path.read_text(encoding="utf-8") == text.replace("2500", "3072").replace("2600", "3072")
