"""Other places where AWS sizes tasks, which taskfit does not check: a note for each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from taskfit.finding import Severity
from taskfit.sources.document import Fault
from taskfit.syntax.text import SourceText

_BATCH = "Check its `resourceRequirements` against the sizes of Fargate; taskfit reads task definitions."
_HOMES = (
    (r"""Type["']?\s*:\s*["']?(AWS::Batch::JobDefinition)\b""", "a job definition of AWS Batch", "FARGATE", _BATCH),
    (r"""^[ \t]*resource[ \t]+"?(aws_batch_job_definition)\b""", "a job definition of AWS Batch", "FARGATE", _BATCH),
    (
        r"""Type["']?\s*:\s*["']?(AWS::ECS::ExpressGatewayService)\b""",
        "an Express service",
        "",
        "Check the definition that it makes: `aws ecs describe-task-definition --task-definition NAME`.",
    ),
    (
        r"""^[ \t]*resource[ \t]+"?(aws_ecs_express_gateway_service)\b""",
        "an Express service",
        "",
        "Check the definition that it makes: `aws ecs describe-task-definition --task-definition NAME`.",
    ),
    (
        r"""(arn:[\w${}:-]{0,60}:states:::ecs:runTask)\b""",
        "the overrides of a state machine",
        "ontainerOverrides",
        "If they raise cpu or memory, the definition needs at least as much.",
    ),
)
"""The pattern, its name in messages, another word that the file must contain, and advice."""


def notes(source: SourceText) -> Iterator[Fault]:
    """A note for each kind of place in a file."""
    reported = set()
    for pattern, what, word, advice in _HOMES:
        match = re.search(pattern, source.text, re.MULTILINE) if what not in reported and word in source.text else None
        if match:
            reported.add(what)
            message = f"sizes a task in {what}, which taskfit does not check"
            yield Fault(message, source.span(*match.span(1)), Severity.NOTE, advice, is_unread=True)
