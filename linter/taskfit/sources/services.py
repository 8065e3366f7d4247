"""Services as files declare them: blocks of several files become one `Service` with the places of its values."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from types import MappingProxyType

from taskfit.definition import Service, Unknown
from taskfit.finding import Span
from taskfit.record import NamedTuple
from taskfit.sources.document import Place, span_at
from taskfit.syntax.placeholders import normalise
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node

_BOOLEANS = frozenset(("disableScaleIn", "enable", "enableExecuteCommand", "enabled", "rollback"))
_ELSEWHERE = Unknown("a target group that is made elsewhere", "reference")


STARTS_FOR_ECS = re.compile(r"ECS_CLUSTER|/etc/ecs|settings\.ecs")
"""A pattern in the user data of instances that join an ECS cluster."""


class Part(NamedTuple):
    """The part of a service that one block of a file declares, in the API's spelling."""

    tree: Node
    source: SourceText
    head: tuple[int, int]
    """The place of the whole block: the offsets of its name."""
    file: str = ""
    """Its file, relative to the folder of the file that is read; empty if it is that file."""


class Attached(NamedTuple):
    """Resources that belong to a service but are separate in AWS."""

    target: Part | Unknown | None = None
    """Its scaling target; unknown if a target may or may not belong to this service."""
    policies: Sequence[Part] = ()
    """Its scaling policies."""
    groups: Mapping[int, Part] = MappingProxyType({})
    """The target groups of its load balancers, by the index of the load balancer."""
    instance_types: Sequence[Node] = ()
    """The types of the ECS instances that the same template or folder starts."""


class ServiceReading(NamedTuple):
    """A service as read, with the place of each of its values."""

    service: Service
    parts: Mapping[str, Part]
    """The parts by pointer into the service."""

    def place(self, pointer: str, on_key: bool) -> Place:
        """The place of the value (or of its key) at a JSON pointer into the service."""
        inside = [start for start in self.parts if pointer == start or pointer.startswith(f"{start}/") or not start]
        start = max(inside, key=len)
        part, inner = self.parts[start], pointer.removeprefix(start)
        span = span_at(part.source, part.tree, inner, on_key) if inner else part.source.span(*part.head)
        return Place(Span(*span), part.file)


def read_service(
    part: Part,
    index: int,
    *,
    name: str | None = None,
    instances: int | Unknown = 1,
    attached: Attached | None = None,
) -> ServiceReading:
    """The service of a part, with the resources attached to it."""
    data = _typed(part.tree).plain()
    parts = {"": part}
    target, policies, groups, instance_types = attached or Attached()
    if instance_types:
        data["instanceTypes"] = [node.plain() for node in instance_types]
    if target is not None:
        data["scalableTarget"] = target if isinstance(target, Unknown) else _typed(target.tree).plain()
    if isinstance(target, Part):
        parts["/scalableTarget"] = target
    if policies:
        data["scalingPolicies"] = [_typed(policy.tree).plain() for policy in policies]
        parts.update({f"/scalingPolicies/{at}": policy for at, policy in enumerate(policies)})
    balancers = data.get("loadBalancers")
    for at, balancer in enumerate(balancers if isinstance(balancers, list) else ()):
        if not isinstance(balancer, dict):
            continue
        group = groups.get(at)
        balancer["targetGroup"] = _ELSEWHERE if group is None else group.tree.plain()
        if group is not None:
            parts[f"/loadBalancers/{at}/targetGroup"] = group
    return ServiceReading(Service(normalise(data, {}), index, name, instances), parts)


def models(readings: Iterable[ServiceReading]) -> tuple[Service, ...]:
    """The services without their places."""
    return tuple(reading.service for reading in readings)


def places(readings: Iterable[ServiceReading]) -> tuple[Callable[[str, bool], Place], ...]:
    """The places without their services."""
    return tuple(reading.place for reading in readings)


def scalar(node: Node, content: object) -> Node:
    """A scalar at the place of another node."""
    return Node(node.start, node.end, content)


def _typed(node: Node, name: object = "") -> Node:
    """The tree with quoted "true" and "false" converted to booleans where the API has them."""
    if node.entries is not None:
        entries = [(key, _typed(value, key.value)) for key, value in node.entries]
        return Node(node.start, node.end, entries=entries, is_partial=node.is_partial)
    if node.items is not None:
        return Node(node.start, node.end, items=[_typed(item) for item in node.items])
    if name in _BOOLEANS and isinstance(node.value, str):
        return scalar(node, {"true": True, "false": False}.get(node.value.lower(), node.value))
    return node
