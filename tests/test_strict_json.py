"""JSON as the standard library reads it, unless a key is given twice."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfit.syntax import json_slips, strict_json

TEXTS = st.text(st.sampled_from('a"\\/\n{[:,€'), max_size=4)
SCALARS = TEXTS | st.integers(-9, 9) | st.none() | st.booleans()


def written(value: Any) -> str:
    """JSON, in which an object is a list of pairs in a tuple: its keys may be equal."""
    if isinstance(value, tuple):
        return "{" + ", ".join(f"{json.dumps(key)}: {written(item)}" for key, item in value[0]) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(written, value)) + "]"
    return json.dumps(value, ensure_ascii=False)


def has_duplicates(text: str) -> bool:
    found: list[bool] = []

    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        found.append(len(dict(items)) < len(items))
        return dict(items)

    json.loads(text, object_pairs_hook=pairs)
    return any(found)


@given(
    st.recursive(
        SCALARS,
        lambda inner: st.lists(inner, max_size=3) | st.tuples(st.lists(st.tuples(TEXTS, inner), max_size=3)),
        max_leaves=12,
    )
)
def test_a_text_is_strict_unless_a_key_is_given_twice(value: Any) -> None:
    text = written(value)
    strict = strict_json.loads(text)
    assert (strict is None) == has_duplicates(text)
    assert strict is None or strict.value == json.loads(text)


@pytest.mark.parametrize("text", ["", "{", "[NaN]", "[1e999]", "[-Infinity]", "{'a': 1}", '["\t"]', "[" * 100_000])
def test_what_is_no_strict_json_is_for_the_other_reader(text: str) -> None:
    assert strict_json.loads(text) is None


@pytest.mark.parametrize(
    ("text", "offset", "what"),
    [
        ('{"a": [1, 2,]}', 11, "a comma before `]`"),
        ('{"a": 1 ,\n}', 8, "a comma before `}`"),
        ('{"a": "x\ty"}', 8, "a tab in a string"),
        ('{"a": "x\ny", "b": 1,}', 8, "a line end in a string"),
        ('{"a": "x\x1by"}', 8, "a control character in a string"),
        ('{"a": "x\x0cy"}', 8, "a control character in a string"),
        ('{"a": "x\\x41"}', 8, "the escape `\\x`"),
        ('{"a":\u00a01}', 5, "the blank U+00A0"),
        ('{"a":\x0c1}', 5, "the blank U+000C"),
        ("{\"a\": ['it''s', 1]}", 7, "a string in single quotes"),
        ('{"a": 01}', 6, "the number `01`"),
        ('{"a": [1, -0x1F]}', 10, "the number `-0x1F`"),
        ('{"a": +1.5}', 6, "the number `+1.5`"),
        ('{"a": .5}', 6, "the number `.5`"),
        ('{"a": 5.,\n}', 6, "the number `5.`"),
    ],
)
def test_a_slip_is_where_the_text_stops_being_json(text: str, offset: int, what: str) -> None:
    found = json_slips.first(text)
    assert found is not None
    assert (found.offset, found.what) == (offset, what)


@pytest.mark.parametrize(
    "text",
    [
        *('{"a": 1}', '{"a": 1, "a": 2}', "{", '{"a": 1 "b": 2}', "// why\n[1,]", "[${X},]", "[NaN,]", "[" * 100_000),
        *("[0${X}]", "[01x]", "[+]", "[.]", "['a]", "[word]", "{a: 1}", '{"a": 5.5 "b": 1}', '{"a": 1} 01x', '"\\'),
        r"""["${replace(x, "\"", "\\\"")}"]""",
    ],
)
def test_anything_else_is_no_slip(text: str) -> None:
    assert json_slips.first(text) is None
