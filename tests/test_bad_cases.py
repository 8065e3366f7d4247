"""The mistakes that people make: each is reported in every format, and nothing else is; what only looks like one is not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from bad_cases import BAD, VALID, app, task
from hypothesis import given, settings
from hypothesis import strategies as st
from spellings import as_cloudformation, as_json, as_terraform

from taskfit.config.settings import Configuration
from taskfit.definition import Unknown, escape
from taskfit.engine import engine
from taskfit.finding import Finding, Severity
from taskfit.preparation import prepare
from taskfit.sources.files import File

Spelling = Callable[[Mapping[str, Any]], str]

RUN = prepare(Configuration())
CASES = {name: data for name, (data, _) in BAD.items()} | VALID
OTHER_SPELLINGS = [as_cloudformation, as_terraform]

FIRELENS = {"logDriver": "awsfirelens"}
ROUTER: dict[str, Any] = {"image": "fluent/fluent-bit:4", "firelensConfiguration": {"type": "fluentbit"}}


def findings(text: str) -> tuple[Finding, ...]:
    report = engine.check([File("definition", data=text.encode())], RUN, jobs=1)
    assert report.failures == ()
    assert report.definitions == 1
    return report.findings


def found(text: str) -> list[tuple[str, str, Severity]]:
    # FIT108 is about Terraform alone: it plans a change each time for a size in words.
    return sorted((f.code, f.pointer, f.severity) for f in findings(text) if f.code != "FIT108")


def codes(text: str) -> Counter[str]:
    return Counter(code for code, _, _ in found(text))


@pytest.mark.parametrize("name", BAD)
def test_a_mistake_is_reported_with_what_to_do(name: str) -> None:
    data, code = BAD[name]
    reported = findings(as_json(data))
    assert code in {finding.code for finding in reported}
    assert {f.code for f in reported if f.severity is Severity.ERROR} <= {code}, reported
    assert all(finding.message and finding.help for finding in reported if finding.code == code)


@pytest.mark.parametrize(
    ("data", "severity"),
    [
        (task(app(memory=5)), Severity.WARNING),  # AWS has been seen to answer with a memory of 1
        (task(app(logConfiguration=FIRELENS), app("r1", **ROUTER), app("r2", **ROUTER)), Severity.WARNING),
        (task(app(environment=[{"name": "LONG", "value": "x" * 64_000}])), Severity.WARNING),
    ],
)
def test_what_nobody_has_seen_rejected_is_no_error(data: dict[str, Any], severity: Severity) -> None:
    (finding,) = findings(as_json(data))
    assert (finding.severity, bool(finding.help)) == (severity, True)


def test_what_tools_write_for_a_mode_that_is_not_set_is_clean() -> None:
    assert findings(as_json(task(pidMode="", ipcMode=""))) == ()


@pytest.mark.parametrize("name", VALID)
def test_what_aws_takes_is_clean(name: str) -> None:
    assert findings(as_json(VALID[name])) == ()


@pytest.mark.parametrize("spelling", OTHER_SPELLINGS)
@pytest.mark.parametrize("name", CASES)
def test_every_spelling_has_the_same_findings(name: str, spelling: Spelling) -> None:
    assert found(spelling(CASES[name])) == [
        # CloudFormation deploys nothing of a template with a misspelt field.
        (code, pointer, Severity.ERROR if code == "FIT003" and spelling is as_cloudformation else severity)
        for code, pointer, severity in found(as_json(CASES[name]))
    ]


def places(value: Any, pointer: str = "") -> Iterator[str]:
    """The pointers of all values below a value."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in pairs:
        below = f"{pointer}/{escape(str(key))}"
        yield below
        yield from places(item, below)


def hidden(value: Any, pointers: frozenset[str], pointer: str = "") -> Any:
    """The value with what stands at some pointers replaced by something unresolvable."""
    if pointer in pointers:
        return Unknown("${NOBODY_KNOWS}")
    if isinstance(value, dict):
        return {key: hidden(item, pointers, f"{pointer}/{escape(key)}") for key, item in value.items()}
    if isinstance(value, list):
        return [hidden(item, pointers, f"{pointer}/{index}") for index, item in enumerate(value)]
    return value


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(sorted(CASES)), st.sampled_from([as_json, *OTHER_SPELLINGS]), st.data())
def test_an_unresolvable_value_adds_no_finding(name: str, spelling: Spelling, data: st.DataObject) -> None:
    definition = CASES[name]
    pointers = data.draw(st.frozensets(st.sampled_from(sorted(places(definition))), min_size=1, max_size=4))
    before, after = codes(spelling(definition)), codes(spelling(hidden(definition, pointers)))
    assert set(after - before) <= {"FIT004"}
