"""Each mutant that is explained is of a line that is there: none outlives it."""

from __future__ import annotations

from conftest import ROOT
from ruamel.yaml import YAML


def test_explained_mutants_are_of_lines_that_are_there() -> None:
    explained = YAML(typ="safe").load((ROOT / "scripts" / "equivalent_mutants.yaml").read_text(encoding="utf-8"))
    for name, entries in explained.items():
        text = (ROOT / "linter" / "taskfit" / name).read_text(encoding="utf-8")
        lines = {line.strip() for line in text.splitlines()}
        assert {entry["line"] for entry in entries} <= lines, name
        assert all(entry["change"] and entry["why"] for entry in entries)
