"""The Terraform files of a folder, read once; nothing outside the repository is opened."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from taskfit.paths import repository_root
from taskfit.sources.checked import Checked
from taskfit.sources.files import SKIPPED_FOLDERS
from taskfit.sources.terraform import syntax
from taskfit.sources.terraform.module import Given, TextFile
from taskfit.sources.terraform.service_blocks import KINDS, ServiceBlocks
from taskfit.sources.terraform.syntax import Attribute, Block, HclFile
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import UnreadableError

SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
VARIABLE_SUFFIXES = (".tfvars", ".tfvars.json")

MAX_FILES = 200
"""Files of one folder that are looked into."""
MAX_BYTES = 1024 * 1024
"""What is read of a file that an expression names."""
MAX_VARIABLE_FILES = 8
"""Files of variables of which a deployment chooses one."""


@dataclass(frozen=True, eq=False)
class Parsed:
    """A file with its blocks, as far as it can be read."""

    file: HclFile
    blocks: list[Block]
    error: UnreadableError | None


@dataclass(eq=False)
class Folder:
    """What the files of a folder declare."""

    path: str
    """Free of links; empty for a text that lies nowhere."""
    files: dict[str, Parsed]
    """By name."""
    variables: dict[str, tuple[HclFile, Block]] = field(default_factory=dict)
    locals: dict[str, Attribute] = field(default_factory=dict)
    data: dict[str, Block] = field(default_factory=dict)
    resources: dict[str, Block] = field(default_factory=dict)
    modules: dict[str, Block] = field(default_factory=dict)
    outputs: dict[str, Attribute] = field(default_factory=dict)
    services: ServiceBlocks = field(default_factory=ServiceBlocks)
    provider: Block | None = None
    """The configuration of AWS's provider that counts where none is named."""
    blocks: list[tuple[HclFile, Block]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for parsed in self.files.values():
            for block in parsed.blocks:
                self._collect(parsed.file, block)

    def _collect(self, file: HclFile, block: Block) -> None:
        match block.type, block.labels:
            case "locals", _:
                for name, attribute in block.attributes.items():
                    self.locals.setdefault(name, attribute)
            case "variable", (name,):
                self.variables.setdefault(name, (file, block))
            case "output", (name,) if "value" in block.attributes:
                self.outputs.setdefault(name, block.attributes["value"])
            case "provider", ("aws",) if "alias" not in block.attributes:
                self.provider = block
            case "data", (kind, name):
                self.data.setdefault(f"{kind}.{name}", block)
            case "resource", (kind, name):
                self.resources.setdefault(f"{kind}.{name}", block)
                self.blocks.append((file, block))
                if kind in KINDS:
                    self.services.add(file, block)
            case "module", (name,):
                self.modules.setdefault(name, block)
                self.blocks.append((file, block))


def top_of(folder: str, checked: Checked) -> str:
    """The folder outside of which nothing is read: the repository's; where there is none, that of all that is checked."""
    root = _repository(folder)
    if root is None and checked.top is not None and is_inside(folder, checked.top):
        return checked.top
    return root or folder


@lru_cache(4096)
def _repository(folder: str) -> str | None:
    root = repository_root(Path(folder))
    return None if root is None else os.path.realpath(root)


def is_inside(path: str, top: str) -> bool:
    """Whether a path free of links lies in a folder or below it."""
    return path == top or path.startswith(top.rstrip(os.sep) + os.sep)


def text_at(path: str, top: str) -> TextFile | None:
    """A file that may be read."""
    found = _readable(path, top)
    text = _text(*found) if found else None
    return None if found is None or text is None else TextFile(os.path.basename(path), text, found[0])


def folder_at(path: str, top: str, own: HclFile | None = None) -> Folder | None:
    """The folder at a path, `own` being the text of one of its files that may not be the one on the disk."""
    if not is_inside(path, top):
        return None
    stamps = [(name, *found) for name in names_in(path, SUFFIXES) if (found := _readable(f"{path}/{name}", top))]
    folder = _folder(path, tuple(stamps[:MAX_FILES]))
    if own is None:
        return folder
    there = folder.files.get(own.name)
    if there is not None and there.file.source.text == own.source.text:
        return folder
    return Folder(
        path, {own.name: parsed(own), **{name: each for name, each in folder.files.items() if name != own.name}}
    )


def parsed(file: HclFile) -> Parsed:
    """A file's blocks."""
    return Parsed(file, *syntax.parse(file))


def names_in(folder: str, suffixes: tuple[str, ...]) -> list[str]:
    """The names of a folder's files with some endings, in order."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if entry.name.endswith(suffixes))
    except OSError:
        return []


def folders_in(folder: str) -> list[str]:
    """The folders in a folder, in order, without those that no walk goes into."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.path
                for entry in entries
                if entry.is_dir(follow_symlinks=False)
                and entry.name not in SKIPPED_FOLDERS
                and not entry.name.startswith(".")
            )
    except OSError:
        return []


