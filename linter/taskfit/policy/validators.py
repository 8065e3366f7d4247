"""The two JSON Schema validators, made to agree, to retrieve nothing, and to match patterns in linear time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from taskfit.definition import Unknown, known
from taskfit.policy import limits
from taskfit.sizing import quantity

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

    Faults = Iterator[ValidationError]

#: Keywords of taskfit's own: the reader of the quantity, and whether `value` satisfies `bound`.
QUANTITY_KEYWORDS: dict[str, tuple[Callable[[object], int | Unknown | None], Callable[[int, int], bool]]] = {
    "cpuMinimum": (quantity.cpu_units, int.__ge__),
    "cpuMaximum": (quantity.cpu_units, int.__le__),
    "memoryMinimum": (quantity.memory_mib, int.__ge__),
    "memoryMaximum": (quantity.memory_mib, int.__le__),
}


def gate(document: Mapping[str, Any]) -> Any:
    """The fast validator, in Rust, which says whether.

    Raises `ValueError` for what is not a JSON Schema, refers to something outside of itself, or has a pattern that
    can't be matched in linear time (look-around, back-references).
    """
    import jsonschema_rs

    return jsonschema_rs.Draft202012Validator(
        dict(document),
        keywords={name: _rust_keyword(name) for name in QUANTITY_KEYWORDS},
        retriever=limits.no_retrieval,
        pattern_options=jsonschema_rs.RegexOptions(),
    )


def explainer(document: Mapping[str, Any]) -> Any:
    """The slower validator, in Python, which says what."""
    from referencing import Registry

    return _explainer_class()(document, registry=Registry())


def _within(name: str, bound: object, value: object) -> bool:
    """Whether a quantity keeps a bound; what is no quantity is another rule's business."""
    reader, holds = QUANTITY_KEYWORDS[name]
    amount, limit = known(reader(value)), known(reader(bound))
    return amount is None or limit is None or holds(amount, limit)


def _rust_keyword(name: str) -> type:
    class Keyword:
        def __init__(self, schema: object, bound: object, path: object) -> None:
            self.bound = bound

        def validate(self, value: object) -> None:
            if not _within(name, self.bound, value):
                raise ValueError(name)

    return Keyword


@cache
def _explainer_class() -> Any:
    from jsonschema import Draft202012Validator
    from jsonschema.validators import extend

    keywords = {name: _quantity_keyword(name) for name in QUANTITY_KEYWORDS}
    matching = {"pattern": _pattern, "patternProperties": _pattern_properties}
    others = {"additionalProperties": _additional_properties(Draft202012Validator.VALIDATORS["additionalProperties"])}
    return extend(Draft202012Validator, {**keywords, **matching, **others})  # type: ignore[no-untyped-call]


def _quantity_keyword(name: str) -> Callable[..., Faults]:
    def validate(_validator: object, bound: object, value: object, _schema: object) -> Faults:
        from jsonschema import ValidationError

        if not _within(name, bound, value):
            comparison = "less" if name.endswith("Minimum") else "more"
            yield ValidationError(f"{value} is {comparison} than {bound}")

    return validate


@cache
def _matching(expression: str) -> Callable[[object], bool]:
    """The gate's own engine: Python's `re` backtracks, and its `$` also matches before a last newline."""
    valid: Callable[[object], bool] = gate({"pattern": expression}).is_valid
    return valid


def _pattern(_validator: object, expression: str, value: object, _schema: object) -> Faults:
    from jsonschema import ValidationError

    if isinstance(value, str) and not _matching(expression)(value):
        yield ValidationError(f"{value!r} does not match {expression!r}")


def _pattern_properties(validator: Any, patterns: Mapping[str, Any], value: object, _schema: object) -> Faults:
    items = list(value.items()) if isinstance(value, dict) else []
    for expression, inner in patterns.items():
        for key, item in items:
            if _matching(expression)(key):
                yield from validator.descend(item, inner, path=key, schema_path=expression)


def _additional_properties(plain: Callable[..., Faults]) -> Callable[..., Faults]:
    """The keyword beside `patternProperties`, whose patterns the library itself would match by `re`."""

    def validate(validator: Any, inner: Any, value: object, schema: Mapping[str, Any]) -> Faults:
        if isinstance(value, dict) and (patterns := schema.get("patternProperties")):
            matches = [_matching(expression) for expression in patterns]
            value = {key: item for key, item in value.items() if not any(match(key) for match in matches)}
            schema = {key: item for key, item in schema.items() if key != "patternProperties"}
        yield from plain(validator, inner, value, schema) or ()

    return validate
