"""Immutable values: dataclasses and named tuples that are cheap to define.

`dataclasses` generates and compiles up to six methods for each class, and `typing` compiles each annotation of a named
tuple, at every start: for the classes of a run on one file, that took half of its time. Here all records share one set of
methods; a record becomes a real dataclass when `dataclasses` or pydantic access its fields.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, dataclass_transform

__all__ = ["Mutable", "NamedTuple", "Record", "Struct", "cached_property", "field", "field_names", "replace"]

if TYPE_CHECKING or sys.version_info >= (3, 12):
    from functools import cached_property
else:
    import functools

    class cached_property(functools.cached_property):  # noqa: N801 - named as in Python 3.12
        """`functools.cached_property` as in Python 3.12: without a lock, which costs more than most values.

        Nor does it access `__dict__`: Python then stores the attributes of the object in a way that makes each of them
        three times as expensive to read.
        """

        def __get__(self, instance: object, owner: type | None = None) -> Any:
            if instance is None:
                return self
            value = self.func(instance)
            object.__setattr__(instance, self.attrname, value)
            return value


if TYPE_CHECKING:
    from dataclasses import Field, replace
    from typing import NamedTuple
else:
    from collections import _tuplegetter  # implemented in C, with a fallback in Python

    def replace(record: Record | Struct, /, **changes: Any) -> Record | Struct:
        """A copy of the record with some fields replaced."""
        return type(record)(**{name: getattr(record, name) for name in record.__match_args__} | changes)

    class _Tuple(tuple):
        """The shared methods of all named tuples; `collections.namedtuple` generates them for each class."""

        __slots__ = ()
        _fields = ()
        _field_defaults = MappingProxyType({})

        @classmethod
        def _make(cls, values: Iterable[Any]) -> _Tuple:
            return cls(*values)

        def _replace(self, /, **changes: Any) -> _Tuple:
            changed = tuple.__new__(type(self), map(changes.pop, self._fields, self))
            if changes:
                raise TypeError(f"{type(self).__name__} has no {', '.join(changes)}")
            return changed

        __replace__ = _replace

        def _asdict(self) -> dict[str, Any]:
            return dict(zip(self._fields, self, strict=True))

        def __getnewargs__(self) -> tuple[Any, ...]:
            return tuple(self)

        def __repr__(self) -> str:
            fields = ", ".join(f"{name}={value!r}" for name, value in zip(self._fields, self, strict=True))
            return f"{type(self).__name__}({fields})"

    class _NamedTupleMeta(type):
        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, body)
            names = tuple(body["__annotations__"])
            defaults = {each: body[each] for each in names if each in body}
            body |= {each: _tuplegetter(index, "") for index, each in enumerate(names)}
            new = FunctionType(_code_of_new(len(names)).replace(co_varnames=("cls", *names)), {"new": tuple.__new__})
            new.__defaults__ = tuple(defaults.values())
            own = {"__new__": new, "__slots__": (), "__match_args__": names, "_fields": names}
            return type(name, (_Tuple,), {**body, **own, "_field_defaults": defaults})

    class NamedTuple(metaclass=_NamedTupleMeta):
        """The base of named tuples: `typing.NamedTuple` without compiled annotations."""


@cache
def _code_of_new(count: int) -> CodeType:
    """The code of `__new__` for a number of items; only the names of its parameters differ between classes."""
    names = ", ".join(f"_{index}" for index in range(count))
    made: CodeType = eval(f"lambda cls, {names}: new(cls, ({names},))").__code__  # noqa: S307 - the text is built here
    return made


class _Factory:
    """The factory of a field's default."""

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], Any]) -> Any:
    """A field whose default is created for each record."""
    return _Factory(default_factory)


