"""Terraform's JSON output: plans and states of `terraform show -json`, and state files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial

from taskfit.definition import TaskDefinition, Unknown
from taskfit.record import Mutable, cached_property, field
from taskfit.sources.document import Document, Fault, Input, Reading, note
from taskfit.sources.services import Attached, Part, ServiceReading, models, places, read_service
from taskfit.sources.terraform.resource import DIALECT, SERVICE, TASK_DEFINITION, adopt
from taskfit.sources.terraform.service_blocks import GROUPS, KINDS, POLICY, TARGET
from taskfit.sources.terraform.services import group_tree, scaling_tree, service_tree
from taskfit.sources.terraform.values import Piece, Text, Value
from taskfit.sources.values import locate
from taskfit.syntax import json_text, strict_json
from taskfit.syntax.placeholders import normalise
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node, entries_of, get, items_of, text_of
from taskfit.syntax.unreadable import UnreadableError

_ESCAPE = re.compile(r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.")
_REFERRING = {SERVICE: "task_definition", TARGET: "resource_id", POLICY: "resource_id"}
"""The argument by which a resource refers to the one that it belongs to."""
MAX_MODULES = 100
"""The maximum depth of nested modules."""


class _Resources(Mutable):
    """The resources of a file by kind, and which of their values are known after apply."""

    definitions: list[Node] = field(default_factory=list)
    others: dict[str, list[Node]] = field(default_factory=dict)
    """Services and what belongs to them, by type."""
    unknown: dict[str, Node] = field(default_factory=dict)
    """`after_unknown` of each resource that changes, by address."""
    references: dict[str, set[str]] = field(default_factory=dict)
    """References in the definition or resource id of each resource in `others`, by its address without an index."""

    def of(self, kind: str) -> list[Node]:
        """The resources of one of the other types."""
        return self.others.get(kind, [])

    def refers(self, resource: Node) -> set[str]:
        """The addresses that a resource refers to."""
        return self.references.get(_without_index(_string(resource, "address")), set())

    @cached_property
    def scaling(self) -> dict[str, tuple[dict[str, list[Node]], list[Node]]]:
        """Scaling targets and policies by the last part of their resource id, and those without a resource id."""
        found: dict[str, tuple[dict[str, list[Node]], list[Node]]] = {}
        for kind in (TARGET, POLICY):
            by_name, others = found[kind] = ({}, [])
            for each in self.of(kind):
                resource = _string(get(each, "values"), "resource_id")
                if resource.startswith("service/"):
                    by_name.setdefault(resource.rpartition("/")[2], []).append(each)
                elif not resource:
                    others.append(each)
        return found

    @cached_property
    def users(self) -> dict[str, list[Node]]:
        """The services by the definition that they run: its ARN, its family or its address."""
        users: dict[str, list[Node]] = {}
        for service in self.of(SERVICE):
            for name in {_string(get(service, "values"), "task_definition"), *self.refers(service)} - {""}:
                users.setdefault(name, []).append(service)
        return users


def read(given: Input) -> Document | None:
    """The definitions of a plan or a state, or `None` if the text is neither."""
    source, _, variables, _ = given
    text = source.text
    if not strict_json.looks_like_json(text):
        return None
    tree = json_text.parse(text)
    resources = _Resources()
    for root in (get(tree, "planned_values"), get(tree, "values")):
        _add_modules(get(root, "root_module"), resources)
    if get(tree, "planned_values") is None:
        _add_state(tree, resources)
    for change in items_of(get(tree, "resource_changes")):
        unknown = get(get(change, "change"), "after_unknown")
        if unknown is not None:
            resources.unknown[_string(change, "address")] = unknown
    _add_references(get(get(tree, "configuration"), "root_module"), resources)
    if not resources.definitions:
        is_known = any(get(tree, name) is not None for name in ("planned_values", "values", "resources"))
        return None if is_known else _not_read(source)
    document = Document()
    for resource in resources.definitions:
        document.definitions.append((_reading(source, resource, resources, variables, document),))
    return document


def _not_read(source: SourceText) -> Document:
    start = source.text.index(TASK_DEFINITION)
    message = (
        "contains a task definition in a form of Terraform's JSON that taskfit does not read: an old state, or a part"
    )
    advice = "Check what `terraform show -json` prints."
    return note(source, message, advice, start, start + len(TASK_DEFINITION))


def _add_modules(root: Node | None, resources: _Resources) -> None:
    level = [root] if root is not None else []
    for _ in range(MAX_MODULES):
        for module in level:
            for resource in items_of(get(module, "resources")):
                if _string(resource, "mode") in ("managed", ""):
                    _add(resource, _string(resource, "type"), resources)
        level = [child for module in level for child in items_of(get(module, "child_modules"))]


def _add_state(tree: Node, resources: _Resources) -> None:
    """Add the resources of a state file, where each has instances with attributes."""
    for resource in items_of(get(tree, "resources")):
        if _string(resource, "mode") not in ("managed", ""):
            continue
        module, kind, name = (_string(resource, key) for key in ("module", "type", "name"))
        for instance in items_of(get(resource, "instances")):
            address = f"{module}.{kind}.{name}" if module else f"{kind}.{name}"
            index = get(instance, "index_key")
            if index is not None:
                address += f'["{index.value}"]' if isinstance(index.value, str) else f"[{index.value}]"
            place = Node(instance.start, instance.start + 1, address)
            values = get(instance, "attributes")
            if values is not None:
                keys = (Node(place.start, place.end, key) for key in ("address", "values"))
                entries = list(zip(keys, (place, values), strict=True))
                _add(Node(instance.start, instance.end, entries=entries), kind, resources)


def _add(resource: Node, kind: str, resources: _Resources) -> None:
    if kind == TASK_DEFINITION and entries_of(get(resource, "values")):
        resources.definitions.append(resource)
    elif kind in KINDS:
        resources.others.setdefault(kind, []).append(resource)


def _add_references(root: Node | None, resources: _Resources) -> None:
    level = [("", root)] if root is not None else []
    for _ in range(MAX_MODULES):
        for prefix, module in level:
            for resource in items_of(get(module, "resources")):
                name = _REFERRING.get(_string(resource, "type"))
                if name is not None:
                    target = get(get(get(resource, "expressions"), name), "references")
                    address = prefix + _string(resource, "address")
                    resources.references[address] = {f"{prefix}{item.value}" for item in items_of(target)}
        level = [
            (f"{prefix}module.{key.value}.", inner)
            for prefix, module in level
            for key, call in entries_of(get(module, "module_calls"))
            if (inner := get(call, "module")) is not None
        ]


def _reading(
    source: SourceText, resource: Node, resources: _Resources, variables: Mapping[str, str], document: Document
) -> Reading:
    address = _string(resource, "address")
    values = get(resource, "values")
    tree = _with_unknown(_values(source, values), resources.unknown.get(address))
    faults: list[UnreadableError] = []
    adopted = adopt(tree, faults)
    for error in faults:
        place = source.span(error.offset, min(error.offset + 1, len(source.text)))
        document.faults.append(Fault(f"the container definitions can't be read: {error.message}", place))
    services = list(_services_of(source, address, values, resources))
    task = TaskDefinition(normalise(adopted.plain(), variables), DIALECT, address, models(services))
    name = get(resource, "address") or resource
    where = partial(locate, source, (name.start, max(name.end, name.start + 1)), adopted)
    return Reading(task, where, services=places(services))


def _values(source: SourceText, values: Node | None) -> Value:
    """The attributes, with the container definitions as a text of JSON."""
    entries: list[tuple[Node, Node]] = []
    for key, value in (values.entries if values else None) or ():
        is_text = key.value == "container_definitions" and isinstance(value.value, str)
        entries.append((key, json_string(source, value) if is_text else value))
    place = values or Node(0, 0)
    return Value(place.start, place.end, entries=entries)


def json_string(source: SourceText, node: Node) -> Value:
    """A JSON string as a text with the place of each character."""
    pieces: list[Piece] = []
    at, length, end = node.start + 1, 0, node.end - 1
    for match in _ESCAPE.finditer(source.text, at, end):
        if match.start() > at:
            pieces.append(Piece(length, at, match.start(), is_verbatim=True))
            length += match.start() - at
        pieces.append(Piece(length, match.start(), match.end(), is_verbatim=False))
        length, at = length + 1, match.end()
    pieces.append(Piece(length, at, end, is_verbatim=True))
    return Value(node.start, node.end, node.value, text=Text(str(node.value), tuple(pieces), ()))


def _with_unknown(tree: Value, unknown: Node | None) -> Value:
    """The attributes, including those known only after apply, which a plan omits."""
    entries = dict(enumerate(tree.entries or ()))
    names = {str(key.value): index for index, (key, _) in entries.items()}
    for key, value in entries_of(unknown):
        if not _contains_unknown(value):
            continue
        name = str(key.value)
        index = names.get(name, len(entries))
        place = entries[index][1] if index in entries else Node(tree.start, tree.start + 1)
        after = Value(place.start, place.end, Unknown("(known after apply)", "reference"))
        entries[index] = (Node(place.start, place.end, name), after)
    return Value(tree.start, tree.end, entries=list(entries.values()))


def _contains_unknown(node: Node) -> bool:
    return any(inner.value is True for inner in node.walk())


def _services_of(
    source: SourceText, address: str, values: Node | None, resources: _Resources
) -> Iterator[ServiceReading]:
    """The services that run a definition."""
    own = {_string(values, name) for name in ("arn", "arn_without_revision", "id", "family")} - {""}
    if family := _string(values, "family"):
        revision = get(values, "revision")
        own.add(f"{family}:{revision.value if revision else ''}")
    users = resources.users
    runs = {service.start: service for name in (*own, _without_index(address)) for service in users.get(name, ())}
    for index, (_, service) in enumerate(sorted(runs.items())):
        yield _service(source, service, index, resources)


def _service(source: SourceText, service: Node, index: int, resources: _Resources) -> ServiceReading:
    values = get(service, "values")
    name, place = _string(values, "name"), f"{_without_index(_string(service, 'address'))}."

    def scaling(kind: str) -> list[Node]:
        by_name, others = resources.scaling[kind]
        named = [each for each in others if any(f"{to}.".startswith(place) for to in resources.refers(each))]
        return [*by_name.get(name, ()), *named]

    targets = scaling(TARGET)
    policies = []
    if len(targets) == 1:
        scaled = f"{_without_index(_string(targets[0], 'address'))}."
        found = {each.start: each for each in scaling(POLICY)}
        others = resources.scaling[POLICY][1]
        found |= {
            each.start: each for each in others if any(f"{to}.".startswith(scaled) for to in resources.refers(each))
        }
        policies = [_part(source, each, scaling_tree(_known_values(each, resources))) for each in found.values()]
    target: Part | Unknown | None = Unknown("the scaling target", "reference") if targets else None
    if len(targets) == 1:
        target = _part(source, targets[0], scaling_tree(_known_values(targets[0], resources)))
    groups = {
        at: _part(source, group, group_tree(_known_values(group, resources)))
        for at, balancer in enumerate(items_of(get(values, "load_balancer")))
        for kind in GROUPS
        for group in resources.of(kind)
        if (arn := _string(balancer, "target_group_arn")) and arn == _string(get(group, "values"), "arn")
    }
    part = _part(source, service, service_tree(_known_values(service, resources)))
    return read_service(part, index, name=_string(service, "address"), attached=Attached(target, policies, groups))


def _part(source: SourceText, resource: Node, tree: Node) -> Part:
    place = get(resource, "address") or resource
    return Part(tree, source, (place.start, max(place.end, place.start + 1)))


def _known_values(resource: Node, resources: _Resources) -> Node:
    values = get(resource, "values") or Node(resource.start, resource.end, entries=[])
    tree = Value(values.start, values.end, entries=values.entries)
    return _with_unknown(tree, resources.unknown.get(_string(resource, "address")))


def _without_index(address: str) -> str:
    return re.sub(r"\[[^\]]*\]", "", address)


def _string(node: Node | None, name: str) -> str:
    return text_of(get(node, name)) or ""
