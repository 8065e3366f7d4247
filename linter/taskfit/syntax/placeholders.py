"""Template placeholders of all common styles, quoted or not: unknown values, unless `--var` defines them.

The styles found in public repositories: shell and Terraform `${X}`, `$X`; Jinja, Go and GitHub `{{ x }}`;
CodeDeploy `<IMAGE1_NAME>` and Harness `<+x>`; `$$$X$$$`, `%X%`, `__X__`, `[[X]]`, `@@X@@`, `#{X}`, `####`, `{X}`, and
bare words such as `ACCOUNT_ID`, `YOUR_BUCKET` or `REPLACE_ME`; as the size of a task, any word in capitals.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

from taskfit.definition import Contents, Partial, Unknown, escape
from taskfit.syntax.unreadable import MAX_DEPTH, UnreadableError

_MARKED = r"""
    \{\{.*?\}\} | \$\{[^{}]*\} | <%.*?%> | \#\{[^{}]*\} | \[\[[^\[\]]*\]\]
  | (?<!\$)\${2,}+[A-Za-z_]\w*+\$* | \$[A-Za-z_]\w* | <\+?[A-Za-z][\w.\ \-]*>
  | %[A-Z_][A-Z0-9_]*% | (?<![A-Za-z0-9_])_{2,}+[A-Za-z][A-Za-z0-9_]*?_{2,} | @@?[A-Z_][A-Z0-9_]*@@?
"""
_WORDS = r"""
    \#{3,} | \{[A-Za-z][\w.\-]*\}
  | (?<![A-Za-z0-9])(?:AWS_)?ACCOUNT_?(?:ID|NUMBER)(?![A-Za-z0-9]) | (?<![A-Za-z0-9])(?:AWS_)?REGION(?![A-Za-z0-9_])
  | (?<![A-Za-z0-9])(?:REPLACE|YOUR|INSERT|CHANGE|TEMPLATE)[_-](?:[A-Z0-9]+[_-]?)+
  | (?<![A-Za-z0-9])(?<![A-Z0-9_]_)[A-Z0-9_]*PLACEHOLDER[A-Z0-9_]*
