"""Definitions with one mistake each, and valid ones that are often taken for mistakes; in the API's own spelling."""

from __future__ import annotations

from typing import Any

LOGS = {
    "logDriver": "awslogs",
    "options": {"awslogs-group": "/ecs/app", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "app"},
}
ROLE = "arn:aws:iam::123456789012:role/ecs-execution"


def app(name: str = "app", **fields: Any) -> dict[str, Any]:
    """A container that nothing is wrong with, but for the fields given; `None` removes one."""
    container = {"name": name, "image": "nginx:1.27", "essential": True, "logConfiguration": LOGS, **fields}
    return {key: value for key, value in container.items() if value is not None}


def task(*containers: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A Fargate task that nothing is wrong with, but for the fields given; `None` removes one."""
    data = {
        "family": "app",
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "1024",
        "memory": "2048",
        "executionRoleArn": ROLE,
        "containerDefinitions": list(containers) or [app()],
        **fields,
    }
    return {key: value for key, value in data.items() if value is not None}


def waits(name: str, condition: str = "START") -> list[dict[str, str]]:
    """A `dependsOn`."""
    return [{"containerName": name, "condition": condition}]


CYCLE = (app("a", dependsOn=waits("b")), app("b", dependsOn=waits("a")))
AGENTS = [{"name": "MAX_AGENTS", "value": "200"}]
WINDOWS = {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE", "cpuArchitecture": "X86_64"}
NO_REGION = {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/app", "awslogs-stream-prefix": "app"}}
HOST_PORT = [{"containerPort": 8080, "hostPort": 80}]
SECRET = [{"name": "TOKEN", "valueFrom": "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token"}]

RANGE = [{"containerPortRange": "8000-8010"}]
EFS = {
    "name": "data",
    "efsVolumeConfiguration": {"fileSystemId": "fs-1", "authorizationConfig": {"accessPointId": "fsap-1"}},
}

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "pair-8192-25600": (task(cpu="8192", memory="25600"), "FIT101"),
    "pair-512-8192": (task(cpu="512", memory="8192"), "FIT101"),
    "pair-in-words": (task(cpu="8 vCPU", memory="25 GB"), "FIT101"),
    "cpu-1000": (task(cpu="1000"), "FIT101"),
    "memory-sum": (task(app(memory=1536), app("proxy", memory=1024)), "FIT402"),
    "cpu-sum": (task(app(cpu=1024), app("proxy", cpu=256)), "FIT401"),
    "container-above-task": (task(app(memory=4096)), "FIT402"),
    "no-cpu-and-memory": (task(cpu=None, memory=None), "FIT102"),
    "no-memory": (task(memory=None), "FIT102"),
    "bridge-on-fargate": (task(networkMode="bridge"), "FIT103"),
    "no-essential": (task(app(essential=False)), "FIT406"),
    "reservation-above-limit": (task(app(memory=512, memoryReservation=1024)), "FIT403"),
    "no-router": (task(app(logConfiguration={"logDriver": "awsfirelens"})), "FIT411"),
    "depends-on-nobody": (task(app(dependsOn=waits("nobody"))), "FIT405"),
    "depends-in-a-cycle": (task(*CYCLE), "FIT405"),
    "healthy-without-check": (task(app(dependsOn=waits("db", "HEALTHY")), app("db")), "FIT405"),
    "awslogs-without-region": (task(app(logConfiguration=NO_REGION)), "FIT411"),
    "json-file-on-fargate": (task(app(logConfiguration={"logDriver": "json-file"})), "FIT106"),
    "host-port": (task(app(portMappings=HOST_PORT)), "FIT408"),
    "privileged": (task(app(privileged=True)), "FIT104"),
    "ephemeral-10": (task(ephemeralStorage={"sizeInGiB": 10}), "FIT107"),
    "windows-256": (task(cpu="256", memory="512", runtimePlatform=WINDOWS), "FIT101"),
    "secrets-without-role": (task(app(secrets=SECRET), executionRoleArn=None), "FIT105"),
    "200-agents": (task(app(environment=AGENTS), family="mistersmith-supervisor"), "FIT201"),
    "duplicate-container": (task(app(), app()), "FIT407"),
    "placement-on-fargate": (
        task(placementConstraints=[{"type": "memberOf", "expression": "attribute:ecs.os-type == linux"}]),
        "FIT104",
    ),
    "links-with-awsvpc": (task(app(links=["b"]), app("b"), requiresCompatibilities=["EC2"]), "FIT412"),
    "secrets-without-role-on-ec2": (
        task(app(secrets=SECRET), requiresCompatibilities=["EC2"], networkMode=None, executionRoleArn=None),
        "FIT413",
    ),
    "too-large": (task(app(environment=[{"name": "LONG", "value": "x" * 70_000}])), "FIT414"),
    "access-point-in-the-clear": (task(volumes=[EFS]), "FIT415"),
    "ulimit": (task(app(ulimits=[{"name": "nofile", "softLimit": 2048, "hardLimit": 1024}])), "FIT002"),
    "tmpfs-of-nothing": (task(app(linuxParameters={"tmpfs": [{"containerPath": "/t", "size": 0}]})), "FIT002"),
    "range-on-the-host": (task(app(portMappings=RANGE), requiresCompatibilities=["EC2"], networkMode="host"), "FIT408"),
    "typo": (task(app(memoryReservaton=128)), "FIT003"),
}
"""The mistake and the code that reports it."""

VALID: dict[str, dict[str, Any]] = {
    "plain": task(),
    "1-vcpu": task(cpu="1 vCPU", memory="2 GB"),
    "half-a-vcpu": task(cpu=".5 vcpu", memory="1 GB"),
    "2gb": task(cpu="1024", memory="2GB"),
    "32-vcpu": task(cpu="32768", memory="61440"),
    "equal-sums": task(app(cpu=512, memoryReservation=1024), app("proxy", cpu=512, memoryReservation=1024)),
    "essential-left-out": task(app(essential=None)),
    "ec2-without-size": task(app(memory=256), requiresCompatibilities=["EC2"], networkMode=None, cpu=None, memory=None),
    "links-on-a-bridge": task(
        app(links=["b"]), app("b"), requiresCompatibilities=["EC2"], networkMode="bridge", executionRoleArn=ROLE
    ),
    "range": task(app(portMappings=RANGE)),
    "tcp-and-udp": task(
        app(portMappings=[{"containerPort": 8125, "protocol": "udp"}, {"containerPort": 8125, "protocol": "tcp"}])
    ),
    "healthy-with-check": task(
        app(dependsOn=waits("db", "HEALTHY")), app("db", healthCheck={"command": ["CMD", "pg_isready"]})
    ),
}
"""What no rule says anything about."""
