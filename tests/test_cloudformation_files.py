"""Around a CloudFormation template: stacks that deploy it, files that it includes, loops; names in the wrong case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import run, write

from taskfit.definition import Unknown, known
from taskfit.finding import Change
from taskfit.sources import reader
from taskfit.sources.document import Document, Reading

CHILD = """\
Parameters:
  Cpu: {Type: String, Default: 256}
  Memory: {Type: String, Default: 512}
  Image: {Type: String}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Cpu: !Ref Cpu
      Memory: !Ref Memory
      ContainerDefinitions:
        - Name: web
          Image: !Ref Image
"""
PARENT = """\
Parameters:
  Size: {Type: String, Default: 1024}
  Tag: {Type: String}
Resources:
  Web:
    Type: AWS::CloudFormation::Stack
    Properties:
      TemplateURL: LOCATION
      Parameters:
        Cpu: !Ref Size
        Image: !Sub "nginx:${Tag}"
"""


FARGATE = "      RequiresCompatibilities: [FARGATE]\n"


def put(folder: Path, files: dict[str, str]) -> None:
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def read(path: Path, **variables: str) -> Document:
    return reader.read(path.read_bytes(), variables, path)


def readings(path: Path, **variables: str) -> tuple[Reading, ...]:
    [found] = read(path, **variables).definitions
    return found


@pytest.mark.parametrize(
    "location",
    [
        "templates/web.yaml",
        "./templates/web.yaml",
        "https://s3.amazonaws.com/bucket/templates/web.yaml",
        "https://bucket.s3.eu-west-1.amazonaws.com/templates/web.yaml",
        "!Sub https://${Bucket}.s3.${AWS::Region}.${AWS::URLSuffix}/${Prefix}templates/web.yaml",
        "!Join ['', [https://, !Ref Bucket, .s3.amazonaws.com/templates/web.yaml]]",
        "!Sub ['https://${B}/templates/web.yaml', {B: !Ref Bucket}]",
    ],
)
def test_a_nested_stack_has_the_parameters_that_its_stack_passes(tmp_path: Path, location: str) -> None:
    put(tmp_path, {"main.yaml": PARENT.replace("LOCATION", location), "templates/web.yaml": CHILD})
    [reading] = readings(tmp_path / "templates/web.yaml")
    assert (reading.task.cpu, reading.task.memory) == ("1024", "512")
    assert isinstance(reading.task.containers[0].image, Unknown)
    assert reading.choice == "stack Web of ../main.yaml"
    assert reading.origins["/cpu"].text == "stack Web of ../main.yaml, ../main.yaml line 10"


@pytest.mark.parametrize(
    "location",
    [
        "other.yaml",
        "https://s3.amazonaws.com/bucket/templates/other.yaml",
        "!Sub https://${Bucket}/${Name}.yaml",
        "!Ref Url",
    ],
)
def test_a_stack_of_another_template_passes_nothing(tmp_path: Path, location: str) -> None:
    put(tmp_path, {"main.yaml": PARENT.replace("LOCATION", location), "templates/web.yaml": CHILD})
    [reading] = readings(tmp_path / "templates/web.yaml")
    assert (reading.task.cpu, reading.choice) == ("256", "")


def test_a_stack_with_parameters_that_the_template_does_not_have_is_of_another(tmp_path: Path) -> None:
    parent = PARENT.replace("LOCATION", "web.yaml").replace("Image:", "Picture:")
    put(tmp_path, {"main.yaml": parent, "web.yaml": CHILD})
    assert readings(tmp_path / "web.yaml")[0].task.cpu == "256"


def test_several_stacks_are_several_readings_of_one_definition(tmp_path: Path) -> None:
    second = PARENT.replace("LOCATION", "web.yaml").replace("  Web:", "  Api:").replace("!Ref Size", "2048")
    put(tmp_path, {"a.yaml": PARENT.replace("LOCATION", "web.yaml"), "b.yaml": second, "web.yaml": CHILD})
    assert [reading.task.cpu for reading in readings(tmp_path / "web.yaml")] == ["1024", "2048"]
    assert [reading.task.cpu for reading in readings(tmp_path / "web.yaml", Cpu="512")] == ["512"]


def test_stacks_within_stacks(tmp_path: Path) -> None:
    middle = PARENT.replace("LOCATION", "../web.yaml")
    top = """\
