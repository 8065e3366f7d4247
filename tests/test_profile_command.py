"""`taskfit profile`: what it prints, its worked cases, and what it says of a profile that can't be used."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import ROOT, CommandLine, Golden
from hypothesis import given, settings
from hypothesis import strategies as st
from unknowns import leaves, replaced

from taskfit.checks.context import Case
from taskfit.config.settings import Configuration
from taskfit.config.validation import InvalidFile
from taskfit.definition import TaskDefinition
from taskfit.engine.conditions import Checks
from taskfit.policy.profiles import load_profile
from taskfit.preparation import prepare
from taskfit.profiles.cases import run_cases
from taskfit.reports.profile import render
from taskfit.syntax import yaml_text

EXAMPLES = sorted((ROOT / "examples" / "profiles").glob("*.yaml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_do_what_their_cases_say(path: Path, taskfit: CommandLine) -> None:
    outcome = taskfit("profile", "test", str(path.relative_to(ROOT)))
    assert (outcome.status, outcome.stderr) == (0, "")
    assert outcome.stdout.endswith("cases, all as expected\n")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_profile_in_words(path: Path, taskfit: CommandLine, golden: Golden) -> None:
    outcome = taskfit("profile", str(path.relative_to(ROOT)))
    assert (outcome.status, outcome.stderr) == (0, "")
    golden(f"profile.{path.stem}.txt", outcome.stdout)


def test_the_built_in_profile_in_words(taskfit: CommandLine, golden: Golden) -> None:
    golden("profile.mistersmith.txt", taskfit("profile", "mistersmith").stdout)
    assert taskfit("profile").stdout.startswith("mistersmith: supervisor, worker, gateway")
    assert json.loads(taskfit("profile", "--output-format", "json", "mistersmith").stdout)["name"] == "mistersmith"


def test_profiles_and_their_cases_are_not_taken_for_definitions(taskfit: CommandLine) -> None:
    outcome = taskfit("check", "examples/profiles")
    assert (outcome.status, outcome.stdout) == (0, "No task definition found in 4 files.\n")


ROLE = "name: a\nroles:\n  api:\n    "
FINE = "cpu: [{label: x, amount: 1}]"
TIER = "{{name: t, capacity: {}, cpu: 1, memory: 1}}"

PAGE = (ROOT / "docs" / "profiles.md").read_text(encoding="utf-8")
FRAGMENTS: list[str] = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("block", [each for each in FRAGMENTS if each.startswith(("roles:", "sidecars:"))])
def test_what_the_page_shows_is_valid(block: str, tmp_path: Path) -> None:
    roles = "" if "roles: [api]" not in block else f"roles: {{api: {{{FINE}}}}}\n"
    (tmp_path / "acme.yaml").write_text(f"name: acme\n{roles}{block}", encoding="utf-8")
    assert load_profile(str(tmp_path / "acme.yaml")).name == "acme"


CHANGED = """
name: acme
roles:
  api:
    unit: workers
    match: {family: shop}
    variables: [WORKERS]
    cpu: [{label: workers, amount: 256, per: 1}]
cases:
  - {name: four workers, role: api, capacity: 4, floor: {cpu: 512}}
  - name: a definition
    definition:
      family: shop
      cpu: "256"
      memory: "512"
      containerDefinitions: [{name: app, image: app, environment: [{name: WORKERS, value: "4"}]}]
    role: web
    capacity: 8
    findings: [FIT203]
  - {name: eight workers, role: api, capacity: 8, floor: {cpu: 2048}, recommended: {cpu: 4096}}
