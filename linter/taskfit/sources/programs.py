"""Notes on programs and pipelines that create task definitions, which taskfit recognises but does not read."""

from __future__ import annotations

import os
import re
from pathlib import Path

from taskfit.paths import is_inside, repository_root
from taskfit.record import NamedTuple
from taskfit.sources.document import Document, Input, note

MAX_BYTES = 512 * 1024
"""The maximum number of bytes of a program that is searched; handwritten programs are shorter."""

_ADVICE = "Check what is registered: `aws ecs describe-task-definition --task-definition NAME`."


class Kind(NamedTuple):
    """One way in which programs create task definitions."""

    makes: str
    """How it creates a definition, as a clause."""
    sign: bytes
    """A pattern that every such file matches."""
    call: bytes
    """A pattern of the call that creates a definition; its group is the place of the note."""
    advice: str = _ADVICE
    takes_files: bool = False
    """Whether it may register a file of the repository unchanged or filled in, which a walk checks."""


_KINDS = (
    Kind(
        "This program makes a task definition with the AWS CDK",
        rb"aws-cdk-lib|@aws-cdk/|aws_cdk|awscdk|Amazon\.CDK",
        (
            rb"\b(\w*TaskDefinition|(?:Application|Network)(?:LoadBalanced|MultipleTargetGroups)\w+Service"
            rb"|QueueProcessing\w+Service|Scheduled(?:Fargate|Ec2)Task)(?:\(|\.Builder)"
        ),
        "Check what `cdk synth` writes: `taskfit check cdk.out`.",
    ),
    Kind(
        "This program makes a task definition with Pulumi",
        rb"@pulumi/|pulumi_aws|pulumi-aws|Pulumi\.Aws|com\.pulumi",
        rb"\b(\w*TaskDefinition|\w*FargateService|\w*EC2Service)\(",
        "Check what it plans: `pulumi preview --json > preview.json`, then `taskfit check preview.json`.",
    ),
    Kind(
        "This program makes a task definition with troposphere",
        rb"\btroposphere\b",
        rb"\b(TaskDefinition)\(",
        "Check the template that it prints.",
    ),
    Kind(
        "This program registers a task definition through the API",
        rb"[cC]ontainer_?[dD]efinitions",
        (
            rb"\b(register_task_definition|registerTaskDefinition|RegisterTaskDefinition"
            rb"(?:Command|Request|Input|Async|WithContext)?)\s*[({]"
        ),
    ),
    Kind(
        "This script registers a task definition with the AWS CLI",
        rb"--container-definitions|--cli-input-json|--cli-input-yaml",
        rb"ecs\s+(register-task-definition)\b",
        takes_files=True,
    ),
    Kind(
        "This workflow deploys a task definition from a file that is not found in the repository",
        rb"task-definition\s*:",
        rb"uses:\s*['\"]?(aws-actions/amazon-ecs-(?:render|deploy)-task-definition)",
        takes_files=True,
    ),
)
_MARKS = (b"askDefinition", b"ask_definition", b"ask-definition", b"Fargate")
_PROGRAMS = frozenset(
    (
        *(".ts", ".tsx", ".mts", ".js", ".mjs", ".cjs", ".py", ".go", ".java", ".kt", ".kts", ".scala", ".cs", ".fs"),
        *(".rb", ".php", ".rs", ".sh", ".bash", ".zsh", ".ps1", ".groovy"),
    )
)
_THIRD_PARTY = frozenset(("vendor", "third_party", "site-packages"))
"""Folders of third-party libraries, such as the SDK itself."""
_PIPELINES = (".yml", ".yaml")
_NAMES = frozenset(("Makefile", "Jenkinsfile", "justfile", "Rakefile"))
_REGISTERED = frozenset((".json", ".yaml", ".yml"))
"""Suffixes of files that are registered unchanged; a walk opens them."""
_NAMED_FILE = rb"file://(?:\$\{?\w+\}?/)?([\w./-]+)"
"""A file argument; a variable before the path is taken for the folder of the script, or one above."""
_SETTING = rb"(?m)^[ \t]*([\w-]+)[ \t]*:[ \t]*['\"]?([\w./-]+)"
_WORD = rb"(?:\$\{?\w+\}?/)?([\w./-]+)"
"""What may name a file, after a variable like that of `_NAMED_FILE`."""
_WRITTEN = rb">\s*+['\"]?" + _WORD
"""A file that a command writes."""
_MESSAGE = rb"\b(?:echo|printf)\b(?>(?:[^\n;|&`$]++|\$(?!\())*)"
"""What a command prints, up to a command in it or after it: a file that is named there is not read."""
_OF_A_DEFINITION = rb"(?i)task[-_]?def"
_COMMENT = rb"(?m)^[ \t]*(?:#|//|\*[ \t/]).*$"
"""A line that is only a comment, such as a step of a workflow that is switched off."""


