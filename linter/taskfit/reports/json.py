"""The report for programs, as `schemas/report.schema.json` describes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from taskfit.escaping import RUNNER_COMMAND

if TYPE_CHECKING:
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
    text = RUNNER_COMMAND.sub(r"#\\u0023", json.dumps(document, indent=2))
    return text.replace("</", "<\\/").replace("<!", "\\u003c!") + "\n"
