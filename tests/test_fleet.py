"""What a fleet carries: its arithmetic, the files it is read from, and what the command prints."""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import ROOT, CommandLine, Golden
from hypothesis import given
from hypothesis import strategies as st

from taskfit import api
from taskfit.config import loading
from taskfit.config.settings import Configuration
from taskfit.dimensions import Size
from taskfit.escaping import inert_cell
from taskfit.policy import bundled
from taskfit.preparation import prepare
from taskfit.reports.page import environment
from taskfit.sizing.expectation import pack
from taskfit.sizing.fleet import Market, Member, Terms, outcome
from taskfit.sizing.prices import Pricing

if TYPE_CHECKING:
    from taskfit.engine.fleet import Fleet

PROFILE = bundled.profiles()["mistersmith"]
FARGATE = bundled.fargate()
PRICING = Pricing(bundled.prices(), spot_discount=0.7)
OTEL = Size(256, 512)


def price(size: Size, *, arm: bool = False, spot: bool = False) -> float | None:
    return PRICING.monthly_usd(size.cpu, size.memory, arm=arm, spot=spot)


MARKET = Market(FARGATE.smallest, price, lambda _profile, _role: OTEL)


def member(role: str, capacity: int | None, tasks: int | None = 1, usd: float | None = 10.0) -> Member:
    return Member(
        "m", "m.json", role, PROFILE.roles[role].unit, capacity, tasks, "service", Size(1024, 2048), usd, PROFILE.name
    )


def test_the_stress_scenario_of_the_sizing_document() -> None:
    found = outcome((PROFILE,), [member("worker", 20, 50)], "stress", {"agents": 1000}, MARKET)
    supervisor, worker = found.roles
    assert (worker.have, worker.missing, worker.spare, worker.answer, worker.monthly_usd) == (
        1000,
        0,
        0,
        "carried",
        500,
    )
    large = worker.batches[2].packing
    # calculate_worker_containers(1000, 20): 50 containers, 200 vCPU, 500 GB, 100%.
    assert (large.tier, large.containers, large.cpu, large.memory, large.efficiency) == (
        "worker-large",
        50,
        200 * 1024,
        500 * 1024,
        100,
    )
    # Agents are carried by workers, and supervised: there is no supervisor.
    assert (supervisor.have, supervisor.missing, supervisor.answer, found.answer) == (0, 1000, "missing", "missing")


def test_what_is_missing_is_added_in_the_cheapest_tier() -> None:
    _, worker = outcome((PROFILE,), [member("worker", 64)], "standard", {"agents": 100}, MARKET).roles
    assert worker.addition
    # 36 agents: 2 x worker-large at 4096/11264 = 307.78; 9 x small 353.52, 4 x medium 314.28, 1 x xlarge 327.26.
    assert (worker.addition.packing, worker.addition.size) == (
        pack(36, PROFILE.roles["worker"].tiers[2]),
        Size(4096, 11264),
    )
    assert worker.addition.monthly_usd == 307.78


def test_what_is_not_known_is_never_counted() -> None:
    members = [member("worker", 64), member("worker", None), member("worker", 10, None)]
    _, worker = outcome((PROFILE,), members, "standard", {"agents": 100}, MARKET).roles
    assert (worker.have, worker.answer, worker.addition, worker.monthly_usd) == (64, "unknown", None, None)
    # What is known may be enough.
    _, worker = outcome((PROFILE,), members, "base", {"agents": 10}, MARKET).roles
    assert worker.answer == "carried"


def test_a_load_that_does_not_speak_of_a_unit_asks_nothing_of_its_roles() -> None:
    found = outcome((PROFILE,), [], "load", {"connections": 3000}, MARKET)
    assert [role_outcome.role for role_outcome in found.roles] == ["gateway"]


