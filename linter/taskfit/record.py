"""Values that are cheap to define: named tuples, records and structs.

`dataclasses` generates and compiles up to six methods for each class, and `typing` compiles each annotation of a named
tuple, at every start: for the classes of a run on one file, that took half of its time. Here each kind has its methods
written once, or compiled once for each number of fields. Fields are declared as in a dataclass.

- `NamedTuple` is that of `typing`. It is the cheapest to create, so most values are named tuples.
- `Record` is a frozen dataclass: for values with computed properties, defaults of their own, or models of files.
- `Mutable` is a dataclass that is compared by identity.
- `Struct` is the same with slots, the cheapest to create of those that can be changed: for nodes of trees.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import CodeType, FunctionType, MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, dataclass_transform

__all__ = ["Mutable", "NamedTuple", "Record", "Struct", "cached_property", "field", "field_names", "replace"]

if TYPE_CHECKING:
    from dataclasses import Field

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


class _Factory:
    """Creates the default of a field, anew for each record."""

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], Any]) -> Any:
    """A field whose default is created for each record."""
    return _Factory(default_factory)


class _LazyFields:
    """`__dataclass_fields__` of a record; at the first access, the class becomes a real dataclass."""

    def __get__(self, _record: Record | None, owner: type[Record]) -> dict[str, Field[Any]]:
        return owner.as_dataclass()


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
class Record:
    """The base of values that can't be changed; two of one class are equal if all of their fields are."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
    __match_args__: ClassVar[tuple[str, ...]] = ()
    """The names of the fields, in order."""
    _known: ClassVar[frozenset[str]] = frozenset()
    """The same, as a set."""
    _required: ClassVar[frozenset[str]] = frozenset()
    """Those without a default."""
    _factories: ClassVar[Mapping[str, Callable[[], object]]] = {}
    """What creates the default, by field; any other default is an attribute of the class."""
    _is_keyword_only: ClassVar[bool] = False
    """Whether the real dataclass has keyword-only fields, so that required ones may follow others."""

    def __init_subclass__(cls) -> None:
        own = [name for name, kind in cls.__annotations__.items() if not kind.startswith("ClassVar")]
        defaults = {name: cls.__dict__[name] for name in own if name in cls.__dict__}
        factories = {name: default.make for name, default in defaults.items() if isinstance(default, _Factory)}
        for name in factories:
            delattr(cls, name)
        names = tuple(dict.fromkeys((*cls.__match_args__, *own)))
        cls.__match_args__ = names  # type: ignore[misc]  # mypy infers those of the subclass
        cls._known = frozenset(names)
        cls._required = cls._required.union(own) - defaults.keys()
        cls._factories = {**cls._factories, **factories}
        if not TYPE_CHECKING:
            cls.__dataclass_fields__ = _LazyFields()

    @classmethod
    def as_dataclass(cls) -> dict[str, Field[Any]]:
        """Make the class a real dataclass, for `dataclasses` and pydantic, and return its fields."""
        import dataclasses

        for name in cls.__annotations__.keys() & cls._factories.keys():
            setattr(cls, name, dataclasses.field(default_factory=cls._factories[name]))
        only = cls._is_keyword_only
        dataclasses.dataclass(init=False, repr=False, eq=False, match_args=False, kw_only=only)(cls)
        return cls.__dataclass_fields__

    def __init__(self, *values: Any, **given: Any) -> None:
        fields = dict(zip(self.__match_args__, values, strict=False)) | given if values else given
        if not self._required <= fields.keys() <= self._known or len(fields) != len(values) + len(given):
            raise TypeError(self._argument_error(len(values), given))
        for name, make in self._factories.items():
            if name not in fields:
                fields[name] = make()
        # Attributes are cheaper to read from a dictionary that replaces `__dict__` than from `__dict__` once accessed.
        object.__setattr__(self, "__dict__", fields)
        self.__post_init__()

    def __post_init__(self) -> None:
        """Check the fields; records that need validation override it."""

    def _argument_error(self, count: int, given: Iterable[str]) -> str:
        """The error message for a number of positional arguments and named ones that don't fit the fields."""
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

    def _values(self) -> tuple[Any, ...]:
        return tuple([getattr(self, name) for name in self.__match_args__])

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        return self._values() == other._values()

    def __hash__(self) -> int:
        return hash(self._values())

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__match_args__)
        return f"{type(self).__name__}({fields})"


