"""Validation of plain data against a JSON Schema: a fast gate decides, a slower validator explains.

`jsonschema_rs` (Rust) decides, or for the first definitions of a run the light validator; `jsonschema` explains only what
they reject. A result that depends on an unknown value is never a violation. All validators match the patterns of
user-defined rules in linear time.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from taskfit.definition import Partial, Unknown, escape
from taskfit.policy import light_validator
from taskfit.record import NamedTuple, cached_property

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

Path = tuple[str | int, ...]

KEY_KEYWORDS = frozenset({"required", "additionalProperties", "dependentRequired"})
"""Keywords whose result depends on which keys an object has."""

COUNT_KEYWORDS = frozenset({"minItems", "maxItems", "minProperties", "maxProperties"})
"""Keywords whose result depends on the number of items or keys."""


class Violation(NamedTuple):
    """A violation of a schema by a definition."""

    path: Path
    keyword: str
    argument: Any
    """The keyword's argument in the schema: the limit, the choices, the required keys."""
    value: Any
    """The value at the path."""
    message: str
    """The validator's message."""
    schema: Mapping[str, Any]
    """The schema that contains the keyword."""


class Plain:
    """Data as plain JSON for validators, with the paths of unknown values."""

    def __init__(self, source: Any, data: Any = None) -> None:
        self.source = source
        self.data = plain(source) if data is None else data

    @cached_property
    def unknown(self) -> frozenset[Path]:
        """The paths of unknown values."""
        return frozenset(path for path, value in _places(self.source) if isinstance(value, Unknown))

    @cached_property
    def partial(self) -> frozenset[Path]:
        """The paths of mappings of which only some keys are known."""
        return frozenset(path for path, value in _places(self.source) if isinstance(value, Partial))

    def at(self, path: Path) -> Any:
        """The plain value at an existing path."""
        value = self.data
        for step in path:
            value = value[step]
        return value

    def in_doubt(self, violation: Violation) -> bool:
        """Whether a violation depends on an unknown value."""
        path = violation.path
        if path in self.unknown:
            return True
        if violation.keyword in KEY_KEYWORDS:
            return path in self.partial
        if violation.keyword in COUNT_KEYWORDS:
            items = (place for place in self._uncertain_below(path) if len(place) == len(path) + 1)
            return path in self.partial or not self.unknown.isdisjoint(items)
        return violation.keyword != "type" and self.touches(path, violation.argument)

    def touches(self, path: Path, schema: Any) -> bool:
        """Whether the result of the schema for the value at `path` depends on something unknown in it."""
        names = _mentioned(schema)
        for place in self._uncertain_below(path):
            name = _last_name(place[len(path) :])
            if not names or name is None or name in names or place in self.partial:
                return True
        return False

    def _uncertain_below(self, path: Path) -> Sequence[Path]:
        """The paths of unknown or partly known values at and below a path."""
        return self._uncertain.get(path, ())

    @cached_property
    def _uncertain(self) -> Mapping[Path, Sequence[Path]]:
        found = defaultdict[Path, list[Path]](list)
        for place in self.unknown | self.partial:
            for depth in range(len(place) + 1):
                found[place[:depth]].append(place)
        return found


def plain(value: Any) -> Any:
    """The value as plain JSON, with the text of unknown values."""
    if isinstance(value, str):
        return value if value.isascii() else _encodable(value)
    if isinstance(value, dict):
        return {
            key if isinstance(key, str) and key.isascii() else plain(str(key)): item
            if isinstance(item, str) and item.isascii()
            else plain(item)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [item if isinstance(item, str) and item.isascii() else plain(item) for item in value]
    if value is None or isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return _encodable(value.text if isinstance(value, Unknown) else str(value))


def _places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _places(item, (*path, str(key)))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


FEW = 35
"""The number of definitions up to which the light validator is faster than importing and compiling for the other."""


class Schema:
    """A JSON Schema, compiled once, for all validators. A bundled one starts with the light validator."""

    def __init__(self, document: Mapping[str, Any], *, is_built_in: bool = False) -> None:
        given = document if is_built_in else plain(dict(document))
        self.document = {key: value for key, value in given.items() if key != "$schema"}
        self._light_decisions = FEW if is_built_in else 0

    @cached_property
    def _gate(self) -> Any:
        from taskfit.policy import validators

        return validators.gate(self.document)

    @cached_property
    def _explainer(self) -> Any:
        from taskfit.policy import validators

        return validators.explainer(self.document)

    @cached_property
    def _conditions(self) -> list[Any]:
        return [schema["if"] for schema in subschemas(self.document) if "if" in schema]

    def accepts(self, data: Any) -> bool:
        """Whether plain JSON data is valid."""
        if self._light_decisions:
            self._light_decisions -= 1
            try:
                return light_validator.is_valid(self.document, data, self.document)
            except light_validator.UndecidedError:
                pass
        return bool(self._gate.is_valid(data))

    def accepts_raw(self, data: Any) -> bool:
        """Whether data is valid; `False` if it is not plain JSON."""
        try:
            return self.accepts(data)
        except ValueError:
            return False

    def violations(self, part: Any, whole: Plain, base: Path = ()) -> Iterator[Violation]:
        """The certain violations in the part at `base` of a definition; of an `anyOf`, those of the branch that fits best."""
        if self.accepts(part):
            return
        from jsonschema.exceptions import best_match

        for error in self._explainer.iter_errors(part):
            branched = not {"then", "else"}.isdisjoint(error.absolute_schema_path)
            if branched and any(whole.touches(base, condition) for condition in self._conditions):
                continue
            if not whole.in_doubt(_violation(error, base)):
                yield _violation(best_match([error]) or error, base)


def _violation(error: ValidationError, base: Path) -> Violation:
    return Violation(
        path=(*base, *error.absolute_path),
        keyword=str(error.validator),
        argument=error.validator_value,
        value=error.instance,
        message=error.message,
        schema=error.schema if isinstance(error.schema, Mapping) else {},
    )


def pointer(path: Iterable[str | int]) -> str:
    """A path as a JSON pointer."""
    return "".join(f"/{escape(str(step))}" for step in path)


def subschemas(schema: Any) -> Iterator[dict[str, Any]]:
    """A schema and all schemas and mappings within it."""
    if isinstance(schema, dict):
        yield schema
    for inner in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        yield from subschemas(inner)


def _mentioned(schema: Any) -> frozenset[str]:
    """The keys of the data that a schema names; empty if it applies to the value as a whole."""
    names: set[str] = set()
    for part in subschemas(schema):
        for keyword in ("properties", "required", "dependentRequired", "dependentSchemas"):
            names.update(name for name in part.get(keyword, ()) if isinstance(name, str))
        if "patternProperties" in part or "propertyNames" in part:
            return frozenset()
    return frozenset(names)


def _last_name(path: Path) -> str | None:
    return next((step for step in reversed(path) if isinstance(step, str)), None)


def _encodable(text: str) -> str:
    """Replace lone surrogates, which UTF-8 can't encode, by question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