Resources:
  Platform:
    Type: AWS::Serverless::Application
    Properties: {Location: ./stacks/middle.yaml, Parameters: {Size: 4096, Tag: "1.27"}}
"""
    put(tmp_path, {"main.yaml": top, "stacks/middle.yaml": middle.replace("../web", "web"), "stacks/web.yaml": CHILD})
    [reading] = readings(tmp_path / "stacks/web.yaml")
    assert (reading.task.cpu, reading.task.containers[0].image) == ("4096", "nginx:1.27")
    assert reading.choice == "stack Web of middle.yaml (stack Platform of ../main.yaml)"


def test_what_a_deployment_chooses_of_the_outer_stack_is_chosen_of_the_inner(tmp_path: Path) -> None:
    parent = PARENT.replace("LOCATION", "web.yaml").replace(
        "Default: 1024}", "Default: 1024, AllowedValues: [1024, 2048]}"
    )
    put(tmp_path, {"main.yaml": parent, "web.yaml": CHILD})
    found = [(reading.task.cpu, reading.is_optional) for reading in readings(tmp_path / "web.yaml")]
    assert found == [("1024", False), ("2048", True)]


def test_a_default_does_not_count_where_a_stack_passes_what_is_not_known(tmp_path: Path) -> None:
    parent = PARENT.replace("LOCATION", "web.yaml").replace("!Ref Size", "!GetAtt Network.Outputs.Cpu")
    put(tmp_path, {"main.yaml": parent, "web.yaml": CHILD})
    [reading] = readings(tmp_path / "web.yaml")
    assert isinstance(reading.task.cpu, Unknown)
    assert reading.task.memory == "512"


def test_a_loop_over_a_list_that_a_stack_passes_is_not_that_over_the_default(tmp_path: Path) -> None:
    stack = """\
Resources:
  Tasks:
    Type: AWS::CloudFormation::Stack
    Properties: {TemplateURL: loop.yaml, Parameters: {Names: "a,b,c"}}
