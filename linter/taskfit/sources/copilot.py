"""AWS Copilot manifests: the task definition that Copilot makes of one, as it is and in each environment it names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from taskfit.definition import Dialect, TaskDefinition, Unknown
from taskfit.sources.document import Document, Input, Origin, Reading, duplicate_keys, span_at
from taskfit.sources.services import Attached, Part, ServiceReading, models, places, read_service
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
_HEALTH_CHECK = {
    "command": "command",
    "interval": "interval",
    "retries": "retries",
    "timeout": "timeout",
    "start_period": "startPeriod",
}
_SECONDS = re.compile(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")

_RANGE_OF_COUNTS = re.compile(r"(\d{1,6})-(\d{1,6})")
_METRICS = {
    "cpu_percentage": "ECSServiceAverageCPUUtilization",
    "memory_percentage": "ECSServiceAverageMemoryUtilization",
}
_ROLLING = {
    "default": {"minimumHealthyPercent": 100, "maximumPercent": 200},
    "recreate": {"minimumHealthyPercent": 0, "maximumPercent": 100},
}
"""`deployment.rolling` (docs/manifest)."""

_RANGE = Unknown("a range of counts", "reference")

Entry = tuple[Node, Node]


def read(given: Input) -> Document | None:
    """The definition of a manifest with a reading for each environment, or `None` if the text is something else.

    Raises `UnreadableError` with the offset of the first thing that is wrong.
    """
    source, path, variables, _ = given
    document = Document()
    is_patched = path is not None and (path.parent / "overrides").is_dir()
    for tree in yaml_text.parse_all(source.text):
        if text_of(_get(tree, "type")) not in TYPES:
            continue
        ways = [("", tree)]
        for key, changes in entries_of(_get(tree, "environments")):
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
    name = _get(manifest, "name") or manifest
    tree = Node(manifest.start, manifest.end, entries=list(_task(source, manifest)), is_partial=True)
    overridden = {_top(text_of(_get(item, "path")) or "") for item in items_of(_get(manifest, "taskdef_overrides"))}
    entries = [
        (key, _unknown(value, key.value) if key.value in overridden else value) for key, value in entries_of(tree)
    ]
    tree.entries = [] if is_patched else entries
    data = normalise(tree.plain(), variables)
    title = name.value if isinstance(name.value, str) else None
    services = [_service(source, manifest)]
    task = TaskDefinition(data, DIALECT, title, models(services))
    absent = [key for key in _DEFAULTS if _get(manifest, key) is None]
    origins = {f"/{key}": Origin(f"Copilot's default for {key}") for key in absent}
    return Reading(task, partial(_locate, source, name, tree), origins, choice, services=places(services))


def _locate(source: SourceText, name: Node, tree: Node, pointer: str, on_key: bool) -> Any:
    return span_at(source, tree, pointer, on_key) if pointer else source.span(name.start, name.end)


def _top(path: str) -> str:
    """The field of the definition that an override's path begins with."""
    word = re.split(r"[.\[]", path, maxsplit=1)[0]
    return word[:1].lower() + word[1:]


def _service(source: SourceText, manifest: Node) -> ServiceReading:
    """The service that Copilot makes, of which the manifest says a part; a job is started by a schedule instead."""
    name, count = _get(manifest, "name") or manifest, _get(manifest, "count")
    head = (name.start, name.end)
    entries = [_strategy(count or manifest)]
    if count is not None:
        content = count.value if count.entries is None else _RANGE
        entries.append(_at(_key(manifest, "count"), "desiredCount", count, content))
    http, deployment = _get(manifest, "http"), _get(_get(manifest, "deployment"), "rolling")
    if (grace := _get(_get(http, "healthcheck"), "grace_period")) is not None:
        entries.append((_named(grace, "healthCheckGracePeriodSeconds"), _seconds(grace)))
    if deployment is not None and deployment.value in _ROLLING:
        percents = [_at(deployment, key, deployment, value) for key, value in _ROLLING[deployment.value].items()]
        entries.append(
            (_named(deployment, "deploymentConfiguration"), Node(deployment.start, deployment.end, entries=percents))
        )
    if (version := _get(_get(manifest, "platform"), "version")) is not None:
        entries.append(_at(version, "platformVersion", version, version.value))
    tree = Node(manifest.start, manifest.end, entries=entries, is_partial=True)
    return read_service(
        Part(tree, source, head), 0, name=text_of(_get(manifest, "name")), attached=_scaling(source, count)
    )


def _strategy(count: Node) -> Entry:
    on_spot = _get(count, "spot") or _get(_get(count, "range"), "spot_from")
    names = ("FARGATE", "FARGATE_SPOT") if on_spot else ("FARGATE",)
    items = [Node(count.start, count.end, entries=[_at(count, "capacityProvider", count, name)]) for name in names]
    return _named(count, "capacityProviderStrategy"), Node(count.start, count.end, items=list(items))


