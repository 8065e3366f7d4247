"""What `fleet` and `audit` print of damaged files is well-formed in every format, and nothing crashes."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, invoke
from hypothesis import given, settings
from hypothesis import strategies as st
from parsing import PARSERS, page, require_nesting
from test_properties import damaged

from taskfit.cli.audit_outputs import ALL_FORMATS, TABLES
from taskfit.reports import fleet

ANSWERS = ROOT / "examples" / "audit" / "123456789012"
FILES = {path.relative_to(ANSWERS): path.read_bytes() for path in sorted(ANSWERS.rglob("*.json"))}


def rows(text: str) -> list[list[str]]:
    """The rows of a table in CSV, all of which have as many cells as there are headings."""
    found = list(csv.reader(io.StringIO(text), strict=True))
    assert {len(row) for row in found} == {len(found[0])}
    return found


def printable(text: str) -> None:
    assert text.replace("\n", "").isprintable()


def markdown(text: str) -> None:
    assert len({len(row) for row in page(text).rows}) <= 1


READERS: dict[str, Callable[[str], Any]] = {
    **{name: parse for name, (parse, _) in PARSERS.items()},
    "text": printable,
    "json": json.loads,
    "csv": rows,
    "html": require_nesting,
}


@settings(max_examples=25)
@given(damaged())
def test_a_fleet_is_well_formed_in_every_format(file: tuple[str, bytes]) -> None:
    suffix, content = file
    for name in fleet.FORMATS:
        arguments = (
            "--isolated",
            "--profile",
            "mistersmith",
            "--stdin-filename",
            f"task{suffix}",
            "--output-format",
            name,
        )
        outcome = invoke("fleet", "-", *arguments, stdin=content)
        assert outcome.status in (0, 1, 2)
        if outcome.stdout:
            {**READERS, "markdown": markdown}[name](outcome.stdout)


def audited(files: dict[Path, bytes], name: str) -> str:
    """What an audit of saved answers prints."""
    with tempfile.TemporaryDirectory() as folder:
        for path, content in files.items():
            Path(folder, path).parent.mkdir(parents=True, exist_ok=True)
            Path(folder, path).write_bytes(content)
        with contextlib.chdir(folder):
            outcome = invoke("audit", "--isolated", "--from", ".", "--jobs", "1", "--output-format", name)
    assert outcome.status in (0, 1, 2)
    return outcome.stdout


@settings(max_examples=12)
@given(st.sampled_from(sorted(FILES)), st.data())
def test_an_audit_is_well_formed_in_every_format(path: Path, data: st.DataObject) -> None:
    _, content = data.draw(damaged(content=FILES[path]))
    for name in (name for name in ALL_FORMATS if name not in TABLES):
        if text := audited({**FILES, path: content}, name):
            READERS[name](text)


@pytest.mark.parametrize("name", [name for name in ALL_FORMATS if name not in TABLES])
def test_an_audit_of_sound_answers_is_well_formed(name: str) -> None:
    READERS[name](audited(FILES, name))


def test_an_audit_says_as_much_in_csv_as_in_json() -> None:
    heading, *lines = rows(audited(FILES, "csv"))
    services = json.loads(audited(FILES, "json"))["services"]
    names = [(line[heading.index("cluster")], line[heading.index("service")]) for line in lines]
    assert names == [(row["cluster"], row["name"]) for row in services]
