"""Container definitions in a separate file, as `templatefile`, `template_file` and `file` read it.

A file that a checked Terraform file reads belongs to the resource there. Any other one beside or below Terraform, or with
the ending of a template, is read as the provider would read it: names of fields in any case, empty entries of lists dropped,
`${name}` unknown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from taskfit.definition import Partial, TaskDefinition
from taskfit.finding import Span
from taskfit.paths import is_inside
from taskfit.sources.beside import names_in, text_at, top_of
from taskfit.sources.checked import Checked
from taskfit.sources.document import Document, Input, Origins, Reading
from taskfit.sources.terraform import parsing, reader
from taskfit.sources.terraform.choices import Choices
from taskfit.sources.terraform.evaluation import Evaluation, evaluations
from taskfit.sources.terraform.folder import SUFFIXES
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.module import Module
from taskfit.sources.terraform.modules import Repository
from taskfit.sources.terraform.places import View
from taskfit.sources.terraform.resource import DIALECT, map_containers
from taskfit.sources.terraform.values import Trace, decode, made
from taskfit.sources.values import distinct, locate
from taskfit.syntax import json_text
from taskfit.syntax.placeholders import normalise
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import UnreadableError

_TEMPLATES = frozenset((".tftpl", ".tpl"))
"""Endings that templates of Terraform usually have."""


def read(given: Input) -> Document | None:
    """The containers in a file, without definitions if a checked resource reads it; `None` if it has another format."""
    source, path, variables, checked = given
    folders = list(_folders(path, checked)) if path is not None else []
    if not folders and "%{" not in source.text and (path is None or path.suffix not in _TEMPLATES):
        return None
    if path is not None and folders and os.path.realpath(path) in _read_by(folders, variables, checked):
        return Document()
    try:
        found = [each for each in _trees(source, path, variables) if each is not None]
    except UnreadableError:
        return None
    readings = [_reading(source, *each, variables) for each in found if _has_containers(each[0])]
    return Document([distinct(readings)]) if readings else None


def _trees(
    source: SourceText, path: Path | None, variables: Mapping[str, str]
) -> Iterator[tuple[Node, Choices] | None]:
    """The text decoded as JSON for each combination of its undecided conditions, with the choices."""
    if "${" not in source.text and "%{" not in source.text:
        yield json_text.parse(source.text), Choices({})
        return
    template = parsing.template(source.text, path.name if path else "template", os.fspath(path or ""))
    if template is None:
        yield json_text.parse(source.text), Choices({})
        return
    given = {name: made(value, 0, 0, Trace(f"the value given for {name}")) for name, value in variables.items()}

    def tree(evaluation: Evaluation) -> tuple[Node, Choices] | None:
        decoded = decode(evaluation.evaluate(template, given))
        return None if decoded is None else (decoded, evaluation.choices)

    yield from evaluations(Module(), tree)[0]


def _reading(source: SourceText, tree: Node, choices: Choices, variables: Mapping[str, str]) -> Reading:
    adopted = map_containers(tree)
    file = HclFile("", source)
    view = View(file, file, adopted, (tree.start, tree.end), "")
    lead = "/containerDefinitions"
    origins = Origins(lambda: ((lead + pointer, origin) for pointer, origin in view.origins()))
    data = Partial(containerDefinitions=normalise(adopted.plain(), variables))

    def where(pointer: str, on_key: bool) -> Span:
        return locate(source, (tree.start, tree.start + 1), adopted, pointer.removeprefix(lead), on_key)

    return Reading(TaskDefinition(data, DIALECT), where, origins, choices.words, group=choices.group)


def _has_containers(tree: Node) -> bool:
    """Whether a value is a list of containers."""
    items = tree.items or []
    names = [{str(key.value).lower() for key, _ in item.entries or ()} for item in items]
    return bool(names) and all({"name", "image"} <= each for each in names)


def _folders(path: Path, checked: Checked) -> Iterator[str]:
    """The folders with Terraform files, from the file's folder up to the root of the repository."""
    folder = os.path.dirname(os.path.realpath(path))
    top = top_of(folder, checked)
    while is_inside(folder, top):
        if names_in(folder, SUFFIXES):
            yield folder
        if folder == top:
            return
        folder = os.path.dirname(folder)


def _read_by(folders: list[str], variables: Mapping[str, str], checked: Checked) -> frozenset[str]:
    """The files read by the checked Terraform files in some folders and in the folders that call these."""
    found: set[str] = set()
    for folder in folders:
        for file in _files(folder, checked):
            if file in checked.paths:
                if ("read by", file) not in checked.kept:
                    text = text_at(file, top_of(folder, checked))
                    reader.read(Input(SourceText(text or ""), Path(file), variables, checked))
                found |= checked.kept["read by", file]
    return frozenset(found)


def _files(folder: str, checked: Checked) -> list[str]:
    top = top_of(folder, checked)
    chains = Repository(top, kept=checked.kept).chains(folder)
    own = [os.path.join(folder, name) for name in names_in(folder, SUFFIXES)]
    return [*own, *dict.fromkeys(step.file for chain in chains for step in chain.steps)]
