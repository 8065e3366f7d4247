"""The formats for CI services: what each of them requires, the same findings in all, and nothing forged by a file."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from parsing import PARSERS, SARIF, page, table

from taskfit import reports
from taskfit.escaping import inert
from taskfit.finding import Edit, Finding, Fix, Related, Report, Severity, Span, Suppressed
from taskfit.policy import registry
from taskfit.reports import sarif as sarif_format
from taskfit.reports.fingerprint import keys, line_hashes

SOURCE = "".join(f'"memory": "{number}"\n' for number in range(20))

FINDING = Finding(
    code="FIT202",
    name="under-provisioned-memory",
    severity=Severity.ERROR,
    message="10 agents need 5632 MiB; the task has 2048 MiB.",
    path="deploy/worker.json",
    span=Span(6, 13, 6, 19),
    definition="worker",
    pointer="/memory",
    anchor="/memory",
    help="Set memory to 6144 MiB.",
    related=(Related(Span(9, 20, 9, 24), "MAX_AGENTS is 10"),),
    data={"have": 2048, "need": 5632, "recommended": {"cpu": 2048, "memory": 6144}, "monthly_usd": 12.3},
    fix=Fix("unsafe", (Edit(Span(6, 13, 6, 19), '"6144"'),)),
)


def render(name: str, *findings: Finding, quiet: bool = True, **report: Any) -> str:
    full = Report(findings=findings, **{"files": 1, "definitions": 1, **report})
    return reports.render(name, full, reports.View(sources=lambda _path: SOURCE, pages=registry.pages_of, quiet=quiet))


def sarif(*findings: Finding, **report: Any) -> dict[str, Any]:
    log = json.loads(render("sarif", *findings, **report))
    SARIF.validate(log)
    (run,) = log["runs"]
    assert isinstance(run, dict)
    return run


# The vectors of github/codeql-action, src/fingerprints.test.ts.
LOREM = ["a7f2ff13bc495cf2:1", "a7f2ff13bc495cf2:2", "a7f2ff13bc495cf2:3", "a7f2ff13bc495cf2:4", "a7f2ff13bc495cf2:5"]
LOREM += ["a7f2ff13bc495cf2:6", "a7f2ff1481e87703:1", "a9cf91f7bbf1862b:1", "55ec222b86bcae53:1", "cc97dc7b1d7d8f7b:1"]
GREETINGS = ["e9496ae3ebfced30:1", "fb7c023a8b9ccb3f:1", "ce8ba1a563dcdaca:1", "e20e36e16fcb0cc8:1"]
GREETINGS += ["b3edc88f2938467e:1", "c8e28b0b4002a3a0:1", "c129715d7a2bc9a3:1"]
VECTORS = [
    ("", ["c129715d7a2bc9a3:1"]),
    (" a\nb\n  \t\tc\n d", ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]),
    (
        " hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End",
        [
            *("8b7cf3e952e7aeb2:1", "b1ae1287ec4718d9:1", "bff680108adb0fcc:1", "c6805c5e1288b612:1"),
            *("b86d3392aea1be30:1", "e6ceba753e1a442:1"),
        ],
    ),
    (" hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n", GREETINGS),
    (" hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r", GREETINGS),
    (" hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n", GREETINGS),
    (" hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n", GREETINGS),
    ("Lorem ipsum dolor sit amet.\n" * 10, [*LOREM, "c129715d7a2bc9a3:1"]),
]


@pytest.mark.parametrize(("text", "hashes"), VECTORS)
def test_lines_are_hashed_as_github_does(text: str, hashes: list[str]) -> None:
    assert line_hashes(text) == hashes


@given(st.text(), st.text(alphabet="x \n", min_size=100))
def test_the_hash_of_a_line_does_not_depend_on_what_stands_above(above: str, below: str) -> None:
    line = "\n" + "unlike any other" * 10 + "\n"
    assert line_hashes(above + line + below)[-below.count("\n") - 2] == line_hashes(line + below)[1]


def test_a_byte_order_mark_counts_as_github_counts_it() -> None:
    assert line_hashes("\ufeffa") != line_hashes("a")


def test_sarif_has_what_code_scanning_reads() -> None:
    run = sarif(FINDING)
    (rule,), (result,) = run["tool"]["driver"]["rules"], run["results"]
    (page,) = registry.rule_pages("FIT202")
    assert (rule["id"], rule["name"]) == ("FIT202", "under-provisioned-memory")
    assert rule["help"]["markdown"].startswith("# FIT202")
    assert rule["helpUri"] in [source.url for source in page.sources]
    assert rule["defaultConfiguration"] == {"level": "error"}
    assert rule["properties"]["problem.severity"] == "error"
    assert "security-severity" not in rule["properties"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("FIT202", 0, "error")
    assert result["message"]["text"] == f"{FINDING.message} {FINDING.help}"
    assert result["partialFingerprints"]["primaryLocationLineHash"] == line_hashes(SOURCE)[5]
    assert result["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 6,
        "startColumn": 13,
        "endLine": 6,
        "endColumn": 19,
    }
    assert result["relatedLocations"][0]["message"] == {"text": "MAX_AGENTS is 10"}
    (change,) = result["fixes"][0]["artifactChanges"]
    assert change["replacements"][0]["insertedContent"] == {"text": '"6144"'}


@pytest.mark.parametrize(
    ("path", "uri"), [(os.fsdecode(b"\xff.json"), "%FF.json"), ("\ud800.json", "%ED%A0%80.json"), ("é", "%C3%A9")]
)
def test_sarif_has_the_bytes_of_a_name_that_is_no_text(path: str, uri: str) -> None:
    (result,) = sarif(replace(FINDING, path=path))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_sarif_marks_what_is_suppressed() -> None:
    suppressed = (Suppressed(replace(FINDING, code="FIT203"), "inSource", "known"), Suppressed(FINDING, "external"))
    results = sarif(FINDING, suppressed=suppressed)["results"]
    assert [result.get("suppressions") for result in results] == [
        None,
        [{"kind": "inSource", "justification": "known"}],
        [{"kind": "external"}],
    ]


def test_sarif_reports_a_run_that_failed() -> None:
    (invocation,) = sarif(failures=("rule FIT101 crashed",))["invocations"]
    assert invocation["executionSuccessful"] is False
    assert invocation["toolExecutionNotifications"][0]["message"] == {"text": "rule FIT101 crashed"}


def test_sarif_keeps_to_githubs_limit_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert sarif_format.MOST_RESULTS == 25_000
    monkeypatch.setattr(sarif_format, "MOST_RESULTS", 3)
    run = sarif(*[replace(FINDING, severity=Severity.NOTE)] * 4, FINDING, suppressed=(Suppressed(FINDING, "external"),))
    assert [result["level"] for result in run["results"]] == ["error", "note", "note"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert notification["message"]["text"] == "3 findings left out: GitHub takes 3 in one run."


def test_a_place_of_several_lines_is_its_first_for_code_scanning() -> None:
    (result,) = sarif(replace(FINDING, span=Span(3, 5, 8, 2)))["results"]
    assert result["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 5}


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü#1?.json", "a%20b/%C3%BC%231%3F.json"),
        ("c:d.json", "c%3Ad.json"),
        ("/srv/x.json", "file:///srv/x.json"),
        ("100%0A.json", "100%250A.json"),
    ],
)
def test_paths_are_uris(path: str, uri: str) -> None:
    (result,) = sarif(replace(FINDING, path=path))["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"] == {"uri": uri}


def test_annotations() -> None:
    note = replace(
        FINDING, severity=Severity.NOTE, code="FIT205", message="100% of\nit", span=Span(1, 1, 4, 2), help=""
    )
    assert render("github", note, FINDING, quiet=False) == (
        "::error file=deploy/worker.json,line=6,endLine=6,col=13,endColumn=19,title=FIT202 under-provisioned-memory::"
        "deploy/worker.json:6:13: 10 agents need 5632 MiB; the task has 2048 MiB.%0ASet memory to 6144 MiB.\n"
        "::notice file=deploy/worker.json,line=1,endLine=4,title=FIT205 under-provisioned-memory::"
        "deploy/worker.json:1:1: 100%25 of\\nit\n"
        "1 error, 1 note. Checked 1 task definition in 1 file.\n"
    )


@pytest.mark.parametrize(
    ("errors", "notes", "words"),
    [
        (10, 10, None),
        (11, 0, "1 of 11 (1 error)"),
        (23, 9, "13 of 32 (13 errors)"),
        (23, 10, "14 of 33 (13 errors, 1 note)"),
        (0, 12, "3 of 12 (3 notes)"),
    ],
)
def test_annotations_that_github_drops_are_counted_where_it_does_not(
    errors: int, notes: int, words: str | None
) -> None:
    note = replace(FINDING, severity=Severity.NOTE)
    lines = render("github", *[note] * notes, *[FINDING] * errors).splitlines()
    shown = [line for kind in ("error", "notice") for line in [x for x in lines if x.startswith(f"::{kind} ")][:10]]
    counts = [line for line in shown if "annotations of a level" in line]
    assert len(counts) == (words is not None)
    assert all(words in line for line in counts if words)
    if words:
        assert len(lines) - len(shown) == int(words.split()[0])


def test_a_failed_run_is_an_annotation_too() -> None:
    assert render("github", failures=("x.json: no such file",)) == "::error title=taskfit::x.json: no such file\n"


def test_code_quality_has_the_required_fields() -> None:
    (entry,) = json.loads(render("gitlab", FINDING))
    assert entry.pop("fingerprint")
    assert entry == {
        "description": "FIT202: 10 agents need 5632 MiB; the task has 2048 MiB. Set memory to 6144 MiB.",
        "check_name": "FIT202",
        "severity": "critical",
        "location": {"path": "deploy/worker.json", "lines": {"begin": 6}},
    }


def test_keys_survive_moved_lines_and_changed_numbers_and_differ_else() -> None:
    def key(finding: Finding) -> str:
        return keys([finding], str)[0]

    moved = replace(FINDING, span=Span(90, 1, 90, 5), message="11 agents need 6144 MiB.", pointer="/x", data=None)
    assert key(moved) == key(FINDING)
    changes: list[dict[str, Any]] = [
        {"path": "b.json"},
        {"code": "X1"},
        {"definition": "other"},
        {"anchor": "/cpu"},
        {"subject": "otel"},
    ]
    for change in changes:
        assert key(replace(FINDING, **change)) != key(FINDING)
    assert len(set(keys([FINDING] * 3, str))) == 3


def test_junit_has_a_suite_for_each_file() -> None:
    root = ET.fromstring(render("junit", replace(FINDING, path="a.json"), replace(FINDING, path="a.json"), FINDING))
    assert [(suite.get("name"), suite.get("tests"), suite.get("failures")) for suite in root] == [
        ("a.json", "2", "2"),
        ("deploy/worker.json", "1", "1"),
    ]
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "3", "0")
    (case,) = root[1]
    assert case.attrib == {"name": "FIT202", "classname": "deploy/worker.json", "line": "6", "column": "13"}
    assert case[0].attrib == {"message": FINDING.message, "type": "error"}


def test_junit_of_a_clean_run_passes_and_of_a_failed_one_does_not() -> None:
    assert [case.find("*") for case in ET.fromstring(render("junit")).iter("testcase")] == [None]
    failed = ET.fromstring(render("junit", failures=("x",)))
    assert (failed.get("errors"), failed.findall(".//error")[0].get("message")) == ("1", "x")


def test_markdown_is_a_table_of_sizes_and_costs() -> None:
    same_task = replace(FINDING, code="FIT201", pointer="/cpu", severity=Severity.WARNING)
    rows = table(render("markdown", same_task, FINDING))
    assert rows[0] == ["", "where", "definition", "rule", "declared", "needed", "recommended", "a month"]
    assert rows[1] == [
        *("error", "deploy/worker.json:6", "worker", "FIT202 under-provisioned-memory", "2048 MiB", "5632 MiB"),
        *("2048 CPU units, 6144 MiB", "+$12.30"),
    ]
    # Both findings speak of one change of one task.
    assert "costs **$12.30 more** a month" in render("markdown", same_task, FINDING)
    other = replace(FINDING, definition="other", data={"monthly_usd": -20.5})
    assert "costs **$8.20 less** a month" in render("markdown", same_task, FINDING, other)


def test_markdown_keeps_code_as_code() -> None:
    assert "**FIT202** Set `cpu` to &#36;&#123;X&#125; Or not." in render(
        "markdown", replace(FINDING, message="Set `cpu` to ${X}", help="Or not.")
    )


def test_markdown_says_that_nothing_was_found() -> None:
    assert render("markdown", files=3, definitions=2) == (
        "### taskfit\n\nAll checks passed. Checked 2 task definitions in 3 files.\n"
    )


def test_markdown_stays_below_githubs_limit() -> None:
    notes = [replace(FINDING, severity=Severity.NOTE, message="ü" * 500, span=Span(n, 1, n, 2)) for n in range(1, 500)]
    text = render("markdown", *notes, FINDING)
    assert 50_000 < len(text.encode("utf-8")) < 65_536
    rows = table(text)[1:]
    assert rows[0][0] == "error"
    assert f"{500 - len(rows)} more findings left out" in text


def test_a_long_name_leaves_markdown_room_for_the_other_findings() -> None:
    rows = table(render("markdown", replace(FINDING, definition="x" * 70_000), FINDING))
    assert len(rows) == 3
    assert rows[1][2].count("x") == 255


@pytest.mark.parametrize("name", ["text", "concise"])
@pytest.mark.parametrize(
    ("safe", "unsafe", "words"),
    [
        (2, 1, "[*] 2 fixable with `--fix`, 1 more with `--unsafe-fixes`.\n"),
        (1, 0, "[*] 1 fixable with `--fix`.\n"),
        (0, 2, "2 fixable with `--fix --unsafe-fixes`.\n"),
        (0, 0, ""),
    ],
)
def test_what_can_be_fixed_is_marked_and_counted(name: str, safe: int, unsafe: int, words: str) -> None:
    fixes = [*[Fix("safe", ())] * safe, *[Fix("unsafe", ())] * unsafe, None]
    text = render(name, *(replace(FINDING, fix=fix) for fix in fixes), quiet=False)
    assert text.count("error[FIT202] [*]") == safe
    assert text.count("[*]") == safe + bool(safe)
    assert re.findall(r".*fixable.*\n", text) == ([words] if words else [])


@pytest.mark.parametrize("name", ["text", "concise", "github", "markdown"])
def test_the_summary_counts_what_is_suppressed(name: str) -> None:
    suppressed = (Suppressed(FINDING, "inSource"),) * 3
    assert "1 error (3 suppressed). Checked" in render(name, FINDING, suppressed=suppressed, quiet=False)
    assert "All checks passed (3 suppressed)." in render(name, suppressed=suppressed, quiet=False)


# The same findings in every format, parsed back from each.

PATHS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters=":/"), min_size=1).filter(
    lambda path: path == path.strip() and inert(path) == inert(path).strip()
)
FINDINGS = st.lists(
    st.builds(
        lambda code, path, line, words, severity: replace(
            FINDING, code=code, path=path, span=Span(line, 1, line, 5), message=words, help=words, severity=severity
        ),
        st.from_regex(r"[A-Z]{3}[0-9]{3}", fullmatch=True),
        PATHS,
        st.integers(1, 30),
        st.text(st.characters()),
        st.sampled_from(Severity),
    ),
    max_size=8,
)


@given(FINDINGS)
def test_every_format_has_the_same_findings(findings: list[Finding]) -> None:
    report = Report(findings=tuple(sorted(findings, key=lambda finding: finding.sort_key)), files=1, definitions=1)
    for name in reports.FORMATS:
        parse, spelt = PARSERS[name]
        text = reports.render(name, report, reports.View(sources=lambda _path: SOURCE))
        assert parse(text) == {(each.code, spelt(each.path), each.span.line) for each in findings}, name


HOSTILE = [
    "\n::error file=x.json,line=1::forged",
    "\r\n##[error]forged",
    "x ##[add-mask]a ##vso[task.setvariable variable=x]y",
    "%0A::error::forged",
    "\x1b[2J\x1b]8;;https://evil.example\x07click",
    "</script><script>alert(1)</script><!--",
    "<img src=x onerror=alert(1)> <b>x</b> &lt;i&gt;",
    "| forged | cell \\| \\",
    "`code` ``` ~~~ **bold** _it_ ~~gone~~ $x$ # head",
    "`a``@octocat`` `https://evil.example`b`` ` #1 `",
    "[click](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>",
    "https://evil.example www.evil.example a@evil.example http:evil",
    "@octocat @org/team #1 org/repo#1 GH-1 (gh-2) :rocket: @@##",
    "\u202egnp.exe\u2066 \u200b\u2028",
    "]]> &#x0; \x00 \ufffe \ud800",
]

SAFE_TAGS = {"h3", "p", "table", "thead", "tbody", "tr", "th", "td", "code", "details", "summary", "ul", "li", "strong"}


def output(name: str, words: str) -> str:
    """A report that holds these words wherever a file's or a team's own text may stand."""
    texts: dict[str, Any] = dict.fromkeys(
        ("name", "message", "path", "definition", "container", "help", "label"), words
    )
    finding = replace(
        FINDING,
        **texts,
        anchor=words,
        related=(Related(Span(7, 1, 7, 3), words),),
        data={"have": words, "need": [words], "recommended": words, "monthly_usd": 1.5},
    )
    suppressed = (Suppressed(finding, "inSource", words),)
    return render(name, finding, failures=(words,), remarks=(words,), suppressed=suppressed, quiet=False)


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize("name", reports.FORMATS)
def test_nothing_in_a_file_forges_output(name: str, hostile: str) -> None:
    text, expected = output(name, hostile), output(name, "harmless")
    assert text.count("\n") == expected.count("\n")
    assert text.replace("\n", "").isprintable()
    assert "##[" not in text
    assert "##vso[" not in text
    commands = [line for line in text.splitlines() if line.lstrip().startswith("::")]
    assert len(commands) == (2 if name == "github" else 0)
    assert all(line.count("%0A") == number for number, line in enumerate(commands)), "one line break, before the help"
    if name in ("json", "sarif", "gitlab", "junit"):
        assert "</script>" not in text
        assert "<!--" not in text
        # Nothing was lost or added.
        assert shape(name, text) == shape(name, expected)
    if name == "gitlab":
        assert "](" not in json.loads(text)[0]["description"]
    if name == "sarif":
        assert "](" not in json.dumps(json.loads(text)["runs"][0]["results"])


MARKUP = [*"`@#:/w.|\\*_[](){}<>&!~$-+ \nab1;", "https://", "www.", "``", "<b>", "&#64;", "](", "@x", ":a:", "GH-1"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_name_is_markdown(hostile: str) -> None:
    check_markdown(hostile)


@given(st.lists(st.sampled_from(MARKUP), min_size=1, max_size=14).map("".join))
def test_no_mix_of_markup_is_markdown(words: str) -> None:
    check_markdown(words)


def check_markdown(words: str) -> None:
    shown = page(output("markdown", words))
    assert shown.tags <= SAFE_TAGS
    assert [len(row) for row in shown.rows] == [8, 8]
    assert not re.search(r"@\w|#\w|(?<![a-z0-9])GH-\d|://|www\.|:\w+:", shown.prose, re.IGNORECASE)


def shape(name: str, text: str) -> Any:
    """The keys of a JSON document, or the elements of an XML one."""
    if name == "junit":
        return [(element.tag, element.keys()) for element in ET.fromstring(text).iter()]

    def keys_of(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: keys_of(item) for key, item in value.items()}
        return [keys_of(item) for item in value] if isinstance(value, list) else None

    return keys_of(json.loads(text))
