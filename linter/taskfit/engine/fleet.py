"""The fleet in a set of files: the definitions that have a role, their running tasks, and the load they carry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from taskfit.checks.context import Case
from taskfit.definition import Unknown, known
from taskfit.dimensions import DIMENSIONS, MOST, Size, require_whole
from taskfit.engine.tasks import Definition, declared_usd, definitions, has_impossible_size
from taskfit.phrases import hint
from taskfit.record import NamedTuple
from taskfit.sizing.assessment import shortage
from taskfit.sizing.fleet import Market, Member, Outcome, Terms, outcome, total
from taskfit.sizing.prices import Way
from taskfit.sizing.role import ROLE_KEY

if TYPE_CHECKING:
    from taskfit.engine import engine
    from taskfit.sizing.assessment import Assessment
    from taskfit.sizing.capacity import Declared
    from taskfit.sizing.facts import Policy
    from taskfit.sizing.fleet import CountSource
    from taskfit.sizing.prices import Pricing
    from taskfit.sizing.profile import Profile
    from taskfit.sizing.role import RoleSearch
    from taskfit.sources.files import File

MOST_SPARE = 10_000
"""Upper limit of a role's spare tasks; an ECS service has at most 5,000 tasks."""

OWN_LOAD = "load"
"""The name of a user-defined load."""


class Fleet(NamedTuple):
    """The load that a set of definitions carries, and its cost."""

    profile: str
    members: tuple[Member, ...]
    outcomes: tuple[Outcome, ...]
    """The outcome of each load."""
    without_role: tuple[str, ...]
    """Definitions without a role in the profile, which carry no load."""
    region: str
    """The AWS region of the prices."""
    prices_as_of: str
    """The date of the prices, YYYY-MM-DD."""
    discount: float
    """The discount on the on-demand prices, as a fraction of 1."""
    failures: tuple[str, ...] = ()
    """Files and definitions that could not be read."""
    terms: Terms = Terms()
    ways: tuple[Way, ...] = ()
    """The cost of all tasks by payment option, USD/month; empty unless all of it is known."""
    hours: Mapping[str, float] = MappingProxyType({})
    """Hours that each scenario lasts, if the profile declares them."""
    profile_is_chosen: bool = False
    """Whether the team chose the profile."""

    @property
    def monthly_usd(self) -> float | None:
        """All tasks as declared, USD/month; `None` if not all of it is known."""
        return total(member.total_usd for member in self.members)

    @property
    def is_enough(self) -> bool:
        """Whether every load is carried for certain."""
        return all(outcome.answer == "carried" for outcome in self.outcomes)

    def as_dict(self) -> dict[str, Any]:
        """The fleet as plain JSON values."""
        return {
            "version": 1,
            "profile": self.profile,
            "prices": {"region": self.region, "as_of": self.prices_as_of, "discount": self.discount},
            "definitions": [member.as_dict() for member in self.members],
            "without_role": list(self.without_role),
            "monthly_usd": self.monthly_usd,
            "ways": [{"name": way.name, "x86": way.x86, "arm": way.arm, "basis": way.basis} for way in self.ways],
            "terms": {"headroom": self.terms.headroom, "spare_tasks": self.terms.spare},
            "scenarios": [
                {**outcome.as_dict(), "hours": self.hours.get(outcome.scenario)} for outcome in self.outcomes
            ],
        }


def loads(
    profiles: Sequence[Profile], scenarios: Iterable[str], own: Mapping[str, int]
) -> dict[str, Mapping[str, int]]:
    """The requested loads by name; all scenarios of the profiles if none is requested.

    Raises `ValueError` for a scenario or unit that no profile has.
    """
    known_scenarios: dict[str, Mapping[str, int]] = {}
    for profile in profiles:
        for name, load in profile.scenarios.items():
            known_scenarios[name] = {**known_scenarios.get(name, {}), **load}
    title = _titles(profiles)
    found: dict[str, Mapping[str, int]] = {}
    for name in scenarios:
        if name not in known_scenarios:
            raise ValueError(f"the profile {title} has no scenario {name!r}; {hint(name, known_scenarios)}")
        found[name] = known_scenarios[name]
    units = {role.unit for profile in profiles for role in profile.roles.values()}
    for unit, number in own.items():
        require_whole(number, f"a load of {unit}", least=0, most=MOST)
        if unit not in units:
            raise ValueError(f"no role of the profile {title} counts {unit!r}; {hint(unit, sorted(units))}")
    if own:
        found[OWN_LOAD] = own
    if not found and not known_scenarios:
        raise ValueError(f"the profile {title} has no scenarios; name a load with --load UNIT=N")
    return found or known_scenarios


