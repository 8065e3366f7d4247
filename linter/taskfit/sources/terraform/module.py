"""A folder of Terraform files: the names that its expressions refer to, and their values."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Protocol

from taskfit.definition import Unknown
from taskfit.record import Mutable, NamedTuple, field, replace
from taskfit.sources.terraform import parsing
from taskfit.sources.terraform.collections import opened
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.memory import UNFINISHED, Memory, Record, Trail
from taskfit.sources.terraform.service_blocks import ServiceBlocks
from taskfit.sources.terraform.syntax import Attribute, Block, Expression
from taskfit.sources.terraform.types import convert, scalar
from taskfit.sources.terraform.values import ELSEWHERE, Builder, Trace, Value, as_value, plain, used
from taskfit.syntax.text import SourceText
from taskfit.syntax.tree import Node

Scope = Mapping[str, Value]
"""Names defined within an expression: by a `for`, by a `dynamic` block, by a template."""


class Scaling(NamedTuple):
    """Scaling targets or policies that refer to no service of the module, by the last part of their resource id."""

    by_name: Mapping[str, Sequence[tuple[HclFile, Block]]]
    is_certain: bool
    """Whether all names are known."""


Found = tuple[HclFile, Value, str]
"""The value of a name: the file that contains it, the value, and its name in messages."""

NOTHING: Scope = {}


class Evaluate(Protocol):
    """Evaluates an expression at its place."""

    def __call__(self, expression: Expression, scope: Scope = ...) -> Value:
        """The value of an expression."""


class Given(NamedTuple):
    """The value that a file or the command line gives to a variable."""

    value: Expression | Value | str
    words: str
    file: HclFile = ELSEWHERE
    """The place of a value."""


def unknown(names: Iterable[str]) -> dict[str, Given]:
    """Values that can't be known, for some variables."""
    return {name: Given(Value(0, 0, Unknown(f"var.{name}", "reference")), "") for name in names}


class TextFile(NamedTuple):
    """A file that an expression names."""

    name: str
    text: str
    path: str = ""


class Module(Mutable):
    """A folder of Terraform files: what its expressions may refer to."""

    variables: Mapping[str, tuple[HclFile, Block]] = field(default_factory=dict)
    given: dict[str, Given] = field(default_factory=dict)
    locals: Mapping[str, Attribute] = field(default_factory=dict)
    data: Mapping[str, Block] = field(default_factory=dict)
    """Data sources that contain text, by `type.name`."""
    resources: Mapping[str, Block] = field(default_factory=dict)
    """Resources by `type.name`."""
    modules: Mapping[str, Block] = field(default_factory=dict)
    outputs: Mapping[str, Attribute] = field(default_factory=dict)
    blocks: Sequence[tuple[HclFile, Block]] = ()
    """Blocks that may create task definitions: resources and calls of modules."""
    services: ServiceBlocks = field(default_factory=ServiceBlocks)
    provider: Block | None = None
    """The default configuration of the AWS provider."""
    folder: str = ""
    """The folder's path with links resolved; empty for a text without a file."""
    path: str = "."
    """The value of `path.module`."""
    read_text: Callable[[str], TextFile | None] = staticmethod(lambda _: None)
    """A file that an expression names, if it is in the same repository."""
    open: Callable[[Block], Module | None] = staticmethod(lambda _: None)
    """The module that a block calls, if its folder can be read and the call is not recursive."""
    is_endless: Callable[[Block], bool] = staticmethod(lambda _: False)
    """Whether a call is recursive: of the block's own module or of one that calls it."""
    call: Callable[[Evaluate, Block, str], Value | None] = staticmethod(lambda *_: None)
    """An output of a module that is recognised by its source."""
    functions: Mapping[str, Callable[[Sequence[Value]], Value | None]] = field(default_factory=dict)
    """Functions that are not part of Terraform."""
    steps: int = 0
    """The number of expressions evaluated."""
    scaling: dict[tuple[str, str], Scaling] = field(default_factory=dict)
    """Its scaling by the module's address and the type of the resource, as far as it depends on no choice."""
    memory: Memory = field(default_factory=dict)
    """Cached values of its expressions and those of the modules that it calls."""
    is_whole: bool = True
    """Whether all files of the folder could be read."""
    is_called: bool = False
    """Whether its variables have only the values that a call gives them."""


