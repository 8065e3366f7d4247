"""The report for programs, as `schemas/report.schema.json` describes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from taskfit.escaping import RUNNER_COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterable

    from taskfit.finding import Report
    from taskfit.reports import View


def render(report: Report, _view: View) -> str:
    """The report as a JSON document."""
    return dump(report.as_dict())


def dump(document: Any) -> str:
    """A JSON document in ASCII, so that it survives every encoding of standard output.

    Nothing in it is a command for the log of a CI service (`##[error]`), or ends the script of a page that it stands in
    (`</script>`).
    """
    return _dumped(document) + "\n"


def stream(members: Iterable[tuple[str, Any]]) -> Iterator[str]:
    """The document of `dump` for an object, in pieces; an iterator among its values yields the items of a list."""
    before = "{\n  "
    for name, value in members:
        yield f"{before}{_dumped(name)}: "
        if isinstance(value, Iterator):
            yield from _items(value)
        else:
            yield _dumped(value).replace("\n", "\n  ")
        before = ",\n  "
    yield "\n}\n"


def item(value: Any) -> str:
    """A value as an item of a list in a streamed document."""
    return _dumped(value).replace("\n", "\n    ")


def _items(texts: Iterator[str]) -> Iterator[str]:
    before, after = "[\n    ", "[]"
    for text in texts:
        yield before
        yield text
        before, after = ",\n    ", "\n  ]"
    yield after


def _dumped(value: Any) -> str:
    text = RUNNER_COMMAND.sub(r"#\\u0023", json.dumps(value, indent=2))
    return text.replace("</", "<\\/").replace("<!", "\\u003c!")
