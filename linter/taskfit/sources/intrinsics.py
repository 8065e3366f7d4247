"""CloudFormation's intrinsic functions and conditions, evaluated as far as the template tells.

What only AWS knows is `Unknown`. What a deployment decides (a parameter, an undecided condition) is a choice: an
`Evaluation` takes one option of each, and `evaluations` goes through the combinations, the one with the defaults first.
"""

from __future__ import annotations

import base64
import re
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar

from taskfit.definition import Unknown
from taskfit.finding import Span
from taskfit.sources.document import Origin
from taskfit.sources.text import SourceText
from taskfit.sources.tree import Node

T = TypeVar("T")

MAX_READINGS = 64
"""Combinations of choices that are tried for one resource."""
MAX_STEPS = 100_000
"""Values evaluated in one template before further combinations are left out."""
MAX_NESTING = 40
"""Levels of functions within functions; no template in public has ten."""
MAX_TEXT = 65_536
"""Characters of a composed string; AWS takes no definition above 64 KiB."""
MAX_KEYS = 8
"""Keys of a mapping that are tried when the key is not known; a longer one is a table of regions or accounts."""

_ANOTHER = Unknown("another value", "reference")
_IN_SUB = re.compile(r"\$\{(!?)([^{}]*)\}")
_DYNAMIC = "{{resolve:"
_NAMES = {"!Ref": "Ref", "!Condition": "Condition"}


@dataclass(slots=True)
class Resolved(Node):
    """A value after evaluation, at the place that uses it."""

    origin: Origin | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One value that a choice can take."""

    value: Any
    origin: Origin | None = None
    is_optional: bool = False
    """Whether it is no more than one of a parameter's allowed values."""
    is_given: bool = False
    """Whether it is the default of a parameter, or was given for it."""


_OTHER = Option(_ANOTHER)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter with the values that the template shows for it, its default first."""

    options: tuple[Option, ...]
    is_free: bool
    """Whether a deployment may give any value."""


@dataclass(slots=True)
class Decisive:
    """A reference or an expression on which branches or keys depend."""

    literals: dict[str, None] = field(default_factory=dict)
    """What conditions compare it with, in order."""
    keys: dict[str, None] = field(default_factory=dict)
    """The keys of the mappings that it is looked up in, in order; it can be nothing else."""


@dataclass
class Template:
    """The sections of a template that values are drawn from."""

    source: SourceText
    parameters: Mapping[str, Parameter]
    mappings: Mapping[str, Node]
    conditions: Mapping[str, Node]
    decisive: Mapping[str, Decisive] = field(default_factory=dict)
    """What conditions compare and mappings are asked for, by subject."""
    steps: int = 0

    def span(self, node: Node) -> Span:
        """The place of a node."""
        return self.source.span(node.start, node.end)

    def text(self, node: Node) -> str:
        """A node as it is written, on one line."""
        name, argument = function(node) or ("", node)
        if name == "Ref" and isinstance(argument.value, str):
            return f"!Ref {argument.value}"
        return " ".join(self.source.text[node.start : node.end].split())[:200]


def template(source: SourceText, root: Node, users: Iterable[Node], variables: Mapping[str, str]) -> Template:
    """The template in a tree, for resources that use its values; `variables` give parameters theirs."""
    conditions, mappings = section(root, "Conditions"), section(root, "Mappings")
    decisive = _compared(source, conditions.values())
    for subject, keys in _looked_up(source, users, mappings) if mappings else ():
        decisive.setdefault(subject, Decisive()).keys.update(keys)
    parameters = {
        name: _parameter(source, name, node, variables.get(name), steers=name in decisive)
        for name, node in section(root, "Parameters").items()
    }
    for name, value in variables.items():
        if name.startswith("AWS::"):
            parameters[name] = _given(name, value)
    return Template(source, parameters, mappings, conditions, decisive)


def section(node: Node | None, name: str) -> dict[str, Node]:
    """The entries of a mapping within a mapping."""
    inner = get(node, name)
    return {key.value: value for key, value in (inner.entries if inner else None) or () if isinstance(key.value, str)}


def get(node: Node | None, name: str) -> Node | None:
    """What a mapping has at a key."""
    entries = (node.entries if node else None) or ()
    return next((value for key, value in entries if key.value == name), None)


def function(node: Node) -> tuple[str, Node] | None:
    """The intrinsic function at a node and its argument, in the short or the long form."""
    if node.tag is not None and node.tag.startswith("!"):
        argument = Node(node.start, node.end, node.value, node.entries, node.items, node.is_partial)
        return _NAMES.get(node.tag) or f"Fn::{node.tag[1:]}", argument
    if node.entries is None or len(node.entries) != 1:
        return None
    key, value = node.entries[0]
    is_function = isinstance(key.value, str) and (key.value in _NAMES.values() or key.value.startswith("Fn::"))
    return (key.value, value) if is_function else None


def references(root: Node) -> Counter[str]:
    """How often each name is referred to in a template, by `Ref` or within `Fn::Sub`."""
    names: Counter[str] = Counter()
    for node in root.walk():
        name, argument = function(node) or ("", node)
        text = argument.items[0].value if argument.items else argument.value
        if name == "Ref" and isinstance(text, str):
            names[text] += 1
        elif name == "Fn::Sub" and isinstance(text, str):
            names.update(match[2].strip() for match in _IN_SUB.finditer(text) if not match[1])
    return names


def as_text(value: Any) -> str | None:
    """A scalar as CloudFormation's strings have it; `None` for what is no scalar or not known."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else None


