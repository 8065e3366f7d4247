"""Conversion of the arguments of `aws_ecs_task_definition` from Terraform's spelling to the API's."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, TypeGuard

from taskfit import task_schema
from taskfit.definition import Dialect, Unknown
from taskfit.record import replace
from taskfit.sources.terraform.values import Value, as_text, decode
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import UnreadableError

TASK_DEFINITION = "aws_ecs_task_definition"
SERVICE = "aws_ecs_service"

DIALECT = Dialect(
    "terraform",
    unknown_field="Terraform ignores it",
    unknown_argument="Terraform answers: Unsupported argument",
    drops_unknown_fields=True,
    wrong_scalar="Terraform's AWS provider fails to decode container_definitions.",
    converts="arguments",
    has_snake_case=True,
    lasting_difference="every Terraform plan shows a change",
)
MODULE_DIALECT = replace(DIALECT, converts="everything", unknown_argument="")
"""The dialect of modules, whose variables convert the values they are given."""

_NO_FIELDS = frozenset(
    (
        *("arn", "arn_without_revision", "id", "region", "revision", "skip_destroy", "tags_all", "track_latest"),
        *("connection", "count", "depends_on", "for_each", "lifecycle", "provider", "provisioner", "timeouts"),
    )
)
"""Arguments that are Terraform's only, and attributes that AWS sets."""
LISTS = {
    "inference_accelerator": "inferenceAccelerators",
    "placement_constraints": "placementConstraints",
    "volume": "volumes",
}
OBJECTS = frozenset(
    (
        "authorization_config",
        "docker_volume_configuration",
        "efs_volume_configuration",
        "ephemeral_storage",
        "fsx_windows_file_server_volume_configuration",
        "proxy_configuration",
        "runtime_platform",
    )
)
"""Blocks that may occur only once; a plan has them as lists."""
_SPELLINGS = {"size_in_gib": "sizeInGiB", "configure_at_launch": "configuredAtLaunch"}
_FREE_MAPS = frozenset(("dockerLabels", "driver_opts", "labels", "options"))
_NUMBERS = frozenset(("size_in_gib", "transit_encryption_port"))
_BOOLEANS = frozenset(("autoprovision", "configure_at_launch", "enable_fault_injection"))


def adopt(tree: Node, faults: list[UnreadableError]) -> Node:
    """The resource as a definition; container definitions that are not valid JSON are added to `faults`."""
    adopted = Value(tree.start, tree.end, entries=[], is_partial=tree.is_partial)
    entries: list[tuple[Node, Node]] = []
    for key, value in tree.entries or ():
        name = str(key.value)
        if name in _NO_FIELDS or _is_absent(value):
            continue
        if name == "container_definitions":
            entries.append((_named(key, "containerDefinitions"), _containers(value, faults)))
        elif name in LISTS:
            entries.append((_named(key, LISTS[name]), _each(value)))
        elif name == "tags":
            entries.append((key, _pairs(value, "key")))
        else:
            entries.append((_named(key, api_name(name)), _argument(name, value)))
    adopted.entries = [entry for entry in entries if entry[1].items != []]
    return adopted


@lru_cache(1024)
def api_name(name: str) -> str:
    """`task_role_arn` as `taskRoleArn`."""
    first, *rest = name.split("_")
    return _SPELLINGS.get(name) or first + "".join(word[:1].upper() + word[1:] for word in rest)


def spelled(steps: Sequence[str], name: str) -> str:
    """A key of the API in Terraform's spelling, in the object at some steps; container definitions keep the API's."""
    return DIALECT.spelled(name, is_argument=not steps)


def _named(key: Node, name: str) -> Node:
    if key.value == name:
        return key
    return Value(key.start, key.end, name, origin=key.origin if isinstance(key, Value) else None)


def _is_absent(value: Node) -> bool:
    is_scalar = value.entries is None and value.items is None
    # The provider stores "" for values that are not set.
    return is_scalar and (value.value is None or value.value == "") and not _is_default(value)


def _is_default(value: Node) -> TypeGuard[Value]:
    """Whether an empty value is a variable's default, which a deployment must replace."""
    return isinstance(value, Value) and value.origin is not None and bool(value.origin.words) and not value.is_settled


def _containers(value: Node, faults: list[UnreadableError]) -> Node:
    decoded: Node | None = value
    words = value.value.text if isinstance(value.value, Unknown) else "container_definitions"
    if value.items is None and value.entries is None:
        try:
            decoded = decode(value) if isinstance(value, Value) else None
        except UnreadableError as error:
            faults.append(error)
            return Value(value.start, value.end, Unknown("a text that is not JSON", "wrong-type"))
        if decoded is not None and not isinstance(decoded.value, Unknown):
            return map_containers(decoded)  # FIT002 reports values that are not lists
    if decoded is not None and decoded.items is not None:
        return map_containers(decoded)
    return Value(value.start, value.end, Unknown(words, "reference"))


