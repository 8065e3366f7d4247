"""Conversion of services, their scaling and target groups from Terraform's spelling to the API's."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial

from taskfit.definition import Unknown, whole_number
from taskfit.record import NamedTuple
from taskfit.sources.services import STARTS_FOR_ECS, Attached, Part, ServiceReading, read_service, scalar
from taskfit.sources.terraform import blocks, instances, parsing, target_groups
from taskfit.sources.terraform.evaluation import Evaluation
from taskfit.sources.terraform.hcl_file import HclFile, relative
from taskfit.sources.terraform.instances import ALONE, Key
from taskfit.sources.terraform.module import NOTHING, Scaling, Scope
from taskfit.sources.terraform.resource import SERVICE, TASK_DEFINITION, api_name
from taskfit.sources.terraform.service_blocks import INSTANCES, LAUNCH, POLICY, TARGET
from taskfit.sources.terraform.syntax import Attribute, Block, Constant, Expression
from taskfit.sources.terraform.target_groups import TargetGroup
from taskfit.sources.terraform.values import Value
from taskfit.syntax.tree import Node, get

MAX_MODULES = 4
"""The maximum number of levels of callers that are searched for the service of a definition."""

MAX_LAUNCHED = 50
"""The maximum number of a folder's launch templates that are read for each service."""

_LISTS = {
    "capacity_provider_strategy": "capacityProviderStrategy",
    "load_balancer": "loadBalancers",
    "ordered_placement_strategy": "placementStrategy",
    "placement_constraints": "placementConstraints",
    "service": "services",
    "client_alias": "clientAliases",
    "step_adjustment": "stepAdjustments",
    "metrics": "metrics",
    "dimensions": "dimensions",
}
"""Blocks that may occur several times."""
_LIST_OF_TEXTS = frozenset(("subnets", "security_groups"))
_DEPLOYMENT = {
    "deployment_minimum_healthy_percent": "minimumHealthyPercent",
    "deployment_maximum_percent": "maximumPercent",
    "deployment_circuit_breaker": "deploymentCircuitBreaker",
}
_OF_CALL = frozenset(("count", "depends_on", "for_each", "source"))
"""Arguments of a call that are none of the module."""
_NO_FIELDS = frozenset(("count", "for_each", "lifecycle", "timeouts", "provider", "depends_on"))
_OF_SERVICE = (
    *("capacity_provider_strategy", "deployment_maximum_percent", "deployment_minimum_healthy_percent"),
    *("deployment_circuit_breaker", "desired_count", "health_check_grace_period_seconds", "launch_type"),
    *("load_balancer", "network_configuration", "platform_version", "scheduling_strategy"),
)
"""Arguments with the same name in modules that create a service and in the resource."""
_GROUP_FIELDS = ("target_type", "deregistration_delay", "health_check")
_OF_GROUP = {"target_type": "targetType", "deregistration_delay": "deregistrationDelay"}
_REPLACED = Unknown("a variable", "reference")
_HEALTH_CHECK = (
    ("interval", "healthCheckIntervalSeconds", 30),
    ("unhealthyThreshold", "unhealthyThresholdCount", 3),
)
"""Arguments of a target group's health check, with the defaults of Terraform's AWS provider."""


def service_tree(tree: Node) -> Node:
    """The arguments of `aws_ecs_service` in the shape of CreateService."""
    entries: list[tuple[Node, Node]] = []
    deployment: list[tuple[Node, Node]] = []
    for key, value in tree.entries or ():
        name = str(key.value)
        if name in _NO_FIELDS or _is_absent(value):
            continue
        if name in _DEPLOYMENT:
            deployment.append((scalar(key, _DEPLOYMENT[name]), _adopted(name, value)))
        elif name == "network_configuration":
            found = _adopted(name, value)
            inner: list[tuple[Node, Node]] = [(scalar(key, "awsvpcConfiguration"), found)]
            is_known = not isinstance(found.value, Unknown)
            whole = Node(value.start, value.end, entries=inner) if is_known else found
            entries.append((scalar(key, "networkConfiguration"), whole))
        else:
            entries.append((scalar(key, _field(name, "serviceName")), _adopted(name, value)))
    if deployment:
        key = deployment[0][0]
        entries.append((scalar(key, "deploymentConfiguration"), Node(key.start, key.end, entries=deployment)))
    return Node(tree.start, tree.end, entries=entries, is_partial=tree.is_partial)