"""
    put(tmp_path, {"main.yaml": stack, "loop.yaml": LOOP.replace("VALUES", "!Ref Names")})
    [[reading]] = read(tmp_path / "loop.yaml").definitions
    assert isinstance(reading.task.family, Unknown)


def test_stacks_that_deploy_each_other_come_to_an_end(tmp_path: Path) -> None:
    ring = CHILD + PARENT.partition("Resources:")[2].replace("LOCATION", "NEXT").replace("!Ref Size", "!Ref Cpu")
    put(tmp_path, {"a.yaml": ring.replace("NEXT", "b.yaml"), "b.yaml": ring.replace("NEXT", "a.yaml")})
    assert read(tmp_path / "a.yaml").definitions


def test_a_nested_stack_of_the_cdk_by_its_asset(tmp_path: Path) -> None:
    stack = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {"TemplateURL": {"Fn::Join": ["", ["https://s3/", {"Ref": "X"}]]}, "Parameters": {"Cpu": "2048"}},
        "Metadata": {"aws:asset:path": "Nested.nested.template.json", "aws:asset:property": "TemplateURL"},
    }
    task = {"Type": "AWS::ECS::TaskDefinition", "Properties": {"Cpu": {"Ref": "Cpu"}}}
    nested = {"Parameters": {"Cpu": {"Type": "String"}}, "Resources": {"Task": task}}
    put(
        tmp_path,
        {
            "App.template.json": json.dumps({"Resources": {"Nested": stack}}),
            "Nested.nested.template.json": json.dumps(nested),
        },
    )
    assert readings(tmp_path / "Nested.nested.template.json")[0].task.cpu == "2048"


STACK = {
    "Resources": {
        "Task": {
            "Type": "AWS::ECS::TaskDefinition",
            "Properties": {
                "Family": "web",
                "ContainerDefinitions": [{"Name": "app", "Image": {"Fn::Sub": "${AWS::AccountId}.${AWS::Region}/app"}}],
            },
        }
    }
}


def manifest(environment: str) -> str:
    stack = {
        "type": "aws:cloudformation:stack",
        "environment": environment,
        "properties": {"templateFile": "App.template.json"},
    }
    return json.dumps({"version": "36.0.0", "artifacts": {"App": stack, "Tree": {"type": "cdk:tree"}}})


@pytest.mark.parametrize(
    ("environment", "image"),
    [
        ("aws://123456789012/eu-west-1", "123456789012.eu-west-1/app"),
        ("aws://unknown-account/unknown-region", None),
    ],
)
@pytest.mark.parametrize("name", ["App.template.json", "Nested.nested.template.json"])
def test_the_manifest_of_an_assembly_says_where_a_stack_is_deployed(
    tmp_path: Path, environment: str, image: str | None, name: str
) -> None:
    put(tmp_path, {"cdk.out/manifest.json": manifest(environment), f"cdk.out/{name}": json.dumps(STACK)})
    [reading] = readings(tmp_path / "cdk.out" / name)
    assert known(reading.task.containers[0].image) == image


@pytest.mark.usefixtures("in_a_repository")
def test_each_definition_of_an_assembly_is_checked_once() -> None:
    tree = {"version": "tree-0.1", "tree": {"attributes": {"containerDefinitions": [{"name": "app", "image": "a"}]}}}
    task = {"family": "web", "containerDefinitions": [{"name": "app", "image": "a"}]}
    write(
        {
            "cdk.out/manifest.json": manifest("aws://unknown-account/unknown-region"),
            "cdk.out/App.template.json": json.dumps(STACK),
            "cdk.out/tree.json": json.dumps(tree),
            "cdk.out/asset.0123456789abcdef/task.json": json.dumps(task),
            "asset.own/task.json": json.dumps(task),
        }
    )
    report = json.loads(run("--output-format", "json").stdout)
    assert (report["summary"]["definitions"], report["summary"]["files"]) == (2, 4)
    assert not [finding for finding in report["findings"] if finding["code"] == "FIT001"]


def test_no_stack_outside_the_repository_is_looked_for(tmp_path: Path) -> None:
    put(tmp_path / "repository", {"web.yaml": CHILD})
    (tmp_path / "main.yaml").write_text(PARENT.replace("LOCATION", "repository/web.yaml"))
    assert readings(tmp_path / "repository/web.yaml")[0].task.cpu == "256"


@pytest.mark.usefixtures("in_a_repository")
def test_a_finding_says_which_stack_leads_to_it() -> None:
    write(
        {
            "main.yaml": PARENT.replace("LOCATION", "web.yaml"),
            "web.yaml": CHILD + "      RequiresCompatibilities: [FARGATE]\n",
        }
    )
    findings = json.loads(run("--output-format", "json").stdout)["findings"]
    [size] = [finding for finding in findings if finding["code"] == "FIT101"]
    assert size["path"] == "web.yaml"
    assert "stack Web of main.yaml" in size["message"]


INCLUDED = """\
- Name: web
  Image: nginx
"""


def test_an_included_file_is_part_of_the_template(tmp_path: Path) -> None:
    template = """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Memory: 512
      Fn::Transform: {Name: AWS::Include, Parameters: {Location: ./parts/size.yaml}}
