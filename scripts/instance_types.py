"""Writes `rules/instances.csv` anew: the sizes of EC2's instance types, as DescribeInstanceTypes describes them.

Run it when AWS has new types, after `pip install -U moto`, which carries those answers: python scripts/instance_types.py
"""

from __future__ import annotations

import gzip
import json
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

TABLE = Path(__file__).parents[1] / "rules" / "instances.csv"

HEAD = """\
# Sizes of EC2's instance types: vCPUs, memory in MiB before anything runs on it, network interfaces, GPUs.
# From DescribeInstanceTypes of the Amazon EC2 API, as moto {version} carries it.
type,vcpus,memory,interfaces,gpus
"""


def text() -> str:
    """The table."""
    packed = files("moto").joinpath("ec2/resources/instance_types.json.gz").read_bytes()
    rows = []
    for name, described in sorted(json.loads(gzip.decompress(packed)).items()):
        gpus = sum(gpu.get("Count", 0) for gpu in described.get("GpuInfo", {}).get("Gpus", ()))
        vcpus, memory = described["VCpuInfo"]["DefaultVCpus"], described["MemoryInfo"]["SizeInMiB"]
        rows.append(f"{name},{vcpus},{memory},{described['NetworkInfo']['MaximumNetworkInterfaces']},{gpus}\n")
    return HEAD.format(version=version("moto")) + "".join(rows)


if __name__ == "__main__":
    TABLE.write_text(text(), encoding="utf-8", newline="\n")
