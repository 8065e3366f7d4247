"""The committed generated files are what `scripts/refresh.py` writes, and the schemas among them are valid."""

from __future__ import annotations

import json
import re
from importlib.metadata import version
from pathlib import Path

import model_schemas
import pytest
import refresh
import task_definition_schema
from conftest import ROOT
from jsonschema import Draft202012Validator

FILES = refresh.generated()
HINT = "run `python scripts/refresh.py` and commit what it writes"
MAKERS = {**dict.fromkeys(model_schemas.files(), "pydantic"), task_definition_schema.TARGET: "botocore"}
"""Files that another release of a library words differently."""


def require_the_release(library: str) -> None:
    """Skip a test where another release of a library is installed than the committed files were made with."""
    pins = ROOT / ".ci" / "requirements.txt"
    made_with = re.findall(
        rf"^{library}==(\S+)", pins.read_text(encoding="utf-8") if pins.exists() else "", re.MULTILINE
    )
    if version(library) not in made_with:
        pytest.skip(f"made with another release of {library} than {version(library)}")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_generated_file_is_current(path: Path) -> None:
    if path in MAKERS:
        require_the_release(MAKERS[path])
    committed = path.read_text(encoding="utf-8") if path.exists() else ""
    assert committed == FILES[path], f"{path.relative_to(ROOT)} is out of date: {HINT}"


def test_no_page_is_left_of_a_rule_that_is_gone() -> None:
    assert not refresh.left_over(FILES), HINT


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.json")), ids=lambda path: path.name)
def test_a_schema_is_a_json_schema(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


def test_every_change_to_the_model_meets_a_field_of_it() -> None:
    """A tightening of a field that AWS renamed would silently do nothing."""
    script = task_definition_schema
    schema = json.loads(script.TARGET.read_text(encoding="utf-8"))
    for shape, member, keywords, source in (*script.TIGHTENINGS, *script.LOOSENINGS):
        node = schema if shape == script.ROOT_SHAPE else schema["$defs"][shape]
        assert keywords.items() <= (node["properties"][member] if member else node).items()
        assert source