"""
# Each alternative is tried at each character, so none may scan far and then fail: one that opens with a repeated character
# matches only at the first of these, and `closed` removes openings that are never closed.

MAX_FILLED = 1024 * 1024
"""Limit on the characters that replace the placeholders of one definition; AWS accepts 64 KiB."""

LONGEST_NUMBER = 300
"""Limit on the digits of a number; a longer value is a string."""

_PAIRS = (("{{", "}}"), ("<%", "%>"))


@cache
def _in_text() -> re.Pattern[str]:
    """A placeholder within a string; compiled only if a file may have one, as most have none."""
    return re.compile(_MARKED + "|" + _WORDS, re.VERBOSE | re.DOTALL)


@cache
def bare() -> re.Pattern[str]:
    """An unquoted placeholder in place of a JSON value."""
    return re.compile(_MARKED + "|" + _WORDS + r"| [A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+", re.VERBOSE | re.DOTALL)


_SIGNS = (*"$<{%[#@", "__", "REPLACE", "YOUR", "INSERT", "CHANGE", "TEMPLATE", "REGION", "PLACEHOLDER", "ACCOUNT")
"""Every placeholder contains one of these."""
_MAY_HOLD_ONE = re.compile(
    r"\$|<|\{|%|\[|#|@|__|REPLACE[_-]|YOUR[_-]|INSERT[_-]|CHANGE[_-]|TEMPLATE[_-]|REGION|PLACEHOLDER|ACCOUNT"
).search
"""Each alternative begins with a literal character, so that `re` skips to the next candidate in one step."""
_QUOTED_NAME = r"[`'\"]([A-Za-z_][\w.\-]*)[`'\"]"
_NAME = r"[A-Za-z_][\w.\-]*"
_DEFAULT = r"""\{\{-?\s*env\s+[`'"](\w+)[`'"]\s+[`'"]([^`'"]+)[`'"]\s*-?\}\}"""
"""ecspresso's ``{{ env `NAME` `default` }}``."""
_IGNORED_KEYS = ("_", "$", "//")
"""The prefixes of keys that are comments or directives of other tools."""
_FORMATS = frozenset(("awslogs-datetime-format", "awslogs-multiline-pattern"))
"""Options whose values are formats with percent signs: `%H:%M:%S%L`."""
_VARIABLE_NAME = r"(?!REPLACE_|YOUR_|INSERT_)(?!.*PLACEHOLDER)[A-Z][A-Z0-9_]*"
"""The name of an environment variable that only looks like a placeholder, such as `AWS_REGION` or `TEMPLATE_ID`."""


def closed(text: str) -> str:
    """The text with unclosed openings of placeholders blanked, at the same length."""
    for opening, closing in _PAIRS:
        if opening in text:
            end = text.rfind(closing) + 1
            text = text[:end] + text[end:].replace(opening, "  ")
    return text


def found(text: str) -> list[str]:
    """The placeholders within a string."""
    return [text[slice(*match.span())] for match in _in_text().finditer(closed(text))]


def replaced(text: str, values: Iterable[str]) -> str:
    """The text with values in place of its placeholders."""
    parts, end = [], 0
    for match, value in zip(_in_text().finditer(closed(text)), values, strict=False):
        parts += [text[end : match.start()], value]
        end = match.end()
    return "".join((*parts, text[end:]))


def placeholder_name(text: str) -> str:
    """The name of a placeholder for `--var`: `CPU` for `${CPU}`, `{{ must_env "CPU" }}` and `__CPU__`."""
    quoted = re.search(_QUOTED_NAME, text)
    name = quoted.group(1) if quoted else (re.search(_NAME, text.strip("_")) or [""])[0]
    return name.strip("_.-")


def _given(placeholder: str, variables: Mapping[str, str]) -> str | None:
    """The configured value of a placeholder, or its default."""
    default = re.fullmatch(_DEFAULT, placeholder) if placeholder.startswith("{{") else None
    return variables.get(placeholder_name(placeholder), default[2] if default else None)


def defaults(value: Any, variables: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """The pointers of values that contain a placeholder's default, with the placeholder's name."""
    pending: list[tuple[Any, str]] = [(value, "")]
    while pending:
        item, pointer = pending.pop()
        if isinstance(item, dict):
            pending += [(inner, f"{pointer}/{escape(str(key))}") for key, inner in item.items()]
        elif isinstance(item, list):
            pending += [(inner, f"{pointer}/{index}") for index, inner in enumerate(item)]
        else:
            text = item.text if isinstance(item, Unknown) else item if isinstance(item, str) and "{{" in item else ""
            match = re.search(_DEFAULT, text) if text else None
            if match and match[1] not in variables:
                yield pointer, match[1]


class _Filling:
    """Fills the placeholders of one definition; those without a value, or beyond `MAX_FILLED`, are unknown."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self.variables = variables
        self._room = MAX_FILLED

    def text(self, text: str) -> str | Unknown:
        """A text with its placeholders replaced."""
        if not _MAY_HOLD_ONE(text):
            return text
        values = [_given(placeholder, self.variables) for placeholder in found(text)]
        known = [value for value in values if value is not None]
        if len(known) < len(values) or not self._has_room(known):
            return Unknown(text)
        return replaced(text, known)

    def word(self, text: str) -> str | Unknown:
        """The value of a bare word in quotes."""
        given = _given(text, self.variables)
        return given if given is not None and self._has_room([given]) else Unknown(text)

    def bare(self, text: str) -> Any:
        """The value of an unquoted placeholder: a number if its text is one."""
        given = _given(text, self.variables)
        if given is None or not self._has_room([given]):
            return Unknown(text)
        return int(given) if given.isascii() and given.isdigit() and len(given) < LONGEST_NUMBER else given

    def _has_room(self, values: Iterable[str]) -> bool:
        self._room -= sum(map(len, values))
        return self._room >= 0


def normal(value: Any, variables: Mapping[str, str], contents: Contents | None = None) -> tuple[Any, Contents]:
    """A definition's normalised data and its parts; the data itself if nothing must change.

    `contents` are the parts of the data if already collected. Raises `UnreadableError` for data that is nested too deep.
    """
    contents = contents or Contents(value)
    if _is_normal(contents) and not _named_sizes(value):
        return value, contents
    changed = normalise(value, variables)
    return changed, Contents(changed)


def _is_normal(contents: Contents) -> bool:
    """Whether the data is certainly normal already, as in most files without placeholders."""
    return (
        contents.is_within(MAX_DEPTH)
        and None not in contents.others
        and not _may_any_hold_one(contents.texts)
        and not _has_ignored(contents.names)
        and not (contents.has_unknowns and any(map(_is_placeholder, contents.others)))
    )


def _may_any_hold_one(texts: Iterable[str]) -> bool:
    text = "\n".join(texts)
    # Searching for each is faster than one pattern if nothing is found.
    return any(sign in text for sign in _SIGNS) and _MAY_HOLD_ONE(text) is not None


@lru_cache(64)
def _has_ignored(keys: frozenset[str]) -> bool:
    """Whether there are comment keys; cached, as most definitions have the same keys as another."""
    return any(key.startswith(_IGNORED_KEYS) for key in keys)


def _is_placeholder(value: object) -> bool:
    return isinstance(value, Unknown) and value.why == "placeholder"


def normalise(value: Any, variables: Mapping[str, str]) -> Any:
    """A definition's normalised data: no nulls, no comment keys, placeholders filled or unknown.

    Raises `UnreadableError` for data that is nested too deep.
    """
    filling = _Filling(variables)
    changed = _normalised(value, filling, 0)
    for key in _named_sizes(changed):
        changed[key] = filling.word(changed[key])
    return changed


def _named_sizes(value: Any) -> list[str]:
    """The sizes of a task that are a bare word, such as `CONTAINER_MEMORY`."""
    if not isinstance(value, dict):
        return []
    sizes = ((key, value.get(key)) for key in ("cpu", "memory"))
    return [key for key, size in sizes if isinstance(size, str) and names_a_size(size)]


def names_a_size(text: str) -> bool:
    """Whether a size is a bare word in capitals, which only a placeholder can be."""
    return text[:1].isalpha() and text.isascii() and text.isupper() and text.replace("_", "").isalnum()


def _normalised(value: Any, filling: _Filling, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise UnreadableError(f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, dict):
        kept = {
            key: item
            if isinstance(item, str) and (not _MAY_HOLD_ONE(item) or _is_literal(value, key, item, filling.variables))
            else _normalised(item, filling, depth + 1)
            for key, item in value.items()
            if item is not None and isinstance(key, str) and not key.startswith(_IGNORED_KEYS)
        }
        return Partial(kept) if isinstance(value, Partial) else kept
    if isinstance(value, str):
        return filling.text(value)
    if isinstance(value, list):
        return [_normalised(item, filling, depth + 1) for item in value]
    if isinstance(value, Unknown) and value.why == "placeholder":
        return filling.bare(value.text)
    return value


def _is_literal(owner: Mapping[str, Any], key: str, text: str, variables: Mapping[str, str]) -> bool:
    """Whether a text only looks like a placeholder: the name of an environment variable, or a format."""
    if key in _FORMATS:
        return True
    is_name = key == "name" and ("value" in owner or "valueFrom" in owner) and re.fullmatch(_VARIABLE_NAME, text)
    return bool(is_name) and text not in variables
