"""The Terraform files of a folder, each read once; nothing outside the repository is opened."""

from __future__ import annotations

import os
from collections.abc import Hashable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from taskfit.paths import is_inside
from taskfit.record import Mutable, NamedTuple, field, replace
from taskfit.sources.beside import MAX_FILES, Stamp, folders_in, names_in, stamp_in, stamp_of, text_of
from taskfit.sources.terraform import overrides, parsing
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.module import Given, unknown
from taskfit.sources.terraform.overrides import is_override
from taskfit.sources.terraform.service_blocks import KINDS, ServiceBlocks
from taskfit.sources.terraform.syntax import Attribute, Block
from taskfit.syntax.text import SourceText
from taskfit.syntax.unreadable import UnreadableError

SUFFIXES = (".tf", ".tofu", ".tf.json", ".tofu.json")
VARIABLE_SUFFIXES = (".tfvars", ".tfvars.json")

MAX_VARIABLE_FILES = 8
"""The maximum number of variables files of which a deployment chooses one."""


class Parsed(NamedTuple):
    """A file with its blocks, as far as it can be read."""

    file: HclFile
    blocks: list[Block]
    error: UnreadableError | None


class Folder(Mutable):
    """What the files of a folder declare."""

    path: str
    """The folder's path with links resolved; empty for a text without a file."""
    files: dict[str, Parsed]
    """The files by name."""
    unread: frozenset[str] = frozenset()
    """The names of the files that were not read: too large, not UTF-8, or too many."""
    variables: dict[str, tuple[HclFile, Block]] = field(default_factory=dict)
    locals: dict[str, Attribute] = field(default_factory=dict)
    data: dict[str, Block] = field(default_factory=dict)
    resources: dict[str, Block] = field(default_factory=dict)
    modules: dict[str, Block] = field(default_factory=dict)
    outputs: dict[str, Attribute] = field(default_factory=dict)
    services: ServiceBlocks = field(default_factory=ServiceBlocks)
    provider: Block | None = None
    """The default configuration of the AWS provider."""
    blocks: list[tuple[HclFile, Block]] = field(default_factory=list)
    is_whole: bool = True
    """Whether all its files could be read whole."""
    has_overrides: bool = False
    """Whether there are override files."""
    versions: Mapping[int, Block | None] = field(default_factory=dict)
    """Blocks after the override files, by the identity of the original; `None` for a block merged into another one."""

    def version(self, block: Block) -> Block | None:
        """A block of a file after the override files; `None` if it was merged into another one."""
        return self.versions.get(id(block), block)

    def is_read(self, name: str) -> bool:
        """Whether a file of the folder, if it has one of that name, could be read whole."""
        found = self.files.get(name)
        return name not in self.unread and (found is None or found.error is None)

    def add(self, file: HclFile, block: Block) -> None:
        """Add a block of a file; of two with the same name, the first one wins."""
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

    def with_file(self, name: str, added: Parsed) -> Folder:
        """The folder with one more file, without processing its other files again."""
        more = replace(
            self,
            files={name: added, **self.files},
            is_whole=self.is_whole and added.error is None,
            variables={**self.variables},
            locals={**self.locals},
            data={**self.data},
            resources={**self.resources},
            modules={**self.modules},
            outputs={**self.outputs},
            services=self.services.copy(),
            blocks=[*self.blocks],
        )
        for block in added.blocks:
            more.add(added.file, block)
        return more


def of_files(path: str, files: dict[str, Parsed], unread: Iterable[str] = ()) -> Folder:
    """A folder of some files, with the override files merged into the others."""
    folder = Folder(path, files, frozenset(unread))
    later = {name: parsed for name, parsed in sorted(files.items()) if is_override(name)}
    # Terraform reads no `.tofu` file, and OpenTofu accepts no name twice: what a `.tf` file says comes first.
    ordered = sorted(files.items(), key=lambda each: each[0].endswith((".tofu", ".tofu.json")))
    others = [(parsed.file, block) for name, parsed in ordered if name not in later for block in parsed.blocks]
    overriding = [(parsed.file, block) for parsed in later.values() for block in parsed.blocks]
    unread = {name for name in (*files, *folder.unread) if not folder.is_read(name)}
    folder.is_whole = not unread
    folder.has_overrides = bool(later) or any(map(is_override, unread))
    blocks, folder.versions = overrides.merged(others, overriding, unread) if folder.has_overrides else (others, {})
    for file, block in blocks:
        folder.add(file, block)
    return folder


def folder_at(path: str, top: str) -> Folder | None:
    """The folder at a path."""
    if not is_inside(path, top):
        return None
    names = sorted(names_in(path, SUFFIXES), key=lambda name: (not is_override(name), name))
    stamps = {name: stamp_in(path, name, top) for name in names[:MAX_FILES]} | dict.fromkeys(names[MAX_FILES:])
    return _last_of(path).with_stamps(stamps)


