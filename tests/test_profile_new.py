"""`taskfit profile new`: from definitions to a profile that is valid and that its definitions fit."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine, Golden

from taskfit.policy.profiles import load_profile


def definition(family: str, image: str, size: tuple[int, int] = (1024, 2048), **container: Any) -> dict[str, Any]:
    app = {"name": "app", "image": f"123456789012.dkr.ecr.eu-west-1.amazonaws.com/{image}", "essential": True}
    agent = {"name": "datadog-agent", "image": "datadog/agent:7", "cpu": 64, "memory": 128, "essential": False}
    return {
        "family": family,
        "requiresCompatibilities": ["FARGATE"],
        "cpu": str(size[0]),
        "memory": str(size[1]),
        "containerDefinitions": [app | container, agent],
    }


def env(**values: str) -> dict[str, Any]:
    return {"environment": [{"name": name, "value": value} for name, value in values.items()]}


def repository(folder: Path) -> int:
    """A repository of forty definitions as a company has them: several runtimes, jobs, and what templates leave open."""
    found: list[dict[str, Any]] = []
    for number in range(1, 13):
        api = env(WEB_CONCURRENCY=str(number), GUNICORN_THREADS="2")
        found.append(
            definition(f"api-{number}", f"acme/shop-api-{number}:1", (1024, 2048 + 512 * (number // 3)), **api)
        )
    for number in range(1, 9):
        command = ["celery", "-A", "jobs", "worker", "-c", str(2 * number)]
        found.append(definition(f"queue-{number}", "acme/jobs:3", (1024, 2048), command=command))
    for number in range(1, 9):
        heap = env(JAVA_OPTS=f"-Xms256m -Xmx{number}g")
        found.append(definition(f"orders-{number}", f"acme/orders-{number}:3", (1024, 1024 * (number + 1)), **heap))
    found += [
        definition(f"stream-{number}", "acme/stream:9", (512, 1024 * number), **env(MAX_STREAMS=str(500 * number)))
        for number in range(1, 5)
    ]
    found += [
        definition(f"job-{number}", "acme/jobs:3", (256, 512), command=["python", "job.py"]) for number in range(1, 6)
    ]
    found += [
        definition("${FAMILY}", "acme/${NAME}:1", **env(WEB_CONCURRENCY="${N}")),
        definition("odd", "acme/odd:1", **env(MAX_ODDITIES="3")) | {"family": "odd'\n  # : {[*&!|>%@`"},
        {"family": "empty", "containerDefinitions": []},
    ]
    for number, data in enumerate(found):
        (folder / f"{number:02}.json").write_text(json.dumps(data), encoding="utf-8")
    return len(found)


def test_a_start_from_forty_definitions(tmp_path: Path, taskfit: CommandLine, golden: Golden) -> None:
    assert repository(tmp_path) == 40
    outcome = taskfit("profile", "new", ".", "--name", "shop", folder=tmp_path)
    assert (outcome.status, outcome.stderr) == (0, "")
    golden("profile-new.yaml", outcome.stdout)
    (tmp_path / "sizing.yaml").write_text(outcome.stdout, encoding="utf-8")
    profile = load_profile(str(tmp_path / "sizing.yaml"))
    assert set(profile.roles) == {"gunicorn", "celery", "jvm", "stream", "odd"}
    assert taskfit("profile", "sizing.yaml", folder=tmp_path).status == 0


def test_the_definitions_have_the_roles_of_the_start(tmp_path: Path, taskfit: CommandLine) -> None:
    repository(tmp_path)
    (tmp_path / "sizing.yaml").write_text(taskfit("profile", "new", folder=tmp_path).stdout, encoding="utf-8")
    report = taskfit(
        "fleet", ".", "--profile", "sizing.yaml", "--load", "MiB of heap=1", "--output-format", "json", folder=tmp_path
    )
    roles = {each["definition"]: each["role"] for each in json.loads(report.stdout)["definitions"]}
    assert roles["api-3"] == "gunicorn"
    assert roles["queue-3"] == "celery"
    assert roles["orders-3"] == "jvm"
    assert roles["stream-3"] == "stream"
    assert "job-1" not in roles


def test_a_commented_sidecar_can_be_required(tmp_path: Path, taskfit: CommandLine) -> None:
    repository(tmp_path)
    text = taskfit("profile", "new", folder=tmp_path).stdout
    assert "#   datadog: {cpu: 64, memory: 128, essential: false}  # in 39 of 40" in text
    wanted = text.replace("# sidecars:", "sidecars:").replace("#   datadog:", "  datadog:")
    (tmp_path / "sizing.yaml").write_text(wanted, encoding="utf-8")
    assert load_profile(str(tmp_path / "sizing.yaml")).sidecars["datadog"].size == (64, 128)


@pytest.mark.parametrize(
    "container",
    [
        {"command": ["gunicorn", "-w", "4", "--threads", "8"]},
        env(JAVA_OPTS="-Xmx2g"),
        env(MAX_STREAMS="500"),
        env(MAX_STREAMS="${N}"),
        env(WEB_CONCURRENCY="${N}"),
        {},
    ],
)
def test_the_examples_in_comments_hold_when_they_are_uncommented(
    container: dict[str, Any], tmp_path: Path, taskfit: CommandLine
) -> None:
    for number, own in enumerate((container, {"command": ["job"]})):
        text = json.dumps(definition(f"web-{number}", f"acme/{number}:1", **own))
        (tmp_path / f"{number}.json").write_text(text, encoding="utf-8")
    text = taskfit("profile", "new", folder=tmp_path).stdout
    examples = re.compile(r"^# (  cron: |sidecars:|  datadog: |cases:|  - \{)", re.MULTILINE)
    uncommented, number = examples.subn(r"\1", text)
    assert number == 5
    (tmp_path / "sizing.yaml").write_text(uncommented, encoding="utf-8")
    outcome = taskfit("profile", "test", "sizing.yaml", folder=tmp_path)
    assert (outcome.status, outcome.both) == (0, "1 case, all as expected\n")


def test_without_capacities_there_is_a_role_to_go_on_from(tmp_path: Path, taskfit: CommandLine) -> None:
    (tmp_path / "a.json").write_text(json.dumps(definition("cron", "acme/cron:1")), encoding="utf-8")
    text = taskfit("profile", "new", folder=tmp_path).stdout
    (tmp_path / "sizing.yaml").write_text(text, encoding="utf-8")
    assert set(load_profile(str(tmp_path / "sizing.yaml")).roles) == {"service"}
    assert "#   cron: 1024 / 2048" in text


def test_nothing_to_start_from_is_an_error(tmp_path: Path, taskfit: CommandLine) -> None:
    outcome = taskfit("profile", "new", folder=tmp_path)
    assert (outcome.status, outcome.stderr) == (2, "error: no task definition found to start from\n")


@pytest.mark.parametrize("name", ["no", "a: b", "x'y", "#", "1", ""])
def test_any_name_is_a_string(name: str, tmp_path: Path, taskfit: CommandLine) -> None:
    (tmp_path / "a.json").write_text(json.dumps(definition("cron", "acme/cron:1")), encoding="utf-8")
    (tmp_path / "p.yaml").write_text(
        taskfit("profile", "new", "--name", name, folder=tmp_path).stdout, encoding="utf-8"
    )
    assert load_profile(str(tmp_path / "p.yaml")).name == name


HOSTILE = [
    *(
        "a\nroles: {x: y}",
        "a: {b: c}",
        "'",
        '"',
        "#x",
        "&a",
        "*a",
        "!!python/object:x",
        "- x",
        "%",
        "@",
        "`",
        "{{x}}",
        "~",
    ),
    *("a\u2028b", "\u202egpj", "null", "1", "true", "a\\nb", "\x07", "x" * 5000, "\ud800", "api-${TAG}", "::error::x"),
]


def test_no_name_in_a_definition_writes_keys_of_the_profile(taskfit: CommandLine, tmp_path: Path) -> None:
    for number, name in enumerate(HOSTILE):
        for copy in range(3):
            hostile = {"name": name, "command": ["celery", "-c", name], **env(**{name: "4", "WEB_CONCURRENCY": name})}
            found = definition(f"{name}{copy or ''}", f"acme/{name}", **hostile)
            (tmp_path / f"{number}-{copy}.json").write_text(json.dumps(found), encoding="utf-8")
    outcome = taskfit("profile", "new", str(tmp_path), "--isolated", "--name", "a\nb: c")
    assert (outcome.status, outcome.stderr) == (0, "")
    assert all(line.isprintable() and not line.startswith("::") for line in outcome.stdout.split("\n"))
    path = tmp_path / "own.yaml"
    path.write_text(outcome.stdout, encoding="utf-8")
    assert load_profile(str(path)).name == "a\nb: c"


def test_a_file_that_can_not_be_read_is_named(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "good.json").write_text(json.dumps(definition("api", "acme/api:1")), encoding="utf-8")
    (tmp_path / "bad.json").write_text('{"family": "a",\n"containerDefinitions": [}', encoding="utf-8")
    outcome = taskfit("profile", "new", ".", "--isolated", folder=tmp_path)
    assert outcome.status == 2
    assert outcome.stderr.startswith("error: bad.json:2:26: ")
    assert "roles:" in outcome.stdout
