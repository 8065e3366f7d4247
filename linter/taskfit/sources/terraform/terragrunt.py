"""Terragrunt: the inputs that a `terragrunt.hcl` passes to the variables of a module, as far as they are constant."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping, Sequence

from taskfit.paths import is_inside
from taskfit.record import Record
from taskfit.sources.beside import real_path, text_at
from taskfit.sources.terraform import parsing
from taskfit.sources.terraform.evaluation import Evaluation
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.module import Given, Module, Scope, TextFile
from taskfit.sources.terraform.syntax import Attribute, Block
from taskfit.sources.terraform.values import Value, as_value, made, plain
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node

NAME = "terragrunt.hcl"
MAX_FILES = 12
"""The maximum number of files that include or read one another."""

_SOURCE = re.compile(r'(?:^|\{)[ \t]*source\s*=\s*"([^"]*)"', re.MULTILINE)


def inputs(path: str, top: str) -> dict[str, Given]:
    """The inputs of a file and of the files that it includes."""
    found = _Reader(top).entries(path, os.path.dirname(path), "inputs", 0)
    return {str(key.value): Given(as_value(value), "", file) for file, key, value in found.values()}


def targets(text: str, folder: str, top: str) -> list[str]:
    """The folders that the sources in a file refer to, in the same repository."""
    found = []
    sources = _SOURCE.findall(text)
    for path in () if sources else _Reader(top).included(text, folder):
        sources += _SOURCE.findall(text_at(path, top) or "")
    for source in sources:
        plain_source = source.replace("${get_repo_root()}", top).replace("${get_terragrunt_dir()}", folder)
        if "$" in plain_source or not plain_source.startswith((".", "/")):
            continue
        called = real_path(os.path.join(folder, plain_source.replace("//", "/").partition("?")[0]))
        if called is not None and is_inside(called, top):
            found.append(called)
    return found


_Entry = tuple[HclFile, Node, Node]


class _Reader(Record):
    top: str

    def included(self, text: str, folder: str) -> list[str]:
        """The files that the text of a file includes."""
        return [path for path in self._includes(HclFile(NAME, SourceText(text)), folder).values() if path]

    def _includes(self, file: HclFile, folder: str) -> dict[str, str]:
        evaluation = self._evaluation(file, folder)
        blocks, _ = parsing.parse(file)
        return {
            block.labels[0] if block.labels else "": self._path(evaluation, block)
            for block in blocks
            if block.type == "include"
        }

    def _evaluation(self, file: HclFile, folder: str) -> Evaluation:
        return Evaluation(Module(locals=_locals(file), read_text=self._text(folder), functions=self._functions(folder)))

    def entries(self, path: str, folder: str, name: str, depth: int) -> dict[str, _Entry]:
        """The entries of `inputs` or `locals`; `folder` is the folder of the including file."""
        text = text_at(path, self.top) if depth < MAX_FILES else None
        if text is None:
            return {}
        file = HclFile(os.path.basename(path), SourceText(text), path=os.path.realpath(path))
        evaluation, included = self._evaluation(file, folder), self._includes(file, folder)
        scope = self._scope(included, folder, depth)
        found: dict[str, _Entry] = {}
        if name == "inputs":
            for other in included.values():
                found |= self.entries(other, folder, name, depth + 1) if other else {}
        found |= self._own(file, name, evaluation, scope)
        return found

    def _own(self, file: HclFile, name: str, evaluation: Evaluation, scope: Scope) -> dict[str, _Entry]:
        if name == "locals":
            values = ((item, evaluation.evaluate(item.value, scope)) for item in _locals(file).values())
            return {item.name: (file, Node(item.start, item.end, item.name), value) for item, value in values}
        given = parsing.attributes(file)[0].get(name)
        value = evaluation.evaluate(given.value, scope) if given is not None else None
        return {str(key.value): (file, key, item) for key, item in (value.entries if value else None) or ()}

    def _path(self, evaluation: Evaluation, block: Block) -> str:
        path = block.attributes.get("path")
        found = plain(evaluation.evaluate(path.value)) if path is not None else None
        return found if isinstance(found, str) else ""

    def _scope(self, included: Mapping[str, str], folder: str, depth: int) -> Scope:
        """The values of `include.root.locals.x`."""
        found = {name: self._config(path, folder, depth + 1) for name, path in included.items() if name and path}
        entries: list[tuple[Node, Node]] = [(Node(0, 0, name), value) for name, value in found.items()]
        return {"include": Value(0, 0, entries=entries)} if entries else {}

    def _config(self, path: str, folder: str, depth: int) -> Value:
        """A file as `read_terragrunt_config` returns it."""
        parts: list[tuple[Node, Node]] = []
        for name in ("locals", "inputs"):
            found = self.entries(path, folder, name, depth)
            # Its values have no places; the ones used are reported at the file that reads it.
            inner: list[tuple[Node, Node]] = [(Node(0, 0, key.value), value) for _, key, value in found.values()]
            parts.append((Node(0, 0, name), Value(0, 0, entries=inner)))
        return Value(0, 0, entries=parts, is_partial=True)

    def _text(self, folder: str) -> Callable[[str], TextFile | None]:
        def read(name: str) -> TextFile | None:
            path = os.path.join(folder, name)
            text = text_at(path, self.top)
            return None if text is None else TextFile(name, text, os.path.realpath(path))

        return read

    def _functions(self, folder: str) -> Mapping[str, Callable[[Sequence[Value]], Value | None]]:
        def found(arguments: Sequence[Value]) -> str | None:
            names = [content for argument in arguments if isinstance(content := plain(argument), str)]
            name, above = (names or [NAME])[0], os.path.dirname(folder)
            while is_inside(above, self.top):
                path = os.path.join(above, name)
                if os.path.isfile(path):
                    return path
                if above == self.top:
                    break
                above = os.path.dirname(above)
            return names[1] if len(names) > 1 else None

        def text(content: str | None) -> Value | None:
            return None if content is None else made(content, 0, 0)

        def config(arguments: Sequence[Value]) -> Value | None:
            path = plain(arguments[0]) if arguments else None
            if not isinstance(path, str):
                return None
            path = os.path.join(folder, path)
            return self._config(path, os.path.dirname(path), MAX_FILES // 2)

        return {
            "find_in_parent_folders": lambda arguments: text(found(arguments)),
            "get_repo_root": lambda _: text(self.top),
            "get_terragrunt_dir": lambda _: text(folder),
            "read_terragrunt_config": config,
        }


def _locals(file: HclFile) -> dict[str, Attribute]:
    blocks, _ = parsing.parse(file)
    return {name: item for block in blocks if block.type == "locals" for name, item in block.attributes.items()}
