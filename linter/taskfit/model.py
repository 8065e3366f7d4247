"""The base of the models of data files: records that pydantic can validate."""

from __future__ import annotations

from typing import Any, ClassVar, dataclass_transform

from taskfit.record import Record, field


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False, field_specifiers=(field,))
class Model(Record):
    """The base of models: keyword arguments only, compared by identity."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "use_attribute_docstrings": True}
    _is_keyword_only = True

    __eq__ = object.__eq__
    __hash__ = object.__hash__


class ModelError(ValueError):
    """Faults of fields, raised by a model's `__post_init__`: the steps from the model to each, and a message."""

    def __init__(self, *errors: tuple[tuple[str | int, ...], str]) -> None:
        super().__init__("; ".join(message for _, message in errors))
        self.errors = errors
