"""Each mutant that is explained is one that scripts/mutants.py makes: none outlives the line that it is of."""

from __future__ import annotations

import importlib.util
import sys

import pytest
from conftest import ROOT
from ruamel.yaml import YAML


def test_explained_mutants_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = importlib.util.spec_from_file_location("mutations", ROOT / "scripts" / "mutations.py")
    assert spec
    assert spec.loader
    mutations = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "mutations", mutations)
    spec.loader.exec_module(mutations)
    explained = YAML(typ="safe").load((ROOT / "scripts" / "equivalent_mutants.yaml").read_text(encoding="utf-8"))
    for name, entries in explained.items():
        source = (ROOT / "linter" / "taskfit" / name).read_text(encoding="utf-8")
        lines = source.splitlines()
        made = {(lines[each.line - 1].strip(), each.change) for each in mutations.mutants(source)}
        assert {(entry["line"], entry["change"]) for entry in entries} <= made, name
        assert all(entry["why"] for entry in entries)
