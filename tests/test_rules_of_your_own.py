"""The page on rules of one's own shows what is in examples/policy, and everything that follows from a rule works there."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT, CommandLine, run, write

PAGE = (ROOT / "docs" / "rules-of-your-own.md").read_text(encoding="utf-8")
RULES = ROOT / "examples" / "policy" / "acme_taskfit_policy" / "rules"


@pytest.mark.parametrize(
    ("code", "text"), re.findall(r"^```yaml\n# (ACME\d+)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
)
def test_what_the_page_shows_is_in_the_file(code: str, text: str) -> None:
    (path,) = RULES.glob(f"{code}-*.yaml")
    assert text in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(RULES.glob("ACME00[1-5]*.yaml")), ids=lambda path: path.stem)
def test_the_examples_of_a_rule_pass(path: Path, taskfit: CommandLine) -> None:
    if "assert:" in path.read_text(encoding="utf-8"):
        pytest.importorskip("cel_expr_python", reason="the extra `cel` is not installed")
    outcome = taskfit("rule", "test", str(path))
    assert (outcome.status, outcome.stderr) == (0, ""), outcome.stdout


TASK = {
    "family": "shop-prod",
    "cpu": "512",
    "memory": "1024",
    "containerDefinitions": [{"name": "app", "image": "acme/shop:latest", "memory": 512}],
}


@pytest.fixture
def repository(in_a_repository: None) -> None:
    rules = [str(RULES / f"ACME00{number}-{name}.yaml") for number, name in ((3, "production-cpu"), (4, "no-latest"))]
    write({"deploy/web.json": json.dumps(TASK, indent=2) + "\n"})
    write({f"policy/{Path(rule).name}": Path(rule).read_text(encoding="utf-8") for rule in rules})
    write({"taskfit.yaml": "rules: [policy]\n"})


def codes(*arguments: str) -> list[str]:
    result = run("--output-format", "json", *arguments)
    return [finding["code"] for finding in json.loads(result.stdout)["findings"]]


@pytest.mark.usefixtures("repository")
def test_a_rule_of_ones_own_is_selected_rated_and_suppressed_as_any_other() -> None:
    assert codes() == ["ACME003", "ACME004"]
    assert codes("--ignore", "production-cpu") == ["ACME004"]
    assert codes("--select", "ACME003") == ["ACME003"]
    write({"taskfit.yaml": "rules: [policy]\nseverity: {ACME: note}\nper-file-ignores: {deploy/: [image-latest]}\n"})
    assert run().status == 0
    assert codes() == ["ACME003"]
    entry = "suppressions: [{rule: ACME003, path: deploy/web.json, pointer: /cpu, reason: later}]\n"
    write({"taskfit.yaml": f"rules: [policy]\n{entry}"})
    assert codes() == ["ACME004"]
    labelled = {**TASK, "tags": [{"key": "taskfit:ignore", "value": "ACME003 ACME004"}]}
    write({"taskfit.yaml": "rules: [policy]\n", "deploy/web.json": labelled})
    assert codes() == []


TEMPLATE = """\
    file: |
      Resources:
        Task:
          Type: AWS::ECS::TaskDefinition
          Properties: {Family: a-prod, Cpu: 256, ContainerDefinitions: [{Name: app, Image: "a:1", Memory: 64}]}
