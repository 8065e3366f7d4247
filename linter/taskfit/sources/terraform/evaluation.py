"""HCL expressions, evaluated as far as a folder of Terraform files tells; what only a deployment knows is `Unknown`.

A condition that can't be decided is a choice: an `Evaluation` takes one branch of each, and `evaluations` goes through
the combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from taskfit.definition import Unknown
from taskfit.sources import choices
from taskfit.sources.terraform import functions, instances, syntax
from taskfit.sources.terraform.budget import Budget
from taskfit.sources.terraform.choices import NAME, Choices, Condition, question
from taskfit.sources.terraform.collections import can_miss, element, opened, turns
from taskfit.sources.terraform.instances import ALONE, Key
from taskfit.sources.terraform.module import NOTHING, Found, Module, References, Scope
from taskfit.sources.terraform.syntax import Block, Expression, HclFile, children, operator, row_text, text_of
from taskfit.sources.terraform.templates import Templates
from taskfit.sources.terraform.values import (
    ELSEWHERE,
    Value,
    as_text,
    as_value,
    encode,
    made,
    number,
    origin_of,
    plain,
    used,
)
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

T = TypeVar("T")

MAX_READINGS = 32
"""Combinations of undecided conditions that are tried for one definition."""
MAX_STEPS_IN_ALL = 200_000
"""Expressions evaluated for one file before further combinations are left out."""
MAX_ITEMS = 256
"""Turns of one `for`."""

MAX_CALLS = 12
"""Modules within modules."""
MAX_CHOSEN_KEYS = 12
"""Keys of a map that are tried where the one that is looked up is unknown."""


def evaluations(module: Module, evaluate: Callable[[Evaluation], T]) -> tuple[list[T], bool]:
    """The results of each combination of branches, the one that takes the first of each before the others.

    The second value tells whether combinations were left out.
    """

    def tried(evaluation: Evaluation) -> tuple[T, bool]:
        result = evaluate(evaluation)
        module.steps += evaluation.budget.steps
        return result, evaluation.choices.is_impossible

    found, is_bounded = choices.evaluations(
        partial(Evaluation, module), tried, MAX_READINGS, lambda: module.steps > MAX_STEPS_IN_ALL
    )
    possible = [result for result, is_impossible in found if not is_impossible]
    return possible or [result for result, _ in found[:1]], is_bounded


@dataclass(frozen=True)
class Call:
    """A call of a module, as the caller's evaluation has it."""

    evaluation: Evaluation
    block: Block
    scope: Scope
    key: Key

    @property
    def address(self) -> str:
        """As Terraform calls what it makes: `module.app["web"]`."""
        outer = self.evaluation.address
        return f"{outer}{'.' if outer else ''}module.{self.block.labels[0]}{self.key.label}"