def scaling_tree(tree: Node) -> Node:
    """The arguments of a scaling target or policy in the shape of the API of Application Auto Attached."""
    adopted = _adopted("", tree)
    adopted.entries = [
        (scalar(key, "policyName") if key.value == "name" else key, value) for key, value in adopted.entries or ()
    ]
    return adopted


def group_tree(tree: Node) -> Node:
    """The settings of a target group that matter to a service."""
    entries: list[tuple[Node, Node]] = []
    for key, value in tree.entries or ():
        if key.value in _OF_GROUP and not _is_absent(value):
            entries.append((scalar(key, _OF_GROUP[str(key.value)]), value))
    check = _adopted("health_check", get(tree, "health_check") or scalar(tree, None))
    for name, field, default in _HEALTH_CHECK:
        value = check if isinstance(check.value, Unknown) else get(check, name) or scalar(check, default)
        entries.append((scalar(check, field), value))
    return Node(tree.start, tree.end, entries=entries, is_partial=tree.is_partial)


def _field(name: str, own_name: str) -> str:
    return own_name if name == "name" else _LISTS.get(name) or api_name(name)


def _is_absent(node: Node) -> bool:
    return node.entries is None and (node.items == [] if node.items is not None else node.value in (None, ""))


def _adopted(name: str, node: Node) -> Node:
    """A value with keys in the API's spelling; a block that may occur only once becomes an object."""
    if node.items is not None and name not in _LISTS and name not in _LIST_OF_TEXTS:
        if len(node.items) != 1:
            return scalar(node, Unknown(name, "reference") if node.items else None)
        node = node.items[0]
    if node.items is not None:
        return Node(node.start, node.end, items=[_adopted("", item) for item in node.items])
    if node.entries is not None and name in _LISTS:
        return scalar(node, Unknown(name, "reference"))  # a map, as some modules accept it
    if node.entries is not None:
        entries = [
            (scalar(key, _field(str(key.value), "name")), _adopted(str(key.value), value))
            for key, value in node.entries
            if not _is_absent(value)
        ]
        return Node(node.start, node.end, entries=entries, is_partial=node.is_partial)
    if name == "assign_public_ip":
        return scalar(node, {True: "ENABLED", False: "DISABLED", "true": "ENABLED"}.get(node.value, node.value))
    return node


def of_definition(  # noqa: PLR0913, PLR0917
    definition: Block, key: Key, made_in: HclFile, checked: HclFile, head: Block, evaluation: Evaluation
) -> list[ServiceReading]:
    """The services that run an instance of a definition; a module that accepts containers creates the service, too.

    A service whose count is 0 is not created.
    Values in the files of a called module are shown at `head`, the block of the checked file.
    """
    if definition.type != "resource":
        return [_Reader(checked, head, evaluation).read(made_in, definition, 0)]
    reference = _reference(rf"{TASK_DEFINITION}\.{re.escape(definition.labels[1])}", key)
    if beside := evaluation.module.services.users.get(definition.labels[1]):
        is_only_one = reference.keys == (None,)
        users = [(evaluation, user) for user in beside if is_only_one or _runs(evaluation, user[1], reference)]
    else:
        users = list(_elsewhere(evaluation, reference, 0))
    readers = [(_Reader(checked, head, each), user) for each, user in users]
    made = [(reader, user) for reader, user in readers if reader.instances(user[1]) != 0]
    return [reader.read(*user, index) for index, (reader, user) in enumerate(made)]


class _Reference(NamedTuple):
    """A reference to a definition, or to what passes it on."""

    name: str
    """A pattern of it."""
    keys: tuple[str | int | None, ...]
    """For each index that it may have, the key of the instance; `None` if there is only one, or its key is unknown."""

    @property
    def pattern(self) -> re.Pattern[str]:
        """Its pattern, with a group for each index."""
        return re.compile(rf"\b{self.name}(?![\w-]){_INDEX}")

    def refers(self, written: str, value: Callable[[str], object]) -> bool:
        """Whether an expression refers to the instance; not if the value of an index is unknown."""
        found = (zip(self.keys, match.groups(), strict=True) for match in self.pattern.finditer(written))
        return any(
            all(key is None or index in _ALL or str(value(index)) == str(key) for key, index in indices)
            for indices in found
        )

    def left(self, written: str) -> str | int | None:
        """The key of an instance that an expression does not choose, so that what it is passed on to must."""
        is_chosen = all(match.groups()[-1] not in _ALL for match in self.pattern.finditer(written))
        return None if is_chosen else self.keys[-1]


