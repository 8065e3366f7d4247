"""Blocks as objects of their attributes and inner blocks, with `dynamic` blocks expanded."""

from __future__ import annotations

from taskfit.definition import Unknown
from taskfit.sources.terraform import instances
from taskfit.sources.terraform.evaluation import Evaluation
from taskfit.sources.terraform.module import Scope
from taskfit.sources.terraform.syntax import Block
from taskfit.sources.terraform.values import Value
from taskfit.syntax.tree import Node


def tree(block: Block, evaluation: Evaluation, scope: Scope) -> Value:
    """A block with its attributes and inner blocks as one object."""
    entries: list[tuple[Node, Node]] = []
    for attribute in block.attributes.values():
        if attribute.name not in ("count", "for_each"):
            key = Node(attribute.start, attribute.end, attribute.name)
            entries.append((key, evaluation.evaluate(attribute.value, scope)))
    groups: dict[str, list[Node]] = {}
    for inner in block.blocks:
        is_dynamic = inner.type == "dynamic" and bool(inner.labels)
        name = inner.labels[0] if is_dynamic else inner.type
        if name not in groups:
            groups[name] = []
            group = Value(inner.start, inner.end, items=groups[name])
            entries.append((Node(inner.start, inner.end, name), group))
        groups[name] += dynamic(inner, name, evaluation, scope) if is_dynamic else [tree(inner, evaluation, scope)]
    return Value(block.start, block.end, entries=entries, is_partial=block.is_partial)


def dynamic(block: Block, name: str, evaluation: Evaluation, scope: Scope) -> list[Value]:
    """The blocks that a `dynamic` block creates; a single unknown item if they are unknown."""
    unknown = Value(block.start, block.end, Unknown(f"dynamic {name}", "reference"))
    each = block.attributes.get("for_each")
    content = next((inner for inner in block.blocks if inner.type == "content"), None)
    if each is None or content is None:
        return [unknown]
    over = evaluation.evaluate(each.value, scope)
    iterator = block.attributes.get("iterator")
    variable = iterator.value.text if iterator else name
    made_blocks: list[Value] = []
    for key, value in list(instances.pairs(over, is_list=True))[: instances.MAX_INSTANCES]:
        turn = {**scope, variable: instances.mapping(each, key=instances.at(each, key), value=value)}
        made_blocks.append(tree(content, evaluation, turn))
    is_known = over.entries is not None or (
        over.items is not None and not any(isinstance(item.value, Unknown) for item in over.items)
    )
    return made_blocks if is_known and not over.is_partial else [*made_blocks, unknown]
