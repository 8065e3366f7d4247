"""What every format says of the services that run a definition."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from taskfit import api
from taskfit.auditing.services import running_service
from taskfit.definition import Service, Unknown, known
from taskfit.sources import reader
from taskfit.sources.document import Reading

CLOUDFORMATION = """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions: [{Name: web, Image: nginx}]
  Web:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
      ServiceName: web
      DesiredCount: 3
      CapacityProviderStrategy: [{CapacityProvider: FARGATE, Weight: 1}]
      PlatformVersion: 1.4.0
      HealthCheckGracePeriodSeconds: "60"
      DeploymentConfiguration:
        MinimumHealthyPercent: 50
        MaximumPercent: 150
        DeploymentCircuitBreaker: {Enable: "true", Rollback: true}
      LoadBalancers: [{ContainerName: web, ContainerPort: 80, TargetGroupArn: !Ref Group}]
      NetworkConfiguration: {AwsvpcConfiguration: {Subnets: [subnet-1, !Ref Subnet]}}
      ServiceConnectConfiguration: {Enabled: true, Services: [{PortName: http}]}
  Group:
    Type: AWS::ElasticLoadBalancingV2::TargetGroup
    Properties:
      TargetType: ip
      HealthCheckIntervalSeconds: 10
      UnhealthyThresholdCount: "4"
      TargetGroupAttributes: [{Key: deregistration_delay.timeout_seconds, Value: "30"}]
  Target:
    Type: AWS::ApplicationAutoScaling::ScalableTarget
    Properties:
      ResourceId: !Sub service/${Cluster}/${Web.Name}
      ServiceNamespace: ecs
      MinCapacity: 2
      MaxCapacity: 9
  Policy:
    Type: AWS::ApplicationAutoScaling::ScalingPolicy
    Properties:
      ScalingTargetId: !Ref Target
      PolicyType: TargetTrackingScaling
      TargetTrackingScalingPolicyConfiguration:
        PredefinedMetricSpecification: {PredefinedMetricType: ECSServiceAverageCPUUtilization}
        TargetValue: 60.5
        ScaleInCooldown: 300
        ScaleOutCooldown: 30
