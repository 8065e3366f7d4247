"""The documentation says what the program does: pages are current, and examples print what they show."""

from __future__ import annotations

import re
import shlex
import tomllib
from itertools import chain
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
    assert (outcome.stdout + outcome.stderr).rstrip() == call.output


PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "benchmarks/README.md")]
PAGES += sorted((ROOT / "docs").rglob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere(page: Path) -> None:
    for target, heading in re.findall(r"\]\((?!https?://)([^)#]*)#?([^)]*)\)", page.read_text(encoding="utf-8")):
        aim = page.parent / target if target else page
        assert aim.exists(), target
        if heading:
            titles = re.findall(r"^#+ (.*)$", aim.read_text(encoding="utf-8"), re.MULTILINE)
            assert heading in [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]


def test_every_page_is_linked_from_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"(docs/{page.name})" not in readme] == []


def test_every_dependency_is_explained_and_nothing_else() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project["project"]["optional-dependencies"].values()
    lists = (project["build-system"]["requires"], project["project"]["dependencies"], *groups)
    names = {match[0] for each in chain(*lists) if (match := re.match(r"[\w.-]+", each))} - {"taskfit"}
    text = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    tables = re.findall(r"^\| library \|.*\n\|---.*\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = re.findall(r"^\| ([^|]+) \|", "".join(tables), re.MULTILINE)
    assert set(re.findall(r"[\w.-]+", re.sub(r"\(.*?\)", "", ", ".join(rows)))) == names


def test_the_architecture_has_a_place_for_every_module() -> None:
    package = ROOT / "linter" / "taskfit"
    modules = {path.name for path in package.glob("*.py")} | {
        f"{path.parent.name}/" for path in package.glob("*/__init__.py")
    }
    rooms = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").split("```")[3]
    listed = {name for line in rooms.splitlines() for name in re.findall(r"[a-z_]+(?:\.py|/)(?= |$)", line)}
    assert modules - {"__init__.py", "__main__.py", "_bundled.py"} <= listed
    assert {name for name in listed if name.endswith(".py")} <= modules


def shown(page: str) -> dict[str, list[str]]:
    """The files that a page shows, by the name in their first line."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    files: dict[str, list[str]] = {}
    for name, body in re.findall(r"^```yaml\n# ([\w.-]+)\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        files.setdefault(name, []).append(body)
    return files


@pytest.mark.parametrize("text", shown("configuration.md")["taskfit.yaml"])
def test_a_configuration_that_is_shown_is_valid(text: str, taskfit: CommandLine, tmp_path: Path) -> None:
    named = {f"policy/{name}.yaml": "fail-on: error\n" for name in ("taskfit", "web")}
    named |= {f"config/{name}.tfvars": 'name = "value"\n' for name in ("common", "prod")}
    named["sizing/production.yaml"] = (ROOT / "rules" / "profiles" / "mistersmith.yaml").read_text(encoding="utf-8")
    for name, content in {**named, "taskfit.yaml": text}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content, encoding="utf-8")
    assert taskfit("check", folder=tmp_path).status == 0


def test_the_suppressions_that_are_shown_suppress(taskfit: CommandLine, tmp_path: Path) -> None:
    files = shown("configuration.md")
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    (tmp_path / "worker.yaml").write_text(files["worker.yaml"][0], encoding="utf-8")
    (tmp_path / "template.yaml").write_text(files["template.yaml"][0], encoding="utf-8")
    (tmp_path / "worker.json").write_text(text.partition("```json\n")[2].partition("```")[0], encoding="utf-8")
    outcome = taskfit("check", "--output-format", "json", "--fail-on", "error", folder=tmp_path)
    assert (outcome.status, '"suppressed": 3' in outcome.stdout) == (0, True)
    assert taskfit("check", "--no-ignores", folder=tmp_path).stdout.count("error[FIT101]") == 3


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
    output = taskfit("check", "web.yaml", "--var-file", "values.json", "--select", "FIT101", folder=tmp_path).stdout
    assert "1024 CPU units" in output
