"""Terraform: the task definitions that a file creates, through its resources and the modules that it calls."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from taskfit.definition import TaskDefinition
from taskfit.finding import Severity, Span
from taskfit.record import NamedTuple, cached_property
from taskfit.sources import directives
from taskfit.sources.beside import top_of
from taskfit.sources.checked import Checked
from taskfit.sources.document import Document, Fault, Input, Origins, Reading, duplicate_keys, no_edits
from taskfit.sources.services import models
from taskfit.sources.services import places as service_places
from taskfit.sources.terraform import blocks, community_modules, instances, services, terragrunt
from taskfit.sources.terraform.edits import Editing
from taskfit.sources.terraform.evaluation import Evaluation
from taskfit.sources.terraform.folder import MAX_VARIABLE_FILES, SUFFIXES, Folder, of_files, parsed, variable_files
from taskfit.sources.terraform.hcl_file import HclFile, relative
from taskfit.sources.terraform.module import Given, Module, unknown
from taskfit.sources.terraform.modules import Chain, Repository, is_definition, is_unread_service, source_of
from taskfit.sources.terraform.places import View
from taskfit.sources.terraform.resource import DIALECT, MODULE_DIALECT, adopt
from taskfit.sources.terraform.syntax import Block
from taskfit.sources.terraform.targets import Search, Target
from taskfit.sources.values import distinct, same
from taskfit.syntax.placeholders import normal
from taskfit.syntax.unreadable import UnreadableError

_USE = re.compile(r"(?<![\w.-])[A-Za-z_][\w-]*\.[\w-]+")

MAX_DEFINITIONS = 300
"""The maximum number of definitions that one block of a file creates, through all the modules that it calls."""
MAX_STEPS = 2_000_000
"""Expressions evaluated for one file before further definitions are left out."""


def read(given: Input) -> Document:
    """The definitions of a file; `--var` overrides the folder's own values of variables."""
    source, path, variables, checked = given
    file = HclFile(path.name if path else "main.tf", source, path=checked.real(path) if path else "")
    folder_path = os.path.dirname(file.path)
    repository = Repository(top_of(folder_path, checked) if path else "", file, kept=checked.kept)
    folder = (repository.folder(folder_path) if path else None) or of_files("", {file.name: parsed(file)})
    own = folder.files[file.name]
    document = Document()
    # Errors in other files are left to Terraform.
    if own.error is not None and ("aws_ecs_task_definition" in source.text or "container_definitions" in source.text):
        place = source.span(own.error.offset, min(own.error.offset + 1, len(source.text)))
        if "{{" in source.text:
            message = "contains a task definition, but is a template (`{{`), which taskfit does not render"
            fault = Fault(message, place, Severity.NOTE, "Check what it renders to.", is_unread=True)
        else:
            fault = Fault(f"can't be read: {own.error.message}", place)
        document.faults.append(fault)
    blocks = filter(None, map(folder.version, own.blocks))
    found = [block for block in blocks if block.type == "module" or is_definition(block)]
    if found:
        _Reader(repository, folder, own.file, variables, checked).read(found, document)
    checked.kept["read by", file.path] = frozenset(repository.reads)
    return document


class _Root(NamedTuple):
    """A root module with the values given to it, and the calls from it to the checked folder."""

    modules: tuple[Module, ...]
    """One module for each variables file that a deployment may choose."""
    calls: tuple[str, ...]


