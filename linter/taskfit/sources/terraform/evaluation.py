"""Evaluation of HCL expressions, as far as a folder of Terraform files defines them; the rest is `Unknown`.

A condition that can't be decided is a choice: an `Evaluation` takes one branch of each, and `evaluations` goes through
the combinations.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, TypeVar

from taskfit.definition import Unknown
from taskfit.record import replace
from taskfit.sources import choices
from taskfit.sources.terraform import functions, instances, parsing
from taskfit.sources.terraform.budget import MAX_STEPS, Budget
from taskfit.sources.terraform.choices import Choices
from taskfit.sources.terraform.collections import can_miss, element, opened, turns
from taskfit.sources.terraform.conditions import MAX_CALLS, Conditions, ModuleCall
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.instances import Key
from taskfit.sources.terraform.kinds import is_text
from taskfit.sources.terraform.memory import UNFINISHED, Kept, Memory, Record
from taskfit.sources.terraform.module import NOTHING, Found, Module, Placed, References, Scope
from taskfit.sources.terraform.named_blocks import NamedBlocks
from taskfit.sources.terraform.syntax import (
    Access,
    Binary,
    Block,
    Call,
    Conditional,
    Constant,
    Expression,
    For,
    Hidden,
    Interpolated,
    Json,
    Object,
    Other,
    Overriding,
    Parentheses,
    Reference,
    Splat,
    Step,
    Template,
    Tuple,
    Unary,
)
from taskfit.sources.terraform.templates import rendered
from taskfit.sources.terraform.types import scalar, unified
from taskfit.sources.terraform.values import ELSEWHERE, Value, as_text, as_value, encode, made, origin_of, plain, used
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node

T = TypeVar("T")

MAX_READINGS = 32
"""The maximum number of combinations of undecided conditions tried for one definition."""
MAX_STEPS_IN_ALL = 200_000
"""Expressions evaluated for one file before further combinations are left out."""
MAX_ITEMS = 256
"""The maximum number of iterations of one `for`."""


def evaluations(module: Module, evaluate: Callable[[Evaluation], T]) -> tuple[list[T], bool]:
    """The results of each combination of branches, beginning with the first branch of each condition.

    The second value says whether combinations were left out.
    """
    most_steps = 0

    def tried(evaluation: Evaluation) -> tuple[T, bool]:
        nonlocal most_steps
        result = evaluate(evaluation)
        module.steps += evaluation.budget.steps
        most_steps = max(most_steps, evaluation.budget.steps)
        return result, evaluation.choices.is_impossible

    def is_exhausted() -> bool:
        # If one reading exceeds the budget, so would the others, after as much work.
        return module.steps > MAX_STEPS_IN_ALL or most_steps > MAX_STEPS

    found, is_bounded = choices.evaluations(
        partial(Evaluation, module, memory=module.memory), tried, MAX_READINGS, is_exhausted
    )
    possible = [result for result, is_impossible in found if not is_impossible]
    return possible or [result for result, _ in found[:1]], is_bounded


class Evaluation:
    """One evaluation of a module: the root module or one that it calls."""

    def __init__(
        self,
        module: Module,
        plan: Mapping[str, bool] = MappingProxyType({}),
        call: ModuleCall | None = None,
        caller: Evaluation | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.module = module
        self.call = call
        self.caller = caller
        self.address = call.address if call else ""
        self.depth: int = caller.depth + 1 if caller else 0
        self.choices: Choices = caller.choices if caller else Choices(plan)
        self.budget: Budget = caller.budget if caller else Budget(self.choices)
        self._memory = memory
        self.arguments: Collection[str] = call.block.attributes if call else ()
        if call is not None and call.block.is_partial:
            self.arguments = module.variables
        self.named: dict[str, Record[Placed | None]] = {}
        self._called: dict[str, Record[Evaluation | None]] = {}

    # Created for each use: a reference cycle would keep the evaluation in memory until garbage collection.

    @property
    def conditions(self) -> Conditions:
        """Its conditions."""
        return Conditions(self)

    @property
    def _references(self) -> References:
        return References(self)

    def evaluate(self, expression: Expression, scope: Scope = NOTHING) -> Value:
        """The value of an expression, at its place in the expression's file."""
        if isinstance(expression, Constant):
            self.budget.steps += 1
            return expression.value
        if scope or self._memory is None:
            return self.term(expression, scope)
        key = (self.address, expression)
        kept = self._memory.get(key)
        if kept is not None and self.budget.steps + kept.steps <= MAX_STEPS and self.choices.repeats(kept.record):
            self.budget.steps += kept.steps
            return self.choices.use(kept.record)
        begun, before = self.choices.begin(), self.budget.steps
        value = self.term(expression, scope)
        record = self.choices.finish(begun, value)
        if record.is_whole:
            self._memory[key] = Kept(record, self.budget.steps - before)
        return value

    def evaluate_once(self, expression: Expression, scope: Scope = NOTHING) -> Value:
        """The value of an expression, cached for the instances of a block."""
        if scope:
            return self.evaluate(expression, scope)
        file = expression.file
        key = f"{file.path} {expression.start}"
        kept = self._references.kept(key, lambda: (file, self.evaluate(expression)))
        return kept[1] if kept is not None else _unknown(expression)

    def called(self, block: Block, key: Key) -> Evaluation | None:
        """The module that a block calls, in one of its instances; `None` if its files can't be read."""
        name = f"{block.labels[0]}{key.label}"
        if name in self._called:
            return self.choices.use(self._called[name])
        self._called[name] = UNFINISHED  # a module that calls itself would recurse without end
        begun = self.choices.begin()
        module = self.module.open(block) if self.depth < MAX_CALLS else None
        made = self.choices.finish(
            begun, instances.scope(block, key, self.evaluate_once) if module is not None else NOTHING
        )
        evaluation = None
        if module is not None:
            evaluation = Evaluation(module, call=ModuleCall(self, block, key, made), caller=self, memory=self._memory)
        self._called[name] = Record(evaluation, (made,), made.is_whole)
        return evaluation

    def apart(self) -> Evaluation:
        """Another evaluation of the same module, for values that must not add choices."""
        if self.call is None or self.caller is None:
            return Evaluation(self.module, self.choices.plan)
        caller = self.caller.apart()
        return Evaluation(self.module, call=replace(self.call, way=caller), caller=caller)

    def output(self, name: str) -> tuple[HclFile, Value] | None:
        """An output of the module, by name."""
        attribute = self.module.outputs.get(name)
        if attribute is None:
            return None
        file = attribute.value.file
        return self._references.kept(f"output.{name}", lambda: (file, self.evaluate(attribute.value)))

    def holds(self, expression: Expression, scope: Scope = NOTHING) -> bool | None:
        """Whether a condition is true given the known values and the branches taken before; `None` if undecided."""
        return self.conditions.known(expression, scope)

    def argument(self, name: str) -> Placed | None:
        """The value that the call gives to a variable."""
        attribute = self.call.block.attributes.get(name) if self.call else None
        if self.call is None:
            return None
        if attribute is None:
            unknown = Value(0, 0, Unknown(f"var.{name}", "reference"))
            return (ELSEWHERE, unknown) if self.call.block.is_partial else None
        value = self.call.way.evaluate(attribute.value, self.choices.use(self.call.made))
        is_settled = value.is_settled or (value.origin is None and not value.is_unknown)
        return attribute.value.file, replace(value, is_settled=is_settled)

    def term(self, expression: Expression, scope: Scope) -> Value:
        """The value of a term, not kept for other evaluations."""
        with self.budget as has_room:
            return _HANDLERS[type(expression)](self, expression, scope) if has_room else _unknown(expression)

    def _other(self, other: Other, _scope: Scope) -> Value:
        return _unknown(other)

    def _hidden(self, hidden: Hidden, _scope: Scope) -> Value:
        return Value(hidden.start, hidden.end, Unknown(f"whatever {hidden.by} says", "reference"))

    def _overriding(self, overriding: Overriding, scope: Scope) -> Value:
        value, home = self.evaluate(overriding.inner, scope), overriding.inner.file
        return used(value, home, overriding.start, overriding.end, overriding.file, "")

    def _constant(self, constant: Constant, _scope: Scope) -> Value:
        return constant.value

    def _parentheses(self, parentheses: Parentheses, scope: Scope) -> Value:
        return self.evaluate(parentheses.inner, scope)

    def _json(self, json: Json, scope: Scope) -> Value:
        """A value of Terraform's JSON syntax, where every string is a template."""
        node = json.node
        if json.entries is not None:
            entries = [(key, self.evaluate(inner, scope)) for key, inner in json.entries]
            return Value(node.start, node.end, entries=list[tuple[Node, Node]](entries), is_partial=node.is_partial)
        if json.items is not None:
            return Value(node.start, node.end, items=[self.evaluate(item, scope) for item in json.items])
        text = node.value.text if isinstance(node.value, Unknown) else node.value
        if isinstance(text, str) and ("${" in text or "%{" in text):
            template = parsing.template(text, json.file.name)
            if template is None:
                return Value(node.start, node.end, Unknown(text, "reference"))
            # Every part of a template in a JSON string has the place of the string.
            value = self.evaluate(template, scope)
            return used(value, HclFile("", SourceText("")), node.start, node.end, ELSEWHERE, "")
        return Value(node.start, node.end, node.value)

    def _reference(self, reference: Reference, scope: Scope) -> Value:
        file, names, steps = reference.file, reference.names, reference.steps
        root = names[0]
        found: Found | None
        if root in scope:
            found, count = (file, scope[root], ""), 0
        elif root in ("module", "data") or ".".join(names[:2]) in self.module.resources:
            found, count = NamedBlocks(self, self._references).find(names, steps, lambda step: self._key(step, scope))
        else:
            found, count = self._references.find(names)
        if found is None:
            return _unknown(reference)
        other, value, words = found
        value, rest = self._part(value, steps[count:], scope)
        if not self.budget.has_room(value.size(MAX_STEPS - self.budget.steps)):
            return _unknown(reference)
        # The values of a scope are in the file itself, unless they come from elsewhere.
        if root not in scope or value.origin is not None or value.is_unknown:
            value = used(value, other, reference.start, reference.end, file, words, ".".join(names[:2]))
        if value.is_opaque and len(rest) < len(steps) - count:
            return _unknown(reference)
        return self._steps_into(reference, value, rest, scope)

    def _part(self, value: Value, steps: Sequence[Step], scope: Scope) -> tuple[Value, Sequence[Step]]:
        """The part of a value that attributes and indexes lead to, and the steps that could not be followed."""
        for index, step in enumerate(steps):
            is_whole = value.entries is not None or value.items is not None
            inner = element(value, self._key(step, scope)) if is_whole else None
            if inner is None:
                return value, steps[index:]
            value = inner
        return value, ()

    def _access(self, access: Access, scope: Scope) -> Value:
        base = access.base
        # Parentheses, and terms followed by steps, are only parts of one expression.
        value = _HANDLERS[type(base)](self, base, scope)
        return self._steps_into(access, value, access.steps, scope)

    def _steps_into(self, whole: Expression, value: Value, steps: Sequence[Step], scope: Scope) -> Value:
        for step in steps:
            if isinstance(step, Splat):
                return self._splat(value, step, _unknown(whole), scope)
            key = self._key(step, scope)
            if key is not None:
                found = element(value, key)
            else:
                found = self.conditions.chosen(value, step if isinstance(step, Expression) else None, scope)
            if found is None or (found.is_opaque and not found.is_missing):
                found = _unknown(whole, is_missing=found is None and can_miss(value, key))
            value = found
        return value

    def _splat(self, value: Value, splat: Splat, unknown: Value, scope: Scope) -> Value:
        if value.items is None:
            return unknown
        items = []
        for item in value.items:
            found: Value | None = item if isinstance(item, Value) else None
            for step in splat.steps:
                found = element(found, self._key(step, scope)) if found else None
            items.append(found or unknown)
        return Value(unknown.start, unknown.end, items=list[Node](items))

    def _key(self, step: Step, scope: Scope) -> str | int | None:
        if isinstance(step, Expression):
            key = plain(self.evaluate(step, scope))
            return key if isinstance(key, str | int) else None
        return None if isinstance(step, Splat) else step

    def _tuple(self, expression: Tuple, scope: Scope) -> Value:
        items: list[Node] = []
        for each in expression.items:
            item = self.evaluate(each, scope)
            # Before Terraform 0.12, a list was passed as `["${var.names}"]`.
            if item.items is not None and isinstance(each, Interpolated):
                items += item.items
            else:
                items.append(item)
        return Value(expression.start, expression.end, items=items)

    def _object(self, expression: Object, scope: Scope) -> Value:
        entries: dict[str, tuple[Node, Node]] = {}
        is_partial = expression.is_partial
        for key, inner in expression.entries:
            name = key if isinstance(key, Node) else self._name(key, scope)
            if name is None:
                is_partial = True
            else:
                entries[name.value] = name, self.evaluate(inner, scope)
        return Value(expression.start, expression.end, entries=list(entries.values()), is_partial=is_partial)

    def _name(self, key: Expression, scope: Scope) -> Node | None:
        """The value of a key of an object."""
        text = as_text(self.evaluate(key, scope).value)
        return None if text is None else Node(key.start, key.end, text)

    def _for(self, expression: For, scope: Scope) -> Value:
        start, end, names = expression.start, expression.end, expression.names
        unknown = _unknown(expression)
        known = turns(self.evaluate(expression.over, scope))
        result = Value(start, end, items=[]) if expression.key is None else Value(start, end, entries=[])
        if known is None or len(known) > MAX_ITEMS:
            known, result = [], opened(result, unknown)
        for key, item in known:
            turn = {**scope, names[-1]: item} if len(names) == 1 else {**scope, names[0]: key, names[1]: item}
            keeps = self._keeps(expression.condition, turn)
            if item.is_opaque or keeps is None:
                result = opened(result, unknown)
            elif keeps and result.items is not None:
                result.items.append(self.evaluate(expression.value, turn))
            elif keeps and result.entries is not None and expression.key is not None:
                name = as_text(self.evaluate(expression.key, turn).value)
                if name is None:
                    result.is_partial = True
                else:
                    value = self.evaluate(expression.value, turn)
                    result.entries.append((Node(value.start, value.start, name), value))
        return result

    def _keeps(self, condition: Expression | None, scope: Scope) -> bool | None:
        if condition is None:
            return True
        value = self.evaluate(condition, scope).value
        return value if isinstance(value, bool) else None

    def _conditional(self, conditional: Conditional, scope: Scope) -> Value:
        holds = self.conditions.decide(conditional.condition, scope)
        if holds is None:
            return _unknown(conditional)
        taken, other = conditional.then, conditional.otherwise
        taken, other = (taken, other) if holds else (other, taken)
        value = self.evaluate(taken, scope)
        # Both branches are converted to one type: a string, if one is; a list, unless they are tuples of the same length.
        if isinstance(value.value, int | float) and is_text(other, self.module):
            return scalar(value, "string")
        return value if value.items is None else replace(value, items=unified(value.items))

    def _unary(self, operation: Unary, scope: Scope) -> Value:
        value = self.term(operation.operand, scope)
        content = functions.unary(operation.operator, value.value)
        if content is None:
            return _unknown(operation)
        return made(content, operation.start, operation.end, value.origin)

    def _binary(self, operation: Binary, scope: Scope) -> Value:
        left, right = self.term(operation.left, scope), self.term(operation.right, scope)
        content = functions.binary(operation.operator, plain(left), plain(right))
        if content is None:
            # Terraform 1.12 and later skip the right side of && and || if the left side decides.
            is_missing = operation.operator not in ("&&", "||") and (left.is_missing or right.is_missing)
            return _unknown(operation, is_missing=is_missing)
        return made(content, operation.start, operation.end, origin_of((left, right)))

    def _call(self, call: Call, scope: Scope) -> Value:
        name, start, end = call.name, call.start, call.end
        arguments = [self.evaluate(argument, scope) for argument in call.arguments]
        if call.is_expanded:
            last = arguments.pop()
            arguments += [as_value(item) for item in (last.items if last.items is not None else [last])]
        if name in ("file", "templatefile", "templatestring"):
            return self._references.read(call, name, arguments) or _unknown(call)
        if name in self.module.functions:
            return self.module.functions[name](arguments) or _unknown(call)
        if name == "fileexists":
            return made(self._references.exists(arguments) or Unknown(call.text, "reference"), start, end)
        if name == "lookup" and len(call.arguments) > 1 and arguments[1].is_unknown:
            default = arguments[2] if len(arguments) > 2 else None
            return self.conditions.chosen(arguments[0], call.arguments[1], scope, default) or _unknown(call)
        if name == "jsonencode" and len(arguments) == 1:
            return encode(arguments[0], start, end)
        if name == "contains" and len(call.arguments) == 2 and len(arguments) == 2 and arguments[1].is_unknown:
            is_among = self.conditions.is_among(arguments[0], call.arguments[1], scope)
            return _unknown(call) if is_among is None else made(is_among, start, end)
        result = functions.call(name, arguments, start, end)
        has_room = result is not None and self.budget.has_room(sum(1 for _ in result.walk()))
        return result if result is not None and has_room else _unknown(call)

    def _interpolated(self, string: Interpolated, scope: Scope) -> Value:
        return self.evaluate(string.inner, scope)

    def _template(self, template: Template, scope: Scope) -> Value:
        evaluate, decide = partial(self.evaluate, scope=scope), partial(self.conditions.decide, scope=scope)
        return rendered(template, evaluate, decide, self.budget)


