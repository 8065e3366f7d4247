"""The sections of a CloudFormation template that its functions use: parameters, mappings and conditions."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from taskfit.definition import Unknown
from taskfit.record import Mutable, NamedTuple, field
from taskfit.sources.cloudformation.varying import DYNAMIC, Functions, function
from taskfit.sources.values import Provenance, as_text
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node, entries_of, get, text_of

MAX_KEYS = 8
"""Limit on the keys of a mapping that are tried for an unknown key; a longer one is a table of regions or accounts."""

IN_SUB = re.compile(r"\$\{(!?)([^{}]*)\}")
"""A name within `Fn::Sub`, or an escaped literal."""
_BY_NAME = "AWS::SSM::Parameter::Value"
"""The type of a parameter whose value is the name of a Systems Manager parameter."""


class Option(NamedTuple):
    """One possible value of a choice."""

    value: Any
    origin: Provenance | None = None
    is_optional: bool = False
    """Whether it is only one of a parameter's allowed values."""
    is_given: bool = False
    """Whether it is a parameter's default, or was set by the user or a calling stack."""


OTHER = Option(Unknown("another value", "reference"))
"""Any value that the template doesn't name."""


class Parameter(NamedTuple):
    """A parameter with its values in the template, the default first."""

    options: tuple[Option, ...]
    is_free: bool
    """Whether a deployment may set any value."""


class Decisive:
    """The named values of a reference or an expression on which branches or keys depend."""

    def __init__(self) -> None:
        self.literals: dict[str, None] = {}
        """The literals that conditions compare it with, in order."""
        self.keys: dict[str, None] = {}
        """The keys of the mappings in which it is looked up, in order; it must be one of them."""


class Template(Mutable):
    """The sections of a template that evaluation uses."""

    source: SourceText
    mappings: Mapping[str, Node]
    conditions: Mapping[str, Node]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    decisive: dict[str, Decisive] = field(default_factory=dict)
    """The operands of conditions and lookups in mappings, by subject."""
    steps: int = 0
    functions: Functions = field(default_factory=Functions)
    unknowns: dict[Node, Node] = field(default_factory=dict)
    """The unknown values, by node."""

    def text(self, node: Node) -> str:
        """The text of a node, on one line."""
        name, argument = self.functions.of(node) or ("", node)
        if name == "Ref" and isinstance(argument.value, str):
            return f"!Ref {argument.value}"
        return " ".join(self.source.text[node.start : node.end].split())[:200]

    def subject(self, node: Node) -> str:
        """The subject of a choice: the name of a reference, else the text of an expression."""
        name, argument = self.functions.of(node) or ("", node)
        if name == "Ref" and isinstance(argument.value, str):
            return argument.value
        return " ".join(self.source.text[node.start : node.end].split())


def template(
    source: SourceText,
    root: Node,
    users: Iterable[Node],
    variables: Mapping[str, str],
    passed: Mapping[str, Option] = MappingProxyType({}),
) -> Template:
    """The template in a tree, with what decides the values of the given resources.

    `variables` set parameters; a stack that deploys the template may pass others.
    """
    made = Template(source, section(root, "Mappings"), section(root, "Conditions"))
    decisive = made.decisive = _compared(made)
    for subject, keys in _looked_up(made, users) if made.mappings else ():
        decisive.setdefault(subject, Decisive()).keys.update(keys)
    parameters = {
        name: _passed(passed[name], node)
        if name in passed and name not in variables
        else _parameter(name, node, variables.get(name), steers=name in decisive)
        for name, node in section(root, "Parameters").items()
    }
    parameters |= {name: Parameter((it,), is_free=False) for name, it in passed.items() if name.startswith("AWS::")}
    parameters |= {name: _given(name, value) for name, value in variables.items() if name.startswith("AWS::")}
    made.parameters = parameters
    return made


def section(node: Node | None, name: str) -> dict[str, Node]:
    """The entries of a mapping within a mapping."""
    inner = get(node, name)
    return {key.value: value for key, value in (inner.entries if inner else None) or () if isinstance(key.value, str)}


def references(root: Node) -> Counter[str]:
    """The number of references to each name in a template, by `Ref` or within `Fn::Sub`."""
    names: Counter[str] = Counter()
    for node in root.walk():
        name, argument = function(node) or ("", node)
        text = argument.items[0].value if argument.items else argument.value
        if name == "Ref" and isinstance(text, str):
            names[text] += 1
        elif name == "Fn::Sub" and isinstance(text, str):
            names.update(match[2].strip() for match in IN_SUB.finditer(text) if not match[1])
    return names