"""
    put(tmp_path, {"web.yaml": template, "parts/size.yaml": "Cpu: 256\nFamily: !Sub 'a-${AWS::StackName}'\n"})
    [reading] = readings(tmp_path / "web.yaml")
    assert (reading.task.cpu, reading.task.memory) == ("256", "512")
    assert isinstance(reading.task.family, Unknown)
    assert reading.origins["/cpu"].text == "parts/size.yaml line 1"
    assert reading.locate("/cpu", False)[:2] == (6, 66)
    assert reading.edits([Change("replace", "/cpu", "512")]) is None
    assert reading.edits([Change("replace", "/memory", "1024")]) is not None


@pytest.mark.parametrize("location", ["s3://bucket/size.yaml", "../outside.yaml", "missing.yaml", ".git/config"])
def test_a_file_that_is_not_here_makes_what_it_holds_unknown(tmp_path: Path, location: str) -> None:
    template = f"""\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Memory: 512
      Fn::Transform: {{Name: AWS::Include, Parameters: {{Location: {location}}}}}
"""
    put(tmp_path / "repository", {"web.yaml": template, ".git/config": "Cpu: 256\n"})
    (tmp_path / "outside.yaml").write_text("Cpu: 256\n")
    [reading] = readings(tmp_path / "repository/web.yaml")
    assert isinstance(reading.task.cpu, Unknown)


def test_a_file_that_includes_itself_comes_to_an_end(tmp_path: Path) -> None:
    include = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: a.yaml}}"
    template = f"Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n      {include}\n"
    put(tmp_path, {"web.yaml": template, "a.yaml": f"A: 1\n{include}\n"})
    assert read(tmp_path / "web.yaml").definitions


LOOP = """\
Transform: AWS::LanguageExtensions
Parameters:
  Names: {Type: CommaDelimitedList, Default: "web, api-2"}
Resources:
  Fn::ForEach::Tasks:
    - Name
    - VALUES
    - "Task&{Name}":
        Type: AWS::ECS::TaskDefinition
        Properties:
          Family: !Ref Name
          Cpu: 256
          ContainerDefinitions:
            - Name: !Sub "${Name}-app"
              Image: "registry/${Name}"
"""


@pytest.mark.parametrize("values", ["[web, api-2]", "!Ref Names", "{Ref: Names}"])
def test_a_loop_becomes_its_turns(values: str) -> None:
    document = reader.read(LOOP.replace("VALUES", values).encode(), {})
    tasks = [reading.task for [reading] in document.definitions]
    assert [(task.family, task.fallback_name) for task in tasks] == [("web", "Taskweb"), ("api-2", "Taskapi2")]
    assert [task.containers[0].name for task in tasks] == ["web-app", "api-2-app"]
    assert [task.containers[0].image for task in tasks] == ["registry/web", "registry/api-2"]


def test_a_loop_within_the_properties() -> None:
    template = """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Fn::ForEach::Sizes: [Kind, [Cpu, Memory], {"${Kind}": "1024"}]
"""
    [[reading]] = reader.read(template.encode(), {}).definitions
    assert reading.task.data == {"cpu": "1024", "memory": "1024"}


def test_turns_that_differ_in_nothing_but_their_names_are_one_definition() -> None:
    text = LOOP.replace("VALUES", "[a, b]").replace("!Ref Name", "x").replace("${Name}", "x")
    assert len(reader.read(text.encode(), {}).definitions) == 1


def test_a_loop_without_end_is_left_alone() -> None:
    inner = '{"${A}": 1}'
    for level in range(8):
        inner = f'{{"Fn::ForEach::L{level}": ["A", {json.dumps([f"v{n}" for n in range(90)])}, {inner}]}}'
    text = f'{{"Resources": {{"T": {{"Type": "AWS::ECS::TaskDefinition", "Properties": {inner}}}}}}}'
    assert len(reader.read(text.encode(), {}).definitions) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("{a: 1, b: [x, !Ref Size]}", '{"a":1,"b":["x","1024"]}'),
        ("[1, true]", "[1,true]"),
        ("{a: !Ref Nobody}", None),
    ],
)
def test_to_json_string(value: str, expected: str | None) -> None:
    template = f"""\
Parameters: {{Size: {{Type: String, Default: 1024}}}}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      ContainerDefinitions:
        - Name: app
          Environment: [{{Name: SETTINGS, Value: {{"Fn::ToJsonString": {value}}}}}]
