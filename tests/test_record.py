"""Records are dataclasses, and named tuples those of `typing`, in all but what it costs to define them."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import typing
from collections.abc import Mapping
from functools import cached_property

import pytest
from pydantic import TypeAdapter, ValidationError

from taskfit.model import Model
from taskfit.record import Mutable, NamedTuple, Record, Struct, field, field_names, replace


class Point(Record):
    """A place."""

    x: int
    y: int = 0
    tags: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def total(self) -> int:
        """Both together."""
        return self.x + self.y


class Named(Point):
    """A place with a name."""

    name: str = ""

    def __post_init__(self) -> None:
        if self.name == "nowhere":
            raise ValueError("no place is nowhere")


class Leg(Model):
    """Models may require a field after one with a default."""

    note: str = ""
    to: Point


def test_a_record_takes_what_a_dataclass_takes() -> None:
    assert field_names(Named) == ("x", "y", "tags", "name")
    place = Named(1, 2, name="a")
    assert (place.x, place.y, place.tags, place.name) == (1, 2, {}, "a")
    assert repr(place) == "Named(x=1, y=2, tags={}, name='a')"
    assert Point(1).tags is not Point(1).tags
    match place:
        case Named(x, y):
            assert (x, y) == (1, 2)


@pytest.mark.parametrize(
    ("values", "given", "words"),
    [
        ((), {}, "Point lacks x"),
        ((), {"y": 1}, "Point lacks x"),
        ((1,), {"x": 2}, "Point got twice x"),
        ((1,), {"z": 2}, "Point has no z"),
        ((1, 2, {}, 4), {}, "Point takes 3 values, not 4"),
    ],
)
def test_what_is_missing_or_too_much_is_refused(
    values: tuple[object, ...], given: dict[str, object], words: str
) -> None:
    with pytest.raises(TypeError, match=words):
        Point(*values, **given)  # type: ignore[arg-type]


def test_records_are_values() -> None:
    assert Point(1, 2) == Point(1, 2) != Point(2, 1)
    assert Point(1) != Named(1)
    assert hash(Size(1)) == hash(Size(1))
    assert Leg(to=Point(1)) != Leg(to=Point(1))
    with pytest.raises(AttributeError, match=r"Point\.x can't be changed"):
        Point(1).x = 2  # type: ignore[misc]
    with pytest.raises(AttributeError, match=r"Point\.x can't be deleted"):
        del Point(1).x


class Size(Record):
    """One field."""

    cpu: int


def test_records_are_copied() -> None:
    place = Named(1, 2, {"a": "b"}, "c")
    assert place.total == 3
    for other in (pickle.loads(pickle.dumps(place)), copy.deepcopy(place)):
        assert other == place
    moved = replace(place, x=5)
    assert moved == Named(5, 2, {"a": "b"}, "c") == dataclasses.replace(place, x=5)
    assert moved.total == 7
    with pytest.raises(ValueError, match="no place is nowhere"):
        replace(place, name="nowhere")


def test_dataclasses_and_pydantic_see_a_dataclass() -> None:
    class Late(Named):
        """Nobody has asked for the fields of its bases yet."""

        z: int = 3

    assert [each.name for each in dataclasses.fields(Late)] == ["x", "y", "tags", "name", "z"]
    assert dataclasses.asdict(Late(1)) == {"x": 1, "y": 0, "tags": {}, "name": "", "z": 3}
    assert Late(1).tags is not Late(1).tags
    adapter = TypeAdapter(Leg)
    assert adapter.validate_python({"to": {"x": 1, "tags": {"a": "b"}}}).to == Point(1, tags={"a": "b"})
    with pytest.raises(ValidationError, match=r"to\.x\n  Field required"):
        adapter.validate_python({"to": {}})
    with pytest.raises(ValidationError, match="Unexpected keyword argument"):
        adapter.validate_python({"to": {"x": 1}, "more": 1})


class Stop(NamedTuple):
    """A place in time."""

    name: str
    minutes: int = 0
    tags: tuple[str, ...] = ()
    """Words."""

    @property
    def is_short(self) -> bool:
        """Whether it takes less than a quarter of an hour."""
        return self.minutes < 15


class Usual(typing.NamedTuple):
    """The same by the standard library."""

    name: str
    minutes: int = 0
    tags: tuple[str, ...] = ()


def test_a_named_tuple_is_one_of_the_standard_library() -> None:
    stop, usual = Stop("A", tags=("x",)), Usual("A", tags=("x",))
    assert tuple(stop) == tuple(usual) == ("A", 0, ("x",))
    assert repr(stop) == repr(usual).replace("Usual", "Stop")
    assert stop._asdict() == usual._asdict()
    assert tuple(stop._replace(minutes=20)) == usual._replace(minutes=20)
    assert tuple(Stop._make(["B", 1, ()])) == Usual._make(["B", 1, ()])
    for name in ("_fields", "_field_defaults", "__match_args__", "__slots__"):
        assert getattr(Stop, name) == getattr(Usual, name)
    assert typing.get_type_hints(Stop) == typing.get_type_hints(Usual)
    assert (Stop.__module__, Stop.__qualname__, Stop.__doc__) == (__name__, "Stop", "A place in time.")
    assert stop.is_short
    assert not hasattr(stop, "__dict__")
    match stop:
        case Stop(name, minutes):
            assert (name, minutes) == ("A", 0)


def test_a_named_tuple_is_copied() -> None:
    stop = Stop("A", 1, ("x",))
    for other in (pickle.loads(pickle.dumps(stop)), copy.copy(stop), copy.deepcopy(stop)):
        assert other == stop
        assert type(other) is Stop


def test_a_named_tuple_refuses_what_it_has_not() -> None:
    with pytest.raises(TypeError, match=r"missing 1 required positional argument: 'name'"):
        Stop()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match=r"unexpected keyword argument 'seconds'"):
        Stop("A", seconds=1)  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="Stop has no seconds"):
        Stop("A")._replace(seconds=1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Stop("A").name = "B"  # type: ignore[misc]


class Tree(Struct):
    """A tree."""

    start: int
    items: tuple[Tree, ...] = ()
    """Below it."""
    _count: int = -1

    @property
    def count(self) -> int:
        """Of all below it, counted once."""
        if self._count < 0:
            self._count = sum(1 + item.count for item in self.items)
        return self._count


class Branch(Tree):
    """A tree with a name."""

    name: str = ""


def test_a_struct_has_slots_and_takes_its_fields_in_order() -> None:
    leaf = Branch(1, name="leaf")
    tree = Tree(0, items=(leaf, Tree(2)))
    assert (tree.start, tree.count, leaf.name) == (0, 2, "leaf")
    assert vars(Branch)["__match_args__"] == ("start", "items", "name")
    assert not hasattr(leaf, "__dict__")
    leaf.name = "other"
    assert leaf.name == "other"
    moved = replace(leaf, start=5)
    assert (type(moved), moved.start, moved.name) == (Branch, 5, "other")
    assert Tree(0) != Tree(0)
    assert len({tree, leaf, tree}) == 2
    assert pickle.loads(pickle.dumps(leaf)).name == "other"


def test_a_struct_refuses_what_it_has_not() -> None:
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'start'"):
        Tree()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'end'"):
        Tree(0, end=1)  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        Tree(0).end = 1  # type: ignore[attr-defined]


class Shelf(Mutable):
    """What holds books."""

    books: list[str] = field(default_factory=list)
    width: int = 0


def test_a_mutable_record_may_be_changed() -> None:
    shelf, other = Shelf(), Shelf()
    shelf.width = 3
    shelf.books.append("a")
    assert (shelf.width, shelf.books, other.width, other.books) == (3, ["a"], 0, [])
    assert Shelf() != other
    with pytest.raises(TypeError, match="Shelf has no height"):
        Shelf(height=1)  # type: ignore[call-arg]
