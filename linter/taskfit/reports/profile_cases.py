"""The results of a profile's worked cases, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from taskfit.escaping import inert_line
from taskfit.phrases import counted

if TYPE_CHECKING:
    from taskfit.profiles.cases import CaseOutcome


def render(path: str, outcomes: Sequence[CaseOutcome]) -> str:
    """The failed cases, one line each, and their number."""
    return "".join(f"{inert_line(line)}\n" for line in _lines(path, outcomes))


def data(outcomes: Sequence[CaseOutcome]) -> list[dict[str, object]]:
    """The same as plain JSON values."""
    return [
        {"name": each.name, "line": each.line, "differences": [difference._asdict() for difference in each.differences]}
        for each in outcomes
    ]


def _lines(path: str, outcomes: Sequence[CaseOutcome]) -> Iterator[str]:
    failed = [each for each in outcomes if each.differences]
    for each in failed:
        yield f"{path}:{each.line}: {each.name}"
        for difference in each.differences:
            yield f"  - {difference.what}: {difference.expected}"
            yield f"  + {difference.what}: {difference.found}"
    if not outcomes:
        yield f"{path} has no cases; `cases:` lists them"
    else:
        number = counted(len(outcomes), "case")
        yield f"{number}, {len(failed)} failed" if failed else f"{number}, all as expected"
