"""The files that the README shows work as they stand."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from conftest import ROOT, CommandLine


def shown(page: str, first_key: str) -> str:
    """The YAML file on a page that begins with this key."""
    text = (ROOT / page).read_text(encoding="utf-8")
    match = re.search(rf"^```yaml\n({first_key}:.*?)^```$", text, re.DOTALL | re.MULTILINE)
    assert match
    return match[1]


def test_the_configuration_and_the_rule_of_ones_own(taskfit: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "rules.yaml").write_text(shown("docs/configuration.md", "code"), encoding="utf-8")
    (tmp_path / "taskfit.yaml").write_text(shown("README.md", "profile"), encoding="utf-8")
    shutil.copy(ROOT / "rules" / "profiles" / "mistersmith.yaml", tmp_path / "sizing.yaml")
    shutil.copy(ROOT / "tests" / "data" / "wheel" / "good.json", tmp_path / "web.json")
    outcome = taskfit("check", "--output-format", "concise", "--quiet", folder=tmp_path)
    assert outcome.stderr == ""
    assert re.findall(r"\[(\w+)\]", outcome.stdout) == ["FIT301", "ACME001"]
