"""Notes on files that contain a task definition in a format that taskfit does not read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from taskfit.record import NamedTuple
from taskfit.sources.document import Document, note
from taskfit.syntax.text import SourceText
from taskfit.syntax.unreadable import UnreadableError

if TYPE_CHECKING:
    from taskfit.syntax.tree import Node


class _Form(NamedTuple):
    """A form of definition that taskfit does not read."""

    words: str
    mark: str
    """A text that every such file contains: without it, the pattern is not searched."""
    pattern: str
    """A pattern whose group is the place of the note."""


_FOREIGN = (
    _Form(
        "in a CloudFormation template within other text, which taskfit does not read",
        "AWS::ECS::TaskDefinition",
        r"""["']?Type["']?\s*:\s*["']?(AWS::ECS::TaskDefinition)\b""",
    ),
    _Form(
        "in Terraform within other text, which taskfit does not read",
        "aws_ecs_task_definition",
        r"""^[ \t]*resource\s+"?(aws_ecs_task_definition)\b""",
    ),
    _Form(
        "in an Ansible playbook, which taskfit does not read",
        "ecs_taskdefinition",
        r"^[ \t]*(?:-[ \t]*)?(?:\w+\.\w+\.)?(ecs_taskdefinition)[ \t]*:",
    ),
    _Form(
        "in a Dockerrun.aws.json of Elastic Beanstalk, which taskfit does not read",
        "AWSEBDockerrunVersion",
        r"""["'](AWSEBDockerrunVersion)["']\s*:""",
    ),
)
_IN_PROGRAMS = (
    _Form("in a program, which taskfit does not read", "TaskDefinition(", r"\b(\w*TaskDefinition)\("),
    _Form(
        "within other text, which taskfit does not read",
        "ontainerDefinitions",
        r"""\b([cC]ontainerDefinitions)["'`]?\s*[:=]\s*["'`]?[\[{\n]""",
    ),
)


_EXAMPLES = r"""\b(?:bad|good|cases)["']?[ \t]*:"""
_CDK_TREE = '"tree-0.1"'
"""A mark of the CDK's `tree.json`, which repeats the content of the templates beside it for the CDK's own use."""
ADVICE = "Check the definition that it renders to: `aws ecs describe-task-definition --task-definition NAME`."


def foreign_format(source: SourceText) -> Document | None:
    """A note if the file is of a format that is neither JSON nor YAML in the shape of the API."""
    found = _foreign(source, _FOREIGN)
    return Document() if found and _quotes_examples(source.text) else found


def _quotes_examples(text: str) -> bool:
    """Whether a text is a rule or a profile, whose examples are read where they are used."""
    if re.search(_EXAMPLES, text) is None:
        return False
    from taskfit.syntax import yaml_text

    try:
        trees = yaml_text.parse_all(text)
    except UnreadableError:
        return False
    pages = [page for tree in trees if not tree.is_empty for page in (tree.items or [tree])]
    return bool(pages) and all(_is_rule(page) or _is_profile(page) for page in pages)


def program(source: SourceText) -> Document | None:
    """A note if the file is a program that creates a definition, or a text that quotes one."""
    return _foreign(source, _IN_PROGRAMS)


def elsewhere(source: SourceText, trees: Iterable[Node]) -> Document | None:
    """A note if there are containers in places where taskfit expects no definition, as in other tools' files."""
    if _CDK_TREE in source.text:
        return None
    for tree in trees:
        if _is_profile(tree) or _is_rule(tree):
            continue
        for key, value in (entry for node in tree.walk() for entry in node.entries or ()):
            if str(key.value).lower() == "containerdefinitions" and _has_containers(value):
                return _note(source, "where taskfit does not look for one", key.start, key.end)
    return None


def _is_rule(tree: Node) -> bool:
    keys = {key.value for key, _ in tree.entries or ()}
    return keys >= {"code", "name", "severity"} and not keys.isdisjoint(("bad", "good"))


def _is_profile(tree: Node) -> bool:
    """Whether it is a sizing profile with worked cases, which are read with the profile."""
    keys = {key.value for key, _ in tree.entries or ()}
    return "cases" in keys and not keys.isdisjoint(("roles", "sidecars"))


def _foreign(source: SourceText, forms: Iterable[_Form]) -> Document | None:
    for form in forms:
        if form.mark in source.text and (match := re.search(form.pattern, source.text, re.MULTILINE)):
            return _note(source, form.words, match.start(1), match.end(1))
    return None


def _note(source: SourceText, words: str, start: int, end: int) -> Document:
    return note(source, f"contains a task definition {words}", ADVICE, start, end)


def _has_containers(value: Node) -> bool:
    if value.items is not None:
        return any(item.entries is not None for item in value.items)
    return any(str(key.value).startswith("fn::") for key, _ in value.entries or ())
