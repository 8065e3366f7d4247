"""Modules: the folders that `module` blocks call, and the calls that lead to a folder."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Hashable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from taskfit.paths import is_inside
from taskfit.record import Mutable, NamedTuple, field
from taskfit.sources.beside import folders_in, names_in, real_path, stamp_of, text_at, text_in, text_of
from taskfit.sources.terraform import community_modules, terragrunt
from taskfit.sources.terraform.folder import SUFFIXES, Folder, folder_at, with_text
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.module import Given, Module, TextFile
from taskfit.sources.terraform.resource import TASK_DEFINITION
from taskfit.sources.terraform.syntax import Block, Json

MAX_FOLDERS = 5_000
"""The maximum number of folders of a repository that are searched for calls."""
MAX_CHAINS = 50
"""The maximum number of call chains from the root modules of a repository to one folder."""
MAX_CALLS = 10
"""The maximum number of calls in one chain."""

_LOCAL_SOURCE = re.compile(r"""(?:^|\{)[ \t]*"?source"?\s*[=:]\s*"(\.{1,2}/[^"$]*|\.{1,2})\"""", re.MULTILINE)
_OF_ECS = re.compile(r"\b(?:ecs|fargate)\b|ecs-|-ecs|fargate", re.IGNORECASE)
_SIZE = re.compile(r"(?>(?:.*_)?(?:cpu|memory)(?:_|$))(?!.*(?:utilization|threshold|alarm|scal|target))")
"""Arguments for the size of a service; only what follows the last mention of it may say that it is another's."""
_AUXILIARY = re.compile(r"auto-?scaling|alarms?\b")
"""Words in the sources of modules for resources other than the service itself."""
_LITERAL = re.compile(r'"([^"$%\\]*)"')


def source_of(block: Block) -> str:
    """The source of a module, as written."""
    source = block.attributes.get("source")
    if source is None:
        return ""
    if isinstance(source.value, Json):
        return str(source.value.node.value)
    literal = _LITERAL.fullmatch(source.value.written.strip())
    return literal[1] if literal else ""


def is_definition(block: Block) -> bool:
    """Whether a block itself creates a task definition."""
    if block.type == "resource":
        return block.labels[0] == TASK_DEFINITION
    return block.type == "module" and any(name in block.attributes for name in community_modules.CONTAINER_ARGUMENTS)


def is_unread_service(block: Block) -> bool:
    """Whether a block calls an external module that, judged by its source and arguments, creates a task definition."""
    source = source_of(block)
    is_elsewhere = bool(source) and not source.startswith(".") and not community_modules.makes_containers(source)
    is_service = _OF_ECS.search(source) is not None and _AUXILIARY.search(source) is None
    return is_elsewhere and is_service and any(map(_SIZE.match, block.attributes))


class Step(NamedTuple):
    """One call in the chain from a root module to a folder."""

    folder: str
    """The folder of the caller."""
    file: str
    """The path of the caller's file."""
    name: str


class Chain(NamedTuple):
    """A chain of calls to a folder: the root module, and the calls that follow."""

    root: str
    steps: tuple[Step, ...] = ()
    is_known: bool = True
    """Whether nothing else calls its root; a file with a syntax error may."""


