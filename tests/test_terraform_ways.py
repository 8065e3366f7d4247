"""The ways to read a Terraform file: what was evaluated on one of them is used on others, which changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from taskfit.sources import reader
from taskfit.sources.checked import Checked
from taskfit.sources.terraform.memory import Trail

VARIABLES = ("a", "b", "c")


def conditions(*names: str) -> st.SearchStrategy[str]:
    """Conditions on variables and on what some names stand for."""
    compared = [f'var.{name} {how} "{value}"' for name in VARIABLES for value in ("", "x") for how in ("==", "!=")]
    joined = ['var.a == "x" && var.flag', '!var.flag || var.b != "x"', 'var.a == var.b ? true : var.c == "y"']
    return st.sampled_from([*compared, *joined, 'contains(["x", "y"], var.c)', "var.flag", *names])


def values(tests: st.SearchStrategy[str], *names: str) -> st.SearchStrategy[str]:
    """Values made of variables, of what some names stand for, and of conditions."""
    simple = ['"s"', "1", "null", "[1, 2]", "var.a", '"${var.b}-s"', 'lookup({ x = "1", y = "2" }, var.c)']
    return st.recursive(
        st.sampled_from([*simple, *names]),
        lambda inner: st.one_of(
            st.tuples(tests, inner, inner).map(lambda parts: "({} ? {} : {})".format(*parts)),
            st.tuples(tests, inner).map(lambda parts: '"%{{ if {} }}yes%{{ else }}${{{}}}%{{ endif }}"'.format(*parts)),
            inner.map(lambda value: f"[for n in [1, 2] : {value}]"),
        ),
        max_leaves=4,
    )


OF_LOCALS = values(conditions())
OF_CALLS = values(conditions("local.is_a", "local.is_b"), "local.c", "local.d")
TESTS = conditions("local.is_a", "local.is_b", "module.inner.is_set")
VALUES = values(TESTS, "local.c", "local.d", "module.inner.text", 'module.each["k"].text')

INNER = """
variable "given" {}
variable "other" { default = "" }
output "is_set" { value = var.given == "x" }
output "text" { value = var.other == "" ? "none" : "${var.other}-${var.given}" }
"""


@st.composite
def modules(draw: st.DrawFn) -> str:
    default = st.sampled_from(["", 'default = ""'])
    variables = "\n".join(f'variable "{name}" {{ {draw(default)} }}' for name in (*VARIABLES, "flag"))
    found = draw(st.lists(VALUES, max_size=4))
    environment = ", ".join(f'{{ name = "N{number}", value = {value} }}' for number, value in enumerate(found))
    return f"""{variables}
locals {{
  is_a = {draw(conditions())}
  is_b = {draw(conditions())}
  c    = {draw(OF_LOCALS)}
  d    = {draw(OF_LOCALS)}
}}
module "inner" {{
  source = "./inner"
  given  = {draw(OF_CALLS)}
  other  = {draw(OF_CALLS)}
}}
module "each" {{
  source   = "./inner"
  for_each = {{ k = {draw(OF_CALLS)} }}
  given    = each.value
}}
resource "aws_ecs_task_definition" "t" {{
  count                 = {draw(TESTS)} ? 1 : 0
  family                = {draw(VALUES)}
  cpu                   = {draw(VALUES)}
  container_definitions = jsonencode([{{ name = "a", image = {draw(VALUES)}, environment = [{environment}] }}])
}}
resource "aws_ecs_service" "s" {{
  task_definition = aws_ecs_task_definition.t.arn
  desired_count   = {draw(VALUES)}
}}
"""


def readings(path: Path) -> list[tuple[Mapping[str, Any], str, tuple[str, ...], Any]]:
    document = reader.read(path.read_bytes(), {}, path, Checked([path]))
    faults = [(fault.message, fault.span) for fault in document.faults]
    return [
        (dict(each.task.data), each.choice, each.undecided, (faults, each.task.services, each.origins))
        for definition in document.definitions
        for each in definition
    ]


@given(modules())
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_remembered_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    (tmp_path / ".git").mkdir(exist_ok=True)
    (tmp_path / "inner").mkdir(exist_ok=True)
    (tmp_path / "inner" / "main.tf").write_text(INNER, encoding="utf-8")
    path = tmp_path / "main.tf"
    path.write_text(text, encoding="utf-8")
    remembered = readings(path)
    with monkeypatch.context() as forgetful:
        forgetful.setattr(Trail, "repeats", lambda *_: False)
        assert remembered == readings(path)