def _titles(profiles: Iterable[Profile]) -> str:
    return " or ".join(profile.name for profile in profiles) or "none"


def collect(  # noqa: PLR0913 - everything that a fleet depends on
    files: Sequence[tuple[File, engine.Run]],
    policy: Policy,
    wanted: Mapping[str, Mapping[str, int]],
    counts: Mapping[str, int],
    *,
    failures: Iterable[str] = (),
    terms: Terms,
) -> Fleet:
    """The fleet in files, each checked under its own run, with the requested loads and the prices of `policy`.

    `counts` gives the number of running tasks by definition.

    Raises `ValueError` for a count of a definition that is missing or ambiguous, and for invalid numbers.
    """
    require_whole(terms.spare, "the number of spare tasks", least=0, most=MOST_SPARE)
    failed = list(failures)
    found = list(definitions(files, failed))
    places = _places(found)
    _check(counts, places)
    having_a_role = [each for each in found if each.case.roles.possible]
    members = tuple(_member(each, counts.get(each.name), places[each.name]) for each in having_a_role)
    pricing = policy.pricing

    def price(size: Size, *, arm: bool = False, spot: bool = False) -> float | None:
        return pricing.monthly_usd(size.cpu, size.memory, arm=arm, spot=spot)

    market = Market(policy.fargate.smallest, price, partial(_sidecars, policy), terms)
    return Fleet(
        profile=_titles(policy.profiles),
        members=members,
        outcomes=tuple(outcome(policy.profiles, members, name, load, market) for name, load in wanted.items()),
        without_role=tuple(each.name for each in found if not each.case.roles.possible),
        region=pricing.region,
        prices_as_of=pricing.prices.as_of,
        discount=pricing.discount,
        failures=tuple(failed),
        terms=terms,
        ways=_ways(pricing, policy.profiles, members),
        hours={name: hours for profile in policy.profiles for name, hours in profile.scenario_hours.items()},
        profile_is_chosen=policy.profile_is_chosen,
    )


def _ways(pricing: Pricing, profiles: Iterable[Profile], members: Sequence[Member]) -> tuple[Way, ...]:
    """The cost of all tasks by payment option; for Spot, only roles that may be interrupted, the others on demand."""
    if not members or any(member.role is None or member.size is None or member.total_usd is None for member in members):
        return ()
    roles = {(profile.name, name): role for profile in profiles for name, role in profile.roles.items()}
    costs: list[list[tuple[float | None, float | None]]] = [[], [], []]
    named: tuple[Way, ...] = ()
    for member in members:
        size, tasks = member.size or Size(), member.tasks or 0
        named = pricing.ways(size.cpu, size.memory)
        stays = roles[member.profile, member.role or ""].interruptible is not True
        for position, way in enumerate((named[0], named[1], named[0] if stays else named[2])):
            costs[position].append((_times(way.x86, tasks), _times(way.arm, tasks)))
    return tuple(
        way._replace(x86=total(x86 for x86, _ in amounts), arm=total(arm for _, arm in amounts))
        for way, amounts in zip(named, costs, strict=True)
    )


def _times(usd: float | None, tasks: int) -> float | None:
    return None if usd is None else round(usd * tasks, 2)


def _places(definitions: Iterable[Definition]) -> dict[str, list[str]]:
    """The files that define each definition name."""
    places: dict[str, list[str]] = {}
    for each in definitions:
        places.setdefault(each.name, []).append(each.path)
    return places


def _check(counts: Mapping[str, int], places: Mapping[str, Sequence[str]]) -> None:
    for name, number in counts.items():
        require_whole(number, f"--count {name}", least=0, most=MOST)
        if name not in places:
            raise ValueError(f"--count {name}: no such definition; {hint(name, places)}")
        if len(places[name]) > 1:
            raise ValueError(f"--count {name}: {' and '.join(places[name])} define it; name one file only")


