"""JUnit's XML, which most CI services show as test results."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from taskfit.escaping import inert

if TYPE_CHECKING:
    from taskfit.finding import Finding, Report
    from taskfit.reports import View


def render(report: Report, _view: View) -> str:
    """A suite for each file with a failed test for each finding; one passing test if nothing was found."""
    root = ET.Element("testsuites", name="taskfit")
    for path, findings in groupby(report.findings, key=lambda finding: finding.path):
        suite = ET.SubElement(root, "testsuite", name=inert(path))
        for finding in findings:
            _failed_test(suite, finding)
    run = ET.SubElement(root, "testsuite", name="taskfit") if report.failures or not report.findings else None
    if run is not None:
        # Some services treat a document without tests as an error.
        test = ET.SubElement(run, "testcase", name="taskfit", classname="taskfit")
        for failure in report.failures:
            ET.SubElement(test, "error", message=inert(failure))
    for element in (*root, root):
        element.set("tests", str(len(element.findall(".//testcase"))))
        element.set("failures", str(len(element.findall(".//failure"))))
        element.set("errors", str(len(element.findall(".//error"))))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _failed_test(suite: ET.Element, finding: Finding) -> None:
    span = finding.span
    test = ET.SubElement(
        suite,
        "testcase",
        name=finding.code,
        classname=inert(finding.path),
        line=str(span.line),
        column=str(span.column),
    )
    failure = ET.SubElement(test, "failure", message=inert(finding.message), type=finding.severity.value)
    failure.text = (
        f"{inert(finding.path)}:{span.line}:{span.column}: {inert(f'{finding.message} {finding.help}'.rstrip())}"
    )
