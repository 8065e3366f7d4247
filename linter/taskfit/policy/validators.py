"""The two JSON Schema validators, configured to agree, to retrieve nothing, and to match patterns in linear time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    Faults = Iterator[ValidationError]


class OutsideReferenceError(ValueError):
    """A `$ref` that refers to another schema."""


def gate(document: Mapping[str, Any]) -> Any:
    """The fast validator, in Rust, which decides.

    Raises `ValueError` for a schema that is invalid, refers to another one, or has a pattern that can't be matched in
    linear time (look-around, back-references).
    """
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(
        dict(document),
        retriever=_no_retrieval,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def explainer(document: Mapping[str, Any]) -> Any:
    """The slower validator, in Python, which explains."""
    from referencing import Registry

    return _explainer_class()(document, registry=Registry())


def _no_retrieval(address: str) -> Any:
    """Refuse to retrieve a schema: checked files must neither cause network access nor have other files read."""
    raise OutsideReferenceError(f"a schema can refer only to its own parts, not to {address}")


@cache
def _explainer_class() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    matching = {"pattern": _pattern, "patternProperties": _pattern_properties}
    others = {"additionalProperties": _additional_properties(Draft202012Validator.VALIDATORS["additionalProperties"])}
    return extend(Draft202012Validator, {**matching, **others})  # type: ignore[no-untyped-call]


@cache
def matching(expression: str) -> Callable[[object], bool]:
    """A function that tests whether a text matches, with the gate's regex engine, in linear time.

    Python's `re` backtracks, and its `$` also matches before a last newline. Raises `ValueError` as `gate` does.
    """
    valid: Callable[[object], bool] = gate({"pattern": expression}).is_valid
    return valid


def _pattern(_validator: object, expression: str, value: object, _schema: object) -> Faults:
    from jsonschema import ValidationError

    if isinstance(value, str) and not matching(expression)(value):
        yield ValidationError(f"{value!r} does not match {expression!r}")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], value: object, _schema: object) -> Faults:
    items = list(value.items()) if isinstance(value, dict) else []
    for expression, inner in patterns.items():
        for key, item in items:
            if matching(expression)(key):
                yield from validator.descend(item, inner, path=key, schema_path=expression)


def _additional_properties(plain: Callable[..., Faults]) -> Callable[..., Faults]:
    """The keyword `additionalProperties`; the library would match the patterns of `patternProperties` by `re`."""

    def validate(validator: Any, inner: Any, value: object, schema: Mapping[str, Any]) -> Faults:
        if isinstance(value, dict) and (patterns := schema.get("patternProperties")):
            matches = [matching(expression) for expression in patterns]
            value = {key: item for key, item in value.items() if not any(match(key) for match in matches)}
            schema = {key: item for key, item in schema.items() if key != "patternProperties"}
        yield from plain(validator, inner, value, schema) or ()

    return validate