class _Fields:
    """`__dataclass_fields__`, created at the first access."""

    def __get__(self, _record: object, owner: type[Record]) -> dict[str, Field[Any]]:
        return owner.as_dataclass()


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record:
    """The base of values whose fields are declared as in a dataclass; they are equal if all of their fields are."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __match_args__: ClassVar[tuple[str, ...]] = ()
    """The names of the fields, in order."""
    _known: ClassVar[frozenset[str]] = frozenset()
    _required: ClassVar[frozenset[str]] = frozenset()
    _factories: ClassVar[Mapping[str, Callable[[], object]]] = {}
    _left_out: ClassVar[dict[tuple[str, ...], tuple[tuple[str, Callable[[], object]], ...]]] = {}
    """The factories of fields that are not given, by those that are, as far as records were made."""
    _values: ClassVar[attrgetter[object]]
    _is_keyword_only: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        own = [name for name, kind in cls.__annotations__.items() if not kind.startswith("ClassVar")]
        defaults = {name: cls.__dict__[name] for name in own if name in cls.__dict__}
        factories = {name: each.make for name, each in defaults.items() if isinstance(each, _Factory)}
        for name in factories:
            delattr(cls, name)
        names = tuple(dict.fromkeys((*cls.__match_args__, *own)))
        cls.__match_args__ = names  # type: ignore[misc]  # mypy infers those of the subclass
        cls._known = frozenset(names)
        cls._required = cls._required.union(own) - defaults.keys()
        cls._factories = {**cls._factories, **factories}
        cls._left_out = {}
        if names:
            cls._values = attrgetter(*names)
        if not TYPE_CHECKING:
            cls.__dataclass_fields__ = _Fields()

    @classmethod
    def as_dataclass(cls) -> dict[str, Field[Any]]:
        """Register the class as a dataclass and return its fields."""
        import dataclasses

        for name in cls.__annotations__.keys() & cls._factories.keys():
            setattr(cls, name, dataclasses.field(default_factory=cls._factories[name]))
        only = cls._is_keyword_only
        dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=only)(cls)
        return cls.__dataclass_fields__

    def __init__(self, *values: Any, **given: Any) -> None:
        fields = dict(zip(self.__match_args__, values, strict=False)) | given if values else given
        left_out = self._left_out.get(tuple(fields))
        if left_out is None or len(fields) != len(values) + len(given):
            left_out = self._factories_left_out(len(values), given, fields)
        for name, make in left_out:
            fields[name] = make()
        # The attributes of a dictionary that was made apart cost less to read than those of `self.__dict__`.
        object.__setattr__(self, "__dict__", fields)
        self.__post_init__()

    def _factories_left_out(
        self, count: int, given: Mapping[str, object], fields: Mapping[str, object]
    ) -> tuple[tuple[str, Callable[[], object]], ...]:
        """The fields that get their default from a factory, kept for records with the same fields given.

        Raises `TypeError` for arguments that don't fit the fields.
        """
        if not self._required <= fields.keys() <= self._known or len(fields) != count + len(given):
            raise TypeError(self._argument_error(count, given))
        found = tuple(each for each in self._factories.items() if each[0] not in fields)
        self._left_out[tuple(fields)] = found
        return found

    def __post_init__(self) -> None:
        """Check the fields; records that need validation override it."""

    def _argument_error(self, count: int, given: Iterable[str]) -> str:
        """The error message for arguments that don't fit the fields."""
        name, taken = type(self).__name__, self.__match_args__[:count]
        for what, names in (
            ("has no", [each for each in given if each not in self._known]),
            ("got twice", [each for each in given if each in taken]),
            ("lacks", [each for each in self.__match_args__[count:] if each in self._required.difference(given)]),
        ):
            if names:
                return f"{name} {what} {', '.join(names)}"
        return f"{name} takes {len(self.__match_args__)} values, not {count}"

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} can't be changed")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} can't be deleted")

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values(self) == self._values(other)

    def __hash__(self) -> int:
        return hash(self._values(self))

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"


if TYPE_CHECKING:

    @dataclass_transform(eq_default=False, field_specifiers=(field,))
    class Mutable:
        """The base of mutable records, compared by identity."""

        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

else:

    class Mutable(Record):
        """The base of mutable records, compared by identity."""

        __setattr__ = object.__setattr__
        __delattr__ = object.__delattr__
        __eq__ = object.__eq__
        __hash__ = object.__hash__


@cache
def _code_of_init(count: int) -> CodeType:
    """The code of `__init__` for a number of fields; only their names differ between classes."""
    names = [f"_{index}" for index in range(count)]
    body = "".join(f"; self.{name} = {name}" for name in names)
    namespace: dict[str, Any] = {}
    exec(f"def init({', '.join(('self', *names))}): pass{body}", namespace)  # noqa: S102 - the text is built here
    made: CodeType = namespace["init"].__code__
    return made


class _StructMeta(type):
    _names: tuple[str, ...] = ()
    _defaults: Mapping[str, Any] = {}

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _StructMeta:
        own = tuple(each for each in body.get("__annotations__", ()) if bases)
        base: Any = bases[0] if bases else cls
        defaults = {**base._defaults, **{each: body.pop(each) for each in own if each in body}}  # noqa: SLF001 - ours
        names = tuple(sorted((*base._names, *own), key=lambda each: each.startswith("_")))  # noqa: SLF001 - ours
        init = FunctionType(_code_of_init(len(names)).replace(co_varnames=("self", *names), co_names=names), {})
        init.__defaults__ = tuple(defaults[each] for each in names if each in defaults)
        public = tuple(each for each in names if not each.startswith("_"))
        body |= {"__slots__": own, "__match_args__": public, "_names": names, "_defaults": defaults, "__init__": init}
        return super().__new__(cls, name, bases, body)


@dataclass_transform(eq_default=False)
class Struct(metaclass=_StructMeta):
    """The base of mutable objects with slots, compared by identity.

    Their fields are declared as in a dataclass; those that start with an underscore always have their defaults.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


def field_names(record: Record | type[Record]) -> tuple[str, ...]:
    """The names of a record's fields, in order."""
    return record.__match_args__
