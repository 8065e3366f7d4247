"""The services of a template: `AWS::ECS::Service` with its scaling and the target groups of its load balancers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from taskfit.definition import Unknown
from taskfit.record import cached_property
from taskfit.sources.cloudformation.evaluation import Evaluation
from taskfit.sources.cloudformation.parsing import Resource
from taskfit.sources.cloudformation.template import IN_SUB, Template
from taskfit.sources.cloudformation.varying import function
from taskfit.sources.services import STARTS_FOR_ECS, Attached, Part, ServiceReading, read_service, scalar
from taskfit.sources.values import Resolved
from taskfit.syntax.tree import Node, get, text_of

SERVICE = "AWS::ECS::Service"
_TARGET = "AWS::ApplicationAutoScaling::ScalableTarget"
_POLICY = "AWS::ApplicationAutoScaling::ScalingPolicy"
_GROUP = "AWS::ElasticLoadBalancingV2::TargetGroup"
_LAUNCH = ("AWS::EC2::LaunchTemplate", "AWS::AutoScaling::LaunchConfiguration")
_INSTANCES = "AWS::AutoScaling::AutoScalingGroup"
_DELAY = "deregistration_delay.timeout_seconds"
_OF_GROUP = ("TargetType", "HealthCheckIntervalSeconds", "UnhealthyThresholdCount")
_WITH_DEFINITION = ("LaunchType", "CapacityProviderStrategy")
"""Properties on which checks of the definition depend: a condition in one makes a separate reading."""


class Services:
    """The services of a template, with their scaling, target groups and instances."""

    def __init__(self, resources: Mapping[str, list[Resource]]) -> None:
        self._resources = resources
        self.nodes = [service for _, service in resources.get(SERVICE, ())]

    def of(self, definition: str, evaluation: Evaluation) -> list[ServiceReading]:
        """The services that run a definition."""
        found: list[ServiceReading] = []
        for key, service in self._users.get(definition, ()):
            target = get(get(service, "Properties"), "TaskDefinition")
            if target is not None and evaluation.exists(service) and _referent(target, evaluation) == definition:
                found.append(self._read(key, service, evaluation, len(found)))
        return found

    @cached_property
    def _users(self) -> dict[str, list[Resource]]:
        """The services that may run a definition, by its logical id."""
        users: dict[str, list[Resource]] = {}
        for key, service in self._resources.get(SERVICE, ()):
            target = get(get(service, "Properties"), "TaskDefinition")
            names = {_referent_of(inner) for inner in target.walk()} if target is not None else set()
            for name in names - {None}:
                users.setdefault(str(name), []).append((key, service))
        return users

    def _read(self, key: Node, service: Node, evaluation: Evaluation, index: int) -> ServiceReading:
        properties = get(service, "Properties")
        entries: list[tuple[Node, Node]] = []
        for name, node in (properties.entries if properties else None) or ():
            value = evaluation.evaluate(node) if name.value in _WITH_DEFINITION else _fixed_value(node, evaluation)
            if value is not None and isinstance(name.value, str):
                entries.append((name, value))
        place = properties or service
        part = _part(key, Resolved(place.start, place.end, entries=entries), evaluation.template)
        groups = dict(self._groups(get(properties, "LoadBalancers"), evaluation))
        scaling = self._scaling(str(key.value), properties, evaluation)
        attached = scaling._replace(groups=groups, instance_types=list(self._instance_types(evaluation)))
        return read_service(part, index, name=str(key.value), attached=attached)

    def _instance_types(self, evaluation: Evaluation) -> Iterator[Node]:
        """The instance types of a template that starts instances for ECS."""
        template = evaluation.template
        launched = [node for kind in _LAUNCH for _, node in self._resources.get(kind, ())]
        if not any(STARTS_FOR_ECS.search(template.source.text, node.start, node.end) for node in launched):
            return
        for node in (*launched, *(group for _, group in self._resources.get(_INSTANCES, ()))):
            for inner in node.walk():
                named = get(inner, "InstanceType")
                if named is not None:
                    yield _fixed_value(named, evaluation) or named

    def _scaling(self, service: str, properties: Node | None, evaluation: Evaluation) -> Attached:
        template = evaluation.template
        named = get(properties, "ServiceName")
        name = text_of(_fixed_value(named, evaluation)) if named is not None else None
        found, is_certain = self._scaling_of(_TARGET, service, name, evaluation)
        if len(found) != 1:
            return Attached(None if is_certain and not found else Unknown("the scaling target", "reference"))
        [(key, target)] = found
        if get(target, "Condition") is not None:
            return Attached(Unknown("a scaling target on condition", "reference"))
        of_target = self._policies_of.get(str(key.value), ())
        # A policy may name both its target and the service.
        once = {id(each[1]): each for each in (*of_target, *self._scaling_of(_POLICY, service, name, evaluation)[0])}
        parts = [_part(at, _evaluated(policy, evaluation), template) for at, policy in once.values()]
        return Attached(_part(key, _evaluated(target, evaluation), template), parts)

    def _scaling_of(
        self, kind: str, service: str, name: str | None, evaluation: Evaluation
    ) -> tuple[list[Resource], bool]:
        """The scaling targets or policies whose resource id is that of a service, and whether all resource ids are known."""
        by_service, others = self._scaling_by_service[kind]
        found, is_certain = [*by_service.get(service, ())], True
        for resource in others:
            scales = _scales(resource[1], name, evaluation)
            is_certain &= scales is not None
            found += [resource] if scales else []
        return found, is_certain

    @cached_property
    def _scaling_by_service(self) -> dict[str, tuple[dict[str, list[Resource]], list[Resource]]]:
        """Scaling targets and policies by the service that they refer to, and those that refer to no service."""
        services = {str(key.value) for key, _ in self._resources.get(SERVICE, ())}
        found: dict[str, tuple[dict[str, list[Resource]], list[Resource]]] = {}
        for kind in (_TARGET, _POLICY):
            by_service, others = found[kind] = ({}, [])
            for resource in self._resources.get(kind, ()):
                id_ = get(get(resource[1], "Properties"), "ResourceId")
                named = _names(id_) & services
                for name in named:
                    by_service.setdefault(name, []).append(resource)
                if id_ is not None and not named:
                    others.append(resource)
        return found

    @cached_property
    def _policies_of(self) -> dict[str, list[Resource]]:
        """Scaling policies by the target that they refer to."""
        found: dict[str, list[Resource]] = {}
        for resource in self._resources.get(_POLICY, ()):
            for name in _names(get(get(resource[1], "Properties"), "ScalingTargetId")):
                found.setdefault(name, []).append(resource)
        return found

    def _groups(self, balancers: Node | None, evaluation: Evaluation) -> Iterator[tuple[int, Part]]:
        items = (balancers.items if balancers else None) or ()
        if any(function(balancer) is not None for balancer in items):
            return  # a condition may leave out one of them, so that the place of each other is unknown
        for index, balancer in enumerate(items):
            reference = get(balancer, "TargetGroupArn")
            found = self._groups_by_id.get(_referent_of(reference) or "") if reference is not None else None
            if found is not None:
                key, group = found
                yield index, _part(key, _group(group, evaluation), evaluation.template)

    @cached_property
    def _groups_by_id(self) -> dict[str, Resource]:
        return {str(key.value): (key, group) for key, group in self._resources.get(_GROUP, ())}


def _scales(scaling: Node, name: str | None, evaluation: Evaluation) -> bool | None:
    """Whether the resource id of a scaling target or policy ends with a service's name; `None` if unknown."""
    properties = get(scaling, "Properties")
    resource = get(properties, "ResourceId")
    written = text_of(_fixed_value(resource, evaluation)) if resource is not None else None
    if written is not None:
        return written.startswith("service/") and name is not None and written.endswith(f"/{name}")
    namespace = get(properties, "ServiceNamespace")
    return None if namespace is None or namespace.value == "ecs" else False


