"""The light parser of HCL agrees with tree-sitter, or leaves it to it: blocks, places, and what is no HCL."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import ROOT
from inputs import MAIN, VARIABLES

from taskfit.record import Struct
from taskfit.sources.terraform import light_parser, parsing
from taskfit.sources.terraform.hcl_file import HclFile
from taskfit.sources.terraform.syntax import Attribute
from taskfit.syntax.text import SourceText

LIGHT = [
    MAIN.format(number=1),
    VARIABLES,
    "# nothing but a comment\n",
    'a {}\nb "c" d { e { f = 1 } }\n',
    "a {\n  b = 1.5\n  c = -2\n  d = !true\n  e = null # why\n  f = (1 + 2) * 3 - x / 4 % 5\n}\n",
    'a {\n  b = x == "y" && z != 1 || !w\n  c = x ? y : z ? "u" : v\n  d = /* or */ x\n    .y\n}\n',
    'a {\n  b = x[0].y["z"][w.v]\n  c = x.*.y\n  d = x[*].y[0]\n  e = f(x).y\n  g = (x)[1]\n}\n',
    "a {\n  b = f()\n  c = f(1, g(x...),)\n  d = [\n    1, # one\n    x,\n  ]\n}\n",
    'a {\n  b = { c = 1, "d" : x\n    "${e}/f" = y, c = 2 }\n  g = [{}, []]\n}\n',
    "a {\n  b = [for x in y : x.z if x.w > 1]\n  c = { for k, v in y : k => v }\n}\n",
    'a {\n  b = "\\"q\\" \\n $${x} %%{y} 5% $1"\n  c = "${x}"\n  d = "u-${f("${v}")}-${w}"\n}\n',
    'a {\n  b = <<EOF\nno EOF ${x} %\n  $${y} "z\nEOF\n  c = f(<<-E\n    d\n    E\n  )\n}\n',
    'a {\n  b = "é${ü}ß"\n  ç = 1\n}\n',
]
"""What the light parser has to know."""
OTHERS = [
    "a = 1\n",
    "a {\n",
    'resource "x" {}\n',
    "a {\n  b = 1x\n}\n",
    'a {\n  b = "\\q"\n}\n',
    "a {\n  b : 1\n}\n",
    "a {\n  b = [for]\n}\n",
    "a {\n  b = f(x..., y)\n}\n",
    'a {\n  b = "%{ if x }y%{ endif }"\n}\n',
    "a {\n  b = <<EOF\nx\n}\n",
    f"a {{\n  b = {'[' * 400}{']' * 400}\n}}\n",
]
"""What it leaves to tree-sitter."""
CHANGES = '{}[]()"$%#.,=:?!-+*/<>&|~\\\n ax1'


def shape(value: Any) -> Any:
    """A value with all in it, but for the file."""
    if isinstance(value, Attribute):
        return "Attribute", value.name, value.start, value.end, shape(value.value)
    if isinstance(value, Struct):
        names = [name for name in getattr(value, "__match_args__", ()) if name != "file"]
        return type(value).__name__, [(name, shape(getattr(value, name))) for name in names]
    if isinstance(value, tuple | list):
        return [shape(item) for item in value]
    return {key: shape(item) for key, item in value.items()} if isinstance(value, dict) else value


def is_light(text: str) -> bool:
    """Whether the light parser reads a text; what it makes of it must be what tree-sitter finds in it."""
    file = HclFile("main.tf", SourceText(text))
    blocks = light_parser.blocks(file)
    if blocks is not None:
        expected, error = parsing.by_tree_sitter(file)
        assert error is None
        assert shape(blocks) == shape(expected)
    return blocks is not None


def examples() -> Iterator[str]:
    return (path.read_text(encoding="utf-8") for path in sorted(ROOT.glob("examples/**/*.tf")))


@pytest.mark.parametrize("text", [*LIGHT, *examples()])
def test_what_most_files_consist_of_needs_no_tree_sitter(text: str) -> None:
    assert is_light(text)


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_uncertain_is_left_to_tree_sitter(text: str) -> None:
    assert not is_light(text)


@pytest.mark.parametrize("text", LIGHT)
def test_both_agree_on_texts_with_a_change(text: str) -> None:
    chosen = random.Random(text)
    for _ in range(150):
        at = chosen.randrange(len(text))
        put = chosen.choice((chosen.choice(CHANGES), text[at : at + chosen.randrange(20)], ""))
        is_light(text[:at] + put + text[at + chosen.randrange(3) :])
