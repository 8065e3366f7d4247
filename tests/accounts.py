"""The accounts of the audit's tests, in a process of their own: moto's server, seeded before it answers.

python accounts.py FILE    writes its port, and the definition of each service, into the file, and serves until nobody has
                           a shared lock on the file FILE.users any more
"""

from __future__ import annotations

import fcntl
import json
import os
import sys
import time
from itertools import chain, repeat
from pathlib import Path
from typing import Any

OURS, THEIRS, CLOSED = "123456789012", "210987654321", "333333333333"
CLUSTERS = ((OURS, "us-east-1", "prod"), (OURS, "us-east-1", "staging"), (THEIRS, "eu-west-1", "prod"))
SERVICES, REVISIONS = 60, 5
HOUR = 3600
HOT = 8
"""The service whose scaling keeps it too busy."""


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
    _organize()
    services = _seed()
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    seed = Path(sys.argv[1])
    part = seed.with_suffix(".part")
    part.write_text(json.dumps({"port": server.get_host_and_port()[1], "services": services}), encoding="utf-8")
    with Path(f"{seed}.users").open("rb") as users:
        part.replace(seed)
        fcntl.flock(users, fcntl.LOCK_EX)
    seed.unlink()
    server.stop()


def _organize() -> None:
    """An organization of our account, theirs, and one that is closed; moto makes up the numbers of accounts."""
    import boto3
    from moto.organizations import utils

    numbers = chain((OURS, THEIRS, CLOSED), repeat("444444444444"))
    utils.make_random_account_id = lambda: next(numbers)
    client = boto3.client("organizations", region_name="us-east-1")
    client.create_organization(FeatureSet="ALL")
    for name in ("theirs", "closed"):
        client.create_account(AccountName=name, Email=f"{name}@example.com")
    client.close_account(AccountId=CLOSED)


def _seed() -> list[tuple[str, str, str, str, str]]:
    """Each service with its definition: account, region, cluster, name, ARN."""
    import boto3

    sts = boto3.client("sts", region_name="us-east-1")
    clients = {}
    for place in CLUSTERS:
        account, region, cluster = place
        given = sts.assume_role(RoleArn=f"arn:aws:iam::{account}:role/audit", RoleSessionName="seed")["Credentials"]
        session = boto3.Session(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        clients[place] = [
            session.client(name, region_name=region) for name in ("ecs", "cloudwatch", "application-autoscaling")
        ]
        clients[place][0].create_cluster(clusterName=cluster)
    found = []
    for number in range(SERVICES):
        account, region, cluster = place = CLUSTERS[number % len(CLUSTERS)]
        ecs, cloudwatch, scaling = clients[place]
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
        if number % 4 == 0:
            _scale(scaling, cluster, number)
    return found


def _scale(scaling: Any, cluster: str, number: int) -> None:
    service = {
        "ServiceNamespace": "ecs",
        "ResourceId": f"service/{cluster}/service-{number}",
        "ScalableDimension": "ecs:service:DesiredCount",
    }
    scaling.register_scalable_target(**service, MinCapacity=1, MaxCapacity=20 + number)
    scaling.put_scaling_policy(
        **service,
        PolicyName=f"cpu-{number}",
        PolicyType="TargetTrackingScaling",
        TargetTrackingScalingPolicyConfiguration={
            "TargetValue": 98.0 if number == HOT else 60.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "ECSServiceAverageCPUUtilization"},
        },
    )


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
