"""Whether a task is as big as its declared capacity needs, under the sizing profile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from taskfit.checks.proposals import asked_for, holds_containers, proposal, resize
from taskfit.definition import known
from taskfit.dimensions import DIMENSIONS, UNITS
from taskfit.finding import Change, Problem, Proposal, Severity
from taskfit.sizing.assessment import excess, shortage
from taskfit.sizing.profile import NO_PROFILE
from taskfit.sizing.recommendation import headroom, task_usd
from taskfit.sizing.role import NO_ROLE, ROLE_KEY, stated_role
from taskfit.sizing.wording import users, verb, with_article

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.dimensions import Dimension, Size
    from taskfit.sizing.assessment import Assessment, Measure
    from taskfit.sizing.capacity import Declared
    from taskfit.sizing.decision import Recommendation
    from taskfit.sizing.expectation import Expectation


def under_provisioned_cpu(case: Case) -> Iterator[Problem]:
    """FIT201: task cpu below the floor."""
    return _too_little(case, "cpu")


def under_provisioned_memory(case: Case) -> Iterator[Problem]:
    """FIT202: task memory below the floor, or the service container's own limit below its demand."""
    assessment = case.assessment
    if assessment is None or assessment.expectation is None:
        return
    yield from _too_little(case, "memory")
    yield from _limit_too_low(case, assessment, assessment.expectation)


def over_provisioned_cpu(case: Case) -> Iterator[Problem]:
    """FIT203: task cpu above the ceiling."""
    return _too_much(case, "cpu")


def over_provisioned_memory(case: Case) -> Iterator[Problem]:
    """FIT204: task memory above the ceiling, unless the task's cpu allows no less."""
    return _too_much(case, "memory")


def memory_headroom(case: Case) -> Iterator[Problem]:
    """FIT205: enough memory for the load, but less than the out-of-memory buffer left."""
    assessment = case.assessment
    if assessment is None or assessment.memory is None or headroom(assessment) is None:
        return
    measure, profile = assessment.memory, assessment.profile
    need = measure.expectation.demand.memory.low + measure.reserved.memory
    for subject, recommendation in _recommendations(case):
        size = recommendation.size
        more = size is not None and size.memory > measure.have and recommendation.tasks == 1
        changes = (resize(case, size) if measure.is_task_level else _container_memory(measure, size)) if more else ()
        yield Problem(
            measure.pointer,
            f"At full load, {need} of {measure.have} MiB are in use ({need / measure.have:.0%}); the {profile.name} profile "
            f"keeps {profile.oom_buffer:.0%} free against running out of memory.{assessment.assumption}",
            help=f"Give it {size.memory} MiB." if more and size else "",
            proposal=proposal("unsafe", *changes),
            data={"have": measure.have, "need": need, "recommended": size and size.as_dict(), "monthly_usd": None},
            related=_capacity_place(assessment),
            subject=subject,
        )


def capacity_undeclared(case: Case) -> Iterator[Problem]:
    """FIT206: a definition with a role that does not declare its capacity."""
    assessment = case.assessment
    capacity = assessment.capacity if assessment else None
    if assessment is None or capacity is None or assessment.expectation is not None or not capacity.absent:
        return
    titles = " and no ".join(factor.title for factor in capacity.absent)
    yield Problem(
        capacity.absent[0].pointer,
        f"This is taken for {with_article(assessment.role_name)} of the {assessment.profile.name} profile, because "
        f"{_reason(case, assessment)}. It sets no {titles}, so its required size is unknown.",
        help=f"{_capacity_to_set(assessment, capacity.absent[0])} If it is not {with_article(assessment.role_name)}, set a "
        f"tag or docker label `{ROLE_KEY}` to {NO_ROLE}; `profile: {NO_PROFILE}` in the configuration checks no sizes at "
        "all.",
    )


def _reason(case: Case, assessment: Assessment) -> str:
    """Why a definition is taken for one of a role, as a clause."""
    if stated := stated_role(case):
        return f"`{ROLE_KEY}` says so" if stated.pointer else "the run sets that role"
    if assessment.is_assumed:
        return f"it sets {assessment.found.variable}"
    return "its names contain a word for that role" if assessment.found.word else "it meets that role's `match`"