def variable_files(folder: Folder, top: str) -> tuple[dict[str, Given], list[dict[str, Given]]]:
    """The variables that Terraform loads by itself, and those of the files of which a deployment chooses one."""
    names = names_in(folder.path, VARIABLE_SUFFIXES) if folder.path else []
    loaded = [name for name in names if name in ("terraform.tfvars", "terraform.tfvars.json")]
    loaded += [name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    given: dict[str, Given] = {}
    for name in loaded:
        given |= given_by(f"{folder.path}/{name}", top)
    chosen = [f"{folder.path}/{name}" for name in names if name not in loaded]
    chosen += [path for path in _below(folder.path) if folder.path] if folder.path else []
    choices = []
    for path in chosen[: MAX_VARIABLE_FILES * 2]:
        values = given_by(path, top)
        is_beside = os.path.dirname(path) == folder.path
        # A file of variables elsewhere is this folder's if it speaks of its variables.
        if is_beside or (values and sum(name in folder.variables for name in values) * 2 > len(values)):
            choices.append({**given, **values})
    return given, choices[:MAX_VARIABLE_FILES]


def _below(folder: str) -> Iterator[str]:
    """The files of variables in folders without Terraform, one or two levels below: `env/prod.tfvars`."""
    for inner in folders_in(folder)[:50]:
        if names_in(inner, SUFFIXES):
            continue
        yield from (f"{inner}/{name}" for name in names_in(inner, VARIABLE_SUFFIXES))
        for deeper in folders_in(inner)[:20]:
            if not names_in(deeper, SUFFIXES):
                yield from (f"{deeper}/{name}" for name in names_in(deeper, VARIABLE_SUFFIXES))


def given_by(path: str, top: str) -> dict[str, Given]:
    """What a file of variables gives them."""
    found = _readable(path, top)
    return dict(_given(*found)) if found else {}


@lru_cache(1024)
def _given(path: str, modified: int, size: int) -> dict[str, Given]:
    text = _text(path, modified, size)
    if text is None:
        return {}
    file = HclFile(os.path.basename(path), SourceText(text), path=path)
    return {name: Given(item.value, "") for name, item in syntax.attributes(file).items()}


def _readable(path: str, top: str) -> tuple[str, int, int] | None:
    """Path, time of change (ns) and size of a file inside a folder, if it is one to read."""
    if "\0" in path:
        return None
    real = os.path.realpath(path)
    if not is_inside(real, top):
        return None
    try:
        status = os.stat(real)
    except OSError:
        return None
    is_readable = stat.S_ISREG(status.st_mode) and status.st_size <= MAX_BYTES
    return (real, status.st_mtime_ns, status.st_size) if is_readable else None


@lru_cache(512)
def _text(path: str, _modified: int, _size: int) -> str | None:
    try:
        return Path(path).read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None


@lru_cache(4096)
def _parsed(name: str, path: str, modified: int, size: int) -> Parsed | None:
    text = _text(path, modified, size)
    return None if text is None else parsed(HclFile(name, SourceText(text), path=path))


@lru_cache(1024)
def _folder(path: str, stamps: tuple[tuple[str, str, int, int], ...]) -> Folder:
    found = ((stamp[0], _parsed(*stamp)) for stamp in stamps)
    return Folder(path, {name: each for name, each in found if each is not None})
