"""Parses texts into templates, and finds the resources of templates."""

from __future__ import annotations

from collections.abc import Iterator

from taskfit.syntax import json_text, strict_json, yaml_text
from taskfit.syntax.tree import Node, entries_of, get

Resource = tuple[Node, Node]
"""The key of a resource (its logical id), and the resource."""


def trees(text: str) -> list[Node]:
    """The documents of a text that may be a template.

    Raises `UnreadableError` with the offset of the first thing that is wrong.
    """
    if not strict_json.looks_like_json(text):
        return yaml_text.parse_all(text, keep_tags=True)
    strict = strict_json.loads(text)
    top = strict.value if strict and isinstance(strict.value, dict) else {}
    # Most large JSON files that contain the type are not templates but specifications, lock files or reports.
    is_other = strict is not None and "Resources" not in top and "resources" not in top
    return [] if is_other else [json_text.parse(text)]


def templates(tree: Node) -> Iterator[Node]:
    """The document if it is a template, or the template in a Serverless Framework file."""
    for root in (tree, get(tree, "resources")):
        if root is not None and get(root, "Resources") is not None:
            yield root


def resources(root: Node) -> dict[str, list[Resource]]:
    """The resources by type; the body of an `Fn::ForEach` with unknown values only once."""
    pending = list(entries_of(get(root, "Resources")))
    by_kind: dict[str, list[Resource]] = {}
    for key, node in pending:
        if isinstance(key.value, str) and key.value.startswith("Fn::ForEach") and len(node.items or ()) == 3:
            pending += (node.items or [])[2].entries or []
        elif (kind := get(node, "Type")) is not None and isinstance(kind.value, str):
            by_kind.setdefault(kind.value, []).append((key, node))
    return by_kind
