"""Whether health checks can pass."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.checks.proposals import proposal
from taskfit.definition import Container, Unknown
from taskfit.finding import Change, Problem, Severity

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.sizing.aws import Range


def health_check(case: Case) -> Iterator[Problem]:
    """FIT409: health checks that AWS rejects, or that can't pass."""
    for container in case.task.containers:
        check = container.data.get("healthCheck")
        if not isinstance(check, dict):
            continue
        pointer = f"{container.pointer}/healthCheck"
        for key, limits in case.policy.aws.limits.health_check.items():
            value = check.get(key)
            if isinstance(value, int) and not isinstance(value, bool):
                yield from _out_of_range(f"{pointer}/{key}", key, value, limits)
        command = check.get("command")
        if isinstance(command, list) and not any(isinstance(word, Unknown) for word in command):
            yield from _command(case, container, f"{pointer}/command", [str(word) for word in command])


def _out_of_range(pointer: str, key: str, value: int, limits: Range) -> Iterator[Problem]:
    right = min(max(value, limits.minimum), limits.maximum)
    if value != right:
        yield Problem(
            pointer,
            f"{key} is {value}; AWS accepts {limits.minimum} to {limits.maximum} {limits.unit}.",
            help=f"Set it to {right}.",
            data={"have": value, "need": right},
            proposal=proposal("safe", Change("replace", pointer, right)),
        )


def _command(case: Case, container: Container, pointer: str, command: list[str]) -> Iterator[Problem]:
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
            f'CMD runs a program called "{arguments[0][:40]}", spaces included, which does not exist, so {container.title} '
            "never becomes healthy.",
            help='Use "CMD-SHELL" for a shell line, or make each argument a separate string.',
            severity=Severity.WARNING,
        )
    elif kind == "CMD-SHELL" and container.image_repository in case.policy.aws.limits.images_without_shell.values:
        yield Problem(
            pointer,
            f"The image of {container.title} has no shell, so a CMD-SHELL check always fails.",
            help='Use ["CMD", "/healthcheck"], which is in the image.',
            severity=Severity.WARNING,
        )