def capacity_invalid(case: Case) -> Iterator[Problem]:
    """FIT207: a capacity that is not a plausible number."""
    assessment = case.assessment
    capacity = assessment.capacity if assessment else None
    if assessment is None or capacity is None or assessment.expectation is not None:
        return
    unit = assessment.role.unit
    for factor in capacity.invalid:
        takes = (
            factor.takes if factor.is_memory or len(capacity.factors) > 1 else f"a whole number of {unit}, at least 1"
        )
        fault = f"more {unit} than any task takes" if factor.is_huge else f"not {takes}"
        yield Problem(
            factor.pointer,
            f'{factor.title} is "{str(factor.text)[:40]}", which is {fault}.{assessment.assumption}',
            help=_capacity_to_set(assessment, factor),
            severity=_severity(assessment),
        )


def beyond_largest_tier(case: Case) -> Iterator[Problem]:
    """FIT208: more capacity than the largest published size supports."""
    assessment = case.assessment
    if assessment is None or assessment.expectation is None or assessment.capacity is None:
        return
    if assessment.expectation.split is None or not assessment.role.tiers:
        return
    last = assessment.role.tiers[-1]
    for subject, recommendation in _recommendations(case):
        yield Problem(
            assessment.capacity.pointer,
            f"{assessment.expectation.capacity} {assessment.role.unit} are more than one task takes: {last.name}, the "
            f"largest tier of the {assessment.profile.name} profile, ends at {last.capacity}.{assessment.assumption}",
            help=_advice(case, recommendation),
            data=_data(case, recommendation, have=assessment.expectation.capacity, need=last.capacity),
            subject=subject,
        )


def tier_setting_missing(case: Case) -> Iterator[Problem]:
    """FIT209: a variable that the tier is published with is absent."""
    assessment = case.assessment
    if assessment is None or assessment.expectation is None or assessment.service is None:
        return
    tier = assessment.expectation.tier
    size = f"{tier.name} ({tier.capacity} {assessment.role.unit})" if tier else ""
    for name, value in tier.settings.items() if tier else ():
        if assessment.service.variable(name) is None:
            yield Problem(
                assessment.service.pointer,
                f"The profile's size {size} expects the variable {name}, which this container does not set."
                f"{assessment.assumption}",
                help=f'Set {name}, for instance to "{value}".',
                subject=name,
            )


def _recommendations(case: Case) -> list[tuple[str, Recommendation]]:
    """The recommendation; one for each service if their use leads to different sizes."""
    found = case.recommendations
    distinct = {(recommendation.size, recommendation.tasks) for _, recommendation in found}
    if len(distinct) == 1:
        return [("", found[0][1])]
    return [(service.service if service else "", recommendation) for service, recommendation in found]


def _too_little(case: Case, dimension: Dimension) -> Iterator[Problem]:
    assessment, measure = case.assessment, shortage(case.assessment, dimension)
    if assessment is None or measure is None:
        return
    floor, unit = getattr(measure.expectation.floor, dimension), UNITS[dimension]
    for subject, recommendation in _recommendations(case):
        yield Problem(
            measure.pointer,
            f"{_need(assessment, dimension, measure)}; {_owner(measure)} has {measure.have} "
            f"({assessment.profile.name} profile).{assessment.assumption}",
            help=_advice(case, recommendation, measure),
            label=f"{measure.have} < {floor} {unit}",
            severity=_severity(assessment),
            related=_capacity_place(assessment),
            data=_data(case, recommendation, measure, have=measure.have, need=floor),
            proposal=_resized(case, dimension, measure, recommendation),
            subject=subject,
        )


