"""A team switches taskfit on in a repository of sixty old definitions, in every format, and lives with it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import CommandLine

PLAIN = """\
{{
  "family": "{family}",
  "requiresCompatibilities": ["FARGATE"],
  "networkMode": "awsvpc",
  "cpu": "{cpu}",
  "memory": "{memory}",
  "containerDefinitions": [
    {{"name": "app", "image": "nginx:1.27", "memory": {limit}, "essential": true,
      "environment": [{{"name": "MAX_AGENTS", "value": "{agents}"}}]}}
  ]
}}
"""

YAML = """\
family: {family}
requiresCompatibilities: [FARGATE]
networkMode: awsvpc
cpu: "{cpu}"
memory: "{memory}"
containerDefinitions:
  - name: app
    image: nginx:1.27
    memory: {limit}
    essential: true
    environment:
      - {{name: MAX_AGENTS, value: "{agents}"}}
"""

TEMPLATE = """\
Parameters:
  Memory: {{Type: String, Default: "{memory}"}}
Resources:
  Task:
    Type: AWS::ECS::TaskDefinition
    Properties:
      Family: {family}
      RequiresCompatibilities: [FARGATE]
      NetworkMode: awsvpc
      Cpu: "{cpu}"
      Memory: !Ref Memory
      ContainerDefinitions:
        - Name: app
          Image: nginx:1.27
          Memory: {limit}
          Essential: true
          Environment:
            - {{Name: MAX_AGENTS, Value: "{agents}"}}
"""

HCL = """\
resource "aws_ecs_task_definition" "{family}" {{
  family                   = "{family}"
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = {cpu}
  memory                   = {memory}
  container_definitions = jsonencode([
    {{
      name        = "app"
      image       = "nginx:1.27"
      memory      = {limit}
      essential   = true
      environment = [{{ name = "MAX_AGENTS", value = "{agents}" }}]
    }}
  ])
}}
"""

FORMATS = {"{}.json": PLAIN, "{}.yaml": YAML, "{}-template.yaml": TEMPLATE, "tf/{}.tf": HCL}

SIZES: list[dict[str, int]] = [
    {"cpu": 1024, "memory": 2048, "limit": 2048, "agents": 50},
    {"cpu": 512, "memory": 8192, "limit": 8192, "agents": 10},
    {"cpu": 4096, "memory": 8192, "limit": 12288, "agents": 50},
    {"cpu": 256, "memory": 512, "limit": 512, "agents": 400},
    {"cpu": 16384, "memory": 32768, "limit": 32768, "agents": 4},
]
"""One that nothing is wrong with, and four that something is."""


def definitions() -> Iterator[tuple[str, str]]:
    """Sixty files: fifteen of each format."""
    for name, text in FORMATS.items():
        for number in range(15):
            family = f"supervisor-{number}-{name.strip('{}./').replace('.', '-').replace('/', '-')}"
            yield name.format(family), text.format(family=family, **SIZES[number % len(SIZES)])


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    for name, text in definitions():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_a_baseline_makes_ci_green_until_something_gets_worse(taskfit: CommandLine, repository: Path) -> None:
    before = json.loads(taskfit("check", "--output-format", "json", folder=repository).stdout)
    assert before["summary"]["definitions"] == 60
    assert {item["path"].rpartition(".")[2] for item in before["findings"]} == {"json", "yaml", "tf"}
    assert {item["code"] for item in before["findings"]} >= {"FIT101", "FIT201", "FIT203", "FIT402"}

    written = taskfit("check", "--write-baseline", folder=repository)
    remark = f"taskfit-baseline.json now has {len(before['findings'])} findings"
    assert (written.status, written.stderr.partition(";")[0]) == (0, remark)
    (repository / "taskfit.yaml").write_text("baseline: taskfit-baseline.json\n", encoding="utf-8")
    assert taskfit("check", "--write-baseline", folder=repository).stderr == f"{remark}\n"
    after = taskfit("check", "--output-format", "json", folder=repository)
    assert (after.status, json.loads(after.stdout)["findings"]) == (0, [])

    for name, text in definitions():
        if "supervisor-2-" in name:
            # A limit that was beyond the task by 4 GiB is now beyond it by 8.
            (repository / name).write_text("\n" + text.replace("12288", "16384"), encoding="utf-8")
            outcome = taskfit("check", "--output-format", "json", folder=repository)
            found = [(item["code"], item["path"]) for item in json.loads(outcome.stdout)["findings"]]
            assert (outcome.status, found) == (1, [("FIT402", name)])
            (repository / name).write_text(text, encoding="utf-8")

    (repository / "new.json").write_text(PLAIN.format(family="new", **SIZES[1]), encoding="utf-8")
    outcome = taskfit("check", "--output-format", "json", folder=repository)
    assert {item["path"] for item in json.loads(outcome.stdout)["findings"]} == {"new.json"}