def is_program(name: str) -> bool:
    """Whether a file is a program, judged by its name."""
    return os.path.splitext(name)[1].lower() in _PROGRAMS or name in _NAMES


def may_make_definition(name: str) -> bool:
    """Whether a file is a program or a pipeline, judged by its name."""
    return is_program(name) or name.lower().endswith(_PIPELINES)


def makes_definition(content: bytes, path: Path | None) -> bool:
    """Whether a file is a program or pipeline that creates a task definition itself."""
    if path is None or not may_make_definition(path.name):
        return False
    marks = _MARKS if is_program(path.name) else (b"task-definition",)
    return any(mark in content for mark in marks) and _found(content, path) is not None


def file_makes_definition(path: Path) -> bool:
    """Whether a file on the disk creates a task definition; false for unreadable, third-party and oversized files."""
    if not _THIRD_PARTY.isdisjoint(path.parts):
        return False
    try:
        return path.stat().st_size <= MAX_BYTES and makes_definition(path.read_bytes(), path)
    except OSError:
        return False


def read(given: Input) -> Document | None:
    """A note that the file is not read."""
    content = given.source.text.encode("utf-8", "replace")
    found = _found(content, given.path)
    if found is None:
        return None
    kind, call = found
    start, end = (len(content[:offset].decode("utf-8")) for offset in call.span(1))
    return note(given.source, f"{kind.makes}; taskfit can't read it.", kind.advice, start, end)


def _found(content: bytes, path: Path | None) -> tuple[Kind, re.Match[bytes]] | None:
    """The kind of a program, and the first call that creates a definition."""
    content = re.sub(_COMMENT, lambda comment: b" " * len(comment[0]), content)
    for kind in _KINDS:
        if re.search(kind.sign, content) and (call := re.search(kind.call, content)):
            is_read = kind.takes_files and path is not None and _registers_files(content, path)
            return None if is_read else (kind, call)
    return None


def _registers_files(content: bytes, path: Path) -> bool:
    """Whether the registered definitions are files of the repository, or made from one; a walk opens and checks those."""
    names = {os.fsdecode(name) for name in re.findall(_NAMED_FILE, content)}
    for key, value in re.findall(_SETTING, content):
        name = os.fsdecode(value)
        if _is_registered(name) and re.search(_OF_A_DEFINITION, key):
            names.add(name)
    folders = _folders(path)

    def exists(name: str) -> bool:
        places = (os.path.join(folder, name) for folder in folders) if _is_registered(name) else ()
        return any(os.path.isfile(place) and is_inside(os.path.realpath(place), folders[-1]) for place in places)

    written = {os.fsdecode(name) for name in re.findall(_WRITTEN, content)}
    if names - written and all(map(exists, names - written)):
        return True
    if b"--container-definitions" in content:
        return False  # the command itself gives the rest of the definition
    # A file of the program's own making, such as a copy with another image, is made from one that it reads.
    words = {os.fsdecode(word).lstrip("/") for word in re.findall(_WORD, re.sub(_MESSAGE, b"", content))}
    return any("task" in word.lower() and exists(word) for word in words - names - written)


def _folders(path: Path) -> list[str]:
    """The folders that paths in a program may start at: its own and those above, up to the top of the repository."""
    folder = Path(os.path.realpath(path.parent))
    folders, top = [folder, *folder.parents][:9], repository_root(folder)
    return [os.fspath(each) for each in folders if top is None or each.is_relative_to(top)]


def _is_registered(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in _REGISTERED
