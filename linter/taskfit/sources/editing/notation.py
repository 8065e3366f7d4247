"""Writing of values in JSON, YAML and HCL: a scalar in the style of the text around it, a whole value from scratch."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

LONGEST_LINE = 100
"""The maximum length of an object or a list on one line within a value of several lines."""


class NoLiteralError(ValueError):
    """A text that is not a plain literal: a reference, a placeholder, an anchor, a text of several lines."""


@dataclass(frozen=True, slots=True)
class Habits:
    """The style of the surrounding text."""

    eol: str = "\n"
    unit: str = "  "
    """The indentation of one level."""
    colon: str = ": "
    """The text between a key and its value."""
    comma: str = ", "
    """The text between two entries on one line."""
    padding: str = ""
    """The blanks inside the braces of an object on one line."""
    quotes_keys: bool = True
    list_indent: int = 0
    """The number of columns from a key to the dashes of its list, in YAML."""


class Json:
    """JSON, also when embedded in another language."""

    needs_commas = True
    """Whether entries on separate lines have commas between them."""
    gap: ClassVar[re.Pattern[str]] = re.compile(r"(?:[\s,]|//[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
    """The pattern of the text between two entries."""
    rest: ClassVar[re.Pattern[str]] = re.compile(
        r"[ \t]*+(,?)[ \t]*+(?://[^\r\n]*|/\*[^\r\n]*?\*/)?[ \t]*+(?=[\r\n]|\Z)"
    )
    """The pattern of the text after an entry on its line; the group is its comma."""
    habits = Habits()

    def read(self, text: str) -> Any:
        """The scalar that a literal represents.

        Raises `NoLiteralError`.
        """
        try:
            value = json.loads(text, strict=False)
        except ValueError:
            raise NoLiteralError(text) from None
        if isinstance(value, dict | list):
            raise NoLiteralError(text)
        return value

    def scalar(self, value: Any, like: str = "") -> str:
        """A scalar, in the quotes of the one that it replaces."""
        return json.dumps(value, ensure_ascii=False)

    def key(self, name: str, *, quoted: bool) -> str:
        """A key."""
        return json.dumps(name, ensure_ascii=False)

    def inline(self, value: Any, habits: Habits) -> str:
        """A value on one line."""
        if isinstance(value, dict):
            entries = habits.comma.join(
                self.entry(key, self.inline(item, habits), habits) for key, item in value.items()
            )
            return f"{{{habits.padding}{entries}{habits.padding}}}" if value else "{}"
        if isinstance(value, list):
            return f"[{habits.comma.join(self.inline(item, habits) for item in value)}]"
        return self.scalar(value, '"' if habits.quotes_keys else "")

    def entry(self, key: str, value: str, habits: Habits) -> str:
        """A key with its value, which is text already."""
        return f"{self.key(key, quoted=habits.quotes_keys)}{habits.colon}{value}"

    def lines(self, value: Any, indent: str, habits: Habits) -> str:
        """A value on as many lines as it needs; the first line begins at the value's place."""
        if not isinstance(value, dict | list) or not value:
            return self.inline(value, habits)
        deeper = indent + habits.unit
        if isinstance(value, dict):
            opening, closing = "{}"
            parts = [self.entry(key, self._within(item, deeper, habits), habits) for key, item in value.items()]
        else:
            opening, closing = "[]"
            parts = [self._within(item, deeper, habits) for item in value]
        comma = "," if self.needs_commas or isinstance(value, list) else ""
        body = f"{comma}{habits.eol}{deeper}".join(parts)
        return f"{opening}{habits.eol}{deeper}{body}{habits.eol}{indent}{closing}"

    def _within(self, value: Any, indent: str, habits: Habits) -> str:
        is_flat = isinstance(value, dict | list) and not any(isinstance(item, dict | list) for item in _items(value))
        line = self.inline(value, habits)
        return line if is_flat and len(indent) + len(line) <= LONGEST_LINE else self.lines(value, indent, habits)


