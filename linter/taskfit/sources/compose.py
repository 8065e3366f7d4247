"""Docker Compose with Amazon's extensions, which Docker's and Amazon's CLIs converted to task definitions: a note."""

from __future__ import annotations

import re

from taskfit.sources.document import Document, Input, note

_SIGNS = (
    (r"^[ \t]*(x-aws-[a-z_]+)[ \t]*:", "for Docker's integration with ECS, which Docker has retired"),
    (r"^(task_definition)[ \t]*:", "for the Amazon ECS CLI"),
)


def read(given: Input) -> Document | None:
    """A note that the file is not read."""
    for pattern, words in _SIGNS:
        if match := re.search(pattern, given.source.text, re.MULTILINE):
            message = f"describes a task definition {words}; taskfit does not read it"
            advice = "Check the definition that it created: `aws ecs describe-task-definition --task-definition NAME`."
            return note(given.source, message, advice, *match.span(1))
    return None