"""

TERRAFORM = """\
resource "aws_ecs_task_definition" "task" {
  family                = "web"
  container_definitions = jsonencode([{ name = "web", image = "nginx" }])
}
resource "aws_ecs_service" "web" {
  name                               = "web"
  task_definition                    = aws_ecs_task_definition.task.arn
  desired_count                      = 3
  platform_version                   = "1.4.0"
  health_check_grace_period_seconds  = 60
  deployment_minimum_healthy_percent = 50
  deployment_maximum_percent         = 150
  deployment_circuit_breaker {
    enable   = true
    rollback = "true"
  }
  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    weight            = 1
  }
  load_balancer {
    container_name   = "web"
    container_port   = 80
    target_group_arn = aws_lb_target_group.web.arn
  }
  network_configuration {
    subnets = ["subnet-1", aws_subnet.other.id]
  }
  service_connect_configuration {
    enabled = true
    service {
      port_name = "http"
    }
  }
}
resource "aws_lb_target_group" "web" {
  target_type          = "ip"
  deregistration_delay = 30
  health_check {
    interval            = 10
    unhealthy_threshold = 4
  }
}
resource "aws_appautoscaling_target" "web" {
  resource_id       = "service/${aws_ecs_cluster.main.name}/${aws_ecs_service.web.name}"
  service_namespace = "ecs"
  min_capacity      = 2
  max_capacity      = 9
}
resource "aws_appautoscaling_policy" "cpu" {
  name        = "cpu"
  policy_type = "TargetTrackingScaling"
  resource_id = aws_appautoscaling_target.web.resource_id
  target_tracking_scaling_policy_configuration {
    predefined_metric_specification {
      predefined_metric_type = "ECSServiceAverageCPUUtilization"
    }
    target_value       = 60.5
    scale_in_cooldown  = 300
    scale_out_cooldown = 30
  }
}
"""


def _resource(kind: str, label: str, **values: Any) -> dict[str, Any]:
    return {"mode": "managed", "type": kind, "name": label, "address": f"{kind}.{label}", "values": values}


PLAN = {
    "terraform_version": "1.9.0",
    "planned_values": {
        "root_module": {
            "resources": [
                _resource("aws_ecs_task_definition", "task", family="web", container_definitions='[{"name": "web"}]'),
                _resource(
                    "aws_ecs_service",
                    "web",
                    name="web",
                    desired_count=3,
                    launch_type=None,
                    platform_version="1.4.0",
                    health_check_grace_period_seconds=60,
                    deployment_minimum_healthy_percent=50,
                    deployment_maximum_percent=150,
                    deployment_circuit_breaker=[{"enable": True, "rollback": True}],
                    capacity_provider_strategy=[{"capacity_provider": "FARGATE", "weight": 1, "base": None}],
                    load_balancer=[{"container_name": "web", "container_port": 80, "target_group_arn": "arn:group"}],
                    network_configuration=[{"subnets": ["subnet-1", "${other}"]}],
                    service_connect_configuration=[{"enabled": True, "service": [{"port_name": "http"}]}],
                ),
                _resource(
                    "aws_lb_target_group",
                    "web",
                    arn="arn:group",
                    target_type="ip",
                    deregistration_delay="30",
                    health_check=[{"interval": 10, "unhealthy_threshold": 4}],
                ),
                _resource(
                    "aws_appautoscaling_target", "web", resource_id="service/main/web", min_capacity=2, max_capacity=9
                ),
                _resource(
                    "aws_appautoscaling_policy",
                    "cpu",
                    name="cpu",
                    policy_type="TargetTrackingScaling",
                    resource_id="service/main/web",
                    target_tracking_scaling_policy_configuration=[
                        {
                            "predefined_metric_specification": [
                                {"predefined_metric_type": "ECSServiceAverageCPUUtilization"}
                            ],
                            "target_value": 60.5,
                            "scale_in_cooldown": 300,
                            "scale_out_cooldown": 30,
                        }
                    ],
                ),
            ]
        }
    },
    "configuration": {
        "root_module": {
            "resources": [
                {
                    "address": "aws_ecs_service.web",
                    "type": "aws_ecs_service",
                    "expressions": {"task_definition": {"references": ["aws_ecs_task_definition.task"]}},
                }
            ]
        }
    },
}

FORMATS = {"cloudformation": CLOUDFORMATION, "terraform": TERRAFORM, "plan": json.dumps(PLAN, indent=1)}


def facts(service: Service) -> dict[str, Any]:
    [balancer], [policy] = service.load_balancers, service.scaling_policies
    assert isinstance(service.subnets, tuple)
    return {
        "name": service.name,
        "where": (service.launch_type, service.launch_types, service.platform_version),
        "tasks": (service.desired_count, service.min_capacity, service.max_capacity),
        "grace": service.health_check_grace_period,
        "deployment": (service.minimum_healthy_percent, service.maximum_percent),
        "circuit breaker": (service.circuit_breaker, service.rolls_back),
        "load balancer": (balancer.container_name, balancer.container_port),
        "target group": (balancer.target_type, balancer.deregistration_delay, balancer.unhealthy_after),
        "subnets": [known(subnet) for subnet in service.subnets],
        "connect": [name for _, name in service.connect_ports],
        "policy": (policy.kind, policy.metric, policy.target),
        "cooldowns": (policy.scale_in_cooldown, policy.scale_out_cooldown, policy.scales_in),
    }


def reading_of(text: str, path: Path | None = None) -> Reading:
    document = reader.read(text.encode(), {}, path)
    [[reading, *_]] = document.definitions
    return reading


@pytest.mark.parametrize("text", FORMATS.values(), ids=FORMATS)
def test_each_format_gives_the_whole_service(text: str) -> None:
    [service] = reading_of(text).task.services
    assert facts(service) == {
        "name": "web",
        "where": (None, ("FARGATE",), "1.4.0"),
        "tasks": (3, 2, 9),
        "grace": 60,
        "deployment": (50, 150),
        "circuit breaker": (True, True),
        "load balancer": ("web", 80),
        "target group": ("ip", 30, 40),
        "subnets": ["subnet-1", None],
        "connect": ["http"],
        "policy": ("TargetTrackingScaling", "ECSServiceAverageCPUUtilization", 60.5),
        "cooldowns": (300, 30, True),
    }


@pytest.mark.parametrize(
    ("pointer", "words"),
    [
        ("/services/0", {"cloudformation": "Web", "terraform": "resource", "plan": '"aws_ecs_service.web"'}),
        ("/services/0/desiredCount", {"cloudformation": "3", "terraform": "3", "plan": "3"}),
        (
            "/services/0/deploymentConfiguration/minimumHealthyPercent",
            {"cloudformation": "50", "terraform": "50", "plan": "50"},
        ),
        ("/services/0/scalableTarget/maxCapacity", {"cloudformation": "9", "terraform": "9", "plan": "9"}),
        (
            "/services/0/scalingPolicies/0/targetTrackingScalingPolicyConfiguration/targetValue",
            {"cloudformation": "60.5", "terraform": "60.5", "plan": "60.5"},
        ),
        (
            "/services/0/loadBalancers/0/targetGroup/deregistrationDelay",
            {"cloudformation": '"30"', "terraform": "30", "plan": '"30"'},
        ),
        ("/services/0/loadBalancers/0/containerPort", {"cloudformation": "80", "terraform": "80", "plan": "80"}),
    ],
)
@pytest.mark.parametrize("name", FORMATS)
def test_each_value_of_a_service_has_its_place(name: str, pointer: str, words: dict[str, str]) -> None:
    text = FORMATS[name]
    place = reading_of(text).place(pointer, on_key=False)
    line, column, end_line, end_column = place.span
    assert place.file == ""
    assert line == end_line
    written = text.splitlines()[line - 1][column - 1 : end_column - 1]
    assert written == words[name] or written.startswith(f"{words[name]} ")


def test_what_stands_in_another_file_of_the_folder_is_found_there(tmp_path: Path) -> None:
    definition, service, rest = TERRAFORM.split('resource "aws_', 3)[1:]
    main, other = tmp_path / "main.tf", tmp_path / "service.tf"
    main.write_text(f'resource "aws_{definition}')
    other.write_text(f'resource "aws_{service}resource "aws_{rest}')
    place = reading_of(main.read_text(), main).place("/services/0/desiredCount", on_key=False)
    assert place.file == "service.tf"
    assert other.read_text().splitlines()[place.span.line - 1].split("=")[1].strip() == "3"


def test_what_only_a_deployment_knows_is_unknown() -> None:
    text = CLOUDFORMATION.replace("MaximumPercent: 150", "MaximumPercent: !If [Prod, 200, 150]")
    text = text.replace("MaxCapacity: 9", "MaxCapacity: !Ref Most").replace("!Ref Group", "!ImportValue group")
    [service] = reading_of(text).task.services
    assert isinstance(service.maximum_percent, Unknown)
    assert service.minimum_healthy_percent == 50
    assert isinstance(service.max_capacity, Unknown)
    assert isinstance(service.load_balancers[0].target_type, Unknown)
    assert isinstance(service.load_balancers[0].deregistration_delay, Unknown)
    assert isinstance(service.load_balancers[0].unhealthy_after, Unknown)


def test_a_load_balancer_on_condition_hides_the_groups_of_all() -> None:
    """The one that is left out would give its place to the next one."""
    balancers = "LoadBalancers: [!If [Two, {ContainerName: web}, !Ref AWS::NoValue], "
    text = CLOUDFORMATION.replace("LoadBalancers: [", balancers) + "Conditions: {Two: !Equals [a, b]}\n"
    [service] = reading_of(text).task.services
    assert [isinstance(each.target_type, Unknown) for each in service.load_balancers] == [True]


REFERENCE = "aws_lb_target_group.web.arn"
VARIABLES = 'variable "given" {}\nvariable "usual" { default = "instance" }\n'


@pytest.mark.parametrize(
    ("reference", "kind", "found"),
    [
        (REFERENCE, "", "instance"),
        (REFERENCE, "null", "instance"),
        (REFERENCE, '"ip"', "ip"),
        ("aws_lb_target_group.web[each.key].id", '"ip"', "ip"),
        ("one(aws_lb_target_group.web[*].arn)", "", "instance"),
        ('join("", aws_lb_target_group.web.*.arn)', "", "instance"),
        ('try(aws_lb_target_group.web[0].arn, "")', "", "instance"),
        (REFERENCE, "var.given", None),
        (REFERENCE, "var.usual", None),
        (REFERENCE, 'lookup(var.given, "type", "instance")', None),
        (REFERENCE, 'var.usual == "instance" ? "instance" : "ip"', None),
        ("var.given", "", None),
        (f"coalesce(var.given, {REFERENCE})", "", None),
        (f'var.usual == "" ? {REFERENCE} : var.given', "", None),
        (f'{REFERENCE} == "" ? null : {REFERENCE}', "", None),
        (f"data.{REFERENCE}", "", None),
        ("aws_lb_target_group.other.arn", "", None),
        (f"try({REFERENCE}, aws_lb_target_group.other.arn)", "", None),
    ],
)
def test_the_type_of_a_target_group_is_known_where_nothing_can_replace_it(
    tmp_path: Path, reference: str, kind: str, found: str | None
) -> None:
    text = TERRAFORM.replace(f"arn = {REFERENCE}", f"arn = {reference}")
    text = text.replace('  target_type          = "ip"\n', f"  target_type = {kind}\n" if kind else "")
    [service] = reading_of(text + VARIABLES, tmp_path / "main.tf").task.services
    assert known(service.load_balancers[0].target_type) == found


@pytest.mark.parametrize(
    ("arguments", "found"),
    [("", "instance"), ('type = "ip"', "ip"), ("type = var.given", None), ("type = var.usual", None)],
)
def test_the_type_of_a_target_group_that_a_call_decides(tmp_path: Path, arguments: str, found: str | None) -> None:
    (tmp_path / "web").mkdir()
    module = TERRAFORM.replace('target_type          = "ip"', "target_type = var.type")
    (tmp_path / "web" / "main.tf").write_text(module + 'variable "type" { default = "instance" }\n')
    text = f'module "web" {{\n  source = "./web"\n  {arguments}\n}}\n{VARIABLES}'
    (tmp_path / "main.tf").write_text(text)
    [service] = reading_of(text, tmp_path / "main.tf").task.services
    assert known(service.load_balancers[0].target_type) == found


@pytest.mark.parametrize(("name", "kinds"), [("capacity_provider_strategy", ["ip"]), ("load_balancer", [])])
def test_only_a_dynamic_load_balancer_hides_the_groups_of_those_after_it(name: str, kinds: list[str]) -> None:
    block = f'dynamic "{name}" {{\n    for_each = var.given\n    content {{}}\n  }}\n'
    text = TERRAFORM.replace("  load_balancer {", f"  {block}  load_balancer {{", 1) + VARIABLES
    [service] = reading_of(text).task.services
    assert [each.target_type for each in service.load_balancers if not isinstance(each.target_type, Unknown)] == kinds


def test_a_scaling_target_that_may_be_another_services_is_unknown() -> None:
    text = CLOUDFORMATION.replace("!Sub service/${Cluster}/${Web.Name}", "!ImportValue resource")
    [service] = reading_of(text).task.services
    assert isinstance(service.max_capacity, Unknown)
    text = CLOUDFORMATION.replace("!Sub service/${Cluster}/${Web.Name}", "service/main/other")
    [service] = reading_of(text).task.services
    assert service.max_capacity is None


def test_a_scaling_target_by_the_name_of_the_service() -> None:
    text = CLOUDFORMATION.replace("!Sub service/${Cluster}/${Web.Name}", "service/main/web")
    [service] = reading_of(text).task.services
    assert service.max_capacity == 9
    text = TERRAFORM.replace("${aws_ecs_service.web.name}", "web").replace("${aws_ecs_cluster.main.name}", "main")
    [service] = reading_of(text).task.services
    assert service.max_capacity == 9


COPILOT = """\
name: api
type: Load Balanced Web Service
image: {location: nginx, port: 80}
count:
  range: 2-9
  cpu_percentage:
    value: 60
    cooldown: {in: 5m, out: 30s}
  memory_percentage: 80
