"""Programs and pipelines that make task definitions: noted once below a folder, recognised by their bytes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import run, write

from taskfit.finding import Severity
from taskfit.sources import reader

pytestmark = pytest.mark.usefixtures("in_a_repository")

CDK = """\
import * as ecs from 'aws-cdk-lib/aws-ecs';
const task = new ecs.FargateTaskDefinition(this, 'Task', {cpu: 256, memoryLimitMiB: 512});
"""
PROGRAMS = {
    "lib/stack.ts": (
        CDK,
        "This program makes a task definition with the AWS CDK",
        "FargateTaskDefinition",
        "cdk synth",
    ),
    "app.py": (
        "from aws_cdk import aws_ecs_patterns as p\np.ApplicationLoadBalancedFargateService(self, 'S', cpu=256)\n",
        "This program makes a task definition with the AWS CDK",
        "ApplicationLoadBalancedFargateService",
        "cdk synth",
    ),
    "main.go": (
        'import "github.com/aws/aws-cdk-go/awscdk/v2/awsecs"\nt := awsecs.NewFargateTaskDefinition(stack, nil)\n',
        "This program makes a task definition with the AWS CDK",
        "NewFargateTaskDefinition",
        "cdk synth",
    ),
    "Stack.java": (
        'import software.amazon.awscdk.services.ecs.*;\nFargateTaskDefinition.Builder.create(this, "T");\n',
        "This program makes a task definition with the AWS CDK",
        "FargateTaskDefinition",
        "cdk synth",
    ),
    "index.ts": (
        'import * as aws from "@pulumi/aws";\nconst t = new aws.ecs.TaskDefinition("t", {family: "t"});\n',
        "This program makes a task definition with Pulumi",
        "TaskDefinition",
        "pulumi preview --json",
    ),
    "__main__.py": (
        "import pulumi_aws as aws\ntask = aws.ecs.TaskDefinition('t', family='t')\n",
        "This program makes a task definition with Pulumi",
        "TaskDefinition",
        "pulumi preview --json",
    ),
    "template.py": (
        "from troposphere.ecs import TaskDefinition\nt = TaskDefinition('Task', Cpu='256')\n",
        "This program makes a task definition with troposphere",
        "TaskDefinition",
        "template that it prints",
    ),
    "deploy.py": (
        "import boto3\nboto3.client('ecs').register_task_definition(family='a', containerDefinitions=[{}])\n",
        "This program registers a task definition through the API",
        "register_task_definition",
        "describe-task-definition",
    ),
    "deploy.sh": (
        'aws ecs register-task-definition --family web --container-definitions "$CONTAINERS"\n',
        "This script registers a task definition with the AWS CLI",
        "register-task-definition",
        "describe-task-definition",
    ),
    ".github/workflows/deploy.yml": (
        (
            "jobs:\n  a:\n    steps:\n      - uses: aws-actions/amazon-ecs-deploy-task-definition@v2\n"
            "        with:\n          task-definition: ${{ steps.render.outputs.task-definition }}\n"
        ),
        "This workflow deploys a task definition from a file that is not found in the repository",
        "aws-actions/amazon-ecs-deploy-task-definition",
        "describe-task-definition",
    ),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_scan_notes_a_program_at_the_call(name: str) -> None:
    text, kind, call, advice = PROGRAMS[name]
    write({name: text, "other/readme.md": "nothing", "lib/other.ts": "export const a = 1;\n"})
    [finding] = json.loads(run("--output-format", "json").stdout)["findings"]
    assert (finding["code"], finding["severity"], finding["path"]) == ("FIT001", "note", name)
    assert finding["message"] == f"{kind}; taskfit can't read it."
    line = text.splitlines()[finding["line"] - 1]
    assert line[finding["column"] - 1 : finding["end_column"] - 1] == call
    document = reader.read(text.encode(), {}, Path(name))
    assert advice in document.faults[0].help


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ts", "import {FargateTaskDefinition} from 'aws-cdk-lib/aws-ecs';\n"),
        ("a.py", "class TaskDefinition:\n    pass\n\nTaskDefinition()\n"),
        ("a.py", "client.register_task_definition(**definition)\n"),
        ("a.sh", "# see aws ecs register-task-definition\n"),
        ("a.sh", '#aws ecs register-task-definition --container-definitions "$CONTAINERS"\n'),
        ("a.ts", "import * as ecs from 'aws-cdk-lib/aws-ecs';\n  // new ecs.FargateTaskDefinition(this, 'Task');\n"),
        ("a.java", "/**\n * import software.amazon.awscdk\n * FargateTaskDefinition.Builder.create()\n */\n"),
        (
            ".github/workflows/deploy.yml",
            "#      - uses: aws-actions/amazon-ecs-render-task-definition@v1\n#          task-definition: task.json\n",
        ),
        ("vendor/sdk/ecs.go", "func (c *Client) RegisterTaskDefinition(in *Input) { in.ContainerDefinitions }\n"),
        ("a.rst", CDK),
    ],
)
def test_other_programs_are_not_noted(name: str, text: str) -> None:
    write({name: text})
    assert json.loads(run("--output-format", "json").stdout)["findings"] == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("scripts/deploy.sh", "aws ecs register-task-definition --cli-input-json file://task.json\n"),
        (
            ".github/workflows/deploy.yml",
            "steps:\n- uses: aws-actions/amazon-ecs-render-task-definition@v1\n  with:\n    task-definition: task.json\n",
        ),
        (
            ".github/workflows/aws.yml",
            (
                "env:\n  ECS_TASK_DEFINITION: ./task.json\nsteps:\n"
                "- uses: aws-actions/amazon-ecs-render-task-definition@v1\n"
                "  with:\n    task-definition: ${{ env.ECS_TASK_DEFINITION }}\n"
            ),
        ),
        (
            "deploy/aws.ps1",
            "aws ecs register-task-definition --cli-input-json file://$Root/task.json --region eu-west-1\n",
        ),
        ("deploy.sh", "aws ecs register-task-definition --cli-input-json file://${ROOT}/task.json\n"),
        (
            ".github/workflows/copy.yml",
            (
                "env:\n  ECS_TASK_DEFINITION: task.json\nsteps:\n"
                "- run: |\n    printf '%s' \"${{ steps.render.outputs.task-definition }}\" > rendered.json\n"
                "    aws ecs register-task-definition --cli-input-json file://rendered.json\n"
            ),
        ),
        (
            "deploy.sh",
            "envsubst < task.json > new.json\naws ecs register-task-definition --cli-input-json file://new.json\n",
        ),
        ("deploy.sh", 'aws ecs register-task-definition --cli-input-json "$(envsubst < task.json)"\n'),
        (
            "deploy.sh",
            'sed s/A/B/ "$HERE/task.json" > "$NEW"\naws ecs register-task-definition --cli-input-json "file://$NEW"\n',
        ),
    ],
)
def test_what_registers_a_file_of_the_repository_needs_no_note(name: str, text: str) -> None:
    write({name: text})
    assert len(json.loads(run("--output-format", "json").stdout)["findings"]) == 1
    write({"task.json": {"family": "web", "containerDefinitions": [{"name": "a", "image": "a:1", "memory": 512}]}})
    assert json.loads(run("--output-format", "json").stdout)["findings"] == []


@pytest.mark.parametrize(
    "script",
    [
        "echo task.json\ncat > /tmp/x.json <<EOF\n{}\nEOF\naws ecs register-task-definition --cli-input-json file:///tmp/x.json\n",
        'echo {} > $TMP/task.json\naws ecs register-task-definition --cli-input-json "file://$TMP/task.json"\n',
    ],
    ids=["a message", "a file that is written"],
)
def test_a_script_that_only_prints_or_writes_the_name_of_a_file_is_noted(script: str) -> None:
    write({"task.json": {"family": "web", "containerDefinitions": [{"name": "a", "image": "a:1", "memory": 512}]}})
    write({"deploy.sh": script})
    [finding] = json.loads(run("--output-format", "json").stdout)["findings"]
    assert finding["path"] == "deploy.sh"


@pytest.mark.parametrize("name", ["../task.json", "{above}/task.json", "link/task.json"])
def test_whether_a_file_outside_the_repository_exists_is_not_told(name: str, tmp_path: Path) -> None:
    (tmp_path / ".git").rmdir()
    write({"repo/.git/HEAD": "", "task.json": "{}"})
    Path("repo/link").symlink_to(tmp_path)
    name = name.format(above=tmp_path)
    write({"repo/deploy.sh": f"aws ecs register-task-definition --cli-input-json file://{name}\n"})
    assert len(json.loads(run("repo", "--output-format", "json").stdout)["findings"]) == 1


def test_a_program_of_the_cdk_is_noted_whichever_files_it_names() -> None:
    write({"task.json": {"family": "web", "containerDefinitions": [{"name": "a", "image": "a:1", "memory": 512}]}})
    write({"a.ts": f"{CDK}// beside it\nconst other = 'task.json';\n"})
    [finding] = json.loads(run("--output-format", "json").stdout)["findings"]
    assert finding["path"] == "a.ts"


def test_a_command_that_gives_a_part_of_the_definition_itself_is_noted() -> None:
    write({"task.json": '[{"name": "a", "image": "a:1", "memory": 512}]'})
    write({"deploy.sh": 'aws ecs register-task-definition --cpu 256 --container-definitions "$(cat task.json)"\n'})
    assert len(json.loads(run("--output-format", "json").stdout)["findings"]) == 1


def test_the_note_stands_at_the_call_and_not_at_a_comment() -> None:
    call = 'aws ecs register-task-definition --container-definitions "$CONTAINERS"\n'
    write({"deploy.sh": f"# für immer: {call}{call}"})
    [finding] = json.loads(run("--output-format", "json").stdout)["findings"]
    assert (finding["line"], finding["column"], finding["end_column"]) == (2, 9, 33)


def test_there_is_one_note_for_each_kind_below_a_folder() -> None:
    pulumi = PROGRAMS["index.ts"][0]
    files = {"lib/a.ts": CDK, "lib/b.ts": CDK, "lib/c.ts": pulumi, "lib/inner/d.ts": CDK, "task.json": "{}"}
    write(files | {"bin/a.ts": CDK, "a.ts": CDK, "b.ts": CDK})
    result = run("--output-format", "concise", "--verbose")
    found = {line.partition(":")[0]: line for line in result.stdout.splitlines() if "FIT001" in line}
    assert list(found) == ["a.ts", "bin/a.ts", "lib/a.ts", "lib/c.ts"]
    advice = "(Check what `cdk synth` writes: `taskfit check cdk.out`."
    assert found["a.ts"].endswith(f"{advice} 1 more file is like it; `--verbose` names it.)")
    assert found["bin/a.ts"].endswith(f"{advice})")
    assert found["lib/a.ts"].endswith(f"{advice} 2 more files are like it; `--verbose` names them.)")
    message = "This program makes a task definition with the AWS CDK; taskfit can't read it."
    assert f"skipped lib/b.ts: {message}, like lib/a.ts\n" in result.stderr
    assert f"skipped lib/inner/d.ts: {message}, like lib/a.ts\n" in result.stderr
    assert "skipped task.json: no task definition\n" in result.stderr


def test_what_is_said_of_each_file_is_said_of_each() -> None:
    parameters = "".join(f"  P{n}: {{Type: String, AllowedValues: [a, b]}}\n" for n in range(8))
    variables = "".join(f"[{{Name: V{n}, Value: !Ref P{n}}}]" for n in range(8)).replace("][", ", ")
    container = f"{{Name: app, Image: 'a:1', Memory: 512, Environment: {variables}}}"
    task = f"  Task:\n    Type: AWS::ECS::TaskDefinition\n    Properties: {{ContainerDefinitions: [{container}]}}\n"
    text = f"Parameters:\n{parameters}Resources:\n{task}"
    write({"a.yaml": text, "b.yaml": text})
    findings = json.loads(run("--output-format", "json").stdout)["findings"]
    assert [finding["path"] for finding in findings if "more combinations" in finding["message"]] == [
        "a.yaml",
        "b.yaml",
    ]


def test_a_program_is_not_opened_where_git_ignores_it() -> None:
    write({".gitignore": "build/\n", "build/a.ts": CDK})
    assert json.loads(run("--output-format", "json").stdout)["findings"] == []


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        (
            "batch.yaml",
            "Resources:\n  Job:\n    Type: AWS::Batch::JobDefinition\n    Properties: {PlatformCapabilities: [FARGATE]}\n",
            "a job definition of AWS Batch",
        ),
        (
            "batch.tf",
            'resource "aws_batch_job_definition" "job" {\n  platform_capabilities = ["FARGATE"]\n}\n',
            "a job definition of AWS Batch",
        ),
        ("web.tf", 'resource "aws_ecs_express_gateway_service" "web" {\n  cpu = "256"\n}\n', "an Express service"),
        ("web.yaml", "Resources:\n  Web:\n    Type: AWS::ECS::ExpressGatewayService\n", "an Express service"),
        (
            "machine.asl.json",
            (
                '{"States": {"Run": {"Resource": "arn:aws:states:::ecs:runTask.sync",\n'
                '"Parameters": {"Overrides": {"ContainerOverrides": [{"Cpu": 512}]}}}}}\n'
            ),
            "the overrides of a state machine",
        ),
    ],
)
def test_other_homes_of_a_size_are_noted(name: str, text: str, words: str) -> None:
    document = reader.read(text.encode(), {}, Path(name))
    [fault] = document.faults
    assert (fault.severity, words in fault.message) == (Severity.NOTE, True)


def test_another_home_is_noted_beside_a_definition() -> None:
    text = (
        "Resources:\n  Task: {Type: AWS::ECS::TaskDefinition, Properties: {Cpu: 256}}\n"
        "  Job:\n    Type: AWS::Batch::JobDefinition\n    Properties: {PlatformCapabilities: [FARGATE]}\n"
    )
    document = reader.read(text.encode(), {})
    assert len(document.definitions) == 1
    assert [fault.span.line for fault in document.faults] == [4]
    assert not reader.read(text.replace("FARGATE", "EC2").encode(), {}).faults
