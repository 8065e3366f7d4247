"""An input format that the tests add: a task definition in TOML, one line a value."""

from __future__ import annotations

import re
import tomllib

from taskfit.definition import Dialect, TaskDefinition
from taskfit.finding import Span
from taskfit.sources.document import Document, Input, Reading

DIALECT = Dialect("toml", unknown_field="the TOML tool refuses it", wrong_scalar="The TOML tool rejects it.")


def read(given: Input) -> Document | None:
    data = tomllib.loads(given.source.text)
    if "containerDefinitions" not in data:
        return None

    def locate(pointer: str, on_key: bool) -> Span:
        name = next((step for step in reversed(pointer.split("/")) if step and not step.isdigit()), "")
        match = re.search(rf"^(?:{name})\s*=\s*(.*)$", given.source.text, re.MULTILINE)
        return given.source.span(*match.span(0 if on_key else 1)) if match else Span(1, 1, 1, 1)

    return Document([(Reading(TaskDefinition(data, DIALECT), locate),)])
