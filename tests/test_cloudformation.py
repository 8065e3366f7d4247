"""CloudFormation templates: what becomes a definition and what stays unknown, its readings, and its places."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spellings import as_cloudformation

import taskfit
from taskfit.config.settings import Configuration
from taskfit.definition import GAP, Partial, Unknown
from taskfit.engine import engine
from taskfit.finding import Severity
from taskfit.policy import bundled
from taskfit.preparation import prepare
from taskfit.sources import reader
from taskfit.sources.cloudformation.evaluation import MAX_READINGS
from taskfit.sources.document import Document, Reading
from taskfit.sources.files import File


def read(text: str | dict[str, Any], **variables: str) -> Document:
    content = text if isinstance(text, str) else json.dumps(text, indent=1)
    return reader.read(content.encode(), variables)


def readings(text: str | dict[str, Any], **variables: str) -> tuple[Reading, ...]:
    (found,) = read(text, **variables).definitions
    return found


def with_properties(properties: str, head: str = "", rest: str = "") -> str:
    """A YAML template of one definition `Task`, its properties given by lines without indentation."""
    indented = "".join(f"      {line}\n" for line in properties.strip().splitlines())
    return f"{head}\nResources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n{indented}{rest}"


def data(text: str | dict[str, Any], **variables: str) -> Mapping[str, Any]:
    return readings(text, **variables)[0].task.data


def value(expression: str, head: str = "", **variables: str) -> Any:
    """What an expression becomes as the task's family."""
    return data(with_properties(f"Family: {expression}", head), **variables).get("family")


def choices(text: str, pointer: str = "cpu") -> dict[str, Any]:
    return {reading.choice: reading.task.data.get(pointer) for reading in readings(text)}


def spot(reading: Reading, text: str, pointer: str, *, on_key: bool = False) -> str:
    """The text that a pointer's span marks."""
    span = reading.locate(pointer, on_key)
    lines = text.splitlines()
    if span.line == span.end_line:
        return lines[span.line - 1][span.column - 1 : span.end_column - 1]
    return "\n".join([lines[span.line - 1][span.column - 1 :], *lines[span.line : span.end_line]])


COMPLETE = """
Family: web
RequiresCompatibilities: [FARGATE]
Cpu: 1024
Memory: "2048"
EphemeralStorage: {SizeInGiB: "30"}
ProxyConfiguration: {Type: APPMESH, ContainerName: envoy, ProxyConfigurationProperties: [{Name: AppPorts, Value: 80}]}
Volumes:
  - Name: efs
    EFSVolumeConfiguration: {FilesystemId: fs-1, AuthorizationConfig: {IAM: ENABLED, AccessPointId: ap-1}}
  - Name: fsx
    FSxWindowsFileServerVolumeConfiguration: {FileSystemId: fs-2}
ContainerDefinitions:
  - Name: app
    Image: nginx
    Essential: "true"
    Memory: "512"
    User: 0
    Command: [sleep, 360]
    DockerLabels: {Com.Example: true}
    LogConfiguration: {LogDriver: awslogs, Options: {awslogs-region: eu-west-1, Max-Size: 10}}
    PortMappings: [{ContainerPort: "80"}]
    LinuxParameters: {SharedMemorySize: "64", InitProcessEnabled: "True"}
    Environment: [{Name: PORT, Value: 8080}]
"""
AS_THE_API_HAS_IT = {
    "family": "web",
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "1024",
    "memory": "2048",
    "ephemeralStorage": {"sizeInGiB": 30},
    "proxyConfiguration": {
        "type": "APPMESH",
        "containerName": "envoy",
        "properties": [{"name": "AppPorts", "value": "80"}],
    },
    "volumes": [
        {
            "name": "efs",
            "efsVolumeConfiguration": {
                "fileSystemId": "fs-1",
                "authorizationConfig": {"iam": "ENABLED", "accessPointId": "ap-1"},
            },
        },
        {"name": "fsx", "fsxWindowsFileServerVolumeConfiguration": {"fileSystemId": "fs-2"}},
    ],
    "containerDefinitions": [
        {
            "name": "app",
            "image": "nginx",
            "essential": True,
            "memory": 512,
            "user": "0",
            "command": ["sleep", "360"],
            "dockerLabels": {"Com.Example": "true"},
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-region": "eu-west-1", "Max-Size": "10"},
            },
            "portMappings": [{"containerPort": 80}],
            "linuxParameters": {"sharedMemorySize": 64, "initProcessEnabled": True},
            "environment": [{"name": "PORT", "value": "8080"}],
        }
    ],
}


