"""The committed schemas are what their scripts generate, and are themselves valid."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest
from conftest import ROOT
from jsonschema import Draft202012Validator


def script(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(name, ROOT / "scripts" / f"{name}.py")
    assert specification
    assert specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_task_definition_schema_is_up_to_date() -> None:
    pytest.importorskip("botocore")
    generator = script("generate_task_definition_schema")
    assert generator.TARGET.read_text(encoding="utf-8") == generator.text()


@pytest.mark.parametrize("name", ["rules", "profile"])
def test_schema_of_a_model_is_up_to_date(name: str) -> None:
    generator = script("generate_schemas")
    committed = (ROOT / "schemas" / f"{name}.schema.json").read_text(encoding="utf-8")
    assert committed == generator.text(name, generator.models()[name])


@pytest.mark.parametrize("path", sorted((ROOT / "schemas").glob("*.json")), ids=lambda path: path.name)
def test_schema_is_a_json_schema(path: Path) -> None:
    Draft202012Validator.check_schema(json.loads(path.read_text(encoding="utf-8")))


def test_every_change_to_the_model_meets_a_field_of_it() -> None:
    """A tightening of a field that AWS renamed would silently do nothing."""
    generator = script("generate_task_definition_schema")
    schema = json.loads(generator.TARGET.read_text(encoding="utf-8"))
    for shape, member, keywords, source in (*generator.TIGHTENINGS, *generator.LOOSENINGS):
        node = schema if shape == generator.ROOT_SHAPE else schema["$defs"][shape]
        assert keywords.items() <= (node["properties"][member] if member else node).items()
        assert source