class Repository(Mutable):
    """The Terraform files of one repository, for reading one of them."""

    top: str
    own: HclFile | None = None
    """The text of the file that is read, which may differ from the one on the disk."""
    reads: set[str] = field(default_factory=set)
    """The files that expressions have read."""
    kept: dict[Hashable, Any] = field(default_factory=dict)
    """The cache of one run, during which no file changes."""
    _makers: dict[str, bool] = field(default_factory=dict)
    _own_folder: Folder | None = None

    def folder(self, path: str) -> Folder | None:
        """A folder of the repository."""
        if self.own is None or os.path.dirname(self.own.path) != path:
            key = ("folder", path, self.top)
            if key not in self.kept:
                self.kept[key] = folder_at(path, self.top)
            found: Folder | None = self.kept[key]
            return found
        if self._own_folder is None and (folder := self._folder_beside(path)) is not None:
            self._own_folder = with_text(folder, self.own)
        return self._own_folder

    def _folder_beside(self, path: str) -> Folder | None:
        """The folder of the file that is read; the last one is kept, because the next file is often in the same folder."""
        key = ("folder beside", self.top)
        if key not in self.kept or self.kept[key][0] != path:
            self.kept[key] = path, folder_at(path, self.top)
        found: Folder | None = self.kept[key][1]
        return found

    @property
    def callers(self) -> Mapping[str, tuple[str, ...]]:
        """The files that call each folder of the repository."""
        key = ("callers", self.top)
        if key not in self.kept:
            self.kept[key] = _callers(self.top)
        found: Mapping[str, tuple[str, ...]] = self.kept[key]
        return found

    def root(self, folder: Folder, given: Mapping[str, Given]) -> Module:
        """A folder as the root module."""
        return self._module(folder, folder, "", frozenset(), dict(given))

    def target(self, folder: str, root: str, source: str, key: str) -> str | None:
        """The folder that a source refers to: relative to the caller's, or where `terraform init` has installed it."""
        if source.startswith(("./", "../")) or source in (".", ".."):
            path = real_path(os.path.join(folder, source))
        elif root and (place := _installed(root, self.top).get(key)) is not None:
            path = real_path(os.path.join(root, place))
        else:
            return None
        return path if path is not None and is_inside(path, self.top) and os.path.isdir(path) else None

    def makes_definitions(self, path: str, root: str) -> bool:
        """Whether a folder, or a module that it calls, creates a task definition."""
        if path not in self._makers:
            seen, pending = {path}, [path]
            while pending and not self._has_definition(pending[-1]):
                called = self._called(pending.pop(), root)
                pending += sorted(called - seen)
                seen |= called
            self._makers[path] = bool(pending)
        return self._makers[path]

    def _has_definition(self, path: str) -> bool:
        folder = self.folder(path)
        return folder is not None and any(is_definition(block) for _, block in folder.blocks)

    def _called(self, path: str, root: str) -> set[str]:
        """The folders that a folder calls by a path."""
        folder = self.folder(path)
        calls = [block for _, block in folder.blocks if block.type == "module"] if folder is not None else ()
        return {target for block in calls if (target := self.target(path, root, source_of(block), ""))}

    def _module(
        self, folder: Folder, root: Folder, key: str, above: frozenset[str], given: dict[str, Given] | None = None
    ) -> Module:
        """A folder as a module; `above` are the folders of its callers."""
        above |= {folder.path}
        called: dict[str, Module | None] = {}

        def target(block: Block) -> str | None:
            return self.target(folder.path, root.path, source_of(block), name_of(block)) if folder.path else None

        def name_of(block: Block) -> str:
            return f"{key}.{block.labels[0]}" if key else block.labels[0]

        def opened(block: Block) -> Module | None:
            name = name_of(block)
            if name not in called:
                path = target(block)
                inner = self.folder(path) if path and path not in above else None
                called[name] = self._module(inner, root, name, above) if inner is not None else None
            return called[name]

        return Module(
            variables=folder.variables,
            given=given or {},
            locals=folder.locals,
            data=folder.data,
            resources=folder.resources,
            modules=folder.modules,
            outputs=folder.outputs,
            blocks=folder.blocks,
            services=folder.services,
            provider=folder.provider,
            folder=folder.path,
            path=os.path.relpath(folder.path, root.path) if folder.path else ".",
            read_text=lambda name: self._text(name, folder.path, root.path),
            open=opened,
            is_endless=lambda block: target(block) in above,
            is_whole=folder.is_whole,
            call=community_modules.output_of,
            is_called=given is None,
        )

    def _text(self, name: str, folder: str, root: str) -> TextFile | None:
        """The text of a file that an expression names, relative to the root module or else to the module."""
        if not folder:
            return None
        for base in dict.fromkeys((root, folder)):
            stamp = stamp_of(os.path.join(base, name), self.top)
            text = text_of(stamp) if stamp is not None else None
            if stamp is not None and text is not None:
                self.reads.add(stamp.path)
                return TextFile(name.removeprefix("./"), text, stamp.path)
        return None

    def chains(self, folder: str) -> list[Chain]:
        """The call chains to a folder; the folder alone if nothing calls it, or only modules that it calls itself."""
        found = islice(self._chains(folder, (folder,)), MAX_CHAINS)
        return [chain for chain in found if not self._is_ring(chain, folder)] or [Chain(folder)]

    def _chains(self, folder: str, seen: tuple[str, ...]) -> Iterator[Chain]:
        for path in self.callers.get(folder, ()):
            caller = os.path.dirname(path)
            if caller in seen or len(seen) > MAX_CALLS:
                continue
            above = list(islice(self._chains(caller, (*seen, caller)), MAX_CHAINS)) or [Chain(caller)]
            for name in self._calls(path, folder):
                for chain in above:
                    yield chain._replace(steps=(*chain.steps, Step(caller, path, name)))
            if not self._is_read(path):
                yield Chain(folder, is_known=False)

    def _is_ring(self, chain: Chain, folder: str) -> bool:
        """Whether the first folder of a chain is itself called in the chain."""
        below = {folder, *(step.folder for step in chain.steps)} - {chain.root}
        return any(os.path.dirname(path) in below for path in self.callers.get(chain.root, ()))

    def _is_read(self, path: str) -> bool:
        """Whether a file of Terraform could be read whole; a syntax error may conceal a call."""
        folder = self.folder(os.path.dirname(path))
        return folder is None or folder.is_read(os.path.basename(path))

    def _calls(self, path: str, folder: str) -> Iterator[str]:
        """The names of the calls of a folder that a file declares or changes."""
        caller = self.folder(os.path.dirname(path))
        found = caller.files.get(os.path.basename(path)) if caller else None
        declared = {block.labels for block in found.blocks if block.type == "module"} if found else ()
        for name, block in caller.modules.items() if caller else ():
            if (name,) in declared and self.target(os.path.dirname(path), "", source_of(block), "") == folder:
                yield name


