"""Whether a task is as big as its declared capacity needs, under the sizing profile."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any

from taskfit.checks.proposals import asked_for, holds_containers, proposal, resize
from taskfit.definition import known
from taskfit.dimensions import UNITS, Size
from taskfit.finding import Change, Problem, Proposal, Severity
from taskfit.sizing.assessment import excess, shortage
from taskfit.sizing.wording import users, verb

if TYPE_CHECKING:
    from taskfit.checks.context import Case
    from taskfit.dimensions import Dimension
    from taskfit.sizing.assessment import Assessment, Measure
    from taskfit.sizing.capacity import Declared
    from taskfit.sizing.expectation import Expectation
    from taskfit.sizing.profile import Role


def under_provisioned_cpu(case: Case) -> Iterator[Problem]:
    """FIT201: task cpu below the floor."""
    yield from _too_little(case, "cpu")


def under_provisioned_memory(case: Case) -> Iterator[Problem]:
    """FIT202: task memory below the floor, or the service container's own limit below its demand."""
    assessment = case.assessment
    if assessment is None or assessment.expectation is None:
        return
    yield from _too_little(case, "memory")
    yield from _limit_too_low(case, assessment, assessment.expectation)


def over_provisioned_cpu(case: Case) -> Iterator[Problem]:
    """FIT203: task cpu above the ceiling."""
    yield from _too_much(case, "cpu")


def over_provisioned_memory(case: Case) -> Iterator[Problem]:
    """FIT204: task memory above the ceiling, unless the task's cpu goes with no less."""
    yield from _too_much(case, "memory")


def memory_headroom(case: Case) -> Iterator[Problem]:
    """FIT205: enough memory, but less than the out-of-memory buffer left."""
    assessment = case.assessment
    if assessment is None or assessment.memory is None:
        return
    measure, profile = assessment.memory, assessment.profile
    need = measure.expectation.demand.memory.low + measure.reserved.memory
    most = 1 - Fraction(str(profile.oom_buffer))
    if need <= measure.have and Fraction(need, measure.have) > most:
        enough = _fit(case, assessment, measure)(Fraction(case.known_cpu or 0), need / most)
        yield Problem(
            measure.pointer,
            f"At full load {need} of {measure.have} MiB are in use, {need / measure.have:.0%}; {profile.name} keeps "
            f"{profile.oom_buffer:.0%} free against running out of memory.{assessment.assumption}",
            help=f"Give it {enough.memory} MiB." if enough else "",
            proposal=proposal("unsafe", *_roomier(case, measure, enough)),
            data={"have": measure.have, "need": need, "recommended": enough and enough.as_dict(), "monthly_usd": None},
            related=_capacity_place(assessment),
        )


def capacity_undeclared(case: Case) -> Iterator[Problem]:
    """FIT206: a role whose capacity variable is absent."""
    assessment = case.assessment
    capacity = assessment.capacity if assessment else None
    if assessment is None or capacity is None or not capacity.absent:
        return
    titles = " and no ".join(factor.title for factor in capacity.absent)
    yield Problem(
        capacity.absent[0].pointer,
        f"This is a {assessment.role_name} of the {assessment.profile.name} profile, but it sets no {titles}, so nothing "
        "tells how big it has to be.",
        help=_capacity_to_set(assessment, capacity.absent[0]),
    )


def capacity_invalid(case: Case) -> Iterator[Problem]:
    """FIT207: a capacity that is no whole number of at least 1."""
    assessment = case.assessment
    capacity = assessment.capacity if assessment else None
    if assessment is None or capacity is None:
        return
    unit = assessment.role.unit
    for factor in capacity.invalid:
        takes = (
            factor.takes if factor.is_memory or len(capacity.factors) > 1 else f"a whole number of {unit} of at least 1"
        )
        fault = f"more {unit} than any task takes" if factor.is_huge else f"not {takes}"
        yield Problem(
            factor.pointer,
            f'{factor.title} is "{str(factor.text)[:40]}", which is {fault}.{assessment.assumption}',
            help=_capacity_to_set(assessment, factor),
            severity=_severity(assessment),
        )


