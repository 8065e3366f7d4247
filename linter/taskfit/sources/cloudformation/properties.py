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
    adoption = _Adoption(template)
    adoption.adopt(tree, "")
    return adoption.misspelled


class _Adoption:
    """The adoption of one tree, and the way to the node that is adopted."""

    def __init__(self, template: Template) -> None:
        self.misspelled: dict[str, Misspelling] = {}
        self._template = template
        self._steps: list[str | int] = []

    def adopt(self, node: Node, name: str) -> Node:
        """The value of the field of a name, empty where that is not one of the API's, with all below it adopted in place.

        A scalar that becomes another one is replaced: other ways through the template may share it.
        """
        if node.entries is not None:
            self._adopt_entries(node.entries, name)
            return node
        if node.items is not None:
            for index, item in enumerate(node.items):
                self._steps.append(index)
                node.items[index] = self.adopt(item, name)
                self._steps.pop()
            return node
        origin = node.origin if isinstance(node, Resolved) else None
        # An empty default stands for what a deployment is to give.
        is_empty = node.value == "" and origin is not None
        value = Unknown(self._template.text(node), "reference") if is_empty else _typed(node, name, self._template)
        return node if value is node.value else Resolved(node.start, node.end, value, origin=origin)

    def _adopt_entries(self, entries: list[tuple[Node, Node]], name: str) -> None:
        is_free = name in _FREE_MAPS
        for index, (key, value) in enumerate(entries):
            written = str(key.value)
            inner, right = (written, written) if is_free else _names(written)
            is_own = is_free or (not self._steps and inner in _TASK_SIZE)
            self._steps.append(inner)
            if written not in (right, "FilesystemId"):
                pointer = "".join(f"/{escape(str(step))}" for step in self._steps)
                self.misspelled[pointer] = Misspelling(written, right)
            entries[index] = (Node(key.start, key.end, inner), self.adopt(value, "" if is_own else inner))
            self._steps.pop()


def spelled(steps: Sequence[str], name: str) -> str:
    """A key of the API's as CloudFormation spells it, in the object at some steps."""
    if not _FREE_MAPS.isdisjoint(steps):
        return name
    return _TEMPLATE_SPELLINGS.get(name) or name[:1].upper() + name[1:]


@lru_cache(1024)
def _names(written: str) -> tuple[str, str]:
    """A key as the API spells it, and as CloudFormation does."""
    lower_first = written[:1].lower() + written[1:]
    name = SPELLINGS.get(written) or task_schema.names_by_folded().get(written.lower(), lower_first)
    return name, spelled((), name)


def _typed(node: Node, name: str, template: Template) -> Any:
    """CloudFormation accepts "8080" for 8080 and 8080 for "8080", as the property needs."""
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