Placed = tuple[HclFile, Value]
"""A value with the file that contains it."""


class User(Protocol):
    """The part of an evaluation of a module that the values of its names depend on."""

    @property
    def module(self) -> Module:
        """The module."""

    @property
    def address(self) -> str:
        """The module's address in Terraform; empty for the root module."""

    @property
    def choices(self) -> Trail:
        """The choices made in it."""

    @property
    def named(self) -> dict[str, Record[Placed | None]]:
        """The values of names, as far as they are known."""

    @property
    def arguments(self) -> Collection[str]:
        """The variables that its call sets."""

    def argument(self, name: str) -> Placed | None:
        """The value that the call gives to a variable."""

    def evaluate(self, expression: Expression, scope: Scope = ...) -> Value:
        """The value of an expression."""


class References:
    """The values of a module's names and files in one reading."""

    def __init__(self, user: User) -> None:
        self._user = user
        self._module = user.module

    def find(self, names: Sequence[str]) -> tuple[Found | None, int]:
        """The value of a name, and how many of the words after its first one belong to the name."""
        root = names[0]
        if root == "path" and len(names) > 1 and names[1] in ("module", "root", "cwd"):
            folder = self._module.path if names[1] == "module" else "."
            return (ELSEWHERE, Value(0, 0, folder, origin=Trace("")), ""), 1
        if root in ("var", "local") and len(names) > 1:
            kept = self.kept(f"{root}.{names[1]}", lambda: self._named(root, names[1]))
            return (None if kept is None else (*kept, self._words(root, names[1]))), 1
        return None, 0

    def kept(self, key: str, resolve: Callable[[], Placed | None]) -> Placed | None:
        """The value of a name, evaluated once; `None` for a name that refers to itself."""
        named, trail = self._user.named, self._user.choices
        if key in named:
            return trail.use(named[key])
        named[key] = UNFINISHED
        begun = trail.begin()
        named[key] = trail.finish(begun, resolve())
        return named[key].result

    def _named(self, root: str, name: str) -> Placed | None:
        return self._variable(name) if root == "var" else self._local(name)

    def _words(self, root: str, name: str) -> str:
        if root == "local":
            return f"local.{name}"
        given = self._module.given.get(name)
        if given is not None:
            return given.words
        is_argument = self._module.is_called and name in self._user.arguments
        return f"{name} of {self._user.address}" if is_argument else f"the default of variable {name}"

    def _local(self, name: str) -> Placed | None:
        attribute = self._module.locals.get(name)
        return (attribute.value.file, self._user.evaluate(attribute.value)) if attribute else None

    def _variable(self, name: str) -> Placed | None:
        declared = self._module.variables.get(name)
        attributes = declared[1].attributes if declared else {}
        kind = attributes["type"].value if "type" in attributes else None
        default = attributes.get("default")
        if self._module.is_called:
            return self._of_call(name, kind, attributes)
        given = self._module.given.get(name)
        if given is not None:
            return self._given(given, kind, default)
        if default is None:
            return None
        value = convert(self._user.evaluate(default.value), kind, self._user.evaluate)
        return default.value.file, _unknown_if_empty(value, name)

    def _of_call(self, name: str, kind: Expression | None, attributes: Mapping[str, Attribute]) -> Placed | None:
        """The value that a call gives to a variable, or the default that it leaves."""
        default = attributes.get("default")
        found = self._user.argument(name)
        is_null = found is not None and found[1].is_settled and _is_null(found[1])
        if is_null and "nullable" in attributes and attributes["nullable"].value.text == "false":
            found = None
        if found is None and default is not None:
            value = convert(self._user.evaluate(default.value), kind, self._user.evaluate)
            return default.value.file, replace(value, is_settled=not value.is_unknown)
        return None if found is None else (found[0], convert(found[1], kind, self._user.evaluate))

    def _given(self, given: Given, kind: Expression | None, default: Attribute | None) -> Placed | None:
        if isinstance(given.value, Value):
            return given.file, convert(given.value, kind, self._user.evaluate)
        if isinstance(given.value, Expression):
            return given.value.file, convert(self._user.evaluate(given.value), kind, self._user.evaluate)
        text, words = given.value, kind.text if kind else ""
        if words in ("", "any"):
            usual = self._user.evaluate(default.value).value if default is not None else None
            is_number = isinstance(usual, int | float) and not isinstance(usual, bool)
            words = "number" if is_number else words
        if words in ("", "any", "string", "number", "bool"):
            return ELSEWHERE, scalar(Value(0, 0, text, origin=Trace(given.words)), words)
        parsed = parsing.expression(text, given.words)
        return (parsed.file, convert(self._user.evaluate(parsed), kind, self._user.evaluate)) if parsed else None

    def rendered(self, name: str, scope: Scope) -> Found | None:
        """`data.template_file.x.rendered`, or the content of `data.local_file.x`."""
        block = self._module.data.get(name)
        if block is None:
            return None
        if name.startswith("local_file.") and (source := block.attributes.get("filename")):
            content = self.read(source.value, "file", [self._user.evaluate(source.value, scope)])
            return None if content is None else (source.value.file, content, "")
        template = block.attributes.get("template")
        if template is None or not name.startswith("template_file."):
            return None
        text = self._user.evaluate(template.value, scope)
        variables = self._variables_of(block, scope)
        file = template.value.file
        if not isinstance(text.value, str):
            # With nothing left to render, it is the sum of its parts, known or unknown.
            return (file, text, "") if text.text is not None and text.text.is_plain else None
        home = text.origin.home.file if text.origin is not None and text.origin.home is not None else file
        found = TextFile(home.name, text.value, home.path)
        return file, self._render(found, variables, file, (text.start, text.end)), ""

    def _variables_of(self, block: Block, scope: Scope) -> Value | None:
        """The variables of a template: an object, or a block of that name as before Terraform 0.12."""
        given = block.attributes.get("vars")
        if given is not None:
            return self._user.evaluate(given.value, scope)
        entries: list[tuple[Node, Node]] = [
            (Node(item.start, item.end, item.name), self._user.evaluate(item.value, scope))
            for inner in block.blocks
            for item in inner.attributes.values()
            if inner.type == "vars"
        ]
        return Value(block.start, block.end, entries=entries) if entries else None

    def read(self, whole: Expression, name: str, arguments: Sequence[Value]) -> Value | None:
        """The result of `file`, `templatefile` or `templatestring`; `None` if the file can't be read."""
        content = plain(arguments[0]) if arguments else None
        if not isinstance(content, str):
            return None
        variables = arguments[1] if len(arguments) > 1 else None
        place = (whole.start, whole.end)
        if name == "templatestring":
            return self._render(TextFile(whole.file.name, content), variables, whole.file, place)
        found = self._module.read_text(content)
        if found is None:
            return None
        if name == "templatefile":
            return self._render(found, variables, whole.file, place)
        other = HclFile(found.name, SourceText(found.text), path=found.path)
        builder = Builder()
        builder.add(other.source.text, 0, len(other.source.text))
        value = builder.value(0, len(other.source.text))
        return used(value, other, *place, whole.file, "")

    def exists(self, arguments: Sequence[Value]) -> bool | None:
        """Whether `fileexists` finds a file; `None` if that is unknown."""
        content = plain(arguments[0]) if arguments else None
        return (isinstance(content, str) and self._module.read_text(content) is not None) or None

    def _render(self, found: TextFile, variables: Value | None, file: HclFile, place: tuple[int, int]) -> Value:
        """A template's text with its variables filled in, at the place of the expression that renders it."""
        template = parsing.template(found.text, found.name, found.path)
        if template is None:
            return Value(*place, Unknown(f"the template {found.name}", "reference"))
        entries = (variables.entries if variables else None) or ()
        scope = {str(key.value): used(as_value(value), file, 0, 0, ELSEWHERE, "") for key, value in entries}
        return used(self._user.evaluate(template, scope), template.file, *place, ELSEWHERE, "")


def _is_null(value: Value) -> bool:
    return value.value is None and value.entries is None and value.items is None


def _unknown_if_empty(value: Value, name: str) -> Value:
    """Treat an empty default as unknown: a deployment must provide the value."""
    is_collection = value.items == [] or value.entries == []
    if not is_collection and value.value not in ("", "[]", "{}"):
        return value
    unknown = Unknown(f"var.{name}", "reference")
    if is_collection:
        return opened(value, Value(value.start, value.end, unknown))
    return replace(value, value=unknown, text=None)
