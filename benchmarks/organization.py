"""Audits of an organization that is simulated on this machine: time and memory by the number of its accounts.

A server of its own answers as STS, ECS, Application Auto Scaling and CloudWatch do: one cluster with one service in each
account, with two weeks of measurements by the hour.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
import tempfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing import Process, Queue
from typing import Any

from audit import definition, measured
from timing import TASKFIT

REGION = "eu-west-1"
HOURS = 14 * 24
START = 1_790_000_000


class Handler(BaseHTTPRequestHandler):
    """Answers whatever an audit asks; the access key identifies the account."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def do_POST(self) -> None:
        """Answer one call."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = re.search(r"Credential=(\w+)/", self.headers.get("Authorization", ""))
        account = key[1][-12:] if key else ""
        operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2] or self.path.rpartition("/")[2]
        kind = "application/x-amz-json-1.1"
        if operation:
            answer = json.dumps(self.answer(operation, account)).encode()
        else:
            kind, answer = "text/xml", credentials(body)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def answer(self, operation: str, account: str) -> dict[str, Any]:
        """What ECS and Application Auto Scaling say."""
        arn = f"arn:aws:ecs:{REGION}:{account}:"
        number = int(account or 0)
        if operation == "ListClusters":
            return {"clusterArns": [f"{arn}cluster/prod"]}
        if operation == "ListServices":
            return {"serviceArns": [f"{arn}service/prod/web"]}
        if operation == "DescribeServices":
            running = {"desiredCount": number % 5, "runningCount": number % 5, "launchType": "FARGATE"}
            name = {"serviceArn": f"{arn}service/prod/web", "taskDefinition": f"{arn}task-definition/web:1"}
            return {"services": [{**name, **running}], "failures": []}
        if operation == "DescribeTaskDefinition":
            found = definition(number)
            found["taskDefinition"] |= {"taskDefinitionArn": f"{arn}task-definition/web:1", "family": "web"}
            return found
        return metrics() if operation == "GetMetricData" else {"ScalableTargets": []}

    def log_message(self, *_: object) -> None:
        """Nothing."""


def credentials(body: bytes) -> bytes:
    """Of a role in an account, which the key names."""
    role = re.search(rb"iam%3A%3A(\d+)", body)
    account = role[1].decode() if role else "000000000000"
    given = (
        f"<AccessKeyId>ASIA{account}</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>"
        "<Expiration>2099-01-01T00:00:00Z</Expiration>"
    )
    result = f"<AssumeRoleResult><Credentials>{given}</Credentials></AssumeRoleResult>"
    return f"<AssumeRoleResponse>{result}</AssumeRoleResponse>".encode()


def metrics() -> dict[str, Any]:
    """The four series of the service."""
    times = [START + 3600 * hour for hour in range(HOURS)]
    return {
        "MetricDataResults": [
            {
                "Id": f"m{number}",
                "Label": f"prod/web {metric} {statistic}",
                "Timestamps": times,
                "Values": [float(20 + hour % 30) for hour in range(HOURS)],
                "StatusCode": "Complete",
            }
            for number, (metric, statistic) in enumerate(
                (metric, statistic)
                for metric in ("CPUUtilization", "MemoryUtilization")
                for statistic in ("Average", "Maximum")
            )
        ]
    }


def serve(ports: Queue[int]) -> None:
    """Answer until the process is ended."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    ports.put(server.server_port)
    server.serve_forever()


def main() -> None:
    """Print one line a number of accounts."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="*", default=[100, 1000, 5000], metavar="N")
    counts = parser.parse_args().accounts
    ports: Queue[int] = Queue()
    server = Process(target=serve, args=(ports,), daemon=True)
    server.start()
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports.get()}",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for count in counts:
        roles = [f"--role-arn=arn:aws:iam::{100_000_000_000 + number}:role/audit" for number in range(count)]
        with tempfile.TemporaryDirectory() as folder:
            save = ["--save", f"{folder}/saved", "--jobs", "1", "--output-format", "json"]
            cost = measured([TASKFIT, "audit", "--isolated", "--region", REGION, *save, *roles])
        sys.stdout.write(f"{count:>6} accounts: {cost.wall:6.1f} s, {cost.cpu:6.1f} s of cpu, {cost.memory:5.0f} MiB\n")
        sys.stdout.flush()
    server.terminate()


if __name__ == "__main__":
    main()