class _LastRead:
    """A folder as last read: files that have not changed since are not read again."""

    def __init__(self, path: str) -> None:
        self.folder = Folder(path, {})
        self.stamps: dict[str, Stamp | None] = {}
        self.parsed: dict[str, Parsed | None] = {}

    def with_stamps(self, stamps: dict[str, Stamp | None]) -> Folder:
        """The folder with some files; those without a stamp can't be read."""
        if stamps != self.stamps:
            self.parsed = {
                name: self.parsed[name] if self.stamps.get(name) == stamp else _parsed(name, stamp)
                for name, stamp in stamps.items()
                if stamp is not None
            }
            self.stamps = stamps
            read = {name: each for name, each in self.parsed.items() if each}
            self.folder = of_files(self.folder.path, read, stamps.keys() - read.keys())
        return self.folder


@lru_cache(64)
def _last_of(path: str) -> _LastRead:
    return _LastRead(path)


def with_text(folder: Folder, own: HclFile) -> Folder:
    """A folder with the text of one of its files, which may differ from the one on the disk."""
    there = folder.files.get(own.name)
    if there is not None and there.file.source.text == own.source.text:
        return folder
    if there is None and not (folder.has_overrides or is_override(own.name)):
        return folder.with_file(own.name, parsed(own))
    others = {name: each for name, each in folder.files.items() if name != own.name}
    return of_files(folder.path, {own.name: parsed(own), **others}, folder.unread - {own.name})


def parsed(file: HclFile) -> Parsed:
    """A file's blocks."""
    return Parsed(file, *parsing.parse(file))


def variable_files(
    folder: Folder, top: str, kept: dict[Hashable, Any]
) -> tuple[dict[str, Given], list[dict[str, Given]]]:
    """The variables that Terraform loads automatically, and those of the files of which a deployment chooses one.

    The paths are searched once and cached in `kept`.
    """
    if not folder.path:
        return {}, []
    if ("variable files", folder.path, top) not in kept:
        kept["variable files", folder.path, top] = _variable_paths(folder.path, top, kept)
    loaded, chosen = kept["variable files", folder.path, top]
    given = unknown(folder.variables) if len(loaded) > MAX_FILES else {}
    for path in loaded if not given else ():
        values, is_whole = given_by(path, top)
        given |= values if is_whole else unknown(folder.variables)
    choices = []
    for path in chosen[: MAX_VARIABLE_FILES * 2]:
        values, is_whole = given_by(path, top)
        is_beside = os.path.dirname(path) == folder.path
        # A variables file in another folder belongs to this one if it sets its variables.
        if is_beside or (values and sum(name in folder.variables for name in values) * 2 > len(values)):
            choices.append({**given, **(values if is_whole else unknown(folder.variables))})
    return given, choices[:MAX_VARIABLE_FILES]


def _variable_paths(folder: str, top: str, kept: dict[Hashable, Any]) -> tuple[list[str], list[str]]:
    """The variables files that Terraform loads automatically, and those of which a deployment may choose one."""
    names = names_in(folder, VARIABLE_SUFFIXES)
    loaded = [name for name in names if name in ("terraform.tfvars", "terraform.tfvars.json")]
    loaded += [name for name in names if name.endswith((".auto.tfvars", ".auto.tfvars.json"))]
    others = [f"{folder}/{name}" for name in names if name not in loaded]
    return [f"{folder}/{name}" for name in loaded], [*others, *_below(folder), *_above(folder, top, kept)]


def _below(folder: str) -> Iterator[str]:
    """The variables files in folders without Terraform files, one or two levels below: `env/prod.tfvars`."""
    for inner in folders_in(folder)[:50]:
        if names_in(inner, SUFFIXES):
            continue
        yield from (f"{inner}/{name}" for name in names_in(inner, VARIABLE_SUFFIXES))
        for deeper in folders_in(inner)[:20]:
            if not names_in(deeper, SUFFIXES):
                yield from (f"{deeper}/{name}" for name in names_in(deeper, VARIABLE_SUFFIXES))


def _above(folder: str, top: str, kept: dict[Hashable, Any]) -> tuple[str, ...]:
    """The variables files that several root modules share: in the parent folder and in sibling folders."""
    above = os.path.dirname(folder)
    if folder == top or not is_inside(above, top):
        return ()
    if ("shared in", above) not in kept:
        kept["shared in", above] = tuple(_shared_in(above))
    found: tuple[str, ...] = kept["shared in", above]
    return found


def _shared_in(above: str) -> Iterator[str]:
    for folder in (above, *folders_in(above)[:50]):
        if not names_in(folder, SUFFIXES):
            yield from (f"{folder}/{name}" for name in names_in(folder, VARIABLE_SUFFIXES))


def given_by(path: str, top: str) -> tuple[dict[str, Given], bool]:
    """The values that a variables file sets, as far as it can be read, and whether that is all of it."""
    stamp = stamp_of(path, top)
    return _given(stamp) if stamp else ({}, False)


@lru_cache(1024)
def _given(stamp: Stamp) -> tuple[dict[str, Given], bool]:
    text = text_of(stamp)
    if text is None:
        return {}, False
    found, error = parsing.attributes(HclFile(os.path.basename(stamp.path), SourceText(text), path=stamp.path))
    return {name: Given(item.value, "") for name, item in found.items()}, error is None


def _parsed(name: str, stamp: Stamp) -> Parsed | None:
    text = text_of(stamp)
    return None if text is None else parsed(HclFile(name, SourceText(text), path=stamp.path))