class _Reader:
    def __init__(
        self, repository: Repository, folder: Folder, file: HclFile, variables: Mapping[str, str], checked: Checked
    ) -> None:
        self.repository = repository
        self.folder = folder
        self.file = file
        self.variables = variables
        self.checked = checked
        self.source = file.source
        self.reported: set[Fault] = set()

    def read(self, found: Sequence[Block], document: Document) -> None:
        """Add the definitions that some blocks of the file create, through every chain of calls that leads to them."""
        chains = self._chains()
        shown = [
            chain
            for chain in chains
            if not any(step.file in self.checked.paths and step.file != self.file.path for step in chain.steps)
        ]
        document.is_reported_elsewhere = bool(chains) and not shown
        document.is_called = document.is_reported_elsewhere and any(map(is_definition, found))
        roots = [self._root(chain) for chain in shown]
        for block in found:
            readings: list[tuple[Reading, ...]] = []
            for root in roots:
                for made in self._made(root, block, document):
                    # Definitions that differ in nothing but their keys are one.
                    if made and not any(_all_same(made, other) for other in readings):
                        readings.append(made)
            document.definitions += readings
            if not readings and shown and block.type == "module" and is_unread_service(block):
                message = f"module.{block.labels[0]} comes from {source_of(block)}, so what it makes is not checked"
                advice = "Run `terraform init` first: modules in `.terraform/modules` are read."
                self._fault(document, Fault(message, self._head(block), Severity.NOTE, advice))

    def _chains(self) -> list[Chain]:
        return self.repository.chains(self.folder.path) if self.folder.path else [Chain("")]

    def _root(self, chain: Chain) -> _Root:
        folder = self.repository.folder(chain.root) if chain.steps else self.folder
        folder = folder or self.folder
        usual, choices = variable_files(folder, self.repository.top, self.checked.kept)
        if not chain.is_known:
            usual = unknown(folder.variables)
        choices += [{**usual, **given} for given in self._inputs(folder)]
        chosen = {name: Given(value, f"the value given for {name}") for name, value in self.variables.items()}
        sets = [{**given, **chosen} for given in (usual, *choices)]
        if len(sets) > 1:
            needed = [name for name, (_, block) in folder.variables.items() if "default" not in block.attributes]
            # A required variable without a value prevents a deployment, so one of the files must be chosen.
            if any(name not in sets[0] and any(name in other for other in sets[1:]) for name in needed):
                sets = sets[1:]
        modules = tuple(self.repository.root(folder, given) for given in sets)
        return _Root(modules, tuple(step.name for step in chain.steps))

    def _inputs(self, folder: Folder) -> list[dict[str, Given]]:
        """The inputs of Terragrunt for a root module: from files that name it, or from the one in its folder."""
        if not folder.path:
            return []
        callers = self.repository.callers.get(folder.path, ())
        beside = os.path.join(folder.path, terragrunt.NAME)
        paths = [path for path in callers if os.path.basename(path) == terragrunt.NAME]
        if not paths and os.path.isfile(beside):
            paths = [beside]
        found = (terragrunt.inputs(path, self.repository.top) for path in paths[:MAX_VARIABLE_FILES])
        return [given for given in found if given]

    def _made(self, root: _Root, block: Block, document: Document) -> Iterator[tuple[Reading, ...]]:
        """The definitions that a block creates, each with its readings under all variables files."""
        found: dict[str, list[Reading]] = {}
        cut: list[str] = []
        for position, module in enumerate(root.modules):
            module.steps = 0
            search = Search(self.repository, module, root.calls)
            targets = search.targets(self.file, block)
            if not targets and (deciding := search.deciding(block)):
                search = Search(self.repository, self._opened(module, deciding), root.calls)
                targets = search.targets(self.file, block)
            for target in targets:
                if len(found) >= MAX_DEFINITIONS or module.steps > MAX_STEPS:
                    cut.append(target.address)
                    break
                results, is_cut = search.evaluated(partial(self._reading, target, block, document))
                found.setdefault(target.address, []).extend(
                    reading._replace(
                        group=None if reading.group is None else f"{position} {reading.group}", deployment=position
                    )
                    for reading in results
                    if reading is not None
                )
                if is_cut:
                    message = f"{target.address} has more combinations of conditions than the {len(results)} checked"
                    advice = "Give the values that are deployed with `--var NAME=VALUE`."
                    self._fault(document, Fault(message, self._head(block), Severity.NOTE, advice))
            cut += search.cut
            for address in search.endless:
                message = f"{address} calls a module that it is itself a part of, so `terraform init` fails"
                self._fault(
                    document, Fault(message, self._head(block), help="Remove the call, or call another folder.")
                )
        if cut:
            message = f"{cut[0]} and what it calls make more than the {len(found)} task definitions checked"
            self._fault(document, Fault(message, self._head(block), Severity.NOTE))
        yield from (distinct(readings) for readings in found.values() if readings)

    def _opened(self, module: Module, names: Iterable[str]) -> Module:
        """The root module with some variables unknown, because nothing is created with their known values."""
        folder = self.repository.folder(module.folder) if module.folder else None
        return self.repository.root(folder or self.folder, {**module.given, **unknown(names)})

    def _head(self, block: Block) -> Span:
        return self.source.span(block.start, block.end)

    def _fault(self, document: Document, fault: Fault) -> None:
        if fault not in self.reported:
            self.reported.add(fault)
            document.faults.append(fault)

    def _reading(self, target: Target, head: Block, document: Document, evaluation: Evaluation) -> Reading | None:
        made_by = target.module_in(evaluation)
        if made_by is None:
            evaluation.choices.is_impossible = True
            return None
        evaluation = made_by
        scope = instances.scope(target.block, target.key, evaluation.evaluate_once)
        tree = blocks.tree(target.block, evaluation, scope)
        _rule_out(target.block, evaluation)
        faults: list[UnreadableError] = []
        is_module = target.block.type == "module"
        adopted = adopt(community_modules.service_of(tree, target.service) if is_module else tree, faults)
        if is_module and not community_modules.is_faithful(tree):
            community_modules.open_containers(adopted)
        if target.file is not self.file:
            self._add_directives(document, target.file)
        view = View(self.file, target.file, adopted, (head.start, head.end), self.repository.top, target.address)
        self._faults(document, view, faults)
        used_by = services.of_definition(target.block, target.key, target.file, self.file, head, evaluation)
        data, contents = normal(adopted.plain(), self.variables)
        dialect = MODULE_DIALECT if is_module else DIALECT
        task = TaskDefinition(data, dialect, target.address, models(used_by)).consisting_of(contents)
        origins = Origins(view.origins)
        editing = Editing(self.file, target.block, adopted, origins, lambda: self._uses)
        return Reading(
            task,
            view.locate,
            origins,
            evaluation.choices.words,
            undecided=tuple(evaluation.choices.taken),
            group=evaluation.choices.group,
            edits=editing.edits if view.is_own and not target.steps else no_edits,
            services=service_places(used_by),
        )

    def _add_directives(self, document: Document, file: HclFile) -> None:
        """Apply the directives in a module's file to findings that are made through a call of the module."""
        name = relative(file, self.file)
        if not any(directive.file == name for directive in document.directives):
            document.directives += directives.comments(file.source, name)

    def _faults(self, document: Document, view: View, faults: Iterable[UnreadableError]) -> None:
        source = view.written.source
        found = [
            Fault(
                f"the container definitions can't be read: {error.message}",
                source.span(error.offset, min(error.offset + 1, len(source.text))),
            )
            for error in faults
        ]
        for fault in (*found, *duplicate_keys(source, view.tree)):
            if view.is_own:
                self._fault(document, fault)
            else:
                words = f"{fault.message} ({view.name_of(view.written)} line {fault.span.line})"
                self._fault(document, fault._replace(message=words, span=self.source.span(*view.head)))

    @cached_property
    def _uses(self) -> Counter[str]:
        """How often the files of the folder refer to each variable and local."""
        if self.folder.unread:
            return Counter()
        others = (parsed.file for parsed in self.folder.files.values() if parsed.file is not self.file)
        texts = (file.source.text for file in (self.file, *others) if file is self.file or file.name.endswith(SUFFIXES))
        return Counter(name for text in texts for name in _USE.findall(text))


def _rule_out(block: Block, evaluation: Evaluation) -> None:
    """Mark a reading as impossible if a `precondition` of the block rejects it."""
    for inner in block.blocks:
        for check in inner.blocks if inner.type == "lifecycle" else ():
            condition = check.attributes.get("condition")
            if check.type == "precondition" and condition and evaluation.holds(condition.value) is False:
                evaluation.choices.is_impossible = True


def _all_same(some: tuple[Reading, ...], others: tuple[Reading, ...]) -> bool:
    return len(some) == len(others) and all(same(one.task, other.task) for one, other in zip(some, others, strict=True))