"""
    [[reading]] = reader.read(template.encode(), {}).definitions
    found = reading.task.containers[0].environment["SETTINGS"]
    assert found == expected if expected else isinstance(found, Unknown)


def test_properties_in_a_list_are_an_error_unless_a_macro_may_change_them() -> None:
    task = "Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties:\n    - Family: web\n"
    [fault] = reader.read(task.encode(), {}).faults
    assert (fault.span.line, fault.severity) == (5, None)
    assert fault.message == "the Properties of Task are a list; CloudFormation takes a mapping of names to values"
    assert not reader.read(f"Transform: Company::Macro\n{task}".encode(), {}).faults


WRONG_CASE = """\
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: web
      NetworkMode: awsvpc
      Volumes: [{Name: data, EfsVolumeConfiguration: {FilesystemId: fs-1}}]
      containerDefinitions:
        - name: web
          Image: nginx:1.27
          Memory: 512
          DockerLabels: {team: web}
          LogConfiguration: {LogDriver: awslogs, Options: {awslogs-group: a, awslogs-region: b}}
"""


@pytest.mark.usefixtures("in_a_repository")
def test_names_in_the_wrong_case_are_errors_that_a_fix_corrects() -> None:
    write({"web.yaml": WRONG_CASE})
    findings = json.loads(run("--output-format", "json").stdout)["findings"]
    [found] = [finding for finding in findings if finding["code"] == "FIT003"]
    assert (found["line"], found["severity"]) == (7, "error")
    assert found["message"] == (
        "CloudFormation's names are case-sensitive: it has no `EfsVolumeConfiguration`, `containerDefinitions` and "
        "`name`, and answers: extraneous key [EfsVolumeConfiguration] is not permitted."
    )
    run("--fix")
    fixed = Path("web.yaml").read_text()
    assert fixed == (
        WRONG_CASE.replace("Efs", "EFS")
        .replace("containerDefinitions", "ContainerDefinitions")
        .replace("- name", "- Name")
    )


@pytest.mark.usefixtures("in_a_repository")
def test_one_name_in_the_wrong_case_is_shown_at_each_of_its_places() -> None:
    containers = "[{name: a, Image: 'a:1', Memory: 512}, {name: b, Image: 'b:1', Memory: 512}]"
    properties = f"{{Family: web, ContainerDefinitions: {containers}}}"
    write({"a.yaml": f"Resources:\n  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties: {properties}\n"})
    shown = run("--select", "FIT003").stdout
    assert shown.count("error[FIT003]") == shown.count("and here") == 1


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("CPU", "Cpu"),
        ("cpu", "Cpu"),
        ("taskrolearn", "TaskRoleArn"),
        ("Requirescompatibilities", "RequiresCompatibilities"),
    ],
)
def test_a_name_is_known_in_any_case(written: str, right: str) -> None:
    template = f"Resources:\n  T:\n    Type: AWS::ECS::TaskDefinition\n    Properties: {{{written}: a}}\n"
    [[reading]] = reader.read(template.encode(), {}).definitions
    pointer = f"/{right[0].lower()}{right[1:]}"
    assert reading.task.misspelled == {pointer: (written, right)}
    assert list(reading.task.data.values()) == ["a"]


@pytest.mark.parametrize("transform", ["Transform: MyMacro\n", "Transform: [AWS::Serverless-2016-10-31, MyMacro]\n"])
def test_a_macro_may_correct_names(transform: str) -> None:
    [[reading]] = reader.read((transform + WRONG_CASE).encode(), {}).definitions
    assert reading.task.misspelled == {}


SAM = """\
Transform: AWS::Serverless-2016-10-31
Globals:
  Function: {Timeout: 3, MemorySize: 128}
"""


def test_globals_of_sam_are_for_functions_only() -> None:
    [[reading]] = reader.read((SAM + WRONG_CASE).encode(), {}).definitions
    plain = reader.read(WRONG_CASE.encode(), {}).definitions[0][0]
    assert reading.task.data == plain.task.data
