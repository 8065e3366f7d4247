"""An audit of any size as one document: the texts of each part are kept compressed, and sorted at the end."""

from __future__ import annotations

import json
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import replace
from heapq import merge
from itertools import count
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from taskfit.auditing.audit import merged
from taskfit.auditing.inventory import key_of, totals_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from taskfit.auditing.inventory import Inventory, Service, Totals
    from taskfit.finding import Finding, Severity

TEXTS_IN_BLOCK = 64
"""So many are unpacked at a time of each part: texts of one part hardly mix with those of others."""

Entry = list[Any]
"""The key of a row, its text, and what it costs as declared and as recommended if it is a service."""


class Document(ABC):
    """Combines the parts of an audit, in order, into one document.

    It is the same as if the audit were one part, but only what texts can't say of the parts is remembered as it is.
    """

    def __init__(self) -> None:
        self._parts: list[Inventory] = []
        self._rows: list[list[bytes]] = []
        self._findings: list[list[bytes]] = []
        self._numbers = count()
        self._counts: Counter[Severity] = Counter()
        self._unpriced: set[str] = set()
        self._totals: Totals | None = None

    @abstractmethod
    def row(self, service: Service, numbers: dict[Finding, int]) -> str:
        """The text of a service; `numbers` are the positions of its findings in the list of all."""

    @abstractmethod
    def finding(self, finding: Finding) -> str:
        """The text of a finding; empty in a document without a list of them."""

    @abstractmethod
    def chunks(self) -> Iterator[str]:
        """The whole document in pieces."""

    def add(self, part: Inventory) -> None:
        """Add a part."""
        findings = part.report.findings
        numbers = {finding: number for number, finding in enumerate(findings, self._counts.total())}
        self._counts.update(finding.severity for finding in findings)
        if texts := [text for finding in findings if (text := self.finding(finding))]:
            self._findings.append(_packed(texts))
        if part.services:
            self._rows.append(_packed(sorted(self._entries(part.services, numbers), key=itemgetter(0))))
        self._unpriced.update(part.unpriced_regions)
        self._parts.append(replace(part, services=(), report=replace(part.report, findings=())))

    def _entries(self, services: Iterable[Service], numbers: dict[Finding, int]) -> Iterator[Entry]:
        for service in services:
            cost = [service.monthly_usd, service.recommended_monthly_usd] if service.cluster else None
            yield [key_of(service, next(self._numbers)), self.row(service, numbers), cost]

    def whole(self) -> Inventory:
        """The audit without its rows and findings."""
        return merged(self._parts)

    @property
    def unpriced_regions(self) -> tuple[str, ...]:
        """The regions of services that run on Fargate at an unknown cost."""
        return tuple(sorted(self._unpriced))

    def counts(self) -> dict[str, int]:
        """The number of findings of each severity that occurs."""
        return {severity.value: number for severity, number in self._counts.items()}

    def totals(self) -> Totals:
        """The totals of the services."""
        return totals_of(cost for _, _, cost in self._distinct() if cost)

    def rows(self) -> Iterator[str]:
        """The texts of the services in order."""
        return (text for _, text, _ in self._distinct())

    def findings(self) -> Iterator[str]:
        """The texts of the findings in order."""
        return (text for blocks in self._findings for text in _unpacked(blocks))

    def _distinct(self) -> Iterator[Entry]:
        """The rows in order; the last one wins if a row occurs twice."""
        last: Entry | None = None
        for entry in merge(*map(_unpacked, self._rows), key=itemgetter(0)):
            if last is not None and last[0] != entry[0]:
                yield last
            last = entry
        if last is not None:
            yield last


def _packed(texts: list[Any]) -> list[bytes]:
    blocks = (texts[start : start + TEXTS_IN_BLOCK] for start in range(0, len(texts), TEXTS_IN_BLOCK))
    return [zlib.compress(json.dumps(block).encode(), 1) for block in blocks]


def _unpacked(blocks: Iterable[bytes]) -> Iterator[Any]:
    for block in blocks:
        yield from json.loads(zlib.decompress(block))