def _scaling(source: SourceText, count: Node | None) -> Attached:
    """What `count: {range: 1-10, cpu_percentage: 70}` asks of Application Auto Attached."""
    limits = _get(count, "range")
    if limits is None:
        return Attached()
    ends = _RANGE_OF_COUNTS.fullmatch(limits.value) if isinstance(limits.value, str) else None
    if ends:
        bounds = [_at(limits, "minCapacity", limits, int(ends[1])), _at(limits, "maxCapacity", limits, int(ends[2]))]
    else:
        bounds = [
            _at(node, name, node, node.value)
            for key, name in (("min", "minCapacity"), ("max", "maxCapacity"))
            if (node := _get(limits, key)) is not None
        ]
    place = (limits.start, max(limits.end, limits.start))
    target = Node(limits.start, limits.end, entries=bounds, is_partial=len(bounds) < 2)
    policies = [
        Part(_policy(value, metric), source, (value.start, value.end))
        for key, metric in _METRICS.items()
        if (value := _get(count, key)) is not None
    ]
    return Attached(Part(target, source, place), policies)


def _policy(value: Node, metric: str) -> Node:
    """Target tracking of a metric: a percentage, or an object of it and its cooldowns."""
    target = _get(value, "value") if value.entries is not None else value
    specification = Node(value.start, value.end, entries=[_at(value, "predefinedMetricType", value, metric)])
    entries: list[Entry] = [(_named(value, "predefinedMetricSpecification"), specification)]
    if target is not None:
        entries.append(_at(target, "targetValue", target, target.value))
    for key, name in (("in", "scaleInCooldown"), ("out", "scaleOutCooldown")):
        if (cooldown := _get(_get(value, "cooldown"), key)) is not None:
            entries.append((_named(cooldown, name), _seconds(cooldown)))
    tracking = Node(value.start, value.end, entries=entries)
    kind = _at(value, "policyType", value, "TargetTrackingScaling")
    inner: list[Entry] = [kind, (_named(value, "targetTrackingScalingPolicyConfiguration"), tracking)]
    return Node(value.start, value.end, entries=inner)


def _task(source: SourceText, manifest: Node) -> Iterator[Entry]:
    head = _key(manifest, "type")
    for name, default in _DEFAULTS.items():
        value = _get(manifest, name)
        content = default if value is None else value.value
        place = head if value is None else value
        yield _at(_key(manifest, name), name, place, str(content) if isinstance(content, int) else content)
    yield _at(head, "networkMode", head, "awsvpc")
    types: list[Node] = [Node(head.start, head.end, "FARGATE")]
    yield Node(head.start, head.end, "requiresCompatibilities"), Node(head.start, head.end, items=types)
    if platform := _get(manifest, "platform"):
        yield _named(_key(manifest, "platform"), "runtimePlatform"), _platform(platform)
    if (storage := _get(_get(manifest, "storage"), "ephemeral")) is not None:
        size = [_at(storage, "sizeInGiB", storage, storage.value)]
        yield _named(storage, "ephemeralStorage"), Node(storage.start, storage.end, entries=size)
    containers = [_main_container(source, manifest)]
    containers += [_sidecar(source, key, value) for key, value in entries_of(_get(manifest, "sidecars"))]
    adds_containers = [_get(manifest, "logging"), _get(_get(manifest, "observability"), "tracing")]
    containers += [_unknown(place, "a sidecar of Copilot") for place in adds_containers if place is not None]
    place = _key(manifest, "image")
    yield _named(place, "containerDefinitions"), Node(place.start, place.end, items=containers)


def _platform(node: Node) -> Node:
    """`linux/arm64`, or an object of `osfamily` and `architecture`."""
    if isinstance(node.value, str):
        system, _, architecture = node.value.partition("/")
        words = (_SYSTEMS.get(system.lower()), _ARCHITECTURES.get(architecture.lower()))
    else:
        system, architecture = (text_of(_get(node, key)) or "" for key in ("osfamily", "architecture"))
        words = (system.upper() or None, _ARCHITECTURES.get(architecture.lower()))
    pairs = zip(("operatingSystemFamily", "cpuArchitecture"), words, strict=True)
    entries = [_at(node, name, node, word) for name, word in pairs if word]
    return Node(node.start, node.end, entries=entries, is_partial=len(entries) < 2)