class JsonTemplate(Json):
    """JSON in an HCL template."""

    def read(self, text: str) -> Any:
        """The scalar that a literal represents, except for a string with an interpolation."""
        if "${" in text or "%{" in text:
            raise NoLiteralError(text)
        return super().read(text)

    def scalar(self, value: Any, like: str = "") -> str:
        """A scalar, with text that would begin an interpolation escaped."""
        return super().scalar(value, like).replace("${", "$${").replace("%{", "%%{")


class Hcl(JsonTemplate):
    """Expressions of HCL."""

    needs_commas = False
    gap = re.compile(r"(?:[\s,]|//[^\r\n]*|#[^\r\n]*|/\*.*?\*/)*", re.DOTALL)
    rest = re.compile(r"[ \t]*+(,?)[ \t]*+(?://[^\r\n]*|#[^\r\n]*|/\*[^\r\n]*?\*/)?[ \t]*+(?=[\r\n]|\Z)")
    habits = Habits(colon=" = ", padding=" ", quotes_keys=False)

    def key(self, name: str, *, quoted: bool) -> str:
        """A key, which may be a bare name."""
        return (
            name if not quoted and re.fullmatch(r"[A-Za-z_][\w-]*", name, re.ASCII) else super().key(name, quoted=True)
        )


class Yaml(Json):
    """YAML, in block or in flow style."""

    gap = re.compile(r"(?:[\s,]|#[^\r\n]*|-(?=\s))*")
    rest = re.compile(r"[ \t]*+(,?)[ \t]*+(?:(?<=[ \t])#[^\r\n]*)?(?=[\r\n]|\Z)")
    habits = Habits(quotes_keys=False)

    # Safe for YAML 1.1 parsers, too: no `yes`, `12:30`, `1_000` or `0777` without quotes.
    _plain = re.compile(r"[A-Za-z/][A-Za-z0-9_./@-]*(?::[A-Za-z0-9_./@-]+)*")
    _words = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))

    def read(self, text: str) -> Any:
        """The scalar that a literal on one line represents; a number in its usual spelling only."""
        if not text or text[0] in "&*!|>{[" or "\n" in text or "\r" in text:
            raise NoLiteralError(text)
        from taskfit.syntax import yaml_text
        from taskfit.syntax.unreadable import UnreadableError

        try:
            (node,) = yaml_text.parse_all(text)
        except (UnreadableError, ValueError):
            raise NoLiteralError(text) from None
        is_odd = isinstance(node.value, int) and not isinstance(node.value, bool) and str(node.value) != text
        if node.entries is not None or node.items is not None or is_odd:
            raise NoLiteralError(text)
        return node.value

    def scalar(self, value: Any, like: str = "") -> str:
        """A scalar, in the quotes of the one that it replaces."""
        if not isinstance(value, str):
            return super().scalar(value)
        if like[:1] == "'" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        is_plain = self._plain.fullmatch(value) is not None and value.lower() not in self._words
        return value if is_plain and like[:1] != '"' else super().scalar(value)

    def key(self, name: str, *, quoted: bool) -> str:
        """A key, which may have no quotes."""
        return self.scalar(name, '"' if quoted else "")

    def block(self, value: Any, habits: Habits) -> Iterator[str]:
        """The lines of a value in block style, without the indentation of the first."""
        if isinstance(value, dict) and value:
            for key, item in value.items():
                name = self.key(key, quoted=habits.quotes_keys)
                if isinstance(item, dict | list) and item:
                    yield f"{name}:"
                    shift = habits.list_indent if isinstance(item, list) else len(habits.unit)
                    yield from (" " * shift + line for line in self.block(item, habits))
                else:
                    yield f"{name}: {self.inline(item, replace(habits, quotes_keys=False))}"
        elif isinstance(value, list) and value:
            for item in value:
                first, *more = self.block(item, habits)
                yield f"- {first}"
                yield from ("  " + line for line in more)
        else:
            yield self.inline(value, replace(habits, quotes_keys=False))


def _items(value: dict[str, Any] | list[Any]) -> Iterator[Any]:
    return iter(value.values() if isinstance(value, dict) else value)
