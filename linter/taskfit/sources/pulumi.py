"""Pulumi's JSON: the plan of `pulumi preview --json`, and the state of `pulumi stack export`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from taskfit.definition import Dialect, TaskDefinition, Unknown
from taskfit.record import Record, cached_property, replace
from taskfit.sources.document import Document, Fault, Input, Reading
from taskfit.sources.services import Attached, Part, ServiceReading, models, places, read_service
from taskfit.sources.terraform.plan import json_string
from taskfit.sources.terraform.resource import DIALECT as TERRAFORM
from taskfit.sources.terraform.resource import adopt
from taskfit.sources.terraform.services import group_tree, scaling_tree, service_tree
from taskfit.sources.terraform.values import Value
from taskfit.sources.values import locate
from taskfit.syntax import json_text, strict_json
from taskfit.syntax.placeholders import normalise
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node, entries_of, get, items_of, text_of
from taskfit.syntax.unreadable import UnreadableError

DIALECT = replace(
    TERRAFORM,
    name="pulumi",
    unknown_field="Pulumi ignores it",
    wrong_scalar="Pulumi's AWS provider fails to decode containerDefinitions.",
    lasting_difference="every Pulumi preview shows a change",
)
"""The dialect of Pulumi's AWS provider, which is based on Terraform's."""
NATIVE = Dialect("pulumi", unknown_field="AWS refuses the definition", needs_family=False)
"""The dialect of the provider `aws-native`, which is based on CloudFormation's types."""

_CLASSIC = "aws:ecs/taskDefinition:TaskDefinition"
_NATIVE = "aws-native:ecs:TaskDefinition"
_SERVICE = "aws:ecs/service:Service"
_TARGET = "aws:appautoscaling/target:Target"
_POLICY = "aws:appautoscaling/policy:Policy"
_GROUPS = ("aws:lb/targetGroup:TargetGroup", "aws:alb/targetGroup:TargetGroup")
_UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""The value in a preview for values known after the update (pulumi/sdk, `UnknownStringValue`)."""
_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks an object as a secret, an asset or a reference (pulumi/sdk, `SigKey`)."""
_GONE = ("delete", "delete-replaced", "discard-replaced", "remove-pending-replace")
_PLURALS = {
    "capacity_provider_strategies": "capacity_provider_strategy",
    "inference_accelerators": "inference_accelerator",
    "load_balancers": "load_balancer",
    "ordered_placement_strategies": "ordered_placement_strategy",
    "volumes": "volume",
    "step_adjustments": "step_adjustment",
    "services": "service",
}
"""Pulumi's plural names of Terraform's blocks, whose names are singular."""


def read(given: Input) -> Document | None:
    """The definitions of a preview or a stack; `None` if the text is neither."""
    source, _, variables, _ = given
    if not strict_json.looks_like_json(source.text):
        return None
    tree = json_text.parse(source.text)
    resources = _Resources(source, list(_states(tree)))
    document = Document()
    for resource in resources.of(_CLASSIC):
        document.definitions.append((_classic(resource, resources, variables, document),))
    for resource in resources.of(_NATIVE):
        document.definitions.append((_native(source, resource, variables),))
    return document if document.definitions else None


def _states(tree: Node) -> Iterator[Node]:
    """The resources as planned, or as deployed."""
    for step in items_of(get(tree, "steps")):
        state = get(step, "newState")
        if state is not None and text_of(get(step, "op")) not in _GONE:
            yield state
    deployment = get(tree, "deployment") or get(get(tree, "checkpoint"), "latest")
    for state in items_of(get(deployment, "resources")):
        deleted = get(state, "delete")
        if deleted is None or deleted.value is not True:
            yield state


class _Resources(Record):
    source: SourceText
    states: list[Node]

    def of(self, *kinds: str) -> list[Node]:
        """The resources of some types."""
        return [each for kind in kinds for each in self._by_kind.get(kind, ())]

    @cached_property
    def _by_kind(self) -> dict[str, list[Node]]:
        by_kind: dict[str, list[Node]] = {}
        for state in self.states:
            by_kind.setdefault(text_of(get(state, "type")) or "", []).append(state)
        return by_kind

    @cached_property
    def users(self) -> dict[str, list[Node]]:
        """The services by the definition that they run: its ARN or its URN."""
        users: dict[str, list[Node]] = {}
        for service in self.of(_SERVICE):
            target = text_of(get(get(service, "inputs"), "taskDefinition"))
            for name in {target, *_depends(service, "taskDefinition")} - {None}:
                users.setdefault(str(name), []).append(service)
        return users

    def part(self, resource: Node, tree: Node) -> Part:
        """A resource as a part of a service."""
        return Part(tree, self.source, _head(resource))


def _classic(resource: Node, resources: _Resources, variables: Mapping[str, str], document: Document) -> Reading:
    source = resources.source
    tree = _inputs(source, resource)
    faults: list[UnreadableError] = []
    adopted = adopt(tree, faults)
    for error in faults:
        place = source.span(error.offset, min(error.offset + 1, len(source.text)))
        document.faults.append(Fault(f"the container definitions can't be read: {error.message}", place))
    services = list(_services(resource, resources))
    data = normalise(adopted.plain(), variables)
    task = TaskDefinition(data, DIALECT, _name(resource), models(services))
    where = partial(locate, source, _head(resource), adopted)
    return Reading(task, where, services=places(services))


