"""The table of input formats: the signs by which each is recognised, and the module that reads it.

A module of a format has a function `read`, which takes an `Input` and returns a `Document`, or `None` if
the file turns out to have another format. It is imported only for files with the signs of its format.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache, lru_cache
from importlib import import_module
from pathlib import Path

from taskfit.record import NamedTuple
from taskfit.sources.document import Document, Input
from taskfit.sources.programs import makes_definition, may_make_definition

Sign = Callable[[bytes, Path | None], bool]


class Format(NamedTuple):
    """A format that task definitions are written in."""

    name: str
    module: str
    sign: Sign
    """Whether a file can be of this format and contain a task definition: a search in its bytes, before parsing."""
    suffixes: tuple[str, ...] = ()
    """Suffixes of files that a walk opens in addition to those of other formats."""
    may_be_called: Callable[[str], bool] = lambda _: True
    """Whether a file of this name can be of this format, whatever its stem; asked before its bytes are searched."""

    def read(self, given: Input) -> Document | None:
        """Read a file; `None` if it has another format.

        Raises `UnreadableError` with the offset of the first error.
        """
        return _reader(self.module)(given)


@cache
def _reader(module: str) -> Callable[[Input], Document | None]:
    """The function that reads a format."""
    read: Callable[[Input], Document | None] = import_module(module).read
    return read


_DEFINITION_MARKS = (
    *(b"ontainerDefinitions", b"AWS::ECS::TaskDefinition", b"aws_ecs_task_definition"),
    *(b"ecs_taskdefinition", b"ecs/taskDefinition:TaskDefinition"),
)
_HEAD_MARKS = (b"family", b"requiresCompatibilities")
_LIST_MARKS = (b'"image"', b'"name"')
_PULUMI_MARKS = (b"ecs/taskDefinition:TaskDefinition", b"aws-native:ecs:TaskDefinition")
OTHER_HOMES = (
    *(b"AWS::Batch::JobDefinition", b"aws_batch_job_definition", b":states:::ecs:runTask"),
    *(b"AWS::ECS::ExpressGatewayService", b"aws_ecs_express_gateway_service"),
)
"""Signs of other places where AWS sizes tasks."""
_TERRAFORM_FILES = (".tf", ".tofu", ".tf.json", ".tofu.json")
_TERRAFORM_OUTPUT_MARKS = (b'"planned_values"', b'"root_module"', b'"terraform_version"')
_COPILOT = rb"""(?m)^type:[ \t]*['"]?(?:(?:Load Balanced Web|Backend|Worker) Service|Scheduled Job)\b"""
_TERRAFORM = rb"""(?m)^[ \t]*resource\s+"?aws_ecs_task_definition\b"""
_COMPOSE = rb"(?m)^[ \t]*x-aws-[a-z_]+[ \t]*:"
_COMPOSE_SERVICES = rb"(?m)^services[ \t]*:"
_ECS_PARAMS = rb"(?m)^task_definition[ \t]*:[ \t\r]*$"
_ECS_PARAMETER = rb"(?m)^[ \t]+(?:ecs_network_mode|task_execution_role|task_size|cpu_shares|mem_limit)[ \t]*:"
_ESCAPE = rb"\\(?:u00|x|U000000)([2-7][0-9a-fA-F])|\\\r?\n[ \t]*"
_LIST = rb"(?:\xef\xbb\xbf)?(?>(?:\s++|//[^\r\n]*+|#[^\r\n]*+|/\*.*?\*/)*)\["
"""The beginning of a list in JSON or in a template of JSON, after comments."""


def has(content: bytes, mark: bytes) -> bool:
    """Whether bytes contain a mark. `in` tries the mark as a number first, and the exception takes longer than the search."""
    return content.find(mark) >= 0


def has_any(content: bytes, marks: Iterable[bytes]) -> bool:
    """Whether bytes contain one of the marks."""
    return any(place >= 0 for place in map(content.find, marks))


def has_all(content: bytes, marks: Iterable[bytes]) -> bool:
    """Whether bytes contain all of the marks."""
    return all(place >= 0 for place in map(content.find, marks))


def _unescaped(content: bytes) -> bytes:
    """The bytes with needless escapes of JSON, YAML and HCL decoded, so that they can't hide a sign."""
    if not has(content, b"\\"):
        return content
    return re.sub(_ESCAPE, lambda match: bytes([int(match[1], 16)]) if match[1] else b"", content)


def _marked(content: bytes) -> bool:
    return has_any(content, _DEFINITION_MARKS)


def is_marked(text: str) -> bool:
    """Whether a text has the signs of a definition in the shape of the API."""
    return _is_plain(_unescaped(text.encode("utf-8", "replace")), None)


def _is_of_terraform(name: str) -> bool:
    return name.endswith(_TERRAFORM_FILES)


def _is_of_jsonnet(name: str) -> bool:
    return name.endswith((".jsonnet", ".libsonnet"))


def _is_terraform(content: bytes, path: Path | None) -> bool:
    """By the name, or by the content if there is no path; a called module may create a definition, too."""
    if path is not None:
        return _is_of_terraform(path.name) and (_marked(content) or has(content, b"module"))
    return has(content, b"aws_ecs_task_definition") and re.search(_TERRAFORM, content) is not None


def _is_terraform_template(content: bytes, _path: Path | None) -> bool:
    """Containers as `templatefile` or `file` reads them: JSON, or an expression that encodes JSON."""
    opens = has(content, b"%") and has(content, b"%{")
    return (opens or _is_list(content) or has(content, b"jsonencode(")) and b"image" in content.lower()


def _is_terraform_output(content: bytes, _path: Path | None) -> bool:
    return has(content, b'"aws_ecs_task_definition"') and has_any(content, _TERRAFORM_OUTPUT_MARKS)


def _is_template(content: bytes, _path: Path | None) -> bool:
    return has(content, b"AWS::ECS::TaskDefinition")


def _is_pulumi(content: bytes, _path: Path | None) -> bool:
    return has(content, b":TaskDefinition") and has_any(content, _PULUMI_MARKS)


def _is_jsonnet(content: bytes, path: Path | None) -> bool:
    """By its own content, or as a program with imports, which its reader searches."""
    if path is None or not _is_of_jsonnet(path.name):
        return False
    return _is_plain(content, path) or (path.suffix == ".jsonnet" and has(content, b"import"))


def _is_copilot(content: bytes, _path: Path | None) -> bool:
    return not _is_json(content) and has(content, b"type:") and re.search(_COPILOT, content) is not None


def _is_compose(content: bytes, _path: Path | None) -> bool:
    """By a key of Docker's integration with ECS, or by the parameters of the Amazon ECS CLI."""
    if _is_json(content):
        return False
    if has(content, b"x-aws-") and re.search(_COMPOSE, content):
        return re.search(_COMPOSE_SERVICES, content) is not None
    has_parameters = has(content, b"task_definition") and re.search(_ECS_PARAMS, content)
    return bool(has_parameters and re.search(_ECS_PARAMETER, content))


def _is_plain(content: bytes, path: Path | None) -> bool:
    if _marked(content) or has_all(content, _HEAD_MARKS):
        return True
    if path is not None and path.suffix.lower() not in SUFFIXES and has(content, b"TaskDefinition("):
        return True  # a program of the CDK or Pulumi
    return has_all(content, _LIST_MARKS) and _is_list(content)


def _is_json(content: bytes) -> bool:
    """Whether a text begins with an object in braces, so that no key in it begins a line without quotes."""
    return content.startswith(b"{")


def _is_list(content: bytes) -> bool:
    return not content.startswith(b"{") and re.match(_LIST, content, re.DOTALL) is not None


FORMATS = (
    Format("Program", "taskfit.sources.programs", makes_definition, (), may_make_definition),
    Format("Terraform", "taskfit.sources.terraform.reader", _is_terraform, (".tf", ".tofu"), _is_of_terraform),
    Format("Terraform plan or state", "taskfit.sources.terraform.plan", _is_terraform_output, (".tfstate",)),
    Format("CloudFormation", "taskfit.sources.cloudformation.reader", _is_template, (".template",)),
    Format("Pulumi", "taskfit.sources.pulumi", _is_pulumi),
    Format("Jsonnet", "taskfit.sources.jsonnet", _is_jsonnet, (".jsonnet", ".libsonnet"), _is_of_jsonnet),
    Format("Copilot", "taskfit.sources.copilot.reader", _is_copilot),
    Format("Docker Compose", "taskfit.sources.compose", _is_compose),
    Format("Terraform template", "taskfit.sources.terraform.template_file", _is_terraform_template),
    Format("JSON or YAML", "taskfit.sources.plain", _is_plain, (".json", ".jsonc", ".json5", ".yaml", ".yml")),
)
"""The formats in the order in which they are tried; the first that returns a document reads the file."""

_TEMPLATES = (".tpl", ".tmpl", ".tftpl", ".j2", ".jinja", ".jinja2")
SUFFIXES = frozenset((*_TEMPLATES, *(suffix for each in FORMATS for suffix in each.suffixes)))
"""Suffixes of the files that a walk opens; a file that is named explicitly is always opened."""


def formats_of(content: bytes, path: Path | None) -> Iterator[Format]:
    """The formats that a file with a task definition may have."""
    content = _unescaped(content)
    formats = FORMATS if path is None else formats_called(_without_stem(path.name))
    return (each for each in formats if each.sign(content, path))


def _without_stem(name: str) -> str:
    """The name of a file, with the same stem for all that have an ending."""
    _, point, ending = name.partition(".")
    return f"x.{ending}" if point else name


@lru_cache(256)
def formats_called(name: str) -> tuple[Format, ...]:
    """The formats that a file of a name may have; cached, as files have few endings."""
    return tuple(each for each in FORMATS if each.may_be_called(name))


def may_have_definition(content: bytes, path: Path | None = None) -> bool:
    """Whether a file can contain a task definition, judged by its bytes."""
    return next(formats_of(content, path), None) is not None
