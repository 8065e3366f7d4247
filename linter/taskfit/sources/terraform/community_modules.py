"""Community modules recognised by their source: their defaults, and how their arguments map to resources."""

from __future__ import annotations

import re

from taskfit.definition import Unknown
from taskfit.record import replace
from taskfit.sources.terraform.module import Evaluate
from taskfit.sources.terraform.resource import api_name
from taskfit.sources.terraform.syntax import Block
from taskfit.sources.terraform.values import Trace, Value, as_text, as_value, encode, made, number
from taskfit.syntax.tree import Node

_COMMUNITY = re.compile(r"terraform-aws-(?:modules/)?ecs(?:/aws)?(?:\b.{0,200}modules/service\b|/?(?:\?.{0,200})?$)")
"""terraform-aws-modules/ecs: its submodule for one service, and the root module with a map of services."""
_FAITHFUL = re.compile(rf"{_COMMUNITY.pattern}|ecs-alb-service-task")
"""Modules that run exactly the containers they are given."""
_CONTAINER_MODULE = "container-definition"
_CONTAINER_OUTPUTS = {
    "json_map_encoded_list": True,
    "json": True,
    "json_map_encoded": False,
    "json_map": False,
    "json_map_object": False,
    "json_object": False,
    "container_definition": False,
}
"""Outputs of container modules, and whether each is a list."""


_SERVICE_DEFAULTS = {"cpu": 1024, "memory": 2048, "network_mode": "awsvpc", "requires_compatibilities": ["FARGATE"]}
"""Defaults of terraform-aws-modules/ecs, modules/service, versions 5 and 6 (variables.tf)."""
_TASK_ARGUMENTS = {
    "cpu": "cpu",
    "memory": "memory",
    "task_cpu": "cpu",
    "task_memory": "memory",
    "family": "family",
    "network_mode": "network_mode",
    "requires_compatibilities": "requires_compatibilities",
    "ephemeral_storage": "ephemeral_storage",
    "runtime_platform": "runtime_platform",
    "container_definitions": "container_definitions",
    "container_definition": "container_definitions",
    "container_definition_json": "container_definitions",
}
CONTAINER_ARGUMENTS = ("container_definitions", "container_definition", "container_definition_json", "services")
"""Names of the containers argument: of terraform-aws-modules and many others, of cloudposse, of service modules."""


def service_of(tree: Value, service: str | None) -> Value:
    """A module that creates a task definition, as the resource that it creates; what the module adds is unknown.

    For a module that creates several, it is the one with the name `service`.
    """
    source = _source_in(tree)
    if service is not None:
        tree = as_value(tree.find(["services", service])[0])
    entries = tree.entries or []
    kept: dict[str, tuple[Node, Node]] = {}
    for key, value in entries:
        name = _TASK_ARGUMENTS.get(str(key.value))
        if name == "container_definitions":
            kept[name] = (Node(key.start, key.end, name), _module_containers(as_value(value)))
        elif name:
            kept[name] = (Node(key.start, key.end, name), value)
    if _COMMUNITY.search(source):
        origin = Trace("the default of the module terraform-aws-modules/ecs")
        for name, default in _SERVICE_DEFAULTS.items():
            value = made(default, tree.start, tree.end, origin)
            kept.setdefault(name, (Node(tree.start, tree.end, name), value))
    return Value(tree.start, tree.end, entries=list(kept.values()), is_partial=True)


def _source_in(tree: Value) -> str:
    return next((str(value.value) for key, value in tree.entries or () if key.value == "source"), "")


def makes_containers(source: str) -> bool:
    """Whether a module only creates a container definition for other modules."""
    return _CONTAINER_MODULE in source


def is_faithful(tree: Value) -> bool:
    """Whether a module runs exactly the containers that it is given."""
    return _FAITHFUL.search(_source_in(tree)) is not None


def open_containers(adopted: Node) -> None:
    """Mark the containers as incomplete: each may have more fields, and there may be more containers."""
    containers = adopted.find(["containerDefinitions"])[0]
    if containers.items is not None:
        for item in containers.items:
            item.is_partial = item.entries is not None
        containers.items.append(Value(containers.end, containers.end, Unknown("what the module adds", "partial")))


def _module_containers(value: Value) -> Value:
    """Containers by name, as terraform-aws-modules accepts them, or in a list; the module may add fields to each."""
    if value.entries is None:
        return value
    unknown = Value(value.start, value.end, Unknown("what the module makes of them", "partial"))
    if any(inner.entries is None and not isinstance(inner.value, Unknown) for _, inner in value.entries):
        return unknown  # one container, or something else, under names that the module defines
    items = [_named_container(key, as_value(inner)) for key, inner in value.entries]
    return Value(value.start, value.end, items=[*items, unknown] if value.is_partial else [*items])