def field_names(record: Record | type[Record]) -> tuple[str, ...]:
    """The names of a record's fields, in order."""
    return record.__match_args__


if TYPE_CHECKING:
    from dataclasses import replace

    @dataclass_transform(eq_default=False, field_specifiers=(field,))
    class Mutable:
        """The base of objects that can be changed; each is equal only to itself."""

        __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

else:

    def replace(record: Record | Struct, /, **changes: Any) -> Record | Struct:
        """A copy of the record with some fields replaced."""
        return type(record)(**{name: getattr(record, name) for name in record.__match_args__} | changes)

    class Mutable(Record):
        """The base of objects that can be changed; each is equal only to itself."""

        __setattr__ = object.__setattr__
        __delattr__ = object.__delattr__
        __eq__ = object.__eq__
        __hash__ = object.__hash__


_NEW = "def method(cls, {parameters}): return new_tuple(cls, ({parameters},))"
_INIT = "def method(self, {parameters}): {assignments}"


@cache
def _compiled(template: str, count: int) -> CodeType:
    """The code of a method that takes the values of a number of fields."""
    fields = [f"_{index}" for index in range(count)]
    assignments = "; ".join(f"self.{name} = {name}" for name in fields) or "pass"
    namespace: dict[str, Any] = {}
    exec(template.format(parameters=", ".join(fields), assignments=assignments), namespace)  # noqa: S102 - built here
    code: CodeType = namespace["method"].__code__
    return code


def _method(template: str, names: tuple[str, ...], defaults: Mapping[str, Any], **of_code: Any) -> FunctionType:
    """The method of a class with these fields: a copy of code that all classes with as many fields share.

    Only the attributes of the code that contain names differ. To compile it for each class would take many times as long.
    """
    method = FunctionType(_compiled(template, len(names)).replace(**of_code), {"new_tuple": tuple.__new__})
    method.__defaults__ = tuple([defaults[name] for name in names if name in defaults])
    return method


if TYPE_CHECKING:
    from typing import NamedTuple
else:
    from collections import _tuplegetter  # the properties of `collections.namedtuple`, in C where there is a C compiler

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
        """Makes a tuple class of the body of a class; `NamedTuple` itself is no base of it, as in `typing`."""

        def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> type:
            if not bases:
                return super().__new__(cls, name, bases, body)
            names = tuple(body["__annotations__"])
            defaults = {each: body[each] for each in names if each in body}
            getters = {each: _tuplegetter(index, "") for index, each in enumerate(names)}
            own = {
                "__new__": _method(_NEW, names, defaults, co_varnames=("cls", *names)),
                "__slots__": (),
                "__match_args__": names,
                "_fields": names,
                "_field_defaults": defaults,
            }
            return type(name, (_Tuple,), {**body, **getters, **own})

    class NamedTuple(metaclass=_NamedTupleMeta):
        """The base of named tuples: `typing.NamedTuple` without compiled annotations."""


class _StructMeta(type):
    """Gives each struct its slots and a constructor."""

    _names: tuple[str, ...] = ()
    """The names of the fields of a struct, those that start with an underscore last."""
    _defaults: Mapping[str, Any] = {}

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any]) -> _StructMeta:
        own = tuple(each for each in body.get("__annotations__", ()) if bases)
        base: Any = bases[0] if bases else cls
        defaults = {**base._defaults, **{each: body.pop(each) for each in own if each in body}}  # noqa: SLF001 - ours
        names = tuple(sorted((*base._names, *own), key=lambda each: each.startswith("_")))  # noqa: SLF001 - ours
        public = tuple(each for each in names if not each.startswith("_"))
        init = _method(_INIT, names, defaults, co_varnames=("self", *names), co_names=names)
        body |= {"__slots__": own, "__match_args__": public, "_names": names, "_defaults": defaults, "__init__": init}
        return super().__new__(cls, name, bases, body)


@dataclass_transform(eq_default=False)
class Struct(metaclass=_StructMeta):
    """The base of objects with slots that can be changed; each is equal only to itself.

    Fields that start with an underscore always have their defaults at first.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]
