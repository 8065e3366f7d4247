"""Files of values: CloudFormation's parameter files in each of AWS's shapes, and Terraform's `.tfvars`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from taskfit.definition import Unknown
from taskfit.syntax import yaml_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import UnreadableError


def read(path: Path, source: SourceText) -> dict[str, str]:
    """The values by name, as `--var` accepts them.

    Raises `UnreadableError` with the offset of the first error.
    """
    if path.suffix == ".tfvars":
        return _assignments(path, source)
    trees = yaml_text.parse_all(source.text)
    tree = trees[0] if trees else Node(0, 0, entries=[])
    if tree.items is not None:
        return dict(pair for item in tree.items if (pair := _pair(source, item)))
    if tree.entries is None:
        raise UnreadableError("neither an object nor a list of parameters", tree.start)
    # CodePipeline and CloudFormation's Git sync have the parameters as one key among others.
    parameters = next((value for key, value in tree.entries if key.value == "Parameters"), None)
    if parameters is None or parameters.entries is None:
        return _texts(source, tree.entries, json.dumps)
    return _texts(source, parameters.entries, lambda value: ",".join(map(str, value)))


def _pair(source: SourceText, item: Node) -> tuple[str, str] | None:
    """`{"ParameterKey": ..., "ParameterValue": ...}`, or `"Name=Value"`; one with its previous value has none."""
    if isinstance(item.value, str) and "=" in item.value:
        name, _, value = item.value.partition("=")
        return name, value
    found = {key.value: value for key, value in item.entries or ()}
    if "ParameterKey" not in found:
        raise UnreadableError("neither an object with a ParameterKey nor NAME=VALUE", item.start)
    given = found.get("ParameterValue")
    return None if given is None else (str(found["ParameterKey"].value), _text(source, given))


def _texts(source: SourceText, entries: list[tuple[Node, Node]], joined: Any) -> dict[str, str]:
    texts = {}
    for key, value in entries:
        is_scalar = value.entries is None and value.items is None
        if not is_scalar or value.value is not None:
            texts[str(key.value)] = _text(source, value) if is_scalar else joined(value.plain())
    return texts


def _text(source: SourceText, node: Node) -> str:
    return node.value if isinstance(node.value, str) else source.text[node.start : node.end]


def _assignments(path: Path, source: SourceText) -> dict[str, str]:
    from taskfit.sources.terraform import parsing
    from taskfit.sources.terraform.evaluation import Evaluation
    from taskfit.sources.terraform.hcl_file import HclFile
    from taskfit.sources.terraform.module import Module
    from taskfit.sources.terraform.values import as_text, plain

    file = HclFile(path.name, source)
    found, error = parsing.attributes(file)
    if error is not None:
        raise error
    values = {name: plain(Evaluation(Module(), {}).evaluate(item.value)) for name, item in found.items()}
    known = {name: value for name, value in values.items() if value is not None and not isinstance(value, Unknown)}
    return {name: as_text(value) or json.dumps(value) for name, value in known.items()}
