"""The documentation says what the program does: pages are current, and examples print what they show."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import CommandLine

ROOT = Path(__file__).parents[1]

CONSOLE = re.compile(r"^```console\n(\$ taskfit.*?)^```$", re.MULTILINE | re.DOTALL)


class Call(NamedTuple):
    """A call of taskfit in a document, with the output shown below it."""

    place: str
    command: str
    output: str


def calls() -> Iterator[Call]:
    for path in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        for block in CONSOLE.finditer(text):
            line = text.count("\n", 0, block.start()) + 1
            for call in re.split(r"^\$ ", block[1], flags=re.MULTILINE)[1:]:
                command, _, output = call.partition("\n")
                yield Call(f"{path.name}:{line}", command, output.rstrip())


@pytest.mark.parametrize("call", list(calls()), ids=lambda call: f"{call.place} {call.command}")
def test_a_call_prints_what_the_document_shows(call: Call, taskfit: CommandLine) -> None:
    outcome = taskfit(*shlex.split(call.command)[1:])
    assert (outcome.output + outcome.errors).rstrip() == call.output


def test_rule_pages_are_current() -> None:
    generator = runpy.run_path(str(ROOT / "scripts" / "generate_rule_docs.py"))
    committed = {path.name: path.read_text(encoding="utf-8") for path in generator["FOLDER"].glob("*.md")}
    assert committed == generator["pages"]()


def test_links_of_the_rule_pages_lead_somewhere() -> None:
    folder = ROOT / "docs" / "rules"
    targets = re.findall(r"\]\((?!https?://)([^)#]+)", (folder / "README.md").read_text(encoding="utf-8"))
    assert targets
    assert [target for target in targets if not (folder / target).exists()] == []