def _main_container(source: SourceText, manifest: Node) -> Node:
    image = _get(manifest, "image")
    place = _get(manifest, "name") or manifest
    container = _container(source, manifest, image, place)
    location = _get(image, "location") or (image if image is not None and isinstance(image.value, str) else None)
    if container.entries is not None:
        container.entries.append(_image(image or place, location))
        container.entries.append(_at(place, "essential", place, True))
    return container


def _sidecar(source: SourceText, key: Node, sidecar: Node) -> Node:
    image = _get(sidecar, "image")
    container = _container(source, sidecar, sidecar, key)
    if container.entries is not None:
        container.entries.append(_image(image or key, image))
        essential = _get(sidecar, "essential")
        container.entries.append(_at(essential or key, "essential", essential or key, _value(essential, default=True)))
    return container


def _image(place: Node, location: Node | None) -> Entry:
    text = text_of(location)
    return _at(place, "image", location or place, text if text is not None else Unknown("image", "reference"))


def _container(source: SourceText, settings: Node, image: Node | None, name: Node) -> Node:
    """What the main container and sidecars share; Copilot gives each more (logs, variables of its own)."""
    container: list[Entry] = [_at(name, "name", name, _scalar(source, name))]
    for key, value in entries_of(settings):
        if key.value == "variables":
            container.append((_named(key, "environment"), _variables(source, value)))
        elif key.value == "secrets":
            container.append((_named(key, "secrets"), _secrets(value)))
        elif key.value in ("command", "entrypoint") and value.items is not None:
            container.append((_named(key, "entryPoint" if key.value == "entrypoint" else "command"), value))
    for key, value in entries_of(image):
        if key.value == "healthcheck" and value.entries is not None:
            container.append((_named(key, "healthCheck"), _health_check(value)))
        elif key.value == "depends_on" and value.entries is not None:
            container.append((_named(key, "dependsOn"), _dependencies(value)))
    return Node(name.start, name.end, entries=container, is_partial=True)


def _variables(source: SourceText, node: Node) -> Node:
    """`NAME: value`, as a list that ends with what Copilot adds."""
    items = [_pair(key, "value", value, _scalar(source, value)) for key, value in entries_of(node)]
    return Node(node.start, node.end, items=[*items, _unknown(node, "variables of Copilot")])


def _secrets(node: Node) -> Node:
    secret = Unknown("a secret", "reference")
    items = [_pair(key, "valueFrom", value, secret) for key, value in entries_of(node)]
    return Node(node.start, node.end, items=[*items, _unknown(node, "secrets of Copilot")])


def _pair(key: Node, name: str, place: Node, content: Any) -> Node:
    return Node(key.start, place.end, entries=[_at(key, "name", key, key.value), _at(place, name, place, content)])


def _scalar(source: SourceText, node: Node) -> Any:
    if node.entries is not None or node.items is not None:
        return Unknown("from_cfn", "reference")
    return node.value if isinstance(node.value, str | Unknown) else source.text[node.start : node.end]


def _health_check(node: Node) -> Node:
    entries = [
        (_named(key, _HEALTH_CHECK[key.value]), _seconds(value))
        for key, value in entries_of(node)
        if key.value in _HEALTH_CHECK
    ]
    return Node(node.start, node.end, entries=entries, is_partial=True)


def _seconds(node: Node) -> Node:
    """`1m30s` as 90."""
    match = _SECONDS.fullmatch(node.value) if isinstance(node.value, str) and node.value else None
    if match is None:
        return node if not isinstance(node.value, str) else _unknown(node, node.value)
    hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return Node(node.start, node.end, hours * 3600 + minutes * 60 + seconds)


def _dependencies(node: Node) -> Node:
    """`nginx: start`."""
    items = []
    for key, value in entries_of(node):
        condition = value.value.upper() if isinstance(value.value, str) else Unknown("condition", "reference")
        entries = [_at(key, "containerName", key, key.value), _at(value, "condition", value, condition)]
        items.append(Node(key.start, value.end, entries=entries))
    return Node(node.start, node.end, items=items)


def _value(node: Node | None, *, default: Any) -> Any:
    return default if node is None else node.value


def _get(node: Node | None, name: str) -> Node | None:
    found = next((value for key, value in entries_of(node) if key.value == name), None)
    return None if found is not None and found.value is None and not (found.entries or found.items) else found


def _key(node: Node, name: str) -> Node:
    """Where a key stands; the whole if it is absent."""
    return next((key for key, _ in entries_of(node) if key.value == name), Node(node.start, node.start, name))


def _named(key: Node, name: str) -> Node:
    return Node(key.start, key.end, name)


def _at(key: Node, name: str, place: Node, content: Any) -> Entry:
    return _named(key, name), Node(place.start, place.end, content)


def _unknown(node: Node, text: str) -> Node:
    return Node(node.start, node.end, Unknown(text, "reference"))
