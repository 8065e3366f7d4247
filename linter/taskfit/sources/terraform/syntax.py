"""The syntax of HCL, Terraform's language: blocks and the expressions in them, each with its place in its file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from taskfit.record import NamedTuple, Struct
from taskfit.sources.terraform.hcl_file import HclFile

if TYPE_CHECKING:
    from taskfit.sources.terraform.values import Value
    from taskfit.syntax.tree import Node


class Expression(Struct):
    """The right side of an assignment, or a part of it."""

    file: HclFile
    start: int
    end: int

    @property
    def text(self) -> str:
        """The expression as written, on one line and shortened."""
        return self.file.quoted(self.start, self.end)

    @property
    def written(self) -> str:
        """The expression as written."""
        return self.file.source.text[self.start : self.end]


class Constant(Expression):
    """A number, a string without interpolations, `true`, `false` or `null`: the same in each evaluation."""

    value: Value


class Template(Expression):
    """A string with interpolations or directives, in quotes or as a heredoc."""

    parts: Sequence[Part]


class Interpolated(Expression):
    """A quoted string of a single interpolation, which has the value of the interpolated expression."""

    inner: Expression


class Reference(Expression):
    """A name, and the steps that follow it: `var.sizes["web"].cpu`."""

    names: Sequence[str]
    """The name, and the attribute names that directly follow it."""
    steps: Sequence[Step]


class Access(Expression):
    """Steps that follow an expression other than a name."""

    base: Expression
    steps: Sequence[Step]


class Splat(Struct):
    """`[*]` or `.*`, and the steps that are applied to each item."""

    steps: Sequence[Step]


Step = str | int | Expression | Splat
"""An attribute by its name, an item by its number, an index expression in brackets, or all items."""


class Parentheses(Expression):
    """`(...)`."""

    inner: Expression


class Unary(Expression):
    """`!` or `-` before an operand."""

    operator: str
    operand: Expression


class Binary(Expression):
    """An operator between two operands."""

    left: Expression
    operator: str
    right: Expression


class Conditional(Expression):
    """`condition ? then : otherwise`."""

    condition: Expression
    then: Expression
    otherwise: Expression


class Tuple(Expression):
    """`[...]`."""

    items: Sequence[Expression]


class Entry(NamedTuple):
    """A key with its value."""

    key: Node | Expression
    """A node for a bare name; an expression for a key in quotes or parentheses."""
    value: Expression


class Object(Expression):
    """`{...}`."""

    entries: Sequence[Entry]
    is_partial: bool
    """Whether a part of it can't be parsed."""


class For(Expression):
    """`[for ...]` or `{for ...}`."""

    names: Sequence[str]
    """The name of the element, or the names of its key and the element."""
    over: Expression
    key: Expression | None
    """The key expression, if the result is an object."""
    value: Expression
    condition: Expression | None


class Call(Expression):
    """A function with its arguments."""

    name: str
    arguments: Sequence[Expression]
    is_expanded: bool
    """Whether the last argument is a list of arguments (`...`)."""


class Json(Expression):
    """A value of Terraform's JSON syntax, where every string is a template."""

    node: Node
    entries: Sequence[tuple[Node, Json]] | None
    items: Sequence[Json] | None


class Overriding(Expression):
    """A value from an override file, at the place of the one that it replaces in another file."""

    inner: Expression

    @property
    def text(self) -> str:
        """The value as written in the override file, on one line and shortened."""
        return self.inner.text

    @property
    def written(self) -> str:
        """The value as written in the override file."""
        return self.inner.written


class Hidden(Expression):
    """A value that a file which can't be read may replace."""

    by: str
    """The name of that file."""


class Other(Expression):
    """Syntax that is not supported; its value is unknown."""


class Literal(NamedTuple):
    """A part of a template that is literal text."""

    text: str
    start: int
    end: int


class Interpolation(NamedTuple):
    """`${...}`."""

    start: int
    end: int
    is_stripping: bool
    """Whether it removes the white space before it (`${~`)."""
    inner: Expression | None


class Directive(NamedTuple):
    """`%{ if }` with its branches; any other directive has none."""

    whole: Expression
    is_stripping: bool
    condition: Expression | None
    then: Sequence[Part] = ()
    otherwise: Sequence[Part] = ()


Part = Literal | Interpolation | Directive

LABELS = {"resource": 2, "data": 2, "variable": 1, "module": 1, "output": 1, "provider": 1}
"""The number of labels that each type of block has."""


class Attribute:
    """`name = value`."""

    __slots__ = ("_value", "end", "name", "start")

    def __init__(self, name: str, start: int, end: int, value: Expression | Callable[[], Expression]) -> None:
        self.name = name
        self.start = start
        self.end = end
        """The place of the name."""
        self._value = value

    @property
    def value(self) -> Expression:
        """The expression; what tree-sitter parsed is translated when it is first used, as most of a folder never is."""
        if not isinstance(self._value, Expression):
            self._value = self._value()
        return self._value


class Block(Struct):
    """`type "label" { ... }`."""

    type: str
    labels: tuple[str, ...]
    start: int
    end: int
    """The place of the type and the labels."""
    close: int
    """The end of the block."""
    attributes: dict[str, Attribute]
    blocks: list[Block]
    is_overridden: bool = False
    """Whether an override file has changed it."""
    is_partial: bool = False
    """Whether it may have more arguments and blocks: those of an override file that can't be read."""
