"""What whole runs print: the examples under the real command line, in every format."""

from __future__ import annotations

import json

import pytest
from conftest import CommandLine, Golden
from jsonschema import Draft202012Validator

ENDINGS = {
    "text": "txt",
    "concise": "concise.txt",
    "json": "json",
    "sarif": "sarif",
    "github": "github.txt",
    "gitlab": "gitlab.json",
    "junit": "junit.xml",
    "markdown": "md",
}


@pytest.mark.parametrize("output_format", ENDINGS)
@pytest.mark.parametrize(("fleet", "status"), [("fleet", 0), ("broken", 1)])
def test_output(fleet: str, status: int, output_format: str, taskfit: CommandLine, golden: Golden) -> None:
    outcome = taskfit("check", f"examples/{fleet}", "--output-format", output_format)
    assert (outcome.status, outcome.stderr) == (status, "")
    output = without_pages(outcome.stdout) if output_format == "sarif" else outcome.stdout
    golden(f"{fleet}.{ENDINGS[output_format]}", output)


def without_pages(text: str) -> str:
    """SARIF without the pages of its rules, which tests of the rules look after."""
    log = json.loads(text)
    for rule in log["runs"][0]["tool"]["driver"]["rules"]:
        del rule["help"], rule["fullDescription"]
    return json.dumps(log, indent=2) + "\n"


def test_the_fleet_has_no_finding_even_where_its_profile_is_chosen(taskfit: CommandLine) -> None:
    outcome = taskfit("check", "examples/fleet", "--profile", "mistersmith", "--fail-on", "note", "--quiet")
    assert (outcome.status, outcome.stdout, outcome.stderr) == (0, "", "")


def test_the_broken_fleet_shows_every_family_of_rules(taskfit: CommandLine) -> None:
    report = json.loads(taskfit("check", "examples/broken", "--output-format", "json").stdout)
    assert {finding["code"][:4] for finding in report["findings"]} == {"FIT0", "FIT1", "FIT2", "FIT3", "FIT4", "FIT6"}


def test_real_reports_fit_the_schema(taskfit: CommandLine) -> None:
    schema = json.loads(taskfit("schema", "report").stdout)
    for folder in ("examples", "tests/data"):
        report = json.loads(taskfit("check", folder, "--output-format", "json").stdout)
        Draft202012Validator(schema).validate(report)
