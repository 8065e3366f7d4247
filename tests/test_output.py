"""Several formats in one run: what goes where, and how files are written."""

from __future__ import annotations

import json
import os
import shutil
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from conftest import CommandLine, Outcome

BROKEN = Path(__file__).parent / "data" / "wheel" / "broken.json"

SIGNS = {"text": " --> task.json", "json": '"version": 1', "junit": "<testsuites", "concise": "task.json:6:13: error["}


@pytest.fixture
def run(taskfit: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)
    monkeypatch.delenv("CI_PROJECT_DIR", raising=False)
    shutil.copy(BROKEN, tmp_path / "task.json")
    return Run(taskfit, tmp_path)


class Run:
    """Runs `taskfit check` in a folder with one broken definition."""

    def __init__(self, taskfit: CommandLine, folder: Path) -> None:
        self._taskfit, self.folder = taskfit, folder

    def __call__(self, options: str, *arguments: str) -> Outcome:
        spelt_out = options.replace("-F", "--output-format").replace("-O", "--output-file")
        return self._taskfit("check", *spelt_out.split(), *arguments, folder=self.folder)

    def read(self, name: str) -> str:
        return (self.folder / name).read_text(encoding="utf-8")


def formats(run: Run, outcome: Outcome) -> dict[str, str]:
    """Which format stands in which file, or on standard output."""
    texts = {path.name: path.read_text("utf-8") for path in run.folder.iterdir() if path.name in ("a", "b", "c")}
    texts |= {"stdout": outcome.stdout} if outcome.stdout else {}
    return {place: next(name for name, sign in SIGNS.items() if sign in text) for place, text in texts.items()}


@pytest.mark.parametrize(
    ("options", "places"),
    [
        ("", {"stdout": "text"}),
        ("-F json", {"stdout": "json"}),
        ("-O a", {"a": "text"}),
        ("-O a -F json", {"a": "json"}),
        ("-F json -O a -F junit -O b", {"a": "json", "b": "junit"}),
        ("-F json -F junit -O a -O b", {"a": "json", "b": "junit"}),
        ("-F json -O a -F text", {"a": "json", "stdout": "text"}),
        ("-F text -F json -O a", {"a": "json", "stdout": "text"}),
        ("-F json -O a -F text -F junit -O b", {"a": "json", "stdout": "text", "b": "junit"}),
        ("-O a -F json -F text", {"a": "json", "stdout": "text"}),
        ("-F json -O a -F concise -O -", {"a": "json", "stdout": "concise"}),
    ],
)
def test_a_file_belongs_to_the_format_beside_it(options: str, places: dict[str, str], run: Run) -> None:
    outcome = run(options)
    assert outcome.status == 1
    assert formats(run, outcome) == places


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("-F text -F json", "text and json would both be written to standard output"),
        ("-F text -F json -F junit -O a", "text and json would both be written to standard output"),
        ("-F text -O a -F json -O a", "text and json would both be written to a"),
        ("-O a -O b", "each --output-file needs its own --output-format"),
        ("-F json -O a -O b", "each --output-file needs its own --output-format"),
        ("-F json -O a -F text --statistics", "--statistics takes the place of a format"),
        ("-F xml", "'xml' is not one of"),
    ],
)
def test_what_is_not_clear_is_an_error(options: str, message: str, run: Run) -> None:
    outcome = run(options)
    assert (outcome.status, outcome.stdout) == (2, "")
    assert message in outcome.stderr
    assert not (run.folder / "a").exists()


def test_where_all_goes_to_files_one_line_says_what_was_found(run: Run) -> None:
    outcome = run("-F json -O a --select FIT101")
    assert (outcome.stdout, outcome.stderr) == ("", "1 error. Checked 1 task definition in 1 file.\n")
    assert run("-F json -O a --quiet").stderr == ""