def _part(key: Node, tree: Node, template: Template) -> Part:
    return Part(_in_api_spelling(tree), template.source, (key.start, key.end))


def _evaluated(resource: Node, evaluation: Evaluation) -> Node:
    properties = get(resource, "Properties")
    value = _fixed_value(properties, evaluation) if properties is not None else None
    return value or Node(resource.start, resource.end, entries=[])


def _group(resource: Node, evaluation: Evaluation) -> Node:
    """A target group's type, its health check and the delay from its attributes."""
    properties = _evaluated(resource, evaluation)
    attributes = get(properties, "TargetGroupAttributes")
    entries = [(key, value) for key, value in properties.entries or () if key.value in _OF_GROUP]
    is_partial = properties.is_partial or (attributes is not None and attributes.items is None)
    for item in (attributes.items if attributes else None) or ():
        key, value = get(item, "Key"), get(item, "Value")
        if key is not None and value is not None and key.value == _DELAY:
            entries.append((scalar(key, "deregistrationDelay"), value))
    return Node(resource.start, resource.end, entries=entries, is_partial=is_partial)


def _fixed_value(node: Node, evaluation: Evaluation) -> Node | None:
    """The value of a node, evaluated separately: what depends on a choice is unknown and makes no separate reading."""
    independent = Evaluation(evaluation.template, evaluation.choices.plan)
    value = independent.evaluate(node)
    if not independent.choices.undecided:
        return value
    if function(node) is None and node.entries is not None:
        entries = [(key, inner) for key, item in node.entries if (inner := _fixed_value(item, evaluation)) is not None]
        return Resolved(node.start, node.end, entries=entries)
    if function(node) is None and node.items is not None:
        return Resolved(node.start, node.end, items=[i for item in node.items if (i := _fixed_value(item, evaluation))])
    return Resolved(node.start, node.end, Unknown(evaluation.template.text(node), "reference"))