http: {path: /, healthcheck: {grace_period: 90s}}
deployment: {rolling: recreate}
"""


def test_copilot_makes_a_service() -> None:
    reading = reading_of(COPILOT)
    [service] = reading.task.services
    cpu, memory = service.scaling_policies
    assert (service.name, service.launch_types) == ("api", ("FARGATE",))
    assert (service.min_capacity, service.max_capacity) == (2, 9)
    assert (cpu.metric, cpu.target, cpu.scale_in_cooldown, cpu.scale_out_cooldown) == (
        *("ECSServiceAverageCPUUtilization", 60, 300, 30),
    )
    assert (memory.metric, memory.target, memory.scale_in_cooldown) == ("ECSServiceAverageMemoryUtilization", 80, None)
    assert service.health_check_grace_period == 90
    assert (service.minimum_healthy_percent, service.maximum_percent) == (0, 100)
    assert isinstance(service.network_configuration, Unknown)
    assert reading.place("/services/0/scalableTarget/maxCapacity", on_key=False).span.line == 5


def test_an_answer_of_aws_is_a_service() -> None:
    answer = {
        "serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/main/web",
        "serviceName": "web",
        "taskDefinition": "arn:aws:ecs:eu-west-1:123456789012:task-definition/web:1",
        "desiredCount": 3,
        "runningCount": 3,
        "capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1, "base": 0}],
        "deploymentConfiguration": {
            "maximumPercent": 200,
            "minimumHealthyPercent": 100,
            "deploymentCircuitBreaker": {"enable": False, "rollback": False},
        },
        "loadBalancers": [{"targetGroupArn": "arn:group", "containerName": "web", "containerPort": 80}],
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
        "platformVersion": "LATEST",
        "healthCheckGracePeriodSeconds": 0,
    }
    service = running_service(answer).service
    assert (service.name, service.desired_count, service.launch_types) == ("web", 3, ("FARGATE_SPOT",))
    assert (service.minimum_healthy_percent, service.circuit_breaker) == (100, False)
    assert service.subnets == ("subnet-1",)
    assert isinstance(service.min_capacity, Unknown)
    assert isinstance(service.load_balancers[0].deregistration_delay, Unknown)


def test_an_absent_value_is_none() -> None:
    service = Service({})
    assert service.network_configuration is service.subnets is service.circuit_breaker is None
    assert (service.launch_types, service.load_balancers, service.scaling_policies) == ((), (), ())
    assert (service.desired_count, service.tasks, service.is_daemon) == (None, None, False)


def test_a_step_policy() -> None:
    policies = [{"stepScalingPolicyConfiguration": {"cooldown": "60"}}, {"policyType": "PredictiveScaling"}]
    step, other = Service({"scalingPolicies": policies}).scaling_policies
    assert (step.kind, step.step_cooldown, step.metric, step.target) == ("StepScaling", 60, None, None)
    assert other.kind == "PredictiveScaling"
    assert step.pointer == "/services/0/scalingPolicies/0"


def test_a_policy_that_names_its_target_and_the_service_is_one() -> None:
    text = CLOUDFORMATION.replace(
        "ScalingTargetId: !Ref Target", "ScalingTargetId: !Ref Target\n      ResourceId: !Sub service/c/${Web.Name}"
    )
    for given in (text, TERRAFORM.replace("${aws_ecs_cluster.main.name}/${aws_ecs_service.web.name}", "c/web")):
        assert len(reading_of(given).task.services[0].scaling_policies) == 1


@pytest.mark.parametrize("ignored", ["[desired_count]", "[task_definition, desired_count]", "all"])
def test_a_count_whose_changes_terraform_ignores_is_unknown(ignored: str) -> None:
    lifecycle = f"lifecycle {{\n    ignore_changes = {ignored}\n  }}\n"
    text = TERRAFORM.replace("  desired_count ", f"  {lifecycle}  desired_count ", 1)
    (service,) = reading_of(text, Path("main.tf")).task.services
    assert isinstance(service.desired_count, Unknown)
    (service,) = reading_of(
        TERRAFORM.replace("  desired_count ", "  lifecycle {}\n  desired_count ", 1), Path("main.tf")
    ).task.services
    assert service.desired_count == 3


@pytest.mark.parametrize(
    ("check", "seconds"),
    [("", 90), ("health_check { interval = 5 }", 15), ("health_check { unhealthy_threshold = var.failures }", None)],
)
def test_a_target_group_of_terraform_fails_after_three_checks(tmp_path: Path, check: str, seconds: int | None) -> None:
    text = TERRAFORM.partition("  health_check {")
    group = text[0] + check.replace("{ ", "{\n").replace(" }", "\n}") + text[2].partition("}")[2]
    path = tmp_path / "main.tf"
    path.write_text(group + '\nvariable "failures" {}\n')
    [service] = reading_of(group + '\nvariable "failures" {}\n', path).task.services
    assert known(service.load_balancers[0].unhealthy_after) == seconds


@pytest.mark.parametrize(
    ("requires", "runs_on", "mode", "severities"),
    [
        ("FARGATE", "EC2", "awsvpc", ["note"]),
        ("EC2", "FARGATE", "awsvpc", ["warning"]),
        ("EC2", "FARGATE", "bridge", ["error"]),
        ("EC2", "EC2", "bridge", []),
    ],
)
def test_a_launch_type_that_is_not_required_is_as_bad_as_aws_takes_it(
    requires: str, runs_on: str, mode: str, severities: list[str], tmp_path: Path
) -> None:
    (tmp_path / "main.tf").write_text(
        f"""
