"""Values that expressions refer to by block: outputs of modules, texts of templates, arguments of resources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from taskfit.definition import Unknown
from taskfit.record import replace
from taskfit.sources.terraform import instances
from taskfit.sources.terraform.conditions import Way
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.instances import ALONE, Key
from taskfit.sources.terraform.module import Found, References
from taskfit.sources.terraform.syntax import Block, Expression, Splat, Step
from taskfit.sources.terraform.values import ELSEWHERE, Value, used
from taskfit.syntax.tree import Node


class Caller(Way, Protocol):
    """An evaluation of a module that calls others."""

    def called(self, block: Block, key: Key) -> Caller | None:
        """The module that a block calls, in one of its instances."""

    def output(self, name: str) -> tuple[HclFile, Value] | None:
        """An output of the module, by name."""


class NamedBlocks:
    """The blocks that the expressions of a module name."""

    def __init__(self, way: Caller, references: References) -> None:
        self._way = way
        self._references = references

    def find(
        self, names: Sequence[str], steps: Sequence[Step], index: Callable[[Step], str | int | None]
    ) -> tuple[Found | None, int]:
        """The value of `module.x["k"].y`, `data.t.x[0].y` or `t.x.y`, and how many steps of the reference it covers.

        `names` are the first one and those of the steps that come before any other.
        """
        module = self._way.module
        group = {"module": module.modules, "data": module.data}.get(names[0], module.resources)
        width = 2 if names[0] == "data" else 1
        name = ".".join(names[names[0] in ("data", "module") : width + 1])
        block = group.get(name) if len(names) > width else None
        if block is None:
            return None, 0
        rest = steps[width:]
        key, is_each = ALONE, False
        if rest and isinstance(rest[0], int | Expression):
            position = index(rest[0])
            if position is None:
                return None, 0
            key, rest = Key(position), rest[1:]
        elif rest and isinstance(rest[0], Splat):
            is_each, rest = True, rest[0].steps
        attribute = rest[0] if rest and isinstance(rest[0], str) else ""
        count = width + (key is not ALONE) + bool(attribute)
        if not attribute and names[0] == "data" and name.startswith("template_file."):
            return self._of_texts(block, name), count
        if is_each or (not attribute and names[0] == "module"):
            return self._of_each(block, name, attribute), width + 1 if is_each else count
        if not attribute:
            is_resource = names[0] not in ("data", "module")
            return (self._whole(block, self._shown(block, key)) if is_resource else None), count
        return self._of_instance(block, name, self._shown(block, key), attribute), count

    def _shown(self, block: Block, key: Key) -> Key:
        """A key as shown for the instances of its block: a single instance has no label."""
        if key.value is None and not ("count" in block.attributes or "for_each" in block.attributes):
            return ALONE
        found, _ = instances.keys(block, self._way.evaluate)
        return next((other for other in found if other.value == key.value), key)

    def _of_each(self, block: Block, name: str, attribute: str) -> Found | None:
        """An attribute of all instances of a block, or all outputs of a module."""
        keys, is_cut = instances.keys(block, self._way.evaluate)
        if is_cut or any(
            key is ALONE and ("count" in block.attributes or "for_each" in block.attributes) for key in keys
        ):
            return None
        file = next(iter(block.attributes.values())).value.file
        values: dict[Key, Value] = {}
        for key in keys:
            if attribute:
                found = self._of_instance(block, name, key, attribute)
                value = used(found[1], found[0], block.start, block.end, file, "") if found else _missing(block)
            else:
                called = self._way.called(block, key)
                if called is None:
                    return None
                value = _outputs(called, block, file)
            values[key] = value
        if keys == [ALONE] and not attribute:
            return file, values[ALONE], ""
        return file, instances.of_all(values, block.start, block.end), ""

    def _whole(self, block: Block, key: Key) -> Found | None:
        """A resource as an object of its configured arguments; it has more attributes, which are unknown."""
        scope = instances.scope(block, key, self._way.evaluate)
        entries: list[tuple[Node, Node]] = [
            (Node(item.start, item.end, item.name), self._way.evaluate(item.value, scope))
            for item in block.attributes.values()
        ]
        file = next((item.value.file for item in block.attributes.values()), ELSEWHERE)
        return file, Value(block.start, block.end, entries=entries, is_partial=True), ".".join(block.labels)

    def _of_texts(self, block: Block, name: str) -> Found | None:
        """All instances of a template, each with its rendered text."""
        found = self._of_each(block, name, "rendered")
        if found is None:
            return None
        file, texts, words = found

        def instance(text: Node) -> Node:
            return Value(text.start, text.end, entries=[(Node(text.start, text.end, "rendered"), text)])

        if texts.items is not None:
            return file, replace(texts, items=[instance(text) for text in texts.items]), words
        return file, replace(texts, entries=[(key, instance(text)) for key, text in texts.entries or ()]), words

    def _of_instance(self, block: Block, name: str, key: Key, attribute: str) -> Found | None:
        """An output of a module, the text of a template, or a configured argument of a resource."""
        if block.type == "module":
            called = self._way.called(block, key)
            found = called.output(attribute) if called is not None else None
            if found is not None:
                return *found, f"{attribute} of module.{name}{key.label}"
            output = self._way.module.call(self._way.evaluate, block, attribute)
            file = next(iter(block.attributes.values())).value.file if block.attributes else ELSEWHERE
            return None if output is None else (file, output, f"module.{name}")
        scope = instances.scope(block, key, self._way.evaluate)
        if name.startswith("aws_region.") and block.type == "data":
            return self._region(block, attribute)
        if block.type == "data":
            return self._references.rendered(name, scope) if attribute in ("rendered", "content") else None
        argument = block.attributes.get(attribute)
        if argument is None:
            return None
        place = f"{name}{key.label}.{attribute}"
        kept = self._references.kept(place, lambda: (argument.value.file, self._way.evaluate(argument.value, scope)))
        return None if kept is None or kept[1].is_opaque or kept[1].value is None else (*kept, place)

    def _region(self, block: Block, attribute: str) -> Found | None:
        """`data.aws_region.x.name`: the region of the provider's configuration, if that is the only one."""
        if attribute not in ("name", "id", "region") or not {"provider", "name", "region"}.isdisjoint(block.attributes):
            return None
        way: Way = self._way
        while way.module.provider is None and way.call is not None and "providers" not in way.call.block.attributes:
            way = way.call.way
        region = way.module.provider.attributes.get("region") if way.module.provider is not None else None
        value = way.evaluate(region.value) if region is not None else None
        if region is None or value is None or not isinstance(value.value, str):
            return None
        return region.value.file, value, "the region of the provider"


def _outputs(called: Caller, block: Block, file: HclFile) -> Value:
    """All outputs of a module, at the place of the block that calls it."""
    entries: list[tuple[Node, Node]] = []
    for name in called.module.outputs:
        found = called.output(name)
        value = used(found[1], found[0], block.start, block.end, file, "") if found else _missing(block)
        entries.append((Node(block.start, block.end, name), value))
    return Value(block.start, block.end, entries=entries)


def _missing(block: Block) -> Value:
    return Value(block.start, block.end, Unknown("an output", "reference"))
