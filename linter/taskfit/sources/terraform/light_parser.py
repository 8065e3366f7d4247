"""A light parser of HCL: it reads most files, and leaves to tree-sitter each one in which it is not certain of all.

tree-sitter's nodes have to be translated to expressions. This parser makes the same expressions of the text at once, in less
than half of the instructions, and knows no errors: what it does not accept is no concern of it.
`tests/test_terraform_parsers.py` compares the two.
"""

from __future__ import annotations

import re
import sys

from taskfit.sources.terraform import translation
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.syntax import (
    LABELS,
    Access,
    Attribute,
    Binary,
    Block,
    Call,
    Conditional,
    Entry,
    Expression,
    For,
    Interpolated,
    Interpolation,
    Parentheses,
    Part,
    Reference,
    Splat,
    Step,
    Unary,
)
from taskfit.syntax.tree import Node
from taskfit.syntax.unreadable import MAX_DEPTH

# Groups are atomic and their repetitions greedy: possessive ones of groups err in Python before 3.11.5.
_GAP = re.compile(r"[ \t\r\n]*+(?>(?:(?:#|//)[^\n]*+[ \t\r\n]*+|/\*(?>(?:[^*]++|\*(?!/))*)\*/[ \t\r\n]*+)*)")
"""White space and comments."""
_LABELED = re.compile(r'([^\W\d][\w-]*+)((?>(?:[ \t]++(?:"[^"\\$%\n]*+"|[^\W\d][\w-]*+))*))[ \t]*+\{')
"""The type and the labels of a block."""
_OPERATOR = re.compile(r"[=!<>]=|&&|\|\||[<>+*/%-]")
_STEP = re.compile(r"\.([^\W\d][\w-]*+)|\.([0-9]{1,9}+)(?![\w.])|\.\*|\[\*\]")
_QUOTED = re.compile(r'(?>(?:[^"\\$%\n]++|\\[nrt"\\]|\$\$\{|%%\{|[$%](?![{$%]))*)')
"""What stands between the interpolations of a string."""
# Of no use to most files, and so compiled at the first use.
_FOR = r"for[ \t]++([^\W\d][\w-]*+)(?:[ \t]*+,[ \t]*+([^\W\d][\w-]*+))?[ \t]++in(?![\w-])"
_HEREDOC = r"(?>(?:[^$%]++|\$\$\{|%%\{|[$%](?![{$%]))*)"
_HEREDOC_START = r"<<-?+([A-Za-z_][0-9A-Za-z_]*+)\n"
_FIRST_WORD = r"(?m)^[ \t]*+(\w++)([ \t]*+$)?"
_PRECEDENCES = {
    operator: precedence
    for precedence, operators in enumerate(("||", "&&", "== !=", "< > <= >=", "+ -", "* / %"), 1)
    for operator in operators.split()
}


class UncertainError(Exception):
    """Raised where tree-sitter has to decide."""


def blocks(file: HclFile) -> list[Block] | None:
    """The blocks of a file; `None` if it takes tree-sitter to tell them, or what is wrong with them."""
    try:
        return _Parser(file).blocks()
    except (UncertainError, RecursionError):
        return None


