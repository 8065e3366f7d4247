"""Whether health checks can pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.checks.proposals import proposal
from taskfit.definition import Container, Unknown
from taskfit.finding import Change, Problem, Severity
from taskfit.sizing.sidecars import image_repository

if TYPE_CHECKING:
    from taskfit.checks.context import Case

RANGES = {
    "interval": (5, 300, "seconds"),
    "timeout": (2, 60, "seconds"),
    "retries": (1, 10, "times"),
    "startPeriod": (0, 300, "seconds"),
}
"""What AWS takes, and the unit."""

WITHOUT_SHELL = ("aws-observability/aws-otel-collector", "amazon/aws-otel-collector")
"""Images made from scratch."""


def health_check(case: Case) -> Iterator[Problem]:
    """FIT409: health checks that AWS rejects, or that can't pass."""
    for container in case.task.containers:
        check = container.data.get("healthCheck")
        if not isinstance(check, dict):
            continue
        pointer = f"{container.pointer}/healthCheck"
        for key, (least, most, unit) in RANGES.items():
            value = check.get(key)
            if isinstance(value, int) and not isinstance(value, bool) and not least <= value <= most:
                yield Problem(
                    f"{pointer}/{key}",
                    f"{key} is {value}; AWS takes {least} to {most} {unit}.",
                    help=f"Set it to {min(max(value, least), most)}.",
                    data={"have": value, "need": min(max(value, least), most)},
                    proposal=proposal("safe", Change("replace", f"{pointer}/{key}", min(max(value, least), most))),
                )
        command = check.get("command")
        if isinstance(command, list) and not any(isinstance(word, Unknown) for word in command):
            yield from _command(container, f"{pointer}/command", [str(word) for word in command])


def _command(container: Container, pointer: str, command: list[str]) -> Iterator[Problem]:
    kind, arguments = (command[0], command[1:]) if command else ("", [])
    if not command or (kind in ("CMD", "CMD-SHELL") and not arguments):
        yield Problem(
            pointer,
            f"The health check of {container.title} has nothing to run.",
            help='Write ["CMD-SHELL", "curl -f http://localhost/ || exit 1"], or remove the health check.',
        )
    elif kind not in ("CMD", "CMD-SHELL", "NONE") and not kind.startswith("/"):
        yield Problem(
            pointer,
            f'The health check of {container.title} begins with "{kind[:40]}"; AWS documents CMD (a program and its '
            "arguments) and CMD-SHELL (a line for the shell).",
            help=f'Put "{"CMD" if arguments else "CMD-SHELL"}" before it.',
            severity=Severity.WARNING,
        )
    elif kind == "CMD" and len(arguments) == 1 and " " in arguments[0].strip():
        yield Problem(
            pointer,
            f'CMD runs a program called "{arguments[0][:40]}", blanks and all, and there is none, so that {container.title} '
            "never becomes healthy.",
            help='Use "CMD-SHELL" for a line, or give each argument a string of its own.',
            severity=Severity.WARNING,
        )
    elif kind == "CMD-SHELL" and image_repository(container) in WITHOUT_SHELL:
        yield Problem(
            pointer,
            f"The image of {container.title} has no shell, so that a CMD-SHELL check always fails.",
            help='Use ["CMD", "/healthcheck"], which the image brings along.',
            severity=Severity.WARNING,
        )
