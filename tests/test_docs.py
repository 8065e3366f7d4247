"""The documentation says what the program does: pages are current, and examples print what they show."""

from __future__ import annotations

import re
import runpy
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest
from conftest import ROOT, CommandLine

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def shown(page: str) -> dict[str, list[str]]:
    """The files that a page shows, by the name in their first line."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    files: dict[str, list[str]] = {}
    for name, body in re.findall(r"^```yaml\n# ([\w.-]+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        files.setdefault(name, []).append(body)
    return files


@pytest.mark.parametrize("text", shown("configuration.md")["taskfit.yaml"])
def test_a_configuration_that_is_shown_is_valid(text: str, taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "taskfit.yaml").write_text(text.replace("../policy/taskfit.yaml", "policy.yaml"), encoding="utf-8")
    (tmp_path / "policy.yaml").write_text("fail-on: error\n", encoding="utf-8")
    assert taskfit("check", folder=tmp_path).status == 0


def test_the_suppressions_that_are_shown_suppress(taskfit: CommandLine, tmp_path: Path) -> None:
    files = shown("configuration.md")
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    (tmp_path / "worker.yaml").write_text(files["worker.yaml"][0], encoding="utf-8")
    (tmp_path / "template.yaml").write_text(files["template.yaml"][0], encoding="utf-8")
    (tmp_path / "worker.json").write_text(text.partition("```json\n")[2].partition("```")[0], encoding="utf-8")
    outcome = taskfit("check", "--output-format", "json", "--fail-on", "error", folder=tmp_path)
    assert (outcome.status, '"suppressed": 3' in outcome.output) == (0, True)
    assert taskfit("check", "--no-ignores", folder=tmp_path).output.count("error[FIT101]") == 3


def shapes() -> list[str]:
    text = (ROOT / "docs" / "other-formats.md").read_text(encoding="utf-8")
    return [line.partition(" #")[0] for line in text.partition("```yaml\n")[2].partition("```")[0].splitlines()]


@pytest.mark.parametrize("text", shapes())
def test_a_file_of_values_that_is_shown_gives_them(text: str, taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "values.json").write_text(text, encoding="utf-8")
    (tmp_path / "web.yaml").write_text(
        "family: web\nrequiresCompatibilities: [FARGATE]\nnetworkMode: awsvpc\ncpu: ${Cpu}\nmemory: '99'\n"
        "containerDefinitions: [{name: web, image: 'nginx:1.27'}]\n",
        encoding="utf-8",
    )
    output = taskfit("check", "web.yaml", "--var-file", "values.json", "--select", "FIT101", folder=tmp_path).output
    assert "1024 CPU units" in output