def _callers(top: str) -> dict[str, tuple[str, ...]]:
    """The files that call each folder of a repository by a path, found by a text search for their sources."""
    found: dict[str, set[str]] = {}
    pending, seen = [top], 0
    while pending and seen < MAX_FOLDERS:
        folder = pending.pop(0)
        seen += 1
        pending += folders_in(folder)
        for name in names_in(folder, (*SUFFIXES, terragrunt.NAME)):
            text = text_in(folder, name, top)
            for target in _targets(name, text, folder, top) if text else ():
                found.setdefault(target, set()).add(f"{os.path.realpath(folder)}/{name}")
    return {target: tuple(sorted(files)) for target, files in found.items()}


def _targets(name: str, text: str, folder: str, top: str) -> Iterator[str]:
    """The folders of the repository that a file calls by a path."""
    if name == terragrunt.NAME:
        yield from terragrunt.targets(text, folder, top)
        return
    for source in _LOCAL_SOURCE.findall(text) if '".' in text else ():
        target = real_path(os.path.join(folder, source))
        if target is not None and is_inside(target, top):
            yield target


def _installed(root: str, top: str) -> Mapping[str, str]:
    """The folders of modules that `terraform init` has fetched, by the names of their calls."""
    found = text_at(f"{root}/.terraform/modules/modules.json", top)
    return _manifest(found) if found else {}


@lru_cache(64)
def _manifest(text: str) -> Mapping[str, str]:
    try:
        modules = json.loads(text)["Modules"]
        return {module["Key"]: module["Dir"] for module in modules if module["Key"] and isinstance(module["Dir"], str)}
    except (ValueError, KeyError, TypeError):
        return {}
