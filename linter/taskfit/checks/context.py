"""What a check is given: one definition, the policy it is checked against, and what follows from both, computed once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from taskfit.definition import TaskDefinition
from taskfit.policy.subject import Subject
from taskfit.record import NamedTuple, cached_property
from taskfit.sizing.facts import Facts, Policy
from taskfit.sizing.role import RoleSearch, search

if TYPE_CHECKING:
    from taskfit.policy.validator import Violation
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.decision import Recommendation
    from taskfit.sizing.observed import ServiceUse
    from taskfit.sizing.profile import Profile
    from taskfit.sizing.requirements import Requirement


class SourceDefinition(NamedTuple):
    """A definition of the same family in a repository."""

    task: TaskDefinition
    places: Mapping[str, str]
    """File and line of some of its values, by pointer; that of the empty pointer is always there."""


class Deployed(NamedTuple):
    """What an audit knows of a definition besides the definition itself."""

    services: tuple[ServiceUse, ...] = ()
    """The services that run it, measured or not."""
    sources_of_family: tuple[SourceDefinition, ...] = ()


class Case(Facts):
    """One definition under one policy, with what the sizing core and the schema say of it."""

    def __init__(
        self, task: TaskDefinition, policy: Policy, path: str | None = None, *, deployed: Deployed | None = None
    ) -> None:
        super().__init__(task, policy, path)
        self.deployed = deployed
        """`None` where nothing but the definition is known, as in a check of files."""

    @property
    def violations(self) -> tuple[Violation, ...]:
        """What the model of the AWS API says against it."""
        return self.subject.violations

    @cached_property
    def subject(self) -> Subject:
        """What rules with a `schema` or an `assert` are applied to."""
        return Subject(self, lambda: self.assessment)

    @property
    def profile(self) -> Profile:
        """The profile that speaks of it: that of its role, else the first of the run."""
        return self.assessment.profile if self.assessment else self.policy.profile

    @cached_property
    def roles(self) -> RoleSearch:
        """What the profiles of the run say of its role."""
        return search(self)

    @cached_property
    def assessment(self) -> Assessment | None:
        """What the sizing core expects of it; `None` if it has no role for certain."""
        from taskfit.sizing.assessment import assess

        return assess(self, self.roles.found) if self.roles.found else None

    @cached_property
    def sidecars_of_profiles(self) -> Mapping[str, Requirement]:
        """What the profiles say of sidecars for it, by kind."""
        from taskfit.sizing.requirements import of_profiles

        return self.assessment.sidecars if self.assessment else of_profiles(self, None)

    @cached_property
    def recommendations(self) -> tuple[tuple[ServiceUse | None, Recommendation], ...]:
        """The size to go to, for each service that runs it; for none where services are unknown, as in a check."""
        from taskfit.sizing.recommendation import recommend

        services = (self.deployed.services if self.deployed else ()) or (None,)
        found = ((service, recommend(self, self.assessment, service)) for service in services)
        return tuple((service, recommendation) for service, recommendation in found if recommendation is not None)