@given(
    st.lists(st.tuples(st.sampled_from(sorted(PROFILE.roles)), st.integers(1, 500), st.integers(0, 20))),
    st.integers(0, 5000),
    st.integers(0, 20000),
)
def test_capacity_adds_up_and_an_addition_carries_what_is_missing(
    tasks: list[tuple[str, int, int]], agents: int, connections: int
) -> None:
    members = [member(role, capacity, count) for role, capacity, count in tasks]
    found = outcome((PROFILE,), members, "load", {"agents": agents, "connections": connections}, MARKET)
    for role_outcome in found.roles:
        assert role_outcome.have == sum(
            capacity * count for role, capacity, count in tasks if role == role_outcome.role
        )
        assert role_outcome.have + role_outcome.missing - role_outcome.spare == role_outcome.need
        assert (role_outcome.answer == "carried") == (role_outcome.missing == 0) == (role_outcome.addition is None)
        tiers = {tier.name: tier for tier in PROFILE.roles[role_outcome.role].tiers}
        for batch in (*role_outcome.batches, *([role_outcome.addition] if role_outcome.addition else [])):
            load = role_outcome.missing if batch is role_outcome.addition else role_outcome.need
            assert batch.packing == pack(load, tiers[batch.packing.tier])
            assert batch.size
            assert FARGATE.fits(batch.size.cpu, batch.size.memory)


