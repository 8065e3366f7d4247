"""Evaluates CloudFormation's values and conditions as far as the template defines them.

Values that only AWS knows are `Unknown`. What a deployment decides (a parameter, an undecided condition) is a choice: an
`Evaluation` takes one option of each, and `evaluations` iterates over the combinations, beginning with the defaults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, ClassVar, TypeVar

from taskfit.definition import GAP, Unknown, equal
from taskfit.sources import choices
from taskfit.sources.cloudformation import functions
from taskfit.sources.cloudformation.choices import Choices
from taskfit.sources.cloudformation.functions import composed, placed
from taskfit.sources.cloudformation.template import (
    IN_SUB,
    OTHER,
    Decisive,
    Option,
    Parameter,
    Template,
)
from taskfit.sources.cloudformation.varying import CONSTANT, DYNAMIC, Varying, function, is_function
from taskfit.sources.values import Provenance, Resolved, as_text, origin_of
from taskfit.syntax.tree import Node, get

T = TypeVar("T")

MAX_READINGS = 64
"""Limit on the combinations of choices that are tried for one resource."""
MAX_STEPS = 100_000
"""Number of values evaluated in one template after which further combinations are skipped."""
MOST_STEPS = 2_000_000
"""Limit on evaluated values and created list items in one template; results of functions beyond it are unknown."""
MAX_NESTING = 40
"""Limit on levels of nested functions; no public template seen has ten."""


def evaluations(template: Template, evaluate: Callable[[Evaluation], T]) -> tuple[list[T], bool]:
    """The results of `evaluate` for each combination of the choices that it makes, those nearest to the defaults first.

    The second value tells whether combinations were skipped.
    """
    return choices.evaluations(
        partial(Evaluation, template), evaluate, MAX_READINGS, lambda: template.steps > MAX_STEPS
    )


class Evaluation:
    """The evaluation of a template with one combination of choices."""

    def __init__(self, template: Template, plan: Mapping[str, Option]) -> None:
        self.template = template
        self.choices = Choices(template.parameters, plan)
        self._nesting = 0
        self._is_deciding = False

    def exists(self, resource: Node, *, is_premise: bool = False) -> bool:
        """Whether a resource's own condition holds; the choices behind a premise do not make the evaluation optional."""
        condition = get(resource, "Condition")
        if condition is None or not isinstance(condition.value, str):
            return True
        self.choices.is_premise = is_premise
        holds = self.holds(condition.value)
        self.choices.is_premise = False
        return holds

    def holds(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        decided, deciding = self.choices.decided, self.choices.deciding
        if name not in decided:
            node = self.template.conditions.get(name)
            if node is None or name in deciding:
                decided[name] = self.choices.branch(f"condition {name}")
            else:
                deciding.append(name)
                decided[name] = self._test(node)
                deciding.pop()
        return decided[name]

    def evaluate(self, node: Node) -> Node | None:
        """The value of a node, or the node itself if it is constant; `None` for `AWS::NoValue`."""
        self.template.steps += 1
        kind = self.template.functions.kind(node)
        if kind is CONSTANT:
            return node
        if not isinstance(kind, Varying):
            return self._call(node, *kind)
        if node.entries is not None:
            return self._mapping(node, node.entries, kind)
        if node.items is not None:
            items: list[Node | None] = [*node.items]
            for place in kind.places:
                items[place] = self.evaluate(node.items[place])
            return Resolved(node.start, node.end, items=[item for item in items if item is not None])
        if isinstance(node.value, str) and node.tag is None:
            return self._unknown(node)  # AWS resolves it
        return Resolved(node.start, node.end, node.value)

    def _mapping(self, node: Node, entries: list[tuple[Node, Node]], varying: Varying) -> Node:
        values: list[tuple[Node, Node | None]] = [*entries]
        for place in varying.places:
            key, value = entries[place]
            values[place] = key, self.evaluate(value)
        found = [(key, value) for key, value in values if value is not None]
        if varying.has_more:
            found = [(key, value) for key, value in found if not is_function(key)]
        return Resolved(node.start, node.end, entries=found, is_partial=node.is_partial or varying.has_more)

    def _call(self, node: Node, name: str, argument: Node) -> Node | None:
        if self._nesting >= MAX_NESTING or self.template.steps > MOST_STEPS:
            return self._unknown(node)
        if name == "Ref" and argument.value == "AWS::NoValue":
            return None
        self._nesting += 1
        try:
            if name == "Fn::If":
                return self._if(node, argument)
            result = self._result(node, name, argument) or self._unknown(node)
            self.template.steps += len(result.items or ())
            return result
        finally:
            self._nesting -= 1

    def _result(self, node: Node, name: str, argument: Node) -> Node | None:
        """The result of a function; `None` if unknown."""
        if lookup := self._LOOKUPS.get(name):
            return lookup(self, node, argument)
        if of_one := functions.OF_ONE.get(name):
            return of_one(node, self.evaluate(argument))
        items = argument.items or []
        if (of_two := functions.OF_TWO.get(name)) and len(items) == 2:
            return of_two(node, self.evaluate(items[0]), self.evaluate(items[1]))
        return None

    def _unknown(self, node: Node, text: str = "") -> Node:
        """An unknown value, given the text of an `Fn::Sub`; the same node in every evaluation."""
        unknowns = self.template.unknowns
        if node not in unknowns:
            outline = IN_SUB.sub(lambda match: f"${{{match[2]}}}" if match[1] else GAP, text)
            value = Unknown(text or self.template.text(node), "reference", outline)
            unknowns[node] = Resolved(node.start, node.end, value)
        return unknowns[node]

    def _test(self, node: Node) -> bool:
        name, argument = function(node) or ("", node)
        if self._nesting >= MAX_NESTING:
            return self.choices.branch(self.template.text(node))
        self._nesting += 1
        try:
            return self._test_of(node, name, argument)
        finally:
            self._nesting -= 1

    def _test_of(self, node: Node, name: str, argument: Node) -> bool:
        items = argument.items or []
        if name == "Condition" and isinstance(argument.value, str):
            return self.holds(argument.value)
        if name == "Fn::Not" and len(items) == 1:
            return not self._test(items[0])
        if name == "Fn::And" and items:
            return all(self._test(item) for item in items)
        if name == "Fn::Or" and items:
            return any(self._test(item) for item in items)
        if name == "Fn::Equals" and len(items) == 2:
            return self._equal(*items)
        return self.choices.branch(self.template.text(node))

    def _equal(self, left: Node, right: Node) -> bool:
        values = []
        for node, other in ((left, right), (right, left)):
            is_literal = as_text(other.value) is not None and self.template.functions.of(other) is None
            values.append(self._deciding_value(node) if is_literal else self._plain(node))
        texts = [as_text(value) for value in values]
        if None not in texts:
            return texts[0] == texts[1]
        if OTHER.value in values and any(text is not None for text in texts):
            return False
        if self.template.text(left) == self.template.text(right):
            return True
        if not any(isinstance(value, Unknown) for value in values):
            return bool(values[0] == values[1])
        return self.choices.branch(" = ".join(sorted((self.template.text(left), self.template.text(right)))))

    def _plain(self, node: Node) -> Any:
        value = self.evaluate(node)
        return None if value is None else value.plain()

    def _if(self, node: Node, argument: Node) -> Node | None:
        items = argument.items or []
        name = items[0].value if len(items) == 3 else None
        if not isinstance(name, str):
            return self._unknown(node)
        return self.evaluate(items[1] if self.holds(name) else items[2])

    def _ref(self, node: Node, argument: Node) -> Node | None:
        return self._value_of(node, argument.value) if isinstance(argument.value, str) else None

    def _value_of(self, node: Node, name: str) -> Node | None:
        """The value of a parameter, if it is known."""
        parameter = self.template.parameters.get(name)
        option = self.choices.taken.get(name)
        if option is None and parameter is not None and not parameter.is_free:
            option = self.choices.choose(name, parameter.options)
        elif option is None and parameter is not None and parameter.options and self._is_deciding:
            # A deciding expression contains it: besides the named values, any other value may matter.
            option = self.choices.choose(name, [*self._domain(node, name, parameter), OTHER])
        elif option is None:
            option = self.choices.plan.get(name) or (parameter.options[0] if parameter and parameter.options else None)
        if option is None or isinstance(option.value, Unknown):
            return None
        return placed(node, option.value, option.origin or Provenance(f"the value of {name}"))

    def _sub(self, node: Node, argument: Node) -> Node | None:
        items = argument.items
        text = items[0].value if items else argument.value
        if not isinstance(text, str) or (items and len(items) != 2) or DYNAMIC in text:
            return None
        given = {key.value: value for key, value in ((items[1].entries if items else None) or ())}
        origins: list[Provenance] = []
        parts: list[str] = []
        end = 0
        for match in IN_SUB.finditer(text):
            parts.append(text[end : match.start()])
            end = match.end()
            if match[1]:
                parts.append(f"${{{match[2]}}}")
                continue
            name = match[2].strip()
            value = self.evaluate(given[name]) if name in given else self._value_of(node, name)
            part = None if value is None else as_text(value.value)
            if value is None or part is None:
                return self._unknown(node, text)
            parts.append(part)
            origins += filter(None, [origin_of(value)])
        return composed(node, [*parts, text[end:]], origins)

    def _find_in_map(self, node: Node, argument: Node) -> Node | None:
        arguments = argument.items or []
        name = as_text(self._plain(arguments[0])) if len(arguments) in (3, 4) else None
        mapping = self.template.mappings.get(name or "")
        if name is None or mapping is None:
            return None
        keys = [as_text(self._deciding_value(key)) for key in arguments[1:3]]
        leaves = _leaves(mapping, keys)
        if not leaves:
            default = get(arguments[3], "DefaultValue") if len(arguments) == 4 else None
            return self.evaluate(default) if default is not None and None not in keys else None
        if any(not equal(leaf.plain(), leaves[0].plain()) for leaf in leaves[1:]):
            return None
        if len(leaves) > 1 and len(arguments) == 4:
            return None
        path = ".".join(key or "*" for key in (name, *keys))
        return placed(node, leaves[0].plain(), Provenance(f"mapping {path}", (leaves[0].start, leaves[0].end)))

    def _deciding_value(self, node: Node) -> Any:
        """The plain value of a node that decides a branch or a key; a choice if it is not fixed."""
        name, argument = self.template.functions.of(node) or ("", node)
        parameter = self.template.parameters.get(argument.value) if name == "Ref" else None
        if parameter is not None and not parameter.is_free:
            chosen = self.choices.choose(argument.value, parameter.options).value
            return Unknown(self.template.text(node), "reference") if isinstance(chosen, Unknown) else chosen
        if name != "Ref":
            self._is_deciding, was_deciding = True, self._is_deciding
            value = self.evaluate(node)
            self._is_deciding = was_deciding
            if value is None or not isinstance(value.value, Unknown):
                return None if value is None else value.plain()
        subject = self.template.subject(node)
        taken = self.choices.taken.get(subject)
        return (taken or self.choices.choose(subject, self._domain(node, subject, parameter))).value

    def _domain(self, node: Node, subject: str, parameter: Parameter | None) -> list[Option]:
        """The values of a free subject that lead to different results, the default first."""
        decisive = self.template.decisive.get(subject) or Decisive()
        default = parameter.options if parameter is not None else ()
        # If another value of a parameter made an expression unknown, its value with the defaults has already been read.
        usual = self.choices.plan and parameter is None and Evaluation(self.template, {}).evaluate(node)
        written = as_text(default[0].value if default else usual.value if usual else None)
        others = [Option(text) for text in {**decisive.literals, **decisive.keys} if text != written]
        if default:
            return [*default, *others, *([OTHER] if written in decisive.literals and not decisive.keys else [])]
        return others if decisive.keys else [OTHER, *others]

    _LOOKUPS: ClassVar[dict[str, Callable[[Evaluation, Node, Node], Node | None]]] = {
        "Ref": _ref,
        "Fn::Sub": _sub,
        "Fn::FindInMap": _find_in_map,
    }


def _leaves(mapping: Node, keys: Sequence[str | None]) -> list[Node]:
    """The values in a mapping at two keys; at all keys for an unknown one."""
    level = [mapping]
    for key in keys:
        if key is None:
            level = [value for node in level for _, value in node.entries or ()]
        else:
            found = (node.find([key]) for node in level)
            level = [value for value, name in found if name is not None]
        if len(level) > 200:
            return []
    return level
