"""Makes models from plain data that certainly fits them, without pydantic.

Importing pydantic and building the validators takes twice as long as a whole run on one file. So pydantic validates
only the data that this module can't decide, and describes the errors.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from taskfit.model import Model
from taskfit.record import field_names

T = TypeVar("T")

LARGEST = 2**53
"""Larger whole numbers are left to pydantic."""

_EXACT = frozenset({str, int, bool, NoneType})


class UndecidedError(Exception):
    """Data that may not fit."""


def made(model: type[T], data: Any) -> T:
    """The model object that some data describes.

    Raises `UndecidedError`.
    """
    value: T = _made(model, data)
    return value


def _made(hint: Any, value: Any) -> Any:
    """A value of a type, from plain JSON."""
    if hint is Any:
        return _plain(value)
    if hint in _EXACT and type(value) is hint:
        return _plain(value)
    if hint is float and type(value) in (int, float):
        return float(_plain(value))
    match get_origin(hint):
        case None if isinstance(hint, type) and issubclass(hint, Model):
            return _model(hint, value)
        case None if isinstance(hint, type) and issubclass(hint, Enum) and value in [each.value for each in hint]:
            return hint(value)
        case origin if origin is Literal and type(value) is str and value in get_args(hint):
            return value
        case origin if origin is tuple and type(value) is list and get_args(hint)[1:] == (...,):
            return tuple(_made(get_args(hint)[0], item) for item in value)
        case origin if origin is Mapping and type(value) is dict and get_args(hint)[0] is str:
            return {_made(str, key): _made(get_args(hint)[1], item) for key, item in value.items()}
        case origin if origin in (Union, UnionType):
            return _of_one(get_args(hint), value)
    raise UndecidedError


def _of_one(hints: tuple[Any, ...], value: Any) -> Any:
    """A value of one of some types: its exact type if that is among them, else the only one that it fits."""
    own = [hint for hint in hints if hint is type(value)]
    found = list(_fitting(own or hints, value))
    if len(found) != 1:
        raise UndecidedError
    return found[0]


def _fitting(hints: Iterable[Any], value: Any) -> Iterator[Any]:
    for hint in hints:
        try:
            yield _made(hint, value)
        except UndecidedError:
            continue


def _model(model: type[Model], data: Any) -> Model:
    spelled = model.__pydantic_config__.get("alias_generator", str)
    names: dict[str, str] = {spelled(name): name for name in field_names(model)}
    if type(data) is not dict or not data.keys() <= names.keys():
        raise UndecidedError
    given = {names[key]: _made(_hint(model, names[key]), value) for key, value in data.items()}
    try:
        return model(**given)
    except (TypeError, ValueError):  # a missing field, or one that contradicts others
        raise UndecidedError from None


def _hint(model: type[Model], name: str) -> Any:
    """The resolved type of a field."""
    owner = next(each for each in model.__mro__ if name in getattr(each, "__annotations__", ()))
    return eval(owner.__annotations__[name], vars(sys.modules[owner.__module__]))  # noqa: S307 - our own annotation


def _plain(value: Any) -> Any:
    """The value, if it is plain JSON that every parser reads alike."""
    if type(value) is dict and all(type(key) is str for key in value):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if type(value) is list:
        return [_plain(item) for item in value]
    is_text = type(value) is str and (value.isascii() or value.encode("utf-8", "ignore").decode("utf-8") == value)
    is_number = type(value) in (int, float) and abs(value) <= LARGEST
    if not (is_text or is_number or value is None or type(value) is bool):
        raise UndecidedError
    return value