def map_containers(node: Node, name: str = "") -> Node:
    """The containers with keys in the API's spelling: the provider ignores case in JSON."""
    if node.entries is not None:
        rename = str if name in _FREE_MAPS else _field
        entries = []
        for key, inner in node.entries:
            spelled = rename(str(key.value))
            entries.append((_named(key, spelled), map_containers(inner, "" if name in _FREE_MAPS else spelled)))
        return Value(node.start, node.end, entries=entries, is_partial=node.is_partial, duplicates=node.duplicates)
    if node.items is not None:
        # The provider drops null and empty values from lists (`compactArrays`).
        kept = node.items if not name else [item for item in node.items if not _is_empty(item)]
        return Value(node.start, node.end, items=[map_containers(item, name) for item in kept])
    return _filled(node)


def _is_empty(node: Node) -> bool:
    is_null = node.value is None and node.entries is None and node.items is None
    return is_null or (node.entries == [] and not node.is_partial)


def _filled(node: Node) -> Node:
    is_blank = isinstance(node.value, str) and (not node.value or node.value.isspace())
    if (node.value is None or is_blank) and _is_default(node):
        text = node.origin.name or node.origin.words if node.origin else ""
        return Value(node.start, node.end, Unknown(text, "reference"))
    return node


def _field(name: str) -> str:
    return task_schema.names_by_folded().get(name.lower(), name)


def _each(value: Node) -> Node:
    items = [value] if value.entries is not None else value.items
    if items is None:
        return _filled(value)
    return Value(value.start, value.end, items=[_volume(item) for item in items])


def _volume(item: Node) -> Node:
    """One block of a list; a volume's `host_path` becomes an object."""
    if item.entries is None:
        return item
    entries: list[tuple[Node, Node]] = []
    for key, value in item.entries:
        if _is_absent(value) or value.items == []:
            continue
        if key.value == "host_path":
            inner: list[tuple[Node, Node]] = [(_named(key, "sourcePath"), _text(value))]
            entries.append((_named(key, "host"), Value(key.start, value.end, entries=inner)))
        else:
            entries.append((_named(key, api_name(str(key.value))), _argument(str(key.value), value)))
    return Value(item.start, item.end, entries=entries, is_partial=item.is_partial)


def _argument(name: str, value: Node) -> Node:
    if name in OBJECTS and value.items is not None:
        if len(value.items) != 1:
            return Value(value.start, value.end, items=[]) if not value.items else _unknown(value, name)
        value = value.items[0]
    if name in _FREE_MAPS and value.entries is not None:
        texts: list[tuple[Node, Node]] = [(key, _text(inner)) for key, inner in value.entries]
        return Value(value.start, value.end, entries=texts, is_partial=value.is_partial)
    if name == "properties" and value.entries is not None:
        return _pairs(value, "name")
    if value.entries is not None:
        entries: list[tuple[Node, Node]] = [
            (_named(key, api_name(str(key.value))), _argument(str(key.value), inner))
            for key, inner in value.entries
            if not _is_absent(inner) and inner.items != []
        ]
        return Value(value.start, value.end, entries=entries, is_partial=value.is_partial)
    if value.items is not None:
        return Value(value.start, value.end, items=[_text(item) for item in value.items])
    return _typed(name, value)


def _typed(name: str, value: Node) -> Node:
    """Convert "30" to 30 and 256 to "256" as Terraform does, by the type of the argument."""
    content = value.value
    if name in _NUMBERS:
        is_number = isinstance(content, str) and content.isascii() and content.isdigit() and len(content) < 20
        return _with(value, int(content) if is_number else content)
    if name in _BOOLEANS:
        return _with(
            value, {"true": True, "false": False}.get(content, content) if isinstance(content, str) else content
        )
    return _text(value)


def _text(value: Node) -> Node:
    return _with(value, value.value if isinstance(value.value, Unknown) else as_text(value.value))


def _with(value: Node, content: Any) -> Node:
    if value.entries is not None or value.items is not None:
        return value
    if content and content is value.value:
        return _filled(value)
    origin = value.origin if isinstance(value, Value) else None
    return _filled(Value(value.start, value.end, content, origin=origin))


def _unknown(value: Node, name: str) -> Value:
    return Value(value.start, value.end, Unknown(name, "reference"))


def _pairs(value: Node, key_name: str) -> Node:
    """A map as the API's list of pairs."""
    if value.entries is None:
        return value if value.items is not None else _unknown(value, "tags" if key_name == "key" else "properties")
    items: list[Node] = []
    for key, inner in value.entries:
        name = _named(key, key_name)
        pair: list[tuple[Node, Node]] = [(name, key), (_named(key, "value"), _text(inner))]
        items.append(Value(key.start, inner.end, entries=pair))
    if value.is_partial:
        items.append(_unknown(value, "more"))
    return Value(value.start, value.end, items=items)