def test_an_unknown_property_is_spelled_as_in_the_template(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(with_properties("Familly: web\nContainerDefinitions: []"), encoding="utf-8")
    (finding,) = taskfit.check([tmp_path], isolated=True, select=("FIT003",)).findings
    assert finding.message.startswith("AWS has no field `Familly` in a task definition")
    assert finding.help == "Did you mean `Family`?"


def test_properties_become_the_fields_of_the_api() -> None:
    (reading,) = readings(with_properties(COMPLETE))
    assert reading.task.data == AS_THE_API_HAS_IT
    assert (reading.task.dialect.name, reading.task.fallback_name) == ("cloudformation", "Task")


HEAD = """
Parameters:
  Known: {Type: String, Default: web}
  Given: {Type: String}
  Number: {Type: Number, Default: 256}
  List: {Type: CommaDelimitedList, Default: "a, b,c"}
  Secret: {Type: "AWS::SSM::Parameter::Value<String>", Default: /cpu}
  Dynamic: {Type: String, Default: "{{resolve:ssm:/cpu}}"}
Mappings:
  Sizes:
    small: {Cpu: 256, Name: same}
    large: {Cpu: 4096, Name: same}
  Regions:
    us-east-1: {Image: a, Name: same, Flag: 1}
    eu-west-1: {Image: b, Name: same, Flag: true}
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("!Ref Known", "web"),
        ("{Ref: Known}", "web"),
        ("!Ref Number", "256"),
        ("!Sub '${Known}-${Number}'", "web-256"),
        ("!Sub ['${Known}-${X}-${!Kept}', {X: !Ref Number}]", Unknown("web-256-${Kept}")),
        ("{'Fn::Sub': 'x-${Known}'}", "x-web"),
        ("!Sub plain", "plain"),
        ("!Join ['-', [a, !Ref Known, !Ref 'AWS::NoValue', 7]]", "a-web-7"),
        ("!Join ['', !Ref List]", "abc"),
        ("!Select [1, !Ref List]", "b"),
        ("!Select ['0', !Split ['/', 'x/y']]", "x"),
        ("!Select [1, [!Ref Given, b]]", "b"),
        ("!FindInMap [Sizes, small, Cpu]", "256"),
        ("!FindInMap [Regions, !Ref 'AWS::Region', Name]", "same"),
        ("!FindInMap [Sizes, huge, Cpu, {DefaultValue: none}]", "none"),
        ("!Base64 hello", "aGVsbG8="),
        ("!Base64 {'Fn::Sub': '${Known}'}", "d2Vi"),
        ("!Length [a, b]", "2"),
        ("!Ref AWS::NoValue", None),
    ],
)
def test_a_function_of_known_values_is_evaluated(expression: str, expected: object) -> None:
    assert value(expression, HEAD) == expected


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("!Ref Given", "!Ref Given"),
        ("{Ref: Given}", "!Ref Given"),
        ("!Ref SomeBucket", "!Ref SomeBucket"),
        ("!Ref AWS::StackName", "!Ref AWS::StackName"),
        ("!Ref Secret", "!Ref Secret"),
        ("!Ref Dynamic", "!Ref Dynamic"),
        ("!GetAtt Role.Arn", "!GetAtt Role.Arn"),
        ("!ImportValue exported", "!ImportValue exported"),
        ("'{{resolve:ssm:/family:1}}'", "'{{resolve:ssm:/family:1}}'"),
        ("!Sub 'a-${Given}'", "a-${Given}"),
        ("!Sub '${Role.Arn}'", "${Role.Arn}"),
        ("!Join ['', [a, !Ref Given]]", "!Join ['', [a, !Ref Given]]"),
        ("!Join ['', !Ref Given]", "!Join ['', !Ref Given]"),
        ("!Select [3, !Ref List]", "!Select [3, !Ref List]"),
        ("!Select [x, !Ref List]", "!Select [x, !Ref List]"),
        ("!Split ['', abc]", "!Split ['', abc]"),
        ("!FindInMap [Regions, !Ref 'AWS::Region', Image]", "!FindInMap [Regions, !Ref 'AWS::Region', Image]"),
        ("!FindInMap [Regions, !Ref 'AWS::Region', Flag]", "!FindInMap [Regions, !Ref 'AWS::Region', Flag]"),
        ("!FindInMap [Nowhere, a, b]", "!FindInMap [Nowhere, a, b]"),
        ("!FindInMap [Sizes, huge, Cpu]", "!FindInMap [Sizes, huge, Cpu]"),
        ("!If [OnlyOne]", "!If [OnlyOne]"),
        ("!Sub [a, b, c]", "!Sub [a, b, c]"),
        ("!Nonsense x", "!Nonsense x"),
        ("{'Fn::Transform': {Name: X}}", "{'Fn::Transform': {Name: X}}"),
    ],
)
def test_what_the_template_does_not_tell_is_unknown(expression: str, text: str) -> None:
    found = value(expression, HEAD)
    assert isinstance(found, Unknown)
    assert (found.text, found.why) == (text, "reference")


def test_an_unknown_text_keeps_its_known_parts() -> None:
    found = value("!Sub ['acme/${!X}/shop-${T}:${Given}', {T: !Ref Known}]", HEAD)
    assert isinstance(found, Unknown)
    assert found.outline == f"acme/${{X}}/shop-{GAP}:{GAP}"


def test_a_given_value_wins_over_the_default_and_fixes_the_choice() -> None:
    head = "Parameters:\n  Cpu: {Type: String, Default: 256, AllowedValues: [256, 512]}\n"
    template = with_properties("Cpu: !Ref Cpu\nFamily: !Ref AWS::Region", head)
    (reading,) = readings(template, Cpu="512", **{"AWS::Region": "eu-west-1"})
    assert reading.task.data == {"cpu": "512", "family": "eu-west-1"}
    assert reading.origins["/cpu"].text == "the value given for Cpu"


def test_an_empty_default_stands_for_what_a_deployment_gives() -> None:
    head = "Parameters:\n  Cpu: {Type: String, Default: ''}\n"
    found = data(with_properties("Cpu: !Ref Cpu\nFamily: !Sub 'web${Cpu}'\nPidMode: ''", head))
    assert found == {"cpu": Unknown("!Ref Cpu", "reference"), "family": "web", "pidMode": ""}


def test_values_from_elsewhere_tell_where_they_come_from() -> None:
    properties = "Cpu: !Ref Number\nMemory: !FindInMap [Sizes, small, Cpu]\nFamily: !Sub 'x-${Known}'\nPidMode: task"
    template = with_properties(properties, HEAD)
    reading = readings(template)[0]
    lines = template.splitlines()
    seen = {}
    for pointer, origin in reading.origins.items():
        assert origin.span is not None
        seen[pointer] = (origin.text, lines[origin.span.line - 1][origin.span.column - 1 : origin.span.end_column - 1])
    assert seen == {
        "/cpu": ("the default of parameter Number", "256"),
        "/memory": ("mapping Sizes.small.Cpu", "256"),
        "/family": ("put together with the default of parameter Known", "web"),
    }
    assert spot(reading, template, "/cpu") == "!Ref Number"
    assert spot(reading, template, "/cpu", on_key=True) == "Cpu"
    assert spot(reading, template, "/memory") == "!FindInMap [Sizes, small, Cpu]"
    assert spot(reading, template, "") == "Task"


def test_every_combination_of_allowed_values_is_a_reading() -> None:
    head = (
        "Parameters:\n  Cpu: {Type: String, Default: 256, AllowedValues: [256, 512]}\n"
        "  Memory: {Type: Number, Default: 512, AllowedValues: [512, 1024]}\n"
        "  Unrelated: {Type: String, Default: a, AllowedValues: [a, b]}\n"
    )
    found = readings(with_properties("Cpu: !Ref Cpu\nMemory: !Ref Memory", head))
    assert [(r.choice, r.is_optional, r.task.data["cpu"], r.task.data["memory"]) for r in found] == [
        ("", False, "256", "512"),
        ("Cpu = 512", True, "512", "512"),
        ("Memory = 1024", True, "256", "1024"),
        ("Cpu = 512 and Memory = 1024", True, "512", "1024"),
    ]
    assert found[1].origins["/cpu"].text == "an allowed value of parameter Cpu"


def test_allowed_values_without_a_default_leave_the_first_reading_unknown() -> None:
    head = "Parameters:\n  Cpu: {Type: String, AllowedValues: [256, 512]}\n"
    found = readings(with_properties("Cpu: !Ref Cpu", head))
    assert [(r.choice, r.is_optional, r.task.data["cpu"]) for r in found] == [
        ("", False, Unknown("!Ref Cpu", "reference")),
        ("Cpu = 256", True, "256"),
        ("Cpu = 512", True, "512"),
    ]


def test_a_mapping_keeps_the_values_of_one_key_together() -> None:
    head = (
        "Parameters:\n  Size: {Type: String, Default: small}\n"
        "Mappings:\n  Sizes: {small: {Cpu: 256, Memory: 512}, large: {Cpu: 8192, Memory: 16384}}\n"
    )
    properties = "Cpu: !FindInMap [Sizes, !Ref Size, Cpu]\nMemory: !FindInMap [Sizes, !Ref Size, Memory]"
    found = readings(with_properties(properties, head))
    assert [(r.choice, r.is_optional, r.task.data["cpu"], r.task.data["memory"]) for r in found] == [
        ("", False, "256", "512"),
        ("Size = large", False, "8192", "16384"),
    ]


CONDITIONS = """
Parameters:
  Env: {Type: String, Default: dev}
  Size: {Type: String, Default: small, AllowedValues: [small, large]}
  Free: {Type: String}
  Subnets: {Type: CommaDelimitedList, Default: ""}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
  IsNotProd: !Not [!Condition IsProd]
  IsLarge: !Equals [large, !Ref Size]
  IsBig: !And [!Condition IsProd, {Condition: IsLarge}]
  IsEither: !Or [!Condition IsProd, !Condition IsLarge]
  IsFree: !Not [!Equals [!Ref Free, ""]]
  HasSubnets: !Not [!Equals [!Join ["", !Ref Subnets], ""]]
  IsHere: !Equals [!Ref AWS::Region, us-east-1]
  IsSelf: !Equals [!Ref IsCircular, !GetAtt A.B]
  Circular: !Not [!Condition Circular]
"""


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("IsProd", {"": "no", "Env = prod": "yes"}),
        ("IsNotProd", {"": "yes", "Env = prod": "no"}),
        ("IsLarge", {"": "no", "Size = large": "yes"}),
        ("IsBig", {"": "no", "Env = prod and Size = large": "yes"}),
        ("IsEither", {"": "no", "Env = prod": "yes"}),
        ("IsFree", {"": "yes", "Free = empty": "no"}),
        ("HasSubnets", {"": "no", "condition HasSubnets is true": "yes"}),
        ("IsHere", {"": "no", "AWS::Region = us-east-1": "yes"}),
        ("IsSelf", {"": "no", "condition IsSelf is true": "yes"}),
        ("Nowhere", {"": "no", "condition Nowhere is true": "yes"}),
    ],
)
def test_each_branch_of_a_condition_is_a_reading(condition: str, expected: dict[str, str]) -> None:
    assert choices(with_properties(f"Cpu: !If [{condition}, yes, no]", CONDITIONS)) == expected


def test_a_circular_condition_is_undecided() -> None:
    assert set(choices(with_properties("Cpu: !If [Circular, yes, no]", CONDITIONS)).values()) == {"yes", "no"}


def test_only_what_an_allowed_value_selects_is_optional() -> None:
    template = with_properties("Cpu: !If [IsProd, a, b]\nMemory: !If [IsLarge, a, b]", CONDITIONS)
    optional = {reading.choice: reading.is_optional for reading in readings(template)}
    assert optional == {"": False, "Env = prod": False, "Size = large": True, "Env = prod and Size = large": True}


@pytest.mark.parametrize("branches", ["true, 1", "1, true"])
def test_true_and_1_are_different_readings(branches: str) -> None:
    template = with_properties(
        f"ContainerDefinitions: [{{Name: app, Interactive: !If [IsProd, {branches}]}}]", CONDITIONS
    )
    found = [reading.task.data["containerDefinitions"][0]["interactive"] for reading in readings(template)]
    assert sorted(map(repr, found)) == ["1", "True"]


def test_branches_of_one_condition_are_taken_together() -> None:
    template = with_properties("Cpu: !If [IsProd, a, b]\nMemory: !If [IsNotProd, b, a]", CONDITIONS)
    assert {(r.task.data["cpu"], r.task.data["memory"]) for r in readings(template)} == {("a", "a"), ("b", "b")}


def test_a_parameter_has_the_value_that_the_branch_implies() -> None:
    template = with_properties("Cpu: !If [IsProd, a, b]\nFamily: !Ref Env", CONDITIONS)
    assert {(r.task.data["cpu"], r.task.data["family"]) for r in readings(template)} == {("b", "dev"), ("a", "prod")}
    other = CONDITIONS.replace("Default: dev", "Default: prod")
    template = with_properties("Cpu: !If [IsProd, a, b]\nFamily: !Ref Env", other)
    family = {r.choice: r.task.data["family"] for r in readings(template)}
    assert family == {"": "prod", "condition IsProd is false": Unknown("!Ref Env", "reference")}


def test_a_branch_within_a_list_adds_or_leaves_out_a_container() -> None:
    properties = """
ContainerDefinitions:
  - !If [IsProd, {Name: agent, Image: a}, !Ref AWS::NoValue]
  - Name: app
    Image: b
    Memory: !If [IsProd, 512, !Ref "AWS::NoValue"]
"""
    template = with_properties(properties, CONDITIONS)
    default, prod = readings(template)
    assert default.task.data == {"containerDefinitions": [{"name": "app", "image": "b"}]}
    assert [item["name"] for item in prod.task.data["containerDefinitions"]] == ["agent", "app"]
    assert prod.task.containers[1].memory == 512
    assert spot(default, template, "/containerDefinitions/0/name") == "app"
    assert spot(prod, template, "/containerDefinitions/0/name") == "agent"
    assert spot(prod, template, "/containerDefinitions/1/memory") == "512"


def test_a_definition_under_a_condition_is_read_where_it_exists() -> None:
    template = with_properties("Cpu: !Ref Size", CONDITIONS).replace(
        "    Type: AWS", "    Condition: IsLarge\n    Type: AWS"
    )
    (reading,) = readings(template)
    assert (reading.choice, reading.is_optional, reading.task.data) == ("Size = large", False, {"cpu": "large"})


def test_too_many_combinations_are_bounded_and_said() -> None:
    names = [f"P{number}" for number in range(20)]
    head = "Parameters:\n" + "".join(
        f"  {name}: {{Type: String, Default: a, AllowedValues: [a, b]}}\n" for name in names
    )
    document = read(with_properties("Family: !Join ['', [" + ", ".join(f"!Ref {name}" for name in names) + "]]", head))
    assert len(document.definitions[0]) == MAX_READINGS
    (fault,) = document.faults
    assert fault.severity is Severity.NOTE
    assert str(MAX_READINGS) in fault.message
    singles = [reading for reading in document.definitions[0] if " and " not in reading.choice]
    assert len(singles) == 21


@pytest.mark.parametrize(
    "properties",
    [
        "'Fn::Transform': {Name: 'AWS::Include'}\nCpu: 256",
        "'Fn::ForEach::Loop': [X, !Ref Nobody, {'${X}': 1}]\nCpu: 256",
    ],
)
def test_keys_that_a_macro_adds_are_no_absent_keys(properties: str) -> None:
    found = data(with_properties(properties))
    assert found["cpu"] == "256"
    assert isinstance(found, Partial)


def test_items_that_a_macro_adds_are_no_absent_items() -> None:
    properties = "ContainerDefinitions:\n  - {Name: app, Image: a}\n  - 'Fn::Transform': {Name: Datadog}"
    (reading,) = readings(with_properties(properties))
    assert not reading.task.containers_are_complete
    assert [container.name for container in reading.task.containers] == ["app"]


def test_under_a_macro_nothing_is_absent() -> None:
    template = "Transform: [AWS::Serverless-2016-10-31, MyMacro]\n" + with_properties(
        "ContainerDefinitions: [{Name: a}]"
    )
    (reading,) = readings(template)
    assert isinstance(reading.task.data, Partial)
    assert not reading.task.containers_are_complete
    (reading,) = readings(template.replace(", MyMacro", ""))
    assert not isinstance(reading.task.data, Partial)
    assert reading.task.containers_are_complete


SERVICE = """
  Service:
    Type: AWS::ECS::Service
    Properties:
      TaskDefinition: !Ref Task
"""


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ("LaunchType: FARGATE", {"FARGATE"}),
        ("LaunchType: !Ref Kind", {"EC2"}),
        ("LaunchType: !Ref Unknown", set()),
        ("Cluster: c", set()),
        (
            "CapacityProviderStrategy: [{CapacityProvider: FARGATE_SPOT}, {CapacityProvider: FARGATE}]",
            {"FARGATE_SPOT", "FARGATE"},
        ),
        ("CapacityProviderStrategy: [{CapacityProvider: !Ref Own}]", set()),
        ("LaunchType: !Ref AWS::NoValue", set()),
    ],
)
def test_services_of_the_template_tell_the_launch_type(properties: str, expected: set[str]) -> None:
    head = "Parameters:\n  Kind: {Type: String, Default: EC2}\n"
    (reading,) = readings(with_properties("Cpu: 256", head, f"{SERVICE}      {properties}\n"))
    assert reading.task.service_launch_types == expected


@pytest.mark.parametrize(
    "target", ["!Ref Other", "!ImportValue x", "!Sub '${Other}'", "!If [C, !Ref Other, !Ref Other]"]
)
def test_a_service_of_another_definition_says_nothing(target: str) -> None:
    rest = SERVICE.replace("!Ref Task", target) + "      LaunchType: FARGATE\n"
    assert readings(with_properties("Cpu: 256", "", rest))[0].task.service_launch_types == frozenset()


def test_a_service_and_its_definition_take_the_same_branch() -> None:
    rest = f"{SERVICE}      LaunchType: !If [IsProd, FARGATE, EC2]\n"
    template = with_properties("NetworkMode: !If [IsProd, awsvpc, bridge]", CONDITIONS, rest)
    seen = {(r.task.data["networkMode"], *r.task.service_launch_types) for r in readings(template)}
    assert seen == {("awsvpc", "FARGATE"), ("bridge", "EC2")}


TEMPLATE_JSON = {
    "Parameters": {"Cpu": {"Type": "String", "Default": "256"}},
    "Resources": {
        "Task6F2F": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Cpu": {"Ref": "Cpu"},
                "ContainerDefinitions": [
                    {
                        "Name": "app",
                        "Image": {"Fn::Join": ["", ["1.dkr.ecr.", {"Ref": "AWS::Region"}, ".amazonaws.com/app:1"]]},
                        "Essential": True,
                    }
                ],
                "ExecutionRoleArn": {"Fn::GetAtt": ["Role", "Arn"]},
            },
            "Metadata": {"aws:cdk:path": "Stack/Task/Resource"},
        }
    },
}


def test_what_the_cdk_synthesises_is_read_with_places() -> None:
    text = json.dumps(TEMPLATE_JSON, indent=1)
    (reading,) = readings(text)
    assert reading.task.data["cpu"] == "256"
    assert isinstance(reading.task.data["containerDefinitions"][0]["image"], Unknown)
    assert isinstance(reading.task.data["executionRoleArn"], Unknown)
    assert spot(reading, text, "/containerDefinitions/0/essential") == "true"
    assert spot(reading, text, "/containerDefinitions/0/name", on_key=True) == '"Name"'
    assert spot(reading, text, "") == '"Task6F2F"'


def test_a_serverless_framework_file_and_a_loop_bear_definitions() -> None:
    text = """
service: x
resources:
  Resources:
    'Fn::ForEach::Tasks':
      - Name
      - !Ref Names
      - 'Task${Name}':
          Type: AWS::ECS::TaskDefinition
          Properties: {Cpu: 256, Family: !Ref Name, Memory: "${self:custom.memory}"}
"""
    assert data(text) == {
        "cpu": "256",
        "family": Unknown("!Ref Name", "reference"),
        "memory": Unknown("${self:custom.memory}"),
    }


def test_one_strange_resource_does_not_lose_the_others() -> None:
    rest = """
  Odd: {Type: AWS::ECS::TaskDefinition, Properties: !If [Nowhere, 5, {A: !Select [1, 2, 3]}]}
  Empty: {Type: AWS::ECS::TaskDefinition}
  Wrong: {Type: AWS::ECS::TaskDefinition, Properties: [1]}
  Scalar: 5
"""
    names = [
        found[0].task.name
        for found in read(with_properties("Cpu: 256", "Conditions: 7\nMappings: []", rest)).definitions
    ]
    assert names == ["Task", "Odd", "Empty", "Wrong"]


def test_a_duplicate_key_in_a_definition_is_said_and_the_last_counts() -> None:
    document = read(with_properties("Cpu: 256\nCpu: 512"))
    assert document.definitions[0][0].task.data == {"cpu": "512"}
    assert [fault.severity for fault in document.faults] == [Severity.WARNING]


@pytest.mark.parametrize(
    ("text", "severities"),
    [
        ("- input: {Resources: {T: {Type: AWS::ECS::TaskDefinition}}}\n", [Severity.NOTE]),
        ("{{#if x}}\nResources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n{{/if}}\n", [Severity.NOTE]),
        ('{"Resources": {"T": {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Cpu": [}}}', [None]),
        ("Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n   Properties: {}\n", [None]),
        ('{"resources": {"AWS::ECS::TaskDefinition": {}}}', []),
        ("# AWS::ECS::TaskDefinition\nResources: {Topic: {Type: AWS::SNS::Topic}}\n", []),
    ],
)
def test_what_is_no_template_or_can_not_be_read(text: str, severities: list[Severity | None]) -> None:
    document = read(text)
    assert not document.definitions
    assert [fault.severity for fault in document.faults] == severities


def _nested(depth: int) -> str:
    return with_properties("Family: " + "!Join ['', [".replace("!Join", "{'Fn::Join':") * depth + "x" + "]]}" * depth)


@pytest.mark.parametrize(
    "text",
    [
        _nested(30),
        _nested(90),
        _nested(5000),
        with_properties("Family: " + "{'Fn::Sub': ['${A}${A}', {A: " * 40 + "xxxxxxxx" + "}]}" * 40),
        with_properties(
            "Cpu: !If [C0, 1, 2]",
            "Conditions:\n" + "".join(f"  C{n}: !Not [!Condition C{n + 1}]\n" for n in range(3000)),
        ),
        with_properties(
            "Cpu: !If [C0, 1, 2]",
            "Conditions:\n"
            + "".join(f"  C{n}: !And [!Condition C{n + 1}, !Condition C{n + 1}, !Ref X{n}]\n" for n in range(300)),
        ),
        with_properties(
            "Family: !Join ['', [" + ",".join(f"!Ref P{n}" for n in range(500)) + "]]",
            "Parameters:\n"
            + "".join(f"  P{n}: {{Type: String, AllowedValues: {list(range(50))}}}\n" for n in range(500)),
        ),
        with_properties(
            "Command: [" + ",".join("*a" for _ in range(500)) + "]",
            "X: &b [" + ",".join(["{'Fn::Sub': x}"] * 100) + "]\nY: &a [*b, *b, *b]",
        ),
    ],
    ids=["nested 30", "nested 90", "nested 5000", "doubling", "long chain", "branching chain", "choices", "aliases"],
)
def test_hostile_templates_come_to_an_end(text: str) -> None:
    document = read(text)
    assert all(1 <= len(found) <= MAX_READINGS for found in document.definitions)


def spellings(name: str, plain: str) -> st.SearchStrategy[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Ways to write a value: a name of the way, the expression, and the sections that it rests on."""
    parameter = {"Parameters": {name: {"Type": "String", "Default": plain}}}
    mapping = {"Mappings": {name: {"a": {"b": plain}}}}
    condition = {
        "Conditions": {name: {"Fn::Equals": [{"Ref": f"{name}Env"}, "dev"]}},
        "Parameters": {f"{name}Env": {"Type": "String", "Default": "dev"}},
    }
    allowed = {"Parameters": {name: {"Type": "String", "Default": plain, "AllowedValues": [plain, "1024"]}}}
    ways: list[tuple[str, Any, dict[str, Any]]] = [
        ("literal", plain, {}),
        ("parameter", {"Ref": name}, parameter),
        ("allowed", {"Ref": name}, allowed),
        ("sub", {"Fn::Sub": f"${{{name}}}"}, parameter),
        ("join", {"Fn::Join": ["", [{"Ref": name}]]}, parameter),
        ("map", {"Fn::FindInMap": [name, "a", "b"]}, mapping),
        ("select", {"Fn::Select": [0, {"Fn::Split": [",", f"{plain},x"]}]}, {}),
        ("if", {"Fn::If": [name, plain, "512"]}, condition),
    ]
    return st.sampled_from(ways)


UNRESOLVABLE: list[Any] = [
    {"Ref": "Nobody"},
    {"Fn::GetAtt": ["A", "B"]},
    {"Fn::ImportValue": "x"},
    {"Fn::Sub": "${Nobody}"},
    {"Fn::FindInMap": ["Nowhere", "a", "b"]},
    "{{resolve:ssm:x}}",
]
FIELDS = {"Cpu": "8192", "Memory": "25600", "NetworkMode": "awsvpc", "Family": "web"}


def build(values: Mapping[str, tuple[str, Any, dict[str, Any]]], replaced: Mapping[str, Any]) -> dict[str, Any]:
    template: dict[str, Any] = {"Parameters": {}, "Mappings": {}, "Conditions": {}}
    for _, _, sections in values.values():
        for section, entries in sections.items():
            template[section].update(entries)
    expressions = {name: expression for name, (_, expression, _) in values.items()} | dict(replaced)
    container = {"Name": "app", "Image": "nginx:1.27", "Memory": expressions.pop("ContainerMemory", 512)}
    properties = {"RequiresCompatibilities": ["FARGATE"], "ContainerDefinitions": [container], **expressions}
    return {**template, "Resources": {"T": {"Type": "AWS::ECS::TaskDefinition", "Properties": properties}}}


def weaker(new: Any, old: Any) -> bool:
    """Whether one value says nothing that the other does not say."""
    if isinstance(new, Unknown):
        return True
    if isinstance(new, dict) and isinstance(old, dict):
        return new.keys() == old.keys() and all(weaker(new[key], old[key]) for key in new)
    if isinstance(new, list) and isinstance(old, list):
        return len(new) == len(old) and all(map(weaker, new, old))
    return bool(new == old)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    values=st.fixed_dictionaries({name: spellings(name, plain) for name, plain in FIELDS.items()}),
    replaced=st.dictionaries(st.sampled_from(sorted(FIELDS)), st.sampled_from(UNRESOLVABLE), max_size=4),
)
def test_an_unresolvable_value_never_makes_anything_appear(values: Any, replaced: Any) -> None:
    before, after = readings(build(values, {})), readings(build(values, replaced))
    for reading in after:
        assert any(weaker(reading.task.data, other.task.data) for other in before)
        assert all(isinstance(reading.task.data[name[0].lower() + name[1:]], Unknown) for name in replaced)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (["Web"], "Web has"),
        (["Web", "Api"], "Web and Api have"),
        (list("ABCDEFG"), "A, B, C, D, E and 2 more have"),
    ],
)
def test_definitions_with_too_many_combinations_are_one_note(names: list[str], words: str) -> None:
    parameters = {f"P{n}": {"Type": "String", "AllowedValues": ["a", "b"]} for n in range(8)}
    variables = [{"Name": name, "Value": {"Ref": name}} for name in parameters]
    resources = {
        name: {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {"Family": name, "ContainerDefinitions": [{"Name": "app", "Environment": variables}]},
        }
        for name in names
    }
    (fault,) = read({"Parameters": parameters, "Resources": resources}).faults
    assert fault.message == (f"{words} more combinations of parameters and conditions than the {MAX_READINGS} checked")


