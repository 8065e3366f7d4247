"""The definitions that blocks of a file create: one for each instance, also through the modules that they call."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from taskfit.record import NamedTuple
from taskfit.sources.terraform import instances
from taskfit.sources.terraform.evaluation import Evaluation, evaluations
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.instances import ALONE, Key
from taskfit.sources.terraform.module import Module
from taskfit.sources.terraform.modules import Repository, is_definition, source_of
from taskfit.sources.terraform.syntax import Block

T = TypeVar("T")

MAX_CALLS = 1_000
"""The maximum number of module calls that are followed for one block."""


class Step(NamedTuple):
    """A call of a module in one of its instances."""

    name: str
    key: Key


class Target(NamedTuple):
    """One definition: the calls that lead to it, and the block that creates it."""

    address: str
    steps: tuple[Step, ...]
    file: HclFile
    block: Block
    key: Key
    service: str | None = None
    """The key of its service, if a module accepts a map of services."""
    is_certain: bool = True
    """Whether it is created under every combination of conditions."""

    def module_in(self, evaluation: Evaluation) -> Evaluation | None:
        """The module that creates it in one evaluation of the root module; `None` if it is not created there."""
        found: Evaluation | None = evaluation
        for step in self.steps:
            block = found.module.modules.get(step.name) if found is not None else None
            if found is None or block is None or not self._is_created(block, step.key, found):
                return None
            found = found.called(block, step.key)
        return found if found is not None and self._is_created(self.block, self.key, found) else None

    def _is_created(self, block: Block, key: Key, evaluation: Evaluation) -> bool:
        if self.is_certain:
            return True
        found, is_cut = instances.keys(block, evaluation.evaluate_once)
        return key in found or is_cut


class Search:
    """Finds the definitions that blocks create, through the modules that they call."""

    def __init__(self, repository: Repository, module: Module, calls: Sequence[str]) -> None:
        self.repository = repository
        self.module = module
        self.calls = calls
        """The calls that lead from the root module to the current one."""
        self.shared = Evaluation(module)
        """The evaluation shared by all definitions, as long as it makes no choice."""
        self.followed = 0
        self.cut: list[str] = []
        """Blocks with more instances than are evaluated."""
        self.endless: list[str] = []
        """Recursive calls of modules."""

    def targets(self, file: HclFile, block: Block) -> list[Target]:
        """The definitions that a block creates under any combination of conditions."""
        found = list(self._below(self.shared, self.calls, file, block))
        if not self.shared.choices.taken:
            return found
        lists, _ = evaluations(self.module, lambda each: list(self._below(each, self.calls, file, block)))
        by_address = {target.address: target._replace(is_certain=False) for each in lists for target in each}
        return list(by_address.values())

    def deciding(self, block: Block) -> frozenset[str]:
        """The variables of the root module that decide which definitions a block creates, and whether it is called."""
        found, evaluation = frozenset[str](), self.shared
        for name in self.calls:
            call = evaluation.module.modules.get(name)
            called = evaluation.called(call, ALONE) if call is not None else None
            if call is None or called is None:
                return found
            found |= _counting(evaluation, call)
            evaluation = called
        return found | self._deciding(evaluation, block)

    def _deciding(self, evaluation: Evaluation, block: Block) -> frozenset[str]:
        found = _counting(evaluation, block)
        if block.type == "module" and self.followed < MAX_CALLS and self._is_readable(evaluation, block):
            self.followed += 1
            called = evaluation.called(block, ALONE)
            if called is not None:
                inner = [each for _, each in called.module.blocks if each.type == "module" or is_definition(each)]
                found = found.union(*(self._deciding(called, each) for each in inner))
        return found

    def evaluated(self, evaluate: Callable[[Evaluation], T]) -> tuple[list[T], bool]:
        """The result of `evaluate` for each combination of conditions, and whether some were left out."""
        shared = self.shared
        if not shared.choices.taken:
            shared.budget.steps = 0
            result = evaluate(shared)
            self.module.steps += shared.budget.steps
            if not shared.choices.taken and not shared.choices.is_impossible:
                return [result], False
        return evaluations(self.module, evaluate)

    def _below(
        self, evaluation: Evaluation, calls: Sequence[str], file: HclFile, block: Block, steps: tuple[Step, ...] = ()
    ) -> Iterator[Target]:
        """The definitions that a block creates in the module that some calls lead to."""
        if not calls:
            yield from self._of(evaluation, file, block, steps)
            return
        call = evaluation.module.modules.get(calls[0])
        for key in self._keys(call, evaluation) if call is not None else ():
            called = evaluation.called(call, key) if call is not None else None
            if called is not None:
                yield from self._below(called, calls[1:], file, block, (*steps, Step(calls[0], key)))

    def _keys(self, block: Block, evaluation: Evaluation) -> list[Key]:
        keys, is_cut = instances.keys(block, evaluation.evaluate)
        if is_cut:
            self.cut.append(_address(evaluation, block, ALONE))
        return keys

    def _of(self, evaluation: Evaluation, file: HclFile, block: Block, steps: tuple[Step, ...]) -> Iterator[Target]:
        if block.type == "module" and evaluation.module.is_endless(block):
            if self.repository.makes_definitions(evaluation.module.folder, self.module.folder):
                self.endless.append(_address(evaluation, block, ALONE))
            return
        if block.type == "module" and self._is_readable(evaluation, block):
            yield from self._of_call(evaluation, block, steps)
            return
        if not is_definition(block):
            return
        if block.type == "module" and (given := block.attributes.get("services")):
            for name, service in (evaluation.evaluate(given.value).entries or [])[: instances.MAX_INSTANCES]:
                if any(key.value == "container_definitions" for key, _ in service.entries or ()):
                    address = f'{_address(evaluation, block, ALONE)}["{name.value}"]'
                    yield Target(address, steps, file, block, ALONE, str(name.value))
            return
        for key in self._keys(block, evaluation):
            yield Target(_address(evaluation, block, key), steps, file, block, key)

    def _of_call(self, evaluation: Evaluation, block: Block, steps: tuple[Step, ...]) -> Iterator[Target]:
        """The definitions that a called module creates."""
        for key in self._keys(block, evaluation):
            self.followed += 1
            if self.followed > MAX_CALLS:
                self.cut.append(_address(evaluation, block, key))
                return
            called = evaluation.called(block, key)
            if called is None:  # readable, but beyond the number of calls that are followed
                self.cut.append(_address(evaluation, block, key))
                return
            for file, inner in called.module.blocks:
                yield from self._of(called, file, inner, (*steps, Step(block.labels[0], key)))

    def _is_readable(self, evaluation: Evaluation, block: Block) -> bool:
        """Whether the files of a module are available and create a definition."""
        module = evaluation.module.open(block) if source_of(block) else None
        return module is not None and self.repository.makes_definitions(module.folder, self.module.folder)


def _counting(evaluation: Evaluation, block: Block) -> frozenset[str]:
    """The variables of the root module that decide how many instances of a block there are."""
    written = [block.attributes[name].value.written for name in ("count", "for_each") if name in block.attributes]
    leaves = (leaf.split(".") for text in written for leaf in evaluation.conditions.leaves(text))
    return frozenset(name for root, name, *_ in leaves if root == "var")


def _address(evaluation: Evaluation, block: Block, key: Key) -> str:
    name = ".".join(block.labels) if block.type == "resource" else f"module.{block.labels[0]}"
    return f"{evaluation.address}{'.' if evaluation.address else ''}{name}{key.label}"
