"""Templates: quoted strings and heredocs with interpolations and `%{ if }`, put together piece by piece."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from taskfit.definition import Unknown
from taskfit.sources.terraform.syntax import Expression, HclFile
from taskfit.sources.terraform.values import Builder, Value, verbatim

if TYPE_CHECKING:
    from tree_sitter import Node as Syntax

_ESCAPE = re.compile(r"\\u[0-9a-fA-F]{4}|\\U[0-9a-fA-F]{8}|\\.|\$\$\{|%%\{", re.DOTALL)
_MARK = re.compile(r"[\\$%]")
"""What a string has that is not what it says."""
_HEREDOC_ESCAPE = re.compile(r"\$\$\{|%%\{")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t"}


@dataclass(frozen=True)
class Templates:
    """The templates of one file, as they come out in one scope."""

    file: HclFile
    evaluate: Callable[[Expression], Value]
    decide: Callable[[Expression], bool | None]
    """Whether the condition of an `%{ if }` holds."""

    def quoted(self, node: Syntax) -> Value:
        """The value of a quoted string; one that is nothing but an interpolation is what that is."""
        whole = Expression(self.file, node)
        start, end = whole.start, whole.end
        written = self.file.source.text[start + 1 : end - 1]
        if not _MARK.search(written):
            return verbatim(written, start, end)
        parts = _parts(node)
        if len(parts) == 1 and parts[0].end_byte - parts[0].start_byte == node.end_byte - node.start_byte - 2:
            single = _expression(parts[0])
            if single is not None:
                return self.evaluate(Expression(self.file, single))
        builder = Builder()
        self._add(builder, parts, start + 1, end - 1, _ESCAPE)
        return builder.value(start, end)

    def heredoc(self, node: Syntax) -> Value:
        """The value of a heredoc, or of a text of its own that was made one to be read."""
        whole = Expression(self.file, node)
        names = [child for child in node.children if child.type == "heredoc_identifier"]
        if len(names) < 2:
            return Value(whole.start, whole.end, Unknown(whole.text, "reference"))
        text = self.file.source.text
        if self.file.shift and whole.start == 0:
            begin, stop = 0, len(text)
        else:
            begin = text.find("\n", self.file.offset(names[0].end_byte)) + 1
            stop = text.rfind("\n", begin - 1, self.file.offset(names[-1].start_byte)) + 1
        builder = Builder()
        self._add(builder, _parts(node), begin, max(begin, stop), _HEREDOC_ESCAPE)
        return builder.value(whole.start, whole.end)

    def _add(self, builder: Builder, parts: Sequence[Syntax], begin: int, end: int, escape: re.Pattern[str]) -> None:
        """Add what stands between two places."""
        text, at = self.file.source.text, begin
        for part in parts:
            start = self.file.offset(part.start_byte)
            _add_literal(builder, text, at, start, escape)
            at = self.file.offset(part.end_byte)
            source = text[start:at]
            if source[2:3] == "~":
                builder.strip()
            if part.type == "template_interpolation":
                inner = _expression(part)
                if inner is not None:
                    value = self.evaluate(Expression(self.file, inner))
                    builder.insert(replace(value, start=start, end=at))
            elif part.type == "template_directive":
                self._add_directive(builder, part, escape)
            if source[-2:-1] == "~":
                while at < end and text[at].isspace():
                    at += 1
        _add_literal(builder, text, at, end, escape)

    def _add_directive(self, builder: Builder, part: Syntax, escape: re.Pattern[str]) -> None:
        inner, whole = part.children[0], Expression(self.file, part)
        marks = [child for child in inner.children if child.type.endswith(("_intro", "_end"))]
        test = _expression(marks[0]) if marks and inner.type == "template_if" else None
        holds = self.decide(Expression(self.file, test)) if test is not None else None
        if holds is None:
            builder.insert(Value(whole.start, whole.end, Unknown(whole.text, "reference")))
            return
        branch = 0 if holds else 1
        if branch + 1 >= len(marks):
            return
        first, last = marks[branch], marks[branch + 1]
        parts = [child for child in _parts(inner) if first.end_byte <= child.start_byte < last.start_byte]
        self._add(builder, parts, self.file.offset(first.end_byte), self.file.offset(last.start_byte), escape)


def _parts(node: Syntax) -> list[Syntax]:
    """The interpolations and directives of a template."""
    return [child for child in node.children if child.type.startswith(("template_interp", "template_dir"))]


def _expression(node: Syntax) -> Syntax | None:
    return next((child for child in node.children if child.type == "expression"), None)


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
