"""AWS Copilot manifests: the task definition that Copilot makes of one, as it is and in each environment it names."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from taskfit.definition import Dialect, TaskDefinition, Unknown
from taskfit.sources.copilot.manifest import Entry, entry, key_of, named, seconds, unknown, value_at
from taskfit.sources.copilot.service import service_of
from taskfit.sources.document import Document, Input, Origin, Reading, duplicate_keys, span_at
from taskfit.sources.services import models, places
from taskfit.sources.values import distinct
from taskfit.syntax import yaml_text
from taskfit.syntax.placeholders import normalise
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node, entries_of, items_of, text_of

DIALECT = Dialect("copilot")
TYPES = ("Load Balanced Web Service", "Backend Service", "Worker Service", "Scheduled Job")
"""The workloads that run on ECS; Request-Driven Web Services and Static Sites don't."""

_DEFAULTS = {"cpu": 256, "memory": 512}
"""CPU units and MiB where the manifest says nothing (docs/manifest, `cpu` and `memory`)."""
_SYSTEMS = {"linux": "LINUX", "windows": "WINDOWS_SERVER_2019_CORE"}
_ARCHITECTURES = {"amd64": "X86_64", "x86_64": "X86_64", "arm": "ARM64", "arm64": "ARM64"}
_OF_A_CONTAINER = re.compile(r"containerDefinitions\[(\d+|-)\]")
"""What the path of an override begins with that is about one container; `-` stands for another one at the end."""
_HEALTH_CHECK = {
    "command": "command",
    "interval": "interval",
    "retries": "retries",
    "timeout": "timeout",
    "start_period": "startPeriod",
}


def read(given: Input) -> Document | None:
    """The definition of a manifest with a reading for each environment, or `None` if the text is something else.

    Raises `UnreadableError` with the offset of the first thing that is wrong.
    """
    source, path, variables, _ = given
    document = Document()
    is_patched = path is not None and os.path.isdir(path.parent / "overrides")
    for tree in yaml_text.parse_all(source.text):
        if text_of(value_at(tree, "type")) not in TYPES:
            continue
        ways = [("", tree)]
        for key, changes in entries_of(value_at(tree, "environments")):
            ways.append((f"environment {key.value}", _overlaid(tree, changes)))
        readings: list[Reading] = []
        for choice, manifest in ways:
            reading = _reading(source, manifest, variables, choice, is_patched=is_patched)
            readings.append(reading)
        document.definitions.append(distinct(readings))
        document.faults += duplicate_keys(source, tree)
    return document if document.definitions else None


def _overlaid(base: Node, changes: Node) -> Node:
    """A manifest as an environment changes it: mappings key by key, everything else as a whole."""
    if changes.entries is None or base.entries is None:
        return changes if changes.entries or changes.items or changes.value is not None else base
    own = {key.value: (key, value) for key, value in base.entries}
    for key, value in changes.entries:
        own[key.value] = (key, _overlaid(own[key.value][1], value)) if key.value in own else (key, value)
    return Node(base.start, base.end, entries=list(own.values()), is_partial=base.is_partial or changes.is_partial)


def _reading(
    source: SourceText, manifest: Node, variables: Mapping[str, str], choice: str, *, is_patched: bool
) -> Reading:
    name = value_at(manifest, "name") or manifest
    tree = Node(manifest.start, manifest.end, entries=list(_task(source, manifest)), is_partial=True)
    for item in items_of(value_at(manifest, "taskdef_overrides")):
        _override(tree, text_of(value_at(item, "path")) or "")
    if is_patched:
        tree.entries = []
    data = normalise(tree.plain(), variables)
    title = name.value if isinstance(name.value, str) else None
    services = [service_of(source, manifest)]
    task = TaskDefinition(data, DIALECT, title, models(services))
    absent = [key for key in _DEFAULTS if value_at(manifest, key) is None]
    origins = {f"/{key}": Origin(f"Copilot's default for {key}") for key in absent}
    return Reading(task, partial(_locate, source, name, tree), origins, choice, services=places(services))


def _locate(source: SourceText, name: Node, tree: Node, pointer: str, on_key: bool) -> Any:
    return span_at(source, tree, pointer, on_key) if pointer else source.span(name.start, name.end)


def _override(tree: Node, path: str) -> None:
    """Make unknown what an override sets: a field of the task, or of the containers that it may be about."""
    field, *inner = (word[:1].lower() + word[1:] for word in path.split("."))
    if (match := _OF_A_CONTAINER.fullmatch(field)) and inner:
        containers = value_at(tree, "containerDefinitions")
        items = list(items_of(containers))
        if match[1] == "-" and containers is not None:
            containers.items = [*items, unknown(containers, path)]
        # Only the first is certain to be where it is: Copilot puts the others into an order of its own.
        for container in {"0": items[:1], "-": []}.get(match[1], items[1:]):
            _hide(container, inner[0].partition("[")[0])
    else:
        _hide(tree, field.partition("[")[0])


def _hide(node: Node, field: str) -> None:
    if node.entries is not None:
        node.entries = [
            (key, unknown(value, field) if key.value == field else value) for key, value in entries_of(node)
        ]


