"""Which findings a request takes, which are left, and what is wrong with a request: on findings made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskfit.config.settings import Suppression
from taskfit.engine.suppression import EXPIRED, UNUSED, Entry, Located, Rulebook, by_directives, by_entries
from taskfit.finding import Finding, Related, Report, Severity, Span
from taskfit.policy import bundled
from taskfit.sources.document import Directive

RULES = tuple(bundled.rules())
RULEBOOK = Rulebook(RULES, RULES, {UNUSED: Severity.ERROR})
HERE = Span(1, 1, 1, 2)
TODAY = date(2026, 5, 2)


def found(code: str = "FIT101", line: int = 1, path: str = "deploy/web/task.json", pointer: str = "/cpu") -> Finding:
    return Finding(code, "x", Severity.NOTE, "m", path, Span(line, 1, line, 2), pointer=pointer)


def called_from(finding: Finding, path: str, line: int) -> Finding:
    return replace(finding, related=(Related(HERE, "here"), Related(Span(line, 1, line, 2), "there", path)))


def asks(*selectors: str, lines: tuple[int, ...] = (), definition: int | None = None, file: str = "") -> Directive:
    return Directive(selectors, "why", HERE, lines, definition, file)


FIRST, SECOND, OTHER = found(line=1), found(line=2), found("FIT102", line=2)
IN_MODULE = called_from(found(line=3), "modules/app/main.tf", 7)


@pytest.mark.parametrize(
    ("directives", "suppressed", "complaints"),
    [
        ([asks("FIT101", lines=(1,))], [FIRST], 0),
        ([asks("FIT101", lines=(1, 2))], [FIRST, SECOND], 0),
        ([asks("FIT1", lines=(2,))], [SECOND, OTHER], 0),
        ([asks("FIT101", definition=0)], [FIRST], 0),
        ([asks("FIT101", definition=1)], [SECOND], 0),
        ([asks("FIT101")], [FIRST, SECOND, IN_MODULE], 0),
        ([asks("FIT101"), asks("FIT102")], [FIRST, SECOND, IN_MODULE, OTHER], 0),
        # Nothing is taken twice.
        ([asks("FIT101", lines=(2,)), asks("FIT101")], [SECOND, FIRST, IN_MODULE], 0),
        ([asks("FIT101", definition=1), asks("FIT101", lines=(2, 1))], [SECOND, FIRST], 0),
        ([asks("FIT101", lines=(1,)), asks("FIT101", lines=(1,))], [FIRST], 1),
        # What has no effect is said.
        ([asks("FIT103", lines=(1,))], [], 1),
        ([asks("FIT101", lines=(9,))], [], 1),
        ([asks(lines=(1,))], [], 1),
        ([asks("nonsense", lines=(1,))], [], 1),
        ([asks("nonsense", "FIT101", lines=(1,))], [FIRST], 1),
        ([asks("ALL")], [], 1),
        ([asks(UNUSED)], [], 0),
        # What stands in the file of a module, seen from here; that file says itself whether it has an effect.
        ([asks("FIT101", lines=(7,), file="../../modules/app/main.tf")], [IN_MODULE], 0),
        ([asks("FIT101", lines=(8,), file="../../modules/app/main.tf")], [], 0),
        ([asks("FIT101", lines=(7,), file="../modules/app/main.tf")], [], 0),
        ([asks("FIT101", lines=(8,), file="../../modules/app/main.tf"), asks("FIT103", lines=(1,))], [], 1),
    ],
)
def test_a_directive_takes_what_it_is_meant_for(
    directives: Sequence[Directive], suppressed: Sequence[Finding], complaints: int
) -> None:
    findings = [Located(FIRST, 0, ""), Located(SECOND, 1, ""), Located(OTHER, 1, ""), Located(IN_MODULE, None, "")]
    outcome = by_directives("deploy/web/task.json", findings, directives, RULEBOOK)
    assert [each.finding for each in outcome.suppressed] == suppressed
    assert {(each.kind, each.reason, each.key) for each in outcome.suppressed} <= {("inSource", "why", "in-source")}
    kept = [each.finding for each in findings if each.finding not in suppressed]
    assert list(outcome.kept[: len(kept)]) == kept
    said = outcome.kept[len(kept) :]
    assert [(each.code, each.severity, each.path, each.span) for each in said] == [
        (UNUSED, Severity.ERROR, "deploy/web/task.json", HERE)
    ] * complaints


def entry(rule: str = "FIT101", *, base: Path = Path(), is_covered: bool = True, **places: str) -> Entry:
    return Entry(Suppression(rule=rule, reason="why", **places), base, "taskfit.yaml", HERE, is_covered)


def outcome(*entries: Entry, findings: Sequence[Finding] = (FIRST, SECOND, OTHER)) -> tuple[list[Finding], list[str]]:
    """The findings that entries suppress, and their complaints."""
    report = by_entries(Report(findings=tuple(findings)), entries, RULEBOOK, TODAY)
    suppressed = [each.finding for each in report.suppressed]
    complaints = [each for each in report.findings if each.code in (UNUSED, EXPIRED)]
    assert sorted((*report.findings, *suppressed), key=lambda each: each.sort_key) == sorted(
        (*findings, *complaints), key=lambda each: each.sort_key
    )
    return suppressed, [each.message for each in complaints]


@pytest.mark.parametrize(
    ("path", "is_meant"),
    [
        ("deploy/web/task.json", True),
        ("/deploy/web/task.json", True),
        ("deploy/web", True),
        ("deploy/web/", True),
        ("deploy", True),
        ("task.json", True),
        ("web", True),
        ("*.json", True),
        ("**/web/*.json", True),
        ("web/task.json", False),
        ("deploy/task.json", False),
        ("deploy/we", False),
        ("eploy", False),
        ("task", False),
        ("task.json/", False),
        ("*.yaml", False),
    ],
)
def test_an_entry_names_files_as_git_does(path: str, is_meant: bool) -> None:
    assert outcome(entry(path=path))[0] == ([FIRST, SECOND] if is_meant else [])


def test_an_entry_takes_what_one_of_a_pointer_has_left_of_a_file() -> None:
    memory = found(line=4, pointer="/memory")
    findings = (FIRST, SECOND, memory)
    for pointer, taken, left in (("/cpu", [FIRST, SECOND], [memory]), ("/memory", [memory], [FIRST, SECOND])):
        assert outcome(entry(pointer=pointer), entry(), findings=findings) == ([*taken, *left], [])
        assert outcome(entry(pointer=pointer), entry(path="deploy"), findings=findings) == ([*taken, *left], [])
    assert outcome(entry(), entry(pointer="/cpu"), findings=findings) == (
        [*findings],
        ["This suppression has no effect: another suppression covers all that it names (FIT101 at /cpu of any file)."],
    )


def test_what_two_entries_name_is_taken_by_the_first() -> None:
    assert outcome(entry(), entry("FIT1")) == ([FIRST, SECOND, OTHER], [])
    assert outcome(entry(), entry(path="deploy")) == (
        [FIRST, SECOND],
        ["This suppression has no effect: another suppression covers all that it names (FIT101 in deploy)."],
    )
    assert outcome(entry(path="deploy"), entry(path="deploy/web"))[0] == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (entry("FIT103"), "This suppression has no effect: FIT103 is not found anywhere."),
        (entry(path="src"), "This suppression has no effect: no checked file matches src."),
        (entry("nonsense"), 'This suppression has no effect: no rule is called "nonsense".'),
        (entry("ALL"), 'This suppression has no effect: "ALL" names every rule; name the rules to suppress.'),
        (
            entry(pointer="/memory"),
            f"This suppression has no effect: FIT101 is not found at /memory of any file; it is at /cpu of {FIRST.path}.",
        ),
        (
            entry(path="deploy/web/task.json", pointer="/memory"),
            "This suppression has no effect: FIT101 is not found at /memory of deploy/web/task.json; it is at /cpu.",
        ),
        (
            entry("FIT103", path="deploy", pointer="/memory"),
            "This suppression has no effect: FIT103 is not found at /memory of deploy.",
        ),
        (
            entry(expires="2026-05-01"),
            "This suppression has expired: FIT101 was suppressed until 2026-05-01, and is still found.",
        ),
    ],
)
def test_what_is_wrong_with_an_entry(made: Entry, words: str) -> None:
    assert outcome(made) == ([], [words])


def test_a_checked_file_without_findings_is_matched() -> None:
    report = by_entries(Report(), [entry(path="clean.json")], RULEBOOK, TODAY, files=["clean.json"])
    [complaint] = report.findings
    assert complaint.message == "This suppression has no effect: FIT101 is not found in clean.json."
    assert "comment" not in complaint.help
    [complaint] = by_entries(Report(), [entry(path="clean.jsn")], RULEBOOK, TODAY, files=["clean.json"]).findings
    assert complaint.message == "This suppression has no effect: no checked file matches clean.jsn."


def test_only_the_help_of_a_comment_says_which_line_it_applies_to() -> None:
    for directive, is_comment in ((asks("FIT103", lines=(1,)), True), (asks("FIT103"), False)):
        *_, complaint = by_directives("task.json", [], [directive], RULEBOOK).kept
        assert ("comment applies to its own line" in complaint.help) == is_comment


def test_an_entry_holds_to_the_end_of_its_last_day() -> None:
    assert outcome(entry(expires="2026-05-02")) == ([FIRST, SECOND], [])
    assert outcome(entry(expires="2026-05-03")) == ([FIRST, SECOND], [])


def test_of_what_was_not_looked_at_no_entry_is_called_unused() -> None:
    unknown = found("FIT004", path="deploy/web/other.json")
    assert outcome(entry("FIT103", is_covered=False)) == ([], [])
    assert outcome(entry("FIT103"), findings=(FIRST, unknown)) == ([], [])
    assert outcome(entry("FIT103", path="deploy/web/task.json"), findings=(FIRST, unknown))[1] != []
    running = tuple(rule for rule in RULES if rule.code not in ("FIT103", "FIT004"))
    for rulebook in (
        Rulebook(running, RULES, {}),
        Rulebook(tuple(rule for rule in RULES if rule.code != "FIT103"), RULES, {}),
        Rulebook(tuple(rule for rule in RULES if rule.code != "FIT004"), RULES, {}),
        Rulebook(tuple(rule for rule in RULES if rule.code != UNUSED), RULES, {}),
    ):
        assert by_entries(Report(), [entry("FIT103")], rulebook, TODAY).findings == ()


ENTRIES = st.builds(
    entry,
    st.sampled_from(("FIT1", "FIT101", "FIT102", "FIT103", "ALL", "nonsense")),
    is_covered=st.booleans(),
    path=st.sampled_from(("deploy", "*.json", "web/*", "task.json", "/x")),
    pointer=st.sampled_from(("/cpu", "/memory")),
    expires=st.sampled_from(("2026-05-01", "2026-05-02")),
)


@given(st.lists(ENTRIES, max_size=6), st.lists(st.sampled_from((FIRST, SECOND, OTHER, IN_MODULE)), max_size=8))
def test_no_entry_loses_a_finding(entries: list[Entry], findings: list[Finding]) -> None:
    outcome(*entries, findings=findings)
