"""The examples of the rules and the worked cases of the profiles, run with this package installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import acme_taskfit_policy
import pytest

PACKAGE = Path(acme_taskfit_policy.__file__).parent


def taskfit(*arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "taskfit", *arguments], check=True)


def test_the_rules_report_what_their_examples_say() -> None:
    taskfit("rule", "test", "package:acme")


@pytest.mark.parametrize("profile", sorted(PACKAGE.glob("profiles/*.yaml")), ids=lambda path: path.stem)
def test_the_profiles_size_their_cases(profile: Path) -> None:
    taskfit("profile", "test", str(profile))