class _Parser:
    """A place in a text, which moves from token to token."""

    def __init__(self, file: HclFile) -> None:
        self.file = file
        self.text = file.source.text
        self.end = 0
        """The end of the last token."""
        self.at = 0
        """The start of the next one, after white space and comments."""

    def blocks(self) -> list[Block]:
        self._go_to(0)
        found: list[Block] = []
        while self.at < len(self.text):
            block = self._block(1)
            if len(block.labels) != LABELS.get(block.type, len(block.labels)):
                raise UncertainError
            found.append(block)
        return found

    def _block(self, depth: int) -> Block:
        head = self._expect(_LABELED)
        if depth > MAX_DEPTH:
            raise UncertainError
        labels = tuple(label.strip('"') for label in re.findall(r'"[^"]*+"|[\w-]++', head[2]))
        block = Block(head[1], labels, head.start(), head.end(2), 0, {}, [])
        while not self._takes("}"):
            name = translation.ASSIGNED.match(self.text, self.at)
            if name is None:
                block.blocks.append(self._block(depth + 1))
            elif ":" in name[0]:
                raise UncertainError
            else:
                self._go_to(name.end())
                block.attributes[name[1]] = Attribute(name[1], *name.span(1), self._expression())
        block.close = self.end
        return block

    def _go_to(self, end: int) -> None:
        """Go past a token that ends at a place."""
        self.end = end
        self.at = _GAP.match(self.text, end).end()  # type: ignore[union-attr]  # it matches nothing, too

    def _takes(self, token: str) -> bool:
        """Go past a token if it comes next."""
        is_next = self.text.startswith(token, self.at)
        if is_next:
            self._go_to(self.at + len(token))
        return is_next

    def _require(self, token: str) -> None:
        if not self._takes(token):
            raise UncertainError

    def _expect(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """Go past a token that has to match a pattern."""
        match = pattern.match(self.text, self.at)
        if match is None:
            raise UncertainError
        self._go_to(match.end())
        return match

    def _expression(self) -> Expression:
        test = self._operation(0)
        if not self._takes("?"):
            return test
        then = self._expression()
        self._require(":")
        otherwise = self._expression()
        return Conditional(self.file, test.start, otherwise.end, test, then, otherwise)

    def _operation(self, least: int) -> Expression:
        """A term, and the operators after it that bind more strongly than a precedence."""
        left = self._term()
        while (found := _OPERATOR.match(self.text, self.at)) and (precedence := _PRECEDENCES[found[0]]) > least:
            self._go_to(found.end())
            right = self._operation(precedence)
            left = Binary(self.file, left.start, right.end, left, found[0], right)
        return left

    def _term(self) -> Expression:
        """A term with the steps after it."""
        start = self.at
        match = translation.SIMPLE.match(self.text, start)
        kind = match.lastgroup if match is not None else None
        if match is None:
            base = self._opened(start)
        else:
            self._go_to(match.end())
            if kind == "names":
                return self._named(match[0].split("."), start)
            if kind != "string" and _runs_on(self.text[self.end : self.end + 1]):
                raise UncertainError
            base = translation.constant(self.file, start, self.end, kind)
        return self._with_steps(base)

    def _named(self, names: list[str], start: int) -> Expression:
        if names[0] == "for":
            raise UncertainError
        if len(names) == 1 and self._takes("("):
            return self._with_steps(self._call(names[0], start))
        steps: list[Step] = [*names[1:], *self._steps()]
        for step in steps[len(names) - 1 :]:
            if not isinstance(step, str):
                break
            names.append(step)
        return Reference(self.file, start, self.end, names, steps)

    def _with_steps(self, base: Expression) -> Expression:
        steps = self._steps()
        return Access(self.file, base.start, self.end, base, steps) if steps else base

    def _steps(self) -> list[Step]:
        """The attributes and indices after a term; those after `*` belong to it."""
        found: list[Step] = []
        while self.text.startswith((".", "["), self.at):
            step = _STEP.match(self.text, self.at)
            if step is not None:
                self._go_to(step.end())
                if "*" in step[0]:
                    return [*found, self._splat()]
                found.append(step[1] or int(step[2]))
            elif self._takes("["):
                found.append(self._expression())
                self._require("]")
            else:
                break
        return found

    def _splat(self) -> Splat:
        steps = self._steps()
        if steps and isinstance(steps[-1], Splat):
            raise UncertainError
        return Splat(steps)

    def _call(self, name: str, start: int) -> Expression:
        arguments: list[Expression] = []
        is_expanded = False
        while not self._takes(")"):
            if is_expanded:
                raise UncertainError
            arguments.append(self._expression())
            is_expanded = self._takes("...")
            if not is_expanded and not self._takes(",") and not self.text.startswith(")", self.at):
                raise UncertainError
        return Call(self.file, start, self.end, name, arguments, is_expanded)

    def _opened(self, start: int) -> Expression:
        """A term that begins with a quote, a bracket or an operator."""
        if self.text.startswith('"', start):
            return self._quoted(start)
        if self._takes("["):
            return self._for(start, "]") if self.text.startswith("for ", self.at) else self._list(start)
        if self._takes("{"):
            return self._for(start, "}") if self.text.startswith("for ", self.at) else self._object(start)
        if self._takes("("):
            inner = self._expression()
            self._require(")")
            return Parentheses(self.file, start, self.end, inner)
        if self._takes("!") or self._takes("-"):
            operand = self._term()
            return Unary(self.file, start, operand.end, self.text[start], operand)
        return self._heredoc(start)

    def _list(self, start: int) -> Expression:
        items: list[Expression] = []
        while not self._takes("]"):
            items.append(self._expression())
            if not self._takes(",") and not self.text.startswith("]", self.at):
                raise UncertainError
        return translation.list_of(self.file, start, self.end, items)

    def _object(self, start: int) -> Expression:
        entries: list[Entry] = []
        while not self._takes("}"):
            entries.append(self._entry())
            self._takes(",")
        return translation.object_of(self.file, start, self.end, entries)

    def _entry(self) -> Entry:
        bare = translation.ASSIGNED.match(self.text, self.at)
        if bare is not None and bare[1] != "for":
            self._go_to(bare.end())
            return Entry(Node(*bare.span(1), bare[1]), self._expression())
        if not self.text.startswith('"', self.at):
            raise UncertainError
        key = self._term()
        if not self._takes("="):
            self._require(":")
        return translation.entry_of(key, self._expression())

    def _for(self, start: int, closing: str) -> Expression:
        names = [name for name in self._expect(re.compile(_FOR)).groups() if name is not None]
        over = self._expression()
        self._require(":")
        key, value = None, self._expression()
        if closing == "}":
            self._require("=>")
            key, value = value, self._expression()
        condition = self._expression() if self._takes("if ") else None
        self._require(closing)
        return For(self.file, start, self.end, names, over, key, value, condition)

    def _quoted(self, start: int) -> Expression:
        parts, end = self._parts(start + 1, _QUOTED, translation.ESCAPE)
        if not self.text.startswith('"', end):
            raise UncertainError
        self._go_to(end + 1)
        if len(parts) == 1 and isinstance(parts[0], Interpolation) and parts[0].inner is not None:
            return Interpolated(self.file, start, self.end, parts[0].inner)
        return translation.joined(self.file, start, self.end, parts)

    def _heredoc(self, start: int) -> Expression:
        opening = self._expect(re.compile(_HEREDOC_START))
        lines = re.compile(_FIRST_WORD).finditer(self.text, opening.end())
        closing = next((line for line in lines if line[1].startswith(opening[1])), None)
        if closing is None or closing[1] != opening[1] or closing[2] is None:
            raise UncertainError
        stop = closing.start()
        parts, end = self._parts(opening.end(), re.compile(_HEREDOC), translation.HEREDOC_ESCAPE, stop)
        if end != stop:
            raise UncertainError
        self._go_to(closing.end(1))
        return translation.joined(self.file, start, self.end, parts)

    def _parts(
        self, at: int, literal: re.Pattern[str], escape: re.Pattern[str], stop: int = sys.maxsize
    ) -> tuple[tuple[Part, ...], int]:
        """The parts of a template from a place on, and the end of the last one."""
        parts: list[Part] = []
        while (text := literal.match(self.text, at, stop)) is not None:
            parts += translation.literals(self.text, at, text.end(), escape)
            if not self.text.startswith("${", text.end()):
                return tuple(parts), text.end()
            self._go_to(text.end() + 2)
            inner = self._expression()
            self._require("}")
            at = self.end
            parts.append(Interpolation(text.end(), at, False, inner))
        raise UncertainError


def _runs_on(character: str) -> bool:
    """Whether a number or a word goes on with a character in a way that takes another look."""
    return character.isalnum() or character in (".", "_", "-")