def _named_container(key: Node, value: Value) -> Value:
    container = _container(value, "")
    if container.entries is not None and not any(name.value == "name" for name, _ in container.entries):
        container.entries.insert(0, (Node(key.start, key.end, "name"), Value(key.start, key.end, key.value)))
    return container


_FIELDS_OF_CONTAINERS = frozenset(
    (
        *("name", "image", "cpu", "memory", "memoryReservation", "essential", "command", "entryPoint", "dependsOn"),
        *("environment", "secrets", "portMappings", "healthCheck", "privileged", "readonlyRootFilesystem", "user"),
        *("workingDirectory", "stopTimeout", "startTimeout", "logConfiguration", "firelensConfiguration"),
        *("mountPoints", "volumesFrom", "ulimits", "linuxParameters", "systemControls", "dockerLabels", "hostname"),
    )
)
_CONTAINER_SPELLINGS = {"entrypoint": "entryPoint", "healthcheck": "healthCheck"}
_FREE = frozenset(("dockerLabels", "options"))
_WHOLE_NUMBERS = frozenset(
    (
        *("cpu", "memory", "memoryReservation", "containerPort", "hostPort", "softLimit", "hardLimit", "interval"),
        *("timeout", "retries", "startPeriod", "startTimeout", "stopTimeout", "sharedMemorySize", "maxSwap", "size"),
    )
)
_TEXTS = frozenset(("value", "user", "name", "image", "hostname", "workingDirectory", "command", "entryPoint", *_FREE))
_UNSET_BY_ZERO = frozenset(("cpu", "memory", "memoryReservation", "stopTimeout"))
"""Arguments of cloudposse's module that some of its versions leave out if they are 0."""
_SWITCHES = frozenset(("essential", "privileged", "readonlyRootFilesystem", "readOnly", "interactive"))


def _container(value: Value, prefix: str) -> Value:
    """The arguments of a container module as a container; the module may add fields."""
    if value.entries is None:
        return value
    entries: list[tuple[Node, Node]] = []
    for key, inner in value.entries:
        name = str(key.value)
        if prefix and name not in ("essential", "environment", "secrets", "port_mappings", "command", "entrypoint"):
            if not name.startswith(prefix):
                continue
            name = name.removeprefix(prefix)
        name = _CONTAINER_SPELLINGS.get(name) or api_name(name)
        if prefix and name in _UNSET_BY_ZERO and inner.value in (0, "0"):
            continue
        if name in _FIELDS_OF_CONTAINERS and not (
            inner.value is None and inner.items is None and inner.entries is None
        ):
            entries.append((Node(key.start, key.end, name), _spelled(inner, name)))
    return Value(value.start, value.end, entries=entries, is_partial=True)


def _spelled(node: Node, name: str) -> Node:
    if node.entries is not None and name not in _FREE:
        entries: list[tuple[Node, Node]] = []
        for key, inner in node.entries:
            spelled = api_name(str(key.value))
            entries.append((Node(key.start, key.end, spelled), _spelled(inner, spelled)))
        return Value(node.start, node.end, entries=entries, is_partial=True)
    if node.entries is not None:
        return Value(node.start, node.end, entries=[(key, _converted(inner, name)) for key, inner in node.entries])
    if node.items is not None:
        return Value(node.start, node.end, items=[_spelled(item, name) for item in node.items])
    return _converted(node, name)


def _converted(node: Node, name: str) -> Node:
    """A scalar converted to the type of the module's variable."""
    content = node.value
    if name in _TEXTS and isinstance(content, int | float):
        content = as_text(content)
    elif name in _WHOLE_NUMBERS and isinstance(content, str) and content.isascii() and content.isdigit():
        content = number(content)
    elif name in _SWITCHES and isinstance(content, str):
        content = {"true": True, "false": False}.get(content, content)
    return node if content is node.value else replace(node, value=content)


def output_of(evaluate: Evaluate, block: Block, output: str) -> Value | None:
    """An output of the container-definition module of cloudposse or terraform-aws-modules."""
    source = block.attributes.get("source")
    path = evaluate(source.value).value if source else None
    if not isinstance(path, str) or _CONTAINER_MODULE not in path or output not in _CONTAINER_OUTPUTS:
        return None
    entries: list[tuple[Node, Node]] = [
        (Node(item.start, item.end, item.name), evaluate(item.value)) for item in block.attributes.values()
    ]
    container = _container(Value(block.start, block.end, entries=entries), "container_")
    value = Value(block.start, block.end, items=[container]) if _CONTAINER_OUTPUTS[output] else container
    return encode(value, block.start, block.end) if "json" in output and "object" not in output else value
