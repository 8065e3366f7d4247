"""The properties of `AWS::ECS::TaskDefinition` in the spelling and the types of the API."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from taskfit import task_schema
from taskfit.definition import Misspelling, Unknown, escape
from taskfit.sources.cloudformation.template import Template
from taskfit.sources.values import Resolved, as_text
from taskfit.syntax.tree import Node

SPELLINGS = {
    "EFSVolumeConfiguration": "efsVolumeConfiguration",
    "FSxWindowsFileServerVolumeConfiguration": "fsxWindowsFileServerVolumeConfiguration",
    "FilesystemId": "fileSystemId",
    "IAM": "iam",
    "ProxyConfigurationProperties": "properties",
    "S3FilesVolumeConfiguration": "s3filesVolumeConfiguration",
}
"""Names that differ from the API's in more than their first letter."""
_TEMPLATE_SPELLINGS = {name: spelling for spelling, name in SPELLINGS.items() if spelling != "FilesystemId"}
_FREE_MAPS = frozenset({"dockerLabels", "driverOpts", "labels", "options"})
"""Objects whose keys are the user's own."""
_TASK_SIZE = ("cpu", "memory")
"""Integers of a container, but strings of the task."""


def adopt(tree: Node, template: Template) -> dict[str, Misspelling]:
    """Turn CloudFormation's spelling of keys and scalars into the API's, in place.

    The result are the keys whose case CloudFormation does not take, by pointer.
    """
    misspelled: dict[str, Misspelling] = {}
    pending = [(tree, "", "")]
    while pending:
        node, name, pointer = pending.pop()
        if node.entries is not None:
            is_free = name in _FREE_MAPS
            for index, (key, value) in enumerate(node.entries):
                written = str(key.value)
                inner = written if is_free else _api_name(written)
                node.entries[index] = (Node(key.start, key.end, inner), value)
                is_own = is_free or (not pointer and inner in _TASK_SIZE)
                place = f"{pointer}/{escape(inner)}"
                right = written if is_free else spelled((), inner)
                if written not in (right, "FilesystemId"):
                    misspelled[place] = Misspelling(written, right)
                pending.append((value, "" if is_own else inner, place))
        elif node.items is not None:
            pending += [(item, name, f"{pointer}/{index}") for index, item in enumerate(node.items)]
        elif node.value == "" and isinstance(node, Resolved) and node.origin is not None:
            # An empty default stands for what a deployment is to give.
            node.value = Unknown(template.text(node), "reference")
        else:
            node.value = _typed(node, name, template)
    return misspelled


def spelled(steps: Sequence[str], name: str) -> str:
    """A key of the API's as CloudFormation spells it, in the object at some steps."""
    if not _FREE_MAPS.isdisjoint(steps):
        return name
    return _TEMPLATE_SPELLINGS.get(name) or name[:1].upper() + name[1:]


@lru_cache(1024)
def _api_name(name: str) -> str:
    lower_first = name[:1].lower() + name[1:]
    return SPELLINGS.get(name) or task_schema.names_by_folded().get(name.lower(), lower_first)


def _typed(node: Node, name: str, template: Template) -> Any:
    """CloudFormation takes "8080" for 8080 and 8080 for "8080", as the property needs."""
    text = as_text(node.value)
    if name in task_schema.fields_of_type("boolean") and text is not None:
        return {"true": True, "false": False}.get(text.lower(), node.value)
    if name in task_schema.fields_of_type("integer") and text is not None:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else node.value
    if isinstance(node.value, bool) or not isinstance(node.value, int):
        return text if isinstance(node.value, bool | float) else node.value
    # An account id keeps its leading zero.
    written = template.source.text[node.start : node.end]
    return written if written.isdigit() else str(node.value)
