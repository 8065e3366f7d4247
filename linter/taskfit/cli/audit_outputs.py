"""The outputs of `taskfit audit`: tables and documents are written part by part, other formats at the end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from typing import TYPE_CHECKING

import click

from taskfit.cli import output
from taskfit.escaping import inert
from taskfit.reports import FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from taskfit.auditing.inventory import Inventory
    from taskfit.finding import Finding, Report, Severity
    from taskfit.reports import Pages
    from taskfit.reports.audit.parts import Document
    from taskfit.reports.audit.tables import Tables
    from taskfit.sources.files import File

TABLES = ("parquet", "ndjson")
"""Folders of tables."""
OWN_FORMATS = ("text", "json", "csv", "html")
ALL_FORMATS = (*OWN_FORMATS, *TABLES, *(name for name in FORMATS if name not in OWN_FORMATS))


class AuditOutputs:
    """Receives the parts of an audit, and keeps only what its formats need."""

    def __init__(
        self, outputs: Iterable[output.Output], least: Severity, pages: Pages, *, color: bool, quiet: bool
    ) -> None:
        """Raises `ValueError` for a folder of tables that can't be written, and where a library is missing."""
        self._least, self._pages, self._color, self._quiet = least, pages, color, quiet
        self._tables: list[Tables] = []
        self._documents: dict[Path, Document] = {}
        self._others: list[output.Output] = []
        self._parts: list[Inventory] = []
        self._hidden = 0
        self._worst: dict[Severity, Finding] = {}
        self._failures: list[str] = []
        self._remarks: list[str] = []
        for each in outputs:
            if each.format in TABLES:
                self._tables.append(_tables(each))
            elif each.format == "json":
                from taskfit.reports.audit.json import JsonDocument

                self._documents[each.path] = JsonDocument()
            elif each.format == "csv":
                from taskfit.reports.audit.csv import CsvDocument

                self._documents[each.path] = CsvDocument()
            else:
                self._others.append(each)

    def add(self, part: Inventory) -> None:
        """Add a part. Tables are written immediately."""
        report = part.report
        self._worst |= {finding.severity: finding for finding in report.findings}
        self._failures += report.failures
        self._remarks += report.remarks
        shown = part.with_report(replace(report.at_least(self._least), remarks=report.remarks))
        self._hidden += len(report.findings) - len(shown.report.findings)
        for table in self._tables:
            try:
                table.write(shown)
            except OSError as error:
                raise click.UsageError(f"can't write {error.filename}: {error.strerror}") from None
        for document in self._documents.values():
            document.add(shown)
        if self._others:
            self._parts.append(shown)

    def texts(self, files: Sequence[File]) -> dict[Path, str | Iterator[str]]:
        """The texts of all formats except tables; `files` are the responses, from which some formats show lines."""
        found: dict[Path, str | Iterator[str]] = {path: each.chunks() for path, each in self._documents.items()}
        if self._others:
            from taskfit.auditing.audit import merged

            whole = merged(self._parts)
            whole = replace(whole, report=replace(whole.report, remarks=tuple(self._all_remarks())))
            show = _Show(whole, {file.name: file for file in files}, self._pages, quiet=self._quiet)
            found |= {each.path: show(each, color=self._color) for each in self._others}
        return found

    def verdict(self, unsaved: Iterable[str]) -> tuple[Report, list[str]]:
        """What determines the exit status: one finding of each severity and the failures; and the remarks to print."""
        from taskfit.finding import Report

        failures = dict.fromkeys((*self._failures, *unsaved))
        return Report(findings=tuple(self._worst.values()), failures=tuple(failures)), self._all_remarks()

    def _all_remarks(self) -> list[str]:
        from taskfit.finding import not_shown

        return [*self._remarks, *([not_shown(self._hidden, self._least)] if self._hidden else [])]


def _tables(each: output.Output) -> Tables:
    """The folder of an output.

    Raises `ValueError` if it can't be written.
    """
    from taskfit.reports.audit.tables import Tables

    if each.path == output.STDOUT:
        raise click.UsageError(f"{each.format} is a folder of tables; name it with --output-file")
    return Tables(str(each.path), "parquet" if each.format == "parquet" else "ndjson")


class _Show:
    """Renders a whole inventory."""

    def __init__(self, inventory: Inventory, files: Mapping[str, File], pages: Pages, *, quiet: bool) -> None:
        self._inventory, self._files, self._pages, self._quiet = inventory, files, pages, quiet

    def __call__(self, each: output.Output, *, color: bool) -> str:
        """The inventory in a format. A text file begins with the failures, which a terminal shows anyway."""
        name, is_file = each.format or "text", each.path != output.STDOUT
        color = color and not is_file
        failures = self._inventory.report.failures if is_file and name in ("text", "concise") else ()
        errors = "".join(f"error: {inert(failure)}\n" for failure in failures)
        if name == "text":
            from taskfit.reports.audit import text as inventory_text

            findings = self._findings("concise", color=color)
            return errors + inventory_text.render(self._inventory, findings, color=color)
        if name in OWN_FORMATS:
            text: str = import_module(f"taskfit.reports.audit.{name}").render(self._inventory)
            return text
        return errors + self._findings(name, color=color)

    def _findings(self, name: str, *, color: bool) -> str:
        from taskfit import reports

        view = reports.View(self._text_of, self._pages, color=color, quiet=self._quiet)
        return reports.render(name, self._inventory.report, view)

    def _text_of(self, path: str) -> str | None:
        file = self._files.get(path)
        return file and file.text()
