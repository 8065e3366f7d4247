"""Whether port mappings are consistent with the network mode and each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from taskfit.checks.proposals import proposal
from taskfit.definition import Container, known, objects, read_as
from taskfit.finding import Change, Problem, Severity

if TYPE_CHECKING:
    from taskfit.checks.context import Case

Mapped = tuple[Container, str, Mapping[str, Any]]


def port_mapping(case: Case) -> Iterator[Problem]:
    """FIT408: port mappings that AWS rejects."""
    mode = "awsvpc" if case.on_fargate else known(case.task.network_mode)
    mappings = [
        (container, f"{container.pointer}/portMappings/{index}", mapping)
        for container in case.task.containers
        if "portMappings" in container.data
        for index, mapping in objects(container.data, "portMappings")
    ]
    for _, pointer, mapping in mappings:
        yield from _numbers(pointer, mapping)
        if "containerPortRange" in mapping:
            yield from _range(pointer, mapping, mode)
        if "name" in mapping:
            yield from _name(pointer, mapping)
        if "hostPort" in mapping and mode in ("awsvpc", "host"):
            yield from _host_port(pointer, mapping, mode)
    if len(mappings) < 2:
        return
    if mode == "awsvpc":
        yield from _repeated(mappings, "containerPort")
    elif mode in ("bridge", "host"):
        yield from _repeated(mappings, "hostPort")


def _numbers(pointer: str, mapping: Mapping[str, Any]) -> Iterator[Problem]:
    for key, least in (("containerPort", 1), ("hostPort", 0)):
        port = known(read_as(mapping, key, int))
        if port is not None and not least <= port <= 65535:
            yield Problem(
                f"{pointer}/{key}", f"{key} is {port}; ports go from {least} to 65535.", help="Give it a port number."
            )


def _host_port(pointer: str, mapping: Mapping[str, Any], mode: str) -> Iterator[Problem]:
    host, container = known(read_as(mapping, "hostPort", int)), known(read_as(mapping, "containerPort", int))
    if host and container and host != container:
        answer = "When networkMode=host, the host ports and container ports in port mappings must match."
        yield Problem(
            f"{pointer}/hostPort",
            f"hostPort is {host} and containerPort {container}; in the network mode {mode} they have to be equal."
            + (f" AWS answers: {answer}" if mode == "host" else ""),
            help=f"Leave hostPort out, or set it to {container}.",
            label=f"not {container}",
            related=((f"{pointer}/containerPort", "the container's port"),),
            data={"have": host, "need": container},
            proposal=proposal("safe", Change("replace", f"{pointer}/hostPort", container)),
        )


def _range(pointer: str, mapping: Mapping[str, Any], mode: str | None) -> Iterator[Problem]:
    text = known(read_as(mapping, "containerPortRange", str))
    if text is None:
        return
    if mode == "host":
        yield Problem(
            f"{pointer}/containerPortRange",
            "containerPortRange works in the network modes bridge and awsvpc, but this task has host.",
            help="Map the ports one by one with containerPort.",
        )
        return
    match = re.fullmatch(r"([0-9]{1,5})-([0-9]{1,5})", text, re.ASCII)
    if match is None or not 1 <= int(match[1]) < int(match[2]) <= 65535:
        yield Problem(
            f"{pointer}/containerPortRange",
            f'containerPortRange is "{text}"; AWS accepts a range from a lower to a higher port, such as "8000-8010".',
            help="Write the lower port first; for a single port use containerPort.",
        )


def _name(pointer: str, mapping: Mapping[str, Any]) -> Iterator[Problem]:
    name = known(read_as(mapping, "name", str))
    if name is not None and not re.fullmatch(r"[a-z0-9_][a-z0-9_-]{0,63}", name, re.ASCII):
        yield Problem(
            f"{pointer}/name",
            f'AWS rejects the port mapping name "{name}": it must be at most 64 lower-case letters, digits, hyphens '
            "and underscores, and must not begin with a hyphen.",
            help="Rename it.",
        )


def _repeated(mappings: list[Mapped], key: str) -> Iterator[Problem]:
    """Duplicate ports of the same protocol: within the task on awsvpc, on the host otherwise."""
    first: dict[tuple[int, str], tuple[str, str]] = {}
    for container, pointer, mapping in mappings:
        port, protocol = known(read_as(mapping, key, int)), known(read_as(mapping, "protocol", str) or "tcp")
        if not port or protocol is None:
            continue
        place = (port, protocol.lower())
        if place not in first:
            first[place] = (f"{pointer}/{key}", container.title)
            continue
        pointer_of_first, owner = first[place]
        answer = f"{protocol.upper()} container port '{port}' is used multiple times in task when networkMode=awsvpc."
        is_rejected = key == "containerPort"
        yield Problem(
            f"{pointer}/{key}",
            f"Port {port}/{protocol} of {container.title} is already taken by {owner}."
            + (f" AWS answers: {answer}" if is_rejected else " They can't both have it on one host."),
            help="Give one of them another port.",
            related=((pointer_of_first, owner),),
            severity=None if is_rejected else Severity.WARNING,
        )