_HANDLERS: dict[type[Expression], Callable[[Evaluation, Any, Scope], Value]] = {
    Access: Evaluation._access,  # noqa: SLF001
    Binary: Evaluation._binary,  # noqa: SLF001
    Call: Evaluation._call,  # noqa: SLF001
    Conditional: Evaluation._conditional,  # noqa: SLF001
    Constant: Evaluation._constant,  # noqa: SLF001
    For: Evaluation._for,  # noqa: SLF001
    Hidden: Evaluation._hidden,  # noqa: SLF001
    Interpolated: Evaluation._interpolated,  # noqa: SLF001
    Json: Evaluation._json,  # noqa: SLF001
    Object: Evaluation._object,  # noqa: SLF001
    Other: Evaluation._other,  # noqa: SLF001
    Overriding: Evaluation._overriding,  # noqa: SLF001
    Parentheses: Evaluation._parentheses,  # noqa: SLF001
    Reference: Evaluation._reference,  # noqa: SLF001
    Template: Evaluation._template,  # noqa: SLF001
    Tuple: Evaluation._tuple,  # noqa: SLF001
    Unary: Evaluation._unary,  # noqa: SLF001
}


def _unknown(expression: Expression, *, is_missing: bool = False) -> Value:
    return Value(expression.start, expression.end, Unknown(expression.text, "reference"), is_missing=is_missing)
