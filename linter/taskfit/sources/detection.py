"""Which files bear a task definition, by content; a name or an ending tells nothing reliable."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from taskfit.definition import Partial, Unknown
from taskfit.sources.files import SUFFIXES
from taskfit.syntax.tree import Node

_MARKS = (b"ontainerDefinitions", b"AWS::ECS::TaskDefinition", b"aws_ecs_task_definition", b"ecs_taskdefinition")
_LIST_MARKS = (b'"image"', b'"name"')
_HEAD_MARKS = (b"family", b"requiresCompatibilities")
_TERRAFORM_SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
_TERRAFORM_OUTPUT_MARKS = ('"planned_values"', '"root_module"', '"terraform_version"')
_COPILOT_MARKS = (b"Web Service", b"Backend Service", b"Worker Service", b"Scheduled Job")
_COPILOT = rb"""(?m)^type:[ \t]*['"]?(?:(?:Load Balanced Web|Backend|Worker) Service|Scheduled Job)\b"""
_WRAPPERS = ("taskDefinition", "taskDefinitions", "data")
_TERRAFORM = r"""^[ \t]*resource\s+"?(aws_ecs_task_definition)\b"""
_MAX_WRAPPING = 5


class ForeignFormat(NamedTuple):
    """A file that bears a definition in a format that taskfit does not read."""

    message: str
    help: str
    start: int
    end: int


def bears_definition(content: bytes, path: Path | None = None) -> bool:
    """Whether the bytes can hold a task definition at all; a search, before anything is parsed."""
    if any(mark in content for mark in _MARKS):
        return True
    if path is not None and path.name.endswith(_TERRAFORM_SUFFIXES):
        return b"container_definition" in content  # as modules take them
    if path is not None and path.suffix.lower() not in SUFFIXES and b"TaskDefinition(" in content:
        return True  # a program, as the CDK and Pulumi take them
    if all(mark in content for mark in _HEAD_MARKS):
        return True
    if content.lstrip()[:1] == b"[" and all(mark in content for mark in _LIST_MARKS):
        return True
    return is_copilot(content)


def is_copilot(content: bytes) -> bool:
    """Whether a file is a manifest of AWS Copilot for a workload that runs on ECS."""
    return any(mark in content for mark in _COPILOT_MARKS) and re.search(_COPILOT, content) is not None


def is_terraform(text: str, path: Path | None) -> bool:
    """Whether a file is Terraform's: by its name, or by its content where it has none."""
    if path is not None:
        return path.name.endswith(_TERRAFORM_SUFFIXES)
    return "aws_ecs_task_definition" in text and re.search(_TERRAFORM, text, re.MULTILINE) is not None


def is_terraform_output(text: str) -> bool:
    """Whether a text may be a plan or a state of Terraform."""
    return '"aws_ecs_task_definition"' in text and any(mark in text for mark in _TERRAFORM_OUTPUT_MARKS)


_FOREIGN = (
    (
        "in a CloudFormation template within other text, which taskfit does not read",
        r"""["']?Type["']?\s*:\s*["']?(AWS::ECS::TaskDefinition)\b""",
    ),
    ("in Terraform within other text, which taskfit does not read", _TERRAFORM),
    (
        "in an Ansible playbook, which taskfit does not read",
        r"^[ \t]*(?:-[ \t]*)?(?:\w+\.\w+\.)?(ecs_taskdefinition)[ \t]*:",
    ),
)
_IN_PROGRAMS = (
    ("in a program, which taskfit does not read", r"\b(\w*TaskDefinition)\("),
    ("within other text, which taskfit does not read", r"""\b([cC]ontainerDefinitions)["'`]?\s*[:=]\s*["'`]?[\[{\n]"""),
)


def foreign_format(text: str) -> ForeignFormat | None:
    """The format of a file that bears a definition but is neither JSON nor YAML of the API's shape."""
    return _foreign(text, _FOREIGN)


def program(text: str) -> ForeignFormat | None:
    """A program that makes a definition, or a text that quotes one."""
    return _foreign(text, _IN_PROGRAMS)


def _foreign(text: str, formats: Iterable[tuple[str, str]]) -> ForeignFormat | None:
    for words, pattern in formats:
        if match := re.search(pattern, text, re.MULTILINE):
            return _foreign_format(words, match.start(1), match.end(1))
    return None


def _foreign_format(words: str, start: int, end: int) -> ForeignFormat:
    advice = "Check the definition that it renders to: `aws ecs describe-task-definition --task-definition NAME`."
    return ForeignFormat(f"bears a task definition {words}", advice, start, end)


def elsewhere(trees: Iterable[Node]) -> ForeignFormat | None:
    """Containers at a place where no definition was looked for: other tools' files, such as Pulumi's."""
    for tree in trees:
        for key, value in (entry for node in tree.walk() for entry in node.entries or ()):
            if str(key.value).lower() == "containerdefinitions" and _holds_containers(value):
                return _foreign_format("where taskfit does not look for one", key.start, key.end)
    return None


def _holds_containers(value: Node) -> bool:
    if value.items is not None:
        return any(item.entries is not None for item in value.items)
    return any(str(key.value).startswith("fn::") for key, _ in value.entries or ())


def definitions(value: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The definitions in a file's data with their JSON pointers: plain, wrapped as the API answers, or in lists."""
    yield from _definitions(value, "", 0)


def _definitions(value: Any, pointer: str, depth: int) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if depth > _MAX_WRAPPING:
        return
    if isinstance(value, list):
        if _is_container_list(value):
            # Containers alone, as Terraform's `templatefile` takes them: the task around them is unknown.
            yield pointer, _ContainersOnly(value)
            return
        for index, item in enumerate(value):
            yield from _definitions(item, f"{pointer}/{index}", depth + 1)
    elif isinstance(value, dict):
        if _is_definition(value):
            yield pointer, value
            return
        for key in _WRAPPERS:
            if key in value:
                yield from _definitions(_with_tags(value, key), f"{pointer}/{key}", depth + 1)


def _with_tags(answer: Mapping[str, Any], key: str) -> Any:
    """What an answer wraps; `describe-task-definition` puts the tags of a definition beside it."""
    wrapped, tags = answer[key], answer.get("tags")
    if key == "taskDefinition" and isinstance(wrapped, dict) and tags and "tags" not in wrapped:
        return {**wrapped, "tags": tags}
    return wrapped


def is_bare(data: Mapping[str, Any]) -> bool:
    """Whether a definition is a list of containers, with nothing around it."""
    return isinstance(data, _ContainersOnly)


class _ContainersOnly(Partial):
    """A bare list of containers seen as a definition of which nothing else is known."""

    def __init__(self, containers: list[Any]) -> None:
        super().__init__(containerDefinitions=containers)


def _is_definition(value: Mapping[str, Any]) -> bool:
    containers = value.get("containerDefinitions")
    if isinstance(containers, list | Unknown):
        return True
    return "family" in value and ("containerDefinitions" in value or "requiresCompatibilities" in value)


_CONTAINER_KEYS = frozenset(
    (
        "essential",
        "portMappings",
        "logConfiguration",
        "memoryReservation",
        "mountPoints",
        "environment",
        "secrets",
        "dependsOn",
    )
)


def _is_container_list(value: list[Any]) -> bool:
    return bool(value) and all(
        isinstance(item, dict)
        and "name" in item
        and "image" in item
        and not _CONTAINER_KEYS.isdisjoint(item)
        and not isinstance(item.get("environment"), dict)
        for item in value
    )
