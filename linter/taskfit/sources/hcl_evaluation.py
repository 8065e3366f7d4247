"""HCL expressions, evaluated as far as a folder of Terraform files tells; what only a deployment knows is `Unknown`.

A condition that can't be decided is a choice: an `Evaluation` takes one branch of each, and `evaluations` goes through
the combinations.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar

from taskfit.definition import Unknown
from taskfit.sources import hcl, hcl_functions
from taskfit.sources.document import Origin
from taskfit.sources.hcl import Attribute, Block, Expression, HclFile
from taskfit.sources.hcl_values import Builder, Value, as_text, encode, made, origin_of, plain, used
from taskfit.sources.text import SourceText
from taskfit.sources.tree import Node

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

T = TypeVar("T")
Scope = Mapping[str, Value]

MAX_READINGS = 32
"""Combinations of undecided conditions that are tried for one definition."""
MAX_STEPS = 20_000
"""Expressions evaluated for one reading, each use of a local or a variable counted in full."""
MAX_STEPS_IN_ALL = 200_000
"""Expressions evaluated for one file before further combinations are left out."""
MAX_DEPTH = 60
"""Levels of expressions within expressions, through locals and variables."""
MAX_ITEMS = 256
"""Turns of one `for`."""

_OPERATORS = frozenset(("==", "!=", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "&&", "||"))
_NAME = re.compile(r"[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*)+")
_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|\$\$\{|%%\{", re.DOTALL)
_HEREDOC_ESCAPE = re.compile(r"\$\$\{|%%\{")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}
_EMPTY: Scope = {}


@dataclass(frozen=True)
class Given:
    """The value that a file or the command line gives to a variable."""

    value: Expression | str
    words: str


@dataclass
class Module:
    """A folder of Terraform files: what its expressions may refer to."""

    variables: dict[str, tuple[HclFile, Block]] = field(default_factory=dict)
    given: dict[str, Given] = field(default_factory=dict)
    locals: dict[str, Attribute] = field(default_factory=dict)
    data: dict[str, Block] = field(default_factory=dict)
    """Data sources that hold text, by `type.name`."""
    modules: dict[str, Block] = field(default_factory=dict)
    read_text: Callable[[str], str | None] = lambda _: None
    """The text of a file below the folder."""
    call: Callable[[Evaluation, Block, str], Value | None] = lambda *_: None
    """An output of a module that is known by its source."""
    steps: int = 0


@dataclass(frozen=True, slots=True)
class _Decision:
    holds: bool
    subject: str
    literal: str | None
    names: frozenset[str]


def evaluations(module: Module, evaluate: Callable[[Evaluation], T]) -> tuple[list[T], bool]:
    """The results of each combination of branches, the one that takes the first of each before the others.

    The second value tells whether combinations were left out.
    """
    results: list[T] = []
    pending: deque[dict[str, bool]] = deque([{}])
    while pending:
        if len(results) == MAX_READINGS or (results and module.steps > MAX_STEPS_IN_ALL):
            return results, True
        plan = pending.popleft()
        evaluation = Evaluation(module, plan)
        results.append(evaluate(evaluation))
        module.steps += evaluation.steps
        taken = list(evaluation.taken)
        for index, subject in enumerate(taken):
            if subject not in plan:
                before = {name: evaluation.taken[name] for name in taken[:index]}
                pending.append({**before, subject: False})
    return results, False


class Evaluation:
    """One way to evaluate a module."""

    def __init__(self, module: Module, plan: Mapping[str, bool]) -> None:
        self.module = module
        self.plan = plan
        self.taken: dict[str, bool] = {}
        self._decisions: dict[str, _Decision] = {}
        self.steps = 0
        self._references: dict[str, tuple[HclFile, Value] | None] = {}
        self._sizes: dict[str, int] = {}
        self._depth = 0

    @property
    def choice(self) -> str:
        """The conditions that were undecided and the way they were taken."""
        return ", ".join(f"`{subject}` {'true' if holds else 'false'}" for subject, holds in self.taken.items())

    def evaluate(self, expression: Expression, scope: Scope = _EMPTY) -> Value:
        """The value of an expression, at its place in the expression's file."""
        syntax = expression.syntax
        if isinstance(syntax, Node):
            return self._deeper(expression, lambda: self._json(expression.file, syntax, scope))
        return self._term(expression.file, _children(syntax) or [syntax], scope)

    def _deeper(self, expression: Expression, evaluate: Callable[[], Value]) -> Value:
        """One level of evaluation, of which there are so many only."""
        self.steps += 1
        if self.steps > MAX_STEPS or self._depth > MAX_DEPTH:
            return self._unknown(expression)
        self._depth += 1
        try:
            return evaluate()
        finally:
            self._depth -= 1

    def _has_room(self, size: int) -> bool:
        """Count a value of some size; one that locals double again and again fits no memory."""
        self.steps += size
        return self.steps <= MAX_STEPS

    def _unknown(self, expression: Expression, *, is_missing: bool = False) -> Value:
        unknown = Unknown(expression.text, "reference")
        return Value(expression.start, expression.end, unknown, is_missing=is_missing)

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
            template = hcl.template(text, file.name)
            if template is None:
                return Value(node.start, node.end, Unknown(text, "reference"))
            value = self.evaluate(template, scope)
            return _flat(value, node.start, node.end)
        return Value(node.start, node.end, node.value)

    def _term(self, file: HclFile, nodes: Sequence[Syntax], scope: Scope) -> Value:
        """What some nodes in a row mean: a value with attributes and indexes behind it."""
        return self._deeper(Expression(file, nodes[0]), lambda: self._row(file, nodes, scope))

    def _row(self, file: HclFile, nodes: Sequence[Syntax], scope: Scope) -> Value:
        whole = Expression(file, nodes[0])
        if nodes[0].type == "(" and len(nodes) > 2:
            value, rest = self.evaluate(Expression(file, nodes[1]), scope), nodes[3:]
        elif nodes[0].type == "variable_expr":
            return self._reference(file, nodes, scope)
        else:
            handler = _HANDLERS.get(nodes[0].type)
            value = handler(self, file, nodes[0], scope) if handler else self._unknown(whole)
            rest = nodes[1:]
        return self._steps_into(file, value, nodes, rest, scope) if rest else value

    def _steps_into(
        self, file: HclFile, value: Value, nodes: Sequence[Syntax], rest: Sequence[Syntax], scope: Scope
    ) -> Value:
        start, end = file.offset(nodes[0].start_byte), file.offset(nodes[-1].end_byte)
        text = _row_text(file, nodes)
        for step in rest:
            if step.type == "splat":
                return self._splat(file, value, step, start, end, text, scope)
            key = self._key(file, step, scope)
            value = _element(value, key) or Value(
                start, end, Unknown(text, "reference"), is_missing=_can_miss(value, key)
            )
            if value.is_unknown and not value.is_missing:
                value = Value(start, end, Unknown(text, "reference"))
        return value

    def _splat(  # noqa: PLR0913, PLR0917
        self, file: HclFile, value: Value, step: Syntax, start: int, end: int, text: str, scope: Scope
    ) -> Value:
        inner = [child for child in _children(step.children[0]) if child.type in ("get_attr", "index")]
        if value.items is None:
            return Value(start, end, Unknown(text, "reference"))
        items = []
        for item in value.items:
            found: Value | None = item if isinstance(item, Value) else None
            for part in inner:
                found = _element(found, self._key(file, part, scope)) if found else None
            items.append(found or Value(start, end, Unknown(text, "reference")))
        return Value(start, end, items=list[Node](items))

    def _key(self, file: HclFile, step: Syntax, scope: Scope) -> str | int | None:
        if step.type == "get_attr":
            return _text(step.children[-1])
        inner = step.children[0] if step.children else step
        node = next((child for child in inner.children if child.type not in ("[", "]", ".")), None)
        if node is None:
            return None
        if node.type == "expression":
            key = plain(self.evaluate(Expression(file, node), scope))
            return key if isinstance(key, str | int) else None
        text = _text(node)
        return int(text) if text.isdigit() else text

    def _reference(self, file: HclFile, nodes: Sequence[Syntax], scope: Scope) -> Value:
        start, end = file.offset(nodes[0].start_byte), file.offset(nodes[-1].end_byte)
        root = _text(nodes[0])
        names = [root]
        for node in nodes[1:]:
            if node.type != "get_attr":
                break
            names.append(_text(node.children[-1]))
        found, count = self._named(file, names, scope)
        if found is None:
            return Value(start, end, Unknown(_row_text(file, nodes), "reference"))
        other, value, words = found
        # What a scope holds stands in the file itself, unless it comes from elsewhere.
        if root not in scope or value.origin is not None or value.is_unknown:
            value = used(value, other, start, end, file, words, ".".join(names[:2]))
        return self._steps_into(file, value, nodes, nodes[count:], scope) if nodes[count:] else value

    def _named(
        self, file: HclFile, names: Sequence[str], scope: Scope
    ) -> tuple[tuple[HclFile, Value, str] | None, int]:
        """What a name stands for, the file that it is from, and how many of the words name it."""
        root = names[0]
        if root in scope:
            return (file, scope[root], ""), 1
        if root == "path" and len(names) > 1 and names[1] in ("module", "root", "cwd"):
            return (file, Value(0, 0, ".", origin=Origin("")), ""), 2
        if len(names) > 1 and root in ("var", "local"):
            name = f"{root}.{names[1]}"
            if name not in self._references:
                self._references[name] = None  # what refers to itself is unknown
                resolve, before = self._variable if root == "var" else self._local, self.steps
                self._references[name] = resolve(names[1])
                self._sizes[name] = self.steps - before
            elif not self._has_room(self._sizes.get(name, 0)):
                return None, 2
            kept = self._references[name]
            return (None if kept is None else (*kept, self._words(root, names[1]))), 2
        if len(names) > 2 and root == "module":
            block = self.module.modules.get(names[1])
            output = self.module.call(self, block, names[2]) if block is not None else None
            if block is None or output is None:
                return None, 3
            return (next(iter(block.attributes.values())).value.file, output, f"module.{names[1]}"), 3
        if len(names) > 3 and root == "data" and names[3] == "rendered":
            return self._rendered(f"{names[1]}.{names[2]}"), 4
        return None, 1

    def _words(self, root: str, name: str) -> str:
        if root == "local":
            return f"local.{name}"
        given = self.module.given.get(name)
        return given.words if given else f"the default of variable {name}"

    def _local(self, name: str) -> tuple[HclFile, Value] | None:
        attribute = self.module.locals.get(name)
        return (attribute.value.file, self.evaluate(attribute.value)) if attribute else None

    def _variable(self, name: str) -> tuple[HclFile, Value] | None:
        declared = self.module.variables.get(name)
        given = self.module.given.get(name)
        kind_of = declared[1].attributes.get("type") if declared else None
        kind = kind_of.value.text if kind_of else ""
        default = declared[1].attributes.get("default") if declared else None
        if given is not None:
            return self._given(given, kind, default)
        if default is None:
            return None
        return default.value.file, _open_if_empty(_typed(self.evaluate(default.value), kind), kind)

    def _given(self, given: Given, kind: str, default: Attribute | None) -> tuple[HclFile, Value] | None:
        if isinstance(given.value, Expression):
            return given.value.file, _typed(self.evaluate(given.value), kind)
        text = given.value
        if kind in ("", "any") and default is not None:
            usual = self.evaluate(default.value).value
            kind = "number" if isinstance(usual, int | float) and not isinstance(usual, bool) else kind
        if kind in ("", "any", "string", "number", "bool"):
            origin = Origin(given.words)
            return HclFile("", SourceText("")), _typed(Value(0, 0, text, origin=origin), kind)
        parsed = hcl.expression(text, given.words)
        return (parsed.file, self.evaluate(parsed)) if parsed else None

    def _rendered(self, name: str) -> tuple[HclFile, Value, str] | None:
        """`data.template_file.x.rendered`."""
        block = self.module.data.get(name)
        template = block.attributes.get("template") if block else None
        if block is None or template is None or not name.startswith("template_file."):
            return None
        text = self.evaluate(template.value)
        given = block.attributes.get("vars")
        variables = self.evaluate(given.value) if given else None
        path = text.origin.text.partition(" line ")[0] if text.origin else template.value.file.name
        if not isinstance(text.value, str):
            return None
        file = template.value.file
        return file, self.render(text.value, path, variables, file, text.start, text.end), ""

    def render(  # noqa: PLR0913, PLR0917
        self, text: str, name: str, variables: Value | None, file: HclFile, start: int, end: int
    ) -> Value:
        """A template's text with the variables given to it, at the place in the file that asks for it."""
        template = hcl.template(text, name)
        if template is None:
            return Value(start, end, Unknown(f"the template {name}", "reference"))
        entries = (variables.entries if variables else None) or ()
        scope = {str(key.value): used(_as_value_of(value), file, 0, 0, _ELSEWHERE, "") for key, value in entries}
        return used(self.evaluate(template, scope), template.file, start, end, _ELSEWHERE, "")

    def decide(self, expression: Expression, scope: Scope = _EMPTY) -> bool | None:
        """Whether a condition holds; nothing if no branch may be taken without guessing."""
        value = self.evaluate(expression, scope)
        if isinstance(value.value, bool):
            return value.value
        if value.value in ("true", "false"):
            return bool(value.value == "true")
        if not isinstance(value.value, Unknown) or any(name in expression.text for name in scope):
            return None
        return self._choose(expression, scope)

    def _choose(self, expression: Expression, scope: Scope) -> bool | None:
        subject, literal, is_negated = self._condition(expression, scope)
        names = frozenset(_NAME.findall(subject))
        known = self._decisions.get(f"{subject} == {literal}")
        if known is not None:
            return known.holds is not is_negated
        for other in self._decisions.values():
            if not names & other.names:
                continue
            if other.subject != subject or literal is None or other.literal is None:
                return None  # two conditions on one value: which of them go together is not known
            if other.holds:
                return is_negated  # it equals something else already
        text = subject if literal is None else f"{subject} == {literal}"
        holds = self.plan.get(text, True)
        self.taken[text] = holds
        self._decisions[f"{subject} == {literal}"] = _Decision(holds, subject, literal, names)
        return holds is not is_negated

    def _condition(self, expression: Expression, scope: Scope) -> tuple[str, str | None, bool]:
        """What a condition asks about: its subject, the literal that it is compared with, and whether it is negated."""
        if isinstance(expression.syntax, Node):
            return expression.text, None, False
        file, nodes, is_negated = expression.file, _children(expression.syntax), False
        for _ in range(MAX_DEPTH):
            if len(nodes) == 3 and nodes[0].type == "(":
                nodes = _children(nodes[1])
            elif len(nodes) == 1 and nodes[0].type == "operation":
                nodes = _children(nodes[0].children[0])
            elif nodes and nodes[0].type == "!":
                nodes, is_negated = nodes[1:], not is_negated
            else:
                break
        at = _operator(nodes)
        if at is not None and nodes[at].type in ("==", "!=") and (found := self._comparison(file, nodes, at, scope)):
            subject, literal, is_different = found
            return subject, literal, is_different is not is_negated
        return _row_text(file, nodes), None, is_negated

    def _comparison(
        self, file: HclFile, parts: Sequence[Syntax], at: int, scope: Scope
    ) -> tuple[str, str | None, bool] | None:
        for subject, other in ((parts[:at], parts[at + 1 :]), (parts[at + 1 :], parts[:at])):
            value = plain(self._term(file, other, scope))
            if not isinstance(value, Unknown | dict | list):
                literal = f'"{value}"' if isinstance(value, str) else (as_text(value) or "null")
                return _row_text(file, subject), literal, parts[at].type == "!="
        return None

    def _expression(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        return self.evaluate(Expression(file, node), scope)

    def _literal(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0] if node.type == "literal_value" else node
        start, end = file.offset(node.start_byte), file.offset(node.end_byte)
        text = _text(inner)
        if inner.type == "numeric_lit":
            return Value(start, end, _number(text))
        if inner.type == "bool_lit":
            return Value(start, end, text == "true")
        if inner.type == "null_lit":
            return Value(start, end, None)
        if inner.type == "string_lit":
            return self._quoted(file, inner, scope)
        return self._unknown(Expression(file, node))

    def _collection(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0]
        start, end = file.offset(inner.start_byte), file.offset(inner.end_byte)
        if inner.type == "tuple":
            items = [self._expression(file, child, scope) for child in inner.children if child.type == "expression"]
            return Value(start, end, items=list[Node](items))
        made_object = Value(start, end, entries=[])
        places: dict[str, int] = {}
        for element in inner.children:
            if element.type == "object_elem":
                self._entry(file, element, made_object, places, scope)
        return made_object

    def _entry(self, file: HclFile, element: Syntax, into: Value, places: dict[str, int], scope: Scope) -> None:
        parts = [child for child in element.children if child.type == "expression"]
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
        unknown = self._unknown(Expression(file, node))
        intro = next((child for child in inner.children if child.type == "for_intro"), None)
        results = [child for child in inner.children if child.type == "expression"]
        if intro is None or not results or any(child.type == "ellipsis" for child in inner.children):
            return unknown
        condition = next((child for child in inner.children if child.type == "for_cond"), None)
        names = [_text(child) for child in intro.children if child.type == "identifier"]
        over = self._expression(file, next(child for child in intro.children if child.type == "expression"), scope)
        turns = _turns(over)
        result = Value(start, end, items=[]) if is_list else Value(start, end, entries=[])
        if turns is None or len(turns) > MAX_ITEMS:
            turns, result = [], _more(result, unknown)
        for key, item in turns:
            names_scope = {**scope, names[-1]: item} if len(names) == 1 else {**scope, names[0]: key, names[1]: item}
            keeps = self._keeps(file, condition, names_scope)
            if item.is_unknown or keeps is None:
                result = _more(result, unknown)
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

    def _keeps(self, file: HclFile, condition: Syntax | None, scope: Scope) -> bool | None:
        if condition is None:
            return True
        value = self._expression(file, condition.children[-1], scope).value
        return value if isinstance(value, bool) else None

    def _conditional(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        parts = [child for child in node.children if child.type == "expression"]
        if len(parts) != 3:
            return self._unknown(Expression(file, node))
        holds = self.decide(Expression(file, parts[0]), scope)
        if holds is None:
            return self._unknown(Expression(file, node))
        return self._expression(file, parts[1] if holds else parts[2], scope)

    def _operation(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0]
        whole = Expression(file, inner)
        parts = _children(inner)
        if inner.type == "unary_operation":
            value = self._term(file, parts[1:], scope)
            content = hcl_functions.unary(parts[0].type, value.value)
            return made(content, whole.start, whole.end, value.origin) if content is not None else self._unknown(whole)
        at = _operator(parts)
        if at is None or at + 1 >= len(parts):
            return self._unknown(whole)
        left, right = self._term(file, parts[:at], scope), self._term(file, parts[at + 1 :], scope)
        content = hcl_functions.binary(parts[at].type, plain(left), plain(right))
        if content is None:
            return self._unknown(whole)
        return made(content, whole.start, whole.end, origin_of((left, right)))

    def _call(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        whole = Expression(file, node)
        name = _text(node.children[0])
        listed = next((child for child in node.children if child.type == "function_arguments"), None)
        nodes = [child for child in (listed.children if listed else ()) if child.type == "expression"]
        arguments = [self._expression(file, child, scope) for child in nodes]
        if listed is not None and any(child.type == "ellipsis" for child in listed.children):
            last = arguments.pop()
            more = last.items if last.items is not None else [last]
            arguments += [item if isinstance(item, Value) else Value(item.start, item.end) for item in more]
        if name in ("file", "templatefile", "templatestring"):
            return self._read(whole, name, arguments)
        if name == "jsonencode" and len(arguments) == 1:
            return encode(arguments[0], whole.start, whole.end)
        result = hcl_functions.call(name, arguments, whole.start, whole.end)
        has_room = result is not None and self._has_room(sum(1 for _ in result.walk()))
        return result if result is not None and has_room else self._unknown(whole)

    def _read(self, whole: Expression, name: str, arguments: Sequence[Value]) -> Value:
        content = plain(arguments[0]) if arguments else None
        if not isinstance(content, str):
            return self._unknown(whole)
        variables = arguments[1] if len(arguments) > 1 else None
        if name == "templatestring":
            return self.render(content, whole.file.name, variables, whole.file, whole.start, whole.end)
        text = self.module.read_text(content)
        if text is None:
            return self._unknown(whole)
        path = content.removeprefix("./")
        if name == "templatefile":
            return self.render(text, path, variables, whole.file, whole.start, whole.end)
        other = HclFile(path, SourceText(text))
        builder = Builder()
        builder.add(other.source.text, 0, len(other.source.text))
        value = builder.value(0, len(other.source.text))
        return used(value, other, whole.start, whole.end, whole.file, "")

    def _template(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        inner = node.children[0] if node.type == "template_expr" else node
        return (
            self._heredoc(file, inner, scope) if inner.type == "heredoc_template" else self._quoted(file, inner, scope)
        )

    def _quoted(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        start, end = file.offset(node.start_byte), file.offset(node.end_byte)
        parts = [child for child in node.children if child.type.startswith(("template_interp", "template_dir"))]
        if len(parts) == 1 and parts[0].end_byte - parts[0].start_byte == node.end_byte - node.start_byte - 2:
            single = next((child for child in parts[0].children if child.type == "expression"), None)
            if single is not None:
                return self._expression(file, single, scope)
        builder = Builder()
        self._parts(file, parts, start + 1, end - 1, builder, scope, _ESCAPE)
        return builder.value(start, end)

    def _heredoc(self, file: HclFile, node: Syntax, scope: Scope) -> Value:
        start, end = file.offset(node.start_byte), file.offset(node.end_byte)
        names = [child for child in node.children if child.type == "heredoc_identifier"]
        if len(names) < 2:
            return self._unknown(Expression(file, node))
        text = file.source.text
        if file.shift and start == 0:
            begin, stop = 0, len(text)  # a text of its own, made a heredoc to be read
        else:
            begin = text.find("\n", file.offset(names[0].end_byte)) + 1
            stop = text.rfind("\n", begin - 1, file.offset(names[-1].start_byte)) + 1
        parts = [child for child in node.children if child.type.startswith(("template_interp", "template_dir"))]
        builder = Builder()
        self._parts(file, parts, begin, max(begin, stop), builder, scope, _HEREDOC_ESCAPE)
        return builder.value(start, end)

    def _parts(  # noqa: PLR0913, PLR0917
        self,
        file: HclFile,
        parts: Sequence[Syntax],
        begin: int,
        end: int,
        builder: Builder,
        scope: Scope,
        escape: re.Pattern[str],
    ) -> None:
        """What stands in a template between two places."""
        at = begin
        for part in parts:
            start = file.offset(part.start_byte)
            _add_literal(builder, file.source.text, at, start, escape)
            at = file.offset(part.end_byte)
            source = file.source.text[start:at]
            if source[2:3] == "~":
                builder.strip()
            if part.type == "template_interpolation":
                inner = next((child for child in part.children if child.type == "expression"), None)
                if inner is not None:
                    value = self._expression(file, inner, scope)
                    builder.insert(replace(value, start=start, end=at))
            elif part.type == "template_directive":
                self._directive(file, part, builder, scope, escape)
            if source[-2:-1] == "~":
                while at < end and file.source.text[at].isspace():
                    at += 1
        _add_literal(builder, file.source.text, at, end, escape)

    def _directive(self, file: HclFile, part: Syntax, builder: Builder, scope: Scope, escape: re.Pattern[str]) -> None:
        inner = part.children[0]
        start, end = file.offset(part.start_byte), file.offset(part.end_byte)
        marks = [child for child in inner.children if child.type.endswith(("_intro", "_end"))]
        test = next((child for child in marks[0].children if child.type == "expression"), None) if marks else None
        holds = self.decide(Expression(file, test), scope) if test is not None and inner.type == "template_if" else None
        if holds is None:
            builder.insert(Value(start, end, Unknown(" ".join(file.source.text[start:end].split())[:200], "reference")))
            return
        branch = 0 if holds else 1
        if branch + 1 >= len(marks):
            return
        first, last = marks[branch], marks[branch + 1]
        nodes = [
            child
            for child in inner.children
            if first.end_byte <= child.start_byte < last.start_byte
            and child.type.startswith(("template_interp", "template_dir"))
        ]
        self._parts(file, nodes, file.offset(first.end_byte), file.offset(last.start_byte), builder, scope, escape)


_ELSEWHERE = HclFile("", SourceText(""))
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


def _children(node: Syntax) -> list[Syntax]:
    return [child for child in node.children if child.type != "comment"]


def _row_text(file: HclFile, nodes: Sequence[Syntax]) -> str:
    """Some nodes in a row as they are written, on one line."""
    text = file.source.text[file.offset(nodes[0].start_byte) : file.offset(nodes[-1].end_byte)] if nodes else ""
    return " ".join(text.split())[:200]


def _operator(nodes: Sequence[Syntax]) -> int | None:
    return next((index for index, node in enumerate(nodes) if index and node.type in _OPERATORS), None)


def _text(node: Syntax) -> str:
    return (node.text or b"").decode("utf-8", "replace")


def _number(text: str) -> int | float | Unknown:
    if len(text) > 100:
        return Unknown(text[:100], "reference")
    try:
        number = float(text)
    except ValueError:
        return Unknown(text, "reference")
    return int(text) if text.isdigit() else int(number) if number.is_integer() and abs(number) < 1e15 else number


def _add_literal(builder: Builder, text: str, begin: int, end: int, escape: re.Pattern[str]) -> None:
    at = begin
    for match in escape.finditer(text, begin, max(begin, end)):
        builder.add(text[at : match.start()], at, match.start())
        builder.add(_unescaped(match[0]), match.start(), match.end())
        at = match.end()
    builder.add(text[at:end], at, end)


def _unescaped(sequence: str) -> str:
    if sequence[:2] in ("\\u", "\\U") and len(sequence) > 2:
        code = int(f"0x{sequence[2:]}", 0)
        return chr(code) if code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd"
    if sequence[0] == "\\":
        return _ESCAPES.get(sequence[1], sequence[1])
    return sequence[1:]


def _element(value: Value | None, key: str | int | None) -> Value | None:
    """An attribute or an item."""
    found: Node | None = None
    if value is None or key is None:
        return None
    if value.entries is not None:
        found = next((inner for name, inner in reversed(value.entries) if name.value == str(key)), None)
    elif value.items is not None and isinstance(key, int):
        before = value.items[: key + 1]
        is_sure = not any(isinstance(item.value, Unknown) for item in before)
        found = value.items[key] if is_sure and 0 <= key < len(value.items) else None
    return found if isinstance(found, Value) else _as_value(found)


def _as_value(node: Node | None) -> Value | None:
    if node is None:
        return None
    return Value(node.start, node.end, node.value, node.entries, node.items, node.is_partial)


def _can_miss(value: Value, key: str | int | None) -> bool:
    return key is not None and value.entries is not None and not value.is_partial


def _turns(over: Value) -> list[tuple[Value, Value]] | None:
    if over.entries is not None and not over.is_partial:
        pairs = ((made(key.value, key.start, key.end), _as_value_of(item)) for key, item in over.entries)
        return sorted(pairs, key=lambda pair: str(pair[0].value))
    if over.items is not None:
        return [(made(index, item.start, item.end), _as_value_of(item)) for index, item in enumerate(over.items)]
    return None


def _as_value_of(node: Node) -> Value:
    return node if isinstance(node, Value) else Value(node.start, node.end, node.value, node.entries, node.items)


def _more(result: Value, unknown: Value) -> Value:
    """A list or an object of which something can't be seen."""
    if result.items is not None:
        return replace(result, items=[*result.items, unknown])
    return replace(result, is_partial=True)


def _typed(value: Value, kind: str) -> Value:
    """A variable's value in its declared type."""
    content = value.value
    if kind == "string" and isinstance(content, int | float):
        value = replace(value, value=as_text(content))
    elif kind == "number" and isinstance(content, str):
        value = replace(value, value=_number(content.strip()))
    elif kind == "bool" and isinstance(content, str) and content in ("true", "false"):
        value = replace(value, value=content == "true")
    elif "optional(" in kind:
        for node in value.walk():
            node.is_partial = node.is_partial or node.entries is not None
    return value


def _open_if_empty(value: Value, kind: str) -> Value:
    """An empty default stands for what a deployment is to give."""
    if value.items == [] or value.entries == []:
        return _more(value, Value(value.start, value.end, Unknown(kind or "an empty default", "reference")))
    if value.value == "":
        return replace(value, value=Unknown("an empty default", "reference"))
    return value


def _flat(value: Value, start: int, end: int) -> Value:
    """A value of a template within a JSON string: all of it stands at the string."""
    return used(replace(value), HclFile("", SourceText("")), start, end, _ELSEWHERE, "")