def evaluations(
    template: Template, evaluate: Callable[[Evaluation], T], limit: int = MAX_READINGS
) -> tuple[list[tuple[Evaluation, T]], bool]:
    """What `evaluate` says for each combination of choices that it meets, those nearest to the defaults first.

    The second value tells whether combinations were left out.
    """
    results: list[tuple[Evaluation, T]] = []
    plans: deque[dict[str, Option]] = deque([{}])
    is_bounded = False
    while plans:
        if len(results) == limit or (results and template.steps > MAX_STEPS):
            return results, True
        evaluation = Evaluation(template, plans.popleft())
        results.append((evaluation, evaluate(evaluation)))
        settled = dict(evaluation.plan)
        for subject, options in evaluation.forks:
            room = max(limit - len(plans), 0)
            is_bounded |= len(options) - 1 > room
            plans.extend({**settled, subject: option} for option in options[1 : room + 1])
            settled[subject] = options[0]
    return results, is_bounded


class Evaluation:
    """One way through a template."""

    def __init__(self, template: Template, plan: Mapping[str, Option]) -> None:
        self.template = template
        self.plan = plan
        self.forks: list[tuple[str, Sequence[Option]]] = []
        """Choices that the plan left open, with their options; the first was taken."""
        self._taken: dict[str, Option] = {}
        self._deviations: dict[str, Option] = {}
        self._decided: dict[str, bool] = {}
        self._deciding: list[str] = []
        self._decided_by: dict[str, str] = {}
        self._nesting = 0
        self._steers = False
        self._is_premise = False
        self.is_optional = False
        """Whether only some allowed value of a parameter leads here."""

    @property
    def choice(self) -> str:
        """What sets this way apart from the one with the defaults."""
        words = (self._words(subject, option) for subject, option in self._deviations.items())
        return " and ".join(dict.fromkeys(words))

    @property
    def undecided(self) -> tuple[str, ...]:
        """The choices on this way that are neither the default of a parameter nor given."""
        return tuple(subject for subject, option in self._taken.items() if not option.is_given)

    def exists(self, resource: Node, *, is_premise: bool = False) -> bool:
        """Whether a resource's own condition holds; what a premise rests on makes nothing optional."""
        condition = get(resource, "Condition")
        if condition is None or not isinstance(condition.value, str):
            return True
        self._is_premise = is_premise
        holds = self.holds(condition.value)
        self._is_premise = False
        return holds

    def holds(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        if name not in self._decided:
            node = self.template.conditions.get(name)
            if node is None or name in self._deciding:
                self._decided[name] = self._undecided(f"condition {name}")
            else:
                self._deciding.append(name)
                self._decided[name] = self._test(node)
                self._deciding.pop()
        return self._decided[name]

    def evaluate(self, node: Node) -> Resolved | None:
        """The value of a node; `None` for `AWS::NoValue`."""
        self.template.steps += 1
        if node.tag is None and node.entries is None and node.items is None:
            is_dynamic = isinstance(node.value, str) and _DYNAMIC in node.value
            return self._unknown(node) if is_dynamic else Resolved(node.start, node.end, node.value)
        call = function(node)
        if call is not None and call[0] != "Condition":
            return self._call(node, *call)
        if node.entries is not None:
            return self._mapping(node, node.entries)
        if node.items is not None:
            items = [value for item in node.items if (value := self.evaluate(item)) is not None]
            return Resolved(node.start, node.end, items=list(items))
        return Resolved(node.start, node.end, node.value)

    def _mapping(self, node: Node, entries: list[tuple[Node, Node]]) -> Resolved:
        result = Resolved(node.start, node.end, entries=[], is_partial=node.is_partial)
        for key, value in entries:
            if isinstance(key.value, str) and key.value.startswith("Fn::"):
                # A macro or a loop beside other keys adds keys of its own.
                result.is_partial = True
            elif (resolved := self.evaluate(value)) is not None and result.entries is not None:
                result.entries.append((key, resolved))
        return result

    def _call(self, node: Node, name: str, argument: Node) -> Resolved | None:
        if self._nesting >= MAX_NESTING:
            return self._unknown(node)
        self._nesting += 1
        try:
            if name == "Fn::If":
                return self._if(node, argument)
            if name == "Ref" and argument.value == "AWS::NoValue":
                return None
            method = self._FUNCTIONS.get(name)
            return (method(self, node, argument) if method else None) or self._unknown(node)
        finally:
            self._nesting -= 1

    def _unknown(self, node: Node) -> Resolved:
        return Resolved(node.start, node.end, Unknown(self.template.text(node), "reference"))

    def _at(self, node: Node, value: Any, origin: Origin | None = None) -> Resolved:
        """A value at the place that uses it."""
        if isinstance(value, list):
            return Resolved(node.start, node.end, items=[self._at(node, item, origin) for item in value])
        if isinstance(value, dict):
            keys = [(Node(node.start, node.end, key), self._at(node, item, origin)) for key, item in value.items()]
            return Resolved(node.start, node.end, entries=list(keys))
        return Resolved(node.start, node.end, value, origin=origin)

    def _items(self, node: Node) -> list[Resolved] | None:
        """The values of a list, which may itself be the result of a function."""
        value = self.evaluate(node)
        if value is None or value.items is None:
            return None
        return [item for item in value.items if isinstance(item, Resolved)]

    def _text(self, node: Node) -> str | None:
        value = self.evaluate(node)
        return None if value is None else as_text(value.value)

    # Choices

    def _choose(self, subject: str, options: Sequence[Option]) -> Option:
        if subject not in self._taken:
            option = self.plan.get(subject, options[0])
            if subject not in self.plan and len(options) > 1:
                self.forks.append((subject, options))
            if option != options[0]:
                self._deviations[subject] = option
                self.is_optional |= option.is_optional and not self._is_premise
            if self._deciding:
                self._decided_by[subject] = self._deciding[0]
            self._taken[subject] = option
        return self._taken[subject]

    def _words(self, subject: str, option: Option) -> str:
        if isinstance(option.value, bool) and subject not in self.template.parameters:
            condition, holds = self._decided_by.get(subject), option.value
            holds = self._decided.get(condition, holds) if condition else holds
            return f"{f'condition {condition}' if condition else subject} is {'true' if holds else 'false'}"
        is_named = subject in self.template.parameters or subject.startswith("AWS::")
        value = ",".join(option.value) if isinstance(option.value, list) else as_text(option.value)
        if is_named and value is not None:
            return f"{subject} = {value or 'empty'}"
        if condition := self._decided_by.get(subject):
            return f"condition {condition} is {'true' if self._decided.get(condition) else 'false'}"
        return f"{subject} = {value}" if value is not None else f"another value of {subject}"

    def _undecided(self, subject: str) -> bool:
        return bool(self._choose(subject, (Option(False), Option(True))).value)

    def _steering(self, node: Node) -> Any:
        """The plain value of what decides a branch or a key; what is not fixed becomes a choice."""
        name, argument = function(node) or ("", node)
        parameter = self.template.parameters.get(argument.value) if name == "Ref" else None
        if name != "Ref" or (parameter is not None and not parameter.is_free):
            self._steers, steers = True, self._steers
            value = self.evaluate(node)
            self._steers = steers
            if value is None or not isinstance(value.value, Unknown) or name == "Ref":
                return None if value is None else value.plain()
        subject = _subject(self.template.source, node)
        return self._choose(subject, self._domain(node, subject, parameter)).value

    def _domain(self, node: Node, subject: str, parameter: Parameter | None) -> list[Option]:
        """The values of something free that make a difference, the default first."""
        decisive = self.template.decisive.get(subject) or Decisive()
        default = parameter.options if parameter is not None else ()
        # Where another value of a parameter made an expression unknown, its value with the default is read already.
        usual = self.plan and parameter is None and Evaluation(self.template, {}).evaluate(node)
        written = as_text(default[0].value if default else usual.value if usual else None)
        others = [Option(text) for text in {**decisive.literals, **decisive.keys} if text != written]
        if default:
            return [*default, *others, *([_OTHER] if written in decisive.literals and not decisive.keys else [])]
        return others if decisive.keys else [_OTHER, *others]

    # Conditions

    def _test(self, node: Node) -> bool:
        name, argument = function(node) or ("", node)
        if self._nesting >= MAX_NESTING:
            return self._undecided(self.template.text(node))
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
        return self._undecided(self.template.text(node))

    def _equal(self, left: Node, right: Node) -> bool:
        values = []
        for node, other in ((left, right), (right, left)):
            is_literal = as_text(other.value) is not None and function(other) is None
            values.append(self._steering(node) if is_literal else self._plain(node))
        texts = [as_text(value) for value in values]
        if None not in texts:
            return texts[0] == texts[1]
        if _ANOTHER in values and any(text is not None for text in texts):
            return False
        if self.template.text(left) == self.template.text(right):
            return True
        if not any(isinstance(value, Unknown) for value in values):
            return bool(values[0] == values[1])
        return self._undecided(" = ".join(sorted((self.template.text(left), self.template.text(right)))))

    def _plain(self, node: Node) -> Any:
        value = self.evaluate(node)
        return None if value is None else value.plain()

    # Functions

    def _if(self, node: Node, argument: Node) -> Resolved | None:
        items = argument.items or []
        name = items[0].value if len(items) == 3 else None
        if not isinstance(name, str):
            return self._unknown(node)
        return self.evaluate(items[1] if self.holds(name) else items[2])

    def _ref(self, node: Node, argument: Node) -> Resolved | None:
        return self._value_of(node, argument.value) if isinstance(argument.value, str) else None

    def _value_of(self, node: Node, name: str) -> Resolved | None:
        """The value of a parameter, if it is known."""
        parameter = self.template.parameters.get(name)
        option = self._taken.get(name)
        if option is None and parameter is not None and not parameter.is_free:
            option = self._choose(name, parameter.options)
        elif option is None and parameter is not None and parameter.options and self._steers:
            # An expression over it decides: besides the values that are named, another one makes a difference.
            option = self._choose(name, [*self._domain(node, name, parameter), _OTHER])
        elif option is None:
            option = self.plan.get(name) or (parameter.options[0] if parameter and parameter.options else None)
        if option is None or isinstance(option.value, Unknown):
            return None
        return self._at(node, option.value, option.origin or Origin(f"the value of {name}"))

    def _sub(self, node: Node, argument: Node) -> Resolved | None:
        items = argument.items
        text = items[0].value if items else argument.value
        if not isinstance(text, str) or (items and len(items) != 2) or _DYNAMIC in text:
            return None
        given = {key.value: value for key, value in ((items[1].entries if items else None) or ())}
        origins: list[Origin] = []
        parts: list[str] = []
        end = 0
        for match in _IN_SUB.finditer(text):
            parts.append(text[end : match.start()])
            end = match.end()
            if match[1]:
                parts.append(f"${{{match[2]}}}")
                continue
            name = match[2].strip()
            value = self.evaluate(given[name]) if name in given else self._value_of(node, name)
            part = None if value is None else as_text(value.value)
            if value is None or part is None:
                return Resolved(node.start, node.end, Unknown(text, "reference"))
            parts.append(part)
            origins += filter(None, [value.origin])
        return self._composed(node, [*parts, text[end:]], origins)

    def _join(self, node: Node, argument: Node) -> Resolved | None:
        arguments = argument.items or []
        if len(arguments) != 2:
            return None
        delimiter, items = self._text(arguments[0]), self._items(arguments[1])
        texts = [as_text(item.value) for item in items or ()]
        known = [text for text in texts if text is not None]
        if delimiter is None or items is None or len(known) < len(texts):
            return None
        if (len(delimiter) + 1) * len(known) > MAX_TEXT:
            return None
        return self._composed(node, [delimiter.join(known)], [item.origin for item in items if item.origin])

    def _composed(self, node: Node, parts: Sequence[str], origins: Sequence[Origin]) -> Resolved | None:
        if sum(map(len, parts)) > MAX_TEXT:
            return None
        origin = Origin(f"put together with {origins[0].text}", origins[0].span) if origins else None
        return Resolved(node.start, node.end, "".join(parts), origin=origin)

    def _select(self, node: Node, argument: Node) -> Resolved | None:
        arguments = argument.items or []
        if len(arguments) != 2:
            return None
        index, items = self._text(arguments[0]), self._items(arguments[1])
        if index is None or items is None or not (index.isascii() and index.isdigit()):
            return None
        if len(index) > 6 or int(index) >= len(items):
            return None
        chosen = items[int(index)]
        chosen.start, chosen.end = node.start, node.end
        return chosen

    def _split(self, node: Node, argument: Node) -> Resolved | None:
        arguments = argument.items or []
        if len(arguments) != 2:
            return None
        delimiter, text = self._text(arguments[0]), self._text(arguments[1])
        return self._at(node, text.split(delimiter)) if delimiter and text is not None else None

    def _base64(self, node: Node, argument: Node) -> Resolved | None:
        text = self._text(argument)
        if text is None or len(text) > MAX_TEXT:
            return None
        return self._at(node, base64.b64encode(text.encode("utf-8", "replace")).decode("ascii"))

    def _find_in_map(self, node: Node, argument: Node) -> Resolved | None:
        arguments = argument.items or []
        name = self._text(arguments[0]) if len(arguments) in (3, 4) else None
        mapping = self.template.mappings.get(name or "")
        if name is None or mapping is None:
            return None
        keys = [as_text(self._steering(key)) for key in arguments[1:3]]
        leaves = _leaves(mapping, keys)
        if not leaves:
            default = get(arguments[3], "DefaultValue") if len(arguments) == 4 else None
            return self.evaluate(default) if default is not None and None not in keys else None
        if any(leaf.plain() != leaves[0].plain() for leaf in leaves[1:]):
            return None
        if len(leaves) > 1 and len(arguments) == 4:
            return None
        path = ".".join(key or "*" for key in (name, *keys))
        return self._at(node, leaves[0].plain(), Origin(f"mapping {path}", self.template.span(leaves[0])))

    def _length(self, node: Node, argument: Node) -> Resolved | None:
        items = self._items(argument)
        if items is None or any(isinstance(item.value, Unknown) for item in items):
            return None
        return self._at(node, len(items))

    _FUNCTIONS: ClassVar[dict[str, Callable[[Evaluation, Node, Node], Resolved | None]]] = {
        "Ref": _ref,
        "Fn::Sub": _sub,
        "Fn::Join": _join,
        "Fn::Select": _select,
        "Fn::Split": _split,
        "Fn::Base64": _base64,
        "Fn::FindInMap": _find_in_map,
        "Fn::Length": _length,
    }


def _leaves(mapping: Node, keys: Sequence[str | None]) -> list[Node]:
    """What stands in a mapping at two keys; where a key is not known, at each."""
    level = [mapping]
    for key in keys:
        entries = [entry for node in level for entry in node.entries or ()]
        level = [value for name, value in entries if key is None or name.value == key]
        if len(level) > 200:
            return []
    return level


def _subject(source: SourceText, node: Node) -> str:
    """What a choice is about: the name of a reference, else the text of an expression."""
    name, argument = function(node) or ("", node)
    if name == "Ref" and isinstance(argument.value, str):
        return argument.value
    return " ".join(source.text[node.start : node.end].split())


def _compared(source: SourceText, conditions: Iterable[Node]) -> dict[str, Decisive]:
    """What the conditions depend on, with the literals they compare it with."""
    found: dict[str, Decisive] = {}
    for node in [inner for condition in conditions for inner in condition.walk()]:
        name, argument = function(node) or ("", node)
        items = argument.items or []
        if name == "Ref" and isinstance(argument.value, str):
            found.setdefault(argument.value, Decisive())
        elif name == "Fn::Equals" and len(items) == 2:
            for operand, other in (items, items[::-1]):
                literal = as_text(other.value) if function(other) is None else None
                if literal is not None and function(operand) is not None:
                    found.setdefault(_subject(source, operand), Decisive()).literals[literal] = None
    return found


def _looked_up(
    source: SourceText, users: Iterable[Node], mappings: Mapping[str, Node]
) -> Iterator[tuple[str, dict[str, None]]]:
    """What is looked up in mappings, with their keys; a region is none, as maps of regions hold images and accounts."""
    for node in [inner for user in users for inner in user.walk()]:
        name, argument = function(node) or ("", node)
        items = argument.items or []
        if name != "Fn::FindInMap" or len(items) < 3:
            continue
        level = [mappings[items[0].value]] if items[0].value in mappings else []
        for operand in items[1:3]:
            entries = [entry for mapping in level for entry in mapping.entries or ()]
            keys = dict.fromkeys(key.value for key, _ in entries)
            subject = _subject(source, operand)
            if function(operand) is not None and len(keys) <= MAX_KEYS and subject != "AWS::Region":
                yield subject, keys
            level = [value for _, value in entries]


def _parameter(source: SourceText, name: str, node: Node, given: str | None, *, steers: bool) -> Parameter:
    kind_node = get(node, "Type")
    kind = kind_node.value if kind_node is not None and isinstance(kind_node.value, str) else "String"
    if kind.startswith("AWS::SSM::Parameter::Value"):
        # Its value is the name of a parameter in the Systems Manager.
        return Parameter((), is_free=True)
    if given is not None:
        return _given(name, _typed(given, kind))
    words, referent = f"the default of parameter {name}", "" if _is_constrained(node) else name
    default = _options(source, get(node, "Default"), kind, words, referent=referent, is_given=True)
    allowed_node = get(node, "AllowedValues")
    words, is_optional = f"an allowed value of parameter {name}", bool(default or not steers)
    items = (allowed_node.items if allowed_node else None) or ()
    allowed = [option for item in items for option in _options(source, item, kind, words, is_optional=is_optional)]
    if not allowed:
        return Parameter(default, is_free=True)
    others = tuple(option for option in allowed if not default or option.value != default[0].value)
    if default or steers:
        return Parameter((*default, *others), is_free=False)
    return Parameter((_OTHER, *others), is_free=False)


def _is_constrained(parameter: Node) -> bool:
    """Whether a parameter says which values it takes."""
    return not {key.value for key, _ in parameter.entries or ()} <= {"Type", "Default", "Description", "NoEcho"}


def _given(name: str, value: str | list[str]) -> Parameter:
    return Parameter((Option(value, Origin(f"the value given for {name}"), is_given=True),), is_free=False)


def _options(  # noqa: PLR0913
    source: SourceText,
    node: Node | None,
    kind: str,
    words: str,
    *,
    referent: str = "",
    is_optional: bool = False,
    is_given: bool = False,
) -> tuple[Option, ...]:
    """The one option that a default or an allowed value is, if it is a scalar that the template holds itself."""
    text = as_text(node.value) if node is not None and function(node) is None else None
    if node is None or text is None:
        return ()
    value = Unknown(text, "reference") if _DYNAMIC in text else _typed(text, kind)
    return (Option(value, Origin(words, source.span(node.start, node.end), referent), is_optional, is_given),)


def _typed(text: str, kind: str) -> str | list[str]:
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in text.split(",")]
    return text
