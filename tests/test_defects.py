"""Defects of real files: what is one, what only looks like one, and that a credential is reported without being printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import CommandLine

FORMATS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown", "html")


def findings(taskfit: CommandLine, folder: Path, container: dict[str, Any], **task: Any) -> list[dict[str, Any]]:
    app = {"name": "app", "image": "nginx:1.27", "memory": 256, **container}
    data = {"family": "web", "executionRoleArn": "r", "containerDefinitions": [app], **task}
    (folder / "web.json").write_text(json.dumps(data), encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(
        taskfit("check", "web.json", "--output-format", "json", folder=folder).stdout
    )["findings"]
    return found


def environment(value: str) -> dict[str, Any]:
    return {"environment": [{"name": "VALUE", "value": value}]}


# Put together here, so that no scanner takes this file for one with credentials.
CREDENTIALS = [
    '{"key": "AKIA' + 'Q3EGRP2ZX5YB7WVN", "secret": "' + "abcdEFGH/+" * 4 + '"}',
    "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE...",
    "ghp_" + "a1" * 18,
    "GOC" + "SPX-" + "aB-_" * 7,
    "postgres://web:" + "g0ldf1sh@db:5432/web",
    "jdbc:mysql://web:" + "g0ldf1sh@db/web",
    "redis://:" + "g0ldf1sh@cache:6379",
    "mongodb+srv://web:" + "g0ld%40f1sh@cluster0.acme.test/?retryWrites=true",
    "Host=db;Username=web;Password=" + "g0ldf1sh",
    "DefaultEndpointsProtocol=https;AccountName=x;AccountKey=" + "a" * 86 + "==",
]

HARMLESS = [
    "AKIA" + "Q3EGRP2ZX5YB7WVN",
    '{"key": "AKIA' + 'Q3EGRP2ZX5YB7WVN", "region": "eu-west-1"}',
    "AKIAIOSFODNN7EXAMPLE",
    "postgres://web:<password>@db/web",
    "postgres://web:{password}@db/web",
    "postgres://web:***@db/web",
    "postgres://web:XXXX@db/web",
    "postgres://web:your_password@db/web",
    "postgres://web:password@db/web",
    "postgres://web@db/web",
    "https://acme.test:8443/a@b",
    "https://acme.test/?user=a:b@c",
    "Server=db;Trusted_Connection=True;",
    "Server=db;Password=<password>;",
    "Password policy; at least 12 characters",
    "http://localhost:4317",
    "-----BEGIN CERTIFICATE-----",
    "user:password",
]


@pytest.mark.parametrize("value", CREDENTIALS)
def test_a_credential_is_reported_and_printed_nowhere(value: str, taskfit: CommandLine, tmp_path: Path) -> None:
    found = findings(taskfit, tmp_path, environment(value))
    assert [(finding["code"], finding["severity"]) for finding in found] == [("FIT420", "warning")]
    (tmp_path / "web.yaml").write_text(
        "Parameters:\n"
        f"  Value: {{Type: String, Default: {json.dumps(value)}}}\n"
        "Resources:\n"
        "  Web:\n"
        "    Type: AWS::ECS::TaskDefinition\n"
        "    Properties:\n"
        "      ContainerDefinitions:\n"
        "        - {Name: app, Image: nginx, Memory: 256, Environment: [{Name: VALUE, Value: !Ref Value}]}\n",
        encoding="utf-8",
    )
    for kind in FORMATS:
        output = taskfit("check", "--output-format", kind, folder=tmp_path).stdout
        assert output.count("FIT420") >= 2
        assert value[-12:] not in output


@pytest.mark.parametrize("value", HARMLESS)
def test_what_only_looks_like_a_credential_is_none(value: str, taskfit: CommandLine, tmp_path: Path) -> None:
    assert findings(taskfit, tmp_path, environment(value)) == []


@pytest.mark.parametrize(
    ("secret", "is_one"), [("abcdEFGH/+" * 4, True), ("9f86d081" * 5, False), ("abcdEFGH/+" * 5, False)]
)
def test_a_secret_access_key_is_known_by_its_id(
    secret: str, is_one: bool, taskfit: CommandLine, tmp_path: Path
) -> None:
    pair = [{"name": "SMTP_USER", "value": "AKIA" + "Q3EGRP2ZX5YB7WVN"}, {"name": "SMTP_PASSWORD", "value": secret}]
    found = findings(taskfit, tmp_path, {"environment": pair})
    pointer = "/containerDefinitions/0/environment/1/value"
    assert [(each["code"], each["pointer"]) for each in found] == ([("FIT420", pointer)] if is_one else [])
    assert findings(taskfit, tmp_path, {"environment": pair[1:]}) == []


@pytest.mark.parametrize("value", [8080, True, {"Ref": "Value"}, ["a"], None])
def test_what_is_no_string_is_no_credential_and_no_tag(value: object, taskfit: CommandLine, tmp_path: Path) -> None:
    container = {
        "image": value,
        "command": [value],
        "environment": [{"name": "A", "value": value}],
        "secrets": [{"name": "S", "valueFrom": value}],
    }
    found = findings(taskfit, tmp_path, container, taskRoleArn=value)
    assert {finding["code"] for finding in found} <= {"FIT002"}


@pytest.mark.parametrize(
    ("parts", "starts"), [(6, False), (7, True), (8, False), (9, True), (10, True), (11, False), (14, False)]
)
def test_the_parts_of_a_secrets_manager_arn(parts: int, starts: bool, taskfit: CommandLine, tmp_path: Path) -> None:
    arn = ":".join(["arn", "aws", "secretsmanager", "eu-west-1", "111122223333", "secret", "db", *"abcdefgh"][:parts])
    found = findings(taskfit, tmp_path, {"secrets": [{"name": "DB", "valueFrom": arn}]})
    assert [finding["code"] for finding in found] == ([] if starts else ["FIT416"])


@pytest.mark.parametrize(
    "task",
    [
        {"networkMode": "awsvpc"},  # FIT412's
        {"networkMode": "${MODE}"},
        {"requiresCompatibilities": ["${TYPE}"]},
    ],
)
def test_links_are_followed_where_there_are_links_only(
    task: dict[str, Any], taskfit: CommandLine, tmp_path: Path
) -> None:
    found = findings(taskfit, tmp_path, {"links": ["nobody"]}, **task)
    assert "FIT417" not in {finding["code"] for finding in found}


def test_a_variable_and_a_secret_may_not_share_a_name_whatever_their_values(
    taskfit: CommandLine, tmp_path: Path
) -> None:
    container = {
        "environment": [{"name": "A", "value": "${A}"}, {"name": "B", "value": "1"}, {"name": "B", "value": "1"}],
        "secrets": [{"name": "A", "valueFrom": "a"}, {"name": "${A}", "valueFrom": "b"}],
    }
    found = findings(taskfit, tmp_path, container)
    assert [(finding["code"], finding["severity"], finding["pointer"]) for finding in found] == [
        ("FIT407", "error", "/containerDefinitions/0/secrets/0/name")
    ]


@pytest.mark.parametrize(
    ("limit", "memory", "advice"),
    [
        (1900, "4096", "Lower the task's memory to 2048."),
        (300, "1024", "Raise the limits: that costs nothing."),
        (1900, "2048", ""),
    ],
)
def test_memory_that_no_container_can_use_is_reported_with_what_would_do(
    limit: int, memory: str, advice: str, taskfit: CommandLine, tmp_path: Path
) -> None:
    fargate = {"requiresCompatibilities": ["FARGATE"], "networkMode": "awsvpc", "cpu": "512", "memory": memory}
    found = findings(taskfit, tmp_path, {"memory": limit}, **fargate)
    assert [finding["code"] for finding in found] == (["FIT422"] if advice else [])
    assert advice in taskfit("check", "web.json", folder=tmp_path).stdout
