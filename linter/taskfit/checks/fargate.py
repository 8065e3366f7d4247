"""Whether a definition follows Fargate's rules for the execution role and storage."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from taskfit.checks.lookup import value_at
from taskfit.checks.proposals import proposal
from taskfit.definition import Unknown, known, objects, read
from taskfit.finding import Change, Problem
from taskfit.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from taskfit.checks.context import Case
    from taskfit.definition import Container

SECRETS_ANSWER = "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'."

PRIVATE_ECR = r"\d{12}\.dkr[.-]ecr(-fips)?\.[a-z0-9-]+\.(amazonaws\.com|on\.aws)"
"""A private Amazon ECR repository, in the IPv4-only or the dual-stack form."""


def execution_role(case: Case) -> Iterator[Problem]:
    """FIT105: no execution role on Fargate, although something needs it."""
    if not _lacks_role(case):
        return
    role = read(case.task.data, "executionRoleArn")
    needs = [need for container in case.task.containers for need in _role_needs(container)]
    if needs:
        reasons = listed(dict.fromkeys(reason for _, reason, _ in needs), "and")
        answer = aws_answers(case, next((answer for _, _, answer in needs if answer), ""))
        yield Problem(
            "" if role is None else "/executionRoleArn",
            f"The task has no `executionRoleArn`, and Fargate needs one {reasons}.{answer}",
            help="Set `executionRoleArn` to a role with the policy AmazonECSTaskExecutionRolePolicy, "
            "such as ecsTaskExecutionRole.",
            related=tuple((pointer, f"needs it {reason}") for pointer, reason, _ in needs),
        )


def secrets_role(case: Case) -> Iterator[Problem]:
    """FIT413: secrets without an execution role to fetch them; FIT105 reports it on Fargate."""
    role = read(case.task.data, "executionRoleArn")
    fetching = [container for container in case.task.containers if objects(container.data, "secrets")]
    if isinstance(case.task.requires_compatibilities, Unknown):
        return
    if fetching and not case.on_fargate and _lacks_role(case):
        yield Problem(
            "" if role is None else "/executionRoleArn",
            f"The task has no `executionRoleArn`, and {listed((item.title for item in fetching), 'and')} cannot fetch "
            f"secrets without one. AWS answers: {SECRETS_ANSWER}",
            help="Set `executionRoleArn` to a role that may read these secrets.",
            related=tuple((f"{container.pointer}/secrets", "to be fetched") for container in fetching),
        )


def _lacks_role(case: Case) -> bool:
    """Whether a definition has no execution role; a template with empty images gets its role when it is filled in."""
    role = read(case.task.data, "executionRoleArn")
    return role is None or (role == "" and not any(container.image == "" for container in case.task.containers))


def ephemeral_storage(case: Case) -> Iterator[Problem]:
    """FIT107: ephemeral storage outside of 21 to 200 GiB, or on EC2."""
    gib = value_at(case.task.data, "ephemeralStorage/sizeInGiB", int)
    if gib is None:
        return
    storage = case.policy.aws.limits.ephemeral_storage
    pointer = "/ephemeralStorage/sizeInGiB"
    removal = proposal("safe", Change("remove", "/ephemeralStorage"))
    if case.launch_types == {"EC2"}:
        answer = aws_answers(case, "Tasks using the EC2 launch type do not support EphemeralStorage.", "EC2")
        message = f"Ephemeral storage is a setting of Fargate, but this task is for EC2.{answer}"
        yield Problem("/ephemeralStorage", message, help="Remove `ephemeralStorage`.", on_key=True, proposal=removal)
    elif gib < storage.minimum:
        yield Problem(
            pointer,
            f"{gib} GiB of ephemeral storage is too little: AWS accepts {storage.minimum} to {storage.maximum} GiB.",
            help="Remove `ephemeralStorage`: every Fargate task has 20 GiB without it.",
            data={"have": gib, "need": storage.minimum},
            proposal=removal,
        )
    elif gib > storage.maximum:
        yield Problem(
            pointer,
            f"{gib} GiB of ephemeral storage is too much: AWS accepts {storage.minimum} to {storage.maximum} GiB.",
            help=f"Set `sizeInGiB` to {storage.maximum}, or use an EFS or EBS volume.",
            data={"have": gib, "need": storage.maximum},
        )


def aws_answers(case: Case, answer: str, launch_type: str = "FARGATE") -> str:
    """The end of a message: AWS's answer at registration, if it checks the definition against the launch type."""
    declared = known(case.task.requires_compatibilities) or frozenset()
    return f" AWS answers: {answer}" if answer and launch_type in declared else ""


def _role_needs(container: Container) -> Iterator[tuple[str, str, str]]:
    """Why a container needs an execution role: pointer, reason, AWS's answer."""
    data, pointer = container.data, container.pointer
    fargate_requires = "Fargate requires task definition to have execution role ARN to support"
    log = value_at(data, "logConfiguration", dict) or {}
    if log.get("logDriver") == "awslogs":
        yield f"{pointer}/logConfiguration", "to log with awslogs", f"{fargate_requires} log driver awslogs."
    if objects(data, "secrets"):
        yield f"{pointer}/secrets", "to fetch secrets", SECRETS_ANSWER
    image = known(container.image)
    if image and re.match(PRIVATE_ECR, image):
        yield f"{pointer}/image", "to pull from a private ECR repository", f"{fargate_requires} ECR images."
    if objects(log, "secretOptions"):
        yield f"{pointer}/logConfiguration/secretOptions", "to fetch the log driver's secrets", ""
    if value_at(data, "repositoryCredentials/credentialsParameter", str):
        yield f"{pointer}/repositoryCredentials", "to log in to a private registry", ""