def beyond_largest_tier(case: Case) -> Iterator[Problem]:
    """FIT208: more capacity than the largest published size takes."""
    assessment = case.assessment
    if assessment is None or assessment.expectation is None or assessment.capacity is None:
        return
    split, last = assessment.expectation.split, assessment.role.tiers[-1:]
    if split is None or not last:
        return
    unit = assessment.role.unit
    size = f" with {split.size.cpu} CPU units and {split.size.memory} MiB" if split.size else ""
    yield Problem(
        assessment.capacity.pointer,
        f"{assessment.expectation.capacity} {unit} are more than one task takes: {last[0].name}, the largest tier of "
        f"the {assessment.profile.name} profile, ends at {last[0].capacity}.{assessment.assumption}",
        help=f"Run {split.tasks} tasks of {split.capacity} {unit} each{size}.",
        data={
            "have": assessment.expectation.capacity,
            "need": last[0].capacity,
            "recommended": split.size and split.size.as_dict(),
            "monthly_usd": None,
        },
    )


def tier_setting_missing(case: Case) -> Iterator[Problem]:
    """FIT209: a variable that the tier is published with is absent."""
    assessment = case.assessment
    if assessment is None or assessment.expectation is None or assessment.service is None:
        return
    tier = assessment.expectation.tier
    for name, value in tier.settings.items() if tier else ():
        if assessment.service.variable(name) is None:
            yield Problem(
                assessment.service.pointer,
                f"{tier.name if tier else ''}, the tier for {assessment.expectation.capacity} {assessment.role.unit}, "
                f"is published with {name} set; this container does not set it.{assessment.assumption}",
                help=f'Set {name}, for instance to "{value}".',
                subject=name,
            )


