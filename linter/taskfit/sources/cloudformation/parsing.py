"""Texts to templates, and templates to their resources."""

from __future__ import annotations

from collections.abc import Iterator

from taskfit.syntax import json_text, strict_json, yaml_text
from taskfit.syntax.tree import Node, entries_of, get

Resource = tuple[Node, Node]
"""The key that names a resource, and the resource."""


def trees(text: str) -> list[Node]:
    """The documents of a text that may be a template.

    Raises `UnreadableError` with the offset of the first thing that is wrong.
    """
    if not strict_json.looks_like_json(text):
        return yaml_text.parse_all(text, keep_tags=True)
    strict = strict_json.loads(text)
    top = strict.value if strict and isinstance(strict.value, dict) else {}
    # Most large JSON files that name the type are not templates: specifications, lock files, reports.
    is_other = strict is not None and "Resources" not in top and "resources" not in top
    return [] if is_other else [json_text.parse(text)]


def templates(tree: Node) -> Iterator[Node]:
    """The template that a document is, or that a Serverless Framework file holds."""
    for root in (tree, get(tree, "resources")):
        if root is not None and get(root, "Resources") is not None:
            yield root


def resources(root: Node) -> dict[str, list[Resource]]:
    """The resources by type; the body of a `Fn::ForEach` whose values are not known once."""
    pending = list(entries_of(get(root, "Resources")))
    by_kind: dict[str, list[Resource]] = {}
    for key, node in pending:
        if isinstance(key.value, str) and key.value.startswith("Fn::ForEach") and len(node.items or ()) == 3:
            pending += (node.items or [])[2].entries or []
        elif (kind := get(node, "Type")) is not None and isinstance(kind.value, str):
            by_kind.setdefault(kind.value, []).append((key, node))
    return by_kind