def _member(definition: Definition, count: int | None, places: Sequence[str]) -> Member:
    name, path, reading, case = definition
    tasks, count_source = _tasks(case, count)
    least = _bound(case, "min_capacity") if count_source == "scaling" else None
    found, assessment = case.roles.found, case.assessment
    unknown = Member(name, path, None, None, None, count, count_source, None, None)
    unknown = (
        unknown._replace(may_be=frozenset((each.profile.name, each.name) for each in case.roles.possible))
        if found is None
        else unknown._replace(role=found.name, unit=found.role.unit, profile=found.profile.name)
    )
    if reading.undecided:
        choices = " and ".join(f"`{choice}`" for choice in reading.undecided)
        return unknown._replace(remarks=(f"what is deployed depends on {choices}; set it with --var",))
    remarks = [*_of_role(case.roles), *_remarks(name, case, tasks)]
    if len(places) > 1:
        remarks.append(f"defined in {' and '.join(places)}, and counted each time")
    cpu, memory = case.known_cpu, case.known_memory
    return unknown._replace(
        capacity=None
        if has_impossible_size(case)
        else assessment and assessment.capacity and assessment.capacity.number,
        tasks=tasks,
        size=None if cpu is None or memory is None else Size(cpu, memory),
        monthly_usd=declared_usd(case),
        remarks=tuple(remarks),
        least=least,
        on_arm=bool(case.on_arm),
        on_spot=case.is_on_spot,
    )


def _tasks(case: Case, count: int | None) -> tuple[int | None, CountSource]:
    if count is not None:
        return count, "option"
    most = _bound(case, "max_capacity")
    if most is not None and _bound(case, "min_capacity") is not None:
        return most, "scaling"
    declared = case.task.desired_count
    return (1, "default") if declared is None else (known(declared), "service")


def _bound(case: Case, name: Literal["min_capacity", "max_capacity"]) -> int | None:
    """The total scaling bound of all services, in tasks; `None` unless each service declares one."""
    bounds = [getattr(service, name) for service in case.task.services if service.instances == 1]
    is_known = len(bounds) == len(case.task.services) and all(isinstance(bound, int) for bound in bounds)
    return sum(bounds) if bounds and is_known else None


def _of_role(roles: RoleSearch) -> Iterator[str]:
    """The reason for an unknown or assumed role."""
    if roles.doubt is not None:
        yield f"`{roles.doubt[1].text}` hides the role; name it in a tag `{ROLE_KEY}`, a docker label, or with --role"
    elif roles.found is None:
        names = " and ".join(dict.fromkeys(each.name for each in roles.candidates))
        yield f"several roles match it ({names}); name one in a tag `{ROLE_KEY}`, a docker label, or with --role"
    elif roles.found.is_assumed:
        yield f"the role is assumed from {roles.found.variable}"


def _remarks(name: str, case: Case, tasks: int | None) -> Iterator[str]:
    """Remarks on a member besides its role and its numbers."""
    if case.assessment is not None:
        yield from _of_capacity(case.assessment)
    if tasks is None:
        yield f"the number of running tasks is unknown; set it with --count {name}=N"
    if has_impossible_size(case):
        yield "Fargate has no such size; run `taskfit check` for the nearest ones"
    elif any(shortage(case.assessment, dimension) for dimension in DIMENSIONS):
        yield "too small for the capacity it declares; run `taskfit check` for the reason"
    if case.task.service_launch_types > {"FARGATE_SPOT"}:
        yield "partly on Spot; the price is the on-demand price"


def _of_capacity(assessment: Assessment) -> Iterator[str]:
    """The reasons for a capacity that is unknown, or for none."""
    capacity, factors = assessment.capacity, assessment.role.factors
    if not factors:
        yield "has a fixed size and carries no load"
    elif capacity is None:
        yield f"sets no {' or '.join(factor.title for factor in factors)}"
    yield from (_of_factor(factor) for factor in (capacity.factors if capacity else ()) if factor.number is None)


def _of_factor(factor: Declared) -> str:
    """Why a factor of the capacity has no number."""
    if factor.text is None:
        return f"sets no {factor.title}"
    if isinstance(factor.text, Unknown):
        return f"{factor.title} is unknown; set it with --var"
    return f'{factor.title} is "{factor.text[:40]}", which is not {factor.takes}'


def _sidecars(policy: Policy, profile: Profile, role: str) -> Size:
    """The size of the required sidecars in each task of a role, at the profile's defaults."""
    required = policy.required_sidecars
    defaults = profile.sidecars_of(role) if required is None else profile.sidecars
    return Size.total(defaults[kind].size for kind in (defaults if required is None else required) if kind in defaults)