def _compared(made: Template) -> dict[str, Decisive]:
    """The operands that the conditions depend on, with the literals that they are compared with."""
    found: dict[str, Decisive] = {}
    for name, argument in made.functions.within(made.conditions.values()):
        items = argument.items or []
        if name == "Ref" and isinstance(argument.value, str):
            found.setdefault(argument.value, Decisive())
        elif name == "Fn::Equals" and len(items) == 2:
            for operand, other in (items, items[::-1]):
                literal = as_text(other.value) if made.functions.of(other) is None else None
                if literal is not None and made.functions.of(operand) is not None:
                    found.setdefault(made.subject(operand), Decisive()).literals[literal] = None
    return found


def _looked_up(made: Template, users: Iterable[Node]) -> Iterator[tuple[str, dict[str, None]]]:
    """The subjects of lookups in mappings, with the keys; not the region, as its maps contain images and accounts."""
    known_keys: dict[tuple[str, int], dict[str, None]] = {}
    for name, argument in made.functions.within(users):
        items = argument.items or []
        if name != "Fn::FindInMap" or len(items) < 3:
            continue
        for level, operand in enumerate(items[1:3]):
            if made.functions.of(operand) is None:
                continue
            place = (str(items[0].value), level)
            if place not in known_keys:
                known_keys[place] = _keys(made.mappings.get(place[0]), level)
            keys, subject = known_keys[place], made.subject(operand)
            if len(keys) <= MAX_KEYS and subject != "AWS::Region":
                yield subject, keys


def _keys(mapping: Node | None, level: int) -> dict[str, None]:
    """The keys of a mapping: at level 0 its first keys, at level 1 its second keys."""
    nodes = [mapping] if mapping is not None else []
    for _ in range(level):
        nodes = [value for node in nodes for _, value in entries_of(node)]
    return dict.fromkeys(key.value for node in nodes for key, _ in entries_of(node))


def _parameter(name: str, node: Node, given: str | None, *, steers: bool) -> Parameter:
    kind = _kind(node)
    if kind.startswith(_BY_NAME):
        return Parameter((), is_free=True)
    if given is not None:
        return _given(name, _typed(given, kind))
    words, referent = f"the default of parameter {name}", "" if _is_constrained(node) else name
    default = _options(get(node, "Default"), kind, words, referent=referent, is_given=True)
    allowed_node = get(node, "AllowedValues")
    words, is_optional = f"an allowed value of parameter {name}", bool(default or not steers)
    items = (allowed_node.items if allowed_node else None) or ()
    allowed = [option for item in items for option in _options(item, kind, words, is_optional=is_optional)]
    if not allowed:
        return Parameter(default, is_free=True)
    others = tuple(option for option in allowed if not default or option.value != default[0].value)
    if default or steers:
        return Parameter((*default, *others), is_free=False)
    return Parameter((OTHER, *others), is_free=False)


def _passed(option: Option, node: Node) -> Parameter:
    if isinstance(option.value, Unknown) or _kind(node).startswith(_BY_NAME):
        return Parameter((), is_free=True)
    return Parameter((option._replace(value=_typed(str(option.value), _kind(node))),), is_free=False)


def _kind(parameter: Node) -> str:
    return text_of(get(parameter, "Type")) or "String"


def _is_constrained(parameter: Node) -> bool:
    """Whether a parameter restricts its values."""
    return not {key.value for key, _ in parameter.entries or ()} <= {"Type", "Default", "Description", "NoEcho"}


def _given(name: str, value: str | list[str]) -> Parameter:
    return Parameter((Option(value, Provenance(f"the value given for {name}"), is_given=True),), is_free=False)


def _options(  # noqa: PLR0913
    node: Node | None,
    kind: str,
    words: str,
    *,
    referent: str = "",
    is_optional: bool = False,
    is_given: bool = False,
) -> tuple[Option, ...]:
    """The option of a default or an allowed value, if it is a scalar in the template itself."""
    text = as_text(node.value) if node is not None and function(node) is None else None
    if node is None or text is None:
        return ()
    value = Unknown(text, "reference") if DYNAMIC in text else _typed(text, kind)
    return (Option(value, Provenance(words, (node.start, node.end), referent), is_optional, is_given),)


def _typed(text: str, kind: str) -> str | list[str]:
    if kind == "CommaDelimitedList" or kind.startswith("List<"):
        return [item.strip() for item in text.split(",")]
    return text
