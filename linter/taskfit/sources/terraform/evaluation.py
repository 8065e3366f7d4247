"""HCL expressions, evaluated as far as a folder of Terraform files defines them; the rest is `Unknown`.

A condition that can't be decided is a choice: an `Evaluation` takes one branch of each, and `evaluations` goes through
the combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from taskfit.definition import Unknown
from taskfit.sources import choices
from taskfit.sources.terraform import functions, instances, syntax
from taskfit.sources.terraform.budget import MAX_STEPS, Budget
from taskfit.sources.terraform.choices import Choices
from taskfit.sources.terraform.collections import can_miss, element, opened, turns
from taskfit.sources.terraform.conditions import MAX_CALLS, Call, Conditions
from taskfit.sources.terraform.instances import Key
from taskfit.sources.terraform.memory import UNFINISHED, Kept, Memory, Record
from taskfit.sources.terraform.module import NOTHING, Found, Module, References, Scope
from taskfit.sources.terraform.named_blocks import NamedBlocks
from taskfit.sources.terraform.syntax import Block, Expression, HclFile, children, operator, row_text, text_of
from taskfit.sources.terraform.templates import Templates
from taskfit.sources.terraform.types import unified
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


def evaluations(module: Module, evaluate: Callable[[Evaluation], T]) -> tuple[list[T], bool]:
    """The results of each combination of branches, the one that takes the first of each before the others.

    The second value says whether combinations were left out.
    """

    def tried(evaluation: Evaluation) -> tuple[T, bool]:
        result = evaluate(evaluation)
        module.steps += evaluation.budget.steps
        return result, evaluation.choices.is_impossible

    found, is_bounded = choices.evaluations(
        partial(Evaluation, module, memory=module.memory), tried, MAX_READINGS, lambda: module.steps > MAX_STEPS_IN_ALL
    )
    possible = [result for result, is_impossible in found if not is_impossible]
    return possible or [result for result, _ in found[:1]], is_bounded


class Evaluation:
    """One way to evaluate a module, be it the first one or one that is called from there."""

    def __init__(
        self,
        module: Module,
        plan: Mapping[str, bool] = MappingProxyType({}),
        call: Call | None = None,
        caller: Evaluation | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.module = module
        self.call = call
        self.caller = caller
        self.address = call.address if call else ""
        self.depth: int = caller.depth + 1 if caller else 0
        self.choices: Choices = caller.choices if caller else Choices(plan)
        self.budget: Budget = caller.budget if caller else Budget(self.choices.trail)
        self._memory = memory
        self._trail = self.choices.trail
        self._references = References(module, self.evaluate, self._argument, self.address, self._trail)
        self._called: dict[str, Record[Evaluation | None]] = {}
        self.conditions = Conditions(self)
        self._named_blocks = NamedBlocks(self, self._references)

    def evaluate(self, expression: Expression, scope: Scope = NOTHING) -> Value:
        """The value of an expression, at its place in the expression's file."""
        file, syntax = expression
        nodes = [] if isinstance(syntax, Node) else children(syntax)
        if len(nodes) == 1 and nodes[0].type == "literal_value":
            return self.term(file, nodes, scope)  # which takes no longer than to remember it
        key = (self.address, file, id(syntax) if isinstance(syntax, Node) else syntax.id)
        memory = None if scope else self._memory
        if memory is not None:
            kept = memory.get(key)
            if kept is not None and self.budget.steps + kept.steps <= MAX_STEPS and self._trail.repeats(kept.record):
                self.budget.steps += kept.steps
                return self._trail.use(kept.record)
        begun, before = self._trail.begin(), self.budget.steps
        if not isinstance(syntax, Node):
            value = self.term(file, nodes or [syntax], scope)
        else:
            with self.budget as has_room:
                value = self._json(file, syntax, scope) if has_room else _unknown(expression)
        if memory is not None:
            record = self._trail.finish(begun, value)
            if record.is_whole:
                memory[key] = Kept(record, self.budget.steps - before, expression)
        return value

    def evaluate_once(self, expression: Expression, scope: Scope = NOTHING) -> Value:
        """The same, kept for what is asked for by each instance of a block."""
        if scope:
            return self.evaluate(expression, scope)
        file = expression.file
        key = f"{file.path} {expression.start}"
        kept = self._references.kept(key, lambda: (file, self.evaluate(expression)))
        return kept[1] if kept is not None else _unknown(expression)

    def called(self, block: Block, key: Key) -> Evaluation | None:
        """The module that a block calls, in one of its instances; nothing if its files can't be read."""
        name = f"{block.labels[0]}{key.label}"
        if name in self._called:
            return self._trail.use(self._called[name])
        self._called[name] = UNFINISHED  # what calls itself has no end
        begun = self._trail.begin()
        module = self.module.open(block) if self.depth < MAX_CALLS else None
        made = self._trail.finish(
            begun, instances.scope(block, key, self.evaluate_once) if module is not None else NOTHING
        )
        evaluation = None
        if module is not None:
            evaluation = Evaluation(module, call=Call(self, block, key, made), caller=self, memory=self._memory)
        self._called[name] = Record(evaluation, (made,), made.is_whole)
        return evaluation

    def apart(self) -> Evaluation:
        """The same module once more, for what must not make choices of its own."""
        if self.call is None or self.caller is None:
            return Evaluation(self.module, self.choices.plan)
        caller = self.caller.apart()
        return Evaluation(self.module, call=replace(self.call, way=caller), caller=caller)

    def output(self, name: str) -> tuple[HclFile, Value] | None:
        """What the module gives to its caller by a name."""
        attribute = self.module.outputs.get(name)
        if attribute is None:
            return None
        file = attribute.value.file
        return self._references.kept(f"output.{name}", lambda: (file, self.evaluate(attribute.value)))

    def holds(self, expression: Expression, scope: Scope = NOTHING) -> bool | None:
        """Whether a condition is true by what is known and was taken before; `None` if that doesn't decide it."""
        if isinstance(expression.syntax, Node):
            return None
        return self.conditions.known(expression.file, children(expression.syntax), scope)

    def _argument(self, name: str) -> tuple[HclFile, Value] | None:
        """What the call gives to a variable."""
        attribute = self.call.block.attributes.get(name) if self.call else None
        if self.call is None or attribute is None:
            return None
        value = self.call.way.evaluate(attribute.value, self._trail.use(self.call.made))
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

    def term(self, file: HclFile, nodes: Sequence[Syntax], scope: Scope) -> Value:
        """What some nodes in a row mean: a value with attributes and indexes behind it."""
        with self.budget as has_room:
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
            found = element(value, key) if key is not None else self.conditions.chosen(value, _inner(file, step), scope)
            if found is None or (found.is_opaque and not found.is_missing):
                is_missing = found is None and can_miss(value, key)
                found = _unknown_row(file, nodes, is_missing=is_missing)
            value = found
        return value

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
            found, count = self._named_blocks.find(nodes, names, lambda step: self._key(file, step, scope))
        else:
            found, count = self._references.find(names)
        if found is None:
            return _unknown_row(file, nodes)
        other, value, words = found
        value, rest = self._part(file, value, nodes[count:], scope)
        if not self.budget.has_room(value.size(MAX_STEPS - self.budget.steps)):
            return _unknown_row(file, nodes)
        # What a scope holds stands in the file itself, unless it comes from elsewhere.
        if root not in scope or value.origin is not None or value.is_unknown:
            value = used(value, other, start, end, file, words, ".".join(names[:2]))
        if value.is_opaque and len(rest) < len(nodes) - count:
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
            items: list[Node] = []
            for child in inner.children:
                if child.type == "expression":
                    item = self._expression(file, child, scope)
                    # Before Terraform 0.12, a list was given to a list as `["${var.names}"]`.
                    spliced = item.items if text_of(child).startswith('"') else None
                    items.extend([item] if spliced is None else spliced)
            return Value(start, end, items=items)
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
            if item.is_opaque or keeps is None:
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
        holds = self.conditions.decide(Expression(file, parts[0]), scope)
        if holds is None:
            return _unknown(Expression(file, node))
        value = self._expression(file, parts[1] if holds else parts[2], scope)
        # Both branches become one type: a list, unless they are tuples of the same length.
        return value if value.items is None else replace(value, items=unified(value.items))

    def _operation(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0]
        whole = Expression(file, inner)
        parts = children(inner)
        if inner.type == "unary_operation":
            value = self.term(file, parts[1:], scope)
            content = functions.unary(parts[0].type, value.value)
            return made(content, whole.start, whole.end, value.origin) if content is not None else _unknown(whole)
        at = operator(parts)
        if at is None or at + 1 >= len(parts):
            return _unknown(whole)
        left, right = self.term(file, parts[:at], scope), self.term(file, parts[at + 1 :], scope)
        content = functions.binary(parts[at].type, plain(left), plain(right))
        if content is None:
            # Terraform 1.12 and later don't look at the right side of && and || where the left one decides.
            is_missing = parts[at].type not in ("&&", "||") and (left.is_missing or right.is_missing)
            return replace(_unknown(whole), is_missing=is_missing)
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
        if name == "lookup" and len(nodes) > 1 and arguments[1].is_unknown:
            default = arguments[2] if len(arguments) > 2 else None
            return self.conditions.chosen(arguments[0], Expression(file, nodes[1]), scope, default) or _unknown(whole)
        if name == "jsonencode" and len(arguments) == 1:
            return encode(arguments[0], whole.start, whole.end)
        if name == "contains" and len(nodes) == 2 and len(arguments) == 2 and arguments[1].is_unknown:
            is_among = self.conditions.is_among(arguments[0], Expression(file, nodes[1]), scope)
            return _unknown(whole) if is_among is None else made(is_among, whole.start, whole.end)
        result = functions.call(name, arguments, whole.start, whole.end)
        has_room = result is not None and self.budget.has_room(sum(1 for _ in result.walk()))
        return result if result is not None and has_room else _unknown(whole)

    def _template(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0] if node.type == "template_expr" else node
        templates = self._templates(file, scope)
        return templates.heredoc(inner) if inner.type == "heredoc_template" else templates.quoted(inner)

    def _templates(self, file: HclFile, scope: Scope) -> Templates:
        return Templates(file, partial(self.evaluate, scope=scope), partial(self.conditions.decide, scope=scope))


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


def _unknown(expression: Expression) -> Value:
    return Value(expression.start, expression.end, Unknown(expression.text, "reference"))


def _unknown_row(file: HclFile, nodes: Sequence[Syntax], *, is_missing: bool = False) -> Value:
    start, end = file.offset(nodes[0].start_byte), file.offset(nodes[-1].end_byte)
    return Value(start, end, Unknown(row_text(file, nodes), "reference"), is_missing=is_missing)