def _native(source: SourceText, resource: Node, variables: Mapping[str, str]) -> Reading:
    tree = _revealed(get(resource, "inputs") or Node(resource.start, resource.end, entries=[]))
    tree.entries = [(key, value) for key, value in entries_of(tree) if not str(key.value).startswith("__")]
    task = TaskDefinition(normalise(tree.plain(), variables), NATIVE, _name(resource))
    return Reading(task, partial(locate, source, _head(resource), tree))


def _head(resource: Node) -> tuple[int, int]:
    urn = get(resource, "urn") or resource
    return urn.start, max(urn.end, urn.start + 1)


def _name(resource: Node) -> str | None:
    """The last part of `urn:pulumi:STACK::PROJECT::TYPE::NAME`."""
    return (text_of(get(resource, "urn")) or "").rpartition("::")[2] or None


def _inputs(source: SourceText, resource: Node) -> Value:
    """The inputs of a resource with Terraform's names."""
    inputs = _revealed(get(resource, "inputs") or Node(resource.start, resource.end, entries=[]))
    entries: list[tuple[Node, Node]] = []
    for key, value in _renamed(inputs).entries or ():
        is_text = key.value == "container_definitions" and isinstance(value.value, str)
        entries.append((key, json_string(source, value) if is_text else value))
    return Value(inputs.start, inputs.end, entries=[entry for entry in entries if entry[0].value != "__defaults"])


def _revealed(node: Node) -> Node:
    """The tree with secrets and values that are not known yet as unknown values."""
    if node.entries is not None:
        if any(key.value == _SIGNATURE for key, _ in node.entries):
            return Node(node.start, node.end, Unknown("a secret of Pulumi", "reference"))
        return Node(node.start, node.end, entries=[(key, _revealed(value)) for key, value in node.entries])
    if node.items is not None:
        return Node(node.start, node.end, items=[_revealed(item) for item in node.items])
    if isinstance(node.value, str) and _UNKNOWN_VALUE in node.value:
        return Node(node.start, node.end, Unknown("(known after the update)", "reference"))
    return node


_FREE = frozenset(("tags", "labels", "options", "properties", "driver_opts"))


def _renamed(node: Node) -> Node:
    """The tree with keys in snake case: `networkMode` as `network_mode`."""
    if node.entries is not None:
        entries: list[tuple[Node, Node]] = []
        for key, value in node.entries:
            snake = re.sub(r"(?<!^)(?=[A-Z])", "_", str(key.value)).lower()
            name = _PLURALS.get(snake, snake)
            inner = value if name in _FREE else _renamed(value)
            if name == "volume" or isinstance(key.value, str):
                entries.append((Node(key.start, key.end, name), inner))
        return Node(node.start, node.end, entries=entries)
    if node.items is not None:
        return Node(node.start, node.end, items=[_renamed(item) for item in node.items])
    return node


def _services(definition: Node, resources: _Resources) -> Iterator[ServiceReading]:
    """The services that run a definition, found by its ARN or by their dependencies."""
    urn, arn = text_of(get(definition, "urn")), text_of(get(get(definition, "outputs"), "arn"))
    users = {each.start: each for name in (urn, arn) if name for each in resources.users.get(name, ())}
    for index, (_, service) in enumerate(sorted(users.items())):
        yield _service(service, index, resources)


def _service(service: Node, index: int, resources: _Resources) -> ServiceReading:
    source, urn = resources.source, text_of(get(service, "urn"))
    identity = text_of(get(get(service, "inputs"), "name"))

    def scales(scaling: Node) -> bool:
        resource = text_of(get(get(scaling, "inputs"), "resourceId")) or ""
        is_named = identity is not None and resource.startswith("service/") and resource.endswith(f"/{identity}")
        return is_named or urn in _depends(scaling, "resourceId")

    targets = [each for each in resources.of(_TARGET) if scales(each)]
    target: Part | Unknown | None = Unknown("the scaling target", "reference") if targets else None
    policies: list[Part] = []
    if len(targets) == 1:
        target = resources.part(targets[0], scaling_tree(_inputs(source, targets[0])))
        own = text_of(get(targets[0], "urn"))
        found = [each for each in resources.of(_POLICY) if scales(each) or own in _depends(each, "resourceId")]
        policies = [resources.part(each, scaling_tree(_inputs(source, each))) for each in found]
    groups = {
        at: resources.part(group, group_tree(_inputs(source, group)))
        for at, balancer in enumerate(items_of(get(get(service, "inputs"), "loadBalancers")))
        for group in resources.of(*_GROUPS)
        if (arn := text_of(get(balancer, "targetGroupArn"))) and arn == text_of(get(get(group, "outputs"), "arn"))
    }
    part = resources.part(service, service_tree(_inputs(source, service)))
    return read_service(part, index, name=_name(service), attached=Attached(target, policies, groups))


def _depends(resource: Node, name: str) -> set[Any]:
    """The URNs of the resources that an input depends on."""
    return {item.value for item in items_of(get(get(resource, "propertyDependencies"), name))}