@pytest.mark.parametrize("name", ["text", "json", "sarif", "github", "gitlab", "junit", "markdown", "concise"])
@pytest.mark.parametrize(
    ("options", "status"), [("", 1), ("--fail-on never", 0), ("--exit-zero", 0), ("--ignore FIT", 0)]
)
def test_a_format_never_changes_the_exit_status(name: str, options: str, status: int, run: Run) -> None:
    assert run(f"-F {name} {options}").status == status


def test_a_format_of_the_configuration_is_the_default(run: Run) -> None:
    (run.folder / "taskfit.yaml").write_text("output-format: junit\n", encoding="utf-8")
    assert formats(run, run("")) == {"stdout": "junit"}
    assert formats(run, run("-O a")) == {"a": "junit"}
    (run.folder / "a").unlink()
    assert formats(run, run("-F text")) == {"stdout": "text"}
    (run.folder / "taskfit.yaml").write_text("output-format: serif\n", encoding="utf-8")
    outcome = run("")
    assert outcome.status == 2
    assert "taskfit.yaml:1:16" in outcome.stderr


def test_a_file_is_replaced_as_a_whole_and_keeps_its_mode(run: Run) -> None:
    (run.folder / "a").write_text("x" * 100_000, encoding="utf-8")
    (run.folder / "a").chmod(0o640)
    (run.folder / "b").symlink_to("a")
    run("-F json -O b")
    assert json.loads(run.read("a"))["version"] == 1
    assert (run.folder / "b").is_symlink()
    assert stat.S_IMODE((run.folder / "a").stat().st_mode) == 0o640
    assert {path.name for path in run.folder.iterdir()} == {"a", "b", "task.json"}


def test_what_is_no_plain_file_is_written_as_it_is(run: Run) -> None:
    before = os.stat(os.devnull)
    assert run(f"-F json -O {os.devnull}").status == 1
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode) == stat.S_ISCHR(before.st_mode)


def test_a_file_that_cannot_be_written_loses_no_finding(run: Run) -> None:
    outcome = run("-F text -F json -O no/such/folder")
    assert outcome.status == 2
    assert SIGNS["text"] in outcome.stdout
    assert "can't write no/such/folder: No such file or directory" in outcome.stderr


@pytest.mark.parametrize(("variable", "name"), [("GITHUB_WORKSPACE", "github"), ("CI_PROJECT_DIR", "gitlab")])
def test_ci_services_get_paths_from_the_repositorys_root(
    variable: str, name: str, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, str(run.folder.parent))
    path = f"{run.folder.name}/task.json"
    assert path in run(f"-F {name}").stdout
    assert path in run(f"-F {name}", str(run.folder / "task.json")).stdout
    assert f'"uri": "{path}"' in run("-F sarif").stdout
    assert path not in run("-F json").stdout
    monkeypatch.setenv(variable, "/nowhere")
    elsewhere = run(f"-F {name}").stdout
    assert "task.json" in elsewhere
    assert path not in elsewhere


def test_a_hostile_file_forges_nothing(run: Run) -> None:
    """A whole run, from the bytes of a file with a hostile name to what a CI service reads."""
    words = "\n::error file=x::forged\n##[error]forged\x1b[31m</script><img src=x>|`@octocat %0A::error::x"
    container = {"name": words, "image": "x", "cpu": words}
    task = {"family": words, "cpu": words, "volumes": [{words: words}], "containerDefinitions": [container]}
    for name in ("task.json", "::error::a%0A|`@b##[error]x.json"):
        (run.folder / name).write_text(json.dumps(task), encoding="utf-8")
    for name in ("text", "concise", "json", "sarif", "github", "gitlab", "junit", "markdown"):
        output = run(f"-F {name}").stdout
        assert "forged" in output
        assert "##[" not in output
        assert "\x1b" not in output
        commands = [line for line in output.splitlines() if line.lstrip().startswith("::")]
        own = ("::error file=", "::warning file=", "::notice file=", "::notice title=taskfit::")
        assert all(line.startswith(own) for line in commands)
        assert bool(commands) == (name == "github")