RUN = prepare(Configuration())


def findings(text: str) -> set[tuple[str, str]]:
    """What the rules say of a text: codes and pointers."""
    report = engine.check([File("template", data=text.encode())], RUN, jobs=1)
    assert report.failures == ()
    return {(finding.code, finding.pointer) for finding in report.findings}


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
@given(
    values=st.fixed_dictionaries({name: spellings(name, plain) for name, plain in FIELDS.items()}),
    replaced=st.dictionaries(st.sampled_from(sorted(FIELDS)), st.sampled_from(UNRESOLVABLE), max_size=4),
)
def test_an_unresolvable_value_never_adds_a_finding(values: Any, replaced: Any) -> None:
    before, after = findings(json.dumps(build(values, {}))), findings(json.dumps(build(values, replaced)))
    assert {finding for finding in after - before if finding[0] != "FIT004"} == set()


@pytest.mark.parametrize(
    ("cpu", "head", "severity", "origin"),
    [
        (
            "!Ref Cpu",
            "Parameters:\n  Cpu: {Type: Number, Default: 8192}\n",
            Severity.ERROR,
            "the default of parameter Cpu",
        ),
        (
            "!Ref Cpu",
            "Parameters:\n  Cpu: {Type: Number, Default: 4096, AllowedValues: [4096, 8192]}\n",
            Severity.WARNING,
            "an allowed value of parameter Cpu",
        ),
        (
            "!FindInMap [Sizes, big, Cpu]",
            "Mappings:\n  Sizes: {big: {Cpu: 8192}}\n",
            Severity.ERROR,
            "mapping Sizes.big.Cpu",
        ),
        ("!If [IsProd, 8192, 4096]", CONDITIONS, Severity.ERROR, "With Env = prod: "),
        (
            "!Ref Cpu\nMemory: !Ref Memory",
            """\
Parameters:
  Cpu: {Type: Number, Default: 4096, AllowedValues: [4096, 8192]}
  Memory: {Type: Number, Default: 16384, AllowedValues: [16384, 25600]}
""",
            Severity.NOTE,
            "With Cpu = 8192 and Memory = 25600: ",
        ),
        (
            "!FindInMap [Sizes, !Ref Size, Cpu]\nMemory: !FindInMap [Sizes, !Ref Size, Memory]",
            """\
Parameters:
  Size: {Type: String, Default: small, AllowedValues: [small, large]}
Mappings:
  Sizes: {small: {Cpu: 256, Memory: 512}, large: {Cpu: 8192, Memory: 25600}}
""",
            Severity.WARNING,
            "With Size = large: ",
        ),
    ],
)
def test_a_bad_pair_is_found_wherever_it_hides(cpu: str, head: str, severity: Severity, origin: str) -> None:
    memory = "" if "Memory:" in cpu else "Memory: 25600"
    text = with_properties(f"RequiresCompatibilities: [FARGATE]\nCpu: {cpu}\n{memory}", head)
    report = engine.check([File("template", data=text.encode())], RUN, jobs=1)
    (finding,) = [finding for finding in report.findings if finding.code == "FIT101"]
    assert finding.severity is severity
    assert origin in finding.message


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(example.file, id=f"{rule.code}-{number}")
        for rule in bundled.pages()
        for number, example in enumerate(rule.bad)
        if "AWS::ECS::" not in example.file and not example.path
    ],
)
def test_a_template_has_the_findings_of_the_plain_definition(text: str) -> None:
    for (reading,) in reader.read(text.encode(), {}).definitions[:1]:
        plain, template = findings(text), findings(as_cloudformation(reading.task.data))
        assert template <= plain
        # CloudFormation accepts "8080" for 8080 and 8080 for "8080"; the API does not. Comments, services and slips in JSON
        # stay behind.
        # What is unknown is one and the same parameter there, so one cause.
        assert {code for code, _ in plain - template} <= {"FIT001", "FIT002", "FIT004", "FIT005", "FIT108", "FIT602"}
