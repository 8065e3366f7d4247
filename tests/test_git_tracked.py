"""What git tracks is checked, even where an ignore file names it; real git, and none."""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

import pytest
from bad_cases import BAD
from conftest import git, invoke, run, write

BROKEN = json.dumps(BAD["pair-8192-25600"][0], indent=2)


pytestmark = pytest.mark.usefixtures("repository")


def paths(*arguments: str) -> set[str]:
    return {item["path"] for item in json.loads(run("--output-format", "json", *arguments).stdout)["findings"]}


TRACKED = {"cdk.out/web.template.json", "a/venv/task.json", "build/x/task.yaml", "task.json"}


def files() -> None:
    write(dict.fromkeys([*TRACKED, "cdk.out/new.json", "venv/new.json", "build/README.md", "build/new.json"], BROKEN))
    write({".gitignore": "cdk.out\nbuild/\n"})
    git("add", "--force", *TRACKED)


def test_what_is_tracked_is_checked_although_it_is_ignored() -> None:
    files()
    assert paths() == TRACKED
    assert paths("./a") == {"a/venv/task.json"}
    assert paths(str(Path("a").absolute())) == {str(Path("a/venv/task.json").absolute())}


def test_an_ignored_folder_that_is_named_is_checked() -> None:
    files()
    assert paths("cdk.out") == {"cdk.out/web.template.json", "cdk.out/new.json"}
    assert paths("build/x", "build") == {"build/x/task.yaml", "build/new.json"}
    write({"build/.gitignore": "new.json\n"})
    assert paths("build") == {"build/x/task.yaml"}


def test_what_the_configuration_excludes_stays_out() -> None:
    files()
    write({"taskfit.yaml": "exclude: [cdk.out/, '*.yaml']\n"})
    assert paths() == {"a/venv/task.json", "task.json"}


def test_a_pattern_with_a_slash_counts_from_the_folder_of_its_file() -> None:
    write({".gitignore": "a/*/c/\n", "a/b/c/task.json": BROKEN, "a/b/d/task.json": BROKEN})
    assert paths() == paths(".") == {"a/b/d/task.json"}


def test_without_git_ignore_files_are_all_that_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    files()
    monkeypatch.setenv("PATH", os.devnull)
    assert paths() == {"task.json"}


def test_a_hook_of_another_repository_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    files()
    monkeypatch.setenv("GIT_DIR", os.devnull)
    monkeypatch.setenv("GIT_INDEX_FILE", os.devnull)
    assert paths() == TRACKED


def test_a_tracked_file_that_is_gone_or_behind_a_link_is_not_read(tmp_path_factory: pytest.TempPathFactory) -> None:
    files()
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    Path("build").rename(elsewhere / "build")
    Path("build").symlink_to(elsewhere / "build")
    Path("cdk.out/web.template.json").unlink()
    assert paths() == {"a/venv/task.json", "task.json"}


PROGRAMS = {
    "core.fsmonitor": "{}",
    "core.hooksPath": "hooks",
    "core.pager": "{}",
    "core.sshCommand": "{}",
    "alias.diff": "!{}",
    "alias.ls-files": "!{}",
    "diff.external": "{}",
    "diff.x.command": "{}",
    "diff.x.textconv": "{}",
    "filter.x.clean": "{}",
    "filter.x.required": "true",
    "filter.y=y.process": "{}",
    "protocol.ext.allow": "always",
    "remote.origin.promisor": "true",
    "remote.origin.url": "ext::{}",
}
"""Settings of a repository by which git may start a program."""


@pytest.mark.parametrize("is_partial", [False, True])
@pytest.mark.parametrize("command", ["check .", "check --since=HEAD", "diff HEAD", "diff HEAD HEAD"])
def test_nothing_that_a_repository_says_is_executed(command: str, is_partial: bool) -> None:
    files()
    git("commit", "-q", "-m", "one")
    script = Path("program.sh").absolute()
    write({script.name: f"#!/bin/sh\ntouch {Path('ran').absolute()}\ncat\n"})
    script.chmod(0o755)
    Path("hooks").mkdir()
    Path("hooks/post-index-change").symlink_to(script)
    for name, value in PROGRAMS.items():
        git("config", name, value.format(script))
    write({".gitattributes": "*.json diff=x filter=x\n*.yaml filter=y=y\n"})
    write({"task.json": BROKEN + " ", "build/x/task.yaml": BROKEN + " ", "new.json": BROKEN})
    if is_partial:  # and so a promisor would be asked for what is missing
        for item in Path(".git/objects").glob("??/*"):
            if zlib.decompress(item.read_bytes()).startswith(b"blob"):
                item.unlink()
    invoke(*command.split())
    assert not Path("ran").exists()


def test_a_program_called_git_in_the_checked_tree_is_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    files()
    write({"git": f"#!/bin/sh\ntouch {Path('ran').absolute()}\n"})
    Path("git").chmod(0o755)
    monkeypatch.setenv("PATH", os.pathsep.join((os.curdir, "", os.environ["PATH"])))
    assert paths() == TRACKED
    assert not Path("ran").exists()


def test_git_that_waits_for_ever_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    files()
    git("commit", "-q", "-m", "one")
    write({"task.json": BROKEN + " "})
    os.mkfifo(".gitattributes")
    monkeypatch.setattr("taskfit.git.MAX_SECONDS", 0.5)
    result = invoke("diff", "HEAD")
    assert result.status == 2
    assert result.stderr.startswith("error: git ")