def _too_little(case: Case, dimension: Dimension) -> Iterator[Problem]:
    assessment, measure = case.assessment, shortage(case.assessment, dimension)
    if assessment is None or measure is None:
        return
    floor, unit = getattr(measure.expectation.floor, dimension), UNITS[dimension]
    yield Problem(
        measure.pointer,
        f"{_need(assessment, dimension, measure)}; {_owner(measure)} has {measure.have} "
        f"({assessment.profile.name} profile).{assessment.assumption}",
        help=_advice(case, assessment.role, measure),
        label=f"{measure.have} < {floor} {unit}",
        severity=_severity(assessment),
        related=_capacity_place(assessment),
        data=_data(case, measure, floor),
        proposal=_resized(case, dimension, measure),
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
    yield Problem(
        pointer,
        f"{_users(assessment)} {verb(assessment.role, 'need')} {need} MiB; the container's hard limit is {limit} MiB, "
        f"above which it is killed ({assessment.profile.name} profile).{assessment.assumption}",
        help=f"Raise the limit to at least {need} MiB, or leave it out: the task's memory limits it anyway.",
        label=f"{limit} < {need} MiB",
        severity=_severity(assessment),
        related=_capacity_place(assessment),
        data={
            "have": limit,
            "need": need,
            "recommended": expectation.recommended and expectation.recommended.as_dict(),
            "monthly_usd": None,
        },
        proposal=proposal("unsafe", Change("replace", pointer, need)) if fits else None,
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
    published = f" Tier {tier.name} is published with {getattr(tier, dimension)} {unit}." if tier and is_tight else ""
    yield Problem(
        measure.pointer,
        f"{_owner(measure).capitalize()} has {measure.have} {unit}; {who} {does} at most {used}, so that even at full load "
        f"it stays below its scale-down line of {threshold:.0%} ({profile.name} profile).{assessment.assumption}",
        help=_advice(case, assessment.role, measure) + published,
        label=f"{measure.have} > {ceiling} {unit}",
        related=_capacity_place(assessment),
        data=_data(case, measure, ceiling),
        proposal=_resized(case, dimension, measure),
    )


def _need(assessment: Assessment, dimension: str, measure: Measure) -> str:
    """What the floor is made of, in words."""
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
    """Who needs it, at the start of a sentence."""
    capacity = assessment.expectation.capacity if assessment.expectation else 0
    who = users(assessment.role_name, assessment.role, capacity)
    return f"{who[0].upper()}{who[1:]}"


def _owner(measure: Measure) -> str:
    return "the task" if measure.is_task_level else "the container"


def _advice(case: Case, role: Role, measure: Measure) -> str:
    """The size to set, with what it changes on the bill."""
    size, split = measure.expectation.recommended, measure.expectation.split
    if split is not None:
        return f"Run {split.tasks} tasks of {split.capacity} each instead."
    if size is None:
        return "No Fargate size is big enough; split the load over more tasks."
    where = "" if measure.is_task_level else " on the container"
    parts: dict[Dimension, str] = {"cpu": f"cpu to {size.cpu}", "memory": f"memory to {size.memory} MiB"}
    said = [words for dimension, words in parts.items() if measure.is_task_level or role.needs(dimension)]
    advice = f"Set {' and '.join(said)}{where}"
    difference = _monthly_difference(case, measure)
    if not difference:
        return f"{advice}."
    return f"{advice}: ${abs(difference):.2f} a month {'more' if difference > 0 else 'less'} per task."


def _resized(case: Case, dimension: str, measure: Measure) -> Proposal | None:
    """The recommended size, where the containers are known to fit into it, or it is smaller in nothing."""
    size = measure.expectation.recommended
    if size is None:
        return None
    if not measure.is_task_level:
        return _resized_container(case, dimension, measure, size)
    is_more = size.cpu >= (case.known_cpu or 0) and size.memory >= (case.known_memory or 0)
    fits = holds_containers(case, size) or (is_more and asked_for(case) is None)
    return proposal("unsafe", *resize(case, size)) if fits else None


def _resized_container(case: Case, dimension: str, measure: Measure, size: Size) -> Proposal | None:
    """One dimension of the service container on EC2, where sizes go in no pairs."""
    amount = getattr(size, dimension)
    reserved = {f"{item.pointer}/memory": known(item.memory_reservation) or 0 for item in case.task.containers}
    if amount < reserved.get(measure.pointer, 0):
        return None
    return proposal("unsafe", Change("replace", measure.pointer, amount))


def _roomier(case: Case, measure: Measure, size: Size | None) -> tuple[Change, ...]:
    """More memory, unless that, or the cpu that goes with it, would be too much again."""
    ceiling = measure.expectation.ceiling
    if size is None or (ceiling is not None and size.memory > ceiling.memory):
        return ()
    if measure.is_task_level:
        return resize(case, size) if ceiling is None or size.cpu <= ceiling.cpu else ()
    return (Change("replace", measure.pointer, size.memory),)


def _monthly_difference(case: Case, measure: Measure) -> float | None:
    """USD/month from the task's size to the recommended one; `None` where either is not known, or not Fargate's."""
    size, cpu, memory = measure.expectation.recommended, case.known_cpu, case.known_memory
    if size is None or cpu is None or memory is None or not measure.is_task_level:
        return None
    now, then = case.monthly_usd(cpu, memory), case.monthly_usd(size.cpu, size.memory)
    return None if now is None or then is None else round(then - now, 2)


def _data(case: Case, measure: Measure, need: int) -> dict[str, Any]:
    return {
        "have": measure.have,
        "need": need,
        "recommended": measure.expectation.recommended and measure.expectation.recommended.as_dict(),
        "monthly_usd": _monthly_difference(case, measure),
    }


def _fit(case: Case, assessment: Assessment, measure: Measure) -> Any:
    """How sizes are found: in Fargate's table at task level, else in steps."""
    from taskfit.sizing.expectation import in_steps

    if measure.is_task_level:
        return case.smallest
    return partial(in_steps, assessment.profile)


def _capacity_to_set(assessment: Assessment, factor: Declared) -> str:
    title, unit = factor.title.partition(" or ")[0], assessment.role.unit
    if assessment.capacity is not None and len(assessment.capacity.factors) > 1:
        return f"Set {title}; the {unit} of one task are {assessment.capacity.title}."
    return f"Set {title} to the {unit} that one task takes."


def _severity(assessment: Assessment) -> Severity | None:
    """An assumed role makes no errors."""
    return Severity.WARNING if assessment.is_assumed else None


def _capacity_place(assessment: Assessment) -> tuple[tuple[str, str], ...]:
    capacity = assessment.capacity
    return tuple((factor.pointer, str(factor)) for factor in capacity.factors) if capacity else ()
