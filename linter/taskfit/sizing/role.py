"""Which role a definition has under the policy's profile, and which of its containers does the work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from taskfit.definition import Container, TaskDefinition, Unknown, escape, known, objects
from taskfit.sizing.sidecars import image_path, image_repository

if TYPE_CHECKING:
    from taskfit.sizing.facts import Facts

ROLE_KEY = "taskfit:role"
"""The tag or docker label that names the role."""

NO_ROLE = "none"
"""What it says of a definition that has no role."""


class StatedRole(NamedTuple):
    """A role that is named outright, and where."""

    name: str | Unknown
    pointer: str


def find_role(facts: Facts) -> tuple[str, bool] | None:
    """The role's name and whether it is assumed; first match wins."""
    roles = facts.policy.profile.roles
    told = stated_role(facts)
    if told is not None:
        return (told.name, False) if isinstance(told.name, str) and told.name in roles else None
    if not takes_part(facts):
        return None
    for words in _naming_words(facts):
        named = [name for name, role in roles.items() if words.intersection(role.words)]
        if len(named) == 1:
            return named[0], False
    implied = [name for name, found in implied_roles(facts) if found is not None]
    return (implied[0], True) if len(implied) == 1 and hidden_name(facts) is None else None


def stated_role(facts: Facts) -> StatedRole | None:
    """The role that the user, a tag or a docker label names outright."""
    if facts.policy.role is not None:
        return StatedRole(facts.policy.role, "")
    for index, tag in objects(facts.task.data, "tags"):
        if tag.get("key") == ROLE_KEY and isinstance(tag.get("value"), str | Unknown):
            return StatedRole(tag["value"], f"/tags/{index}/value")
    for container in facts.task.containers:
        labels = container.data.get("dockerLabels")
        if isinstance(labels, dict) and isinstance(labels.get(ROLE_KEY), str | Unknown):
            return StatedRole(labels[ROLE_KEY], f"{container.pointer}/dockerLabels/{escape(ROLE_KEY)}")
    return None


def takes_part(facts: Facts) -> bool:
    """Whether the profile speaks of this definition: somebody chose it, or the definition bears its signs."""
    profile = facts.policy.profile
    if facts.policy.profile_is_chosen:
        return True
    applications = (item for item in facts.task.containers if item.index not in facts.sidecars)
    if any(declares(facts, container) for container in applications):
        return True
    return any(mark in text.lower() for text in _texts(facts.task) for mark in profile.marks)


def declares(facts: Facts, container: Container) -> bool:
    """Whether a container sets the capacity variable of some role."""
    return any(name in container.environment for role in facts.policy.profile.roles.values() for name in role.variables)


def _texts(task: TaskDefinition) -> Iterator[str]:
    """The family, images and tags, whose words may name a team; placeholders as they are written."""
    for value in (task.family, *(container.image for container in task.containers)):
        if value is not None:
            yield value.text if isinstance(value, Unknown) else value
    for _, tag in objects(task.data, "tags"):
        yield from (text for text in (tag.get("key"), tag.get("value")) if isinstance(text, str))


def _naming_words(facts: Facts) -> Iterator[frozenset[str]]:
    """The words that may name a role: of the family, the service container's name, its image's repository."""
    yield _words(known(facts.task.family))
    variables = {variable for role in facts.policy.profile.roles.values() for variable in role.variables}
    service = service_container(facts, variables)
    if service is not None:
        yield _words(known(service.name))
        *folders, repository = image_path(service) or [""]
        yield _words(repository)
        yield _words(" ".join(part for part in folders if "." not in part and ":" not in part))  # not the registry


def hidden_name(facts: Facts) -> str | None:
    """What stands where a word could name the role, if that can't be known."""
    service = service_container(
        facts, {name for role in facts.policy.profile.roles.values() for name in role.variables}
    )
    texts = [facts.task.family]
    if service is not None:
        texts += [service.name, None if image_repository(service) else service.image]
    return next((text.text for text in texts if isinstance(text, Unknown)), None)


def _words(text: str | None) -> frozenset[str]:
    return frozenset(re.split(r"[^a-z0-9]+", (text or "").lower()))


def implied_roles(facts: Facts) -> Iterator[tuple[str, tuple[str, str] | None]]:
    """For each role that a variable alone implies: the variable and where it stands, if it is there."""
    for name, role in facts.policy.profile.roles.items():
        found = (
            (variable, container.variable_pointer(variable))
            for container in facts.task.containers
            if container.index not in facts.sidecars
            for variable in role.implied_by
            if variable in container.environment
        )
        yield name, next(found, None)


def service_container(facts: Facts, variables: Iterable[str]) -> Container | None:
    """The container that declares the capacity, else the first essential one that is no sidecar.

    Where another may declare it in what can't be seen, that one; nothing where it may be a container out of sight.
    """
    wanted = tuple(variables)
    applications = [item for item in facts.task.containers if item.index not in facts.sidecars]
    declaring = (item for item in applications if any(variable in item.environment for variable in wanted))
    essential = [item for item in applications if item.essential is True]
    hiding = (item for item in (*essential, *applications) if not item.environment_is_complete)
    found = next(declaring, None) or next(hiding, None)
    return found or (next(iter(essential), None) if facts.task.containers_are_complete else None)
