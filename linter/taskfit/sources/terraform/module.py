"""A folder of Terraform files: what its expressions may refer to, and what that stands for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from taskfit.definition import Unknown
from taskfit.sources.document import Origin
from taskfit.sources.terraform import syntax
from taskfit.sources.terraform.budget import Budget
from taskfit.sources.terraform.collections import opened
from taskfit.sources.terraform.syntax import Attribute, Block, Expression, HclFile
from taskfit.sources.terraform.values import ELSEWHERE, Builder, Value, as_text, as_value, number, plain, used
from taskfit.syntax.text import SourceText

Scope = Mapping[str, Value]
"""Names that mean something within an expression: those of a `for`, of a `dynamic`, of a template."""


class Evaluate(Protocol):
    """Evaluates an expression at its place."""

    def __call__(self, expression: Expression, scope: Scope = ...) -> Value:
        """The value of an expression."""


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
    call: Callable[[Evaluate, Block, str], Value | None] = lambda *_: None
    """An output of a module that is known by its source."""
    steps: int = 0


class References:
    """What the names and files of a module stand for in one reading."""

    def __init__(self, module: Module, evaluate: Evaluate, budget: Budget) -> None:
        self._module = module
        self._evaluate = evaluate
        self._budget = budget
        self._kept: dict[str, tuple[HclFile, Value] | None] = {}
        self._sizes: dict[str, int] = {}

    def find(self, names: Sequence[str]) -> tuple[tuple[HclFile, Value, str] | None, int]:
        """What a name stands for, the file that it is from and how to call it, and how many of the words name it."""
        root = names[0]
        if root == "path" and len(names) > 1 and names[1] in ("module", "root", "cwd"):
            return (ELSEWHERE, Value(0, 0, ".", origin=Origin("")), ""), 2
        if root in ("var", "local") and len(names) > 1:
            return self._named(root, names[1]), 2
        if root == "module" and len(names) > 2:
            return self._output(names[1], names[2]), 3
        if root == "data" and len(names) > 3 and names[3] == "rendered":
            return self._rendered(f"{names[1]}.{names[2]}"), 4
        return None, 1

    def _named(self, root: str, name: str) -> tuple[HclFile, Value, str] | None:
        """A variable or a local, evaluated once."""
        key = f"{root}.{name}"
        if key not in self._kept:
            self._kept[key] = None  # what refers to itself is unknown
            resolve, before = self._variable if root == "var" else self._local, self._budget.steps
            self._kept[key] = resolve(name)
            self._sizes[key] = self._budget.steps - before
        elif not self._budget.has_room(self._sizes.get(key, 0)):
            return None
        kept = self._kept[key]
        return None if kept is None else (*kept, self._words(root, name))

    def _output(self, module: str, name: str) -> tuple[HclFile, Value, str] | None:
        block = self._module.modules.get(module)
        output = self._module.call(self._evaluate, block, name) if block is not None else None
        if block is None or output is None:
            return None
        return next(iter(block.attributes.values())).value.file, output, f"module.{module}"

    def _words(self, root: str, name: str) -> str:
        if root == "local":
            return f"local.{name}"
        given = self._module.given.get(name)
        return given.words if given else f"the default of variable {name}"

    def _local(self, name: str) -> tuple[HclFile, Value] | None:
        attribute = self._module.locals.get(name)
        return (attribute.value.file, self._evaluate(attribute.value)) if attribute else None

    def _variable(self, name: str) -> tuple[HclFile, Value] | None:
        declared = self._module.variables.get(name)
        given = self._module.given.get(name)
        kind_of = declared[1].attributes.get("type") if declared else None
        kind = kind_of.value.text if kind_of else ""
        default = declared[1].attributes.get("default") if declared else None
        if given is not None:
            return self._given(given, kind, default)
        if default is None:
            return None
        return default.value.file, _open_if_empty(_typed(self._evaluate(default.value), kind), kind)

    def _given(self, given: Given, kind: str, default: Attribute | None) -> tuple[HclFile, Value] | None:
        if isinstance(given.value, Expression):
            return given.value.file, _typed(self._evaluate(given.value), kind)
        text = given.value
        if kind in ("", "any") and default is not None:
            usual = self._evaluate(default.value).value
            kind = "number" if isinstance(usual, int | float) and not isinstance(usual, bool) else kind
        if kind in ("", "any", "string", "number", "bool"):
            origin = Origin(given.words)
            return ELSEWHERE, _typed(Value(0, 0, text, origin=origin), kind)
        parsed = syntax.expression(text, given.words)
        return (parsed.file, self._evaluate(parsed)) if parsed else None

    def _rendered(self, name: str) -> tuple[HclFile, Value, str] | None:
        """`data.template_file.x.rendered`."""
        block = self._module.data.get(name)
        template = block.attributes.get("template") if block else None
        if block is None or template is None or not name.startswith("template_file."):
            return None
        text = self._evaluate(template.value)
        given = block.attributes.get("vars")
        variables = self._evaluate(given.value) if given else None
        path = text.origin.text.partition(" line ")[0] if text.origin else template.value.file.name
        if not isinstance(text.value, str):
            return None
        file = template.value.file
        return file, self._render(text.value, path, variables, file, (text.start, text.end)), ""

    def read(self, whole: Expression, name: str, arguments: Sequence[Value]) -> Value | None:
        """What `file`, `templatefile` or `templatestring` yields; nothing if it can't be read."""
        content = plain(arguments[0]) if arguments else None
        if not isinstance(content, str):
            return None
        variables = arguments[1] if len(arguments) > 1 else None
        if name == "templatestring":
            return self._render(content, whole.file.name, variables, whole.file, (whole.start, whole.end))
        text = self._module.read_text(content)
        if text is None:
            return None
        path = content.removeprefix("./")
        if name == "templatefile":
            return self._render(text, path, variables, whole.file, (whole.start, whole.end))
        other = HclFile(path, SourceText(text))
        builder = Builder()
        builder.add(other.source.text, 0, len(other.source.text))
        value = builder.value(0, len(other.source.text))
        return used(value, other, whole.start, whole.end, whole.file, "")

    def _render(self, text: str, name: str, variables: Value | None, file: HclFile, place: tuple[int, int]) -> Value:
        """A template's text with the variables given to it, at the place in the file that asks for it."""
        template = syntax.template(text, name)
        if template is None:
            return Value(*place, Unknown(f"the template {name}", "reference"))
        entries = (variables.entries if variables else None) or ()
        scope = {str(key.value): used(as_value(value), file, 0, 0, ELSEWHERE, "") for key, value in entries}
        return used(self._evaluate(template, scope), template.file, *place, ELSEWHERE, "")


def _typed(value: Value, kind: str) -> Value:
    """A variable's value in its declared type."""
    content = value.value
    if kind == "string" and isinstance(content, int | float):
        value = replace(value, value=as_text(content))
    elif kind == "number" and isinstance(content, str):
        value = replace(value, value=number(content.strip()))
    elif kind == "bool" and isinstance(content, str) and content in ("true", "false"):
        value = replace(value, value=content == "true")
    elif "optional(" in kind:
        for node in value.walk():
            node.is_partial = node.is_partial or node.entries is not None
    return value


def _open_if_empty(value: Value, kind: str) -> Value:
    """An empty default stands for what a deployment is to give."""
    if value.items == [] or value.entries == []:
        return opened(value, Value(value.start, value.end, Unknown(kind or "an empty default", "reference")))
    if value.value == "":
        return replace(value, value=Unknown("an empty default", "reference"))
    return value
