"""The input of a check: one definition, the policy it is checked against, and the facts that follow, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from taskfit.definition import TaskDefinition
from taskfit.policy.subject import Subject
from taskfit.record import NamedTuple, cached_property
from taskfit.sizing.facts import Facts, Policy
from taskfit.sizing.role import RoleSearch, search

if TYPE_CHECKING:
    from taskfit.definition import Container
    from taskfit.policy.validator import Violation
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.decision import Recommendation
    from taskfit.sizing.observed import ServiceUse
    from taskfit.sizing.profile import Profile
    from taskfit.sizing.required import RequiredSidecar
    from taskfit.sizing.requirements import Requirement


class SourceDefinition(NamedTuple):
    """A definition of the same family in the repository."""

    task: TaskDefinition
    places: Mapping[str, str]
    """File and line of some of its values, by pointer; the empty pointer is always included."""


class Deployed(NamedTuple):
    """What an audit knows about a definition besides the definition itself."""

    services: tuple[ServiceUse, ...] = ()
    """The services that run it, measured or not."""
    sources_of_family: tuple[SourceDefinition, ...] = ()


class Case(Facts):
    """One definition under one policy, with the results of the sizing core and the schema."""

    def __init__(
        self, task: TaskDefinition, policy: Policy, path: str | None = None, *, deployed: Deployed | None = None
    ) -> None:
        super().__init__(task, policy, path)
        self.deployed = deployed
        """`None` if only the definition is known, as in a check of files."""

    @property
    def violations(self) -> tuple[Violation, ...]:
        """The violations of the AWS API's model."""
        return self.subject.violations

    @cached_property
    def subject(self) -> Subject:
        """The input of rules with a `schema` or an `assert`."""
        return Subject(self, lambda: self.assessment)

    @property
    def profile(self) -> Profile:
        """The profile that applies to it: that of its role, else the first of the run."""
        return self.assessment.profile if self.assessment else self.policy.profile

    @cached_property
    def roles(self) -> RoleSearch:
        """The roles that the profiles of the run give it."""
        return search(self)

    @cached_property
    def assessment(self) -> Assessment | None:
        """The sizing core's assessment; `None` if no role is certain."""
        from taskfit.sizing.assessment import assess

        return assess(self, self.roles.found) if self.roles.found else None

    @cached_property
    def sidecars_of_profiles(self) -> Mapping[str, Requirement]:
        """The profiles' requirements for its sidecars, by kind."""
        from taskfit.sizing.requirements import of_profiles

        return self.assessment.sidecars if self.assessment else of_profiles(self, None)

    @cached_property
    def required_sidecars(self) -> list[tuple[Container, Requirement, RequiredSidecar]]:
        """The sidecars that are present and have an entry in a profile."""
        found = (
            (each, self.sidecars_of_profiles.get(self.sidecars.get(each.index, ""))) for each in self.task.containers
        )
        return [(container, each, each.sidecar) for container, each in found if each and each.sidecar]

    @cached_property
    def recommendations(self) -> tuple[tuple[ServiceUse | None, Recommendation], ...]:
        """The recommended size by service that runs it; one for `None` if services are unknown, as in a check."""
        from taskfit.sizing.recommendation import recommend

        services = (self.deployed.services if self.deployed else ()) or (None,)
        found = ((service, recommend(self, self.assessment, service)) for service in services)
        return tuple((service, recommendation) for service, recommendation in found if recommendation is not None)
