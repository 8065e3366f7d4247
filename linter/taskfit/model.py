"""How the models of data files are declared: records that pydantic can guard."""

from __future__ import annotations

from typing import Any, ClassVar, dataclass_transform

from taskfit.record import Record, field


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False, field_specifiers=(field,))
class Model(Record):
    """The base of models: keyword arguments only, and each equal to itself alone."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "use_attribute_docstrings": True}
    _is_keyword_only = True

    __eq__ = object.__eq__
    __hash__ = object.__hash__


class ModelError(ValueError):
    """What is wrong with fields of a model, reported by its `__post_init__`: the steps to each from the model, and words."""

    def __init__(self, *errors: tuple[tuple[str | int, ...], str]) -> None:
        super().__init__("; ".join(message for _, message in errors))
        self.errors = errors