def _limit_too_low(case: Case, assessment: Assessment, expectation: Expectation) -> Iterator[Problem]:
    service, need = assessment.service, expectation.demand.memory.low
    limit = known(service.memory) if service else None
    if service is None or limit is None or limit >= need:
        return
    pointer = f"{service.pointer}/memory"
    if assessment.memory is not None and assessment.memory.pointer == pointer:
        return
    fits = case.memory is None or (case.known_memory is not None and need <= case.known_memory)
    for subject, recommendation in _recommendations(case):
        size = recommendation.size
        is_split = size is None or recommendation.tasks > 1
        advice = f"Raise the limit to at least {need} MiB, or leave it out: the task's memory limits it anyway."
        if is_split:
            advice = f"{_advice(case, recommendation)} Leave the limit out: the task's memory limits it anyway."
        yield Problem(
            pointer,
            f"{_users(assessment)} {verb(assessment.role, 'need')} {need} MiB; the container's hard limit is {limit} MiB, "
            f"above which it is killed ({assessment.profile.name} profile).{assessment.assumption}",
            help=advice,
            label=f"{limit} < {need} MiB",
            severity=_severity(assessment),
            related=_capacity_place(assessment),
            data={"have": limit, "need": need, "recommended": size and size.as_dict(), "monthly_usd": None},
            proposal=proposal("unsafe", Change("replace", pointer, need)) if fits and not is_split else None,
            subject=subject,
        )


def _too_much(case: Case, dimension: Dimension) -> Iterator[Problem]:
    assessment, measure = case.assessment, excess(case, case.assessment, dimension)
    if assessment is None or measure is None:
        return
    expectation, profile = measure.expectation, assessment.profile
    ceiling = getattr(expectation.ceiling, dimension)
    unit, used = UNITS[dimension], getattr(expectation.demand, dimension).high
    threshold = getattr(profile, dimension).scale_down
    who, does = users(assessment.role_name, assessment.role, expectation.capacity), verb(assessment.role, "use")
    if measure.is_task_level and (sidecars := getattr(assessment.assumed, dimension)):
        who, does, used = f"{who} and the sidecars", "use", used + sidecars
    tier, size = expectation.tier, expectation.recommended
    is_tight = size is not None and getattr(size, dimension) < used
    for subject, recommendation in _recommendations(case):
        if recommendation.change(dimension) >= 0:
            continue  # less would not hold the observed use
        named = recommendation.size == size and is_tight and tier is not None
        published = f" Tier {tier.name} is published with {getattr(tier, dimension)} {unit}." if named and tier else ""
        yield Problem(
            measure.pointer,
            f"{who[0].upper()}{who[1:]} {does} at most {used} {unit}, {used * 100 // measure.have}% of {_owner(measure)}'s "
            f"{measure.have}. So even at full load it stays below {threshold:.0%}, where it would be scaled down; with up to "
            f"{ceiling} it would not ({profile.name} profile).{assessment.assumption}",
            help=_advice(case, recommendation, measure) + published,
            label=f"{measure.have} > {ceiling} {unit}",
            related=_capacity_place(assessment),
            data=_data(case, recommendation, measure, have=measure.have, need=used, ceiling=ceiling),
            proposal=_resized(case, dimension, measure, recommendation),
            subject=subject,
        )


def _need(assessment: Assessment, dimension: str, measure: Measure) -> str:
    """The parts of the floor, as text."""
    expectation = measure.expectation
    unit, role = UNITS[dimension], assessment.role
    low, reserved = getattr(expectation.demand, dimension).low, getattr(measure.reserved, dimension)
    tier = expectation.tier
    floor = getattr(expectation.floor, dimension)
    if dimension == "cpu" and tier is not None and floor == tier.cpu < low + reserved:
        return f"{expectation.capacity} {role.unit} are tier {tier.name}, published with {tier.cpu} {unit}"
    need = f"{_users(assessment)} {verb(role, 'need')} {low} {unit}"
    return f"{need} and the sidecars {reserved}, together {floor}" if reserved else need


def _users(assessment: Assessment) -> str:
    """The subject of the need, at the start of a sentence."""
    capacity = assessment.expectation.capacity if assessment.expectation else 0
    who = users(assessment.role_name, assessment.role, capacity)
    return f"{who[0].upper()}{who[1:]}"


def _owner(measure: Measure) -> str:
    return "the task" if measure.is_task_level else "the container"


