"""Every rule is what its examples show, seen through the whole of `taskfit check`, or of `taskfit audit`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from taskfit import audits, checking
from taskfit.config import validation
from taskfit.config.settings import Configuration, Settings
from taskfit.finding import Report, Severity
from taskfit.fixes import fixed_files
from taskfit.paths import data_folder
from taskfit.policy import bundled, rule_checks
from taskfit.policy.rule_file import Example, RuleFile
from taskfit.session import Session
from taskfit.sources.files import File

PAGES = bundled.pages()


def examples(kind: str) -> list[object]:
    return [
        pytest.param(rule, example, id=f"{rule.code}-{example.title or number}")
        for rule in PAGES
        for number, example in enumerate(getattr(rule, kind))
    ]


def check(rule: RuleFile, example: Example, folder: Path) -> Report:
    path, configuration = prepared(rule, example, folder)
    report = (
        audit(configuration, path, example) if rule.audit else checking.check(Session.under(configuration), [str(path)])
    )
    assert report.failures == ()
    return report


def prepared(rule: RuleFile, example: Example, folder: Path) -> tuple[Path, Configuration]:
    usual = "example.json" if example.file.lstrip().startswith(("{", "[")) else "example.yaml"
    path = folder / (example.path or usual)
    path.write_text(example.file, encoding="utf-8")
    settings_file = folder / "taskfit.yaml"
    settings_file.write_text(json.dumps(dict(example.settings)), encoding="utf-8")
    settings = validation.load(Settings, settings_file)
    configuration = Configuration(settings, folder)
    if rule.opt_in:
        configuration = configuration.with_options({"extend_select": (rule.code,)})
    return path, configuration


def audit(configuration: Configuration, path: Path, example: Example) -> Report:
    repository = path.parent / "repository.json"
    repository.write_text(example.repository, encoding="utf-8")
    return audits.inventory(Session.under(configuration), [File(path.name, path)], [str(repository)]).report


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_a_bad_example_is_reported_where_it_is_bad(rule: RuleFile, example: Example, tmp_path: Path) -> None:
    report = check(rule, example, tmp_path)
    found = sorted({finding.pointer for finding in report.findings if finding.code == rule.code})
    assert found == sorted(example.at or {""}), [finding.message for finding in report.findings]
    others = [f"{f.code} {f.pointer} {f.message}" for f in report.findings if f.code != rule.code]
    errors = [f for f in report.findings if f.code != rule.code and f.severity is Severity.ERROR]
    assert not errors, others


@pytest.mark.parametrize(("rule", "example"), examples("bad"))
def test_the_fixes_of_a_bad_example_make_what_it_says(rule: RuleFile, example: Example, tmp_path: Path) -> None:
    path, configuration = prepared(rule, example, tmp_path)
    alone = configuration.with_options({"select": (rule.code,)})
    ways = {
        finding.fix.applicability
        for finding in checking.check(Session.under(alone), [str(path)]).findings
        if finding.fix
    }
    assert ways <= {rule.fixable}
    if example.fixed:
        (fixed,) = fixed_files(Session.under(alone), [str(path)], unsafe=True)
        assert fixed.after.decode() == example.fixed


@pytest.mark.parametrize("rule", PAGES, ids=lambda rule: rule.code)
def test_a_rule_that_can_be_fixed_shows_how(rule: RuleFile) -> None:
    assert bool(rule.fixable) == any(example.fixed for example in rule.bad)


@pytest.mark.parametrize(("rule", "example"), examples("good"))
def test_a_good_example_is_clean(rule: RuleFile, example: Example, tmp_path: Path) -> None:
    report = check(rule, example, tmp_path)
    unwelcome = [f for f in report.findings if f.code == rule.code or f.severity is Severity.ERROR]
    assert not unwelcome, [f"{f.code} {f.pointer} {f.message}" for f in unwelcome]


@pytest.mark.parametrize("rule", PAGES, ids=lambda rule: rule.code)
def test_the_words_of_a_rule_are_in_order(rule: RuleFile) -> None:
    assert not rule.summary.endswith(".")
    assert all(text.strip().endswith((".", "`", ")", ":")) for text in (rule.what, rule.why, rule.fix))
    assert all(source.url.startswith("https://") for source in rule.sources if source.url)


@pytest.mark.parametrize("path", sorted(data_folder("rules").glob("FIT*/*.yaml")), ids=lambda path: path.stem)
def test_a_built_in_rule_is_what_a_rule_of_ones_own_has_to_be(path: Path) -> None:
    _, (tree,) = validation.parse(path)
    data = tree.plain()
    own = [fault.message for fault in rule_checks.faults(data) if not fault.message.startswith("codes that begin with")]
    if "raised_by" in data or "check" in data:  # by a function of taskfit's own, or by the reader
        own = [
            message for message in own if not message.startswith(("no Python rule", "a rule has", "a rule of your own"))
        ]
    assert own == []


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in PAGES}) == len({rule.name for rule in PAGES}) == len(PAGES)