resource "aws_ecs_task_definition" "web" {{
  family                   = "web"
  requires_compatibilities = ["{requires}"]
  network_mode             = "{mode}"
  cpu                      = 1024
  memory                   = 2048
  container_definitions    = jsonencode([{{ name = "web", image = "nginx:1.27" }}])
}}

resource "aws_ecs_service" "web" {{
  name            = "web"
  task_definition = aws_ecs_task_definition.web.arn
  launch_type     = "{runs_on}"
}}
""",
        encoding="utf-8",
    )
    found = api.check(str(tmp_path), isolated=True, select="FIT923").findings
    assert [each.severity.value for each in found] == severities


@pytest.mark.parametrize(
    ("requires", "mode", "kind", "is_refused"),
    [
        ("FARGATE", "awsvpc", "instance", True),
        ("FARGATE", "!Ref Mode", "instance", True),  # it can only be awsvpc
        ("FARGATE", "bridge", "ip", False),  # FIT103 reports the mode
        ("EC2", "!Ref Mode", "instance", False),
        ("EC2", "awsvpc", "ip", False),
        ("EC2", "awsvpc", "lambda", True),
        ("EC2", "awsvpc", "!Ref Mode", False),
        ("EC2", "bridge", "ip", True),
        ("EC2", "!Ref AWS::NoValue", "ip", True),
        ("EC2", "bridge", "instance", False),
        ("EC2", "host", "ip", False),
    ],
)
def test_a_target_group_is_refused_where_its_type_and_the_network_mode_are_known(
    tmp_path: Path, requires: str, mode: str, kind: str, is_refused: bool
) -> None:
    definition = f"RequiresCompatibilities: [{requires}]\n      NetworkMode: {mode}\n      ContainerDefinitions:"
    text = CLOUDFORMATION.replace("ContainerDefinitions:", definition).replace("TargetType: ip", f"TargetType: {kind}")
    text = text.replace("CapacityProviderStrategy: [{CapacityProvider: FARGATE, Weight: 1}]", f"LaunchType: {requires}")
    (tmp_path / "template.yaml").write_text(text + "Parameters: {Mode: {Type: String}}\n")
    report = api.check([tmp_path / "template.yaml"])
    assert bool([each for each in report.findings if each.code == "FIT927"]) == is_refused


GROUP = 'resource "aws_lb_target_group" "web" {\n  port = 80\n}\n'
OUTPUT = f'output "arn" {{\n  value = {REFERENCE}\n}}\n'
ALB = 'module "alb" {\n  source = "./alb"\n}\n'


@pytest.mark.parametrize(
    ("root", "passed", "alb", "line"),
    [
        (GROUP, REFERENCE, "", 5),
        (ALB, "module.alb.arn", GROUP + OUTPUT, 5),
        (ALB, '"${module.alb.arn}"', GROUP + OUTPUT, 5),
        (ALB.replace("}", '  type   = "instance"\n}'), "module.alb.arn", GROUP + OUTPUT, 7),
        (ALB.replace("}", "  count  = 1\n}"), "module.alb[0].arn", GROUP + OUTPUT, None),
        (ALB.replace("}", '  type   = "ip"\n}'), "module.alb.arn", GROUP + OUTPUT, None),
        (ALB, "module.alb.arn", GROUP + OUTPUT.replace(REFERENCE, f"var.other ? var.arn : {REFERENCE}"), None),
        (ALB, "module.alb.other", GROUP + OUTPUT, None),
        (ALB, "module.other.arn", GROUP + OUTPUT, None),
        (GROUP, f"coalesce(var.other, {REFERENCE})", "", None),
        ("", "var.other", "", None),
        ("", "module.alb.arn", "", None),
    ],
)
def test_a_target_group_of_another_module_is_found_where_it_is_certain(
    tmp_path: Path, root: str, passed: str, alb: str, line: int | None
) -> None:
    service = TERRAFORM.replace(f"arn = {REFERENCE}", "arn = var.arn").partition('resource "aws_lb_target_group"')[0]
    files = {
        "web/main.tf": service.replace("family ", 'network_mode = "awsvpc"\n  family ') + 'variable "arn" {}\n',
        "alb/main.tf": alb.replace("port = 80", "target_type = var.type")
        + 'variable "type" { default = "instance" }\n',
        "main.tf": f'module "web" {{\n  source = "./web"\n  arn    = {passed}\n}}\n{root}',
    }
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    found = [each for each in api.check([tmp_path]).findings if each.code == "FIT927"]
    assert [(Path(str(each.path)).name, each.span.line) for each in found] == ([("main.tf", line)] if line else [])