def _task(source: SourceText, manifest: Node) -> Iterator[Entry]:
    head = key_of(manifest, "type")
    for name, default in _DEFAULTS.items():
        value = value_at(manifest, name)
        content = default if value is None else value.value
        place = head if value is None else value
        yield entry(key_of(manifest, name), name, place, str(content) if isinstance(content, int) else content)
    yield entry(head, "networkMode", head, "awsvpc")
    types: list[Node] = [Node(head.start, head.end, "FARGATE")]
    yield Node(head.start, head.end, "requiresCompatibilities"), Node(head.start, head.end, items=types)
    if platform := value_at(manifest, "platform"):
        yield named(key_of(manifest, "platform"), "runtimePlatform"), _platform(platform)
    if (storage := value_at(value_at(manifest, "storage"), "ephemeral")) is not None:
        size = [entry(storage, "sizeInGiB", storage, storage.value)]
        yield named(storage, "ephemeralStorage"), Node(storage.start, storage.end, entries=size)
    containers = [_main_container(source, manifest)]
    containers += [_sidecar(source, key, value) for key, value in entries_of(value_at(manifest, "sidecars"))]
    tracing = value_at(value_at(manifest, "observability"), "tracing")
    logging = value_at(manifest, "logging")
    if [key.value for key, _ in entries_of(logging)] == ["retention"]:
        logging = None
    adds_containers = {"logging": logging, "observability.tracing": tracing}
    containers += [unknown(place, f"sidecar for {key}") for key, place in adds_containers.items() if place is not None]
    place = key_of(manifest, "image")
    yield named(place, "containerDefinitions"), Node(place.start, place.end, items=containers)


def _platform(node: Node) -> Node:
    """`linux/arm64`, or an object of `osfamily` and `architecture`."""
    if isinstance(node.value, str):
        system, _, architecture = node.value.partition("/")
        words = (_SYSTEMS.get(system.lower()), _ARCHITECTURES.get(architecture.lower()))
    else:
        system, architecture = (text_of(value_at(node, key)) or "" for key in ("osfamily", "architecture"))
        words = (system.upper() or None, _ARCHITECTURES.get(architecture.lower()))
    pairs = zip(("operatingSystemFamily", "cpuArchitecture"), words, strict=True)
    entries = [entry(node, name, node, word) for name, word in pairs if word]
    return Node(node.start, node.end, entries=entries, is_partial=len(entries) < 2)


def _main_container(source: SourceText, manifest: Node) -> Node:
    image = value_at(manifest, "image")
    place = value_at(manifest, "name") or manifest
    container = _container(source, manifest, image, place)
    location = value_at(image, "location") or (image if image is not None and isinstance(image.value, str) else None)
    if container.entries is not None:
        container.entries.append(_image(image or place, location))
        container.entries.append(entry(place, "essential", place, True))
    return container


def _sidecar(source: SourceText, key: Node, sidecar: Node) -> Node:
    image = value_at(sidecar, "image")
    container = _container(source, sidecar, sidecar, key)
    if container.entries is not None:
        container.entries.append(_image(image or key, image))
        essential = value_at(sidecar, "essential")
        container.entries.append(
            entry(essential or key, "essential", essential or key, _value(essential, default=True))
        )
    return container


def _image(place: Node, location: Node | None) -> Entry:
    text = text_of(location)
    return entry(place, "image", location or place, text if text is not None else Unknown("image", "reference"))


def _container(source: SourceText, settings: Node, image: Node | None, name: Node) -> Node:
    """What the main container and sidecars share; Copilot gives each more (logs, variables of its own)."""
    container: list[Entry] = [entry(name, "name", name, _scalar(source, name))]
    for key, value in entries_of(settings):
        if key.value == "variables":
            container.append((named(key, "environment"), _variables(source, value)))
        elif key.value == "secrets":
            container.append((named(key, "secrets"), _secrets(value)))
        elif key.value in ("command", "entrypoint") and value.items is not None:
            container.append((named(key, "entryPoint" if key.value == "entrypoint" else "command"), value))
    for key, value in entries_of(image):
        if key.value == "healthcheck" and value.entries is not None:
            container.append((named(key, "healthCheck"), _health_check(value)))
        elif key.value == "depends_on" and value.entries is not None:
            container.append((named(key, "dependsOn"), _dependencies(value)))
    return Node(name.start, name.end, entries=container, is_partial=True)


def _variables(source: SourceText, node: Node) -> Node:
    """`NAME: value`, as a list that ends with what Copilot adds."""
    items = [_pair(key, "value", value, _scalar(source, value)) for key, value in entries_of(node)]
    return Node(node.start, node.end, items=[*items, unknown(node, "variables of Copilot")])


def _secrets(node: Node) -> Node:
    secret = Unknown("a secret", "reference")
    items = [_pair(key, "valueFrom", value, secret) for key, value in entries_of(node)]
    return Node(node.start, node.end, items=[*items, unknown(node, "secrets of Copilot")])


def _pair(key: Node, name: str, place: Node, content: Any) -> Node:
    return Node(key.start, place.end, entries=[entry(key, "name", key, key.value), entry(place, name, place, content)])


def _scalar(source: SourceText, node: Node) -> Any:
    if node.entries is not None or node.items is not None:
        return Unknown("from_cfn", "reference")
    return node.value if isinstance(node.value, str | Unknown) else source.text[node.start : node.end]


def _health_check(node: Node) -> Node:
    entries = [
        (named(key, _HEALTH_CHECK[key.value]), seconds(value))
        for key, value in entries_of(node)
        if key.value in _HEALTH_CHECK
    ]
    return Node(node.start, node.end, entries=entries, is_partial=True)


def _dependencies(node: Node) -> Node:
    """`nginx: start`."""
    items = []
    for key, value in entries_of(node):
        condition = value.value.upper() if isinstance(value.value, str) else Unknown("condition", "reference")
        entries = [entry(key, "containerName", key, key.value), entry(value, "condition", value, condition)]
        items.append(Node(key.start, value.end, entries=entries))
    return Node(node.start, node.end, items=items)


def _value(node: Node | None, *, default: Any) -> Any:
    return default if node is None else node.value
