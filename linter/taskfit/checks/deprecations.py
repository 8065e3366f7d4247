"""Whether a definition relies on features that AWS has retired or no longer develops."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from taskfit.definition import Unknown, known, objects, read, read_as
from taskfit.finding import Problem, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskfit.checks.context import Case
    from taskfit.sizing.aws import RetiredPart


def retired_part(case: Case) -> Iterator[Problem]:
    """FIT601: App Mesh, Elastic Inference, the X-Ray daemon."""
    parts = case.policy.aws.retired
    images = [(f"{container.pointer}/image", container.image_text) for container in case.task.containers]
    yield from _app_mesh(case, images, parts["app-mesh"])
    if not case.task.field_names.isdisjoint(("inferenceAccelerators", "resourceRequirements")):
        yield from _elastic_inference(case, parts["elastic-inference"])
    daemon = parts["xray-daemon"]
    for pointer in _places(images, daemon.image):
        yield Problem(pointer, daemon.message, help=daemon.instead, severity=Severity.NOTE)


def _app_mesh(case: Case, images: Iterable[tuple[str, str]], part: RetiredPart) -> Iterator[Problem]:
    proxy = known(read_as(case.task.data, "proxyConfiguration", dict))
    places = ["/proxyConfiguration"] if proxy and read(proxy, "type") in (None, "APPMESH") else []
    places += _places(images, part.image)
    if places:
        related = tuple((place, "part of App Mesh") for place in places[1:])
        yield Problem(places[0], part.message, help=part.instead, related=related)


def _elastic_inference(case: Case, part: RetiredPart) -> Iterator[Problem]:
    accelerators = known(read_as(case.task.data, "inferenceAccelerators", list)) or []
    if any(not isinstance(accelerator, Unknown) for accelerator in accelerators):
        message = f"{part.message} AWS answers: Unsupported field 'inferenceAccelerators'."
        yield Problem("/inferenceAccelerators", message, help=part.instead, severity=Severity.ERROR, on_key=True)
    for container in case.task.containers:
        for index, requirement in objects(container.data, "resourceRequirements"):
            if requirement.get("type") == "InferenceAccelerator":
                yield Problem(f"{container.pointer}/resourceRequirements/{index}", part.message, help=part.instead)


def _places(images: Iterable[tuple[str, str]], repository: str) -> list[str]:
    """The pointers to images of a repository, in any registry and with any placeholders around its name."""
    found = [(pointer, text) for pointer, text in images if repository in text]
    return [pointer for pointer, text in found if re.search(rf"(?:^|/){repository}(?:[:@]|$)", text)]