def _advice(case: Case, recommendation: Recommendation, measure: Measure | None = None) -> str:
    """The size to set, with the change in cost."""
    advice = recommendation.advice()
    if measure is not None and not measure.is_task_level:
        decided = [d for d in DIMENSIONS if case.assessment and case.assessment.role.needs(d)]
        advice = f"{recommendation.advice(decided)} on the container"
    difference = _monthly_difference(case, recommendation, measure)
    if difference:
        each = " per task" if recommendation.tasks == 1 else ""
        advice += f": ${abs(difference):.2f} a month {'more' if difference > 0 else 'less'}{each}"
    is_at_task = measure is None or measure.is_task_level
    return f"{advice}.{_containers_first(case, recommendation) if is_at_task else ''}{recommendation.conflict()}"


def _containers_first(case: Case, recommendation: Recommendation) -> str:
    """The step before setting a size that does not hold what the containers declare."""
    asked, size = asked_for(case), recommendation.size
    if asked is None or size is None or recommendation.tasks > 1 or holds_containers(case, size):
        return ""
    return f" First lower what the containers ask for: together they need {asked.cpu} CPU units and {asked.memory} MiB."


def _resized(case: Case, dimension: Dimension, measure: Measure, recommendation: Recommendation) -> Proposal | None:
    """Set the recommended size, if the containers are known to fit in it, or neither dimension gets smaller."""
    size = recommendation.size
    if size is None or recommendation.tasks > 1:
        return None
    if not measure.is_task_level:
        return _resized_container(case, dimension, measure, size)
    is_more = size.cpu >= (case.known_cpu or 0) and size.memory >= (case.known_memory or 0)
    fits = holds_containers(case, size) or (is_more and asked_for(case) is None)
    return proposal("unsafe", *resize(case, size)) if fits else None


def _resized_container(case: Case, dimension: str, measure: Measure, size: Size) -> Proposal | None:
    """Set one dimension of the service container on EC2, where cpu and memory are independent."""
    amount = getattr(size, dimension)
    reserved = {f"{item.pointer}/memory": known(item.memory_reservation) or 0 for item in case.task.containers}
    if amount < reserved.get(measure.pointer, 0):
        return None
    return proposal("unsafe", Change("replace", measure.pointer, amount))


def _container_memory(measure: Measure, size: Size | None) -> tuple[Change, ...]:
    return (Change("replace", measure.pointer, size.memory),) if size else ()


def _monthly_difference(case: Case, recommendation: Recommendation, measure: Measure | None) -> float | None:
    """The cost of the recommended size less that of the present one, USD/month; `None` if unknown, or not on Fargate."""
    cost = task_usd(case, recommendation, spot=case.is_on_spot) if measure is None or measure.is_task_level else None
    return None if cost is None else round(cost[1] - cost[0], 2)


def _data(
    case: Case, recommendation: Recommendation, measure: Measure | None = None, **numbers: int | None
) -> dict[str, Any]:
    size = recommendation.size
    data: dict[str, Any] = {
        **numbers,
        "recommended": size and size.as_dict(),
        "monthly_usd": _monthly_difference(case, recommendation, measure),
    }
    if recommendation.tasks > 1 and size is not None:
        data["split"] = {"tasks": recommendation.tasks, "capacity": recommendation.capacity, **size.as_dict()}
    return data


def _capacity_to_set(assessment: Assessment, factor: Declared) -> str:
    title, unit = factor.title.partition(" or ")[0], assessment.role.unit
    if assessment.capacity is not None and len(assessment.capacity.factors) > 1:
        return f"Set {title}; the {unit} of one task are {assessment.capacity.title}."
    return f"Set {title} to the number of {unit} that one task takes."


def _severity(assessment: Assessment) -> Severity | None:
    """The severity: an assumed role gives no errors."""
    return Severity.WARNING if assessment.is_assumed else None


def _capacity_place(assessment: Assessment) -> tuple[tuple[str, str], ...]:
    capacity = assessment.capacity
    return tuple((factor.pointer, str(factor)) for factor in capacity.factors) if capacity else ()
