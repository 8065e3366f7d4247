"""Which role a definition has under the profiles of a run, and which container is its service container."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from taskfit.definition import Container, TaskDefinition, Unknown, escape, known, objects
from taskfit.record import NamedTuple
from taskfit.sizing.capacity import declares, may_declare
from taskfit.sizing.matching import holds
from taskfit.sizing.patterns import Hidden, fits_container, words_of

if TYPE_CHECKING:
    from taskfit.sizing.facts import Facts
    from taskfit.sizing.profile import Profile, Role
    from taskfit.sizing.source import Factors

ROLE_KEY = "taskfit:role"
"""The tag or docker label that names the role."""

NO_ROLE = "none"
"""The value for a definition without a role."""


class StatedRole(NamedTuple):
    """A role that is named explicitly, and where."""

    name: str | Unknown
    pointer: str


class FoundRole(NamedTuple):
    """A role that a definition has under a profile."""

    profile: Profile
    name: str
    pointer: str = ""
    """The place of the value that determines it, if that is one value."""
    variable: str = ""
    """The variable that alone implies it; the role is then assumed."""
    word: bool = False
    """Whether a word of a name determines it, which is weaker than a condition."""

    @property
    def weight(self) -> int:
        """The strength of the reason: a condition before a word before a variable."""
        return 0 if self.variable else 1 if self.word else 2

    @property
    def is_assumed(self) -> bool:
        """Whether only a variable determines the role."""
        return bool(self.variable)

    @property
    def role(self) -> Role:
        """The role itself."""
        return self.profile.roles[self.name]


class RoleSearch(NamedTuple):
    """The roles that the profiles of a run give a definition."""

    candidates: tuple[FoundRole, ...] = ()
    """The roles that match for equally strong reasons."""
    doubts: tuple[tuple[FoundRole, Hidden], ...] = ()
    """Other roles that may match, each with the hidden value that would decide it."""

    @property
    def doubt(self) -> tuple[FoundRole, Hidden] | None:
        """The first of the doubts."""
        return self.doubts[0] if self.doubts else None

    @property
    def possible(self) -> tuple[FoundRole, ...]:
        """The roles of which it has one, if any."""
        return (*self.candidates, *(role for role, _ in self.doubts))

    @property
    def found(self) -> FoundRole | None:
        """The role, if it is certain."""
        return self.candidates[0] if len(self.candidates) == 1 and not self.doubts else None


def search(facts: Facts) -> RoleSearch:
    """The possible roles: the stated one, else those that match, else those that a variable implies."""
    profiles = facts.policy.profiles
    stated = stated_role(facts)
    if stated is not None:
        if isinstance(stated.name, Unknown):
            hidden = Hidden(stated.name.text, stated.pointer)
            return RoleSearch((), tuple((FoundRole(each, name), hidden) for each in profiles for name in each.roles))
        having = [profile for profile in profiles if stated.name in profile.roles]
        found = tuple(FoundRole(profile, stated.name, stated.pointer) for profile in having)
        if len(found) > 1:
            matching = {id(each.profile) for profile in having for each in _in_profile(facts, profile).candidates}
            closer = tuple(each for each in found if id(each.profile) in matching)
            found = closer if len(closer) == 1 else found
        return RoleSearch(found)
    searches = [_in_profile(facts, profile) for profile in profiles]
    if len(searches) == 1:
        return searches[0]
    found = tuple(each for one in searches for each in one.candidates)
    best = max((each.weight for each in found), default=0)
    doubts = (each for one in searches if one.doubt and one.doubt[0].weight >= best for each in one.doubts)
    return RoleSearch(tuple(each for each in found if each.weight == best), tuple(doubts))


def stated_role(facts: Facts) -> StatedRole | None:
    """The role that the user, a tag or a docker label names explicitly."""
    if facts.policy.role is not None:
        return StatedRole(facts.policy.role, "")
    if facts.task.field_names.isdisjoint(("tags", "dockerLabels")):
        return None
    for index, tag in objects(facts.task.data, "tags"):
        if tag.get("key") == ROLE_KEY and isinstance(tag.get("value"), str | Unknown):
            return StatedRole(tag["value"], f"/tags/{index}/value")
    for container in facts.task.containers:
        labels = container.data.get("dockerLabels")
        if isinstance(labels, dict) and isinstance(labels.get(ROLE_KEY), str | Unknown):
            return StatedRole(labels[ROLE_KEY], f"{container.pointer}/dockerLabels/{escape(ROLE_KEY)}")
    return None


def _in_profile(facts: Facts, profile: Profile) -> RoleSearch:
    """The roles of one profile: by their conditions, by their words, or by a variable alone."""
    if not _applies(facts, profile):
        return RoleSearch()
    verdicts = {name: holds(match, facts) for name, match in profile.conditions.items()}
    matching = tuple(FoundRole(profile, name) for name, verdict in verdicts.items() if verdict is True)
    hidden = ((FoundRole(profile, name), verdict) for name, verdict in verdicts.items() if isinstance(verdict, Hidden))
    doubts = tuple(hidden)
    if matching or doubts:
        return RoleSearch(matching, doubts)
    named: tuple[FoundRole, ...] = ()
    for words in _naming_words(facts, profile):
        if words.isdisjoint(profile.words):
            continue
        roles = profile.roles.items()
        at_level = tuple(
            FoundRole(profile, name, word=True) for name, role in roles if not words.isdisjoint(role.words)
        )
        if len(at_level) == 1:
            return RoleSearch(at_level)
        named = named or at_level
    implied = tuple(_implied(facts, profile))
    hiding = _hidden_name(facts, profile)
    if len(implied) == 1 and hiding is not None:
        others = (FoundRole(profile, name, word=True) for name in profile.roles if name != implied[0].name)
        return RoleSearch((), tuple((role, hiding) for role in (implied[0], *others)))
    return RoleSearch(implied if len(implied) == 1 else named or implied)


def _applies(facts: Facts, profile: Profile) -> bool:
    """Whether the profile applies to this definition: the user chose it, or the definition matches it."""
    if facts.policy.profile_is_chosen:
        return True
    if any(declares(container, profile.factors, facts.task) for container in facts.applications):
        return True
    return any(mark in text.lower() for text in _texts(facts.task) for mark in profile.marks)


def _texts(task: TaskDefinition) -> Iterator[str]:
    """The family, images and tags, whose words may name a team; placeholders as they are written."""
    for value in (task.family, *(container.image for container in task.containers)):
        if value is not None:
            yield value.text if isinstance(value, Unknown) else value
    for _, tag in objects(task.data, "tags"):
        yield from (text for text in (tag.get("key"), tag.get("value")) if isinstance(text, str))


def _naming_words(facts: Facts, profile: Profile) -> Iterator[frozenset[str]]:
    """The words that may name a role: of the family, the service container's name and its image's repository."""
    yield words_of(known(facts.task.family))
    service = service_container(facts, profile.factors)
    if service is not None:
        yield words_of(known(service.name))
        *folders, repository = service.image_path or ("",)
        yield words_of(repository)
        yield words_of(" ".join(part for part in folders if "." not in part and ":" not in part))  # not the registry


def _hidden_name(facts: Facts, profile: Profile) -> Hidden | None:
    """The unknown value in a place where a word could name the role."""
    service = service_container(facts, profile.factors)
    texts = [(facts.task.family, "/family")]
    if service is not None:
        image = None if service.image_repository else service.image
        texts += [(service.name, f"{service.pointer}/name"), (image, f"{service.pointer}/image")]
    return next((Hidden(text.text, pointer) for text, pointer in texts if isinstance(text, Unknown)), None)


def _implied(facts: Facts, profile: Profile) -> Iterator[FoundRole]:
    """The roles that a variable alone implies."""
    for name, role in profile.roles.items():
        found = (
            FoundRole(profile, name, container.variable_pointer(variable), variable)
            for container in facts.applications
            for variable in role.implied_by
            if variable in container.environment
        )
        yield from [first for first in [next(found, None)] if first is not None]


def service_container(facts: Facts, factors: Factors, role: Role | None = None) -> Container | None:
    """The container that declares the capacity, else the first essential one that is not a sidecar.

    If another may declare it in an unknown value, that one; `None` if it may be an unknown container.
    If a role names its container or its image, that container.
    """
    choices = facts.applications
    if role is not None and role.match is not None and (role.match.container or role.match.image):
        names, images = role.match.container, role.match.image
        choices = [each for each in choices if fits_container(each, names, images) is True] or choices
    for item in choices:
        if declares(item, factors, facts.task):
            return item
    essential = [item for item in choices if item.essential is True]
    found = next((item for item in (*essential, *choices) if may_declare(item, factors, facts.task)), None)
    return found or (next(iter(essential), None) if facts.task.containers_are_complete else None)