"""


def test_a_case_that_comes_out_otherwise_shows_the_difference(tmp_path: Path, taskfit: CommandLine) -> None:
    (tmp_path / "acme.yaml").write_text(CHANGED.replace("role: web", "role: none"), encoding="utf-8")
    outcome = taskfit("profile", "test", "acme.yaml", folder=tmp_path)
    assert outcome.status == 1
    assert outcome.stdout == (
        "acme.yaml:10: four workers\n"
        "  - floor.cpu: 512\n"
        "  + floor.cpu: 1024\n"
        "acme.yaml:11: a definition\n"
        "  - role: none\n"
        "  + role: api\n"
        "  - capacity: 8\n"
        "  + capacity: 4\n"
        "  - findings: FIT203\n"
        "  + findings: FIT201\n"
        "3 cases, 2 failed\n"
    )
    outcome = taskfit("profile", "test", "acme.yaml", "--output-format", "json", folder=tmp_path)
    assert [len(case["differences"]) for case in json.loads(outcome.stdout)] == [1, 3, 0]


def test_a_case_of_a_role_that_is_not_there_is_an_error(tmp_path: Path, taskfit: CommandLine) -> None:
    (tmp_path / "acme.yaml").write_text(CHANGED, encoding="utf-8")
    outcome = taskfit("profile", "test", "acme.yaml", folder=tmp_path)
    assert (outcome.status, outcome.stderr) == (2, "error: acme.yaml:17:5: no role is called 'web'; there is api\n")


def test_a_file_may_be_called_like_a_command(tmp_path: Path, taskfit: CommandLine) -> None:
    (tmp_path / "test").write_text(CHANGED.replace("role: web", "role: api"), encoding="utf-8")
    assert taskfit("profile", "./test", folder=tmp_path).stdout.startswith("acme\n")
    assert taskfit("profile", "tset", folder=tmp_path).status == 2


BROKEN = {
    "a key that is spelled wrong": (
        "nmae: a\nsidecars: {otel: {}}\n",
        ['1:1: unknown key "nmae"; did you mean "name"?'],
    ),
    "a role's key": (
        f"{ROLE}matches: {{family: x}}\n    {FINE}\n",
        ['4:5: unknown key "matches"; did you mean "match"?'],
    ),
    "a condition": (f"{ROLE}{FINE}\n    match: {{famly: x}}\n", ['5:13: unknown key "famly"; did you mean "family"?']),
    "a condition within another": (
        f"{ROLE}{FINE}\n    match: {{any: [{{imgae: x}}]}}\n",
        ['5:20: unknown key "imgae"; did you mean "image"?'],
    ),
    "a launch type": (
        f"{ROLE}{FINE}\n    match: {{launch_type: [ec2, fargat]}}\n",
        ["5:26: no launch type is called 'fargat'; did you mean 'fargate'?"],
    ),
    "a match without conditions": (f"{ROLE}{FINE}\n    match: {{}}\n", ["5:12: a match needs at least one condition"]),
    "a term's key": (f"{ROLE}cpu: [{{lable: x, amount: 1}}]\n", ['4:12: unknown key "lable"; did you mean "label"?']),
    "a term without an amount": (f"{ROLE}cpu: [{{label: x}}]\n", ['4:11: the key "amount" is missing']),
    "an amount in quotes": (f"{ROLE}cpu: [{{label: x, amount: '1'}}]\n", ['"amount" takes a number, not a string']),
    "a range that falls": (f"{ROLE}cpu: [{{label: x, amount: 2, up_to: 1}}]\n", ["4:11: a term has an amount"]),
    "a share above 1": (
        f"{ROLE}unit: x\n    variables: [X]\n    memory: [{{label: x, share: 75}}]\n",
        ["6:32: a share is above 0 and at most 1"],
    ),
    "a factor that is not there": (
        f"{ROLE}unit: x\n    capacity: [{{name: workers, variable: W}}]\n    cpu: [{{label: x, amount: 1, of: worker}}]\n",
        ["6:37: no factor of the capacity is called \"worker\"; did you mean 'workers'?"],
    ),
    "a factor in a fixed size": (
        f"{ROLE}cpu: [{{label: x, amount: 1, per: 1}}]\n",
        ["4:11: a role of a fixed size has no capacity to multiply by"],
    ),
    "two factors of one name": (
        f"{ROLE}unit: x\n    capacity: [{{variable: W}}, {{variable: W}}]\n    {FINE}\n",
        ['5:31: two factors are called "W"; give them a `name`'],
    ),
    "a factor without a source": (
        f"{ROLE}unit: x\n    capacity: [{{name: w}}]\n    {FINE}\n",
        ["5:16: a factor has one source (`variable`, `option`, `service`), or several below `any`"],
    ),
    "an option without a dash": (
        f"{ROLE}unit: x\n    capacity: [{{option: c}}]\n    {FINE}\n",
        ['5:25: "c" is not an option: `-c`, `--concurrency`'],
    ),
    "a unit of memory": (
        f"{ROLE}unit: x\n    capacity: [{{variable: H, unit: MB}}]\n    {FINE}\n",
        ['5:36: "unit" takes bytes, KiB, MiB or GiB; did you mean "MiB"?'],
    ),
    "a value of a service": (
        f"{ROLE}unit: x\n    capacity: [{{service: request_per_task}}]\n    {FINE}\n",
        ['5:26: "service" takes requests_per_task; did you mean "requests_per_task"?'],
    ),
    "a default of 0": (
        f"{ROLE}unit: x\n    capacity: [{{variable: W, default: 0}}]\n    {FINE}\n",
        ["5:39: a default is at least 1"],
    ),
    "variables and capacity": (
        f"{ROLE}unit: x\n    variables: [W]\n    capacity: [{{variable: W}}]\n    {FINE}\n",
        ["5:16: give either `variables` or `capacity`"],
    ),
    "a capacity without a unit": (f"{ROLE}variables: [W]\n    {FINE}\n", ['4:5: the key "unit" is missing']),
    "a role that says nothing": (f"{ROLE}match: {{family: x}}\n", ["4:5: a role needs terms of `cpu`, of `memory`"]),
    "tiers that fall": (
        f"{ROLE}unit: x\n    variables: [W]\n    {FINE}\n    tiers:\n      - {TIER.format(2)}\n      - {TIER.format(1)}\n",
        ["8:7: the tiers of a role ascend by capacity"],
    ),
    "an architecture": (
        f"{ROLE}{FINE}\n    architectures: {{arm: {{cpu: 0.8}}}}\n",
        ["X86_64 or ARM64"],
    ),
    "a sidecar that nobody knows": (
        "name: a\nsidecars:\n  datadgo: {cpu: 1}\n",
        ["3:3: no built-in kind of sidecar is called 'datadgo' (did you mean 'datadog'?)"],
    ),
    "a sidecar of a role that is not there": (
        f"{ROLE}{FINE}\nsidecars:\n  otel: {{roles: [app]}}\n",
        ["6:18: no role is called 'app'; did you mean 'api'?"],
    ),
    "a list that is none": (
        f"{ROLE}{FINE}\n    words: api\n",
        ['5:12: "words" takes a list, not a string; put it in brackets'],
    ),
    "a list of roles": ("name: a\nroles: [web]\n", ['2:8: "roles" takes a mapping, not a list']),
    "nothing at all": ("name: a\n", ["1:1: a profile needs `roles`, `sidecars` or both"]),
    "targets that can't be": (
        "name: a\nsidecars: {otel: {}}\ncpu: {target: 0.9, scale_up: 0.8, scale_down: 0.5}\n",
        ["3:6: 0 < scale_down <= target <= scale_up <= 1 must hold"],
    ),
    "a scenario of nobody": (
        f"{ROLE}unit: workers\n    variables: [W]\n    {FINE}\nscenarios: {{peak: {{worker: 9}}}}\n",
        ["7:20: no role counts 'worker'; did you mean 'workers'?"],
    ),
    "a key that is there twice": ("name: a\nname: b\nsidecars: {otel: {}}\n", ['2:1: duplicate key "name"']),
    "a profile that is extended and not there": (
        "name: a\nextends: base.yaml\nsidecars: {otel: {}}\n",
        ["2:10: no profile 'base.yaml'"],
    ),
    "a case without expectations": (
        f"{ROLE}{FINE}\ncases: [{{name: x, role: api}}]\n",
        ["5:9: a case expects something"],
    ),
    "a case of a role that is not there": (
        f"{ROLE}{FINE}\ncases: [{{name: x, role: app, floor: {{cpu: 1}}}}]\n",
        ["5:19: no role is called 'app'; did you mean 'api'?"],
    ),
    "another kind of file": ("- a\n- b\n", ["1:1: expected a mapping of keys and values, found a list"]),
    "YAML that can't be read": ("name: [a\n", ['1:7: the list that opens here is never closed with "]"']),
    "everything at once": (
        f"{ROLE}wrods: [x]\n    cpu: [{{lable: x, amount: 1}}]\n    match: {{famly: x}}\nsidecars: {{otell: {{cpus: 1}}}}\n",
        [
            '4:5: unknown key "wrods"; did you mean "words"?',
            '5:12: unknown key "lable"; did you mean "label"?',
            '6:13: unknown key "famly"; did you mean "family"?',
            "7:12: no built-in kind of sidecar is called 'otell' (did you mean 'otel'?)",
            '7:20: unknown key "cpus"; did you mean "cpu"?',
        ],
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_profile_is_reported_with_place_and_meaning(name: str, tmp_path: Path, taskfit: CommandLine) -> None:
    text, expected = BROKEN[name]
    (tmp_path / "acme.yaml").write_text(text, encoding="utf-8")
    outcome = taskfit("profile", "acme.yaml", folder=tmp_path)
    assert (outcome.status, outcome.stdout) == (2, "")
    lines = outcome.stderr.splitlines()
    assert all(line.startswith("error: acme.yaml:") for line in lines)
    for words in expected:
        assert any(words in line for line in lines), lines
    assert len(lines) == len(expected), lines


def test_hostile_profiles_end_at_once(tmp_path: Path, taskfit: CommandLine) -> None:
    hostile = {
        "big.yaml": "name: a\n# " + "x" * 10_000_000,
        "deep.yaml": f"name: a\nroles: {{a: {{match: {'{not: ' * 5000}{{family: x}}{'}' * 5000}}}}}\n",
        "alias.yaml": "a: &a [x,x,x,x,x,x,x,x,x]\n"
        + "".join(f"{b}: &{b} [{','.join([f'*{a}'] * 9)}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)),
    }
    for name, text in hostile.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        outcome = taskfit("profile", name, folder=tmp_path)
        assert (outcome.status, len(outcome.stderr) < 500) == (2, True), name


def test_a_wildcard_pattern_takes_no_time(tmp_path: Path) -> None:
    pattern, name = "*a" * 200, "a" * 2000 + "b"
    path = tmp_path / "acme.yaml"
    path.write_text(f"name: acme\nroles: {{a: {{match: {{family: '{pattern}'}}, {FINE}}}}}\n", encoding="utf-8")
    assert load_profile(str(path)).roles
    run = prepare(Configuration().with_options({"profile": str(path)}))
    assert Case(TaskDefinition({"family": name, "containerDefinitions": []}), run.policy).assessment is None


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2**70),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=6),
    st.sampled_from(["api", "-c", "workers", "bytes", "*", "none"]),
    st.lists(st.text(max_size=3), max_size=2),
    st.dictionaries(
        st.sampled_from(["family", "any", "not", "cpu", "variable", "option", "name"]), st.text(max_size=3), max_size=2
    ),
)


@given(st.data())
@settings(max_examples=40)
def test_no_profile_crashes(profiles: Path, data: st.DataObject) -> None:
    """Any value in any place of a profile is an error, or a profile that can be shown and used."""
    path = data.draw(st.sampled_from(EXAMPLES))
    whole = yaml_text.parse_all(path.read_text(encoding="utf-8"))[0].plain()
    place = data.draw(st.sampled_from(leaves(whole)))
    if data.draw(st.booleans()):
        place = place[: data.draw(st.integers(0, len(place)))]
    broken = replaced(whole, place, data.draw(JUNK)) if place else data.draw(JUNK)
    file = profiles / "profile.yaml"
    file.write_text(json.dumps(broken), encoding="utf-8")
    try:
        profile = load_profile(str(file))
    except InvalidFile:
        return
    run = prepare(Configuration().with_options({"profile": str(file)}))
    render(profile, run.policy.fargate.smallest)
    run_cases(file)
    for case in profile.cases:
        failures: list[str] = []
        list(Checks(run.rules).problems(Case(TaskDefinition(dict(case.definition)), run.policy), "", failures))
        assert not failures


@pytest.fixture(scope="module")
def profiles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("profiles")
