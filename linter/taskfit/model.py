"""How the models of data files are declared: dataclasses that pydantic can guard and that cost little to define.

A frozen dataclass with comparison and representation takes four times as long to define as one without, which a start
pays for every class. So a type checker keeps these from being changed, and nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, ClassVar, TypeVar, dataclass_transform

T = TypeVar("T")


class Model:
    """What pydantic has to know of a model."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"extra": "forbid", "use_attribute_docstrings": True}


class ModelError(ValueError):
    """What is wrong with fields of a model, reported by its `__post_init__`: the steps to each from the model, and words."""

    def __init__(self, *errors: tuple[tuple[str | int, ...], str]) -> None:
        super().__init__("; ".join(message for _, message in errors))
        self.errors = errors


@dataclass_transform(frozen_default=True, kw_only_default=True, eq_default=False, field_specifiers=(field,))
def model(cls: type[T]) -> type[T]:
    """Declare a model: keyword arguments only, never to be changed."""
    return dataclass(eq=False, repr=False, kw_only=True)(cls)
