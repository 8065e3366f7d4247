"""What a checked repository may make taskfit read and write: nothing outside of it, nothing of git's, nothing without end."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from bad_cases import BAD
from conftest import run, write
from team_rules import team_rule

pytestmark = pytest.mark.usefixtures("in_a_repository")

BROKEN = json.dumps(BAD["pair-8192-25600"][0], indent=2)

RULE = team_rule({"required": ["tags"]}, BROKEN)


@pytest.fixture
def outside(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file elsewhere, which nobody may touch."""
    path = tmp_path_factory.mktemp("outside") / "precious.txt"
    path.write_text("precious", encoding="utf-8")
    return path


WRITING = [
    ("--output-format", "json", "--output-file", "{}"),
    ("--output-format", "text", "--output-format", "sarif", "--output-file", "{}"),
    ("--write-baseline", "--baseline", "{}"),
]


@pytest.mark.parametrize("arguments", WRITING, ids=lambda arguments: arguments[-2])
def test_a_link_that_leads_out_is_not_written_through(arguments: tuple[str, ...], outside: Path) -> None:
    write({"task.json": BROKEN, ".git/hooks/post-checkout": "precious"})
    Path("out.json").symlink_to(outside)
    Path("folder").symlink_to(outside.parent)
    Path("hook.json").symlink_to(".git/hooks/post-checkout")
    for name, words in (
        ("out.json", "is a link to"),
        ("folder/precious.txt", "is a link to"),
        (str(Path("out.json").absolute()), "is a link to"),
        ("hook.json", "which is git's own"),
        (".git/hooks/post-checkout", "which is git's own"),
    ):
        result = run(*(argument.format(name) for argument in arguments))
        assert result.status == 2
        assert words in result.stderr or "not a baseline" in result.stderr, result.stderr
    assert outside.read_text() == Path(".git/hooks/post-checkout").read_text() == "precious"


def test_a_baseline_of_the_configuration_leads_nowhere_else(outside: Path) -> None:
    outside.unlink()
    write({"task.json": BROKEN, "taskfit.yaml": "baseline: known.json\n"})
    Path("known.json").symlink_to(outside)
    assert run("--write-baseline").status == 2
    assert not outside.exists()


def test_a_link_within_the_repository_is_followed() -> None:
    write({"task.json": BROKEN, "reports/today.json": ""})
    Path("latest.json").symlink_to("reports/today.json")
    assert run("--output-format", "json", "--output-file", "latest.json").status == 1
    assert "FIT101" in Path("reports/today.json").read_text()
    assert Path("latest.json").is_symlink()


def test_a_file_elsewhere_may_be_named_by_whoever_calls(outside: Path) -> None:
    write({"task.json": BROKEN})
    assert run("--output-format", "json", "--output-file", str(outside)).status == 1
    assert "FIT101" in outside.read_text()
    assert run("--output-format", "json", "--output-file", os.devnull).status == 1


@pytest.mark.parametrize("name", ["taskfit.yaml", "pyproject.toml", ".gitignore", "known.json", "own.yaml", "x.tfvars"])
def test_what_has_no_end_is_not_read(name: str) -> None:
    write({"task.json": BROKEN})
    Path(name).symlink_to("/dev/zero")
    options = {
        "known.json": ("--baseline", name),
        "own.yaml": ("--profile", name),
        "x.tfvars": ("--var-file", name),
    }.get(name, ())
    result = run(*options)
    assert result.status == (2 if options or name == "taskfit.yaml" else 1)
    assert not options or "not a regular file" in result.stderr


@pytest.mark.parametrize(
    "key", ["extend: x.yaml", "rules: [x.yaml]", "profile: x.yaml", "var-file: [x.yaml]", "baseline: x.yaml"]
)
@pytest.mark.parametrize(
    "secret",
    ["root:$6$hash:19000:0:99999\ndaemon:*:1\n", "AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI\n", "{'a': *wJalr\n", "@wJalr\n"],
)
def test_what_is_not_what_it_should_be_is_not_quoted(key: str, secret: str) -> None:
    """A file of the repository may be one that only the machine of a job has, such as what an earlier step has written."""
    write({"task.json": BROKEN, "x.yaml": secret, "taskfit.yaml": key})
    result = run()
    assert result.status == 2, result.stdout + result.stderr
    for word in ("root:", "$6$hash", "wJalr"):
        assert word not in result.stdout + result.stderr


