"""Converts the properties of `AWS::ECS::TaskDefinition` to the spelling and the types of the API."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from taskfit import task_schema
from taskfit.definition import Misspelling, Partial, Unknown, escape
from taskfit.record import cached_property, replace
from taskfit.sources.cloudformation.template import Template
from taskfit.sources.values import Resolved, as_text, origin_of
from taskfit.syntax.tree import Node

SPELLINGS = {
    "EFSVolumeConfiguration": "efsVolumeConfiguration",
    "FSxWindowsFileServerVolumeConfiguration": "fsxWindowsFileServerVolumeConfiguration",
    "FilesystemId": "fileSystemId",
    "IAM": "iam",
    "ProxyConfigurationProperties": "properties",
    "S3FilesVolumeConfiguration": "s3filesVolumeConfiguration",
}
"""Names that differ from those of the API in more than the first letter."""
_TEMPLATE_SPELLINGS = {name: spelling for spelling, name in SPELLINGS.items() if spelling != "FilesystemId"}
_FREE_MAPS = frozenset({"dockerLabels", "driverOpts", "labels", "options"})
"""Objects with user-defined keys."""
_TASK_SIZE = ("cpu", "memory")
"""Fields that are integers in a container, but strings in the task."""


class Properties:
    """The properties of one reading of a resource, in the form of the API."""

    def __init__(self, written: Node, template: Template) -> None:
        self.misspelled: dict[str, Misspelling] = {}
        """The keys in a case that CloudFormation does not accept, by pointer."""
        self._written = written
        self._template = template
        self._converted = task_schema.fields_of_type("boolean") | task_schema.fields_of_type("integer")
        self.data = self._mapping(written, "", ())
        """The plain values of the properties."""

    @cached_property
    def tree(self) -> Node:
        """The tree with places, built when a finding first needs one."""
        return self._placed(self._written, "")

    def _value(self, node: Node, name: str, steps: tuple[str | int, ...]) -> Any:
        """The value of a field in the form of the API; the name is empty if the API has no such field."""
        if node.entries is not None:
            return self._mapping(node, name, steps)
        if node.items is not None:
            return [self._value(item, name, (*steps, index)) for index, item in enumerate(node.items)]
        return self._scalar(node, name)

    def _mapping(self, node: Node, name: str, steps: tuple[str | int, ...]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        is_free = name in _FREE_MAPS
        for key, value in node.entries or ():
            written = key.value
            inner, right = (written, written) if is_free else _names(written)
            if written not in (right, "FilesystemId"):
                pointer = "".join(f"/{escape(str(step))}" for step in (*steps, inner))
                self.misspelled[pointer] = Misspelling(written, right)
            below = "" if is_free or (not steps and inner in _TASK_SIZE) else inner
            if value.entries is None and value.items is None:
                found[inner] = self._scalar(value, below)
            else:
                found[inner] = self._value(value, below, (*steps, inner))
        return Partial(found) if node.is_partial else found

    def _scalar(self, node: Node, name: str) -> Any:
        value = node.value
        if isinstance(value, str) and value and name not in self._converted:  # as most are
            return value
        # An empty default stands for a value that is set at deployment.
        if value == "" and origin_of(node) is not None:
            return Unknown(self._template.text(node), "reference")
        return _typed(node, name, self._template)

    def _placed(self, node: Node, name: str, *, is_task: bool = True) -> Node:
        if node.entries is not None:
            is_free = name in _FREE_MAPS
            entries = []
            for key, value in node.entries:
                inner = key.value if is_free else _names(key.value)[0]
                below = "" if is_free or (is_task and inner in _TASK_SIZE) else inner
                entries.append((Node(key.start, key.end, inner), self._placed(value, below, is_task=False)))
            return replace(node, entries=entries)
        if node.items is not None:
            return replace(node, items=[self._placed(item, name, is_task=False) for item in node.items])
        return Resolved(node.start, node.end, self._scalar(node, name), origin=origin_of(node))


def spelled(steps: Sequence[str], name: str) -> str:
    """A key of the API in CloudFormation's spelling, in the object at some steps."""
    if not _FREE_MAPS.isdisjoint(steps):
        return name
    return _TEMPLATE_SPELLINGS.get(name) or name[:1].upper() + name[1:]


@lru_cache(1024)
def _names(written: str) -> tuple[str, str]:
    """A key in the spelling of the API, and in that of CloudFormation."""
    lower_first = written[:1].lower() + written[1:]
    name = SPELLINGS.get(written) or task_schema.names_by_folded().get(written.lower(), lower_first)
    return name, spelled((), name)


def _typed(node: Node, name: str, template: Template) -> Any:
    """Convert between "8080" and 8080 to the type of the property, as CloudFormation does."""
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