_INDEX = r"(?:\[((?:[^\[\]]|\[[^\[\]]{0,100}\]){1,200})\])?"
_ALL = (None, "*")
"""The index of an expression that refers to all instances."""


def _reference(name: str, *keys: Key) -> _Reference:
    return _Reference(name, tuple(key.value if key.is_shown else None for key in keys))


def _runs(evaluation: Evaluation, service: Block, reference: _Reference) -> bool:
    """Whether a service runs the definition that a reference is to."""
    target = service.attributes.get("task_definition")
    if target is None or not reference.pattern.search(target.value.written):
        return False
    written = target.value.written
    if reference.refers(written, lambda _: None):
        return True
    return any(True for _ in _referring(evaluation.apart(), service, reference, written))


def _referring(evaluation: Evaluation, block: Block, reference: _Reference, written: str) -> Iterator[Key]:
    """The instances of a block in which an expression refers to a definition."""
    keys, _ = instances.keys(block, evaluation.evaluate)
    likeliest = [key for key in keys if key.value in reference.keys]  # most expressions are `x[each.key]`
    for key in dict.fromkeys((*likeliest, *keys)):
        scope = instances.scope(block, key, evaluation.evaluate_once)
        if reference.refers(written, partial(_index, evaluation, scope)):
            yield key


def _index(evaluation: Evaluation, scope: Scope, text: str) -> object:
    """The value of an index."""
    expression = _parsed(text)
    return None if expression is None else evaluation.evaluate(expression, scope).value


@lru_cache(256)
def _parsed(text: str) -> Expression | None:
    return parsing.expression(text.replace('\\"', '"'), "an index")


def _elsewhere(
    evaluation: Evaluation, reference: _Reference, depth: int
) -> Iterator[tuple[Evaluation, tuple[HclFile, Block]]]:
    """The services of other modules that run a definition: of a module that receives the reference, or of the caller."""
    module = evaluation.module
    if depth > MAX_MODULES or not (module.modules or evaluation.call):
        return
    pattern = reference.pattern
    for block in module.modules.values():
        for item in block.attributes.values():
            written = item.value.written
            if item.name in _OF_CALL or not pattern.search(written):
                continue
            key = next(_referring(evaluation, block, reference, written), None)
            called = evaluation.called(block, key) if key is not None else None
            if called is not None and reference.left(written) is None:
                yield from _users(called, _reference(rf"var\.{re.escape(item.name)}", ALONE))
    if evaluation.call is None or evaluation.caller is None:
        return
    name, key = re.escape(evaluation.call.block.labels[0]), evaluation.call.key
    for output, attribute in module.outputs.items():
        written = attribute.value.written
        if reference.refers(written, partial(_index, evaluation, NOTHING)):
            outer = _reference(rf"module\.{name}{_INDEX}\.{re.escape(output)}", key, Key(reference.left(written)))
            yield from _users(evaluation.caller, outer)
            yield from _elsewhere(evaluation.caller, outer, depth + 1)


def _users(evaluation: Evaluation, reference: _Reference) -> Iterator[tuple[Evaluation, tuple[HclFile, Block]]]:
    for file, block in evaluation.module.services.by_kind.get(SERVICE, ()):
        if _runs(evaluation, block, reference):
            yield evaluation, (file, block)


