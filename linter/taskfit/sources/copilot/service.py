"""The service that Copilot makes of a manifest, with its scaling."""

from __future__ import annotations

import re

from taskfit.definition import Unknown
from taskfit.sources.copilot.manifest import Entry, entry, key_of, named, seconds, value_at
from taskfit.sources.services import Attached, Part, ServiceReading, read_service
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node, text_of

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


def service_of(source: SourceText, manifest: Node) -> ServiceReading:
    """The service that Copilot makes, of which the manifest says a part; a job is started by a schedule instead."""
    name, count = value_at(manifest, "name") or manifest, value_at(manifest, "count")
    head = (name.start, name.end)
    entries = [_strategy(count or manifest)]
    if count is not None:
        content = count.value if count.entries is None else _RANGE
        entries.append(entry(key_of(manifest, "count"), "desiredCount", count, content))
    http, deployment = value_at(manifest, "http"), value_at(value_at(manifest, "deployment"), "rolling")
    if (grace := value_at(value_at(http, "healthcheck"), "grace_period")) is not None:
        entries.append((named(grace, "healthCheckGracePeriodSeconds"), seconds(grace)))
    if deployment is not None and deployment.value in _ROLLING:
        percents = [entry(deployment, key, deployment, value) for key, value in _ROLLING[deployment.value].items()]
        entries.append(
            (named(deployment, "deploymentConfiguration"), Node(deployment.start, deployment.end, entries=percents))
        )
    if (version := value_at(value_at(manifest, "platform"), "version")) is not None:
        entries.append(entry(version, "platformVersion", version, version.value))
    tree = Node(manifest.start, manifest.end, entries=entries, is_partial=True)
    return read_service(
        Part(tree, source, head), 0, name=text_of(value_at(manifest, "name")), attached=_scaling(source, count)
    )


def _strategy(count: Node) -> Entry:
    on_spot = value_at(count, "spot") or value_at(value_at(count, "range"), "spot_from")
    names = ("FARGATE", "FARGATE_SPOT") if on_spot else ("FARGATE",)
    items = [Node(count.start, count.end, entries=[entry(count, "capacityProvider", count, name)]) for name in names]
    return named(count, "capacityProviderStrategy"), Node(count.start, count.end, items=list(items))


def _scaling(source: SourceText, count: Node | None) -> Attached:
    """What `count: {range: 1-10, cpu_percentage: 70}` asks of Application Auto Attached."""
    limits = value_at(count, "range")
    if limits is None:
        return Attached()
    ends = _RANGE_OF_COUNTS.fullmatch(limits.value) if isinstance(limits.value, str) else None
    if ends:
        bounds = [
            entry(limits, "minCapacity", limits, int(ends[1])),
            entry(limits, "maxCapacity", limits, int(ends[2])),
        ]
    else:
        bounds = [
            entry(node, name, node, node.value)
            for key, name in (("min", "minCapacity"), ("max", "maxCapacity"))
            if (node := value_at(limits, key)) is not None
        ]
    place = (limits.start, max(limits.end, limits.start))
    target = Node(limits.start, limits.end, entries=bounds, is_partial=len(bounds) < 2)
    policies = [
        Part(_policy(value, metric), source, (value.start, value.end))
        for key, metric in _METRICS.items()
        if (value := value_at(count, key)) is not None
    ]
    return Attached(Part(target, source, place), policies)


def _policy(value: Node, metric: str) -> Node:
    """Target tracking of a metric: a percentage, or an object of it and its cooldowns."""
    target = value_at(value, "value") if value.entries is not None else value
    specification = Node(value.start, value.end, entries=[entry(value, "predefinedMetricType", value, metric)])
    entries: list[Entry] = [(named(value, "predefinedMetricSpecification"), specification)]
    if target is not None:
        entries.append(entry(target, "targetValue", target, target.value))
    for key, name in (("in", "scaleInCooldown"), ("out", "scaleOutCooldown")):
        if (cooldown := value_at(value_at(value, "cooldown"), key)) is not None:
            entries.append((named(cooldown, name), seconds(cooldown)))
    tracking = Node(value.start, value.end, entries=entries)
    kind = entry(value, "policyType", value, "TargetTrackingScaling")
    inner: list[Entry] = [kind, (named(value, "targetTrackingScalingPolicyConfiguration"), tracking)]
    return Node(value.start, value.end, entries=inner)