def _in_api_spelling(node: Node) -> Node:
    """The tree with keys in the API's spelling; an empty default is unknown, as it is set at deployment."""
    if node.entries is not None:
        entries = [
            (scalar(key, key.value[:1].lower() + key.value[1:]), _in_api_spelling(value))
            for key, value in node.entries
            if isinstance(key.value, str)
        ]
        return Node(node.start, node.end, entries=entries, is_partial=node.is_partial)
    if node.items is not None:
        return Node(node.start, node.end, items=[_in_api_spelling(item) for item in node.items])
    if node.value == "" and isinstance(node, Resolved) and node.origin is not None:
        return scalar(node, Unknown("an empty default", "reference"))
    return node


def _names(node: Node | None) -> set[str]:
    """The logical ids that a value refers to."""
    names: set[str] = set()
    for inner in node.walk() if node is not None else ():
        name, argument = function(inner) or ("", inner)
        content = argument.items[0].value if argument.items else argument.value
        if not isinstance(content, str):
            continue
        if name in ("Ref", "Fn::GetAtt"):
            names.add(content.partition(".")[0])
        elif name == "Fn::Sub":
            names.update(match[2].strip().partition(".")[0] for match in IN_SUB.finditer(content) if not match[1])
    return names


def _referent(node: Node, evaluation: Evaluation) -> str | None:
    """The logical id that a value refers to."""
    name, argument = function(node) or ("", node)
    items = argument.items or []
    if name == "Fn::If" and len(items) == 3 and isinstance(items[0].value, str):
        return _referent(items[1] if evaluation.holds(items[0].value) else items[2], evaluation)
    return _referent_of(node)


def _referent_of(node: Node) -> str | None:
    name, argument = function(node) or ("", node)
    if isinstance(argument.value, str) and name == "Ref":
        return argument.value
    if isinstance(argument.value, str) and name == "Fn::Sub":
        return argument.value.removeprefix("${").removesuffix("}")
    return None