class _Reader:
    def __init__(self, file: HclFile, head: Block, evaluation: Evaluation) -> None:
        self.head = head
        self.blocks = evaluation.module.services.by_kind
        self.scaling = evaluation.module.services.scaling
        self.file = file
        self.evaluation = evaluation
        self.apart = evaluation.apart()

    def read(self, file: HclFile, block: Block, index: int) -> ServiceReading:
        is_module = block.type == "module"
        names = _OF_SERVICE if is_module else None
        tree = self._tree(block, with_definition=("launch_type", "capacity_provider"), only=names)
        tree.is_partial |= is_module
        if _ignores_changes(block, "desired_count"):
            unknown = Unknown("desired_count, whose changes are ignored", "reference")
            tree.entries = [
                (key, scalar(value, unknown) if key.value == "desired_count" else value)
                for key, value in tree.entries or ()
            ]
        part = self._part(file, block, service_tree(tree))
        address = f"module.{block.labels[0]}" if is_module else ".".join(block.labels)
        address = f"{self.evaluation.address}.{address}" if self.evaluation.address else address
        attached = None
        if not is_module:
            attached = self._scaling(block, get(part.tree, "serviceName"))
            attached = attached._replace(groups=dict(self._groups(block)), instance_types=list(self._instance_types()))
        return read_service(part, index, name=address, instances=self.instances(block), attached=attached)

    def instances(self, block: Block) -> int | Unknown:
        """The number of instances of the service."""
        if "for_each" in block.attributes:
            return Unknown("for_each", "reference")
        count = self._apart(block.attributes["count"]) if "count" in block.attributes else None
        return 1 if count is None else whole_number(count.value)

    def _scaling(self, service: Block, name_node: Node | None) -> Attached:
        name = name_node.value if name_node is not None and isinstance(name_node.value, str) else None
        found, is_certain = self._scaling_of(TARGET, service, name)
        if len(found) != 1:
            return Attached(None if is_certain and not found else Unknown("the scaling target", "reference"))
        [(file, target)] = found
        if not {"count", "for_each"}.isdisjoint(target.attributes) and {"count", "for_each"}.isdisjoint(
            service.attributes
        ):
            return Attached(Unknown("a scaling target on condition", "reference"))
        of_target = self.evaluation.module.services.policies.get(target.labels[1], ())
        # A policy may be found both by its target and by the service.
        once = {id(each[1]): each for each in (*of_target, *self._scaling_of(POLICY, service, name)[0])}
        policies = [self._part(at, policy, scaling_tree(self._tree(policy))) for at, policy in once.values()]
        return Attached(self._part(file, target, scaling_tree(self._tree(target))), policies)

    def _scaling_of(self, kind: str, service: Block, name: str | None) -> tuple[list[tuple[HclFile, Block]], bool]:
        """The scaling targets or policies with the resource id of a service, and whether all resource ids are known."""
        others = self._named(kind)
        named = others.by_name.get(name, ()) if name is not None else ()
        return [*self.scaling.get((kind, service.labels[1]), ()), *named], others.is_certain

    def _named(self, kind: str) -> Scaling:
        """The scaling targets or policies whose resource id is not a reference to a service."""
        kept = {} if self.evaluation.choices.plan else self.evaluation.module.scaling
        key = (self.evaluation.address, kind)
        if key not in kept:
            names: dict[str, list[tuple[HclFile, Block]]] = {}
            is_certain = self.evaluation.module.is_whole
            for file, block in self.scaling.get((kind, ""), ()):
                name = self._scaled(block)
                is_certain &= name is not None
                if name:
                    names.setdefault(name, []).append((file, block))
            kept[key] = Scaling(names, is_certain)
        return kept[key]

    def _scaled(self, scaling: Block) -> str | None:
        """The name of the service that a scaling target or policy is for, "" if for none; `None` if it is unknown."""
        value = self._apart(scaling.attributes["resource_id"])
        if value is not None and isinstance(value.value, str):
            return value.value.rpartition("/")[2] if value.value.startswith("service/") else ""
        space = scaling.attributes.get("service_namespace")
        return "" if space is not None and space.value.text != '"ecs"' else None

    def _groups(self, service: Block) -> Iterator[tuple[int, Part]]:
        balancers = [inner for inner in service.blocks if "load_balancer" in (inner.type, *inner.labels)]
        for index, balancer in enumerate(balancers):
            if balancer.type == "dynamic":
                return  # it makes any number of them, so that the places of those after it are unknown
            arn = balancer.attributes.get("target_group_arn")
            found = target_groups.referred(arn, self.evaluation) if arn is not None else None
            if found is not None:
                yield index, self._group_part(found)

    def _group_part(self, found: TargetGroup) -> Part:
        """A target group; one of a called module is shown at the call in the folder of the checked file."""
        reader = self
        if found.evaluation is not self.evaluation:
            file, head = found.call or (self.file, self.head)
            reader = _Reader(file, head, found.evaluation)
        part = reader._part(found.file, found.block, group_tree(reader._group(found.block)))
        return part._replace(file=part.file or relative(reader.file, self.file))

    def _group(self, block: Block) -> Node:
        """The arguments of a target group; a type that another value of a variable may replace is unknown."""
        tree = self._tree(block, only=_GROUP_FIELDS)
        kind = block.attributes.get("target_type")
        if kind is not None and not isinstance(kind.value, Constant):
            tree.entries = [
                (key, scalar(value, _REPLACED) if key.value == "target_type" and not self._is_settled(value) else value)
                for key, value in tree.entries or ()
            ]
        return tree

    def _is_settled(self, node: Node) -> bool:
        """Whether no deployment can replace a value: a call decides it."""
        is_settled = not isinstance(node, Value) or node.origin is None or node.is_settled
        return self.evaluation.call is not None and is_settled

    def _instance_types(self) -> Iterator[Node]:
        """The instance types of the launch templates and configurations that join an ECS cluster."""
        launched = [each for kind in LAUNCH for each in self.blocks.get(kind, ())]
        if len(launched) > MAX_LAUNCHED:
            yield scalar(Node(0, 0), Unknown("one of many launch templates", "reference"))
            return
        if not any(STARTS_FOR_ECS.search(file.source.text, block.start, block.close) for file, block in launched):
            return
        for _, block in (*launched, *self.blocks.get(INSTANCES, ())):
            for inner in _within(block):
                if "instance_type" in inner.attributes:
                    yield self._apart(inner.attributes["instance_type"])

    def _part(self, file: HclFile, block: Block, tree: Node) -> Part:
        if os.path.dirname(file.path) == os.path.dirname(self.file.path):
            return Part(tree, file.source, (block.start, block.end), relative(file, self.file))
        return Part(self._shown(tree), self.file.source, (self.head.start, self.head.end))

    def _shown(self, node: Node) -> Node:
        """A module's values of a service at the places of the call's arguments; all others at the call itself."""
        places = node.origin.places if isinstance(node, Value) and node.origin is not None else ()
        _, start, end = next(
            (each for each in places if each.file is self.file), (None, self.head.start, self.head.end)
        )
        shown = Node(start, end, node.value, is_partial=node.is_partial)
        if node.entries is not None:
            shown.entries = [(self._shown(key), self._shown(value)) for key, value in node.entries]
        elif node.items is not None:
            shown.items = [self._shown(item) for item in node.items]
        return shown

    def _tree(self, block: Block, with_definition: Iterable[str] = (), only: Iterable[str] | None = None) -> Node:
        """A block with its attributes and inner blocks as one object; `dynamic` blocks are unknown items."""
        entries: list[tuple[Node, Node]] = []
        for name, attribute in block.attributes.items():
            if name in _NO_FIELDS or (only is not None and name not in only):
                continue
            value = self.evaluation.evaluate(attribute.value) if name in with_definition else self._apart(attribute)
            entries.append((Node(attribute.start, attribute.end, name), value))
        groups: dict[str, Node] = {}
        for inner in block.blocks:
            name = inner.labels[0] if inner.type == "dynamic" and inner.labels else inner.type
            if name in _NO_FIELDS or (only is not None and name not in only):
                continue
            if name not in groups:
                groups[name] = Node(inner.start, inner.close, items=[])
                entries.append((Node(inner.start, inner.end, name), groups[name]))
            items = self._dynamic(inner, name) if inner.type == "dynamic" else [self._tree(inner, with_definition)]
            groups[name].items = [*(groups[name].items or ()), *items]
        return Node(block.start, block.close, entries=entries, is_partial=block.is_partial)

    def _dynamic(self, block: Block, name: str) -> list[Node]:
        """The blocks that a `dynamic` block creates; an unknown item if they depend on an undecided condition."""
        found = blocks.dynamic(block, name, self.apart, NOTHING)
        # Without a call, only defaults are known, and a caller of the module may pass other values.
        if not self.apart.choices.taken and (found or self.evaluation.call is not None):
            return list[Node](found)
        self.apart = self.evaluation.apart()
        return [Node(block.start, block.end, Unknown(f"dynamic {name}", "reference"))]

    def _apart(self, attribute: Attribute) -> Node:
        """The value of an attribute without making a choice: unknown if it depends on an undecided condition."""
        value = self.apart.evaluate(attribute.value)
        if not self.apart.choices.taken:
            return value
        self.apart = self.evaluation.apart()
        return scalar(value, Unknown(attribute.name, "reference"))


def _within(block: Block) -> Iterator[Block]:
    """A block and all blocks in it."""
    yield block
    for inner in block.blocks:
        yield from _within(inner)


def _ignores_changes(block: Block, name: str) -> bool:
    """Whether Terraform sets an argument only at creation: `lifecycle { ignore_changes }` names it, or is `all`."""
    ignored = (inner.attributes.get("ignore_changes") for inner in block.blocks if inner.type == "lifecycle")
    return any(re.search(rf"\b({name}|all)\b", each.value.text) for each in ignored if each is not None)
