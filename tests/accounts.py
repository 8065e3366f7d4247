"""The accounts of the audit's tests, in a process of their own: moto's server, seeded before it answers.

python accounts.py    prints its port, and the definition of each service, and serves until its input ends
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

OURS, THEIRS = "123456789012", "210987654321"
CLUSTERS = ((OURS, "us-east-1", "prod"), (OURS, "us-east-1", "staging"), (THEIRS, "eu-west-1", "prod"))
SERVICES, REVISIONS = 60, 5
HOUR = 3600


def definition(family: str, number: int, revision: int) -> dict[str, Any]:
    """One of many shapes: right and wrong sizes, roles with and without capacity and collector."""
    role = ("worker", "supervisor", "gateway", "web")[number % 4]
    variable = {"worker": "MAX_AGENTS", "supervisor": "MAX_AGENTS", "gateway": "MAX_CONNECTIONS"}.get(role)
    sizes = (("512", "1024"), ("1024", "2048"), ("2048", "6144"), ("8192", "25600"))
    cpu, memory = sizes[(number + revision) % 4]
    container: dict[str, Any] = {
        "name": role,
        "image": f"mistersmith/{role}:1.{revision}",
        "essential": True,
        "environment": [{"name": variable, "value": str(10 * revision)}] if variable else [],
    }
    collector = {
        "name": "otel",
        "image": "amazon/aws-otel-collector:v0.49.0",
        "essential": False,
        "cpu": 64,
        "memory": 128,
    }
    return {
        "family": family,
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": cpu,
        "memory": memory,
        "containerDefinitions": [container, collector] if number % 3 else [container],
        "tags": [{"key": "team", "value": "agents"}],
    }


def main() -> None:
    """Seed, serve, and say so. In its own process nothing has to go over a socket."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    from moto import mock_aws
    from moto.server import ThreadedMotoServer

    mock_aws().start()  # and never stopped, which would forget everything
    services = _seed()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    print(json.dumps({"port": server.get_host_and_port()[1], "services": services}), flush=True)  # noqa: T201
    sys.stdin.read()
    server.stop()


def _seed() -> list[tuple[str, str, str, str, str]]:
    """Each service with its definition: account, region, cluster, name, ARN."""
    import boto3

    sts = boto3.client("sts", region_name="us-east-1")
    clients = {}
    for place in CLUSTERS:
        account, region, cluster = place
        given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/audit", RoleSessionName="seed")["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        clients[place] = [session.client(name, region_name=region) for name in ("ecs", "cloudwatch")]
        clients[place][0].create_cluster(clusterName=cluster)
    found = []
    for number in range(SERVICES):
        account, region, cluster = place = CLUSTERS[number % len(CLUSTERS)]
        ecs, cloudwatch = clients[place]
        family = f"mistersmith-{number}"
        for revision in range(1, REVISIONS + 1):
            asked = definition(family, number, revision)
            arn = ecs.register_task_definition(**asked)["taskDefinition"]["taskDefinitionArn"]
        ecs.create_service(
            cluster=cluster,
            serviceName=f"service-{number}",
            taskDefinition=f"{family}:{REVISIONS}",
            desiredCount=number % 5,
            launchType="FARGATE",
        )
        found.append((account, region, cluster, f"service-{number}", arn))
        if cluster == "staging":
            _measure(cloudwatch, cluster, number)
    return found


def _measure(cloudwatch: Any, cluster: str, number: int) -> None:
    now = time.time() // HOUR * HOUR
    cloudwatch.put_metric_data(
        Namespace="AWS/ECS",
        MetricData=[
            {
                "MetricName": metric,
                "Dimensions": [
                    {"Name": "ClusterName", "Value": cluster},
                    {"Name": "ServiceName", "Value": f"service-{number}"},
                ],
                "Timestamp": now - hour * HOUR,
                "Value": value,
            }
            for metric, value in (("CPUUtilization", 12.0), ("MemoryUtilization", 71.0))
            for hour in range(1, 31)
        ],
    )


if __name__ == "__main__":
    main()