class Evaluation:
    """One way to evaluate a module, be it the first one or one that is called from there."""

    def __init__(
        self, module: Module, plan: Mapping[str, bool] = MappingProxyType({}), call: Call | None = None
    ) -> None:
        self.module = module
        self.call = call
        self.address = call.address if call else ""
        self.depth: int = call.evaluation.depth + 1 if call else 0
        self.choices: Choices = call.evaluation.choices if call else Choices(plan)
        self.budget: Budget = call.evaluation.budget if call else Budget()
        self._references = References(module, self.evaluate, self._argument, self.address)
        self._called: dict[str, Evaluation | None] = {}

    def evaluate(self, expression: Expression, scope: Scope = NOTHING) -> Value:
        """The value of an expression, at its place in the expression's file."""
        syntax = expression.syntax
        if not isinstance(syntax, Node):
            return self._term(expression.file, children(syntax) or [syntax], scope)
        with self.budget.level() as has_room:
            return self._json(expression.file, syntax, scope) if has_room else _unknown(expression)

    def called(self, block: Block, key: Key) -> Evaluation | None:
        """The module that a block calls, in one of its instances; nothing if its files can't be read."""
        name = f"{block.labels[0]}{key.label}"
        if name not in self._called:
            self._called[name] = None  # what calls itself has no end
            module = self.module.open(block) if self.depth < MAX_CALLS else None
            if module is not None:
                call = Call(self, block, instances.scope(block, key, self.evaluate), key)
                self._called[name] = Evaluation(module, call=call)
        return self._called[name]

    def apart(self) -> Evaluation:
        """The same module once more, for what must not make choices of its own."""
        call = self.call
        if call is None:
            return Evaluation(self.module, self.choices.plan)
        return Evaluation(self.module, call=replace(call, evaluation=call.evaluation.apart()))

    def output(self, name: str) -> tuple[HclFile, Value] | None:
        """What the module gives to its caller by a name."""
        attribute = self.module.outputs.get(name)
        if attribute is None:
            return None
        file = attribute.value.file
        return self._references.kept(f"output.{name}", lambda: (file, self.evaluate(attribute.value)))

    def holds(self, expression: Expression, scope: Scope = NOTHING) -> bool | None:
        """Whether a condition is true by what is known and was taken before; nothing if that doesn't tell."""
        if isinstance(expression.syntax, Node):
            return None
        return self._known(expression.file, children(expression.syntax), scope)

    def _argument(self, name: str) -> tuple[HclFile, Value] | None:
        """What the call gives to a variable."""
        attribute = self.call.block.attributes.get(name) if self.call else None
        if self.call is None or attribute is None:
            return None
        value = self.call.evaluation.evaluate(attribute.value, self.call.scope)
        is_settled = value.is_settled or (value.origin is None and not value.is_unknown)
        return attribute.value.file, replace(value, is_settled=is_settled)

    def _json(self, file: HclFile, node: Node, scope: Scope) -> Value:
        """A value of Terraform's JSON syntax, where every string is a template."""
        if node.entries is not None:
            entries = [(key, self.evaluate(Expression(file, inner), scope)) for key, inner in node.entries]
            return Value(node.start, node.end, entries=list[tuple[Node, Node]](entries), is_partial=node.is_partial)
        if node.items is not None:
            items = [self.evaluate(Expression(file, item), scope) for item in node.items]
            return Value(node.start, node.end, items=list[Node](items))
        text = node.value.text if isinstance(node.value, Unknown) else node.value
        if isinstance(text, str) and ("${" in text or "%{" in text):
            template = syntax.template(text, file.name)
            if template is None:
                return Value(node.start, node.end, Unknown(text, "reference"))
            # All of a template within a JSON string stands at the string.
            value = self.evaluate(template, scope)
            return used(value, HclFile("", SourceText("")), node.start, node.end, ELSEWHERE, "")
        return Value(node.start, node.end, node.value)

    def _term(self, file: HclFile, nodes: Sequence[Syntax], scope: Scope) -> Value:
        """What some nodes in a row mean: a value with attributes and indexes behind it."""
        with self.budget.level() as has_room:
            return self._row(file, nodes, scope) if has_room else _unknown(Expression(file, nodes[0]))

    def _row(self, file: HclFile, nodes: Sequence[Syntax], scope: Scope) -> Value:
        whole = Expression(file, nodes[0])
        if nodes[0].type == "(" and len(nodes) > 2:
            value, rest = self.evaluate(Expression(file, nodes[1]), scope), nodes[3:]
        elif nodes[0].type == "variable_expr":
            return self._reference(file, nodes, scope)
        else:
            handler = _HANDLERS.get(nodes[0].type)
            value = handler(self, file, nodes[0], scope) if handler else _unknown(whole)
            rest = nodes[1:]
        return self._steps_into(file, value, nodes, rest, scope) if rest else value

    def _steps_into(
        self, file: HclFile, value: Value, nodes: Sequence[Syntax], rest: Sequence[Syntax], scope: Scope
    ) -> Value:
        for step in rest:
            if step.type == "splat":
                return self._splat(file, value, step, _unknown_row(file, nodes), scope)
            key = self._key(file, step, scope)
            found = element(value, key) if key is not None else self._chosen(value, _inner(file, step), scope)
            if found is None or (found.is_unknown and not found.is_missing):
                is_missing = found is None and can_miss(value, key)
                found = _unknown_row(file, nodes, is_missing=is_missing)
            value = found
        return value

    def _chosen(self, value: Value, key: Expression | None, scope: Scope, default: Value | None = None) -> Value | None:
        """What a map has for a key that is unknown: each one is tried, as a choice."""
        if value.is_partial or not value.entries:
            return None
        found, is_certain = self._found([str(name.value) for name, _ in value.entries], key, scope)
        if found is not None:
            return as_value(value.entries[found][1])
        self.choices.is_impossible |= is_certain and default is None
        return default if is_certain else None

    def _found(self, options: Sequence[str], key: Expression | None, scope: Scope) -> tuple[int | None, bool]:
        """Which of some texts an unknown one equals, and whether it is certain that it equals this one or none."""
        is_free = key is not None and not any(name in key.text for name in scope)
        asked = self._subject(key) if key is not None and is_free and len(options) <= MAX_CHOSEN_KEYS else None
        if asked is None:
            return None, False
        for index, option in enumerate(options):
            holds = self.choices.choose(replace(asked, literal=f'"{option}"'))
            if holds is None:
                return None, False
            if holds:
                return index, True
        return None, True

    def _subject(self, expression: Expression) -> Condition | None:
        """What an unknown text is, if it comes down to one name."""
        if isinstance(expression.syntax, Node):
            return None
        evaluation, file, row = self._canonical(expression.file, children(expression.syntax))
        text = row_text(file, row)
        names = evaluation.leaves(text)
        return Condition(evaluation.named(text), names=names) if len(names) == 1 else None

    def named(self, text: str) -> str:
        """A name or a condition as it is told apart from the same in another module."""
        return text if not self.address or text.startswith("terraform.") else f"{self.address}: {text}"

    def _canonical(self, file: HclFile, row: Sequence[Syntax]) -> tuple[Evaluation, HclFile, Sequence[Syntax]]:
        """Some nodes in a row, or what they stand for if they are no more than a name for another expression."""
        evaluation = self
        for _ in range(MAX_CALLS * 2):
            while len(row) == 1 and row[0].type == "expression":
                row = children(row[0])
            names = [text_of(node).strip(".") for node in row[:2]]
            if len(row) != 2 or names[0] not in ("local", "var") or row[1].type != "get_attr":
                break
            attribute, call = evaluation.module.locals.get(names[1]), evaluation.call
            if names[0] == "var":
                attribute = call.block.attributes.get(names[1]) if call else None
            if attribute is None or isinstance(attribute.value.syntax, Node):
                break
            if names[0] == "var" and call is not None:
                if any(name in attribute.value.text for name in call.scope):
                    break
                evaluation = call.evaluation
            file, row = attribute.value.file, children(attribute.value.syntax)
        return evaluation, file, row

    def leaves(self, text: str, depth: int = 0) -> frozenset[str]:
        """The names that an expression comes down to, through locals and the arguments of calls."""
        found: set[str] = set()
        for name in NAME.findall(text):
            root, attribute = name.split(".")[:2]
            local = self.module.locals.get(attribute) if root == "local" else None
            argument = self.call.block.attributes.get(attribute) if self.call and root == "var" else None
            if depth > MAX_CALLS or (local is None and argument is None):
                found.add(self.named(name))
            elif local is not None:
                found |= self.leaves(local.value.written, depth + 1)
            elif argument is not None and self.call is not None:
                found |= self.call.evaluation.leaves(argument.value.written, depth + 1)
        return frozenset(found)

    def _splat(self, file: HclFile, value: Value, step: Syntax, unknown: Value, scope: Scope) -> Value:
        if value.items is None:
            return unknown
        inner = [child for child in children(step.children[0]) if child.type in ("get_attr", "index")]
        items = []
        for item in value.items:
            found: Value | None = item if isinstance(item, Value) else None
            for part in inner:
                found = element(found, self._key(file, part, scope)) if found else None
            items.append(found or unknown)
        return Value(unknown.start, unknown.end, items=list[Node](items))

    def _key(self, file: HclFile, step: Syntax, scope: Scope) -> str | int | None:
        if step.type == "get_attr":
            return text_of(step.children[-1])
        inner = step.children[0] if step.children else step
        node = next((child for child in inner.children if child.type not in ("[", "]", ".")), None)
        if node is None:
            return None
        if node.type == "expression":
            key = plain(self.evaluate(Expression(file, node), scope))
            return key if isinstance(key, str | int) else None
        text = text_of(node)
        return int(text) if text.isdigit() else text

    def _reference(self, file: HclFile, nodes: Sequence[Syntax], scope: Scope) -> Value:
        start, end = file.offset(nodes[0].start_byte), file.offset(nodes[-1].end_byte)
        names = [text_of(nodes[0])]
        for node in nodes[1:]:
            if node.type != "get_attr":
                break
            names.append(text_of(node.children[-1]))
        root = names[0]
        found: Found | None
        if root in scope:
            found, count = (file, scope[root], ""), 1
        elif root in ("module", "data") or (len(names) > 1 and f"{root}.{names[1]}" in self.module.resources):
            found, count = self._of_block(file, nodes, names, scope)
        else:
            found, count = self._references.find(names)
        if found is None:
            return _unknown_row(file, nodes)
        other, value, words = found
        value, rest = self._part(file, value, nodes[count:], scope)
        if not self.budget.has_room(value.size):
            return _unknown_row(file, nodes)
        # What a scope holds stands in the file itself, unless it comes from elsewhere.
        if root not in scope or value.origin is not None or value.is_unknown:
            value = used(value, other, start, end, file, words, ".".join(names[:2]))
        if value.is_unknown and len(rest) < len(nodes) - count:
            return _unknown_row(file, nodes)
        return self._steps_into(file, value, nodes, rest, scope) if rest else value

    def _part(
        self, file: HclFile, value: Value, rest: Sequence[Syntax], scope: Scope
    ) -> tuple[Value, Sequence[Syntax]]:
        """The part of a value that attributes and indexes lead to, and those that lead no further."""
        for index, step in enumerate(rest):
            is_whole = value.entries is not None or value.items is not None
            key = self._key(file, step, scope) if is_whole and step.type != "splat" else None
            inner = element(value, key) if key is not None else None
            if inner is None:
                return value, rest[index:]
            value = inner
        return value, ()

    def _of_block(
        self, file: HclFile, nodes: Sequence[Syntax], names: Sequence[str], scope: Scope
    ) -> tuple[Found | None, int]:
        """What `module.x["k"].y`, `data.t.x[0].y` or `t.x.y` stands for, and how many nodes say so."""
        width = 3 if names[0] == "data" else 2
        name = (
            ".".join(names[-width if len(names) < width else 0 : width]).removeprefix("data.").removeprefix("module.")
        )
        group = {"module": self.module.modules, "data": self.module.data}.get(names[0], self.module.resources)
        block = group.get(name) if len(names) >= width else None
        if block is None:
            return None, 1
        rest = nodes[width:]
        key, is_each = ALONE, False
        if rest and rest[0].type == "index":
            index = self._key(file, rest[0], scope)
            if index is None:
                return None, 1
            key, rest = Key(index), rest[1:]
        elif rest and rest[0].type == "splat":
            is_each = True
            rest = [part for part in children(rest[0].children[0]) if part.type in ("get_attr", "index")][:1]
        attribute = text_of(rest[0].children[-1]) if rest and rest[0].type == "get_attr" else ""
        count = width + (1 if key is not ALONE else 0) + (1 if attribute else 0)
        if not attribute and names[0] == "data" and name.startswith("template_file."):
            return self._of_texts(block, name), count
        if is_each or (not attribute and names[0] == "module"):
            return self._of_each(block, name, attribute), width + 1 if is_each else count
        if not attribute:
            return None, 1
        return self._of_instance(block, name, self._shown(block, key), attribute), count

    def _shown(self, block: Block, key: Key) -> Key:
        """A key as the instances of its block have it: one alone has no label."""
        if key.value is None and not ("count" in block.attributes or "for_each" in block.attributes):
            return ALONE
        found, _ = instances.keys(block, self.evaluate)
        return next((other for other in found if other.value == key.value), key)

    def _of_each(self, block: Block, name: str, attribute: str) -> Found | None:
        """An attribute of all instances of a block, or all outputs of a module."""
        keys, is_cut = instances.keys(block, self.evaluate)
        if is_cut or any(
            key is ALONE and ("count" in block.attributes or "for_each" in block.attributes) for key in keys
        ):
            return None
        file = next(iter(block.attributes.values())).value.file
        values: dict[Key, Value] = {}
        for key in keys:
            if attribute:
                found = self._of_instance(block, name, key, attribute)
                value = used(found[1], found[0], block.start, block.end, file, "") if found else _missing_value(block)
            else:
                called = self.called(block, key)
                if called is None:
                    return None
                value = called.outputs(block, file)
            values[key] = value
        if keys == [ALONE] and not attribute:
            return file, values[ALONE], ""
        return file, instances.of_all(values, block.start, block.end), ""

    def _of_texts(self, block: Block, name: str) -> Found | None:
        """All instances of a template, each with its text."""
        found = self._of_each(block, name, "rendered")
        if found is None:
            return None
        file, texts, words = found

        def instance(text: Node) -> Node:
            return Value(text.start, text.end, entries=[(Node(text.start, text.end, "rendered"), text)])

        if texts.items is not None:
            return file, replace(texts, items=[instance(text) for text in texts.items]), words
        return file, replace(texts, entries=[(key, instance(text)) for key, text in texts.entries or ()]), words

    def outputs(self, block: Block, file: HclFile) -> Value:
        """All that the module gives to its caller, at the block that calls it."""
        entries: list[tuple[Node, Node]] = []
        for name in self.module.outputs:
            found = self.output(name)
            value = used(found[1], found[0], block.start, block.end, file, "") if found else _missing_value(block)
            entries.append((Node(block.start, block.end, name), value))
        return Value(block.start, block.end, entries=entries)

    def _of_instance(self, block: Block, name: str, key: Key, attribute: str) -> Found | None:
        """An output of a module, the text of a template, or what the configuration gives to an argument of a resource."""
        if block.type == "module":
            called = self.called(block, key)
            found = called.output(attribute) if called is not None else None
            if found is not None:
                return *found, f"{attribute} of module.{name}{key.label}"
            output = self.module.call(self.evaluate, block, attribute)
            file = next(iter(block.attributes.values())).value.file if block.attributes else ELSEWHERE
            return None if output is None else (file, output, f"module.{name}")
        scope = instances.scope(block, key, self.evaluate)
        if name.startswith("aws_region.") and block.type == "data":
            return self._region(block, attribute)
        if block.type == "data":
            return self._references.rendered(name, scope) if attribute in ("rendered", "content") else None
        argument = block.attributes.get(attribute)
        if argument is None:
            return None
        place = f"{name}{key.label}.{attribute}"
        kept = self._references.kept(place, lambda: (argument.value.file, self.evaluate(argument.value, scope)))
        return None if kept is None or kept[1].is_unknown or kept[1].value is None else (*kept, place)

    def _region(self, block: Block, attribute: str) -> Found | None:
        """`data.aws_region.x.name`: what the configuration of the provider says, if that is the only one."""
        if attribute not in ("name", "id", "region") or not {"provider", "name", "region"}.isdisjoint(block.attributes):
            return None
        if self.module.provider is None and self.call is not None and "providers" not in self.call.block.attributes:
            return self.call.evaluation._region(block, attribute)  # noqa: SLF001 - another of the same kind
        region = self.module.provider.attributes.get("region") if self.module.provider is not None else None
        value = self.evaluate(region.value) if region is not None else None
        if region is None or value is None or not isinstance(value.value, str):
            return None
        return region.value.file, value, "the region of the provider"

    def _decide(self, expression: Expression, scope: Scope) -> bool | None:
        """Whether a condition holds; nothing if no branch may be taken without guessing."""
        value = self.evaluate(expression, scope)
        if isinstance(value.value, bool):
            return value.value
        if value.value in ("true", "false"):
            return bool(value.value == "true")
        if not isinstance(value.value, Unknown) or any(name in expression.text for name in scope):
            return None
        if not isinstance(expression.syntax, Node):
            known = self._known(expression.file, children(expression.syntax), scope)
            if known is not None:
                return known
        return self.choices.choose(self._condition(expression, scope))

    def _condition(self, expression: Expression, scope: Scope) -> Condition:
        """What an expression asks about, by names that tell modules apart."""
        if isinstance(expression.syntax, Node):
            return Condition(self.named(expression.text), names=self.leaves(expression.text))
        return self._asked(expression.file, children(expression.syntax), scope)

    def _asked(self, file: HclFile, row: Sequence[Syntax], scope: Scope) -> Condition:
        evaluation, file, found = self._canonical(file, row)
        inner = scope if evaluation is self and found is row else NOTHING
        asked = question(found, lambda row: evaluation._term(file, row, inner))  # noqa: SLF001 - another of the same kind
        evaluation, file, subject = evaluation._canonical(file, asked.subject)  # noqa: SLF001
        text = row_text(file, subject)
        return Condition(evaluation.named(text), asked.literal, asked.is_negated, evaluation.leaves(text))

    def _known(self, file: HclFile, row: Sequence[Syntax], scope: Scope) -> bool | None:
        """Whether a condition holds by its parts and by what was taken before."""
        while len(row) == 1 and row[0].type in ("expression", "operation", "binary_operation", "unary_operation"):
            row = children(row[0])
        if len(row) == 3 and row[0].type == "(":
            return self._known(file, [row[1]], scope)
        if row and row[0].type == "!":
            inner = self._known(file, row[1:], scope)
            return None if inner is None else not inner
        at = operator(row)
        if at is not None and row[at].type in ("&&", "||"):
            decisive = row[at].type == "||"
            sides = (self._known(file, row[:at], scope), self._known(file, row[at + 1 :], scope))
            return decisive if decisive in sides else None if None in sides else not decisive
        value = self._term(file, row, scope).value
        if isinstance(value, bool) or value in ("true", "false"):
            return value is True or value == "true"
        return self.choices.decided(self._asked(file, row, scope)) if row else None

    def _expression(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        return self.evaluate(Expression(file, node), scope)

    def _literal(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0] if node.type == "literal_value" else node
        start, end = file.offset(node.start_byte), file.offset(node.end_byte)
        text = text_of(inner)
        if inner.type == "numeric_lit":
            return Value(start, end, number(text))
        if inner.type == "bool_lit":
            return Value(start, end, text == "true")
        if inner.type == "null_lit":
            return Value(start, end, None)
        if inner.type == "string_lit":
            return self._templates(file, scope).quoted(inner)
        return _unknown(Expression(file, node))

    def _collection(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0]
        start, end = file.offset(inner.start_byte), file.offset(inner.end_byte)
        if inner.type == "tuple":
            items = [self._expression(file, child, scope) for child in inner.children if child.type == "expression"]
            return Value(start, end, items=list[Node](items))
        made_object = Value(start, end, entries=[])
        places: dict[str, int] = {}
        for child in inner.children:
            if child.type == "object_elem":
                self._entry(file, child, made_object, places, scope)
        return made_object

    def _entry(self, file: HclFile, syntax: Syntax, into: Value, places: dict[str, int], scope: Scope) -> None:
        parts = [child for child in syntax.children if child.type == "expression"]
        if len(parts) != 2 or into.entries is None:
            into.is_partial = True
            return
        bare = parts[0].children[0] if parts[0].child_count == 1 else None
        key = Expression(file, parts[0])
        is_name = bare is not None and bare.type == "variable_expr"
        name = key.text if is_name else as_text(self.evaluate(key, scope).value)
        if name is None:
            into.is_partial = True
            return
        entry = (Node(key.start, key.end, name), self._expression(file, parts[1], scope))
        if name in places:
            into.entries[places[name]] = entry
        else:
            places[name] = len(into.entries)
            into.entries.append(entry)

    def _for(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0]
        start, end = file.offset(inner.start_byte), file.offset(inner.end_byte)
        is_list = inner.type == "for_tuple_expr"
        unknown = _unknown(Expression(file, node))
        intro = next((child for child in inner.children if child.type == "for_intro"), None)
        results = [child for child in inner.children if child.type == "expression"]
        if intro is None or not results or any(child.type == "ellipsis" for child in inner.children):
            return unknown
        test = next((child for child in inner.children if child.type == "for_cond"), None)
        names = [text_of(child) for child in intro.children if child.type == "identifier"]
        over = self._expression(file, next(child for child in intro.children if child.type == "expression"), scope)
        known = turns(over)
        result = Value(start, end, items=[]) if is_list else Value(start, end, entries=[])
        if known is None or len(known) > MAX_ITEMS:
            known, result = [], opened(result, unknown)
        for key, item in known:
            names_scope = {**scope, names[-1]: item} if len(names) == 1 else {**scope, names[0]: key, names[1]: item}
            keeps = self._keeps(file, test, names_scope)
            if item.is_unknown or keeps is None:
                result = opened(result, unknown)
            elif keeps and result.items is not None:
                result.items.append(self._expression(file, results[0], names_scope))
            elif keeps and result.entries is not None:
                name = as_text(self._expression(file, results[0], names_scope).value)
                if name is None or len(results) < 2:
                    result.is_partial = True
                else:
                    value = self._expression(file, results[1], names_scope)
                    result.entries.append((Node(value.start, value.start, name), value))
        return result

    def _keeps(self, file: HclFile, test: Syntax | None, scope: Scope) -> bool | None:
        if test is None:
            return True
        value = self._expression(file, test.children[-1], scope).value
        return value if isinstance(value, bool) else None

    def _conditional(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        parts = [child for child in node.children if child.type == "expression"]
        if len(parts) != 3:
            return _unknown(Expression(file, node))
        holds = self._decide(Expression(file, parts[0]), scope)
        if holds is None:
            return _unknown(Expression(file, node))
        return self._expression(file, parts[1] if holds else parts[2], scope)

    def _operation(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0]
        whole = Expression(file, inner)
        parts = children(inner)
        if inner.type == "unary_operation":
            value = self._term(file, parts[1:], scope)
            content = functions.unary(parts[0].type, value.value)
            return made(content, whole.start, whole.end, value.origin) if content is not None else _unknown(whole)
        at = operator(parts)
        if at is None or at + 1 >= len(parts):
            return _unknown(whole)
        left, right = self._term(file, parts[:at], scope), self._term(file, parts[at + 1 :], scope)
        content = functions.binary(parts[at].type, plain(left), plain(right))
        if content is None:
            return _unknown(whole)
        return made(content, whole.start, whole.end, origin_of((left, right)))

    def _call(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        whole = Expression(file, node)
        name = text_of(node.children[0])
        listed = next((child for child in node.children if child.type == "function_arguments"), None)
        nodes = [child for child in (listed.children if listed else ()) if child.type == "expression"]
        arguments = [self._expression(file, child, scope) for child in nodes]
        if listed is not None and any(child.type == "ellipsis" for child in listed.children):
            last = arguments.pop()
            arguments += [as_value(item) for item in (last.items if last.items is not None else [last])]
        if name in ("file", "templatefile", "templatestring"):
            return self._references.read(whole, name, arguments) or _unknown(whole)
        if name in self.module.functions:
            return self.module.functions[name](arguments) or _unknown(whole)
        if name == "fileexists":
            return made(self._references.exists(arguments) or Unknown(whole.text, "reference"), whole.start, whole.end)
        if name == "lookup" and len(arguments) > 1 and arguments[1].is_unknown:
            default = arguments[2] if len(arguments) > 2 else None
            return self._chosen(arguments[0], Expression(file, nodes[1]), scope, default) or _unknown(whole)
        if name == "jsonencode" and len(arguments) == 1:
            return encode(arguments[0], whole.start, whole.end)
        if name == "contains" and len(arguments) == 2 and arguments[1].is_unknown:
            items = plain(arguments[0])
            options = [str(item) for item in items] if isinstance(items, list) else []
            found, is_certain = self._found(options, Expression(file, nodes[1]), scope) if options else (None, False)
            return made(found is not None, whole.start, whole.end) if is_certain else _unknown(whole)
        result = functions.call(name, arguments, whole.start, whole.end)
        has_room = result is not None and self.budget.has_room(sum(1 for _ in result.walk()))
        return result if result is not None and has_room else _unknown(whole)

    def _template(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0] if node.type == "template_expr" else node
        templates = self._templates(file, scope)
        return templates.heredoc(inner) if inner.type == "heredoc_template" else templates.quoted(inner)

    def _templates(self, file: HclFile, scope: Scope) -> Templates:
        return Templates(file, partial(self.evaluate, scope=scope), partial(self._decide, scope=scope))


_HANDLERS: dict[str, Callable[[Evaluation, HclFile, Any, Scope], Value]] = {
    "expression": Evaluation._expression,  # noqa: SLF001
    "literal_value": Evaluation._literal,  # noqa: SLF001
    "template_expr": Evaluation._template,  # noqa: SLF001
    "heredoc_template": Evaluation._template,  # noqa: SLF001
    "quoted_template": Evaluation._template,  # noqa: SLF001
    "collection_value": Evaluation._collection,  # noqa: SLF001
    "for_expr": Evaluation._for,  # noqa: SLF001
    "conditional": Evaluation._conditional,  # noqa: SLF001
    "operation": Evaluation._operation,  # noqa: SLF001
    "function_call": Evaluation._call,  # noqa: SLF001
}


def _inner(file: HclFile, step: Syntax) -> Expression | None:
    """The expression of an index."""
    inner = step.children[0] if step.children else step
    node = next((child for child in inner.children if child.type == "expression"), None)
    return None if node is None else Expression(file, node)


def _missing_value(block: Block) -> Value:
    return Value(block.start, block.end, Unknown("an output", "reference"))


def _unknown(expression: Expression) -> Value:
    return Value(expression.start, expression.end, Unknown(expression.text, "reference"))


def _unknown_row(file: HclFile, nodes: Sequence[Syntax], *, is_missing: bool = False) -> Value:
    start, end = file.offset(nodes[0].start_byte), file.offset(nodes[-1].end_byte)
    return Value(start, end, Unknown(row_text(file, nodes), "reference"), is_missing=is_missing)