"""


@pytest.mark.usefixtures("repository")
def test_the_examples_of_a_rule_are_not_checked_as_files() -> None:
    path = Path("policy/ACME003-production-cpu.yaml")
    rule = path.read_text(encoding="utf-8")
    path.write_text(
        f"{rule}  - title: in a template, without cpu\n{TEMPLATE.replace('Cpu: 256, ', '')}", encoding="utf-8"
    )
    assert codes() == ["ACME003", "ACME004"]
    assert codes("--isolated") == []
    assert "skipped policy/ACME003-production-cpu.yaml: a rule file" in run("--verbose").stderr


@pytest.mark.usefixtures("repository")
def test_a_rule_of_ones_own_is_in_the_baseline_until_it_gets_worse() -> None:
    assert run("--baseline", "base.json", "--write-baseline").status == 0
    assert codes("--baseline", "base.json") == []
    write({"deploy/other.json": {**TASK, "family": "other-prod"}})
    assert codes("--baseline", "base.json") == ["ACME003", "ACME004"]


@pytest.mark.usefixtures("repository")
def test_a_rule_of_ones_own_has_its_page_in_sarif() -> None:
    report = json.loads(run("--output-format", "sarif").stdout)
    rules = {rule["id"]: rule for rule in report["runs"][0]["tool"]["driver"]["rules"]}
    assert rules["ACME003"]["shortDescription"]["text"] == "A production task has less than 1 vCPU."
    assert "# ACME003 production-cpu" in rules["ACME003"]["help"]["markdown"]


@pytest.mark.usefixtures("repository")
def test_the_fix_of_a_rule_of_ones_own_is_made() -> None:
    assert run("--fix").status == 1
    assert '"cpu": "512"' in Path("deploy/web.json").read_text(encoding="utf-8"), "it is unsafe"
    assert '+  "cpu": "1024",' in run("--diff", "--unsafe-fixes").stdout
    run("--fix", "--unsafe-fixes")
    assert Path("deploy/web.json").read_text(encoding="utf-8") == json.dumps({**TASK, "cpu": "1024"}, indent=2) + "\n"


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("values", "before", "after"),
    [
        ("{readonlyRootFilesystem: true}", {}, {"readonlyRootFilesystem": True}),
        ("{logConfiguration/logDriver: awslogs}", {}, {"logConfiguration": {"logDriver": "awslogs"}}),
        ("{healthCheck/retries: 2}", {"healthCheck": {"retries": 3}}, {"healthCheck": {"retries": 2}}),
        ("{privileged: null}", {"privileged": True}, {}),
        ("{linuxParameters/initProcessEnabled: true}", {"linuxParameters": "${PARAMETERS}"}, None),
    ],
)  # fmt: skip
def test_a_fix_sets_adds_or_removes(values: str, before: dict[str, object], after: dict[str, object] | None) -> None:
    rule = (Path("policy") / "ACME003-production-cpu.yaml").read_text(encoding="utf-8")
    head, _, tail = rule.partition("set: {cpu: 1024}\nfixable: unsafe\n")
    schema = "set: VALUES\nfixable: safe\ntarget: container\n".replace("VALUES", values)
    head = re.sub(r"schema:\n(  .*\n)+message: .*\n", "schema: {required: [none]}\nmessage: x\n", head)
    write({"policy/ACME003-production-cpu.yaml": head + schema + tail})
    container = {"name": "app", "image": "acme/shop:1", "memory": 512}
    write({"deploy/web.json": {**TASK, "containerDefinitions": [{**container, **before}]}})
    run("--select", "ACME003", "--fix")
    found = json.loads(Path("deploy/web.json").read_text(encoding="utf-8"))["containerDefinitions"][0]
    assert found == {**container, **(before if after is None else after)}


@pytest.mark.usefixtures("repository")
def test_a_run_without_expressions_imports_no_cel_and_a_clean_one_no_pydantic() -> None:
    code = (
        "import contextlib, sys\n"
        "from taskfit.cli.commands import cli\n"
        "with contextlib.suppress(SystemExit): cli(['check', '--quiet', *sys.argv[1:]])\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('cel_expr_python', 'pydantic')])"
    )
    arguments = [sys.executable, "-c", code]
    result = subprocess.run([*arguments, "deploy"], check=False, capture_output=True, text=True)
    assert "cel_expr_python" not in result.stdout.splitlines()[-1]
    result = subprocess.run([*arguments, "--isolated", "deploy"], check=False, capture_output=True, text=True)
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.usefixtures("repository")
def test_an_editor_follows_changes_of_rules_in_a_folder() -> None:
    from taskfit.lsp.checking import Setups

    setups = Setups()
    before = setups.of(Path("deploy/web.json"))
    assert {"ACME003", "ACME004"} <= {rule.code for rule in before.run.rules}
    assert before.is_current()
    path = Path("policy/ACME004-no-latest.yaml")
    path.write_text(path.read_text(encoding="utf-8").replace("ACME004", "ACME0044"), encoding="utf-8")
    assert not before.is_current()
    assert "ACME0044" in {rule.code for rule in setups.of(Path("deploy/web.json")).run.rules}


def test_an_editor_completes_rules_by_the_published_schema() -> None:
    from jsonschema import Draft202012Validator

    from taskfit.config import validation

    schema = json.loads((ROOT / "schemas" / "rules.schema.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema)
    pages = [validation.parse(path)[1][0].plain() for path in sorted(RULES.glob("*.yaml"))]
    assert all(validator.is_valid(page) for page in (*pages, pages))
    assert not validator.is_valid([{**pages[0], "summery": "x"}])


PYTHON_RULES = """\
from taskfit.finding import Problem


def number(case):
    yield 1


def place(case):
    yield Problem("cpu", "x")


def failing(case):
    raise KeyError("x")


def broken(case):
    return None
"""


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize(
    ("function", "words"),
    [
        ("number", "rule ACME009: its function yields int, not Problem"),
        ("place", 'rule ACME009: "cpu" is not a JSON pointer, such as /containerDefinitions/0/image'),
        ("failing", "rule ACME009 crashed: KeyError: 'x'"),
        ("broken", "rule ACME009 crashed: TypeError"),
        ("none", "rule ACME009 crashed: AttributeError"),
    ],
)
def test_a_python_rule_that_is_wrong_hides_nothing(
    function: str, words: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    from importlib.metadata import EntryPoint

    from taskfit import packages

    module = f"own_rules_{function}"
    folder = tmp_path_factory.mktemp("site")
    (folder / f"{module}.py").write_text(PYTHON_RULES, encoding="utf-8")
    monkeypatch.syspath_prepend(str(folder))
    entry = EntryPoint("own", f"{module}:{function}", packages.RULES)
    monkeypatch.setattr(packages, "_entries", lambda group: {"own": entry} if group == packages.RULES else {})
    rule = (RULES / "ACME006-waiting-chain.yaml").read_text(encoding="utf-8").replace("acme-waiting-chain", "own")
    write({"policy/own.yaml": rule.replace("ACME006", "ACME009")})
    result = run("--output-format", "concise")
    assert result.status == 2
    assert words in result.stderr
    assert "ACME003" in result.stdout


def test_the_examples_that_rule_files_quote_are_not_noted(taskfit: CommandLine) -> None:
    outcome = taskfit("check", "rules", "examples/policy", "--isolated", "--output-format", "concise")
    assert (outcome.status, "FIT" in outcome.stdout) == (0, False), outcome.stdout