def carries_with_losses(kinds: list[tuple[int, int]], spare: int) -> int:
    """What tasks carry without the largest of them, counted one by one."""
    tasks = sorted((capacity for capacity, number in kinds for _ in range(number)), reverse=True)
    return sum(tasks[spare:])


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(0, 6)), max_size=4),
    st.integers(1, 400),
    st.integers(0, 3),
    st.booleans(),
)
def test_what_is_added_or_raised_carries_the_load_without_the_spare_tasks(
    kinds: list[tuple[int, int]], agents: int, spare: int, headroom: bool
) -> None:
    members = [member("worker", capacity, number)._replace(name=f"m{i}") for i, (capacity, number) in enumerate(kinds)]
    market = MARKET._replace(terms=Terms(headroom, spare))
    (worker,) = [
        each for each in outcome((PROFILE,), members, "x", {"agents": agents}, market).roles if each.role == "worker"
    ]
    need = -(-agents * 10 // 7) if headroom else agents
    have = carries_with_losses(kinds, spare)
    assert (worker.need, worker.have, worker.missing) == (need, have, max(need - have, 0))
    if worker.addition is not None:
        tier = next(tier for tier in PROFILE.roles["worker"].tiers if tier.name == worker.addition.packing.tier)
        number = worker.addition.packing.containers
        assert carries_with_losses([*kinds, (tier.capacity, number)], spare) >= need
    if worker.raised is not None:
        at = int(worker.raised.definition[1:])
        capacity, number = kinds[at]
        raised = [*kinds[:at], (capacity, worker.raised.wanted), *kinds[at + 1 :]]
        assert worker.raised.tasks == number
        assert carries_with_losses(raised, spare) >= need
        assert worker.raised.monthly_usd == 10.0 * (worker.raised.wanted - number)
    assert (worker.raised is None) == (not worker.missing or not kinds)


def test_more_tasks_are_priced_as_those_that_are_there() -> None:
    own = [member("worker", 4, 2)._replace(on_arm=True, on_spot=True)]
    (_, worker) = outcome((PROFILE,), own, "x", {"agents": 20}, MARKET).roles
    assert worker.addition is not None
    assert worker.addition.size is not None
    size, number = worker.addition.size, worker.addition.packing.containers
    one = PRICING.monthly_usd(size.cpu, size.memory, arm=True, spot=True)
    assert one is not None
    assert worker.addition.monthly_usd == round(number * one, 2)


# Reading


SCALED = """\
      DesiredCount: 2
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      ServiceNamespace: ecs
      ResourceId: !Sub service/main/${Service0.Name}
      MinCapacity: 5
      MaxCapacity: 40
"""


def test_the_bounds_of_scaling_tell_how_many_tasks_run(taskfit: CommandLine, tmp_path: Path) -> None:
    fleet = read(tmp_path, {"a.yaml": template("worker", 10, SCALED)}, load={"agents": 300})
    (found,) = fleet.members
    assert (found.least, found.tasks, found.count_source) == (5, 40, "scaling")
    worker = next(role for role in fleet.outcomes[0].roles if role.role == "worker")
    assert (worker.answer, worker.have, worker.have_least) == ("carried", 400, 50)
    text = taskfit("fleet", "--load", "agents=300", "a.yaml", folder=tmp_path).stdout
    assert "worker: carried at max 40 tasks, not at min 5 (50 agents)" in text


@pytest.mark.parametrize("name", ["csv", "markdown", "html"])
def test_other_formats_have_every_role_and_stay_inert(name: str, taskfit: CommandLine, tmp_path: Path) -> None:
    hostile = "mistersmith-worker-<script>|=1+1"
    text = template("worker", 10).replace("mistersmith-worker", f"'{hostile}'")
    (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
    outcome = taskfit("fleet", "--scenario", "peak", "--output-format", name, "a.yaml", folder=tmp_path)
    assert (outcome.status, outcome.stderr) == (1, "")
    for role in ("supervisor", "worker", "gateway"):
        assert role in outcome.stdout
    assert "<script>" not in outcome.stdout
    if name == "csv":
        rows = list(csv.DictReader(io.StringIO(outcome.stdout)))
        assert [row["role"] for row in rows] == ["supervisor", "worker", "gateway"]
        assert all(len(row) == len(rows[0]) for row in rows)


def test_a_report_goes_to_a_file_in_its_place(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(template("worker", 10), encoding="utf-8")
    printed = taskfit("fleet", "a.yaml", "--output-format", "html", folder=tmp_path)
    written = taskfit("fleet", "a.yaml", "--output-format", "html", "--output-file", "fleet.html", folder=tmp_path)
    assert (written.status, written.both) == (printed.status, "")
    assert (tmp_path / "fleet.html").read_text(encoding="utf-8") == printed.stdout
    assert taskfit("fleet", "a.yaml", "--output-file", "absent/x", folder=tmp_path).status == 2


def test_without_jinja2_the_extra_is_named(taskfit: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    environment.cache_clear()
    outcome = taskfit("fleet", "examples/fleet", "--output-format", "html")
    assert (outcome.status, outcome.stdout) == (2, "")
    assert outcome.stderr.startswith("error: html needs jinja2: pip install 'taskfit[html]")


def test_no_cell_is_a_formula() -> None:
    for text in ("=1+1", " =1+1", "+1", "-1", "@sum", "\uff1d1"):
        assert str(inert_cell(text)).startswith("'")
    assert [inert_cell(value) for value in ("worker", -1, None)] == ["worker", -1, None]


def template(role: str, capacity: object, *services: str, head: str = "") -> str:
    variable = "MAX_CONNECTIONS" if role == "gateway" else "MAX_AGENTS"
    text = f"""{head}Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: mistersmith-{role}
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "2048"
      Memory: "6144"
      ContainerDefinitions:
        - Name: {role}
          Image: acme/{role}:1
          Environment: [{{Name: {variable}, Value: {capacity}}}]
"""
    for number, service in enumerate(services):
        text += f"""  Service{number}:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
{service}
"""
    return text


def read(folder: Path, files: dict[str, str], **options: Any) -> Fleet:
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return api.fleet([folder], isolated=True, **options)


@pytest.mark.parametrize(
    ("services", "tasks", "count_source"),
    [
        ([], 1, "default"),
        (["      Cluster: c"], 1, "default"),
        (["      DesiredCount: 3"], 3, "service"),
        (['      DesiredCount: "3"'], 3, "service"),
        (["      DesiredCount: 0"], 0, "service"),
        (["      DesiredCount: 3", "      DesiredCount: 2"], 5, "service"),
        (["      DesiredCount: !Ref Tasks"], 4, "service"),
        (["      DesiredCount: !If [IsProd, 9, 2]"], 2, "service"),
        (["      DesiredCount: !Ref Nowhere"], None, "service"),
        (["      DesiredCount: !If [IsBig, 9, 2]"], None, "service"),
        (["      DesiredCount: 3", "      DesiredCount: !Ref Nowhere"], None, "service"),
        (["      DesiredCount: 3", "      Cluster: c"], None, "service"),
        (["      SchedulingStrategy: DAEMON"], None, "service"),
    ],
)
def test_the_services_of_a_template_tell_how_many_tasks_run(
    services: list[str], tasks: int | None, count_source: str, tmp_path: Path
) -> None:
    head = """Parameters:
  Tasks: {Type: Number, Default: 4}
  Env: {Type: String, Default: dev}
  Size: {Type: String}
  Nowhere: {Type: Number}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsBig: !Equals [!Ref Size, big]
"""
    (found,) = read(tmp_path, {"t.yaml": template("worker", 10, *services, head=head)}).members
    assert (found.tasks, found.count_source, found.capacity) == (tasks, count_source, 10)


def test_a_count_makes_no_reading_of_its_own(tmp_path: Path) -> None:
    head = "Parameters: {Size: {Type: String}}\nConditions: {IsBig: !Equals [!Ref Size, big]}\n"
    path = tmp_path / "t.yaml"
    path.write_text(template("worker", 10, "      DesiredCount: !If [IsBig, 9, 2]", head=head), encoding="utf-8")
    from taskfit.sources import reader

    (readings,) = reader.read(path.read_bytes(), {}, path).definitions
    assert len(readings) == 1


def test_what_a_deployment_decides_is_not_known_until_it_is_given(tmp_path: Path) -> None:
    head = "Parameters: {Size: {Type: String}}\nConditions: {IsBig: !Equals [!Ref Size, big]}\n"
    files = {"t.yaml": template("worker", "!If [IsBig, 50, 10]", "      DesiredCount: 2", head=head)}
    (found,) = read(tmp_path, files).members
    assert (found.capacity, found.tasks, found.carries) == (None, None, None)
    assert found.remarks == ("what is deployed depends on `Size`; set it with --var",)
    (found,) = read(tmp_path, files, var={"Size": "big"}).members
    assert (found.capacity, found.tasks, found.carries) == (50, 2, 100)


TERRAFORM = """
resource "aws_ecs_task_definition" "app" {
  family                   = "mistersmith-worker"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = 2048
  memory                   = 6144
  container_definitions    = jsonencode([
    {name = "worker", image = "acme/worker:1", environment = [{name = "MAX_AGENTS", value = "10"}]}
  ])
}
variable "tasks" { default = 4 }
variable "unset" {}
resource "aws_ecs_service" "app" {
  task_definition = aws_ecs_task_definition.app.arn
  %s
}
"""


@pytest.mark.parametrize(
    ("service", "tasks", "count_source"),
    [
        ("", 1, "default"),
        ("desired_count = 3", 3, "service"),
        ("desired_count = null", 1, "default"),
        ("desired_count = var.tasks", 4, "service"),
        ("desired_count = var.unset", None, "service"),
        ("desired_count = var.unset ? 3 : 0", None, "service"),
        ("desired_count = 3\n count = 2", 6, "service"),
        ("desired_count = 3\n count = var.unset ? 1 : 0", None, "service"),
        ('desired_count = 3\n for_each = toset(["a", "b"])', None, "service"),
        ('desired_count = 3\n scheduling_strategy = "REPLICA"', 3, "service"),
        ('scheduling_strategy = "DAEMON"', None, "service"),
    ],
)
def test_the_services_of_terraform_tell_how_many_tasks_run(
    service: str, tasks: int | None, count_source: str, tmp_path: Path
) -> None:
    (found,) = read(tmp_path, {"main.tf": TERRAFORM % service}).members
    assert (found.tasks, found.count_source, found.carries) == (
        tasks,
        count_source,
        None if tasks is None else 10 * tasks,
    )


def test_the_services_of_a_terraform_state_tell_how_many_tasks_run(tmp_path: Path) -> None:
    containers = json.dumps(
        [{"name": "worker", "image": "acme/worker:1", "environment": [{"name": "MAX_AGENTS", "value": "10"}]}]
    )
    arn = "arn:aws:ecs:us-east-1:111122223333:task-definition/mistersmith-worker:7"
    task = {"arn": arn, "family": "mistersmith-worker", "revision": 7, "container_definitions": containers}
    service = {"task_definition": arn, "desired_count": 6, "launch_type": "FARGATE"}
    resources = [
        {"mode": "managed", "type": kind, "name": "app", "instances": [{"attributes": attributes}]}
        for kind, attributes in (("aws_ecs_task_definition", task), ("aws_ecs_service", service))
    ]
    state = {"version": 4, "terraform_version": "1.9.0", "resources": resources}
    (found,) = read(tmp_path, {"terraform.tfstate": json.dumps(state)}).members
    assert (found.tasks, found.count_source, found.carries) == (6, "service", 60)


@pytest.mark.parametrize(
    ("strategy", "codes"),
    [
        ("[{CapacityProvider: FARGATE_SPOT, Weight: 1}]", {"FIT602"}),
        ("[{CapacityProvider: FARGATE_SPOT, Weight: 0, Base: 1}]", {"FIT602"}),
        ("[{CapacityProvider: FARGATE_SPOT, Weight: 0}, {CapacityProvider: FARGATE, Weight: 1}]", set()),
        ("[{CapacityProvider: FARGATE_SPOT, Weight: !Ref Nowhere}]", set()),
    ],
)
def test_spot_is_only_said_where_tasks_run_there(strategy: str, codes: set[str], tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    head = "Parameters: {Nowhere: {Type: Number}}\n"
    service = f"      CapacityProviderStrategy: {strategy}"
    path.write_text(template("supervisor", 100, service, head=head), encoding="utf-8")
    report = api.check([path], isolated=True, select=("FIT602",))
    assert {finding.code for finding in report.findings} == codes


def test_an_assumed_role_may_run_on_spot(tmp_path: Path) -> None:
    path = tmp_path / "t.yaml"
    service = "      CapacityProviderStrategy: [{CapacityProvider: FARGATE_SPOT}]"
    path.write_text(template("supervisor", 100, service).replace("supervisor", "pool"), encoding="utf-8")
    assert api.check([path], isolated=True, select=("FIT602",)).findings == ()


def test_prices_follow_the_settings(tmp_path: Path) -> None:
    service = "      CapacityProviderStrategy: [{CapacityProvider: FARGATE_SPOT}]"
    (tmp_path / "taskfit.yaml").write_text("pricing: {discount-percent: 25, spot-discount-percent: 60}\n", "utf-8")
    for name, text in {"a.yaml": template("worker", 10, service), "b.yaml": template("gateway", 1000)}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    found = api.fleet([tmp_path])
    # 2 vCPU x 0.04048 + 6 GB x 0.004445 = 0.10763 an hour, 78.57 a month on demand.
    assert [one.monthly_usd for one in found.members] == [31.43, 58.93]
    # 90 agents are missing: two worker-xlarge of 8192/28672, 327.26 each on demand; on Spot, as those that are there.
    standard = next(each for each in found.outcomes if each.scenario == "standard")
    assert [role.addition and role.addition.monthly_usd for role in standard.roles] == [54.06, 261.8, None]


def test_the_prices_that_the_page_shows_are_the_defaults(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    shown = next(block for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL) if "pricing:" in block)
    (tmp_path / "taskfit.yaml").write_text(shown, encoding="utf-8")
    configurations = loading.load(tmp_path / "taskfit.yaml"), Configuration()
    priced = [prepare(configuration).policy.pricing for configuration in configurations]
    assert [(p.region, p.discount, p.spot_discount, p.with_savings_plan, p.large_from) for p in priced] == [
        ("us-east-1", 0, None, 0.2, 500)
    ] * 2


def test_remarks_say_what_is_not_known(tmp_path: Path) -> None:
    files = {
        "a.yaml": template("worker", '"${AGENTS}"'),
        "b.yaml": template("supervisor", "many"),
        "c.yaml": template("gateway", 5000),
        "d.yaml": template("x", 9).replace("mistersmith-x", "x").replace("MAX_AGENTS", "OTHER"),
    }
    found = read(tmp_path, files)
    remarks = {one.role: " ".join(one.remarks) for one in found.members}
    assert remarks["worker"] == "MAX_AGENTS is unknown; set it with --var"
    assert remarks["supervisor"] == 'MAX_AGENTS is "many", which is not a whole number of at least 1'
    assert remarks["gateway"].startswith("too small for the capacity")
    assert found.without_role == ("x",)


HIDDEN_IMAGE = """\
AWSTemplateFormatVersion: "2010-09-09"
Parameters: {Image: {Type: String}}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: x
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "1024"
      Memory: "2048"
      ContainerDefinitions: [{Name: app, Image: !Ref Image, Environment: [{Name: JOBS, Value: "4"}]}]
"""

BY_IMAGE = """\
name: acme
roles:
  api:
    {unit: jobs, match: {image: api}, capacity: [{variable: JOBS}], cpu: [{label: jobs, amount: 64, per: 1}]}
  cron:
    {unit: runs, match: {family: y}, capacity: [{variable: RUNS}], cpu: [{label: runs, amount: 64, per: 1}]}
"""


def test_a_hidden_role_may_carry_a_load(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(HIDDEN_IMAGE, encoding="utf-8")
    (tmp_path / "acme.yaml").write_text(BY_IMAGE, encoding="utf-8")
    found = api.fleet([tmp_path / "t.yaml"], load={"jobs": 4, "runs": 4}, profile=str(tmp_path / "acme.yaml"))
    (one,) = found.members
    assert (one.role, one.carries, one.total_usd) == (None, None, 36.04)
    assert one.remarks == (
        "`!Ref Image` hides the role; name it in a tag `taskfit:role`, a docker label, or with --role",
    )
    api_role, cron = found.outcomes[0].roles
    assert (api_role.answer, api_role.have, api_role.addition, api_role.monthly_usd) == ("unknown", 0, None, None)
    assert (cron.answer, cron.missing) == ("missing", 4)  # its family shows that it is no other
    assert (found.without_role, found.ways) == ((), ())


def test_a_role_that_a_tag_names_by_a_placeholder_may_be_any(tmp_path: Path) -> None:
    text = template("worker", 10).replace("Family:", 'Tags: [{Key: taskfit:role, Value: "${ROLE}"}]\n      Family:')
    found = read(tmp_path, {"t.yaml": text})
    assert {role.answer for each in found.outcomes for role in each.roles} == {"unknown"}


def test_several_roles_that_match_may_each_carry_a_load(tmp_path: Path) -> None:
    text = HIDDEN_IMAGE.replace("!Ref Image", "acme/api").replace("Family: x", "Family: y")
    (tmp_path / "t.yaml").write_text(text, encoding="utf-8")
    (tmp_path / "acme.yaml").write_text(BY_IMAGE, encoding="utf-8")
    found = api.fleet([tmp_path / "t.yaml"], load={"jobs": 4, "runs": 4}, profile=str(tmp_path / "acme.yaml"))
    (one,) = found.members
    assert one.remarks[0].startswith("several roles match it (api and cron)")
    assert [role.answer for role in found.outcomes[0].roles] == ["unknown", "unknown"]


def test_advice_to_choose_a_profile_is_for_who_chose_none(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(HIDDEN_IMAGE.replace("!Ref Image", "busybox"), encoding="utf-8")
    (tmp_path / "acme.yaml").write_text(BY_IMAGE, encoding="utf-8")
    assert "goes with --profile" in taskfit("fleet", folder=tmp_path).stdout
    chosen = taskfit("fleet", "t.yaml", "--profile", "acme.yaml", "--load", "jobs=4", folder=tmp_path).stdout
    assert chosen.startswith("No definition here has a role in the acme profile.\n")


def test_a_size_that_fargate_does_not_have_carries_nothing_for_certain_and_has_no_price(tmp_path: Path) -> None:
    found = read(tmp_path, {"t.yaml": template("worker", 100).replace('"2048"', '"256"')})
    (one,) = found.members
    assert (one.carries, one.total_usd, found.ways) == (None, None, ())
    assert one.remarks == ("Fargate has no such size; run `taskfit check` for the nearest ones",)
    standard = next(each for each in found.outcomes if each.scenario == "standard")
    assert {role.role: role.answer for role in standard.roles}["worker"] == "unknown"


def test_what_does_not_run_on_fargate_has_no_price(tmp_path: Path) -> None:
    (found,) = read(tmp_path, {"t.yaml": template("worker", 10).replace("[FARGATE]", "[EC2]")}).members
    assert (found.monthly_usd, found.carries) == (None, 10)


# The command


def test_a_remark_on_namesakes_stands_there_once(taskfit: CommandLine, tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(template("worker", 10), encoding="utf-8")
    assert taskfit("fleet", folder=tmp_path).stdout.count("defined in a.yaml and b.yaml, and counted each time") == 1


def test_where_nothing_has_a_role_only_a_load_that_was_asked_for_is_shown(taskfit: CommandLine, tmp_path: Path) -> None:
    nothing = "No definition here has a role in the mistersmith profile. A profile of your own goes with --profile.\n"
    outcome = taskfit("fleet", folder=tmp_path)
    assert (outcome.status, outcome.stdout) == (1, "No task definition found.\n")
    (tmp_path / "a.json").write_text('{"family": "web", "containerDefinitions": [{"name": "app"}]}', encoding="utf-8")
    outcome = taskfit("fleet", folder=tmp_path)
    assert (outcome.status, outcome.stdout) == (1, nothing + "1 definition has no role: web\n")
    assert (
        "base (10 agents, 100 connections): not carried" in taskfit("fleet", "--scenario=base", folder=tmp_path).stdout
    )


def test_text(taskfit: CommandLine, golden: Golden) -> None:
    outcome = taskfit("fleet", "examples/fleet")
    assert (outcome.status, outcome.stderr) == (1, "")
    golden("fleet-scenarios.txt", outcome.stdout)


def test_text_of_one_scenario(taskfit: CommandLine, golden: Golden) -> None:
    outcome = taskfit("fleet", "examples/fleet", "--scenario", "peak", "--count", "mistersmith-worker-xlarge=9")
    assert (outcome.status, outcome.stderr) == (1, "")
    golden("fleet-peak.txt", outcome.stdout)


def test_json(taskfit: CommandLine) -> None:
    outcome = taskfit(
        "fleet", "examples/fleet", "--load", "agents=64", "--load", "connections=3000", "--output-format", "json"
    )
    data = json.loads(outcome.stdout)
    (scenario,) = data["scenarios"]
    assert (outcome.status, scenario["scenario"], scenario["answer"]) == (0, "load", "carried")
    assert [(role["role"], role["spare"]) for role in scenario["roles"]] == [
        ("supervisor", 96),
        ("worker", 0),
        ("gateway", 3100),
    ]
    assert data["monthly_usd"] == round(sum(one["monthly_usd"] for one in data["definitions"]), 2)
    assert set(scenario["roles"][0]["packings"][0]) == {
        *("tier", "containers", "cpu", "memory", "efficiency", "size", "monthly_usd"),
    }


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--scenario", "peek"], "did you mean 'peak'?"),
        (["--load", "agnts=3"], "did you mean 'agents'?"),
        (["--load", "agents=-3"], "a whole number of at least 0"),
        (["--load", "agents"], "is not NAME=VALUE"),
        (["--count", "mistersmith-worker-larg=3"], "did you mean 'mistersmith-worker-xlarge'?"),
        (["no-such-folder"], "no-such-folder"),
    ],
)
def test_what_is_wrong_with_a_call(arguments: list[str], words: str, taskfit: CommandLine) -> None:
    outcome = taskfit("fleet", "examples/fleet", *arguments)
    assert outcome.status == 2
    assert words in outcome.stderr


def test_a_file_that_cannot_be_read_fails_the_run_and_hides_no_other(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(template("worker", 10), encoding="utf-8")
    (tmp_path / "b.json").write_text('{"family": "x", "containerDefinitions": [', encoding="utf-8")
    outcome = taskfit("fleet", str(tmp_path), "--load", "agents=1")
    assert outcome.status == 2
    assert "mistersmith-worker" in outcome.stdout
    assert "b.json:1:41: can't be read" in outcome.stderr


def test_what_cannot_be_read_at_all_carries_no_verdict(taskfit: CommandLine) -> None:
    outcome = taskfit("fleet", "/nowhere")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (2, "", "error: /nowhere: No such file or directory\n")


def test_a_count_needs_one_definition_of_the_name(taskfit: CommandLine, tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(template("worker", 10), encoding="utf-8")
    outcome = taskfit("fleet", str(tmp_path), "--count", "mistersmith-worker=3")
    assert (outcome.status, "b.yaml define it" in outcome.stderr) == (2, True)


def test_standard_input_and_hostile_names(taskfit: CommandLine) -> None:
    text = template("worker", 10).replace("mistersmith-worker", r'"mistersmith-worker\e[31m\n::error::x"')
    outcome = taskfit("fleet", "-", "--load", "agents=1", stdin=text)
    assert "\x1b" not in outcome.stdout
    assert not any(line.startswith("::") for line in outcome.stdout.splitlines())
    assert "10 agents" in outcome.stdout


def test_a_profile_s_scenarios_speak_of_its_units(taskfit: CommandLine, tmp_path: Path) -> None:
    profile = (ROOT / "rules" / "profiles" / "mistersmith.yaml").read_text(encoding="utf-8")
    path = tmp_path / "own.yaml"
    path.write_text(profile + "  launch: {agents: 40, sessions: 7}\n", encoding="utf-8")
    outcome = taskfit("fleet", "examples/fleet", "--profile", str(path))
    assert outcome.status == 2
    assert "no role counts 'sessions'" in outcome.stderr
    path.write_text(profile + "  launch: {agents: 40}\n", encoding="utf-8")
    outcome = taskfit("fleet", "examples/fleet", "--profile", str(path), "--scenario", "launch")
    assert (outcome.status, outcome.stderr) == (0, "")


@pytest.mark.parametrize("number", ["-1", "10001", "9" * 30, "x"])
def test_a_number_of_spare_tasks_that_no_service_has_is_refused(number: str, taskfit: CommandLine) -> None:
    result = taskfit("fleet", f"--spare-tasks={number}")
    assert result.status == 2
    assert "--spare-tasks" in result.stderr
