"""Whether a definition relies on parts that AWS has ended, or has stopped to develop."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from taskfit.definition import Unknown, known, objects, read, read_as
from taskfit.finding import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskfit.checks.context import Case


def retired_part(case: Case) -> Iterator[Problem]:
    """FIT601: App Mesh, Elastic Inference, the X-Ray daemon."""
    yield from _app_mesh(case)
    yield from _elastic_inference(case)
    for pointer in _images(case, "aws-xray-daemon"):
        yield Problem(
            pointer,
            "The X-Ray daemon has been in maintenance mode since 2026-02-25: AWS develops it no further.",
            help="Send traces with the CloudWatch agent or the AWS Distro for OpenTelemetry collector.",
            severity=Severity.NOTE,
        )


def _app_mesh(case: Case) -> Iterator[Problem]:
    proxy = known(read_as(case.task.data, "proxyConfiguration", dict))
    places = ["/proxyConfiguration"] if proxy and read(proxy, "type") in (None, "APPMESH") else []
    places += _images(case, "aws-appmesh-envoy")
    if places:
        yield Problem(
            places[0],
            "AWS App Mesh ended on 2026-09-30, so that its proxy has no mesh to join and only takes up space.",
            help="Move to ECS Service Connect, which needs no container of its own, and remove the proxy.",
            related=tuple((place, "part of App Mesh") for place in places[1:]),
        )


def _elastic_inference(case: Case) -> Iterator[Problem]:
    message = "Amazon Elastic Inference has ended."
    remedy = "Remove it, and run inference on CPUs, or on EC2 instances with GPUs or AWS Inferentia."
    accelerators = known(read_as(case.task.data, "inferenceAccelerators", list)) or []
    if any(not isinstance(accelerator, Unknown) for accelerator in accelerators):
        answer = " AWS answers: Unsupported field 'inferenceAccelerators'."
        yield Problem("/inferenceAccelerators", message + answer, help=remedy, severity=Severity.ERROR, on_key=True)
    for container in case.task.containers:
        for index, requirement in objects(container.data, "resourceRequirements"):
            if requirement.get("type") == "InferenceAccelerator":
                yield Problem(f"{container.pointer}/resourceRequirements/{index}", message, help=remedy)


def _images(case: Case, repository: str) -> list[str]:
    """Where images of a repository stand, in whatever registry they are and whatever placeholders surround its name."""
    pattern = re.compile(rf"(?:^|/){repository}(?:[:@]|$)")
    places = []
    for container in case.task.containers:
        image = container.image
        text = image.text if isinstance(image, Unknown) else image or ""
        if pattern.search(text):
            places.append(f"{container.pointer}/image")
    return places
