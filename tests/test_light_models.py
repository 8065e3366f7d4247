"""Models are made of plain data as pydantic makes them, wherever that is certain."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from hypothesis import given
from hypothesis import strategies as st

from taskfit.config import light_models, validation
from taskfit.config.light_models import UndecidedError
from taskfit.config.settings import Settings, spelled
from taskfit.policy.rule_file import RuleFile
from taskfit.record import field_names
from taskfit.sizing.profile import Profile
from taskfit.syntax.tree import Node

FILES = (
    *((RuleFile, path) for path in sorted((ROOT / "rules").glob("FIT*/*.yaml"))),
    *((Profile, path) for path in sorted((ROOT / "rules" / "profiles").glob("*.yaml"))),
    *((Settings, path) for path in sorted(ROOT.glob("examples/**/*taskfit.yaml"))),
)


def decided(model: type[Any], data: Any) -> str | None:
    """What is made of some data, if that is certain."""
    try:
        return repr(light_models.made(model, data))
    except UndecidedError:
        return None


def validated(model: type[Any], data: Any) -> str | None:
    """What pydantic makes of it; nothing if it refuses it."""
    value, _ = validation._validated(model, data)
    return value and repr(value)


def of(path: Path) -> Any:
    (tree,) = validation.parse(path)[1]
    assert isinstance(tree, Node)
    return tree.plain()


@pytest.mark.parametrize(("model", "path"), FILES, ids=lambda each: getattr(each, "name", ""))
def test_it_decides_on_what_taskfit_brings_along(model: type[Any], path: Path) -> None:
    data = of(path)
    assert decided(model, data) == validated(model, data) is not None


WORDS = st.sampled_from(("FIT1", "a.json", "*", "2026-01-01", "none", "fargate", "error", "json", "é", "\ud800", ""))
SCALARS = st.one_of(WORDS, st.booleans(), st.integers(-1, 101), st.just(2**70), st.floats(), st.none())
KEYS = st.one_of(
    WORDS,
    st.sampled_from([spelled(name) for name in field_names(Settings)]),
    st.sampled_from(
        ["rule", "path", "pointer", "reason", "expires", "files", "region", "discount-percent", "spot-as-of"]
    ),
    st.integers(0, 1),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner, max_size=3), max_leaves=6
)
LISTS = st.lists(WORDS, max_size=2)
SETTINGS = st.fixed_dictionaries(
    {},
    optional={
        **{spelled(name): VALUES for name in field_names(Settings)},
        "select": LISTS,
        "profile": WORDS | LISTS,
        "severity": st.dictionaries(WORDS, st.sampled_from(("error", "note", "x")), max_size=2),
        "var": st.dictionaries(WORDS, SCALARS, max_size=2),
        "suppressions": st.lists(st.fixed_dictionaries({"rule": WORDS, "reason": WORDS}), max_size=2),
        "overrides": st.lists(st.fixed_dictionaries({"files": WORDS | LISTS, "ignore": LISTS | SCALARS}), max_size=2),
        "pricing": st.dictionaries(st.sampled_from(("discount-percent", "region", "spot-as-of")), SCALARS, max_size=2),
        "fail-on": WORDS,
        "jobs": SCALARS,
    },
)


@given(SETTINGS | VALUES)
def test_it_agrees_wherever_it_decides(data: Any) -> None:
    found = decided(Settings, data)
    assert found is None or found == validated(Settings, data)


@pytest.mark.parametrize(
    "data",
    [
        {"select": ["FIT1"], "fail-on": "error", "jobs": 2, "profile": "none", "var": {"CPU": 256, "A": 0.5}},
        {
            "severity": {"FIT1": "note"},
            "suppressions": [{"rule": "FIT101", "reason": "known"}],
            "pricing": {"region": "x"},
        },
        {"overrides": [{"files": ["a", "b"], "pricing": {"discount-percent": 20}}], "profile": ["a", "b"]},
    ],
)
def test_it_decides_on_usual_settings(data: dict[str, Any]) -> None:
    assert decided(Settings, data) == validated(Settings, data) is not None


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"no-such-setting": 1},
        {"jobs": "1"},
        {"jobs": True},
        {"select": "FIT1"},
        {"fail-on": ["error"]},
        {"min-severity": ["error"]},
        {"suppressions": [{"rule": "FIT101"}]},
        {"suppressions": [{"rule": "FIT101", "reason": " "}]},
        {"var": {1: "a"}},
        {"var": {"a": float("nan")}},
    ],
)
def test_what_may_not_fit_is_for_the_library(data: object) -> None:
    assert decided(Settings, data) is None


def test_settings_come_without_pydantic(tmp_path: Path) -> None:
    import subprocess
    import sys

    (tmp_path / "taskfit.yaml").write_text("profile: mistersmith\nignore: [FIT6]\n", encoding="utf-8")
    code = "import sys; from taskfit import session; session.start().settings; print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert re.search(r"\btaskfit\.config\.light_models\b", ended.stdout)
    assert "pydantic" not in ended.stdout.split()