def test_no_text_of_a_rule_holds_what_a_log_acts_upon() -> None:
    hostile = "a\x1b[31m\u202eb ##[error]x\u2028::error::y\x9b"
    texts = dict.fromkeys(("summary", "message", "what", "why", "fix"), hostile)
    write({"rule.yaml": json.dumps({**json.loads(RULE), **texts}), "taskfit.yaml": "rules: [rule.yaml]\n"})
    write({"task.json": BROKEN})
    for output_format in ("sarif", "json", "text", "github", "markdown"):
        report = run("--output-format", output_format).stdout
        assert "TEAM001" in report
        values = [report] if output_format != "sarif" else [json.dumps(json.loads(report), ensure_ascii=False)]
        for line in (line for value in values for line in value.split("\n")):
            assert line.isprintable()
            assert "##[error]" not in line or output_format == "json"
    log = json.loads(run("--output-format", "sarif").stdout)
    (rule,) = (each for each in log["runs"][0]["tool"]["driver"]["rules"] if each["id"] == "TEAM001")
    for text in (rule["shortDescription"]["text"], rule["fullDescription"]["text"], *rule["help"].values()):
        assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("place", ["sub/.git", "sub/.GIT", ".Git/config"])
def test_no_file_of_gits_is_read_whatever_its_case(place: str) -> None:
    containers = f'jsonencode([{{ name = "a", image = "b", memory = 64, command = [file("{place}")] }}])'
    text = f'resource "aws_ecs_task_definition" "a" {{\n family = "a"\n cpu = file("{place}")\n'
    write({place: "gitdir: /precious", "main.tf": f"{text} container_definitions = {containers}\n}}\n"})
    result = run("main.tf", "--output-format", "json")
    assert "precious" not in result.both
    write({"taskfit.yaml": f"var-file: [{place}]\n"})
    assert "is outside of the repository" in run("main.tf").stderr


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("var = {X = 0x" + "F" * 5000 + "}", "a number has too many digits"),
        ("x = " + "[" * 2000 + "]" * 2000, "nested too deep"),
        ("a." * 3000 + "b = 1", "nested too deep"),
        ("".join(f"k{number} = 1\n" for number in range(3000)), "and more"),
    ],
)
def test_a_hostile_table_of_toml_is_an_error_at_its_place(text: str, words: str) -> None:
    write({"pyproject.toml": f"[tool.taskfit]\n{text}\n", "task.json": BROKEN})
    result = run()
    assert result.status == 2
    assert f"{words}\n" in result.stderr
    assert result.stderr.startswith("error: pyproject.toml:")


@pytest.mark.parametrize("entry", ["rules", "rules/*.yaml", "r*/**/*.yaml", "rules/../rules/*/x.yaml"])
@pytest.mark.parametrize("has_repository", [False, True])
def test_rules_are_not_read_through_links_that_lead_out(
    entry: str, has_repository: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "x.yaml").write_text("precious: secret\n", encoding="utf-8")
    if has_repository:
        (elsewhere / ".git").mkdir()
    write({"task.json": BROKEN, "taskfit.yaml": f"rules: ['{entry}']\n", "rules/team.yaml": RULE})
    Path("rules/x.yaml").symlink_to(elsewhere / "x.yaml")
    Path("rules/sub").symlink_to(elsewhere)
    result = run("--output-format", "json")
    assert result.status == 2
    assert ": is a link to a file outside of the repository" in result.stderr
    assert "precious" not in result.stderr
    codes = {each["code"] for each in json.loads(result.stdout)["findings"]}
    assert codes == ({"FIT101"} if entry.endswith("x.yaml") else {"FIT101", "TEAM001"})
